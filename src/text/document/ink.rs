//! Red, as documents write it: the colour of stamps, which survives where their frame does not.

/// Whether a colour is the red of a stamp.
pub(super) fn is_red([red, green, blue]: [u8; 3]) -> bool {
    red >= 0xa0 && green < 0x60 && blue < 0x60
}

/// The same of a colour as markup has it: `FF0000`, `#f00`, `rgb(255, 0, 0)`, `red`.
pub(in crate::text) fn is_red_name(colour: &str) -> bool {
    let colour = colour.trim().to_ascii_lowercase();
    match colour.strip_prefix("rgb(").and_then(|rest| rest.split_once(')')) {
        Some((numbers, _)) => {
            let mut numbers = numbers.split(',').map(|number| number.trim().parse().ok());
            let mut next = || numbers.next().flatten();
            matches!((next(), next(), next()), (Some(r), Some(g), Some(b)) if is_red([r, g, b]))
        }
        None => {
            matches!(colour.as_str(), "red" | "darkred" | "crimson" | "firebrick")
                || is_hex(&colour)
        }
    }
}

fn is_hex(colour: &str) -> bool {
    let digits = colour.trim_start_matches('#');
    let Ok(number) = u32::from_str_radix(digits, 16) else { return false };
    let [_, red, green, blue] = number.to_be_bytes();
    match digits.len() {
        6 => is_red([red, green, blue]),
        // One digit a colour stands for two.
        3 => {
            is_red([number >> 8 & 15, number >> 4 & 15, number & 15].map(|digit| digit as u8 * 17))
        }
        _ => false,
    }
}

//! Heads and feet of Excel's pages: `&CMật&R&P` is centred text and a page number.
//!
//! The codes are the same in xls and xlsx (ECMA-376 part 1, 18.3.1.46).

use super::writer::Writer;

/// Writes the text of such a line, a line for each of its three sections.
pub(super) fn write(codes: &str, writer: &mut Writer<'_>) {
    let mut font: Option<String> = None;
    let mut rest = codes;
    while let Some((text, behind)) = rest.split_once('&') {
        lines(text, font.as_deref(), writer);
        let mut letters = behind.chars();
        match letters.next() {
            Some('&') => writer.text("&", font.as_deref()),
            Some('L' | 'C' | 'R') => writer.end(),
            // `&".VnTime,Bold"`; a hyphen is the font at hand.
            Some('"') => {
                let (name, after) = letters.as_str().split_once('"').unwrap_or_default();
                let name = name.split(',').next().unwrap_or_default();
                if name != "-" {
                    font = Some(name.to_owned());
                }
                rest = after;
                continue;
            }
            // The size of the font.
            Some(digit) if digit.is_ascii_digit() => {
                rest = letters.as_str().trim_start_matches(|c: char| c.is_ascii_digit());
                continue;
            }
            // `&K` and six digits are a colour; all others stand for themselves alone.
            Some('K') => {
                rest = letters.as_str().get(6..).unwrap_or_default();
                continue;
            }
            _ => {}
        }
        rest = letters.as_str();
    }
    lines(rest, font.as_deref(), writer);
    writer.end();
}

fn lines(text: &str, font: Option<&str>, writer: &mut Writer<'_>) {
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            writer.end();
        }
        writer.text(line, font);
    }
}

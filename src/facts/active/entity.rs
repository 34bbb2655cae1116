//! Character references of HTML: `&lt;`, `&#60;`, `&#x3c`, as far as markup and script need them.
//!
//! HTML has a name for each sign of ASCII, so `javascript&colon;alert&lpar;1&rpar;` runs.

/// Signs by their names, those that markup and script are made of (HTML, 13.5).
const NAMES: &[(&str, char)] = &[
    ("lt", '<'),
    ("LT", '<'),
    ("gt", '>'),
    ("GT", '>'),
    ("quot", '"'),
    ("QUOT", '"'),
    ("amp", '&'),
    ("AMP", '&'),
    ("apos", '\''),
    ("colon", ':'),
    ("Tab", ' '),
    ("NewLine", ' '),
    ("nbsp", ' '),
    ("lpar", '('),
    ("rpar", ')'),
    ("sol", '/'),
    ("bsol", '\\'),
    ("equals", '='),
    ("semi", ';'),
    ("period", '.'),
    ("comma", ','),
    ("plus", '+'),
    ("excl", '!'),
    ("num", '#'),
    ("percnt", '%'),
    ("quest", '?'),
    ("ast", '*'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("lcub", '{'),
    ("lbrace", '{'),
    ("rcub", '}'),
    ("rbrace", '}'),
    ("lowbar", '_'),
    ("grave", '`'),
];

/// A text with its references resolved, once; what is none stays.
pub(super) fn decoded(value: &str) -> String {
    if !value.contains('&') {
        return value.to_owned();
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        match reference(behind) {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push('&');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The reference that begins behind a `&`, and what follows it.
fn reference(behind: &str) -> Option<(char, &str)> {
    /// Longer than any name above; a number may have leading zeros.
    const LONGEST: usize = 32;
    let part = |c: char| c.is_ascii_alphanumeric() || c == '#';
    let length = behind.bytes().take(LONGEST).take_while(|byte| part(char::from(*byte))).count();
    let (name, after) = behind.split_at_checked(length)?;
    let c = match name.strip_prefix('#') {
        Some(digits) => {
            let (radix, digits) = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => (16, hex),
                None => (10, digits),
            };
            // What follows without a semicolon ends the number.
            let count = digits.chars().take_while(|c| c.is_digit(radix)).count();
            let (number, _) = digits.split_at_checked(count)?;
            let after = behind.get(length - (digits.len() - count)..)?;
            let c = u32::from_str_radix(number, radix).ok().and_then(char::from_u32)?;
            return Some((c, after.strip_prefix(';').unwrap_or(after)));
        }
        None => NAMES.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((c, after.strip_prefix(';').unwrap_or(after)))
}

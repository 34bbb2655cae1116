//! Character references of HTML: by number (`&#7879;`), which also stand in plain text where no
//! reader expands them, and by name.

/// The longest reference that is one: `&#x10FFFF;`.
const LONGEST: usize = 10;

/// The character of the reference at the start, and its length in bytes.
pub(super) fn reference(text: &str) -> Option<(char, usize)> {
    let body = text.strip_prefix("&#")?;
    let end = body.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let digits = body.get(..end)?;
    let number = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    Some((char::from_u32(number)?, end + 3))
}

/// A text with its references expanded. Controls stay references: they are nobody's letters.
pub fn expand(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest.as_bytes(), b"&#") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match reference(from) {
            Some((c, len)) if !c.is_control() => {
                out.push(c);
                rest = from.get(len..).unwrap_or_default();
            }
            _ => {
                out.push_str("&#");
                rest = from.get(2..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

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
    ("Tab", '\t'),
    ("NewLine", '\n'),
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
    ("UnderBar", '_'),
    ("grave", '`'),
    ("DiacriticalGrave", '`'),
    ("vert", '|'),
    ("verbar", '|'),
    ("VerticalLine", '|'),
    ("dollar", '$'),
    ("commat", '@'),
    ("midast", '*'),
    ("Hat", '^'),
];

/// Names of U+00A0–00FF, as HTML 4 has them.
const LATIN: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn \
    sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc \
    Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute \
    Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml \
    aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde \
    ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

/// The character of a name of HTML: the signs of ASCII, and Latin 1.
pub fn named(name: &str) -> Option<char> {
    if let Some((_, c)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some(*c);
    }
    let at = LATIN.split_ascii_whitespace().position(|known| known == name)?;
    u8::try_from(at + 0xa0).ok().map(char::from)
}

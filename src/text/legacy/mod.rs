//! Vietnamese encodings before Unicode: bytes to letters, bytes to text.
//!
//! None of them is known to browsers or to the usual libraries but windows-1258, and none has a
//! charset label that mailers agree on; fonts told readers how to show the bytes.

mod decode;
mod tables;
mod viqr;

pub(super) use decode::read;
pub use decode::{as_windows_1252, bytes_of, decode, letters};
pub use tables::byte_of;
pub(super) use tables::possible;
pub use viqr::{Token, decode as decode_viqr, token as viqr_token};

/// A Vietnamese encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Encoding {
    /// TCVN 5712:1993 VN3, as the ABC fonts (.VnTime) show it: small letters; capitals by font.
    Tcvn3,
    /// TCVN 5712:1993 VN1: VN3 with capitals where others have controls.
    Tcvn5712,
    /// VNI for Windows: a letter, then a byte for its marks.
    Vni,
    /// VISCII (RFC 1456).
    Viscii,
    /// VPS (Vietnamese Professional Society).
    Vps,
    /// windows-1258: letters, some composed, and five combining tones.
    Windows1258,
    /// BK HCM 1, one byte a letter.
    BkHcm1,
    /// BK HCM 2, a letter, then a byte for its tone.
    BkHcm2,
    /// VIQR (RFC 1456): marks as ASCII punctuation.
    Viqr,
    /// Unicode in UTF-8, where it was taken for something else on the way.
    Utf8,
    /// Unicode as numeric character references in plain text.
    References,
}

impl Encoding {
    /// Those whose bytes are letters above ASCII.
    pub const EIGHT_BIT: [Encoding; 8] = [
        Encoding::Tcvn3,
        Encoding::Tcvn5712,
        Encoding::Vni,
        Encoding::Viscii,
        Encoding::Vps,
        Encoding::Windows1258,
        Encoding::BkHcm1,
        Encoding::BkHcm2,
    ];

    /// How people know it.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Tcvn3 => "TCVN3 (ABC)",
            Encoding::Tcvn5712 => "TCVN 5712 (VN1)",
            Encoding::Vni => "VNI",
            Encoding::Viscii => "VISCII",
            Encoding::Vps => "VPS",
            Encoding::Windows1258 => "windows-1258",
            Encoding::BkHcm1 => "BK HCM 1",
            Encoding::BkHcm2 => "BK HCM 2",
            Encoding::Viqr => "VIQR",
            Encoding::Utf8 => "UTF-8",
            Encoding::References => "ký tự dạng số (&#…;)",
        }
    }

    /// The encoding of a charset label, lower case.
    pub fn of_label(label: &str) -> Option<Encoding> {
        Some(match label {
            "windows-1258" | "cp1258" | "x-cp1258" => Encoding::Windows1258,
            "tcvn" | "tcvn3" | "tcvn5712-1" | "tcvn5712-1:1993" | "tcvn-5712"
            | "x-viet-tcvn5712" | "x-viet-tcvn" | "x-viet-tcvn3" | "x-tcvn3" | "x-viet-abc"
            | "x-abc" => Encoding::Tcvn3,
            "x-viet-vni" | "vni" | "x-vni" | "vni-win" => Encoding::Vni,
            "x-viet-vps" | "vps" | "x-vps" => Encoding::Vps,
            "viscii" | "csviscii" | "viscii1.1-1" | "x-viet-viscii" => Encoding::Viscii,
            "viqr" | "csviqr" | "x-viet-viqr" => Encoding::Viqr,
            _ => return None,
        })
    }

    /// The encoding that a font shows, by its name; a font is evidence, never proof.
    /// UTM-, UVN- and SVN- fonts are Unicode.
    pub fn of_font(font: &str) -> Option<Encoding> {
        let font = font.trim_start_matches(['\'', '"', ' ']);
        let begins = |prefix: &str| {
            font.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
        };
        // Names in PDF have lost their dot, but not the capital behind it: VnTime, not VNI.
        let mut postscript = font.strip_prefix("Vn").unwrap_or_default().chars();
        if begins(".vn") || postscript.next().is_some_and(|c| c.is_ascii_uppercase()) {
            Some(Encoding::Tcvn3)
        } else if begins("vni-") || begins("vni ") {
            Some(Encoding::Vni)
        } else if begins("vps ") || begins("vps-") {
            Some(Encoding::Vps)
        } else {
            None
        }
    }
}

/// Whether a font shows small letters as capitals: `.VnTimeH`.
pub fn is_capital_font(font: &str) -> bool {
    // Asked of each run of a document, and true of few.
    if Encoding::of_font(font) != Some(Encoding::Tcvn3) {
        return false;
    }
    let font = font.trim_matches(['\'', '"', ' ']);
    // Also with a style behind it: `.VnTimeH,Bold`, `.VnArialH-Bold`, `.VnTimeH Bold`.
    let name = font.split([',', '-', ' ']).next().unwrap_or_default();
    let name = name.trim_end_matches("Italic").trim_end_matches("Bold");
    name.ends_with('H')
}

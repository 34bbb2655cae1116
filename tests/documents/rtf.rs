//! RTF: bytes by font, characters by number, destinations, tables.

use super::made::{LETTER, in_rtf};
use super::{read, shown};
use congthu::text::legacy::Encoding;

#[test]
fn lines_stand_where_they_stand() {
    let text = r"{\rtf1\ansi\deff0{\fonttbl{\f0\fcharset0 Arial;}}{\info{\title x}}{\stylesheet{\s0 Normal;}}
{\header \pard M\u7853?t\par}{\footer trang {\field{\*\fldinst PAGE}{\fldrslt 1}}\par}
\trowd\intbl S\u7889?: 12\cell T\u7888?I M\u7852?T\cell\row\trowd\intbl d\cell\row
\pard K\'ednh{\*\unknown x}{\footnote chú} g\u7917\'3fi\line B\par
{\shp{\*\shpinst{\sp{\sn a}{\sv b}}{\shptxt \pard M\u7852?T\par}}{\shprslt{M\u7852?T}}}C\emdash D\par}";
    assert_eq!(
        shown(read(text.as_bytes()).lines()),
        [
            "header | Mật",
            "footer | trang 1",
            "row1 | Số: 12",
            "row1 | TỐI MẬT",
            "row2 | d",
            "note | chú".replace('ú', "Ãº").as_str(),
            "| Kính gửi",
            "| B",
            "box | MẬT",
            "| C—D"
        ]
    );
}

/// The font says .VnTime; what it says of its charset is what Windows had to believe.
#[test]
fn one_table_in_an_old_font_is_found_in_a_unicode_document() {
    let unicode: String = LETTER
        .chars()
        .map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{}?", c as u32) })
        .collect();
    let unicode = format!(r"\pard\f0 {unicode}\par ").repeat(100);
    for (charset, encoding, font) in [
        (0, Encoding::Tcvn3, ".VnTime"),
        (163, Encoding::Tcvn3, ".VnTime"),
        (0, Encoding::Vni, "VNI-Times"),
    ] {
        let old = in_rtf(encoding, LETTER);
        let file = format!(
            r"{{\rtf1\ansi\deff0{{\fonttbl{{\f0\fcharset163 Times New Roman;}}{{\f7\fnil\fcharset{charset}{{\*\panose 0}}{font};}}}}{unicode}\trowd\intbl\f7 {old}\cell\row {unicode}}}"
        );
        let text = read(file.as_bytes());
        let seen = &text.legacy()[0];
        assert_eq!((seen.reading.encoding, seen.font.as_deref()), (encoding, Some(font)));
        assert_eq!(seen.place.row, 1);
        assert_eq!(text.lines().iter().find(|line| line.text != LETTER), None);
        let clean = file.replace(&old, "");
        assert!(read(clean.as_bytes()).legacy().is_empty());
    }
}

/// A font of the Vietnamese charset is Unicode, in code page 1258.
#[test]
fn bytes_are_of_the_charset_of_their_font() {
    let text = br"{\rtf1\ansi{\fonttbl{\f0\fcharset204 Arial;}{\f1\fcharset163 Arial;}}\f0 \'cc\f1 \'d0\'f5\'f2n}";
    assert_eq!(shown(read(text).lines()), ["| МĐơ\u{323}n"]);
}

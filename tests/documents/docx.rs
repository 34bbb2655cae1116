//! docx: fonts by run, style and default; tables, boxes, headers, notes; each text once.

use super::made::{LETTER, in_font, zip};
use super::{attached, letter, read, shown};
use congthu::text::legacy::Encoding;

const TYPES: &str = r#"<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
const RELS: &str = r#"<Relationships><Relationship Id="a" Type="http://x/officeDocument" Target="word/document.xml"/></Relationships>"#;

/// A document of this body, with more members.
pub fn document(body: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let body = format!("<w:document><w:body>{body}</w:body></w:document>");
    let mut members =
        vec![("[Content_Types].xml", TYPES), ("_rels/.rels", RELS), ("word/document.xml", &body)];
    members.extend_from_slice(more);
    zip(&members)
}

pub fn paragraph(font: &str, text: &str) -> String {
    let font = if font.is_empty() {
        String::new()
    } else {
        format!(r#"<w:rPr><w:rFonts w:ascii="{font}" w:hAnsi="{font}"/></w:rPr>"#)
    };
    format!("<w:p><w:r>{font}<w:t>{text}</w:t></w:r></w:p>")
}

#[test]
fn lines_stand_where_they_stand() {
    let rels = r#"<Relationships><Relationship Id="h" Type="http://x/header" Target="dau.xml"/>
        <Relationship Id="f" Type="http://x/footer" Target="/word/chan.xml"/></Relationships>"#;
    let cell = |text: &str| format!("<w:tc>{}</w:tc>", paragraph("", text));
    let table = format!(
        "<w:tbl><w:tr>{}{}</w:tr><w:tr>{}</w:tr></w:tbl>",
        cell("Số: 12"),
        cell("MẬT"),
        cell("dưới")
    );
    let boxed = format!("<w:txbxContent>{}</w:txbxContent>", paragraph("", "TỐI MẬT"));
    let boxed = format!(
        "<mc:AlternateContent><mc:Choice>{boxed}</mc:Choice><mc:Fallback>{boxed}</mc:Fallback></mc:AlternateContent>"
    );
    let body = format!(
        "{table}<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>Kính </w:t></w:r><w:r>{boxed}<w:t>gửi</w:t><w:tab/><w:t>A</w:t><w:br/><w:t>B</w:t></w:r></w:p>"
    );
    let file = document(
        &body,
        &[
            ("word/_rels/document.xml.rels", rels),
            ("word/dau.xml", &format!("<w:hdr>{}</w:hdr>", paragraph("", "Mật"))),
            ("word/chan.xml", &format!("<w:ftr>{}</w:ftr>", paragraph("", "trang 1"))),
        ],
    );
    assert_eq!(
        shown(read(&file).lines()),
        [
            "header | Mật",
            "row1 | Số: 12",
            "row1 | MẬT",
            "row2 | dưới",
            "box | TỐI MẬT",
            "| Kính gửi\tA",
            "| B",
            "footer | trang 1"
        ]
    );
}

/// Each of the ways in which a run gets its font.
#[test]
fn fonts_come_from_run_style_and_default() {
    let styles = r#"<w:styles><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Arial"/></w:rPr></w:rPrDefault></w:docDefaults>
        <w:style w:styleId="A"><w:basedOn w:val="B"/></w:style>
        <w:style w:styleId="B"><w:rPr><w:rFonts w:hAnsi=".VnTime"/></w:rPr></w:style></w:styles>"#;
    let body = r#"<w:p><w:r><w:t>a</w:t></w:r></w:p>
        <w:p><w:pPr><w:pStyle w:val="A"/><w:rPr><w:rFonts w:ascii="Wrong"/></w:rPr></w:pPr><w:r><w:t>b</w:t></w:r></w:p>
        <w:p><w:r><w:rPr><w:rStyle w:val="B"/></w:rPr><w:t>c</w:t></w:r><w:r><w:rPr><w:rFonts w:ascii="VNI-Times"/></w:rPr><w:t>d</w:t></w:r></w:p>"#;
    let text = read(&document(body, &[("word/styles.xml", styles)]));
    let fonts: Vec<_> = text.pieces().map(|piece| (piece.text, piece.font.unwrap())).collect();
    assert_eq!(fonts, [("a", "Arial"), ("b", ".VnTime"), ("c", ".VnTime"), ("d", "VNI-Times")]);
}

/// The rest of the letter is right Unicode, and much longer.
#[test]
fn one_table_in_an_old_font_is_found_in_a_unicode_document() {
    let unicode = paragraph("Times New Roman", LETTER).repeat(200);
    for (encoding, font) in [(Encoding::Tcvn3, ".VnTime"), (Encoding::Vni, "VNI-Times")] {
        let old = paragraph(font, &in_font(encoding, LETTER));
        let table = format!("<w:tbl><w:tr><w:tc>{old}</w:tc></w:tr></w:tbl>");
        let facts = letter(&document(&format!("{unicode}{table}{unicode}"), &[]));
        let text = attached(&facts).document();
        let seen = &text.legacy()[0];
        assert_eq!((seen.reading.encoding, seen.font.as_deref()), (encoding, Some(font)));
        assert_eq!(seen.place.row, 1);
        let wrong = text.lines().iter().find(|line| line.text != LETTER);
        assert_eq!(wrong, None, "{encoding:?}");
    }
    assert!(read(&document(&unicode, &[])).legacy().is_empty());
}

/// Two words prove nothing, but their font says what they are, and that they are capitals.
#[test]
fn a_stamp_in_a_font_of_capitals_is_read() {
    let body = paragraph(".VnTimeH", &in_font(Encoding::Tcvn3, "tuyệt mật"))
        + &paragraph("VNI-Times", "TOÁI MAÄT")
        + &paragraph("", "Mật khẩu");
    let text = read(&document(&body, &[]));
    assert_eq!(shown(text.lines()), ["| TUYỆT MẬT", "| TỐI MẬT", "| Mật khẩu"]);
}

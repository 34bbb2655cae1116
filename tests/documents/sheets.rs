//! xlsx and pptx: shared strings, fonts of formats and runs, heads of pages, slides in order.

use super::made::{LETTER, in_font, zip};
use super::{read, shown};
use congthu::text::legacy::Encoding;

/// A workbook of one sheet; format 1 is in .VnTime.
pub fn book(sheet: &str, strings: &str) -> Vec<u8> {
    zip(&[
        (
            "[Content_Types].xml",
            r#"<Types><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"#,
        ),
        (
            "_rels/.rels",
            r#"<Relationships><Relationship Id="a" Type="http://x/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
        ),
        (
            "xl/workbook.xml",
            r#"<workbook><sheets><sheet name="A" sheetId="1" r:id="r9"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="r9" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>
            <Relationship Id="r2" Type="http://x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="r3" Type="http://x/styles" Target="styles.xml"/></Relationships>"#,
        ),
        (
            "xl/styles.xml",
            r#"<styleSheet><fonts><font><name val="Arial"/></font><font><name val=".VnTime"/></font></fonts><cellXfs><xf fontId="0"/><xf fontId="1"/></cellXfs></styleSheet>"#,
        ),
        ("xl/sharedStrings.xml", &format!("<sst>{strings}</sst>")),
        ("xl/worksheets/sheet1.xml", &format!("<worksheet>{sheet}</worksheet>")),
    ])
}

#[test]
fn cells_stand_in_rows() {
    let sheet = r#"<sheetData><row><c s="0" t="s"><v>0</v></c><c><v>12</v></c><c t="inlineStr"><is><t>B</t></is></c></row>
        <row><c s="0" t="s"><v>1</v></c><c s="0" t="s"><v>0</v></c><c t="str"><f>A1</f><v>C</v></c></row></sheetData>
        <headerFooter><oddHeader>&amp;L&amp;"Arial,Bold"&amp;14MẬT&amp;R&amp;P</oddHeader></headerFooter>"#;
    let strings = "<si><t>Số</t></si><si><r><t>a</t></r><r><rPr><rFont val=\".VnTime\"/></rPr><t>b</t></r><rPh><t>x</t></rPh></si>";
    let text = read(&book(sheet, strings));
    assert_eq!(
        shown(text.lines()),
        ["row1 | Số", "row1 | B", "row2 | ab", "row2 | Số", "row2 | C", "header | MẬT"]
    );
    let fonts: Vec<_> = text.pieces().map(|piece| (piece.text, piece.font)).collect();
    assert_eq!(fonts[2..4], [("a", Some("Arial")), ("b", Some(".VnTime"))]);
}

#[test]
fn cells_in_an_old_font_are_found_in_a_unicode_workbook() {
    let strings =
        format!("<si><t>{LETTER}</t></si><si><t>{}</t></si>", in_font(Encoding::Tcvn3, LETTER));
    let unicode = r#"<row><c s="0" t="s"><v>0</v></c></row>"#.repeat(100);
    let sheet =
        format!(r#"<sheetData>{unicode}<row><c s="1" t="s"><v>1</v></c></row></sheetData>"#);
    let text = read(&book(&sheet, &strings));
    let seen = &text.legacy()[0];
    assert_eq!((seen.reading.encoding, seen.font.as_deref()), (Encoding::Tcvn3, Some(".VnTime")));
    assert_eq!(seen.place.row, 101);
    assert_eq!(text.lines().iter().find(|line| line.text != LETTER), None);
    assert!(read(&book(&unicode, &strings)).legacy().is_empty());
}

/// A presentation of two slides, of which the second comes first.
pub fn slides(first: &str, second: &str) -> Vec<u8> {
    zip(&[
        (
            "[Content_Types].xml",
            r#"<Types><Override PartName="/ppt/presentation.xml" ContentType="application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"/></Types>"#,
        ),
        (
            "_rels/.rels",
            r#"<Relationships><Relationship Id="a" Type="http://x/officeDocument" Target="ppt/presentation.xml"/></Relationships>"#,
        ),
        (
            "ppt/presentation.xml",
            r#"<p:presentation><p:sldIdLst><p:sldId id="256" r:id="r2"/><p:sldId id="257" r:id="r1"/></p:sldIdLst></p:presentation>"#,
        ),
        (
            "ppt/_rels/presentation.xml.rels",
            r#"<Relationships><Relationship Id="r1" Type="http://x/slide" Target="slides/slide1.xml"/><Relationship Id="r2" Type="http://x/slide" Target="slides/slide2.xml"/></Relationships>"#,
        ),
        ("ppt/slides/slide1.xml", first),
        ("ppt/slides/slide2.xml", second),
    ])
}

#[test]
fn slides_are_read_in_their_order() {
    let slide = |text: &str| {
        format!(
            "<p:sld><a:p><a:r><a:rPr><a:latin typeface=\".VnTime\"/></a:rPr><a:t>{text}</a:t></a:r><a:r><a:t>x</a:t></a:r></a:p></p:sld>"
        )
    };
    let boxed =
        r#"<p:sld><p:sp><p:cNvSpPr txBox="1"/><a:p><a:r><a:t>MẬT</a:t></a:r></a:p></p:sp></p:sld>"#;
    let text = read(&slides(&slide("sau"), boxed));
    assert_eq!(shown(text.lines()), ["box | MẬT", "| saux"]);
    assert_eq!(text.lines()[1].place.section, 1);
    let fonts: Vec<_> = text.pieces().map(|piece| piece.font).collect();
    assert_eq!(fonts, [None, Some(".VnTime"), None]);
}

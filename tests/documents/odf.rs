//! OpenDocument: styles, heads and feet of pages, boxes, sheets.

use super::made::{LETTER, in_font, zip};
use super::{read, shown};
use congthu::text::legacy::Encoding;

fn document(content: &str, styles: &str) -> Vec<u8> {
    document_of("text", content, styles)
}

/// A document of this kind: `text`, `spreadsheet`, `presentation`.
pub fn document_of(kind: &str, content: &str, styles: &str) -> Vec<u8> {
    zip(&[
        ("mimetype", &format!("application/vnd.oasis.opendocument.{kind}")),
        ("content.xml", content),
        ("styles.xml", styles),
    ])
}

const STYLES: &str = r#"<o><style:font-face style:name="F" svg:font-family="'.VnTime'"/>
    <style:default-style style:family="paragraph"><style:text-properties fo:font-family="Arial"/></style:default-style>
    <style:style style:name="Cu"><style:text-properties style:font-name="F"/></style:style>
    <style:master-page><style:header><text:p>Mật</text:p></style:header><style:footer><text:p>chân</text:p></style:footer></style:master-page></o>"#;

#[test]
fn lines_stand_where_they_stand() {
    let content = r#"<o><office:automatic-styles><style:style style:name="P1" style:parent-style-name="Cu"/></office:automatic-styles>
        <office:body><office:text><text:p text:style-name="P1">a<text:span text:style-name="X">b</text:span><text:tab/>c<text:s/>d</text:p>
        <table:table><table:table-row><table:table-cell><text:p>MẬT</text:p></table:table-cell><table:table-cell><text:p>B</text:p></table:table-cell></table:table-row></table:table>
        <text:p>C<draw:frame><draw:text-box><text:p>TỐI MẬT</text:p></draw:text-box></draw:frame>D<text:note><text:note-body><text:p>chú</text:p></text:note-body></text:note></text:p></office:text></office:body></o>"#;
    let text = read(&document(content, STYLES));
    assert_eq!(
        shown(text.lines()),
        [
            "header | Mật",
            "| ab\tc d",
            "row1 | MẬT",
            "row1 | B",
            "box | TỐI MẬT",
            "note | chú",
            "| CD",
            "footer | chân"
        ]
    );
    let fonts: Vec<_> = text.pieces().map(|piece| (piece.text, piece.font)).collect();
    assert_eq!(fonts[1], ("ab", Some(".VnTime")));
    assert_eq!(fonts.last(), Some(&("chân", Some("Arial"))));
}

#[test]
fn one_table_in_an_old_font_is_found_in_a_unicode_document() {
    let unicode = format!("<text:p>{LETTER}</text:p>").repeat(100);
    let old = in_font(Encoding::Tcvn3, LETTER);
    let table = format!(
        r#"<table:table><table:table-row><table:table-cell><text:p text:style-name="Cu">{old}</text:p></table:table-cell></table:table-row></table:table>"#
    );
    let content =
        |table: &str| format!("<o><office:body>{unicode}{table}{unicode}</office:body></o>");
    let text = read(&document(&content(&table), STYLES));
    let seen = &text.legacy()[0];
    assert_eq!((seen.reading.encoding, seen.font.as_deref()), (Encoding::Tcvn3, Some(".VnTime")));
    assert_eq!(seen.place.row, 1);
    assert!(read(&document(&content(""), STYLES)).legacy().is_empty());
}

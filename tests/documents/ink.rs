//! Red letters: the ink of a stamp is told in every format that has colours, and makes a line one.

use super::made::zip;
use super::ole::document_with;
use super::read;
use crate::support::gate::{Gate, judge};
use crate::support::letter_with;

/// What is red of a document.
fn red(file: &[u8]) -> Vec<String> {
    let text = read(file);
    let red = text.pieces().filter(|piece| piece.red && !piece.text.trim().is_empty());
    red.map(|piece| piece.text.to_owned()).collect()
}

/// What is found of secrecy in a letter.
fn marks(mail: &[u8]) -> Vec<String> {
    let verdict = judge(&Gate::with_builtin_rules(), "base", mail);
    let marks = verdict.findings.into_iter().filter(|judged| judged.finding.is_secret());
    marks.map(|judged| judged.finding.detail).collect()
}

const STAMP: &str = "strong mark of mật: a line of its own in red";
/// The same letters in black, where no head of a document is near.
const WORD: &str = "weak mark of mật: a line of its own";

fn docx(body: &str) -> Vec<u8> {
    let types = r#"<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#;
    let rels = r#"<Relationships><Relationship Id="a" Type="http://x/officeDocument" Target="word/document.xml"/></Relationships>"#;
    let styles = r#"<w:styles><w:style w:styleId="Dau"><w:rPr><w:color w:val="c00000"/></w:rPr></w:style>
        <w:style w:styleId="Con"><w:basedOn w:val="Dau"/></w:style></w:styles>"#;
    let body = format!("<w:document><w:body>{body}</w:body></w:document>");
    zip(&[
        ("[Content_Types].xml", types),
        ("_rels/.rels", rels),
        ("word/document.xml", &body),
        ("word/styles.xml", styles),
    ])
}

#[test]
fn word_says_it_by_run_and_by_style() {
    let run = |properties: &str, text: &str| {
        format!("<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>")
    };
    let colour = |name: &str, text: &str| run(&format!(r#"<w:color w:val="{name}"/>"#), text);
    let file = docx(&format!(
        r#"<w:p><w:pPr><w:rPr><w:color w:val="FF0000"/></w:rPr></w:pPr>{}{}{}</w:p><w:p><w:pPr><w:pStyle w:val="Con"/></w:pPr>{}{}</w:p>"#,
        colour("FF0000", "a"),
        run("", "b"),
        colour("0000FF", "c"),
        run("", "d"),
        colour("auto", "e"),
    ));
    assert_eq!(red(&file), ["a", "d"]);
    let stamp = |name: &str| letter_with(&docx(&format!("<w:p>{}</w:p>", colour(name, "MẬT"))));
    assert_eq!(marks(&stamp("FF0000")), [STAMP]);
    assert_eq!(marks(&stamp("000000")), [WORD]);
    // A line that is red in part is no stamp.
    let half = format!("<w:p>{}{}</w:p>", colour("FF0000", "M"), colour("000000", "ẬT"));
    assert_eq!(marks(&letter_with(&docx(&half))), [WORD]);
}

#[test]
fn opendocument_says_it_by_style() {
    let content = |style: &str| {
        format!(
            r##"<o><style:style style:name="T1"><style:text-properties fo:color="#ff0000"/></style:style>
            <style:style style:name="T2" style:parent-style-name="T1"/>
            <office:body><office:text><text:p><text:span text:style-name="{style}">MẬT</text:span></text:p><text:p>b</text:p></office:text></office:body></o>"##
        )
    };
    let file = |style: &str| {
        zip(&[
            ("mimetype", "application/vnd.oasis.opendocument.text"),
            ("content.xml", &content(style)),
            ("styles.xml", "<o/>"),
        ])
    };
    assert_eq!(red(&file("T2")), ["MẬT"]);
    assert_eq!(marks(&letter_with(&file("T1"))), [STAMP]);
    assert_eq!(marks(&letter_with(&file("T3"))), [WORD]);
}

#[test]
fn rtf_says_it_by_number() {
    let file = |number: u32| {
        let table = r"{\colortbl;\red0\green0\blue255;\red237\green28\blue36;}";
        let text = r"M\u7852?T".to_owned();
        format!(r"{{\rtf1\ansi{table}\pard\cf{number} {text}\cf0\par b\par{{\cf2 c\plain d}}\par}}")
            .into_bytes()
    };
    assert_eq!(red(&file(2)).concat(), "MẬTc");
    assert_eq!(red(&file(1)), ["c"]);
    assert_eq!(marks(&letter_with(&file(2))), [STAMP]);
    assert_eq!(marks(&letter_with(&file(1))), [WORD]);
}

#[test]
fn a_page_says_it_by_attribute_and_by_style() {
    let mail = |tag: &str| {
        let page = format!("<p style='background-color:red'>a</p><p><{tag}>MẬT</span></font></p>");
        format!("Content-Type: text/html; charset=utf-8\r\n\r\n{page}\r\n").into_bytes()
    };
    for tag in [
        "font color=red",
        "font size=4 color='#FF0000'",
        "span style=\"font-weight:bold;color: #c00\"",
        "span style='color:rgb(255, 0, 0)'",
    ] {
        assert_eq!(marks(&mail(tag)), [STAMP], "{tag}");
    }
    for tag in ["font color=blue", "span style='background-color:#f00'", "span bgcolor=red"] {
        assert_eq!(marks(&mail(tag)), [WORD], "{tag}");
    }
}

#[test]
fn word_97_says_it_by_property() {
    let runs = [("M\u{1eac}T", true), ("\rb\r", false)];
    for property in [&[0x42, 0x2a, 6][..], &[0x70, 0x68, 0xff, 0, 0, 0]] {
        let file = document_with(property, &runs, "");
        assert_eq!(red(&file), ["MẬT"]);
        assert_eq!(marks(&letter_with(&file)), [STAMP]);
    }
    let blue = document_with(&[0x42, 0x2a, 2], &runs, "");
    assert_eq!(marks(&letter_with(&blue)), [WORD]);
}

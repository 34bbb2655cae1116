//! RTF, relations that lead outside, controls, OpenDocument, locked and damaged documents.

use super::office::{does, object, records, rtf};
use super::{compress, deeds, facts, inside, letter, ole, ooxml, project, wide, zip};
use crate::support::base64;
use congthu::archive::Why;

#[test]
fn rtf_is_read_as_word_reads_it() {
    let equation = [[0u8; 33].as_slice(), &[0x0a, 8, 1, 1], &[b'A'; 60], b"\0"].concat();
    let native = [(equation.len() as u32).to_le_bytes().as_slice(), &equation].concat();
    let sane = [[0u8; 33].as_slice(), &[0x0a, 8, 1, 1], b"Times New Roman\0"].concat();
    let inner = ole(&[("Equation Native", &equation)]);
    let sane_inner = ole(&[("Equation Native", &sane)]);
    let _ = native;
    let updating = |digits: &str| {
        format!("{{\\rt{{\\object\\objupdate{{\\*\\objdata {digits}}}}}}}").into_bytes()
    };
    for (document, words) in [
        (rtf(&object(b"Equation.3", &inner)), vec!["exploit@object1"]),
        (rtf(&object(b"Equation.3", &sane_inner)), vec![]),
        (rtf(&format!("0{}", object(b"Equation.3", &inner))), vec!["exploit@object1"]),
        (updating(&object(b"Equation.3", &sane_inner)), vec!["launch"]),
        (b"{\\rtf1{\\*\\template https://mail.example/a.dotm}x}".to_vec(), vec!["template"]),
        (
            b"{\\rtf1{\\*\\template \\u104?\\u116?\\u-65420?p://mail.example/a.dotm}x}".to_vec(),
            vec!["template"],
        ),
        (b"{\\rtf1{\\*\\template C:\\\\Users\\\\an\\\\Normal.dotm}x}".to_vec(), vec![]),
        (
            b"{\\rtf1{\\field{\\*\\fldinst { DDE}{AUTO cmd \"/c calc\"}}{\\fldrslt x}}}".to_vec(),
            vec!["launch"],
        ),
        (b"{\\rtf1{\\field{\\*\\fldinst { PAGE }}{\\fldrslt 1}}}".to_vec(), vec![]),
    ] {
        does("a.rtf", &document, &words);
    }
}

#[test]
fn relations_that_lead_outside() {
    let base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    for (kind, target, word) in [
        ("attachedTemplate", "file:///C:\\Users\\an\\AppData\\Templates\\Normal.dotm", None),
        ("attachedTemplate", "https://mail.example/a.dotm", Some("template")),
        ("attachedTemplate", "\\\\10.0.0.9\\chung\\cv.dotm", Some("remote")),
        ("attachedTemplate", "file://server/chung/cv.dotm", Some("remote")),
        ("oleObject", "https://mail.example/a.html!", Some("template")),
        (
            "oleObject",
            "mhtml:https://mail.example/a.html!x-usc:https://mail.example/a.html",
            Some("launch"),
        ),
        ("frame", "https://mail.example/a", Some("template")),
        ("externalLinkPath", "file:///D:/so.xlsx", None),
        ("externalLinkPath", "https://mail.example/so.xlsx", Some("remote")),
        ("subDocument", "https://mail.example/a.docx", Some("remote")),
        ("hyperlink", "https://mail.example/", None),
        ("hyperlink", "mailto:a@mail.example", None),
        ("hyperlink", "ms-msdt:/id PCWDiagnostic", Some("launch")),
        ("image", "https://mail.example/a.png", None),
    ] {
        let relations = format!(
            "<Relationships><Relationship Id=\"a\" Type=\"{base}/{kind}\" Target=\"{target}\" TargetMode=\"External\"/></Relationships>"
        );
        let member = "word/_rels/settings.xml.rels";
        let plain = ooxml("wordprocessingml.document", &[(member, relations.as_bytes())]);
        let wide = [b"\xff\xfe".as_slice(), &wide(&relations)].concat();
        let sixteen = ooxml("wordprocessingml.document", &[(member, &wide)]);
        let expected = word.map(|word| format!("{word}@{member}"));
        does("a.docx", &plain, &Vec::from_iter(expected.as_deref()));
        does("a.docx", &sixteen, &Vec::from_iter(expected.as_deref()));
    }
}

#[test]
fn slides_whose_buttons_start_programs() {
    let slide = b"<p:sld><a:hlinkMouseOver action=\"ppaction://program\"/></p:sld>";
    let slides = ooxml("presentationml.presentation", &[("ppt/slides/slide1.xml", slide)]);
    does("a.pptx", &slides, &["launch@ppt/slides/slide1.xml"]);
}

#[test]
fn controls_are_forms_or_not() {
    for (class, word) in [
        ("{D7053240-CE69-11CD-A777-00DD01143C57}", "form"),
        ("{D27CDB6E-AE6D-11CF-96B8-444553540000}", "control"),
        ("{00000000-1111-2222-3333-444444444444}", "control"),
    ] {
        let xml = format!("<ax:ocx xmlns:ax=\"x\" ax:classid=\"{class}\"/>");
        let document =
            ooxml("wordprocessingml.document", &[("word/activeX/activeX1.xml", xml.as_bytes())]);
        does("a.docx", &document, &[&format!("{word}@word/activeX/activeX1.xml")]);
    }
    does(
        "a.doc",
        &ole(&[("ObjectPool/_1/\u{3}OCXNAME", b"x"), ("WordDocument", b"\xec\xa5")]),
        &["form"],
    );
}

#[test]
fn opendocument_is_read_zipped_and_flat() {
    let odt = |members: &[(&str, &[u8])]| {
        let mut all: Vec<(&str, &[u8])> =
            vec![("mimetype", b"application/vnd.oasis.opendocument.text")];
        all.extend(members);
        zip(&all)
    };
    let module = |source: &str| {
        format!(
            "<script:module xmlns:script=\"http://openoffice.org/2000/script\" script:name=\"a\">{source}</script:module>"
        )
    };
    let path = "Basic/Standard/a.xml";
    does("a.odt", &odt(&[(path, module("Sub Main\nEnd Sub").as_bytes())]), &[]);
    does(
        "a.odt",
        &odt(&[(path, module("Sub A\nPrint 1\nEnd Sub").as_bytes())]),
        &["macro@Basic/Standard/a.xml"],
    );
    let shell = module("Sub Document_Open\nShell(&quot;calc&quot;)\nEnd Sub");
    does("a.odt", &odt(&[(path, shell.as_bytes())]), &["calls@Basic/Standard/a.xml"]);
    does("a.odt", &odt(&[("Scripts/python/a.py", b"import os\n")]), &["macro@Scripts/python/a.py"]);
    // Without its namespace, too.
    let bare = b"<script:module script:name=\"a\">Sub A\nPrint 1\nEnd Sub</script:module>";
    does("a.odt", &odt(&[(path, bare)]), &["macro@Basic/Standard/a.xml"]);
    let name = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\"";
    let event = format!(
        "<office:document-content {name}><script:event-listener script:event-name=\"dom:load\" \
         xlink:href=\"vnd.sun.star.script:Standard.a.A?language=Basic&amp;location=document\"/></office:document-content>"
    );
    does("a.odt", &odt(&[("content.xml", event.as_bytes())]), &["auto@content.xml"]);
    let dde = format!(
        "<office:document {name}><office:dde-source office:dde-application=\"cmd\" office:dde-topic=\"/c\"/></office:document>"
    );
    does("a.fods", dde.as_bytes(), &["launch"]);
    let object = format!(
        "<office:document {name}><draw:object xlink:href=\"https://mail.example/a.odt\"/></office:document>"
    );
    does("a.fodt", object.as_bytes(), &["remote"]);
    for scheme in ["vnd.sun.star.webdav", "VND.SUN.STAR.WEBDAVS", "dav", "davs", "smb", "sftp"] {
        does("a.fodt", object.replace("https", scheme).as_bytes(), &["remote"]);
    }
    does("a.fodt", object.replace("https://mail.example", "Object 1").as_bytes(), &[]);
    for (inner, word) in [
        (
            "<presentation:event-listener script:event-name=\"dom:click\" presentation:action=\"execute\" xlink:href=\"a.exe\"/>",
            "launch",
        ),
        (
            "<presentation:event-listener script:event-name=\"dom:click\" presentation:action=\"next-page\"/>",
            "",
        ),
        (
            "<table:table-cell table:formula=\"of:=DDE(&quot;cmd&quot;;&quot;/c&quot;;&quot;A&quot;)\"/>",
            "launch",
        ),
        (
            "<table:table-cell table:formula=\"of:=DDE(&quot;soffice&quot;;&quot;a.ods&quot;;&quot;A&quot;)\"/>",
            "dde",
        ),
        (
            "<table:table-cell table:formula=\"of:=WEBSERVICE(&quot;https://mail.example&quot;)\"/>",
            "remote",
        ),
        ("<table:table-cell table:formula=\"of:=SUM([.A1:.A9])\"/>", ""),
        ("<table:cell-range-source xlink:href=\"https://mail.example/a.ods\"/>", "remote"),
        ("<meta:auto-reload xlink:href=\"https://mail.example/\"/>", "remote"),
        (
            "<script:event-listener script:event-name=\"dom:load\" xlink:href=\"vnd.sun.star.script:LibreLogo/LibreLogo.py$run?language=Python&amp;location=share\"/>",
            "exploit",
        ),
        (
            "<script:event-listener script:event-name=\"dom:load\" xlink:href=\"vnd.sun.star.script:a.py$b?language=Python&amp;location=user\"/>",
            "macro",
        ),
    ] {
        let document = format!("<office:document {name}>{inner}</office:document>");
        let found = deeds("a.fodt", document.as_bytes());
        match word {
            "" => assert_eq!(found, Vec::<String>::new(), "{inner}"),
            _ => assert!(found.contains(&format!("{word}@2")), "{found:?} {inner}"),
        }
    }
    does("a.odt", &odt(&[("Basic/Standard/a.pba", b"compiled")]), &["macro@Basic/Standard/a.pba"]);
    let manifest = b"<manifest:manifest><manifest:encryption-data/></manifest:manifest>";
    let locked = facts(letter("a.odt", &odt(&[("META-INF/manifest.xml", manifest)])));
    assert!(locked.obstacles.iter().any(|obstacle| obstacle.trouble == Why::Encrypted));
}

#[test]
fn locked_documents_are_encrypted_and_damaged_ones_unreadable() {
    let book =
        records(&[(0x809, &[0, 6, 5, 0]), (0x2f, &[1, 0]), (0x85, b"\0\0\0\0\0\x01\x05\0Macro")]);
    let mut word = b"\xec\xa5\xc1\0".to_vec();
    word.resize(40, 0);
    word[11] |= 1;
    for document in [
        ole(&[("Workbook", &book)]),
        ole(&[("WordDocument", &word)]),
        ole(&[("PowerPoint Document", b""), ("EncryptedSummary", b"x")]),
    ] {
        let facts = facts(letter("a.doc", &document));
        assert!(facts.obstacles.iter().any(|obstacle| obstacle.trouble == Why::Encrypted));
    }
    let mut damaged = project("Macros/", "Sub AutoOpen()\r\nEnd Sub", b"");
    damaged[30] = 5; // Sectors of 32 bytes, which no file has.
    let facts = facts(letter("a.doc", &damaged));
    assert!(facts.obstacles.iter().any(|obstacle| obstacle.trouble == Why::Unreadable));
    assert_eq!(deeds("a.doc", &damaged), ["macro@2"]);
    assert!(compress(b"x").starts_with(&[1]));
}

#[test]
fn a_pdf_in_xml_is_a_file() {
    let pdf = b"%PDF-1.7\n1 0 obj\n<< /S /Launch /F (cmd.exe) >>\nendobj\n";
    let packed = base64(pdf);
    let (head, tail) = packed.split_at(9);
    for package in [
        format!(
            "<?xml version='1.0'?><xdp:xdp xmlns:xdp='x'><pdf><document><chunk>{packed}</chunk></document></pdf></xdp:xdp>"
        ),
        format!(
            "<!-- a --><a:xdp xmlns:a='x'><a:pdf><a:document><a:chunk b='>'>\n{head}\n{tail}\n</a:chunk></a:document></a:pdf></a:xdp>"
        ),
        format!(
            "<xdp><pdf><document><chunk><![CDATA[{head}]]><!-- b -->{tail}</chunk></document></pdf></xdp>"
        ),
        format!("<xdp><pdf><document><chunk>{packed}"),
    ] {
        let found = facts(letter("a.xdp", package.as_bytes()));
        let inside = found.parts.iter().find(|part| part.path == "2/a.xdp/document.pdf");
        assert_eq!(inside.map(|part| &part.bytes[..]), Some(&pdf[..]), "{package}");
    }
    let other = format!("<list><!-- xdp --><chunk>{packed}</chunk></list>");
    assert_eq!(inside("a.xml", other.as_bytes()), Vec::<String>::new());
}

//! No document breaks what looks at it: any bytes behind the heads of each format.

use super::{compress, deeds, facts, letter, ole, ooxml, project};
use congthu::archive::Opener;
use congthu::facts::unfold;
use congthu::mail::{Budget, Limits, Trip};
use proptest::prelude::*;

const HEADS: &[(&str, &[u8])] = &[
    ("a.rtf", b"{\\rtf1{\\object{\\*\\objdata 01050000020000000b000000"),
    ("a.rtf", b"{\\rtf1{\\field{\\*\\fldinst "),
    ("a.html", b"<html><script>a='"),
    ("a.html", b"<html><a href=\"data:x;base64,"),
    ("a.svg", b"<svg xmlns=\"a\"><g "),
    ("a.csv", b"a,=cmd|'"),
    ("a.slk", b"ID;P\nO;E\n"),
    ("a.xls", b"\x09\x08\x10\0\0\x06\x05\0"),
    ("a.mso", b"ActiveMime"),
    ("a.xml", b"<?xml version=\"1.0\"?><a xmlns=\"urn:schemas-microsoft-com:office\"><binData>"),
    ("a.fodt", b"<office:document xmlns=\"urn:oasis:names:tc:opendocument\"><office:binary-data>"),
    ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
];

const STREAMS: &[&str] = &[
    "Workbook",
    "WordDocument",
    "PowerPoint Document",
    "\u{1}Ole10Native",
    "\u{1}Ole",
    "Equation Native",
    "VBA/dir",
    "VBA/_VBA_PROJECT",
    "VBA/Module1",
    "Package",
    "CONTENTS",
    "x/\u{1}Ole10Native",
];

const MEMBERS: &[&str] = &[
    "word/document.xml",
    "word/_rels/document.xml.rels",
    "xl/externalLinks/externalLink1.bin",
    "xl/macrosheets/sheet1.bin",
    "word/vbaProject.bin",
    "customUI/customUI.xml",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_yield_facts(
        head in prop::sample::select(HEADS),
        pieces in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        noise in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        // Pieces of each format in any order are likelier to reach its corners than noise.
        const PIECES: &[&[u8]] = &[
            b"{", b"}", b"\\bin9 ", b"\\objdata ", b"\\*\\x", b"d0cf11e0a1b11ae1", b"'", b"\"", b"+", b"<", b">",
            b"&#x6", b"%3C", b"TVqQAAMAAAAEAAAA", b"77,90,1,2,", b"=cmd|'a'!", b"\x13", b"\x14", b"\x15", b"DDE ",
            b"\x85\0\x08\0", b"\0\0\0\0", b"\xff\xff\xff\xff", b"<fldSimple instr=\"DDE a\">", b"</binData>",
        ];
        let mut bytes = head.1.to_vec();
        for piece in &pieces {
            bytes.extend(*piece.get(PIECES));
        }
        bytes.extend(&noise);
        let _ = deeds(head.0, &bytes);
    }

    #[test]
    fn any_stream_and_any_member_yield_facts(
        stream in prop::sample::select(STREAMS),
        member in prop::sample::select(MEMBERS),
        noise in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let inner = ole(&[(stream, &noise)]);
        let _ = deeds("a.doc", &inner);
        let _ = deeds("a.docx", &ooxml("wordprocessingml.document", &[(member, &inner)]));
        let _ = deeds("a.docx", &ooxml("wordprocessingml.document", &[(member, &noise)]));
    }

    #[test]
    fn packed_source_is_read_back(text in "[a-z \r\n]{0,2500}", repeats in 1usize..4) {
        let source = format!("{}\r\nSub AutoOpen()\r\nShell \"a\"\r\nEnd Sub\r\n", text.replace('\'', "").repeat(repeats));
        // A comment word of the noise at the end of its line would hide what follows; none is made.
        prop_assume!(!source.contains("rem "));
        prop_assert_eq!(deeds("a.doc", &project("Macros/", &source, b"")), vec!["calls@2"]);
        prop_assert!(compress(source.as_bytes()).len() > 3);
    }
}

#[test]
fn the_budget_holds_for_what_documents_carry() {
    // Packages in packages, deeper than allowed.
    let mut inner = super::program();
    for _ in 0..24 {
        inner = ole(&[("\u{1}Ole10Native", &super::native("a.doc", &inner))]);
    }
    let facts = facts(letter("a.doc", &inner));
    assert!(facts.obstacles.iter().any(|obstacle| obstacle.detail.contains("nested too deeply")));
    // A page of a thousand payloads, under a budget of ten members.
    let payload = super::program();
    let text = crate::support::base64(&payload).replace(['\n', '\r'], "");
    let page = format!("<html><script>{}</script></html>", format!("a='{text}';").repeat(1000));
    let mail = bytes::Bytes::from(letter("a.html", page.as_bytes()));
    let limits = Limits { members: 10, ..Limits::default() };
    let mut budget = Budget::new(limits, mail.len() as u64, Trip::default());
    let facts = unfold(&mail, &Opener::default(), &mut budget);
    assert!(facts.parts.len() < 20, "{}", facts.parts.len());
    assert!(!facts.obstacles.is_empty());
}

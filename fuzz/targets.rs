//! What is fuzzed: one function a parser, the same for libFuzzer (`run.sh`) and for `tests/fuzz.rs`.
//!
//! Each must return for any bytes, soon and without a panic; some also hold a property.

use bytes::{Bytes, BytesMut};
use congthu::archive::Opener;
use congthu::archive::worker::{Format, Frame, Input, read_here};
use congthu::config::Config;
use congthu::facts::{Part, Role, active::look, unfold};
use congthu::mail::{Address, Budget, FileType, Limits, Trip, fold, name};
use congthu::milter::{self, Response, Session, Wanted};
use congthu::smtp::data::Decoder;
use congthu::smtp::proxy::Header;
use congthu::smtp::{Answer, Dialogue, Extensions, Question, Reader, Reply, Step, Terms};
use congthu::text::document::{self, Source};
use congthu::text::{self, Place};
use congthu::tomlfile;

/// A parser's function.
pub type Target = fn(&[u8]);

/// All of them, with the names by which `run.sh` takes them.
pub const TARGETS: &[(&str, Target)] = &[
    ("active", active),
    ("archives", archives),
    ("configuration", configuration),
    ("dialogue", dialogue),
    ("documents", documents),
    ("messages", messages),
    ("milter", milter),
    ("names", names),
    ("next_hop", next_hop),
    ("pdf", pdf),
    ("rar", rar),
    ("sevenzip", sevenzip),
    ("stamps", stamps),
    ("stuffing", stuffing),
    ("worker", worker),
    ("types", types),
];

/// Little enough that a target ends soon, much enough to reach every limit.
fn budget(bytes: &[u8]) -> Budget {
    let limits = Limits { unpacked: 1 << 20, ratio: 100, members: 100, depth: 4, parts: 200 };
    Budget::new(limits, bytes.len() as u64, Trip::default())
}

/// A whole mail, unfolded to its last member; no two parts share a path.
pub fn messages(bytes: &[u8]) {
    let facts = unfold(&Bytes::copy_from_slice(bytes), &Opener::default(), &mut budget(bytes));
    let mut paths: Vec<&str> = facts
        .parts
        .iter()
        .filter(|part| !part.path.ends_with(|c: char| c.is_ascii_digit()))
        .map(|part| part.path.as_str())
        .collect();
    let count = paths.len();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), count, "two parts share a path");
}

/// Any bytes as a document, under names that decide how it is read.
pub fn active(bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    for name in ["a.html", "a.csv", "a.rels", "word/document.xml", "xl/macrosheets/a.bin", "a.doc"]
    {
        for role in [Role::Body, Role::Attachment, Role::Component] {
            let part = Part {
                sha256: None,
                path: "1".to_owned(),
                role,
                listed: false,
                names: vec![name.to_owned()],
                declared: None,
                charset: None,
                detected: FileType::detect(&bytes),
                also: Vec::new(),
                also_declared: Vec::new(),
                active: Vec::new(),
                size: bytes.len() as u64,
                bytes: bytes.clone(),
                text: Default::default(),
            };
            let mut budget = budget(&bytes);
            let found = look(&part, false, &mut budget);
            let members = found.opened.iter().flat_map(|opened| &opened.members);
            let unpacked: usize = members.map(|member| member.bytes.len()).sum();
            assert!(unpacked <= (1 << 20) + 4 * bytes.len(), "more came out than the budget has");
        }
    }
}

/// The text of any bytes as each format; no more comes out than is allowed, and what is shown is
/// lines without controls.
pub fn documents(bytes: &[u8]) {
    const ROOM: u64 = 1 << 16;
    let bytes = Bytes::copy_from_slice(bytes);
    let members: Vec<(String, Bytes)> = [
        "word/document.xml",
        "word/styles.xml",
        "word/_rels/document.xml.rels",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/sharedStrings.xml",
        "ppt/presentation.xml",
        "content.xml",
        "styles.xml",
    ]
    .iter()
    .map(|name| ((*name).to_owned(), bytes.clone()))
    .collect();
    for kind in ["txt", "html", "rtf", "doc", "xls", "ppt", "docx", "xlsx", "pptx", "odt", "ods"] {
        let limits = Limits { unpacked: ROOM, ratio: u64::MAX, ..Limits::default() };
        let mut budget = Budget::new(limits, bytes.len() as u64, Trip::default());
        let source = Source { kind, label: None, bytes: &bytes, members: &members, pages: None };
        let text = document::read(&source, &mut budget);
        assert!(text.as_str().len() as u64 <= ROOM, "{kind}: more came out than is allowed");
        let pieces: usize = text.pieces().map(|piece| piece.text.len()).sum();
        assert_eq!(pieces + text.lines().len(), text.as_str().len(), "{kind}: text is lost");
        for line in text.lines() {
            let control = |c: char| c < ' ' && c != '\t';
            assert!(!line.text.contains(control) && !line.text.trim().is_empty(), "{kind}");
        }
        let _ = text.legacy();
    }
}

/// Any bytes, taken for whatever they look like, and for each kind of archive.
pub fn archives(bytes: &[u8]) {
    let bytes = Bytes::copy_from_slice(bytes);
    let kinds = [
        "zip", "gz", "tar", "bz2", "xz", "lzma", "msg", "lz", "zst", "lz4", "z", "cpio", "ar",
        "rpm", "cab", "lzh", "iso", "tnef", "p7m", "mbox", "doc", "ppt", "one", "mso",
    ];
    let kinds = kinds.iter().filter_map(|kind| FileType::by_extension(kind));
    for kind in kinds.chain([FileType::detect(&bytes)]) {
        let mut budget = budget(&bytes);
        let opener = Opener {
            passwords: vec!["1234".to_owned(), "infected".to_owned()],
            ..Opener::default()
        };
        if let Some(opened) = opener.open(kind, Some("a.bin"), &bytes, &mut budget) {
            let unpacked: u64 = opened.members.iter().map(|member| member.bytes.len() as u64).sum();
            assert!(
                unpacked <= (1 << 20) + bytes.len() as u64,
                "more came out than the budget has"
            );
        }
    }
}

/// Any bytes as a text, a page header, a box, a subject and a name: where no letter of the grades
/// stands there is no mark, and what stands far behind changes nothing.
pub fn stamps(bytes: &[u8]) {
    let far = [bytes, b"\nxin\n".repeat(40).as_slice()].concat();
    for place in [Place::Text, Place::Header, Place::Box] {
        let stamps = text::stamps(bytes, place);
        if !bytes.iter().any(|byte| byte.eq_ignore_ascii_case(&b'm')) {
            assert_eq!((stamps.mark, stamps.declassified), (None, false));
        }
        if bytes.ends_with(b"\n") {
            assert_eq!(text::stamps(&far, place), stamps);
        }
    }
    let _ = (text::in_subject(bytes), text::in_name(bytes));
}

/// 7z, as the child reads it.
pub fn sevenzip(bytes: &[u8]) {
    read(Format::SevenZip, bytes);
}

/// RAR, as the child reads it.
pub fn rar(bytes: &[u8]) {
    read(Format::Rar, bytes);
}

/// PDF, as the child reads it.
pub fn pdf(bytes: &[u8]) {
    read(Format::Pdf, bytes);
}

/// In this process: a fault of a library ends it here, and a child where the gate is at work.
fn read(format: Format, bytes: &[u8]) {
    const MOST: usize = 4 << 20;
    let file = Bytes::copy_from_slice(bytes);
    let passwords = ["1234".to_owned()];
    let opened = read_here(format, &passwords, &file, MOST, &mut budget(bytes));
    let unpacked: usize = opened.members.iter().map(|member| member.bytes.len()).sum();
    assert!(unpacked <= (1 << 20) + (64 << 10), "more came out than the budget has");
}

/// What a child says, and what it is told.
pub fn worker(bytes: &[u8]) {
    let mut rest = bytes;
    while let Ok(Some((frame, length))) = Frame::decode(rest) {
        let mut again = Vec::new();
        frame.encode(&mut again);
        let (same, _) = Frame::decode(&again).expect("what we say is understood").expect("whole");
        // Texts are cut where they are longer than any of ours.
        assert!(again.len() < length || same == frame, "{frame:?}");
        rest = rest.get(length..).expect("no frame is longer than what there is");
    }
    let _ = Input(bytes).request();
}

/// File names and addresses of senders: what is shown has no control characters.
pub fn names(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    assert!(!name::shown(&text, 40).contains(char::is_control));
    assert!(!name::escape(&text, 40).contains(char::is_control));
    let bare = name::bare(&text);
    assert_eq!(name::bare(&bare), bare);
    let _ = (name::tricks(&text), name::extensions(&text, 4), Address::new(&text).mailbox());
    assert!(fold(&text).is_ascii());
}

/// What a file is, and what else; what else is inside the file.
pub fn types(bytes: &[u8]) {
    let first = FileType::detect(bytes);
    first.describe(bytes);
    assert!(first.others(bytes).iter().all(|other| other.at < bytes.len()));
}

/// A client that says anything; the driver takes everything.
pub fn dialogue(bytes: &[u8]) {
    let terms = Terms {
        hostname: "mx.example".to_owned(),
        trusted: true,
        tls: true,
        size: 1000,
        recipients: 3,
        errors: 5,
    };
    let mut dialogue = Dialogue::new(terms);
    let mut input = BytesMut::from(bytes);
    // Each step takes input, says something or ends: more steps than this are a loop.
    for _ in 0..bytes.len() * 4 + 100 {
        match dialogue.next(&mut input) {
            Step::Read | Step::Close(_) => return,
            Step::Say(reply) => one_line_or_more(&reply),
            Step::Secure(_) => dialogue.secured(),
            Step::Content(_) => {}
            Step::Ask(question) => dialogue.answer(match question {
                Question::Hello(_) => Answer::Offer(Extensions::local()),
                Question::Content { .. } => Answer::Go,
                _ => Answer::Reply(Reply::new(250, "2.0.0 Ok")),
            }),
        }
    }
    panic!("the dialogue does not come to an end");
}

/// What goes to the wire is lines of a reply and nothing else.
fn one_line_or_more(reply: &Reply) {
    let mut wire = Vec::new();
    reply.write(true, &mut wire);
    let text = wire.strip_suffix(b"\r\n").expect("a whole line");
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert!(line.len() <= 510 && line.iter().all(|byte| *byte >= b' '), "{line:?}");
    }
}

/// A mail server that says anything, after its offer; the gate answers all of it.
pub fn milter(bytes: &[u8]) {
    let offer = b"\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff";
    let mut session = Session::new(Wanted { hold: true });
    let mut input = BytesMut::from(&[&offer[..], bytes].concat()[..]);
    // Each step takes input or follows from it: more steps than this are a loop.
    for _ in 0..bytes.len() * 4 + 100 {
        match session.next(&mut input) {
            milter::Step::Read | milter::Step::Quit | milter::Step::Garbage(_) => return,
            _ => {
                let said = session.answer(Response::reply(bytes));
                let mut out = Vec::new();
                said.iter().for_each(|said| said.write(&session.agreed(), &mut out));
                assert!(out.len() <= 2 * bytes.len() + 6, "more than a reply");
            }
        }
    }
    panic!("the session does not come to an end");
}

/// What a next hop, or a balancer in front, says.
pub fn next_hop(bytes: &[u8]) {
    let _ = Header::read(bytes);
    let (mut reader, mut input) = (Reader::default(), BytesMut::from(bytes));
    while let Ok(Some(reply)) = reader.push(&mut input) {
        let _ = Extensions::read(&reply);
    }
}

/// Content by DATA, in one piece and byte by byte.
pub fn stuffing(bytes: &[u8]) {
    let (mut whole, mut pieces) = (Vec::new(), Vec::new());
    let (mut one, mut other) = (Decoder::default(), Decoder::default());
    let end = one.push(bytes, &mut whole);
    let ended = bytes.iter().position(|byte| other.push(&[*byte], &mut pieces).is_some());
    assert_eq!(end, ended.map(|at| at + 1));
    assert_eq!(one.bare(), other.bare());
    assert!(end.is_none() || whole == pieces, "chunks change the message");
}

/// A configuration file: refused with a place, or taken.
pub fn configuration(bytes: &[u8]) {
    if let Ok(source) = tomlfile::Source::new("congthu.toml", bytes.to_vec()) {
        let _ = Config::parse(&source);
    }
}

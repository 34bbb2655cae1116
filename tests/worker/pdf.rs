//! What comes out of PDFs: files, and what a document does by itself.

use super::made::{packed_object, pdf, stream, zlib};
use super::{budget, open, opener};
use bytes::Bytes;
use congthu::archive::worker::Worker;
use congthu::archive::{Deed, Opened, Opener, Why};
use congthu::mail::FileType;
use lopdf::encryption::{EncryptionState, EncryptionVersion, Permissions};
use lopdf::{Document, Object};

fn text(object: &str) -> Vec<u8> {
    object.as_bytes().to_vec()
}

fn deeds(opened: &Opened) -> Vec<(Deed, &str)> {
    opened.active.iter().map(|active| (active.deed, active.detail.as_str())).collect()
}

fn members(opened: &Opened) -> Vec<(&str, &[u8])> {
    opened.members.iter().map(|member| (member.name.as_str(), &*member.bytes)).collect()
}

#[test]
fn what_a_document_does_is_found_wherever_it_stands() {
    let opener = opener(&[]);
    let javascript = "<< /S /JavaScript /JS (app.alert(1)) >>";
    for (about, file, deed, detail) in [
        (
            "when it is opened",
            pdf(&format!("/OpenAction {javascript}"), &[]),
            Deed::Script,
            "/OpenAction with /JavaScript",
        ),
        (
            "by a reference",
            pdf("/OpenAction 10 0 R", &[text(javascript)]),
            Deed::Script,
            "/OpenAction with /JavaScript",
        ),
        (
            "in a table of names",
            pdf(&format!("/Names << /JavaScript << /Names [(a) {javascript}] >> >>"), &[]),
            Deed::Script,
            "/JavaScript",
        ),
        (
            "with escaped letters",
            pdf("/OpenAction << /S /J#61vaScr#69pt /#4aS (x) >>", &[]),
            Deed::Script,
            "/OpenAction with /JavaScript",
        ),
        (
            "in a packed object, which leads nowhere",
            pdf("", &[packed_object(20, javascript)]),
            Deed::Script,
            "/JavaScript",
        ),
        (
            "when the document closes",
            pdf(&format!("/AA << /WC {javascript} >>"), &[]),
            Deed::Script,
            "/AA with /JavaScript",
        ),
        (
            "a program",
            pdf("/OpenAction << /S /Launch /F (cmd.exe) >>", &[]),
            Deed::Launch,
            "/OpenAction with /Launch cmd.exe",
        ),
        (
            "a program with arguments",
            pdf("", &[text("<< /S /Launch /Win << /F (cmd.exe) /P (/c calc) >> >>")]),
            Deed::Launch,
            "/Launch cmd.exe /c calc",
        ),
        (
            "a document by its name, a program by its end",
            pdf("", &[text("<< /S /Launch /F (bao cao.pdf .exe) >>")]),
            Deed::Launch,
            "/Launch bao cao.pdf .exe",
        ),
        (
            "a file on another machine",
            pdf("", &[text(r"<< /S /GoToR /F (\\\\host\\share\\a.pdf) >>")]),
            Deed::Remote,
            r"/GoToR \\host\share\a.pdf",
        ),
        (
            "an address of a file, in hexadecimal",
            pdf("", &[text("<< /S /URI /URI <66696c653a2f2f782f79> >>")]),
            Deed::Remote,
            "/URI file://x/y",
        ),
        (
            "a form that is sent",
            pdf("", &[text("<< /S /SubmitForm /F << /FS /URL /F (http://x.example/) >> >>")]),
            Deed::Remote,
            "/SubmitForm http://x.example/",
        ),
        (
            "a form in XML",
            pdf(
                "/AcroForm << /XFA [(template) 10 0 R] >>",
                &[stream(
                    "/Filter /FlateDecode",
                    &zlib(b"<template><script>x</script></template>"),
                )],
            ),
            Deed::Script,
            "a form (XFA) with script",
        ),
        (
            "a 3D model",
            pdf(
                "",
                &[stream("/Type /3D /Subtype /U3D /OnInstantiate 11 0 R", b"x"), stream("", b"x")],
            ),
            Deed::Script,
            "a 3D model with script",
        ),
        (
            "Flash",
            pdf("", &[text("<< /Type /Annot /Subtype /RichMedia >>")]),
            Deed::Control,
            "/RichMedia",
        ),
    ] {
        let opened = open(&opener, &file);
        assert_eq!(opened.troubles, [], "{about}");
        assert_eq!(deeds(&opened), [(deed, detail)], "{about}");
        // Without its table, as from a scanner or from somebody who hides.
        let table = file.windows(5).position(|w| w == b"xref\n").unwrap();
        let opened = open(&opener, &file[..table]);
        assert_eq!(opened.troubles, [], "{about}, without a table");
        assert!(deeds(&opened).iter().any(|(found, _)| *found == deed), "{about}: {opened:?}");
    }
}

#[test]
fn files_inside_are_members() {
    let opener = opener(&[]);
    let file = stream("/Type /EmbeddedFile /Filter /FlateDecode", &zlib(b"MZ inside"));
    let expected: &[(&str, &[u8])] = &[("hồ sơ.exe", b"MZ inside")];
    let wide: String = "hồ sơ.exe".encode_utf16().map(|unit| format!("{unit:04x}")).collect();
    let specification =
        format!("<< /Type /Filespec /F (hoso.exe) /UF <feff{wide}> /EF << /F 10 0 R >> >>");
    for (about, catalog, more) in [
        (
            "attached to the document",
            format!("/Names << /EmbeddedFiles << /Names [(a) {specification}] >> >>"),
            Vec::new(),
        ),
        ("associated with it", format!("/AF [{specification}]"), Vec::new()),
        (
            "on a page",
            String::new(),
            text(&format!("<< /Subtype /FileAttachment /FS {specification} >>")),
        ),
        ("in a packed object", String::new(), packed_object(30, &specification)),
    ] {
        let objects = [file.clone(), more].into_iter().filter(|object| !object.is_empty());
        let opened = open(&opener, &pdf(&catalog, &objects.collect::<Vec<_>>()));
        assert_eq!(opened.troubles, [], "{about}");
        assert_eq!(members(&opened), expected, "{about}");
        assert!(opened.members[0].whole && !opened.component);
    }
    let opened = open(&opener, &pdf("", std::slice::from_ref(&file)));
    assert_eq!(members(&opened), [("embedded-10", &b"MZ inside"[..])], "named by nobody");
    // Nothing but the stream is left, and its end is missing.
    let plain = pdf("", &[file]);
    let at = |word: &[u8]| plain.windows(word.len()).position(|found| found == word).unwrap();
    let damaged = [&b"%PDF-1.4\n"[..], &plain[at(b"10 0 obj")..at(b"\nendstream")]].concat();
    let opened = open(&opener, &damaged);
    assert!(members(&opened).iter().any(|(_, bytes)| *bytes == b"MZ inside"), "{opened:?}");
}

#[test]
fn what_stands_in_plain_sight_needs_no_child() {
    let outline = "/Outlines << /First 3 0 R >> /OpenAction [3 0 R /Fit]";
    let link = text("<< /S /URI /URI (https://tiengiang.gov.vn/) >>");
    let font = packed_object(20, "<< /Type /Font /BaseFont /ABCDEF+Times >>");
    for (asked, file) in [
        (false, pdf(outline, std::slice::from_ref(&link))),
        // For its text.
        (true, pdf(outline, &[link.clone(), font])),
        (true, pdf(outline, &[text("<< /S /URI /URI 11 0 R >>"), text("(file:x)")])),
        (true, pdf("", &[packed_object(20, "<< /S /J#53 >>"), packed_object(21, "<< /JS (x) >>")])),
        (true, pdf("", &[stream("/Type /ObjStm /N 1 /First 4 /Filter /LZWDecode", b"\x80\x0b")])),
        (true, pdf("", &[stream("/N 1 /First 4 /Filter [/FlateDecode /FlateDecode]", b"x")])),
        (true, pdf("", &[stream("/Type /ObjStm /X (stream\nx) /Filter /FlateDecode", b"x")])),
        (true, pdf("", &[stream("/N 1 /First 4 /F#69lter 11 0 R", b"x"), text("/FlateDecode")])),
        (true, pdf("/E#6ecrypt 11 0 R", &[])),
        (true, pdf("", &[text("<< /S /URI /URI % so\n(file:x) >>")])),
        (true, pdf("", &[text("<< /S /URI /UR#49 (file:x) >>")])),
        (true, pdf("", &[text(r"<< /S /URI /URI (\146\151le:x) >>")])),
        (true, pdf("", &[stream("/F#69rst 4 /N 1 /Filter /LZWDecode", b"x")])),
    ] {
        let worker = Worker::note();
        let opener = Opener { worker: Some(worker.clone()), ..Opener::default() };
        let opened = open(&opener, &file);
        assert_eq!(worker.was_asked(), asked, "{}", file.escape_ascii());
        assert!(opened.troubles.is_empty() && opened.members.is_empty());
    }
}

#[test]
fn links_between_documents_are_no_deeds() {
    let opened = open(&opener(&[]), &pdf("", &[text("<< /S /Launch /F (phu luc 2.pdf) >>")]));
    assert_eq!(deeds(&opened), []);
    let opened = open(&opener(&[]), &pdf("", &[text("<< /S /GoToR /F (phu luc 2.pdf) >>")]));
    assert_eq!(deeds(&opened), []);
}

/// A document with a script, locked by these passwords.
pub fn locked(user: &str) -> Vec<u8> {
    let file = stream("/Type /EmbeddedFile", b"inside");
    let plain = pdf("/OpenAction << /S /JavaScript /JS (x) >>", &[file]);
    let mut document = Document::load_mem(&plain).unwrap();
    let id = Object::string_literal("0123456789abcdef");
    document.trailer.set("ID", Object::Array(vec![id.clone(), id]));
    let version = EncryptionVersion::V2 {
        document: &document,
        owner_password: "owner",
        user_password: user,
        key_length: 128,
        permissions: Permissions::all(),
    };
    let state = EncryptionState::try_from(version).unwrap();
    document.encrypt(&state).unwrap();
    let mut out = Vec::new();
    document.save_to(&mut out).unwrap();
    out
}

#[test]
fn a_document_behind_a_password_is_locked_and_one_that_forbids_copying_is_not() {
    let script = [(Deed::Script, "/OpenAction with /JavaScript")];
    let opened = open(&opener(&[]), &locked(""));
    assert_eq!((deeds(&opened), opened.troubles.len()), (script.to_vec(), 0));
    assert!(!opened.members[0].unlocked && opened.password.is_none());
    let opened = open(&opener(&["wrong"]), &locked("matkhau"));
    assert_eq!(opened.troubles[0].why, Why::Encrypted);
    assert_eq!(opened.troubles[0].detail, "a password protects the document");
    let opened = open(&opener(&["wrong", "1234"]), &locked("1234"));
    assert_eq!((deeds(&opened), opened.troubles.len()), (script.to_vec(), 0));
    assert_eq!(opened.password.as_deref(), Some("1234"));
    let [member] = &opened.members[..] else { panic!("{opened:?}") };
    assert_eq!((&*member.bytes, member.unlocked), (&b"inside"[..], true));
}

#[test]
fn bombs_are_limits_and_not_the_end_of_the_gate() {
    let opener = opener(&[]);
    // Object streams that unpack to more than the reader takes.
    let zeros = zlib(&vec![b' '; 80 << 20]);
    let bomb = stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", &zeros);
    let opened = open(&opener, &pdf("", &[bomb]));
    assert_eq!(opened.troubles[0].why, Why::OverLimit, "{:?}", opened.troubles);
    // A file that unpacks to many times the message.
    let file = stream("/Type /EmbeddedFile /Filter /FlateDecode", &zlib(&vec![0; 100 << 20]));
    let opened = open(&opener, &pdf("", &[file]));
    assert_eq!(opened.troubles[0].why, Why::Bomb, "{:?}", opened.troubles);
    assert!(!opened.members.last().unwrap().whole);
    // The next one is read as if nothing had been.
    let opened = open(&opener, &pdf("/OpenAction << /S /JavaScript >>", &[]));
    assert_eq!((deeds(&opened).len(), opened.troubles.len()), (1, 0));
}

#[test]
fn without_a_worker_no_pdf_is_opened() {
    let file: Bytes = pdf("/OpenAction << /S /JavaScript >>", &[]).into();
    let opened = Opener::default().open(FileType::detect(&file), None, &file, &mut budget(&file));
    assert!(opened.is_none());
}

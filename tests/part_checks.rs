//! The part checks that judge types: whitelist, mismatch, executables, scripts, obstacles.

use bytes::Bytes;
use congthu::checks::{Check, MessageCheck, PartCheck, archive, attachment, executable, script};
use congthu::facts::{Facts, Obstacle, Part, Role, Trouble};
use congthu::mail::FileType;
use congthu::rules::Policy;
use congthu::rules::settings::attachments::Format;
use congthu::verdict::{Cause, Finding, Grade};

/// An attachment of this name, declared type and content.
fn part(name: &str, declared: &str, bytes: &[u8]) -> Part {
    Part {
        sha256: None,
        path: "2".to_owned(),
        role: Role::Attachment,
        listed: true,
        names: if name.is_empty() { Vec::new() } else { vec![name.to_owned()] },
        declared: (!declared.is_empty()).then(|| declared.to_owned()),
        also_declared: Vec::new(),
        charset: None,
        detected: FileType::detect(bytes),
        also: FileType::detect(bytes).others(bytes).iter().map(|other| other.kind).collect(),
        active: Vec::new(),
        size: bytes.len() as u64,
        bytes: Bytes::copy_from_slice(bytes),
        text: Default::default(),
    }
}

/// A policy that lets these in: extension and one type each.
fn only(formats: &[(&str, &str)]) -> Policy {
    let format = |(extension, mime): &(&str, &str)| Format {
        extension: extension.to_string(),
        types: vec![mime.to_string()],
    };
    let mut policy = Policy::default();
    policy.settings.attachments.allow = Some(formats.iter().map(format).collect());
    policy
}

fn names(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.kind.name).collect()
}

/// Why a file is off a list of three formats, if it is.
fn off_list(name: &str, bytes: &[u8]) -> Option<String> {
    let policy = only(&[("pdf", "application/pdf"), ("txt", "text/plain"), ("csv", "text/csv")]);
    let findings = attachment::Attachment.inspect(&part(name, "", bytes), &policy);
    findings.into_iter().find(|f| f.kind == &attachment::TYPE).map(|f| f.detail)
}

const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
const EXE: &[u8] = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0\xb8\0\0\0\0\0\0\0\x40\0\0\0\0\0\0\0\
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\0\0\0PE\0\0\x4c\x01\x01\0\
    \0\0\0\0\0\0\0\0\0\0\0\0\xe0\0\x02\x01\x0b\x01";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
const JPG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";
const ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

#[test]
fn the_whitelist_lets_in_what_is_on_it() {
    for (name, bytes) in [
        ("a.pdf", PDF),
        ("A.PDF", PDF),
        ("a.pdf. ", PDF),
        ("a.txt", b"hello".as_slice()),
        ("a.csv", b"a;b\n1;2\n"),
        ("a.txt", b"<html><body>x</body></html>"),
        ("", PDF),
        ("no extension", PDF),
        ("a.pdf", b""),
        ("a.txt", b"From: a\nTo: b\nDate: c\n\nx"),
    ] {
        assert_eq!(off_list(name, bytes), None, "{name}");
    }
}

#[test]
fn the_whitelist_judges_name_and_content() {
    for (name, bytes, detail) in [
        ("a.docx", ZIP, ".docx is not on the list of formats"),
        ("a.png", &[PNG, EXE].concat(), ".png is not on the list of formats"),
        ("a.pdf", &[PDF, EXE].concat(), ".pdf is on the list, but its content is PE executable"),
        ("a.pdf", PNG, ".pdf is on the list, but its content is PNG picture"),
        ("a.pdf", b"hello", ".pdf is on the list, but its content is text"),
        ("a.txt", EXE, ".txt is on the list, but its content is PE executable"),
        ("", PNG, "PNG picture without an extension is not on the list"),
        ("picture", PNG, "PNG picture without an extension is not on the list"),
        ("a.pdf.p\u{202e}ng", PNG, ".png is not on the list of formats"),
        (
            "a.txt",
            b"@echo off\r\ncalc\r\n",
            ".txt is on the list, but its content is Windows batch file",
        ),
    ] {
        assert_eq!(off_list(name, bytes).as_deref(), Some(detail), "{name}");
    }
}

#[test]
fn the_whitelist_judges_every_name_of_what_is_listed() {
    let policy = only(&[("pdf", "application/pdf")]);
    // Any name counts; what is not listed is not judged; no list, no finding.
    let mut two = part("a.pdf", "", PDF);
    two.names.push("a.xyz".to_owned());
    assert_eq!(names(&attachment::Attachment.inspect(&two, &policy)), ["attachment.type"]);
    two.listed = false;
    assert_eq!(names(&attachment::Attachment.inspect(&two, &policy)), [""; 0]);
    two.listed = true;
    assert_eq!(names(&attachment::Attachment.inspect(&two, &Policy::default())), [""; 0]);
}

#[test]
fn mismatches_are_graded_by_harm() {
    let judge = |name: &str, declared: &str, bytes: &[u8]| {
        let findings =
            attachment::Attachment.inspect(&part(name, declared, bytes), &Policy::default());
        assert!(findings.iter().all(|f| f.kind == &attachment::MISMATCH));
        findings.first().and_then(|finding| finding.grade)
    };
    for (name, declared, bytes) in [
        ("a.pdf", "application/octet-stream", PDF),
        ("a.pdf", "application/msword", PDF),
        ("a.jpg", "image/png", PNG),
        ("a.csv", "text/csv", b"a,b".as_slice()),
        ("a.xls", "application/vnd.ms-excel", b"<html><table></table></html>"),
        ("a.doc", "", b"{\\rtf1 x}"),
        ("a.docx", "", ZIP),
        ("a.pdf", "", b"\x01\x02\x03\0\x04"),
        ("a.pdf", "", b""),
        ("a.zip", "", b""),
        ("a.zip", "", b"The attachment was removed by the list."),
        ("a.pdf", "", b"The attachment was removed by the list."),
        (
            "smime.p7s",
            "application/pkcs7-signature",
            b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02",
        ),
        ("a.unknown", "application/x-unknown", PNG),
        ("", "text/plain", b"From: a\nTo: b\nDate: c\n\nx"),
        ("hd.zip", "application/pdf", ZIP),
        ("a.exe", "application/octet-stream", EXE),
        ("a.bat", "text/plain", b"@echo off\r\ncalc\r\n"),
        ("a.xls", "text/html", b"<html><table></table></html>"),
        ("a.html", "text/html", b"<html></html>"),
    ] {
        assert_eq!(judge(name, declared, bytes), None, "{name} {declared}");
    }
    for (name, declared, bytes, grade) in [
        ("a.pdf", "", EXE, Grade::Hiding),
        ("a.gz", "", b"\x01\x02\x03\0\x04".as_slice(), Grade::Odd),
        ("a.pdf", "", b"@echo off\r\ncalc\r\n".as_slice(), Grade::Hiding),
        ("a.jpg", "", ZIP, Grade::Odd),
        ("", "image/jpeg", ZIP, Grade::Odd),
        ("a.zip", "", PDF, Grade::Odd),
        ("a.pdf", "", JPG, Grade::Sloppy),
        ("a.zip", "", b"7z\xbc\xaf\x27\x1c\0\x04", Grade::Sloppy),
        ("a.exe", "image/png", EXE, Grade::Hiding),
        ("a.exe", "text/plain", EXE, Grade::Hiding),
        ("a.bat", "image/png", b"@echo off\r\ncalc\r\n", Grade::Hiding),
        ("a.pdf", "text/html", b"<html></html>", Grade::Odd),
    ] {
        assert_eq!(judge(name, declared, bytes), Some(grade), "{name} {declared}");
    }
}

#[test]
fn executables_are_found_by_content_and_by_name() {
    let judge = |part: &Part| {
        let findings = executable::Executable.inspect(part, &Policy::default());
        findings.first().map(|f| (f.detail.clone(), f.name.clone().unwrap_or_default()))
    };
    for (name, bytes, detail) in [
        ("a.exe", EXE, "PE32 executable"),
        ("hd.pdf", EXE, "PE32 executable that is named hd.pdf"),
        ("", EXE, "PE32 executable"),
        ("a.scr", b"text".as_slice(), "PE executable by its name a.scr"),
        ("a.pdf.lnk", b"", "Windows shortcut by its name a.pdf.lnk"),
        ("a.wsb", b"", "Windows Sandbox with a command by its name a.wsb"),
        ("a.ovpn", b"", "VPN profile with scripts by its name a.ovpn"),
        ("a.exe::$DATA", b"", "PE executable by its name a.exe::$DATA"),
        ("a.jar", ZIP, "Java archive by its name a.jar"),
    ] {
        let found = judge(&part(name, "", bytes)).unwrap();
        assert_eq!(found, (detail.to_owned(), name.to_owned()));
    }
    assert_eq!(judge(&part("a.pdf", "", PDF)), None);
    let mut second = part("a.pdf", "", PDF);
    second.names.push("a.exe".to_owned());
    assert_eq!(judge(&second).unwrap().1, "a.exe");
    // Nobody clicks the name of a component, but a program inside a document is one.
    let mut component = part("a.com", "", b"x");
    component.role = Role::Component;
    assert_eq!(judge(&component), None);
    component.detected = FileType::detect(EXE);
    assert!(judge(&component).is_some());
}

#[test]
fn scripts_are_found_and_prose_is_not() {
    let judge = |part: &Part| {
        let findings = script::Script.inspect(part, &Policy::default());
        findings.first().map(|finding| finding.detail.clone())
    };
    let batch = b"@echo off\r\ncalc\r\n";
    assert_eq!(judge(&part("a.txt", "", batch)).unwrap(), "Windows batch file that is named a.txt");
    assert_eq!(judge(&part("a.js", "", b"x")).unwrap(), "JavaScript by its name a.js");
    assert_eq!(judge(&part("a.txt", "", b"start the program")), None);
    assert_eq!(judge(&part("a.html", "", b"<html><script>1</script></html>")), None);
    assert_eq!(judge(&part("a.svg", "", b"<svg><script>1</script></svg>")), None);
    let mut body = part("", "text/plain", batch);
    body.role = Role::Body;
    assert_eq!(judge(&body), None, "a letter may begin with a command");
}

#[test]
fn obstacles_become_findings() {
    let obstacle = |archive, trouble| Obstacle {
        archive,
        trouble,
        path: "2/a.zip".to_owned(),
        name: Some("a.zip".to_owned()),
        detail: "what\r\nexactly".to_owned(),
        measure: Some((7.0, 5.0)),
    };
    for (in_archive, trouble, name, cause) in [
        (true, Trouble::Bomb, "archive.bomb", Cause::OverLimit),
        (true, Trouble::Encrypted, "archive.encrypted", Cause::Encrypted),
        (true, Trouble::OverLimit, "archive.over_limit", Cause::OverLimit),
        (true, Trouble::Unreadable, "archive.unreadable", Cause::Unreadable),
        (true, Trouble::Unsupported, "archive.unsupported", Cause::Unsupported),
        (true, Trouble::Cancelled, "archive.unscanned", Cause::Timeout),
        (true, Trouble::Panic, "archive.unscanned", Cause::Panic),
        (false, Trouble::OverLimit, "mime.over_limit", Cause::OverLimit),
    ] {
        let facts = Facts { obstacles: vec![obstacle(in_archive, trouble)], ..Facts::default() };
        let found = archive::Archive.conclude(
            &facts,
            &congthu::checks::Found::default(),
            &Policy::default(),
        );
        assert_eq!((names(&found), found[0].cause), (vec![name], Some(cause)));
        assert_eq!((found[0].value, found[0].limit), (Some(7.0), Some(5.0)));
        assert_eq!((&*found[0].part, &*found[0].detail), ("2/a.zip", "what%0d%0aexactly"));
        assert!(archive::Archive.kinds().contains(&found[0].kind));
    }
    let many = vec![obstacle(true, Trouble::Encrypted); 10_000];
    let facts = Facts { obstacles: many, ..Facts::default() };
    assert_eq!(
        archive::Archive
            .conclude(&facts, &congthu::checks::Found::default(), &Policy::default())
            .len(),
        50
    );
}

/// Attachments of real ham, through a real MIME parser: what is reported there is a false alarm.
#[test]
fn ham_raises_no_alarm() {
    let Some(corpus) = std::env::var_os("CONGTHU_CORPUS").map(std::path::PathBuf::from) else {
        return println!("skipped: no corpus");
    };
    let manifest = std::fs::read_to_string(corpus.join("manifest.tsv")).unwrap();
    let (mut mails, mut parts, mut alarms) = (0, 0, Vec::new());
    for row in manifest.lines().map(|line| line.split('\t').collect::<Vec<_>>()) {
        if row[4] != "ham" {
            continue;
        }
        let Ok(bytes) = std::fs::read(corpus.join(row[0])) else { continue };
        let Some(message) = mail_parser::MessageParser::new().parse(&bytes) else { continue };
        mails += 1;
        for leaf in message.parts() {
            if leaf.is_multipart() || leaf.is_message() {
                continue;
            }
            let name = leaf.attachment_name().unwrap_or_default();
            let declared = leaf
                .content_type()
                .map(|c| format!("{}/{}", c.ctype(), c.subtype().unwrap_or("")))
                .unwrap_or_default();
            let mut part = part(name, &declared.to_lowercase(), &leaf.decoded());
            if name.is_empty() && declared.to_lowercase().starts_with("text/") {
                part.role = Role::Body;
            }
            parts += 1;
            let checks: [&dyn PartCheck; 3] =
                [&attachment::Attachment, &executable::Executable, &script::Script];
            for finding in checks.iter().flat_map(|check| check.inspect(&part, &Policy::default()))
            {
                alarms.push(format!(
                    "{} {} {:?} {:?} {declared}: {}",
                    row[0], finding.kind.name, finding.grade, finding.name, finding.detail
                ));
            }
        }
    }
    println!("{mails} mails, {parts} parts");
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
}

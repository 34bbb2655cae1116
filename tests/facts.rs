//! What unfolding makes of a message: paths, sizes, and no work without end.

use bytes::Bytes;
use congthu::archive::Opener;
use congthu::facts::{Facts, unfold};
use congthu::mail::{Address, Budget, Limits, Trip};
use std::io::Write;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn facts(mail: &[u8]) -> Facts {
    let mut budget = Budget::new(Limits::default(), mail.len() as u64, Trip::default());
    unfold(&Bytes::copy_from_slice(mail), &Opener::default(), &mut budget)
}

fn attached(name: &str, bytes: &[u8]) -> Vec<u8> {
    let content = crate::support::base64(bytes).replace('\n', "\r\n");
    format!(
        "Content-Type: application/octet-stream; name=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{content}\r\n"
    )
    .into_bytes()
}

#[test]
fn a_mail_that_is_attached_as_a_file_is_counted_once() {
    let inner = [b"Subject: inner\r\n".to_vec(), attached("a.pdf", &[0x25; 3000])].concat();
    let outer = attached("inner.eml", &inner);
    let facts = facts(&outer);
    assert_eq!(facts.attachment_bytes, inner.len() as u64);
    let paths: Vec<&str> = facts.parts.iter().map(|part| part.path.as_str()).collect();
    assert_eq!(paths, ["1", "1/inner.eml/1"]);
}

#[test]
fn no_two_parts_share_a_path_whatever_their_names() {
    let mut inner = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    inner.start_file("x", SimpleFileOptions::default()).unwrap();
    let inner = inner.finish().unwrap().into_inner();
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let names = ["a.txt", "a.txt#2", "A.txt", "b.zip", "b.zip/x", "a.tx\u{200b}t"];
    for name in names {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(if name == "b.zip" { &inner } else { b"xin chao" }).unwrap();
    }
    let zip = zip.finish().unwrap().into_inner();
    let facts = facts(&attached("t.zip", &zip));
    let mut paths: Vec<&str> = facts.parts.iter().map(|part| part.path.as_str()).collect();
    assert_eq!(paths.len(), 8, "{paths:?}");
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), 8, "{paths:?}");
}

#[test]
fn pictures_are_looked_for_in_one_pass() {
    // Eight million beginnings and no end: each must cost a few instructions, not a scan.
    let mut mail = b"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\n\
        Content-Type: image/gif\r\nContent-ID: <x>\r\n\r\n"
        .to_vec();
    mail.extend(std::fs::read("fixtures/files/dot.gif").unwrap());
    mail.extend_from_slice(b"\r\n--b\r\nContent-Type: text/html\r\n\r\n");
    mail.extend(b"cid:".repeat(1 << 21));
    mail.extend_from_slice(b"<img src=\"cid:x\">\r\n--b--\r\n");
    let facts = facts(&mail);
    assert!(!facts.parts[0].listed, "the picture is shown by the HTML body");
}

#[test]
fn one_mailbox_has_many_spellings() {
    for spelling in
        ["bdt@x.gov.vn", "BDT@X.gov.VN", "\"bdt\"@x.gov.vn", "\"b\\dt\"@x.gov.vn", "bdt@x.gov.vn."]
    {
        assert_eq!(Address::new(spelling).mailbox(), "bdt@x.gov.vn", "{spelling}");
    }
    assert_eq!(Address::new("Postmaster").mailbox(), "postmaster");
}

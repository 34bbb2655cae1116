//! Bodies, plain text and HTML as documents.

use super::{Facts, read, shown};
use bytes::Bytes;
use congthu::archive::Opener;
use congthu::facts::unfold;
use congthu::mail::{Budget, Limits, Trip};

fn mail(raw: &[u8]) -> Facts {
    let mut budget = Budget::new(Limits::default(), raw.len() as u64, Trip::default());
    unfold(&Bytes::copy_from_slice(raw), &Opener::default(), &mut budget)
}

#[test]
fn a_body_is_a_document_in_lines() {
    let facts =
        mail("Content-Type: text/plain; charset=utf-8\r\n\r\nMẬT\r\n\r\nKính gửi\r\n".as_bytes());
    assert_eq!(shown(facts.parts[0].document().lines()), ["| MẬT", "| Kính gửi"]);
}

#[test]
fn a_page_is_its_text_in_lines() {
    let facts = mail(
        "Content-Type: text/html; charset=utf-8\r\n\r\n<style>p {}</style><p>Kính\r\n <b>gửi</b> &lt;A&gt;<br>B</p>"
            .as_bytes(),
    );
    assert_eq!(shown(facts.parts[0].document().lines()), ["| Kính   gửi <A>", "| B"]);
}

#[test]
fn a_page_beyond_what_is_read_says_so() {
    let page = |lines: usize| {
        let head = "Content-Type: text/html; charset=utf-8\r\n\r\n<p>Kính gửi".to_owned();
        mail(
            (head + &"<!--------------------------------------------------->\r\n".repeat(lines))
                .as_bytes(),
        )
    };
    let gaps = [70_000, 80_000].map(|lines| page(lines).parts[0].document().gap());
    assert_eq!(gaps, [None, Some(congthu::text::document::Gap::OverLimit)]);
}

/// Bytes under no label, and text in a font.
#[test]
fn what_is_in_an_old_encoding_is_told_in_unicode() {
    let text = b"K\xddnh g\xf6i qu\xfd c\xac quan, \xae\xd2 ngh\xde xem x\xd0t";
    assert_eq!(shown(read(text).lines()), ["| Kính gửi quý cơ quan, đề nghị xem xét"]);
    let facts =
        mail(b"Content-Type: text/html\r\n\r\n<p><font face=.VnTimeH>m\xcbt</font><p>\xe1 A");
    assert_eq!(shown(facts.parts[0].document().lines()), ["| MẬT", "| á A"]);
}

#[test]
fn what_is_no_text_has_none() {
    assert!(read(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").is_empty());
}

//! What documents may cost: elements in one another, more steps than are taken.

use super::docx::{document, paragraph};
use super::{attached, letter, read};
use bytes::Bytes;
use congthu::archive::xml::{DEEPEST, walk};
use congthu::facts::Trouble;
use congthu::mail::{Budget, Limits, Trip};
use congthu::text::document::Gap;

fn nested(levels: usize) -> String {
    format!("{}{}{}", "<a>".repeat(levels), paragraph("", "Kính gửi"), "</a>".repeat(levels))
}

#[test]
fn elements_in_one_another_beyond_the_limit_are_told() {
    // `document` and `body` around it, and `p`, `r`, `t` within.
    let shallow = read(&document(&nested(DEEPEST - 5), &[]));
    assert_eq!((shallow.as_str(), shallow.gap()), ("Kính gửi\n", None));
    let deep = read(&document(&nested(DEEPEST - 4), &[]));
    assert_eq!((deep.as_str(), deep.gap()), ("", Some(Gap::OverLimit)));
    // Where fields may stand that nobody looked at, the letter has an obstacle.
    let fields = nested(DEEPEST) + "<w:instrText>DDEAUTO cmd</w:instrText>";
    let facts = letter(&document(&fields, &[]));
    let told: Vec<_> = facts.obstacles.iter().map(|obstacle| obstacle.trouble).collect();
    assert_eq!(told, [Trouble::OverLimit]);
    assert!(facts.obstacles[0].path.ends_with("word/document.xml"), "{:?}", facts.obstacles);
}

#[test]
fn steps_are_paid_for_and_what_is_left_is_told() {
    let budget = |work| Budget::new(Limits::default(), 1, Trip::default()).with_work(work);
    let (xml, mut steps) = ("<a/>".repeat(100_000), 0u64);
    let rich = budget(u64::MAX);
    assert!(walk(xml.as_bytes(), &rich, |_| steps += 1) && !rich.take_cut());
    assert_eq!(steps, 200_000);
    let (poor, mut some) = (budget(1 << 18), 0u64);
    assert!(walk(xml.as_bytes(), &poor, |_| some += 1) && poor.take_cut());
    assert!(some * Budget::STEP < 1 << 20, "{some}");
    // All parts of a letter together: the second of two pages is not looked at, and says so.
    let page = Bytes::from("<p>a</p>".repeat(Budget::WORK as usize / 40));
    let mut budget = Budget::new(Limits::default(), page.len() as u64 * 2, Trip::default());
    let zip = super::made::zip(&[
        ("a.html", std::str::from_utf8(&page).unwrap()),
        ("b.html", &format!("{}<script>x()</script>", "<p>a</p>".repeat(page.len() / 8))),
    ]);
    let facts = congthu::facts::unfold_file(
        "a.zip",
        &zip.into(),
        &congthu::archive::Opener::default(),
        &mut budget,
    );
    let told: Vec<_> = facts.obstacles.iter().map(|o| (o.trouble, o.path.as_str())).collect();
    assert_eq!(told, [(Trouble::OverLimit, "a.zip/a.zip/b.html")]);
}

#[test]
fn each_document_of_a_letter_has_its_share() {
    let facts = letter(&document(&paragraph("", "Kính gửi"), &[]));
    assert_eq!(attached(&facts).document().as_str(), "Kính gửi\n");
}

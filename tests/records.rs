//! Verdict records: whole lines, honest gaps, old days gone, and never a session that waits.

use crate::support::Small;
use congthu::store::records::record::{Message, now};
use congthu::store::records::{Files, Line, Record, Records, Span, Terms};
use jiff::Timestamp;
use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const TERMS: Terms = Terms { file: 64 << 20, days: 800 };

fn message(id: &str) -> Record {
    Record::Message(Box::new(Message { id: id.to_owned(), time: now(), ..Message::default() }))
}

fn all(state: &Path) -> Vec<Line> {
    Files::of(state).read(Span::default()).unwrap().map(Result::unwrap).collect()
}

fn ids(state: &Path) -> Vec<String> {
    let id = |line: Line| match line {
        Line::Record(Record::Message(message)) => message.id,
        Line::Record(Record::Gap(gap)) => format!("gap of {}", gap.missing),
        Line::Record(other) => panic!("{other:?}"),
        Line::Damaged(place) => format!("damaged {}", place.rsplit('/').next().unwrap()),
    };
    all(state).into_iter().map(id).collect()
}

/// How many letters are noted.
fn messages(state: &Path) -> u64 {
    let lines = all(state);
    let noted = lines.iter().filter(|line| matches!(line, Line::Record(Record::Message(_))));
    noted.count() as u64
}

/// How many records the gaps stand for.
fn gaps(state: &Path) -> u64 {
    let gap = |line| match line {
        Line::Record(Record::Gap(gap)) => gap.missing,
        _ => 0,
    };
    all(state).into_iter().map(gap).sum()
}

fn files(state: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(state.join("records")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn what_is_noted_is_read_again_in_order_and_by_the_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let records = Records::open(dir.path(), TERMS).unwrap();
    (0..300).for_each(|number| records.write(&message(&number.to_string())));
    records.flush();
    let expected: Vec<String> = (0..300).map(|number| number.to_string()).collect();
    assert_eq!(ids(dir.path()), expected);
    for path in files(dir.path()).into_iter().chain([dir.path().join("records")]) {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0, "{path:?}");
    }
}

#[test]
fn a_long_day_goes_on_in_another_file() {
    let dir = tempfile::tempdir().unwrap();
    let records = Records::open(dir.path(), Terms { file: 2000, days: 1 }).unwrap();
    for number in 0..20 {
        records.write(&message(&number.to_string()));
        records.flush();
    }
    assert!(files(dir.path()).len() > 2, "{:?}", files(dir.path()));
    let expected: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    assert_eq!(ids(dir.path()), expected);
    // After a restart it goes on where it was.
    drop(records);
    let records = Records::open(dir.path(), Terms { file: 2000, days: 1 }).unwrap();
    records.write(&message("after"));
    records.flush();
    assert_eq!(ids(dir.path()).last().unwrap(), "after");
}

#[test]
fn old_days_go_and_foreign_files_stay() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("records");
    fs::create_dir(&folder).unwrap();
    let old = ["2020-01-01.jsonl", "2020-01-01.2.jsonl", "2020-01-02.actions.jsonl"];
    let stay = ["notes.txt", "2020-01-01.jsonl.bak", "x.jsonl"];
    old.iter().chain(&stay).for_each(|name| fs::write(folder.join(name), b"").unwrap());
    let records = Records::open(dir.path(), Terms { days: 30, ..TERMS }).unwrap();
    records.write(&message("one"));
    records.flush();
    assert!(old.iter().all(|name| !folder.join(name).exists()), "{:?}", files(dir.path()));
    assert!(stay.iter().all(|name| folder.join(name).exists()), "{:?}", files(dir.path()));
}

#[test]
fn a_line_torn_off_by_a_crash_is_told_and_spoils_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let open = || Records::open(dir.path(), TERMS).unwrap();
    let records = open();
    records.write(&message("one"));
    records.write(&message("two"));
    records.flush();
    drop(records);
    let [file] = &files(dir.path())[..] else { panic!() };
    let bytes = fs::read(file).unwrap();
    fs::write(file, &bytes[..bytes.len() - 10]).unwrap();
    let records = open();
    records.write(&message("three"));
    records.flush();
    let name = file.file_name().unwrap().to_str().unwrap();
    assert_eq!(ids(dir.path()), ["one".to_owned(), format!("damaged {name}:2"), "three".into()]);
}

#[test]
fn a_span_is_kept_to() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("records");
    fs::create_dir(&folder).unwrap();
    for (day, times) in [
        ("2026-03-02", vec!["2026-03-02T23:59:59.999Z"]),
        ("2026-03-03", vec!["2026-03-03T00:00:00.000Z", "2026-03-03T12:00:00.000Z"]),
        // Written a moment after midnight.
        ("2026-03-04", vec!["2026-03-03T23:59:59.998Z", "2026-03-04T00:00:00.000Z"]),
    ] {
        let line = |time: &&str| {
            let record =
                Message { time: (*time).to_owned(), id: (*time).to_owned(), ..Message::default() };
            serde_json::to_string(&Record::Message(Box::new(record))).unwrap() + "\n"
        };
        fs::write(folder.join(format!("{day}.jsonl")), times.iter().map(line).collect::<String>())
            .unwrap();
    }
    let time = |text: &str| Some(text.parse::<Timestamp>().unwrap());
    let span =
        Span { since: time("2026-03-03T00:00:00Z"), until: time("2026-03-03T23:59:59.999Z") };
    let read = Files::of(dir.path()).read(span).unwrap().map(Result::unwrap);
    let times: Vec<String> = read
        .map(|line| match line {
            Line::Record(record) => record.time().to_owned(),
            Line::Damaged(place) => place,
        })
        .collect();
    assert_eq!(
        times,
        ["2026-03-03T00:00:00.000Z", "2026-03-03T12:00:00.000Z", "2026-03-03T23:59:59.998Z"]
    );
}

#[test]
fn on_a_full_disk_nothing_waits_and_what_is_missing_is_marked() {
    let Some(small) = Small::mount() else {
        println!("skipped: cannot mount a small file system");
        return;
    };
    let state = small.0.path();
    let records = Records::open(state, TERMS).unwrap();
    records.write(&message("before"));
    records.flush();
    let ballast = state.join("ballast");
    // As much as goes on it.
    let _ = fs::write(&ballast, vec![0; 1 << 20]);
    (0..50).for_each(|_| records.write(&message(&"x".repeat(2000))));
    records.flush();
    // What fits into the last page may be there; the rest is counted, and no line is torn.
    let (missing, there) = (records.missing(), messages(state));
    assert!(missing > 0 && missing + there == 51, "{missing} missing, {there} there");
    fs::remove_file(ballast).unwrap();
    records.write(&message("after"));
    records.flush();
    assert_eq!(ids(state).last().unwrap(), "after");
    assert_eq!((records.missing(), gaps(state)), (missing, missing));
}

#[test]
fn more_records_than_the_disk_can_take_are_counted_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let records = Records::open(dir.path(), TERMS).unwrap();
    // More bytes than may wait, faster than any disk takes them or not: the sum is right.
    let large = "x".repeat(1 << 20);
    (0..200).for_each(|_| records.write(&message(&large)));
    records.flush();
    records.write(&message("end"));
    records.flush();
    let gaps = gaps(dir.path());
    assert_eq!(gaps, records.missing());
    assert_eq!(messages(dir.path()) + gaps, 201);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_file_cut_anywhere_loses_one_line_at_most(count in 1usize..6, cut in any::<prop::sample::Index>(), junk in proptest::collection::vec(any::<u8>(), 0..40)) {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("records");
        fs::create_dir(&folder).unwrap();
        let lines: Vec<String> = (0..count).map(|n| serde_json::to_string(&message(&n.to_string())).unwrap() + "\n").collect();
        let bytes = lines.concat().into_bytes();
        let cut = cut.index(bytes.len() + 1);
        let whole = bytes[..cut].iter().filter(|byte| **byte == b'\n').count();
        fs::write(folder.join("2026-01-01.jsonl"), [&bytes[..cut], &junk].concat()).unwrap();
        let read = all(dir.path());
        let right: Vec<&Line> = read.iter().filter(|line| matches!(line, Line::Record(_))).collect();
        // A cut just before the line end leaves a record that is whole.
        prop_assert!(right.len() == whole || right.len() == whole + 1);
        prop_assert!(read.len() - right.len() <= 1 + junk.iter().filter(|byte| **byte == b'\n').count());
    }
}

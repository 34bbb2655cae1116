//! The quarantine: whole letters on the disk, or nothing.

use crate::support::Small;
use bytes::Bytes;
use congthu::config::Quarantine;
use congthu::mail::{Address, Client, Envelope};
use congthu::spool::Spool;
use congthu::store::Store;
use congthu::verdict::{Action, Code, Reply};
use congthu::verdict::{Class, Finding, Judged, Kind, Mode, Verdict};
use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

static ENCRYPTED: Kind = Kind { name: "archive.encrypted", class: Class::Policy, about: "" };

fn open(dir: &Path) -> Store {
    Store::open(&config(format!("fs:{}", dir.display()))).unwrap()
}

fn config(store: String) -> Quarantine {
    Quarantine { store, ..Quarantine::default() }
}

fn envelope(id: &str) -> Envelope {
    Envelope {
        id: id.to_owned(),
        client: Client {
            ip: "192.0.2.7".parse().ok(),
            helo: "x.example".into(),
            ..Client::default()
        },
        sender: Address::new("a@x.example"),
        recipients: vec![Address::new("b@tiengiang.gov.vn"), Address::new("c@tiengiang.gov.vn")],
        ..Envelope::default()
    }
}

fn verdict() -> Verdict {
    let judged = Judged {
        finding: Finding::at(&ENCRYPTED, "2/a.zip", "mật khẩu").named("a.zip"),
        action: Action::Quarantine,
        mode: Mode::Enforce,
        keep: false,
        article: Some("khoản 2 Điều 14".into()),
        rule: "base.toml:7".into(),
    };
    Verdict {
        action: Action::Quarantine,
        reply: Reply { code: Code::OK, text: String::new(), english: String::new() },
        policy: "tiengiang-2016".into(),
        findings: vec![judged],
        ..Verdict::default()
    }
}

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_letter_is_kept_whole_and_private() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let message = Bytes::from_static(b"Subject: x\r\n\r\n\xff\x00.\r\n..\r\n");
    block(store.keep(&envelope("4cXyZ1"), &verdict(), Spool::of(message.clone()).tap())).unwrap();
    assert_eq!(store.letters().unwrap(), ["4cXyZ1"]);
    let letter = store.letter("4cXyZ1").unwrap();
    assert_eq!(fs::read(letter.join("message.eml")).unwrap(), message);
    let envelope = json(&letter.join("envelope.json"));
    assert_eq!(envelope["sender"], "a@x.example");
    assert_eq!(envelope["recipients"][1], "c@tiengiang.gov.vn");
    assert_eq!(envelope["client"]["ip"], "192.0.2.7");
    let verdict = json(&letter.join("verdict.json"));
    assert_eq!(verdict["findings"][0]["article"], "khoản 2 Điều 14");
    assert_eq!(verdict["policy"], "tiengiang-2016");
    for path in [dir.path().join("tmp"), letter.clone(), letter.join("message.eml")] {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o077;
        assert_eq!(mode, 0, "{}", path.display());
    }
}

#[test]
fn a_message_that_is_cut_off_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    block(async {
        let spool = Spool::create(dir.path(), 1 << 20);
        spool.write(Bytes::from_static(b"Subject: half")).await.unwrap();
        let tap = spool.tap();
        spool.cut_off();
        store.keep(&envelope("half"), &verdict(), tap).await.unwrap_err();
    });
    assert_eq!(store.letters().unwrap(), Vec::<String>::new());
    assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
}

#[test]
fn a_caller_that_goes_away_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let spool = Spool::create(dir.path(), 1 << 20);
        spool.write(Bytes::from_static(b"Subject: half")).await.unwrap();
        let (envelope, verdict) = (envelope("gone"), verdict());
        let keeping = store.keep(&envelope, &verdict, spool.tap());
        // The message has no end yet, so this waits until the time is over.
        let waited = tokio::time::timeout(std::time::Duration::from_millis(20), keeping).await;
        assert!(waited.is_err());
    });
    // Ends the blocking thread.
    drop(runtime);
    assert_eq!(store.letters().unwrap(), Vec::<String>::new());
    assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
}

#[test]
fn a_letter_never_replaces_another() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let keep = |text: &'static [u8]| {
        block(store.keep(&envelope("same"), &verdict(), Spool::of(Bytes::from_static(text)).tap()))
    };
    keep(b"first").unwrap();
    keep(b"second").unwrap_err();
    let letter = store.letter("same").unwrap();
    assert_eq!(fs::read(letter.join("message.eml")).unwrap(), b"first");
    assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
}

#[test]
fn an_id_leads_nowhere_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for id in ["", ".", "..", "tmp", "a/b", "../x", "a\0b", "a b", &"x".repeat(65)] {
        let kept = block(store.keep(&envelope(id), &verdict(), Spool::of(Bytes::new()).tap()));
        assert!(kept.is_err(), "{id:?}");
        assert!(store.letter(id).is_err(), "{id:?}");
    }
}

#[test]
fn a_store_that_cannot_be_written_is_told_at_start() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(Store::open(&config(format!("fs:{}/kept", file.path().display()))).is_err());
    assert!(Store::open(&config("s3://x".to_owned())).is_err());
}

#[test]
fn what_a_crash_left_is_swept_and_what_is_fresh_is_not() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path());
    for (name, hours) in [("old", 2), ("fresh", 0)] {
        let half = dir.path().join("tmp").join(name);
        fs::create_dir(&half).unwrap();
        fs::write(half.join("message.eml"), b"half").unwrap();
        let age = std::time::Duration::from_secs(hours * 3600);
        let time = std::time::SystemTime::now() - age;
        fs::File::open(&half).unwrap().set_modified(time).unwrap();
    }
    let store = open(dir.path());
    assert!(!dir.path().join("tmp/old").exists());
    assert!(dir.path().join("tmp/fresh").exists());
    assert_eq!(store.letters().unwrap(), Vec::<String>::new());
}

#[test]
fn on_a_full_disk_nothing_half_is_left_and_there_is_room_again() {
    let Some(small) = Small::mount() else {
        println!("skipped: cannot mount a small file system");
        return;
    };
    let dir = small.0.path().join("kept");
    let store = open(&dir);
    let large = Bytes::from(vec![b'x'; 400 << 10]);
    let full = block(store.keep(&envelope("large"), &verdict(), Spool::of(large).tap()));
    assert_eq!(full.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
    assert_eq!(store.letters().unwrap(), Vec::<String>::new());
    assert_eq!(fs::read_dir(dir.join("tmp")).unwrap().count(), 0);
    let small = Bytes::from_static(b"Subject: small\r\n\r\n");
    block(store.keep(&envelope("small"), &verdict(), Spool::of(small).tap())).unwrap();
    assert_eq!(store.letters().unwrap(), ["small"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn bytes_are_kept_exactly(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..3000), 0..8), memory in 0usize..4000) {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        block(async {
            let spool = Spool::create(dir.path(), memory);
            for chunk in &chunks {
                spool.write(Bytes::from(chunk.clone())).await.unwrap();
            }
            spool.finish();
            store.keep(&envelope("one"), &verdict(), spool.tap()).await.unwrap();
        });
        let kept = fs::read(store.letter("one").unwrap().join("message.eml")).unwrap();
        prop_assert_eq!(kept, chunks.concat());
    }
}

//! What else lies in the store: copies that a rule wants, letters apart, letters for an engine, and
//! those whose time is over.

use super::client::{Client, Code};
use super::next_hop::Script;
use super::release::{Desk, said, spam};
use crate::support::readme;
use congthu::checks;
use congthu::config::Quarantine;
use congthu::mail::{Address, Envelope};
use congthu::rules::RuleSet;
use congthu::serve::housekeeping;
use congthu::spool::Spool;
use congthu::store::records::{Files, Line, Record, Span};
use congthu::store::{Index, State, Store};
use congthu::verdict::{Action, Class, Finding, Judged, Kind, Mode, Verdict};
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::sync::Arc;

static MARKED: Kind = Kind { name: "secret.marked", class: Class::Policy, about: "" };

const PLAIN: &[u8] = b"Subject: x\r\n\r\nplain\r\n";

fn program() -> Vec<u8> {
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
      Content-Disposition: attachment; filename=\"a.exe\"\r\n\r\nMZ program\r\n--b--\r\n"
        .to_vec()
}

/// A gate whose `base.toml` has these words replaced.
async fn desk(from: &str, to: &str) -> Desk {
    let desk = Desk::open(Script::new()).await;
    let dir = tempfile::tempdir().unwrap();
    for entry in fs::read_dir("rules").unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_file() {
            let text = fs::read_to_string(&entry).unwrap();
            assert!(!entry.ends_with("base.toml") || text.contains(from), "{from}");
            fs::write(dir.path().join(entry.file_name().unwrap()), text.replace(from, to)).unwrap();
        }
    }
    let rules = RuleSet::load(dir.path(), &checks::catalogue()).unwrap();
    desk.gate.rules.store(Arc::new(rules));
    desk
}

fn store(desk: &Desk) -> Store {
    let store = format!("fs:{}", desk.gate.kept().display());
    Store::at(&Quarantine { store, ..Quarantine::default() }).unwrap()
}

fn files(desk: &Desk) -> Files {
    Files::of(&desk.gate.dir.path().join("state"))
}

const REJECTED: &str = "finding = [\"executable.found\", \"script.found\"]\naction  = \"reject\"\n";

#[tokio::test]
async fn a_rule_keeps_a_copy_of_what_it_refuses_and_a_person_can_let_it_out() {
    let desk = desk(REJECTED, &format!("{REJECTED}keep    = true\n")).await;
    let reply = Client::letter(desk.gate.address, &program()).await;
    reply.expect_code("550 5.7.1 [");
    let [id] = &store(&desk).letters().unwrap()[..] else { panic!("no copy") };
    assert!(reply.contains(id), "{reply}");
    let held = store(&desk).held(id).unwrap();
    assert_eq!((held.state(), held.message().unwrap()), (State::Copy, program()));
    desk.gate.records.flush();
    let mut records = files(&desk).read(Span::default()).unwrap();
    let Some(Ok(Line::Record(Record::Message(record)))) = records.next() else { panic!() };
    assert!(record.copy && record.outcome == "refused");
    // The shipped rules would refuse it as before, for just what the person has seen.
    let (text, code) = desk.release(id, &[]).await;
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(desk.next.messages(), [program()]);
}

#[tokio::test]
async fn a_copy_of_what_was_relayed_is_not_sent_a_second_time() {
    let tagged = REJECTED.replace("reject", "tag");
    let desk = desk(REJECTED, &format!("{tagged}keep    = true\n")).await;
    Client::letter(desk.gate.address, &program()).await.expect_code("250 2.0.0 taken");
    let [id] = &store(&desk).letters().unwrap()[..] else { panic!("no copy") };
    let (text, code) = desk.release(id, &[]).await;
    assert!(code == Some(66) && text.contains("copy of a letter that was let through"), "{text}");
    assert_eq!(desk.next.messages().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_copied_is_answered_all_the_same() {
    let desk = desk(REJECTED, &format!("{REJECTED}keep    = true\n")).await;
    fs::remove_dir_all(desk.gate.kept()).unwrap();
    fs::write(desk.gate.kept(), b"no folder").unwrap();
    Client::letter(desk.gate.address, &program()).await.expect_code("550 5.7.1 [");
    Client::letter(desk.gate.address, PLAIN).await.expect_code("250 2.0.0 taken");
}

fn secret() -> (Envelope, Verdict) {
    let finding = Finding::at(&MARKED, "2/kế hoạch.docx/head", "TUYỆT MẬT trong đầu văn bản")
        .named("kế hoạch.docx")
        .what("tuyệt mật");
    let judged = Judged {
        finding,
        action: Action::Quarantine,
        mode: Mode::Enforce,
        keep: false,
        article: Some("khoản 1 Điều 6".into()),
        rule: "base.toml:1".into(),
    };
    let envelope = Envelope {
        id: "1K0SECRET00".into(),
        sender: Address::new("a@x.example"),
        recipients: vec![Address::new("b@here.example")],
        ..Envelope::default()
    };
    let action = Action::Quarantine;
    (envelope, Verdict { action, findings: vec![judged], ..Verdict::default() })
}

#[tokio::test]
async fn a_letter_with_a_secrecy_stamp_lies_apart_and_is_shown_nowhere() {
    let desk = Desk::open(Script::new()).await;
    let (envelope, verdict) = secret();
    let id = envelope.id.clone();
    let message = "Subject: kế hoạch\r\n\r\nkế hoạch\r\n".as_bytes();
    let tap = Spool::of(bytes::Bytes::from_static(message)).tap();
    store(&desk).keep(&envelope, &verdict, tap).await.unwrap();
    let dir = desk.gate.kept().join("secret").join(&id);
    assert!(dir.is_dir() && !desk.gate.kept().join(&id).exists());
    let beside = fs::read_to_string(dir.join("verdict.json")).unwrap();
    assert!(beside.contains("tuyệt mật") && !beside.contains("kế hoạch"), "{beside}");
    for args in [&["list"][..], &["list", "--json"], &["show", &id]] {
        let (text, code) = desk.run(args).await;
        assert!(code == Some(0) && text.contains(&id), "{text}");
        assert!(!text.contains("kế hoạch") && !text.contains("docx"), "{text}");
    }
    let (text, code) = desk.run(&["show", &id, "--message"]).await;
    assert!(code == Some(66) && text.contains("is shown nowhere"), "{text}");
    let out = desk.gate.dir.path().join("out");
    let (text, code) = desk.run(&["export", &id, "-o", out.to_str().unwrap()]).await;
    assert!(code == Some(66) && text.contains("not copied anywhere"), "{text}");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 0);
    // All that may be copied: the other letter.
    let other = desk.keep(&spam(1)).await;
    let (text, code) = desk.run(&["export", "-o", out.to_str().unwrap()]).await;
    assert!(code == Some(0) && text.contains("which are not copied: 1"), "{text}");
    assert_eq!(fs::read(out.join(format!("{other}.eml"))).unwrap(), spam(1));
    assert_eq!(fs::read_dir(&out).unwrap().count(), 3);
    let (text, code) = desk.run(&["delete", &id, "--by", "lan", "--reason", "purged"]).await;
    assert_eq!(code, Some(0), "{text}");
    assert!(!dir.exists());
    assert_eq!(desk.deeds().last().unwrap(), &format!("{id} deleted by lan"));
}

#[tokio::test]
async fn what_waited_for_an_engine_is_judged_again() {
    let desk = Desk::open(Script::new()).await;
    let (clean, bad, other) =
        (desk.keep(&spam(1)).await, desk.keep(&spam(2)).await, desk.keep(&spam(3)).await);
    let finding = "{\"verdict\":\"quarantine\",\"findings\":[{\"name\":\"virus.unscanned\",\
                   \"action\":\"quarantine\",\"mode\":\"enforce\",\"cause\":\"engine_limit\"}]}";
    for id in [&clean, &bad] {
        fs::write(desk.gate.kept().join(id).join("verdict.json"), finding).unwrap();
    }
    fs::write(desk.gate.kept().join(&clean).join("message.eml"), PLAIN).unwrap();
    // As the README has it: the configuration is the one of the folder.
    let line = readme::command("congthu quarantine release --recheck");
    let dir = desk.gate.dir.path().to_owned();
    let run = move || readme::shell(&dir, &line).env("SUDO_USER", "khoa").output().unwrap();
    let (text, code) = said(&tokio::task::spawn_blocking(run).await.unwrap());
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains(&format!("{clean}: released")), "{text}");
    assert!(text.contains(&format!("{bad}: stays: spam.score")), "{text}");
    assert!(!text.contains(&other), "{text}");
    assert_eq!(desk.next.messages(), [PLAIN]);
    assert!(desk.deeds().contains(&format!("{clean} released by khoa")), "{:?}", desk.deeds());
    let (_, text) = readme::run(desk.gate.dir.path(), &format!("congthu records --id {clean}"));
    assert!(text.contains("released by khoa") && text.contains("clamd is back"), "{text}");
}

#[tokio::test]
async fn the_folders_are_the_truth_and_the_index_follows() {
    let desk = Desk::open(Script::new()).await;
    let ids = [desk.keep(&spam(1)).await, desk.keep(&spam(2)).await];
    let store = store(&desk);
    let states = || -> Vec<(String, String)> {
        let rows = Index::open(&store).unwrap().all().unwrap();
        rows.into_iter().map(|row| (row.id, row.state)).collect()
    };
    let both = |first: &str| {
        vec![(ids[0].clone(), first.to_owned()), (ids[1].clone(), "waiting".to_owned())]
    };
    assert_eq!(states(), both("waiting"));
    let (text, code) = desk.release(&ids[0], &[]).await;
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(states(), both("released"));
    let index = desk.gate.kept().join("index.sqlite");
    let good = fs::read(&index).unwrap();
    let mut torn = good.clone();
    torn[100..good.len() / 2].fill(0xff);
    for damage in [&b"no database"[..], b"", &good[..good.len() / 2], &torn] {
        fs::write(&index, damage).unwrap();
        assert_eq!(states(), both("released"));
    }
    fs::remove_file(&index).unwrap();
    assert_eq!(states(), both("released"));
    fs::remove_dir_all(desk.gate.kept().join(&ids[1])).unwrap();
    assert_eq!(states(), [(ids[0].clone(), "released".to_owned())]);
}

#[tokio::test]
async fn what_was_seen_expires_by_name_and_what_nobody_saw_stays() {
    let desk = Desk::open(Script::new()).await;
    let (seen, unseen) = (desk.keep(&spam(1)).await, desk.keep(&spam(2)).await);
    desk.run(&["show", &seen]).await;
    let (store, files) = (store(&desk), files(&desk));
    let in_days = |days: i64| Timestamp::now() + SignedDuration::from_hours(24 * days);
    let letters = |days, time| {
        housekeeping::look(&store, &files, days, time).unwrap();
        store.letters().unwrap()
    };
    assert_eq!(letters(90, in_days(89)).len(), 2);
    assert_eq!(letters(0, in_days(10_000)).len(), 2);
    assert_eq!(letters(90, in_days(91)), [unseen]);
    assert_eq!(desk.deeds().last().unwrap(), &format!("{seen} expired by congthu"));
}

//! RCPT by the directory: one answer a state, and who is never refused.

use super::client::{Client, Code};
use super::gate::{Gate, Setup};
use super::next_hop::{NextHop, Script};
use congthu::checks;
use congthu::rules::{RuleSet, Watch};
use congthu::serve::{Reload, freshness};
use std::collections::HashMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

const LIST: &str = "address;state;kind;target;name\n\
    an@tiengiang.gov.vn;;;;Lê Văn An\nkhoa@tiengiang.gov.vn;locked;;;Trần Khoa\n\
    thu@tiengiang.gov.vn;revoked;;;Lý Thu\nxoa@tiengiang.gov.vn;deleted;;;Ngô Xoan\n\
    bi.danh@tiengiang.gov.vn;;alias;an@tiengiang.gov.vn;\nto@tiengiang.gov.vn;;group;;Tổ công tác\n";

/// The shipped rules, with this list as the directory of Tiền Giang.
pub(crate) fn rules(list: &str, settings: &str) -> (TempDir, RuleSet) {
    let dir = tempfile::tempdir().unwrap();
    for entry in fs::read_dir("rules").unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, dir.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    fs::write(dir.path().join("danhba.csv"), list).unwrap();
    let path = dir.path().join("tiengiang-2016.toml");
    let text = fs::read_to_string(&path).unwrap();
    let section = format!("[directory]\nfile = \"danhba.csv\"\n{settings}");
    fs::write(&path, text.replacen("[directory]\n", &section, 1)).unwrap();
    let loaded = RuleSet::load(dir.path(), &checks::catalogue());
    let loaded = loaded.unwrap_or_else(|errors| panic!("{errors}"));
    (dir, loaded)
}

async fn gate(next: &NextHop, rules: RuleSet) -> Gate {
    let mut setup = Setup::to(&[next.upstream()]);
    setup.rules = rules;
    setup.start().await
}

async fn hello(gate: &Gate, sender: &str) -> Client {
    let mut client = Client::hello(gate.address).await;
    client.ask(&format!("MAIL FROM:<{sender}>")).await.expect_code("250");
    client
}

/// A directory of 200,000 names, of which every hundredth is locked.
fn province() -> String {
    let mut list = "address;state;kind;name;title;unit;phone\n".to_owned();
    for number in 0..200_000 {
        let state = if number % 100 == 99 { "locked" } else { "" };
        let rest = "Lê Văn An;Chuyên viên;Phòng Tài chính - Kế hoạch;+84 270 100";
        list += &format!("nguyenvan{number}@tiengiang.gov.vn;{state};personal;{rest}\n");
    }
    list
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_directory_of_two_hundred_thousand_names_is_read_again_while_it_answers() {
    let next = NextHop::start(Script::new()).await;
    let (dir, rules) = rules(&province(), "stale = \"never\"\n");
    let mut setup = Setup::to(&[next.upstream()]);
    setup.rules = rules;
    let gate = setup.start().await;
    let mut watch = Watch::new(dir.path(), &checks::catalogue());
    watch.also(&gate.rules.load());
    let (rules, path) = (gate.rules.clone(), dir.path().join("danhba.csv"));
    let over = Arc::new(AtomicBool::new(false));
    let told = over.clone();
    let edits = tokio::task::spawn_blocking(move || {
        let mut reload = Reload::new(watch, rules, false);
        // One line in the middle is wrong: nothing of it is taken. Then it is right, and shorter.
        let wrong = province().replacen("nguyenvan150000@", "nguyen van 150000@", 1);
        let right = province().replacen("nguyenvan1@", "nguyenvan200000@", 1);
        for text in [wrong, right] {
            fs::write(&path, text).unwrap();
            while !reload.look() {}
        }
        told.store(true, Ordering::Relaxed);
    });
    loop {
        let last = over.load(Ordering::Relaxed);
        let mut client = hello(&gate, "a@client.example").await;
        for (local, code) in [
            ("nguyenvan0", "250"),
            ("nguyenvan199998", "250"),
            ("nguyenvan199999", "550 5.2.1"),
            ("nguyenvan150000", "250"),
            ("nguyenvan200001", "550 5.1.1"),
        ] {
            client.ask(&format!("RCPT TO:<{local}@tiengiang.gov.vn>")).await.expect_code(code);
        }
        if last {
            break;
        }
    }
    edits.await.unwrap();
    let mut client = hello(&gate, "a@client.example").await;
    for (local, code) in [("nguyenvan1", "550 5.1.1"), ("nguyenvan200000", "250")] {
        client.ask(&format!("RCPT TO:<{local}@tiengiang.gov.vn>")).await.expect_code(code);
    }
}

#[test]
fn a_wrong_line_of_a_long_directory_is_told_with_its_place() {
    let (dir, _) = rules("address\na@tiengiang.gov.vn\n", "");
    let path = dir.path().join("danhba.csv");
    let wrong = province().replacen("nguyenvan150000@", "nguyen van 150000@", 1);
    fs::write(&path, wrong).unwrap();
    let told = RuleSet::load(dir.path(), &checks::catalogue()).unwrap_err().to_string();
    assert!(told.contains("danhba.csv:150002:1: "), "{told}");
    // Longer than any directory: the file itself is not read.
    fs::File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
    let told = RuleSet::load(dir.path(), &checks::catalogue()).unwrap_err().to_string();
    let says = "has 1099511627776 bytes; a directory may have 250000000: is this the right file?";
    assert!(told.contains(says), "{told}");
}

#[tokio::test]
async fn each_state_has_its_answer_and_its_article() {
    let next = NextHop::start(Script::new()).await;
    let gate = gate(&next, rules(LIST, "").1).await;
    let mut client = hello(&gate, "a@client.example").await;
    for (local, code, article) in [
        ("ai", "550-5.1.1 [", "khoan 5 Dieu 12 QD 51/2016/QD-UBND"),
        ("xoa", "550-5.1.1 [", "khoan 5 Dieu 12 QD 51/2016/QD-UBND"),
        ("KHOA", "550-5.2.1 [", "khoan 3 Dieu 5 QD 51/2016/QD-UBND"),
        ("khoa+so2", "550-5.2.1 [", "khoan 3 Dieu 5 QD 51/2016/QD-UBND"),
        ("thu", "550-5.2.1 [", "khoan 7 Dieu 12 QD 51/2016/QD-UBND"),
    ] {
        let reply = client.ask(&format!("RCPT TO:<{local}@tiengiang.gov.vn>")).await;
        assert!(reply.starts_with(code) && reply.contains(article), "{local}: {reply}");
        assert!(reply.contains(&format!("{local}@tiengiang.gov.vn")), "{reply}");
    }
    assert_eq!(
        next.commands("RCPT").len(),
        0,
        "the next hop was asked for mailboxes that are none"
    );
    for local in ["an", "AN", "an+bao-cao", "bi.danh", "to", "postmaster", "abuse"] {
        client.ask(&format!("RCPT TO:<{local}@tiengiang.gov.vn>")).await.expect_code("250");
    }
    // Another server's domain, and a policy without directory: the next hop decides.
    client.ask("RCPT TO:<ai@phong.tiengiang.gov.vn>").await.expect_code("250");
    client.data(b"Subject: x\r\n\r\nbody\r\n").await.expect_code("250");
    let mut client = hello(&gate, "a@client.example").await;
    client.ask("RCPT TO:<ai@angiang.gov.vn>").await.expect_code("250");
}

#[tokio::test]
async fn bounces_reach_whom_they_are_for() {
    let next = NextHop::start(Script::new()).await;
    let gate = gate(&next, rules(LIST, "").1).await;
    let mut client = hello(&gate, "").await;
    for local in ["khoa", "thu", "ai"] {
        client.ask(&format!("RCPT TO:<{local}@tiengiang.gov.vn>")).await.expect_code("250");
    }
    assert_eq!(next.commands("RCPT").len(), 3);
}

#[tokio::test]
async fn a_stale_directory_refuses_nobody() {
    let next = NextHop::start(Script::new()).await;
    let (dir, _) = rules(LIST, "");
    let file = fs::File::options().write(true).open(dir.path().join("danhba.csv")).unwrap();
    let days = |days: u64| SystemTime::now() - Duration::from_secs(days * 24 * 3600);
    for (age, stale) in [(6, false), (8, true)] {
        file.set_modified(days(age)).unwrap();
        let rules = RuleSet::load(dir.path(), &checks::catalogue()).unwrap();
        let (_, directory) = rules.directories().next().unwrap();
        assert_eq!(directory.is_stale(SystemTime::now()), stale);
        let mut known = HashMap::new();
        freshness::look(&rules, SystemTime::now(), &mut known);
        assert_eq!(known.into_values().collect::<Vec<_>>(), [stale]);
        let gate = gate(&next, rules).await;
        let mut client = hello(&gate, "a@client.example").await;
        let reply = client.ask("RCPT TO:<khoa@tiengiang.gov.vn>").await;
        reply.expect_code(if stale { "250" } else { "550 5.2.1" });
    }
    // Imported again with the same names, it is fresh without a reload; with others it is not.
    let loaded = RuleSet::load(dir.path(), &checks::catalogue()).unwrap();
    let look = || {
        let mut known = HashMap::new();
        freshness::look(&loaded, SystemTime::now(), &mut known);
        known.into_values().collect::<Vec<_>>()
    };
    fs::write(dir.path().join("danhba.csv"), "address\n").unwrap();
    assert_eq!(look(), [true]);
    fs::write(dir.path().join("danhba.csv"), LIST).unwrap();
    assert_eq!(look(), [false]);
    // What a person keeps by hand is as good as on its first day, if he says so.
    let (dir, _) = rules(LIST, "stale = \"never\"\n");
    let file = fs::File::options().write(true).open(dir.path().join("danhba.csv")).unwrap();
    file.set_modified(days(3000)).unwrap();
    let rules = RuleSet::load(dir.path(), &checks::catalogue()).unwrap();
    assert!(!rules.directories().next().unwrap().1.is_stale(SystemTime::now()));
}

#[tokio::test]
async fn in_the_first_days_a_recipient_is_only_counted() {
    let next = NextHop::start(Script::new()).await;
    let gate = gate(&next, rules(LIST, "").1.observing()).await;
    let mut client = hello(&gate, "a@client.example").await;
    client.ask("RCPT TO:<ai@tiengiang.gov.vn>").await.expect_code("250");
}

#[tokio::test]
async fn the_directory_answers_before_another_policy_puts_off() {
    let next = NextHop::start(Script::new()).await;
    let gate = gate(&next, rules(LIST, "").1).await;
    let mut client = hello(&gate, "a@client.example").await;
    client.ask("RCPT TO:<bdt@binhthuan.gov.vn>").await.expect_code("250");
    client.ask("RCPT TO:<ai@tiengiang.gov.vn>").await.expect_code("550 5.1.1");
    client.ask("RCPT TO:<an@tiengiang.gov.vn>").await.expect_code("452 4.5.3");
}

#[test]
fn a_directory_that_is_wrong_is_told_with_its_place_and_once() {
    let (dir, _) = rules(LIST, "");
    fs::write(dir.path().join("danhba.csv"), "address,state\na@x.vn,closed\n").unwrap();
    let errors = RuleSet::load(dir.path(), &checks::catalogue()).unwrap_err().to_string();
    assert!(
        errors.contains("danhba.csv:2:8: unknown state `closed`; did you mean `locked`?"),
        "{errors}"
    );
    fs::remove_file(dir.path().join("danhba.csv")).unwrap();
    let errors = RuleSet::load(dir.path(), &checks::catalogue()).unwrap_err().to_string();
    assert_eq!(errors.matches("danhba.csv: cannot be read").count(), 1, "{errors}");
}

#[test]
fn directories_part_no_transaction() {
    let (_dir, with) = rules(LIST, "");
    let without = RuleSet::load("rules".as_ref(), &checks::catalogue()).unwrap();
    let hash = |rules: &RuleSet| rules.policy("tiengiang-2016").unwrap().hash.clone();
    assert_eq!(hash(&with), hash(&without));
}

#[test]
fn two_hundred_thousand_names_are_known() {
    let mut list = "address;state;kind;name;unit;request;requested\n".to_owned();
    for at in 0..200_000 {
        let state = ["active", "locked", "revoked", "deleted"][at % 4];
        list += &format!(
            "nguoidung{at}@tiengiang.gov.vn;{state};personal;Nguyễn Thị Minh Khai;Sở Nội vụ;{at}/CV;05/01/2026\n"
        );
    }
    let (_dir, rules) = rules(&list, "");
    let (_, directory) = rules.directories().next().unwrap();
    assert_eq!(directory.snapshot().unwrap().len(), 200_000);
}

//! Rules change under load: a minute of two edits a second, as fast as the machine goes.

use super::client::{Client, Code};
use super::gate::Setup;
use super::next_hop::NextHop;
use super::script::Script;
use crate::rules::folder;
use arc_swap::ArcSwap;
use congthu::rules::{RuleSet, Watch};
use congthu::serve::Reload;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const EDITS: usize = 120;

/// Sessions that go on all the while.
const CLIENTS: usize = 3;

/// The same number in two files, or a mistake in the second.
fn edit(dir: &Path, number: u64, right: bool) {
    let line = if right { number.to_string() } else { "\"\"".to_owned() };
    for (file, line) in [("base", number.to_string()), ("angiang-2016", line)] {
        let text = format!("[limits]\nline = {line}\nratio = {number}\n");
        fs::write(dir.join(format!("local/{file}.toml")), text).unwrap();
    }
}

/// The numbers of a set of rules: of one edit all are the same.
fn numbers(rules: &RuleSet) -> [u64; 4] {
    let of = |policy| &rules.policy(policy).unwrap().settings.limits;
    let (one, other) = (of("base"), of("angiang-2016"));
    [one.line, one.unfolding.ratio, other.line, other.unfolding.ratio]
}

/// One session: letters until it is over, and how many.
async fn send(address: SocketAddr, rules: Arc<ArcSwap<RuleSet>>, over: Arc<AtomicBool>) -> usize {
    let mut client = Client::hello(address).await;
    let mut sent = 0;
    while !over.load(Ordering::Relaxed) || sent == 0 {
        client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
        client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
        let letter = format!("Subject: {sent}\r\n\r\nxin ch\u{e0}o\r\n");
        client.data(letter.as_bytes()).await.expect_code("250 2.0.0 taken");
        let [line, rest @ ..] = numbers(&rules.load());
        assert!(rest.iter().all(|other| *other == line), "half an edit: {line}, {rest:?}");
        sent += 1;
    }
    client.ask("QUIT").await.expect_code("221");
    sent
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn two_edits_a_second_for_a_minute_lose_no_session_and_no_letter() {
    let next = NextHop::start(Script::new()).await;
    let dir = folder(&[]);
    edit(dir.path(), 900, true);
    let mut setup = Setup::to(&[next.upstream()]);
    let watch = Watch::new(dir.path(), &congthu::checks::catalogue());
    setup.rules = RuleSet::load(dir.path(), &congthu::checks::catalogue()).unwrap();
    let gate = setup.start().await;
    let mut reload = Reload::new(watch, gate.rules.clone(), false);
    let over = Arc::new(AtomicBool::new(false));
    let sending: Vec<_> = (0..CLIENTS)
        .map(|_| tokio::spawn(send(gate.address, gate.rules.clone(), over.clone())))
        .collect();
    let rules = gate.rules.clone();
    let loaded = tokio::task::spawn_blocking(move || {
        let mut loaded = Vec::new();
        for number in 901..901 + EDITS as u64 {
            // Every fifth is wrong, every seventh is looked at half-written.
            let right = number % 5 != 0;
            if number % 7 == 0 {
                fs::write(dir.path().join("local/base.toml"), "[limits]\n").unwrap();
                reload.look();
            }
            edit(dir.path(), number, right);
            while !reload.look() {}
            loaded.push((if right { number } else { number - 1 }, numbers(&rules.load())));
        }
        over.store(true, Ordering::Relaxed);
        loaded
    });
    for (number, seen) in loaded.await.unwrap() {
        assert_eq!(seen, [number; 4]);
    }
    let mut sent = 0;
    for session in sending {
        sent += session.await.unwrap();
    }
    assert_eq!(next.messages().len(), sent, "each letter once");
}

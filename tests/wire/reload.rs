//! Rules change under load: a minute of two edits a second, as fast as the machine goes.

use super::client::{Client, Code};
use super::gate::Setup;
use super::next_hop::NextHop;
use super::script::Script;
use crate::rules::folder;
use congthu::rules::Watch;
use congthu::serve::Reload;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const EDITS: usize = 120;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn two_edits_a_second_for_a_minute_lose_no_letter() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let dir = folder(&[]);
    let watch = Watch::new(dir.path(), &congthu::checks::catalogue());
    let mut reload = Reload::new(watch, gate.rules.clone(), false);
    let over = Arc::new(AtomicBool::new(false));
    let (address, done) = (gate.address, over.clone());
    let sending = tokio::spawn(async move {
        let mut sent = 0;
        let mut client = Client::hello(address).await;
        while !done.load(Ordering::Relaxed) || sent == 0 {
            client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
            client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
            let letter = format!("Subject: {sent}\r\n\r\nxin ch\u{e0}o\r\n");
            client.data(letter.as_bytes()).await.expect_code("250 2.0.0 taken");
            sent += 1;
        }
        sent
    });
    let loaded = tokio::task::spawn_blocking(move || {
        let mut lines = Vec::new();
        for edit in 0..EDITS {
            // Every fifth is wrong, every seventh is looked at half-written.
            let line = if edit % 5 == 4 { "\"\"".to_owned() } else { (900 + edit).to_string() };
            let path = dir.path().join("local/base.toml");
            if edit % 7 == 6 {
                fs::write(&path, "[limits]\n").unwrap();
                reload.look();
            }
            fs::write(&path, format!("[limits]\nline = {line}\n")).unwrap();
            while !reload.look() {}
            lines.push((edit, gate.rules.load().policy("base").unwrap().settings.limits.line));
        }
        over.store(true, Ordering::Relaxed);
        (lines, gate)
    });
    let (lines, gate) = loaded.await.unwrap();
    let sent = sending.await.unwrap();
    for (edit, line) in lines {
        let right = if edit % 5 == 4 { edit - 1 } else { edit };
        assert_eq!(line, 900 + right as u64, "edit {edit}");
    }
    assert_eq!(next.messages().len(), sent, "each letter once");
    drop(gate);
}

//! A letter that was being parsed when the gate went down twice is kept and never parsed again.

use super::client::{Client, Code};
use super::gate::Setup;
use super::next_hop::{NextHop, Script};
use congthu::mail::{Address, Envelope};
use congthu::store::{InFlight, Key};
use std::fs;

const LETTER: &[u8] = b"Message-ID: <1@client.example>\r\nSubject: x\r\n\r\nxin chao\r\n";

/// What a gate leaves behind that goes down while it parses the letter.
fn crash(state: &std::path::Path) {
    let envelope = Envelope {
        sender: Address::new("a@client.example"),
        recipients: vec![Address::new("b@here.example")],
        ..Envelope::default()
    };
    let key = Key::of(&envelope, b"<1@client.example>", LETTER.len() as u64);
    std::mem::forget(InFlight::open(state).unwrap().enter(key).unwrap());
}

#[tokio::test]
async fn in_flight_at_two_crashes_is_kept_unparsed() {
    for (crashes, kept) in [(0, false), (1, false), (2, true)] {
        let next = NextHop::start(Script::new()).await;
        let setup = Setup::to(&[next.upstream()]);
        (0..crashes).for_each(|_| crash(&setup.config.state.dir));
        let gate = setup.start().await;
        Client::letter(gate.address, LETTER).await.expect_code("250");
        assert_eq!(next.messages().is_empty(), kept, "after {crashes} crashes");
        let folders: Vec<_> = fs::read_dir(gate.kept())
            .unwrap()
            .map(|folder| folder.unwrap().path())
            .filter(|folder| folder.join("message.eml").exists())
            .collect();
        assert_eq!(!folders.is_empty(), kept, "after {crashes} crashes");
        if let [folder] = &folders[..] {
            assert_eq!(fs::read(folder.join("message.eml")).unwrap(), LETTER);
            let verdict = fs::read_to_string(folder.join("verdict.json")).unwrap();
            assert!(verdict.contains("message.poison"), "{verdict}");
        }
        // Another letter of the same sender is no poison.
        Client::letter(gate.address, b"Subject: y\r\n\r\nxin chao\r\n").await.expect_code("250");
        assert_eq!(next.messages().len(), if kept { 1 } else { 2 });
    }
}

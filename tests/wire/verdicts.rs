//! What each verdict looks like to a sender, and what it leaves behind.

use super::client::{Client, Code};
use super::gate::Setup;
use super::next_hop::{NextHop, Script};
use congthu::rules::RuleSet;
use std::fs;
use std::sync::Arc;

/// In two pieces, so that this file itself is no test virus.
const EICAR: [&str; 2] =
    ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"];
const GTUBE: [&str; 2] =
    ["XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-", "ANTI-UBE-TEST-EMAIL*C.34X"];

fn letter(body: &str) -> Vec<u8> {
    format!("From: a@client.example\r\nSubject: x\r\n\r\n{body}\r\n").into_bytes()
}

#[tokio::test]
async fn reject_is_told_in_two_languages_with_an_id() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let reply = Client::letter(gate.address, &letter(&EICAR.concat())).await;
    let lines: Vec<&str> = reply.lines().collect();
    assert_eq!(lines.len(), 2, "{reply}");
    assert!(lines[0].starts_with("550-5.7.1 [") && lines[1].starts_with("550 5.7.1 "), "{reply}");
    assert!(reply.is_ascii() && lines.iter().all(|line| line.len() <= 510));
    assert!(next.messages().is_empty() && next.commands("DATA").is_empty());
}

#[tokio::test]
async fn diacritics_stay_where_the_client_takes_them() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::hello(gate.address).await;
    client.ask("MAIL FROM:<a@client.example> SMTPUTF8").await.expect_code("250");
    client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
    let reply = client.data(&letter(&EICAR.concat())).await;
    assert!(reply.starts_with("550-5.7.1 [") && reply.contains("mã"), "{reply}");
}

#[tokio::test]
async fn a_kept_letter_is_on_the_disk_before_250_and_not_relayed() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let sent = letter(&GTUBE.concat());
    Client::letter(gate.address, &sent).await.expect_code("250 2.0.0 [");
    assert!(next.messages().is_empty());
    assert!(files(&gate.kept()).contains(&sent), "the letter is not kept");
}

#[tokio::test]
async fn a_tag_is_one_header_on_top_and_nothing_below_it_changes() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let sent = b"Subject: x\r\nContent-Type: text/plain; charset=windows-1258\r\n\r\n\
        Ti\xea\xecng Vi\xea\xf2t\r\n.dot\r\n";
    Client::letter(gate.address, sent).await.expect_code("250 2.0.0 taken");
    let got = next.messages().remove(0);
    let tag = got.strip_suffix(&sent[..]).expect("the letter itself is unchanged");
    let tag = std::str::from_utf8(tag).unwrap();
    assert!(
        tag.starts_with("X-Congthu: mx.example; verdict=tag; findings=encoding.legacy;"),
        "{tag}"
    );
    assert!(tag.contains(" id=") && tag.ends_with("\r\n") && tag.is_ascii());
    let lines: Vec<&str> = tag.split_terminator("\r\n").collect();
    assert!(lines.iter().all(|line| line.len() < 78), "{tag}");
    assert!(lines.iter().skip(1).all(|line| line.starts_with(' ')), "{tag}");
}

#[tokio::test]
async fn a_transaction_keeps_its_rules() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut client = Client::hello(gate.address).await;
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    // From here on spam is only counted, but this letter began before.
    let observing = RuleSet::clone(&gate.rules.load_full()).observing();
    gate.rules.store(Arc::new(observing));
    client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
    client.data(&letter(&GTUBE.concat())).await.expect_code("250 2.0.0 [");
    assert!(next.messages().is_empty());
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
    client.data(&letter(&GTUBE.concat())).await.expect_code("250 2.0.0 taken");
    assert_eq!(next.messages().len(), 1);
}

#[tokio::test]
async fn a_letter_that_cannot_be_kept_is_a_452() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    fs::remove_dir_all(gate.kept()).unwrap();
    fs::write(gate.kept(), b"no folder").unwrap();
    Client::letter(gate.address, &letter(&GTUBE.concat())).await.expect_code("452 4.3.1 [");
    assert!(next.messages().is_empty());
}

/// The contents of all files below a folder.
fn files(dir: &std::path::Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![fs::read(&path).unwrap()] })
        .collect()
}

//! What each verdict becomes at the milter door.

use super::mta::{Mta, Said, codes, reply, setup};
use crate::support::{EICAR, GTUBE, letter, letter_with};
use crate::wire::gate::Gate;
use std::fs;

const HERE: &str = "b@here.example";

async fn told(gate: &Gate, bytes: &[u8]) -> Vec<Said> {
    Mta::greeted(gate).await.letter(HERE, bytes).await
}

/// The ids of kept letters.
pub fn kept(gate: &Gate) -> Vec<String> {
    let names = fs::read_dir(gate.kept()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.len() == 11 && name.bytes().all(|b| b.is_ascii_alphanumeric()))
        .collect()
}

#[tokio::test]
async fn what_is_accepted_is_accepted_at_the_end_and_nothing_is_added() {
    let gate = setup("").start().await;
    assert_eq!(told(&gate, &letter("Kính gửi.")).await, [(b'a', Vec::new())]);
    assert!(kept(&gate).is_empty());
}

#[tokio::test]
async fn a_tag_is_one_field_on_top() {
    let gate = setup("").start().await;
    let sent = b"Subject: x\r\nContent-Type: text/plain; charset=windows-1258\r\n\r\n\
        Ti\xea\xecng Vi\xea\xf2t\r\n";
    let said = told(&gate, sent).await;
    assert_eq!(codes(&said), "ia");
    let text = String::from_utf8(said[0].1.clone()).unwrap();
    let value = text.strip_prefix("\0\0\0\0X-Congthu\0 mx.example;").expect(&text);
    assert!(value.starts_with(" verdict=tag; findings=encoding.legacy; id="), "{value}");
    assert!(value.ends_with('\0') && !value.contains('\r'), "{value}");
}

#[tokio::test]
async fn a_refusal_is_told_in_two_languages_with_an_id() {
    let gate = setup("").start().await;
    let said = told(&gate, &letter_with(EICAR.as_bytes())).await;
    assert_eq!(codes(&said), "y");
    let reply = reply(&said[0]);
    let lines: Vec<&str> = reply.lines().collect();
    assert!(lines[0].starts_with("550-5.7.1 [") && lines[1].starts_with("550 5.7.1 "), "{reply}");
    assert!(reply.is_ascii() && lines.len() == 2, "{reply}");
}

#[tokio::test]
async fn a_senders_percent_signs_are_no_format() {
    let gate = setup("").start().await;
    let mail = b"Content-Type: application/octet-stream; name=\"100%s%n.exe\"\r\n\r\nMZ\x90\r\n";
    let said = told(&gate, mail).await;
    assert_eq!(codes(&said), "y");
    assert!(said[0].1.windows(7).any(|bytes| bytes == b"%%s%%n."), "{said:?}");
    assert!(reply(&said[0]).contains("100%s%n.exe"));
}

#[tokio::test]
async fn diacritics_stay_where_the_client_takes_them() {
    let gate = setup("").start().await;
    let mut mta = Mta::greeted(&gate).await;
    mta.send(b'M', b"<a@client.example>\0SIZE=1000\0smtputf8\0").await;
    mta.send(b'R', b"<b@here.example>\0").await;
    assert_eq!(mta.hear().await.unwrap().0, b'c');
    let said = mta.content(&letter_with(EICAR.as_bytes())).await;
    assert!(reply(&said[0]).contains("mã"), "{said:?}");
}

#[tokio::test]
async fn what_waits_for_a_person_is_held_by_the_server_under_our_id_and_not_kept_here() {
    let gate = setup("").start().await;
    let said = told(&gate, &letter(GTUBE)).await;
    assert_eq!(codes(&said), "iqa");
    let [tag, reason] = [0, 1].map(|at| String::from_utf8(said[at].1.clone()).unwrap());
    let id = reason.strip_prefix("congthu ").unwrap().split(':').next().unwrap();
    assert_eq!(id.len(), 11, "{reason}");
    assert!(tag.contains("verdict=quarantine;") && tag.contains(&format!("id={id}")), "{tag}");
    assert!(reason.ends_with(": spam.score\0"), "{reason}");
    assert!(kept(&gate).is_empty(), "held and kept");
}

#[tokio::test]
async fn with_a_way_back_it_is_kept_here_and_thrown_away_there() {
    let gate = setup("reinject = \"127.0.0.1:10026\"").start().await;
    let sent = letter(GTUBE);
    assert_eq!(told(&gate, &sent).await, [(b'd', Vec::new())], "kept and held");
    let [id] = &kept(&gate)[..] else { panic!("{:?}", kept(&gate)) };
    let on_disk = fs::read(gate.kept().join(id).join("message.eml")).unwrap();
    assert_eq!(on_disk, sent, "the bytes that were put together");
}

#[tokio::test]
async fn what_cannot_be_kept_comes_again() {
    let gate = setup("reinject = \"127.0.0.1:10026\"").start().await;
    fs::remove_dir_all(gate.kept()).unwrap();
    let said = told(&gate, &letter(GTUBE)).await;
    assert!(reply(&said[0]).starts_with("452-4.3.1 ["), "{said:?}");
}

#[tokio::test]
async fn a_server_that_can_neither_hold_nor_tag_gets_no_more_than_it_can_do() {
    let gate = setup("").start().await;
    let mut mta = Mta::connect(gate.milter.unwrap()).await;
    assert_eq!(mta.negotiate(6, 0, super::mta::STEPS).await[1], 0);
    mta.client("192.0.2.7", 4711).await;
    let legacy =
        b"Content-Type: text/plain; charset=windows-1258\r\n\r\nTi\xea\xecng Vi\xea\xf2t\r\n";
    assert_eq!(codes(&mta.letter(HERE, legacy).await), "a");
    let said = mta.letter(HERE, &letter(GTUBE)).await;
    assert!(reply(&said[0]).starts_with("452-4.3.1 ["), "{said:?}");
}

#[tokio::test]
async fn no_room_is_said_at_data_and_at_the_end_where_nobody_asks_before() {
    let gate = setup("").with(|config| config.limits.arrival_memory = 1024).start().await;
    let mut first = Mta::greeted(&gate).await;
    first.envelope("a@client.example", &[HERE]).await;
    first.send(b'T', b"").await;
    assert_eq!(first.hear().await.unwrap().0, b'c', "one message always fits");
    let said = told(&gate, &letter("x")).await;
    assert!(reply(&said[0]).starts_with("452-4.3.1 ["), "{said:?}");
    let mut older = Mta::greeted(&gate).await;
    older.envelope("a@client.example", &[HERE]).await;
    older.told(&letter("x")).await;
    older.send(b'E', b"").await;
    assert!(reply(&older.fate().await[0]).starts_with("452-4.3.1 ["));
    first.send(b'A', b"").await;
    assert_eq!(codes(&first.letter(HERE, &letter("x")).await), "a", "room again");
}

#[tokio::test]
async fn a_body_whose_answer_is_certain_is_not_read_to_its_end() {
    let gate = setup("").start().await;
    let mut mta = Mta::greeted(&gate).await;
    // Of a bare carriage return the answer is certain at once.
    mta.envelope("a@client.example", &[HERE]).await;
    mta.send(b'T', b"").await;
    assert_eq!(mta.hear().await.unwrap().0, b'c');
    mta.send(b'N', b"").await;
    mta.send(b'B', b"a\rb\r\n").await;
    assert_eq!(mta.hear().await.unwrap().0, b's', "the rest is not wanted");
    mta.send(b'E', b"").await;
    let said = mta.fate().await;
    assert!(reply(&said[0]).starts_with("550-5.6.0 ["), "{said:?}");
}

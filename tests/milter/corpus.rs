//! Both doors over the whole corpus: the same verdict on the bytes that the milter door puts
//! together.
//!
//! What a mail server's filter cannot see, and the proxy can: bare line feeds (the server takes them
//! for line ends), what stands in the header block without being a field (it begins the body), blanks
//! before a colon, octets of zero, and whether the last line had an end.

use super::mta::{Mta, Said, Told, reply, setup};
use crate::corpus::{corpus, mail};
use crate::wire::client::{Client, Code};
use crate::wire::next_hop::{NextHop, Script};
use congthu::config::Config;
use congthu::tomlfile::Source;
use std::collections::BTreeMap;

/// What became of a letter, as its sender or reader sees it, without the id.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Passed,
    Tagged(String),
    Kept,
    Refused(String),
}

fn without_id(text: &str) -> String {
    let (before, rest) = text.split_once('[').unwrap_or((text, ""));
    let (_, after) = rest.split_once(']').unwrap_or(("", rest));
    format!("{before}{after}")
}

/// A tag's value, unfolded, up to its id.
fn tag(value: &str) -> Fate {
    let words: Vec<&str> = value.split_whitespace().take_while(|w| !w.starts_with("id=")).collect();
    Fate::Tagged(words.join(" "))
}

fn by_milter(said: &[Said]) -> Fate {
    match said {
        [(b'a', _)] => Fate::Passed,
        [(b'i', data), (b'a', _)] => {
            let text = String::from_utf8(data.clone()).unwrap();
            tag(text.strip_prefix("\0\0\0\0X-Congthu\0").unwrap())
        }
        [(b'd', _)] => Fate::Kept,
        [refused] => Fate::Refused(without_id(&reply(refused))),
        _ => panic!("{said:?}"),
    }
}

fn by_smtp(reply: &str, next: &NextHop, sent: &[u8]) -> Fate {
    if !reply.starts_with("250") {
        return Fate::Refused(without_id(reply.trim_end()).replace("\r\n", "\n"));
    }
    if reply.starts_with("250 2.0.0 [") {
        return Fate::Kept;
    }
    let taken = next.messages().pop().unwrap();
    let added = taken.strip_suffix(sent).expect("bytes out differ from bytes in");
    let added = String::from_utf8(added.to_vec()).unwrap();
    added.strip_prefix("X-Congthu:").map_or(Fate::Passed, tag)
}

#[tokio::test]
async fn both_doors_come_to_the_same_verdict_on_every_letter() {
    let Some(rows) = corpus() else { return };
    let next = NextHop::start(Script::new()).await;
    let source = Source::new(
        "test",
        [&b"[smtp]\nupstream = [\""[..], next.upstream().as_bytes(), b"\"]"].concat(),
    );
    let upstream = Config::parse(&source.unwrap()).unwrap().smtp.upstream;
    let setup =
        setup("reinject = \"127.0.0.1:10026\"").with(|config| config.smtp.upstream = upstream);
    let gate = setup.start().await;
    let mut mta = Mta::greeted(&gate).await;
    let mut fates: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, row) in rows.iter().filter(|row| row.kind == "message").enumerate() {
        // Two policies in turn: what one lets pass the other may refuse.
        let to = ["b@here.example", "bdt@binhthuan.gov.vn"][at % 2];
        let sent = Told::of(&mail(&row.path)).rebuilt();
        let asked = by_milter(&mta.letter(to, &sent).await);
        let mut client = Client::hello(gate.address).await;
        client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
        client.ask(&format!("RCPT TO:<{to}>")).await.expect_code("250");
        let proxied = by_smtp(&client.data(&sent).await, &next, &sent);
        assert_eq!(asked, proxied, "{}", row.path.display());
        let name = match asked {
            Fate::Passed => "passed",
            Fate::Tagged(_) => "tagged",
            Fate::Kept => "kept",
            Fate::Refused(_) => "refused",
        };
        *fates.entry(name).or_default() += 1;
    }
    println!("{fates:?}");
    assert!(fates.len() == 4 && fates.values().sum::<usize>() > 2000, "{fates:?}");
}

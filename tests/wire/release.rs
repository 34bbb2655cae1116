//! Kept letters, as the person who judges them finds them: listed, shown, let out, removed.

use super::client::{Client, Code};
use super::gate::{Gate, Setup};
use super::next_hop::{Act, NextHop, Script};
use congthu::store::records::{Files, Line, Record};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// In two pieces, so that this file itself is no test mail.
const GTUBE: [&str; 2] =
    ["XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-", "ANTI-UBE-TEST-EMAIL*C.34X"];

const OFFERED: &[&str] = &["SIZE 100000000", "8BITMIME", "DSN", "XCLIENT ADDR NAME HELO PROTO"];

/// A gate, a next hop, and a configuration by which other processes find both.
pub struct Desk {
    pub gate: Gate,
    pub next: NextHop,
    pub config: PathBuf,
}

pub fn spam(number: usize) -> Vec<u8> {
    let body = GTUBE.concat();
    format!("Subject: x\r\nMessage-ID: <{number}@c.example>\r\n\r\n{body}\r\n.dot\r\n").into_bytes()
}

/// A configuration file by which commands find this gate's letters and its next hop.
pub fn configured(gate: &Gate, upstream: &str) -> PathBuf {
    let config = gate.dir.path().join("congthu.toml");
    let text = format!(
        "[smtp]\nupstream = [{upstream:?}]\nhostname = \"mx.example\"\n[rules]\ndir = {:?}\n\
         [state]\ndir = \"state\"\n[quarantine]\nstore = \"fs:kept\"\n[limits]\nnext_hop_seconds = 20\n",
        Path::new("rules").canonicalize().unwrap(),
    );
    fs::write(&config, text).unwrap();
    config
}

impl Desk {
    pub async fn open(script: Script) -> Desk {
        let next = NextHop::start(script).await;
        let gate = Setup::to(&[next.upstream()]).start().await;
        let config = configured(&gate, &next.upstream());
        Desk { gate, next, config }
    }

    /// Keeps a letter; its id.
    pub async fn keep(&self, message: &[u8]) -> String {
        let reply = Client::letter(self.gate.address, message).await;
        reply.expect_code("250 2.0.0 [");
        reply[reply.find('[').unwrap() + 1..reply.find(']').unwrap()].to_owned()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_congthu"));
        command.arg("quarantine").args(args).arg("--config").arg(&self.config);
        command
    }

    /// Runs it to its end; what it says and its exit code.
    pub async fn run(&self, args: &[&str]) -> (String, Option<i32>) {
        let mut command = self.command(args);
        // The next hop is served by this thread meanwhile.
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        said(&output)
    }

    pub async fn release(&self, id: &str, more: &[&str]) -> (String, Option<i32>) {
        let args = [&["release", id, "--by", "khoa", "--reason", "asked for"], more].concat();
        self.run(&args).await
    }

    /// What was done with letters: what, by whom.
    pub fn deeds(&self) -> Vec<String> {
        let lines = Files::of(&self.gate.dir.path().join("state")).actions().unwrap();
        let deed = |line| match line {
            Ok(Line::Record(Record::Action(deed))) => {
                format!("{} {} by {}", deed.id, deed.what, deed.by)
            }
            other => panic!("{other:?}"),
        };
        lines.map(deed).collect()
    }
}

pub fn said(output: &Output) -> (String, Option<i32>) {
    let text = [&output.stdout[..], &output.stderr].concat();
    (String::from_utf8(text).unwrap(), output.status.code())
}

#[tokio::test]
async fn a_released_letter_arrives_as_it_came_with_its_envelope_and_its_client() {
    let desk = Desk::open(Script::offering(OFFERED)).await;
    let mut client = Client::hello(desk.gate.address).await;
    client.ask("MAIL FROM:<a@client.example> RET=HDRS ENVID=QQ314159").await.expect_code("250");
    let rcpt = "<b@here.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@here.example";
    client.ask(&format!("RCPT TO:{rcpt}")).await.expect_code("250");
    let reply = client.data(&spam(1)).await;
    let id = reply[reply.find('[').unwrap() + 1..reply.find(']').unwrap()].to_owned();
    let before = desk.next.commands("MAIL").len();
    let (text, code) = desk.run(&["list"]).await;
    assert!(code == Some(0) && text.contains(&id) && text.contains("waiting (new)"), "{text}");
    assert!(text.contains("spam.score"), "{text}");
    let (text, code) = desk.release(&id, &[]).await;
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(desk.next.messages(), [spam(1)]);
    let mail = &desk.next.commands("MAIL")[before..];
    assert_eq!(mail, ["MAIL FROM:<a@client.example> RET=HDRS ENVID=QQ314159"]);
    assert_eq!(desk.next.commands("RCPT").last().unwrap(), &format!("RCPT TO:{rcpt}"));
    let xclient = desk.next.commands("XCLIENT").pop().unwrap();
    assert!(
        xclient.contains("ADDR=127.0.0.1") && xclient.contains("HELO=client.example"),
        "{xclient}"
    );
    // Once is enough.
    let (text, code) = desk.release(&id, &[]).await;
    assert!(code == Some(66) && text.contains("all recipients have it already"), "{text}");
    assert_eq!(desk.next.messages().len(), 1);
    assert_eq!(desk.deeds(), [format!("{id} releasing by khoa"), format!("{id} released by khoa")]);
    let (text, _) = desk.run(&["list"]).await;
    assert!(text.contains("0 letters"), "{text}");
    let (text, _) = desk.run(&["list", "--all"]).await;
    assert!(text.contains("released"), "{text}");
}

#[tokio::test]
async fn without_a_reason_nothing_goes_out_or_away() {
    let desk = Desk::open(Script::new()).await;
    let id = desk.keep(&spam(1)).await;
    for verb in ["release", "delete"] {
        let (text, code) = desk.run(&[verb, &id]).await;
        assert!(code == Some(64) && text.contains("--reason is missing"), "{text}");
    }
    assert!(desk.next.messages().is_empty() && desk.deeds().is_empty());
    assert!(desk.run(&["show", "1K0VK0XETFP"]).await.0.contains("no such letter"));
    assert!(desk.run(&["show", "../x"]).await.0.contains("is no transaction id"));
}

#[tokio::test]
async fn what_the_next_hop_refuses_stays_and_can_be_tried_again() {
    let script = Script::offering(OFFERED)
        .on("RCPT", Act::Say("250 2.1.5 ok"))
        .on("RCPT", Act::Say("450 4.2.1 busy"))
        .on("DOT", Act::Say("452 4.3.1 full"));
    let desk = Desk::open(script).await;
    let id = desk.keep(&spam(1)).await;
    for words in ["450 4.2.1 busy", "452 4.3.1 full"] {
        let (text, code) = desk.release(&id, &[]).await;
        assert!(code == Some(66) && text.contains(words), "{text}");
        assert!(desk.run(&["list", "--json"]).await.0.contains("\"state\":\"waiting\""));
    }
    let (text, code) = desk.release(&id, &[]).await;
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(desk.next.messages(), [spam(1)]);
}

#[tokio::test]
async fn a_lost_answer_is_perhaps_and_is_not_sent_again_by_itself() {
    for act in [Act::Close, Act::TakeClose] {
        let desk = Desk::open(Script::offering(OFFERED).on("DOT", act)).await;
        let id = desk.keep(&spam(7)).await;
        let (text, code) = desk.release(&id, &[]).await;
        assert!(code == Some(66) && text.contains("perhaps released"), "{text}");
        assert!(text.contains("Message-ID: <7@c.example>"), "{text}");
        let arrived = desk.next.messages().len();
        let (text, code) = desk.release(&id, &[]).await;
        assert!(code == Some(66) && text.contains("perhaps delivered"), "{text}");
        assert!(text.contains("Message-ID: <7@c.example>"), "{text}");
        assert_eq!(desk.next.messages().len(), arrived);
        let (text, _) = desk.run(&["list"]).await;
        assert!(text.contains("perhaps"), "{text}");
        // A person has looked, and says so.
        let (text, code) = desk.release(&id, &["--again"]).await;
        assert_eq!(code, Some(0), "{text}");
        assert_eq!(desk.next.messages().len(), arrived + 1);
    }
}

#[tokio::test]
async fn some_recipients_now_and_the_others_later() {
    let script = Script::offering(OFFERED);
    let desk = Desk::open(script).await;
    let mut client = Client::hello(desk.gate.address).await;
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
    client.ask("RCPT TO:<c@here.example>").await.expect_code("250");
    let reply = client.data(&spam(1)).await;
    let id = reply[reply.find('[').unwrap() + 1..reply.find(']').unwrap()].to_owned();
    let busy = Script::offering(OFFERED).on("RCPT", Act::Say("450 4.2.1 b is busy"));
    desk.next
        .plays(busy.on("RCPT", Act::Say("250 ok")).on("RCPT", Act::Say("450 4.2.1 b is busy")));
    let (text, code) = desk.release(&id, &[]).await;
    assert!(code == Some(66) && text.contains("released in part: b@here.example: 450"), "{text}");
    assert_eq!(desk.next.messages().len(), 1);
    let before = desk.next.commands("RCPT").len();
    let (text, code) = desk.release(&id, &[]).await;
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(desk.next.commands("RCPT")[before..], ["RCPT TO:<b@here.example>".to_owned()]);
    assert_eq!(desk.next.messages().len(), 2);
}

#[tokio::test]
async fn a_pass_covers_what_was_seen_and_nothing_new() {
    let desk = Desk::open(Script::new()).await;
    let id = desk.keep(&spam(1)).await;
    // The letter was kept for its score; since then every letter is too large.
    let rules = desk.gate.dir.path().join("rules");
    fs::create_dir(&rules).unwrap();
    for entry in fs::read_dir("rules").unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_file() {
            let text = fs::read_to_string(&entry).unwrap();
            let text = text.replace("message  = 76000000", "message  = 20");
            fs::write(rules.join(entry.file_name().unwrap()), text).unwrap();
        }
    }
    let config = fs::read_to_string(&desk.config).unwrap();
    let own = format!("dir = {:?}", Path::new("rules").canonicalize().unwrap());
    fs::write(&desk.config, config.replace(&own, "dir = \"rules\"")).unwrap();
    let (text, code) = desk.release(&id, &[]).await;
    assert!(
        code == Some(66) && text.contains("not released: size.message would stop it"),
        "{text}"
    );
    assert!(desk.next.messages().is_empty() && desk.deeds().is_empty());
    let (text, code) = desk.release(&id, &["--pass", "size.message"]).await;
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(desk.next.messages(), [spam(1)]);
}

#[tokio::test]
async fn a_deleted_letter_leaves_its_record_only() {
    let desk = Desk::open(Script::new()).await;
    let id = desk.keep(&spam(1)).await;
    let (text, code) = desk.run(&["show", &id, "--by", "lan"]).await;
    assert!(code == Some(0) && text.contains("spam.score → quarantine"), "{text}");
    let (text, code) = desk.run(&["show", &id, "--message", "--by", "lan"]).await;
    assert_eq!((text.into_bytes(), code), (spam(1), Some(0)));
    let out = desk.gate.dir.path().join("out");
    let (text, code) = desk.run(&["export", &id, "-o", out.to_str().unwrap(), "--by", "lan"]).await;
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(fs::read(out.join(format!("{id}.eml"))).unwrap(), spam(1));
    let (text, code) = desk.run(&["delete", &id, "--by", "lan", "--reason", "spam"]).await;
    assert_eq!((text, code), (format!("{id}: deleted\n"), Some(0)));
    assert!(!desk.gate.kept().join(&id).exists());
    assert_eq!(fs::read_dir(desk.gate.kept().join("tmp")).unwrap().count(), 0);
    let words = ["viewed", "read", "exported", "deleted"];
    assert_eq!(desk.deeds(), words.map(|what| format!("{id} {what} by lan")));
    assert!(desk.run(&["list", "--all"]).await.0.contains("0 letters"));
}

#[tokio::test]
async fn two_at_once_release_it_once() {
    let desk = Desk::open(Script::offering(OFFERED)).await;
    let id = desk.keep(&spam(1)).await;
    let both = tokio::join!(desk.release(&id, &[]), desk.release(&id, &[]));
    let codes = [both.0.1, both.1.1];
    assert!(codes.contains(&Some(0)) && codes.contains(&Some(66)), "{both:?}");
    assert_eq!(desk.next.messages(), [spam(1)]);
}

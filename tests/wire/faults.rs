//! Clients that go wrong: gone at any byte, garbage, too many, too slow.

use super::client::{Client, Code};
use super::gate::Setup;
use super::next_hop::{Act, NextHop, Script};
use crate::support::Small;
use std::fs;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LETTER: &[u8] = b"Subject: x\r\n\r\nbody\r\n";

#[tokio::test]
async fn a_client_gone_at_any_byte_delivers_nothing() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let said: &[u8] = b"EHLO c.example\r\nMAIL FROM:<a@c.example>\r\nRCPT TO:<b@here.example>\r\n\
        DATA\r\nSubject: x\r\n\r\n.. body\r\n.\r\n";
    for cut in 0..said.len() {
        let mut stream = TcpStream::connect(gate.address).await.unwrap();
        stream.write_all(&said[..cut]).await.unwrap();
        stream.shutdown().await.unwrap();
        // The gate closes when it has understood that nothing more comes.
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    }
    next.left_alone().await;
    assert!(next.messages().is_empty());
    assert!(next.commands("DATA").is_empty());
    // Nothing is left in the way of an ordinary letter.
    Client::letter(gate.address, LETTER).await.expect_code("250");
}

#[tokio::test]
async fn a_client_gone_while_the_letter_is_handed_on_delivers_nothing() {
    let next = NextHop::start(Script::new().on("DATA", Act::Silence)).await;
    let hour = Duration::from_secs(3600);
    let setup = Setup::to(&[next.upstream()]).in_times(|times| times.command = hour);
    let gate = setup.start().await;
    let mut client = Client::recipient(gate.address).await;
    client.ask("DATA").await.expect_code("354");
    client.raw(b"x\r\n.\r\n").await;
    next.hears("DATA").await;
    drop(client);
    // The next hop never answers and is never timed out: only the lost client ends this.
    next.left_alone().await;
    assert!(next.messages().is_empty());
}

#[tokio::test]
async fn commands_piped_in_one_go_are_answered_though_the_writer_has_closed() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).start().await;
    let mut stream = TcpStream::connect(gate.address).await.unwrap();
    let said = b"EHLO c.example\r\nMAIL FROM:<a@c.example>\r\nRCPT TO:<b@here.example>\r\n\
        DATA\r\nx\r\n.\r\nQUIT\r\n";
    stream.write_all(said).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.unwrap();
    let codes: Vec<&str> =
        heard.lines().filter(|l| l.as_bytes()[3] == b' ').map(|l| &l[..3]).collect();
    assert_eq!(codes, ["220", "250", "250", "250", "354", "250", "221"]);
    assert_eq!(next.messages(), [b"x\r\n"]);
}

#[tokio::test]
async fn garbage_and_binary_end_in_one_clear_reply() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).with(|c| c.limits.errors = 3).start().await;
    let tls = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n\n\n\n";
    for garbage in [&tls[..], &b"\n".repeat(10), &[0xff; 2_000_000], b"GET / HTTP/1.1\r\n\r\n"] {
        let mut stream = TcpStream::connect(gate.address).await.unwrap();
        let _ = stream.write_all(garbage).await;
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
        drop(stream);
        let heard = String::from_utf8(heard).unwrap();
        let last = heard.lines().last().unwrap_or_default();
        assert!(last.is_empty() || last.starts_with("421") || last.starts_with("220"), "{heard}");
    }
    Client::letter(gate.address, LETTER).await.expect_code("250");
}

#[tokio::test]
async fn sessions_are_counted_in_all_and_per_client() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).with(|c| c.limits.per_client = 2).start().await;
    let one = Client::hello(gate.address).await;
    let two = Client::hello(gate.address).await;
    Client::connect(gate.address).await.greeting.expect_code("421 4.3.2 Too many");
    drop((one, two));
    // A place is free once the gate has seen that the client is gone.
    loop {
        let client = Client::connect(gate.address).await;
        if client.greeting.starts_with("220") {
            break;
        }
    }
    let gate = Setup::to(&[next.upstream()]).with(|c| c.limits.connections = 1).start().await;
    let _one = Client::hello(gate.address).await;
    Client::connect(gate.address).await.greeting.expect_code("421 4.3.2 Too many");
}

#[tokio::test]
async fn an_idle_client_and_an_endless_session_are_sent_away() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).with(|c| c.limits.idle_seconds = 0).start().await;
    Client::connect(gate.address).await.reply().await.expect_code("421 4.4.2 Idle");
    let gate = Setup::to(&[next.upstream()]).with(|c| c.limits.session_seconds = 0).start().await;
    Client::connect(gate.address).await.reply().await.expect_code("421 4.4.2 The session");
    let gate = Setup::to(&[next.upstream()]).with(|c| c.limits.data_seconds = 0).start().await;
    let mut client = Client::recipient(gate.address).await;
    client.ask("DATA").await.expect_code("354");
    client.reply().await.expect_code("421 4.4.2 The message");
    assert!(next.messages().is_empty());
}

#[tokio::test]
async fn no_memory_is_a_452_and_the_session_goes_on() {
    let next = NextHop::start(Script::new()).await;
    let setup = Setup::to(&[next.upstream()]).with(|c| {
        c.limits.arrival_memory = 1024;
        c.spool.memory = 1024;
    });
    let gate = setup.start().await;
    let mut first = Client::recipient(gate.address).await;
    first.ask("DATA").await.expect_code("354");
    let mut second = Client::recipient(gate.address).await;
    second.ask("DATA").await.expect_code("452 4.3.1");
    first.raw(b"x\r\n.\r\n").await;
    first.reply().await.expect_code("250");
    second.ask("DATA").await.expect_code("354");
    second.raw(b"y\r\n.\r\n").await;
    second.reply().await.expect_code("250");
    assert_eq!(next.messages(), [b"x\r\n", b"y\r\n"]);
}

#[tokio::test]
async fn an_unwritable_spool_is_a_452() {
    let next = NextHop::start(Script::new()).await;
    let setup = Setup::to(&[next.upstream()]).with(|c| {
        c.spool.memory = 10;
        c.spool.dir = "/nonexistent".into();
    });
    let gate = setup.start().await;
    Client::letter(gate.address, &b"line\r\n".repeat(50_000)).await.expect_code("452 4.3.1");
    assert!(next.messages().is_empty());
}

#[tokio::test]
async fn a_stop_finishes_the_message_at_hand_and_sends_the_idle_away() {
    let next = NextHop::start(Script::new()).await;
    let mut gate = Setup::to(&[next.upstream()]).start().await;
    let mut idle = Client::hello(gate.address).await;
    let mut early = Client::recipient(gate.address).await;
    let mut busy = Client::recipient(gate.address).await;
    busy.ask("DATA").await.expect_code("354");
    busy.raw(b"half ").await;
    let serving = gate.serving.take().unwrap();
    gate.stop.cancel();
    idle.reply().await.expect_code("421 4.3.2 Shutting down");
    early.reply().await.expect_code("421 4.3.2 Shutting down");
    busy.raw(b"whole\r\n.\r\n").await;
    busy.reply().await.expect_code("250");
    busy.reply().await.expect_code("421 4.3.2");
    serving.await.unwrap();
    assert_eq!(next.messages(), [b"half whole\r\n"]);
    assert!(TcpStream::connect(gate.address).await.is_err());
}

#[tokio::test]
async fn a_client_that_never_stops_hears_why_it_was_cut_off() {
    let next = NextHop::start(Script::offering(&["SIZE 100000"])).await;
    let gate = Setup::to(&[next.upstream()]).observing().start().await;
    let mut client = Client::recipient(gate.address).await;
    client.ask("DATA").await.expect_code("354");
    // Written to the end though the gate stops listening at twice SIZE.
    let _ = client.stream.write_all(&b"more and more of it\r\n".repeat(100_000)).await;
    client.reply().await.expect_code("552 5.3.4");
    assert!(next.messages().is_empty());
}

#[tokio::test]
async fn a_maildir_that_cannot_be_written_is_down_until_it_can() {
    let dir = tempfile::tempdir().unwrap();
    let gate = Setup::to(&[format!("maildir:{}", dir.path().display())]).start().await;
    let mut client = Client::recipient(gate.address).await;
    fs::remove_dir(dir.path().join("new")).unwrap();
    fs::write(dir.path().join("new"), b"a file where a folder should be").unwrap();
    client.data(LETTER).await.expect_code("451 4.4.1 [");
    assert!(gate.relay.is_down());
    assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("451 4.4.1 [");
    Client::connect(gate.address).await.greeting.expect_code("421 4.3.2");
    fs::remove_file(dir.path().join("new")).unwrap();
    client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
    client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
    client.data(LETTER).await.expect_code("250 2.0.0");
    assert!(!gate.relay.is_down());
    assert_eq!(fs::read_dir(dir.path().join("new")).unwrap().count(), 1);
}

#[tokio::test]
async fn a_maildir_on_a_full_disk_is_a_452_and_leaves_nothing() {
    let Some(small) = Small::mount() else {
        println!("skipped: cannot mount a small file system");
        return;
    };
    let dir = small.0.path().join("Maildir");
    let gate = Setup::to(&[format!("maildir:{}", dir.display())]).observing().start().await;
    let large = b"a line of a letter that does not fit\r\n".repeat(20_000);
    Client::letter(gate.address, &large).await.expect_code("452 4.3.1 [");
    for folder in ["tmp", "new"] {
        assert_eq!(fs::read_dir(dir.join(folder)).unwrap().count(), 0, "{folder}");
    }
    gate.relay.probe().await;
    Client::letter(gate.address, LETTER).await.expect_code("250 2.0.0");
    assert_eq!(fs::read_dir(dir.join("new")).unwrap().count(), 1);
}

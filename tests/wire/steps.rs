//! A fault at every step, on either side: each letter ends exactly once, and the next one passes.
//!
//! The books: what was counted as relayed or kept is there in exactly one copy, an answer 250
//! means just that, and only `unknown` may leave a copy behind that nobody was told of.

use super::client::{Client, stuffed};
use super::gate::{Gate, Setup};
use super::next_hop::{Act, NextHop, Script};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// In two pieces, so that this file itself is no test mail.
const GTUBE: [&str; 2] =
    ["XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-", "ANTI-UBE-TEST-EMAIL*C.34X"];

/// Long enough that only a hang reaches it.
const HANG: Duration = Duration::from_secs(60);

/// The counters of this thread; a test runs on one.
fn recorder() -> (PrometheusRecorder, PrometheusHandle) {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    (recorder, handle)
}

/// `congthu_outcomes_total` by outcome.
fn outcomes(metrics: &PrometheusHandle) -> BTreeMap<String, usize> {
    let text = metrics.render();
    let lines = text.lines().filter_map(|l| l.strip_prefix("congthu_outcomes_total{outcome=\""));
    lines
        .map(|line| {
            let (name, rest) = line.split_once('"').unwrap();
            (name.to_owned(), rest.rsplit(' ').next().unwrap().parse().unwrap())
        })
        .collect()
}

/// What a sender knows at the end.
#[derive(Debug, Default)]
struct Told {
    /// DATA or BDAT was let in.
    begun: bool,
    /// The reply to the message, or the one that ended it before; empty: none.
    reply: String,
}

/// Says all of a letter as far as it is let.
async fn send(gate: SocketAddr, letter: &[u8], chunked: bool) -> Told {
    let mut told = Told::default();
    let mut client = Client::connect(gate).await;
    told.reply = client.greeting.clone();
    for line in ["EHLO c.example", "MAIL FROM:<a@c.example>", "RCPT TO:<b@here.example>"] {
        if !told.reply.starts_with('2') {
            return told;
        }
        told.reply = client.ask(line).await;
    }
    if !told.reply.starts_with("250") {
        return told;
    }
    if chunked {
        let (one, two) = letter.split_at(letter.len() / 2);
        for (chunk, last) in [(one, ""), (two, " LAST")] {
            let _ =
                client.stream.write_all(format!("BDAT {}{last}\r\n", chunk.len()).as_bytes()).await;
            let _ = client.stream.write_all(chunk).await;
            told.reply = client.reply().await;
            told.begun = true;
        }
        return told;
    }
    told.reply = client.ask("DATA").await;
    if told.reply.starts_with("354") {
        told.begun = true;
        let _ = client.stream.write_all(&stuffed(letter)).await;
        told.reply = client.reply().await;
    }
    told
}

/// One gate, one next hop, and the books over both.
struct Books {
    next: NextHop,
    gate: Gate,
    metrics: PrometheusHandle,
    /// Letters whose content began.
    begun: usize,
    number: usize,
}

impl Books {
    fn letter(&mut self, size: usize) -> (String, Vec<u8>) {
        self.number += 1;
        let number = format!("X-Number: {}.\r\n", self.number);
        let line = "a line of a letter, neither short nor long, and nothing in it\r\n";
        let body = line.repeat(size / line.len() + 1);
        (number.clone(), format!("{number}Subject: x\r\n\r\n{body}").into_bytes())
    }

    fn copies(&self, number: &str) -> usize {
        let relayed = self.next.messages();
        relayed.iter().filter(|letter| letter.starts_with(number.as_bytes())).count()
    }

    /// Waits until every letter is in the books, and returns what came to them since `before`.
    async fn settled(&self, before: &BTreeMap<String, usize>) -> BTreeMap<String, usize> {
        let all = async {
            while outcomes(&self.metrics).values().sum::<usize>() < self.begun {
                tokio::task::yield_now().await;
            }
        };
        timeout(HANG, all).await.unwrap_or_else(|_| panic!("{:?}", outcomes(&self.metrics)));
        let mut now = outcomes(&self.metrics);
        assert_eq!(now.values().sum::<usize>(), self.begun, "{now:?}");
        now.retain(|name, count| {
            *count -= before.get(name).copied().unwrap_or_default();
            *count > 0
        });
        now
    }

    /// A letter under these acts: its one outcome, if its content began.
    async fn try_one(&mut self, row: &str, script: Script, size: usize, chunked: bool) {
        self.next.plays(script);
        let before = outcomes(&self.metrics);
        let (number, letter) = self.letter(size);
        let told = timeout(HANG, send(self.gate.address, &letter, chunked)).await;
        let told = told.unwrap_or_else(|_| panic!("{row}: hangs"));
        self.begun += usize::from(told.begun);
        let came = self.settled(&before).await;
        let copies = self.copies(&number);
        let relayed = came.contains_key("relayed");
        assert_eq!(
            told.begun && told.reply.starts_with("250"),
            relayed,
            "{row}: {told:?} {came:?}"
        );
        match came.contains_key("unknown") {
            true => assert!(copies <= 1, "{row}: {copies} copies"),
            false => assert_eq!(copies, usize::from(relayed), "{row}: {told:?} {came:?}"),
        }
        let told = told.reply.get(..1).unwrap_or("-");
        assert!("245".contains(told), "{row}: no answer");
    }

    /// The gate serves on as soon as the next hop does.
    async fn serves_on(&mut self, row: &str, at_once: bool, chunked: bool) {
        self.next.plays(Script::offering(OFFERED));
        let serving = async {
            loop {
                let (number, letter) = self.letter(100);
                let told = send(self.gate.address, &letter, chunked).await;
                self.begun += usize::from(told.begun);
                if told.reply.starts_with("250") {
                    return assert_eq!(self.copies(&number), 1, "{row}: the letter after it");
                }
                assert!(!at_once, "{row}: the letter after it: {told:?}");
            }
        };
        timeout(HANG, serving).await.unwrap_or_else(|_| panic!("{row}: does not serve on"));
    }
}

const OFFERED: &[&str] = &["SIZE 100000000", "8BITMIME", "CHUNKING", "XCLIENT ADDR"];

async fn books(metrics: PrometheusHandle, setup: impl FnOnce(Setup) -> Setup) -> Books {
    let next = NextHop::start(Script::offering(OFFERED)).await;
    let gate = setup(Setup::to(&[next.upstream()]).observing()).start().await;
    Books { next, gate, metrics, begun: 0, number: 0 }
}

const BY_DATA: &[&str] = &["GREETING", "EHLO", "XCLIENT", "MAIL", "RCPT", "DATA", "CONTENT", "DOT"];
const BY_BDAT: &[&str] = &["NOOP", "OCTETS", "DOT"];

/// Every step of the next hop with its way of sending, small and large letters as it needs.
fn steps() -> impl Iterator<Item = (&'static str, bool, usize)> {
    let data = BY_DATA.iter().map(|verb| (*verb, false));
    let both = data.chain(BY_BDAT.iter().map(|verb| (*verb, true)));
    // Buffers of sockets hold a few megabytes: only what is larger is broken off in the middle.
    both.map(|(verb, chunked)| (verb, chunked, if verb == "CONTENT" { 8 << 20 } else { 200 }))
}

/// The same act once, which may be mended, or as often as the step comes.
fn playing(verb: &'static str, act: &Act, times: usize) -> Script {
    (0..times).fold(Script::offering(OFFERED), |script, _| script.on(verb, act.clone()))
}

#[tokio::test]
async fn a_next_hop_that_fails_at_any_step_loses_and_doubles_nothing() {
    let (recorder, metrics) = recorder();
    let _guard = ::metrics::set_default_local_recorder(&recorder);
    let mut books = books(metrics, |setup| setup).await;
    let acts = [
        Act::Close,
        Act::Say("451 4.3.0 not now"),
        Act::Say("554 5.7.0 never"),
        Act::SayClose("421 4.3.2 leaving"),
        Act::Say("what?"),
        Act::TakeClose,
    ];
    for (verb, chunked, size) in steps() {
        for act in &acts {
            for (times, abrupt) in [(1, false), (1, true), (8, false), (8, true)] {
                // In the middle of a message nothing is mended, so once is as often as it comes.
                if verb == "CONTENT" && times > 1 {
                    continue;
                }
                let row = format!("{verb} {act:?} ×{times}, abrupt: {abrupt}, BDAT: {chunked}");
                let script = playing(verb, act, times);
                let script = if abrupt { script.abrupt() } else { script };
                books.try_one(&row, script, size, chunked).await;
                books.serves_on(&row, true, chunked).await;
            }
        }
    }
    let all = outcomes(&books.metrics);
    for outcome in ["relayed", "deferred", "refused", "unknown"] {
        assert!(all.contains_key(outcome), "never {outcome}: {all:?}");
    }
}

#[tokio::test]
async fn a_next_hop_that_falls_silent_at_any_step_loses_and_doubles_nothing() {
    let (recorder, metrics) = recorder();
    let _guard = ::metrics::set_default_local_recorder(&recorder);
    let short = |setup: Setup| {
        setup.in_times(|times| {
            times.command = Duration::from_millis(100);
            times.answer = Duration::from_millis(500);
        })
    };
    let mut books = books(metrics, short).await;
    for (verb, chunked, size) in steps() {
        for times in [1, 8] {
            let row = format!("{verb} silence ×{times}, BDAT: {chunked}");
            books.try_one(&row, playing(verb, &Act::Silence, times), size, chunked).await;
            // On a busy machine even a willing next hop may be late for so short a patience.
            books.serves_on(&row, false, chunked).await;
        }
    }
}

/// What a client says, step by step; after each it may be gone.
fn said(letter: &[u8], chunked: bool) -> Vec<Vec<u8>> {
    let (one, two) = letter.split_at(letter.len() / 2);
    let mut steps: Vec<Vec<u8>> =
        ["EHLO c.example\r\n", "MAIL FROM:<a@c.example>\r\n", "RCPT TO:<b@here.example>\r\n"]
            .map(|line| line.as_bytes().to_vec())
            .into();
    match chunked {
        true => steps.extend([
            format!("BDAT {}\r\n", one.len()).into_bytes(),
            one.to_vec(),
            format!("BDAT {} LAST\r\n", two.len()).into_bytes(),
            two.to_vec(),
        ]),
        false => {
            steps.extend([b"DATA\r\n".to_vec(), one.to_vec(), two.to_vec(), b".\r\n".to_vec()]);
        }
    }
    steps
}

#[tokio::test]
async fn a_client_gone_after_any_step_loses_and_doubles_nothing() {
    let (recorder, metrics) = recorder();
    let _guard = ::metrics::set_default_local_recorder(&recorder);
    let mut books = books(metrics, |setup| setup).await;
    for (chunked, abrupt) in [(false, false), (false, true), (true, false), (true, true)] {
        for gone_after in 0..=7 {
            let row = format!("gone after {gone_after}, abrupt: {abrupt}, BDAT: {chunked}");
            let before = outcomes(&books.metrics);
            let (number, letter) = books.letter(400_000);
            let stream = TcpStream::connect(books.gate.address).await.unwrap();
            if abrupt {
                stream.set_zero_linger().unwrap();
            }
            let mut client = Client::over(stream).await;
            for (at, step) in said(&letter, chunked).iter().take(gone_after).enumerate() {
                client.raw(step).await;
                let asks = at < 3 || (at == 3 && !chunked) || (at == 4 && chunked);
                if asks {
                    client.reply().await;
                }
            }
            // BDAT's first command has no answer of its own: only its octets show it as let in.
            books.begun += usize::from(gone_after >= if chunked { 5 } else { 4 });
            drop(client);
            if !(chunked && gone_after == 4) {
                let came = books.settled(&before).await;
                let whole = came.contains_key("relayed");
                assert_eq!(books.copies(&number), usize::from(whole), "{row}: {came:?}");
                assert!(gone_after == 7 || !whole, "{row}: {came:?}");
            } else {
                books.next.left_alone().await;
                books.begun = outcomes(&books.metrics).values().sum();
                assert_eq!(books.copies(&number), 0, "{row}");
            }
            books.serves_on(&row, true, chunked).await;
        }
    }
    assert!(outcomes(&books.metrics).contains_key("abandoned"));
}

#[tokio::test]
async fn a_store_or_spool_that_fails_loses_and_doubles_nothing() {
    let (recorder, metrics) = recorder();
    let _guard = ::metrics::set_default_local_recorder(&recorder);
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).with(|c| {
        (c.spool.memory, c.spool.dir) = (10, c.spool.dir.join("spool"));
        fs::create_dir(&c.spool.dir).unwrap();
    });
    let gate = gate.start().await;
    let spam = format!("Subject: x\r\n\r\n{}\r\n", GTUBE.concat()).into_bytes();
    let plain = b"Subject: x\r\n\r\nplain\r\n".to_vec();
    let large = [&plain[..], &b"line\r\n".repeat(100_000)].concat();
    // Beside letters there are `tmp` and `secret`.
    let kept = || fs::read_dir(gate.kept()).map(Iterator::count).unwrap_or(2) - 2;
    let told = async |letter: &[u8]| send(gate.address, letter, false).await.reply;
    assert!(told(&spam).await.starts_with("250") && kept() == 1);
    let (aside, kept_dir) = (gate.dir.path().join("aside"), gate.kept());
    fs::rename(&kept_dir, &aside).unwrap();
    fs::write(&kept_dir, b"no folder").unwrap();
    assert!(told(&spam).await.starts_with("452"));
    assert!(told(&plain).await.starts_with("250"));
    fs::remove_file(&kept_dir).unwrap();
    fs::rename(&aside, &kept_dir).unwrap();
    assert!(told(&spam).await.starts_with("250") && kept() == 2);
    let spool = gate.dir.path().join("spool");
    fs::remove_dir(&spool).unwrap();
    assert!(told(&large).await.starts_with("452"));
    fs::create_dir(&spool).unwrap();
    assert!(told(&large).await.starts_with("250"));
    assert_eq!(next.messages(), [plain, large]);
    let want = [("deferred", 2), ("kept", 2), ("relayed", 2)].map(|(k, v)| (k.to_owned(), v));
    assert_eq!(outcomes(&metrics), BTreeMap::from(want));
}

#[tokio::test]
async fn a_next_hop_of_five_connections_gets_every_letter_of_twenty_clients_once() {
    let (recorder, metrics) = recorder();
    let _guard = ::metrics::set_default_local_recorder(&recorder);
    let next = NextHop::start(Script::new().at_most(5)).await;
    let gate = Setup::to(&[next.upstream()]).observing().start().await;
    let address = gate.address;
    let clients: Vec<_> = (0..20)
        .map(|client| {
            tokio::spawn(async move {
                let mut begun = 0;
                for number in 0..5 {
                    let letter = format!("X-Number: {client}.{number}\r\n\r\nbody\r\n");
                    // A sender comes back after a 4xx.
                    loop {
                        let told = send(address, letter.as_bytes(), false).await;
                        begun += usize::from(told.begun);
                        match told.reply.get(..1) {
                            Some("2") => break,
                            Some("4") => tokio::task::yield_now().await,
                            _ => panic!("{told:?}"),
                        }
                    }
                }
                begun
            })
        })
        .collect();
    let mut begun = 0;
    for client in clients {
        begun += timeout(HANG, client).await.expect("a client starves").unwrap();
    }
    let mut letters = next.messages();
    letters.sort();
    letters.dedup();
    assert_eq!((letters.len(), next.messages().len()), (100, 100));
    let all = outcomes(&metrics);
    assert_eq!((all["relayed"], all.values().sum::<usize>()), (100, begun), "{all:?}");
    assert!(next.commands("EHLO").len() >= 100);
}

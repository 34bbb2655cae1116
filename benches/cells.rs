//! The cells of the table: a mix at so many connections, before each peer in turn.
//!
//! Interleaved, repetition by repetition: whatever else the machine does falls on all alike.

use crate::figures;
use crate::mails::Mix;
use crate::servers::{self, Gate, Sink};
use crate::support::{Postfix, Server};
use crate::worst;
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Mixes and connections.
pub const CELLS: &[(char, usize)] = &[('a', 1), ('a', 10), ('b', 10), ('c', 10), ('d', 4)];

/// What is asked of a run.
pub struct Run {
    /// The lab's generator and sink, where they are there.
    pub lab: Option<PathBuf>,
    pub mails: PathBuf,
    /// Of load in each cell and repetition.
    pub seconds: f64,
    pub repetitions: usize,
    /// No repetition is begun after this time.
    pub within: Duration,
}

/// Who was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    Sink,
    /// HAProxy in TCP mode.
    Copier,
    Gate,
    Postfix,
}

impl Peer {
    /// In the order of measurement and of the table.
    pub const ALL: [Peer; 4] = [Peer::Sink, Peer::Copier, Peer::Gate, Peer::Postfix];
}

/// One peer in one cell, once.
pub struct Row {
    pub cell: (char, usize),
    pub peer: Peer,
    /// Letters a second that arrived.
    pub rate: f64,
    pub ok: f64,
    pub bad: f64,
    /// From the last byte to the answer, in milliseconds: median, 95th and 99th percentile.
    pub dot: [f64; 3],
    /// Seconds of processor time.
    pub cpu: f64,
    /// The share of all processors that went to work that is none of ours.
    pub others: f64,
    /// Peak, in MB; 0 where it is a family of processes.
    pub rss: f64,
    pub trouble: String,
}

/// All that was measured.
pub struct Results {
    pub rows: Vec<Row>,
    /// Resident after the start, in MB.
    pub idle: f64,
    /// Peak with 50 messages of 20 MB in flight, in MB, and the row of it.
    pub in_flight: (f64, Row),
    /// Small mail while large mail is analysed: the 95th percentile in ms, and how many large.
    pub beside: (f64, Row),
    /// The dearest letter of 64 MB that is known, and its seconds of processor time.
    pub worst: (&'static str, f64),
    pub repetitions: usize,
    pub postfix: bool,
}

impl Run {
    /// Measures everything.
    pub fn measure(&self) -> Results {
        let began = Instant::now();
        let sink = Sink::start(self.lab.as_deref());
        let gate = Gate::start(sink.port, "");
        let idle = figures::rss(gate.server.pid());
        let (copier, postfix) = (servers::copier(sink.port), servers::postfix(sink.port));
        let (copier_at, postfix_at) = (copier.as_ref(), postfix.as_ref());
        let all =
            Peers { run: self, sink: &sink, copier: copier_at, gate: &gate, postfix: postfix_at };
        let mut rows = Vec::new();
        for peer in [Peer::Gate, Peer::Postfix] {
            // Every worker once, caches and pools filled.
            all.cell(('a', 8), peer, 0.5);
        }
        let mut repetitions = 0;
        while repetitions < self.repetitions && began.elapsed() < self.within {
            for cell in CELLS {
                for peer in Peer::ALL {
                    rows.extend(all.cell(*cell, peer, self.seconds));
                }
            }
            repetitions += 1;
            eprintln!("repetition {repetitions} after {:.0} s", began.elapsed().as_secs_f64());
        }
        let has_postfix = postfix.is_some();
        drop((copier, gate, postfix));
        let (in_flight, beside) = (self.in_flight(&sink), self.beside(&sink));
        let worst = worst::measure();
        Results { rows, idle, in_flight, beside, worst, repetitions, postfix: has_postfix }
    }

    /// A fresh gate with 50 messages of 20 MB at once.
    fn in_flight(&self, sink: &Sink) -> (f64, Row) {
        let gate = Gate::start(sink.port, "");
        let all = Peers { run: self, sink, copier: None, gate: &gate, postfix: None };
        let load = self.load(gate.port, ('d', 50)).args(["-n", "50"]).spawn().unwrap();
        let row = all.row(('d', 50), Peer::Gate, load);
        (row.rss, row)
    }

    /// Small mail while three connections send 60 MB mails without a pause.
    fn beside(&self, sink: &Sink) -> (f64, Row) {
        let gate = Gate::start(sink.port, "");
        let all = Peers { run: self, sink, copier: None, gate: &gate, postfix: None };
        let seconds = self.seconds.max(4.0);
        let length = format!("{}", seconds + 3.0);
        let mut large = self.load(gate.port, ('e', 3)).args(["-T", &length]).spawn().unwrap();
        // The first of them are uploaded and under analysis.
        sleep(Duration::from_secs(2));
        let row = all.cell(('a', 2), Peer::Gate, seconds).unwrap();
        large.wait().unwrap();
        (row.dot[1], row)
    }

    /// The generator, but for how long.
    fn load(&self, port: u16, (mix, connections): (char, usize)) -> Command {
        let own = std::env::current_exe().unwrap();
        let mut command = Command::new(self.lab.as_ref().unwrap_or(&own));
        command.args(["load", "-t", &format!("127.0.0.1:{port}"), "-d"]);
        command.arg(self.mails.join(mix.to_string()));
        command.args(["-c", &connections.to_string(), "-i", &run_id()]).stdout(Stdio::piped());
        command
    }
}

/// No two runs of the generator send the same Message-ID.
fn run_id() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static RUN: AtomicU64 = AtomicU64::new(0);
    format!("{}x{}", std::process::id(), RUN.fetch_add(1, Ordering::Relaxed))
}

/// All of them at work.
struct Peers<'a> {
    run: &'a Run,
    sink: &'a Sink,
    copier: Option<&'a (Server, u16)>,
    gate: &'a Gate,
    postfix: Option<&'a Postfix>,
}

impl Peers<'_> {
    /// Measures one peer in one cell; `None` where the peer is not there.
    fn cell(&self, cell: (char, usize), peer: Peer, seconds: f64) -> Option<Row> {
        let (_, port) = self.at(peer)?;
        let mut load = self.run.load(port, cell);
        let load = load.args(["-T", &seconds.to_string()]).spawn().unwrap();
        Some(self.row(cell, peer, load))
    }

    /// Process and port.
    fn at(&self, peer: Peer) -> Option<(u32, u16)> {
        match peer {
            Peer::Sink => Some((self.sink.server.pid(), self.sink.port)),
            Peer::Copier => self.copier.map(|(server, port)| (server.pid(), *port)),
            Peer::Gate => Some((self.gate.server.pid(), self.gate.port)),
            Peer::Postfix => self.postfix.map(|postfix| (postfix.server.pid(), postfix.front)),
        }
    }

    /// What came of a load that was just started, once the next hop has all of it.
    fn row(&self, cell: (char, usize), peer: Peer, load: std::process::Child) -> Row {
        let (pid, _) = self.at(peer).unwrap();
        figures::forget_peak(pid);
        let next_hop = self.sink.server.pid();
        let spent = || {
            let sink = if peer == Peer::Sink { 0.0 } else { figures::cpu(next_hop) };
            (figures::cpu(pid), sink + figures::ended_children(), figures::busy())
        };
        let (began, taken) = (Instant::now(), self.sink.count());
        let before = spent();
        let output = load.wait_with_output().unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let field = |name: &str| told[name].as_f64().unwrap_or(0.0);
        let (ended, ok) = (Instant::now(), field("ok"));
        // Postfix answers first and relays then; the others relay before they answer.
        while ((self.sink.count() - taken) as f64) < ok && ended.elapsed().as_secs() < 30 {
            sleep(Duration::from_millis(20));
        }
        let seconds = match peer {
            Peer::Postfix => field("secs") + ended.elapsed().as_secs_f64(),
            Peer::Sink | Peer::Copier | Peer::Gate => field("secs"),
        };
        let after = spent();
        let cpu = after.0 - before.0;
        let all = cpu + after.1 - before.1;
        let cores = std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64);
        let others = (after.2 - before.2 - all) / (began.elapsed().as_secs_f64() * cores);
        Row {
            cell,
            peer,
            rate: ok / seconds,
            ok,
            bad: field("n") - ok,
            dot: ["p50", "p95", "p99"].map(|name| told["eod_ms"][name].as_f64().unwrap_or(0.0)),
            cpu,
            others: others.clamp(0.0, 1.0),
            rss: if peer == Peer::Postfix { 0.0 } else { figures::peak_rss(pid) },
            trouble: told["lasterr"].as_str().unwrap_or_default().to_owned(),
        }
    }
}

/// What a letter of the table stands for.
pub fn about(mix: char) -> &'static str {
    crate::mails::MIXES
        .iter()
        .find(|known| known.letter == mix)
        .map_or("", |Mix { about, .. }| about)
}

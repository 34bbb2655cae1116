//! `make soak`: half an hour of what months bring, with clamd and rspamd behind the checks.
//!
//! clamd loads as many signatures as a real one, most of them hashes, so that its reload takes
//! as long; it goes on answering from the old ones meanwhile, and the letters show whether.

use crate::client;
use crate::figures::{descriptors, rss};
use crate::scenes::{Ending, Mix, capacity, play, slow, steady, trickle};
use crate::servers::{Gate, installed, next_hop};
use crate::support::{Clamd, Rspamd, eventually};
use crate::table;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Letters a second that a province's gate has at its busiest.
const RATE: f64 = 5.0;

/// How long a sender waits for us at most, in these scenes.
const PATIENCE: Duration = Duration::from_secs(120);

/// The next hop hangs up when nothing was said for so long.
const IDLE: Duration = Duration::from_secs(5);

/// Plays all scenes and prints the table.
pub fn run(mails: &Path, minutes: f64) {
    let signatures = crate::setting("SIGNATURES", 8e6) as usize;
    let clamd = installed("clamd").then(|| Clamd::start("StreamMaxLength 100M"));
    let rspamd = installed("rspamd").then(Rspamd::start);
    let mut more = String::from("[limits]\nconnections = 1000\n");
    if let Some(clamd) = &clamd {
        load(clamd, signatures);
        writeln!(more, "[engine.clamav]\naddress = \"{}\"\nstream_max = 100000000", clamd.address)
            .unwrap();
    }
    if let Some(rspamd) = &rspamd {
        writeln!(more, "[engine.rspamd]\nurl = \"{}\"", rspamd.url).unwrap();
    }
    let gate = Gate::start(next_hop(IDLE), &more);
    let folder = |mix: char| client::letters(&mails.join(mix.to_string()));
    let kinds = vec![(70, folder('a')), (20, folder('b')), (9, folder('c')), (1, folder('d'))];
    let large = folder('e').swap_remove(0);
    let stage = Stage {
        to: SocketAddr::from(([127, 0, 0, 1], gate.port)),
        mix: Rc::new(Mix::new(kinds)),
        whole: Duration::from_secs_f64(minutes * 60.0),
        clamd: clamd.as_ref(),
        pid: gate.server.pid(),
    };
    let mut text = stage.circumstances(signatures, rspamd.is_some());
    stage.play(&mut text, &large);
    println!("{text}");
    if let Some(file) = std::env::var_os("BENCH_TABLE") {
        table::replace(Path::new(&file), "make soak", &text);
    }
}

/// Where the scenes are played.
struct Stage<'a> {
    to: SocketAddr,
    mix: Rc<Mix>,
    whole: Duration,
    clamd: Option<&'a Clamd>,
    pid: u32,
}

impl Stage<'_> {
    fn circumstances(&self, signatures: usize, rspamd: bool) -> String {
        let clamd = match self.clamd {
            Some(_) => format!("clamd with {signatures} signatures"),
            None => "no clamd".to_owned(),
        };
        format!(
            "`make soak`, {:.0} minutes: {clamd}, {}. Of a hundred letters 70 are of 4 KB, 20 of \
             100 KB with a PDF, 9 of 1 MB with a zip, 1 of 20 MB; they come at their own times. \
             The next hop hangs up after {IDLE:?} of silence.\n\n| scene | letters | 2xx / 4xx / \
             5xx / none | final dot to answer, ms: p50 / p95 / p99 / max | RSS MB | descriptors |\n\
             |---|---:|---:|---:|---:|---:|\n",
            self.whole.as_secs_f64() / 60.0,
            if rspamd { "rspamd" } else { "no rspamd" },
        )
    }

    fn play(&self, text: &mut String, large: &[u8]) {
        let share = |share: f64| self.whole.mul_f64(share);
        let usual = |length| steady(self.to, &self.mix, RATE, length, PATIENCE);
        let mut reloaded = 0.0;
        self.scene(text, "warming up, 5 a second", || play(usual(share(0.03))));
        self.scene(text, "5 a second, clamd reloading in between", || {
            std::thread::scope(|scope| {
                let (clamd, pause) = (self.clamd, share(0.05));
                let reloading = scope.spawn(move || {
                    std::thread::sleep(pause);
                    clamd.map(reload)
                });
                let ending = play(usual(share(0.2)));
                let took = reloading.join().unwrap().unwrap_or_default();
                reloaded = took.as_secs_f64();
                ending
            })
        });
        let most = play(capacity(self.to, &self.mix, 10, share(0.02).max(Duration::from_secs(5))));
        let name = format!("{:.0} a second, twice what it can do", 2.0 * most);
        self.scene(text, &name, || {
            let length = share(0.05).min(Duration::from_secs(60));
            play(steady(self.to, &self.mix, 2.0 * most, length, PATIENCE))
        });
        self.scene(text, "5 a second beside 500 clients of a byte a second", || {
            play(async {
                trickle(self.to, 500, Duration::from_secs(1)).await;
                usual(share(0.15)).await
            })
        });
        let reply = self.upload(text, large, share(0.35));
        self.scene(text, "5 a second, at the end", || play(usual(share(0.15))));
        writeln!(text, "\nThe reload took {reloaded:.0} s. The slow letter's answer: `{reply}`.")
            .unwrap();
    }

    /// A large letter that takes nearly all of this time; the answer to it.
    fn upload(&self, text: &mut String, large: &[u8], length: Duration) -> String {
        // 60 MB at 100 kB/s are ten minutes; a shorter soak sends faster.
        let pace = (large.len() as f64 / length.as_secs_f64()).max(100_000.0) as usize;
        let name = format!("one of 60 MB at {} kB/s, 5 a second beside it", pace / 1000);
        let mut reply = String::new();
        self.scene(text, &name, || {
            play(async {
                let (sample, ending) = tokio::join!(
                    slow(self.to, large, pace),
                    steady(self.to, &self.mix, RATE, length, PATIENCE)
                );
                reply = sample.reply;
                ending
            })
        });
        reply
    }

    /// One line of the table.
    fn scene(&self, text: &mut String, name: &str, scene: impl FnOnce() -> Ending) {
        let ending = scene();
        let [p50, p95, p99, max] = ending.dots();
        let [two, four, five, none] = [2, 4, 5, 0].map(|class| ending.class(class));
        let line = format!(
            "| {name} | {} | {two} / {four} / {five} / {none} | {p50:.1} / {p95:.1} / {p99:.1} / \
             {max:.0} | {:.0} | {} |",
            ending.samples.len(),
            rss(self.pid),
            descriptors(self.pid),
        );
        eprintln!("{line} {}", ending.trouble().unwrap_or_default());
        writeln!(text, "{line}").unwrap();
    }
}

/// Has clamd load so many signatures: hashes, and one pattern in fifty.
fn load(clamd: &Clamd, count: usize) {
    let dir = clamd.server.dir.path().join("signatures");
    let mut hashes = BufWriter::new(File::create(dir.join("many.hdb")).unwrap());
    let mut patterns = BufWriter::new(File::create(dir.join("many.ndb")).unwrap());
    let mut random = crate::mails::Random(1);
    for number in 0..count {
        let (high, low) = (random.next(), random.next());
        match number % 50 {
            0 => writeln!(patterns, "Many.{number}:0:*:{high:016x}{low:016x}").unwrap(),
            _ => writeln!(hashes, "{high:016x}{low:016x}:{}:Many.{number}", 1000 + low % 1_000_000)
                .unwrap(),
        }
    }
    drop((hashes, patterns));
    let took = reload(clamd);
    eprintln!("clamd loaded {count} signatures in {:.0} s", took.as_secs_f64());
}

/// Asks for a reload and waits until clamd says that it is done; how long that took.
fn reload(clamd: &Clamd) -> Duration {
    let done = || clamd.server.log().matches("correctly reloaded").count();
    let (began, before) = (Instant::now(), done());
    let mut stream = TcpStream::connect(&clamd.address).unwrap();
    stream.write_all(b"nRELOAD\n").unwrap();
    eventually("a reload", || (done() > before).then(|| began.elapsed()))
}

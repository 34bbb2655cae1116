//! The generator: so many connections at once, each with one letter, for so long.
//!
//! Command line and output are those of the lab's `smtplab load`, so that either can be used.

use super::client::{self, Letter, Sample};
use super::figures::percentile;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

/// What is asked of the generator.
pub struct Load {
    /// `-t`
    pub to: SocketAddr,
    /// `-d`
    pub folder: PathBuf,
    /// `-c`
    pub connections: usize,
    /// `-n`
    pub letters: Option<usize>,
    /// `-T`
    pub seconds: Option<f64>,
    /// `-i`
    pub run: String,
}

/// Runs it on this thread and prints one line of JSON.
pub fn run(load: &Load) {
    let letters = Rc::new(client::letters(&load.folder));
    let samples = Rc::new(RefCell::new(Vec::<Sample>::new()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (next, began) = (Rc::new(Cell::new(0)), Instant::now());
    let until = load.seconds.map(|seconds| began + Duration::from_secs_f64(seconds));
    let (local, from) = (LocalSet::new(), Ipv4Addr::LOCALHOST);
    for _ in 0..load.connections {
        let (letters, samples, next) = (letters.clone(), samples.clone(), next.clone());
        let (to, run, most) = (load.to, load.run.clone(), load.letters.unwrap_or(usize::MAX));
        local.spawn_local(async move {
            while next.get() < most && until.is_none_or(|until| Instant::now() < until) {
                let number = next.replace(next.get() + 1);
                let first = format!("Message-ID: <{run}.{number}@load.mail.example>\r\n");
                let body = &letters[number % letters.len()];
                let letter = Letter { to, from, first: &first, body, pace: None };
                let sample = client::send(letter).await;
                samples.borrow_mut().push(sample);
            }
        });
    }
    runtime.block_on(local);
    println!("{}", summary(&samples.borrow(), began.elapsed().as_secs_f64()));
}

fn summary(samples: &[Sample], seconds: f64) -> serde_json::Value {
    let class = |class: u8| samples.iter().filter(|sample| sample.class() == class).count();
    let mut dots: Vec<f64> = samples.iter().filter_map(|sample| sample.dot).collect();
    let mut whole: Vec<f64> = samples.iter().map(|sample| sample.whole).collect();
    dots.sort_by(f64::total_cmp);
    whole.sort_by(f64::total_cmp);
    let times = |sorted: &[f64]| {
        let at = |share| percentile(sorted, share);
        json!({"p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1.0)})
    };
    let refused = samples.iter().rev().find(|sample| sample.class() != 2);
    json!({
        "n": samples.len(), "ok": class(2), "s4": class(4), "s5": class(5), "err": class(0),
        "secs": seconds, "rate": class(2) as f64 / seconds, "eod_ms": times(&dots),
        "txn_ms": times(&whole), "lasterr": refused.map_or("", |sample| &sample.reply),
    })
}

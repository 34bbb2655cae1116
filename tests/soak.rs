//! Short forms of `make soak`: the same scenes for a second or two, and no word about time.

#[path = "../benches/client.rs"]
#[allow(dead_code, reason = "the bench reads its letters from files")]
mod client;
#[path = "../benches/figures.rs"]
#[allow(dead_code, reason = "the bench asks for more")]
mod figures;
#[path = "../benches/mails.rs"]
#[allow(dead_code, reason = "the bench writes them to files too")]
pub mod mails;
#[path = "../benches/path.rs"]
#[allow(dead_code, reason = "the bench runs it by the letter of a mix")]
pub mod path;
#[path = "../benches/rule_set.rs"]
#[allow(dead_code, reason = "the bench edits it too")]
pub mod rule_set;
#[path = "../benches/scenes.rs"]
#[allow(dead_code, reason = "the bench looks at times")]
mod scenes;
#[path = "../benches/servers.rs"]
#[allow(dead_code, reason = "the bench starts more of them")]
mod servers;
#[path = "../benches/sink.rs"]
mod sink;

use crate::support::{Clamd, eventually};
use scenes::{Mix, capacity, play, slow, steady, trickle};
use servers::{Gate, next_hop};
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;
use std::time::Duration;

/// More than any answer takes here.
const PATIENCE: Duration = Duration::from_secs(100);

fn mix() -> Rc<Mix> {
    let letters = |make: fn(u64) -> Vec<u8>, count: u64| {
        (0..count).map(|seed| client::stuffed(&make(seed))).collect::<Vec<_>>()
    };
    let kinds = vec![(80, letters(mails::text, 20)), (15, letters(mails::pdf, 4))];
    Rc::new(Mix::new([kinds, vec![(5, letters(mails::documents, 1))]].concat()))
}

fn address(gate: &Gate) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], gate.port))
}

#[test]
fn real_clamd_reloads_and_every_letter_is_answered() {
    let clamd = Clamd::start("");
    let more = format!("[engine.clamav]\naddress = \"{}\"\n", clamd.address);
    let gate = Gate::start(next_hop(PATIENCE), &more);
    let (asked, mix) = (clamd.address.clone(), mix());
    let ending = play(async {
        let letters = steady(address(&gate), &mix, 20.0, Duration::from_secs(2), PATIENCE);
        let reload = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(asked).unwrap();
            stream.write_all(b"nRELOAD\n").unwrap();
        });
        let (ending, asked) = tokio::join!(letters, reload);
        asked.unwrap();
        ending
    });
    assert_eq!((ending.samples.len(), ending.class(2)), (40, 40), "{:?}", ending.trouble());
}

#[test]
fn twice_what_it_can_do_is_taken_or_deferred() {
    let gate = Gate::start(next_hop(PATIENCE), "[limits]\nconnections = 20\nper_client = 20\n");
    let (to, mix) = (address(&gate), mix());
    let most = play(capacity(to, &mix, 10, Duration::from_secs(1)));
    assert!(most > 0.0);
    let ending = play(steady(to, &mix, 2.0 * most, Duration::from_secs(1), PATIENCE));
    let fine = ending.class(2) + ending.class(4);
    assert_eq!(fine, ending.samples.len(), "{:?}", ending.trouble());
    assert!(ending.class(2) > 0, "nothing was taken");
}

#[test]
fn slow_clients_hinder_nobody_and_leave_nothing_behind() {
    let gate = Gate::start(next_hop(PATIENCE), "");
    let (to, pid) = (address(&gate), gate.server.pid());
    let once = play(steady(to, &mix(), 20.0, Duration::from_millis(500), PATIENCE));
    assert_eq!(once.class(2), once.samples.len(), "{:?}", once.trouble());
    let before = eventually("quiet", || Some(figures::descriptors(pid)).filter(|n| *n > 0));
    let ending = play(async {
        trickle(to, 200, Duration::from_millis(100)).await;
        steady(to, &mix(), 20.0, Duration::from_secs(2), PATIENCE).await
    });
    assert_eq!(ending.class(2), ending.samples.len(), "{:?}", ending.trouble());
    eventually("no descriptor left", || (figures::descriptors(pid) <= before).then_some(()));
}

#[test]
fn a_slow_upload_outlives_its_next_hop() {
    let gate = Gate::start(next_hop(Duration::from_millis(300)), "");
    let letter = client::stuffed(&mails::pdf(1));
    // Two seconds, seven times what the next hop has patience for.
    let sample = play(slow(address(&gate), &letter, letter.len() / 2));
    assert!(sample.reply.starts_with("250"), "{sample:?}");
}

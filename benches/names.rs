//! What a directory of 200,000 names costs: to read, to keep, and for each recipient.

use crate::rule_set;
use crate::servers::Gate;
use crate::worst::spent;
use congthu::directory::{Snapshot, Standing, State};
use congthu::mail::Address;
use std::fmt::Write;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

/// Mailboxes: more than any province has.
const NAMES: usize = 200_000;

/// What was measured.
pub struct Costs {
    /// Milliseconds until the list is read.
    pub read: f64,
    /// Microseconds that a recipient takes.
    pub recipient: f64,
    /// MB that a gate has resident beyond one without a directory.
    pub kept: f64,
}

/// Measures all three.
pub fn measure(next_hop: u16) -> Costs {
    let dir = rule_set::shipped();
    let resident = |dir: &Path| {
        let gate = Gate::start(next_hop, &format!("[rules]\ndir = {dir:?}\n"));
        // What reading took goes back to the system within seconds.
        let looks = (0..8).map(|_| {
            std::thread::sleep(Duration::from_millis(500));
            crate::figures::rss(gate.server.pid())
        });
        looks.fold(f64::MAX, f64::min)
    };
    let without = resident(dir.path());
    let file = dir.path().join("danhba.csv");
    fs::write(&file, list()).unwrap();
    fs::create_dir_all(dir.path().join("local")).unwrap();
    let named = format!("[directory]\nfile = {file:?}\nstale = \"never\"\n");
    fs::write(dir.path().join("local/tiengiang-2016.toml"), named).unwrap();
    let kept = resident(dir.path()) - without;
    // The least of several: what else the machine did falls on none of them.
    let (mut read, mut recipient) = (f64::MAX, f64::MAX);
    for _ in 0..5 {
        let before = spent();
        let snapshot = Snapshot::load(&file).unwrap_or_else(|errors| panic!("{errors:?}"));
        read = read.min((spent() - before) * 1e3);
        recipient = recipient.min(asked(&snapshot));
    }
    Costs { read, recipient, kept }
}

/// Microseconds of one question; half of those asked for are there.
fn asked(snapshot: &Snapshot) -> f64 {
    const TIMES: usize = 100_000;
    let addresses: Vec<Address> =
        (0..TIMES).map(|at| Address::new(&address(at * 4 + at % 2 * NAMES))).collect();
    let before = spent();
    let listed = addresses.iter().filter(|address| {
        black_box(snapshot.standing(address)) == Some(Standing::Listed(State::Active))
    });
    let (listed, cost) = (listed.count(), (spent() - before) * 1e6 / TIMES as f64);
    assert!(listed > TIMES / 10, "{listed} are listed");
    cost
}

fn address(number: usize) -> String {
    format!("nguyenthiminhkhai{number}@tiengiang.gov.vn")
}

/// All cells filled, as an export of a mail server has them.
fn list() -> String {
    let mut text = "address;state;kind;name;title;unit;phone;request;requested\n".to_owned();
    for number in 0..NAMES {
        let rest = "Nguyễn Thị Minh Khai;Chuyên viên;Phòng Tài chính - Kế hoạch;+84 270 100";
        writeln!(text, "{};;personal;{rest};{number}/CV;05/01/2026", address(number)).unwrap();
    }
    text
}

//! What rules cost: a thousand rules and word lists of ten thousand entries, loaded again after an
//! edit, on a letter of 4 KB, and tried on the records of the last days.
//!
//! Processor time, never the clock: a busy machine changes nothing.

use crate::client;
use crate::mails;
use crate::path;
use crate::rule_set;
use crate::scenes::{Mix, play, steady};
use crate::servers::Gate;
use crate::worst::spent;
use congthu::checks;
use congthu::rules::{Look, RuleSet, Watch};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

/// Records that are replayed.
const RECORDS: usize = 20_000;

/// What was measured.
pub struct Costs {
    /// Milliseconds from the look that finds an edit to rules that are ready.
    pub reload: f64,
    /// Milliseconds that a letter of 4 KB costs more than without these rules.
    pub letter: f64,
    /// Records that `rules replay` tries in a second.
    pub replay: f64,
}

/// Measures all three.
pub fn measure(next_hop: u16) -> Costs {
    let dir = rule_set::folder();
    let (reload, rules) = reload(dir.path());
    Costs { reload, letter: letter(&rules), replay: replay(dir.path(), next_hop) }
}

/// Milliseconds of the look that loads an edit, and the rules.
fn reload(dir: &Path) -> (f64, RuleSet) {
    let mut watch = Watch::new(dir, &checks::catalogue());
    let mut best = f64::MAX;
    let mut loaded = None;
    for edit in 0..5 {
        fs::write(dir.join("local/base.toml"), format!("{}# {edit}\n", rule_set::rules())).unwrap();
        assert!(matches!(watch.look(), Look::Unsettled));
        let before = spent();
        let look = watch.look();
        best = best.min((spent() - before) * 1e3);
        match look {
            Look::New(rules) => loaded = Some(*rules),
            Look::Wrong(errors) => panic!("{errors}"),
            look => panic!("{look:?}"),
        }
    }
    (best, loaded.unwrap())
}

/// Milliseconds that these rules add to a letter.
fn letter(rules: &RuleSet) -> f64 {
    const LETTERS: usize = 400;
    let plain = RuleSet::builtin(&checks::catalogue()).unwrap();
    let mail = mails::text(0);
    let cost = |rules: &RuleSet| {
        let before = spent();
        path::walk(rules, &mail, LETTERS);
        (spent() - before) * 1e3 / LETTERS as f64
    };
    // The least of several, in turn: what else the machine did falls on none of them.
    let mut least = [f64::MAX; 2];
    for _ in 0..7 {
        for (least, rules) in least.iter_mut().zip([&plain, rules]) {
            *least = least.min(cost(rules));
        }
    }
    least[1] - least[0]
}

/// Records a second: those of real letters, many times over.
fn replay(dir: &Path, next_hop: u16) -> f64 {
    let gate = Gate::start(next_hop, &format!("[rules]\ndir = {:?}\n", dir));
    let letters = vec![
        (80, (0..20).map(|seed| client::stuffed(&mails::text(seed))).collect()),
        (20, (0..4).map(|seed| client::stuffed(&mails::pdf(seed))).collect()),
    ];
    let to = ([127, 0, 0, 1], gate.port).into();
    let mix = Rc::new(Mix::new(letters));
    let (length, patience) = (Duration::from_secs(1), Duration::from_secs(100));
    assert_eq!(play(steady(to, &mix, 50.0, length, patience)).class(2), 50);
    // Records are written behind the answers.
    let config = gate.server.dir.path().join("congthu.toml");
    let records = gate.server.dir.path().join("var/state/records");
    gate.server.signal("TERM");
    crate::support::eventually("the gate's end", || {
        std::net::TcpStream::connect(("127.0.0.1", gate.port)).is_err().then_some(())
    });
    let path = fs::read_dir(records).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(&path).unwrap();
    let lines = text.lines().count();
    assert!(lines >= 50, "{lines} records");
    fs::write(&path, text.repeat(RECORDS / lines)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_congthu"));
    command.args(["rules", "replay", "--since", "2d", "--config"]).arg(config);
    let before = spent();
    let output =
        command.current_dir(gate.server.dir.path()).stderr(Stdio::inherit()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let all: f64 = told.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or_default();
    assert!(output.status.success() && all >= RECORDS as f64 * 0.9, "{told}");
    all / (spent() - before)
}

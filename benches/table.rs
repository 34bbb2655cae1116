//! The tables: what was measured, and what it was to be.

use crate::cells::{CELLS, Peer, Results, Row, Run, about};
use crate::figures::median;
use crate::worst;
use crate::{names, rules};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Both tables with versions and command, in Markdown.
pub fn write(run: &Run, results: &Results) -> String {
    let mut text = circumstances(run, results);
    text.push_str(
        "\n| mail, connections | | letters/s | final dot to answer, ms: p50 / p95 / p99 | \
         CPU ms a letter | peak RSS MB | not accepted |\n|---|---|---:|---:|---:|---:|---:|\n",
    );
    for cell in CELLS {
        for peer in Peer::ALL {
            let rows: Vec<&Row> = of(results, *cell, peer);
            if !rows.is_empty() {
                line(&mut text, *cell, peer, &rows);
            }
        }
    }
    text.push_str(&aimed(aims(results)));
    text
}

/// A table of aims.
fn aimed(aims: impl IntoIterator<Item = Aim>) -> String {
    let mut text = "\n| aim | wanted | measured | |\n|---|---:|---:|---|\n".to_owned();
    for (what, wanted, measured, met) in aims {
        let mark = if met { "met" } else { "**missed**" };
        writeln!(text, "| {what} | {wanted} | {measured} | {mark} |").unwrap();
    }
    text
}

/// Puts a text between the marks of a file.
pub fn replace(file: &Path, command: &str, text: &str) {
    const END: &str = "<!-- end -->";
    let begin = format!("<!-- written by {command} -->\n");
    let old = fs::read_to_string(file).unwrap();
    let (head, rest) = old.split_once(&begin).unwrap();
    let (_, tail) = rest.split_once(END).unwrap();
    fs::write(file, format!("{head}{begin}{text}{END}{tail}")).unwrap();
}

fn of(results: &Results, cell: (char, usize), peer: Peer) -> Vec<&Row> {
    results.rows.iter().filter(|row| row.cell == cell && row.peer == peer).collect()
}

fn line(text: &mut String, cell: (char, usize), peer: Peer, rows: &[&Row]) {
    let name = match peer {
        Peer::Sink => "next hop alone",
        Peer::Copier => "HAProxy, copying bytes",
        Peer::Gate => "**congthu**",
        Peer::Postfix => "Postfix, relaying",
    };
    let dot = |n: usize| median(rows.iter().map(|row| row.dot[n]));
    let rss = rows.iter().map(|row| row.rss).fold(0.0, f64::max);
    let bad: f64 = rows.iter().map(|row| row.bad).sum();
    let trouble = rows.iter().map(|row| row.trouble.as_str()).find(|t| !t.is_empty());
    writeln!(
        text,
        "| {} × {} | {name} | {:.0} | {:.2} / {:.2} / {:.2} | {:.2} | {} | {bad:.0}{} |",
        about(cell.0),
        cell.1,
        median(rows.iter().map(|row| row.rate)),
        dot(0),
        dot(1),
        dot(2),
        cpu(rows),
        if rss > 0.0 { format!("{rss:.0}") } else { "–".to_owned() },
        trouble.map(|trouble| format!(" ({trouble})")).unwrap_or_default(),
    )
    .unwrap();
}

/// Milliseconds of processor time a letter, over all repetitions: one tick is 10 ms.
fn cpu(rows: &[&Row]) -> f64 {
    let letters: f64 = rows.iter().map(|row| row.ok).sum();
    rows.iter().map(|row| row.cpu).sum::<f64>() * 1e3 / letters.max(1.0)
}

/// What was to be reached: what it is, the figure wanted, the one measured, whether it holds.
type Aim = (String, String, String, bool);

/// What the figures shall be on two cores with all checks in the process on.
fn aims(results: &Results) -> Vec<Aim> {
    let rate = |cell, peer| median(of(results, cell, peer).iter().map(|row| row.rate));
    let p50 = |cell, peer| median(of(results, cell, peer).iter().map(|row| row.dot[0]));
    let share = rate(('a', 10), Peer::Gate) / rate(('a', 10), Peer::Sink) * 100.0;
    let floor = rate(('a', 10), Peer::Copier) / rate(('a', 10), Peer::Sink) * 100.0;
    let of_copier = if floor > 0.0 { format!(" (HAProxy {floor:.0} %)") } else { String::new() };
    let more = p50(('a', 1), Peer::Gate) - p50(('a', 1), Peer::Sink);
    let mut aims = vec![
        (
            "4 KB at 10 connections, share of the next hop's own rate".to_owned(),
            "≥ 35 %".to_owned(),
            format!("{share:.0} %{of_copier}"),
            share >= 35.0,
        ),
        at_most("4 KB at 1 connection, added from final dot to answer (median)", 0.5, more, "ms"),
    ];
    for (cell, most) in [(('a', 10), 0.4), (('b', 10), 0.8), (('c', 10), 8.0), (('d', 4), 80.0)] {
        let used = cpu(&of(results, cell, Peer::Gate));
        aims.push(at_most(&format!("CPU a letter, {}", about(cell.0)), most, used, "ms"));
    }
    aims.push(at_most("resident, idle", 40.0, results.idle.round(), "MB"));
    let (used, row) = &results.in_flight;
    let what = format!("resident, 50 letters of 20 MB in flight ({:.0} of 50 accepted)", row.ok);
    aims.push(at_most(&what, 250.0, used.round(), "MB"));
    let (p95, row) = &results.beside;
    let what = format!("4 KB at 2 connections, p95 beside three of 60 MB ({:.0} letters)", row.ok);
    aims.push(at_most(&what, 10.0, *p95, "ms"));
    let (name, cost) = results.worst;
    let what = format!("CPU of the dearest letter of 64 MB that is known ({name})");
    aims.push(at_most(&what, worst::MOST, cost, "s"));
    aims
}

/// What many rules and a long directory cost, in processor time, in Markdown.
pub fn costs(rules: &rules::Costs, names: &names::Costs) -> String {
    const SET: &str = "1,000 rules and 10,000 words";
    const LIST: &str = "a directory of 200,000 names";
    let replay = rules.replay;
    let tried = format!("records that `rules replay` tries by {SET}");
    let mut text = format!("`make rules` on {}; processor time.\n", machine());
    text.push_str(&aimed([
        at_most(&format!("{SET} add to 4 KB text"), 0.05, rules.letter, "ms"),
        at_most(&format!("reload of {SET}"), 300.0, rules.reload.round(), "ms"),
        (tried, "≥ 2000/s".to_owned(), format!("{replay:.0}/s"), replay >= 2000.0),
        at_most(&format!("reading {LIST}"), 500.0, names.read.round(), "ms"),
        at_most(&format!("a recipient, {LIST}"), 2.0, names.recipient, "µs"),
        at_most(&format!("resident more with {LIST}"), 50.0, names.kept.round(), "MB"),
    ]));
    text
}

/// A figure that shall not be exceeded.
fn at_most(what: &str, most: f64, measured: f64, unit: &str) -> Aim {
    let places = if measured.fract() == 0.0 { 0 } else { 2 };
    let measured_as = format!("{measured:.places$} {unit}");
    (what.to_owned(), format!("≤ {most} {unit}"), measured_as, measured <= most)
}

/// What a program says of itself.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(|_| "?".to_owned(), |o| String::from_utf8_lossy(&o.stdout).trim().to_owned())
}

/// The day, the program and the processors.
fn machine() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find_map(|line| line.strip_prefix("model name"));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{}: congthu {}, {}, Linux {}, {cores} × {}",
        said("date", &["+%F"]),
        env!("CARGO_PKG_VERSION"),
        said("rustc", &["--version"]),
        said("uname", &["-r"]),
        model.unwrap_or("?").trim_matches([' ', '\t', ':']),
    )
}

/// Where, when and with what.
fn circumstances(run: &Run, results: &Results) -> String {
    let others: f64 = results.rows.iter().map(|row| row.others).sum();
    let others = others / results.rows.len().max(1) as f64;
    let mut text = format!(
        "`make bench` on {}.\n\
         Generator and next hop ({}) share these processors; {} repetitions of {} s a cell, \
         interleaved, medians; one letter a connection.\n\
         Other work took {:.0} % of the processors meanwhile.\n",
        machine(),
        if run.lab.is_some() { "smtplab.c, single-threaded epoll" } else { "the project's own" },
        results.repetitions,
        run.seconds,
        others * 100.0,
    );
    if results.postfix {
        let version = said("postconf", &["-dh", "mail_version"]);
        writeln!(
            text,
            "Postfix {version} queues before it answers; its rate is that of letters relayed, \
             its CPU that of all its processes."
        )
        .unwrap();
    } else {
        text.push_str("Postfix is not here, or this is not root.\n");
    }
    text
}

//! Own evasion suite: constructs × encodings × payloads. Nothing of it may come in unseen.
//!
//! `CONGTHU_EVASION=DIR` writes one letter of every construct that is missed, and a list of them,
//! into that folder.

mod archives;
mod carried;
mod documents;
mod encode;
mod formats;
mod nested;
mod pack;
mod pages;
mod payloads;
mod template;

use crate::support::gate::{Gate, judge};
use congthu::verdict::{Action, Cause, Verdict};
use payloads::Payload;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

/// A letter that brings something in.
pub struct Sample {
    construct: String,
    payload: &'static str,
    encoding: &'static str,
    finds: &'static [&'static str],
    mail: Vec<u8>,
}

/// What became of a letter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Found,
    Refused,
    Missed,
}

fn patterned(groups: &[&str], payloads: &[Payload]) -> Vec<Sample> {
    let mut samples = Vec::new();
    for group in groups {
        let text = fs::read_to_string(format!("fixtures/evasion/{group}.mail")).unwrap();
        for pattern in template::patterns(group, &text) {
            let wanted = |payload: &&Payload| match pattern.only.is_empty() {
                true => payload.id != "named",
                false => pattern.only.iter().any(|id| id == payload.id),
            };
            for payload in payloads.iter().filter(wanted) {
                for encoding in pattern.encodings(payload) {
                    samples.push(Sample {
                        construct: pattern.name.clone(),
                        payload: payload.id,
                        encoding,
                        finds: payload.finds,
                        mail: pattern.fill(payload, encoding),
                    });
                }
            }
        }
    }
    samples
}

/// A file made by hand, in an ordinary letter.
pub struct File {
    construct: String,
    name: &'static str,
    finds: &'static [&'static str],
    bytes: Vec<u8>,
}

fn attached(file: File) -> Sample {
    let body = crate::support::base64(&file.bytes).replace('\n', "\r\n");
    let mail = format!(
        "From: Van thu <vanthu@sotnmt.example>\r\nTo: nguoinhan@bdt.binhthuan.gov.vn\r\n\
         Subject: Ho so\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nKính gửi, mật khẩu: {}\r\n\
         --b\r\nContent-Type: application/octet-stream\r\n\
         Content-Disposition: attachment; filename=\"{}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{body}\r\n--b--\r\n",
        payloads::PASSWORD,
        file.name
    );
    Sample {
        construct: file.construct,
        payload: "file",
        encoding: "base64",
        finds: file.finds,
        mail: mail.into_bytes(),
    }
}

fn outcome(sample: &Sample, verdict: &Verdict) -> Outcome {
    let findings = || verdict.findings.iter().map(|judged| &judged.finding);
    let panicked = findings().any(|finding| finding.cause == Some(Cause::Panic));
    assert!(!panicked, "{} ({}): a check panicked", sample.construct, sample.payload);
    let named = |name: &str, part: &str| sample.finds.contains(&name) && !part.is_empty();
    if findings().any(|finding| named(finding.kind.name, &finding.part)) {
        return Outcome::Found;
    }
    match verdict.action {
        Action::Reject | Action::Quarantine => Outcome::Refused,
        _ => Outcome::Missed,
    }
}

/// Found, refused, missed; with one letter that was not found.
#[derive(Default)]
struct Row<'s> {
    counts: [usize; 3],
    missed: Vec<(&'s Sample, String)>,
    refused: Option<String>,
}

fn measure(samples: &[Sample]) -> BTreeMap<&str, Row<'_>> {
    let gate = Gate::with_worker();
    let mut table: BTreeMap<&str, Row<'_>> = BTreeMap::new();
    for sample in samples {
        let verdict = judge(&gate, "base", &sample.mail);
        let outcome = outcome(sample, &verdict);
        let names: Vec<_> = verdict
            .findings
            .iter()
            .map(|judged| format!("{} {}", judged.finding.kind.name, judged.finding.detail))
            .collect();
        let said = format!("{} {}: {}", sample.payload, sample.encoding, names.join("; "));
        let row = table.entry(&sample.construct).or_default();
        row.counts[outcome as usize] += 1;
        match outcome {
            Outcome::Missed => row.missed.push((sample, said)),
            Outcome::Refused if row.refused.is_none() => row.refused = Some(said),
            _ => {}
        }
    }
    table
}

/// The gaps, for whoever closes them.
fn write_gaps(dir: &Path, table: &BTreeMap<&str, Row<'_>>) {
    let samples = dir.join("evasion-samples");
    let _ = fs::remove_dir_all(&samples);
    fs::create_dir_all(&samples).unwrap();
    let mut list = String::new();
    // What is missed in an ordinary letter is no gap of a construct.
    let plain = table.get("header/ordinary").map(|row| &row.missed[..]).unwrap_or_default();
    let mut plain: Vec<_> = plain.iter().map(|(sample, _)| sample.payload).collect();
    plain.dedup();
    writeln!(list, "missed in an ordinary letter: {plain:?}").unwrap();
    for (construct, row) in table {
        let [found, refused, _] = row.counts;
        let mut gaps =
            row.missed.iter().filter(|(sample, _)| !plain.contains(&sample.payload)).peekable();
        let Some((sample, said)) = gaps.peek() else { continue };
        let file = samples.join(format!("{}.eml", construct.replace(['/', '#'], "-")));
        fs::write(&file, &sample.mail).unwrap();
        let file = file.display();
        let mut payloads: Vec<_> = gaps.clone().map(|(sample, _)| sample.payload).collect();
        payloads.dedup();
        let missed = gaps.count();
        writeln!(list, "MISSED {missed} (found {found}, refused {refused}) {construct} {file} | {payloads:?} | {said}").unwrap();
    }
    for (construct, row) in table {
        if let (Some(said), [found, refused, 0]) = (&row.refused, row.counts) {
            writeln!(list, "refused {refused} (found {found}) {construct} | {said}").unwrap();
        }
    }
    fs::write(dir.join("evasion-gaps.txt"), list).unwrap();
}

#[test]
fn nothing_comes_in_unseen() {
    let mut payloads = payloads::all();
    payloads.push(payloads::named());
    let groups = ["header", "boundary", "transfer", "text", "names"];
    let mut samples = patterned(&groups, &payloads);
    samples.extend(archives::all().into_iter().map(attached));
    samples.extend(formats::all().into_iter().map(attached));
    samples.extend(documents::all().into_iter().map(attached));
    samples.extend(pages::all().into_iter().map(attached));
    samples.extend(nested::all());
    let table = measure(&samples);
    let mut groups: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    let mut total = [0; 3];
    for (construct, row) in &table {
        let group = construct.split('#').next().unwrap_or(construct);
        for (at, count) in row.counts.iter().enumerate() {
            groups.entry(group).or_default()[at] += count;
            total[at] += count;
        }
    }
    println!("construct: found, refused, missed");
    for (group, [found, refused, missed]) in &groups {
        println!("{group:40} {found:5} {refused:5} {missed:5}");
    }
    println!("{} letters: found, refused, missed {total:?}", samples.len());
    if let Some(dir) = env::var_os("CONGTHU_EVASION") {
        write_gaps(Path::new(&dir), &table);
    }
    only_shrinks(&table);
    let missed: Vec<_> =
        table.iter().filter(|(_, row)| row.counts[2] > 0).map(|(name, _)| *name).collect();
    assert!(missed.is_empty(), "{} letters come in unseen: {}", total[2], missed.join(" "));
    assert!(total[0] * 10 >= samples.len() * 9, "less than nine in ten found: {total:?}");
}

/// Constructs that are refused where the payload itself is not found.
const REFUSED: &str = "fixtures/evasion/refused.txt";

/// Holds the list of [`REFUSED`] to what it was, or less.
fn only_shrinks(table: &BTreeMap<&str, Row<'_>>) {
    let refused = table.iter().filter(|(_, row)| row.counts[1] > 0);
    let now: Vec<_> = refused.map(|(name, row)| (*name, row.counts[1])).collect();
    if env::var_os("CONGTHU_WRITE_EXPECTED").is_some() {
        let text: String = now.iter().map(|(name, count)| format!("{name} {count}\n")).collect();
        return fs::write(REFUSED, text).unwrap();
    }
    let kept = fs::read_to_string(REFUSED).unwrap();
    let kept: BTreeMap<&str, usize> = kept
        .lines()
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(name, count)| (name, count.parse().unwrap()))
        .collect();
    let more: Vec<_> =
        now.iter().filter(|(name, count)| kept.get(name).is_none_or(|kept| kept < count)).collect();
    assert!(more.is_empty(), "refused, and found before: {more:?}");
}

#[test]
fn what_real_mailers_write_is_not_refused() {
    let gate = Gate::with_worker();
    let mut samples = patterned(&["ordinary"], &payloads::harmless());
    samples.extend(carried::harmless().into_iter().map(attached));
    assert!(samples.len() > 300, "only {} letters", samples.len());
    let mut refused = Vec::new();
    for sample in &samples {
        let verdict = judge(&gate, "base", &sample.mail);
        if verdict.action >= Action::Quarantine {
            let finding = &verdict.findings[0].finding;
            refused.push(format!(
                "{} {} {}: {} {}",
                sample.construct,
                sample.payload,
                sample.encoding,
                finding.kind.name,
                finding.detail
            ));
        }
    }
    println!("{} letters", samples.len());
    assert!(refused.is_empty(), "{} refused:\n{}", refused.len(), refused.join("\n"));
}

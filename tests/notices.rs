//! Notices of registration, one-time codes and advertising in real mail: how often, and in which.

use crate::support::as_sent;
use crate::support::gate::{Gate, judge};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A table by folder and class; ham is at most tagged for what it is.
#[test]
fn real_mail_is_only_tagged() {
    let Some(corpus) = std::env::var_os("CONGTHU_CORPUS").map(PathBuf::from) else {
        println!("skipped: no corpus");
        return;
    };
    let gate = Gate::with_builtin_rules();
    let manifest = std::fs::read_to_string(corpus.join("manifest.tsv")).unwrap();
    let mut table: BTreeMap<(String, String), BTreeMap<String, usize>> = BTreeMap::new();
    let mut shown = Vec::new();
    for row in manifest.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>()) {
        if row[3] != "message" || !matches!(row[4], "ham" | "spam" | "message-mixed") {
            continue;
        }
        let folder = row[0].split('/').next().unwrap_or_default().to_owned();
        let counts = table.entry((row[4].to_owned(), folder)).or_default();
        *counts.entry("mails".to_owned()).or_default() += 1;
        let bytes = std::fs::read(corpus.join(row[0])).unwrap();
        for judged in judge(&gate, "base", &as_sent(&bytes)).findings {
            let name = judged.finding.kind.name;
            if !name.starts_with("account.") && !name.starts_with("bulk.") {
                continue;
            }
            assert!(!name.ends_with(".unscanned"), "{}", row[0]);
            let what = judged.finding.what.as_deref().unwrap_or("code").to_owned();
            if row[4] != "spam" {
                shown.push(format!("{}: {name} {what}", row[0]));
            }
            *counts.entry(format!("{} {what}", name.split('.').next().unwrap())).or_default() += 1;
        }
    }
    println!("{}", shown.join("\n"));
    for ((class, folder), counts) in &table {
        println!("| {class} | {folder} | {counts:?} |");
    }
    let ham: BTreeMap<String, usize> = table
        .iter()
        .filter(|((class, _), _)| class == "ham")
        .flat_map(|(_, counts)| counts.clone())
        .fold(BTreeMap::new(), |mut sum, (name, count)| {
            *sum.entry(name).or_default() += count;
            sum
        });
    println!("ham: {ham:?}");
    // Newsletters that somebody asked for; of the lists on which people talk none.
    let alarms = ham.values().sum::<usize>() - ham["mails"];
    assert!(ham["mails"] > 800 && alarms <= 6, "{ham:?}");
}

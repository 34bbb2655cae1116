//! What operators write: rule files, what they decide, and how their mistakes are told.

mod bad;
mod command;
mod conditions;
mod examples;
mod judge;
mod language;
mod lists;
mod local;
mod modes;
mod readme;
mod reload;
mod schema;
mod shipped;

use congthu::mail::{Address, Envelope};
use congthu::rules::{Context, Errors, PartView, Policy, RuleSet};
use congthu::verdict::{Catalogue, Cause, Finding, Grade, Kind, Verdict};
use std::fs;
use tempfile::TempDir;

/// A folder with the shipped rules and these files over them.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("local")).unwrap();
    for entry in fs::read_dir("rules").unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, dir.path().join(path.file_name().unwrap())).unwrap();
        }
    }
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

/// What is told of them, if they are wrong.
pub(crate) fn load(files: &[(&str, &str)]) -> Result<RuleSet, String> {
    let dir = folder(files);
    let told =
        |errors: Errors| errors.to_string().replace(&format!("{}/", dir.path().display()), "");
    RuleSet::load(dir.path(), &catalogue()).map_err(told)
}

/// The shipped rules with these files over them.
pub(crate) fn with(files: &[(&str, &str)]) -> RuleSet {
    load(files).unwrap_or_else(|errors| panic!("{errors}"))
}

/// A catalogue of them.
pub(crate) fn catalogue() -> Catalogue {
    congthu::checks::catalogue()
}

/// The kind of this name.
pub(crate) fn kind(name: &str) -> &'static Kind {
    catalogue().find(name).unwrap_or_else(|| panic!("no such kind: {name}"))
}

/// A finding of this name about the message as a whole.
pub(crate) fn finding(name: &str) -> Finding {
    Finding::whole(kind(name), name)
}

/// A finding by a short spelling: `name`, `name:cause`, `name:grade`, `name>value`, `name@part`.
pub(crate) fn spelled(text: &str) -> Finding {
    let (rest, part) = text.split_once('@').unwrap_or((text, ""));
    let (rest, value) = rest.split_once('>').unwrap_or((rest, ""));
    let (name, word) = rest.split_once(':').unwrap_or((rest, ""));
    let mut finding = Finding::at(kind(name), part, "evidence").named("Kế hoạch năm.xyz");
    finding = finding.what("Win.Test.EICAR_HDB-1");
    finding.cause = [Cause::EngineDown, Cause::EngineLimit, Cause::Panic, Cause::Timeout]
        .into_iter()
        .find(|cause| cause.name() == word);
    finding.grade =
        [Grade::Sloppy, Grade::Odd, Grade::Hiding].into_iter().find(|grade| grade.name() == word);
    assert!(word.is_empty() || finding.cause.is_some() || finding.grade.is_some(), "{text}");
    match value.parse() {
        Ok(value) => finding.measured(value, 52_428_800.0),
        Err(_) => finding,
    }
}

/// An envelope from and to.
pub(crate) fn envelope(from: &str, to: &[&str]) -> Envelope {
    let recipients = to.iter().map(|to| Address::new(to)).collect();
    Envelope { sender: Address::new(from), recipients, ..Envelope::default() }
}

/// What a policy makes of findings; part `1` is the body, others are attachments, and
/// `3` has two names.
pub(crate) fn judge(policy: &Policy, findings: Vec<Finding>, envelope: &Envelope) -> Verdict {
    let (one, two) = (["Báo cáo.PDF".to_owned()], ["a.docx".to_owned(), "a.exe".to_owned()]);
    let parts = |path: &str| {
        let role = match path.as_bytes().first()? {
            b'1' => "body",
            _ => "attachment",
        };
        let names: &[String] = if path.starts_with('3') { &two } else { &one };
        Some(PartView { role, names, detected: "application/pdf" })
    };
    policy.judge(findings, &Context { envelope, part: &parts })
}

//! A hundred letters in the manner of the programs that write to a public body: none is refused.
//!
//! A policy with a list of formats may refuse what its list forbids; each such refusal stands with
//! its reason in `fixtures/mails/ordinary/refused.txt`.

use super::refused::{self, Refusal};
use crate::support::gate::Gate;
use std::fs;

const FOLDER: &str = "fixtures/mails/ordinary";

/// The letters, by name.
fn letters() -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let mut letters: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect();
    letters.sort();
    letters
}

#[test]
fn no_ordinary_letter_is_refused_under_base() {
    let gate = Gate::with_worker();
    let letters = letters();
    assert!(letters.len() >= 100, "only {} letters", letters.len());
    let refused: Vec<_> =
        letters.iter().filter_map(|(name, mail)| refused::by(&gate, "base", name, mail)).collect();
    assert!(refused.is_empty(), "{}", refused::list(&refused));
}

#[test]
fn a_list_of_formats_refuses_what_it_forbids_and_nothing_else() {
    let gate = Gate::with_worker();
    let mut all: Vec<Refusal> = Vec::new();
    for policy in refused::POLICIES {
        for (name, mail) in letters() {
            all.extend(refused::by(&gate, policy, &name, &mail));
        }
    }
    let listed = all.iter().filter(|refusal| !refusal.exempt);
    crate::support::kept(&format!("{FOLDER}/refused.txt"), &refused::list(listed));
    let bad: Vec<_> = all
        .iter()
        .filter(|refusal| refusal.exempt || refusal.finding != "attachment.type")
        .collect();
    assert!(bad.is_empty(), "{}", refused::list(bad));
}

#[test]
fn each_letter_names_the_one_whose_structure_it_follows() {
    let page = fs::read_to_string(format!("{FOLDER}/README.md")).unwrap();
    for (name, mail) in letters() {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{name}.eml` |")));
        let model = row.and_then(|row| row.split('`').nth(3)).unwrap_or_default();
        assert!(!model.is_empty(), "{name} has no row in {FOLDER}/README.md");
        assert!(mail.len() < 20_000, "{name} is large");
        if let Some(corpus) = std::env::var_os("CONGTHU_CORPUS") {
            let path = std::path::Path::new(&corpus).join(model);
            assert!(path.exists(), "{name}: the corpus has no {model}");
        }
    }
}

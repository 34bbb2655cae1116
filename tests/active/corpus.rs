//! Real documents of others, where `CONGTHU_CORPUS` says they are: what is labelled as having
//! macros, DDE, objects or templates is found, and no ordinary letter is held.

use super::letter;
use crate::support::gate::{Gate, judge};
use congthu::verdict::Action;
use std::path::PathBuf;
use std::{env, fs};

fn root() -> Option<PathBuf> {
    let root = env::var_os("CONGTHU_CORPUS").map(PathBuf::from);
    if root.is_none() {
        println!("skipped: no corpus");
    }
    root
}

/// What is found in one file of the corpus: words of macros and active content.
fn words(gate: &Gate, root: &std::path::Path, path: &str) -> (Action, Vec<String>) {
    let bytes = fs::read(root.join(path)).unwrap();
    let name = path.rsplit('/').next().unwrap();
    let verdict = judge(gate, "base", &letter(name, &bytes));
    let findings = verdict.findings.iter().map(|judged| &judged.finding);
    let ours =
        findings.filter(|finding| matches!(finding.kind.name, "macro.found" | "active.found"));
    let mut words: Vec<String> = ours.filter_map(|finding| finding.what.clone()).collect();
    words.sort();
    words.dedup();
    (verdict.action, words)
}

#[test]
fn known_samples_are_found() {
    let Some(root) = root() else { return };
    let gate = Gate::with_builtin_rules();
    use Action::{Accept, Quarantine, Reject, Tag};
    for (path, action, expected) in [
        ("clamav-testfiles/clam.ole.doc", Reject, vec!["package"]),
        ("clamav-testfiles/clam.ppt", Reject, vec!["package"]),
        ("oletools/excel4-macros/excel4_sample_macro.xls", Tag, vec!["auto"]),
        ("oletools/excel4-macros/excel4_sample_macro.xlsm", Tag, vec!["auto", "macro"]),
        ("oletools/excel4-macros/excel4_sample_macro.xlsb", Tag, vec!["macro"]),
        ("oletools/msodde/dde-in-csv.csv", Quarantine, vec!["launch"]),
        ("oletools/msodde/dde-in-excel2003.xml", Quarantine, vec!["launch"]),
        ("oletools/msodde/dde-test.docx", Quarantine, vec!["launch"]),
        ("oletools/msodde/dde-test.xlsb", Quarantine, vec!["launch"]),
        ("oletools/msodde/dde-test.xlsx", Quarantine, vec!["launch"]),
        ("oletools/msodde/harmless-clean-2003.xml", Accept, vec![]),
        ("oletools/oleobj/embedded-simple-2007.doc", Tag, vec!["package"]),
        ("oletools/oleobj/embedded-simple-2007.docx", Tag, vec!["package"]),
        ("oletools/oleobj/embedded-simple-2007.ppt", Tag, vec!["package"]),
        ("oletools/oleobj/sample_with_lnk_file.doc", Reject, vec!["package"]),
        ("oletools/oleobj/sample_with_lnk_file.pps", Reject, vec!["package"]),
        (
            "oletools/oleobj/external_link/sample_with_external_link_to_doc.docx",
            Quarantine,
            vec!["template"],
        ),
        ("oletools/rtfobj/issue_251.rtf", Quarantine, vec!["launch"]),
        ("poi/test-data/document/SimpleMacro.docm", Tag, vec!["macro"]),
        ("poi/test-data/spreadsheet/39234.xls", Tag, vec!["auto"]),
        ("poi/test-data/spreadsheet/46670_local.xls", Accept, vec![]),
        ("tika/testAttachedTemplate.docx", Quarantine, vec!["template"]),
        ("tika/testODPMacro.odp", Tag, vec!["macro"]),
        ("tika/testWORD_no_format.doc", Accept, vec!["empty"]),
        ("infer/sample.ppt", Accept, vec![]),
        ("tika/testEXCEL_hyperlinks.xls", Accept, vec![]),
    ] {
        assert_eq!(
            words(&gate, &root, path),
            (action, expected.iter().map(|w| (*w).to_owned()).collect()),
            "{path}"
        );
    }
}

/// Labelled as having macros, and without any that a reader's program would see.
const NO_MACROS: &[(&str, &str)] = &[(
    "viparse-corpus/corpus/public-domain/tcvn3/2004-13-t-Phuluc3.doc",
    "a scanner took the macros out of the directory and left their bytes",
)];

#[test]
fn whatever_is_labelled_as_having_macros_is_found() {
    let Some(root) = root() else { return };
    let gate = Gate::with_builtin_rules();
    let manifest = fs::read_to_string(root.join("manifest.tsv")).unwrap();
    let mut count = 0;
    for row in manifest.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        if cells[5].starts_with("macro:") && NO_MACROS.iter().all(|(path, _)| *path != cells[0]) {
            let (_, found) = words(&gate, &root, cells[0]);
            assert!(!found.is_empty(), "{}", cells[0]);
            count += 1;
        }
    }
    assert!(count > 15, "only {count}");
}

#[test]
fn no_ordinary_letter_is_held_for_what_its_documents_do() {
    let Some(root) = root() else { return };
    let gate = Gate::with_builtin_rules();
    let manifest = fs::read_to_string(root.join("manifest.tsv")).unwrap();
    let mut count = 0;
    for row in manifest.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        if cells[4] != "ham" {
            continue;
        }
        count += 1;
        let mail = fs::read(root.join(cells[0])).unwrap();
        let verdict = judge(&gate, "base", &mail);
        let held = verdict.findings.iter().filter(|judged| {
            matches!(judged.finding.kind.name, "macro.found" | "active.found")
                && judged.action > Action::Accept
        });
        let held: Vec<String> = held.map(|judged| judged.finding.detail.clone()).collect();
        assert!(held.is_empty(), "{}: {held:?}", cells[0]);
    }
    assert!(count > 500, "only {count}");
}

//! `rules/README.md` says what rules and checks say; this test writes it anew when it is told to.

use congthu::checks;
use congthu::rules::{RuleSet, markdown};
use std::fs;

#[test]
fn the_table_of_findings_is_fresh() {
    let catalogue = checks::catalogue();
    let rules = RuleSet::builtin(&catalogue).unwrap_or_else(|errors| panic!("{errors}"));
    let page = markdown(&rules, &catalogue);
    if std::env::var_os("CONGTHU_WRITE_EXPECTED").is_some() {
        fs::write("rules/README.md", &page).unwrap();
    }
    let written = fs::read_to_string("rules/README.md").unwrap_or_default();
    assert_eq!(written, page, "run this test with CONGTHU_WRITE_EXPECTED=1 and commit the page");
}

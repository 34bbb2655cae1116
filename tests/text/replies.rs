//! A letter in each old encoding (`fixtures/text/letters`), and what its sender and an operator read
//! (`fixtures/text/replies.table`) where a body refuses such letters.

use crate::support::as_sent;
use crate::support::gate::{Gate, judge};
use congthu::checks::catalogue;
use congthu::rules::RuleSet;
use congthu::smtp::Reply;
use congthu::verdict::Action;
use std::collections::BTreeSet;
use std::fs;

/// The shipped rules, with the one line changed that the policy's own comment names.
fn strict() -> Gate {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir("rules").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let text = fs::read_to_string(&path).unwrap();
            let tag = "finding = \"encoding.legacy\"\naction  = \"tag\"\narticle";
            let text = text.replace(tag, &tag.replace("tag", "reject"));
            fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
        }
    }
    let rules = RuleSet::load(folder.path(), &catalogue()).unwrap();
    Gate { rules, ..Gate::with_builtin_rules() }
}

#[test]
fn each_encoding_has_a_letter_whose_reply_says_what_to_do() {
    let table = fs::read_to_string("fixtures/text/replies.table").unwrap();
    let (gate, mut seen, mut wrong) = (strict(), BTreeSet::new(), Vec::new());
    for row in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [name, encoding, evidence] = cells[..] else { panic!("three cells: {row}") };
        seen.insert(name.to_owned());
        let mail = as_sent(&fs::read(format!("fixtures/text/letters/{name}.eml")).unwrap());
        let verdict = judge(&gate, "tiengiang-2016", &mail);
        let names: Vec<&str> =
            verdict.findings.iter().map(|judged| judged.finding.kind.name).collect();
        let detail = verdict.findings.first().map_or("", |judged| &judged.finding.detail);
        let want = format!(
            "Nội dung thư dùng bảng mã {encoding}; đề nghị chuyển sang Unicode (TCVN 6909:2001) rồi gửi lại (khoản 3 Điều 6 QĐ 51/2016/QĐ-UBND)."
        );
        let right = names == ["encoding.legacy"]
            && verdict.action == Action::Reject
            && verdict.reply.text == want
            && evidence.split(", ").all(|pair| detail.contains(pair));
        if !right {
            wrong.push(format!("{name}: {names:?}\n  {}\n  {detail}", verdict.reply.text));
        }
        // On the wire it is a line in each language, in ASCII that still reads.
        let mut wire = Vec::new();
        Reply::told(&verdict.reply, "id").write(false, &mut wire);
        let wire = String::from_utf8(wire).unwrap();
        assert!(wire.is_ascii() && wire.starts_with("550-5.7.1 [id] Noi dung"), "{wire}");
        assert!(wire.contains("chuyen sang Unicode (TCVN 6909:2001)"), "{wire}");
        assert!(wire.lines().count() == 2 && !wire.contains('?'), "{wire}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let letters = fs::read_dir("fixtures/text/letters").unwrap().map(|entry| {
        let path = entry.unwrap().path();
        path.file_stem().unwrap().to_string_lossy().into_owned()
    });
    assert_eq!(letters.collect::<BTreeSet<_>>(), seen);
}

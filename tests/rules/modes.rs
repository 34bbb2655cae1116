//! `rules promote`, `allow`, `test` and `explain FILE`, as an administrator calls them.

use super::{catalogue, folder};
use congthu::rules::RuleSet;
use congthu::verdict::Mode;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A folder with `congthu.toml` and the rules below it.
fn place(config: &str, files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::rename(folder(files).keep(), dir.path().join("rules")).unwrap();
    fs::write(dir.path().join("congthu.toml"), config).unwrap();
    dir
}

fn rules(dir: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_congthu"));
    let output = command.arg("rules").args(arguments).current_dir(dir).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

fn loaded(dir: &Path) -> RuleSet {
    RuleSet::load(&dir.join("rules"), &catalogue()).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn promote_ends_observing_and_keeps_what_is_written() {
    let text = "# của cơ quan\n[limits]\nline = 900\n";
    let dir = place("[rules]\nmode = \"observe\"\n", &[("local/base.toml", text)]);
    let (code, said) = rules(dir.path(), &["promote"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("observing ends") && said.contains("local/base.toml"), "{said}");
    let base = fs::read_to_string(dir.path().join("rules/local/base.toml")).unwrap();
    assert_eq!(base, format!("mode = \"enforce\"\n{text}"));
    let observing = loaded(dir.path()).observing();
    assert!(observing.policies().all(|policy| !policy.observes()), "the files count");
    assert!(rules(dir.path(), &["promote"]).1.contains("Nothing is held back"));
}

#[test]
fn promote_lets_a_shadow_act_by_its_id_and_one_of_local_where_it_stands() {
    let own =
        "[[rule]]\nfinding = \"archive.encrypted\"\naction = \"tag\"\nmode = \"shadow\" # thử\n";
    let dir = place("", &[("local/base.toml", own)]);
    let (code, said) = rules(dir.path(), &["promote", "local/base.toml:1", "bang-ma-tep-dinh-kem"]);
    assert_eq!(code, 0, "{said}");
    let text = fs::read_to_string(dir.path().join("rules/local/base.toml")).unwrap();
    assert!(text.starts_with(&own.replace("shadow", "enforce")), "{text}");
    let set = loaded(dir.path());
    let base = set.policy("base").unwrap();
    assert_eq!(base.rules_of("archive.encrypted").next().unwrap().mode, Mode::Enforce);
    let rule =
        base.rules().find(|rule| rule.id.as_deref() == Some("bang-ma-tep-dinh-kem")).unwrap();
    assert_eq!(rule.mode, Mode::Enforce);
    assert!(rule.changed.is_some());
    let (code, said) = rules(dir.path(), &["promote", "bang-ma"]);
    assert_eq!(code, 64, "{said}");
    assert!(said.contains("no rule in shadow is called `bang-ma`"), "{said}");
}

#[test]
fn promote_reaches_every_policy_that_has_the_rule() {
    for (id, policies) in [
        ("khong-dau", &["angiang-2016", "base"][..]),
        ("tieng-nuoc-ngoai", &["angiang-2016", "base"]),
        (
            "bang-ma-tep-dinh-kem",
            &["angiang-2016", "base", "binhthuan-2012", "tiengiang-2009", "tiengiang-2016"],
        ),
    ] {
        let dir = place("", &[]);
        let (code, said) = rules(dir.path(), &["promote", id]);
        assert_eq!(code, 0, "{said}");
        let set = loaded(dir.path());
        for policy in set.policies() {
            assert!(
                said.contains(&format!("{}.toml:", policy.id)) == policies.contains(&&*policy.id)
            );
            let of: Vec<_> = policy.rules().filter(|rule| rule.id.as_deref() == Some(id)).collect();
            assert!(!of.is_empty() && of.iter().all(|rule| rule.mode == Mode::Enforce), "{of:?}");
        }
    }
}

#[test]
fn promote_may_be_told_one_policy_and_writes_nothing_that_would_be_wrong() {
    let dir = place("", &[]);
    let arguments = ["promote", "bang-ma-tep-dinh-kem", "--policy", "tiengiang-2016"];
    let (code, said) = rules(dir.path(), &arguments);
    assert_eq!(code, 0, "{said}");
    let written = fs::read_dir(dir.path().join("rules/local")).unwrap();
    let names: Vec<_> = written.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["tiengiang-2016.toml"]);
    // Before it stands a milder one of another policy, for senders that anybody can write.
    let (code, said) = rules(dir.path(), &["promote", "khong-dau", "--policy", "base"]);
    assert_eq!(code, 78, "{said}");
    assert!(said.contains("nothing was written, since this would be wrong"), "{said}");
    assert!(said.contains("rules/angiang-2016.toml:") && said.contains("let this one act too"));
    assert!(!dir.path().join("rules/local/base.toml").exists());
    let (code, said) = rules(dir.path(), &["promote", "khong-dau", "--policy", "binhthuan-2012"]);
    assert_eq!(code, 64, "{said}");
    assert!(said.contains("no rule of binhthuan-2012 in shadow is called `khong-dau`"), "{said}");
}

#[test]
fn promote_of_a_rule_that_local_changes_already_is_written_there() {
    let own = "# lời\n[[rule]]\nid = \"khong-dau\"\narticle = \"khoản 1\"\n";
    let dir = place("", &[("local/base.toml", own)]);
    let (code, said) = rules(dir.path(), &["promote", "khong-dau"]);
    assert_eq!(code, 0, "{said}");
    let text = fs::read_to_string(dir.path().join("rules/local/base.toml")).unwrap();
    assert_eq!(text, own.replace("[[rule]]\n", "[[rule]]\nmode = \"enforce\"\n"));
    let set = loaded(dir.path());
    let rule = set.policy("base").unwrap().rules_of("text.undiacritical").next().unwrap().clone();
    assert_eq!((rule.mode, rule.article.as_deref()), (Mode::Enforce, Some("khoản 1")));
}

#[test]
fn allow_writes_a_dated_exception_before_all_rules() {
    let own = "# giữ lại\n[[rule]]\nfinding = \"archive.encrypted\"\naction = \"tag\"\n";
    let dir = place("", &[("local/binhthuan-2012.toml", own)]);
    let arguments = [
        "allow",
        "archive.encrypted",
        "--policy",
        "binhthuan-2012",
        "--client",
        "10.0.0.0/8",
        "--name",
        "*.zip",
        "--days",
        "7",
        "--by",
        "anvtt",
        "--note",
        "hồ sơ \"mật khẩu\" của Sở",
    ];
    let (code, said) = rules(dir.path(), &arguments);
    assert_eq!(code, 0, "{said}");
    let text = fs::read_to_string(dir.path().join("rules/local/binhthuan-2012.toml")).unwrap();
    assert!(text.ends_with(own), "{text}");
    let set = loaded(dir.path());
    let rule = set.policy("binhthuan-2012").unwrap().rules().next().unwrap().clone();
    assert_eq!(
        (rule.findings.as_slice(), rule.action.name()),
        (&["archive.encrypted"][..], "accept")
    );
    assert!(rule.note.unwrap().ends_with("hồ sơ \"mật khẩu\" của Sở"));
    assert!(rule.until.is_some() && rule.place == "local/binhthuan-2012.toml:1");
}

#[test]
fn allow_excepts_from_no_virus_and_for_no_sender_alone() {
    let dir = place("", &[]);
    for (arguments, code, says) in [
        (
            vec!["allow", "virus.found", "--name", "*", "--note", "x"],
            64,
            "no exception is made of `virus.found`",
        ),
        (
            vec!["allow", "executable.found", "--name", "a.exe", "--note", "x"],
            64,
            "no exception is made",
        ),
        (vec!["allow", "archive.encrypted", "--note", "x"], 64, "--client, --rcpt or --name"),
        (
            vec!["allow", "archive.encrypt", "--name", "*", "--note", "x"],
            64,
            "did you mean `archive.encrypted`?",
        ),
        (
            vec![
                "allow",
                "archive.encrypted",
                "--rcpt",
                "a@x.example",
                "--sender",
                "b.example",
                "--note",
                "x",
            ],
            78,
            "anybody can write",
        ),
        (
            vec!["allow", "archive.encrypted", "--name", "*", "--days", "400", "--note", "x"],
            64,
            "400",
        ),
        (
            vec![
                "allow",
                "archive.encrypted",
                "--name",
                "*",
                "--policy",
                "angian-2016",
                "--note",
                "x",
            ],
            64,
            "did you mean `angiang-2016`?",
        ),
    ] {
        let (got, said) = rules(dir.path(), &arguments);
        assert!(got == code && said.contains(says), "{arguments:?}: {got} {said}");
    }
    assert_eq!(fs::read_dir(dir.path().join("rules/local")).unwrap().count(), 0);
}

#[test]
fn what_has_had_its_time_is_told_by_check() {
    let text = "[[rule]]\nfinding = \"archive.encrypted\"\nwhere = { name = \"*.zip\" }\naction = \"accept\"\nuntil = \"2020-01-31\"\n";
    let dir = place("", &[("local/base.toml", text)]);
    let (code, said) = rules(dir.path(), &["check"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("local/base.toml:1: ended on 2020-01-31 and does nothing any more"),
        "{said}"
    );
}

#[test]
fn examples_are_run_and_must_be_decided_by_their_rule() {
    let example = |expect: &str| {
        format!(
            "[words.a]\nphrases = [\"xổ số\"]\n[[rule]]\nfinding = \"words.a\"\naction = \"quarantine\"\n  [[rule.example]]\n  mail = \"a.eml\"\n  expect = \"{expect}\"\n"
        )
    };
    let mail = "Subject: x\n\nmua xo so\n";
    let right = place("", &[("local/base.toml", &example("quarantine")), ("local/a.eml", mail)]);
    let (code, said) = rules(right.path(), &["test"]);
    assert!(code == 0 && said.contains(" 0 wrong"), "{said}");
    let wrong = place("", &[("local/base.toml", &example("reject")), ("local/a.eml", mail)]);
    let (code, said) = rules(wrong.path(), &["test"]);
    assert!(
        code == 1
            && said.contains(
                "local/base.toml:3: a.eml: quarantine (words.a, local/base.toml:3), expected reject"
            ),
        "{said}"
    );
    let other = place(
        "",
        &[("local/base.toml", &example("accept")), ("local/a.eml", "Subject: x\n\nhi\n")],
    );
    let (code, said) = rules(other.path(), &["test"]);
    assert!(code == 1 && said.contains("the rule decided about nothing in it"), "{said}");
}

#[test]
fn examples_are_run_as_if_the_first_days_were_over() {
    let rule = "[words.a]\nphrases = [\"xổ số\"]\n[[rule]]\nfinding = \"words.a\"\naction = \"quarantine\"\nexample = [{ mail = \"a.eml\", expect = \"quarantine\" }]\n";
    let mail = "Subject: x\n\nmua xo so\n";
    let dir =
        place("[rules]\nmode = \"observe\"\n", &[("local/base.toml", rule), ("local/a.eml", mail)]);
    let (code, said) = rules(dir.path(), &["test"]);
    assert!(code == 0 && said.contains("1 examples, 0 wrong"), "{said}");
    assert!(said.contains("mails of shipped rules are not here"), "{said}");
    // An operator's own mail that is missing is a mistake.
    fs::remove_file(dir.path().join("rules/local/a.eml")).unwrap();
    let (code, said) = rules(dir.path(), &["test"]);
    assert!(code == 1 && said.contains("local/base.toml:3: a.eml: "), "{said}");
}

#[test]
fn explain_tells_each_rule_that_was_asked() {
    let text = "[words.a]\nphrases = [\"xổ số\"]\n[[rule]]\nfinding = \"words.a\"\nwhere = { client = \"10.0.0.0/8\" }\naction = \"accept\"\nuntil = \"2020-01-31\"\n\
                [[rule]]\nid = \"xs\"\nfinding = \"words.a\"\naction = \"quarantine\"\nmode = \"shadow\"\narticle = \"Đ.11.4\"\nnote = \"thử\"\n";
    let dir = place("", &[("local/base.toml", text)]);
    fs::write(dir.path().join("a.eml"), "Subject: x\n\nmua xo so\n").unwrap();
    let (code, said) = rules(dir.path(), &["explain", "a.eml"]);
    assert_eq!(code, 0, "{said}");
    for line in [
        "accept 250 2.0.0, policy base",
        "words.a in 1: entry 1 (local/base.toml:2)",
        "  local/base.toml:3: client 10.0.0.0/8: is over",
        "  local/base.toml:8: always: holds, and decides",
        "    note: thử",
        "  → quarantine in shadow: counted and shown, not acted upon, Đ.11.4",
    ] {
        assert!(said.lines().any(|told| told == line), "{line}: {said}");
    }
}

//! `local/`: what an operator writes lies over the shipped files, key by key.

use super::{envelope, finding, judge, kind, load, with};
use congthu::rules::Status;
use congthu::verdict::{Action, Finding, Mode};

#[test]
fn settings_are_replaced_key_by_key() {
    let text = "contact = \"vanthu@x.example\"\nmode = \"observe\"\n[limits]\nmessage = 1000\n[spam]\nreport = 3\n\
                [sets.domains]\nstate-bodies = [\"b.example\"]\n[formats]\npdf = [\"a/b\"]\n\
                [replies.size]\nvi = \"To quá\"\nen = \"Too large\"";
    let rules = with(&[
        ("local/base.toml", text),
        ("local/tiengiang-2016.toml", "recipients = [\"tg.example\"]"),
    ]);
    let shipped = with(&[]);
    let (base, old) = (rules.policy("base").unwrap(), shipped.policy("base").unwrap());
    assert_eq!((base.settings.limits.message, base.settings.limits.line), (1000, 1000));
    assert_eq!(base.settings.spam.report, 3.0);
    assert_eq!(base.title, old.title);
    assert!(base.observes() && !old.observes());
    let tiengiang = rules.policy("tiengiang-2016").unwrap();
    assert_eq!(tiengiang.recipients, ["tg.example"]);
    assert_eq!(tiengiang.settings.limits.message, 1000);
    let binhthuan = rules.policy("binhthuan-2012").unwrap();
    let pdf = binhthuan.settings.attachments.allow.as_ref().unwrap();
    let pdf = pdf.iter().find(|format| format.extension == "pdf").unwrap();
    assert_eq!(pdf.types, ["a/b"]);
    let large =
        judge(base, vec![finding("size.message")], &envelope("a@x.example", &["b@y.example"]));
    assert!(large.reply.text.is_empty() || large.reply.text == "To quá");
    assert_ne!(rules.hash(), shipped.hash());
}

#[test]
fn rules_of_local_come_before_shipped_ones() {
    let text = "[[rule]]\nfinding = \"archive.unlocked\"\naction = \"tag\"\n";
    let rules = with(&[("local/base.toml", text)]);
    for id in ["base", "angiang-2016"] {
        let policy = rules.policy(id).unwrap();
        let verdict = judge(
            policy,
            vec![finding("archive.unlocked")],
            &envelope("a@x.example", &["b@y.example"]),
        );
        assert_eq!(verdict.action, Action::Tag);
        assert_eq!(verdict.findings[0].rule, "local/base.toml:1");
    }
}

#[test]
fn a_rule_with_the_id_of_a_shipped_one_changes_its_keys_where_it_stands() {
    let text = "[[rule]]\nid = \"noi-dung-cam\"\nmode = \"shadow\"\narticle = \"khoản 3\"\n";
    let rules = with(&[("local/base.toml", text)]);
    let base = rules.policy("base").unwrap();
    let old = with(&[]);
    let rule = base.rules_of("words.noi-dung-cam").next().unwrap();
    let shipped =
        old.policy("base").unwrap().rules_of("words.noi-dung-cam").next().unwrap().clone();
    assert_eq!((rule.mode, shipped.mode), (Mode::Shadow, Mode::Enforce));
    assert_eq!((rule.action, &rule.place), (shipped.action, &shipped.place));
    assert_eq!(rule.changed.as_deref(), Some("local/base.toml:1"));
    assert_eq!(rule.article.as_deref(), Some("khoản 3"));
}

#[test]
fn a_policy_of_ones_own_may_stand_in_local() {
    let text = "id = \"xa\"\ntitle = \"Xã\"\nstatus = \"in force\"\nextends = \"tiengiang-2016\"\nrecipients = [\"xa.example\"]";
    let rules = with(&[("local/xa.toml", text)]);
    let policy = rules.policy("xa").unwrap();
    assert_eq!(
        (policy.status, policy.extends.as_deref()),
        (Status::InForce, Some("tiengiang-2016"))
    );
    assert_eq!(policy.settings.limits.attachments, Some(50 << 20));
}

#[test]
fn mistakes_in_local_are_told_with_their_place() {
    for (name, text, says) in [
        (
            "bse.toml",
            "[limits]\nline = 5",
            "local/bse.toml: there is no bse.toml that it could change; did you mean base.toml?",
        ),
        ("base.toml", "id = \"bas\"", "local/base.toml:1:6: the file is called `base`"),
        (
            "base.toml",
            "[[rule]]\nid = \"khong-da\"\nmode = \"off\"",
            "local/base.toml:2:6: the file below has no rule with the id `khong-da`; did you mean `khong-dau`?",
        ),
        (
            "base.toml",
            "[[rule]]\nid = \"khong-dau\"\nwhere = { role = \"body\" }",
            "local/base.toml:3:9: a rule that changes a shipped one (by its id) keeps its `where`",
        ),
        (
            "base.toml",
            "[[rule]]\nfinding = \"spam.score\"",
            "local/base.toml:1:1: the key `action` is missing",
        ),
        (
            "base.toml",
            "[[rule]]\naction = \"tag\"",
            "local/base.toml:1:1: the key `finding` is missing",
        ),
        (
            "base.toml",
            "[[rule]]\nid = \"khong-dau\"\nuntil = \"2026-12-31\"",
            "`text.undiacritical` needs a rule without conditions here",
        ),
        ("base.toml", "mode = \"shadow\"", "local/base.toml:1:8: unknown word `shadow`"),
        (
            "base.toml",
            "[[rule]]\nfinding = \"spam.score\"\naction = \"tag\"\nuntil = \"31/12/2026\"",
            "local/base.toml:4:9: `31/12/2026` is no day; write it as `2026-12-31`",
        ),
        (
            "base.toml",
            "[[rule]]\nfinding = \"executable.found\"\naction = \"tag\"\nwhere = { name = \"a.exe\" }\nuntil = \"2026-12-31\"",
            "there is no exception for a time from `executable.found`",
        ),
    ] {
        let told = load(&[(&format!("local/{name}"), text)]).map(drop).unwrap_err();
        assert!(told.contains(says), "{text}: {told}");
    }
}

#[test]
fn a_rule_ends_with_its_last_day() {
    let text = "[[rule]]\nfinding = \"attachment.type\"\nwhere = { client = \"10.0.0.0/8\" }\naction = \"accept\"\nuntil = \"2026-03-31\"\n";
    let rules = with(&[("local/binhthuan-2012.toml", text)]);
    let policy = rules.policy("binhthuan-2012").unwrap();
    // Midnight in Việt Nam is 17:00 UTC.
    for (time, action) in [
        (Some("2026-03-31T16:59:59Z"), Action::Accept),
        (Some("2026-03-31T17:00:00Z"), Action::Reject),
        (None, Action::Reject),
    ] {
        let mut envelope = envelope("a@x.example", &["b@bdt.binhthuan.gov.vn"]);
        envelope.client.ip = "10.1.1.1".parse().ok();
        envelope.time = time.map(|time| time.parse().unwrap());
        let finding = Finding::at(kind("attachment.type"), "2", "dwg");
        assert_eq!(judge(policy, vec![finding], &envelope).action, action, "{time:?}");
    }
}

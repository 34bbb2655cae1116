//! The language of rule files: conditions, order, what is inherited, and what a hash tells apart.

use super::{catalogue, envelope, judge, kind, with};
use congthu::mail::{Address, Envelope};
use congthu::rules::{Policy, RuleSet};
use congthu::verdict::{Action, Cause, Finding, Mode};
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// A policy `local` with this text.
fn local(text: &str) -> Arc<Policy> {
    let text = format!("id = \"local\"\ntitle = \"Thử\"\n{text}");
    with(&[("local.toml", &text)]).policy("local").unwrap().clone()
}

fn action(policy: &Policy, finding: &Finding, envelope: &Envelope) -> Action {
    judge(policy, vec![finding.clone()], envelope).action
}

fn from(sender: &str, ip: &str) -> Envelope {
    let mut envelope = envelope(sender, &["b@y.example"]);
    envelope.client.ip = ip.parse().ok();
    envelope.client.helo = "mx.Friend.example".into();
    envelope
}

#[test]
fn conditions_hold_for_what_they_say() {
    let finding = Finding::at(kind("archive.encrypted"), "2", "zip");
    let cases = [
        ("role = \"attachment\"", true),
        ("role = [\"body\", \"attachment\"]", true),
        ("role = \"body\"", false),
        ("name = \"*.pdf\"", true),
        ("name = \"báo cáo.*\"", true),
        ("name = \"*.{doc,docx}\"", false),
        ("type = \"application/*\"", true),
        ("type = \"image/*\"", false),
        ("sender = \"friend.example\"", true),
        ("sender = \"A@mail.friend.example\"", true),
        ("sender = \"b@mail.friend.example\"", false),
        ("sender = \"end.example\"", false),
        ("sender = \"<>\"", false),
        ("sender = [\"<>\", \"friend.example\"]", true),
        ("recipient = \"y.example\"", true),
        ("recipient = \"z.example\"", false),
        ("client = \"10.0.0.0/8\"", true),
        ("client = \"10.1.2.3\"", true),
        ("client = [\"192.0.2.0/24\", \"2001:db8::/32\"]", false),
        ("helo = \"*.friend.example\"", true),
        ("helo = \"mx\"", false),
        ("cause = \"timeout\"", false),
        ("over = 1", false),
        ("role = \"attachment\", name = \"*.pdf\", client = \"10.0.0.0/8\"", true),
        ("role = \"attachment\", name = \"*.doc\", client = \"10.0.0.0/8\"", false),
    ];
    for (condition, holds) in cases {
        let rule = "[[rule]]\nfinding = \"archive.encrypted\"\naction = \"reject\"\n";
        let policy = local(&format!("{rule}where = {{ {condition} }}"));
        let got = action(&policy, &finding, &from("a@mail.friend.example", "10.1.2.3"));
        // Behind it stands base's quarantine.
        assert_eq!(got == Action::Reject, holds, "{condition}");
    }
}

#[test]
fn a_client_in_ipv6_clothes_is_the_same_client() {
    let policy = local(
        "[[rule]]\nfinding = \"line.bare\"\nwhere = { client = \"10.0.0.0/8\" }\naction = \"tag\"",
    );
    let finding = Finding::whole(kind("line.bare"), "");
    assert_eq!(action(&policy, &finding, &from("", "::ffff:10.1.2.3")), Action::Tag);
    assert_eq!(action(&policy, &finding, &from("", "::ffff:11.1.2.3")), Action::Reject);
}

#[test]
fn an_exemption_needs_the_network() {
    let policy = local(
        "[[rule]]\nfinding = \"archive.encrypted\"\naction = \"reject\"\n\
         unless = { sender = \"friend.example\", client = \"10.0.0.0/8\" }",
    );
    let finding = Finding::at(kind("archive.encrypted"), "2", "");
    assert_eq!(
        action(&policy, &finding, &from("a@friend.example", "10.1.2.3")),
        Action::Quarantine
    );
    assert_eq!(action(&policy, &finding, &from("a@friend.example", "192.0.2.1")), Action::Reject);
    assert_eq!(action(&policy, &finding, &from("a@x.example", "10.1.2.3")), Action::Reject);
    assert_eq!(action(&policy, &finding, &envelope("a@friend.example", &[])), Action::Reject);
}

#[test]
fn one_more_recipient_helps_no_sender() {
    let finding = Finding::at(kind("spam.score"), "", "").measured(20.0, 5.0);
    let lenient = local(
        "[[rule]]\nfinding = \"spam.score\"\nwhere = { recipient = \"abuse@y.example\" }\naction = \"accept\"",
    );
    let strict = local(
        "[[rule]]\nfinding = \"spam.score\"\nwhere = { recipient = \"boss@y.example\" }\naction = \"reject\"",
    );
    let unless = local(
        "[[rule]]\nfinding = \"spam.score\"\nunless = { recipient = \"abuse@y.example\" }\naction = \"reject\"",
    );
    let one = |to: &str| envelope("a@x.example", &[to]);
    let two = |to: &str| envelope("a@x.example", &[to, "other@y.example"]);
    assert_eq!(action(&lenient, &finding, &one("abuse@y.example")), Action::Accept);
    assert_eq!(action(&lenient, &finding, &two("abuse@y.example")), Action::Quarantine);
    assert_eq!(action(&strict, &finding, &one("boss@y.example")), Action::Reject);
    assert_eq!(action(&strict, &finding, &two("boss@y.example")), Action::Reject);
    assert_eq!(action(&unless, &finding, &one("abuse@y.example")), Action::Quarantine);
    assert_eq!(action(&unless, &finding, &two("abuse@y.example")), Action::Reject);
}

#[test]
fn one_more_name_helps_no_sender() {
    let rule = |action: &str| {
        local(&format!(
            "[[rule]]\nfinding = \"attachment.type\"\nwhere = {{ name = \"*.docx\" }}\n\
             action = \"{action}\""
        ))
    };
    let finding = Finding::at(kind("attachment.type"), "3", "");
    let to = envelope("", &[]);
    assert_eq!(action(&rule("accept"), &finding, &to), Action::Tag);
    assert_eq!(action(&rule("reject"), &finding, &to), Action::Reject);
}

#[test]
fn settings_and_rules_are_inherited_over_several_files() {
    let rules = with(&[
        (
            "province.toml",
            "id = \"province\"\ntitle = \"Tỉnh\"\nextends = \"tiengiang-2016\"\n\
             [limits]\nattachments = \"20 MiB\"\n[attachments]\nallow = [\"@national\"]",
        ),
        (
            "commune.toml",
            "id = \"commune\"\ntitle = \"Xã\"\nextends = \"province\"\nrecipients = [\"xa.example\"]\n\
             [attachments]\nallow = [\".pdf\", \"+odt\", \"zip\"]",
        ),
    ]);
    let commune = rules.pick(&Address::new("a@xa.example"));
    assert_eq!(commune.id, "commune");
    let settings = &commune.settings;
    assert_eq!(settings.limits.attachments, Some(20 << 20));
    assert_eq!(settings.limits.message, 76_000_000);
    let formats = settings.attachments.allow.as_ref().unwrap();
    let names: Vec<&str> = formats.iter().map(|f| f.extension.as_str()).collect();
    assert_eq!(names, ["odt", "pdf", "zip"]);
    let to = envelope("", &[]);
    let verdict = judge(commune, vec![Finding::whole(kind("virus.found"), "")], &to);
    assert_eq!(verdict.findings[0].article.as_deref(), Some("khoản 3 Điều 11"));
    assert!(verdict.findings[0].rule.starts_with("tiengiang-2016.toml:"));
    assert_eq!(verdict.policy, "commune");
}

#[test]
fn a_rule_that_is_off_is_not_there_and_one_in_shadow_decides() {
    let finding = Finding::whole(kind("line.bare"), "");
    let rule = "[[rule]]\nfinding = \"line.bare\"\naction = \"tag\"\nmode = ";
    let off = local(&format!("{rule}\"off\""));
    assert_eq!(action(&off, &finding, &envelope("", &[])), Action::Reject);
    let shadow = local(&format!("{rule}\"shadow\""));
    let verdict = judge(&shadow, vec![finding], &envelope("", &[]));
    assert_eq!(verdict.action, Action::Accept);
    assert_eq!(verdict.findings[0].mode, Mode::Shadow);
}

#[test]
fn a_reply_comes_from_the_rule_that_decided() {
    let policy = local(
        "contact = \"vanthu@y.example\"\n[replies.policy]\nvi = \"Hỏi {contact}.\"\nen = \"Ask {contact}.\"\n\
         [[rule]]\nfinding = \"virus.found\"\naction = \"reject\"\n\
         [[rule]]\nfinding = \"script.found\"\naction = \"reject\"\n\
         reply = { vi = \"Không nhận {name} từ {domain} gửi {rcpt}.\", en = \"No {name}.\" }",
    );
    let to = envelope("a@x.example", &["b@y.example"]);
    let reply = |finding| judge(&policy, vec![finding], &to).reply;
    let virus = reply(Finding::whole(kind("virus.found"), ""));
    assert_eq!(
        (virus.text.as_str(), virus.english.as_str()),
        ("Hỏi vanthu@y.example.", "Ask vanthu@y.example.")
    );
    let script = reply(Finding::at(kind("script.found"), "2/x/a.js", ""));
    assert_eq!(script.text, "Không nhận a.js từ x.example gửi b@y.example.");
}

#[test]
fn policies_that_judge_alike_have_one_hash() {
    let text = |id: &str, extra: &str| format!("id = \"{id}\"\ntitle = \"{id}\"\n# {id}\n{extra}");
    let rule = "\n[[rule]]\nfinding = \"line.bare\"\naction = \"tag\"";
    let rules = with(&[
        ("a.toml", &text("a", rule)),
        ("b.toml", &text("b", &format!("recipients = [\"b.example\"]\n\n\n{rule}\n"))),
        ("c.toml", &text("c", &format!("{rule}\narticle = \"Điều 1\""))),
        ("d.toml", &text("d", &format!("[limits]\nline = 2000{rule}"))),
        ("e.toml", &text("e", &format!("contact = \"x@y.example\"{rule}"))),
        ("f.toml", &text("f", "")),
    ]);
    let hash = |id: &str| rules.policy(id).unwrap().hash.clone();
    assert_eq!(hash("a"), hash("b"));
    assert_eq!(hash("f"), hash("base"));
    for other in ["c", "d", "e", "f"] {
        assert_ne!(hash("a"), hash(other), "{other}");
    }
    assert_ne!(rules.hash(), with(&[]).hash());
    assert_eq!(with(&[]).hash().len(), 64);
}

#[test]
fn longest_domain_and_single_address_first() {
    let text = |id: &str, recipients: &str| {
        format!("id = \"{id}\"\ntitle = \"x\"\nrecipients = [{recipients}]\n")
    };
    let rules = with(&[
        ("top.toml", &text("top", "\"y.example\"")),
        ("sub.toml", &text("sub", "\"so.y.example\"")),
        ("box.toml", &text("box", "\"An@so.y.example\", \"@z.example\"")),
    ]);
    for (address, id) in [
        ("a@y.example", "top"),
        ("a@xa.y.example", "top"),
        ("a@so.y.example", "sub"),
        ("a@phong.so.y.example", "sub"),
        ("an@SO.y.example", "box"),
        ("an@phong.so.y.example", "sub"),
        ("a@z.example", "box"),
    ] {
        assert_eq!(rules.pick(&Address::new(address)).id, id, "{address}");
    }
    assert!(rules.is_relay_domain("Phong.SO.y.example") && !rules.is_relay_domain("example"));
}

#[test]
fn hidden_and_other_files_are_no_rules() {
    let rules = with(&[(".base.toml.swp", "x"), ("#x", "x"), ("notes.txt", "x"), (".x.toml", "x")]);
    assert_eq!(rules.policies().count(), 5);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let errors = RuleSet::load(Path::new("/nonexistent/rules"), &catalogue()).unwrap_err();
    assert!(errors.to_string().starts_with("/nonexistent/rules: cannot be read"), "{errors}");
}

/// Any finding of the catalogue.
fn any_finding() -> impl Strategy<Value = Finding> {
    let causes = proptest::option::of(proptest::sample::select(vec![
        Cause::EngineDown,
        Cause::EngineLimit,
        Cause::Panic,
    ]));
    let kinds: Vec<_> = catalogue().iter().collect();
    let kinds = proptest::sample::select(kinds);
    let value = proptest::option::of(0.0..1e8);
    let parts = proptest::sample::select(vec!["", "1", "2", "2/a.zip/b"]);
    (kinds, parts, "\\PC{0,60}", causes, value).prop_map(|(kind, part, name, cause, value)| {
        let mut finding = Finding::at(kind, part, name.clone()).named(name.clone()).what(name);
        (finding.cause, finding.value) = (cause, value);
        finding
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn the_verdict_is_the_gravest_enforced_action_in_any_order(
        findings in proptest::collection::vec(any_finding(), 0..8),
        seed in any::<usize>(),
    ) {
        let rules = RuleSet::builtin(&catalogue()).unwrap();
        let to = envelope("a@x.example", &["b@y.example"]);
        for policy in rules.policies() {
            let verdict = judge(policy, findings.clone(), &to);
            let enforced = verdict.findings.iter().filter(|j| j.mode == Mode::Enforce);
            let gravest = enforced.map(|j| j.action).max().unwrap_or(Action::Accept);
            prop_assert_eq!(verdict.action, gravest);
            prop_assert_eq!(verdict.findings.len(), findings.len());
            prop_assert!(verdict.findings.is_sorted_by_key(|j| std::cmp::Reverse(j.action)));
            prop_assert!(verdict.findings.iter().all(|j| !j.rule.is_empty()));
            prop_assert!(verdict.reply.text.chars().count() <= 440);
            prop_assert!(!verdict.reply.text.chars().any(char::is_control));
            let mut turned = findings.clone();
            turned.rotate_left(if findings.is_empty() { 0 } else { seed % findings.len() });
            let again = judge(policy, turned, &to);
            prop_assert_eq!(again.reply, verdict.reply);
        }
    }

    #[test]
    fn no_text_makes_loading_panic(text in "(?s)[\\[\\]{}\"=a-z.\n@# \u{1ea1}]{0,120}") {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("base.toml"), &text).unwrap();
        let _ = RuleSet::load(dir.path(), &catalogue());
    }
}

//! The shipped policies: what each does with each finding, under which article, in which words.

use super::{catalogue, envelope, judge, spelled, with};
use congthu::mail::{Address, fold};
use congthu::rules::settings::Settings;
use congthu::rules::{RuleSet, Status};
use congthu::verdict::{Action, Cause, Finding, Grade, Mode};
use std::fs;
use std::path::Path;

fn shipped() -> RuleSet {
    let set = RuleSet::load(Path::new("rules"), &catalogue());
    set.unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn each_policy_does_with_each_finding_what_the_table_says() {
    let rules = shipped();
    let mut wrong = Vec::new();
    let table = include_str!("../../fixtures/rules/shipped.table");
    let mut seen = 0;
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut cells = line.split('|').map(str::trim);
        let mut cell = || cells.next().unwrap_or_else(|| panic!("too few cells: {line}"));
        let (policy, finding) = (cell(), spelled(cell()));
        let expected = [cell(), cell(), cell()];
        let policy = rules.policy(policy).unwrap();
        let to = envelope("a@x.example", &["b@y.example"]);
        let verdict = judge(policy, vec![finding], &to);
        let judged = &verdict.findings[0];
        let action = match judged.mode {
            Mode::Enforce => judged.action.name().to_owned(),
            mode => format!("{} {}", judged.action.name(), mode.name()),
        };
        let article = judged.article.clone().unwrap_or_else(|| "-".to_owned());
        let code = format!("{} {}", verdict.reply.code.basic, verdict.reply.code.enhanced);
        if [action.as_str(), &article, &code] != expected {
            wrong.push(format!("{line}\n  got {action} | {article} | {code}"));
        }
        seen += 1;
    }
    assert!(seen >= 60, "{seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_refusal_has_words_that_fit_a_reply_line_and_a_reason() {
    let rules = shipped();
    let long =
        "Mẫu biểu báo cáo tình hình thực hiện nhiệm vụ quý IV năm 2026 (bản chính thức).docx";
    let to = envelope("a@xyz.example", &["nguyenthiminhkhai@stttt.tiengiang.gov.vn"]);
    let mut refusals = 0;
    for policy in rules.policies() {
        for kind in catalogue().iter() {
            for word in ["engine_down", "hiding", ""] {
                let mut finding = Finding::at(kind, "2", "evidence").named(long).what(long);
                finding = finding.measured(1e9, 76e6);
                finding.cause = (word == "engine_down").then_some(Cause::EngineDown);
                finding.grade = (word == "hiding").then_some(Grade::Hiding);
                let verdict = judge(policy, vec![finding], &to);
                let text = &verdict.reply.text;
                let place = format!("{} {} {word}: {text}", policy.id, kind.name);
                if verdict.action < Action::Tempfail {
                    assert_eq!(text, "", "{place}");
                    continue;
                }
                refusals += 1;
                // `550-5.7.1 `, ` [id]` and the line end come on top.
                assert!(fold(text).len() <= 440, "{}: {place}", fold(text).len());
                assert!(fold(text).is_ascii(), "{place}");
                assert_ne!(fold(text), *text, "no diacritics: {place}");
                assert!(verdict.reply.english.is_ascii() || verdict.reply.english.contains("Mẫu"));
                assert!(!text.contains(['\r', '\n', '{', '}']), "{place}");
                if verdict.action == Action::Reject {
                    let reason = verdict.findings[0].article.is_some()
                        || text.contains("giới hạn kỹ thuật")
                        || policy.id == "base";
                    assert!(reason, "neither article nor technical limit: {place}");
                }
            }
        }
    }
    assert!(refusals > 100, "{refusals}");
}

#[test]
fn texts_are_filled_and_have_the_lengths_that_were_counted() {
    let rules = shipped();
    let to = envelope("a@x.example", &["b@tiengiang.gov.vn"]);
    let name = "Dự thảo quy hoạch sử dụng đất năm 2026 lần thứ hai.docx";
    let cases = [
        ("tiengiang-2016", "size.attachments>57566822", 120, "dung lượng 54,9 MB, quá mức 50 MB"),
        ("tiengiang-2016", "virus.found", 144, "mã độc Win.Test.EICAR_HDB-1 nên"),
        // A name is cut to 40 characters.
        ("binhthuan-2012", "executable.found", 141, "Dự thảo quy hoạch sử dụng đất năm 2026 l;"),
        ("binhthuan-2012", "attachment.type", 160, "Dự thảo quy hoạch sử dụng đất năm 2026 l "),
        ("tiengiang-2016", "virus.unscanned:timeout", 119, "khoản 1 Điều 14"),
    ];
    for (policy, finding, length, contains) in cases {
        let finding = spelled(finding).named(name);
        let text = judge(rules.policy(policy).unwrap(), vec![finding], &to).reply.text;
        assert!(text.contains(contains), "{text}");
        assert_eq!(fold(&text).len(), length, "{text}");
    }
}

#[test]
fn what_is_shipped_milder_has_its_words_too() {
    let text = fs::read_to_string("rules/tiengiang-2016.toml").unwrap();
    let text = text.replace("\"tag\"", "\"reject\"").replace("\"quarantine\"", "\"reject\"");
    let rules = with(&[("tiengiang-2016.toml", &text)]);
    let to = envelope("a@x.example", &["b@tiengiang.gov.vn"]);
    for (finding, what, length, article) in [
        ("encoding.legacy", "TCVN3 (ABC)", 132, "khoản 3 Điều 6"),
        ("secret.marked", "strong", 128, "khoản 1 Điều 6"),
        // 24 characters were counted for the contact, which here has 27.
        ("spam.score>20", "", 136, "khoản 4 Điều 14"),
    ] {
        let policy = rules.policy("tiengiang-2016").unwrap();
        let reply = judge(policy, vec![spelled(finding).what(what)], &to).reply;
        assert!(reply.text.contains(article), "{}", reply.text);
        assert_eq!(fold(&reply.text).len(), length, "{}", reply.text);
    }
}

#[test]
fn recipients_are_told_of_in_words_of_the_lengths_that_were_counted() {
    let rules = shipped();
    let to = envelope("a@x.example", &["nguyenthiminhkhai77@tiengiang.gov.vn"]);
    for (finding, length, words, code) in [
        ("recipient.unknown", 135, "không có trong danh bạ; đề nghị kiểm tra lại địa chỉ", "5.1.1"),
        (
            "recipient.locked",
            139,
            "đang tạm khóa; đề nghị liên hệ trực tiếp cơ quan chủ quản",
            "5.2.1",
        ),
        (
            "recipient.revoked",
            140,
            "đã bị thu hồi; đề nghị liên hệ trực tiếp cơ quan chủ quản",
            "5.2.1",
        ),
    ] {
        let policy = rules.policy("tiengiang-2016").unwrap();
        let reply = judge(policy, vec![spelled(finding)], &to).reply;
        let expected = format!("Hộp thư nguyenthiminhkhai77@tiengiang.gov.vn {words} (khoản ");
        assert!(reply.text.starts_with(&expected), "{}", reply.text);
        assert_eq!(fold(&reply.text).len(), length, "{}", reply.text);
        assert_eq!((reply.code.basic, reply.code.enhanced), (550, code));
    }
}

#[test]
fn what_is_over_a_limit_reads_as_over_it() {
    let rules = shipped();
    for (name, value, limit, text, english) in [
        (
            "size.attachments",
            52_428_801.0,
            52_428_800.0,
            "50,1 MB, quá giới hạn kỹ thuật 50 MB",
            "50.1 MB",
        ),
        // The reading stopped at the limit: the true size is not known and not told.
        (
            "size.message",
            76_000_001.0,
            76_000_000.0,
            "vượt quá giới hạn kỹ thuật 72,4 MB",
            "limit of 72.4 MB",
        ),
    ] {
        let finding = spelled(name).measured(value, limit);
        let to = envelope("", &["b@y.example"]);
        let reply = judge(rules.policy("base").unwrap(), vec![finding], &to).reply;
        assert!(reply.text.contains(text), "{}", reply.text);
        assert!(reply.english.contains(english), "{}", reply.english);
    }
}

#[test]
fn a_senders_words_cannot_bend_a_reply() {
    let rules = shipped();
    let to = envelope("a@x.example", &["b@tiengiang.gov.vn"]);
    let finding = spelled("executable.found").named("a\r\n250 OK\u{202e}gpj.exe\0{rcpt}");
    let reply = judge(rules.policy("base").unwrap(), vec![finding], &to).reply;
    for text in [&reply.text, &reply.english] {
        assert!(text.contains("a250 OKgpj.exe{rcpt}"), "{text}");
        assert!(!text.chars().any(|c| c.is_control() || c == '\u{202e}'), "{text}");
    }
}

#[test]
fn recipients_have_their_policy() {
    let rules = shipped();
    for (recipient, policy, relayed) in [
        ("a@tiengiang.gov.vn", "tiengiang-2016", true),
        ("a@stttt.TienGiang.gov.vn", "tiengiang-2016", true),
        ("a@nottiengiang.gov.vn", "base", false),
        ("a@angiang.gov.vn", "angiang-2016", true),
        ("anvtt@bdt.binhthuan.gov.vn", "binhthuan-2012", true),
        ("BDT@binhthuan.gov.vn", "binhthuan-2012", true),
        ("khac@binhthuan.gov.vn", "base", false),
        ("a@gov.vn", "base", false),
        ("postmaster", "base", false),
    ] {
        let address = Address::new(recipient);
        assert_eq!(rules.pick(&address).id, policy, "{recipient}");
        assert_eq!(rules.relays(&address), relayed, "{recipient}");
    }
    assert_eq!(rules.policy("tiengiang-2009").unwrap().status, Status::Replaced);
}

#[test]
fn what_is_shipped_is_what_is_compiled_in_and_what_code_falls_back_to() {
    let (shipped, builtin) = (shipped(), RuleSet::builtin(&catalogue()).unwrap());
    let hashes = |set: &RuleSet| set.policies().map(|p| p.hash.clone()).collect::<Vec<_>>();
    assert_eq!(hashes(&shipped), hashes(&builtin));
    assert_eq!(shipped.policy("base").unwrap().settings, Settings::default());
    let mut different = hashes(&shipped);
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 5);
}

#[test]
fn settings_of_the_policies() {
    let rules = shipped();
    for (policy, attachments) in [
        ("base", None),
        ("angiang-2016", None),
        ("binhthuan-2012", None),
        ("tiengiang-2009", Some(52_428_800)),
        ("tiengiang-2016", Some(52_428_800)),
    ] {
        let policy = rules.policy(policy).unwrap();
        assert_eq!(policy.settings.limits.attachments, attachments, "{}", policy.id);
        assert_eq!(policy.settings.limits.message, 76_000_000);
        let whitelist = policy.settings.attachments.allow.is_some();
        assert_eq!(whitelist, policy.id == "binhthuan-2012");
    }
    let allow = rules.policy("binhthuan-2012").unwrap().settings.attachments.allow.clone();
    let allow = allow.unwrap();
    let names: Vec<&str> = allow.iter().map(|format| format.extension.as_str()).collect();
    let printed = ["csv", "gz", "odp", "ods", "odt", "pdf", "ppt", "rtf", "txt", "xls", "zip"];
    assert_eq!(names, printed);
    assert!(allow.iter().all(|format| !format.types.is_empty()));
}

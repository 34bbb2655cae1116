//! The operators' own lists: what they find in letters, how, and what is told of it.

use super::{catalogue, folder, load, with};
use crate::support::gate::Gate;
use bytes::Bytes;
use congthu::mail::{Address, Client, Envelope};
use congthu::rules::RuleSet;
use congthu::verdict::Verdict;
use proptest::prelude::*;

/// What a letter from `a@dai-ly.example` to a policy with these lists and files gets.
fn judged(rules: RuleSet, mail: &str) -> Verdict {
    let gate = Gate::with_builtin_rules();
    let mail = mail.replace("\r\n", "\n").replace('\n', "\r\n");
    let policy = rules.policy("base").unwrap().clone();
    let client =
        Client { ip: "192.0.2.7".parse().ok(), helo: "mx.x.example".into(), ..Client::default() };
    let recipients = vec![Address::new("b@y.example")];
    let sender = Address::new("a@dai-ly.example");
    let envelope = Envelope { client, sender, recipients, ..Envelope::default() };
    gate.runtime.block_on(async {
        let mut intake = gate.pipeline.begin(envelope, policy, "test").unwrap();
        intake.feed(Bytes::from(mail)).await;
        intake.finish().await.release().0
    })
}

/// `name@part: detail` of the operators' own findings.
fn told(verdict: &Verdict) -> Vec<String> {
    let own = verdict.findings.iter().filter(|judged| judged.finding.kind.name.ends_with("-x"));
    own.map(|judged| {
        let finding = &judged.finding;
        format!("{}@{}: {}", finding.kind.name, finding.part, finding.detail)
    })
    .collect()
}

fn base(text: &str) -> RuleSet {
    with(&[("local/base.toml", text)])
}

const LIST: &str = "[words.cam-x]\nphrases = [\"xổ số\", \"đánh bạc\"]\n";

#[test]
fn phrases_are_found_whole_whatever_their_case_diacritics_and_form() {
    let cases = [
        ("mua xổ số", true),
        ("mua XỔ SỐ!", true),
        ("mua xo so", true),
        ("mua xo\u{309}\u{302} so\u{302}\u{301}", true),
        ("mua x\u{200b}ổ số", true),
        ("mua xổ-số, nhé", true),
        ("mua xổ\nsố", true),
        ("DANH BAC", true),
        ("đánh  bạc", true),
        ("Đa\u{301}nh ba\u{323}c", true),
        ("mua ｘｏ ｓｏ", true),
        ("xổ sốt", false),
        ("kxổ số", false),
        ("xổ, vé số", false),
        ("đánh cờ", false),
    ];
    for (text, found) in cases {
        let mail = format!("Content-Type: text/plain; charset=utf-8\n\n{text}\n");
        let got = told(&judged(base(LIST), &mail));
        assert_eq!(got.len(), usize::from(found), "{text}: {got:?}");
    }
}

#[test]
fn exact_lists_want_the_diacritics_and_no_form() {
    let list = "[words.cam-x]\nphrases = [\"bò\"]\nexact = true\n";
    for (text, found) in
        [("con bò", 1), ("con bo\u{300}", 1), ("con BÒ", 1), ("con bỏ", 0), ("con bo", 0)]
    {
        let mail = format!("Content-Type: text/plain; charset=utf-8\n\n{text}\n");
        assert_eq!(told(&judged(base(list), &mail)).len(), found, "{text}");
    }
}

#[test]
fn subject_body_and_attachments_are_searched_as_the_list_says() {
    let mail = "Subject: =?utf-8?q?x=E1=BB=95_s=E1=BB=91?=\nMIME-Version: 1.0\n\
                Content-Type: multipart/mixed; boundary=b\n\n--b\n\
                Content-Type: text/html; charset=utf-8\n\n<p>x&#7893; <b>s</b>ố</p>\n--b\n\
                Content-Type: text/plain; name=a.txt\nContent-Disposition: attachment\n\n\
                danh bac, xo so\n--b--\n";
    let all = [
        "words.cam-x@: entry 1 (local/base.toml:2)",
        "words.cam-x@1: entry 1 (local/base.toml:2)",
        "words.cam-x@2: entry 1 (local/base.toml:2), 2 entries in all",
    ];
    for (places, found) in [
        ("", vec![0, 1, 2]),
        ("in = \"subject\"", vec![0]),
        ("in = [\"body\"]", vec![1]),
        ("in = [\"attachment\", \"subject\"]", vec![0, 2]),
    ] {
        let got = told(&judged(base(&format!("{LIST}{places}")), mail));
        let want: Vec<&str> = found.into_iter().map(|at: usize| all[at]).collect();
        assert_eq!(got, want, "{places}");
    }
}

#[test]
fn legacy_encodings_are_searched_as_the_unicode_that_they_mean() {
    let text =
        "kÝnh göi: ñy ban nh©n d©n x· B×nh An. Phßng Thèng kª ®Ò nghÞ quý c¬ quan göi biÓu sè liÖu";
    let text: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let list = "[words.cam-x]\nphrases = [\"biểu số liệu\"]\nexact = true\n";
    let gate = Gate::with_builtin_rules();
    let policy = base(list).policy("base").unwrap().clone();
    let mut mail = b"Content-Type: text/plain; charset=x-viet-tcvn\r\n\r\n".to_vec();
    mail.extend(text);
    let verdict = gate.runtime.block_on(async {
        let mut intake = gate.pipeline.begin(Envelope::default(), policy, "test").unwrap();
        intake.feed(Bytes::from(mail)).await;
        intake.finish().await.release().0
    });
    assert_eq!(told(&verdict), ["words.cam-x@1: entry 1 (local/base.toml:2)"]);
}

#[test]
fn a_text_file_has_an_entry_a_line() {
    let rules = with(&[
        ("local/base.toml", "[words.cam-x]\nfile = \"cam.txt\"\nphrases = [\"cờ bạc\"]"),
        ("local/cam.txt", "# chú thích\n\nxổ số  # mọi loại\r\nđánh bạc\n"),
    ]);
    let got = told(&judged(rules, "Content-Type: text/plain\n\nDanh bac va xo so\n"));
    assert_eq!(got, ["words.cam-x@1: entry 1 (cam.txt:3), 2 entries in all"]);
}

#[test]
fn senders_names_headers_and_recipients_have_lists_of_their_own() {
    let mail = "From: \"Đại lý\" <ban@khac.example>\nX-Mailer: =?utf-8?q?G=E1=BB=ADi?= BULK 3\n\
                Content-Type: application/pdf; name=\"Bản vẽ.DWG\"\nContent-Disposition: attachment\n\n%PDF-1.4\n";
    for (list, found) in [
        (
            "[sender.a-x]\naddress = \"dai-ly.example\"",
            vec!["sender.a-x@: entry 1 (local/base.toml:2)"],
        ),
        (
            "[sender.a-x]\naddress = [\"x.example\",\n\"Ban@khac.example\"]",
            vec!["sender.a-x@: entry 2 (local/base.toml:3)"],
        ),
        ("[sender.a-x]\naddress = [\"y.example\", \"<>\"]", vec![]),
        (
            "[sender.a-x]\nclient = \"192.0.2.0/24\"",
            vec!["sender.a-x@: entry 1 (local/base.toml:2)"],
        ),
        ("[sender.a-x]\nhelo = \"MX.*\"", vec!["sender.a-x@: entry 1 (local/base.toml:2)"]),
        (
            "[name.a-x]\nglob = [\"*.exe\", \"bản vẽ.*\"]",
            vec!["name.a-x@1: entry 2 (local/base.toml:2)"],
        ),
        (
            "[message.a-x]\nheader = \"x-mailer\"\nvalue = \"gửi bulk*\"",
            vec!["message.a-x@: entry 1 (local/base.toml:3)"],
        ),
        ("[message.a-x]\nheader = \"x-mailer\"", vec!["message.a-x@: local/base.toml:1"]),
        ("[message.a-x]\nheader = \"x-mail\"", vec![]),
        (
            "[message.a-x]\nrecipient = \"y.example\"",
            vec!["message.a-x@: entry 1 (local/base.toml:2)"],
        ),
    ] {
        assert_eq!(told(&judged(base(list), mail)), found, "{list}");
    }
}

#[test]
fn a_rule_decides_about_a_list_and_without_one_it_is_counted() {
    let mail = "Content-Type: text/plain\n\nxo so, danh bac\n";
    let action = |rule: &str| {
        let verdict = judged(base(&format!("{LIST}{rule}")), mail);
        let own = verdict.findings.iter().find(|j| j.finding.kind.name == "words.cam-x").unwrap();
        (own.action.name(), own.rule.clone(), verdict.reply.text.clone())
    };
    assert_eq!(action(""), ("accept", "local/base.toml:1".into(), String::new()));
    let rule = "[[rule]]\nfinding = \"words.cam-x\"\naction = \"reject\"\nwhere = { at_least = 2 }";
    let (did, place, reply) = action(rule);
    assert_eq!((did, place.as_str()), ("reject", "local/base.toml:3"));
    assert!(!reply.is_empty() && !reply.contains("xo") && !reply.contains("cam"), "{reply}");
    assert_eq!(action(&rule.replace('2', "3")).0, "accept");
}

#[test]
fn a_list_belongs_to_the_policies_that_extend_its_file() {
    let list = "[words.cam-x]\nphrases = [\"xổ số\"]\n";
    let rules = with(&[("local/angiang-2016.toml", list)]);
    let of = |id: &str| rules.policy(id).unwrap().rules_of("words.cam-x").count();
    assert_eq!((of("angiang-2016"), of("base"), of("tiengiang-2016")), (1, 0, 0));
    let rule = "[[rule]]\nfinding = \"words.cam-x\"\naction = \"tag\"\n";
    let told = load(&[("local/angiang-2016.toml", list), ("local/base.toml", rule)]).unwrap_err();
    assert!(told.starts_with("local/base.toml:2:11: unknown finding `words.cam-x`"), "{told}");
}

#[test]
fn mistakes_in_lists_are_told_with_their_place() {
    for (files, says) in [
        (
            vec![("local/base.toml", "[words.\"Cấm\"]\nphrases = []")],
            "local/base.toml:1:8: `Cấm`: a list is called with",
        ),
        (
            vec![("local/base.toml", "[words.unscanned]\nphrases = []")],
            "`words.unscanned` is a finding of the gate's own",
        ),
        (
            vec![("local/base.toml", "[words.a]\nphrases = [\"a\",\n\"…!\"]")],
            "local/base.toml:3:1: `…!` holds no letter",
        ),
        (
            vec![("local/base.toml", "[words.a]\nphrase = [\"a\"]")],
            "unknown key `phrase`; did you mean `phrases`?",
        ),
        (vec![("local/base.toml", "[words.a]\nfile = \"a.txt\"")], "local/base.toml:2:8: "),
        (vec![("local/base.toml", "[words.a]\nfile = \"../a.txt\"")], "write the name alone"),
        (
            vec![("local/base.toml", "[words.a]\nin = \"bodies\"")],
            "unknown place `bodies`; did you mean `body`?",
        ),
        (
            vec![("local/base.toml", "[words.a]\nfile = \"a.txt\""), ("local/a.txt", "x\n  -- \n")],
            "local/a.txt:2:3: `--` holds no letter",
        ),
        (
            vec![
                ("local/base.toml", "[sender.a]\nfile = \"a.txt\""),
                ("local/a.txt", "x.example\nb c.example\n"),
            ],
            "local/a.txt:2:1: `b c.example` is no domain",
        ),
        (
            vec![("local/base.toml", "[name.a]\nglob = \"[a\"")],
            "local/base.toml:2:8: `[a`: unclosed character class",
        ),
        (vec![("local/base.toml", "[message.a]\nvalue = \"a\"")], "the value of which field?"),
        (vec![("local/base.toml", "[message.a]\nheader = \"X Mailer\"")], "is no header field"),
        (
            vec![(
                "local/base.toml",
                "[[rule]]\nfinding = \"words.noi-dung-cm\"\naction = \"tag\"",
            )],
            "did you mean `words.noi-dung-cam`?",
        ),
    ] {
        let told = load(&files).map(drop).unwrap_err();
        assert!(told.contains(says), "{files:?}: {told}");
    }
}

#[test]
fn a_list_in_another_encoding_is_told_by_name() {
    let utf16: Vec<u8> = "\u{feff}xổ số\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [(&[u8], &str); 3] = [
        (
            b"\xef\xbb\xbfx\xe1\xbb\x95 s\xe1\xbb\x91\n",
            "local/a.txt: is UTF-8 with a byte order mark; save it",
        ),
        (&utf16, "local/a.txt: is UTF-16; save it as UTF-8"),
        (
            b"bi\xaau m\xc9u\nx\xe6 s\xe8\n",
            "local/a.txt:1:3: is not UTF-8 here (TCVN3, VNI or windows-1258?)",
        ),
    ];
    for (bytes, says) in cases {
        let dir = folder(&[("local/base.toml", "[words.a]\nfile = \"a.txt\"")]);
        std::fs::write(dir.path().join("local/a.txt"), bytes).unwrap();
        let told = RuleSet::load(dir.path(), &catalogue()).unwrap_err().to_string();
        assert!(told.contains(says), "{told}");
    }
}

#[test]
fn a_list_of_fifty_megabytes_is_refused_with_its_limit() {
    let list = "x".repeat(50 << 20);
    let files = [("local/base.toml", "[words.a]\nfile = \"a.txt\""), ("local/a.txt", &list)];
    let told = load(&files).map(drop).unwrap_err();
    assert_eq!(
        told,
        "local/a.txt: has 52428800 bytes; a file of rules may have 4194304: is this the right file?"
    );
    let many: String = (0..300_000).map(|at| format!("cum tu {at}\n")).collect();
    let files =
        [("local/base.toml", "[words.a]\nfile = \"a.txt\""), ("local/a.txt", &many[..3 << 20])];
    let told = load(&files).map(drop).unwrap_err();
    assert!(told.contains("a list may have 100000: make several lists of it"), "{told}");
}

proptest! {
    /// Any phrase is found in any text that holds it between blanks, in any form of Unicode.
    #[test]
    fn what_stands_in_a_text_is_found(before in "\\PC{0,40}", phrase in "[a-zàáảãạđêơưỏ]{1,8}( [a-zêơđ]{1,8}){0,3}", nfd: bool) {
        use unicode_normalization::UnicodeNormalization;
        let rules = base(&format!("[words.p-x]\nphrases = [\"{phrase}\"]"));
        let lists = &rules.policy("base").unwrap().lists;
        let form: String = if nfd { phrase.nfd().collect() } else { phrase.nfc().collect() };
        let text = format!("{before} {} .", form.to_uppercase());
        let hits = lists.phrases(std::iter::once(text.as_str()), congthu::rules::Place::Body);
        prop_assert_eq!(hits.len(), 1);
    }
}

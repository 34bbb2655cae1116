//! A letter that bears a mark of secrecy: nothing of its own is told, in no finding and no reply.

use crate::support::base64;
use crate::support::gate::{Gate, judge, judge_in_chunks};
use congthu::verdict::{Action, Grade};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// A letter in TCVN3 with a stamp, a program, and names that tell much.
const LETTER: &[u8] = b"Subject: ke hoach tac chien\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
    S\xe8: 12/BC-UBND\r\nT\xe8i m\xcbt\r\n\
    K\xddnh g\xf6i qu\xfd c\xac quan, \xae\xd2 ngh\xde xem x\xd0t ph\xad\xacng \xb8n t\xb8c chi\xd5n\r\n\
    --b\r\nContent-Type: application/octet-stream\r\n\
    Content-Disposition: attachment; filename=\"phuong an tac chien.exe\"\r\n\r\n\
    xem\r\n--b--\r\n";

#[test]
fn nothing_of_the_letter_is_told() {
    let gate = Gate::with_builtin_rules();
    for policy in ["base", "tiengiang-2016"] {
        let verdict = judge(&gate, policy, LETTER);
        let find = |name: &str| {
            let mut all = verdict.findings.iter().map(|judged| &judged.finding);
            all.find(|finding| finding.kind.name == name).unwrap().clone()
        };
        let marked = find("secret.marked");
        assert_eq!(marked.grade, Some(Grade::ToiMat));
        assert_eq!(
            marked.detail,
            "strong mark of tối mật: a line of its own in the head of a document"
        );
        let told = format!("{:?} {:?}", verdict.findings, verdict.reply);
        for word in ["chiến", "göi", "quý", "phuong", "tac", "hoach", "12/BC"] {
            assert!(!told.contains(word), "{word}: {told}");
        }
        assert_eq!(find("encoding.legacy").what.as_deref(), Some("TCVN3 (ABC)"));
        assert_eq!((verdict.action, find("executable.found").part), (Action::Reject, "2".into()));
    }
}

#[test]
fn check_tells_nothing_of_it_either() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("thu.eml");
    std::fs::write(&file, LETTER).unwrap();
    for json in [false, true] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_congthu"));
        let command = command.arg("check").args(json.then_some("--json")).arg(&file);
        let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert!(out.contains("secret.marked") && out.contains("tối mật"), "{out}");
        for word in ["chiến", "göi", "hoach", "quý"] {
            assert!(!out.contains(word), "{word}: {out}");
        }
    }
}

/// The same findings without a mark show their evidence: the veil is for secrets alone.
#[test]
fn without_a_mark_the_evidence_is_shown() {
    let gate = Gate::with_builtin_rules();
    let letter: Vec<u8> =
        LETTER.iter().map(|byte| if *byte == 0xcb { 0xb8 } else { *byte }).collect();
    let (verdict, _) = judge_in_chunks(&gate, "base", &letter, 7);
    let told = format!("{:?}", verdict.findings);
    assert!(!told.contains("secret.marked"), "{told}");
    assert!(told.contains("göi → gửi") && told.contains("phuong an tac chien.exe"), "{told}");
}

/// No sender is exempt, not even from a listed network: the shipped rules' compiler refuses it.
#[test]
fn no_sender_is_exempt() {
    let rule = "[[rule]]\nfinding = \"secret.marked\"\nunless = { sender = \"a.example\", client = \"10.0.0.0/8\" }\naction = \"quarantine\"\n";
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir("rules").unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let base = folder.path().join("base.toml");
    let text = std::fs::read_to_string(&base).unwrap();
    std::fs::write(&base, text + "\n" + rule).unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_congthu"))
        .args(["rules", "check"])
        .arg(folder.path())
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&out.stderr).into_owned() + &String::from_utf8_lossy(&out.stdout);
    assert!(
        !out.status.success() && said.contains("no sender is exempt from `secret.marked`"),
        "{said}"
    );
}

/// Over the whole corpus: mails as they are, all other files attached to a mail. None is secret.
#[test]
fn nothing_of_the_corpus_is_marked() {
    let Some(corpus) = std::env::var_os("CONGTHU_CORPUS").map(PathBuf::from) else {
        println!("skipped: no corpus");
        return;
    };
    let gate = Gate::with_worker();
    let manifest = std::fs::read_to_string(corpus.join("manifest.tsv")).unwrap();
    let mut table: BTreeMap<String, usize> = BTreeMap::new();
    let mut alarms = Vec::new();
    for row in manifest.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>()) {
        let bytes = std::fs::read(corpus.join(row[0])).unwrap();
        let mail = match row[3] {
            "message" => bytes,
            "attachment" | "text-corpus" | "expected-output" => attached(row[0], &bytes),
            _ => continue,
        };
        *table.entry(format!("{} {}", row[3], row[4])).or_default() += 1;
        for judged in judge(&gate, "base", &mail).findings {
            let (name, detail) = (judged.finding.kind.name, judged.finding.detail);
            // Pages of more than 4 MiB are not read to their end, and that is said.
            let cut = name == "secret.unscanned";
            if !cut && (name.starts_with("secret.") || name.starts_with("restricted.")) {
                alarms.push(format!("{}: {name}: {detail}", row[0]));
            }
        }
    }
    for (class, count) in &table {
        println!("| {class} | {count} |");
    }
    assert!(table.values().sum::<usize>() > 5000 && alarms.is_empty(), "{}", alarms.join("\n"));
}

/// A mail with a file.
fn attached(path: &str, bytes: &[u8]) -> Vec<u8> {
    let name = path.rsplit('/').next().unwrap_or_default().replace('"', "");
    let head = format!(
        "Content-Type: application/octet-stream; name=\"{name}\"\r\n\
         Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    head.into_bytes().into_iter().chain(base64(bytes).replace('\n', "\r\n").into_bytes()).collect()
}

//! `congthu check` as a person and a script see it: output, order, exit codes.

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const EICAR: &str =
    concat!("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*");

/// Runs `congthu check` in a folder, with the rules that are compiled in.
fn check(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_congthu"))
        .arg("check")
        .args(arguments)
        .current_dir(dir)
        .output()
        .unwrap()
}

fn json(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    dir
}

#[test]
fn one_object_a_message_with_all_fields_of_the_contract() {
    let mail =
        b"Subject: a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nxin chao\r\n\
        --b\r\nContent-Type: application/pdf; name=\"hd.pdf\"\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--b--\r\n";
    let dir = folder(&[("a.eml", mail)]);
    let output = check(dir.path(), &["--json", "a.eml"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let [line] = &json(&output)[..] else { panic!("{output:?}") };
    let mut line = line.clone();
    assert!(line["micros"].take().is_u64());
    let want = serde_json::json!({
        "path": "a.eml", "verdict": "accept", "code": 250, "enhanced": "2.0.0", "text": "",
        "policy": "base", "findings": [],
        "parts": [
            {"path": "1", "name": null, "role": "body", "declared": null,
             "detected": "text/plain", "bytes": 8},
            {"path": "2", "name": "hd.pdf", "role": "attachment", "declared": "application/pdf",
             "detected": "application/pdf", "bytes": 9},
        ],
        "bytes": mail.len(), "attachment_bytes": 9, "spam": null, "micros": null,
    });
    assert_eq!(line, want);
}

#[test]
fn a_refusal_says_what_where_which_article_and_which_rule() {
    let exe = fs::read("fixtures/files/exe-in-zip.zip").unwrap();
    let mail = format!(
        "Subject: a\nContent-Type: application/zip; name=hoso.zip\n\
         Content-Transfer-Encoding: base64\n\n{}\n",
        crate::support::base64(&exe)
    );
    let dir = folder(&[("a.eml", mail.as_bytes())]);
    let output = check(dir.path(), &["--json", "--policy", "binhthuan-2012", "a.eml"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let line = &json(&output)[0];
    assert_eq!((line["verdict"].as_str(), line["code"].as_u64()), (Some("reject"), Some(550)));
    assert_eq!(line["enhanced"], "5.7.1");
    let text = line["text"].as_str().unwrap();
    assert!(text.contains("tệp thực thi a.exe") && text.contains("mục III.3"), "{text}");
    let finding = &line["findings"][0];
    assert_eq!(finding["name"], "executable.found");
    assert_eq!(finding["part"], "1/hoso.zip/b.zip/a.exe");
    assert_eq!(finding["mode"], "enforce");
    let rule = finding["rule"].as_str().unwrap();
    assert!(rule.starts_with("binhthuan-2012.toml:"), "{rule}");
}

#[test]
fn answers_come_in_the_order_given_and_folders_in_byte_order() {
    let mails: Vec<(String, Vec<u8>)> = (0..40)
        .map(|n| (format!("d/{n:02}.eml"), format!("Subject: {n}\n\nx\n").into_bytes()))
        .collect();
    let mut files: Vec<(&str, &[u8])> =
        mails.iter().map(|(name, mail)| (name.as_str(), &mail[..])).collect();
    files.extend([("z.eml", &b"Subject: z\n\nz\n"[..]), ("d/.hidden", b"Subject: h\n\nh\n")]);
    let dir = folder(&files);
    let output = check(dir.path(), &["--json", "z.eml", "d"]);
    let paths: Vec<String> =
        json(&output).iter().map(|line| line["path"].as_str().unwrap().to_owned()).collect();
    let mut want = vec!["z.eml".to_owned()];
    want.extend((0..40).map(|n| format!("d/{n:02}.eml")));
    assert_eq!(paths, want);
}

#[test]
fn an_mbox_is_split_and_each_message_has_its_own_line_ends() {
    let mbox = format!(
        "From a@b.example Fri Nov 20 10:00:00 2026\nSubject: one\n\nhi\nFrom here on it is body\n\n\
         >From stays\n\nFrom a@b.example Fri Nov 20 10:00:01 2026\r\nSubject: two\r\n\r\n{EICAR}\r\n\r\n\
         From a@b.example Fri Nov 20 10:00:02 2026\nSubject: three\n\nbye\n"
    );
    let dir = folder(&[("box.mbox", mbox.as_bytes())]);
    let output = check(dir.path(), &["--json", "box.mbox"]);
    let lines = json(&output);
    let got: Vec<(&str, &str, u64)> = lines
        .iter()
        .map(|line| {
            let text = |key: &str| line[key].as_str().unwrap();
            (text("path"), text("verdict"), line["bytes"].as_u64().unwrap())
        })
        .collect();
    let one =
        "Subject: one\r\n\r\nhi\r\nFrom here on it is body\r\n\r\n>From stays\r\n".len() as u64;
    let two = format!("Subject: two\r\n\r\n{EICAR}\r\n").len() as u64;
    let three = "Subject: three\r\n\r\nbye\r\n".len() as u64;
    let want = [
        ("box.mbox#1", "accept", one),
        ("box.mbox#2", "reject", two),
        ("box.mbox#3", "accept", three),
    ];
    assert_eq!(got, want);
}

#[test]
fn an_mbox_of_one_keeps_its_path() {
    let mbox = b"From a@b.example Fri Nov 20 10:00:00 2026\nSubject: one\n\nhi\n";
    let dir = folder(&[("one.mbox", mbox)]);
    assert_eq!(json(&check(dir.path(), &["--json", "one.mbox"]))[0]["path"], "one.mbox");
}

#[test]
fn a_maildir_is_read_without_what_is_still_being_written() {
    let dir = folder(&[
        ("m/new/2", b"Subject: a\n\na\n"),
        ("m/cur/1:2,S", b"Subject: b\n\nb\n"),
        ("m/tmp/3", b"Subject: c\n\nc\n"),
    ]);
    let lines = json(&check(dir.path(), &["--json", "m"]));
    let paths: Vec<&str> = lines.iter().map(|line| line["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["m/cur/1:2,S", "m/new/2"]);
}

#[test]
fn exit_codes_tell_the_gravest_thing() {
    let virus = format!("Subject: a\n\n{EICAR}\n");
    let dir = folder(&[("ok.eml", b"Subject: a\n\nhi\n"), ("virus.eml", virus.as_bytes())]);
    for (arguments, code) in [
        (&["ok.eml"][..], 0),
        (&["ok.eml", "virus.eml"], 1),
        (&["virus.eml", "missing.eml"], 66),
        (&["--policy", "nobody", "ok.eml"], 64),
        (&["--config", "missing.toml", "ok.eml"], 78),
        (&["--frobnicate"], 64),
        (&[], 64),
    ] {
        let output = check(dir.path(), arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
    }
    let output = check(dir.path(), &["--json", "missing.eml"]);
    let line = &json(&output)[0];
    assert!(line["error"].is_string() && line["path"] == "missing.eml", "{line}");
}

#[test]
fn recipients_pick_the_policy_and_the_gravest_verdict_counts() {
    let mail =
        b"Subject: a\nContent-Type: image/gif; name=a.gif\nContent-Transfer-Encoding: base64\n\n\
        R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==\n";
    let dir = folder(&[("a.eml", mail)]);
    for (arguments, policy, verdict) in [
        (&["--rcpt", "ai@tiengiang.gov.vn"][..], "tiengiang-2016", "accept"),
        (&["--rcpt", "anvtt@bdt.binhthuan.gov.vn"], "binhthuan-2012", "reject"),
        (&["--rcpt", "bdt@binhthuan.gov.vn"], "binhthuan-2012", "reject"),
        (&["--rcpt", "khac@binhthuan.gov.vn"], "base", "accept"),
        (
            &["--rcpt", "ai@tiengiang.gov.vn", "--rcpt", "anvtt@bdt.binhthuan.gov.vn"],
            "binhthuan-2012",
            "reject",
        ),
    ] {
        let output = check(dir.path(), &[arguments, &["--json", "a.eml"]].concat());
        let line = &json(&output)[0];
        assert_eq!(
            (&line["policy"], &line["verdict"]),
            (&policy.into(), &verdict.into()),
            "{line}"
        );
    }
}

#[test]
fn standard_input_and_the_table_for_people() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_congthu"))
        .args(["check", "-"])
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mail = format!("Subject: a\n\n{EICAR}\n");
    child.stdin.take().unwrap().write_all(mail.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("reject") && text.contains("virus.found"), "{text}");
    assert!(text.contains("1 judged: 1 reject"), "{text}");
}

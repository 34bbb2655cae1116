//! `congthu rules replay`: what it says of recorded letters is what the gate would do with them.
//!
//! The truth is `congthu check` on the letters themselves. Replay may say that it cannot tell; what
//! it does tell must be true.

use crate::wire::client::{Client, Code};
use crate::wire::gate::{Gate, Setup};
use crate::wire::next_hop::{NextHop, Script};
use congthu::store::records::{Files, Line, Record, Span};
use serde_json::Value;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const RECIPIENTS: [&str; 3] = ["b@here.example", "bdt@binhthuan.gov.vn", "vanthu@tiengiang.gov.vn"];

/// Seen in shadow only, in an attachment.
const VIQR: &str =
    "Ki'nh gu+?i o^ng Tru+o+?ng ban, to^i o+? xa ne^n chi? go~ ddu+o+.c kie^?u na`y.";

/// What is asked of each set of rules: the letters that would change, by id, and their new verdict.
type Fates = HashMap<String, Option<String>>;

/// A gate that has taken letters, and what it made of them.
struct Past {
    gate: Gate,
    /// Id, recipient, file, verdict.
    letters: Vec<(String, &'static str, PathBuf, String)>,
}

/// Letters of the fixtures, and some that are stopped.
fn mails(dir: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = Vec::new();
    let mut folders = vec![PathBuf::from("fixtures/mails")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|e| e == "eml") => all.push(path),
                false => {}
            }
        }
    }
    all.sort();
    let gtube = crate::support::GTUBE;
    let attached = |name: &str, content: &str| {
        format!(
            "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\n\
             Content-Disposition: attachment; filename=\"{name}\"\n\n{content}\n--b--\n"
        )
    };
    let long = format!("Subject: x\n\n{}\n", "a".repeat(990));
    let made = [
        ("program", attached("a.exe", "MZ")),
        ("sheet", attached("a.csv", "a,b")),
        ("picture", attached("a.odg", "PK")),
        ("legacy", attached("a.txt", VIQR)),
        ("spam", format!("Subject: x\n\n{gtube}\nmua xo so\n")),
        ("long", long),
        ("large", format!("Subject: x\n\n{}", "a line of some length\n".repeat(500))),
    ];
    for (name, text) in made {
        let path = dir.join(format!("{name}.eml"));
        fs::write(&path, text).unwrap();
        all.push(path);
    }
    all
}

fn with_crlf(mail: &[u8]) -> Vec<u8> {
    let text: Vec<u8> = mail.iter().copied().filter(|byte| *byte != b'\r').collect();
    text.split_inclusive(|byte| *byte == b'\n')
        .flat_map(|line| match line.strip_suffix(b"\n") {
            Some(line) => [line, b"\r\n"].concat(),
            None => [line, b"\r\n"].concat(),
        })
        .collect()
}

impl Past {
    async fn make() -> Past {
        let next = NextHop::start(Script::new()).await;
        let gate = Setup::to(&[next.upstream()]).start().await;
        let dir = gate.dir.path().join("mails");
        fs::create_dir(&dir).unwrap();
        let mut sent = Vec::new();
        for file in mails(&dir) {
            let mail = with_crlf(&fs::read(&file).unwrap());
            for rcpt in RECIPIENTS {
                let mut client = Client::hello(gate.address).await;
                client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
                client.ask(&format!("RCPT TO:<{rcpt}>")).await.expect_code("250");
                client.data(&mail).await;
                sent.push((rcpt, file.clone()));
            }
        }
        gate.records.flush();
        let state = gate.dir.path().join("state");
        let records = Files::of(&state).read(Span::default()).unwrap();
        let records = records.map(|line| match line.unwrap() {
            Line::Record(Record::Message(message)) => {
                (message.id.clone(), message.verdict.name().to_owned())
            }
            other => panic!("{other:?}"),
        });
        let letters =
            records.zip(sent).map(|((id, verdict), (rcpt, file))| (id, rcpt, file, verdict));
        let letters: Vec<_> = letters.collect();
        assert!(letters.len() > 200, "{}", letters.len());
        Past { gate, letters }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.gate.dir.path().join(name)
    }

    /// The shipped rules with these words replaced.
    fn rules(&self, name: &str, edits: &[(&str, &str, &str)]) -> PathBuf {
        let dir = self.path(name);
        fs::create_dir(&dir).unwrap();
        for entry in fs::read_dir("rules").unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                fs::copy(&path, dir.join(path.file_name().unwrap())).unwrap();
            }
        }
        for (file, from, to) in edits {
            let path = dir.join(file);
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(from), "{file} has no {from}");
            fs::write(path, text.replace(from, to)).unwrap();
        }
        dir
    }

    fn config(&self, rules: &Path) -> PathBuf {
        let path = self.path("congthu.toml");
        let text = format!(
            "[rules]\ndir = {rules:?}\n[state]\ndir = {:?}\n[quarantine]\nstore = \"fs:{}\"\n",
            self.path("state"),
            self.gate.kept().display()
        );
        fs::write(&path, text).unwrap();
        path
    }

    fn run(&self, args: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_congthu")).args(args).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() != Some(78) && told.is_empty(), "{args:?}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What replay tells of these rules.
    fn replay(&self, rules: &Path, more: &[&str]) -> Fates {
        let config = self.config(Path::new("rules").canonicalize().unwrap().as_path());
        let [config, rules] = [&config, rules].map(|path| path.to_str().unwrap());
        let args = [&["rules", "replay", "--json", "--config", config, rules], more].concat();
        let text = self.run(&args);
        let line = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            let to = line["to"].as_str().map(str::to_owned);
            (line["id"].as_str().unwrap().to_owned(), to)
        };
        text.lines().map(line).collect()
    }

    /// What the gate would do under these rules.
    fn truth(&self, rules: &Path) -> HashMap<String, String> {
        let config = self.config(rules);
        let mut truth = HashMap::new();
        for rcpt in RECIPIENTS {
            let letters: Vec<_> = self.letters.iter().filter(|(_, to, ..)| *to == rcpt).collect();
            let mut args = vec!["check", "--json", "--config", config.to_str().unwrap()];
            args.extend(["--from", "a@client.example", "--client", "127.0.0.1"]);
            args.extend(["--helo", "client.example", "--rcpt", rcpt]);
            args.extend(letters.iter().map(|(_, _, file, _)| file.to_str().unwrap()));
            let text = self.run(&args);
            assert_eq!(text.lines().count(), letters.len());
            for ((id, ..), line) in letters.iter().zip(text.lines()) {
                let line: Value = serde_json::from_str(line).unwrap();
                truth.insert(id.clone(), line["verdict"].as_str().unwrap().to_owned());
            }
        }
        truth
    }

    /// Holds replay to the truth; how many letters change, and of how many it cannot tell.
    fn hold(&self, name: &str, rules: &Path, more: &[&str], truth: &Path) -> (usize, usize) {
        let (fates, truth) = (self.replay(rules, more), self.truth(truth));
        let (mut changed, mut unknown, mut wrong) = (0, 0, Vec::new());
        for (id, rcpt, file, verdict) in &self.letters {
            let told = match fates.get(id) {
                Some(None) => {
                    unknown += 1;
                    continue;
                }
                Some(Some(to)) => {
                    changed += 1;
                    to
                }
                None => verdict,
            };
            if *told != truth[id] {
                wrong.push(format!("{} to {rcpt}: {told}, truly {}", file.display(), truth[id]));
            }
        }
        assert!(wrong.is_empty(), "{name}: {}", wrong.join("\n"));
        println!("{name}: {changed} change, {unknown} cannot be told, of {}", self.letters.len());
        (changed, unknown)
    }
}

#[tokio::test]
async fn what_replay_tells_is_what_the_gate_would_do() {
    let past = Past::make().await;
    let hold = |name: &str, edits: &[(&str, &str, &str)]| {
        let rules = past.rules(name, edits);
        past.hold(name, &rules, &[], &rules)
    };
    let all = past.letters.len();
    assert_eq!(hold("as they are", &[]), (0, 0));
    let (changed, unknown) = hold(
        "a rule is gone",
        &[(
            "base.toml",
            "finding = [\"executable.found\", \"script.found\"]\naction  = \"reject\"",
            "finding = [\"executable.found\", \"script.found\"]\naction  = \"tag\"",
        )],
    );
    assert!(changed > 0 && unknown == 0);
    let (changed, unknown) =
        hold("small", &[("base.toml", "message  = 76000000", "message  = 4000")]);
    assert!(changed > 5 && unknown == 0);
    let spam = [("base.toml", "report = 5 ", "report = 5000 ")];
    let (changed, unknown) = hold("spam", &spam);
    assert!(changed > 0 && unknown == 0);
    let wide = [(
        "binhthuan-2012.toml",
        "allow = [\"@binhthuan-2012\"",
        "allow = [\"@binhthuan-2012\", \"@national\"",
    )];
    let (changed, unknown) = hold("wide", &wide);
    assert!(changed > 0 && unknown == 0, "{changed} {unknown}");
    let (changed, unknown) =
        hold("attachments", &[("tiengiang-2016.toml", "attachments = ", "attachments = 1 # ")]);
    assert!(changed > 5 && unknown == 0);
    // A long line cannot be measured again; what is refused all the same can be told.
    let (_, unknown) = hold("lines", &[("base.toml", "line     = 1000", "line     = 100")]);
    assert!(unknown > 50 && unknown < all);
    let (_, unknown) = hold("depth", &[("base.toml", "depth    = 16", "depth    = 1")]);
    assert!(unknown > 50 && unknown < all);
    // Nothing was locked, so passwords change nothing.
    let words = [("base.toml", "passwords = [\"123456\", ", "passwords = [")];
    let (_, unknown) = hold("passwords", &words);
    assert!(unknown < all / 2, "{unknown}");
    // A new list: nobody can tell of letters that are gone; the one that is kept is read again.
    let list = [
        ("base.toml", "phrases = []", "phrases = [\"xổ số\"]"),
        (
            "base.toml",
            "finding = \"words.noi-dung-cam\"\naction  = \"quarantine\"",
            "finding = \"words.noi-dung-cam\"\naction  = \"reject\"",
        ),
    ];
    let (changed, unknown) = hold("words", &list);
    assert!(changed == RECIPIENTS.len() && unknown > all / 2, "{changed} {unknown}");
    let moved = [("binhthuan-2012.toml", "recipients = [", "recipients = [\"here.example\", ")];
    let (changed, unknown) = hold("moved", &moved);
    assert!(changed > 5 && unknown == 0);
    // Rules in shadow, as if they acted. No letter is for An Giang, whose own rules are milder in
    // places where these would act.
    let shadow = |file| (file, "mode    = \"shadow\"", "mode    = \"enforce\"");
    let shadows =
        |file: &&str| fs::read_to_string(format!("rules/{file}")).unwrap().contains(shadow("").1);
    let files = ["base.toml", "binhthuan-2012.toml", "tiengiang-2016.toml", "tiengiang-2009.toml"];
    let edits: Vec<_> = files.into_iter().filter(shadows).map(shadow).collect();
    let (shipped, acting) = (past.rules("shipped", &[]), past.rules("acting", &edits));
    for dir in [&shipped, &acting] {
        fs::remove_file(dir.join("angiang-2016.toml")).unwrap();
    }
    let (changed, _) = past.hold("enforced", &shipped, &["--enforced"], &acting);
    assert!(changed > 0);
}

#[tokio::test]
async fn the_summary_names_rules_and_counts() {
    let past = Past::make().await;
    let rules = past.rules(
        "tag",
        &[(
            "base.toml",
            "finding = [\"executable.found\", \"script.found\"]\naction  = \"reject\"",
            "finding = [\"executable.found\", \"script.found\"]\naction  = \"tag\"",
        )],
    );
    let config = past.config(Path::new("rules").canonicalize().unwrap().as_path());
    let [config, rules] = [&config, &rules].map(|path| path.to_str().unwrap());
    let text = past.run(&["rules", "replay", "--since", "1d", "--config", config, rules]);
    let sums = format!("{} letters: ", past.letters.len());
    for words in [
        &sums,
        " would change, 0 cannot be told",
        "reject → tag",
        "by rule:",
        "executable.found base.toml:",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    let none = past.run(&["rules", "replay", "--since", "2030-01-01", "--config", config, rules]);
    assert!(none.starts_with("0 letters: 0 as they were"), "{none}");
}

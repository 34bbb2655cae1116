//! The log's three forms: whatever a sender writes, an event is one line, and reads back as it was.

use crate::support::Said;
use congthu::config::LogFormat;
use congthu::serve::Lines;
use proptest::prelude::*;
use serde_json::Value;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

/// What is written while `said` runs.
fn written(format: LogFormat, journal: bool, said: impl FnOnce()) -> String {
    let log = Said::default();
    let writer = log.clone();
    let lines = Lines::new(format, journal, move || writer.clone());
    tracing::subscriber::with_default(registry().with(lines), said);
    log.text()
}

fn tell(from: &str, error: &str) {
    tracing::info!(id = "1K0", from, %error, size = 7_u64, "Message.");
}

/// Reads a line of logfmt as Loki does: bare words, and strings as Go quotes them.
fn pairs(line: &str) -> Vec<(String, String)> {
    let (mut pairs, mut rest) = (Vec::new(), line);
    while let Some((key, after)) = rest.split_once('=') {
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let (bare, after) = after.split_once(' ').unwrap_or((after, ""));
                (bare.to_owned(), after)
            }
        };
        pairs.push((key.to_owned(), value));
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    pairs
}

/// A quoted string, and what stands behind it.
fn unquoted(text: &str) -> (String, &str) {
    let (mut out, mut chars) = (String::new(), text.chars());
    loop {
        match chars.next().expect("a closing quote") {
            '"' => return (out, chars.as_str()),
            '\\' => match chars.next().unwrap() {
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                't' => out.push('\t'),
                mark @ ('u' | 'U') => {
                    let length = if mark == 'u' { 4 } else { 8 };
                    let digits: String = chars.by_ref().take(length).collect();
                    let code = u32::from_str_radix(&digits, 16).unwrap();
                    out.push(char::from_u32(code).unwrap());
                }
                c => out.push(c),
            },
            c => out.push(c),
        }
    }
}

/// Text with what ends lines, drives terminals and turns text round more often than by chance.
fn text() -> impl Strategy<Value = String> {
    let odd = "\0\u{7}\t\n\u{b}\r\u{1b}\u{7f}\u{85}\u{9b}\u{ad}\u{200b}\u{200f}\u{2028}\u{202e}\u{2066}\u{feff}\u{e0041}\" =\\'{}";
    let odd: Vec<char> = odd.chars().collect();
    let one = prop_oneof![prop::sample::select(odd), any::<char>(), prop::char::range('a', 'z')];
    prop::collection::vec(one, 0..40).prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #[test]
    fn nobody_who_writes_letters_writes_log_lines(from in text(), error in text()) {
        for format in [LogFormat::Text, LogFormat::Logfmt, LogFormat::Json] {
            let line = written(format, false, || tell(&from, &error));
            let line = line.strip_suffix('\n').unwrap();
            for c in line.chars() {
                let turned = ('\u{200b}'..='\u{200f}').contains(&c)
                    || ('\u{2028}'..='\u{202e}').contains(&c)
                    || ('\u{2060}'..='\u{206f}').contains(&c)
                    || ('\u{e0000}'..='\u{e0fff}').contains(&c);
                prop_assert!(!c.is_control() && !turned, "{format:?}: {c:?} in {line:?}");
            }
        }
        let line = written(LogFormat::Json, false, || tell(&from, &error));
        let object: Value = serde_json::from_str(&line).unwrap();
        prop_assert_eq!(&object["from"], &Value::from(from.clone()));
        prop_assert_eq!(&object["error"], &Value::from(error.clone()));
        prop_assert_eq!(&object["size"], &Value::from(7));
        let line = written(LogFormat::Logfmt, false, || tell(&from, &error));
        let read = pairs(line.trim_end_matches('\n'));
        let names: Vec<&str> = read.iter().map(|(name, _)| name.as_str()).collect();
        prop_assert_eq!(names, ["ts", "level", "msg", "id", "from", "error", "size"]);
        prop_assert_eq!((&read[4].1, &read[5].1), (&from, &error));
    }
}

#[test]
fn the_three_forms() {
    let said = || tell("a b@x.example", "full");
    let text = written(LogFormat::Text, false, said);
    let (time, rest) = text.split_once(' ').unwrap();
    assert!(time.parse::<jiff::Timestamp>().is_ok(), "{text}");
    assert_eq!(rest, " INFO Message. id=\"1K0\" from=\"a b@x.example\" error=full size=7\n");
    assert_eq!(
        written(LogFormat::Logfmt, true, said),
        "<6>level=info msg=\"Message.\" id=1K0 from=\"a b@x.example\" error=full size=7\n"
    );
    assert_eq!(
        written(LogFormat::Json, true, || tracing::error!(ok = true, "No.")),
        "<3>{\"level\":\"error\",\"msg\":\"No.\",\"ok\":true}\n"
    );
}

#[test]
fn a_line_says_what_it_is_about_even_from_deep_within() {
    let line = written(LogFormat::Logfmt, true, || {
        let _message = tracing::info_span!("message", id = "1K0", door = "smtp").entered();
        let _engine = tracing::info_span!("engine", engine = "clamd").entered();
        tracing::warn!(door = "other", "It is away.");
    });
    assert_eq!(line, "<4>level=warn msg=\"It is away.\" door=other engine=clamd id=1K0\n");
}

/// The gate's own lines, by configuration, and when systemd's journal reads them.
#[test]
fn the_gate_writes_as_it_is_told() {
    let lines = |format: &str, journal: bool| {
        let dir = tempfile::tempdir().unwrap();
        let config = format!(
            "[smtp]\nlisten = [\"127.0.0.1:0\"]\nupstream = [\"maildir:m\"]\n\
             [http]\nlisten = \"127.0.0.1:0\"\n[log]\nformat = \"{format}\"\n"
        );
        std::fs::write(dir.path().join("congthu.toml"), config).unwrap();
        let log = File::create(dir.path().join("log")).unwrap();
        let about = log.metadata().unwrap();
        let mut gate = Command::new(env!("CARGO_BIN_EXE_congthu"));
        gate.arg("serve").current_dir(dir.path()).stdout(log).stderr(Stdio::null());
        match journal {
            true => gate.env("JOURNAL_STREAM", format!("{}:{}", about.dev(), about.ino())),
            false => gate.env("JOURNAL_STREAM", "1:1"),
        };
        let mut gate = gate.spawn().unwrap();
        let read = || std::fs::read_to_string(dir.path().join("log")).unwrap();
        crate::support::eventually("the start", || read().contains("try it").then_some(()));
        let id = gate.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert_eq!(gate.wait().unwrap().code(), Some(0));
        read().lines().find(|line| line.contains("Stopped.")).unwrap().to_owned()
    };
    assert!(lines("text", false).ends_with("Z  INFO Stopped."));
    assert_eq!(lines("logfmt", true), "<6>level=info msg=\"Stopped.\"");
    let object: Value = serde_json::from_str(&lines("json", false)).unwrap();
    assert_eq!(object["msg"], "Stopped.");
}

//! Rules are read again when their files change: never half, never wrong, never at a letter's cost.

use super::{catalogue, folder};
use congthu::rules::{Look, RuleSet, Watch};
use std::fs;
use std::path::Path;

const TAG: &str = "[[rule]]\nfinding = \"archive.encrypted\"\naction = \"tag\"\n";

fn watch(dir: &Path) -> Watch {
    let watch = Watch::new(dir, &catalogue());
    RuleSet::load(dir, &catalogue()).unwrap();
    watch
}

/// What looks show until they show the same again: `new`, `wrong: …`, in order.
fn looks(watch: &mut Watch) -> Vec<String> {
    let mut seen = Vec::new();
    for _ in 0..10 {
        match watch.look() {
            Look::Same => break,
            Look::Unsettled => {}
            Look::New(_) => seen.push("new".to_owned()),
            Look::Wrong(errors) => seen.push(format!("wrong: {errors}")),
        }
    }
    seen
}

#[test]
fn an_edit_is_loaded_at_the_second_look_and_once() {
    let dir = folder(&[]);
    let mut watch = watch(dir.path());
    for _ in 0..5 {
        assert!(matches!(watch.look(), Look::Same));
    }
    fs::write(dir.path().join("local/base.toml"), TAG).unwrap();
    assert!(matches!(watch.look(), Look::Unsettled));
    let Look::New(rules) = watch.look() else { panic!("not loaded") };
    assert_eq!(rules.policy("base").unwrap().rules().next().unwrap().place, "local/base.toml:1");
    assert!(looks(&mut watch).is_empty());
    // The same length within the same second: content counts.
    fs::write(dir.path().join("local/base.toml"), TAG.replace("tag", "off").replace("off", "tag"))
        .unwrap();
    assert!(looks(&mut watch).is_empty());
    fs::remove_file(dir.path().join("local/base.toml")).unwrap();
    assert_eq!(looks(&mut watch), ["new"]);
}

#[test]
fn a_file_that_is_being_written_is_never_loaded() {
    let dir = folder(&[]);
    let mut watch = watch(dir.path());
    let path = dir.path().join("base.toml");
    let whole = fs::read(&path).unwrap();
    // Truncated and written on at every look, as a slow copy does: half of it may well compile.
    for share in 0..20 {
        fs::write(&path, &whole[..whole.len() * share / 20]).unwrap();
        assert!(matches!(watch.look(), Look::Unsettled), "{share}");
    }
    fs::write(&path, &whole).unwrap();
    assert!(looks(&mut watch).is_empty(), "as it was before");
    // Beside it, then renamed; and the copies that editors leave.
    for name in [".base.toml.swp", "base.toml~", "4913"] {
        fs::write(dir.path().join(name), "x").unwrap();
    }
    let text = String::from_utf8(whole).unwrap().replace("line     = 1000", "line     = 900");
    fs::write(dir.path().join(".new"), text).unwrap();
    fs::rename(dir.path().join(".new"), &path).unwrap();
    assert!(matches!(watch.look(), Look::Unsettled));
    let Look::New(rules) = watch.look() else { panic!("not loaded") };
    assert_eq!(rules.policy("base").unwrap().settings.limits.line, 900);
}

#[test]
fn what_is_wrong_is_told_once_and_again_to_who_insists() {
    let dir = folder(&[]);
    let mut watch = watch(dir.path());
    let path = dir.path().join("local/base.toml");
    let utf16: Vec<u8> = TAG.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [(&[u8], &str); 5] = [
        (
            b"[[rule]]\nfinding = \"archive.encrypte\"\naction = \"tag\"",
            "did you mean `archive.encrypted`?",
        ),
        (b"\xef\xbb\xbf[limits]", "is UTF-8 with a byte order mark; save it as UTF-8 without"),
        (&utf16, "is UTF-16; save it as UTF-8 without"),
        (
            b"# Th\xad \xae\xb8nh k\xcem\n[limits]\n",
            "is not UTF-8 here (TCVN3, VNI or windows-1258?); save the file as UTF-8",
        ),
        (b"[limits]\nline = ", "local/base.toml:2:"),
    ];
    for (text, says) in cases {
        fs::write(&path, text).unwrap();
        let seen = looks(&mut watch);
        assert!(
            seen.len() == 1 && seen[0].starts_with("wrong: ") && seen[0].contains(says),
            "{seen:?}"
        );
        assert!(looks(&mut watch).is_empty());
        watch.insist();
        assert_eq!(looks(&mut watch), seen);
    }
    // A list of fifty megabytes is not read, whatever it holds.
    fs::write(&path, "[words.a]\nfile = \"a.txt\"\n").unwrap();
    fs::write(dir.path().join("local/a.txt"), vec![b'x'; 50 << 20]).unwrap();
    let seen = looks(&mut watch);
    assert!(seen.len() == 1 && seen[0].contains("local/a.txt: has 52428800 bytes; "), "{seen:?}");
    fs::write(&path, TAG).unwrap();
    assert_eq!(looks(&mut watch), ["new"]);
    fs::remove_file(dir.path().join("base.toml")).unwrap();
    assert!(looks(&mut watch)[0].contains("base.toml: is missing"));
    fs::copy("rules/base.toml", dir.path().join("base.toml")).unwrap();
    assert_eq!(looks(&mut watch), ["new"]);
}

#[test]
fn word_lists_and_directories_are_watched_too() {
    let other = tempfile::tempdir().unwrap();
    let csv = other.path().join("danh-ba.csv");
    fs::write(&csv, "address\na@tiengiang.gov.vn\n").unwrap();
    let text = format!("[words.a]\nfile = \"a.txt\"\n[directory]\nfile = \"{}\"", csv.display());
    let dir = folder(&[("local/base.toml", &text), ("local/a.txt", "xổ số\n")]);
    let mut watch = Watch::new(dir.path(), &catalogue());
    watch
        .also(&RuleSet::load(dir.path(), &catalogue()).unwrap_or_else(|errors| panic!("{errors}")));
    assert!(looks(&mut watch).is_empty());
    fs::write(dir.path().join("local/a.txt"), "đánh bạc\n").unwrap();
    assert_eq!(looks(&mut watch), ["new"]);
    fs::write(&csv, "address\na@tiengiang.gov.vn\nb@tiengiang.gov.vn\n").unwrap();
    assert_eq!(looks(&mut watch), ["new"]);
}

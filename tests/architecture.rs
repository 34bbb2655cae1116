//! Holds the code to its map: which room may use which, and how long a file may be.

use std::fs;
use std::path::{Path, PathBuf};

/// The table of `src/ARCHITECTURE.md`: a room, and the rooms that it may use.
const ROOMS: &[(&str, &str)] = &[
    ("mail", ""),
    ("tomlfile", ""),
    ("archive", "mail"),
    ("text", "mail archive"),
    ("facts", "mail archive text"),
    ("verdict", "mail"),
    ("config", "tomlfile"),
    ("directory", "mail tomlfile"),
    ("rules", "mail verdict tomlfile directory"),
    ("spool", ""),
    ("smtp", "mail verdict"),
    ("milter", "mail verdict"),
    ("engines", "config mail spool verdict"),
    ("checks", "mail facts text verdict directory rules engines spool"),
    ("metrics", "verdict"),
    ("pipeline", "mail archive text facts verdict config rules spool engines checks metrics"),
    ("store", "mail verdict config spool"),
    ("relay", "mail verdict config smtp spool metrics"),
    (
        "serve",
        "mail tomlfile archive text facts verdict config directory rules spool smtp milter engines checks \
         metrics pipeline store relay",
    ),
    (
        "command",
        "mail tomlfile archive text facts verdict config directory rules spool smtp milter engines checks \
         metrics pipeline store relay serve console",
    ),
];

#[test]
fn dependencies_run_one_way() {
    for (room, allowed) in ROOMS {
        for (file, text) in sources(room) {
            for line in code(&text) {
                for used in line.split("crate::").skip(1) {
                    let used = used.split(|c: char| !c.is_alphanumeric() && c != '_').next();
                    let used = used.unwrap_or_default();
                    let fine = used == *room || allowed.split_whitespace().any(|a| a == used);
                    assert!(fine, "{file}: `{room}` may not use `{used}`: {line}");
                }
            }
        }
    }
}

#[test]
fn every_file_belongs_to_a_room() {
    for entry in fs::read_dir("src").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let room = name.trim_end_matches(".rs");
        let known = ROOMS.iter().any(|(known, _)| *known == room);
        assert!(known || ["lib", "main", "ARCHITECTURE.md"].contains(&room), "src/{name}: no room");
    }
}

#[test]
fn every_file_opens_with_its_purpose_and_stays_short() {
    for (file, text) in ["src", "tests"].iter().flat_map(|dir| rust_files(Path::new(dir))) {
        assert!(text.starts_with("//! "), "{file}: say what this file is for");
        let lines = text.lines().count();
        assert!(lines <= 400, "{file}: {lines} lines, find the seam");
    }
}

#[test]
fn one_place_for_reply_codes() {
    // Invariant 10: protocol syntax errors live in `smtp`, everything else in `verdict/reply.rs`.
    for (file, text) in rust_files(Path::new("src")) {
        if file.starts_with("src/verdict") || file.starts_with("src/smtp") {
            continue;
        }
        for line in code(&text) {
            let literal =
                ["\"250", "\"354", "\"421", "\"450", "\"451", "\"452", "\"550", "\"552", "\"554"];
            assert!(!literal.iter().any(|code| line.contains(code)), "{file}: {line}");
        }
    }
}

#[test]
fn protocols_own_no_sockets_and_checks_no_clock() {
    let forbidden = ["tokio::net", "std::net::Tcp", "Instant", "SystemTime", "tokio::time"];
    for room in ["smtp", "milter", "mail", "archive", "text", "facts", "checks", "verdict"] {
        for (file, text) in sources(room) {
            for line in code(&text) {
                let found = forbidden.iter().find(|word| line.contains(*word));
                assert!(
                    found.is_none(),
                    "{file}: `{room}` has neither sockets nor a clock: {line}"
                );
            }
        }
    }
}

#[test]
fn every_test_that_the_map_names_exists() {
    let tests = rust_files(Path::new("tests"));
    let map = fs::read_to_string("src/ARCHITECTURE.md").unwrap();
    let mut named = 0;
    for word in map.split('`').skip(1).step_by(2) {
        let Some((module, name)) = word.rsplit_once("::").filter(|(_, name)| !name.is_empty())
        else {
            continue;
        };
        let module = module.rsplit("::").next().unwrap_or(module);
        let (begin, whole) = match name.find(['…', '*']) {
            Some(end) => (&name[..end], false),
            None => (name, true),
        };
        let tests_of = |file: &str| {
            file.ends_with(&format!("/{module}.rs")) || file.contains(&format!("/{module}/"))
        };
        let mut files = tests.iter().filter(|(file, _)| tests_of(file)).peekable();
        // A path of the code, such as `facts::unfold`, is no test.
        if files.peek().is_none() || word == "facts::unfold" {
            continue;
        }
        let function = if whole { format!("fn {begin}(") } else { format!("fn {begin}") };
        assert!(files.any(|(_, text)| text.contains(&function)), "no test {word}");
        named += 1;
    }
    assert!(named > 60, "only {named} tests are named");
}

/// Lines of code: no comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// The files of a room: `src/room.rs`, or all below `src/room/`.
fn sources(room: &str) -> Vec<(String, String)> {
    let single = PathBuf::from(format!("src/{room}.rs"));
    let mut files = rust_files(&PathBuf::from(format!("src/{room}")));
    if let Ok(text) = fs::read_to_string(&single) {
        files.push((single.display().to_string(), text));
    }
    files
}

/// All Rust files below a folder, with their text.
fn rust_files(dir: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

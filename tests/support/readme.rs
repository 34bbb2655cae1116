//! What the README and the guides show, so that tests run just that.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The first block of this kind in the README.
pub fn readme(kind: &str) -> String {
    block("README.md", kind)
}

/// The same of another file.
pub fn block(file: &str, kind: &str) -> String {
    let text = fs::read_to_string(file).unwrap();
    let (_, block) = text.split_once(&format!("```{kind}\n")).expect(kind);
    block.split_once("```").unwrap().0.to_owned()
}

/// The lines of the first block of commands below this title.
pub fn commands(title: &str) -> Vec<String> {
    let text = fs::read_to_string("README.md").unwrap();
    let (_, section) = text.split_once(&format!("\n## {title}\n")).expect(title);
    let (_, block) = section.split_once("\n```\n").unwrap();
    block.split_once("\n```").unwrap().0.lines().map(str::to_owned).collect()
}

/// The one command that begins so.
pub fn command(begin: &str) -> String {
    let text = fs::read_to_string("README.md").unwrap();
    let mut lines = text.lines().filter(|line| line.starts_with(begin));
    let line = lines.next().expect(begin);
    assert!(lines.next().is_none(), "several lines begin with {begin}");
    line.to_owned()
}

/// A shell that runs a line in this folder; `congthu` is the program under test.
pub fn shell(dir: &Path, line: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_congthu")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(dir);
    shell.env("PATH", format!("{}:{path}", program.display()));
    shell
}

/// Runs a line; its exit code, and what it says.
pub fn run(dir: &Path, line: &str) -> (Option<i32>, String) {
    let output = shell(dir, line).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

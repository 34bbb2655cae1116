//! `congthu directory` as an administrator calls it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Runs it: exit code, output, errors.
pub(crate) fn directory(dir: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_congthu"));
    let output: Output =
        command.arg("directory").args(arguments).current_dir(dir).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_name_is_proposed_and_said_why() {
    let dir = tempfile::tempdir().unwrap();
    let list = "address,name,state\nleminhhieu@tiengiang.gov.vn,Lê Minh Hiếu,deleted\n";
    fs::write(dir.path().join("danhba.csv"), list).unwrap();
    let asked = ["name", "Lê Minh Hiểu", "--policy", "tiengiang-2016", "--list", "danhba.csv"];
    let (code, out, err) = directory(dir.path(), &asked);
    assert_eq!((code, err.as_str()), (0, ""));
    let expected = "lminhhieu@tiengiang.gov.vn\n  form 2: the initial of the family name, then \
                    the rest (Điều 4 QĐ 51/2016/QĐ-UBND)\n  taken: leminhhieu@tiengiang.gov.vn, \
                    line 2: Lê Minh Hiếu, deleted\n  note: form 4 needs the year of birth (--born)\n";
    assert_eq!(out, expected);

    let (code, out, _) = directory(dir.path(), &["name", "Lê Sen", "--policy", "binhthuan-2012"]);
    assert_eq!((code, out.starts_with("senl@bdt.binhthuan.gov.vn\n")), (0, true), "{out}");
    assert!(out.contains("note: no directory is configured"), "{out}");
    let (_, out, _) = directory(dir.path(), &["name", "Lê Sen", "--policy", "tiengiang-2009"]);
    assert!(out.contains("note: this regulation has no scheme; the proposal is by Điều 4 QĐ 51"));

    let (code, _, err) = directory(dir.path(), &["name", "Lê Sen"]);
    assert_eq!(code, 64);
    assert!(err.contains("which policy? --policy angiang-2016 | binhthuan-2012 |"), "{err}");
    let (code, _, err) = directory(dir.path(), &["name", "Lê Sen", "--policy", "tiengiang-20"]);
    assert_eq!(code, 64);
    assert!(err.contains("unknown policy `tiengiang-20`; did you mean"), "{err}");
    let (code, _, err) = directory(dir.path(), &["name", "Lê Sen", "--policy", "base"]);
    assert_eq!((code, err.contains("policy `base` has no naming scheme")), (64, true), "{err}");
}

#[test]
fn a_list_is_checked_line_by_line() {
    let dir = Path::new("fixtures/directory/lists");
    let (code, out, err) = directory(dir, &["check", "tiengiang.csv"]);
    assert_eq!((code, err.as_str()), (1, ""));
    assert!(out.contains("error: tiengiang.csv:7:3: an address has the letters a to z"), "{out}");
    assert!(out.contains("warning: tiengiang.csv:3:3: `lminhhieu@tiengiang.gov.vn` is free"));
    // An address of no policy is held against no scheme.
    assert!(out.contains("12 entries: 5 errors, 2 warnings\n1 could not be held"), "{out}");
    assert!(out.contains("10 name no written request"), "{out}");
    let (_, out, _) = directory(dir, &["check", "tiengiang.csv", "--policy", "tiengiang-2016"]);
    assert!(out.contains("12 entries: 6 errors, 2 warnings\n10 name"), "{out}");

    let (code, out, err) = directory(dir, &["check", "nowhere.csv"]);
    assert_eq!((code, out.as_str()), (66, ""));
    assert!(err.contains("nowhere.csv: cannot be read"), "{err}");
}

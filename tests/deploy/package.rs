//! The Debian package, of the binary that the tests have anyway.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// The package of this program, made once a build.
pub fn package() -> PathBuf {
    let folder = Path::new("target/deb-test");
    fs::create_dir_all(folder).unwrap();
    // Each test is a process of its own.
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let package = folder.join("congthu_0.1.0_amd64.deb");
    let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified());
    let sources =
        ["deploy", "deploy/debian", "deploy/systemd", "deploy/fail2ban", "rules", "grafana"];
    let files = sources.iter().flat_map(|dir| fs::read_dir(dir).unwrap());
    let newest: Option<SystemTime> = files
        .map(|file| file.unwrap().path())
        .chain([env!("CARGO_BIN_EXE_congthu").into()])
        .filter_map(|path| changed(&path).ok())
        .max();
    if changed(&package).ok() < newest {
        let mut make = Command::new("deploy/package.sh");
        make.arg(folder).env("CONGTHU_BINARY", env!("CARGO_BIN_EXE_congthu"));
        make.env("CONGTHU_DEB_OPTIONS", "-Zgzip -z1");
        let made = make.output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    package
}

#[test]
fn lintian_finds_no_fault() {
    let mut lintian = Command::new("lintian");
    lintian.args(["--allow-root", "--fail-on", "error,warning"]).arg(package());
    let output = lintian.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn each_subcommand_has_its_page_and_every_linked_crate_its_licence() {
    let list = Command::new("dpkg-deb").arg("-c").arg(package()).output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    for page in ["congthu", "congthu-serve", "congthu-rules-check", "congthu-quarantine-release"] {
        assert!(list.contains(&format!("/usr/share/man/man1/{page}.1.gz")), "{page}");
    }
    assert!(!list.contains("congthu-worker") && !list.contains("congthu-generate"));
    for completion in ["bash-completion/completions/congthu", "vendor-completions/_congthu"] {
        assert!(list.contains(completion), "{completion}");
    }
    let crates =
        Command::new("zcat").arg("target/deb-test/build/stage/crates.gz").output().unwrap();
    let crates = String::from_utf8_lossy(&crates.stdout).into_owned();
    for name in ["tokio", "ring", "mail-parser", "rustls"] {
        let (_, after) = crates.split_once(&format!("=== {name} ")).unwrap();
        let notice = after.split("\n=== ").next().unwrap();
        assert!(notice.lines().count() > 10, "no notice of {name}: {notice}");
    }
}

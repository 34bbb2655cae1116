//! Whatever a child does, its file is never clean and the gate goes on.

use super::made::{pdf, sevenz_deflated, sevenz_stored};
use super::{budget, open, settings};
use crate::support::eventually;
use bytes::Bytes;
use congthu::archive::worker::{Settings, Worker};
use congthu::archive::{Opened, Opener, Trouble, Why};
use congthu::mail::{Budget, FileType, Limits, Trip};
use std::cell::RefCell;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

thread_local! {
    /// Causes of failures, told on the thread that asks.
    static CAUSES: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

fn causes() -> Vec<&'static str> {
    CAUSES.with_borrow_mut(std::mem::take)
}

fn counted(program: PathBuf) -> Opener {
    let failed = |cause| CAUSES.with_borrow_mut(|causes| causes.push(cause));
    let worker = Worker::new(Settings { failed, ..settings(program) });
    Opener { worker: Some(worker), ..Opener::default() }
}

/// A program that is none of ours: lines of a shell, with the folder of its own as `$dir`.
fn fake(lines: &str) -> (TempDir, Opener) {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("fake");
    let text = format!("#!/bin/sh\ndir='{}'\n{lines}\n", dir.path().display());
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let opener = counted(program);
    (dir, opener)
}

fn archive() -> Vec<u8> {
    sevenz_stored("a.exe", b"MZ", 24)
}

fn only(opened: &Opened) -> (Why, &str) {
    let [Trouble { why, detail, .. }] = &opened.troubles[..] else { panic!("{opened:?}") };
    (*why, detail)
}

/// `printf` of one frame: a member begins, and two bytes of it come.
const HALF: &str = r"printf 'M\005\000\000\000a.exeD\002\000\000\000MZ'";

/// One frame: that was all.
const DONE: &str = r"printf '.\002\000\000\000\000\000'";

#[test]
fn a_child_that_fails_leaves_a_trouble() {
    for (lines, why, cause) in [
        ("exit 0", Why::Unreadable, "died"),
        ("kill -KILL $$", Why::Unreadable, "died"),
        ("kill -ABRT $$", Why::OverLimit, "memory"),
        ("kill -SEGV $$", Why::OverLimit, "memory"),
        ("kill -XCPU $$", Why::OverLimit, "time"),
        ("echo no answer at all", Why::Unreadable, "garbage"),
        ("exec sleep 1000 >&-", Why::Unreadable, "died"),
        (r"printf 'E\001\000\000\000\001'; exec sleep 1000", Why::Unreadable, "garbage"),
        (r"printf '.\002\000\000\000\001\001'", Why::Panic, "panic"),
        (r"printf 'U\001\000\000\000\000'; exec sleep 1000", Why::Unreadable, "garbage"),
        (r"printf 'D\377\377\377\377'; exec sleep 1000", Why::Unreadable, "garbage"),
    ] {
        let (_dir, opener) = fake(&format!("head -c 64 >/dev/null\n{lines}"));
        let opened = open(&opener, &archive());
        assert_eq!(only(&opened).0, why, "{lines}");
        assert!(opened.members.is_empty(), "{lines}");
        assert_eq!(causes(), [cause], "{lines}");
    }
    let opener = counted("/nonexistent".into());
    assert_eq!(only(&open(&opener, &archive())).0, Why::Unreadable);
    assert_eq!(causes(), ["start"]);
    assert!(opener.worker.unwrap().try_start().unwrap_err().contains("/nonexistent"));
}

#[test]
fn what_came_before_it_died_is_kept_and_not_whole() {
    for end in ["kill -KILL $$", "echo garbage"] {
        let (_dir, opener) = fake(&format!("head -c 64 >/dev/null\n{HALF}\n{end}"));
        let opened = open(&opener, &archive());
        assert_eq!(only(&opened).0, Why::Unreadable);
        let member = &opened.members[0];
        assert_eq!((&*member.name, &*member.bytes, member.whole), ("a.exe", &b"MZ"[..], false));
    }
}

/// `printf` of frames: a member that the second password opened, and one that was not locked.
const UNLOCKED: &str = r"printf 'M\001\000\000\000aU\001\000\000\000\001E\001\000\000\000\001'
printf 'M\001\000\000\000bE\001\000\000\000\001'";

#[test]
fn the_password_that_a_child_names_is_noted_with_what_it_opened() {
    let whole = r"printf 'U\001\000\000\000\000M\001\000\000\000aE\001\000\000\000\001'
printf 'M\001\000\000\000bE\001\000\000\000\000'";
    // Of a file that is open as a whole, what is not whole may have another lock.
    for (frames, password) in [(UNLOCKED, "1234"), (whole, "abcd")] {
        let (_dir, opener) =
            fake(&format!("head -c 64 >/dev/null\n{frames}\n{DONE}; cat >/dev/null"));
        let passwords = vec!["abcd".to_owned(), "1234".to_owned()];
        let opened = open(&Opener { passwords, ..opener }, &archive());
        let unlocked: Vec<bool> = opened.members.iter().map(|member| member.unlocked).collect();
        assert_eq!((opened.password.as_deref(), unlocked), (Some(password), vec![true, false]));
        assert_eq!(opened.troubles, []);
    }
}

#[test]
fn a_child_gets_no_more_passwords_than_attempts_are_left() {
    let passwords: Vec<String> = (0..20).map(|number| format!("wrong{number}")).collect();
    let opener = Opener { passwords, ..counted(env!("CARGO_BIN_EXE_congthu").into()) };
    let file = Bytes::from(archive());
    for (most, left) in [(600, 584), (20, 4), (16, 0), (8, 0)] {
        let mut budget = budget(&file).with_attempts(most);
        opener.open(FileType::detect(&file), None, &file, &mut budget).unwrap();
        assert_eq!(budget.is_out_of_attempts(), most < 16);
        assert_eq!((0..600).take_while(|_| budget.attempt()).count(), left);
    }
    // The likeliest are sent, the last that fits among them; beyond, the file stays locked.
    let locked = Bytes::from(super::pdf::locked("1234"));
    let passwords = vec!["wrong".to_owned(), "1234".to_owned()];
    let opener = Opener { passwords, ..opener };
    for (most, troubles) in [(2, 0), (1, 1), (0, 1)] {
        let mut budget = budget(&locked).with_attempts(most);
        let opened = opener.open(FileType::detect(&locked), None, &locked, &mut budget).unwrap();
        assert_eq!(opened.troubles.len(), troubles, "{most}");
    }
}

#[test]
fn a_child_that_ended_between_two_files_is_replaced_without_a_word() {
    // Each answers one file, whose length it knows, and goes.
    let length = archive().len() + 4 + 10;
    let (dir, opener) = fake(&format!(
        "echo $$ >>$dir/pids\nhead -c {length} >/dev/null\n{DONE}\n[ -e $dir/stay ] && head -c 1 >/dev/null\nexit 0"
    ));
    for _ in 0..3 {
        assert_eq!(open(&opener, &archive()).troubles, []);
    }
    // One that ends only when the next file comes: that file is read by another.
    fs::write(dir.path().join("stay"), "").unwrap();
    assert_eq!(open(&opener, &archive()).troubles, []);
    let ended = opener.worker.clone().unwrap();
    fs::remove_file(dir.path().join("stay")).unwrap();
    assert_eq!(open(&opener, &archive()).troubles, []);
    drop((opener, ended));
    let pids = fs::read_to_string(dir.path().join("pids")).unwrap();
    assert!(pids.lines().count() >= 4, "{pids}");
    assert!(causes().iter().all(|cause| *cause == "died"));
}

#[test]
fn a_deadline_ends_a_child_that_hangs() {
    for lines in [
        // Reads nothing, reads and says nothing, says half of something.
        "exec sleep 1000".to_owned(),
        "cat >/dev/null".to_owned(),
        format!("{HALF}; exec sleep 1000"),
    ] {
        let (dir, opener) =
            fake(&format!("echo $$ >$dir/pid.new; mv $dir/pid.new $dir/pid\n{lines}"));
        let trip = Trip::default();
        let large = [archive(), vec![0; 1 << 20]].concat();
        let opened = std::thread::scope(|scope| {
            let asking = scope.spawn(|| {
                let mut budget = Budget::new(Limits::default(), 100, trip.clone());
                let kind = FileType::detect(&large);
                let file = Bytes::copy_from_slice(&large);
                (opener.open(kind, None, &file, &mut budget).unwrap(), causes())
            });
            let pid = eventually("a child", || fs::read_to_string(dir.path().join("pid")).ok());
            trip.trip();
            let answer = asking.join().unwrap();
            assert!(!Path::new("/proc").join(pid.trim()).exists(), "the child is left behind");
            answer
        });
        assert_eq!(only(&opened.0).0, Why::Cancelled, "{lines}");
        assert_eq!(opened.1, ["deadline"], "{lines}");
    }
}

#[test]
fn large_dictionaries_and_bombs_are_limits() {
    let opener = counted(env!("CARGO_BIN_EXE_congthu").into());
    let opened = open(&opener, &sevenz_stored("a.exe", b"MZ", 36));
    assert_eq!(only(&opened), (Why::OverLimit, "needs too large a dictionary"));
    assert_eq!(opened.members[0].name, "a.exe", "the name is known");
    assert!(opened.troubles[0].measure.is_some_and(|(value, limit)| value > limit));
    let opened = open(&opener, &sevenz_deflated("zeros", &vec![0; 80 << 20]));
    assert_eq!(only(&opened).0, Why::Bomb);
    assert!(opened.members[0].bytes.len() <= (64 << 20) + (64 << 10));
    assert_eq!(open(&opener, &archive()).troubles, []);
    assert_eq!(causes(), [""; 0], "a limit of the message is no failure of the child");
}

#[test]
fn a_child_has_no_more_memory_than_it_was_given() {
    let worker = Worker::new(Settings {
        memory: 100 << 20,
        failed: |cause| CAUSES.with_borrow_mut(|causes| causes.push(cause)),
        ..settings(env!("CARGO_BIN_EXE_congthu").into())
    });
    let opener = Opener { worker: Some(worker), ..Opener::default() };
    // The file alone is more than there is room for.
    let opened = open(&opener, &[archive(), vec![0; 96 << 20]].concat());
    assert_eq!(only(&opened), (Why::OverLimit, "needs more memory than its reader may have"));
    assert_eq!(causes(), ["memory"]);
    assert_eq!(open(&opener, &archive()).troubles, [], "the next child reads the next file");
}

/// A worker under a name that only this test has, and the processes of that name.
fn named() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("congthu");
    symlink(env!("CARGO_BIN_EXE_congthu"), &program).unwrap();
    (dir, program)
}

fn processes(program: &Path) -> Vec<u32> {
    let name = program.as_os_str().as_encoded_bytes();
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let running = |path: &Path| {
        let line = fs::read(path.join("cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).next() == Some(name)
    };
    let found = entries.filter(|entry| running(&entry.path()));
    found.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

#[test]
fn many_files_at_once_share_few_children_and_none_is_left() {
    let (_dir, program) = named();
    let opener = counted(program.clone());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let opener = &opener;
            scope.spawn(move || {
                for number in 0..20 {
                    let name = format!("{thread}-{number}.txt");
                    let file = sevenz_stored(&name, name.as_bytes(), 18);
                    let opened = open(opener, &file);
                    assert_eq!(opened.troubles, []);
                    assert_eq!(*opened.members[0].bytes, *name.as_bytes());
                    assert_eq!(opened.members[0].name, name);
                }
            });
        }
    });
    let running = processes(&program);
    assert!((1..=2).contains(&running.len()), "{running:?}");
    // An administrator, or a lack of memory, ends one.
    for pid in &running {
        Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap();
    }
    assert_eq!(open(&opener, &archive()).troubles, []);
    drop(opener);
    assert_eq!(processes(&program), [0; 0]);
}

#[test]
fn a_child_ends_with_its_input() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_congthu"))
        .args(["worker", "--memory", "536870912"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // In the middle of a request, as when the gate was killed.
    child.stdin.take().unwrap().write_all(b"\x0a\0\0\0P").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
}

#[test]
fn time_and_files_are_limited_in_the_child() {
    let (_dir, program) = named();
    let opener = counted(program.clone());
    assert_eq!(open(&opener, &pdf("/OpenAction << /S /JavaScript >>", &[])).troubles, []);
    let limits = fs::read_to_string(format!("/proc/{}/limits", processes(&program)[0])).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].split_whitespace().next().unwrap().to_owned()
    };
    let space = limit("Max address space").parse::<u64>().unwrap();
    assert!((512 << 20..1 << 30).contains(&space), "{space} bytes, with those of its code");
    assert_eq!(limit("Max open files"), "3");
    assert_eq!(limit("Max file size"), "0");
    assert_eq!(limit("Max core file size"), "0");
    assert!(limit("Max cpu time").parse::<u64>().unwrap() <= 30);
    let mut budget = budget(b"");
    let empty = Bytes::from_static(b"7z\xbc\xaf\x27\x1c");
    let opened = opener.open(FileType::detect(&empty), None, &empty, &mut budget).unwrap();
    assert_eq!(only(&opened).0, Why::Unreadable);
}

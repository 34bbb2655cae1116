//! SIGKILL at every step of keeping, releasing and deleting: nothing lost, nothing doubled.
//!
//! `strace` ends the process at its n-th call of those that change something, for n from 1 on until
//! a run comes through. A letter is out twice only if a person says `--again`.

use super::client::{HANG, stuffed};
use super::ledger::listener;
use super::next_hop::Script;
use super::release::{Desk, said, spam};
use congthu::config::Quarantine;
use congthu::store::{State, Store};
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Calls by which a release or a removal shows anybody anything.
const CALLS: [&str; 8] =
    ["flock", "fsync", "write", "rename", "unlinkat", "rmdir", "sendto", "recvfrom"];

/// What `timeout` ends with where it had to end the command.
const TIMED_OUT: i32 = 124;

/// More than any of them is called.
const STEPS: usize = 200;

/// Each call, for the n-th time; whoever hears that a run came through goes on to the next.
fn steps<'a>(calls: &'a [&'a str]) -> impl Iterator<Item = (&'a str, std::ops::Range<usize>)> {
    calls.iter().map(|call| (*call, 1..STEPS))
}

/// Whether this machine lets us.
fn can_trace() -> bool {
    let tried = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).output();
    let can = tried.is_ok_and(|output| output.status.success());
    if !can {
        println!("skipped: no strace (tests/install.sh), or it may not trace");
    }
    can
}

/// The same command, killed at its n-th such call.
fn killed_at(call: &str, count: usize, command: &Command) -> Command {
    // What hangs is ended as a whole: `-I2`, what ends strace ends what it runs.
    let mut traced = Command::new("timeout");
    traced.args(["-k", "5", &HANG.as_secs().to_string()]);
    traced.args(["strace", "-f", "-qq", "-I2", "-o", "/dev/null"]);
    traced.arg(format!("-einject={call}:signal=SIGKILL:when={count}"));
    traced.arg(command.get_program()).args(command.get_args());
    if let Some(dir) = command.get_current_dir() {
        traced.current_dir(dir);
    }
    traced
}

async fn run(mut command: Command) -> Output {
    // The next hop is served by this thread meanwhile.
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_ne!(output.status.code(), Some(TIMED_OUT), "it hangs: {}", said(&output).0);
    output
}

impl Desk {
    /// How often a letter arrived behind.
    async fn copies(&self, message: &[u8]) -> usize {
        self.next.left_alone().await;
        self.next.messages().iter().filter(|arrived| *arrived == message).count()
    }

    /// Where a letter stands; `None` where it is not.
    fn state(&self, id: &str) -> Option<State> {
        let store = store(&self.gate.kept());
        let listed = store.letters().unwrap().iter().any(|letter| letter == id);
        listed.then(|| store.held(id).unwrap().state())
    }
}

fn store(dir: &Path) -> Store {
    let store = format!("fs:{}", dir.display());
    Store::at(&Quarantine { store, ..Quarantine::default() }).unwrap()
}

#[tokio::test]
async fn a_release_killed_at_any_step_loses_and_doubles_nothing() {
    if !can_trace() {
        return;
    }
    let desk = Desk::open(Script::new()).await;
    let (mut seen, mut number) = (BTreeSet::new(), 0);
    for (call, counts) in steps(&CALLS) {
        for count in counts {
            number += 1;
            let message = spam(number);
            let id = desk.keep(&message).await;
            let release = desk.command(&["release", &id, "--by", "khoa", "--reason", "x"]);
            let output = run(killed_at(call, count, &release)).await;
            let copies = desk.copies(&message).await;
            let row = format!("{call} {count}, {copies} copies, {:?}", said(&output));
            let state = desk.state(&id).unwrap_or_else(|| panic!("{row}: lost"));
            let (text, code) = desk.release(&id, &[]).await;
            let again = desk.copies(&message).await;
            match state {
                // Nothing had gone out, so it goes out now.
                State::Waiting => {
                    assert!(copies == 0 && again == 1 && code == Some(0), "{row}: {text}")
                }
                State::Perhaps => {
                    assert!(copies <= 1 && again == copies && code == Some(66), "{row}")
                }
                State::Released => assert!(copies == 1 && again == 1 && code == Some(66), "{row}"),
                _ => panic!("{row}: {state:?}"),
            }
            seen.insert(state);
            if output.status.success() {
                break;
            }
        }
    }
    println!("{number} releases, {seen:?}");
    assert!(number > 15 && seen.len() == 3, "{number} releases, {seen:?}");
}

#[tokio::test]
async fn a_removal_killed_at_any_step_leaves_the_letter_or_its_record() {
    if !can_trace() {
        return;
    }
    let desk = Desk::open(Script::new()).await;
    let (mut there, mut number) = (0, 0);
    for (call, counts) in steps(&CALLS) {
        for count in counts {
            number += 1;
            let message = spam(number);
            let id = desk.keep(&message).await;
            let args = ["delete", &id, "--by", "lan", "--reason", "x"];
            let output = run(killed_at(call, count, &desk.command(&args))).await;
            let whole = output.status.success();
            let recorded = desk.deeds().contains(&format!("{id} deleted by lan"));
            match desk.state(&id) {
                Some(state) => {
                    there += 1;
                    let kept = fs::read(desk.gate.kept().join(&id).join("message.eml")).unwrap();
                    assert!(state == State::Waiting && kept == message && !whole, "{call} {count}");
                    let (text, code) = desk.run(&args).await;
                    assert_eq!(code, Some(0), "{call} {count}: {text}");
                }
                None => assert!(recorded, "{call} {count}: gone, and no record says so"),
            }
            assert_eq!(desk.state(&id), None, "{call} {count}");
            if whole {
                break;
            }
        }
    }
    println!("{number} removals, {there} not done");
    assert!(number > 12 && there > 3, "{number} removals, {there} not done");
}

/// The gate, killed at its n-th such call; where it listens, unless it was killed before.
struct Traced(std::process::Child, Option<String>);

impl Traced {
    fn start(dir: &Path, call: &str, count: usize) -> Traced {
        let mut serve = Command::new(env!("CARGO_BIN_EXE_congthu"));
        serve.arg("serve").current_dir(dir);
        let mut traced = killed_at(call, count, &serve);
        traced.process_group(0).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = traced.spawn().unwrap();
        let address = listener(child.stdout.take().unwrap());
        Traced(child, address)
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        // The letter was answered, or the gate is gone: whatever is left of it goes too.
        let group = format!("-{}", self.0.id());
        let mut kill = Command::new("kill");
        let _ = kill.args(["-s", "KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.0.wait();
    }
}

/// Hands in a letter as far as the gate lives; the answer to it.
fn hand_in(address: &str, message: &[u8]) -> String {
    let Ok(mut stream) = TcpStream::connect(address) else { return String::new() };
    stream.set_read_timeout(Some(HANG)).unwrap();
    let mut said =
        b"EHLO c.example\r\nMAIL FROM:<a@c.example>\r\nRCPT TO:<b@here.example>\r\nDATA\r\n"
            .to_vec();
    said.extend(stuffed(message));
    said.extend_from_slice(b"QUIT\r\n");
    let _ = stream.write_all(&said);
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    let text = String::from_utf8_lossy(&text).into_owned();
    text.lines().find(|line| line.contains('[')).unwrap_or_default().to_owned()
}

#[test]
fn a_gate_killed_at_any_step_of_keeping_has_the_whole_letter_or_none() {
    if !can_trace() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let config = "[smtp]\nlisten = [\"127.0.0.1:0\"]\n[http]\nlisten = \"127.0.0.1:0\"\n";
    fs::write(dir.path().join("congthu.toml"), config).unwrap();
    let kept = dir.path().join("var/quarantine");
    let store = store(&kept);
    let (mut answered, mut killed, mut early, mut number) = (0, 0, 0, 0);
    for (call, counts) in steps(&["mkdir", "fsync", "rename"]) {
        for count in counts {
            number += 1;
            let gate = Traced::start(dir.path(), call, count);
            let Some(address) = gate.1.clone() else {
                early += 1;
                assert!(early < 60, "{call} {count}: the gate does not start any more");
                continue;
            };
            let message = spam(number);
            let answer = hand_in(&address, &message);
            drop(gate);
            let whole = |id: String| {
                let held = store.held(&id);
                held.unwrap_or_else(|error| panic!("{call} {count}, {id}: {error}")).message()
            };
            let letters = store.letters().unwrap().into_iter().map(whole);
            let copies = letters.filter(|kept| *kept.as_ref().unwrap() == message).count();
            if answer.starts_with("250 2.0.0 [") {
                assert_eq!(copies, 1, "{call} {count}: {answer}");
                answered += 1;
                break;
            }
            assert!(copies <= 1, "{call} {count}: {copies} copies");
            killed += 1;
        }
    }
    println!("{number} starts, {killed} killed while keeping");
    assert!(answered == 3 && killed > 2, "{answered} answered, {killed} killed");
}

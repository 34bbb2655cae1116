//! What the gate tells its service manager, and when.

use super::manager::Manager;
use crate::rules::folder;
use congthu::serve::service;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

fn value<'a>(said: &'a [String], name: &str) -> Option<&'a str> {
    said.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

#[test]
fn it_is_ready_when_it_listens_and_says_what_it_does() {
    let port = crate::support::free_port();
    let rules = folder(&[]);
    let manager = Manager::new(&format!(
        "[smtp]\nlisten = [\"127.0.0.1:{port}\"]\n[http]\nlisten = \"127.0.0.1:0\"\n\
         [rules]\ndir = \"{}\"\n",
        rules.path().display()
    ));
    let mut gate = manager.start();
    let said = manager.hear();
    assert_eq!(said[0], "READY=1");
    let status = format!("Listening: SMTP 127.0.0.1:{port}");
    assert_eq!(value(&said, "STATUS"), Some(status.as_str()));
    TcpStream::connect(("127.0.0.1", port)).unwrap();

    fs::create_dir_all(rules.path().join("local")).unwrap();
    fs::write(rules.path().join("local/base.toml"), "[limits]\nline = 900\n").unwrap();
    gate.signal("HUP");
    let said = manager.hear();
    assert_eq!(said[0], "RELOADING=1");
    assert!(value(&said, "MONOTONIC_USEC").unwrap().parse::<u64>().unwrap() > 0, "{said:?}");
    let said = manager.hear();
    assert_eq!((said[0].as_str(), value(&said, "STATUS")), ("READY=1", Some(status.as_str())));
    let log = manager.log();
    assert!(log.contains("Rules were read again"), "ready before that: {log}");

    gate.signal("TERM");
    assert_eq!(manager.hear()[0], "STOPPING=1");
    assert_eq!(gate.wait(), Some(0));
}

#[test]
fn it_is_never_ready_without_its_listeners() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let manager = Manager::new(&format!(
        "[smtp]\nlisten = [\"127.0.0.1:0\"]\n[http]\nlisten = \"127.0.0.1:{port}\"\n"
    ));
    assert_eq!(manager.start().wait(), Some(71));
    assert!(manager.never_heard("READY=1"));
}

#[test]
fn it_gives_signs_of_life_where_the_manager_waits_for_them() {
    let manager =
        Manager::new("[smtp]\nlisten = [\"127.0.0.1:0\"]\n[http]\nlisten = \"127.0.0.1:0\"\n");
    let _gate = manager.start_watched(Duration::from_millis(300));
    for _ in 0..3 {
        manager.await_word("WATCHDOG=1");
    }
}

/// The heart stands still while the runtime does, though the process goes on.
#[test]
fn a_runtime_that_hangs_gives_no_sign_of_life() {
    const EVERY: Duration = Duration::from_millis(5);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let beats = Arc::new(AtomicUsize::new(0));
    let (beat, count) = (beats.clone(), || beats.load(Ordering::SeqCst));
    runtime.spawn(service::beat(EVERY, move || {
        beat.fetch_add(1, Ordering::SeqCst);
    }));
    let beats_on =
        |from: usize| crate::support::eventually("a beat", || (count() > from).then_some(()));
    beats_on(0);
    let (hung, is_hung) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    runtime.spawn(async move {
        hung.send(()).unwrap();
        let _ = released.recv();
    });
    is_hung.recv().unwrap();
    let before = count();
    // Time for twenty of them.
    std::thread::sleep(EVERY * 20);
    assert_eq!(count(), before);
    release.send(()).unwrap();
    beats_on(before);
}

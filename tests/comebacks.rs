//! Letters that come again: those that bring the gate down, and those that are deferred for ever.

use congthu::mail::{Address, Envelope};
use congthu::store::{Deferred, InFlight, Key, POISON};
use std::fs;
use std::time::{Duration, SystemTime};

fn key(message_id: &str) -> Key {
    let recipients = vec![Address::new("b@x.example"), Address::new("c@x.example")];
    let envelope =
        Envelope { sender: Address::new("a@y.example"), recipients, ..Envelope::default() };
    Key::of(&envelope, message_id.as_bytes(), 100)
}

#[test]
fn a_letter_is_known_whatever_the_order_of_its_recipients() {
    let recipients = vec![Address::new("c@X.example"), Address::new("\"b\"@x.example")];
    let envelope =
        Envelope { sender: Address::new("a@y.example"), recipients, ..Envelope::default() };
    assert_eq!(Key::of(&envelope, b"1", 100), key("1"));
    assert_ne!(Key::of(&envelope, b"1", 101), key("1"));
    assert_ne!(Key::of(&envelope, b"2", 100), key("1"));
}

#[test]
fn what_is_in_flight_at_two_crashes_is_poison() {
    let dir = tempfile::tempdir().unwrap();
    for crash in 0..3 {
        let inflight = InFlight::open(dir.path()).unwrap();
        assert_eq!(inflight.crashes(key("bad")), crash, "before crash {crash}");
        assert_eq!(inflight.crashes(key("good")), 0);
        drop(inflight.enter(key("good")).unwrap());
        // Never dropped: the process ended while it was parsed.
        std::mem::forget(inflight.enter(key("bad")).unwrap());
    }
    let inflight = InFlight::open(dir.path()).unwrap();
    assert!(inflight.crashes(key("bad")) >= POISON);
}

#[test]
fn a_letter_that_is_survived_is_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    std::mem::forget(InFlight::open(dir.path()).unwrap().enter(key("a")).unwrap());
    let inflight = InFlight::open(dir.path()).unwrap();
    assert_eq!(inflight.crashes(key("a")), 1);
    drop(inflight.enter(key("a")).unwrap());
    assert_eq!(inflight.crashes(key("a")), 0);
    assert_eq!(InFlight::open(dir.path()).unwrap().crashes(key("a")), 0);
}

#[test]
fn slots_are_used_again_and_a_damaged_file_is_no_obstacle() {
    let dir = tempfile::tempdir().unwrap();
    let inflight = InFlight::open(dir.path()).unwrap();
    for n in 0..1000 {
        drop(inflight.enter(key(&n.to_string())).unwrap());
    }
    let file = dir.path().join("in-flight");
    assert_eq!(fs::metadata(&file).unwrap().len(), 64);
    fs::write(&file, [7; 1000]).unwrap();
    assert_eq!(InFlight::open(dir.path()).unwrap().crashes(key("a")), 0);
}

#[test]
fn three_deferrals_over_four_hours_are_enough() {
    let dir = tempfile::tempdir().unwrap();
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
    let minutes = |n: u64| start + Duration::from_secs(60 * n);
    let count = |minute: u64| {
        // Opened anew each time: a restart forgets nothing.
        let (kept, written) = Deferred::open(dir.path()).unwrap().count(key("a"), minutes(minute));
        written.unwrap();
        kept
    };
    assert!(![0, 5, 20, 60].map(count).contains(&true), "often, but not for long");
    assert!(count(241), "four hours and the fourth attempt");
    let deferred = Deferred::open(dir.path()).unwrap();
    assert!(!deferred.count(key("b"), minutes(300)).0, "another letter");
    deferred.forget(key("a")).unwrap();
    assert!(!deferred.count(key("a"), minutes(400)).0, "it had another verdict in between");
}

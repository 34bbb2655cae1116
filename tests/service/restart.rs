//! A restart under load: the manager holds the socket, so no client is refused, and the gate that
//! goes finishes what it has.

use super::manager::Manager;
use crate::support::{Fate, Senders, Sink, balance, eventually};
use std::net::TcpListener;

const RESTARTS: usize = 3;

#[test]
fn a_restart_under_load_refuses_no_connection_and_loses_no_letter() {
    let (sink, listener) = (Sink::start(), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    let manager = Manager::new(&format!(
        "[smtp]\nlisten = [\"127.0.0.1:{port}\"]\nupstream = [\"127.0.0.1:{}\"]\n\
         [http]\nlisten = \"127.0.0.1:0\"\n",
        sink.port
    ));
    let senders = Senders::start(port, 8);
    let mut gate = manager.hand_over(&listener);
    for generation in 1..=RESTARTS {
        manager.await_word("READY=1");
        let before = senders.taken();
        eventually("letters", || (senders.taken() >= before + 40).then_some(()));
        gate.signal("TERM");
        assert_eq!(gate.wait(), Some(0), "generation {generation}: {}", manager.log());
        manager.await_word("STOPPING=1");
        gate = manager.hand_over(&listener);
    }
    manager.await_word("READY=1");
    let tries = senders.finish();
    balance(&tries, &sink.taken());
    let odd = |fate: &Fate| match fate {
        Fate::Taken => false,
        Fate::PutOff(reply) => !reply.starts_with("421"),
        Fate::Unreachable | Fate::Broken { .. } => true,
    };
    let odd: Vec<_> = tries.iter().filter(|one| odd(&one.fate)).collect();
    assert!(odd.is_empty(), "{odd:?}");
    assert!(tries.len() > RESTARTS * 40);
}

//! Peers that are no mail servers, or mean harm: the door closes, and goes on with the others.

use super::mta::{Mta, codes, setup};
use crate::support::letter;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[tokio::test]
async fn garbage_closes_the_connection_and_nothing_else() {
    let gate = setup("").start().await;
    let mut sound = Mta::greeted(&gate).await;
    for noise in [
        &b"GET /metrics HTTP/1.1\r\n\r\n"[..],
        b"EHLO client.example\r\n",
        &[0xff; 64],
        &[0; 64],
        b"\0\x10\0\x01O",
        b"\0\0\0\x01M",
        b"\0\0\0\x0dO\0\0\0\x06\0\0\0\0\0\0\0\0\0\0\0\x01B",
    ] {
        let mut peer = Mta::connect(gate.milter.unwrap()).await;
        peer.raw(noise).await;
        // An answer to an offer may come first.
        let closed = peer.is_closed().await || peer.is_closed().await;
        assert!(closed, "{}", noise.escape_ascii());
    }
    assert_eq!(codes(&sound.letter("b@here.example", &letter("x")).await), "a");
}

#[tokio::test]
async fn a_header_field_may_be_as_long_as_a_packet_and_no_longer() {
    let gate = setup("").start().await;
    let mut mta = Mta::greeted(&gate).await;
    mta.envelope("a@client.example", &["b@here.example"]).await;
    mta.send(b'T', b"").await;
    assert_eq!(mta.hear().await.unwrap().0, b'c');
    let field = |length: usize| [b"X-Long\0".to_vec(), vec![b'a'; length - 8], vec![0]].concat();
    mta.send(b'L', &field((1 << 20) - 1)).await;
    mta.send(b'N', b"").await;
    mta.send(b'E', b"").await;
    assert_eq!(mta.fate().await.len(), 1);
    mta.envelope("a@client.example", &["b@here.example"]).await;
    mta.send(b'L', &field(1 << 20)).await;
    assert!(mta.is_closed().await);
}

/// Commands with data that mostly fit them, in any order.
fn commands() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    let data = prop_oneof![
        Just(b"<a@here.example>\0".to_vec()),
        Just(b"Subject\0 x\n y\0".to_vec()),
        Just(b"Mi\x004X\0".to_vec()),
        Just(b"x\x004\0\x19192.0.2.7\0".to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
    ];
    let command = prop::sample::select(b"ABCDEHKLMNRTU".to_vec());
    prop::collection::vec((command, data), 0..30)
}

#[test]
fn nothing_that_is_said_keeps_the_door_from_its_next_visitor() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let gate = runtime.block_on(setup("").start());
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    let ran = TestRunner::new(config).run(&commands(), |commands| {
        runtime.block_on(async {
            let mut hostile = Mta::agreed(&gate).await;
            for (command, data) in &commands {
                hostile.send(*command, data).await;
            }
            hostile.send(b'Q', b"").await;
            while hostile.hear().await.is_some() {}
            let mut sound = Mta::greeted(&gate).await;
            assert_eq!(codes(&sound.letter("b@here.example", &letter("x")).await), "a");
        });
        Ok(())
    });
    ran.unwrap();
}

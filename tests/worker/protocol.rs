//! The protocol: what is said is understood, and nothing that anybody says is believed.

use congthu::archive::worker::{Format, Frame, Garbage, Input, LARGEST_FILE, Request};
use congthu::archive::{Deed, Why};
use proptest::prelude::*;

fn frame() -> impl Strategy<Value = Vec<u8>> {
    let why =
        prop::sample::select(vec![Why::Bomb, Why::Encrypted, Why::OverLimit, Why::Unreadable]);
    let deed = prop::sample::select(vec![Deed::Launch, Deed::Script, Deed::Remote]);
    let encoded = |frame: Frame<'_>| {
        let mut out = Vec::new();
        frame.encode(&mut out);
        let (same, length) = Frame::decode(&out).unwrap().unwrap();
        assert_eq!((same, length), (frame, out.len()));
        for cut in [0, 1, 4, out.len() - 1] {
            assert_eq!(Frame::decode(&out[..cut]), Ok(None));
        }
        out
    };
    prop_oneof![
        ".{0,60}".prop_map(move |name| encoded(Frame::Member(&name))),
        prop::collection::vec(any::<u8>(), 0..3000)
            .prop_map(move |bytes| encoded(Frame::Data(&bytes))),
        any::<bool>().prop_map(move |whole| encoded(Frame::End(whole))),
        (0..16_u8).prop_map(move |number| encoded(Frame::Unlocked(number))),
        (why, prop::option::of(".{0,20}"), ".{0,40}", prop::option::of(any::<(u64, u64)>()))
            .prop_map(move |(why, member, detail, measure)| {
                let member = member.as_deref();
                encoded(Frame::Trouble { why, member, detail: &detail, measure })
            }),
        (deed, ".{0,40}")
            .prop_map(move |(deed, detail)| { encoded(Frame::Active { deed, detail: &detail }) }),
        any::<(bool, bool)>()
            .prop_map(move |(retire, panicked)| { encoded(Frame::Done { retire, panicked }) }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn frames_are_understood_one_after_the_other(frames in prop::collection::vec(frame(), 0..8)) {
        let all = frames.concat();
        let mut rest = &all[..];
        for one in &frames {
            let (_, length) = Frame::decode(rest).unwrap().unwrap();
            prop_assert_eq!(length, one.len());
            rest = &rest[length..];
        }
        prop_assert_eq!(Frame::decode(rest), Ok(None));
    }

    #[test]
    fn any_bytes_are_a_frame_or_garbage(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(Some((_, length))) = Frame::decode(&bytes) {
            prop_assert!(length <= bytes.len());
        }
        let _ = Input(&bytes).request();
    }

    #[test]
    fn requests_are_understood(
        passwords in prop::collection::vec(".{0,30}", 0..40),
        file in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        for format in [Format::SevenZip, Format::Rar, Format::Pdf] {
            let head = Request { format, passwords: &passwords, file: &file }.head();
            let (length, head) = head.split_at(4);
            prop_assert_eq!(length, (head.len() as u32).to_le_bytes());
            let (same, tried, bytes) = Input(head).request().unwrap();
            prop_assert_eq!((same, bytes), (format, file.len() as u64));
            prop_assert_eq!(&tried[..], &passwords[..passwords.len().min(16)]);
            for cut in 0..head.len() {
                prop_assert_eq!(Input(&head[..cut]).request(), Err(Garbage));
            }
        }
    }
}

#[test]
fn lengths_are_checked_before_anything_is_taken() {
    assert_eq!(Frame::decode(b"D\xff\xff\xff\xff"), Err(Garbage), "a frame of 4 GiB");
    assert_eq!(Frame::decode(b"D\x01\0\x01\0"), Err(Garbage), "one byte more than any frame has");
    assert_eq!(Frame::decode(b"X\0\0\0\0"), Err(Garbage), "an unknown tag");
    assert_eq!(Frame::decode(b"U\x01\0\0\0\x10"), Err(Garbage), "more passwords than are sent");
    assert_eq!(Frame::decode(b"E\x02\0\0\0\x01\x01"), Err(Garbage), "something behind");
    assert_eq!(Frame::decode(b"M\x01\0\0\0\xff"), Err(Garbage), "not UTF-8");
    let large = [&b"P\0"[..], &(LARGEST_FILE + 1).to_le_bytes()].concat();
    assert_eq!(Input(&large).request(), Err(Garbage));
    let mut out = Vec::new();
    Frame::Member(&"ồ".repeat(9000)).encode(&mut out);
    let (Frame::Member(name), _) = Frame::decode(&out).unwrap().unwrap() else { panic!() };
    assert!(name.len() < 5000 && name.starts_with('ồ'), "cut, between letters");
}

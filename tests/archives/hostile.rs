//! What archives may cost: bombs, overlaps, members without end, mutations.

use super::locked::locked;
use super::{LZMA_ZIP, TWO, budget, gz, make, open, outlook, tar, whys, zip, zip_by};
use bytes::Bytes;
use congthu::archive::{Opener, Why};
use congthu::mail::{Budget, FileType, Limits, Trip};
use proptest::prelude::*;
use std::io::Cursor;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

#[test]
fn a_bomb_stops_at_the_budget() {
    let zeros = vec![0; 300 << 20];
    for packed in [zip(&[("a", &zeros)]), gz(None, &zeros)] {
        let mut budget = budget(&packed);
        let kind = FileType::detect(&packed);
        let opened = Opener::default().open(kind, None, &packed.into(), &mut budget).unwrap();
        assert_eq!(whys(&opened), [Why::Bomb]);
        let (ratio, limit) = opened.troubles[0].measure.unwrap();
        assert!(ratio > limit && limit == 100.0, "{ratio} {limit}");
        assert!(budget.unpacked() < (65 << 20), "{}", budget.unpacked());
    }
}

/// Opens whatever opens, as the facts do; how many containers were opened.
fn unfold(bytes: &Bytes, depth: u32, budget: &mut Budget, seen: &mut Vec<Why>) -> usize {
    if budget.depth(depth).is_err() {
        return 0;
    }
    let Some(opened) = Opener::default().open(FileType::detect(bytes), None, bytes, budget) else {
        return 0;
    };
    seen.extend(opened.troubles.iter().map(|trouble| trouble.why));
    let mut count = 1;
    for member in &opened.members {
        if seen.contains(&Why::Bomb) {
            break;
        }
        count += unfold(&member.bytes, depth + 1, budget, seen);
    }
    count
}

#[test]
fn nested_bombs_are_bombs() {
    for width in [1, 16] {
        let mut layer = vec![0; 100 << 20];
        for _ in 0..10 {
            let members: Vec<(String, &[u8])> =
                (0..width).map(|n| (format!("{n}"), &*layer)).collect();
            let members: Vec<(&str, &[u8])> =
                members.iter().map(|(n, b)| (n.as_str(), *b)).collect();
            layer = zip(if layer.len() > 1 << 20 { &members[..1] } else { &members });
        }
        let bytes = Bytes::from(layer);
        let mut budget = budget(&bytes);
        let mut seen = Vec::new();
        let opened = unfold(&bytes, 1, &mut budget, &mut seen);
        assert_eq!(seen, [Why::Bomb], "{width}");
        assert!(opened <= 11 && budget.unpacked() < (66 << 20), "{opened} {}", budget.unpacked());
    }
}

#[test]
fn too_many_members_are_over_the_limit() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for n in 0..10_001 {
        writer.start_file(format!("{n}"), SimpleFileOptions::default()).unwrap();
    }
    let opened = open(writer.finish().unwrap().into_inner());
    assert_eq!(whys(&opened), [Why::OverLimit]);
    assert_eq!(opened.troubles[0].measure, Some((10_001.0, 10_000.0)));
    // Twenty bytes a stream: each costs a decoder.
    let opened = open(gz(None, b"").repeat(10_001));
    assert_eq!(whys(&opened), [Why::OverLimit]);
}

#[test]
fn dictionaries_are_checked_before_they_are_allocated() {
    let mut bytes = LZMA_ZIP.to_vec();
    // Version, size, properties, then the dictionary, behind header and name.
    bytes[30 + 5 + 5..30 + 5 + 9].copy_from_slice(&[0xff; 4]);
    let opened = open(bytes.clone());
    assert_eq!(whys(&opened), [Why::OverLimit]);
    let directory = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    assert!(whys(&open(bytes[..directory].to_vec())).contains(&Why::OverLimit));
    let lzma = [&b"\x5d\0\0\0\xc0"[..], &[0xff; 8], &[0; 30]].concat();
    assert_eq!(whys(&open(lzma)), [Why::OverLimit]);
}

#[test]
fn a_tripped_budget_stops() {
    let bytes = zip(TWO);
    let trip = Trip::default();
    let mut budget = Budget::new(Limits::default(), 1, trip.clone());
    trip.trip();
    let opened =
        Opener::default().open(FileType::detect(&bytes), None, &bytes.into(), &mut budget).unwrap();
    assert_eq!((whys(&opened), opened.members.len()), (vec![Why::Cancelled], 0));
}

#[test]
fn signatures_without_end_are_no_headers() {
    // What follows is a header only for who believes its lengths: 64 KiB of name for each.
    let zip =
        [b"PK\x03\x04".as_slice(), &[0; 26], &b"PK\x03\x04\xff\xff\xff".repeat(1000)].concat();
    let kind = FileType::by_extension("zip").unwrap();
    let (trip, bytes) = (Trip::default(), Bytes::from(zip));
    let mut calm = Budget::new(Limits::default(), 1, trip.clone());
    let opened = Opener::default().open(kind, None, &bytes, &mut calm).unwrap();
    assert!(opened.members.len() <= 1 && opened.troubles.len() <= 2, "{:?}", opened.troubles);
    // And who searches for them is stopped between one and the next.
    let mut late = Budget::new(Limits::default(), 1, trip.clone());
    trip.trip();
    let opened = Opener::default().open(kind, None, &bytes, &mut late).unwrap();
    assert_eq!(whys(&opened), [Why::Unreadable, Why::Cancelled]);
}

#[test]
fn names_longer_than_any_path_are_cut_and_told() {
    let long = format!("{}.exe", "a".repeat(2000));
    let opened = open(zip(&[(&long, b"x"), ("b.txt", b"x")]));
    assert_eq!(whys(&opened), [Why::OverLimit]);
    assert_eq!(opened.troubles[0].measure, Some((2004.0, 1024.0)));
    assert_eq!(opened.members[0].name, long[2004 - 1024..]);
}

#[test]
fn overlapping_members_are_not_read_over_and_over() {
    // Five thousand directory entries, all for one member: empty blocks, and one with an "a".
    let mut content: Vec<u8> = [0, 0, 0, 0xff, 0xff].repeat(200_000);
    content.extend([1, 1, 0, 0xfe, 0xff, b'a']);
    let crc = 0xe8b7_be43_u32.to_le_bytes();
    let header = |magic: &[u8]| {
        let size = (content.len() as u32).to_le_bytes();
        let head: &[u8] = if magic == b"PK\x01\x02" { &[20, 0, 20, 0] } else { &[20, 0] };
        let length = &[1, 0, 0, 0];
        [magic, head, &[0, 0, 8, 0, 0, 0, 0, 0], &crc, &size, length, &[1, 0, 0, 0]].concat()
    };
    let mut bytes = [&header(b"PK\x03\x04")[..], b"a", &content].concat();
    let start = bytes.len() as u32;
    for _ in 0..5000 {
        bytes.extend([&header(b"PK\x01\x02")[..], &[0; 14], b"a"].concat());
    }
    let size = (bytes.len() as u32 - start).to_le_bytes();
    bytes.extend(
        [
            b"PK\x05\x06\0\0\0\0".as_slice(),
            &5000u16.to_le_bytes(),
            &5000u16.to_le_bytes(),
            &size,
            &start.to_le_bytes(),
            &[0, 0],
        ]
        .concat(),
    );
    let opened = open(bytes);
    assert_eq!(opened.members.len(), 5000);
    // The archive may be read twice over, not five thousand times.
    assert_eq!(opened.members.iter().filter(|member| member.whole).count(), 2);
    assert_eq!(whys(&opened), [Why::Unreadable]);
}

#[test]
fn headers_within_data_are_not_each_inflated_to_the_end() {
    // Every header is the content of a stored block of the one before it.
    let header = b"PK\x03\x04\x14\0\x08\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0a";
    let bytes = [header.as_slice(), &[0, 31, 0, 0xe0, 0xff]].concat().repeat(50_000);
    let opened = open(bytes);
    // Once through, and once more from each header in what a decoder may have read ahead.
    assert!(opened.members.len() < 1000, "{}", opened.members.len());
    assert_eq!(whys(&opened), [Why::Unreadable]);
}

/// Small archives of every kind, with the extension that opens them.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let compressed = ruzstd::encoding::CompressionLevel::Fastest;
    let head = make::Head::stored(b"a.txt", b"hello");
    vec![
        ("zip", zip(TWO)),
        ("zip", zip_by(CompressionMethod::Bzip2, TWO)),
        ("zip", LZMA_ZIP.to_vec()),
        ("zip", make::lying(&[(head.clone(), head, b"hello")])),
        ("zip", locked("1234", true)),
        ("zip", locked("1234", false)),
        ("tar", tar(TWO)),
        ("gz", gz(Some("a"), &[7; 5000])),
        ("msg", outlook()),
        ("zst", ruzstd::encoding::compress_to_vec(&[7; 5000][..], compressed)),
        ("z", make::compressed(&[7; 200])),
        ("cpio", make::newc(TWO)),
        ("cpio", make::odc(TWO)),
        ("cpio", make::binary(TWO, true)),
        ("ar", make::ar(TWO)),
        ("rpm", make::rpm(b"payload")),
        ("lzh", make::lzh(TWO)),
        ("cab", make::cab(cab::CompressionType::MsZip, TWO)),
        ("cab", make::cab(cab::CompressionType::None, TWO)),
        ("iso", make::iso(["A.TXT;1", "a", "b"], b"MZ")),
        ("p7m", make::pkcs7(2, make::der, Some(b"Subject: s"))),
        ("p7m", make::pkcs7(2, make::open_ended, Some(b"Subject: s"))),
        (
            "tnef",
            make::tnef(&[
                make::attribute(1, 0x0006_9003, &make::properties(&[(0x102, 0x1013, vec![1; 9])])),
                make::attribute(2, 0x0006_9002, &[0; 14]),
                make::attribute(2, 0x0006_800f, b"MZ"),
                make::attribute(
                    2,
                    0x0006_9005,
                    &make::properties(&[(0x1e, 0x3707, b"a".to_vec())]),
                ),
            ]),
        ),
    ]
}

#[test]
fn empty_codes_of_an_archive_come_to_an_end() {
    // Nothing but the code that empties the table.
    let clear = [&[0x1f, 0x9d, 0x90][..], &[0, 1, 0, 0, 0, 0, 0, 0, 0].repeat(100_000)].concat();
    assert_eq!(open(clear).members[0].bytes.len(), 0);
    // A disc of folders that lead to each other, a message of a million properties of nothing.
    let many = [&u32::MAX.to_le_bytes()[..], &[1, 0, 2, 0].repeat(1_000_000)].concat();
    let opened = open(make::tnef(&[make::attribute(1, 0x0006_9003, &many)]));
    assert_eq!(whys(&opened), [Why::Unreadable]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn mutated_archives_stay_within_the_budget(
        which in any::<prop::sample::Index>(),
        edits in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..8),
        cut in any::<usize>(),
    ) {
        let samples = samples();
        let (extension, mut bytes) = samples[which.index(samples.len())].clone();
        for (at, byte) in edits {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        if cut % 3 == 0 {
            bytes.truncate(cut % bytes.len());
        }
        let limits = Limits { unpacked: 100_000, members: 50, ..Limits::default() };
        let mut budget = Budget::new(limits, bytes.len() as u64, Trip::default());
        let bytes = Bytes::from(bytes);
        let opener = Opener { passwords: vec!["1234".to_owned()], ..Opener::default() };
        // As what it was, and as others, whatever it looks like after the edits.
        for extension in [extension, "zip", "gz", "bz2", "xz", "lzma", "tar", "docx", "msg"] {
            let kind = FileType::by_extension(extension).unwrap();
            let opened = opener.open(kind, Some("a"), &bytes, &mut budget).unwrap();
            prop_assert!(opened.members.len() <= 50);
            prop_assert!(opened.troubles.len() <= 51);
        }
        prop_assert!(budget.unpacked() <= 100_000 + 9 * (64 << 10));
    }
}

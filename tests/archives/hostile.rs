//! What archives may cost: bombs, overlaps, members without end, mutations.

use super::{LZMA_ZIP, TWO, budget, gz, open, outlook, tar, whys, zip, zip_by};
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
    assert_eq!(whys(&open(lzma)), [Why::Unreadable]);
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn mutated_archives_stay_within_the_budget(
        which in 0usize..6,
        edits in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..8),
        cut in any::<usize>(),
    ) {
        let mut bytes = match which {
            0 => zip(TWO),
            1 => zip_by(CompressionMethod::Bzip2, TWO),
            2 => tar(TWO),
            3 => gz(Some("a"), &[7; 5000]),
            4 => outlook(),
            _ => LZMA_ZIP.to_vec(),
        };
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
        // As what it was, whatever it looks like after the edits.
        for extension in ["zip", "gz", "bz2", "xz", "lzma", "tar", "docx", "msg"] {
            let kind = FileType::by_extension(extension).unwrap();
            let opened = Opener::default().open(kind, Some("a"), &bytes, &mut budget).unwrap();
            prop_assert!(opened.members.len() <= 50);
            prop_assert!(opened.troubles.len() <= 51);
        }
        prop_assert!(budget.unpacked() <= 100_000 + 8 * (64 << 10));
    }
}

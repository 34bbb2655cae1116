//! What RAR keeps beside its files: streams come out, what nobody knows is told.

use super::{open, opener};
use congthu::archive::{Opened, Why};

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// A block of RAR 5: header and data. All numbers are below 128 here.
fn new(kind: u8, name: &str, data: &[u8], extra: &[u8]) -> Vec<u8> {
    let sizes = [extra.len() as u8, data.len() as u8];
    let mut header = vec![kind, 3, sizes[0], sizes[1], 4, sizes[1], 0x20];
    header.extend(crc32(data).to_le_bytes());
    header.extend([0, 0, name.len() as u8]);
    header.extend(name.bytes());
    header.extend(extra);
    sealed(header, data)
}

fn sealed(header: Vec<u8>, data: &[u8]) -> Vec<u8> {
    let header = [vec![header.len() as u8], header].concat();
    [&crc32(&header).to_le_bytes()[..], &header, data].concat()
}

/// The field of a service that holds its own data: a stream's name.
fn field(data: &str) -> Vec<u8> {
    [&[data.len() as u8 + 1, 7][..], data.as_bytes()].concat()
}

/// RAR 5: `a.txt`, and these blocks.
fn rar5(blocks: &[Vec<u8>]) -> Vec<u8> {
    let (main, end) = (sealed(vec![1, 0, 0], b""), sealed(vec![5, 0, 0], b""));
    let file = new(2, "a.txt", b"hello", &[]);
    [b"Rar!\x1a\x07\x01\0".to_vec(), main, file, blocks.concat(), end].concat()
}

/// A block of RAR 4; `own`: data behind the name in the header.
fn old(kind: u8, name: &str, data: &[u8], own: &[u8]) -> Vec<u8> {
    let size = (32 + name.len() + own.len()) as u16;
    let length = (data.len() as u32).to_le_bytes();
    let header = [
        &[kind, 0, 0x80][..],
        &size.to_le_bytes(),
        &length,
        &length,
        &[2],
        &crc32(data).to_le_bytes(),
        &[0, 0, 0x21, 0x5a, 29, 0x30],
        &(name.len() as u16).to_le_bytes(),
        &0x20u32.to_le_bytes(),
        name.as_bytes(),
        own,
    ]
    .concat();
    [&(crc32(&header) as u16).to_le_bytes()[..], &header, data].concat()
}

/// RAR 4: `a.txt`, and these blocks.
fn rar4(blocks: &[Vec<u8>]) -> Vec<u8> {
    let plain = |header: &[u8]| [&(crc32(header) as u16).to_le_bytes()[..], header].concat();
    let main = plain(&[0x73, 0, 0, 13, 0, 0, 0, 0, 0, 0, 0]);
    let file = old(0x74, "a.txt", b"hello", b"");
    let end = plain(&[0x7b, 0, 0x40, 7, 0]);
    [b"Rar!\x1a\x07\0".to_vec(), main, file, blocks.concat(), end].concat()
}

fn members(opened: &Opened) -> Vec<(&str, &[u8])> {
    opened.members.iter().map(|member| (member.name.as_str(), &*member.bytes)).collect()
}

#[test]
fn alternate_streams_are_members() {
    let opener = opener(&[]);
    let wide: Vec<u8> = ":hồ sơ.exe".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (about, file, name) in [
        ("RAR 5", rar5(&[new(3, "STM", b"MZ", &field(":hd.exe"))]), "a.txt:hd.exe"),
        (
            "which climbs",
            rar5(&[new(3, "STM", b"MZ", &field(":..\\..\\hd.exe:$DATA"))]),
            "a.txt:..\\..\\hd.exe",
        ),
        ("RAR 5, without a name", rar5(&[new(3, "STM", b"MZ", &[])]), "a.txt:stream"),
        ("RAR 4", rar4(&[old(0x7a, "STM", b"MZ", &wide)]), "a.txt:hồ sơ.exe"),
        ("RAR 4, without a name", rar4(&[old(0x7a, "STM", b"MZ", b"")]), "a.txt:stream"),
        (
            "called as Windows calls its note",
            rar5(&[new(3, "STM", b"MZ", &field(":Zone.Identifier"))]),
            "a.txt:Zone.Identifier",
        ),
    ] {
        let opened = open(&opener, &file);
        assert_eq!(opened.troubles, [], "{about}");
        let mut expected = vec![("a.txt", &b"hello"[..]), (name, b"MZ")];
        // Who starts a stream goes by its own name.
        let own = name.split_once(':').map(|(_, own)| own).filter(|own| own.contains('.'));
        expected.extend(own.map(|own| (own, &b""[..])));
        assert_eq!(members(&opened), expected, "{about}");
    }
    let damaged = rar5(&[new(3, "STM", b"MZ", &field(":hd.exe"))]);
    let at = damaged.windows(2).rposition(|bytes| bytes == b"MZ").unwrap();
    let opened = open(&opener, &[&damaged[..at], b"XY", &damaged[at + 2..]].concat());
    assert_eq!(opened.troubles[0].member.as_deref(), Some("a.txt:hd.exe"));
}

#[test]
fn what_nobody_knows_in_a_rar_is_told() {
    let opener = opener(&[]);
    for file in [
        rar5(&[new(3, "XX", b"MZ", &[])]),
        rar5(&[sealed(vec![9, 2, 2], b"MZ")]),
        rar4(&[old(0x7a, "XX", b"MZ", b"")]),
        rar4(&[old(0x7c, "a.exe", b"MZ", b"")]),
    ] {
        let opened = open(&opener, &file);
        let [trouble] = &opened.troubles[..] else { panic!("{opened:?}") };
        assert_eq!(trouble.why, Why::Unsupported, "{opened:?}");
    }
    let note = b"[ZoneTransfer]\r\nZoneId=3\r\n";
    for file in [
        rar5(&[new(3, "CMT", b"xin chao\0", &[]), new(3, "QO", b"index", &[])]),
        rar5(&[new(3, "RR", b"record", &field("\x05")), new(3, "ACL", b"rights", &[])]),
        rar5(&[new(3, "STM", note, &field(":Zone.Identifier"))]),
        rar5(&[sealed(vec![9, 0], b"")]),
        rar4(&[old(0x7a, "CMT", b"xin chao", b""), old(0x7a, "RR", b"record", b"")]),
    ] {
        let opened = open(&opener, &file);
        assert_eq!(opened.troubles, []);
        assert_eq!(members(&opened), [("a.txt", &b"hello"[..])]);
    }
}

#[test]
fn a_link_with_content_of_its_own_is_told() {
    // Kind 5 of its field: a copy of `a.txt`.
    let copy = [&[9, 5, 5, 0, 5][..], b"a.txt"].concat();
    let opened = open(&opener(&[]), &rar5(&[new(2, "b.bat", b"", &copy)]));
    assert_eq!(members(&opened), [("a.txt", &b"hello"[..]), ("b.bat", b"")]);
    assert_eq!(opened.troubles, []);
    let opened = open(&opener(&[]), &rar5(&[new(2, "b.bat", b"MZ", &copy)]));
    assert_eq!(opened.troubles[0].why, Why::Unsupported, "{opened:?}");
}

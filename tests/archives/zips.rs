//! Zips whose two headers disagree, methods of all times, what stands between and behind.

use super::make::{Head, lying};
use super::{finds, names, open, whys, zip};
use congthu::archive::{Opened, Why};

/// One stored member, with one of its headers altered.
fn altered(local: impl Fn(&mut Head), central: impl Fn(&mut Head)) -> Opened {
    let head = Head::stored(b"a.txt", b"hello");
    let (mut first, mut second) = (head.clone(), head);
    local(&mut first);
    central(&mut second);
    open(lying(&[(first, second, b"hello")]))
}

#[test]
fn headers_that_agree_are_no_trouble() {
    let opened = altered(|_| {}, |_| {});
    assert_eq!(opened.troubles, []);
    finds(&opened, &[("a.txt", b"hello")]);
}

#[test]
fn what_either_header_says_is_shown() {
    let sizes = |size: u32| move |head: &mut Head| (head.packed, head.size) = (size, size);
    let contents = |opened: &Opened| -> Vec<Vec<u8>> {
        opened.members.iter().map(|member| member.bytes.to_vec()).collect()
    };
    // The directory shows two bytes, the header in front five.
    let opened = altered(|_| {}, sizes(2));
    assert_eq!(whys(&opened), [Why::Unreadable]);
    assert_eq!(contents(&opened), [b"hello".to_vec(), b"he".to_vec()]);
    // The directory claims nothing at all.
    let opened = altered(|_| {}, sizes(0));
    assert!(contents(&opened).contains(&b"hello".to_vec()));
    // Deflated for one program, stored for the other.
    let opened = altered(|_| {}, |head| head.method = 8);
    assert_eq!(whys(&opened), [Why::Unreadable]);
    assert!(contents(&opened).contains(&b"hello".to_vec()));
    // Locked for one of them.
    let opened = altered(|_| {}, |head| head.flags = 1);
    assert!(contents(&opened).contains(&b"hello".to_vec()));
    assert!(whys(&opened).contains(&Why::Unreadable));
}

#[test]
fn every_name_of_a_member_is_judged() {
    let path =
        |name: &[u8]| [&b"\x75\x70"[..], &[name.len() as u8 + 5, 0, 1, 0, 0, 0, 0], name].concat();
    // As Xceed writes it, with the length of a comment and without.
    let xceed = |comment: &[u8]| {
        let field = [&b"NUCX\x05\0"[..], comment, b"c\0.\0e\0x\0e\0"].concat();
        [&b"\x4e\x55"[..], &[field.len() as u8, 0], &field].concat()
    };
    for (opened, shown, aliases) in [
        (altered(|head| head.extra = xceed(b""), |_| {}), "a.txt", vec!["c.exe"]),
        (altered(|_| {}, |head| head.extra = xceed(b"\0\0")), "a.txt", vec!["c.exe"]),
        (altered(|_| {}, |head| head.name = b"a.exe".to_vec()), "a.exe", vec!["a.txt"]),
        (altered(|head| head.extra = path(b"b.exe"), |_| {}), "a.txt", vec!["b.exe"]),
        (
            altered(
                |head| head.name = b"a.exe\0.txt".to_vec(),
                |head| head.name = b"a.exe\0.txt".to_vec(),
            ),
            "a.exe\0.txt",
            vec!["a.exe"],
        ),
    ] {
        assert_eq!(names(&opened), [shown]);
        assert_eq!(opened.members[0].aliases, aliases);
        let agree = shown == "a.txt";
        assert_eq!(opened.troubles.is_empty(), agree, "{shown}");
    }
}

#[test]
fn a_folder_with_content_is_a_file() {
    let head = Head::stored(b"a.exe/", b"MZ\0\0");
    let claims = Head { size: 0, ..head.clone() };
    let opened = open(lying(&[(head, claims, b"MZ\0\0")]));
    assert_eq!(whys(&opened), [Why::Unreadable]);
    assert!(opened.members.iter().any(|member| *member.bytes == *b"MZ\0\0"));
}

#[test]
fn zstandard_is_read_and_checked() {
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    let packed = ruzstd::encoding::compress_to_vec(&b"hello"[..], level);
    let head = |crc: u32| Head {
        method: 93,
        packed: packed.len() as u32,
        crc: Head::stored(b"", b"hello").crc ^ crc,
        ..Head::stored(b"a.txt", b"hello")
    };
    let opened = open(lying(&[(head(0), head(0), &packed)]));
    assert_eq!(opened.troubles, []);
    finds(&opened, &[("a.txt", b"hello")]);
    let opened = open(lying(&[(head(1), head(1), &packed)]));
    assert_eq!((whys(&opened), opened.members[0].whole), (vec![Why::Unreadable], false));
}

#[test]
fn old_methods_are_not_unpacked_beyond_reason() {
    for method in [1, 2, 6] {
        let head = Head { method, size: 1 << 30, ..Head::stored(b"a.txt", b"hello") };
        let opened = open(lying(&[(head.clone(), head.clone(), b"hello")]));
        assert_eq!(whys(&opened), [Why::OverLimit], "{method}");
        let bytes = lying(&[(head.clone(), head, b"hello")]);
        let directory = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        assert!(whys(&open(bytes[..directory].to_vec())).contains(&Why::OverLimit), "{method}");
    }
    // PPMd with 256 MiB.
    let content = 0x0ff5u16.to_le_bytes();
    let head = Head { method: 98, ..Head::stored(b"a.txt", &content) };
    assert_eq!(whys(&open(lying(&[(head.clone(), head, &content)]))), [Why::OverLimit]);
}

#[test]
fn what_stands_behind_the_end_is_told() {
    let whole = zip(&[("a.txt", b"hello")]);
    assert_eq!(open([&whole[..], &[0; 9]].concat()).troubles, []);
    assert_eq!(whys(&open([&whole[..], b"MZ more"].concat())), [Why::Unreadable]);
}

#[test]
fn an_empty_directory_hides_nothing() {
    const NOTHING: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    assert_eq!(open(NOTHING.to_vec()).troubles, []);
    // The header in front: named, without a name, and one that no program can use.
    for (name, shown) in [("a.exe", &["a.exe"][..]), ("", &["content"])] {
        let whole = zip(&[(name, b"MZ program")]);
        let end = memchr::memmem::find(&whole, b"PK\x01\x02").unwrap();
        let opened = open([&whole[..end], NOTHING].concat());
        assert_eq!(names(&opened), shown);
        assert!(opened.members.iter().all(|member| member.bytes.starts_with(b"MZ")));
        assert!(whys(&opened).contains(&Why::Unreadable));
    }
    assert_eq!(whys(&open([b"PK\x03\x04\xff\xff", NOTHING].concat())), [Why::Unreadable]);
}

#[test]
fn one_volume_of_several_is_named() {
    let mut bytes = zip(&[("a.txt", b"hello")]);
    let end = bytes.len() - 22;
    bytes[end + 4] = 1;
    bytes[end + 6] = 1;
    assert!(whys(&open(bytes)).contains(&Why::Unsupported));
}

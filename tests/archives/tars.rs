//! Tars that programs read in different ways: what any of them shows is a member.

use super::{finds, names, open, whys};
use congthu::archive::{Opened, Why};
use tar::{EntryType, Header};

/// A file of eight bytes, which an entry may hide.
const EXE: (&str, &[u8]) = ("a.exe", b"MZ\0\0 not");
const TEXT: (&str, &[u8]) = ("b.txt", b"hello");

/// A header of POSIX that claims a size.
fn head(kind: u8, name: &str, size: usize) -> Vec<u8> {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::new(kind));
    header.set_path(name).unwrap();
    header.set_size(size as u64);
    header.set_cksum();
    header.as_bytes().to_vec()
}

fn filled(content: &[u8]) -> Vec<u8> {
    let mut content = content.to_vec();
    content.resize(content.len().next_multiple_of(512), 0);
    content
}

fn file((name, content): (&str, &[u8])) -> Vec<u8> {
    [head(b'0', name, content.len()), filled(content)].concat()
}

/// A header of pax with these records.
fn pax(kind: u8, records: &[(&str, &str)]) -> Vec<u8> {
    let mut content = String::new();
    for (key, value) in records {
        let bare = key.len() + value.len() + 3;
        let length = (bare..).find(|length| bare + length.to_string().len() == *length).unwrap();
        content += &format!("{length} {key}={value}\n");
    }
    [head(kind, "PaxHeaders/x", content.len()), filled(content.as_bytes())].concat()
}

fn long(name: &str) -> Vec<u8> {
    [head(b'L', "././@LongLink", name.len() + 1), filled(format!("{name}\0").as_bytes())].concat()
}

fn archive(pieces: &[Vec<u8>]) -> Opened {
    open([pieces.concat(), vec![0; 1024]].concat())
}

/// Whether the file that hides is among the members, whole.
#[track_caller]
fn shows(opened: &Opened, about: &str) {
    let found = opened.members.iter().any(|m| m.name == EXE.0 && m.bytes == EXE.1 && m.whole);
    assert!(found, "{about}: {:?}", names(opened));
}

#[test]
fn what_folders_and_devices_claim_to_hold_is_read() {
    let behind = file(EXE);
    for kind in *b"3456" {
        let entry = head(kind, "thumuc", behind.len());
        shows(&archive(&[file(TEXT), entry, behind.clone()]), &format!("{}", char::from(kind)));
        let sized = pax(b'x', &[("size", "1024")]);
        let entry = head(kind, "thumuc", 0);
        shows(&archive(&[sized, entry, behind.clone()]), &format!("pax, {}", char::from(kind)));
        // What is no header is a file to whom believes the size.
        let opened = archive(&[head(kind, "hd.exe", 512), filled(b"MZ"), file(TEXT)]);
        assert_eq!(names(&opened), ["hd.exe", "b.txt"]);
        assert_eq!(whys(&opened), []);
    }
    let old = archive(&[head(b'5', "thumuc/", 4096), file(TEXT), file(("c.txt", b"c"))]);
    finds(&old, &[TEXT, ("c.txt", b"c")]);
    assert_eq!(whys(&old), [], "old programs write sizes of folders");
}

#[test]
fn every_size_that_is_said_is_followed() {
    let behind = file(EXE);
    let large = (512 + behind.len()).to_string();
    let sizes = |kind, records: &[(&str, &str)], own: usize| {
        let entry = head(b'0', "b.txt", own);
        archive(&[pax(kind, records), entry, filled(TEXT.1), behind.clone()])
    };
    for (about, opened) in [
        ("the last of two", sizes(b'x', &[("size", &large), ("size", "5")], 5)),
        ("the first of two", sizes(b'x', &[("size", "5"), ("size", &large)], 5)),
        ("the header's", sizes(b'x', &[("size", &large)], 5)),
        ("pax", sizes(b'x', &[("size", "5")], 512 + 1024)),
        ("Solaris", sizes(b'X', &[("size", "5")], 512 + 1024)),
        ("global", sizes(b'g', &[("size", "5")], 512 + 1024)),
        ("a blank", sizes(b'x', &[("size", " 5")], 512 + 1024)),
        ("a fraction", sizes(b'x', &[("size", "5.0")], 512 + 1024)),
        ("a sparse one", sizes(b'x', &[("GNU.sparse.size", "5")], 512 + 1024)),
        ("a real one", sizes(b'x', &[("SCHILY.realsize", "5")], 512 + 1024)),
    ] {
        shows(&opened, about);
        assert!(opened.members.iter().any(|member| member.bytes == TEXT.1), "{about}");
    }
    // Programs that find no header there search for the next.
    let opened = sizes(b'x', &[("GNU.sparse.size", "1")], 512 + 1024 + 512);
    shows(&opened, "search");
}

#[test]
fn every_name_that_is_said_is_a_name() {
    let path = |name: &str| pax(b'x', &[("path", name)]);
    let bat = |own: &str| file((own, b"start calc"));
    for (about, opened) in [
        ("the last of two", archive(&[pax(b'x', &[("path", "a"), ("path", "hd.bat")]), bat("b")])),
        ("the first of two", archive(&[pax(b'x', &[("path", "hd.bat"), ("path", "a")]), bat("b")])),
        ("two headers", archive(&[path("a"), path("hd.bat"), bat("b")])),
        ("pax, then GNU", archive(&[path("hd.bat"), long("a"), bat("b")])),
        ("GNU, then pax", archive(&[long("a"), path("hd.bat"), bat("b")])),
        ("its own", archive(&[path(""), bat("hd.bat")])),
        ("Solaris", archive(&[pax(b'X', &[("path", "hd.bat")]), bat("b")])),
        ("sparse", archive(&[pax(b'x', &[("GNU.sparse.name", "hd.bat")]), bat("b")])),
    ] {
        let [member] = &opened.members[..] else { panic!("{about}: {:?}", names(&opened)) };
        let mut all = member.aliases.iter().chain([&member.name]);
        assert!(all.any(|name| name == "hd.bat"), "{about}: {member:?}");
        assert_eq!(whys(&opened), [], "{about}");
    }
    // A name cut to a hundred bytes may end in anything, and nobody is shown it.
    let opened = archive(&[path("trang-web.com-bang-gia.txt"), bat("trang-web.com")]);
    assert_eq!(names(&opened), ["trang-web.com-bang-gia.txt"]);
    assert!(opened.members[0].aliases.is_empty());
}

#[test]
fn sparse_files_of_pax_are_what_they_unpack_to() {
    let within = |map: &str, content: &[u8]| {
        let records =
            [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "x")];
        let content = [filled(map.as_bytes()), content.to_vec()].concat();
        archive(&[pax(b'x', &records), file(("GNUSparseFile.0/x", &content))])
    };
    finds(&within("1\n0\n5\n", b"hello"), &[("x", b"hello")]);
    finds(&within("2\n0\n5\n9\n0\n", b"hello"), &[("x", b"hello")]);
    finds(&within("2\n0\n1\n3\n1\n", b"MZ"), &[("x", b"M\0\0Z")]);
    // Bytes that no piece has are shown by programs that know no maps.
    assert_eq!(within("1\n0\n1\n", b"MZ").members.len(), 2);
    for damaged in ["9\n0\n5\n", "2\n5\n1\n0\n1\n", "x\n"] {
        assert_eq!(whys(&within(damaged, b"hello")), [Why::Unreadable], "{damaged}");
    }
    let outside = |records: &[(&str, &str)]| archive(&[pax(b'x', records), file(("x", b"MZ"))]);
    finds(&outside(&[("GNU.sparse.map", "0,2")]), &[("x", b"MZ")]);
    let holes = [("GNU.sparse.offset", "0"), ("GNU.sparse.numbytes", "1")];
    let holes = [&holes[..], &[("GNU.sparse.offset", "3"), ("GNU.sparse.numbytes", "1")]].concat();
    finds(&outside(&holes), &[("x", b"M\0\0Z"), ("x", b"MZ")]);
    // A hole of a terabyte is paid for before it is made.
    assert_eq!(whys(&outside(&[("GNU.sparse.map", "1000000000000,2")])), [Why::Bomb]);
}

#[test]
fn a_volume_label_is_no_file() {
    let mut label = Header::new_gnu();
    label.set_entry_type(EntryType::new(b'V'));
    label.set_path("nhan").unwrap();
    label.as_old_mut().size = [0; 12];
    label.set_cksum();
    let opened = archive(&[label.as_bytes().to_vec(), file(TEXT)]);
    finds(&opened, &[TEXT]);
    assert_eq!(whys(&opened), []);
}

#[test]
fn one_empty_block_ends_nothing() {
    let opened = archive(&[file(TEXT), vec![0; 512], file(EXE)]);
    shows(&opened, "behind an empty block");
    assert_eq!(whys(&opened), [Why::Unreadable]);
}

#[test]
fn readings_within_each_other_come_to_an_end() {
    // Each header of pax speaks of the rest, and each folder leads into the next.
    let mut bytes = Vec::new();
    for at in 0..4000usize {
        let size = (4000 - at) * 1024;
        bytes.extend(head(b'5', "thumuc", 512));
        bytes.extend(head(if at % 2 == 0 { b'x' } else { b'0' }, "b.txt", size));
    }
    let opened = open([bytes, vec![0; 1024]].concat());
    assert!(whys(&opened).contains(&Why::OverLimit), "{:?}", whys(&opened));
}

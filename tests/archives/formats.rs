//! One row a format: what it holds comes out, whole, under its name.

use super::make;
use super::{finds, gz, open, open_as, tar, whys};
use bytes::Bytes;
use congthu::archive::{Member, Opened, Opener, Why, olepackage};
use congthu::mail::{Budget, FileType, Limits, Trip};
use std::io::{Cursor, Write};

const TWO: &[(&str, &[u8])] = &[("a.txt", b"hello"), ("setup-of-something.exe", b"MZ\0\0 odd")];

/// `printf hello | lzip`
const LZIP: &[u8] = b"LZIP\x01\x0c\x004\x19I\xee\x8eh\x21\xff\xff\xff\xb9\xe0\x00\x00\x86\xa6\x106\x05\x00\x00\x00\x00\x00\x00\x00\x29\x00\x00\x00\x00\x00\x00\x00";

fn lz4(content: &[u8]) -> Vec<u8> {
    let mut writer = lz4_flex::frame::FrameEncoder::new(Vec::new());
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest)
}

/// Opens as `open`, and wants no trouble.
#[track_caller]
fn whole(name: Option<&str>, bytes: Vec<u8>) -> Opened {
    let opened = open_as(name, bytes);
    assert_eq!(opened.troubles, []);
    assert!(opened.members.iter().all(|member| member.whole));
    opened
}

#[test]
fn compressed_files_are_unpacked() {
    let skipped = [&b"\x51\x2a\x4d\x18\x03\0\0\0abc"[..], &zstd(b"hello")].concat();
    for (name, bytes) in [
        ("a.zst", zstd(b"hello")),
        ("a.zst", [zstd(b"he"), zstd(b"llo")].concat()),
        ("a.zst", skipped),
        ("a.lz4", lz4(b"hello")),
        ("a.lz4", [lz4(b"hel"), lz4(b"lo")].concat()),
        ("a.Z", make::compressed(b"hello")),
        ("a.lz", LZIP.to_vec()),
    ] {
        finds(&whole(Some(name), bytes), &[("a", b"hello")]);
    }
    finds(&whole(Some("a.lz"), LZIP.repeat(2)), &[("a", b"hellohello")]);
}

#[test]
fn a_global_header_longer_than_its_tar_is_told() {
    let with = |size: u64| {
        let mut header = ::tar::Header::new_ustar();
        header.set_entry_type(::tar::EntryType::XGlobalHeader);
        header.set_size(size);
        header.set_cksum();
        open([header.as_bytes(), &tar(TWO)[..]].concat())
    };
    // Who passes over the header sees two members, who believes it none.
    assert_eq!(whys(&with(1 << 32)), [congthu::archive::Why::Unreadable]);
    assert_eq!(whys(&with(0)), []);
}

#[test]
fn a_compressed_file_that_is_cut_or_goes_on_is_told() {
    let cut = |bytes: &[u8], by: usize| bytes[..bytes.len() - by].to_vec();
    for (name, bytes) in [
        ("a.zst", cut(&zstd(b"hello"), 1)),
        ("a.zst", [zstd(b"hello"), b"MZ more".to_vec()].concat()),
        ("a.lz4", cut(&lz4(b"hello"), 2)),
        ("a.lz4", [lz4(b"hello"), b"MZ more".to_vec()].concat()),
        ("a.lz", cut(LZIP, 1)),
        ("a.lz", [LZIP, b"MZ more"].concat()),
        ("a.tar", [tar(TWO), vec![0; 20 * 512], b"MZ more".to_vec()].concat()),
        ("a.tar", [tar(TWO), tar(TWO)].concat()),
    ] {
        assert_eq!(whys(&open_as(Some(name), bytes)), [Why::Unreadable], "{name}");
    }
}

#[test]
fn packages_and_old_archives_yield_their_files() {
    let mut archives = vec![
        ("newc", make::newc(TWO)),
        ("odc", make::odc(TWO)),
        ("old cpio", make::binary(TWO, true)),
        ("swapped cpio", make::binary(TWO, false)),
        ("ar", make::ar(TWO)),
        ("lzh", make::lzh(TWO)),
    ];
    for kind in [cab::CompressionType::None, cab::CompressionType::MsZip] {
        archives.push(("cab", make::cab(kind, TWO)));
    }
    for (format, bytes) in archives {
        println!("{format}");
        finds(&whole(None, bytes), TWO);
    }
}

#[test]
fn packages_hold_archives() {
    let deb = make::ar(&[("debian-binary", b"2.0\n"), ("data.tar.gz", &gz(None, &tar(TWO)))]);
    let opened = whole(None, deb);
    assert!(!opened.component && opened.members.len() == 2);
    finds(&whole(Some("data.tar.gz"), opened.members[1].bytes.to_vec()).members_of(), TWO);
    let opened = whole(None, make::rpm(&gz(None, &make::newc(TWO))));
    finds(&whole(None, opened.members[0].bytes.to_vec()).members_of(), TWO);
}

/// The archive inside the one file that came out.
trait Inside {
    fn members_of(&self) -> Opened;
}

impl Inside for Opened {
    fn members_of(&self) -> Opened {
        open(self.members[0].bytes.to_vec())
    }
}

#[test]
fn a_cabinet_of_equal_names_hides_none() {
    let twice: &[(&str, &[u8])] = &[("a.txt", b"one"), ("a.txt", b"MZ two")];
    finds(&whole(None, make::cab(cab::CompressionType::MsZip, twice)), twice);
    let mut spanned = make::cab(cab::CompressionType::None, TWO);
    // The first file goes on from the cabinet before.
    let files = u32::from_le_bytes(spanned[16..20].try_into().unwrap()) as usize;
    spanned[files + 8..files + 10].copy_from_slice(&[0xfd, 0xff]);
    let opened = open(spanned);
    assert_eq!(whys(&opened), [Why::Unsupported]);
    assert_eq!(opened.members.len(), 2);
}

#[test]
fn every_tree_of_a_disc_is_walked() {
    let opened = whole(None, make::iso(["A.TXT;1", "a.exe", "hồ sơ.exe"], b"MZ"));
    finds(&opened, &[("hồ sơ.exe", b"MZ")]);
    assert_eq!(opened.members[0].aliases, ["a.exe"]);
    // A name that only one tree has.
    let mut bytes = make::iso(["A.EXE;1", "", "a.txt"], b"MZ");
    let opened = whole(None, bytes.clone());
    assert_eq!(opened.members[0].aliases, ["A.EXE"]);
    bytes.truncate(21 * 2048 + 1);
    let opened = open(bytes);
    assert_eq!((whys(&opened), opened.members[0].whole), (vec![Why::Unreadable], false));
    let opened = open(make::iso(["A.EXE;1", "", "a.txt"], b"MZ")[..17 * 2048].to_vec());
    assert_eq!(whys(&opened), [Why::Unreadable]);
}

/// UTF-16 as MAPI has it.
fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

fn described(members: &[Member]) -> Vec<(&str, &[String], &[u8], bool)> {
    members.iter().map(|m| (m.name.as_str(), &m.aliases[..], &m.bytes[..], m.component)).collect()
}

#[test]
fn tnef_yields_attachments_bodies_and_messages() {
    let inner = make::tnef(&[
        make::attribute(2, 0x0006_9002, &[0; 14]),
        make::attribute(2, 0x0001_8010, b"inner.exe\0"),
        make::attribute(2, 0x0006_800f, b"MZ inner"),
    ]);
    let object = [&[9; 16][..], &inner].concat();
    let stream = make::tnef(&[
        make::attribute(1, 0x0008_9006, &[1, 2, 3, 4]),
        make::attribute(
            1,
            0x0006_9003,
            &make::properties(&[
                (3, 0x8001, vec![1, 0, 0, 0]),
                (0x102, 0x1013, b"<script>x</script>".to_vec()),
            ]),
        ),
        make::attribute(2, 0x0006_9002, &[0; 14]),
        make::attribute(2, 0x0001_8010, b"HOSO~1.EXE\0"),
        make::attribute(2, 0x0006_800f, b"MZ"),
        make::attribute(2, 0x0006_9005, &make::properties(&[(0x1f, 0x3707, wide("hồ sơ.exe"))])),
        make::attribute(2, 0x0006_9002, &[0; 14]),
        make::attribute(2, 0x0006_9005, &make::properties(&[(0x0d, 0x3701, object)])),
    ]);
    let opened = whole(None, stream.clone());
    assert_eq!(
        described(&opened.members),
        [
            ("body.html", &[][..], &b"<script>x</script>"[..], true),
            ("hồ sơ.exe", &["HOSO~1.EXE".to_owned()], b"MZ", false),
            ("attachment", &[], &inner, false),
        ]
    );
    finds(&whole(None, inner), &[("inner.exe", b"MZ inner")]);
    let mut wrong = stream;
    let at = wrong.windows(4).position(|w| w == b"MZ\x99\0" || w[..2] == *b"MZ").unwrap();
    wrong[at + 1] = b'z';
    let opened = open(wrong);
    assert_eq!((whys(&opened), opened.members.len()), (vec![Why::Unreadable], 3));
}

#[test]
fn outlooks_compressed_rtf_is_unpacked() {
    // MS-OXRTFCP 3.1.1: the example of the specification.
    let packed = b"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125\x42\x32\x0a\xf3 hel\x09\0\x20bw\x05\xb0ld}\x0a\x80\x0f\xa0";
    let stream = |packed: &[u8]| {
        let body = make::properties(&[(0x102, 0x1009, packed.to_vec())]);
        make::tnef(&[make::attribute(1, 0x0006_9003, &body)])
    };
    let rtf: &[u8] = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n";
    finds(&whole(None, stream(packed)), &[("body.rtf", rtf)]);
    // The length that is stated ends nothing (3.1.3).
    let short = [&packed[..4], b"\x05\0\0\0", &packed[8..]].concat();
    finds(&whole(None, stream(&short)), &[("body.rtf", rtf)]);
}

#[test]
fn what_a_signature_holds_is_a_mail() {
    let mail = b"Content-Type: text/plain\r\n\r\nxin chao, day la mot la thu";
    for wrap in [make::der, make::open_ended] {
        let opened = whole(None, make::pkcs7(2, wrap, Some(mail)));
        finds(&opened, &[("signed.eml", mail)]);
        assert!(opened.members[0].mail);
        assert_eq!(whole(None, make::pkcs7(2, wrap, None)).members.len(), 0, "a detached one");
        let opened = open(make::pkcs7(3, wrap, Some(b"1234")));
        assert_eq!((whys(&opened), opened.members.len()), (vec![Why::Encrypted], 0));
    }
    let cut = make::pkcs7(2, make::open_ended, Some(mail));
    assert_eq!(whys(&open(cut[..cut.len() / 2].to_vec())), [Why::Unreadable]);
    let pgp = b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n";
    assert_eq!(whys(&open(pgp.to_vec())), [Why::Encrypted]);
}

#[test]
fn mailboxes_yield_letters() {
    let letter = "From: a@x.example\nTo: b@x.example\nSubject: s\n\nFrom here on, text.\n";
    let mailbox = format!("From a@x.example Mon Jan  1 00:00:00 2024\n{letter}\n").repeat(2);
    let opened = whole(None, mailbox.into_bytes());
    let names: Vec<&str> = opened.members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(names, ["1.eml", "2.eml"]);
    assert!(opened.members.iter().all(|m| m.mail && m.bytes.starts_with(b"From: a@x.example\n")));
}

/// What an OLE file embeds and no person sees as a file.
fn embedded(bytes: Vec<u8>) -> Opened {
    let mut budget = Budget::new(Limits::default(), bytes.len() as u64, Trip::default());
    olepackage::embedded(&bytes.into(), &mut budget).components
}

#[test]
fn documents_yield_what_is_embedded_as_a_file() {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_stream("/WordDocument").unwrap().write_all(b"x").unwrap();
    file.create_storage_all("/ObjectPool/_1").unwrap();
    for (path, content) in [("/ObjectPool/_1/Package", b"PK a"), ("/CONTENTS", b"%PDF")] {
        file.create_stream(path).unwrap().write_all(content).unwrap();
    }
    file.flush().unwrap();
    let opened = embedded(file.into_inner().into_inner());
    assert!(opened.component);
    let mut found = opened.members.clone();
    found.sort_by_key(|member| member.name.clone());
    let found: Vec<(&str, &[u8])> = found.iter().map(|m| (m.name.as_str(), &m.bytes[..])).collect();
    assert_eq!(found, [("CONTENTS", &b"%PDF"[..]), ("ObjectPool__1_Package", b"PK a")]);

    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"an object").unwrap();
    let packed = [&[9, 0, 0, 0][..], &packed.finish().unwrap()].concat();
    let record = |instance: u16, kind: u16, content: &[u8]| {
        let length = (content.len() as u32).to_le_bytes();
        [&(instance << 4).to_le_bytes()[..], &kind.to_le_bytes(), &length, content].concat()
    };
    let records = [record(0, 1000, b"abc"), record(1, 0x1011, &packed), record(0, 0x1011, b"raw")];
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    let mut stream = file.create_stream("/PowerPoint Document").unwrap();
    stream.write_all(&records.concat()).unwrap();
    drop(stream);
    file.flush().unwrap();
    let opened = embedded(file.into_inner().into_inner());
    finds(&opened, &[("object1.ole", b"an object"), ("object2.ole", b"raw")]);
}

#[test]
fn windows_are_checked_before_they_are_allocated() {
    // A window of 1 TiB, and dictionaries of 512 MiB.
    let zstd = b"\x28\xb5\x2f\xfd\0\xf0\x01\0\0".to_vec();
    let mut lzip = LZIP.to_vec();
    lzip[5] = 29;
    for bytes in [zstd, lzip] {
        let opened = open(bytes);
        assert_eq!(whys(&opened), [Why::OverLimit]);
        let (value, limit) = opened.troubles[0].measure.unwrap();
        assert!(value > limit);
    }
}

#[test]
fn what_is_known_and_not_read_is_named() {
    for extension in
        ["arj", "ace", "alz", "zoo", "arc", "sit", "hqx", "lzo", "img", "vhd", "wim", "mdb"]
    {
        let kind = FileType::by_extension(extension).unwrap();
        let mut budget = Budget::new(Limits::default(), 1, Trip::default());
        let opened = Opener::default().open(kind, None, &Bytes::from_static(b"x"), &mut budget);
        assert_eq!(whys(&opened.unwrap()), [Why::Unsupported], "{extension}");
    }
    assert_eq!(whys(&open(b"\x1f\xa0abc".to_vec())), [Why::Unsupported], "pack's kin");
    let udf = [vec![0; 16 * 2048], [&b"\0NSR02"[..], &[0; 2042]].concat(), vec![0; 2048]].concat();
    assert_eq!(whys(&open(udf)), [Why::Unsupported]);
}

/// A tar of `a.txt` and an entry of this kind that is called `hd.bat` and leads to `target`.
fn linked(kind: ::tar::EntryType, target: &str, data: &[u8]) -> Vec<u8> {
    let mut header = ::tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(data.len() as u64);
    header.set_path("hd.bat").unwrap();
    header.set_link_name(target).unwrap();
    header.set_cksum();
    let mut entry = header.as_bytes().to_vec();
    entry.extend(data);
    entry.resize(entry.len().next_multiple_of(512), 0);
    let file = tar(&[("a.txt", b"hello")]);
    [&file[..1024], &entry, &file[1024..]].concat()
}

#[test]
fn a_link_is_a_name_that_somebody_clicks() {
    use ::tar::EntryType::{Link, Symlink};
    for kind in [Link, Symlink] {
        for target in ["a.txt", "./a.txt"] {
            let opened = whole(None, linked(kind, target, b""));
            finds(&opened, &[("a.txt", b"hello")]);
            assert_eq!(opened.members[0].aliases, ["hd.bat"], "{kind:?} {target}");
        }
        let opened = open(linked(kind, "elsewhere.txt", b""));
        finds(&opened, &[("a.txt", b"hello"), ("hd.bat", b"")]);
        // Who extracts the data of a link has another file.
        let opened = whole(None, linked(kind, "a.txt", b"echo"));
        finds(&opened, &[("a.txt", b"hello"), ("hd.bat", b"echo")]);
        assert_eq!(opened.members[0].aliases, ["hd.bat"], "{kind:?}");
        // GNU's tar reads on behind the header, whatever its size.
        let mut sized = linked(kind, "a.txt", b"");
        let size = b"00000004000\0";
        sized[1024 + 124..1024 + 136].copy_from_slice(size);
        let sum: u32 = sized[1024..1536].iter().map(|byte| u32::from(*byte)).sum();
        let old: u32 = sized[1024 + 148..1024 + 156].iter().map(|byte| u32::from(*byte)).sum();
        let sum = format!("{:06o}\0 ", sum - old + 8 * 32);
        sized[1024 + 148..1024 + 156].copy_from_slice(sum.as_bytes());
        let behind = tar(&[("b.exe", b"MZ")]);
        let opened = whole(None, [&sized[..1536], &behind].concat());
        assert_eq!(opened.members[1].bytes, behind, "{kind:?}");
    }
}

#[test]
fn a_global_header_may_name_all_that_follows() {
    let mut header = ::tar::Header::new_ustar();
    header.set_entry_type(::tar::EntryType::XGlobalHeader);
    header.set_size(15);
    header.set_cksum();
    let mut global = [header.as_bytes(), &b"15 path=hd.bat\n"[..]].concat();
    global.resize(1024, 0);
    let opened = whole(None, [global, tar(&[("a.txt", b"hello")])].concat());
    finds(&opened, &[("a.txt", b"hello")]);
    assert_eq!(opened.members[0].aliases, ["hd.bat"]);
}

#[test]
fn a_symbolic_link_in_cpio_has_a_name() {
    let mut archive = make::odc(&[("hd.bat", b"a.txt")]);
    let mode = archive.windows(6).position(|digits| digits == b"100644").unwrap();
    archive[mode..mode + 6].copy_from_slice(b"120777");
    finds(&open(archive), &[("hd.bat", b"")]);
}

#[test]
fn a_mail_of_apple_mail_is_a_mail() {
    let mail = b"From: a@x.example\nTo: b@y.example\nDate: a\n\nhello\n";
    let list = b"<?xml version=\"1.0\"?>\n<plist/>\n";
    let counted = format!("{}      \n", mail.len());
    for (about, file, members) in [
        ("whole", [counted.as_bytes(), mail, list].concat(), 2),
        ("without a list", [counted.as_bytes(), mail].concat(), 1),
        ("with a count too large", [b"99999\n", &mail[..]].concat(), 1),
        ("with a count that cuts", [b"12\n", &mail[..]].concat(), 1),
    ] {
        let opened = whole(None, file);
        assert_eq!(opened.members.len(), members, "{about}");
        let first = &opened.members[0];
        assert_eq!((&*first.bytes, first.mail), (&mail[..], true), "{about}");
        assert!(opened.members[1..].iter().all(|list| list.component), "{about}");
    }
}

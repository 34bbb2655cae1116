//! Packers other than zip, written by hand where no crate of ours writes them.

use super::File;
use super::pack::{gz, tar, zip};
use super::payloads::pe;
use std::io::{Cursor, Write};

const PROGRAM: &[&str] = &["executable.found"];
const SCRIPT: &[&str] = &["script.found", "executable.found"];
const LOCKED: &[&str] = &["archive.encrypted", "executable.found"];

/// Every file of this page.
pub fn all() -> Vec<File> {
    let pe = pe();
    let mut files = Vec::new();
    let mut add = |construct: &str, name, finds, bytes: Vec<u8>| {
        files.push(File { construct: format!("format/{construct}"), name, finds, bytes });
    };
    gzips(&pe, &mut add);
    tars(&pe, &mut add);
    add("bz2", "so-lieu.dat.bz2", PROGRAM, bz2(&pe));
    add("bz2-two-streams", "so-lieu.bz2", PROGRAM, [bz2(&pe[..200]), bz2(&pe[200..])].concat());
    add("bz2-tail", "so-lieu.bz2", PROGRAM, [bz2(&pe), b"them vao".to_vec()].concat());
    let zst =
        ruzstd::encoding::compress_to_vec(&pe[..], ruzstd::encoding::CompressionLevel::Fastest);
    add("zst", "so-lieu.zst", PROGRAM, zst.clone());
    add("zst-as-pdf", "so-lieu.pdf", PROGRAM, zst.clone());
    add(
        "zst-skippable",
        "so-lieu.zst",
        PROGRAM,
        [b"\x50\x2a\x4d\x18\x04\0\0\0abcd", &zst[..]].concat(),
    );
    let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
    lz4.write_all(&pe).unwrap();
    add("lz4", "so-lieu.lz4", PROGRAM, lz4.finish().unwrap());
    add("z", "so-lieu.Z", PROGRAM, compress(&pe));
    add("tar-z", "so-lieu.tar.Z", PROGRAM, compress(&tar(&[("so-lieu.dat", &pe)])));
    add("7z", "ho-so.7z", PROGRAM, seven("so-lieu.dat", &pe));
    add("7z-as-zip", "ho-so.zip", PROGRAM, seven("so-lieu.dat", &pe));
    add("7z-name", "ho-so.7z", SCRIPT, seven("hd.bat", b"xin chao"));
    add("7z-behind-exe", "ho-so.dat", PROGRAM, [&pe[..], &seven("so-lieu.dat", &pe)].concat());
    add("7z-cut", "ho-so.7z", PROGRAM, seven("so-lieu.dat", &pe)[..300].to_vec());
    add("7z-in-zip", "ho-so.zip", PROGRAM, zip(&[("a.7z", &seven("so-lieu.dat", &pe))]));
    add("rar5", "ho-so.rar", PROGRAM, rar5("so-lieu.dat", &pe, false));
    add("rar5-name", "ho-so.rar", SCRIPT, rar5("hd.bat", b"xin chao", false));
    add("rar5-as-zip", "ho-so.zip", PROGRAM, rar5("so-lieu.dat", &pe, false));
    add(
        "rar5-behind-junk",
        "ho-so.rar",
        PROGRAM,
        [vec![0x55; 500], rar5("so-lieu.dat", &pe, false)].concat(),
    );
    add("rar5-locked", "ho-so.rar", LOCKED, rar5("so-lieu.dat", &pe, true));
    add("rar4", "ho-so.rar", PROGRAM, rar4("so-lieu.dat", &pe, 0));
    add("rar4-name", "ho-so.rar", SCRIPT, rar4("hd.bat", b"xin chao", 0));
    add("rar4-locked", "ho-so.rar", LOCKED, rar4("so-lieu.dat", &pe, 4));
    add("rar4-as-r00", "ho-so.r00", PROGRAM, rar4("so-lieu.dat", &pe, 0));
    add("cab", "ho-so.cab", PROGRAM, cab("so-lieu.dat", &pe, cab::CompressionType::None));
    add("cab-mszip", "ho-so.cab", PROGRAM, cab("so-lieu.dat", &pe, cab::CompressionType::MsZip));
    add("cab-as-doc", "ho-so.doc", PROGRAM, cab("so-lieu.dat", &pe, cab::CompressionType::MsZip));
    add("cab-name", "ho-so.cab", SCRIPT, cab("hd.bat", b"xin chao", cab::CompressionType::None));
    for level in 0..=2 {
        add(&format!("lha-{level}"), "ho-so.lzh", PROGRAM, lha(level, "so-lieu.dat", &pe));
    }
    add("ar", "ho-so.a", PROGRAM, ar(&[("so-lieu.dat/", &pe)]));
    let data = gz(None, &tar(&[("./usr/bin/chay", &super::payloads::elf())]));
    let control = gz(None, &tar(&[("./control", b"Package: a\n")]));
    add(
        "deb",
        "ho-so.dat",
        PROGRAM,
        ar(&[("debian-binary", b"2.0\n"), ("control.tar.gz", &control), ("data.tar.gz", &data)]),
    );
    add("cpio-newc", "ho-so.cpio", PROGRAM, cpio("so-lieu.dat", &pe));
    add("cpio-gz", "ho-so.cpio.gz", PROGRAM, gz(None, &cpio("so-lieu.dat", &pe)));
    add(
        "arj",
        "ho-so.arj",
        PROGRAM,
        [b"\x60\xea\x2c\0\x22\x0b\x01\x0b\x10\0\x02", &[0; 60][..]].concat(),
    );
    add(
        "ace",
        "ho-so.ace",
        PROGRAM,
        [b"\x12\x34\x31\0\0\0\x90**ACE**\x14\x14\x02\0", &[0; 60][..]].concat(),
    );
    add("alz", "ho-so.alz", PROGRAM, [&b"ALZ\x01\x0a\0\0\0BLZ\x01"[..], &[0; 60][..]].concat());
    add("iso-in-zip", "ho-so.zip", PROGRAM, zip(&[("dia.dat", &super::payloads::iso())]));
    add("iso-cut", "dia.dat", PROGRAM, super::payloads::iso()[..39_000].to_vec());
    add(
        "vhd",
        "dia.dat",
        PROGRAM,
        [vec![0; 4096], b"conectix\0\0\0\x02\0\x01\0\0".to_vec(), vec![0; 496]].concat(),
    );
    files
}

type Add<'a> = dyn FnMut(&str, &'static str, &'static [&'static str], Vec<u8>) + 'a;

fn gzips(pe: &[u8], add: &mut Add<'_>) {
    let plain = gz(None, pe);
    add("gz", "so-lieu.dat.gz", PROGRAM, plain.clone());
    add("gz-as-pdf", "so-lieu.pdf", PROGRAM, plain.clone());
    add("gz-unnamed", "so-lieu", PROGRAM, plain.clone());
    add("gz-names-script", "so-lieu.gz", SCRIPT, gz(Some("hd.bat"), b"xin chao"));
    add("gz-by-outer-name", "hd.bat.gz", SCRIPT, gz(None, b"xin chao"));
    add(
        "gz-two-members",
        "so-lieu.gz",
        PROGRAM,
        [gz(None, &pe[..100]), gz(None, &pe[100..])].concat(),
    );
    add("gz-empty-first", "so-lieu.gz", PROGRAM, [gz(None, b""), plain.clone()].concat());
    add("gz-tail", "so-lieu.gz", PROGRAM, [&plain[..], b"them vao"].concat());
    add("gz-zeros", "so-lieu.gz", PROGRAM, [&plain[..], &[0; 600]].concat());
    add("gz-cut", "so-lieu.gz", PROGRAM, plain[..plain.len() - 6].to_vec());
    let mut wrong = plain.clone();
    let size = wrong.len();
    wrong[size - 8..].fill(7);
    add("gz-crc", "so-lieu.gz", PROGRAM, wrong);
    // FEXTRA, FCOMMENT and FHCRC (RFC 1952 §2.3.1).
    let mut extra = b"\x1f\x8b\x08\x16\0\0\0\0\0\x03\x04\0abcdghi chu\0".to_vec();
    let mut crc = flate2::Crc::new();
    crc.update(&extra);
    extra.extend((crc.sum() as u16).to_le_bytes());
    extra.extend(&plain[10..]);
    add("gz-fields", "so-lieu.gz", PROGRAM, extra);
    add("gz-gz-gz", "so-lieu.gz", PROGRAM, gz(None, &gz(None, &plain)));
    let mut reserved = plain.clone();
    reserved[3] = 0xe0;
    add("gz-reserved-flags", "so-lieu.gz", PROGRAM, reserved);
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(pe).unwrap();
    drop(zlib.finish().unwrap());
}

fn tars(pe: &[u8], add: &mut Add<'_>) {
    let plain = tar(&[("so-lieu.dat", pe)]);
    add("tar", "ho-so.tar", PROGRAM, plain.clone());
    add("tar-as-pdf", "ho-so.pdf", PROGRAM, plain.clone());
    add("tgz", "ho-so.tgz", PROGRAM, gz(None, &plain));
    add("tar-bz2", "ho-so.tbz2", PROGRAM, bz2(&plain));
    let long = format!("{}/hd.bat", "a".repeat(150));
    add("tar-long-name", "ho-so.tar", SCRIPT, tar(&[(&long, b"xin chao")]));
    let mut old = plain.clone();
    // Before POSIX: no signature; and the checksum without it.
    old[257..265].fill(0);
    let sum: u32 =
        old[..148].iter().chain(&old[156..512]).map(|b| u32::from(*b)).sum::<u32>() + 8 * 32;
    old[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    add("tar-old", "ho-so.tar", PROGRAM, old);
    let mut wrong = plain.clone();
    wrong[148..156].copy_from_slice(b"000000\0 ");
    add("tar-checksum", "ho-so.tar", PROGRAM, wrong);
    let harmless = tar(&[("ghi-chu.txt", b"xin chao")]);
    add("tar-behind-end", "ho-so.tar", PROGRAM, [&harmless[..], &plain].concat());
    add("tar-no-end", "ho-so.tar", PROGRAM, plain[..1024].to_vec());
    add("tar-two", "ho-so.tar", PROGRAM, tar(&[("ghi-chu.txt", b"xin chao"), ("so-lieu.dat", pe)]));
    let mut pax = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_ustar();
    let records = b"21 path=ho-so/hd.bat\n";
    header.set_entry_type(tar::EntryType::XHeader);
    header.set_size(records.len() as u64);
    pax.append_data(&mut header, "PaxHeader", &records[..]).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_size(8);
    header.set_mode(0o644);
    pax.append_data(&mut header, "hd.txt", &b"xin chao"[..]).unwrap();
    add("tar-pax-name", "ho-so.tar", SCRIPT, pax.into_inner().unwrap());
    let mut typed = tar::Builder::new(Vec::new());
    for (name, kind) in [("a", b'7'), ("b", b'\0'), ("c", b'Z')] {
        let mut header = tar::Header::new_gnu();
        header.set_size(pe.len() as u64);
        header.set_entry_type(tar::EntryType::new(kind));
        typed.append_data(&mut header, name, pe).unwrap();
    }
    add("tar-odd-types", "ho-so.tar", PROGRAM, typed.into_inner().unwrap());
}

fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut writer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// compress(1) with codes of nine bits only: every byte for itself.
fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut out = b"\x1f\x9d\x09".to_vec();
    let (mut bits, mut count) = (0u32, 0);
    for byte in bytes {
        bits |= u32::from(*byte) << count;
        count += 9;
        while count >= 8 {
            out.push(bits as u8);
            bits >>= 8;
            count -= 8;
        }
    }
    out.push(bits as u8);
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// 7z, stored, with a plain header (7zFormat.txt).
fn seven(name: &str, bytes: &[u8]) -> Vec<u8> {
    let size = [0x80 | (bytes.len() >> 8) as u8, bytes.len() as u8];
    let mut header = vec![0x01, 0x04, 0x06, 0, 1, 0x09];
    header.extend(size);
    header.extend([0, 0x07, 0x0b, 1, 0, 1, 0x01, 0x00, 0x0c]);
    header.extend(size);
    header.extend([0, 0x08, 0x0a, 1]);
    header.extend(crc32(bytes).to_le_bytes());
    header.extend([0, 0, 0x05, 1, 0x11]);
    let name: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    header.push(name.len() as u8 + 1);
    header.push(0);
    header.extend(&name);
    header.extend([0, 0]);
    let mut start = (bytes.len() as u64).to_le_bytes().to_vec();
    start.extend((header.len() as u64).to_le_bytes());
    start.extend(crc32(&header).to_le_bytes());
    let mut out = b"7z\xbc\xaf\x27\x1c\0\x04".to_vec();
    out.extend(crc32(&start).to_le_bytes());
    out.extend(start);
    out.extend(bytes);
    out.extend(header);
    out
}

/// A number of seven bits a byte, lowest first.
fn vint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
    out
}

/// RAR 5, stored (RAR 5.0 archive format); `locked` adds an encryption record to the file.
fn rar5(name: &str, bytes: &[u8], locked: bool) -> Vec<u8> {
    let block = |fields: Vec<u8>| {
        let sized = [vint(fields.len() as u64), fields].concat();
        [crc32(&sized).to_le_bytes().to_vec(), sized].concat()
    };
    let mut extra = Vec::new();
    if locked {
        let record = [vint(1), vint(0), vint(0), vec![15], vec![7; 16], vec![9; 16]].concat();
        extra = [vint(record.len() as u64), record].concat();
    }
    let flags = if locked { 3 } else { 2 };
    let mut file = [vint(2), vint(flags)].concat();
    if locked {
        file.extend(vint(extra.len() as u64));
    }
    file.extend(vint(bytes.len() as u64));
    file.extend([vint(4), vint(bytes.len() as u64), vint(0x20)].concat());
    file.extend(crc32(bytes).to_le_bytes());
    file.extend([vint(0), vint(0), vint(name.len() as u64)].concat());
    file.extend(name.bytes());
    file.extend(extra);
    let main = block([vint(1), vint(0), vint(0)].concat());
    let end = block([vint(5), vint(0), vint(0)].concat());
    [b"Rar!\x1a\x07\x01\0".to_vec(), main, block(file), bytes.to_vec(), end].concat()
}

/// RAR 2.9 to 4, stored; `flags` of the file header: 4 is "locked".
fn rar4(name: &str, bytes: &[u8], flags: u16) -> Vec<u8> {
    let block = |fields: Vec<u8>| [(crc32(&fields) as u16).to_le_bytes().to_vec(), fields].concat();
    let size = (32 + name.len()) as u16;
    let mut file = vec![0x74];
    file.extend((flags | 0x8000).to_le_bytes());
    file.extend(size.to_le_bytes());
    file.extend((bytes.len() as u32).to_le_bytes());
    file.extend((bytes.len() as u32).to_le_bytes());
    file.push(2);
    file.extend(crc32(bytes).to_le_bytes());
    file.extend([0, 0, 0x21, 0x5a, 29, 0x30]);
    file.extend((name.len() as u16).to_le_bytes());
    file.extend(0x20u32.to_le_bytes());
    file.extend(name.bytes());
    let main = block(vec![0x73, 0, 0, 13, 0, 0, 0, 0, 0, 0, 0]);
    let end = block(vec![0x7b, 0, 0x40, 7, 0]);
    [b"Rar!\x1a\x07\0".to_vec(), main, block(file), bytes.to_vec(), end].concat()
}

fn cab(name: &str, bytes: &[u8], how: cab::CompressionType) -> Vec<u8> {
    let mut builder = cab::CabinetBuilder::new();
    builder.add_folder(how).add_file(name);
    let mut writer = builder.build(Cursor::new(Vec::new())).unwrap();
    while let Some(mut file) = writer.next_file().unwrap() {
        file.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// LHA, stored (`-lh0-`), with a header of this level.
fn lha(level: u8, name: &str, bytes: &[u8]) -> Vec<u8> {
    let crc = bytes.iter().fold(0u16, |mut crc, byte| {
        crc ^= u16::from(*byte);
        (0..8).for_each(|_| crc = if crc & 1 == 1 { crc >> 1 ^ 0xa001 } else { crc >> 1 });
        crc
    });
    let mut head = b"-lh0-".to_vec();
    head.extend((bytes.len() as u32).to_le_bytes());
    head.extend((bytes.len() as u32).to_le_bytes());
    head.extend([0, 0, 0x21, 0x5a, 0x20, level]);
    if level == 2 {
        head.extend(crc.to_le_bytes());
        head.push(b'M');
        head.extend(((3 + name.len()) as u16).to_le_bytes());
        head.push(1);
        head.extend(name.bytes());
        head.extend([0, 0]);
        let size = (head.len() + 2) as u16;
        return [&size.to_le_bytes()[..], &head, bytes, &[0]].concat();
    }
    head.push(name.len() as u8);
    head.extend(name.bytes());
    head.extend(crc.to_le_bytes());
    if level == 1 {
        head.extend([b'M', 0, 0]);
    }
    let sum = head.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    [&[head.len() as u8, sum][..], &head, bytes, &[0]].concat()
}

fn ar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = b"!<arch>\n".to_vec();
    for (name, bytes) in members {
        out.extend(
            format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, bytes.len())
                .bytes(),
        );
        out.extend(*bytes);
        out.extend(if bytes.len() % 2 == 1 { &b"\n"[..] } else { b"" });
    }
    out
}

fn cpio(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes, inode) in [(name, bytes, 1), ("TRAILER!!!", &b""[..], 0)] {
        let fields = [inode, 0o100_644, 0, 0, 1, 0, bytes.len(), 0, 0, 0, 0, name.len() + 1, 0];
        let mut entry = b"070701".to_vec();
        fields.iter().for_each(|field| entry.extend(format!("{field:08x}").bytes()));
        entry.extend(name.bytes());
        entry.push(0);
        entry.resize(entry.len().next_multiple_of(4), 0);
        entry.extend(bytes);
        entry.resize(entry.len().next_multiple_of(4), 0);
        out.extend(entry);
    }
    out
}

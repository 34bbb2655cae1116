//! Signatures that harm depends on, or that the libraries get wrong.
//!
//! A signature of letters alone is not enough: a text may begin with `BM`,
//! `Rar` or `MZ`. Every one here holds a byte that no text has, or is long.

use super::tape::is_tar_header;
use super::{Family, FileType, at, disk, known, ole, program, tail, u16_at, u32_at, zipped};

/// The type, where a signature of ours fits.
pub(super) fn detect(bytes: &[u8]) -> Option<FileType> {
    program::detect(bytes)
        .or_else(|| ole::detect(bytes))
        .or_else(|| zipped::detect(bytes))
        .or_else(|| at(bytes, 0, b"%PDF-").then(|| known("pdf")).flatten())
        .or_else(|| at_start(bytes))
        .or_else(|| elsewhere(bytes))
        .or_else(|| disk::detect(bytes))
        .or_else(|| bad_shortcut(bytes))
}

/// Signatures at offset 0, with the usual extension of their type.
const START: &[(&[u8], &str)] = &[
    (b"{\\rt", "rtf"),
    (b"%!PS", "ps"),
    (b"\xc5\xd0\xd3\xc6", "ps"),
    (b"\x4c\0\0\0\x01\x14\x02\0", "lnk"),
    (b"ITSF", "chm"),
    (b"\x7a\x1a\x20\x10", "sis"),
    (b"\x3f\x5f\x03\0", "hlp"),
    (b"vhdxfile", "vhdx"),
    (b"conectix\0", "vhd"),
    (b"KDMV\x01\0", "vmdk"),
    (b"# Disk DescriptorFile", "vmdk"),
    (b"QFI\xfb", "qcow2"),
    (b"MSWIM\0\0\0", "wim"),
    (b"xar!\0", "pkg"),
    (b"!<arch>\ndebian-binary", "deb"),
    (b"!<arch>\n", "ar"),
    (b"\xed\xab\xee\xdb", "rpm"),
    (b"Cr24\x02\0\0\0", "crx"),
    (b"Cr24\x03\0\0\0", "crx"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"RE\x7e\x5e", "rar"),
    (b"\x1f\x8b", "gz"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x02\x21\x4c\x18", "lz4"),
    // Formats of zstd before 1.0; skippable frames, which may stand before any (RFC 8878 3.1.2),
    // are looked at below.
    (b"\x22\xb5\x2f\xfd", "zst"),
    (b"\x23\xb5\x2f\xfd", "zst"),
    (b"\x24\xb5\x2f\xfd", "zst"),
    (b"\x25\xb5\x2f\xfd", "zst"),
    (b"\x26\xb5\x2f\xfd", "zst"),
    (b"\x27\xb5\x2f\xfd", "zst"),
    (b"LZIP\x01", "lz"),
    (b"\x89LZO\0\r\n\x1a\n", "lzo"),
    (b"\x1f\x9d", "z"),
    (b"\x1f\xa0", "z"),
    (b"\x1f\x1e", "z"),
    (b"MSCF\0\0\0\0", "cab"),
    (b"ISc(", "cab"),
    // Microsoft's `compress`, of which three kinds begin so.
    (b"SZDD\x88\xf0\x27\x33", "szdd"),
    (b"KWAJ\x88\xf0\x27\xd1", "szdd"),
    (b"SZ \x88\xf0\x27\x33\xd1", "szdd"),
    (b"ALZ\x01", "alz"),
    (b"EGGA\0\x01", "alz"),
    (b"StuffIt (c)1997", "sit"),
    (b"SIT!\0", "sit"),
    (b"(This file must be converted with BinHex", "hqx"),
    (b"\x78\x9f\x3e\x22", "tnef"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "one"),
    (b"\xa1\x2f\xff\x43\xd9\xef\x76\x4c\x9e\xe2\x10\xea\x57\x22\x76\x5f", "one"),
    (b"!BDN", "pst"),
    // Outlook Express.
    (b"\xcf\xad\x12\xfe", "pst"),
    (b"ActiveMime", "mso"),
    (b"FasdUAS 1.101.10", "scpt"),
    // Compiled AutoIt.
    (b"\xa3\x48\x4b\xbe\x98\x6c\x4a\xa9\x99\x4c\x53\x0a\x86\xd6\x48\x7d", "a3x"),
    // Excel 2 to 5 without the OLE file around it, which Excel opens all the same.
    (b"\x09\0\x04\0", "xls"),
    (b"\x09\x02\x06\0", "xls"),
    (b"\x09\x04\x06\0", "xls"),
    (b"\x09\x08\x08\0", "xls"),
    (b"\x09\x08\x10\0", "xls"),
    (b"SQLite format 3\0", "sqlite"),
    (b"\0\x01\0\0Standard Jet DB", "mdb"),
    (b"\0\x01\0\0Standard ACE DB", "mdb"),
];

/// The longest signature that fits stands first where two begin alike.
fn at_start(bytes: &[u8]) -> Option<FileType> {
    let (_, extension) = START.iter().find(|(magic, _)| at(bytes, 0, magic))?;
    known(extension)
}

/// Signatures further in.
fn elsewhere(bytes: &[u8]) -> Option<FileType> {
    if at(bytes, 7, b"**ACE**") && at(bytes, 4, &[0]) {
        return known("ace");
    }
    // The second and third of its numbers; the first is the program's own.
    if at(bytes, 4, b"\x12\x3a\0\x10\x19\x04\0\x10") {
        return known("sis");
    }
    if at(bytes, 257, b"ustar") || is_tar_header(bytes) {
        return known("tar");
    }
    if at(bytes, 2, b"-lh") && at(bytes, 6, b"-") || at(bytes, 2, b"-lz") && at(bytes, 6, b"-") {
        return known("lzh");
    }
    if at(bytes, 1, b"\x2a\x4d\x18") && bytes.first().is_some_and(|b| (0x50..=0x5f).contains(b)) {
        return known("zst");
    }
    if is_python(bytes) {
        return known("pyc");
    }
    if at(bytes, 0, b"BZh") && bzip2(bytes) {
        return known("bz2");
    }
    if is_lzma(bytes) {
        return known("lzma");
    }
    if is_arc(bytes) {
        return known("arc");
    }
    if at(bytes, 20, b"\xdc\xa7\xc4\xfd") {
        return known("zoo");
    }
    if at(bytes, 0, b"\x60\xea") && u16_at(bytes, 2).is_some_and(|size| size <= 2600) {
        return known("arj");
    }
    if is_pkcs7(bytes) {
        return known("p7m");
    }
    is_cpio(bytes).then(|| known("cpio")).flatten()
}

/// `BZh1` to `BZh9`, then π (a block) or √π (the end of an empty file).
fn bzip2(bytes: &[u8]) -> bool {
    bytes.get(3).is_some_and(|level| (b'1'..=b'9').contains(level))
        && (at(bytes, 4, b"\x31\x41\x59\x26\x53\x59") || at(bytes, 4, b"\x17\x72\x45\x38\x50\x90"))
}

/// Compiled Python: a version, CRLF, and a code object where that version's header ends. A packet
/// capture begins with the first two as well.
fn is_python(bytes: &[u8]) -> bool {
    let header = match u16_at(bytes, 0).filter(|_| at(bytes, 2, b"\r\n")) {
        Some(62131 | 62161 | 62211 | 3000..=3229) => 8,
        Some(3230..=3389) => 12,
        Some(3390..=3999) => 16,
        _ => return false,
    };
    matches!(bytes.get(header), Some(b'c' | 0xe3))
}

/// A bare lzma stream: properties below 225, a plausible dictionary, a plausible length.
fn is_lzma(bytes: &[u8]) -> bool {
    let Some(dictionary) = u32_at(bytes, 1) else { return false };
    let (Some(low), Some(high)) = (u32_at(bytes, 5), u32_at(bytes, 9)) else { return false };
    bytes.first() == Some(&0x5d)
        && dictionary >= 4096
        && (dictionary.is_power_of_two() || (dictionary / 3).is_power_of_two())
        && (high == 0 || (high == u32::MAX && low == u32::MAX))
        && at(bytes, 13, &[0])
}

/// SEA's arc: 0x1A, a method, a name of thirteen bytes that ends with a NUL.
fn is_arc(bytes: &[u8]) -> bool {
    let name = bytes.get(2..15).unwrap_or_default();
    let end = name.iter().position(|&byte| byte == 0).unwrap_or(0);
    matches!(bytes.get(..2), Some([0x1a, 1..=9]))
        && end > 0
        && name.iter().take(end).all(|byte| byte.is_ascii_graphic())
}

/// A DER or BER sequence that opens with an object identifier of PKCS 7, or of a kind that came
/// later: compressed, authenticated (RFC 5652, 3274, 5083).
fn is_pkcs7(bytes: &[u8]) -> bool {
    const IDENTIFIERS: [&[u8]; 2] = [
        b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07",
        b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01",
    ];
    let head = bytes.get(..24).unwrap_or(bytes);
    at(head, 0, b"\x30") && IDENTIFIERS.iter().any(|id| memchr::memmem::find(head, id).is_some())
}

/// cpio: binary, or one of the ASCII forms, whose header is digits throughout.
fn is_cpio(bytes: &[u8]) -> bool {
    let digits = |length: usize| {
        bytes.get(..length).is_some_and(|header| header.iter().all(u8::is_ascii_hexdigit))
    };
    let newer = at(bytes, 0, b"070701") || at(bytes, 0, b"070702");
    let older = at(bytes, 0, b"070707") && digits(76);
    older || newer && digits(110) || at(bytes, 0, b"\xc7\x71") && bytes.len() > 26
}

/// Where a PDF's header stands: readers look in the first 1024 bytes.
pub(super) fn pdf_start(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes.get(..1024 + 5).unwrap_or(bytes), b"%PDF-")
}

/// A PDF behind something that is no type of its own. In what else is plain text the words
/// `%PDF-` alone prove nothing: there the end must be a PDF's too.
pub(super) fn pdf_behind(bytes: &[u8], text: bool) -> Option<FileType> {
    let start = pdf_start(bytes)?;
    let ends = || memchr::memmem::find(tail(bytes, 2048), b"%%EOF").is_some();
    (start == 0 || !text || ends()).then(|| known("pdf")).flatten()
}

/// A PDF whose header is missing or stands too far in: viewers that repair documents (poppler,
/// MuPDF, PDF.js) go by the objects. A text that quotes some is none, unless they are all it
/// begins with, or it ends as a PDF does.
pub(super) fn pdf_by_objects(bytes: &[u8], text: bool) -> Option<FileType> {
    const SEARCHED: usize = 64 << 10;
    let head = bytes.get(..SEARCHED).unwrap_or(bytes);
    let first = memchr::memmem::find_iter(head, b"obj").find(|&at| begins_object(head, at));
    let begins = first.is_some_and(|at| {
        let number = |byte: &u8| byte.is_ascii_digit() || is_blank(*byte);
        head.get(..at).unwrap_or_default().iter().all(number)
    });
    let end = tail(bytes, 2048);
    let ends = || {
        let start = memchr::memmem::find(end, b"startxref");
        start.is_some_and(|at| {
            memchr::memmem::find(end.get(at..).unwrap_or_default(), b"%%EOF").is_some()
        }) || memchr::memmem::find(end, b"/Root").is_some()
    };
    let object = || {
        first.is_some() || {
            let last = tail(bytes, SEARCHED);
            memchr::memmem::find_iter(last, b"obj").any(|at| begins_object(last, at))
        }
    };
    let found = match text {
        true => begins || ends() && object(),
        false => object(),
    };
    found.then(|| known("pdf")).flatten()
}

/// Whether `obj` stands behind two numbers and before a dictionary (ISO 32000-2 §7.3.10).
fn begins_object(bytes: &[u8], at: usize) -> bool {
    let mut rest = bytes.get(..at).unwrap_or_default();
    for _ in 0..2 {
        let Some(end) = rest.iter().rposition(|byte| !is_blank(*byte)) else { return false };
        let number = rest.get(..end + 1).unwrap_or_default();
        let digits = number.iter().rev().take(11).take_while(|byte| byte.is_ascii_digit()).count();
        if end + 1 == rest.len() || !(1..=10).contains(&digits) {
            return false;
        }
        rest = number.get(..number.len() - digits).unwrap_or_default();
    }
    let behind = bytes.get(at + 3..).unwrap_or_default();
    let blanks = behind.iter().take(64).take_while(|byte| is_blank(**byte)).count();
    behind.get(blanks..).is_some_and(|rest| rest.starts_with(b"<<"))
}

/// White space of a PDF (ISO 32000-2 §7.2.3).
fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

/// A tar by its first header, checksum included.
pub(super) fn is_tar(bytes: &[u8]) -> bool {
    at(bytes, 257, b"ustar") && is_tar_header(bytes)
}

/// A shortcut whose class identifier stands in the right place: Windows checks no more.
fn bad_shortcut(bytes: &[u8]) -> Option<FileType> {
    const SHELL_LINK: &[u8] = b"\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46";
    let found = at(bytes, 4, SHELL_LINK).then(|| known("lnk")).flatten();
    found.filter(|kind| kind.family == Family::Executable)
}

//! Tricks on zip: what one program lists and another does not, and what stands around it.

use super::File;
use super::pack::{self, zip};
use super::payloads::{PASSWORD, pe};
use std::io::Write;
use zip::CompressionMethod as Method;
use zip::write::SimpleFileOptions;

const PROGRAM: &[&str] = &["executable.found"];
const LOCKED: &[&str] = &["archive.encrypted", "executable.found"];
const SCRIPT: &[&str] = &["script.found", "executable.found"];

/// Where bytes stand first.
fn at(bytes: &[u8], what: &[u8]) -> usize {
    memchr::memmem::find(bytes, what).expect("it stands there")
}

/// Where they stand last.
fn last(bytes: &[u8], what: &[u8]) -> usize {
    memchr::memmem::rfind(bytes, what).expect("it stands there")
}

/// With bytes written over from here on.
fn patch(mut bytes: Vec<u8>, from: usize, with: &[u8]) -> Vec<u8> {
    bytes[from..from + with.len()].copy_from_slice(with);
    bytes
}

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";

/// Every file of this page.
pub fn all() -> Vec<File> {
    let mut files = Vec::new();
    let mut add = |construct: &str, name, finds, bytes| {
        files.push(File { construct: format!("zip/{construct}"), name, finds, bytes });
    };
    let pe = pe();
    let one = zip(&[("so-lieu.dat", &pe)]);
    for (word, method) in [
        ("stored", Method::Stored),
        ("bzip2", Method::Bzip2),
        ("xz", Method::Xz),
        ("ppmd", Method::Ppmd),
        ("deflated", Method::Deflated),
    ] {
        let bytes = pack::zip_by(method, &[("so-lieu.dat", &pe)]);
        add(&format!("method-{word}"), "ho-so.zip", PROGRAM, bytes);
    }
    add("zip64", "ho-so.zip", PROGRAM, pack::zip64(&[("so-lieu.dat", &pe)]));
    add("streamed", "ho-so.zip", PROGRAM, streamed(&pe, Method::Deflated));
    // One name in front, another in the directory; the content tells nothing.
    let text = zip(&[("hd.txt", b"xin chao")]);
    add(
        "central-name",
        "ho-so.zip",
        SCRIPT,
        patch(text.clone(), at(&text, CENTRAL) + 46, b"hd.bat"),
    );
    add("local-name", "ho-so.zip", SCRIPT, patch(text.clone(), 30, b"hd.bat"));
    add("name-controls", "ho-so.zip", SCRIPT, zip(&[("hd.bat\0.txt", b"x")]));
    add("name-slash", "ho-so.zip", SCRIPT, zip(&[("..\\..\\hd.bat", b"x")]));
    add("name-blank", "ho-so.zip", SCRIPT, zip(&[("hd.bat .", b"x")]));
    add("name-rtlo", "ho-so.zip", SCRIPT, zip(&[("hd\u{202e}txt.bat", b"x")]));
    add("name-stream", "ho-so.zip", SCRIPT, zip(&[("hd.bat::$DATA", b"x")]));
    add("name-folder", "ho-so.zip", PROGRAM, folder_with_content(&pe));
    add("name-empty", "ho-so.zip", PROGRAM, zip(&[("", &pe)]));
    add("name-unicode-path", "ho-so.zip", SCRIPT, unicode_path());
    duplicates(&pe, &mut add);
    around(&pe, &one, &mut add);
    directories(&pe, &one, &mut add);
    locked(&pe, &one, &mut add);
    nested(&pe, &one, &mut add);
    files
}

type Add<'a> = dyn FnMut(&str, &'static str, &'static [&'static str], Vec<u8>) + 'a;

fn streamed(bytes: &[u8], method: Method) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new_stream(Vec::new());
    let options = SimpleFileOptions::default().compression_method(method);
    writer.start_file("so-lieu.dat", options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

/// A member whose name ends in a slash, and that has bytes.
fn folder_with_content(bytes: &[u8]) -> Vec<u8> {
    let packed = zip(&[("so-lieu_", bytes)]);
    let central = at(&packed, CENTRAL) + 46;
    patch(patch(packed, 37, b"/"), central + 7, b"/")
}

/// The Info-ZIP Unicode path extra field (0x7075): a name that some programs prefer.
fn unicode_path() -> Vec<u8> {
    let packed = zip(&[("hd.txt", b"xin chao")]);
    let mut extra = b"\x75\x70\x0b\0\x01".to_vec();
    extra.extend(crc32(b"hd.txt").to_le_bytes());
    extra.extend(b"hd.bat");
    let central = at(&packed, CENTRAL);
    let end = at(&packed, END);
    let mut out = packed[..central + 30].to_vec();
    out.extend((extra.len() as u16).to_le_bytes());
    out.extend(&packed[central + 32..end]);
    out.extend(&extra);
    let size = (out.len() - central) as u32;
    out.extend(&packed[end..end + 12]);
    out.extend(size.to_le_bytes());
    out.extend(&packed[end + 16..]);
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Two members of one name.
fn duplicates(pe: &[u8], add: &mut Add<'_>) {
    for (word, first, second) in
        [("harmless-first", &b"xin chao"[..], pe), ("harmful-first", pe, &b"xin chao"[..])]
    {
        let packed = zip(&[("so-lieu.dat", first), ("so-lieu.dax", second)]);
        let local = last(&packed[..at(&packed, CENTRAL)], b"so-lieu.dax");
        let central = last(&packed, b"so-lieu.dax");
        let both = patch(patch(packed, local, b"so-lieu.dat"), central, b"so-lieu.dat");
        add(&format!("duplicate-{word}"), "ho-so.zip", PROGRAM, both);
        let cased = zip(&[("so-lieu.dat", first), ("SO-LIEU.DAT", second)]);
        add(&format!("duplicate-case-{word}"), "ho-so.zip", PROGRAM, cased);
    }
}

/// Something before, behind, around the archive; other names for it.
fn around(pe: &[u8], one: &[u8], add: &mut Add<'_>) {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\0IEND\xaeB`\x82";
    let jpg = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9";
    let pdf = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
    let fronts: [(&str, &'static str, &[u8]); 8] = [
        ("junk", "ho-so.zip", &[0x55; 1000]),
        ("text", "ghi-chu.txt", b"Kinh gui quy co quan\r\n"),
        ("pdf", "van-ban.pdf", pdf),
        ("png", "anh.png", png),
        ("jpg", "anh.jpg", jpg),
        ("gif", "anh.gif", b"GIF89a\x01\0\x01\0\0\0\0;"),
        ("html", "trang.html", b"<html><body>xin chao</body></html>"),
        ("rtf", "van-ban.rtf", b"{\\rtf1 xin chao}"),
    ];
    for (word, name, front) in fronts {
        add(&format!("behind-{word}"), name, PROGRAM, [front, one].concat());
        add(&format!("behind-{word}-as-zip"), "ho-so.zip", PROGRAM, [front, one].concat());
    }
    // The offsets count from the file's beginning, as programs that make such files write them.
    let front = [&[0x55; 1000][..]].concat();
    let moved = {
        let end = at(one, END);
        let central = at(one, CENTRAL);
        let whole = [&front[..], one].concat();
        let whole = patch(whole, 1000 + central + 42, &1000u32.to_le_bytes());
        patch(whole, 1000 + end + 16, &(1000 + central as u32).to_le_bytes())
    };
    add("behind-junk-offsets", "ho-so.zip", PROGRAM, moved);
    let mut stub = pe.to_vec();
    stub.extend(one);
    add("self-extracting", "ho-so.dat", PROGRAM, stub);
    for size in [10, 1000, 70_000, 200_000] {
        let tail = vec![b' '; size];
        add(&format!("tail-{size}"), "ho-so.zip", PROGRAM, [one, &tail].concat());
        add(&format!("tail-{size}-zeros"), "ho-so.zip", PROGRAM, [one, &vec![0; size]].concat());
    }
    let empty = zip(&[]);
    let harmless = zip(&[("ghi-chu.txt", b"xin chao")]);
    for (word, other) in [("empty", &empty), ("harmless", &harmless)] {
        add(&format!("then-{word}"), "ho-so.zip", PROGRAM, [one, other].concat());
        add(&format!("after-{word}"), "ho-so.zip", PROGRAM, [other, one].concat());
    }
    for name in [
        "ho-so.pdf",
        "ho-so.jpg",
        "ho-so.docx",
        "ho-so",
        "ho-so.tmp",
        "ho-so.zip.txt",
        "ho-so.rar",
        "ho-so.7z",
        "ho-so.bin",
    ] {
        add(&format!("named-{}", name.replace('.', "-")), name, PROGRAM, one.to_vec());
    }
}

/// Directories that are wrong, missing, doubled or elsewhere.
fn directories(pe: &[u8], one: &[u8], add: &mut Add<'_>) {
    let (central, end) = (at(one, CENTRAL), at(one, END));
    let harmless = zip(&[("ghi-chu.txt", b"xin chao")]);
    let (other_central, other_end) = (at(&harmless, CENTRAL), at(&harmless, END));
    add("no-directory", "ho-so.zip", PROGRAM, one[..central].to_vec());
    add("no-end", "ho-so.zip", PROGRAM, one[..end].to_vec());
    add("cut", "ho-so.zip", PROGRAM, one[..central - 5].to_vec());
    add("split-mark", "ho-so.zip", PROGRAM, [b"PK\x07\x08", one].concat());
    add("split-mark-two", "ho-so.zip", PROGRAM, [b"PK00", one].concat());
    add("split-last", "ho-so.zip", PROGRAM, patch(one.to_vec(), end + 4, &[2, 0, 2, 0]));
    add("split-disk", "ho-so.z01", PROGRAM, patch(one.to_vec(), central + 34, &[1, 0]));
    // In front of a harmless archive, without a line in its directory.
    let hidden = [&one[..central], &harmless[..]].concat();
    add("unlisted-before", "ho-so.zip", PROGRAM, hidden);
    let between =
        [&harmless[..other_central], &one[..central], &harmless[other_central..]].concat();
    let shift = (other_central + central) as u32;
    let place = last(&between, END) + 16;
    add("unlisted-between", "ho-so.zip", PROGRAM, patch(between, place, &shift.to_le_bytes()));
    add("unlisted-after", "ho-so.zip", PROGRAM, [&harmless[..], &one[..central]].concat());
    let comment = {
        let mut bytes = harmless[..other_end + 20].to_vec();
        bytes.extend((one.len() as u16).to_le_bytes());
        bytes.extend(one);
        bytes
    };
    add("in-comment", "ho-so.zip", PROGRAM, comment);
    let mut commented = one.to_vec();
    let size = commented.len();
    commented[size - 2..].copy_from_slice(&22u16.to_le_bytes());
    commented.extend(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    add("end-in-comment", "ho-so.zip", PROGRAM, commented);
    add("count-zero", "ho-so.zip", PROGRAM, patch(one.to_vec(), end + 8, &[0, 0, 0, 0]));
    add("count-many", "ho-so.zip", PROGRAM, patch(one.to_vec(), end + 8, &[9, 0, 9, 0]));
    add(
        "directory-elsewhere",
        "ho-so.zip",
        PROGRAM,
        patch(one.to_vec(), end + 16, &[0xff, 0xff, 0, 0]),
    );
    add("local-elsewhere", "ho-so.zip", PROGRAM, patch(one.to_vec(), central + 42, &[7, 0, 0, 0]));
    add("size-zero-central", "ho-so.zip", PROGRAM, patch(one.to_vec(), central + 20, &[0; 8]));
    add("size-zero-local", "ho-so.zip", PROGRAM, patch(one.to_vec(), 18, &[0; 8]));
    add("size-lie", "ho-so.zip", PROGRAM, patch(one.to_vec(), central + 24, &[4, 0, 0, 0]));
    add(
        "size-huge",
        "ho-so.zip",
        PROGRAM,
        patch(one.to_vec(), central + 24, &[0xff, 0xff, 0xff, 0x7f]),
    );
    add("crc-wrong", "ho-so.zip", PROGRAM, patch(one.to_vec(), central + 16, &[1, 2, 3, 4]));
    add(
        "crc-wrong-both",
        "ho-so.zip",
        PROGRAM,
        patch(patch(one.to_vec(), central + 16, &[1; 4]), 14, &[1; 4]),
    );
    add("method-central-stored", "ho-so.zip", PROGRAM, patch(one.to_vec(), central + 10, &[0, 0]));
    add("method-local-stored", "ho-so.zip", PROGRAM, patch(one.to_vec(), 8, &[0, 0]));
    add(
        "method-unknown",
        "ho-so.zip",
        PROGRAM,
        patch(patch(one.to_vec(), 8, &[99, 9]), central + 10, &[99, 9]),
    );
    let stored = pack::zip_by(Method::Stored, &[("so-lieu.dat", pe)]);
    let place = at(&stored, CENTRAL);
    add(
        "method-stored-says-deflated",
        "ho-so.zip",
        PROGRAM,
        patch(stored.clone(), place + 10, &[8, 0]),
    );
    add(
        "version-high",
        "ho-so.zip",
        PROGRAM,
        patch(patch(one.to_vec(), 4, &[99, 0]), central + 6, &[99, 0]),
    );
    add(
        "flags-patched",
        "ho-so.zip",
        PROGRAM,
        patch(patch(one.to_vec(), 6, &[0x20, 0]), central + 8, &[0x20, 0]),
    );
    add("local-signature-gone", "ho-so.zip", PROGRAM, patch(one.to_vec(), 0, b"XXXX"));
    add("spanned-extra", "ho-so.zip", PROGRAM, [LOCAL, one].concat());
}

/// Locked, or said to be.
fn locked(pe: &[u8], one: &[u8], add: &mut Add<'_>) {
    let central = at(one, CENTRAL);
    add("locked", "ho-so.zip", LOCKED, pack::locked(&[("so-lieu.dat", pe)]));
    add("locked-aes", "ho-so.zip", LOCKED, pack::locked_aes(PASSWORD, &[("so-lieu.dat", pe)]));
    add(
        "locked-aes-unknown",
        "ho-so.zip",
        LOCKED,
        pack::locked_aes("khong-ai-biet", &[("so-lieu.dat", pe)]),
    );
    add(
        "locked-named-exe",
        "ho-so.zip",
        LOCKED,
        pack::locked_aes("khong-ai-biet", &[("hd.exe", pe)]),
    );
    add("locked-flag-central", "ho-so.zip", LOCKED, patch(one.to_vec(), central + 8, &[1, 0]));
    add("locked-flag-local", "ho-so.zip", LOCKED, patch(one.to_vec(), 6, &[1, 0]));
    let inner = pack::locked_aes("khong-ai-biet", &[("so-lieu.dat", pe)]);
    add("locked-inside", "ho-so.zip", LOCKED, zip(&[("trong.zip", &inner)]));
    add("locked-as-pdf", "ho-so.pdf", LOCKED, pack::locked_aes(PASSWORD, &[("so-lieu.dat", pe)]));
    add("locked-behind-pdf", "ho-so.pdf", LOCKED, [&b"%PDF-1.4\n%%EOF\n"[..], &inner].concat());
    add(
        "locked-strong",
        "ho-so.zip",
        LOCKED,
        patch(patch(one.to_vec(), 6, &[0x41, 0]), central + 8, &[0x41, 0]),
    );
}

/// Archives in archives.
fn nested(pe: &[u8], one: &[u8], add: &mut Add<'_>) {
    let mut deep = one.to_vec();
    for depth in 2..=40 {
        deep = zip(&[("trong.zip", &deep)]);
        if [3, 8, 14, 15, 16, 17, 20, 40].contains(&depth) {
            add(&format!("nested-{depth}"), "ho-so.zip", PROGRAM, deep.clone());
        }
    }
    add("inner-unnamed", "ho-so.zip", PROGRAM, zip(&[("so-lieu", one)]));
    add("inner-as-jpg", "ho-so.zip", PROGRAM, zip(&[("anh.jpg", one)]));
    let gzipped = pack::gz(Some("so-lieu.dat"), &pack::tar(&[("ho-so.zip", one)]));
    add("gz-of-tar-of-zip", "ho-so.tar.gz", PROGRAM, gzipped.clone());
    add("gz-of-tar-of-zip-as-pdf", "ho-so.pdf", PROGRAM, gzipped);
    let many: Vec<(String, &[u8])> = (0..500).map(|n| (format!("{n}.txt"), &b"x"[..])).collect();
    let mut many: Vec<(&str, &[u8])> =
        many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    many.push(("so-lieu.dat", pe));
    add("last-of-many", "ho-so.zip", PROGRAM, zip(&many));
    let letter = [
        b"Subject: a\r\nContent-Type: application/octet-stream; name=so-lieu.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n",
        crate::support::base64(pe).as_bytes(),
    ].concat();
    add("mail-inside", "ho-so.zip", PROGRAM, zip(&[("thu.eml", &letter)]));
    add("mail-inside-unnamed", "ho-so.zip", PROGRAM, zip(&[("thu", &letter)]));
}

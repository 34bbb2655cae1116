//! What else a file is: a second type that some reader sees behind, inside or in front of the first.
//!
//! Formats are found at their head, at their tail, or wherever their signature
//! stands, so one file can be several. Only places where a reader looks are
//! searched: a picture inside a PDF, a stored member of an archive and an object
//! in a document are what such files are made of, and no second type.

use super::{
    Family, FileType, at, disk, known, magic, program, tail, text, u16_at, u32_at, zipped,
};
use memchr::memmem;

/// A second type of a file, and the offset of its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Other {
    /// What it is.
    pub kind: FileType,
    /// Where a reader of that type begins; 0 where it takes the whole file.
    pub at: usize,
}

/// How far signatures are searched: programs for archives look for theirs in the first
/// megabytes (WinRAR 4 MiB, 7-Zip 8 MiB).
const SEARCHED: usize = 8 << 20;

/// One way in which a file is another one too.
type Look = fn(FileType, &[u8]) -> Option<Other>;

/// All of them, in the order in which what they find is told.
const LOOKS: &[Look] =
    &[zip, archive, windows_program, pdf, script_in_picture, in_front, image_or_tar];

/// All second types of a file whose first is known; nearly always none.
pub(super) fn others(first: FileType, bytes: &[u8]) -> Vec<Other> {
    let mut found = Vec::new();
    // A mail holds other files by its nature, and is taken apart as one.
    if first.family == Family::Mail && first.extension != "msg" || bytes.len() < 16 {
        return found;
    }
    if first.family == Family::Text && is_text_alone(bytes) {
        return found;
    }
    for other in LOOKS.iter().filter_map(|look| look(first, bytes)) {
        let same = |seen: &Other| seen.kind.mime == other.kind.mime;
        if other.kind.mime != first.mime && !found.iter().any(same) {
            found.push(other);
        }
    }
    // With something binary behind it a page or a script is no text as a whole.
    let start = found.iter().map(|other| other.at).filter(|&at| at > 0).min();
    if let Some(start) = start.filter(|_| first == FileType::UNKNOWN) {
        found.extend(head(bytes, start));
    }
    found
}

/// Whether a text has nothing that the formats behind it are written with, which is all that
/// ordinary letters need to be asked.
fn is_text_alone(bytes: &[u8]) -> bool {
    let searched = bytes.get(..SEARCHED).unwrap_or(bytes);
    memchr::memchr2(0, 0x1a, searched).is_none()
        && memmem::find(tail(bytes, zipped::END), b"PK\x05\x06").is_none()
        && magic::pdf_start(bytes).is_none()
}

/// A zip is read from its end. Archives, disk images and OLE files hold whole zips, also as
/// their last piece, so there it must end exactly where the file does.
fn zip(first: FileType, bytes: &[u8]) -> Option<Other> {
    if first.is_zip() || matches!(first.extension, "iso" | "img" | "cab" | "ar" | "deb" | "cpio") {
        return None;
    }
    let behind = zipped::behind(bytes)?;
    let holds = first.family == Family::Archive || is_ole(bytes) || first.is_disk();
    (behind.exact || !holds).then_some(Other { kind: behind.kind, at: 0 })
}

fn is_ole(bytes: &[u8]) -> bool {
    at(bytes, 0, b"\xd0\xcf\x11\xe0")
}

/// RAR, 7z, cabinets and a zip whose end is buried are found wherever their signature stands.
fn archive(first: FileType, bytes: &[u8]) -> Option<Other> {
    const SIGNATURES: &[(&[u8], &str)] = &[(b"Rar!\x1a\x07", "rar"), (b"7z\xbc\xaf\x27\x1c", "7z")];
    // Members of a zip may be stored, so only what follows it counts.
    let from = match first.is_zip() {
        true => zipped::end(bytes),
        false if holds_nothing(first) || first.family == Family::Script => 1,
        false => return None,
    };
    let rest = bytes.get(from..)?;
    let searched = rest.get(..SEARCHED).unwrap_or(rest);
    let signed = SIGNATURES.iter().find_map(|(signature, extension)| {
        let at = from + memmem::find(searched, signature)?;
        Some(Other { kind: known(extension)?, at })
    });
    signed.or_else(|| cabinet(searched, from)).or_else(|| {
        // 7-Zip needs no directory: it goes on from the first header of a member.
        let mut headers = memmem::find_iter(searched, b"PK\x03\x04").map(|at| from + at);
        let at = headers.find(|&at| zipped::begins(bytes, at))?;
        if first.is_zip() || is_unknown(first, bytes, at) {
            return None;
        }
        Some(Other { kind: zipped::detect(bytes.get(at..)?)?, at })
    })
}

/// A cabinet in what is searched, which begins at `from`: 7-Zip goes by the same fields.
fn cabinet(searched: &[u8], from: usize) -> Option<Other> {
    let start = memmem::find_iter(searched, b"MSCF\0\0\0\0").find(|&start| {
        let field = |offset| u32_at(searched, start + offset);
        let (size, files) = (field(8).unwrap_or_default(), field(16).unwrap_or_default());
        let folders = u16_at(searched, start + 26).unwrap_or_default();
        field(12) == Some(0) && field(20) == Some(0) && folders > 0 && files < size
    })?;
    Some(Other { kind: known("cab")?, at: from + start })
}

/// Types that hold no whole files of others, at least none that is not packed.
fn holds_nothing(first: FileType) -> bool {
    matches!(first.family, Family::Picture | Family::Audiovisual | Family::Text | Family::Unknown)
        || matches!(first.extension, "pdf" | "rtf" | "ps" | "one")
}

/// A program of Windows behind something else: a loader cuts it out and starts it.
fn windows_program(first: FileType, bytes: &[u8]) -> Option<Other> {
    // More "PE" than this with a right machine behind it: each was looked at, none is one.
    const TRIED: usize = 16;
    let packed = matches!(first.extension, "gz" | "bz2" | "xz");
    if !(holds_nothing(first) || packed) {
        return None;
    }
    let searched = bytes.get(..SEARCHED).unwrap_or(bytes);
    let headers = memmem::find_iter(searched, b"PE\0\0").filter(|&pe| {
        let machine =
            matches!(u16_at(bytes, pe + 4), Some(0x14c | 0x8664 | 0x1c0 | 0x1c4 | 0xaa64));
        machine && matches!(u16_at(bytes, pe + 24), Some(0x10b | 0x20b))
    });
    let start = |pe: usize| {
        // The DOS header in front says how far away this one is.
        let first = pe.saturating_sub(0x400);
        (first..pe.saturating_sub(0x3f)).rev().find(|&dos| {
            at(bytes, dos, b"MZ") && u32_at(bytes, dos + 0x3c).map(|o| o as usize) == Some(pe - dos)
        })
    };
    let at = headers.take(TRIED).find_map(start).filter(|&at| at > 0)?;
    if is_unknown(first, bytes, at) {
        return None;
    }
    let kind = program::detect(bytes.get(at..)?)?;
    Some(Other { kind, at })
}

/// Unknown formats hold libraries and zips as data; a text in front of those holds nothing.
fn is_unknown(first: FileType, bytes: &[u8], at: usize) -> bool {
    first == FileType::UNKNOWN && !bytes.get(..at).is_some_and(text::is_text)
}

/// Readers take a PDF whose header stands in the first 1024 bytes, whatever is in front.
fn pdf(first: FileType, bytes: &[u8]) -> Option<Other> {
    if first.extension == "pdf" || first.family == Family::Archive && !first.is_zip() {
        return None;
    }
    let at = magic::pdf_start(bytes)?;
    // Objects follow at once in a PDF; a text that speaks of the header has none.
    let body = bytes.get(at..).map(|body| body.get(..2048).unwrap_or(body))?;
    let objects = memmem::find(body, b" obj").is_some();
    let stored = is_ole(bytes) && at % 512 == 0 || zipped::begins_member(bytes, at);
    (objects && !stored).then_some(Other { kind: known("pdf")?, at })
}

/// Script that an interpreter finds in a picture: `GIF89a/*…*/=…` is JavaScript, `mshta` runs an
/// HTML application from anywhere in a file, and a browser may take `<script` for a page.
fn script_in_picture(first: FileType, bytes: &[u8]) -> Option<Other> {
    if first.family != Family::Picture || first.extension == "svg" {
        return None;
    }
    if let Some(kind) = comment_script(bytes) {
        return Some(Other { kind, at: 0 });
    }
    const EDGE: usize = 64 << 10;
    const ELEMENTS: &[(&[u8], &str)] = &[
        (b"<hta:application", "hta"),
        (b"<?php", "php"),
        (b"<script>", "html"),
        (b"<script ", "html"),
        (b"<html>", "html"),
    ];
    let head = bytes.get(..EDGE).unwrap_or(bytes);
    let behind = tail(bytes.get(head.len()..).unwrap_or_default(), EDGE);
    let found = [head, behind].into_iter().find_map(|edge| {
        memchr::memchr_iter(b'<', edge).find_map(|at| {
            let here = edge.get(at..)?;
            let fits = |element: &[u8]| {
                here.get(..element.len()).is_some_and(|start| start.eq_ignore_ascii_case(element))
            };
            ELEMENTS.iter().find(|(element, _)| fits(element)).map(|(_, name)| *name)
        })
    })?;
    Some(Other { kind: known(found)?, at: 0 })
}

/// A picture whose first bytes are a JavaScript assignment, its pixels being a comment.
fn comment_script(bytes: &[u8]) -> Option<FileType> {
    // Behind `GIF89a`, `BM`, and the first marker of a JPEG.
    const PLACES: &[(&[u8], usize)] =
        &[(b"GIF8", 6), (b"BM", 2), (b"\xff\xd8\xff", 4), (b"RIFF", 4)];
    let (_, place) = PLACES.iter().find(|(magic, _)| at(bytes, 0, magic))?;
    let rest = bytes.get(*place..)?;
    let code = match rest.first()? {
        b'=' => rest,
        b'/' if rest.get(1) == Some(&b'*') => {
            let end = memmem::find(rest.get(..SEARCHED).unwrap_or(rest), b"*/")?;
            rest.get(end + 2..)?.trim_ascii_start()
        }
        _ => return None,
    };
    let printed = |b: &u8| matches!(b, 9 | 10 | 13 | 32..=126);
    let assigns = code.first() == Some(&b'=') && code.len() > 1 && code.iter().take(8).all(printed);
    assigns.then(|| known("js")).flatten()
}

/// What stands in front of a type that is found further in: a page before a zip or a PDF.
fn in_front(first: FileType, bytes: &[u8]) -> Option<Other> {
    let end = match first.extension {
        "pdf" => magic::pdf_start(bytes)?,
        // The first 100 bytes of a tar are a name of the sender's choice.
        "tar" => {
            let picture = |kind: &FileType| matches!(kind.extension, "gif" | "jpg" | "png");
            return super::by_infer(bytes).filter(picture).map(|kind| Other { kind, at: 0 });
        }
        _ if first.is_zip() && !at(bytes, 0, b"PK") => memmem::find(bytes, b"PK\x03\x04")?,
        _ => return None,
    };
    // A line or two in front of a PDF comes from careless servers.
    head(bytes, end).filter(|o| first.extension != "pdf" || o.kind.mime != "text/plain")
}

/// The text in front of something else.
fn head(bytes: &[u8], end: usize) -> Option<Other> {
    let head = bytes.get(..end).filter(|head| !head.trim_ascii().is_empty())?;
    Some(Other { kind: text::detect(head)?, at: 0 })
}

/// Images of discs and disks, which are known by what stands far inside or at the end, and a tar,
/// whose first 100 bytes are a file name of the sender's choice, or behind empty blocks, which many
/// programs pass over.
fn image_or_tar(first: FileType, bytes: &[u8]) -> Option<Other> {
    if first.is_disk() || matches!(first.extension, "tar" | "dos") {
        return None;
    }
    let searched = bytes.get(..SEARCHED).unwrap_or(bytes);
    let zeros = searched.iter().position(|&byte| byte != 0).unwrap_or_default();
    let at = zeros - zeros % 512;
    if bytes.get(at..).is_some_and(magic::is_tar) {
        return Some(Other { kind: known("tar")?, at });
    }
    disk::behind(bytes).map(|kind| Other { kind, at: 0 })
}

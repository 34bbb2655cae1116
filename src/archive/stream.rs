//! Compressed single files: gzip, bzip2, xz, lzma, lzip, zstd, lz4, compress.
//!
//! Each may be several streams in a row, and programs write them out as one
//! file. Every stream costs a decoder, so each is counted like a member: a
//! megabyte holds fifty thousand empty ones.

use super::drain::Drain;
use super::lzw::Lzw;
use super::{Why, read};
use bytes::Bytes;
use flate2::bufread::GzDecoder;
use std::io::Read;

/// The dictionary that is allocated at most, in KiB: `xz -9` needs 65 MiB, `zstd --long` 128.
pub(super) const DICTIONARY_KIB: u32 = 129 << 10;

/// gzip (RFC 1952). The header may carry a name, which some programs use.
pub(super) fn gzip(name: Option<&str>, bytes: &Bytes, drain: &mut Drain) {
    let mut inside = None;
    let streams = |rest: &mut &[u8], name: &str, out: &mut Vec<u8>, drain: &mut Drain| {
        let mut decoder = GzDecoder::new(*rest);
        let header = decoder.header().and_then(|header| header.filename());
        if inside.is_none() {
            inside = header.map(|name| match std::str::from_utf8(name) {
                Ok(name) => name.to_owned(),
                // RFC 1952 §2.3.1: the name is Latin 1.
                Err(_) => name.iter().map(|&byte| char::from(byte)).collect(),
            });
        }
        let whole = drain.read(name, &mut decoder, out);
        *rest = decoder.into_inner();
        whole
    };
    let (outside, out, whole) =
        unpack(name, bytes, |rest| rest.starts_with(b"\x1f\x8b"), drain, streams);
    let aliases = match inside {
        Some(inside) if !inside.is_empty() && inside != outside => vec![inside],
        _ => Vec::new(),
    };
    drain.push(outside, aliases, out, whole);
}

/// bzip2.
pub(super) fn bzip2(name: Option<&str>, bytes: &Bytes, drain: &mut Drain) {
    let streams = |rest: &mut &[u8], name: &str, out: &mut Vec<u8>, drain: &mut Drain| {
        let mut decoder = ::bzip2::bufread::BzDecoder::new(*rest);
        let whole = drain.read(name, &mut decoder, out);
        *rest = decoder.into_inner();
        whole
    };
    let (name, out, whole) = unpack(name, bytes, |rest| rest.starts_with(b"BZh"), drain, streams);
    drain.push(name, Vec::new(), out, whole);
}

/// xz. Its decoder follows from stream to stream by itself.
pub(super) fn xz(name: Option<&str>, bytes: &Bytes, drain: &mut Drain) {
    let decoder = lzma_rust2::XzReader::new_mem_limit(bytes.as_ref(), true, DICTIONARY_KIB);
    single(name, decoder, drain);
}

/// A bare lzma stream.
pub(super) fn lzma(name: Option<&str>, bytes: &Bytes, drain: &mut Drain) {
    match lzma_rust2::LzmaReader::new_mem_limit(bytes.as_ref(), DICTIONARY_KIB, None) {
        Ok(decoder) => single(name, decoder, drain),
        Err(error) => drain.failed(None, &error),
    }
}

/// lzip. The library would allocate the dictionary that each header asks for, so the streams
/// are taken one by one.
pub(super) fn lzip(name: Option<&str>, bytes: &Bytes, drain: &mut Drain) {
    let (name, out, whole) = unpack(name, bytes, |rest| rest.starts_with(b"LZIP"), drain, lzip_one);
    drain.push(name, Vec::new(), out, whole);
}

/// One lzip member: a header of six bytes, lzma with an end mark, a trailer of twenty.
fn lzip_one(rest: &mut &[u8], name: &str, out: &mut Vec<u8>, drain: &mut Drain) -> bool {
    let (Some(&[1, coded]), Some(body)) = (rest.get(4..6), rest.get(6..)) else {
        drain.trouble(Why::Unsupported, Some(name), "this version of lzip is not read");
        return false;
    };
    // Five bits are the logarithm, three a number of sixteenths to take away (lzip manual, ch. 7).
    let largest = 1u32 << (coded & 0x1f);
    let size = largest.saturating_sub(largest / 16 * u32::from(coded >> 5));
    if size >> 10 > DICTIONARY_KIB {
        let measure = (u64::from(size), u64::from(DICTIONARY_KIB) << 10);
        drain.over_limit(Some(name), "needs too large a dictionary", measure);
        return false;
    }
    let decoder = lzma_rust2::LzmaReader::new(body, u64::MAX, 3, 0, 2, size, None);
    let mut decoder = match decoder {
        Ok(decoder) => decoder,
        Err(error) => {
            drain.failed(Some(name), &error);
            return false;
        }
    };
    let start = out.len();
    let whole = drain.read(name, &mut decoder, out);
    let (behind, unused) = decoder.into_parts();
    let at = body.len() - behind.len() - unused.len();
    let trailer = body.get(at..at + 20).unwrap_or_default();
    *rest = body.get(at + trailer.len()..).unwrap_or_default();
    let mut crc = flate2::Crc::new();
    crc.update(out.get(start..).unwrap_or_default());
    let right = read::le32(trailer, 0) == Some(crc.sum());
    if whole && !right {
        drain.trouble(Why::Unreadable, Some(name), "its checksum is wrong, or missing");
    }
    whole && right
}

/// zstd (RFC 8878): frames, and frames to be skipped.
pub(super) fn zstd(name: Option<&str>, bytes: &Bytes, drain: &mut Drain) {
    let (name, out, whole) = unpack(name, bytes, is_zstd, drain, |rest, name, out, drain| {
        if skip_frame(rest) {
            return true;
        }
        zstd_frame(rest, name, out, drain)
    });
    drain.push(name, Vec::new(), out, whole);
}

/// A frame, or one that other programs put between.
fn is_zstd(rest: &[u8]) -> bool {
    rest.starts_with(b"\x28\xb5\x2f\xfd") || is_skippable(rest)
}

/// One frame of zstd.
pub(super) fn zstd_frame(
    rest: &mut &[u8],
    name: &str,
    out: &mut Vec<u8>,
    drain: &mut Drain,
) -> bool {
    use ruzstd::decoding::StreamingDecoder;
    use ruzstd::decoding::errors::FrameDecoderError as Error;
    let limit = u64::from(DICTIONARY_KIB) << 10;
    let mut decoder = match StreamingDecoder::new_with_max_window_size(*rest, limit) {
        Ok(decoder) => decoder,
        Err(Error::WindowSizeTooBig { requested, .. }) => {
            drain.over_limit(Some(name), "needs too large a window", (requested, limit));
            return false;
        }
        Err(error @ Error::DictNotProvided { .. }) => {
            drain.trouble(Why::Unsupported, Some(name), &error.to_string());
            return false;
        }
        Err(error) => {
            drain.trouble(Why::Unreadable, Some(name), &error.to_string());
            return false;
        }
    };
    let whole = drain.read(name, &mut decoder, out);
    let (behind, decoder) = decoder.into_parts();
    *rest = behind;
    let stated = decoder.get_checksum_from_data();
    let right = stated.is_none() || stated == decoder.get_calculated_checksum();
    if whole && !right {
        drain.trouble(Why::Unreadable, Some(name), "its checksum is wrong");
    }
    whole && right
}

/// lz4: frames (the format of 2013) and the legacy format of Linux kernels.
pub(super) fn lz4(name: Option<&str>, bytes: &Bytes, drain: &mut Drain) {
    let is_lz4 = |rest: &[u8]| {
        rest.starts_with(b"\x04\x22\x4d\x18")
            || rest.starts_with(b"\x02\x21\x4c\x18")
            || is_skippable(rest)
    };
    let (name, out, whole) = unpack(name, bytes, is_lz4, drain, |rest, name, out, drain| {
        if skip_frame(rest) {
            return true;
        }
        let frame = *rest;
        let mut decoder = lz4_flex::frame::FrameDecoder::new(frame);
        let whole = drain.read(name, &mut decoder, out);
        *rest = decoder.into_inner();
        let taken = frame.get(..frame.len() - rest.len()).unwrap_or_default();
        let ended = is_lz4_end(taken);
        if whole && !ended {
            // The library takes the end of the file for the end of the frame.
            drain.trouble(Why::Unreadable, Some(name), "its end is missing");
        }
        whole && ended
    });
    drain.push(name, Vec::new(), out, whole);
}

/// Whether a frame comes to its end mark, four zeros before the checksum of the content.
fn is_lz4_end(frame: &[u8]) -> bool {
    let legacy = frame.first() == Some(&2);
    let summed = frame.get(4).is_some_and(|flags| flags & 4 != 0);
    let end = frame.len().saturating_sub(if summed { 8 } else { 4 });
    legacy || frame.get(end..end + 4) == Some(&[0; 4])
}

/// Frames that zstd and lz4 skip alike: user data.
fn is_skippable(rest: &[u8]) -> bool {
    matches!(rest, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Skips such a frame; whether there was one.
fn skip_frame(rest: &mut &[u8]) -> bool {
    let length = read::le32(rest, 4).and_then(|length| usize::try_from(length).ok());
    let (true, Some(length)) = (is_skippable(rest), length) else { return false };
    *rest = rest.get(length.saturating_add(8)..).unwrap_or_default();
    true
}

/// The output of compress, which knows neither length nor checksum.
pub(super) fn compress(name: Option<&str>, bytes: &Bytes, drain: &mut Drain) {
    match Lzw::new(bytes) {
        Some(decoder) => single(name, decoder, drain),
        None => drain.trouble(Why::Unsupported, None, "this kind of compression is not read"),
    }
}

/// One stream with one decoder.
fn single(name: Option<&str>, mut decoder: impl Read, drain: &mut Drain) {
    let name = uncompressed(name);
    let mut out = Vec::new();
    if drain.count(&name) {
        let whole = drain.read(&name, &mut decoder, &mut out);
        drain.push(name, Vec::new(), Bytes::from(out), whole);
    }
}

/// Stream after stream, as long as the next one begins with the signature.
fn unpack(
    name: Option<&str>,
    bytes: &Bytes,
    signature: impl Fn(&[u8]) -> bool,
    drain: &mut Drain,
    mut stream: impl FnMut(&mut &[u8], &str, &mut Vec<u8>, &mut Drain) -> bool,
) -> (String, Bytes, bool) {
    let name = uncompressed(name);
    let mut rest: &[u8] = bytes;
    let mut out = Vec::new();
    let mut whole = true;
    while whole && signature(rest) {
        whole = drain.count(&name) && stream(&mut rest, &name, &mut out, drain);
    }
    // Anything but padding is for another program's eyes.
    if whole && !read::is_padding(rest) {
        drain.trouble(Why::Unreadable, Some(&name), "something stands behind the end");
    }
    (name, Bytes::from(out), whole)
}

/// The name without its last extension; `.tgz` and its kin hold a tar.
fn uncompressed(name: Option<&str>) -> String {
    let file = name.map(crate::mail::name::bare).unwrap_or_default();
    match file.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => {
            let extension = extension.to_ascii_lowercase();
            match extension.as_str() {
                "tgz" | "taz" | "tbz" | "tbz2" | "txz" | "tlz" | "tzst" => format!("{stem}.tar"),
                "svgz" => format!("{stem}.svg"),
                "gz" | "z" | "bz2" | "bz" | "xz" | "lzma" | "lz" | "zst" | "lz4" => stem.to_owned(),
                _ => "content".to_owned(),
            }
        }
        _ => "content".to_owned(),
    }
}

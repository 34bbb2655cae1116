//! Compressed single files: gzip, bzip2, xz, lzma.
//!
//! Each may be several streams in a row, and programs write them out as one
//! file. Every stream costs a decoder, so each is counted like a member: a
//! megabyte holds fifty thousand empty ones.

use super::Why;
use super::drain::Drain;
use bytes::Bytes;
use flate2::bufread::GzDecoder;
use std::io::{BufRead, Read};

/// The dictionary that is allocated at most, in KiB: `xz -9` needs 65 MiB.
pub(super) const DICTIONARY_KIB: u32 = 66 << 10;

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
    let (outside, out, whole) = unpack(name, bytes, b"\x1f\x8b", drain, streams);
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
    let (name, out, whole) = unpack(name, bytes, b"BZh", drain, streams);
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
        Err(error) => drain.trouble(Why::Unreadable, None, &error.to_string()),
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
    signature: &[u8],
    drain: &mut Drain,
    mut stream: impl FnMut(&mut &[u8], &str, &mut Vec<u8>, &mut Drain) -> bool,
) -> (String, Bytes, bool) {
    let name = uncompressed(name);
    let mut rest: &[u8] = bytes;
    let mut out = Vec::new();
    let mut whole = true;
    while whole && rest.starts_with(signature) {
        whole = drain.count(&name) && stream(&mut rest, &name, &mut out, drain);
    }
    // Tapes are padded with zeros; anything else is for another program's eyes.
    if whole && rest.fill_buf().is_ok_and(|rest| rest.iter().any(|&byte| byte != 0)) {
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
                "tgz" | "taz" | "tbz" | "tbz2" | "txz" | "tlz" => format!("{stem}.tar"),
                "svgz" => format!("{stem}.svg"),
                "gz" | "z" | "bz2" | "bz" | "xz" | "lzma" => stem.to_owned(),
                _ => "content".to_owned(),
            }
        }
        _ => "content".to_owned(),
    }
}

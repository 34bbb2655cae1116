//! lha and lzh: each member behind its own header, to the end or to a zero.
//!
//! The reader finds the next header only from behind the last member, so what is
//! damaged hides all that follows, here as in every other program.

use super::drain::Drain;
use super::{Why, read};
use bytes::Bytes;
use delharc::LhaDecodeReader;

/// Takes the members out.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    let mut reader = match LhaDecodeReader::new(bytes.as_ref()) {
        Ok(reader) => reader,
        Err(error) => return drain.trouble(Why::Unreadable, None, &error.to_string()),
    };
    loop {
        member(&mut reader, drain);
        if drain.is_spent() || !drain.is_awake() {
            return;
        }
        match reader.next_file() {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return drain.trouble(Why::Unreadable, None, &error.to_string()),
        }
    }
    let rest = reader.take_inner().unwrap_or_default();
    if !read::is_padding(rest) {
        drain.trouble(Why::Unreadable, None, "something else follows the archive");
    }
}

/// Takes one member; folders have no content.
fn member(reader: &mut LhaDecodeReader<&[u8]>, drain: &mut Drain) {
    let header = reader.header();
    let name = header.parse_pathname_to_str();
    if header.is_directory() && header.original_size == 0 || !drain.count(&name) {
        return;
    }
    if !reader.is_decoder_supported() {
        let method = String::from_utf8_lossy(&header.compression).into_owned();
        drain.trouble(Why::Unsupported, Some(&name), &format!("{method} is not read"));
        return drain.keep_name(name, Vec::new());
    }
    let mut out = Vec::new();
    let mut whole = drain.read(&name, reader, &mut out);
    if whole && !reader.crc_is_ok() {
        drain.trouble(Why::Unreadable, Some(&name), "its checksum is wrong");
        whole = false;
    }
    drain.push(name, Vec::new(), Bytes::from(out), whole);
}

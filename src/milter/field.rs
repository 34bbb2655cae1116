//! A header field as it stood in the message, out of what a mail server tells of it.

use bytes::{BufMut, Bytes, BytesMut};

/// Name and value, with CRLF where lines were joined by LF. `spaced`: the value has the space that
/// stood before it; without that the server took one off, and it is put back (Sendmail takes off a
/// space and nothing else).
pub(super) fn rebuild(name: &[u8], value: &[u8], spaced: bool) -> Bytes {
    let mut field = BytesMut::with_capacity(name.len() + value.len() + 8);
    field.put_slice(name);
    field.put_u8(b':');
    if !spaced && !value.starts_with(b"\t") && !value.starts_with(b"\n") {
        field.put_u8(b' ');
    }
    put_lines(value, &mut field);
    field.put_slice(b"\r\n");
    field.freeze()
}

/// LF becomes CRLF; a CRLF that is one already stays.
fn put_lines(text: &[u8], out: &mut BytesMut) {
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(rest) => {
                out.put_slice(rest.strip_suffix(b"\r").unwrap_or(rest));
                out.put_slice(b"\r\n");
            }
            None => out.put_slice(line),
        }
    }
}

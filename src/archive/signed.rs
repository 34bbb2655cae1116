//! S/MIME: what is signed and stands inside the signature (RFC 8551, RFC 5652).
//!
//! Written in BER: lengths may be open, and the content may be cut into pieces that
//! are cut again. Only the outermost shells are read; signatures are not verified.

use super::Why;
use super::drain::Drain;
use bytes::Bytes;
use std::ops::Range;

/// The last bytes of the object identifiers of PKCS 7, behind 1.2.840.113549.1.
const SIGNED: &[u8] = &[7, 2];
const ENVELOPED: &[u8] = &[7, 3];
const SIGNED_ENVELOPED: &[u8] = &[7, 4];
const ENCRYPTED: &[u8] = &[7, 6];
const COMPRESSED: &[u8] = &[9, 16, 1, 9];
const AUTHENTICATED: &[u8] = &[9, 16, 1, 23];

/// Takes the signed mail out.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    match shell(bytes) {
        Some((kind, content)) => match bytes.get(kind).unwrap_or_default() {
            SIGNED => signed(bytes, content, drain),
            COMPRESSED => compressed(bytes, content, drain),
            ENVELOPED | SIGNED_ENVELOPED | ENCRYPTED | AUTHENTICATED => {
                drain.trouble(Why::Encrypted, None, "it is encrypted for its reader");
            }
            _ => {}
        },
        // A key store (PKCS 12) begins with a number, and holds no mail.
        None if bytes
            .get(..24)
            .is_some_and(|head| memchr::memmem::find(head, &[2, 1, 3]).is_some()) => {}
        None => drain.trouble(Why::Unreadable, None, "it is no S/MIME data"),
    }
}

/// One element: its tag, its content, and where the next one begins.
struct Element {
    tag: u8,
    content: Range<usize>,
    next: usize,
    /// Whether its length is open: it ends with two zeros, known only by walking.
    open: bool,
    /// Whether it says that it is longer than what it stands in.
    cut: bool,
}

/// Reads the header of the element at `at`, inside `bytes[..end]`.
fn element(bytes: &[u8], at: usize, end: usize) -> Option<Element> {
    let tag = *bytes.get(at)?;
    let first = *bytes.get(at + 1)?;
    // No tag here is above 30, and no length takes more than eight bytes.
    let count = match first {
        0..=0x7f => {
            let start = at + 2;
            let next = start.checked_add(usize::from(first))?;
            let inside = next <= end && tag & 0x1f != 0x1f;
            return inside.then_some(Element {
                tag,
                content: start..next,
                next,
                open: false,
                cut: false,
            });
        }
        0x80 => {
            return Some(Element { tag, content: at + 2..end, next: end, open: true, cut: false });
        }
        0x81..=0x88 => usize::from(first & 0x7f),
        _ => return None,
    };
    let digits = bytes.get(at + 2..at + 2 + count)?;
    let length = digits.iter().try_fold(0usize, |sum, &byte| {
        sum.checked_mul(256).and_then(|sum| sum.checked_add(usize::from(byte)))
    })?;
    let start = at + 2 + count;
    let stated = start.checked_add(length)?;
    let next = stated.min(end);
    let cut = stated > end;
    (start <= end).then_some(Element { tag, content: start..next, next, open: false, cut })
}

/// The content identifier of a ContentInfo (its end, which tells kinds apart), and its content.
fn shell(bytes: &[u8]) -> Option<(Range<usize>, Range<usize>)> {
    let outer = element(bytes, 0, bytes.len()).filter(|outer| outer.tag == 0x30)?;
    identified(bytes, outer.content)
}

/// `{ OBJECT IDENTIFIER, [0] EXPLICIT content }`; the content is empty where it is left out.
fn identified(bytes: &[u8], range: Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
    const PKCS: usize = 7;
    let id = element(bytes, range.start, range.end).filter(|id| id.tag == 6)?;
    let kind = (id.content.start + PKCS).min(id.content.end)..id.content.end;
    let content = element(bytes, id.next, range.end).filter(|content| content.tag == 0xa0);
    Some((kind, content.map_or(id.next..id.next, |content| content.content)))
}

/// SignedData: version, digest algorithms, then what is signed.
fn signed(bytes: &Bytes, content: Range<usize>, drain: &mut Drain) {
    match third(bytes, content).and_then(|inner| identified(bytes, inner)) {
        // A signature beside what it signs has nothing inside.
        Some((_, content)) if content.is_empty() => {}
        Some((_, content)) => {
            let mut out = Vec::new();
            let mut patience = bytes.len();
            let whole = gather(bytes, content, (0, false), &mut out, &mut patience).is_some();
            if !whole {
                drain.trouble(Why::Unreadable, None, "the signed content is damaged");
            }
            mail(out, whole, drain);
        }
        None => drain.trouble(Why::Unreadable, None, "the signed data is damaged"),
    }
}

/// CompressedData (RFC 3274): version, algorithm, then what is packed.
fn compressed(bytes: &Bytes, content: Range<usize>, drain: &mut Drain) {
    let inner = third(bytes, content).and_then(|inner| identified(bytes, inner));
    let mut packed = Vec::new();
    let mut patience = bytes.len();
    let found = inner
        .and_then(|(_, content)| gather(bytes, content, (0, false), &mut packed, &mut patience));
    if found.is_none() {
        drain.trouble(Why::Unreadable, None, "the compressed data is damaged");
    }
    let mut out = Vec::new();
    if drain.count(MAIL) {
        let whole = drain.read(MAIL, &mut flate2::read::ZlibDecoder::new(&*packed), &mut out);
        drain.push(MAIL.to_owned(), Vec::new(), Bytes::from(out), whole);
        drain.mark(|member| member.mail = true);
    }
}

/// The third element of a sequence: what both kinds keep behind a version and algorithms.
fn third(bytes: &[u8], content: Range<usize>) -> Option<Range<usize>> {
    let outer = element(bytes, content.start, content.end).filter(|outer| outer.tag == 0x30)?;
    let version = element(bytes, outer.content.start, outer.content.end)?;
    let algorithms = element(bytes, version.next, outer.content.end)?;
    let next = match algorithms.open {
        true => end_of(bytes, &algorithms)?,
        false => algorithms.next,
    };
    element(bytes, next, outer.content.end).filter(|inner| inner.tag == 0x30).map(|i| i.content)
}

/// Where an element of open length ends: behind its two zeros.
fn end_of(bytes: &[u8], set: &Element) -> Option<usize> {
    // Sets of algorithms are flat and few; deeper ones than this are no mailer's.
    const STEPS: usize = 256;
    let (mut at, mut depth) = (set.content.start, 1u32);
    for _ in 0..STEPS {
        if bytes.get(at..at + 2)? == [0, 0] {
            at += 2;
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
            continue;
        }
        let inner = element(bytes, at, set.content.end)?;
        if inner.open {
            depth += 1;
            at = inner.content.start;
        } else {
            at = inner.next;
        }
    }
    None
}

/// Collects an octet string, in one piece or in pieces of pieces; where it ends. `shell`: how
/// deep it lies, and whether what it lies in ends with two zeros.
fn gather(
    bytes: &[u8],
    range: Range<usize>,
    shell: (u32, bool),
    out: &mut Vec<u8>,
    patience: &mut usize,
) -> Option<usize> {
    let (depth, open) = shell;
    // RFC 5652 sets no limit; encoders write one level, gateways that re-wrap two.
    const DEEPEST: u32 = 8;
    let mut at = range.start;
    while at < range.end {
        *patience = patience.checked_sub(1).filter(|_| depth <= DEEPEST)?;
        if bytes.get(at..at + 2) == Some(&[0, 0]) {
            return Some(at + 2);
        }
        let piece = element(bytes, at, range.end)?;
        at = match piece.tag {
            4 => {
                out.extend_from_slice(bytes.get(piece.content)?);
                if piece.cut {
                    return None;
                }
                piece.next
            }
            0x24 => {
                let shell = (depth + 1, piece.open);
                let end = gather(bytes, piece.content, shell, out, patience)?;
                if piece.open { end } else { piece.next }
            }
            // What follows an open content without its zeros.
            _ => return None,
        };
        if depth == 0 {
            return Some(at);
        }
    }
    // A shell of open length that does not end was cut off.
    (!open).then_some(at)
}

/// The name of what has none.
const MAIL: &str = "signed.eml";

fn mail(content: Vec<u8>, whole: bool, drain: &mut Drain) {
    if drain.count(MAIL) {
        drain.keep(MAIL.to_owned(), Bytes::from(content), whole);
        drain.mark(|member| member.mail = true);
    }
}

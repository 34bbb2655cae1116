//! What presentations of PowerPoint 97 start by themselves (MS-PPT).

use super::{Found, number};
use crate::facts::Deed;

/// Looks at the stream of a presentation: a shape or a word may start a program when it is clicked,
/// or when the pointer only comes over it.
pub(super) fn look(stream: &[u8], found: &mut Found) {
    // InteractiveInfoAtom (2.8.2): its header, then a sound, a link, and the action.
    const ATOM: &[u8] = b"\0\0\xf3\x0f";
    const RUN_PROGRAM: u8 = 2;
    for at in memchr::memmem::find_iter(stream, ATOM) {
        // Sixteen bytes; nobody counts them.
        let length = number::le32(stream, at + 4).and_then(|length| u8::try_from(length).ok());
        let Some(length) = length.map(usize::from).filter(|length| *length > 8) else { continue };
        if stream.get(at + 16) != Some(&RUN_PROGRAM) {
            continue;
        }
        let program = name(stream.get(at + 8 + length..).unwrap_or_default());
        let detail = format!("a program started by the pointer: {}", program.unwrap_or_default());
        found.note(Deed::Launch, &detail);
        if found.is_full() {
            return;
        }
    }
}

/// The text that follows, which is the program's path (2.8.5, MacroNameAtom).
fn name(record: &[u8]) -> Option<String> {
    if number::le16(record, 2)? != 0x0fba {
        return None;
    }
    let length = usize::try_from(number::le32(record, 4)?).ok()?.min(400);
    let (text, _) = encoding_rs::UTF_16LE.decode_without_bom_handling(record.get(8..8 + length)?);
    Some(text.into_owned())
}

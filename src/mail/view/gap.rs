//! What stands before the first part of a multipart and behind its last one.
//!
//! Most mailers say there, in fixed words, that the message is in parts; that is no content.
//! Anything else is: readers without MIME show it, and uuencode in it is opened.

use super::split::{Look, Mark};

/// What mailers write there, without blanks and in lower case.
const PHRASES: &[&str] = &[
    "thisisamulti-partmessageinmimeformat",
    "thisisamultipartmessageinmimeformat",
    "thisisamulti-partmimemessage",
    "thisisamultipartmimemessage",
    "thisisamime-encapsulatedmessage",
    "thisisamimeencapsulatedmessage",
    "thisisamultipartmessage",
    "thisisamulti-partmessage",
    "thisisanopenpgp/mimesignedmessage(rfc4880and3156)",
    "thisisanopenpgp/mimesignedmessage(rfc2440and3156)",
    "thisisanopenpgp/mimeencryptedmessage(rfc4880and3156)",
    "thisisanopenpgp/mimeencryptedmessage(rfc2440and3156)",
    "thisisas/mimesignedmessage",
    "thisisacryptographicallysignedmessageinmimeformat",
    "thisisasignedmessageinmimeformat",
];

/// Whether a gap holds more than a mailer's fixed words.
pub(super) fn is_content(gap: &[u8]) -> bool {
    let text = gap.trim_ascii();
    if text.is_empty() {
        return false;
    }
    // Longer than any of the phrases with their line breaks.
    if text.len() > 200 {
        return true;
    }
    let plain: String = text
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect();
    let plain = plain.trim_matches(['.', '-', '>', '*']);
    !PHRASES.contains(&plain)
}

/// The text before the first delimiter, and behind the last one.
pub(super) fn gaps<'b>(body: &'b [u8], marks: &[Mark]) -> [(&'static str, &'b [u8]); 2] {
    let plain = || marks.iter().filter(|mark| matches!(mark.look, Look::Plain | Look::Text));
    let preamble = plain().next().and_then(|mark| body.get(..mark.at)).unwrap_or_default();
    // Behind the first close delimiter, up to a delimiter that some still read.
    let close = plain().find(|mark| mark.close);
    let next = close.and_then(|close| plain().find(|mark| mark.at >= close.next));
    let end = next.map_or(body.len(), |mark| mark.at);
    let epilogue = close.and_then(|close| body.get(close.next..end)).unwrap_or_default();
    [("preamble", preamble), ("epilogue", epilogue)]
}

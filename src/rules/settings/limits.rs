//! `[limits]` of a policy: how much a letter may be, and how deep we look.

/// All sizes in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The whole message on the wire: `SIZE` in EHLO and the finding `size.message`.
    pub message: u64,
    /// All attachments together, decoded: the finding `size.attachments`; `None`: no limit.
    pub attachments: Option<u64>,
    /// Octets of a line with its CRLF (RFC 5321 §4.5.3.1.6 has 1000): `line.long`.
    pub line: u64,
    /// What unfolding may cost: `archive.over_limit`, `archive.bomb`, `mime.over_limit`.
    pub unfolding: crate::mail::Limits,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            message: 76_000_000,
            attachments: None,
            line: 1000,
            unfolding: crate::mail::Limits::default(),
        }
    }
}

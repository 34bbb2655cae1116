//! `[limits]` of a policy: how much a letter may be, and how deep we look.

use crate::tomlfile::Size;
use serde::Deserialize;

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

/// What `rules/base.toml` ships; a test holds the two together.
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

/// `[limits]` as it is written: what is absent stays as the extended policy has it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::rules) struct Section {
    message: Option<Size>,
    attachments: Option<Size>,
    line: Option<Size>,
    unpacked: Option<Size>,
    ratio: Option<u64>,
    members: Option<u32>,
    depth: Option<u32>,
    parts: Option<u32>,
}

impl Section {
    /// Writes what is present over what was extended.
    pub(in crate::rules) fn apply(&self, limits: &mut Limits) {
        set(&mut limits.message, self.message.map(|size| size.0));
        set(&mut limits.attachments, self.attachments.map(|size| Some(size.0)));
        set(&mut limits.line, self.line.map(|size| size.0));
        set(&mut limits.unfolding.unpacked, self.unpacked.map(|size| size.0));
        set(&mut limits.unfolding.ratio, self.ratio);
        set(&mut limits.unfolding.members, self.members);
        set(&mut limits.unfolding.depth, self.depth);
        set(&mut limits.unfolding.parts, self.parts);
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

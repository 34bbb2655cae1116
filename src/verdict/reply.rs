//! The one table of reply codes: every 2xx, 4xx and 5xx that the gate itself says.
//!
//! A next hop's own replies are passed on verbatim and do not come from here.

use super::{Action, Class};

/// A reply: code, enhanced status code (RFC 3463) and text without line ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Code and enhanced status.
    pub code: Code,
    /// Vietnamese with diacritics, without transaction id; empty where nothing needs saying.
    pub text: String,
    /// The same in English.
    pub english: String,
}

impl Reply {
    /// The store is full or cannot be written, so a letter that should be kept is not taken.
    pub fn cannot_keep() -> Reply {
        Reply {
            code: Code::FULL,
            text: "Hệ thống tạm thời chưa lưu được thư; đề nghị gửi lại sau".to_owned(),
            english: "The message cannot be kept at the moment, try again later".to_owned(),
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// RFC 5321 reply code.
    pub basic: u16,
    /// RFC 3463 enhanced status code.
    pub enhanced: &'static str,
}

const fn code(basic: u16, enhanced: &'static str) -> Code {
    Code { basic, enhanced }
}

impl Default for Code {
    fn default() -> Code {
        Code::OK
    }
}

impl Code {
    /// Relayed, or kept.
    pub const OK: Code = code(250, "2.0.0");
    /// Policy, virus, executable; also a recipient that is not relayed to.
    pub const POLICY: Code = code(550, "5.7.1");
    /// Larger than a limit.
    pub const SIZE: Code = code(552, "5.3.4");
    /// Lines and MIME structure.
    pub const CONTENT: Code = code(550, "5.6.0");
    /// Not examined: come back.
    pub const UNSCANNED: Code = code(451, "4.7.1");
    /// Memory, disk budget or store full.
    pub const FULL: Code = code(452, "4.3.1");
    /// No next hop answers.
    pub const NEXT_HOP_DOWN: Code = code(451, "4.4.1");
    /// The next hop's connection broke, or its second answer differed from its first.
    pub const NEXT_HOP_LOST: Code = code(451, "4.4.2");
    /// A failover that cannot honour what the session used.
    pub const NEXT_HOP_CHANGED: Code = code(451, "4.3.2");
    /// The next hop is ourselves.
    pub const LOOPS_BACK: Code = code(451, "4.4.6");
    /// Too many Received lines.
    pub const HOP_COUNT: Code = code(554, "5.4.6");
    /// A recipient whose policy differs from the first one's.
    pub const OTHER_POLICY: Code = code(452, "4.5.3");
    /// No mailbox of that name.
    pub const UNKNOWN_RECIPIENT: Code = code(550, "5.1.1");
    /// A mailbox that is locked.
    pub const LOCKED_RECIPIENT: Code = code(550, "5.2.1");
    /// Shutting down, too many connections, too slow, no next hop at connect.
    pub const CLOSING: Code = code(421, "4.3.2");
    /// Waited too long for the client.
    pub const TIMEOUT: Code = code(421, "4.4.2");

    /// What a verdict of this action says for a finding of this class.
    pub fn of(action: Action, class: Class) -> Code {
        match (action, class) {
            (Action::Accept | Action::Tag | Action::Quarantine, _) => Code::OK,
            (Action::Tempfail, _) => Code::UNSCANNED,
            (Action::Reject, Class::Policy) => Code::POLICY,
            (Action::Reject, Class::Size) => Code::SIZE,
            (Action::Reject, Class::Content) => Code::CONTENT,
            (Action::Reject, Class::UnknownRecipient) => Code::UNKNOWN_RECIPIENT,
            (Action::Reject, Class::LockedRecipient) => Code::LOCKED_RECIPIENT,
        }
    }
}

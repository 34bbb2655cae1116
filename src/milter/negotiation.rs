//! What each side can do, told once at the beginning: `SMFIC_OPTNEG`.
//!
//! A filter may ask only for what was offered; a server that is asked for more gives the filter up,
//! and its mail with it.

use super::macros::STAGES;

use bytes::{Buf, BufMut, Bytes};

/// The version that is spoken.
const VERSION: u32 = 6;

/// `SMFIF_ADDHDRS`: inserting a header field, for tags.
const ADD_HEADERS: u32 = 0x01;
/// `SMFIF_QUARANTINE`: holding a message in the server's queue.
const QUARANTINE: u32 = 0x20;
/// `SMFIF_SETSYMLIST`: saying which macros are wanted.
const SET_MACROS: u32 = 0x100;

/// `SMFIP_NR_HDR`: header fields are not answered.
const NO_REPLY_HEADER: u32 = 0x80;
/// `SMFIP_NOUNKNOWN`: unknown SMTP commands are not told.
const NO_UNKNOWN: u32 = 0x100;
/// `SMFIP_SKIP`: the rest of a body may be left out.
const SKIP: u32 = 0x400;
/// `SMFIP_NR_CONN`
const NO_REPLY_CONNECT: u32 = 0x1000;
/// `SMFIP_NR_HELO`
const NO_REPLY_HELLO: u32 = 0x2000;
/// `SMFIP_NR_MAIL`
const NO_REPLY_MAIL: u32 = 0x4000;
/// `SMFIP_NR_UNKN`
const NO_REPLY_UNKNOWN: u32 = 0x2_0000;
/// `SMFIP_NR_EOH`
const NO_REPLY_END_OF_HEADER: u32 = 0x4_0000;
/// `SMFIP_HDR_LEADSPC`: header values come with the space that stood before them.
const LEADING_SPACE: u32 = 0x10_0000;

/// All steps that are asked for where they are offered. RCPT, DATA and the body are answered: a
/// recipient may be refused, memory may be short, and the rest of a body may not be wanted.
const STEPS: u32 = NO_REPLY_HEADER
    | NO_UNKNOWN
    | SKIP
    | NO_REPLY_CONNECT
    | NO_REPLY_HELLO
    | NO_REPLY_MAIL
    | NO_REPLY_UNKNOWN
    | NO_REPLY_END_OF_HEADER
    | LEADING_SPACE;

/// What a server offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The highest version that it speaks.
    pub version: u32,
    /// What a filter may do to a message (`SMFIF_`).
    pub actions: u32,
    /// How the steps of a session may be told (`SMFIP_`).
    pub steps: u32,
}

impl Offer {
    /// Later versions may append to it.
    pub(super) fn read(mut data: Bytes) -> Option<Offer> {
        let mut word = || data.try_get_u32().ok();
        Some(Offer { version: word()?, actions: word()?, steps: word()? })
    }
}

/// What the gate wants to be able to do, beside inserting a tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Hold messages in the server's queue.
    pub hold: bool,
}

/// What both sides go by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    version: u32,
    actions: u32,
    steps: u32,
}

impl Agreed {
    /// All that is wanted of what is offered.
    pub(super) fn on(offer: Offer, wanted: Wanted) -> Agreed {
        let hold = if wanted.hold { QUARANTINE } else { 0 };
        Agreed {
            version: offer.version.min(VERSION),
            actions: offer.actions & (ADD_HEADERS | SET_MACROS | hold),
            steps: offer.steps & STEPS,
        }
    }

    /// Whether a header field can be inserted.
    pub fn tags(&self) -> bool {
        self.has_action(ADD_HEADERS)
    }

    /// Whether a message can be held in the server's queue.
    pub fn holds(&self) -> bool {
        self.has_action(QUARANTINE)
    }

    /// Whether the rest of a body can be left out.
    pub fn skips(&self) -> bool {
        self.steps & SKIP != 0
    }

    /// Whether header values come, and are given, with the space before them.
    pub(super) fn leading_space(&self) -> bool {
        self.steps & LEADING_SPACE != 0
    }

    /// Whether the server waits for an answer to this command.
    pub(super) fn answers(&self, command: u8) -> bool {
        let silent = match command {
            b'C' => NO_REPLY_CONNECT,
            b'H' => NO_REPLY_HELLO,
            b'M' => NO_REPLY_MAIL,
            b'L' => NO_REPLY_HEADER,
            b'N' => NO_REPLY_END_OF_HEADER,
            b'U' => NO_REPLY_UNKNOWN,
            _ => 0,
        };
        self.steps & silent == 0
    }

    /// The data of the answer to `SMFIC_OPTNEG`.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        [self.version, self.actions, self.steps].iter().for_each(|word| out.put_u32(*word));
        if self.has_action(SET_MACROS) {
            for (stage, names) in STAGES {
                out.put_u32(stage);
                out.put_slice(names.as_bytes());
                out.put_u8(0);
            }
        }
    }

    fn has_action(&self, action: u32) -> bool {
        self.actions & action != 0
    }
}

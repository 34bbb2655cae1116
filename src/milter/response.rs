//! What the gate says to a mail server.

use super::negotiation::Agreed;
use crate::verdict::Code;

use bytes::BufMut;

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// The answer to the offer (`SMFIC_OPTNEG`).
    Agreed(Agreed),
    /// Go on (`SMFIR_CONTINUE`).
    Continue,
    /// The message may pass (`SMFIR_ACCEPT`); only said at its end.
    Accept,
    /// Take it and throw it away (`SMFIR_DISCARD`): it is kept here.
    Discard,
    /// 451 in the server's own words (`SMFIR_TEMPFAIL`).
    Tempfail,
    /// A refusal in our words (`SMFIR_REPLYCODE`); see [`Response::reply`].
    Reply(Vec<u8>),
    /// The rest of the body is not wanted (`SMFIR_SKIP`).
    Skip,
    /// Still at work (`SMFIR_PROGRESS`): the server's clock starts anew.
    Progress,
    /// A header field on top (`SMFIR_INSHEADER`), value as it stands behind the colon.
    Insert(&'static str, String),
    /// Hold the message, for this reason (`SMFIR_QUARANTINE`).
    Hold(String),
}

impl Response {
    /// A refusal: `text` is an SMTP reply as it goes over the wire. What is none of 4xx and 5xx, or
    /// would end the client's session (421), becomes a plain 451.
    pub fn reply(text: &[u8]) -> Response {
        let text = text.trim_ascii_end();
        let class = text.first().copied().unwrap_or_default();
        // RFC 2034: the server takes only an enhanced status of the same class.
        let fits = matches!(class, b'4' | b'5') && text.get(4) == Some(&class);
        let closes = text.starts_with(Code::CLOSING.basic.to_string().as_bytes());
        match fits && !closes && !text.contains(&0) {
            true => Response::Reply(text.to_vec()),
            false => Response::Tempfail,
        }
    }

    /// Appends the packet. `agreed` says whether header values have their leading space.
    pub fn write(&self, agreed: &Agreed, out: &mut Vec<u8>) {
        let begin = out.len();
        out.put_u32(0);
        out.put_u8(self.code());
        self.write_data(agreed, out);
        let length = u32::try_from(out.len() - begin - 4).unwrap_or(u32::MAX);
        if let Some(head) = out.get_mut(begin..begin + 4) {
            head.copy_from_slice(&length.to_be_bytes());
        }
    }

    fn code(&self) -> u8 {
        match self {
            Response::Agreed(_) => b'O',
            Response::Continue => b'c',
            Response::Accept => b'a',
            Response::Discard => b'd',
            Response::Tempfail => b't',
            Response::Reply(_) => b'y',
            Response::Skip => b's',
            Response::Progress => b'p',
            Response::Insert(..) => b'i',
            Response::Hold(_) => b'q',
        }
    }

    fn write_data(&self, agreed: &Agreed, out: &mut Vec<u8>) {
        match self {
            Response::Agreed(agreed) => agreed.write(out),
            Response::Reply(text) => {
                // Sendmail takes the reply for a format of printf.
                for byte in text {
                    out.extend_from_slice(if *byte == b'%' {
                        b"%%"
                    } else {
                        std::slice::from_ref(byte)
                    });
                }
                out.put_u8(0);
            }
            Response::Insert(name, value) => {
                out.put_u32(0);
                put_text(name, out);
                let value = value.replace("\r\n", "\n");
                let bare = value.trim_start_matches(' ');
                // Without the agreement the server puts a space of its own.
                put_text(if agreed.leading_space() { &value } else { bare }, out);
            }
            Response::Hold(reason) => put_text(reason, out),
            _ => {}
        }
    }
}

/// A NUL would end the text early.
fn put_text(text: &str, out: &mut Vec<u8>) {
    out.extend(text.bytes().filter(|byte| *byte != 0));
    out.put_u8(0);
}

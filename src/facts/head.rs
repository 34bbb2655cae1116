//! The header of a letter, read once: what people read in it, who sent it, and whether a program did.

use super::part::{Facts, Part, Role};
use crate::mail::{Address, Field, encoded_word, fold, header};
use crate::text;

/// Bytes of a body that are read for its words: what a notice is about stands at its beginning.
const HEAD: usize = 6 << 10;
/// Bytes of a body's end, where the way out of a list stands.
const TAIL: usize = 2 << 10;
/// Bodies that are read.
const PARTS: usize = 4;
/// Addresses in From.
const ADDRESSES: usize = 4;

/// A header as far as checks ask for it.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The fields that people read.
    pub read: Vec<Read>,
    /// The addresses that the letter says it is from, the envelope's first.
    pub from: Vec<Address>,
    /// The subject without diacritics, small.
    pub subject: String,
    /// Whether a mailer of campaigns sent it, and not a list on which people talk.
    pub campaign: bool,
    /// Whether a program sent it: by its header, or by an address that nobody reads.
    pub automatic: bool,
}

/// A field that people read, without encoded words and folding.
#[derive(Clone, Debug)]
pub struct Read {
    /// Its name as RFC 5322 writes it.
    pub name: &'static str,
    /// Its value: UTF-8 where it came in UTF-16, else in whatever charset it is.
    pub bytes: Vec<u8>,
    /// The charset that it claims, lower case.
    pub label: Option<String>,
}

impl Read {
    fn of(field: &Field) -> Read {
        let value = encoded_word::unfold(&field.raw);
        let bytes = text::unicode(&value.bytes, value.label.as_deref()).into_owned();
        Read { name: field.name, bytes, label: value.label }
    }
}

impl Head {
    pub(super) fn of(facts: &Facts) -> Head {
        let read: Vec<Read> = facts.fields.iter().map(Read::of).collect();
        let first = |name: &str| read.iter().find(|field| field.name == name);
        let from = senders(&facts.envelope.sender, first("From"));
        let subject = first("Subject").map(|subject| folded(&lossy(&subject.bytes)));
        let (subject, marks) = (subject.unwrap_or_default(), Marks::of(&facts.header));
        let campaign = marks.is_campaign();
        let automatic = campaign || marks.automatic || from.iter().any(is_nobody);
        Head { read, from, subject, campaign, automatic }
    }
}

impl Facts {
    /// Beginnings and ends of the letter's bodies without diacritics, small.
    pub fn words_of_bodies(&self) -> Vec<String> {
        let letter = |part: &&Part| part.role == Role::Body && !part.path.contains(['/', '~']);
        let bodies = self.parts.iter().filter(letter).take(PARTS);
        bodies.map(|part| folded(&ends(part.document().as_str()))).collect()
    }
}

/// What programs write into the headers of their letters.
#[derive(Default)]
struct Marks {
    /// Written by a program (RFC 3834), or to many.
    automatic: bool,
    /// Written by a mailer of campaigns.
    mailer: bool,
    /// Of a list on which people talk.
    talk: bool,
}

impl Marks {
    /// One pass over the header.
    fn of(block: &[u8]) -> Marks {
        let mut marks = Marks::default();
        for (name, value) in header::fields(block) {
            let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
            let says_no = || value.get(..2).is_some_and(|word| word.eq_ignore_ascii_case(b"no"));
            match name.first().map(u8::to_ascii_lowercase) {
                Some(b'a') => marks.automatic |= is("Auto-Submitted") && !says_no(),
                Some(b'f') => marks.mailer |= is("Feedback-ID"),
                Some(b'l') => {
                    marks.automatic |= is("List-Id");
                    marks.mailer |= is("List-Unsubscribe");
                    // RFC 2369 §3.4: a list on which people talk takes letters at List-Post, and
                    // has `NO` there where nobody but its owner writes.
                    marks.talk |= is("List-Post") && !says_no();
                }
                Some(b'm') => marks.talk |= is("Mailing-List"),
                Some(b'p') => marks.automatic |= is("Precedence") && is_bulk(value),
                Some(b'x') => {
                    marks.talk |= is("X-BeenThere");
                    marks.mailer |=
                        ["X-Campaign-Id", "X-CampaignID", "X-Mailgun-Tag"].map(is).contains(&true);
                }
                _ => {}
            }
        }
        marks
    }

    fn is_campaign(&self) -> bool {
        self.mailer && !self.talk
    }
}

/// The old word for letters to many.
fn is_bulk(value: &[u8]) -> bool {
    ["bulk", "list", "junk"].iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

/// The envelope's sender and those whom the letter names.
fn senders(envelope: &Address, from: Option<&Read>) -> Vec<Address> {
    let apart = |c: char| c.is_whitespace() || "<>,;:\"()[]".contains(c);
    let from = from.map(|from| lossy(&from.bytes)).unwrap_or_default();
    let named = from.split(apart).filter(|word| word.contains('@')).take(ADDRESSES);
    let envelope = Some(envelope.clone()).filter(|sender| !sender.is_null());
    envelope.into_iter().chain(named.map(Address::new)).collect()
}

/// `no-reply@`, `notifications+x@`: a mailbox that programs write from.
fn is_nobody(address: &Address) -> bool {
    const NAMES: [&str; 14] = [
        "noreply",
        "donotreply",
        "notification",
        "notify",
        "nobody",
        "mailer",
        "account",
        "verify",
        "confirm",
        "security",
        "otp",
        "register",
        "signup",
        "welcome",
    ];
    let mailbox = address.mailbox();
    let local = mailbox.split('@').next().unwrap_or_default();
    let local: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    NAMES.iter().any(|name| local.contains(name))
}

fn lossy(bytes: &[u8]) -> String {
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The beginning of a text and its end.
fn ends(text: &str) -> String {
    let cut =
        |at: usize| (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    if text.len() <= HEAD + TAIL {
        return text.to_owned();
    }
    let (head, tail) = (cut(HEAD), cut(text.len() - TAIL));
    [text.get(..head).unwrap_or_default(), "\n", text.get(tail..).unwrap_or_default()].concat()
}

/// Without diacritics, small, one blank between words.
fn folded(text: &str) -> String {
    let folded = fold(text).to_ascii_lowercase();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

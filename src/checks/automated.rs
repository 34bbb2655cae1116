//! A letter that a program sent to many: what checks of registrations and of advertising share.

use crate::facts::{Facts, Part, Role};
use crate::mail::{Address, encoded_word, fold, header};
use crate::text;

/// Bytes of a body that are read: what a notice is about stands at its beginning.
const HEAD: usize = 6 << 10;
/// Bytes of a body's end, where the way out of a list stands.
const TAIL: usize = 2 << 10;
/// Bodies that are read.
const PARTS: usize = 4;

/// What is known of who sent a letter, and how.
pub(super) struct Sent<'f> {
    facts: &'f Facts,
    /// The addresses that the letter says it is from, the envelope's first.
    pub(super) from: Vec<Address>,
    /// The subject without diacritics, small.
    pub(super) subject: String,
}

impl<'f> Sent<'f> {
    /// Reads the head of a letter.
    pub(super) fn of(facts: &'f Facts) -> Sent<'f> {
        let field = |wanted: &'static str| {
            facts.fields.iter().filter(move |field| field.name == wanted).map(|field| {
                let value = encoded_word::unfold(&field.raw);
                let bytes = text::unicode(&value.bytes, value.label.as_deref()).into_owned();
                String::from_utf8_lossy(&bytes).into_owned()
            })
        };
        let apart = |c: char| c.is_whitespace() || "<>,;:\"()[]".contains(c);
        let named: Vec<Address> = field("From")
            .take(1)
            .flat_map(|from| {
                let words = from.split(apart).filter(|word| word.contains('@'));
                words.take(4).map(Address::new).collect::<Vec<_>>()
            })
            .collect();
        let sender = facts.envelope.sender.clone();
        let from =
            std::iter::once(sender).filter(|sender| !sender.is_null()).chain(named).collect();
        let subject = field("Subject").next().map(|subject| folded(&subject)).unwrap_or_default();
        Sent { facts, from, subject }
    }

    /// Whether the letter has a field of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        header::values(&self.facts.header, name).next().is_some()
    }

    /// The values of the fields of this name, small, as far as they are ASCII.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = String> {
        header::values(&self.facts.header, name)
            .map(|value| String::from_utf8_lossy(value).to_ascii_lowercase())
    }

    /// Whether a program sent it: by its header, or by an address that nobody reads.
    pub(super) fn is_automatic(&self) -> bool {
        let auto = self.values("Auto-Submitted").any(|value| !value.starts_with("no"));
        let bulk =
            self.values("Precedence").any(|value| ["bulk", "list", "junk"].contains(&&*value));
        auto || bulk || self.is_campaign() || self.has("List-Id") || self.from.iter().any(is_nobody)
    }

    /// Whether a mailer of campaigns sent it, and not a list on which people talk (RFC 2369: such a
    /// list takes letters at List-Post).
    pub(super) fn is_campaign(&self) -> bool {
        const FIELDS: [&str; 5] =
            ["List-Unsubscribe", "Feedback-ID", "X-Campaign-Id", "X-CampaignID", "X-Mailgun-Tag"];
        // RFC 2369 §3.4: `NO` where nobody but its owner writes.
        let posts = self.values("List-Post").any(|value| !value.starts_with("no"));
        let talk = posts || ["Mailing-List", "X-BeenThere"].iter().any(|name| self.has(name));
        !talk && FIELDS.iter().any(|name| self.has(name))
    }

    /// Beginnings and ends of the letter's bodies without diacritics, small.
    pub(super) fn bodies(&self) -> Vec<String> {
        let letter = |part: &&Part| part.role == Role::Body && !part.path.contains(['/', '~']);
        let bodies = self.facts.parts.iter().filter(letter).take(PARTS);
        bodies.map(|part| folded(&ends(part.document().as_str()))).collect()
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
    let local: String = address
        .mailbox()
        .chars()
        .take_while(|c| *c != '@')
        .filter(char::is_ascii_alphanumeric)
        .collect();
    NAMES.iter().any(|name| local.contains(name))
}

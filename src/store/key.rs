//! By what a letter is known when it comes again: sender, recipients, Message-ID, size.

use crate::mail::Envelope;
use sha2::{Digest, Sha256};

/// A letter's key; the same for every attempt to deliver it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub(super) [u8; 32]);

impl Key {
    /// The key of a letter of `size` bytes. The order of recipients says nothing.
    pub fn of(envelope: &Envelope, message_id: &[u8], size: u64) -> Key {
        let mut recipients: Vec<String> =
            envelope.recipients.iter().map(|recipient| recipient.mailbox()).collect();
        recipients.sort_unstable();
        let mut hash = Sha256::new();
        for field in [envelope.sender.mailbox(), recipients.join(",")] {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field.as_bytes());
        }
        hash.update(message_id);
        hash.update(size.to_be_bytes());
        Key(hash.finalize().into())
    }
}

//! Macros: what a mail server tells beside its commands.

use bytes::Bytes;
use std::collections::BTreeMap;

/// The macros that are looked at, by the stage of `smfi_setsymlist` at which they are asked for, with
/// their names as that asks for them. `_` and the rest of the usual ones are never sent.
pub(super) const STAGES: [(u32, &str); 5] = [
    (0, "j {daemon_name} {client_addr}"),
    (1, "{tls_version}"),
    (2, "i {auth_type} {mail_addr}"),
    (4, "i"),
    (5, "i"),
];

/// Of a session: they hold until the next client.
const SESSION: [&str; 4] = ["j", "daemon_name", "client_addr", "tls_version"];

/// Of a message.
const MESSAGE: [&str; 3] = ["i", "auth_type", "mail_addr"];

/// A macro's value is a name, an address or an id; more only fills memory.
const VALUE: usize = 1024;

/// The macros of the session and of the message at hand.
#[derive(Clone, Debug, Default)]
pub struct Macros(BTreeMap<&'static str, String>);

impl Macros {
    /// The value of a macro, by its name without braces; never empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The server's own id of the message (`i`): the one in its log and its queue.
    pub fn queue_id(&self) -> Option<&str> {
        self.get("i")
    }

    /// Whether the sender logged in.
    pub fn is_authenticated(&self) -> bool {
        self.get("auth_type").is_some()
    }

    /// Takes names and values in turn. Those for MAIL begin a message: what was told of the one
    /// before must not be taken for this one's.
    pub(super) fn take(&mut self, command: u8, pairs: &[Bytes]) {
        if command == b'M' {
            self.forget_message();
        }
        for pair in pairs.chunks_exact(2) {
            let [name, value] = pair else { continue };
            self.set(name, value);
        }
    }

    fn set(&mut self, name: &[u8], value: &[u8]) {
        let bare = name.strip_prefix(b"{").and_then(|name| name.strip_suffix(b"}")).unwrap_or(name);
        let mut known = SESSION.iter().chain(&MESSAGE);
        let Some(known) = known.find(|known| known.as_bytes() == bare) else { return };
        let value = value.get(..value.len().min(VALUE)).unwrap_or_default();
        match value.is_empty() {
            true => self.0.remove(known),
            false => self.0.insert(known, String::from_utf8_lossy(value).into_owned()),
        };
    }

    pub(super) fn forget_message(&mut self) {
        MESSAGE.iter().for_each(|name| drop(self.0.remove(name)));
    }
}

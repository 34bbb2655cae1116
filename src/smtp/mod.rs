//! SMTP without sockets: bytes in, replies and questions out.
//!
//! Nothing here reads a clock or a socket, so every dialogue can be replayed
//! from a file. What the gate does not decide by itself (what a next hop says,
//! what the pipeline finds) leaves as a [`Question`] and comes back as an [`Answer`].

mod answer;
pub mod command;
pub mod content;
pub mod data;
mod dialogue;
pub mod extension;
pub mod line;
pub mod parameter;
pub mod path;
pub mod proxy;
pub mod reply;
pub mod state;
pub mod trace;

pub use command::{Attribute, Command, Fault, Hello, Mail, Rcpt};
pub use dialogue::{Answer, Dialogue, Question, Step, Terms};
pub use extension::{Extension, Extensions};
pub use reply::{Reader, Reply};
pub use state::Transaction;

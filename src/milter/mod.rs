//! The milter protocol without sockets: packets of a mail server in, what they mean and responses out.
//!
//! A mail server (Sendmail, Postfix) shows a filter each step of an SMTP session and asks what to do.
//! Version 6 is spoken as `libmilter/mfdef.h` has it; a server that offers less is asked for less.
//! Nothing here reads a clock or a socket; what only the gate can decide leaves as a [`Step`] and comes
//! back by [`Session::answer`].

mod command;
mod field;
mod macros;
mod negotiation;
mod packet;
mod response;
mod session;

pub use command::{Command, Family};
pub use macros::Macros;
pub use negotiation::{Agreed, Offer, Wanted};
pub use packet::{Fault, PACKET, take};
pub use response::Response;
pub use session::{Session, Step};

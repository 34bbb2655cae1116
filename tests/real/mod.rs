//! Real mail servers in front and behind.

#![allow(clippy::unwrap_used, clippy::panic)]

mod gate;
mod guide;
mod milter;
mod policies;
mod postfix;
mod release;

use crate::support;

//! Real mail servers in front and behind.

#![allow(clippy::unwrap_used, clippy::panic)]

mod gate;
mod milter;
mod postfix;

use crate::support;

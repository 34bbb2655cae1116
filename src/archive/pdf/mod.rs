//! PDF: files that a person can save out of it, what it does by itself, and its text.
//!
//! Nine of ten hold none of the first two, and say so in plain sight: a first look at the names
//! in the file, and in its packed objects, is made here, in safe code of our own and without
//! recursion. What shows something goes to the child, where a whole reader takes it apart; so
//! does what has fonts, for its text alone.

mod actions;
mod content;
mod files;
mod filters;
mod glyphs;
mod look;
mod names;
mod packed;
mod reader;
mod salvage;
mod strings;
mod text;

pub(super) use look::{Wanted, wanted};
pub(super) use reader::read;

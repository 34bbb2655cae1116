//! PDF: files that a person can save out of it, and what it does by itself.
//!
//! Nine of ten hold neither, and say so in plain sight: a first look at the names in the file,
//! and in its packed objects, is made here, in safe code of our own and without recursion. Only
//! what shows something goes to the child, where a whole reader takes it apart.

mod actions;
mod files;
mod look;
mod names;
mod reader;
mod salvage;
mod strings;

pub(super) use look::is_for_worker;
pub(super) use reader::read;

//! Vietnamese text: which encoding it is really in, and whether it has its diacritics.
//!
//! Charset labels are often wrong and statistical detectors do not know these encodings, so the
//! spelling decides: a reading counts when what it makes of the words is well-formed Vietnamese.
//! `README.md` beside this file has the figures, and the commands that make them.

mod convert;
pub mod document;
mod foreign;
mod html;
mod language;
pub mod legacy;
mod letter;
mod named;
mod reading;
mod references;
mod runs;
mod sift;
mod signs;
mod stamp;
mod syllable;
mod track;
mod unicode;

pub use convert::to_unicode;
pub use document::Document;
pub use foreign::foreign;
pub use html::{PAGE, Run, runs as html_runs};
pub use language::{is_combining, is_undiacritical, language};
pub use legacy::{Encoding, is_capital_font};
pub use letter::{Letter, Letters};
pub use named::judge_name;
pub use reading::{Reading, Sample, judge};
pub use references::{expand as expand_references, named as named_reference};
pub use stamp::{
    Form, Mark, Place, Secrecy, Stamps, Strength, in_name, in_subject, may_be_stamped, stamps,
    stamps_with_red,
};
pub use syllable::{is_bare_syllable, is_syllable, is_word};
pub use unicode::unicode;

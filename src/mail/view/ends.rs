//! An entity whose header block ends elsewhere for some reader.
//!
//! RFC 5322 §2.1 has a blank line there. Servers that miss it add it before the first line that is
//! no field, but differ in what a field is: Postfix and Exim want a name of printable ASCII, with
//! blanks behind it if need be; sendmail takes `--` for a delimiter; Python takes no blank before
//! the colon; the first view, as most mail programs, reads on to the blank line. Each of those
//! places is an end.

use super::construct::Construct;
use super::field::{Break, Head, begins_with_field};
use super::{Job, Reading};
use crate::mail::section::Section;

impl Reading<'_> {
    /// The header block ended elsewhere.
    pub(super) fn headers(&mut self, job: &Job, head: &Head<'_>) {
        for (at, found) in &head.breaks {
            // Real software writes it, and then what is behind is fields: a file that is read
            // from there on is no file that was sent.
            let damaged = found.is_usual() && *found != Break::Indented && !head.has_behind(*at);
            self.again(job, "headers", damaged, |whole| {
                let (before, behind) = whole.split_at((*at).min(whole.len()));
                [before, b"\r\n", behind].concat()
            });
        }
        let odd = |construct| head.constructs.contains(&construct);
        if odd(Construct::BlankLineOfSpaces) {
            // It ends at the line of blanks, or goes on behind it.
            for between in [&b"\r\n\r\n"[..], b"\r\n"] {
                self.again(job, "headers", false, |whole| {
                    let (kept, rest) = whole.split_at(head.end.min(whole.len()));
                    [kept.trim_ascii_end(), between, rest].concat()
                });
            }
        }
        if odd(Construct::BareCrInHeader) {
            self.again(job, "lines", false, |whole| with_line_feeds(&whole));
        }
        let body = job.body.trim_ascii_start();
        let phantom = job.like.declared.as_deref() == Some("message/external-body");
        if !phantom && begins_with_field(body) {
            self.note(&job.section, Construct::LateHeader);
            let from = job.body.len() - body.len();
            if let Some(section) = self.begin(job, "headers", body.len()) {
                self.replaces(job);
                self.entity(job.body.slice(from..), &Section::exactly(section));
            }
        }
    }

    /// Reads an entity again whose header is changed.
    fn again(
        &mut self,
        job: &Job,
        kind: &str,
        damaged: bool,
        change: impl FnOnce(Vec<u8>) -> Vec<u8>,
    ) {
        if let Some(section) = self.begin(job, kind, job.head.len() + job.body.len()) {
            self.damaged(damaged);
            self.replaces(job);
            let entity = change([&job.head[..], &job.body[..]].concat());
            self.entity(entity.into(), &Section::exactly(section));
        }
    }
}

/// Every CR as the end of a line.
fn with_line_feeds(whole: &[u8]) -> Vec<u8> {
    let mut lines: Vec<u8> = Vec::with_capacity(whole.len());
    for (at, &byte) in whole.iter().enumerate() {
        lines.push(byte);
        if byte == b'\r' && whole.get(at + 1) != Some(&b'\n') {
            lines.push(b'\n');
        }
    }
    lines
}

//! Reading members through the budget, chunk by chunk.
//!
//! The budget is asked after every chunk and never told a declared size: a bomb
//! declares ten bytes. Once it is spent nothing more is read from the archive.

use super::{Active, Member, Opened, Trouble, Why};
use crate::mail::{Budget, Spent};
use bytes::Bytes;
use std::io::Read;

/// Takes members out of one archive.
pub(super) struct Drain<'a> {
    budget: &'a mut Budget,
    opened: Opened,
    spent: bool,
    chunk: Vec<u8>,
}

impl<'a> Drain<'a> {
    pub(super) fn new(budget: &'a mut Budget) -> Drain<'a> {
        Drain { budget, opened: Opened::default(), spent: false, chunk: Vec::new() }
    }

    pub(super) fn finish(self) -> Opened {
        self.opened
    }

    /// Whether the budget is spent: nothing more may be read.
    pub(super) fn is_spent(&self) -> bool {
        self.spent
    }

    /// Notes what could not be looked at. As many as members are allowed, and no more: each
    /// damaged header of a large file would be one.
    pub(super) fn trouble(&mut self, why: Why, member: Option<&str>, detail: &str) {
        let measure = None;
        let member = member.map(str::to_owned);
        if self.opened.troubles.len() < self.budget.limits().members as usize {
            self.opened.troubles.push(Trouble { why, member, detail: detail.to_owned(), measure });
        }
    }

    /// The same, with what was measured and the limit.
    pub(super) fn over_limit(&mut self, member: Option<&str>, detail: &str, measure: (u64, u64)) {
        self.trouble(Why::OverLimit, member, detail);
        if let Some(last) = self.opened.troubles.last_mut() {
            last.measure = Some((measure.0 as f64, measure.1 as f64));
        }
    }

    /// Whether so many members may still come; says so if not.
    pub(super) fn allows(&mut self, members: u64) -> bool {
        let limit = u64::from(self.budget.limits().members);
        if members > limit {
            self.over_limit(None, "has too many members", (members, limit));
        }
        members <= limit
    }

    /// Counts one more member, or one more piece of the kind that costs as much as a member.
    pub(super) fn count(&mut self, name: &str) -> bool {
        let counted = self.budget.member();
        self.check(counted, Some(name))
    }

    /// Notes what somebody else found in the way, as often as troubles are noted at all.
    pub(super) fn note(&mut self, trouble: Trouble) {
        if self.opened.troubles.len() < self.budget.limits().members as usize {
            self.opened.troubles.push(trouble);
        }
    }

    /// Notes what the document does by itself, `most` times at most.
    pub(super) fn active(&mut self, active: Active, most: usize) {
        if self.opened.active.len() < most {
            self.opened.active.push(active);
        }
    }

    /// Charges bytes that came out of somewhere else than [`Drain::read`].
    pub(super) fn pay(&mut self, bytes: u64, member: &str) -> bool {
        let paid = self.budget.unpack(bytes);
        self.check(paid, Some(member))
    }

    /// Whether the message's time is over; a trouble says so.
    pub(super) fn is_cancelled(&mut self) -> bool {
        let checked = self.budget.check();
        !self.check(checked, None)
    }

    /// Keeps bytes that stand in the archive as they are.
    pub(super) fn keep(&mut self, name: String, bytes: Bytes, whole: bool) {
        let paid = self.budget.unpack(bytes.len() as u64);
        if self.check(paid, Some(&name)) {
            self.push(name, Vec::new(), bytes, whole);
        }
    }

    /// Keeps a member of which only the name is known.
    pub(super) fn keep_name(&mut self, name: String, aliases: Vec<String>) {
        self.push(name, aliases, Bytes::new(), false);
    }

    /// Keeps bytes that were paid for while they were read.
    pub(super) fn push(&mut self, name: String, aliases: Vec<String>, bytes: Bytes, whole: bool) {
        self.opened.members.push(Member { name, aliases, bytes, whole });
    }

    /// Reads to the end, or to the end of the budget, or to the first defect, behind what is
    /// already in `out`. Whether it came to the end.
    pub(super) fn read(&mut self, name: &str, reader: &mut dyn Read, out: &mut Vec<u8>) -> bool {
        // One buffer for all members: fresh pages for each of ten thousand cost two seconds.
        let mut chunk = std::mem::take(&mut self.chunk);
        chunk.resize(64 << 10, 0);
        let whole = loop {
            match reader.read(&mut chunk) {
                Ok(0) => break true,
                Ok(count) => {
                    out.extend_from_slice(chunk.get(..count).unwrap_or_default());
                    let paid = self.budget.unpack(count as u64);
                    if !self.check(paid, Some(name)) {
                        break false;
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.trouble(Why::Unreadable, Some(name), &error.to_string());
                    break false;
                }
            }
        };
        self.chunk = chunk;
        whole
    }

    /// Turns a spent budget into its trouble, once.
    fn check(&mut self, paid: Result<(), Spent>, member: Option<&str>) -> bool {
        if let Err(spent) = paid {
            if !self.spent {
                self.opened.troubles.push(Trouble::spent(spent, self.budget, member));
            }
            self.spent = true;
        }
        paid.is_ok()
    }
}

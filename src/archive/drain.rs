//! Reading members through the budget, chunk by chunk.
//!
//! The budget is asked after every chunk and never told a declared size: a bomb
//! declares ten bytes. Once it is spent nothing more is read from the archive.

use super::{Active, Member, Opened, TextRun, Trouble, Why};
use crate::mail::{Budget, Spent};
use bytes::Bytes;
use std::io::Read;

/// Bytes of a member's name, path included: no program makes files of longer ones. Every check asks
/// for every name, of ten thousand members perhaps.
const LONGEST: usize = 1024;

/// The end of a name that is too long: it says what the file is.
fn end(name: String) -> String {
    let from = name.ceil_char_boundary(name.len().saturating_sub(LONGEST));
    if from == 0 { name } else { name.get(from..).unwrap_or_default().to_owned() }
}

/// Takes members out of one archive.
pub(super) struct Drain<'a> {
    budget: &'a mut Budget,
    passwords: &'a [String],
    /// The one that worked.
    known: Option<&'a str>,
    opened: Opened,
    spent: bool,
    chunk: Vec<u8>,
}

impl<'a> Drain<'a> {
    pub(super) fn new(budget: &'a mut Budget, passwords: &'a [String]) -> Drain<'a> {
        let opened = Opened::default();
        Drain { budget, passwords, known: None, opened, spent: false, chunk: Vec::new() }
    }

    /// The passwords to try, the one that worked first.
    pub(super) fn passwords(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let known = self.known;
        let others = self.passwords.iter().map(String::as_str);
        known.into_iter().chain(others.filter(move |other| Some(*other) != known))
    }

    /// The budget that pays for all.
    pub(super) fn budget(&self) -> &Budget {
        self.budget
    }

    /// Spends one attempt with a password.
    pub(super) fn attempt(&mut self) -> bool {
        self.budget.attempt()
    }

    /// Spends one file that a child reads; says so if there is none left.
    pub(super) fn errand(&mut self) -> bool {
        let left = self.budget.errand();
        if !left {
            let most = u64::from(Budget::ERRANDS);
            self.over_limit(None, "one file of this kind too many in a letter", (most + 1, most));
        }
        left
    }

    /// The first passwords, for a reader that tries them out of our sight: `most` at most, and no
    /// more than attempts are left. Each is an attempt spent, whether or not it is needed.
    pub(super) fn hand_out(&mut self, most: usize) -> &'a [String] {
        let wanted = self.passwords.len().min(most);
        let count = (0..wanted).take_while(|_| self.attempt()).count();
        self.passwords.get(..count).unwrap_or_default()
    }

    /// Notes the password that worked.
    pub(super) fn unlocked(&mut self, password: &'a str) {
        self.known = Some(password);
        self.opened.password = Some(password.to_owned());
    }

    /// Keeps text of a page, charged with what it costs to hold; whether there was room.
    pub(super) fn text(&mut self, run: TextRun) -> bool {
        const RUN: usize = 64;
        let paid = self.pay("text", run.text.len() + run.font.len() + RUN);
        self.opened.pages.runs.push(run);
        paid
    }

    /// Notes that there is more text than was told.
    pub(super) fn text_cut(&mut self) {
        self.opened.pages.cut = true;
    }

    /// Notes that some text could not be read.
    pub(super) fn text_damaged(&mut self) {
        self.opened.pages.damaged = true;
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
            let member = member.map(end);
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

    /// Notes that a decoder gave up. One that would need too much memory says so by its kind.
    pub(super) fn failed(&mut self, member: Option<&str>, error: &std::io::Error) {
        let why = match error.kind() {
            std::io::ErrorKind::OutOfMemory => Why::OverLimit,
            std::io::ErrorKind::Unsupported => Why::Unsupported,
            _ => Why::Unreadable,
        };
        self.trouble(why, member, &error.to_string());
    }

    /// Whether there is time left; says so, once, if not.
    pub(super) fn is_awake(&mut self) -> bool {
        let awake = self.budget.check();
        self.check(awake, None)
    }

    /// Members of all archives of one message.
    pub(super) fn most(&self) -> usize {
        self.budget.limits().members as usize
    }

    /// Whether so many members may still come; says so if not.
    pub(super) fn allows(&mut self, members: u64) -> bool {
        let limit = u64::from(self.budget.limits().members);
        if members > limit {
            self.over_limit(None, "has too many members", (members, limit));
        }
        members <= limit
    }

    /// How many members one message may have.
    pub(super) fn members(&self) -> u32 {
        self.budget.limits().members
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

    /// Whether the message's time is over; a trouble says so.
    pub(super) fn is_cancelled(&mut self) -> bool {
        let checked = self.budget.check();
        !self.check(checked, None)
    }

    /// Pays for bytes that were not read through here; whether the budget had them.
    pub(super) fn pay(&mut self, name: &str, bytes: usize) -> bool {
        let paid = self.budget.unpack(bytes as u64);
        self.check(paid, Some(name))
    }

    /// A buffer for what so many bytes unpack to, if they are what they claim: one that grows by
    /// doubling touches twice the memory, which takes longer than unpacking. What is claimed and
    /// not written is never touched, and given back.
    pub(super) fn room(&self, packed: u64, claimed: u64) -> Vec<u8> {
        /// Deflate makes no more of a byte.
        const MOST: u64 = 1032;
        let left = self.budget.limits().unpacked.saturating_sub(self.budget.unpacked());
        let room = claimed.min(packed.saturating_mul(MOST)).min(left);
        Vec::with_capacity(usize::try_from(room).unwrap_or_default())
    }

    /// Keeps bytes that stand in the archive as they are.
    pub(super) fn keep(&mut self, name: String, bytes: Bytes, whole: bool) {
        if self.pay(&name, bytes.len()) {
            self.push(name, Vec::new(), bytes, whole);
        }
    }

    /// Keeps a member of which only the name is known.
    pub(super) fn keep_name(&mut self, name: String, aliases: Vec<String>) {
        self.push(name, aliases, Bytes::new(), false);
    }

    /// Keeps bytes that were paid for while they were read.
    pub(super) fn push(&mut self, name: String, aliases: Vec<String>, bytes: Bytes, whole: bool) {
        let longest = aliases.iter().chain([&name]).map(String::len).max().unwrap_or_default();
        if longest > LONGEST {
            let measure = (longest as u64, LONGEST as u64);
            self.over_limit(Some(&name), "has a name longer than any path", measure);
        }
        let (name, aliases) = (end(name), aliases.into_iter().map(end).collect());
        self.opened.members.push(Member { name, aliases, bytes, whole, ..Member::default() });
    }

    /// How many members were kept: the number of the next.
    pub(super) fn kept(&self) -> usize {
        self.opened.members.len()
    }

    /// Gives a member, by its number, one more name.
    pub(super) fn alias(&mut self, number: usize, name: &str) {
        if let Some(member) = self.opened.members.get_mut(number) {
            member.aliases.push(end(name.to_owned()));
        }
    }

    /// Says more of the member that was kept last.
    pub(super) fn mark(&mut self, say: impl FnOnce(&mut Member)) {
        if let Some(last) = self.opened.members.last_mut() {
            say(last);
        }
    }

    /// Reads to the end, or to the end of the budget, or to the first defect, behind what is
    /// already in `out`. Whether it came to the end.
    pub(super) fn read(&mut self, name: &str, reader: &mut dyn Read, out: &mut Vec<u8>) -> bool {
        match self.probe(name, reader, out) {
            Ok(whole) => whole,
            Err(error) => {
                self.failed(Some(name), &error);
                false
            }
        }
    }

    /// The same, with a defect given back instead of noted: a wrong password is none.
    pub(super) fn probe(
        &mut self,
        name: &str,
        reader: &mut dyn Read,
        out: &mut Vec<u8>,
    ) -> std::io::Result<bool> {
        // One buffer for all members: fresh pages for each of ten thousand cost two seconds.
        let mut chunk = std::mem::take(&mut self.chunk);
        chunk.resize(64 << 10, 0);
        let whole = loop {
            match reader.read(&mut chunk) {
                Ok(0) => break Ok(true),
                Ok(count) => {
                    out.extend_from_slice(chunk.get(..count).unwrap_or_default());
                    if !self.pay(name, count) {
                        break Ok(false);
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.chunk = chunk;
        if out.capacity() / 2 > out.len() {
            out.shrink_to_fit();
        }
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

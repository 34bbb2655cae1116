//! Unfolding: from the bytes of a message to all its parts, archives in archives included.
//!
//! A container is opened once, where it is met; what is inside becomes parts with a longer
//! path, so that every check of parts sees members without a line of its own.

use super::active;
use super::leaf::{is_attached_mail, is_offered, is_page, part_of, pictures_in_html, texts};
use super::part::{Facts, Note, Obstacle, Part, Role, Trouble};
use super::passwords::{self, Text};
use super::text;
use crate::archive::{self, Member, Opened, Opener};
use crate::mail::name::{escape, shown};
use crate::mail::{Budget, Defect, Family, FileType, Message, Other, header};
use bytes::Bytes;
use std::collections::HashMap;

/// Characters of a name that a path or an obstacle shows.
const NAME: usize = 200;

/// Takes a whole message apart, under the budget.
pub fn unfold(raw: &Bytes, opener: &Opener, budget: &mut Budget) -> Facts {
    let mut unfolding = Unfolding::new(opener, budget);
    unfolding.mail(raw, "", 0);
    unfolding.facts
}

/// Takes one file apart as if it were attached to a message, under the budget.
pub fn unfold_file(name: &str, bytes: &Bytes, opener: &Opener, budget: &mut Budget) -> Facts {
    let mut unfolding = Unfolding::new(opener, budget);
    let file = Member { name: name.to_owned(), bytes: bytes.clone(), ..Member::default() };
    unfolding.part(Part::of_member(file, step(name), Role::Attachment), false, 0);
    unfolding.facts
}

/// A message being taken apart.
struct Unfolding<'b> {
    facts: Facts,
    /// Whether a saved page (`.mht`) is being taken apart: its HTML is opened by a browser.
    page: bool,
    /// Member paths in use, and the number that the next equal one gets.
    taken: HashMap<String, u32>,
    /// The path of a leaf that is damaged in one view and whole in another, while it is opened.
    damaged: Option<String>,
    opener: Opener,
    /// The mails met so far, with their texts, until passwords are looked for in them.
    letters: Option<Vec<Letter>>,
    /// What is left for the texts of all parts.
    purse: text::Purse,
    budget: &'b mut Budget,
}

/// A mail, as far as a password may stand in it.
struct Letter {
    raw: Bytes,
    texts: Vec<Text>,
}

/// A file that is being opened.
struct Inside<'a> {
    /// The path under which its members stand.
    path: &'a str,
    name: Option<String>,
    kind: FileType,
    /// Whether it is text that a reader sees as such: what it quotes is not opened.
    quoted: bool,
    /// How deep its members lie.
    depth: u32,
    /// Its own place among the parts.
    part: usize,
}

impl<'b> Unfolding<'b> {
    fn new(opener: &Opener, budget: &'b mut Budget) -> Unfolding<'b> {
        let (facts, taken, letters) = (Facts::default(), HashMap::new(), Some(Vec::new()));
        let (opener, purse) = (opener.clone(), text::Purse::default());
        Unfolding { facts, page: false, taken, damaged: None, opener, letters, purse, budget }
    }

    /// A mail: the message itself (`prefix` is empty), or one attached as a file.
    fn mail(&mut self, raw: &Bytes, prefix: &str, depth: u32) {
        let message = Message::parse(raw, self.budget);
        for defect in &message.defects {
            self.defect(defect, prefix);
        }
        if let Some(letters) = &mut self.letters {
            letters.push(Letter { raw: raw.clone(), texts: texts(&message.leaves) });
        }
        let shown_pictures = pictures_in_html(&message.leaves, self.budget);
        for leaf in message.leaves {
            let damaged = leaf.damaged.then(|| format!("{prefix}{}", leaf.section));
            let outer = damaged.is_some().then(|| std::mem::replace(&mut self.damaged, damaged));
            let page = self.page || is_offered(&leaf);
            let outer_page = std::mem::replace(&mut self.page, page);
            let part = part_of(leaf, prefix, &shown_pictures);
            // The files inside an attached mail are bytes of that attachment, and counted once.
            if part.role == Role::Attachment && prefix.is_empty() {
                self.facts.attachment_bytes += part.bytes.len() as u64;
            }
            self.part(part, false, depth);
            self.page = outer_page;
            if let Some(outer) = outer {
                self.damaged = outer;
            }
        }
        if prefix.is_empty() {
            self.facts.attachment_bytes += message.surplus;
            self.facts.message_id = message.message_id;
            self.facts.fields = message.fields;
            self.facts.received = message.received;
            let (header, whole) = header::block(raw);
            self.facts.header = header;
            self.facts.header_is_cut = !whole;
        }
    }

    /// A part: noted, and opened where something is inside. `mail`: it is one, whatever it looks
    /// like.
    fn part(&mut self, mut part: Part, mail: bool, depth: u32) {
        let seen = self.look(&mut part);
        part.active = seen.active;
        if !part.detected.is_zip() {
            part.text = text::Text::new(&part, Vec::new(), &mut self.purse, self.budget);
        }
        let bytes = part.bytes.clone();
        let others = part.detected.others(&bytes);
        part.also = others.iter().map(|other| other.kind).collect();
        // A picture that is an archive too is no picture of the letter's.
        let whole = matches!(part.role, Role::Body | Role::Attachment);
        part.listed |= whole && others.iter().any(|other| other.kind.family != Family::Text);
        let (mail, page) = (mail || is_attached_mail(&part), is_page(&part));
        let inside = match part.name().filter(|_| whole) {
            Some(name) => format!("{}/{}", part.path, step(name)),
            None => part.path.clone(),
        };
        let file = Inside {
            path: &inside,
            name: part.names.first().cloned(),
            kind: part.detected,
            quoted: part.role == Role::Body || part.path.contains('~'),
            depth: depth + 1,
            part: self.facts.parts.len(),
        };
        self.facts.parts.push(part);
        for opened in seen.opened {
            if self.may_open(&file, true) {
                self.members(opened, &file);
            }
        }
        match mail {
            false => self.file(&bytes, &others, &file),
            true if self.may_open(&file, false) => {
                let outer = std::mem::replace(&mut self.page, page);
                self.mail(&bytes, &format!("{inside}/"), file.depth);
                self.page = outer;
            }
            true => {}
        }
    }

    /// What a part does by itself, as far as there is work left for looking at it.
    fn look(&mut self, part: &mut Part) -> active::Found {
        let (cost, left, whole) = (active::cost(part), self.budget.work_left(), part.bytes.clone());
        if self.budget.work(cost).is_err() {
            // What stands in front is what a program reads first: the share that is paid for.
            let size = whole.len() as u64;
            let share = size.saturating_mul(left) / cost.max(1);
            part.bytes.truncate(usize::try_from(share).unwrap_or(usize::MAX));
        }
        let seen = active::look(part, self.page, self.budget);
        part.bytes = whole;
        if self.budget.take_cut() {
            let (path, name) = (part.path.clone(), part.names.first().cloned());
            let detail = "more text and markup, or deeper, than is looked at";
            self.obstacle(true, Trouble::OverLimit, &path, name, detail);
        }
        seen
    }

    /// A file that is no mail: whatever archives it is, and those behind it, each by the reader
    /// that would find it there.
    fn file(&mut self, bytes: &Bytes, others: &[Other], file: &Inside) {
        // A letter that begins with a quoted mailbox or a locked letter is still a letter.
        let quoted = file.quoted && matches!(file.kind.extension, "mbox" | "emlx" | "pgp");
        let container = file.kind.is_container() && !quoted;
        if container {
            self.container(file.kind, bytes, file);
        }
        // Documents of OLE hold others as they are, and their own reader finds those.
        let closed = container || file.kind.is_compound();
        let hiding = !closed || file.kind.extension == "pdf";
        if hiding && !others.iter().any(|other| other.kind.is_zip()) {
            self.hidden_zip(bytes, file);
        }
        if file.kind.family == Family::Executable {
            self.behind_program(bytes, file);
        }
        for other in others.iter().filter(|other| other.kind.is_container()) {
            self.container(other.kind, &bytes.slice(other.at.min(bytes.len())..), file);
        }
    }

    /// Whether there is depth left to look inside; noted if not.
    fn may_open(&mut self, file: &Inside, archive: bool) -> bool {
        let Err(spent) = self.budget.depth(file.depth) else { return true };
        let detail = if archive { "archives nested too deeply" } else { "attached mail" };
        self.obstacle(archive, spent.into(), file.path, file.name.clone(), detail);
        false
    }

    /// An archive, or what else has files inside.
    fn container(&mut self, kind: FileType, bytes: &Bytes, file: &Inside) {
        if !self.may_open(file, true) {
            return;
        }
        self.passwords(kind, bytes);
        let opened = self.opener.open(kind, file.name.as_deref(), bytes, self.budget);
        if let Some(mut opened) = opened {
            if let Some(part) = self.facts.parts.get_mut(file.part) {
                part.active.append(&mut opened.active);
                part.text.take(std::mem::take(&mut opened.pages));
                if kind == part.detected && kind.is_zip() {
                    let members = text::members(&opened);
                    part.text = text::Text::new(part, members, &mut self.purse, self.budget);
                }
            }
            self.members(opened, file);
        }
    }

    /// What opened one archive of a letter likely opens the next.
    fn worked(&mut self, password: String) {
        self.opener.passwords.retain(|other| *other != password);
        self.opener.passwords.insert(0, password);
    }

    /// Collects what the letter says about passwords, once something may be locked.
    fn passwords(&mut self, detected: FileType, bytes: &[u8]) {
        if self.letters.is_none() || !archive::may_be_locked(detected, bytes) {
            return;
        }
        let letters = self.letters.take().unwrap_or_default();
        let subject = |letter: &Letter| passwords::subject(&letter.raw);
        let subjects: Vec<String> = letters.iter().filter_map(subject).collect();
        let texts: Vec<Text> = letters.into_iter().flat_map(|letter| letter.texts).collect();
        self.opener.passwords = passwords::candidates(&subjects, &texts, &self.opener.passwords);
    }

    /// A zip is found from its end, so any file may have one behind it: readers of archives show
    /// its members. What only looks like one is not an archive that failed to open.
    fn hidden_zip(&mut self, bytes: &Bytes, file: &Inside) {
        if !archive::ends_in_zip(bytes) || self.budget.depth(file.depth).is_err() {
            return;
        }
        let Some(zip) = FileType::by_extension("zip") else { return };
        self.carried(zip, bytes, file);
    }

    /// What a program carries that unpacks itself; one that merely holds the signature, as every
    /// program for archives does, carries nothing.
    fn behind_program(&mut self, bytes: &Bytes, file: &Inside) {
        if self.opener.worker.is_none() || self.budget.depth(file.depth).is_err() {
            return;
        }
        let Some((kind, archive)) = archive::behind_program(bytes) else { return };
        self.carried(kind, &archive, file);
    }

    /// An archive within a file of another kind, if it is one: it has members.
    fn carried(&mut self, kind: FileType, bytes: &Bytes, file: &Inside) {
        self.passwords(kind, bytes);
        let opened = self.opener.open(kind, file.name.as_deref(), bytes, self.budget);
        if let Some(opened) = opened.filter(|opened| !opened.members.is_empty()) {
            self.members(opened, file);
        }
    }

    /// What came out of an archive.
    fn members(&mut self, opened: Opened, file: &Inside) {
        for trouble in opened.troubles {
            self.trouble(trouble, file);
        }
        if let Some(password) = opened.password {
            self.worked(password);
        }
        for member in opened.members {
            let component = opened.component || member.component;
            self.member(member, if component { Role::Component } else { Role::Member }, file);
        }
    }

    /// What stood in the way of opening it.
    fn trouble(&mut self, trouble: archive::Trouble, file: &Inside) {
        // Whole in the first view, it is reported there; broken for a reader, it is no archive.
        if self.damaged.is_some() && trouble.why == Trouble::Unreadable {
            return;
        }
        // A letter that is locked as a whole is told as such.
        let told = |obstacle: &Obstacle| !obstacle.archive && obstacle.trouble == trouble.why;
        let sealed = trouble.why == Trouble::Encrypted && trouble.member.is_none();
        if sealed
            && matches!(file.kind.extension, "p7m" | "pgp")
            && self.facts.obstacles.iter().any(told)
        {
            return;
        }
        let path = match &trouble.member {
            Some(member) => format!("{}/{}", file.path, step(member)),
            None => file.path.to_owned(),
        };
        self.facts.obstacles.push(Obstacle {
            archive: true,
            trouble: trouble.why,
            path,
            name: trouble.member.or_else(|| file.name.clone()).map(|name| shown(&name, NAME)),
            detail: escape(&trouble.detail, NAME),
            measure: trouble.measure,
        });
    }

    /// One member, which may be opened in turn.
    fn member(&mut self, member: Member, role: Role, file: &Inside) {
        let path = self.free_path(format!("{}/{}", file.path, step(&member.name)));
        if member.unlocked {
            let name = Some(shown(&member.name, NAME));
            self.facts.unlocked.push(Note { path: path.clone(), name });
        }
        let mail = member.mail;
        self.part(Part::of_member(member, path, role), mail, file.depth);
    }

    /// This path, or with `#2` and so on where it is taken: rules ask about parts by path, so no
    /// two may share one, even if a sender names a file `a.txt#2`.
    fn free_path(&mut self, path: String) -> String {
        let mut free = path.clone();
        while self.taken.contains_key(&free) {
            let next = self.taken.entry(path.clone()).or_insert(2);
            free = format!("{path}#{next}");
            *next += 1;
        }
        self.taken.insert(free.clone(), 2);
        free
    }

    /// A defect of the MIME structure.
    fn defect(&mut self, defect: &Defect, prefix: &str) {
        match defect {
            Defect::Limit { section, spent } => {
                let path = format!("{prefix}{section}");
                self.obstacle(
                    false,
                    (*spent).into(),
                    &path,
                    None,
                    "too many or too deep MIME parts",
                );
            }
            Defect::Unread { section, encrypted, what } => {
                let path = format!("{prefix}{section}");
                let trouble = if *encrypted { Trouble::Encrypted } else { Trouble::Unsupported };
                self.obstacle(false, trouble, &path, None, what);
            }
            Defect::Ambiguous { weight, section, construct } => {
                self.facts.ambiguities.push(super::part::Ambiguity {
                    weight: *weight,
                    path: format!("{prefix}{section}"),
                    construct,
                });
            }
        }
    }

    /// Something that could not be looked at.
    fn obstacle(
        &mut self,
        archive: bool,
        trouble: Trouble,
        path: &str,
        name: Option<String>,
        detail: &str,
    ) {
        self.facts.obstacles.push(Obstacle {
            archive,
            trouble,
            path: path.to_owned(),
            name: name.map(|name| shown(&name, NAME)),
            detail: detail.to_owned(),
            measure: None,
        });
    }
}

/// A name as one step of a part path: shown, with controls escaped.
fn step(name: &str) -> String {
    escape(name.trim_start_matches(['/', '\\']), NAME)
}

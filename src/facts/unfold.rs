//! Unfolding: from the bytes of a message to all its parts, archives in archives included.
//!
//! A container is opened once, where it is met; what is inside becomes parts with a longer
//! path, so that every check of parts sees members without a line of its own.

use super::active;
use super::part::{Facts, Note, Obstacle, Part, Role, Trouble};
use super::passwords::{self, Text};
use crate::archive::{self, Opened, Opener};
use crate::mail::name::{escape, extension, shown};
use crate::mail::{Budget, Defect, Family, FileType, Leaf, Message};
use bytes::Bytes;
use std::collections::{HashMap, HashSet};

/// Characters of a name that a path or an obstacle shows.
const NAME: usize = 200;

/// Takes a whole message apart, under the budget.
pub fn unfold(raw: &Bytes, opener: &Opener, budget: &mut Budget) -> Facts {
    let opener = opener.clone();
    let (facts, taken, letters) = (Facts::default(), HashMap::new(), Some(Vec::new()));
    let mut unfolding =
        Unfolding { facts, page: false, taken, damaged: None, opener, letters, budget };
    unfolding.mail(raw, "", 0);
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
    /// How deep its members lie.
    depth: u32,
    /// Its own place among the parts.
    part: usize,
}

impl Unfolding<'_> {
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
            let part = part_of(leaf, prefix, &shown_pictures);
            // The files inside an attached mail are bytes of that attachment, and counted once.
            if part.role == Role::Attachment && prefix.is_empty() {
                self.facts.attachment_bytes += part.bytes.len() as u64;
            }
            self.part(part, false, depth);
            if let Some(outer) = outer {
                self.damaged = outer;
            }
        }
        if prefix.is_empty() {
            self.facts.attachment_bytes += message.surplus;
            self.facts.message_id = message.message_id;
            self.facts.received = message.received;
        }
    }

    /// A part: noted, and opened where something is inside. `mail`: it is one, whatever it looks
    /// like.
    fn part(&mut self, mut part: Part, mail: bool, depth: u32) {
        let seen = active::look(&part, self.page, self.budget);
        part.active = seen.active;
        let inside = match part.role {
            Role::Member | Role::Component => part.path.clone(),
            Role::Body | Role::Attachment => match part.name() {
                Some(name) => format!("{}/{}", part.path, step(name)),
                None => part.path.clone(),
            },
        };
        let (bytes, detected, role) = (part.bytes.clone(), part.detected, part.role);
        let mail = mail || is_attached_mail(&part);
        let name = part.names.first().cloned();
        let file = Inside { path: &inside, name, depth: depth + 1, part: self.facts.parts.len() };
        let others = detected.others(&bytes);
        part.also = others.iter().map(|other| other.kind).collect();
        let is_page = is_page(&part);
        // A picture that is an archive too is no picture of the letter's.
        let whole = matches!(role, Role::Body | Role::Attachment);
        part.listed |= whole && others.iter().any(|other| other.kind.family != Family::Text);
        self.facts.parts.push(part);
        for opened in seen.opened {
            if self.may_open(&file, true) {
                self.members(opened, &file);
            }
        }
        if mail {
            if self.may_open(&file, false) {
                let outer = std::mem::replace(&mut self.page, is_page);
                self.mail(&bytes, &format!("{inside}/"), file.depth);
                self.page = outer;
            }
            return;
        }
        // A letter that begins with a quoted mailbox is still a letter.
        let quoted = role == Role::Body && detected.extension == "mbox";
        let container = detected.is_container() && !quoted;
        if container {
            self.container(detected, &bytes, &file);
        }
        let hiding = !container || detected.extension == "pdf";
        if hiding && !others.iter().any(|other| other.kind.is_zip()) {
            self.hidden_zip(&bytes, &file);
        }
        if detected.family == Family::Executable {
            self.behind_program(&bytes, &file);
        }
        // The archives behind it, each by the reader that would find it there.
        for other in others.iter().filter(|other| other.kind.is_container()) {
            self.container(other.kind, &bytes.slice(other.at.min(bytes.len())..), &file);
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
        self.passwords(zip, bytes);
        let opened = self.opener.open(zip, file.name.as_deref(), bytes, self.budget);
        if let Some(opened) = opened.filter(|opened| !opened.members.is_empty()) {
            self.members(opened, file);
        }
    }

    /// What a program carries that unpacks itself; one that merely holds the signature, as every
    /// program for archives does, carries nothing.
    fn behind_program(&mut self, bytes: &Bytes, file: &Inside) {
        if self.opener.worker.is_none() || self.budget.depth(file.depth).is_err() {
            return;
        }
        let Some((kind, archive)) = archive::behind_program(bytes) else { return };
        self.passwords(kind, &archive);
        let opened = self.opener.open(kind, file.name.as_deref(), &archive, self.budget);
        if let Some(opened) = opened.filter(|opened| !opened.members.is_empty()) {
            self.members(opened, file);
        }
    }

    /// What came out of an archive.
    fn members(&mut self, opened: Opened, file: &Inside) {
        let inside = file.path;
        for trouble in opened.troubles {
            // Whole in the first view, it is reported there; broken for a reader, it is no archive.
            if self.damaged.is_some() && trouble.why == Trouble::Unreadable {
                continue;
            }
            let path = match &trouble.member {
                Some(member) => format!("{inside}/{}", step(member)),
                None => inside.to_owned(),
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
        if let Some(password) = opened.password {
            self.worked(password);
        }
        for member in opened.members {
            let component = opened.component || member.component;
            let role = if component { Role::Component } else { Role::Member };
            let mail = member.mail;
            let path = self.free_path(format!("{inside}/{}", step(&member.name)));
            if member.unlocked {
                let name = Some(shown(&member.name, NAME));
                self.facts.unlocked.push(Note { path: path.clone(), name });
            }
            let part = Part {
                path,
                role,
                // A mail is judged by its parts.
                listed: role == Role::Member && !mail,
                names: [vec![member.name], member.aliases].concat(),
                declared: None,
                also_declared: Vec::new(),
                charset: None,
                detected: FileType::detect(&member.bytes),
                also: Vec::new(),
                active: Vec::new(),
                size: member.bytes.len() as u64,
                bytes: member.bytes,
            };
            self.part(part, mail, file.depth);
        }
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

/// The texts of a mail, its bodies and what is attached as text.
fn texts(leaves: &[Leaf]) -> Vec<Text> {
    let text = |leaf: &&Leaf| {
        leaf.is_body
            || leaf.declared.as_deref().is_some_and(|declared| declared.starts_with("text/"))
    };
    let texts = leaves.iter().filter(text).map(|leaf| Text {
        bytes: leaf.bytes.clone(),
        charset: leaf.charset.clone(),
        html: leaf.declared.as_deref() == Some("text/html"),
    });
    texts.collect()
}

/// Whether a file is itself a mail that a reader opens. A body that merely quotes headers is not.
fn is_attached_mail(part: &Part) -> bool {
    let named = |list: &[&str]| {
        let mut extensions = part.names.iter().filter_map(|name| extension(name));
        extensions.any(|extension| list.contains(&extension.as_str()))
    };
    // Browsers and Word take a page with two header fields, which is too few for a mail.
    let head = part.bytes.get(..64).unwrap_or(&part.bytes).trim_ascii_start().to_ascii_lowercase();
    let saved = head.starts_with(b"mime-version:") || head.starts_with(b"content-type:");
    part.role != Role::Body
        && (part.detected.family == Family::Mail && !part.detected.is_container()
            || part.detected.family == Family::Text && (named(&["eml"]) || saved && named(PAGES)))
}

/// Names of files that a browser or an office program opens, a saved page among them.
const PAGES: &[&str] = &[
    "mht", "mhtml", "htm", "html", "doc", "dot", "wbk", "docx", "docm", "rtf", "xls", "xlt",
    "xlsx", "xlsm", "ppt", "pps", "pot", "xml",
];

/// Whether a file that is a mail by its content is a page by its name.
fn is_page(part: &Part) -> bool {
    let mut extensions = part.names.iter().filter_map(|name| extension(name));
    extensions.any(|ext| PAGES.contains(&ext.as_str()))
}

/// A leaf as a part.
fn part_of(leaf: Leaf, prefix: &str, shown_pictures: &HashSet<String>) -> Part {
    let detected = FileType::detect(&leaf.bytes);
    let role = if leaf.is_body { Role::Body } else { Role::Attachment };
    Part {
        path: format!("{prefix}{}", leaf.section),
        role,
        // The first view's reading of it is held against the list.
        listed: !leaf.damaged && is_listed(&leaf, detected, shown_pictures),
        names: leaf.names,
        declared: leaf.declared,
        also_declared: leaf.also_declared,
        charset: leaf.charset,
        detected,
        also: Vec::new(),
        active: Vec::new(),
        size: leaf.bytes.len() as u64,
        bytes: leaf.bytes,
    }
}

/// Whether the whitelist of formats judges a leaf: everything but what mail itself is made of.
/// The content must bear the exemption out, or a label would be a way past the list.
fn is_listed(leaf: &Leaf, detected: FileType, shown_pictures: &HashSet<String>) -> bool {
    use Family::{Audiovisual, Mail, Picture, Script, Text, Unknown};
    let family = detected.family;
    let textual = matches!(family, Text | Mail | Script | Unknown);
    let declared = leaf.declared.as_deref().unwrap_or("text/plain");
    let exempt = match declared {
        _ if leaf.is_body => !matches!(family, Family::Archive | Family::Executable | Audiovisual),
        "message/delivery-status"
        | "message/disposition-notification"
        | "message/global-delivery-status"
        | "message/global-disposition-notification"
        | "message/global-headers"
        | "message/rfc822"
        | "message/global"
        | "text/calendar"
        | "text/rfc822-headers" => textual,
        "application/pgp-signature"
        | "application/pkcs7-signature"
        | "application/x-pkcs7-signature" => textual,
        // Shells around a mail or around files: what is inside is judged.
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => detected.extension == "p7m",
        _ if detected.extension == "tnef" => true,
        _ => {
            family == Picture
                && leaf.content_id.as_ref().is_some_and(|id| shown_pictures.contains(id))
        }
    };
    !exempt
}

/// The Content-IDs of this mail's leaves that its HTML bodies show (RFC 2392).
fn pictures_in_html(leaves: &[Leaf], budget: &Budget) -> HashSet<String> {
    let mut shown = HashSet::new();
    let wanted: HashSet<&[u8]> =
        leaves.iter().filter_map(|leaf| leaf.content_id.as_deref()).map(str::as_bytes).collect();
    let html = leaves.iter().filter(|leaf| leaf.declared.as_deref() == Some("text/html"));
    for leaf in html.filter(|_| !wanted.is_empty()) {
        let mut rest = &leaf.bytes[..];
        // An id is read once and the search goes on behind it: linear in the text.
        while let Some(at) = memchr::memmem::find(rest, b"cid:") {
            let id = rest.get(at + 4..).unwrap_or_default();
            let end = id.iter().take(256).position(|byte| b"\"' >)\r\n".contains(byte));
            let (id, behind) = id.split_at(end.unwrap_or(id.len().min(256)));
            rest = behind;
            if wanted.contains(id) {
                shown.insert(String::from_utf8_lossy(id).into_owned());
            }
            if budget.check().is_err() {
                return shown;
            }
        }
    }
    shown
}

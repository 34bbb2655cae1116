//! Unfolding: from the bytes of a message to all its parts, archives in archives included.
//!
//! A container is opened once, where it is met; what is inside becomes parts with a longer
//! path, so that every check of parts sees members without a line of its own.

use super::part::{Facts, Obstacle, Part, Role, Trouble};
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
    let mut unfolding =
        Unfolding { facts: Facts::default(), taken: HashMap::new(), opener, budget };
    unfolding.mail(raw, "", 0);
    unfolding.facts
}

/// A message being taken apart.
struct Unfolding<'b> {
    facts: Facts,
    /// Member paths in use, and the number that the next equal one gets.
    taken: HashMap<String, u32>,
    opener: Opener,
    budget: &'b mut Budget,
}

impl Unfolding<'_> {
    /// A mail: the message itself (`prefix` is empty), or one attached as a file.
    fn mail(&mut self, raw: &Bytes, prefix: &str, depth: u32) {
        let message = Message::parse(raw, self.budget);
        for defect in &message.defects {
            self.defect(defect, prefix);
        }
        let shown_pictures = pictures_in_html(&message.leaves, self.budget);
        for leaf in message.leaves {
            let part = part_of(leaf, prefix, &shown_pictures);
            // The files inside an attached mail are bytes of that attachment, and counted once.
            if part.role == Role::Attachment && prefix.is_empty() {
                self.facts.attachment_bytes += part.bytes.len() as u64;
            }
            self.part(part, depth);
        }
        if prefix.is_empty() {
            self.facts.message_id = message.message_id;
            self.facts.fields = message.fields;
            self.facts.received = message.received;
        }
    }

    /// A part: noted, and opened where something is inside.
    fn part(&mut self, part: Part, depth: u32) {
        let inside = match part.role {
            Role::Member | Role::Component => part.path.clone(),
            Role::Body | Role::Attachment => match part.name() {
                Some(name) => format!("{}/{}", part.path, step(name)),
                None => part.path.clone(),
            },
        };
        let (bytes, detected, name) =
            (part.bytes.clone(), part.detected, part.names.first().cloned());
        let role = part.role;
        self.facts.parts.push(part);
        if is_attached_mail(detected, name.as_deref(), role) {
            match self.budget.depth(depth + 1) {
                Ok(()) => self.mail(&bytes, &format!("{inside}/"), depth + 1),
                Err(spent) => self.obstacle(false, spent.into(), &inside, name, "attached mail"),
            }
            return;
        }
        if !detected.is_container() {
            self.hidden_zip(&bytes, &inside, name, depth + 1);
            return;
        }
        if let Err(spent) = self.budget.depth(depth + 1) {
            let trouble = spent.into();
            self.obstacle(true, trouble, &inside, name, "archives nested too deeply");
            return;
        }
        if let Some(opened) = self.opener.open(detected, name.as_deref(), &bytes, self.budget) {
            self.members(opened, &inside, name, depth + 1);
        }
    }

    /// A zip is found from its end, so any file may have one behind it: readers of archives show
    /// its members. What only looks like one is not an archive that failed to open.
    fn hidden_zip(&mut self, bytes: &Bytes, inside: &str, name: Option<String>, depth: u32) {
        if !archive::ends_in_zip(bytes) || self.budget.depth(depth).is_err() {
            return;
        }
        let Some(zip) = FileType::by_extension("zip") else { return };
        let opened = self.opener.open(zip, name.as_deref(), bytes, self.budget);
        if let Some(opened) = opened.filter(|opened| !opened.members.is_empty()) {
            self.members(opened, inside, name, depth);
        }
    }

    /// What came out of an archive.
    fn members(&mut self, opened: Opened, inside: &str, name: Option<String>, depth: u32) {
        for trouble in opened.troubles {
            let path = match &trouble.member {
                Some(member) => format!("{inside}/{}", step(member)),
                None => inside.to_owned(),
            };
            self.facts.obstacles.push(Obstacle {
                archive: true,
                trouble: trouble.why,
                path,
                name: trouble.member.or_else(|| name.clone()).map(|name| shown(&name, NAME)),
                detail: escape(&trouble.detail, NAME),
                measure: trouble.measure,
            });
        }
        let role = if opened.component { Role::Component } else { Role::Member };
        for member in opened.members {
            let path = self.free_path(format!("{inside}/{}", step(&member.name)));
            let part = Part {
                path,
                role,
                listed: role == Role::Member,
                names: [vec![member.name], member.aliases].concat(),
                declared: None,
                charset: None,
                detected: FileType::detect(&member.bytes),
                active: Vec::new(),
                size: member.bytes.len() as u64,
                bytes: member.bytes,
            };
            self.part(part, depth);
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

/// Whether a file is itself a mail that a reader opens. A body that merely quotes headers is not.
fn is_attached_mail(detected: FileType, name: Option<&str>, role: Role) -> bool {
    role != Role::Body
        && (detected.family == Family::Mail
            || (name.and_then(extension).as_deref() == Some("eml")
                && detected.family == Family::Text))
}

/// A leaf as a part.
fn part_of(leaf: Leaf, prefix: &str, shown_pictures: &HashSet<String>) -> Part {
    let detected = FileType::detect(&leaf.bytes);
    let role = if leaf.is_body { Role::Body } else { Role::Attachment };
    Part {
        path: format!("{prefix}{}", leaf.section),
        role,
        listed: is_listed(&leaf, detected, shown_pictures),
        names: leaf.names,
        declared: leaf.declared,
        charset: leaf.charset,
        detected,
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

//! The whitelist of formats, and files that are not what they say they are.
//!
//! A name on the list with the content of another type is refused like a name
//! off the list: a regulation that lets in `.pdf` means PDF files. Every name
//! that some reader would show is judged.

use super::executable::{NAME, promised};
use super::{Check, PartCheck};
use crate::facts::{Part, Role};
use crate::mail::{Family, FileType, name};
use crate::rules::Policy;
use crate::rules::settings::attachments::Format;
use crate::verdict::{Class, Finding, Grade, Kind};

/// Not on the list, by name or by content.
pub static TYPE: Kind = Kind {
    name: "attachment.type",
    class: Class::Policy,
    about: "An attachment whose name or content is not on the policy's list of formats",
};

/// Says one thing and is another.
pub static MISMATCH: Kind = Kind {
    name: "type.mismatch",
    class: Class::Policy,
    about: "A file whose name or declared type says one thing and whose content is another",
};

/// Not compared with the list.
pub static UNSCANNED: Kind = Kind {
    name: "attachment.unscanned",
    class: Class::Policy,
    about: "An attachment was not compared with the list of formats",
};

static KINDS: &[&Kind] = &[&TYPE, &MISMATCH, &UNSCANNED];

/// The check.
pub struct Attachment;

impl Check for Attachment {
    fn name(&self) -> &'static str {
        "attachment"
    }

    fn kinds(&self) -> &'static [&'static Kind] {
        KINDS
    }

    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl PartCheck for Attachment {
    fn inspect(&self, part: &Part, policy: &Policy) -> Vec<Finding> {
        let allow = policy.settings.attachments.allow.as_deref().filter(|_| part.listed);
        let off = allow.and_then(|formats| off_list(part, formats));
        off.into_iter().chain(mismatch(part)).collect()
    }
}

/// The first reason why the part is not on the list: one of its types is not.
pub fn off_list(part: &Part, formats: &[Format]) -> Option<Finding> {
    part.types().find_map(|found| off_list_as(found, part, formats))
}

fn off_list_as(found: FileType, part: &Part, formats: &[Format]) -> Option<Finding> {
    let finding = |name: Option<&String>, what: &str, detail: String| {
        let finding = Finding::at(&TYPE, &part.path, detail).what(what);
        match name {
            Some(written) => finding.named(name::shown(written, NAME)),
            None => finding,
        }
    };
    let by_content = |name: Option<&String>| {
        let allowed = formats.iter().any(|format| holds(format, found));
        let detail = || format!("{} without an extension is not on the list", found.about());
        (!allowed).then(|| finding(name, found.mime, detail()))
    };
    if part.names.is_empty() {
        return by_content(None);
    }
    part.names.iter().find_map(|written| {
        let Some(extension) = name::extension(written) else { return by_content(Some(written)) };
        let shown = name::shown(&extension, NAME);
        let mut same = formats.iter().filter(|format| format.extension == extension).peekable();
        if same.peek().is_none() {
            let detail = format!(".{shown} is not on the list of formats");
            return Some(finding(Some(written), &shown, detail));
        }
        let detail = || format!(".{shown} is on the list, but its content is {}", found.about());
        (!same.any(|format| holds(format, found)))
            .then(|| finding(Some(written), found.mime, detail()))
    })
}

/// Whether a file of this format may have this content.
fn holds(format: &Format, found: FileType) -> bool {
    let usual = FileType::by_extension(&format.extension);
    // Nothing is in an empty file; and a text is no other file because it begins like a page,
    // a calendar or a message: programs show it as text, since they go by the name.
    let text = usual.is_some_and(|usual| usual.family == Family::Text);
    let harmless = matches!(found.family, Family::Text) || found.mime == "message/rfc822";
    found == FileType::EMPTY
        || format.types.iter().any(|mime| mime.eq_ignore_ascii_case(found.mime))
        || text && harmless
        || format.types.is_empty() && usual == Some(found)
}

/// What the part says of itself, where its content is clearly another thing.
fn mismatch(part: &Part) -> Option<Finding> {
    if part.role == Role::Component {
        return None;
    }
    let found = part.detected;
    let graded = part.names.iter().filter_map(|name| {
        let says = promised(name)?;
        harm(says, found).map(|grade| (grade, says, found, Some(name)))
    });
    let worst = graded.max_by_key(|(grade, ..)| *grade);
    // Mailers declare wrong types for right files every day; a name that fits settles it, but
    // for lies that no mailer tells.
    let named = part.names.iter().any(|name| promised(name).is_some());
    let declared = || {
        let name = part.names.first();
        let says = part.declared.iter().chain(&part.also_declared);
        let graded = says.filter_map(|says| {
            let says = FileType::by_mime(says)?;
            match harm(says, found).filter(|_| !named) {
                Some(grade) => Some((grade, says, found, name)),
                None => lie(part, says).map(|(grade, is)| (grade, says, is, name)),
            }
        });
        graded.max_by_key(|(grade, ..)| *grade)
    };
    let (grade, says, is, name) = worst.or_else(declared)?;
    let detail = format!("says {}, is {}", says.about(), is.describe(&part.bytes));
    let finding = Finding::at(&MISMATCH, &part.path, detail).what(is.mime).graded(grade);
    Some(match name {
        Some(written) => finding.named(name::shown(written, NAME)),
        None => finding,
    })
}

/// A declared type that no mailer writes for such a file, although name and content agree:
/// a program that says it is a picture, a page shown in the letter that is named as a document.
fn lie(part: &Part, says: FileType) -> Option<(Grade, FileType)> {
    use Family::{Audiovisual, Document, Executable, Picture, Script, Text};
    let runs = part.types().find(|kind| matches!(kind.family, Executable | Script));
    // Programs of letters and digits, scripts and shortcuts, are texts to every mailer.
    let binary = || memchr::memchr(0, part.bytes.get(..512).unwrap_or(&part.bytes)).is_some();
    match (says.family, runs) {
        // Add-ins and link files of Excel go out as workbooks.
        (Document, Some(is)) if matches!(is.extension, "xlam" | "jnlp") => None,
        (Picture | Audiovisual | Document, Some(is)) => Some((Grade::Hiding, is)),
        (Text, Some(is)) if is.family == Executable && binary() => Some((Grade::Hiding, is)),
        _ => {
            let page = says.mime == "text/html" && part.detected.mime == says.mime;
            let document = |name: &String| {
                promised(name).is_some_and(|kind| {
                    matches!(kind.family, Document | Picture) && !alike(kind, says)
                })
            };
            let hidden = page && part.names.iter().any(document);
            hidden.then_some((Grade::Odd, part.detected))
        }
    }
}

/// How much it weighs that a file says one thing and is another; `None` where no harm is in it.
fn harm(says: FileType, is: FileType) -> Option<Grade> {
    use Family::{Archive, Document, Executable, Mail, Picture, Script, Text, Unknown};
    if says.mime == is.mime || alike(says, is) {
        return None;
    }
    match (says.family, is.family) {
        // Programs for archives search a file for what they may unpack, in ways of their own.
        (Archive, Unknown) if is == FileType::UNKNOWN => Some(Grade::Odd),
        // What claims to run is found as such, whatever it is.
        (Executable | Script | Unknown, _) | (_, Unknown) => None,
        (_, Executable) => Some(Grade::Hiding),
        (Text, Script) => None,
        (_, Script) => Some(Grade::Hiding),
        // Mailing lists put "the attachment was removed" under the name of what they removed.
        (_, Text) | (Text, Mail) => None,
        // People call every archive a zip.
        (Archive, Archive) => Some(Grade::Sloppy),
        (_, Archive) => Some(Grade::Odd),
        (Archive | Text | Mail, Document | Picture) => Some(Grade::Odd),
        (a, b) if a == b => None,
        _ => Some(Grade::Sloppy),
    }
}

/// Siblings that programs write under each other's names.
fn alike(says: FileType, is: FileType) -> bool {
    // Word, Excel and PowerPoint export web pages, XML and RTF as .doc, .xls and .ppt.
    let office = matches!(says.extension, "doc" | "xls" | "ppt" | "rtf");
    let exported = matches!(is.family, Family::Text | Family::Mail | Family::Document);
    // A damaged or unusual document is still a zip; .emz and .svgz are gzip files.
    let packed = says.is_zip() && is.extension == "zip";
    let squeezed = says.family == Family::Picture && is.extension == "gz";
    office && exported && is.extension != "pdf" || packed || squeezed
}

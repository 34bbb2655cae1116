//! TNEF, the `winmail.dat` of Outlook and Exchange (MS-OXTNEF).
//!
//! A stream of attributes, in which one opens the next attachment and those behind
//! it describe it. A message attached to the message is a TNEF stream of its own
//! inside a property, and becomes a member that is opened in its turn.

use super::drain::Drain;
use super::mapi::{self, Value};
use super::{Why, read, rtf};
use bytes::Bytes;

/// Attributes by number (MS-OXTNEF 2.1.3.1). The type beside it is a sender's, and not every reader
/// looks at it.
const BODY: u16 = 0x800c;
const MESSAGE_PROPERTIES: u16 = 0x9003;
const ATTACHMENT: u16 = 0x9002;
const TITLE: u16 = 0x8010;
const TRANSPORT_NAME: u16 = 0x9001;
const DATA: u16 = 0x800f;
const ATTACHMENT_PROPERTIES: u16 = 0x9005;

/// An attachment while it is put together.
#[derive(Default)]
struct Attached {
    names: Vec<String>,
    data: Vec<Bytes>,
    damaged: bool,
}

/// Takes bodies and attachments out.
pub(super) fn open(bytes: &Bytes, drain: &mut Drain) {
    // Behind the signature stands a key of two bytes.
    let mut here = 6;
    let mut attached: Option<Attached> = None;
    while let Some(level) = bytes.get(here) {
        if !matches!(level, 1 | 2) {
            // More than padding: another program may see what we do not.
            if !read::is_padding(bytes.get(here..).unwrap_or_default()) {
                drain.trouble(Why::Unreadable, None, "something stands behind the end");
            }
            break;
        }
        let length = read::size(bytes, here + 5);
        let (Some(tag), Some(length)) = (read::le16(bytes, here + 1), length) else {
            drain.trouble(Why::Unreadable, None, "it ends within an attribute");
            break;
        };
        let start = here + 9;
        let end = start.saturating_add(length);
        let content = bytes.slice(start.min(bytes.len())..end.min(bytes.len()));
        let sum = content.iter().fold(0u16, |sum, &byte| sum.wrapping_add(u16::from(byte)));
        let right = read::le16(bytes, end) == Some(sum);
        if tag == ATTACHMENT {
            finish(attached.replace(Attached::default()), drain);
        }
        if !right {
            // Outlook shows what it can; what is behind may be read or not.
            drain.trouble(Why::Unreadable, None, "an attribute's checksum is wrong");
        }
        attribute(tag, content, right, &mut attached, drain);
        here = end.saturating_add(2);
        if drain.is_spent() || !drain.is_awake() {
            return;
        }
    }
    finish(attached, drain);
}

/// Takes one attribute.
fn attribute(
    tag: u16,
    content: Bytes,
    whole: bool,
    attached: &mut Option<Attached>,
    drain: &mut Drain,
) {
    match tag {
        BODY => component("body.txt", content, drain),
        MESSAGE_PROPERTIES => match mapi::read(&content, drain) {
            Some(values) => bodies(values, drain),
            None => drain.trouble(Why::Unreadable, None, "the message's properties are damaged"),
        },
        TITLE | TRANSPORT_NAME => add_name(attached, read::name(&content)),
        DATA => {
            let attached = attached.get_or_insert_default();
            attached.damaged |= !whole;
            attached.data.push(content);
        }
        ATTACHMENT_PROPERTIES => match mapi::read(&content, drain) {
            Some(values) => {
                let attached = attached.get_or_insert_default();
                attached.damaged |= !whole;
                if !properties(values, attached) {
                    let limit = NAMES as u64;
                    drain.over_limit(None, "an attachment has too many names", (limit + 1, limit));
                }
            }
            None => drain.trouble(Why::Unreadable, None, "an attachment's properties are damaged"),
        },
        _ => {}
    }
}

fn add_name(attached: &mut Option<Attached>, name: String) {
    let names = &mut attached.get_or_insert_default().names;
    if !name.is_empty() && names.len() < NAMES && !names.contains(&name) {
        names.push(name);
    }
}

/// Names of one attachment that are kept: Outlook writes three.
const NAMES: usize = 8;

/// What an attachment's properties add: the long name first, since Outlook shows it. Whether there
/// was room for all names.
fn properties(values: Vec<(u16, Value)>, attached: &mut Attached) -> bool {
    let mut room = true;
    for (id, value) in values {
        match (id, value) {
            (_, Value::Text(name)) if attached.names.contains(&name) => {}
            (_, Value::Text(_)) if attached.names.len() >= NAMES => room = false,
            (mapi::LONG_NAME, Value::Text(name)) => attached.names.insert(0, name),
            (mapi::NAME | mapi::DISPLAY_NAME | mapi::TRANSPORT_NAME, Value::Text(name)) => {
                attached.names.push(name);
            }
            (mapi::DATA, Value::Binary(data)) => attached.data.push(data),
            _ => {}
        }
    }
    room
}

/// The bodies among a message's properties, as components: no person sees them as files.
fn bodies(values: Vec<(u16, Value)>, drain: &mut Drain) {
    for (id, value) in values {
        match (id, value) {
            (mapi::BODY, Value::Text(text)) => component("body.txt", text.into(), drain),
            (mapi::HTML, Value::Binary(html)) => component("body.html", html, drain),
            (mapi::HTML, Value::Text(html)) => component("body.html", html.into(), drain),
            (mapi::RTF, Value::Binary(packed)) => rtf::component(&packed, drain),
            _ => {}
        }
    }
}

/// Keeps a part of the message itself.
fn component(name: &str, content: Bytes, drain: &mut Drain) {
    if !content.is_empty() && drain.count(name) {
        drain.keep(name.to_owned(), content, true);
        drain.mark(|member| member.component = true);
    }
}

/// Keeps an attachment; each of its contents, where two attributes carry one.
fn finish(attached: Option<Attached>, drain: &mut Drain) {
    let Some(mut attached) = attached else { return };
    attached.names.dedup();
    let mut data = attached.data;
    data.dedup();
    let mut names = attached.names.into_iter();
    let name = names.next().unwrap_or_else(|| "attachment".to_owned());
    let aliases: Vec<String> = names.collect();
    for content in data {
        if drain.is_spent() || !drain.count(&name) {
            return;
        }
        drain.keep(name.clone(), content, !attached.damaged);
        let aliases = aliases.clone();
        drain.mark(|member| member.aliases = aliases);
    }
}

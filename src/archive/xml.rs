//! XML as documents have it, element by element.
//!
//! No entity is expanded but the five of XML and characters by number, so nothing grows; what is
//! not well-formed ends the reading, as it does in office programs.

use crate::mail::Budget;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::borrow::Cow;

/// Steps that are paid for at once.
const STEPS: u64 = 4096;

/// One step of a document.
pub enum Node<'a> {
    /// An element begins; its name without prefix.
    Open(&'a str, &'a BytesStart<'a>),
    /// An element ends.
    Close(&'a str),
    /// Text, decoded.
    Text(&'a str),
}

/// Elements in one another. Office programs write fewer than fifty, formulas and tables in tables
/// included; the reader keeps the names of all that are open.
pub const DEEPEST: usize = 256;

/// Walks a document up to its first defect; whether there was none.
///
/// It costs work, and where there is none left, or elements lie too deep, it ends and
/// [`Budget::take_cut`] tells.
pub fn walk(content: &[u8], budget: &Budget, mut take: impl FnMut(Node<'_>)) -> bool {
    walk_while(content, budget, |node| {
        take(node);
        true
    })
}

/// The same, but it ends at the first node of which it is told `false`.
pub fn walk_while(content: &[u8], budget: &Budget, mut take: impl FnMut(Node<'_>) -> bool) -> bool {
    // Documents are UTF-8 with few exceptions, and large.
    let text = match simdutf8::basic::from_utf8(content) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(content),
    };
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut meter = Meter::default();
    loop {
        let event = reader.read_event();
        if !meter.goes_on(&event, reader.buffer_position(), budget) {
            return true;
        }
        match event {
            Ok(Event::Eof) => return true,
            Err(_) => return false,
            Ok(event) => {
                if !step(event, &mut take) {
                    return true;
                }
            }
        }
    }
}

/// What a walk costs, and how deep it is.
#[derive(Default)]
struct Meter {
    steps: u64,
    paid: u64,
    depth: usize,
}

impl Meter {
    /// Counts one step; whether it may be taken.
    fn goes_on<E>(&mut self, event: &Result<Event<'_>, E>, here: u64, budget: &Budget) -> bool {
        match event {
            Ok(Event::Start(_)) if self.depth >= DEEPEST => {
                budget.cut();
                return false;
            }
            Ok(Event::Start(_)) => self.depth += 1,
            Ok(Event::End(_)) => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.steps += 1;
        let last = matches!(event, Ok(Event::Eof) | Err(_));
        if self.steps < STEPS && !last {
            return true;
        }
        let cost = here.saturating_sub(self.paid) + self.steps * Budget::STEP;
        (self.steps, self.paid) = (0, here);
        budget.work(cost).is_ok() || last
    }
}

/// Hands one step over; whether more are wanted.
fn step(event: Event<'_>, take: &mut impl FnMut(Node<'_>) -> bool) -> bool {
    match event {
        Event::Start(start) => take(Node::Open(local(start.name().as_ref()), &start)),
        Event::Empty(start) => {
            let name = start.name();
            take(Node::Open(local(name.as_ref()), &start))
                && take(Node::Close(local(name.as_ref())))
        }
        Event::End(end) => take(Node::Close(local(end.name().as_ref()))),
        Event::Text(text) => take(Node::Text(&text.xml10_content())),
        Event::CData(text) => take(Node::Text(&text.xml10_content())),
        Event::GeneralRef(reference) => {
            let by_number = reference.resolve_char_ref().ok().flatten();
            let meant = by_number.or(named(&reference.xml10_content()));
            meant.is_none_or(|c| take(Node::Text(c.encode_utf8(&mut [0; 4]))))
        }
        _ => true,
    }
}

/// The character of an entity of XML's own.
fn named(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// A name without its prefix.
pub fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or_default()
}

/// The value of the first attribute of this local name, decoded; empty where there is none.
///
/// A reader that shows a document asks this. What judges one asks [`attributes`]: which of several
/// counts is decided by namespaces, and an office skips those that it does not know.
pub fn attribute(start: &BytesStart<'_>, wanted: &str) -> String {
    named_so(start, wanted).next().map(|attribute| value(&attribute)).unwrap_or_default()
}

/// The values of all attributes of this local name, whatever their prefix and case, decoded.
pub fn attributes(start: &BytesStart<'_>, wanted: &str) -> Vec<String> {
    named_so(start, wanted).map(|attribute| value(&attribute)).collect()
}

/// All attributes, each with its whole name and its value, decoded.
pub fn all_attributes(start: &BytesStart<'_>) -> Vec<(String, String)> {
    let all = each(start).map(|attribute| {
        let name: &str = attribute.key.as_ref();
        (name.to_owned(), value(&attribute))
    });
    all.collect()
}

/// The attributes of an element, however many stand in front of the one that counts.
fn each<'a>(start: &'a BytesStart<'_>) -> impl Iterator<Item = Attribute<'a>> {
    let mut attributes = start.attributes();
    // Whether two are equal is asked in quadratic time, and does not matter here.
    attributes.with_checks(false);
    attributes.flatten()
}

fn named_so<'a>(start: &'a BytesStart<'_>, wanted: &'a str) -> impl Iterator<Item = Attribute<'a>> {
    each(start).filter(|a| local(a.key.as_ref()).eq_ignore_ascii_case(wanted))
}

fn value(attribute: &Attribute<'_>) -> String {
    match attribute.normalized_value(XmlVersion::Implicit1_0) {
        Ok(value) => value.into_owned(),
        Err(_) => attribute.value.to_string(),
    }
}

//! Fields of Word in XML, in the readings of each generation of its readers.
//!
//! What a reader does not know it leaves out (ECMA-376 part 3): elements and attributes of foreign
//! namespaces, one of the branches of `AlternateContent`; and Word leaves out what was deleted. So a
//! piece that one reader skips may stand in front of an instruction that another one runs.

use super::fields::{Assembler, judge};
use super::{Found, namespaces};
use crate::archive::xml::{Node, all_attributes, local, walk};
use crate::mail::Budget;
use namespaces::{Generation, Scope, Space};
use quick_xml::events::BytesStart;

/// Fields of Word, however their instructions are split (ECMA-376 part 1, 17.16).
pub(super) fn look(content: &[u8], found: &mut Found, budget: &Budget) {
    let mut scope = Scope::default();
    let mut readings: Vec<Reading> = READERS.iter().map(|reader| Reading::of(*reader)).collect();
    walk(content, budget, |node| match node {
        Node::Open(name, start) => {
            let space = scope.open(start, budget);
            readings.iter_mut().for_each(|reading| reading.open(name, start, space, &scope));
            if name == "fldSimple" {
                // Whatever instruction counts, each is one.
                for (_, value) in named(start, "instr") {
                    found.notes(Vec::from_iter(judge(&value)));
                }
            }
        }
        Node::Close(name) => {
            readings.iter_mut().for_each(|reading| reading.close(name));
            scope.close();
        }
        Node::Text(text) => readings.iter_mut().for_each(|reading| reading.text(text)),
    });
    for reading in readings {
        found.notes(reading.fields.finish());
    }
}

/// Who reads: somebody who takes all that there is, or an office that knows what was published up
/// to its generation.
const READERS: &[Option<Generation>] = &[
    None,
    Some(Generation(0)),
    Some(Generation(2010)),
    Some(Generation(2013)),
    Some(Generation(9999)),
];

/// What one reader makes of a document.
struct Reading {
    reader: Option<Generation>,
    fields: Assembler,
    /// Whether text is a piece of an instruction.
    instruction: bool,
    /// Elements open within one that this reader leaves out.
    out: u32,
    /// The alternatives around, and whether one of each was taken.
    alternatives: Vec<bool>,
}

impl Reading {
    fn of(reader: Option<Generation>) -> Reading {
        let fields = Assembler::default();
        Reading { reader, fields, instruction: false, out: 0, alternatives: Vec::new() }
    }

    fn open(&mut self, name: &str, start: &BytesStart<'_>, space: Space, scope: &Scope) {
        let deeper = self.out > 0 || self.leaves_out(name, start, space, scope);
        self.out += u32::from(deeper);
        if deeper || self.reader.is_some() && !space.is_word() {
            return;
        }
        match name {
            "instrText" => self.instruction = true,
            "delInstrText" => self.instruction = self.reader.is_none(),
            "fldSimple" => {
                self.fields.begin();
                self.fields.text(&self.attribute(start, "instr", scope));
                self.fields.separate();
            }
            "fldChar" => match self.attribute(start, "fldCharType", scope).as_str() {
                "begin" => self.fields.begin(),
                "separate" => self.fields.separate(),
                _ => self.fields.end(),
            },
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        if self.out > 0 {
            self.out -= 1;
            return;
        }
        match name {
            "instrText" | "delInstrText" => self.instruction = false,
            "fldSimple" => self.fields.end(),
            "AlternateContent" => drop(self.alternatives.pop()),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.instruction && self.out == 0 {
            self.fields.text(text);
        }
    }

    /// Whether this reader leaves an element out, with all that it holds.
    fn leaves_out(
        &mut self,
        name: &str,
        start: &BytesStart<'_>,
        space: Space,
        scope: &Scope,
    ) -> bool {
        let Some(reader) = self.reader else { return false };
        if !space.is_known(reader) && !scope.is_opened_up(start) {
            return true;
        }
        match (name, self.alternatives.last_mut()) {
            ("AlternateContent", _) => self.alternatives.push(false),
            ("Choice" | "Fallback", Some(taken)) => {
                let fits = !*taken && (name == "Fallback" || scope.fits(start, reader));
                *taken |= fits;
                return !fits;
            }
            _ => {}
        }
        false
    }

    /// The attribute that this reader takes for the one of this name.
    fn attribute(&self, start: &BytesStart<'_>, wanted: &str, scope: &Scope) -> String {
        let mut all = named(start, wanted);
        let of_word = |name: &str| {
            local(name) == wanted && scope.of_name(name).is_word() && name.contains(':')
        };
        let taken = all.iter().position(|(name, _)| self.reader.is_some() && of_word(name));
        let plain = || all.iter().position(|(name, _)| self.reader.is_some() && name == wanted);
        match taken.or_else(plain).or((!all.is_empty()).then_some(0)) {
            Some(at) => all.swap_remove(at).1,
            None => String::new(),
        }
    }
}

/// All attributes of this local name, with their whole names.
fn named(start: &BytesStart<'_>, wanted: &str) -> Vec<(String, String)> {
    let mut all = all_attributes(start);
    all.retain(|(name, _)| local(name).eq_ignore_ascii_case(wanted));
    all
}

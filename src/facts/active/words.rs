//! Words of markup that make a closer look worth its time, all found in one pass.

use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// What words are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// A button of a slide that starts a program.
    Program,
    /// Fields of Word.
    Field,
    /// Elements of Office Open XML that act.
    Act,
    /// A document of Office in one file; the instruction alone makes Windows open it with Office.
    Office,
    /// A document of OpenDocument or its ancestors. A component may leave its namespace out: the
    /// place in the document says what it is.
    Open,
    /// Data of such a document that are locked.
    Locked,
    /// A script that such a document leads to.
    Script,
    /// Functions of cells that ask others.
    Formula,
    /// Pages as Word writes them: fields, a template.
    Page,
}

/// None is a part of another: of two at one place only the first would be found.
const WORDS: &[(&str, Word)] = &[
    ("ppaction://program", Word::Program),
    ("instrText", Word::Field),
    ("delInstrText", Word::Field),
    ("fldSimple", Word::Field),
    ("ddeLink", Word::Act),
    ("classid=", Word::Act),
    ("definedName", Word::Act),
    ("macrosheet", Word::Act),
    ("efreshOnLoad", Word::Act),
    ("WEBSERVICE", Word::Formula),
    ("WebService", Word::Formula),
    ("webservice", Word::Formula),
    // Excel knows functions that came after its format by this alone, in any case behind it.
    ("_xlfn", Word::Formula),
    ("DDE(", Word::Formula),
    ("customUI", Word::Act),
    ("webPr", Word::Act),
    ("dbPr", Word::Act),
    ("mso-element", Word::Page),
    ("MSO-ELEMENT", Word::Page),
    ("supportFields", Word::Page),
    ("AttachedTemplate", Word::Page),
    ("urn:schemas-microsoft-com:office", Word::Office),
    ("schemas.microsoft.com/office", Word::Office),
    ("openxmlformats", Word::Office),
    ("<?mso-application", Word::Office),
    ("urn:oasis:names:tc:opendocument", Word::Open),
    ("openoffice.org/2000", Word::Open),
    ("openoffice.org/2001", Word::Open),
    ("openoffice.org/2004", Word::Open),
    ("script:module", Word::Open),
    ("script:event-listener", Word::Open),
    ("encryption-data", Word::Locked),
    ("vnd.sun.star.script", Word::Script),
];

/// A fixed automaton of fixed words: there is nothing that could fail.
static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = WORDS.iter().map(|(word, _)| word);
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(words).ok()
});

/// The kinds of words that a text has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Words(u16);

impl Words {
    /// Looks for all of them.
    pub(super) fn of(content: &[u8]) -> Words {
        let mut words = Words::default();
        for found in FINDER.iter().flat_map(|finder| finder.find_iter(content)) {
            let word = WORDS.get(found.pattern().as_usize());
            words.0 |= word.map_or(0, |(_, kind)| 1 << *kind as u16);
        }
        words
    }

    /// All of them in a component of a document, where a character by number in an attribute or a
    /// text may be a part of any: names of elements have none, but namespaces and formulas.
    pub(super) fn of_component(content: &[u8]) -> Words {
        let hidden =
            [Word::Program, Word::Act, Word::Open, Word::Script, Word::Formula, Word::Page];
        let coded = memchr::memmem::find(content, b"&#").is_some();
        let hidden = hidden.iter().filter(|_| coded).map(|kind| 1 << *kind as u16);
        Words(hidden.fold(Words::of(content).0, |bits, bit| bits | bit))
    }

    /// Whether any word of this kind is there.
    pub(super) fn have(self, kind: Word) -> bool {
        self.0 & 1 << kind as u16 != 0
    }
}

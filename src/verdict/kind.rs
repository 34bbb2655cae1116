//! What can be found: the stable names, and the catalogue that lists them all.

/// Which row of the reply table a refusal for this finding takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Policy, virus, executable: 550 5.7.1.
    Policy,
    /// Too large: 552 5.3.4.
    Size,
    /// Lines and MIME structure: 550 5.6.0.
    Content,
    /// No such mailbox: 550 5.1.1.
    UnknownRecipient,
    /// A mailbox that takes no letters: 550 5.2.1.
    LockedRecipient,
}

/// One thing that can be found. The name is never reused once published.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// `family.what`, as operators write it in rule files.
    pub name: &'static str,
    /// How a refusal is numbered.
    pub class: Class,
    /// What it means, in one line of English, for the generated table.
    pub about: &'static str,
}

/// All kinds, in the order that breaks ties between findings of one action.
///
/// `checks` fills it and `rules` receives it: a rule file that names a finding
/// which no check reports is refused at load.
#[derive(Clone, Debug, Default)]
pub struct Catalogue(Vec<&'static Kind>);

impl Catalogue {
    /// A catalogue of these kinds; a kind that several checks share is kept once.
    pub fn new(kinds: impl IntoIterator<Item = &'static Kind>) -> Catalogue {
        let mut all: Vec<&'static Kind> = Vec::new();
        for kind in kinds {
            if !all.iter().any(|known| known.name == kind.name) {
                all.push(kind);
            }
        }
        Catalogue(all)
    }

    /// The kinds, in order.
    pub fn iter(&self) -> impl Iterator<Item = &'static Kind> {
        self.0.iter().copied()
    }

    /// The kind of this name.
    pub fn find(&self, name: &str) -> Option<&'static Kind> {
        self.iter().find(|kind| kind.name == name)
    }

    /// Where a kind stands in the order; unknown ones come last.
    pub fn rank(&self, kind: &Kind) -> usize {
        self.0.iter().position(|known| known.name == kind.name).unwrap_or(self.0.len())
    }
}

//! One line of the directory: a mailbox, its state, and who answers for it.

use jiff::civil::Date;

/// A mailbox, a group or another name of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// `local@domain`, lower case.
    pub address: String,
    /// Whether it takes letters.
    pub state: State,
    /// Whose it is.
    pub kind: Kind,
    /// Họ và tên of a person, or the name of a body.
    pub name: String,
    /// Chức vụ.
    pub title: String,
    /// The body that it belongs to; of a body, the one above it.
    pub unit: String,
    /// Điện thoại.
    pub phone: String,
    /// Fax.
    pub fax: String,
    /// Year of birth, which tells persons of one name apart.
    pub born: Option<i16>,
    /// Who answers for a mailbox that is nobody's own.
    pub holder: String,
    /// Where letters to an alias go, or the members of a group.
    pub target: Vec<String>,
    /// Number of the written request that the entry rests on.
    pub request: String,
    /// Date of that request.
    pub requested: Option<Date>,
    /// When the mailbox was issued.
    pub issued: Option<Date>,
    /// When it was last opened.
    pub last_access: Option<Date>,
    /// For people.
    pub note: String,
}

/// Whether a mailbox takes letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// It does.
    #[default]
    Active,
    /// It is locked, which can be undone.
    Locked,
    /// It was withdrawn, at once.
    Revoked,
    /// It is no more; its name stays taken.
    Deleted,
}

impl State {
    /// All of them, with the words that files use: the first is written, all are read.
    pub(super) const WORDS: [(State, &[&str]); 4] = [
        (State::Active, &["active", "hoat dong", "dang hoat dong", "dang su dung"]),
        (State::Locked, &["locked", "khoa", "tam khoa"]),
        (State::Revoked, &["revoked", "thu hoi", "da thu hoi"]),
        (State::Deleted, &["deleted", "xoa", "da xoa"]),
    ];

    /// The word that files use.
    pub fn name(self) -> &'static str {
        word(&State::WORDS, self)
    }
}

/// Whose a mailbox is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A person's own.
    #[default]
    Personal,
    /// A body's, with a named holder.
    Agency,
    /// Several mailboxes under one name.
    Group,
    /// Another name of one mailbox.
    Alias,
}

impl Kind {
    /// As [`State::WORDS`].
    pub(super) const WORDS: [(Kind, &[&str]); 4] = [
        (Kind::Personal, &["personal", "ca nhan"]),
        (Kind::Agency, &["agency", "co quan", "don vi", "to chuc"]),
        (Kind::Group, &["group", "nhom"]),
        (Kind::Alias, &["alias", "bi danh", "ten khac"]),
    ];

    /// The word that files use.
    pub fn name(self) -> &'static str {
        word(&Kind::WORDS, self)
    }
}

fn word<T: PartialEq>(words: &[(T, &[&'static str])], value: T) -> &'static str {
    let found = words.iter().find(|(of, _)| *of == value);
    found.and_then(|(_, words)| words.first()).copied().unwrap_or_default()
}

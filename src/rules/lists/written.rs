//! The lists as they are written.

use crate::tomlfile::Words;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// The lists of one family, by name.
pub(in crate::rules) type Family<T> = BTreeMap<Spanned<String>, T>;

/// `[words.x]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::rules) struct Phrases {
    /// Words or phrases.
    pub(super) phrases: Option<Words>,
    /// A text file beside the rule file: one phrase a line, `#` begins a remark.
    pub(super) file: Option<Spanned<String>>,
    /// Whether diacritics must be as they are written.
    pub(super) exact: Option<bool>,
    /// Where to look: `subject`, `body`, `attachment`; all of them unless said.
    pub(super) r#in: Option<Words>,
}

/// `[sender.x]`: one entry that fits is enough.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::rules) struct Senders {
    /// Addresses, domains with subdomains, `@sets`, `<>`; in the envelope or in From.
    pub(super) address: Option<Words>,
    /// The same, one a line of a text file beside the rule file.
    pub(super) file: Option<Spanned<String>>,
    /// Networks.
    pub(super) client: Option<Words>,
    /// Globs over what the client called itself.
    pub(super) helo: Option<Words>,
}

/// `[name.x]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::rules) struct Names {
    /// Globs over every name of an attachment or a member: `*.dwg`
    pub(super) glob: Option<Words>,
    /// The same, one a line of a text file beside the rule file.
    pub(super) file: Option<Spanned<String>>,
}

/// `[message.x]`: a header field, or recipients.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::rules) struct Messages {
    /// The name of a header field.
    pub(super) header: Option<Spanned<String>>,
    /// Globs over its value; any value unless said.
    pub(super) value: Option<Words>,
    /// Addresses, domains with subdomains, `@sets`.
    pub(super) recipient: Option<Words>,
}

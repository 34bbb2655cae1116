//! `[directory]`: the naming scheme of a policy, and the file that says who has a mailbox.

use super::sets;
use crate::directory::{Places, Scheme, Snapshot, Standing};
use crate::mail::Address;
use crate::tomlfile::{Error, Source, Words};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use toml::Spanned;

/// How old a file may be before it refuses nobody any more.
const STALE: Duration = Duration::from_secs(7 * 24 * 3600);

/// What a policy knows of mailboxes. It takes no part in the policy's hash: recipients are
/// answered one by one, so two policies that differ in it alone may share a letter.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// How names are formed.
    pub scheme: Option<Scheme>,
    /// The settings of the scheme.
    pub places: Places,
    /// Where the mailboxes are listed.
    pub file: Option<PathBuf>,
    /// How old that file may be; `None`: any age.
    pub stale: Option<Duration>,
    snapshot: Option<Arc<Snapshot>>,
}

impl Directory {
    /// What it says of a recipient; nothing where there is no directory, or a stale one.
    pub fn standing(&self, recipient: &Address, now: SystemTime) -> Option<Standing> {
        let snapshot = self.snapshot.as_ref().filter(|_| !self.is_stale(now))?;
        snapshot.standing(recipient)
    }

    /// Whether it is too old to be believed. A file from the future is not: clocks differ.
    pub fn is_stale(&self, now: SystemTime) -> bool {
        let age = self.snapshot.as_ref().and_then(|of| now.duration_since(of.written()).ok());
        self.stale.zip(age).is_some_and(|(stale, age)| age > stale)
    }

    /// The file as it was read.
    pub fn snapshot(&self) -> Option<&Arc<Snapshot>> {
        self.snapshot.as_ref()
    }

    /// Reads the file, each once for all policies.
    pub(super) fn read(&mut self, files: &mut Files) -> Result<(), Vec<Error>> {
        let Some(path) = &self.file else { return Ok(()) };
        if let Some(known) = files.0.get(path) {
            self.snapshot = known.clone();
            return Ok(());
        }
        let read = Snapshot::load(path).map(Arc::new);
        self.snapshot = read.as_ref().ok().cloned();
        files.0.insert(path.clone(), self.snapshot.clone());
        read.map(drop)
    }
}

/// Files that were read for one set of rules.
#[derive(Debug, Default)]
pub(super) struct Files(HashMap<PathBuf, Option<Arc<Snapshot>>>);

/// `[directory]` as it is written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Section {
    /// `tiengiang-2016`, …
    scheme: Option<Scheme>,
    /// Behind the `@` of persons.
    domain: Option<Words>,
    /// Districts with their kind: `huyện Chợ Gạo`.
    districts: Option<Words>,
    /// Names of communes that several districts have.
    repeated: Option<Words>,
    /// Official short names of bodies.
    short: BTreeMap<String, Words>,
    /// A CSV file, beside the rule file unless the path is absolute.
    file: Option<Spanned<String>>,
    /// `"7 days"`, `"36 hours"` or `"never"`.
    stale: Option<Spanned<String>>,
}

impl Section {
    /// Writes what is present over what was extended.
    pub(super) fn apply(&self, of: &mut Directory, source: &Source, errors: &mut Vec<Error>) {
        of.scheme = self.scheme.or(of.scheme);
        if let Some(word) = self.domain.as_ref().and_then(|domain| domain.words.first()) {
            of.places.domain = sets::domain(source, word, errors).unwrap_or_default();
        }
        let texts = |words: &Words| words.words.iter().map(|word| word.text.clone()).collect();
        if let Some(districts) = &self.districts {
            of.places.districts = texts(districts);
        }
        if let Some(repeated) = &self.repeated {
            of.places.repeated = texts(repeated);
        }
        for (body, names) in &self.short {
            of.places.short.retain(|(known, _)| known != body);
            of.places.short.push((body.clone(), texts(names)));
        }
        if let Some(file) = &self.file {
            let folder = Path::new(source.file()).parent().unwrap_or(Path::new(""));
            of.file = Some(folder.join(file.get_ref()));
            of.stale = of.stale.or(Some(STALE));
        }
        if let Some(stale) = &self.stale {
            match age(stale.get_ref()) {
                Ok(age) => of.stale = age,
                Err(message) => errors.push(source.error(stale.span(), message)),
            }
        }
    }
}

/// A length of time as people write it.
fn age(text: &str) -> Result<Option<Duration>, String> {
    if text.trim() == "never" {
        return Ok(None);
    }
    let wrong = || format!("`{text}` is no length of time; write it as \"7 days\" or \"never\"");
    let span: jiff::Span = text.parse().map_err(|_| wrong())?;
    let days = jiff::SpanRelativeTo::days_are_24_hours();
    let seconds = span.total((jiff::Unit::Second, days)).map_err(|_| wrong())?;
    match seconds > 0.0 {
        true => Ok(Some(Duration::from_secs_f64(seconds))),
        false => Err(wrong()),
    }
}

//! What commands write into `local/`: the text of a file before and after, checked before it is
//! written.

use super::file::{File, Observing, Rule};
use super::files::{self, LOCAL, Text};
use super::load::{self, BASE, Errors};
use super::ruleset::RuleSet;
use crate::tomlfile::{Error, Source};
use crate::verdict::{Catalogue, Mode};
use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// Files of `local/` with their new texts; nothing is written before [`Edits::write`].
#[derive(Debug)]
pub struct Edits {
    dir: PathBuf,
    texts: BTreeMap<String, String>,
}

impl Edits {
    /// No change yet to the `local/` of this folder.
    pub fn of(dir: &Path) -> Edits {
        Edits { dir: dir.to_owned(), texts: BTreeMap::new() }
    }

    /// The files that change.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.texts.keys().map(|policy| self.path(policy))
    }

    /// Ends `observe` for all policies; `false` where none observes.
    pub fn enforce(&mut self, rules: &RuleSet) -> Result<bool, Error> {
        let mut changed = false;
        for policy in rules.policies().map(|policy| policy.id.clone()) {
            let (source, file) = self.read(&policy)?;
            let said = file.mode.as_ref().map(|mode| (*mode.get_ref(), mode.span()));
            match said {
                Some((Observing::Observe, span)) => {
                    self.replace(&policy, &source, span, "\"enforce\"");
                    changed = true;
                }
                None if policy == BASE && rules.policies().any(|policy| policy.observes()) => {
                    // A key of the file itself stands above all tables.
                    self.replace(&policy, &source, 0..0, "mode = \"enforce\"\n");
                    changed = true;
                }
                _ => {}
            }
        }
        Ok(changed)
    }

    /// Lets a rule in shadow act: one in `local/` where it stands, any other by its id.
    pub fn promote(&mut self, place: &str, id: Option<&str>, remark: &str) -> Result<(), Error> {
        let (file, line) = place.rsplit_once(':').unwrap_or((place, ""));
        let local = file.strip_prefix("local/");
        let policy = local.unwrap_or(file).trim_end_matches(".toml").to_owned();
        let (source, written) = self.read(&policy)?;
        if local.is_some() {
            let line: usize = line.parse().unwrap_or_default();
            let rule = written.rule.iter().find(|rule| source.line(rule.span().start) == line);
            if let Some(rule) = rule {
                let (span, with) = enforced(&source, rule);
                self.replace(&policy, &source, span, &with);
                return Ok(());
            }
        }
        let Some(id) = id else {
            let message = "give this rule an id, so that local/ can change it: id = \"…\"";
            return Err(Error::whole(place, message));
        };
        let end = source.text().len();
        let gap = if source.text().is_empty() || source.text().ends_with('\n') { "" } else { "\n" };
        let id = quoted(id);
        let rule = format!("{gap}\n# {remark}\n[[rule]]\nid   = {id}\nmode = \"enforce\"\n");
        self.replace(&policy, &source, end..end, &rule);
        Ok(())
    }

    /// Adds a rule before all others of the policy.
    pub fn add(&mut self, policy: &str, rule: &str) -> Result<(), Error> {
        let (source, file) = self.read(policy)?;
        let text = source.text();
        let first = file.rule.first().map_or(text.len(), |rule| rule.span().start);
        // What is said above a rule belongs to it.
        let above = text.get(..first).unwrap_or_default();
        let remarks = above.split_inclusive('\n').rev().take_while(|line| line.starts_with('#'));
        let at = first - remarks.map(str::len).sum::<usize>();
        let gap = if at == 0 || above.get(..at).is_some_and(|text| text.ends_with('\n')) {
            ""
        } else {
            "\n"
        };
        self.replace(policy, &source, at..at, &format!("{gap}{rule}\n"));
        Ok(())
    }

    /// The rules as they will be.
    pub fn check(&self, catalogue: &Catalogue) -> Result<RuleSet, Errors> {
        let mut texts = files::read(&self.dir)?;
        let one = |error| Errors(vec![error]);
        for (policy, text) in &self.texts {
            let path = self.path(policy).display().to_string();
            texts.retain(|text| text.source.file() != path);
            let source = Source::new(path, text.clone().into_bytes()).map_err(one)?;
            texts.push(Text { source, local: true });
        }
        load::build(texts, catalogue)
    }

    /// Writes all files, each beside its old one and renamed, so that nobody reads half of it.
    pub fn write(&self) -> std::io::Result<()> {
        let local = self.dir.join(LOCAL);
        std::fs::create_dir_all(&local)?;
        for (policy, text) in &self.texts {
            let path = self.path(policy);
            let mut file = tempfile::Builder::new().prefix(".congthu").tempfile_in(&local)?;
            file.write_all(text.as_bytes())?;
            // The gate may run as another user than the administrator.
            let mode = match std::fs::metadata(&path) {
                Ok(old) => old.permissions(),
                Err(_) => std::os::unix::fs::PermissionsExt::from_mode(0o644),
            };
            file.as_file().set_permissions(mode)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|error| error.error)?;
        }
        Ok(())
    }

    fn path(&self, policy: &str) -> PathBuf {
        self.dir.join(LOCAL).join(format!("{policy}.toml"))
    }

    /// The file as it is so far.
    fn read(&self, policy: &str) -> Result<(Source, File), Error> {
        let path = self.path(policy);
        let source = match self.texts.get(policy) {
            Some(text) => Source::new(path.display().to_string(), text.clone().into_bytes())?,
            None if path.exists() => Source::read(&path)?,
            None => Source::new(path.display().to_string(), Vec::new())?,
        };
        let file = source.parse::<File>()?;
        Ok((source, file))
    }

    fn replace(&mut self, policy: &str, source: &Source, span: Range<usize>, with: &str) {
        let text = source.text();
        let (before, behind) = (text.get(..span.start), text.get(span.end..));
        let text = [before.unwrap_or_default(), with, behind.unwrap_or_default()].concat();
        self.texts.insert(policy.to_owned(), text);
    }
}

/// What makes a rule act, and where it goes: into its own `mode`, or behind its head.
fn enforced(source: &Source, rule: &Spanned<Rule>) -> (Range<usize>, String) {
    let enforce = Mode::Enforce.name();
    if let Some(mode) = &rule.get_ref().mode {
        return (mode.span(), format!("\"{enforce}\""));
    }
    let behind = source.text().get(rule.span().start..).unwrap_or_default();
    let head = behind.split_inclusive('\n').next().map_or(0, str::len);
    let at = rule.span().start + head;
    (at..at, format!("mode = \"{enforce}\"\n"))
}

/// A text as TOML has it.
pub fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

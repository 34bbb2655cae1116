//! The files of a folder and how they lie over each other: `local/x.toml` over `x.toml`, and that
//! over what it extends.

use super::file::File;
use super::load::{BASE, Errors};
use crate::tomlfile::{Error, Source, hint, nearest};
use std::path::{Path, PathBuf};

/// The folder of the operator's own, below that of the rules: no update writes there.
pub(super) const LOCAL: &str = "local";

/// The text of a rule file, and whether it stands in `local/`.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) source: Source,
    pub(super) local: bool,
}

/// A rule file, read.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) source: Source,
    pub(super) file: File,
    /// Whether it stands in `local/`.
    pub(super) local: bool,
    /// The name of the file without `.toml`: that of its policy.
    pub(super) id: String,
}

impl Written {
    /// As places name it: `local/base.toml`.
    pub(super) fn label(&self) -> String {
        let folder = if self.local { "local/" } else { "" };
        format!("{folder}{}.toml", self.id)
    }
}

/// All files, those of `local/` last.
pub(super) struct Files(pub(super) Vec<Written>);

impl Files {
    /// Reads the form of each file; every mistake is told.
    pub(super) fn parse(texts: Vec<Text>) -> Result<Files, Errors> {
        let (mut files, mut errors) = (Vec::new(), Vec::new());
        for Text { source, local } in texts {
            match source.parse::<File>() {
                Ok(file) => {
                    let stem = Path::new(source.file()).file_stem().unwrap_or_default();
                    let id = stem.to_string_lossy().into_owned();
                    files.push(Written { source, file, local, id });
                }
                Err(error) => errors.push(error),
            }
        }
        let files = Files(files);
        if errors.is_empty() {
            files.names(&mut errors);
        }
        // Without its base, everything else would be called unknown.
        if errors.is_empty() { Ok(files) } else { Err(Errors(errors)) }
    }

    pub(super) fn get(&self, at: usize) -> Option<&Written> {
        self.0.get(at)
    }

    /// The files that are policies: all but those that only change one.
    pub(super) fn policies(&self) -> impl Iterator<Item = usize> {
        (0..self.0.len()).filter(|at| self.below(*at).is_none())
    }

    /// The file that a local one changes.
    pub(super) fn below(&self, at: usize) -> Option<usize> {
        let local = self.get(at).filter(|file| file.local)?;
        self.0.iter().position(|file| !file.local && file.id == local.id)
    }

    /// The local file that changes this one.
    pub(super) fn above(&self, at: usize) -> Option<usize> {
        let shipped = self.get(at).filter(|file| !file.local)?;
        self.0.iter().position(|file| file.local && file.id == shipped.id)
    }

    /// The file of the policy that this one belongs to.
    pub(super) fn policy_of(&self, at: usize) -> usize {
        self.below(at).unwrap_or(at)
    }

    /// A policy's files, the one that counts first in front.
    pub(super) fn of_policy(&self, at: usize) -> impl Iterator<Item = usize> {
        self.above(at).into_iter().chain([at])
    }

    /// The policy that this one extends: `base` where it names none.
    pub(super) fn parent(&self, at: usize) -> Option<usize> {
        if self.get(at)?.id == BASE {
            return None;
        }
        let named = self.of_policy(at).find_map(|at| self.get(at)?.file.extends.as_ref());
        let named = named.map_or(BASE, |extends| extends.get_ref());
        self.policies().find(|other| self.get(*other).is_some_and(|other| other.id == named))
    }

    /// A policy's files and those of all that it extends, the one that counts first in front.
    pub(super) fn line(&self, at: usize) -> Vec<usize> {
        let mut line = Vec::new();
        let mut next = Some(at);
        // A circle is told elsewhere.
        for _ in 0..self.0.len() {
            let Some(at) = next else { break };
            line.extend(self.of_policy(at));
            next = self.parent(at);
        }
        line
    }

    /// More steps up than there are files: a circle.
    pub(super) fn is_circle(&self, at: usize) -> bool {
        (0..=self.0.len()).try_fold(at, |at, _| self.parent(at)).is_some()
    }

    /// Every file is called as its policy and extends one that exists.
    fn names(&self, errors: &mut Vec<Error>) {
        let ids: Vec<&str> = self.0.iter().map(|file| file.id.as_str()).collect();
        if !self.0.iter().any(|file| !file.local && file.id == BASE) {
            let shipped = self.0.iter().find(|file| !file.local);
            let dir = shipped.and_then(|file| Path::new(file.source.file()).parent());
            let file = dir.unwrap_or(Path::new("")).join("base.toml").display().to_string();
            errors
                .push(Error::whole(file, "is missing: it holds the rules that all others extend"));
            return;
        }
        for (at, written) in self.0.iter().enumerate() {
            let Written { source, file, id, .. } = written;
            if let Some(named) = file.id.as_ref().filter(|named| named.get_ref() != id) {
                let message = format!("the file is called `{id}`, so its id is `{id}` too");
                errors.push(source.error(named.span(), message));
            }
            let missing = [("id", file.id.is_none()), ("title", file.title.is_none())];
            let missing = missing.into_iter().find(|(_, missing)| *missing);
            if let Some((key, _)) = missing.filter(|_| self.below(at).is_none()) {
                errors.push(match written.local {
                    true => Error::whole(source.file(), lost(id, &ids)),
                    false => source.error(0..0, format!("the key `{key}` is missing")),
                });
            }
            let Some(extends) = &file.extends else { continue };
            let name = extends.get_ref();
            if !ids.contains(&name.as_str()) {
                let message = format!("unknown policy `{name}`{}", hint(name, &ids));
                errors.push(source.error(extends.span(), message));
            } else if id == BASE {
                let message = "base extends nothing: all others extend it";
                errors.push(source.error(extends.span(), message));
            }
        }
    }
}

/// A local file that changes none may be called by mistake as it is.
fn lost(id: &str, ids: &[&str]) -> String {
    let others = ids.iter().copied().filter(|other| *other != id);
    let near = nearest(id, others).map(|near| format!("; did you mean {near}.toml?"));
    let near = near.unwrap_or_else(|| ".".to_owned());
    format!(
        "there is no {id}.toml that it could change{near} A policy of your own needs `id` and `title`"
    )
}

/// Whether a folder holds rule files, or may hold some that cannot be read: then loading says so,
/// and nobody is left with other rules than those that he wrote.
pub(super) fn is_there(dir: &Path) -> bool {
    match std::fs::read_dir(dir) {
        Ok(entries) => entries
            .filter_map(Result::ok)
            .any(|entry| entry.path().extension().is_some_and(|extension| extension == "toml")),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    }
}

/// The rule files of a folder and of its `local/`, in the order of their names.
pub(super) fn read(dir: &Path) -> Result<Vec<Text>, Errors> {
    let mut errors = Vec::new();
    let mut texts = Vec::new();
    let below = dir.join(LOCAL);
    let local = if below.exists() { files(&below)? } else { Vec::new() };
    let shipped = files(dir)?.into_iter().map(|path| (path, false));
    for (path, local) in shipped.chain(local.into_iter().map(|path| (path, true))) {
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        match Source::read(&path) {
            Ok(source) => texts.push(Text { source, local }),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(texts) } else { Err(Errors(errors)) }
}

/// The files of a folder in the order of their names; hidden ones are editors' copies.
pub(super) fn files(dir: &Path) -> Result<Vec<PathBuf>, Errors> {
    let whole = |message: String| Error::whole(dir.display().to_string(), message);
    let unread = |error: std::io::Error| Errors(vec![whole(format!("cannot be read: {error}"))]);
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        if name.is_some_and(|name| !name.starts_with('.')) && !path.is_dir() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

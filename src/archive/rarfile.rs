//! RAR 1.3 to 7, in the child.
//!
//! In a solid archive no member can be left out, since each is packed with the ones before it:
//! one locked or split member there hides all.

use super::worker::{Output, Stop};
use super::{Why, rarbeside};
use rars::filename::LegacyNameEncoding;
use rars::{
    Archive, ArchiveMember, ArchiveMemberDetail, ArchiveReadOptions, ArchiveReader, Error,
    ErrorKind, ExtractionDecision, ExtractionErrorAction,
};
use std::cell::RefCell;

/// The dictionary of a member, in bytes: WinRAR 7 takes 32 MiB unless it is told otherwise.
pub(super) const DICTIONARY: u64 = 128 << 20;

/// Memory that the reader may take for itself, in bytes: a dictionary is held twice at times.
const WORKSPACE: u64 = 320 << 20;

/// Headers, and their bytes: an archive of more has too many members anyway.
const HEADERS: u64 = 200_000;
const HEADER_BYTES: u64 = 32 << 20;

/// Reads one archive.
pub(super) fn read(file: &[u8], passwords: &[String], output: &Output) {
    // Nobody listens any more: there is nothing to be said.
    let _ = match directory(file, passwords) {
        Ok((archive, opened_by)) => {
            let reading = Reading { archive: &archive, passwords, output };
            let key = opened_by.or_else(|| reading.key());
            let password = key.and_then(|number| passwords.get(number)).map(String::as_str);
            let read = reading.all(opened_by, key, password);
            read.and_then(|()| rarbeside::read(&archive, file, password, output))
        }
        Err(error) => trouble(&error, None, output),
    };
}

/// Options of every call.
fn options(password: Option<&str>) -> ArchiveReadOptions<'_> {
    ArchiveReadOptions::with_optional_password(password.map(str::as_bytes))
        .with_max_header_count(HEADERS)
        .with_max_header_bytes(HEADER_BYTES)
        .with_rar50_dictionary_size_limit(DICTIONARY)
        .with_rar50_buffered_decode_limit(8 << 20)
        .with_max_reader_workspace_bytes(WORKSPACE)
}

/// The directory, and the number of the password that opened it.
fn directory(file: &[u8], passwords: &[String]) -> Result<(Archive, Option<usize>), Error> {
    let locked = match ArchiveReader::read_with_options(file, options(None)) {
        Err(error) if is_locked(&error) => error,
        other => return other.map(|archive| (archive, None)),
    };
    let opened = |(number, password): (usize, &String)| {
        let archive = ArchiveReader::read_with_options(file, options(Some(password))).ok()?;
        Some((archive, Some(number)))
    };
    passwords.iter().enumerate().find_map(opened).ok_or(locked)
}

pub(super) fn is_locked(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::PasswordRequired | ErrorKind::BadPassword)
}

struct Reading<'a> {
    archive: &'a Archive,
    passwords: &'a [String],
    output: &'a Output,
}

impl Reading<'_> {
    /// All files. `opened_by`: the number of the password that opened the directory; `key`: of the one
    /// for members.
    fn all(
        &self,
        opened_by: Option<usize>,
        key: Option<usize>,
        password: Option<&str>,
    ) -> Result<(), Stop> {
        if let Some(number) = opened_by {
            self.output.unlocked(number)?;
        }
        let progress = RefCell::new(Progress::default());
        let extracted = self.archive.extract_with_control_and_errors(
            options(password),
            |member| {
                let mut progress = progress.borrow_mut();
                progress.close(self.output).map_err(gone)?;
                progress.seen += 1;
                self.decide(member, key, &mut progress).map_err(gone)
            },
            |member, error| {
                let name = name(member);
                let mut progress = progress.borrow_mut();
                self.broken(&name, error, &mut progress).map_err(gone)?;
                Ok(ExtractionErrorAction::Continue)
            },
        );
        if self.output.is_stopped() {
            return Err(Stop);
        }
        let mut progress = progress.into_inner();
        let Err(error) = extracted else { return progress.close(self.output) };
        let open = progress.open.clone();
        // Why it cannot be left out of a solid archive has been said.
        if !matches!(error.root_cause(), Error::CannotSkipSolidMember) {
            trouble(&error, open.as_deref(), self.output)?;
        }
        if progress.open.take().is_some() {
            self.output.end(false)?;
        }
        // What could not be read any more has at least names.
        let rest = self.archive.members().skip(progress.seen);
        let mut files = rest.filter(|member| !member.meta.is_directory);
        files.try_for_each(|member| self.output.name_only(&name(&member)))
    }

    /// What to do with a member.
    fn decide(
        &self,
        member: &ArchiveMember,
        key: Option<usize>,
        progress: &mut Progress,
    ) -> Result<ExtractionDecision, Stop> {
        let name = name(member);
        if member.meta.is_directory {
            return Ok(ExtractionDecision::Skip);
        }
        let is_link = is_link(member) || member.meta.is_redirection;
        let obstacle = if is_link && member.meta.packed_size > 0 {
            Some((Why::Unsupported, "a link with content of its own"))
        } else if member.meta.is_encrypted && key.is_none() {
            Some((Why::Encrypted, "a password protects this member"))
        } else if member.meta.is_split_before || member.meta.is_split_after {
            Some((Why::Unsupported, "a part of it is in another file"))
        } else {
            None
        };
        if let Some((why, detail)) = obstacle {
            self.output.trouble(why, Some(&name), detail)?;
            self.output.name_only(&name)?;
            return Ok(ExtractionDecision::Skip);
        }
        if is_link {
            // A second name of another member, whose bytes are judged there.
            self.output.name_only(&name)?;
            return Ok(ExtractionDecision::Skip);
        }
        self.output.member(&name)?;
        progress.open = Some(name);
        progress.key = key.filter(|_| member.meta.is_encrypted);
        Ok(ExtractionDecision::Extract(Box::new(self.output.clone())))
    }

    /// A member could not be read to its end.
    fn broken(&self, name: &str, error: &Error, progress: &mut Progress) -> Result<(), Stop> {
        trouble(error, Some(name), self.output)?;
        if progress.open.take().is_some() {
            self.output.end(false)?;
        }
        Ok(())
    }

    /// The number of the password that the smallest locked member can be read with, checksum and
    /// all.
    fn key(&self) -> Option<usize> {
        let locked = self.archive.members().enumerate().filter(|(_, member)| {
            let meta = &member.meta;
            meta.is_encrypted && !meta.is_split_before && !meta.is_split_after && is_file(member)
        });
        let (smallest, _) = locked.min_by_key(|(_, member)| member.meta.packed_size)?;
        /// What is read in vain.
        const MOST: u64 = 64 << 20;
        let fits = |password: &String| {
            let options = options(Some(password)).with_max_member_output_bytes(MOST);
            let read = self.archive.read_member_at_with_options(smallest, options);
            matches!(read, Ok(Some(_)))
        };
        self.passwords.iter().position(fits)
    }
}

/// How far an archive has been read.
#[derive(Default)]
struct Progress {
    seen: usize,
    /// The member that is being written.
    open: Option<String>,
    /// The number of the password that it is read with.
    key: Option<usize>,
}

impl Progress {
    /// The member before is whole: nothing was said against it.
    fn close(&mut self, output: &Output) -> Result<(), Stop> {
        if self.open.take().is_none() {
            return Ok(());
        }
        if let Some(number) = self.key {
            output.unlocked(number)?;
        }
        output.end(true)
    }
}

fn gone(stop: Stop) -> Error {
    Error::from(std::io::Error::from(stop))
}

/// UTF-8 where the archive says so, else what DOS and Windows in the West wrote.
fn name(member: &ArchiveMember) -> String {
    match std::str::from_utf8(&member.meta.name) {
        Ok(name) => name.to_owned(),
        Err(_) => {
            let decoded = member.decoded_name(Some(LegacyNameEncoding::Cp437));
            String::from_utf8_lossy(&decoded.unwrap_or_default()).into_owned()
        }
    }
}

fn is_file(member: &ArchiveMember) -> bool {
    !member.meta.is_directory && !is_link(member)
}

/// Symbolic links and junctions hold nothing. Hard links and copies are files by a second name.
fn is_link(member: &ArchiveMember) -> bool {
    let ArchiveMemberDetail::Rar50Plus { redirection: Some(redirection), .. } = &member.detail
    else {
        return false;
    };
    !matches!(redirection.redirection_type, 4 | 5)
}

/// Says what an error of the library means to us.
pub(super) fn trouble(error: &Error, member: Option<&str>, output: &Output) -> Result<(), Stop> {
    let cause = error.root_cause();
    let why = match error.kind() {
        ErrorKind::PasswordRequired | ErrorKind::BadPassword => {
            let detail = match member {
                Some(_) => "a password protects this member",
                None => "a password protects the archive, names included",
            };
            return output.trouble(Why::Encrypted, member, detail);
        }
        ErrorKind::ResourceLimit => {
            let measure = match *cause {
                Error::Rar50DictionaryLimitExceeded { limit, required } => (required, limit),
                Error::HeaderCountLimitExceeded { limit, required } => (required, limit),
                Error::MemoryLimitExceeded { limit, required, .. } => (required, limit),
                _ => return output.trouble(Why::OverLimit, member, &cause.to_string()),
            };
            return output.over_limit(member, &cause.to_string(), measure);
        }
        ErrorKind::UnsupportedFormat | ErrorKind::UnsupportedFeature => Why::Unsupported,
        _ => Why::Unreadable,
    };
    output.trouble(why, member, &cause.to_string())
}

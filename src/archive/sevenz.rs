//! 7z, in the child: block by block, so that what one block hides the next still shows.
//!
//! The directory may be packed and locked itself; then not even names are known. A block is one
//! stream of many files: after a defect in it nothing behind can be read, but the names are there.

use super::Why;
use super::worker::{Output, Stop};
use sevenz_rust2::{Archive, ArchiveEntry, BlockDecoder, EncoderMethod, Error, Password};
use std::io::{Cursor, Read};

/// Memory for the dictionary of one decoder, in KiB: `7z -mx=9` takes 64 MiB, `-md=128m` passes.
const DICTIONARY_KIB: usize = 136 << 10;

/// Reads one archive.
pub(super) fn read(file: &[u8], passwords: &[String], output: &Output) {
    let mut source = Cursor::new(file);
    let passwords: Vec<Password> = passwords.iter().map(|text| Password::from(&**text)).collect();
    let known = match directory(&mut source, &passwords) {
        Ok(known) => known,
        Err(error) => {
            let _ = trouble(&error, None, output);
            return;
        }
    };
    let reading = Reading { archive: &known.0, file, passwords: &passwords, output };
    // Nobody listens any more: there is nothing to be said.
    let _ = reading.all(known.1);
}

/// The directory, and the number of the password that opened it.
fn directory(
    source: &mut Cursor<&[u8]>,
    passwords: &[Password],
) -> Result<(Archive, Option<usize>), Error> {
    let mut read = |password: &Password| {
        source.set_position(0);
        Archive::read_with_memory_limit(source, password, DICTIONARY_KIB)
    };
    let locked = match read(&Password::empty()) {
        Err(error @ Error::PasswordRequired) => error,
        other => return other.map(|archive| (archive, None)),
    };
    let mut all = passwords.iter().enumerate();
    let opened = all.find_map(|(number, password)| Some((read(password).ok()?, Some(number))));
    opened.ok_or(locked)
}

struct Reading<'a> {
    archive: &'a Archive,
    file: &'a [u8],
    passwords: &'a [Password],
    output: &'a Output,
}

impl Reading<'_> {
    fn all(&self, opened_by: Option<usize>) -> Result<(), Stop> {
        if let Some(number) = opened_by {
            self.output.unlocked(number)?;
        }
        let mut likely = opened_by;
        for block in 0..self.archive.blocks.len() {
            if !self.is_locked(block) {
                self.block(block, None)?;
                continue;
            }
            match self.key(block, likely) {
                Some(number) => {
                    likely = Some(number);
                    self.block(block, likely)?;
                }
                None => self.rest_of(block, 0, |name, output| {
                    output.trouble(Why::Encrypted, Some(name), "a password protects this member")
                })?,
            }
        }
        let in_no_block = |at: usize| self.archive.stream_map.file_block_index.get(at);
        for (at, entry) in self.archive.files.iter().enumerate() {
            if in_no_block(at).is_none_or(Option::is_none) && is_file(entry) {
                self.output.member(&entry.name)?;
                self.output.end(true)?;
            }
        }
        Ok(())
    }

    fn is_locked(&self, block: usize) -> bool {
        self.archive.blocks.get(block).is_some_and(|block| {
            block
                .coders
                .iter()
                .any(|coder| coder.encoder_method_id() == EncoderMethod::ID_AES256_SHA256)
        })
    }

    /// The number of the password that the first member of a block can be read with, checksum
    /// and all.
    fn key(&self, block: usize, likely: Option<usize>) -> Option<usize> {
        let others = (0..self.passwords.len()).filter(|other| Some(*other) != likely);
        likely.into_iter().chain(others).find(|number| {
            let password = self.passwords.get(*number).filter(|password| !password.is_empty());
            password.is_some_and(|password| self.fits(block, password))
        })
    }

    fn fits(&self, block: usize, password: &Password) -> bool {
        let mut has_read = false;
        let decoded = self.each(block, password, &mut |entry, reader| {
            std::io::copy(reader, &mut std::io::sink())?;
            has_read |= entry.has_stream;
            Ok(!has_read)
        });
        decoded.is_ok() && has_read
    }

    /// Goes through the members of a block.
    fn each(
        &self,
        block: usize,
        password: &Password,
        each: &mut dyn FnMut(&ArchiveEntry, &mut dyn Read) -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        let mut source = Cursor::new(self.file);
        let limit = DICTIONARY_KIB;
        BlockDecoder::new_with_memory_limit(1, limit, block, self.archive, password, &mut source)
            .for_each_entries(&mut |entry, reader| each(entry, reader))
    }

    /// Every member of a block; after the first that cannot be read to its end, the names of
    /// those behind it. `key`: the number of the password that opens it.
    fn block(&self, block: usize, key: Option<usize>) -> Result<(), Stop> {
        let output = self.output;
        let none = Password::empty();
        let password = key.and_then(|number| self.passwords.get(number)).unwrap_or(&none);
        let mut seen = 0;
        let mut broken = false;
        let decoded = self.each(block, password, &mut |entry, reader| {
            if broken {
                return Ok(false);
            }
            seen += 1;
            if !is_file(entry) {
                return Ok(true);
            }
            output.member(&entry.name).map_err(stopped)?;
            let copied = copy(reader, output).map_err(stopped)?;
            if let Err(error) = &copied {
                let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
                let detail = inner.map_or_else(|| error.to_string(), words);
                output.trouble(Why::Unreadable, Some(&entry.name), &detail).map_err(stopped)?;
            }
            broken = copied.is_err();
            if let Some(number) = key.filter(|_| !broken) {
                output.unlocked(number).map_err(stopped)?;
            }
            output.end(copied.is_ok()).map_err(stopped)?;
            Ok(!broken)
        });
        if output.is_stopped() {
            return Err(Stop);
        }
        if let Err(error) = &decoded {
            let name = self.files_of(block).first().map(|entry| entry.name.clone());
            trouble(error, name.as_deref(), output)?;
        }
        match decoded.is_err() || broken {
            true => self.rest_of(block, seen, |_, _| Ok(())),
            false => Ok(()),
        }
    }

    /// Names the members of a block from here on.
    fn rest_of(
        &self,
        block: usize,
        from: usize,
        why: impl Fn(&str, &Output) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let files = self.files_of(block);
        for entry in files.iter().skip(from).filter(|entry| is_file(entry)) {
            why(&entry.name, self.output)?;
            self.output.name_only(&entry.name)?;
        }
        Ok(())
    }

    fn files_of(&self, block: usize) -> Vec<&ArchiveEntry> {
        let map = &self.archive.stream_map;
        let first = map.block_first_file_index.get(block).copied().unwrap_or(usize::MAX);
        let files = self.archive.files.iter().zip(&map.file_block_index).skip(first);
        files.take_while(|(_, of)| **of == Some(block)).map(|(entry, _)| entry).collect()
    }
}

/// Folders hold nothing, anti-items delete.
fn is_file(entry: &ArchiveEntry) -> bool {
    !entry.is_directory && !entry.is_anti_item
}

/// Copies a member out. The outer error: nobody listens; the inner: it cannot be read.
fn copy(reader: &mut dyn Read, output: &Output) -> Result<std::io::Result<()>, Stop> {
    let mut chunk = vec![0; 64 << 10];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(Ok(())),
            Ok(count) => output.data(chunk.get(..count).unwrap_or_default())?,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Ok(Err(error)),
        }
    }
}

fn stopped(stop: Stop) -> Error {
    Error::from(std::io::Error::from(stop))
}

/// Says what an error of the library means to us.
fn trouble(error: &Error, member: Option<&str>, output: &Output) -> Result<(), Stop> {
    match error {
        Error::PasswordRequired | Error::MaybeBadPassword(_) => {
            let detail = "a password protects the archive, names included";
            output.trouble(Why::Encrypted, member, detail)
        }
        Error::MaxMemLimited { max_kb, actaul_kb } => {
            let measure = ((*actaul_kb as u64) << 10, (*max_kb as u64) << 10);
            output.over_limit(member, "needs too large a dictionary", measure)
        }
        Error::UnsupportedCompressionMethod(method) => {
            output.trouble(Why::Unsupported, member, &format!("{method} is not read"))
        }
        Error::Unsupported(what) => output.trouble(Why::Unsupported, member, what),
        Error::ExternalUnsupported | Error::UnsupportedVersion { .. } => {
            output.trouble(Why::Unsupported, member, "a form of 7z that is not read")
        }
        error => output.trouble(Why::Unreadable, member, &words(error)),
    }
}

/// The library's own words are meant for programmers.
fn words(error: &Error) -> String {
    match error {
        Error::Io(error, _) => error.to_string(),
        Error::Other(what) => what.to_string(),
        Error::ChecksumVerificationFailed => "its checksum is wrong".to_owned(),
        Error::NextHeaderCrcMismatch => "the checksum of its directory is wrong".to_owned(),
        Error::BadSignature(_) => "it does not begin as a 7z does".to_owned(),
        error => format!("its directory is damaged: {error}"),
    }
}

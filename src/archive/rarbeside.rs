//! What RAR keeps beside its files, in the child: alternate streams of NTFS, and what nobody knows.
//!
//! Programs for Windows unpack a stream into the file before it, by a name of its own, which may
//! climb out of the folder (CVE-2025-8088). Comments, indexes, recovery records, owners and rights
//! hold no files.

use super::rarfile::{DICTIONARY, is_locked, trouble};
use super::worker::{Output, Stop};
use super::{Why, read};
use rars::{Archive, Error, rar15_40, rar50};
use std::io::Write;

/// Services that hold no files (unrar, `headers.hpp`): comment, quick open, recovery record, rights,
/// owner, authenticity, attributes of OS/2 and BeOS.
const HARMLESS: &[&[u8]] = &[b"CMT", b"QO", b"RR", b"ACL", b"UOW", b"AV", b"EA2", b"EABE"];

/// The service that is a stream.
const STREAM: &[u8] = b"STM";

/// Hands out what stands beside the files of an archive, `file`.
pub(super) fn read(
    archive: &Archive,
    file: &[u8],
    password: Option<&str>,
    output: &Output,
) -> Result<(), Stop> {
    let password = password.map(str::as_bytes);
    match archive {
        Archive::Rar50Plus(archive) => new(archive, password, output),
        Archive::Rar15To40(archive) => old(archive, file, password, output),
        _ => Ok(()),
    }
}

/// RAR 5 and 7.
fn new(archive: &rar50::Archive, password: Option<&[u8]>, output: &Output) -> Result<(), Stop> {
    let mut of = String::new();
    for block in &archive.blocks {
        match block {
            rar50::Block::File(file) => of = text(&file.name),
            rar50::Block::Service(service) if service.name == STREAM => {
                let stream = service.service_data.as_deref().map(text);
                let name = called(&of, stream.as_deref());
                let info = service.decoded_compression_info();
                let dictionary = info.map_or(0, |info| info.dictionary_size);
                if dictionary > DICTIONARY && !service.is_stored() {
                    let measure = (dictionary, DICTIONARY);
                    output.over_limit(Some(&name), "its dictionary is too large", measure)?;
                    output.name_only(&name)?;
                    continue;
                }
                let size = service.known_unpacked_size().unwrap_or(u64::MAX);
                stream_of(&name, size, output, |mut to| {
                    service.write_to(archive, password, &mut to)
                })?;
            }
            rar50::Block::Service(service) if service.packed_size() > 0 => {
                unknown(&service.name, output)?;
            }
            rar50::Block::Unknown(block) if block.data_size.is_some_and(|size| size > 0) => {
                unknown(&[], output)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// RAR 1.5 to 4.
fn old(
    archive: &rar15_40::Archive,
    file: &[u8],
    password: Option<&[u8]>,
    output: &Output,
) -> Result<(), Stop> {
    /// Authenticity, in two forms, and blocks about the file before: a kind of them is a stream.
    const AUTHENTIC: [u8; 2] = [0x76, 0x79];
    const ABOUT: u8 = 0x77;
    const ABOUT_STREAM: u16 = 0x105;
    let mut of = String::new();
    for block in &archive.blocks {
        match block {
            rar15_40::Block::File(file) => of = text(file.name_bytes()),
            rar15_40::Block::NewSub(service) if service.file.name == STREAM => {
                let header = &service.file;
                let at = archive.sfx_offset + header.block.offset;
                let name = called(&of, old_stream(file, at, header).as_deref());
                stream_of(&name, header.unp_size, output, |mut to| {
                    header.write_to(archive, password, &mut to)
                })?;
            }
            rar15_40::Block::NewSub(service) if service.file.pack_size > 0 => {
                unknown(&service.file.name, output)?;
            }
            rar15_40::Block::Unknown(block) if block.add_size.is_some_and(|size| size > 0) => {
                let kind = read::le16(file, archive.sfx_offset + block.offset + 11);
                match block.head_type {
                    ABOUT if kind == Some(ABOUT_STREAM) => {
                        let name = called(&of, None);
                        let detail = "an alternate stream of an old kind";
                        output.trouble(Why::Unsupported, Some(&name), detail)?;
                        output.name_only(&name)?;
                    }
                    ABOUT => {}
                    known if AUTHENTIC.contains(&known) => {}
                    _ => unknown(&[], output)?,
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The name of a stream: what its header holds behind the name of the service, in UTF-16.
fn old_stream(file: &[u8], at: usize, header: &rar15_40::FileHeader) -> Option<String> {
    const FIXED: usize = 32;
    const LARGE: u16 = 0x100;
    const SALTED: u16 = 0x400;
    let eight = |flag| if header.block.flags & flag == 0 { 0 } else { 8 };
    let from = at + FIXED + eight(LARGE) + header.name.len();
    let to = (at + usize::from(header.block.head_size)).checked_sub(eight(SALTED))?;
    let name = file.get(from..to).filter(|name| !name.is_empty())?;
    Some(read::wide(name, u16::from_le_bytes))
}

/// What Windows calls a stream of a file.
fn called(of: &str, stream: Option<&str>) -> String {
    let stream = stream.unwrap_or("stream");
    format!("{of}:{}", stream.trim_start_matches(':').trim_end_matches(":$DATA"))
}

fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// Hands a stream out as a member, but for where Windows notes that a file came from the web.
fn stream_of(
    name: &str,
    size: u64,
    output: &Output,
    write: impl FnOnce(&mut dyn Write) -> Result<(), Error>,
) -> Result<(), Stop> {
    /// Bytes of such a note: two lines, and the addresses.
    const NOTE: u64 = 8 << 10;
    let written = if size <= NOTE && name.ends_with(":Zone.Identifier") {
        let mut note = Vec::new();
        let written = write(&mut note);
        if written.is_ok() && is_note(&note) {
            return Ok(());
        }
        output.member(name)?;
        output.data(&note)?;
        written
    } else {
        output.member(name)?;
        write(&mut output.clone())
    };
    if output.is_stopped() {
        return Err(Stop);
    }
    match &written {
        Ok(()) => {}
        Err(error) if is_locked(error) => {
            output.trouble(Why::Encrypted, Some(name), "a password protects this member")?;
        }
        Err(error) => trouble(error, Some(name), output)?,
    }
    output.end(written.is_ok())?;
    // Windows judges such a file by the name in front, and who starts it by the one behind.
    match name.rsplit_once(':') {
        Some((_, own)) if own.contains('.') => output.name_only(own),
        _ => Ok(()),
    }
}

/// Whether this is text as Windows writes it into `Zone.Identifier`.
fn is_note(bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).unwrap_or_default().trim_start_matches('\u{feff}');
    text.starts_with("[ZoneTransfer]") && !text.contains('\0')
}

/// A block whose content nobody knows.
fn unknown(name: &[u8], output: &Output) -> Result<(), Stop> {
    if HARMLESS.contains(&name) {
        return Ok(());
    }
    let detail = match name {
        [] => "a block of a kind that is not known".to_owned(),
        name => format!("a block that is called {}", name.escape_ascii()),
    };
    output.trouble(Why::Unsupported, None, &detail)
}

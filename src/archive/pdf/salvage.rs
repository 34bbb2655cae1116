//! What the bytes of a PDF show when its structure does not.
//!
//! Used for documents that no reader repairs, and for names that stand in none of the objects:
//! in older revisions, or where another viewer would start to read.

use super::files::inflate;
use super::look::Packed;
use super::names::all;
use crate::archive::worker::{Output, Stop};
use crate::archive::{Deed, Why};
use lopdf::{DecompressError, Document, Error, Object, ObjectId};
use memchr::memmem;
use std::collections::BTreeSet;

/// Bytes that all object streams of a damaged file may unpack to.
const OBJECTS: usize = 64 << 20;

/// Files that are taken out of a damaged document at most.
const FILES: usize = 1000;

/// Long enough that none happens by chance in what is packed.
const NAMES: &[(&[u8], Deed)] = &[
    (b"JavaScript", Deed::Script),
    (b"Launch", Deed::Launch),
    (b"SubmitForm", Deed::Remote),
    (b"ImportData", Deed::Remote),
    (b"RichMedia", Deed::Control),
];

/// What a document that was read holds beside its objects: names that stand in none of them, in
/// plain bytes or packed, and objects that stay `hidden`. `told`: the deeds that were told of
/// before.
pub(super) fn rest(
    document: &Document,
    hidden: &BTreeSet<ObjectId>,
    file: &[u8],
    mut told: Vec<Deed>,
    output: &Output,
) -> Result<(), Stop> {
    tell(file, &mut told, output)?;
    let mut left = OBJECTS;
    for (id, object) in &document.objects {
        let Object::Stream(stream) = object else { continue };
        if !stream.dict.has_type(b"ObjStm") || stream.content.is_empty() {
            continue;
        }
        match stream.get_plain_content_with_limit(left) {
            Ok(plain) => {
                left = left.saturating_sub(plain.len());
                tell(&plain, &mut told, output)?;
                if plain.is_empty() || hidden.contains(id) {
                    output.trouble(Why::Unreadable, None, "objects in it cannot be unpacked")?;
                }
            }
            Err(Error::Decompress(DecompressError::MemoryLimitExceeded { .. })) => {
                let limit = OBJECTS as u64;
                return output.over_limit(
                    None,
                    "its objects unpack to too much",
                    (limit + 1, limit),
                );
            }
            Err(error) => {
                let detail = format!("objects in it are hidden: {error}");
                output.trouble(Why::Unsupported, None, &detail)?;
            }
        }
    }
    Ok(())
}

/// Reads what can be read without a structure.
pub(super) fn read(file: &[u8], output: &Output) -> Result<(), Stop> {
    let mut told = Vec::new();
    tell(file, &mut told, output)?;
    let mut left = OBJECTS;
    let mut objects = Vec::new();
    let mut pays = |count: usize| {
        left = left.saturating_sub(count);
        left > 0
    };
    for name in all(file).filter(|name| *name.letters == *b"ObjStm") {
        if let Some(packed) = Packed::around(file, name.at) {
            objects.clear();
            packed.unpack(&mut objects, &mut pays);
            tell(&objects, &mut told, output)?;
        }
    }
    files(file, output)
}

/// Tells of each deed that is named here and was not told of before.
fn tell(bytes: &[u8], told: &mut Vec<Deed>, output: &Output) -> Result<(), Stop> {
    for name in all(bytes) {
        let known = NAMES.iter().find(|(word, _)| **word == *name.letters);
        let Some((word, deed)) = known else { continue };
        if !told.contains(deed) {
            told.push(*deed);
            let word = String::from_utf8_lossy(word);
            output.active(*deed, &format!("/{word}, outside of the document's structure"))?;
        }
    }
    Ok(())
}

/// Files by their streams alone.
pub(super) fn files(file: &[u8], output: &Output) -> Result<(), Stop> {
    let names = all(file).filter(|name| *name.letters == *b"EmbeddedFile");
    for (number, name) in names.take(FILES).enumerate() {
        let Some(packed) = Packed::around(file, name.at) else { continue };
        let called = format!("embedded-{}", number + 1);
        output.member(&called)?;
        let named = |word: &[u8]| all(packed.dictionary).any(|name| *name.letters == *word);
        let whole = if named(b"FlateDecode") || named(b"Fl") {
            inflate(packed.content, output)?
        } else {
            let end = memmem::find(packed.content, b"endstream");
            output
                .data(packed.content.get(..end.unwrap_or(usize::MAX)).unwrap_or(packed.content))?;
            // Packed by something else, or by what stands in another object.
            if named(b"Filter") {
                output.trouble(Why::Unreadable, Some(&called), "its packing cannot be undone")?;
            }
            end.is_some() && !named(b"Filter")
        };
        output.end(whole)?;
    }
    Ok(())
}

//! Objects that the library leaves out: those in streams that it cannot unpack as they are written.
//!
//! It drops such a stream without a word, and what is in it with it. So the document is read once
//! more where something is missing, with these streams put aside; their filters are written out,
//! which may take what another of them holds; and what stays hidden is named.

use super::filters;
use super::names::all;
use super::reader::OBJECTS;
use lopdf::xref::{XrefEntry, XrefRecovery};
use lopdf::{
    DecompressError, Document, Error, LoadOptions, Object, ObjectId, ObjectStream, Stream,
};
use std::collections::{BTreeMap, BTreeSet};

/// Filters of one stream may stand in another, and so on: rounds of that.
const ROUNDS: usize = 8;

/// Completes a document that was read from `file`; the streams whose objects stay hidden.
pub(super) fn complete(document: &mut Document, file: &[u8]) -> Result<BTreeSet<ObjectId>, Error> {
    let mut left = BTreeSet::new();
    if lacks_objects(document) && all(file).any(|name| *name.letters == *b"ObjStm") {
        left.extend(put_aside(document, file)?);
    }
    let suspect = |stream: &Stream| document.was_encrypted() || !stream.dict.has_type(b"ObjStm");
    left.extend(object_streams(document).filter(|(_, stream)| suspect(stream)).map(|(id, _)| id));
    let mut hidden = BTreeSet::new();
    for _ in 0..ROUNDS {
        for id in filters::write_out(document) {
            if let Some(Object::Stream(stream)) = document.objects.get(&id)
                && packs(stream)
            {
                left.insert(id);
            }
        }
        let before = document.objects.len();
        unpack(document, &mut left, &mut hidden)?;
        if document.objects.len() == before {
            break;
        }
    }
    hidden.append(&mut left);
    Ok(hidden)
}

/// Whether the table of the document names objects that could not be read.
fn lacks_objects(document: &Document) -> bool {
    document.reference_table.entries.iter().any(|(number, entry)| {
        let of_number = (*number, 0)..=(*number, u16::MAX);
        matches!(entry, XrefEntry::Normal { .. })
            && document.objects.range(of_number).next().is_none()
    })
}

/// Adds the object streams that the library dropped.
fn put_aside(document: &mut Document, file: &[u8]) -> Result<Vec<ObjectId>, Error> {
    let again = Document::load_mem_with_options(
        file,
        LoadOptions {
            filter: Some(aside),
            max_decompressed_size: Some(OBJECTS),
            force_reconstruct: document.xref_recovery == Some(XrefRecovery::Reconstructed),
            ..LoadOptions::default()
        },
    )?;
    let mut added = Vec::new();
    for (id, object) in again.objects {
        if !document.objects.contains_key(&id)
            && let Object::Stream(stream) = &object
            && packs(stream)
        {
            document.objects.insert(id, object);
            added.push(id);
        }
    }
    Ok(added)
}

/// Takes an object stream that the library would drop for another stream, which it keeps.
fn aside(id: ObjectId, object: &mut Object) -> Option<(ObjectId, Object)> {
    let Object::Stream(stream) = object else { return Some((id, object.clone())) };
    if stream.dict.has_type(b"ObjStm")
        && ObjectStream::new_with_limit(stream, Some(OBJECTS)).is_err()
    {
        stream.dict.remove(b"Type");
    }
    // Of a stream the library keeps what it lent, and asks only whether something comes back.
    Some((id, Object::Null))
}

fn object_streams(document: &Document) -> impl Iterator<Item = (ObjectId, &Stream)> {
    document.objects.iter().filter_map(|(id, object)| match object {
        Object::Stream(stream) if packs(stream) => Some((*id, stream)),
        _ => None,
    })
}

/// Whether a stream holds objects: viewers ask for its type less than for its numbers.
fn packs(stream: &Stream) -> bool {
    !stream.content.is_empty() && stream.dict.has(b"N") && stream.dict.has(b"First")
}

/// Unpacks what can be unpacked of the streams that are `left`. Each is tried once: those whose
/// filters and numbers stand in an object that is not there yet remain, and what fails is `hidden`.
/// No object replaces another.
fn unpack(
    document: &mut Document,
    left: &mut BTreeSet<ObjectId>,
    hidden: &mut BTreeSet<ObjectId>,
) -> Result<(), Error> {
    for id in left.clone() {
        let Some(direct) = direct(document, id) else { continue };
        left.remove(&id);
        let objects = match ObjectStream::new_with_limit(&direct, Some(OBJECTS)) {
            Ok(unpacked) => unpacked.objects,
            Err(error @ Error::Decompress(DecompressError::MemoryLimitExceeded { .. })) => {
                return Err(error);
            }
            Err(_) => BTreeMap::new(),
        };
        if objects.is_empty() && direct.dict.get(b"N").is_ok_and(|n| *n != Object::Integer(0)) {
            hidden.insert(id);
        }
        for (id, object) in objects {
            document.objects.entry(id).or_insert(object);
        }
    }
    Ok(())
}

/// An object stream with its numbers written out; `None` where they or its filters cannot be found.
fn direct(document: &mut Document, id: ObjectId) -> Option<Stream> {
    let Some(Object::Stream(stream)) = document.objects.get_mut(&id) else { return None };
    // From here on it is one by its type, too.
    stream.dict.set("Type", Object::Name(b"ObjStm".to_vec()));
    let mut direct = stream.clone();
    for key in ["N", "First"] {
        let number = direct.dict.get_deref(key.as_bytes(), document).ok()?.clone();
        direct.dict.set(key, number);
    }
    (!filters::is_unreadable(&direct)).then_some(direct)
}

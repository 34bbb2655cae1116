//! Filters of streams, written out as the library reads them.
//!
//! Any value may be a reference (ISO 32000-2 §7.3.10), viewers take the short names of inline
//! pictures for all streams, and `/Crypt` (§7.4.10) is undone with the document's encryption. The
//! library knows none of this, and hands out such a stream packed, as though it were plain.

use lopdf::{Dictionary, Document, Object, ObjectId, Stream};

/// Short names of filters (§8.9.7) and what the library calls them.
const SHORT: &[(&[u8], &[u8])] = &[
    (b"A85", b"ASCII85Decode"),
    (b"AHx", b"ASCIIHexDecode"),
    (b"Fl", b"FlateDecode"),
    (b"LZW", b"LZWDecode"),
    (b"RL", b"RunLengthDecode"),
];

/// Writes out the filters of all streams; those in which there was something to be written.
pub(super) fn write_out(document: &mut Document) -> Vec<ObjectId> {
    let all = document.objects.iter();
    let written: Vec<(ObjectId, Dictionary)> = all
        .filter_map(|(id, object)| {
            let Object::Stream(Stream { dict, .. }) = object else { return None };
            Some((*id, written_out(dict, document)?))
        })
        .collect();
    let mut changed = Vec::new();
    for (id, dictionary) in written {
        if let Some(Object::Stream(stream)) = document.objects.get_mut(&id) {
            stream.dict = dictionary;
            changed.push(id);
        }
    }
    changed
}

/// Whether a stream names filters in a way that nobody can follow.
pub(super) fn is_unreadable(stream: &Stream) -> bool {
    let filter = stream.dict.get(b"Filter");
    filter.is_ok_and(|filter| *filter != Object::Null) && stream.filters().is_err()
}

/// The dictionary of a stream with its filters written out; `None` where they are, or cannot be.
fn written_out(dictionary: &Dictionary, document: &Document) -> Option<Dictionary> {
    let (filter, parameters) = (value(dictionary, FILTER), value(dictionary, PARAMETERS));
    let usual = filter.is_none_or(|filter| names(filter).is_some_and(|n| n.iter().all(is_known)))
        && parameters.is_none_or(is_direct);
    if usual && !dictionary.has(b"DP") && dictionary.has(b"Filter") == filter.is_some() {
        return None;
    }
    let follow =
        |object: &Object| document.dereference(object).map_or(Object::Null, |(_, to)| to.clone());
    let filters = match follow(filter?) {
        name @ Object::Name(_) => vec![name],
        Object::Array(items) => items.iter().map(follow).collect(),
        _ => return None,
    };
    let parameters = match parameters.map(follow) {
        Some(Object::Array(items)) => items.iter().map(follow).collect(),
        // The library takes one for all; so does everybody where there is one filter.
        one => one.map_or_else(Vec::new, |one| vec![one; filters.len()]),
    };
    let (mut names, mut settings) = (Vec::new(), Vec::new());
    for (number, filter) in filters.into_iter().enumerate() {
        let name = filter.as_name().ok()?;
        if name == b"Crypt" {
            continue;
        }
        let long = SHORT.iter().find(|(short, _)| *short == name).map_or(name, |(_, long)| long);
        names.push(Object::Name(long.to_vec()));
        settings.push(match parameters.get(number) {
            Some(Object::Dictionary(one)) => Object::Dictionary(numbers(one, document)),
            _ => Object::Null,
        });
    }
    let mut written = dictionary.clone();
    [&b"DP"[..], b"DecodeParms"].into_iter().for_each(|key| drop(written.remove(key)));
    if value(dictionary, [b"", b"F"]).is_some() {
        written.remove(b"F");
    }
    written.set("Filter", Object::Array(names));
    if settings.iter().any(|one| *one != Object::Null) {
        written.set("DecodeParms", Object::Array(settings));
    }
    Some(written)
}

/// The one parameter that is a stream of its own.
const GLOBALS: &[u8] = b"JBIG2Globals";

const FILTER: [&[u8]; 2] = [b"Filter", b"F"];
const PARAMETERS: [&[u8]; 2] = [b"DecodeParms", b"DP"];

/// A value under its long or its short name. `/F` is a file too, as a string or a dictionary: what
/// stands there counts where it is a name, or a list of names.
fn value<'d>(dictionary: &'d Dictionary, [long, short]: [&[u8]; 2]) -> Option<&'d Object> {
    let is_filter = |object: &&Object| short != b"F" || names(object).is_some();
    let value = dictionary.get(long).ok().filter(|object| **object != Object::Null);
    value.or_else(|| dictionary.get(short).ok().filter(is_filter))
}

/// The names of filters that stand here without a reference.
fn names(filter: &Object) -> Option<Vec<&[u8]>> {
    match filter {
        Object::Name(name) => Some(vec![name]),
        Object::Array(items) => items.iter().map(|item| item.as_name().ok()).collect(),
        _ => None,
    }
}

fn is_known(name: &&[u8]) -> bool {
    *name != b"Crypt" && SHORT.iter().all(|(short, _)| short != name)
}

/// Whether parameters hold no reference but that one.
fn is_direct(parameters: &Object) -> bool {
    match parameters {
        Object::Reference(_) => false,
        Object::Array(items) => items.iter().all(|item| match item {
            Object::Dictionary(one) => has_numbers(one),
            other => !matches!(other, Object::Reference(_)),
        }),
        Object::Dictionary(one) => has_numbers(one),
        _ => true,
    }
}

fn has_numbers(parameters: &Dictionary) -> bool {
    let mut all = parameters.iter();
    all.all(|(key, value)| key == GLOBALS || !matches!(value, Object::Reference(_)))
}

/// Parameters with what their references lead to; nothing, where that is no number.
fn numbers(parameters: &Dictionary, document: &Document) -> Dictionary {
    let mut direct = parameters.clone();
    for (key, value) in direct.iter_mut() {
        if key != GLOBALS && matches!(value, Object::Reference(_)) {
            *value = match document.dereference(value) {
                Ok((_, to)) if !matches!(to, Object::Stream(_)) => to.clone(),
                _ => Object::Null,
            };
        }
    }
    direct
}

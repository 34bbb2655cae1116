//! Files inside a PDF (ISO 32000-2 §7.11.4): attachments, portfolios, associated files.
//!
//! They are found by their file specifications, wherever these stand; a file that none names is
//! read too, since an older revision or another viewer may name it.

use super::actions::dictionaries;
use super::filters;
use super::strings::text;
use crate::archive::Why;
use crate::archive::worker::{Output, Stop};
use flate2::bufread::{DeflateDecoder, ZlibDecoder};
use lopdf::{DecompressError, Dictionary, Document, Error, Object, ObjectId, Stream};
use std::collections::HashSet;
use std::io::Read;

/// Bytes that a file may unpack to where it cannot be passed on piece by piece.
const AT_ONCE: usize = 96 << 20;

/// The files of a document.
pub(super) struct Files<'d> {
    document: &'d Document,
    output: &'d Output,
    seen: HashSet<ObjectId>,
    count: usize,
}

impl<'d> Files<'d> {
    pub(super) fn new(document: &'d Document, output: &'d Output) -> Files<'d> {
        Files { document, output, seen: HashSet::new(), count: 0 }
    }

    /// Hands all of them out; how many there were.
    pub(super) fn all(mut self) -> Result<usize, Stop> {
        let mut specifications = Vec::new();
        dictionaries(self.document, &mut |dictionary| {
            if dictionary.has(b"EF") {
                specifications.push(dictionary);
            }
        });
        specifications.into_iter().try_for_each(|one| self.specification(one))?;
        let document = self.document;
        for (id, object) in &document.objects {
            if let Object::Stream(stream) = object
                && stream.dict.has_type(b"EmbeddedFile")
                && self.seen.insert(*id)
            {
                self.count += 1;
                self.file(&format!("embedded-{}", id.0), stream)?;
            }
        }
        Ok(self.count)
    }

    /// The files that one specification names: usually one under two keys.
    fn specification(&mut self, specification: &'d Dictionary) -> Result<(), Stop> {
        let document = self.document;
        let Ok(Object::Dictionary(files)) = specification.get_deref(b"EF", document) else {
            return Ok(());
        };
        let name = |key: &[u8]| {
            let value = specification.get_deref(key, document).ok()?;
            value.as_str().ok().map(text).filter(|name| !name.is_empty())
        };
        let name = name(b"UF").or_else(|| name(b"F")).or_else(|| name(b"Desc"));
        for (_, value) in files.iter() {
            let Ok((id, Object::Stream(stream))) = document.dereference(value) else { continue };
            if id.is_some_and(|id| !self.seen.insert(id)) {
                continue;
            }
            self.count += 1;
            match &name {
                Some(name) => self.file(name, stream)?,
                None => self.file(&format!("embedded-{}", self.count), stream)?,
            }
        }
        Ok(())
    }

    fn file(&self, name: &str, stream: &Stream) -> Result<(), Stop> {
        let output = self.output;
        output.member(name)?;
        let plain_flate = stream.filters().is_ok_and(|filters| filters == [b"FlateDecode"])
            && !stream.dict.has(b"DecodeParms");
        if !plain_flate {
            let whole = self.at_once(name, stream)?;
            return output.end(whole);
        }
        let whole = inflate(&stream.content, output)?;
        if !whole {
            output.trouble(Why::Unreadable, Some(name), "its packing is damaged")?;
        }
        output.end(whole)
    }

    /// Unpacks a file by the library, which does it in one piece. Whether it could be.
    fn at_once(&self, name: &str, stream: &Stream) -> Result<bool, Stop> {
        let output = self.output;
        let why = match stream.get_plain_content_with_limit(AT_ONCE) {
            Ok(plain) => {
                output.data(&plain)?;
                // The library unpacks what it can, and leaves what it cannot as it is.
                if !filters::is_unreadable(stream)
                    && (!plain.is_empty() || stream.content.is_empty())
                {
                    return Ok(true);
                }
                Why::Unreadable
            }
            Err(Error::Decompress(DecompressError::MemoryLimitExceeded { limit })) => {
                let limit = limit as u64;
                output.over_limit(Some(name), "unpacks to too much", (limit + 1, limit))?;
                return Ok(false);
            }
            Err(Error::Unimplemented(_)) => Why::Unsupported,
            Err(_) => Why::Unreadable,
        };
        output.trouble(why, Some(name), "its packing cannot be undone")?;
        Ok(false)
    }
}

/// Unpacks piece by piece; whether to the end. A wrong header hides nothing from viewers.
pub(super) fn inflate(content: &[u8], output: &Output) -> Result<bool, Stop> {
    let (whole, count) = pass(&mut ZlibDecoder::new(content), output)?;
    match (whole, count, content.get(2..)) {
        (false, 0, Some(raw)) => Ok(pass(&mut DeflateDecoder::new(raw), output)?.0),
        _ => Ok(whole),
    }
}

fn pass(reader: &mut dyn Read, output: &Output) -> Result<(bool, u64), Stop> {
    let mut chunk = vec![0; 64 << 10];
    let mut passed = 0;
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok((true, passed)),
            Ok(count) => {
                output.data(chunk.get(..count).unwrap_or_default())?;
                passed += count as u64;
            }
            Err(_) => return Ok((false, passed)),
        }
    }
}

//! What a PDF does by itself (ISO 32000-2 §12.6): scripts, programs, addresses, forms.
//!
//! Every dictionary is asked, wherever it stands: viewers find actions in places that no table of
//! the standard lists.

use super::strings::{is_file_address, text};
use crate::archive::Deed;
use crate::archive::worker::{Output, Stop};
use crate::mail::name::extension;
use crate::mail::{Family, FileType};
use lopdf::{Dictionary, Document, Object, Stream};
use memchr::memmem;

/// What is told of one document at most.
const MOST: usize = 40;

/// Bytes that a form in XML may unpack to, to be searched for script.
const FORM: usize = 32 << 20;

/// Calls `each` for every dictionary of the document, those of streams included.
pub(super) fn dictionaries<'d>(document: &'d Document, each: &mut dyn FnMut(&'d Dictionary)) {
    // Arrays and dictionaries within one object are nested as deep as the reader allows; the
    // stack is ours.
    let mut open: Vec<&Object> = document.objects.values().collect();
    each(&document.trailer);
    open.extend(document.trailer.iter().map(|(_, value)| value));
    while let Some(object) = open.pop() {
        let dictionary = match object {
            Object::Array(items) => {
                open.extend(items);
                continue;
            }
            Object::Dictionary(dictionary) => dictionary,
            Object::Stream(Stream { dict, .. }) => dict,
            _ => continue,
        };
        each(dictionary);
        open.extend(dictionary.iter().map(|(_, value)| value));
    }
}

/// The actions of a document.
pub(super) struct Actions<'d> {
    document: &'d Document,
    found: Vec<(Deed, String)>,
    /// Kinds of actions that were judged, harmless ones too.
    judged: Vec<Deed>,
}

impl<'d> Actions<'d> {
    pub(super) fn new(document: &'d Document) -> Actions<'d> {
        Actions { document, found: Vec::new(), judged: Vec::new() }
    }

    /// Looks at all dictionaries: first at what happens without a click.
    pub(super) fn collect(&mut self) {
        let document = self.document;
        dictionaries(document, &mut |dictionary| self.at_once(dictionary));
        dictionaries(document, &mut |dictionary| {
            if let Some((deed, what)) = self.describe(dictionary) {
                self.note(deed, &what, "");
            } else if self.name(dictionary, b"S") == Some(b"Launch") && self.judged.is_empty() {
                self.judged.push(Deed::Launch);
            }
            self.form(dictionary);
        });
    }

    /// Tells what was found, and which deeds need not be told of again.
    pub(super) fn tell(self, output: &Output) -> Result<Vec<Deed>, Stop> {
        self.found.iter().try_for_each(|(deed, detail)| output.active(*deed, detail))?;
        let found = self.found.into_iter().map(|(deed, _)| deed);
        Ok(found.chain(self.judged).collect())
    }

    fn note(&mut self, deed: Deed, what: &str, trigger: &str) {
        let known = self.found.iter().any(|(_, detail)| detail.ends_with(what));
        if !known && self.found.len() < MOST {
            self.found.push((deed, format!("{trigger}{what}")));
        }
    }

    /// Actions that opening the document, a page or a field sets off (§12.6.3).
    fn at_once(&mut self, dictionary: &'d Dictionary) {
        if let Some(action) = self.dictionary(dictionary, b"OpenAction")
            && let Some((deed, what)) = self.describe(action)
        {
            self.note(deed, &what, "/OpenAction with ");
        }
        let Some(triggers) = self.dictionary(dictionary, b"AA") else { return };
        for (key, _) in triggers.iter() {
            if let Some(action) = self.dictionary(triggers, key)
                && let Some((deed, what)) = self.describe(action)
            {
                self.note(deed, &what, "/AA with ");
            }
        }
    }

    /// What one dictionary does, if it is an action or something like it.
    fn describe(&self, dictionary: &'d Dictionary) -> Option<(Deed, String)> {
        let address = || self.address(dictionary).unwrap_or_default();
        let kind = self.name(dictionary, b"S").unwrap_or_default();
        match kind {
            b"JavaScript" => Some((Deed::Script, "/JavaScript".to_owned())),
            b"Launch" => self.launch(dictionary, &address()),
            b"SubmitForm" => Some((Deed::Remote, with("/SubmitForm", &address()))),
            b"ImportData" => Some((Deed::Remote, with("/ImportData", &address()))),
            b"GoToR" | b"GoToE" | b"Thread" => {
                let address = address();
                let bytes = address.as_bytes();
                let leads_away = is_file_address(bytes) || address.contains("://");
                let word = format!("/{}", String::from_utf8_lossy(kind));
                leads_away.then(|| (Deed::Remote, with(&word, &address)))
            }
            b"URI" => {
                let address = self.bytes(dictionary, b"URI")?;
                is_file_address(address).then(|| (Deed::Remote, with("/URI", &text(address))))
            }
            _ => self.by_key(dictionary),
        }
    }

    /// What does something without being an action by its kind.
    fn by_key(&self, dictionary: &'d Dictionary) -> Option<(Deed, String)> {
        if dictionary.has(b"JS") {
            return Some((Deed::Script, "/JS".to_owned()));
        }
        let kind = self.name(dictionary, b"Subtype");
        // A model in three dimensions may bring a script that runs when it is shown (§13.6.3).
        let spatial = matches!(kind, Some(b"U3D" | b"PRC"));
        if spatial && dictionary.iter().any(|(key, _)| key.starts_with(b"OnInst")) {
            return Some((Deed::Script, "a 3D model with script".to_owned()));
        }
        if kind == Some(b"RichMedia") {
            return Some((Deed::Control, "/RichMedia".to_owned()));
        }
        self.outside(dictionary)
    }

    /// A program is started; so is the viewer of a document, which old writers made of a link to a
    /// document beside this one. Such a link is as harmless as `/GoToR`.
    fn launch(&self, dictionary: &'d Dictionary, address: &str) -> Option<(Deed, String)> {
        let kind = extension(address).and_then(|extension| FileType::by_extension(&extension));
        let is_read = kind.is_some_and(|kind| {
            matches!(kind.family, Family::Document | Family::Picture | Family::Text)
        });
        let what = with("/Launch", address);
        match is_read && !dictionary.has(b"Win") {
            true if !is_file_address(address.as_bytes()) => None,
            true => Some((Deed::Remote, what)),
            false => Some((Deed::Launch, what)),
        }
    }

    /// A stream whose content stands in another file (§7.3.8.2), on another machine.
    fn outside(&self, dictionary: &'d Dictionary) -> Option<(Deed, String)> {
        if !dictionary.has(b"Length") {
            return None;
        }
        let address = self.address(dictionary)?;
        let leads_away = is_file_address(address.as_bytes());
        leads_away.then(|| (Deed::Remote, with("a stream in", &address)))
    }

    /// A form in XML, as one stream or in pieces (§12.7.8): whether it has a script.
    fn form(&mut self, dictionary: &'d Dictionary) {
        let Ok(form) = dictionary.get_deref(b"XFA", self.document) else { return };
        let pieces = match form {
            Object::Array(pieces) => pieces.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut left = FORM;
        for piece in pieces.iter().filter_map(|piece| self.document.dereference(piece).ok()) {
            let Ok(stream) = piece.1.as_stream() else { continue };
            let Ok(plain) = stream.get_plain_content_with_limit(left) else { continue };
            left = left.saturating_sub(plain.len());
            let mut scripts = memmem::find_iter(&plain, b"script");
            if scripts.any(|at| at > 0 && matches!(plain.get(at - 1), Some(b'<' | b':'))) {
                self.note(Deed::Script, "a form (XFA) with script", "");
            }
        }
    }

    /// What an action leads to: an address, a file, a program and its arguments.
    fn address(&self, dictionary: &'d Dictionary) -> Option<String> {
        let direct = |dictionary: &'d Dictionary| {
            let keys: [&[u8]; 4] = [b"UF", b"F", b"Unix", b"URL"];
            keys.into_iter().find_map(|key| self.bytes(dictionary, key)).map(text)
        };
        let within = |key| self.dictionary(dictionary, key).and_then(direct);
        let address = within(b"Win").or_else(|| within(b"F")).or_else(|| direct(dictionary))?;
        let arguments = self.dictionary(dictionary, b"Win");
        let arguments = arguments.and_then(|windows| self.bytes(windows, b"P")).map(text);
        Some(match arguments {
            Some(arguments) => format!("{address} {arguments}"),
            None => address,
        })
    }

    fn dictionary(&self, of: &'d Dictionary, key: &[u8]) -> Option<&'d Dictionary> {
        match of.get_deref(key, self.document).ok()? {
            Object::Dictionary(dictionary) => Some(dictionary),
            Object::Stream(stream) => Some(&stream.dict),
            _ => None,
        }
    }

    fn name(&self, of: &'d Dictionary, key: &[u8]) -> Option<&'d [u8]> {
        of.get_deref(key, self.document).ok()?.as_name().ok()
    }

    fn bytes(&self, of: &'d Dictionary, key: &[u8]) -> Option<&'d [u8]> {
        of.get_deref(key, self.document).ok()?.as_str().ok()
    }
}

/// A word and what it leads to, which may be missing and may be long.
fn with(word: &str, address: &str) -> String {
    const ADDRESS: usize = 200;
    let address: String = address.chars().take(ADDRESS).collect();
    format!("{word} {address}").trim_end().to_owned()
}

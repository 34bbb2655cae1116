//! LDIF (RFC 2849), as ldapsearch, ldifde and every mail server's tools write it: objects with attributes.

use crate::tomlfile::{Error, Source};
use mail_parser::Encoding;
use std::collections::HashMap;

/// The attributes of one object, names in lower case.
pub(super) type Object = HashMap<String, Vec<String>>;

/// All objects of a text, in order.
pub(super) fn objects(source: &Source) -> Result<Vec<Object>, Vec<Error>> {
    let (mut all, mut errors, mut object) = (Vec::new(), Vec::new(), Object::new());
    for (at, line) in unfolded(source.text()) {
        if line.is_empty() {
            all.extend(Some(std::mem::take(&mut object)).filter(|object| !object.is_empty()));
            continue;
        }
        match attribute(&line) {
            Ok(Some((name, value))) => object.entry(name).or_default().push(value),
            Ok(None) => {}
            Err(message) => errors.push(source.error(at..at + line.len(), message)),
        }
    }
    all.extend(Some(object).filter(|object| !object.is_empty()));
    if errors.is_empty() { Ok(all) } else { Err(errors) }
}

/// Lines with their places; one that begins with a blank goes on with the line before it.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        match (bare.strip_prefix(' '), lines.last_mut()) {
            (Some(rest), Some((_, last))) => last.push_str(rest),
            _ => lines.push((at, bare.to_owned())),
        }
        at += line.len();
    }
    lines
}

/// `name: value`, `name:: base64`; comments and the results of a search are nothing.
fn attribute(line: &str) -> Result<Option<(String, String)>, String> {
    if line.starts_with('#') {
        return Ok(None);
    }
    let (name, value) = line.split_once(':').ok_or("expected `attribute: value`")?;
    // Options such as `;lang-vi` or `;binary` make no other attribute.
    let name = name.split(';').next().unwrap_or_default().to_lowercase();
    let value = match (value.strip_prefix(':'), value.strip_prefix('<')) {
        (Some(packed), _) => {
            let bytes = Encoding::Base64.decode(packed.trim().as_bytes()).into_owned();
            match String::from_utf8(bytes) {
                Ok(text) => text,
                // Photographs, certificates and identifiers are no text.
                Err(_) => return Ok(None),
            }
        }
        (_, Some(_)) => return Err("a value in another file is not read".to_owned()),
        _ => value.trim_start_matches(' ').to_owned(),
    };
    Ok(Some((name, value)))
}

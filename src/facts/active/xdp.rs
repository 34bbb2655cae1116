//! PDF within XML (XDP, Adobe's XML Data Package 2.0): Acrobat opens it as it opens the PDF.

use super::{base64, begins_as_markup};
use crate::archive::xml::{Node, walk};
use crate::mail::Budget;
use memchr::memmem;

/// The documents that a package carries in base64: `<pdf><document><chunk>`, of any prefix.
pub(super) fn documents(content: &[u8], budget: &Budget) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let has = |name: &[u8]| memmem::find(content, name).is_some();
    if !begins_as_markup(content) || !has(b"xdp") || !has(b"chunk") {
        return found;
    }
    let (mut root, mut chunk) = (None, None::<String>);
    walk(content, budget, |node| match node {
        Node::Open(name, _) => {
            let is_package = *root.get_or_insert_with(|| name == "xdp");
            if is_package && name == "chunk" {
                chunk = Some(String::new());
            }
        }
        Node::Text(text) => {
            if let Some(chunk) = &mut chunk {
                chunk.push_str(text);
            }
        }
        Node::Close("chunk") => {
            let document = chunk.take().map(|chunk| base64::decode(chunk.as_bytes()));
            found.extend(document.map(|bytes| ("document.pdf".to_owned(), bytes)));
        }
        Node::Close(_) => {}
    });
    // Who reads on behind what is not well-formed has what came so far.
    let rest = chunk.map(|chunk| base64::decode(chunk.as_bytes()));
    found.extend(rest.map(|bytes| ("document.pdf".to_owned(), bytes)));
    found
}

//! The fonts of OpenDocument's styles (ODF 1.3 part 3, 16.2), and which are red: faces by name,
//! styles by parent.

use super::super::is_red_name;
use crate::archive::xml::{Node, attribute};
use quick_xml::events::BytesStart;
use std::collections::HashMap;

/// Styles of one document.
const STYLES: usize = 1 << 16;
/// How far one style may hang on another.
const CHAIN: usize = 32;

/// Fonts by the member that says so, and the style's name.
#[derive(Debug, Default)]
pub(super) struct Styles {
    faces: HashMap<String, String>,
    styles: HashMap<(&'static str, String), Style>,
    default: Option<String>,
    open: Option<(String, Style)>,
    in_default: bool,
}

#[derive(Debug, Default)]
struct Style {
    parent: String,
    font: Option<String>,
    red: Option<bool>,
}

impl Styles {
    /// Takes a node of a member that has styles.
    pub(super) fn take(&mut self, node: &Node<'_>, of: &'static str) {
        match node {
            Node::Open("font-face", start) if self.faces.len() < STYLES => {
                let family = attribute(start, "font-family");
                self.faces.insert(attribute(start, "name"), bare(&family));
            }
            Node::Open("style", start) => {
                let parent = attribute(start, "parent-style-name");
                self.open = Some((attribute(start, "name"), Style { parent, ..Style::default() }));
            }
            Node::Open("default-style", start) => {
                self.in_default = attribute(start, "family") == "paragraph";
            }
            Node::Open("text-properties", start) => {
                let font = self.face(start);
                match &mut self.open {
                    Some((_, style)) => {
                        let colour = attribute(start, "color");
                        let red = (!colour.is_empty()).then(|| is_red_name(&colour));
                        (style.font, style.red) = (font, red);
                    }
                    None if self.in_default => self.default = font,
                    None => {}
                }
            }
            Node::Close("default-style") => self.in_default = false,
            Node::Close("style") => {
                if let Some((name, style)) = self.open.take()
                    && self.styles.len() < STYLES
                {
                    self.styles.insert((of, name), style);
                }
            }
            _ => {}
        }
    }

    /// The font that properties name, by its face or by its family.
    fn face(&self, start: &BytesStart<'_>) -> Option<String> {
        let face = attribute(start, "font-name");
        if !face.is_empty() {
            return Some(self.faces.get(&face).cloned().unwrap_or(face));
        }
        let family = attribute(start, "font-family");
        (!family.is_empty()).then(|| bare(&family))
    }

    /// The font of text in these styles, the innermost last.
    pub(super) fn font(&self, of: &'static str, open: &[String]) -> Option<&str> {
        let named = open.iter().rev().find_map(|name| self.of(of, name, |s| s.font.as_deref()));
        named.or(self.default.as_deref())
    }

    /// Whether text in these styles is red.
    pub(super) fn is_red(&self, of: &'static str, open: &[String]) -> bool {
        open.iter().rev().find_map(|name| self.of(of, name, |style| style.red)).unwrap_or_default()
    }

    /// What a style says, or the nearest that it hangs on.
    fn of<'s, T>(
        &'s self,
        of: &'static str,
        name: &str,
        says: impl Fn(&'s Style) -> Option<T>,
    ) -> Option<T> {
        let get = |name: &str| {
            let own = self.styles.get(&(of, name.to_owned()));
            own.or_else(|| self.styles.get(&("common", name.to_owned())))
        };
        let mut style = get(name)?;
        for _ in 0..CHAIN {
            if let Some(said) = says(style) {
                return Some(said);
            }
            style = get(&style.parent)?;
        }
        None
    }
}

/// A family without quotation marks and without what stands in for it.
fn bare(family: &str) -> String {
    let first = family.split(',').next().unwrap_or_default();
    first.trim_matches(['\'', '"', ' ']).to_owned()
}

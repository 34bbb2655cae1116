//! The fonts of Word's styles (ECMA-376 part 1, 17.7), and which are red: each may be based on
//! another.

use super::super::is_red_name;
use super::Package;
use crate::archive::xml::{Node, attribute};
use quick_xml::events::BytesStart;
use std::collections::HashMap;

/// Styles of one document; templates of ministries have some hundreds.
const STYLES: usize = 4096;
/// How far one style may be based on another (Word: 11).
const CHAIN: usize = 32;

/// Fonts by style.
#[derive(Debug, Default)]
pub(super) struct Styles {
    by_id: HashMap<String, Style>,
    /// Of paragraphs that name no style.
    paragraph: String,
    /// Of everything that says nothing else.
    default: Option<String>,
}

#[derive(Debug, Default)]
struct Style {
    based_on: String,
    font: Option<String>,
    red: Option<bool>,
}

impl Styles {
    /// Reads the styles of a document.
    pub(super) fn read(package: &Package<'_>, member: &str) -> Styles {
        let mut styles = Styles::default();
        let mut open: Option<(String, Style)> = None;
        let mut in_defaults = false;
        package.walk(member, |node| match node {
            Node::Open("docDefaults", _) => in_defaults = true,
            Node::Close("docDefaults") => in_defaults = false,
            Node::Open("style", start) => {
                let id = attribute(start, "styleId");
                let usual = matches!(attribute(start, "default").as_str(), "1" | "true" | "on");
                if usual && attribute(start, "type") == "paragraph" {
                    styles.paragraph.clone_from(&id);
                }
                open = Some((id, Style::default()));
            }
            Node::Open("basedOn", start) => {
                if let Some((_, style)) = &mut open {
                    style.based_on = attribute(start, "val");
                }
            }
            Node::Open("rFonts", start) => match &mut open {
                Some((_, style)) => style.font = font(start),
                None if in_defaults => styles.default = font(start),
                None => {}
            },
            Node::Open("color", start) => {
                if let Some((_, style)) = &mut open {
                    style.red = Some(is_red_name(&attribute(start, "val")));
                }
            }
            Node::Close("style") => {
                if let Some((id, style)) = open.take()
                    && styles.by_id.len() < STYLES
                {
                    styles.by_id.insert(id, style);
                }
            }
            _ => {}
        });
        styles
    }

    /// The font of a run that names none: by its own style, then its paragraph's.
    pub(super) fn font(&self, run: Option<&str>, paragraph: Option<&str>) -> Option<&str> {
        self.said(run, paragraph, |style| style.font.as_deref()).or(self.default.as_deref())
    }

    /// Whether a run that names no colour is red.
    pub(super) fn is_red(&self, run: Option<&str>, paragraph: Option<&str>) -> bool {
        self.said(run, paragraph, |style| style.red).unwrap_or_default()
    }

    /// What the style of a run says, then that of its paragraph.
    fn said<'s, T>(
        &'s self,
        run: Option<&str>,
        paragraph: Option<&str>,
        says: impl Fn(&'s Style) -> Option<T>,
    ) -> Option<T> {
        let of_paragraph = || self.of(paragraph.unwrap_or(&self.paragraph), &says);
        run.and_then(|id| self.of(id, &says)).or_else(of_paragraph)
    }

    fn of<'s, T>(&'s self, id: &str, says: impl Fn(&'s Style) -> Option<T>) -> Option<T> {
        let mut style = self.by_id.get(id)?;
        for _ in 0..CHAIN {
            if let Some(said) = says(style) {
                return Some(said);
            }
            style = self.by_id.get(&style.based_on)?;
        }
        None
    }
}

/// The font of letters above ASCII, which is what encodings of fonts are about.
pub(super) fn font(start: &BytesStart<'_>) -> Option<String> {
    let names = ["hAnsi", "ascii", "cs"].into_iter().map(|name| attribute(start, name));
    names.into_iter().find(|name| !name.is_empty())
}

//! Words in a TOML file that know their place.

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use std::fmt;
use std::ops::Range;
use toml::Spanned;

/// A word and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// Its bytes in the file.
    pub span: Range<usize>,
}

/// One word, or a list of them: `"a"` or `["a", "b"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The words.
    pub words: Vec<Word>,
    /// The whole value's bytes in the file.
    pub span: Range<usize>,
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Words, D::Error> {
        let outer = Spanned::<Strings>::deserialize(deserializer)?;
        let span = outer.span();
        let words = outer.into_inner().0.into_iter();
        let word = |(text, at): (String, Option<Range<usize>>)| Word {
            text,
            span: at.unwrap_or_else(|| span.clone()),
        };
        Ok(Words { words: words.map(word).collect(), span })
    }
}

/// Words as they are read: only those in a list know their own place.
struct Strings(Vec<(String, Option<Range<usize>>)>);

impl<'de> Deserialize<'de> for Strings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Strings, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Strings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, or a list of texts")
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Strings, E> {
                Ok(Strings(vec![(value.to_owned(), None)]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Strings, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = list.next_element::<Spanned<String>>()? {
                    let span = word.span();
                    words.push((word.into_inner(), Some(span)));
                }
                Ok(Strings(words))
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}

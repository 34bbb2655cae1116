//! Encoded words of a header (RFC 2047), taken out of the text around them as bytes.
//!
//! Bytes and not text: a charset that parsers do not know (TCVN, VNI, VISCII) is lost when they
//! make text of it, and what a header is really in can only be told from its bytes.

use mail_parser::Encoding;
use memchr::memmem;

/// A header's value: bytes, and the charset label of its first encoded word, lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unfolded {
    /// The bytes, encoded words decoded, folding taken out.
    pub bytes: Vec<u8>,
    /// The first charset label.
    pub label: Option<String>,
}

/// Reads a raw header value. Total; what is no encoded word stays.
pub fn unfold(raw: &[u8]) -> Unfolded {
    let mut out = Unfolded::default();
    for piece in Pieces::of(raw) {
        match piece {
            // Line ends of the folding become blanks.
            Piece::Text(text) => out.bytes.extend(
                text.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }),
            ),
            Piece::Word { charset, bytes } => {
                out.bytes.extend_from_slice(&bytes);
                let label = || String::from_utf8_lossy(charset).to_ascii_lowercase();
                out.label.get_or_insert_with(label);
            }
        }
    }
    out
}

/// A piece of a header's text.
#[derive(Debug)]
pub(super) enum Piece<'t> {
    /// As it stands.
    Text(&'t [u8]),
    /// An encoded word.
    Word {
        /// Its charset without the language that may follow (RFC 2231 §5).
        charset: &'t [u8],
        /// What it holds, in that charset.
        bytes: Vec<u8>,
    },
}

/// The pieces of a text, without the blanks between two encoded words, which are no text
/// (RFC 2047 §6.2).
#[derive(Debug)]
pub(super) struct Pieces<'t> {
    rest: &'t [u8],
    /// A word that was found behind the text given last.
    word: Option<Piece<'t>>,
    after_word: bool,
    /// Bytes of the rest in which a word may begin: none ends behind them, so that openings
    /// without an end are not each searched to the end of the text.
    live: usize,
}

impl<'t> Pieces<'t> {
    pub(super) fn of(text: &'t [u8]) -> Pieces<'t> {
        let live = match text.ends_with(b"?") {
            true => text.len(),
            false => memmem::rfind(text, b"?=").unwrap_or(0),
        };
        Pieces { rest: text, word: None, after_word: false, live }
    }

    /// The next encoded word: what is before it, the word, what is behind it.
    fn next_word(&self) -> Option<(&'t [u8], Piece<'t>, &'t [u8])> {
        let live = self.rest.get(..self.live)?;
        memmem::find_iter(live, b"=?").find_map(|at| {
            let (before, from) = self.rest.split_at(at);
            let (word, behind) = word(from)?;
            Some((before, word, behind))
        })
    }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        if let Some(word) = self.word.take() {
            self.after_word = true;
            return Some(word);
        }
        let Some((before, word, behind)) = self.next_word() else {
            let rest = std::mem::take(&mut self.rest);
            self.live = 0;
            return (!rest.is_empty()).then_some(Piece::Text(rest));
        };
        self.live = self.live.saturating_sub(self.rest.len() - behind.len());
        self.rest = behind;
        let blank = before.iter().all(u8::is_ascii_whitespace);
        if before.is_empty() || (self.after_word && blank) {
            self.after_word = true;
            return Some(word);
        }
        self.word = Some(word);
        Some(Piece::Text(before))
    }
}

/// `=?charset?B?text?=` at the beginning, and what is behind it.
fn word(from: &[u8]) -> Option<(Piece<'_>, &[u8])> {
    let rest = from.strip_prefix(b"=?")?;
    let (charset, rest) = cut(rest)?;
    let (how, rest) = cut(rest)?;
    let decode = match how {
        b"B" | b"b" => base64,
        b"Q" | b"q" => quoted,
        _ => return None,
    };
    // Cut short, it still is one for lenient readers.
    let end = memmem::find(rest, b"?=");
    let end = end.or_else(|| rest.ends_with(b"?").then(|| rest.len() - 1))?;
    let (text, behind) = rest.split_at(end);
    let charset = charset.split(|byte| *byte == b'*').next().unwrap_or_default();
    let word = Piece::Word { charset, bytes: decode(text) };
    Some((word, behind.get(2..).unwrap_or_default()))
}

/// What is before and behind the next question mark, which is near.
fn cut(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let place = memchr::memchr(b'?', text.get(..text.len().min(256)).unwrap_or_default())?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

fn base64(text: &[u8]) -> Vec<u8> {
    Encoding::Base64.decode(text).into_owned()
}

/// The Q encoding (RFC 2047 §4.2). A trailing blank is text here and no soft break.
fn quoted(text: &[u8]) -> Vec<u8> {
    let blank = |byte: &u8| if *byte == b'_' { b' ' } else { *byte };
    super::view::lenient_quoted(&text.iter().map(blank).collect::<Vec<u8>>())
}

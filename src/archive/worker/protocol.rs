//! What goes through the pipes: a request with one file, and frames of what was found in it.
//!
//! The child is not believed: it has read a sender's file with a reader that may have a fault,
//! and whoever found that fault writes these frames. So each is bounded and every length is
//! checked before anything is allocated.

use super::Format;
use crate::archive::{Deed, Why};

/// Bytes of a frame's content at most: a chunk of a member.
pub(super) const FRAME: usize = 64 << 10;

/// Bytes of a name or a detail at most, and of text of a page; what is longer is cut.
pub(super) const TEXT: usize = 4 << 10;

/// Bytes of a frame before its content: a tag and a length.
const HEAD: usize = 5;

/// Bytes of a file at most; a message is never that large.
pub const LARGEST_FILE: u64 = 256 << 20;

/// Bytes of a request before its file at most.
pub(super) const REQUEST_HEAD: u32 = 128 << 10;

/// Passwords that are tried on one file at most: each costs up to half a second.
pub(super) const PASSWORDS: usize = 16;

/// What no peer of ours says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garbage;

/// One thing that was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame<'a> {
    /// A member begins, by this name.
    Member(&'a str),
    /// Bytes of the member.
    Data(&'a [u8]),
    /// The password with this number in the request opened what was locked: the member that has
    /// begun, or, where none has, the file as a whole and with it each member that follows.
    Unlocked(u8),
    /// The member ends: whether these were all of its bytes.
    End(bool),
    /// Something could not be looked at.
    Trouble {
        /// Why.
        why: Why,
        /// The member, if it is not the file as a whole.
        member: Option<&'a str>,
        /// In words.
        detail: &'a str,
        /// The measured value and its limit.
        measure: Option<(u64, u64)>,
    },
    /// What a document does by itself.
    Active {
        /// What it does.
        deed: Deed,
        /// In words.
        detail: &'a str,
    },
    /// Text of a page.
    Text {
        /// The number of the page, from 0.
        page: u32,
        /// Whether a line begins with it.
        begins: bool,
        /// The name of its font.
        font: &'a str,
        /// The text.
        text: &'a str,
    },
    /// There is more text than was told.
    Cut,
    /// Some text could not be read.
    Damaged,
    /// The file was read to its end.
    Done {
        /// Whether the child should be replaced: it is worn.
        retire: bool,
        /// Whether the reader panicked, which is caught and a bug.
        panicked: bool,
    },
}

const WHYS: &[Why] =
    &[Why::Bomb, Why::Cancelled, Why::Encrypted, Why::OverLimit, Why::Unreadable, Why::Unsupported];

const DEEDS: &[Deed] =
    &[Deed::Macro, Deed::Launch, Deed::Remote, Deed::Script, Deed::Smuggling, Deed::Control];

impl<'a> Frame<'a> {
    /// Appends the frame to `out`. Texts that are too long are cut, data is cut at the size of a
    /// frame: callers hand in no more.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[0; HEAD]);
        self.encode_content(out);
        let length = u32::try_from(out.len() - start - HEAD).unwrap_or(u32::MAX);
        let head = [self.tag()].into_iter().chain(length.to_le_bytes());
        out.iter_mut().skip(start).zip(head).for_each(|(place, byte)| *place = byte);
    }

    fn tag(&self) -> u8 {
        match self {
            Frame::Member(_) => b'M',
            Frame::Data(_) => b'D',
            Frame::Unlocked(_) => b'U',
            Frame::End(_) => b'E',
            Frame::Trouble { .. } => b'T',
            Frame::Active { .. } => b'A',
            Frame::Text { .. } => b'X',
            Frame::Cut => b'C',
            Frame::Damaged => b'B',
            Frame::Done { .. } => b'.',
        }
    }

    fn encode_content(&self, out: &mut Vec<u8>) {
        match self {
            Frame::Member(name) => out.extend_from_slice(cut(name).as_bytes()),
            Frame::Data(bytes) => out.extend_from_slice(bytes.get(..FRAME).unwrap_or(bytes)),
            Frame::Unlocked(number) => out.push(*number),
            Frame::End(whole) => out.push(u8::from(*whole)),
            Frame::Trouble { why, member, detail, measure } => {
                out.push(index(WHYS, why));
                text(*member, out);
                text(Some(detail), out);
                if let Some((value, limit)) = measure {
                    out.extend_from_slice(&value.to_le_bytes());
                    out.extend_from_slice(&limit.to_le_bytes());
                }
            }
            Frame::Active { deed, detail } => {
                out.push(index(DEEDS, deed));
                out.extend_from_slice(cut(detail).as_bytes());
            }
            Frame::Text { page, begins, font, text: shown } => {
                out.extend_from_slice(&page.to_le_bytes());
                out.push(u8::from(*begins));
                text(Some(font), out);
                out.extend_from_slice(cut(shown).as_bytes());
            }
            Frame::Cut | Frame::Damaged => {}
            Frame::Done { retire, panicked } => {
                out.extend_from_slice(&[u8::from(*retire), u8::from(*panicked)]);
            }
        }
    }

    /// The frame that stands first in `bytes`, and its length; `None` while it is not there to
    /// its end.
    pub fn decode(bytes: &'a [u8]) -> Result<Option<(Frame<'a>, usize)>, Garbage> {
        let Some((&[tag, a, b, c, d], rest)) = bytes.split_first_chunk::<HEAD>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).map_err(|_| Garbage)?;
        if length > FRAME {
            return Err(Garbage);
        }
        let Some(content) = rest.get(..length) else { return Ok(None) };
        Ok(Some((Frame::content(tag, content)?, HEAD + length)))
    }

    fn content(tag: u8, content: &'a [u8]) -> Result<Frame<'a>, Garbage> {
        let mut input = Input(content);
        let frame = match tag {
            b'M' => Frame::Member(input.rest_as_text()?),
            b'D' => Frame::Data(input.rest()),
            b'U' => match input.byte()? {
                number if usize::from(number) < PASSWORDS => Frame::Unlocked(number),
                _ => return Err(Garbage),
            },
            b'E' => Frame::End(input.flag()?),
            b'T' => Frame::Trouble {
                why: input.one_of(WHYS)?,
                member: input.text()?,
                detail: input.text()?.unwrap_or_default(),
                measure: match input.0 {
                    [] => None,
                    _ => Some((input.number()?, input.number()?)),
                },
            },
            b'A' => Frame::Active { deed: input.one_of(DEEDS)?, detail: input.rest_as_text()? },
            b'X' => Frame::Text {
                page: u32::from_le_bytes(input.take(4)?.try_into().map_err(|_| Garbage)?),
                begins: input.flag()?,
                font: input.text()?.unwrap_or_default(),
                text: input.rest_as_text()?,
            },
            b'C' => Frame::Cut,
            b'B' => Frame::Damaged,
            b'.' => Frame::Done { retire: input.flag()?, panicked: input.flag()? },
            _ => return Err(Garbage),
        };
        if input.0.is_empty() { Ok(frame) } else { Err(Garbage) }
    }
}

/// A file to be read.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// By which reader.
    pub format: Format,
    /// Passwords to try, likeliest first; only the first few are.
    pub passwords: &'a [String],
    /// Its bytes.
    pub file: &'a [u8],
}

impl Request<'_> {
    /// What goes before the bytes of the file: its own length in four bytes, then
    /// [`Input::request`].
    pub fn head(&self) -> Vec<u8> {
        let mut head = vec![0; 4];
        head.push(match self.format {
            Format::SevenZip => b'7',
            Format::Rar => b'R',
            Format::Pdf => b'P',
        });
        let passwords = self.passwords.get(..PASSWORDS).unwrap_or(self.passwords);
        head.push(u8::try_from(passwords.len()).unwrap_or(u8::MAX));
        passwords.iter().for_each(|password| text(Some(password), &mut head));
        head.extend_from_slice(&(self.file.len() as u64).to_le_bytes());
        let length = u32::try_from(head.len() - 4).unwrap_or(u32::MAX).to_le_bytes();
        head.iter_mut().zip(length).for_each(|(place, byte)| *place = byte);
        head
    }
}

/// Reads what was written above; never past its end.
#[derive(Clone, Debug)]
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    /// So many bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Garbage> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Garbage)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Garbage> {
        self.take(1)?.first().copied().ok_or(Garbage)
    }

    fn flag(&mut self) -> Result<bool, Garbage> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Garbage),
        }
    }

    fn number(&mut self) -> Result<u64, Garbage> {
        let bytes = self.take(8)?.try_into().map_err(|_| Garbage)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> Result<T, Garbage> {
        all.get(usize::from(self.byte()?)).copied().ok_or(Garbage)
    }

    fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    fn rest_as_text(&mut self) -> Result<&'a str, Garbage> {
        std::str::from_utf8(self.rest()).map_err(|_| Garbage)
    }

    /// A text with its length before it; the length that no text has is for none.
    fn text(&mut self) -> Result<Option<&'a str>, Garbage> {
        let length = u16::from_le_bytes(self.take(2)?.try_into().map_err(|_| Garbage)?);
        if length == NONE {
            return Ok(None);
        }
        let bytes = self.take(usize::from(length))?;
        std::str::from_utf8(bytes).map(Some).map_err(|_| Garbage)
    }

    /// The head of a request: reader, passwords, length of the file.
    pub fn request(&mut self) -> Result<(Format, Vec<String>, u64), Garbage> {
        let format = match self.byte()? {
            b'7' => Format::SevenZip,
            b'R' => Format::Rar,
            b'P' => Format::Pdf,
            _ => return Err(Garbage),
        };
        let count = self.byte()?;
        let passwords = (0..count)
            .map(|_| self.text().map(|text| text.unwrap_or_default().to_owned()))
            .collect::<Result<_, _>>()?;
        let length = self.number()?;
        let fits = length <= LARGEST_FILE && self.0.is_empty();
        if fits { Ok((format, passwords, length)) } else { Err(Garbage) }
    }
}

const NONE: u16 = u16::MAX;

fn text(text: Option<&str>, out: &mut Vec<u8>) {
    match text.map(cut) {
        None => out.extend_from_slice(&NONE.to_le_bytes()),
        Some(text) => {
            out.extend_from_slice(&u16::try_from(text.len()).unwrap_or(0).to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        }
    }
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(TEXT)).unwrap_or(text)
}

fn index<T: PartialEq>(all: &[T], one: &T) -> u8 {
    let at = all.iter().position(|known| known == one).unwrap_or_default();
    u8::try_from(at).unwrap_or_default()
}

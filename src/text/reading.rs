//! Which reading of a text its spelling speaks for.
//!
//! The best one must reach a floor, be right about most of the words it changes, and beat every
//! other by a margin; otherwise nothing is known and nothing is said.

use super::legacy::{self, Encoding};
use super::letter::Letters;
use super::runs::{self, Says};
use super::sift::{Sift, sift};
use super::signs::by_signs;
use super::syllable;
use super::track::{self, Ear, Heard, Track};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::ops::Range;

/// A text to judge.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample<'t> {
    /// The text, after transfer decoding; UTF-16 goes through [`super::unicode`] first.
    pub text: &'t [u8],
    /// Its charset label, lower case: it breaks ties, and makes few words enough.
    pub label: Option<&'t str>,
    /// The encoding that its font shows: as the label.
    pub font: Option<Encoding>,
}

impl<'t> Sample<'t> {
    /// A text without label and font.
    pub fn of(text: &'t [u8]) -> Sample<'t> {
        Sample { text, ..Sample::default() }
    }
}

/// A text in an encoding that is not Unicode as it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The encoding.
    pub encoding: Encoding,
    /// Whether it was taken for Latin-1 or windows-1252 on the way, and made UTF-8 from that.
    pub misread: bool,
    /// The share of the words that the reading changes which it makes well formed, 0 to 1.
    pub share: f64,
    /// How many words it changes, in the part that was looked at.
    pub words: usize,
    /// A dozen words as they stand, and as they should read.
    pub shown: Vec<(String, String)>,
    /// The stretch of the text that is in this encoding.
    pub span: Range<usize>,
}

/// Words shown.
pub(super) const SHOWN: usize = 12;
/// What the best stretch must reach: three different words, one of them short.
pub(super) const FLOOR: i32 = 2 * track::WORD + 12;
/// The same where label or font name the encoding: two words, one of them short.
const FLOOR_NAMED: i32 = 32;
/// By how much the best must beat the next, in words and in share (percent) of its own sum.
const MARGIN: i32 = track::WORD;
const MARGIN_PERCENT: i32 = 15;
/// Different words that are remembered: beyond them each counts as met before.
pub(super) const REMEMBERED: usize = 4096;
/// Bytes of a text for each word that it may have, some of them more than once.
const WORD: usize = 4;
/// New words after which hopeless candidates are dropped.
const PRUNED: u32 = 16;
/// Bytes of the best stretch that are read again for share and words.
const WEIGHED: usize = 8 << 10;
/// Bytes of a line that are looked at before and behind the best stretch.
const LINE: usize = 4096;
/// The least share of well-formed words.
pub(super) const SHARE: f64 = 0.75;

/// Words that were met, and what they say; nothing of those that can say nothing.
type Met<'t> = HashMap<&'t [u8], Option<Heard>, RandomState>;

/// Says in which encoding a text is, if it is not what it should be: Unicode, read as such.
pub fn judge(sample: &Sample<'_>) -> Option<Reading> {
    if sample.text.is_ascii() {
        return by_signs_of_ascii(sample);
    }
    let is_utf8 = simdutf8::basic::from_utf8(sample.text).is_ok();
    let what = if is_utf8 { Sift::Misread } else { Sift::Bytes };
    by_bytes(sample, &sift(sample.text, what), is_utf8).or_else(|| by_signs_of_ascii(sample))
}

fn by_signs_of_ascii(sample: &Sample<'_>) -> Option<Reading> {
    by_signs(sample, Encoding::Viqr, &sift(sample.text, Sift::Viqr))
        .or_else(|| by_signs(sample, Encoding::References, &sift(sample.text, Sift::References)))
}

/// Judges by bytes above ASCII, as they are or as they were before they became UTF-8.
fn by_bytes(sample: &Sample<'_>, ranges: &[Range<usize>], is_utf8: bool) -> Option<Reading> {
    if ranges.is_empty() {
        return None;
    }
    let mut tracks: Vec<Track> = Encoding::EIGHT_BIT.into_iter().map(Track::new).collect();
    if is_utf8 {
        tracks.push(Track::new(Encoding::Utf8));
    }
    let likely = (sample.text.len() / WORD).min(REMEMBERED);
    let mut met = Met::with_capacity_and_hasher(likely, RandomState::default());
    let (mut foreign, mut words) = (0, 0u32);
    let (mut ear, mut letters) = (Ear::new(is_utf8), Letters::new());
    for word in ranges.iter().flat_map(|range| runs::words(sample.text, range.clone())) {
        let bytes = sample.text.get(word.at.clone()).unwrap_or_default();
        if word.is_ascii {
            if is_foreign(bytes, &mut letters) {
                foreign += 1;
                tracks.iter_mut().for_each(|track| track.count(track::FOREIGN, false, &word.at));
            }
            continue;
        }
        let known = met.len();
        let hear = || ear.take(bytes).then(|| ear.heard(&tracks));
        let heard = match known < REMEMBERED {
            true => *met.entry(bytes).or_insert_with(hear),
            false => met.get(bytes).copied().unwrap_or_else(hear),
        };
        let (Some(heard), fresh) = (heard, met.len() > known) else { continue };
        tracks.iter_mut().for_each(|track| track.run(heard, &word.at, fresh));
        words += u32::from(fresh);
        if fresh && words.is_multiple_of(PRUNED) {
            prune(&mut tracks);
        }
    }
    let best = winner(sample, tracks, foreign)?;
    let reading = weigh(sample.text, &best, is_utf8, &met);
    (reading.share >= SHARE).then_some(reading)
}

/// Drops candidates that are so far behind that they need not be tried on every word.
fn prune(tracks: &mut Vec<Track>) {
    let best = tracks.iter().map(|track| track.best).max().unwrap_or_default();
    if best < 2 * FLOOR {
        return;
    }
    tracks.retain(|track| track.best * 4 >= best);
    let tcvn3 =
        tracks.iter().find(|track| track.encoding == Encoding::Tcvn3).map(|track| track.best);
    // Text without capitals of its own is both; the form that everybody uses stands for it.
    tracks.retain(|track| {
        track.encoding != Encoding::Tcvn5712 || tcvn3.is_none_or(|best| best < track.best)
    });
}

/// Whether a word of ASCII is no Vietnamese. Single letters and capitals (TP, UBND) say nothing.
fn is_foreign(word: &[u8], letters: &mut Letters) -> bool {
    if word.len() < 2 || word.iter().all(u8::is_ascii_uppercase) {
        return false;
    }
    legacy::read(Encoding::Utf8, word, letters);
    !syllable::is_syllable(letters.as_slice()) || letters.is_broken()
}

/// The candidate that beats all others, with what label and font add.
fn winner(sample: &Sample<'_>, tracks: Vec<Track>, foreign: u32) -> Option<Track> {
    let named = [sample.label.and_then(Encoding::of_label), sample.font];
    let is_named = |track: &Track| named.contains(&Some(track.encoding));
    let score = |track: &Track| track.best + if is_named(track) { MARGIN } else { 0 };
    let best =
        tracks.iter().max_by_key(|track| (score(track), std::cmp::Reverse(track.encoding)))?;
    // A Vietnamese name in an English letter under its label is no Vietnamese letter.
    let is_enough = is_named(best) && foreign <= best.words;
    let (floor, words) = if is_enough { (FLOOR_NAMED, 2) } else { (FLOOR, 3) };
    if best.best < floor || best.words < words {
        return None;
    }
    let rivals =
        tracks.iter().filter(|other| other.encoding != best.encoding && !is_kin(other, best));
    let next = rivals.map(score).max().unwrap_or_default();
    let margin = MARGIN.max(score(best) * MARGIN_PERCENT / 100);
    (score(best) - next >= margin).then(|| best.clone())
}

/// The two forms of TCVN 5712 agree on all small letters, so they are no rivals.
fn is_kin(one: &Track, other: &Track) -> bool {
    let tcvn = |track: &Track| matches!(track.encoding, Encoding::Tcvn3 | Encoding::Tcvn5712);
    tcvn(one) && tcvn(other)
}

/// The best stretch with the rest of its lines, as far as nothing speaks against it: its first
/// and last words may be such as are well formed in both readings.
fn widened(text: &[u8], best: &Track, is_utf8: bool) -> Range<usize> {
    let Range { start, end } = best.span;
    let mut ear = Ear::new(is_utf8);
    let mut against = |word: &runs::Word| {
        ear.take(text.get(word.at.clone()).unwrap_or_default());
        !word.is_ascii && ear.says(best.encoding) == Says::Other
    };
    let head = text.get(start.saturating_sub(LINE)..start).unwrap_or_default();
    let line = memchr::memrchr(b'\n', head).map_or(0, |at| at + 1) + start.saturating_sub(LINE);
    let before: Vec<runs::Word> = runs::words(text, line..start).collect();
    let before = before.iter().rev().take_while(|word| !against(word)).last();
    let tail = text.get(end..text.len().min(end.saturating_add(LINE))).unwrap_or_default();
    let line = end + memchr::memchr(b'\n', tail).unwrap_or(tail.len());
    let after = runs::words(text, end..line).take_while(|word| !against(word)).last();
    before.map_or(start, |word| word.at.start)..after.map_or(end, |word| word.at.end)
}

/// Reads the best stretch once more, for its share and its words.
fn weigh(text: &[u8], best: &Track, is_utf8: bool, met: &Met<'_>) -> Reading {
    let mut reading = Reading {
        encoding: best.encoding,
        misread: is_utf8,
        share: 0.0,
        words: 0,
        shown: Vec::new(),
        span: widened(text, best, is_utf8),
    };
    let (mut good, mut ear) = (0, Ear::new(is_utf8));
    let within =
        reading.span.start..reading.span.end.min(reading.span.start.saturating_add(WEIGHED));
    for word in runs::words(text, within).filter(|word| !word.is_ascii) {
        let bytes = text.get(word.at.clone()).unwrap_or_default();
        // The best was a candidate all the way, so each word that was met was asked for it.
        let says = match met.get(bytes) {
            Some(heard) => heard.map(|heard| heard.says(best.encoding)),
            None => ear.take(bytes).then(|| ear.says(best.encoding)),
        };
        match says.unwrap_or(Says::Nothing) {
            Says::Nothing => continue,
            Says::Other => {}
            Says::Vietnamese => {
                good += 1;
                reading.show(bytes);
            }
        }
        reading.words += 1;
    }
    reading.share = f64::from(good) / reading.words.max(1) as f64;
    reading
}

impl Reading {
    /// The encoding as people know it; Unicode that was read wrongly has no other name.
    pub fn name(&self) -> &'static str {
        match (self.misread, self.encoding) {
            (true, Encoding::Utf8) => "UTF-8 đọc nhầm thành Latin-1",
            (_, encoding) => encoding.name(),
        }
    }

    /// The text in Unicode. What is valid UTF-8 outside of the stretch stays as it is.
    pub fn convert(&self, text: &[u8]) -> String {
        if self.misread { self.convert_misread(text) } else { legacy::decode(self.encoding, text) }
    }

    fn convert_misread(&self, text: &[u8]) -> String {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        let piece = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        for word in runs::words(text, self.span.clone()).filter(|word| !word.is_ascii) {
            let between = piece(done, word.at.start);
            match done {
                0 => out += &String::from_utf8_lossy(between),
                _ => out += &self.between(between),
            }
            out += &self.word(piece(word.at.start, word.at.end));
            done = word.at.end;
        }
        out + &String::from_utf8_lossy(piece(done, text.len()))
    }

    /// What stands between two words: capitals of VN1, VISCII and VPS may be controls of ASCII.
    fn between(&self, piece: &[u8]) -> String {
        let low = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
        let low = piece.is_ascii() && piece.iter().any(low);
        match low && Encoding::EIGHT_BIT.contains(&self.encoding) {
            true => legacy::decode(self.encoding, piece),
            false => String::from_utf8_lossy(piece).into_owned(),
        }
    }

    /// A word as it should read.
    fn word(&self, word: &[u8]) -> String {
        if !self.misread {
            return legacy::decode(self.encoding, word);
        }
        let stands = String::from_utf8_lossy(word);
        match legacy::bytes_of(&stands) {
            Some(bytes) if self.encoding != Encoding::Utf8 => legacy::decode(self.encoding, &bytes),
            Some(bytes) => String::from_utf8(bytes).unwrap_or_else(|_| stands.into_owned()),
            None => stands.into_owned(),
        }
    }

    /// Shows a word, if there is room and it is new.
    pub(super) fn show(&mut self, word: &[u8]) {
        if self.shown.len() >= SHOWN {
            return;
        }
        let stands = match std::str::from_utf8(word) {
            Ok(text) if self.misread || word.is_ascii() => text.to_owned(),
            _ => legacy::as_windows_1252(word),
        };
        let pair = (stands, self.word(word));
        if !self.shown.contains(&pair) {
            self.shown.push(pair);
        }
    }
}

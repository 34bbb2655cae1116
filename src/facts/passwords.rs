//! Passwords that a message itself tells: what its texts say beside "mật khẩu" and its kin.
//!
//! Whoever sends a locked archive writes its password into the letter, else the reader could
//! not open it either. Nothing is collected until something locked is met.

use crate::mail::fold;
use crate::text::html_runs;
use bytes::Bytes;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// Candidates of one message: each costs a derivation of a key (a millisecond for AES).
const MOST: usize = 200;

/// Bytes of one text, and of all texts, that are looked at: a password stands near the top.
const TEXT: usize = 32 << 10;
const TEXTS: usize = 128 << 10;

/// Words that announce a password, folded to ASCII and lower case.
const WORDS: &[&str] = &[
    "mk",
    "matkhau",
    "khau",
    "pass",
    "password",
    "passwd",
    "passcode",
    "passphrase",
    "pw",
    "pwd",
    "ma",
    "code",
    "pin",
    "key",
    "khoa",
    "unlock",
];

/// A text of the message, as it stands there.
#[derive(Clone, Debug)]
pub(super) struct Text {
    /// The decoded content.
    pub(super) bytes: Bytes,
    /// The declared charset.
    pub(super) charset: Option<String>,
    /// Whether tags are to be left out.
    pub(super) html: bool,
}

/// The decoded subject of a mail.
pub(super) fn subject(raw: &[u8]) -> Option<String> {
    const HEADER: usize = 64 << 10;
    let head = raw.get(..HEADER).unwrap_or(raw);
    let parsed = mail_parser::MessageParser::new().max_parts(1).parse_headers(head)?;
    parsed.subject().map(str::to_owned)
}

/// The candidates, likeliest first: what follows an announcing word, what stands in quotes, what
/// the rules list, every other word.
pub(super) fn candidates(subjects: &[String], texts: &[Text], listed: &[String]) -> Vec<String> {
    let mut read = subjects.to_vec();
    let mut left = TEXTS;
    for text in texts {
        let length = text.bytes.len().min(TEXT).min(left);
        left -= length;
        read.push(words_of(text, length));
    }
    let mut found = Candidates::default();
    for text in &read {
        announced(text, &mut found);
    }
    for text in &read {
        quoted(text, &mut found);
    }
    // The operator's list always has its place, whatever the letter says.
    found.0.truncate(MOST / 2);
    for password in listed {
        found.add(password);
    }
    let most = found.0.len() + MOST / 2;
    for token in read.iter().flat_map(|text| text.split_whitespace()) {
        if found.0.len() >= most {
            break;
        }
        found.forms(token);
    }
    found.0
}

/// A text in Unicode, without tags.
fn words_of(text: &Text, length: usize) -> String {
    let bytes = text.bytes.get(..length).unwrap_or_default();
    let label = text.charset.as_deref().unwrap_or("utf-8");
    let encoding = encoding_rs::Encoding::for_label_no_replacement(label.as_bytes());
    let plain = match text.html {
        true => Cow::Owned(html_runs(bytes).iter().flat_map(|run| run.text.to_vec()).collect()),
        false => Cow::Borrowed(bytes),
    };
    let (plain, _, _) = encoding.unwrap_or(encoding_rs::UTF_8).decode(&plain);
    plain.nfc().collect()
}

/// What follows an announcing word: the next words, and the whole rest of the line behind a colon.
fn announced(text: &str, found: &mut Candidates) {
    const FOLLOWING: usize = 5;
    for line in text.lines() {
        let tokens: Vec<&str> = line.split_whitespace().collect();
        for (at, token) in tokens.iter().enumerate() {
            if found.0.len() >= MOST {
                return;
            }
            let (word, glued) = match token.split_once([':', '=']) {
                Some((word, glued)) => (word, glued),
                None => (*token, ""),
            };
            let word = fold(word).to_ascii_lowercase();
            if !WORDS.contains(&word.trim_matches(|c: char| !c.is_ascii_alphanumeric())) {
                continue;
            }
            found.forms(glued);
            for next in tokens.iter().skip(at + 1).take(FOLLOWING) {
                found.forms(next);
            }
        }
        // Passwords of several words stand alone behind a colon.
        if let Some((head, rest)) = line.split_once(':')
            && fold(head)
                .to_ascii_lowercase()
                .split(|c: char| !c.is_ascii_alphanumeric())
                .any(|word| WORDS.contains(&word))
        {
            found.forms(rest.trim());
        }
    }
}

/// What stands in quotes.
fn quoted(text: &str, found: &mut Candidates) {
    const PAIRS: &[(char, char)] = &[
        ('"', '"'),
        ('\'', '\''),
        ('“', '”'),
        ('‘', '’'),
        ('«', '»'),
        ('`', '`'),
        ('[', ']'),
        ('(', ')'),
    ];
    for (open, close) in PAIRS {
        let mut rest = text;
        while let Some((_, inside)) = rest.split_once(*open) {
            if found.0.len() >= MOST {
                return;
            }
            // No further than a password may be long: each opening sign costs as little.
            let end = inside.char_indices().take(LONGEST + 1).find(|(_, c)| c == close);
            let word = end.and_then(|(end, _)| inside.get(..end));
            if let Some(word) = word.filter(|word| !word.contains('\n')) {
                found.add(word);
            }
            rest = inside;
        }
    }
}

/// Characters of a password that people type.
const LONGEST: usize = 64;

/// Candidates, each once.
#[derive(Default)]
struct Candidates(Vec<String>);

impl Candidates {
    /// A word as it stands, and as a reader would take it: without quotes and punctuation.
    fn forms(&mut self, token: &str) {
        let bare = |c: char| !c.is_alphanumeric();
        self.add(token);
        self.add(token.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '"', '\'', '”', '»']));
        self.add(
            token.trim_matches([
                '"', '\'', '“', '”', '‘', '’', '«', '»', '(', ')', '[', ']', '.', ',',
            ]),
        );
        self.add(token.trim_matches(bare));
    }

    fn add(&mut self, word: &str) {
        let word = word.trim();
        let length = word.chars().count();
        if (3..=LONGEST).contains(&length) && !self.0.iter().any(|known| known == word) {
            self.0.push(word.to_owned());
        }
    }
}

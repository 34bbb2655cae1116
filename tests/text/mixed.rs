//! Short letters and letters in two languages: neither foreign nor without diacritics.

use congthu::mail::fold;
use congthu::text::{Letters, foreign, is_bare_syllable, is_syllable, is_undiacritical};
use std::path::Path;

/// Pieces of so many words, of which `first` come from one text and `second` from another, in turn.
/// Each begins with the first.
fn mixed(
    one: &[String],
    other: &[&str],
    (first, second): (usize, usize),
    words: usize,
) -> Vec<String> {
    let turns: Vec<(&[String], &[&str])> = one
        .chunks_exact(first)
        .filter(|words| is_prose(words))
        .zip(other.chunks_exact(second).cycle())
        .collect();
    let piece = |turns: &[(&[String], &[&str])]| {
        let all = turns
            .iter()
            .flat_map(|(one, other)| one.iter().map(String::as_str).chain(other.iter().copied()));
        all.take(words).collect::<Vec<_>>().join(" ")
    };
    turns.chunks_exact(words.div_ceil(first + second)).map(piece).collect()
}

/// Syllables for the most part: the Vietnamese texts have lists of English books and rows of `USD`.
fn is_prose(words: &[String]) -> bool {
    let syllable = |word: &&String| {
        let letters = Letters::of(word.trim_matches(|c: char| !c.is_alphabetic()));
        !letters.is_broken()
            && (is_syllable(letters.as_slice()) || is_bare_syllable(letters.as_slice()))
    };
    words.iter().filter(syllable).count() * 5 >= words.len() * 4
}

/// Texts in other languages, the whole of the corpus's declarations.
fn others(corpus: &Path) -> Vec<(String, String)> {
    let files = std::fs::read_dir(corpus.join("nltk-udhr")).unwrap();
    let texts = files.filter_map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name()?.to_string_lossy().into_owned();
        (!name.starts_with("vie") && !name.contains("ietnam"))
            .then(|| Some((name, std::fs::read_to_string(path).ok()?)))?
    });
    texts.collect()
}

/// Vietnamese words: figures and the dots of forms say nothing.
fn words(corpus: &Path) -> Vec<String> {
    let is_word = |word: &String| {
        let word = word.trim_matches(|c: char| !c.is_alphabetic());
        word.chars().count() > 1 && word.chars().all(char::is_alphabetic)
    };
    super::vietnamese(corpus).into_iter().filter(is_word).collect()
}

const LENGTHS: [usize; 6] = [10, 20, 40, 80, 160, 400];

#[test]
fn a_letter_in_two_languages_is_not_foreign_and_has_its_diacritics() {
    let Some(corpus) = super::corpus() else { return };
    let vietnamese: Vec<String> = words(&corpus);
    let (mut ran, mut wrong) = (0, Vec::new());
    for (name, text) in others(&corpus) {
        let words: Vec<&str> = text.split_whitespace().collect();
        // Half and half, line by line and paragraph by paragraph; and a third in Vietnamese.
        for turns in [(10, 10), (40, 40), (10, 20)] {
            for length in LENGTHS {
                // Each piece has some of both.
                if length < 2 * (turns.0 + turns.1) && length != turns.0 + turns.1 {
                    continue;
                }
                let start = (ran * 7) % (vietnamese.len() / 2);
                for piece in mixed(&vietnamese[start..start + 4000], &words, turns, length) {
                    ran += 1;
                    if let Some(language) = foreign(piece.lines()) {
                        wrong.push(format!("{name} {turns:?} {length}: {language}: {piece}"));
                    }
                    if is_undiacritical(&piece) {
                        wrong.push(format!("{name} {turns:?} {length}: undiacritical: {piece}"));
                    }
                }
            }
        }
    }
    println!("{ran} pieces, {} false", wrong.len());
    assert!(ran > 5000 && wrong.is_empty(), "{}", wrong[..wrong.len().min(9)].join("\n"));
}

/// English with Vietnamese names, addresses and terms that have lost their diacritics, and the other
/// way round: what is mostly another language is not Vietnamese.
#[test]
fn terms_without_diacritics_in_other_languages_are_no_letter_without_them() {
    let Some(corpus) = super::corpus() else { return };
    let vietnamese: Vec<String> = words(&corpus).iter().map(|word| fold(word)).collect();
    let (mut ran, mut wrong) = (0, Vec::new());
    for (name, text) in others(&corpus) {
        let words: Vec<&str> = text.split_whitespace().collect();
        for turns in [(3, 6), (10, 10), (6, 12)] {
            for length in LENGTHS {
                let start = (ran * 7) % (vietnamese.len() / 2);
                for piece in mixed(&vietnamese[start..start + 4000], &words, turns, length) {
                    ran += 1;
                    if length >= 2 * (turns.0 + turns.1) && is_undiacritical(&piece) {
                        wrong.push(format!("{name} {turns:?} {length}: {piece}"));
                    }
                }
            }
        }
    }
    println!("{ran} pieces, {} false", wrong.len());
    assert!(ran > 5000 && wrong.is_empty(), "{}", wrong[..wrong.len().min(9)].join("\n"));
}

/// Below two lines nothing is said; above it, how much is found, and that none of it is foreign.
#[test]
fn letters_without_diacritics_are_found_by_number_of_words_and_are_never_foreign() {
    let Some(corpus) = super::corpus() else { return };
    let words: Vec<String> = words(&corpus).iter().map(|word| fold(word)).collect();
    let mut shares = Vec::new();
    for length in [4, 8, 10, 16, 32, 64, 128] {
        let pieces: Vec<String> =
            words.chunks(length).take(2000).map(|piece| piece.join(" ")).collect();
        let found = pieces.iter().filter(|piece| is_undiacritical(piece)).count();
        let abroad: Vec<&String> =
            pieces.iter().filter(|piece| foreign(piece.lines()).is_some()).collect();
        let share = found as f64 * 100.0 / pieces.len() as f64;
        println!("| {length} | {share:.1} % of {} | {} foreign |", pieces.len(), abroad.len());
        assert_eq!(abroad.len(), 0, "{length}: {abroad:?}");
        shares.push(share);
    }
    assert_eq!(shares[..2], [0.0, 0.0]);
    assert!(shares.is_sorted() && shares[5] > 90.0, "{shares:?}");
}

/// Fewer than twenty words are in no language, whatever they are.
#[test]
fn a_short_letter_is_in_no_language() {
    let Some(corpus) = super::corpus() else { return };
    for (name, text) in others(&corpus) {
        let words: Vec<&str> = text.split_whitespace().collect();
        for length in [1, 4, 8, 16, 19] {
            for piece in words.chunks(length).map(|piece| piece.join(" ")) {
                // Scripts without blanks have long words.
                if piece.chars().filter(|c| *c > '\u{2000}').count() < 60 {
                    assert_eq!(foreign(piece.lines()), None, "{name}: {piece}");
                }
            }
        }
    }
}

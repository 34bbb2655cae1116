//! What of the corpus's bad files and letters is found: a table by class that may only improve.
//!
//! The corpus's classes are guesses from the bytes. What is let in for a known reason stands in
//! [`KNOWN`] and is counted apart; the rest is printed.

use super::{Row, attached, corpus, mail};
use crate::support::gate::{Gate, judge};
use congthu::verdict::{Action, Verdict};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

/// Classes by the beginning of the scan's word or by the source's label, and the findings of which
/// one tells what the class says.
const CLASSES: &[(&str, &[&str])] = &[
    ("archive-with-exe", &["executable.found", "script.found"]),
    (
        "archive-encrypted",
        &["archive.encrypted", "archive.unlocked", "executable.found", "script.found"],
    ),
    (
        "archive-broken",
        &[
            "archive.unreadable",
            "archive.unsupported",
            "archive.over_limit",
            "archive.bomb",
            "archive.encrypted",
        ],
    ),
    ("archive-bomb", &["archive.bomb", "archive.over_limit"]),
    (
        "archive-fuzz",
        &["archive.unreadable", "archive.unsupported", "archive.over_limit", "archive.encrypted"],
    ),
    ("doc:encrypted", &["archive.encrypted"]),
    ("doc:pdf-encrypted", &["archive.encrypted", "active.unscanned"]),
    ("doc:pdf-active", &["active.found", "script.found", "executable.found"]),
    ("doc:ole+embedded-package", &["active.found", "executable.found", "script.found"]),
    ("macro", &["macro.found"]),
    ("exe", &["executable.found", "script.found"]),
    ("ext-exe", &["executable.found", "script.found"]),
    ("script", &["script.found", "executable.found"]),
    ("virus-test", &["virus.found", "executable.found", "script.found", "archive.encrypted"]),
    ("polyglot", &["polyglot.found", "executable.found", "script.found", "type.mismatch"]),
    ("malformed", &["mime.ambiguous", "mime.over_limit", "line.bare"]),
];

/// Let in, and why that is right.
const KNOWN: &[(&str, &str)] = &[
    ("lnkparse3/samples/", "shortcuts written as base64 text"),
    ("goblin/tests/bins/te/", "firmware images (TE), run by no operating system"),
    ("v2-only-empty.apk", "a signature block around an empty zip"),
    (".amr", "sound whose signature begins with #!"),
    ("mitra/input/", "what the tool makes polyglots of: each is one thing only"),
    ("owner_empty.pdf", "opens without a password, and is read"),
    // Whole archives of methods that the corpus's scan could not read.
    ("COMPRESS-380/COMPRESS-380.zip", "deflate64, read whole"),
    ("COMPRESS-692/compress-692.zip", "zstandard, read whole"),
    ("test/resources/SHRUNK.ZIP", "shrunk, read whole"),
    ("imploding-4Kdict-2trees.zip", "imploded, read whole"),
    ("lorem-ipsum-implode.zip", "imploded, read whole"),
    ("test_read_format_zip_ppmd8_multi.zipx", "PPMd, read whole"),
    ("test_read_format_zip_zstd", "zstandard, read whole"),
    ("libzip/data/testfile-xz.zip", "xz, read whole"),
    ("libzip/data/testfile-zstd.zip", "zstandard, read whole"),
    ("zip2/legacy/shrink.zip", "shrunk, read whole"),
    ("zip2/ppmd.zip", "PPMd, read whole"),
    ("zip2/xz.zip", "xz, read whole"),
    ("test_read_format_lha_header3.lzh", "headers of level 3, read whole"),
    ("test_read_format_rar5_skip_block_extra_bytes.rar", "unknown extra fields, read whole"),
    ("COMPRESS-417.tar", "read whole"),
    ("synthetic/long-name/", "an empty file whose name is too long, which is found"),
    ("COMPRESS-492.7z", "a header of seven bytes that lists no file"),
    ("test_read_format_gtar_sparse_reuse.tar", "a sparse file of no bytes, and no end mark"),
    // Damage beside the content: every reader shows the same members, and they are read.
    ("incons-cdsize-", "only the size of the directory is wrong"),
    ("incons-central-file-comment-shorter.zip", "only a comment's length is wrong"),
    ("incons-gap-before-eocd.zip", "a gap before the end record that holds no header"),
    ("yauzl/failure/Invalid comment length", "one NUL behind the end"),
    ("yauzl/failure/End of central directory record signature not found", "an empty file"),
    // Magic words of zip among others, with no header of a member: nothing can be unpacked.
    ("zip2-fuzz/in/id-000333,", "end records only"),
    ("zip2-fuzz/in/id-000408,", "a piece of an end record"),
    ("zip2-fuzz/in/id-000620,", "end records only"),
    ("zip2-fuzz/in/id-000687,", "end records only"),
    ("zip2-fuzz/in/id-000938,", "end records only"),
    // A scanner's samples for its parsers: no virus and no program is in them.
    ("other_scanfiles/disasmref.bin", "a disassembler's table"),
    ("other_scanfiles/has_png_and_jpeg.xls", "a sheet with two pictures"),
    ("other_scanfiles/lha_lzh/", "two pictures and a text, read whole"),
    ("other_scanfiles/pdf/out-of-order.pdf", "a page with links"),
    ("other_scanfiles/phish-test-", "pages with links, one with two targets: no engine is asked"),
    ("other_scanfiles/zstd/", "a text, read whole"),
    // Scripts by their names alone, which are taken from them here.
    ("tika/testJS", "a script for web pages; nothing in it tells it from prose"),
    ("yauzl/success/deflate/index.js", "a module for Node; nothing in it starts anything"),
    ("testPopupAnnotation.pdf", "its action at opening goes to a page"),
    ("2006-16EZE_TT01.06GopvonDNNVV.pdf", "its launch actions open other PDFs beside it"),
    (
        "tcvn3/2004-13-t-Phuluc3.doc",
        "what a cleaner left of Melissa: sectors that no directory entry leads to, so nothing runs it",
    ),
    // Malformed in what no filter and no reader takes a part from.
    ("enmime/low-quality/bad-header-start.raw", "a part without a header"),
    ("enmime/low-quality/incorrect-charset.raw", "a wrong charset, which is found as such"),
    ("enmime/low-quality/unk-charset", "an unknown charset"),
    ("mail-parser/eml/malformed/015.eml", "a signature that is none"),
    ("mail-parser/eml/malformed/017.eml", "a missing semicolon; its part is read all the same"),
    ("error_emails/bad_date_header.eml", "its text stands in the Date field; there is no body"),
    ("error_emails/cant_parse_from.eml", "nothing: one library stumbled over its sender"),
    ("error_emails/content_transfer_encoding_x_uuencode.eml", "uuencode of nothing"),
    ("error_emails/encoding_madness.eml", "raw letters in a Reply-To field"),
    ("error_emails/header_fields_with_empty_values.eml", "empty fields"),
    ("error_emails/invalid_subject_characters.eml", "raw letters in the subject"),
    ("error_emails/trademark_character_in_subject.eml", "raw letters in the subject"),
];

/// The classes of a row; a file may be of several.
fn classes(
    row: &Row,
) -> impl Iterator<Item = &'static (&'static str, &'static [&'static str])> + '_ {
    let of = |word: &str, class: &str| {
        word.strip_prefix(class).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '-']))
    };
    CLASSES.iter().filter(move |(class, _)| of(&row.scan, class) || of(&row.label, class))
}

/// Found, kept back for another reason, let in, let in for a known reason.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Count([usize; 4]);

fn count(verdict: &Verdict, finds: &[&str]) -> usize {
    let found = verdict.findings.iter().any(|judged| finds.contains(&judged.finding.kind.name));
    match (found, verdict.action >= Action::Quarantine) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

const FILE: &str = "fixtures/corpus/table.txt";

#[test]
fn what_is_found_in_bad_files_only_improves() {
    let Some(rows) = corpus() else { return };
    let gate = Gate::with_worker();
    let mut table: BTreeMap<&str, Count> = BTreeMap::new();
    for row in rows.iter().filter(|row| ["message", "attachment"].contains(&row.kind.as_str())) {
        let mut classes = classes(row).peekable();
        if classes.peek().is_none() {
            continue;
        }
        let bytes = if row.kind == "message" { mail(&row.path) } else { attached(&row.path) };
        let verdict = judge(&gate, "base", &bytes);
        for (class, finds) in classes {
            let known = KNOWN.iter().any(|(part, _)| row.name.contains(part));
            let place = match count(&verdict, finds) {
                2 if known => 3,
                place => place,
            };
            table.entry(class).or_default().0[place] += 1;
            if place == 2 {
                println!("let in, {class}: {}", row.path.display());
            }
        }
    }
    let mut text = String::from(
        "class: found, kept back for another reason, let in, let in for a known reason\n",
    );
    for (class, Count([found, kept, let_in, known])) in &table {
        writeln!(text, "{class}: {found} {kept} {let_in} {known}").unwrap();
    }
    println!("{text}");
    if std::env::var_os("CONGTHU_WRITE_EXPECTED").is_some() {
        fs::create_dir_all("fixtures/corpus").unwrap();
        return fs::write(FILE, text).unwrap();
    }
    let kept = fs::read_to_string(FILE).unwrap();
    for line in kept.lines().skip(1) {
        let (class, counts) = line.split_once(": ").unwrap();
        let counts: Vec<usize> = counts.split(' ').map(|word| word.parse().unwrap()).collect();
        let Count(now) = table.get(class).copied().unwrap_or_default();
        assert!(now[0] >= counts[0], "{class}: {} found, {} before", now[0], counts[0]);
        assert!(now[2] <= counts[2], "{class}: {} let in, {} before", now[2], counts[2]);
    }
}

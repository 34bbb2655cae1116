//! Other views of a message: what they add, what they never change, and what they may cost.

use bytes::Bytes;
use congthu::mail::{Budget, Construct, Defect, Limits, Message, Trip, VIEWS, Weight};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::{env, fs};

/// A mail in all views, and how many of its bytes were read again.
fn parse(mail: &[u8]) -> (Message, u64) {
    let mut budget = Budget::new(Limits::default(), mail.len() as u64, Trip::default());
    let message = Message::parse(&Bytes::copy_from_slice(mail), &mut budget);
    (message, budget.rereads())
}

/// The words of the constructs in a mail.
fn constructs(message: &Message) -> HashSet<&'static str> {
    let words = message.defects.iter().filter_map(|defect| match defect {
        Defect::Ambiguous { construct, .. } => Some(*construct),
        _ => None,
    });
    words.collect()
}

/// Real mails by label: how many have each construct. Ham has nothing that only deceives.
#[test]
fn real_mail_is_at_most_odd() {
    let Some(root) = env::var_os("CONGTHU_CORPUS").map(PathBuf::from) else {
        println!("skipped: no corpus");
        return;
    };
    let manifest = fs::read_to_string(root.join("manifest.tsv")).unwrap();
    let mut table: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    let mut total: BTreeMap<String, usize> = BTreeMap::new();
    let mut hiding = Vec::new();
    for line in manifest.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        if cells[3] != "message" {
            continue;
        }
        let label = cells[4].split(':').next().unwrap();
        *total.entry(label.to_owned()).or_default() += 1;
        let bytes = crate::corpus::mail(&root.join(cells[0]));
        let (message, _) = parse(&bytes);
        for word in constructs(&message) {
            *table.entry(word).or_default().entry(label.to_owned()).or_default() += 1;
            if env::var("SHOW").is_ok_and(|show| show == word) {
                println!("{label} {}", cells[0]);
            }
        }
        let deceives = message.defects.iter().any(
            |defect| matches!(defect, Defect::Ambiguous { weight, .. } if *weight == Weight::Hiding),
        );
        if deceives && label == "ham" {
            hiding.push(cells[0].to_owned());
        }
    }
    println!("{total:?}");
    for (word, counts) in &table {
        println!("{word}: {counts:?}");
    }
    assert!(hiding.is_empty(), "{hiding:?}");
}

/// Pieces of which structures are made, right and wrong.
const PIECES: &[&str] = &[
    "Content-Type: multipart/mixed; boundary=b\r\n",
    "Content-Type: multipart/mixed; boundary=\"bb\"; boundary=c\r\n",
    "Content-Type: multipart/alternative; boundary*0=b; boundary*1=\"c \"\r\n",
    "Content-Type: message/rfc822\r\n",
    "Content-Type: text/plain (\r\n",
    "content-type : \"multipart / mixed;boundary=\"c\r\n",
    "Content-Transfer-Encoding: base64\r\n",
    "Content-Transfer-Encoding: \"quoted-printable\";\r\n",
    "Content-Transfer-Encoding: x-uue\r\n",
    "Content-Disposition: attachment; filename*0*=utf-8''a%2; filename*1=\"b\"\r\n",
    "\r\n",
    "\n",
    " \t\r\n",
    "\r",
    "\0",
    "--b\r\n",
    "--bb\r\n",
    "--c \r\n",
    "--b--\r\n",
    "--bb-- x\r\n",
    " --b\r\n",
    "begin 644 a.exe\r\n",
    "begin-base64 644 a.exe\r\n",
    "#0V%T\r\n",
    "`\r\nend\r\n",
    "TVqQ==AAAA=\r\n",
    "TVqQAAMAAAAEAAAA-_\r\n",
    "=4D=5A= \r\n=zz\r\n",
    "xin chao\r\n",
    "no colon\r\n",
];

/// A mail of such pieces.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = (0..PIECES.len()).prop_map(|at| PIECES[at].as_bytes().to_vec());
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// The suffixes of the views that a mail's leaves come from.
fn suffixes(message: &Message) -> HashSet<String> {
    let sections = message.leaves.iter().map(|leaf| leaf.section.as_str());
    let suffixes = sections.flat_map(|section| {
        section.split('~').skip(1).map(|rest| rest.split('.').next().unwrap_or(rest).to_owned())
    });
    suffixes.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 256, ..ProptestConfig::default() })]

    /// What reading base64 without foreign bytes relies on.
    #[test]
    fn the_parser_skips_what_base64_does_not_have(body in "[A-Za-z0-9+/=!#. \\r\\n\\-_~]{0,200}") {
        let known = |c: &char| c.is_ascii_alphanumeric() || "+/=".contains(*c);
        let clean: String = body.chars().filter(known).collect();
        let decode = |text: &str| mail_parser::Encoding::Base64.decode(text.as_bytes()).into_owned();
        prop_assert_eq!(decode(&body), decode(&clean));
    }

    #[test]
    fn reading_is_bounded_and_sections_are_distinct(mail in pieces(), noise in any::<Vec<u8>>()) {
        for mail in [&mail, &noise] {
            let (message, rereads) = parse(mail);
            let most = (VIEWS as u64) * (mail.len() as u64).max(64 << 10);
            prop_assert!(rereads <= most + (mail.len() as u64) * 2, "{rereads} bytes of {}", mail.len());
            prop_assert!(suffixes(&message).len() < VIEWS, "{:?}", suffixes(&message));
            let mut sections: Vec<&str> =
                message.leaves.iter().map(|leaf| leaf.section.as_str()).collect();
            let count = sections.len();
            sections.sort_unstable();
            sections.dedup();
            prop_assert_eq!(sections.len(), count, "two leaves share a section");
        }
    }

    #[test]
    fn harmless_structure_changes_nothing_in_the_first_view(text in "[a-z ]{1,40}", after in "[a-z ]{1,40}") {
        let body = format!(
            "--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b\r\nContent-Type: image/png\r\n\
             Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--b--\r\n"
        );
        let head = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n";
        let plain = first(&parse(format!("{head}\r\n{body}").as_bytes()).0);
        for other in [
            format!("X-Note: {text}\r\n{head}\r\n{body}"),
            format!("{head}\r\n{after}\r\n{body}{after}\r\n"),
            format!("{head}\r\nThis is a multi-part message in MIME format.\r\n{body}"),
            format!("Mime-Version: 1.0 (Apple)\r\nContent-Type: multipart/mixed;\r\n\tboundary=\"b\"\r\n\r\n{body}"),
        ] {
            prop_assert_eq!(&first(&parse(other.as_bytes()).0), &plain, "{}", other);
        }
    }
}

/// The leaves of the first view.
fn first(message: &Message) -> Vec<(String, Bytes)> {
    let first = message.leaves.iter().filter(|leaf| !leaf.section.contains('~'));
    first.map(|leaf| (leaf.section.clone(), leaf.bytes.clone())).collect()
}

#[test]
fn equal_bytes_are_one_leaf_with_every_name_and_type() {
    let mail = b"Content-Type: text/plain; name=a.txt\r\nContent-Type: application/x-msdownload; name=b.exe\r\n\r\nxin chao";
    let (message, _) = parse(mail);
    assert_eq!(message.leaves.len(), 1, "{:?}", message.leaves);
    let leaf = &message.leaves[0];
    let mut types = vec![leaf.declared.clone().unwrap()];
    types.extend(leaf.also_declared.clone());
    types.sort_unstable();
    assert_eq!(types, ["application/x-msdownload", "text/plain"]);
    assert_eq!(leaf.names, ["a.txt", "b.exe"]);
}

#[test]
fn the_largest_view_counts() {
    // For one reader the file is three bytes, for another nine.
    let mail =
        b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\
        Content-Transfer-Encoding: 7bit\r\n\r\nJVBERi0x";
    let (message, _) = parse(mail);
    let bytes = |leaf: &congthu::mail::Leaf| leaf.bytes.len() as u64;
    assert_eq!(message.leaves.iter().map(bytes).max(), Some(8));
    assert_eq!(message.surplus + bytes(&message.leaves[0]), 8);
}

#[test]
fn a_name_is_every_name_that_a_reader_shows() {
    for (header, wanted) in [
        ("Content-Disposition: attachment; filename=\"a b.exe\"", &["a b.exe"][..]),
        ("Content-Disposition: attachment; filename=a b.exe", &["a b.exe", "a"]),
        (
            "Content-Disposition: attachment; filename=\"=?utf-8?B?YsOhbw==?= =?utf-8?B?Y8Ohby5leGU=?=\"",
            &["báocáo.exe"],
        ),
        (
            "Content-Disposition: attachment; filename=\"=?utf-8?B?YsOh?=\r\n =?utf-8?B?by5leGU=?=\"",
            &["báo.exe"],
        ),
        ("Content-Disposition: attachment; filename*=utf-8''b%C3%A1o.exe", &["báo.exe"]),
        ("Content-Disposition: attachment; filename*0=a.e; filename*1=xe", &["a.exe"]),
        ("Content-Disposition: attachment; filename*1=xe; filename*0=a.e", &["a.exe", "xea.e"]),
        ("Content-Disposition: attachment; filename=a.txt; filename*=''b.exe", &["a.txt", "b.exe"]),
        (
            "Content-Type: x/y; name=c.pdf\r\nContent-Disposition: attachment; filename=a.exe",
            &["a.exe", "c.pdf"],
        ),
        ("Content-Type: x/y; name*0*=windows-1258''%E1; name*1*=.exe", &["á.exe"]),
        (
            "Content-Disposition: attachment; filename=\"a.exe\0.txt\"",
            &["a.exe\0.txt", "a.exe", "a.exe.txt"],
        ),
        ("Content-Disposition: attachment filename=a.exe", &["a.exe"]),
        ("Content-Disposition: attachment; filename=\"a.e\\xe\"", &["a.e\\xe", "a.exe"]),
        ("Content-Disposition: attachment; filename \"a.exe\"", &["a.exe"]),
        ("Content-Disposition: attachment; =?utf-8?q?filename?=\"a.exe\"", &["a.exe"]),
        ("Content-Disposition: attachment; filename *=utf-8''a.exe", &["a.exe"]),
        ("Content-Disposition: attachment; filename=\"a%2Eexe\"", &["a%2Eexe", "a.exe"]),
        ("Content-Disposition: attachment; filename*=utf-8''a%C0%AEexe", &["a.exe"]),
        ("Content-Disposition: attachment; filename*=utf-7''a+AC4-exe", &["a.exe"]),
        ("Content-Disposition: attachment; filename=\"=?utf-8?q?a.exe?\"", &["a.exe"]),
        // Charsets that browsers show as one sign.
        ("Content-Disposition: attachment; filename*=iso-2022-kr''a%2Eexe", &["a.exe"]),
        (
            "Content-Disposition: attachment; filename=\"=?hz-gb-2312?q?a=2Ee~=7B~=7Dxe?=\"",
            &["a.e~{~}xe", "a.exe"],
        ),
        (
            "Content-Disposition: attachment; filename*=iso-2022-cn''%1B%24%29Aa.e%0E%0Fxe",
            &["\u{1b}$)Aa.e\u{e}\u{f}xe", "$)Aa.exe", "a.exe"],
        ),
        // Large machines', and a label that the bytes contradict.
        (
            "Content-Disposition: attachment; filename*=ibm037''%81%4B%85%A7%85",
            &["\u{81}K\u{2026}§\u{2026}", "K\u{2026}§\u{2026}", "a.exe"],
        ),
        (
            "Content-Disposition: attachment; filename=\"=?x-ebcdic-cp-us?q?=81=4B=85=A7=85?=\"",
            &["\u{81}K\u{2026}§\u{2026}", "K\u{2026}§\u{2026}", "a.exe"],
        ),
        (
            "Content-Disposition: attachment; filename*=cp500''a%2Eexe",
            &["a.exe", "/\u{fffd}\u{fffd}\u{fffd}\u{fffd}"],
        ),
        (
            "Content-Disposition: attachment; filename*=utf-16''ab.exe",
            &["\u{6261}\u{652e}\u{6578}", "ab.exe"],
        ),
        // Without a mark the high byte comes first.
        (
            "Content-Disposition: attachment; filename*=utf-16''%00a%00.%00e%00x%00e",
            &["\u{6100}\u{2e00}\u{6500}\u{7800}\u{6500}", "a.exe"],
        ),
        ("Content-Disposition: attachment; filename=\"a\\\"b.exe\"", &["a\"b.exe", "a\\\"b.exe"]),
    ] {
        let (message, _) = parse(format!("{header}\r\n\r\nxin chao").as_bytes());
        assert_eq!(message.leaves[0].names, wanted, "{header}");
    }
    // Raw bytes are UTF-8, else what Windows in Viet Nam had.
    let raw = b"Content-Disposition: attachment; filename=\"b\xe1o c\xe1o.exe\"\r\n\r\nx";
    assert_eq!(parse(raw).0.leaves[0].names, ["báo cáo.exe"]);
}

#[test]
fn a_field_of_which_more_is_written_than_read_says_so() {
    let many = |count: usize, piece: &str| {
        (0..count).map(|n| piece.replace('#', &n.to_string())).collect::<String>()
    };
    let types = "Content-Type: multipart/mixed; boundary=";
    for (header, told) in [
        (format!("Content-Disposition: attachment{}", many(63, "; x#=a")), false),
        (format!("Content-Disposition: attachment{}; name=a", many(64, "; x#=a")), true),
        (format!("Content-Disposition: attachment; name=a{}", many(70, " x#=a")), true),
        (format!("Content-Disposition: attachment; x=\"{}; name=a", many(70, ";")), true),
        (format!("Content-Disposition: attachment; x={}; name=a", "a".repeat(17_000)), true),
        (format!("Content-Type: a/b{}; boundary=c", many(70, "; x#=a")), true),
        (format!("Content-Type: a/b ({}); boundary=c", many(70, ";")), true),
        (format!("Content-Disposition: attachment{}", many(33, "; name=a#")), true),
        (many(8, "Content-Type: text/plain\r\n").trim_end().to_owned(), false),
        (many(9, "Content-Type: text/plain\r\n").trim_end().to_owned(), true),
        (many(9, "Content-Transfer-Encoding: 7bit\r\n").trim_end().to_owned(), true),
        (many(6, &format!("{types}b#\r\n")).trim_end().to_owned(), false),
        (many(7, &format!("{types}b#\r\n")).trim_end().to_owned(), true),
    ] {
        let (message, _) = parse(format!("{header}\r\n\r\nxin chao").as_bytes());
        assert_eq!(constructs(&message).contains("endless-field"), told, "{header:.300}");
    }
}

#[test]
fn every_construct_has_a_word_of_its_own_and_a_case() {
    let cases = fs::read_to_string("fixtures/checks/mime.test").unwrap();
    let mut words = HashSet::new();
    for construct in Construct::ALL {
        assert!(words.insert(construct.word()), "{} stands twice", construct.word());
        let title = format!("=== {}:", construct.word());
        assert!(cases.contains(&title), "no case `{title}` in fixtures/checks/mime.test");
    }
}

/// Letters that try to make reading dear: each is read a bounded number of times, whatever it
/// nests. They end, and what was not looked at is told.
#[test]
fn the_dearest_letters_end() {
    let multipart = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    let nested: String = (0..60)
        .map(|level| {
            format!("Content-Type: multipart/mixed; boundary=b{level}x\r\n\r\n--b{level}x\r\n")
        })
        .collect();
    let letters = [
        ("delimiters inside of lines", format!("{multipart}{}", "--b".repeat(1 << 20))),
        ("delimiters", format!("{multipart}{}", "\r\n--b".repeat(1 << 19))),
        ("longer delimiters", format!("{multipart}{}", "\r\n--bx".repeat(1 << 18))),
        ("lines of hyphens", format!("Subject: a\r\n\r\n{}", "\n--".repeat(1 << 20))),
        ("fields", format!("Subject: a\r\n\r\n{}", "\nContent-".repeat(1 << 18))),
        ("uuencode begun", format!("Subject: a\r\n\r\n{}", "\rbegin 644 a".repeat(1 << 18))),
        ("uuencode of base64", format!("Subject: a\r\n\r\n{}", "\nbegin-base64 644 a\n".repeat(1 << 17))),
        ("many types", format!("{}\r\n--b\r\n\r\nx", "Content-Type: multipart/mixed; boundary=b\r\nContent-Type: a/b\r\n".repeat(1 << 14))),
        ("many parameters", format!("Content-Type: a/b{}\r\n\r\nx", ";boundary=b;name*0=c".repeat(1 << 16))),
        ("fields behind fields", format!("{}x", "Content-Type: a/b\r\n\r\n".repeat(1 << 16))),
        ("base64 of padding", format!("Content-Transfer-Encoding: base64\r\n\r\n{}", "QQ==\r\n".repeat(1 << 18))),
        ("quotes", format!("Content-Type: a/b; name={}\r\n\r\nx", "\"(".repeat(1 << 18))),
        ("levels", format!("{nested}{}", " --b0x\r\n".repeat(1 << 18))),
        ("parts that differ", format!("{multipart}{}", "--b\r\nContent-Type: a/b\r\nContent-Type: c/d\r\nno\r\nContent-Transfer-Encoding: x\r\n\r\nx\r\n".repeat(9_000))),
    ];
    for (name, letter) in letters {
        let begun = std::time::Instant::now();
        let (message, rereads) = parse(letter.as_bytes());
        println!("{name}: {} bytes, {rereads} again, {:?}", letter.len(), begun.elapsed());
        let most = VIEWS as u64 * letter.len() as u64 + 2 * letter.len() as u64;
        assert!(rereads <= most, "{name}: {rereads} of {}", letter.len());
        assert!(message.leaves.len() <= 10_000, "{name}");
        assert!(suffixes(&message).len() < VIEWS, "{name}");
    }
}

#[test]
fn a_document_in_chunks_of_base64_is_no_damaged_archive() {
    // Mailers that encode what they read, chunk by chunk, pad each chunk.
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["a.txt", "b.txt"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, &[0x61; 400]).unwrap();
    }
    let zip = zip.finish().unwrap().into_inner();
    let chunks: Vec<String> = zip.chunks(100).map(crate::support::base64).collect();
    let mail = format!(
        "Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
        chunks.concat().replace('\n', "\r\n")
    );
    let mut budget = Budget::new(Limits::default(), mail.len() as u64, Trip::default());
    let opener = congthu::archive::Opener::default();
    let facts = congthu::facts::unfold(&Bytes::from(mail), &opener, &mut budget);
    assert!(facts.obstacles.is_empty(), "{:?}", facts.obstacles);
    let listed = facts.parts.iter().filter(|part| part.listed && !part.path.contains('/'));
    assert_eq!(listed.count(), 1);
    assert!(facts.parts.iter().any(|part| part.path == "1/a.zip/b.txt"));
}

//! The dearest letters that a sender can make, of any size: each aims at a loop of ours.
//!
//! The bench measures them at 64 MB (`worst.rs`), a test at sizes that show whether the cost grows
//! faster than the letter.

use crate::containers::{compound, deflated, gz, locked_zip, noise, tar, zip};

/// A name, and the letter of about so many bytes.
pub type Worst = (&'static str, fn(usize) -> Vec<u8>);

/// All of them.
pub const WORST: &[Worst] = &[
    ("one header line", |size| text(&[("X-A: ", 1), ("a", size), ("\n\nx\n", 1)])),
    ("many header fields", |size| text(&[("X-A: b\n", size / 7), ("\nx\n", 1)])),
    ("many continuations", |size| text(&[("X-A: b\n", 1), (" c\n", size / 3), ("\nx\n", 1)])),
    ("lines without colon", |size| text(&[("Subject: a\n", 1), ("abc\n", size / 4)])),
    ("encoded words", |size| {
        text(&[("Subject: ", 1), ("=?utf-8?q?a?=\n ", size / 15), ("\n\nx\n", 1)])
    }),
    ("encoded words of a name", |size| {
        text(&[("Content-Type: text/plain; name=\"", 1), ("=?a?q? ", size / 7), ("\"\n\nx\n", 1)])
    }),
    ("names of encoded words", |size| {
        let name = ["Content-Type: a/b; name=\"", &"=?a?q? ".repeat(2000), "\"\n\n"].concat();
        let part = ["--b\n", &name].concat();
        text(&[(MIXED, 1), (&part, size / part.len()), ("--b--\n", 1)])
    }),
    ("comments", |size| {
        text(&[("Content-Type: text/plain ", 1), ("(", size / 2), (")", size / 2), ("\n\nx\n", 1)])
    }),
    ("parameters", |size| {
        text(&[("Content-Type: text/plain", 1), ("; x=y", size / 5), ("\n\nx\n", 1)])
    }),
    ("name pieces", |size| pieces("Content-Disposition: attachment", "filename", size)),
    ("boundary pieces", |size| pieces("Content-Type: multipart/mixed", "boundary", size)),
    ("content types", |size| {
        text(&[
            ("Content-Type: multipart/mixed; boundary=b\n", size / 44),
            ("\n--b\n\nx\n--b--\n", 1),
        ])
    }),
    ("parts", |size| text(&[(MIXED, 1), ("--b\n\nx\n", size / 7), ("--b--\n", 1)])),
    ("attached parts", |size| {
        text(&[
            (MIXED, 1),
            (
                "--b\nContent-Type: application/octet-stream; name=a.pdf\nContent-Transfer-Encoding: base64\n\nTVqQ\n",
                size / 96,
            ),
            ("--b--\n", 1),
        ])
    }),
    ("nearly delimiters", |size| {
        text(&[(MIXED, 1), ("--b\n\n", 1), ("--bx\n", size / 5), ("--b--\n", 1)])
    }),
    ("dashes", |size| text(&[(MIXED, 1), ("--b\n\n", 1), ("--\n", size / 3), ("--b--\n", 1)])),
    ("ends", |size| text(&[(MIXED, 1), ("--b--\n", size / 6)])),
    ("undeclared delimiters", |size| {
        text(&[
            ("Content-Type: multipart/mixed\n\n", 1),
            ("--a\nContent-Type: text/plain\n\nx\n", size / 33),
        ])
    }),
    ("delimiters of many names", many_names),
    ("boundaries of one another", prefixes),
    ("multiparts", |size| nest("Content-Type: multipart/mixed; boundary=b\n\n--b\n", size)),
    ("mails", |size| nest("Content-Type: message/rfc822\n\n", size)),
    ("base64", |size| {
        encoded(
            "base64",
            "TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
            size,
        )
    }),
    ("base64 of equals", |size| encoded("base64", "TQ==", size)),
    ("base64 of single digits", |size| encoded("base64", "T\n", size)),
    ("base64 of junk", |size| encoded("base64", "!!!!!!!T", size)),
    ("two encodings", |size| text(&[(TWO_ENCODINGS, 1), ("\n", 1), ("TQ==", size / 4), ("\n", 1)])),
    ("two encodings, two types", |size| {
        text(&[
            (TWO_ENCODINGS, 1),
            (TWO_TYPES, 1),
            ("\n", 1),
            ("--b\n\nTVqQ\n", size / 11),
            ("--b--\n", 1),
        ])
    }),
    ("multiparts of two encodings", |size| {
        let part =
            ["--b\n", TWO_ENCODINGS, "\n=4D=5A=TVqQ=\nbegin 644 a\n#86)C\n`\nend\n"].concat();
        text(&[
            (TWO_TYPES, 1),
            (TWO_ENCODINGS, 1),
            ("\n", 1),
            (&part, size / part.len()),
            ("--b--\n", 1),
        ])
    }),
    ("quoted soft breaks", |size| encoded("quoted-printable", "=\n", size)),
    ("quoted equals", |size| encoded("quoted-printable", "==", size)),
    ("quoted blanks", |size| encoded("quoted-printable", " ", size)),
    ("uu begins", |size| text(&[("Subject: a\n\n", 1), ("begin 644 a\n", size / 12)])),
    ("uu lines", |size| {
        text(&[
            ("Subject: a\n\nbegin 644 a\n", 1),
            ("M````````````````````````````````````````````````````````````\n", size / 62),
        ])
    }),
    ("uu files", |size| {
        text(&[("Subject: a\n\n", 1), ("begin 644 a.pdf\n#86)C\n`\nend\n", size / 28)])
    }),
    ("mails of a mailbox", |size| {
        file(
            "a.mbox",
            "From a Mon Jul 20 09:00:00 2026\nSubject: a\n\nx\n\n".repeat(size / 66).as_bytes(),
        )
    }),
    ("page of pictures", |size| typed("text/html", "<img src=cid:a@b>", size)),
    ("page of scripts", |size| typed("text/html", "<script>atob(", size)),
    ("page of tags", |size| typed("text/html", "<", size)),
    ("svg", |size| {
        file("a.svg", ["<svg>".to_owned(), "<a b=\"".repeat(size / 8)].concat().as_bytes())
    }),
    ("rtf groups", |size| {
        file(
            "a.rtf",
            ["{\\rtf1".to_owned(), "{\\*\\objdata ".repeat(size / 16)].concat().as_bytes(),
        )
    }),
    ("rtf hex", |size| {
        file(
            "a.rtf",
            ["{\\rtf1{\\*\\objdata ".to_owned(), "0105".repeat(size * 3 / 16)].concat().as_bytes(),
        )
    }),
    ("pdf objects", |size| {
        file(
            "a.pdf",
            ["%PDF-1.4\n".to_owned(), "1 0 obj<</S/JavaScript>>endobj\n".repeat(size / 42)]
                .concat()
                .as_bytes(),
        )
    }),
    ("pdf brackets", |size| {
        file(
            "a.pdf",
            ["%PDF-1.4\n1 0 obj".to_owned(), "<<".repeat(size * 3 / 8)].concat().as_bytes(),
        )
    }),
    ("small pdfs", |size| {
        files("a.pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(a)>>>>endobj\ntrailer<</Root 1 0 R>>\n", size)
    }),
    ("small 7z", |size| {
        files(
            "a.7z",
            b"7z\xbc\xaf\x27\x1c\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
            size,
        )
    }),
    ("small rars", |size| {
        files(
            "a.rar",
            b"Rar!\x1a\x07\x01\0\x33\x92\xb5\xe5\x0a\x01\x05\x06\0\x05\x01\x01\x80\x80\0",
            size,
        )
    }),
    ("zip of members", |size| file("a.zip", &zip((size / 200).min(60_000), b"x"))),
    ("zip of zips", |size| file("a.zip", &zip((size / 400).min(20_000), &zip(1, b"x")))),
    ("zip heads", |size| file("a.zip", &b"PK\x03\x04".repeat(size * 3 / 16))),
    ("zip heads with lengths", |size| {
        let head = [b"PK\x03\x04".as_slice(), &[0; 26]].concat();
        file("a.zip", &[head, b"PK\x03\x04\xff\xff\xff".repeat(size * 3 / 28)].concat())
    }),
    ("zip heads in a zip in a zip", |size| {
        let heads = b"PK\x03\x04\xff\xff\xff".repeat(size.min(60_000_000) / 7);
        let inner = deflated(&[("a.zip", &[b"PK\x03\x04".as_slice(), &[0; 26], &heads].concat())]);
        file("a.zip", &deflated(&[("a.zip", &inner)]))
    }),
    ("zip of long names", |size| {
        let members = (size / 5600).min(9_999);
        let names: Vec<String> = (0..members).map(|n| "a".repeat(2000) + &n.to_string()).collect();
        let files: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &b"x"[..])).collect();
        file("a.zip", &deflated(&files))
    }),
    ("zip ends", |size| file("a.zip", &b"PK\x05\x06".repeat(size * 3 / 16))),
    ("zip entries", |size| file("a.zip", &b"PK\x01\x02".repeat(size * 3 / 16))),
    ("locked zip", locked),
    ("gzip of zeros", |size| file("a.gz", &gz(&vec![0; size.saturating_mul(4).min(300 << 20)]))),
    ("gzip members", |size| file("a.gz", &gz(b"").repeat(size * 3 / 100))),
    ("tar of members", |size| file("a.tar", &tar(size / 1400))),
    ("tnef attributes", |size| {
        file(
            "winmail.dat",
            &[&b"\x78\x9f\x3e\x22\x01\0"[..], &b"\x01\x08\x90\x06\0\0\0\0\0\0\0".repeat(size / 16)]
                .concat(),
        )
    }),
    ("der", |size| file("smime.p7m", &b"\x30\x80".repeat(size * 3 / 8))),
    ("compound file", |size| file("a.doc", &compound(size * 3 / 4))),
    ("calendar of files", |size| {
        let line = "ATTACH;ENCODING=BASE64;VALUE=BINARY:TVqQ\r\n";
        let lines = line.repeat(size * 3 / 4 / line.len());
        file("a.ics", format!("BEGIN:VCALENDAR\r\n{lines}").as_bytes())
    }),
    ("page of addresses", |size| typed("text/html", "<a href=data:,%4D%5A>", size)),
    ("words like passwords", |size| {
        let words = text(&[("mat khau: abc def ghi\npassword: x1 y2\n", size / 40)]);
        let words = String::from_utf8(words).unwrap_or_default();
        format!(
            "{MIXED_WIRE}--b\r\n\r\n{words}--b\r\n{}--b--\r\n",
            attachment("a.zip", &locked_zip(50))
        )
        .into_bytes()
    }),
];

/// Letters of which a thousandth is sent: what is unpacked, and not their size, is what they cost, and
/// the budgets end it.
pub const DENSE: &[Worst] = &[
    ("docx of depth", |size| document("docx", "<a>", size)),
    ("docx of paragraphs", |size| document("docx", "<w:p/>", size)),
    ("docx of runs", |size| document("docx", "<w:p><w:r><w:t>a</w:t></w:r></w:p>", size)),
    ("docx of fields", |size| document("docx", "<w:instrText>DDE</w:instrText>", size)),
    ("odt of spans", |size| document("odt", "<text:p><text:span>a</text:span></text:p>", size)),
    ("zip of html tags", |size| zipped("html", "<html>", "<a b=c>", size)),
    ("zip of text tags", |size| zipped("txt", "", "<a b=c>", size)),
    ("zip of text", |size| zipped("txt", "", "Thư mật của cơ quan ", size)),
    ("docx of numbered fields", |size| document("docx", "<w:instrText>DDE#</w:instrText>", size)),
    ("zip of numbered files", |size| zipped("eml", "Subject: a\n\n", "begin 644 a#.exe\n", size)),
    ("zip of rtf", |size| zipped("rtf", "{\\rtf1", "{\\object\\objdata 41", size)),
];

const TWO_ENCODINGS: &str = "Content-Transfer-Encoding: base64\nContent-Transfer-Encoding: quoted-printable\nContent-Disposition: attachment; filename=a.dat\n";
const TWO_TYPES: &str = "Content-Type: multipart/mixed; boundary=a\nContent-Type: multipart/mixed; boundary=b\nContent-Type: text/plain\n";
const MIXED: &str = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n";
const MIXED_WIRE: &str = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";

/// Pieces, each so many times; LF as CRLF.
fn text(pieces: &[(&str, usize)]) -> Vec<u8> {
    let repeated = pieces.iter().map(|(piece, times)| piece.replace('\n', "\r\n").repeat(*times));
    repeated.collect::<String>().into_bytes()
}

/// A parameter in thousands of pieces (RFC 2231 §3), last first.
fn pieces(field: &str, name: &str, size: usize) -> Vec<u8> {
    let count = size / 20;
    let pieces: String = (0..count).rev().map(|at| format!(";\r\n {name}*{at}=ab")).collect();
    format!("{field}{pieces}\r\n\r\nx\r\n").into_bytes()
}

/// Lines that could each be the delimiter of another multipart.
fn many_names(size: usize) -> Vec<u8> {
    let lines: String =
        (0..size / 30).map(|at| format!("--n{at}\r\nContent-Type: a/b\r\n\r\n")).collect();
    format!("Content-Type: multipart/mixed; boundary=zz\r\n\r\n{lines}").into_bytes()
}

/// Multiparts in one another, the boundary of each the beginning of the next.
fn prefixes(size: usize) -> Vec<u8> {
    let mut mail = String::new();
    for depth in 1..=60 {
        let name = "b".repeat(depth);
        mail += &format!("Content-Type: multipart/mixed; boundary={name}\r\n\r\n--{name}\r\n");
    }
    mail += "\r\n";
    let line = format!("--{}x\r\n", "b".repeat(66));
    mail += &line.repeat(size / line.len());
    mail.into_bytes()
}

fn nest(level: &str, size: usize) -> Vec<u8> {
    text(&[(level, size / level.len()), ("\nx\n", 1)])
}

fn encoded(encoding: &str, piece: &str, size: usize) -> Vec<u8> {
    let head = format!(
        "Content-Type: application/octet-stream; name=a.dat\nContent-Transfer-Encoding: {encoding}\n\n"
    );
    let wide = piece.len() + usize::from(piece.ends_with('\n'));
    text(&[(&head, 1), (piece, size / wide), ("\n", 1)])
}

fn typed(media: &str, piece: &str, size: usize) -> Vec<u8> {
    let head = format!("Content-Type: {media}\nContent-Id: <a@b>\n\n<html>");
    text(&[(&head, 1), (piece, size / piece.len()), ("\n", 1)])
}

fn attachment(name: &str, bytes: &[u8]) -> String {
    format!(
        "Content-Type: application/octet-stream; name=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n",
        crate::support::base64(bytes).replace('\n', "\r\n")
    )
}

fn file(name: &str, bytes: &[u8]) -> Vec<u8> {
    attachment(name, bytes).into_bytes()
}

/// The same small file over and over, each a part.
fn files(name: &str, bytes: &[u8], size: usize) -> Vec<u8> {
    let part = format!("--b\r\n{}", attachment(name, bytes));
    format!("{MIXED_WIRE}{}--b--\r\n", part.repeat((size / part.len()).max(1))).into_bytes()
}

/// What unpacks to 240 MB at most, however large the letter: four files, and what does not compress.
fn packed(extension: &str, make: impl Fn(usize) -> Vec<u8>, size: usize) -> Vec<u8> {
    let file = make(size.saturating_mul(50).min(60 << 20));
    let names: Vec<String> = (0..4).map(|n| format!("a{n}.{extension}")).collect();
    let mut files: Vec<(&str, &[u8])> = names.iter().map(|n| (n.as_str(), &file[..])).collect();
    // Less than a hundredth of what it unpacks to is a bomb.
    let noise = noise(size.min(3 << 20));
    files.push(("a.jpg", &noise));
    self::file("a.zip", &deflated(&files))
}

/// This piece over and over, with `#` a number that changes: what deflates badly is read slowly.
fn repeated(piece: &str, size: usize) -> String {
    let number = |at: usize| piece.replace('#', &(at * 7919 % 1_000_003).to_string());
    let round = match piece.contains('#') {
        true => (0..20_000).map(number).collect(),
        false => piece.to_owned(),
    };
    round.repeat((size / round.len()).max(1))
}

fn zipped(extension: &str, head: &str, piece: &str, size: usize) -> Vec<u8> {
    let make = |size: usize| [head, &repeated(piece, size)].concat().into_bytes();
    packed(extension, make, size)
}

/// Documents whose text is this piece over and over.
fn document(extension: &str, piece: &str, size: usize) -> Vec<u8> {
    let make = |size: usize| {
        let text = ["<office:document-content><office:body>", &repeated(piece, size)].concat();
        match extension {
            "odt" => deflated(&[
                ("mimetype", b"application/vnd.oasis.opendocument.text"),
                ("content.xml", text.as_bytes()),
            ]),
            _ => deflated(&[
                ("[Content_Types].xml", b"<Types/>"),
                ("word/document.xml", text.as_bytes()),
            ]),
        }
    };
    packed(extension, make, size)
}

/// A locked archive, and a text that is full of what may be its password.
fn locked(size: usize) -> Vec<u8> {
    let words: String = (0..2000).map(|at| format!("mật khẩu: p{at}x\r\n")).collect();
    let zip = locked_zip((size / 400).min(9_000));
    format!("{MIXED_WIRE}--b\r\n\r\n{words}--b\r\n{}--b--\r\n", attachment("a.zip", &zip))
        .into_bytes()
}

//! Transfer encodings, right and bent: every bend is one that some reader decodes all the same.

use crate::support::base64;

/// Base64 on one line.
fn one_line(bytes: &[u8]) -> String {
    base64(bytes).replace('\n', "")
}

/// Lines of this length, CRLF between them.
fn lines(text: &str, length: usize) -> String {
    let bytes = text.as_bytes().chunks(length.max(1));
    let lines: Vec<_> = bytes.map(|line| std::str::from_utf8(line).unwrap_or_default()).collect();
    lines.join("\r\n")
}

/// Every so many characters, something.
fn strewn(text: &str, every: usize, what: &str) -> String {
    let mut out = String::new();
    for (at, sign) in text.chars().enumerate() {
        if at > 0 && at % every == 0 {
            out.push_str(what);
        }
        out.push(sign);
    }
    out
}

/// Each piece of so many bytes encoded, and padded, on its own.
fn pieces(bytes: &[u8], size: usize, between: &str) -> String {
    let pieces: Vec<_> = bytes.chunks(size).map(one_line).collect();
    pieces.join(between)
}

/// The ways of [`bent_base64`].
pub const BASE64: &[&str] = &[
    "foreign",
    "foreign-often",
    "stars",
    "dashes",
    "blanks",
    "tabs",
    "dots",
    "eight-bit",
    "nul",
    "pad-pieces",
    "pad-pieces-lines",
    "pad-first",
    "pad-twice",
    "equals",
    "equals-lines",
    "equals-four",
    "odd-61",
    "odd-1",
    "odd-3",
    "four",
    "seventy-seven",
    "long-lines",
    "one-line",
    "no-newline",
    "no-padding",
    "too-much-padding",
    "pad-blank",
    "junk-lines",
    "junk-first",
    "junk-last",
    "empty-lines",
    "url-safe",
    "header-inside",
    "comment-inside",
    "begin-end",
    "dash-line",
    "indented",
    "quoted",
    "trailing-text",
    "lead-equals",
    "one-digit-more",
    "folded",
    "parentheses",
];

/// Base64, bent in one way.
pub fn bent_base64(how: &str, bytes: &[u8]) -> Vec<u8> {
    let plain = lines(&one_line(bytes), 76);
    let open = one_line(bytes).trim_end_matches('=').to_owned();
    let text = match how {
        "plain" => plain,
        // Lines that pass for fields of a header.
        "fields" => lines(&one_line(bytes), 60)
            .split("\r\n")
            .map(|line| format!("{}: {}", &line[..line.len().min(4)], &line[line.len().min(4)..]))
            .collect::<Vec<_>>()
            .join("\r\n"),
        "foreign" => lines(&strewn(&one_line(bytes), 50, "!"), 76),
        "foreign-often" => lines(&strewn(&one_line(bytes), 3, "!#"), 76),
        "stars" => lines(&strewn(&one_line(bytes), 5, "*"), 76),
        "dashes" => lines(&strewn(&one_line(bytes), 7, "."), 76),
        "blanks" => lines(&strewn(&one_line(bytes), 4, " "), 76),
        "tabs" => lines(&strewn(&one_line(bytes), 9, "\t"), 76),
        "dots" => lines(&strewn(&one_line(bytes), 4, ","), 76),
        "eight-bit" => lines(&one_line(bytes), 60).replace("\r\n", "é\r\né"),
        "nul" => lines(&strewn(&one_line(bytes), 40, "\0"), 76),
        "pad-pieces" => lines(&pieces(bytes, 100, ""), 76),
        "pad-pieces-lines" => pieces(bytes, 40, "\r\n"),
        // The first byte alone, so that a decoder which stops at `=` sees one byte.
        "pad-first" => {
            let (head, tail) = bytes.split_at(bytes.len().min(1));
            format!("{}\r\n{}", one_line(head), lines(&one_line(tail), 76))
        }
        "pad-twice" => {
            let (head, tail) = bytes.split_at(bytes.len().min(64));
            format!("{}\r\n{}", one_line(head), lines(&one_line(tail), 76))
        }
        // Not at the end of a quantum: decoders that skip what is no digit go on.
        "equals" => lines(&strewn(&open, 41, "="), 76),
        "equals-lines" => lines(&open, 75).replace("\r\n", "=\r\n"),
        "equals-four" => lines(&strewn(&open, 48, "===="), 76),
        "odd-61" => lines(&one_line(bytes), 61),
        "odd-1" => lines(&one_line(bytes), 1),
        "odd-3" => lines(&one_line(bytes), 3),
        "four" => lines(&one_line(bytes), 4),
        "seventy-seven" => lines(&one_line(bytes), 77),
        "long-lines" => lines(&one_line(bytes), 3000),
        "one-line" => one_line(bytes),
        "no-newline" => format!("{}\0", one_line(bytes)).trim_end_matches('\0').to_owned(),
        "no-padding" => lines(&open, 76),
        "too-much-padding" => format!("{}====", lines(&open, 76)),
        "pad-blank" => format!("{} = =", lines(&open, 76)),
        "junk-lines" => plain.replacen("\r\n", "\r\n-- !! --\r\n", 1),
        "junk-first" => format!("~~~~~\r\n{plain}"),
        "junk-last" => format!("{plain}\r\n~~~~~"),
        "empty-lines" => plain.replace("\r\n", "\r\n\r\n"),
        "url-safe" => plain.replace('+', "-").replace('/', "_"),
        "header-inside" => plain.replacen("\r\n", "\r\n:::;;;\r\n", 1),
        "comment-inside" => plain.replacen("\r\n", "\r\n#...#\r\n", 1),
        "begin-end" => format!("-----\r\n{plain}\r\n-----"),
        "dash-line" => plain.replacen("\r\n", "\r\n--\r\n", 1),
        "indented" => format!(" {}", plain.replace("\r\n", "\r\n ")),
        "quoted" => format!("\"{plain}\""),
        "trailing-text" => format!("{plain}\r\n\r\nDuoc quet boi he thong.\r\n"),
        "lead-equals" => format!("=\r\n{plain}"),
        "one-digit-more" => format!("{}A", lines(&open, 76)),
        "folded" => plain.replace("\r\n", "\r\n\t"),
        "parentheses" => plain.replacen("\r\n", "\r\n()\r\n", 3),
        other => panic!("no such bend: {other}"),
    };
    text.into_bytes()
}

/// The ways of [`bent_quoted`].
pub const QUOTED: &[&str] = &[
    "lower",
    "all",
    "soft-blank",
    "soft-tab",
    "long",
    "short",
    "soft-many",
    "bad-hex",
    "blank-ends",
    "no-soft",
    "lone-equals-end",
    "double-soft",
];

/// Quoted-printable, bent in one way.
pub fn bent_quoted(how: &str, bytes: &[u8]) -> Vec<u8> {
    let all = ["all", "short"].contains(&how);
    let width = match how {
        "long" | "no-soft" => usize::MAX,
        "short" => 4,
        _ => 73,
    };
    let soft = match how {
        "soft-blank" => "= \r\n",
        "soft-tab" => "=\t  \r\n",
        "soft-many" => "=\r\n=\r\n",
        "double-soft" => "==\r\n",
        _ => "=\r\n",
    };
    let mut out = String::new();
    let mut length = 0;
    for (index, byte) in bytes.iter().enumerate() {
        let plain = byte.is_ascii_graphic() && *byte != b'=' && !all;
        let piece = match (plain, how) {
            (true, _) => char::from(*byte).to_string(),
            (false, "lower") => format!("={byte:02x}"),
            (false, _) => format!("={byte:02X}"),
        };
        if length + piece.len() > width {
            out.push_str(soft);
            length = 0;
        }
        length += piece.len();
        out.push_str(&piece);
        if how == "bad-hex" && index == bytes.len() - 1 {
            out.push_str("=ZZ");
        }
    }
    match how {
        "blank-ends" => out = out.replace("=\r\n", "=  \r\n"),
        "lone-equals-end" => out.push('='),
        _ => {}
    }
    out.into_bytes()
}

/// Uuencoded (POSIX uuencode), bent in one way.
pub fn uuencode(how: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let zero = if ["plain", "no-end", "no-zero"].contains(&how) { '`' } else { ' ' };
    let digit = |value: u8| if value == 0 { zero } else { char::from(value + 32) };
    let mut out = match how {
        "four-digits" => format!("begin 0644 {name}\r\n"),
        "blanks" => format!("begin   644   {name}\r\n"),
        "tabs" => format!("begin\t644\t{name}\r\n"),
        "trailing" => format!("begin 644 {name}  \r\n"),
        "no-name" => "begin 644 \r\n".to_owned(),
        "no-mode" => format!("begin {name}\r\n"),
        "mode-7" => format!("begin 7 {name}\r\n"),
        "upper" => format!("BEGIN 644 {name}\r\n"),
        "quoted" => format!("begin 644 \"{name}\"\r\n"),
        "base64" => {
            let body = bent_base64("plain", bytes);
            let body = String::from_utf8(body).unwrap_or_default();
            return format!("begin-base64 644 {name}\r\n{body}\r\n====\r\n").into_bytes();
        }
        _ => format!("begin 644 {name}\r\n"),
    };
    for line in bytes.chunks(45) {
        out.push(char::from(line.len() as u8 + 32));
        for three in line.chunks(3) {
            let byte = |at: usize| three.get(at).copied().unwrap_or(0);
            let (a, b, c) = (byte(0), byte(1), byte(2));
            for value in [a >> 2, (a << 4 | b >> 4) & 63, (b << 2 | c >> 6) & 63, c & 63] {
                out.push(digit(value));
            }
        }
        match how {
            "checksum" => out.push('x'),
            // Mail loses blanks at line ends; decoders take what is missing for zeros.
            "stripped" => out.truncate(out.trim_end_matches(' ').len()),
            "blank-lines" => out.push_str("\r\n"),
            _ => {}
        }
        out.push_str("\r\n");
    }
    match how {
        "no-end" => {}
        "no-zero" => out.push_str("end\r\n"),
        _ => out.push_str("`\r\nend\r\n"),
    }
    out.into_bytes()
}

/// yEnc (yEnc 1.3): one part.
pub fn yenc(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = format!("=ybegin line=128 size={} name={name}\r\n", bytes.len()).into_bytes();
    for line in bytes.chunks(120) {
        for byte in line {
            let moved = byte.wrapping_add(42);
            match moved {
                0 | b'\n' | b'\r' | b'=' | b'.' => out.extend([b'=', moved.wrapping_add(64)]),
                _ => out.push(moved),
            }
        }
        out.extend(b"\r\n");
    }
    out.extend(format!("=yend size={}\r\n", bytes.len()).bytes());
    out
}

/// BinHex 4.0 (RFC 1741), without run lengths.
pub fn binhex(name: &str, bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 64] = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr";
    let mut head = vec![name.len() as u8];
    head.extend(name.bytes());
    head.extend(b"\0BINAdosz\0\0");
    head.extend((bytes.len() as u32).to_be_bytes());
    head.extend([0; 4]);
    let mut stream = [&head[..], &crc(&head).to_be_bytes()].concat();
    stream.extend([bytes, &crc(bytes).to_be_bytes()].concat());
    stream.extend([0, 0]);
    let stuffed: Vec<u8> =
        stream.iter().flat_map(|b| if *b == 0x90 { vec![0x90, 0] } else { vec![*b] }).collect();
    let mut text = String::from(":");
    for three in stuffed.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..=three.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    text.push(':');
    let mut out = b"(This file must be converted with BinHex 4.0)\r\n\r\n".to_vec();
    out.extend(lines(&text, 64).bytes());
    out.extend(b"\r\n");
    out
}

/// The checksum of BinHex: CRC-CCITT, from zero.
fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().chain(&[0, 0]).fold(0u16, |mut crc, byte| {
        for bit in (0..8).rev() {
            let carry = crc & 0x8000 != 0;
            crc = crc << 1 | u16::from(byte >> bit & 1);
            if carry {
                crc ^= 0x1021;
            }
        }
        crc
    })
}

//! Letters to send through.

use std::fmt::Write;

/// The anti-virus test file, in two halves: scanners shall not find it in this source.
pub const EICAR: &str =
    concat!("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-", "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*");

/// The anti-spam test line, in two halves.
pub const GTUBE: &str =
    concat!("XJS*C4JDBQADN1.NSBN3*2IDNEN*", "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X");

/// A plain letter with this text.
pub fn letter(text: &str) -> Vec<u8> {
    let mut mail = head("text/plain; charset=utf-8");
    write!(mail, "{text}\r\n").unwrap();
    mail.into_bytes()
}

/// A letter with an attachment, in base64.
pub fn letter_with(attachment: &[u8]) -> Vec<u8> {
    let mut mail = head("multipart/mixed; boundary=b");
    mail.push_str("--b\r\nContent-Type: text/plain\r\n\r\nKính gửi.\r\n--b\r\n");
    mail.push_str("Content-Type: application/octet-stream; name=a.bin\r\n");
    mail.push_str("Content-Disposition: attachment; filename=a.bin\r\n");
    mail.push_str("Content-Transfer-Encoding: base64\r\n\r\n");
    for line in attachment.chunks(57) {
        mail.push_str(&base64(line));
        mail.push_str("\r\n");
    }
    mail.push_str("--b--\r\n");
    mail.into_bytes()
}

fn head(content_type: &str) -> String {
    format!(
        "From: Văn thư <vanthu@stnmt.tiengiang.gov.vn>\r\nTo: nguoinhan@mail.example\r\n\
         Subject: Cong van\r\nDate: Sun, 22 Nov 2026 10:00:00 +0700\r\n\
         Message-ID: <1@stnmt.tiengiang.gov.vn>\r\nMIME-Version: 1.0\r\n\
         Content-Type: {content_type}\r\n\r\n"
    )
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit)) as usize & 63;
            text.push(if digit <= three.len() { DIGITS[value] as char } else { '=' });
        }
    }
    text
}

/// A stored mail as it was sent: stores that have LF for CRLF have it everywhere.
pub fn as_sent(stored: &[u8]) -> Vec<u8> {
    if stored.windows(2).any(|pair| pair == b"\r\n") {
        return stored.to_vec();
    }
    let mut sent = Vec::with_capacity(stored.len() + stored.len() / 32);
    for byte in stored {
        if *byte == b'\n' {
            sent.push(b'\r');
        }
        sent.push(*byte);
    }
    sent
}

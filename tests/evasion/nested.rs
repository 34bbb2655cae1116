//! Letters in letters, signed envelopes, Outlook's own container; and how deep all of that may go.

use super::Sample;
use super::payloads::pe;
use crate::support::base64;

const PROGRAM: &[&str] = &["executable.found"];

/// Every letter of this page.
pub fn all() -> Vec<Sample> {
    let mut samples = Vec::new();
    let mut add = |construct: &str, mail: String| {
        samples.push(Sample {
            construct: format!("nested/{construct}"),
            payload: "file",
            encoding: "base64",
            finds: PROGRAM,
            mail: mail.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes(),
        });
    };
    for depth in [3, 8, 15, 20, 30, 40, 63, 64, 65, 70, 200] {
        add(&format!("multiparts-{depth}"), multiparts(depth));
        add(&format!("mails-{depth}"), mails(depth));
        add(&format!("mails-in-multiparts-{depth}"), mixed(depth));
    }
    for depth in [1, 2, 3, 4, 5, 10] {
        add(&format!("mails-base64-{depth}"), encoded(depth));
    }
    signed(&mut add);
    tnef(&mut add);
    samples
}

type Add<'a> = dyn FnMut(&str, String) + 'a;

const HEAD: &str = "From: vanthu@sotnmt.example\nTo: nguoinhan@bdt.binhthuan.gov.vn\nSubject: Ho so\nMIME-Version: 1.0\n";

/// The file, as a part.
fn leaf() -> String {
    part("so-lieu.dat", "application/octet-stream", &pe())
}

fn part(name: &str, media: &str, bytes: &[u8]) -> String {
    format!(
        "Content-Type: {media}; name=\"{name}\"\nContent-Disposition: attachment; filename=\"{name}\"\nContent-Transfer-Encoding: base64\n\n{}\n",
        base64(bytes)
    )
}

fn multiparts(depth: usize) -> String {
    let open =
        (0..depth).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}x\n\n--b{n}x\n"));
    let close = (0..depth).rev().map(|n| format!("--b{n}x--\n"));
    format!("{HEAD}{}{}{}", open.collect::<String>(), leaf(), close.collect::<String>())
}

fn mails(depth: usize) -> String {
    format!("{HEAD}{}{}", format!("Content-Type: message/rfc822\n\n{HEAD}").repeat(depth), leaf())
}

fn mixed(depth: usize) -> String {
    let open = (0..depth).map(|n| {
        format!("{HEAD}Content-Type: multipart/mixed; boundary=b{n}x\n\n--b{n}x\nContent-Type: message/rfc822\n\n")
    });
    let close = (0..depth).rev().map(|n| format!("--b{n}x--\n"));
    format!("{}{HEAD}{}{}", open.collect::<String>(), leaf(), close.collect::<String>())
}

/// Letters that RFC 2046 §5.2.1 does not allow to be encoded, and that readers decode.
fn encoded(depth: usize) -> String {
    let mut mail = format!("{HEAD}{}", leaf());
    for _ in 0..depth {
        let body = base64(mail.as_bytes());
        mail = format!(
            "{HEAD}Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{body}\n"
        );
    }
    mail
}

/// A DER value.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let size = content.len();
    let mut out = vec![tag];
    match size {
        0..0x80 => out.push(size as u8),
        _ => out.extend([0x82, (size >> 8) as u8, size as u8]),
    }
    out.extend(content);
    out
}

/// CMS SignedData around a letter, without signers (RFC 5652 §5.1); `bits` of the inner string.
fn opaque(inner: &[u8], constructed: bool) -> Vec<u8> {
    let data = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
    let signed = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
    let string = match constructed {
        // In pieces and of indefinite length, as streaming signers write it (X.690 §8.7).
        true => {
            let pieces: Vec<u8> = inner.chunks(1000).flat_map(|piece| der(0x04, piece)).collect();
            [&[0x24, 0x80][..], &pieces, &[0, 0]].concat()
        }
        false => der(0x04, inner),
    };
    let content = der(0x30, &[&data[..], &der(0xa0, &string)].concat());
    let body = [&[0x02, 0x01, 0x01, 0x31, 0x00][..], &content, &[0x31, 0x00]].concat();
    der(0x30, &[&signed[..], &der(0xa0, &der(0x30, &body))].concat())
}

fn signed(add: &mut Add<'_>) {
    let inner = leaf().replace('\n', "\r\n");
    for (word, bytes) in
        [("plain", opaque(inner.as_bytes(), false)), ("pieces", opaque(inner.as_bytes(), true))]
    {
        for (name, media) in [
            ("smime.p7m", "application/pkcs7-mime; smime-type=signed-data"),
            ("smime.p7m", "application/x-pkcs7-mime; smime-type=signed-data"),
            ("smime.p7m", "application/octet-stream"),
            ("so-lieu.dat", "application/octet-stream"),
            ("smime.p7m", "application/pkcs7-mime; smime-type=enveloped-data"),
            ("smime.p7s", "application/pkcs7-signature"),
        ] {
            let short = media.rsplit(['/', '=']).next().unwrap_or_default();
            add(
                &format!("opaque-{word}-{short}-{}", name.replace('.', "-")),
                format!("{HEAD}{}", part(name, media, &bytes)),
            );
        }
    }
    let twice = part("smime.p7m", "application/pkcs7-mime", &opaque(inner.as_bytes(), false))
        .replace('\n', "\r\n");
    add(
        "opaque-twice",
        format!(
            "{HEAD}{}",
            part("smime.p7m", "application/pkcs7-mime", &opaque(twice.as_bytes(), false))
        ),
    );
    let signature = "Content-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\nMAMCAQE=\n";
    add(
        "detached",
        format!(
            "{HEAD}Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b\n\n--b\n{}--b\n{signature}--b--\n",
            leaf()
        ),
    );
    add(
        "detached-in-signature",
        format!(
            "{HEAD}Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b\n\n--b\nContent-Type: text/plain\n\nxin chao\n--b\n{}--b--\n",
            part("smime.p7s", "application/pkcs7-signature", &pe())
        ),
    );
    add(
        "pgp-encrypted-part",
        format!(
            "{HEAD}Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b\n{}--b--\n",
            leaf()
        ),
    );
    add(
        "report",
        format!(
            "{HEAD}Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nx\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n--b\nContent-Type: message/rfc822\n\n{HEAD}{}--b--\n",
            leaf()
        ),
    );
}

/// TNEF (MS-OXTNEF): attributes of the letter, then of one attachment.
fn winmail(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = b"\x78\x9f\x3e\x22\x01\0".to_vec();
    let mut attribute = |level: u8, id: u32, content: &[u8]| {
        out.push(level);
        out.extend(id.to_le_bytes());
        out.extend((content.len() as u32).to_le_bytes());
        out.extend(content);
        let sum = content.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        out.extend(sum.to_le_bytes());
    };
    attribute(1, 0x0008_9006, &0x0001_0000u32.to_le_bytes());
    attribute(1, 0x0006_9007, &[0xe4, 4, 0, 0, 0, 0, 0, 0]);
    attribute(1, 0x0007_8008, b"IPM.Microsoft Mail.Note\0");
    attribute(2, 0x0006_9002, &[1, 0, 0xff, 0xff, 0xff, 0xff, 0x20, 0, 0x20, 0, 0, 0, 0, 0]);
    attribute(2, 0x0001_8010, &[name.as_bytes(), b"\0"].concat());
    attribute(2, 0x0006_800f, bytes);
    out
}

fn tnef(add: &mut Add<'_>) {
    let plain = winmail("so-lieu.dat", &pe());
    let in_letter = |name: &str, media: &str, bytes: &[u8]| {
        format!(
            "{HEAD}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nx\n--b\n{}--b--\n",
            part(name, media, bytes)
        )
    };
    add("tnef", in_letter("winmail.dat", "application/ms-tnef", &plain));
    add("tnef-as-octets", in_letter("so-lieu.dat", "application/octet-stream", &plain));
    add("tnef-vnd", in_letter("win.dat", "application/vnd.ms-tnef", &plain));
    add("tnef-root", format!("{HEAD}{}", part("winmail.dat", "application/ms-tnef", &plain)));
    let mut wrong = plain.clone();
    wrong.extend([7; 9]);
    add("tnef-tail", in_letter("winmail.dat", "application/ms-tnef", &wrong));
    add("tnef-cut", in_letter("winmail.dat", "application/ms-tnef", &plain[..plain.len() - 100]));
    let mut sums = plain.clone();
    let size = sums.len();
    sums[size - 2..].fill(0xee);
    add("tnef-checksum", in_letter("winmail.dat", "application/ms-tnef", &sums));
    add(
        "tnef-twice",
        in_letter("winmail.dat", "application/ms-tnef", &winmail("winmail.dat", &plain)),
    );
    add(
        "tnef-zip",
        in_letter(
            "winmail.dat",
            "application/ms-tnef",
            &winmail("ho-so.zip", &super::pack::zip(&[("so-lieu.dat", &pe())])),
        ),
    );
    add(
        "tnef-in-mail",
        format!(
            "{HEAD}Content-Type: message/rfc822\n\n{HEAD}{}",
            part("winmail.dat", "application/ms-tnef", &plain)
        ),
    );
}

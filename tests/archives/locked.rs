//! Locked archives: opened with what the letter or the rules tell, else named as locked.

use super::make::{Head, lying};
use super::{budget, finds, whys};
use bytes::Bytes;
use congthu::archive::{Opener, Why};
use congthu::facts::{Facts, Trouble, unfold};
use congthu::mail::{Budget, FileType, Limits, Trip};
use std::io::{Cursor, Write};
use zip::unstable::write::FileOptionsExt;
use zip::write::SimpleFileOptions;
use zip::{AesMode, ZipWriter};

/// A zip of two files behind a password; `modern`: AES, else the cipher of 1990.
pub fn locked(password: &str, modern: bool) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    for name in ["a.exe", "b.txt"] {
        match modern {
            true => writer.start_file(name, options.with_aes_encryption(AesMode::Aes256, password)),
            false => {
                let options = options.with_deprecated_encryption(password.as_bytes()).unwrap();
                writer.start_file(name, options)
            }
        }
        .unwrap();
        writer.write_all(b"MZ\0\0 locked").unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const MEMBERS: &[(&str, &[u8])] = &[("a.exe", b"MZ\0\0 locked"), ("b.txt", b"MZ\0\0 locked")];

#[test]
fn the_right_password_opens() {
    for modern in [true, false] {
        let bytes = Bytes::from(locked("Hà Nội 2024", modern));
        let passwords = ["abc", "Hà Nội 2024", "xyz"].map(str::to_owned).to_vec();
        let kind = FileType::detect(&bytes);
        let opened = Opener { passwords, ..Opener::default() }
            .open(kind, None, &bytes, &mut budget(&bytes))
            .unwrap();
        assert_eq!(opened.troubles, []);
        finds(&opened, MEMBERS);
        assert!(opened.members.iter().all(|member| member.unlocked && member.whole));
        assert_eq!(opened.password.as_deref(), Some("Hà Nội 2024"));

        let passwords = vec!["wrong".to_owned()];
        let opened = Opener { passwords, ..Opener::default() }
            .open(kind, None, &bytes, &mut budget(&bytes))
            .unwrap();
        assert_eq!(whys(&opened), [Why::Encrypted]);
        assert!(opened.members.iter().all(|member| !member.unlocked && member.bytes.is_empty()));
    }
}

#[test]
fn a_wrong_password_that_the_check_byte_lets_through_is_none() {
    // Among a thousand passwords some pass the one byte of the old cipher.
    let bytes = Bytes::from(locked("1035", false));
    let passwords: Vec<String> = (540..1100).map(|number| number.to_string()).collect();
    let kind = FileType::detect(&bytes);
    let opened = Opener { passwords, ..Opener::default() }
        .open(kind, None, &bytes, &mut budget(&bytes))
        .unwrap();
    finds(&opened, MEMBERS);
    assert_eq!(opened.password.as_deref(), Some("1035"));
}

#[test]
fn attempts_are_counted_for_the_whole_message() {
    let bytes = Bytes::from(locked("unknown", false));
    let passwords: Vec<String> = (0..Budget::ATTEMPTS).map(|number| number.to_string()).collect();
    let mut budget = budget(&bytes);
    let opener = Opener { passwords, ..Opener::default() };
    for _ in 0..3 {
        opener.open(FileType::detect(&bytes), None, &bytes, &mut budget).unwrap();
    }
    assert!(!budget.attempt());
}

#[test]
fn a_locked_member_cannot_ask_for_memory() {
    // lzma: the dictionary that it wants is locked too, so nothing can be checked beforehand.
    let head = Head { flags: 1, method: 14, ..Head::stored(b"a.exe", &[7; 40]) };
    let bytes = Bytes::from(lying(&[(head.clone(), head, &[7; 40])]));
    let passwords = vec!["abc".to_owned(); 300];
    let mut budget = budget(&bytes);
    let opened = Opener { passwords, ..Opener::default() }.open(
        FileType::detect(&bytes),
        None,
        &bytes,
        &mut budget,
    );
    assert_eq!(whys(&opened.unwrap()), [Why::Encrypted]);
}

#[test]
fn where_there_is_little_time_few_passwords_are_tried() {
    let bytes = Bytes::from(locked("x", true));
    let passwords: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    let mut budget = budget(&bytes).with_attempts(8);
    Opener { passwords, ..Opener::default() }
        .open(FileType::detect(&bytes), None, &bytes, &mut budget)
        .unwrap();
    assert!(budget.is_out_of_attempts());
}

/// A letter with a subject, a body and a zip.
fn letter(subject: &str, kind: &str, body: &str, zip: &[u8]) -> Facts {
    let content = crate::support::base64(zip).replace('\n', "\r\n");
    let mail = format!(
        "Subject: {subject}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: application/zip; name=h.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n\
         {content}\r\n--b\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n--b--\r\n"
    );
    let mut budget = Budget::new(Limits::default(), mail.len() as u64, Trip::default());
    unfold(&Bytes::from(mail), &Opener::default(), &mut budget)
}

#[test]
fn the_letter_tells_the_password() {
    let utf8 = "text/plain; charset=utf-8";
    let html = "text/html; charset=utf-8";
    for (password, subject, kind, body) in [
        ("Abc@2024", "s", utf8, "Kính gửi anh, mật khẩu: Abc@2024."),
        ("Abc@2024", "s", utf8, "Mat khau giai nen la Abc@2024, tran trong"),
        ("123", "s", utf8, "MK:123"),
        ("s3cret!", "s", utf8, "The password is \"s3cret!\"."),
        ("s3cret!", "s", utf8, "password = s3cret!"),
        ("two words", "s", utf8, "Password: two words\r\nRegards"),
        ("two words", "s", utf8, "Use \u{201c}two words\u{201d} to open it."),
        ("hunter2", "s", utf8, "hunter2"),
        ("a&b", "s", html, "<p>Mật khẩu:</p><p><b>a&amp;b</b></p>"),
        ("Abc123", "s", html, "<p>M&#7853;t kh&#7849;u l&agrave; <b>A</b>bc<i>123</i></p>"),
        ("2024", "Ho so, pass 2024", utf8, "Xem tep dinh kem"),
        ("năm", "=?utf-8?B?TeG6rXQga2jhuql1IGzDoCBuxINt?=", utf8, "Xem tep dinh kem"),
    ] {
        let facts = letter(subject, kind, body, &locked(password, true));
        let obstacles: Vec<Trouble> = facts.obstacles.iter().map(|o| o.trouble).collect();
        assert_eq!(obstacles, [], "{body}");
        let paths: Vec<&str> = facts.unlocked.iter().map(|note| note.path.as_str()).collect();
        assert_eq!(paths, ["1/h.zip/a.exe", "1/h.zip/b.txt"], "{body}");
        assert!(facts.parts.iter().any(|p| p.path == "1/h.zip/a.exe" && p.size == 11), "{body}");
    }
}

#[test]
fn without_a_password_it_stays_locked() {
    let facts = letter("s", "text/plain", "Mat khau se gui qua dien thoai.", &locked("x9!", true));
    assert!(facts.obstacles.iter().all(|obstacle| obstacle.trouble == Trouble::Encrypted));
    assert_eq!((facts.obstacles.len(), facts.unlocked.len()), (2, 0));
}

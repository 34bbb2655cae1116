//! File names as the reader's system sees them, and Vietnamese folded to ASCII.

use congthu::mail::{fold, name};
use proptest::prelude::*;

#[test]
fn names_are_read_as_the_reader_s_system_does() {
    for (written, bare, extension) in [
        ("a.exe", "a.exe", Some("exe")),
        ("a.exe. . ", "a.exe", Some("exe")),
        ("A.EXE", "A.EXE", Some("exe")),
        ("a.exe::$DATA", "a.exe", Some("exe")),
        ("a.exe:x.txt", "a.exe", Some("exe")),
        ("C:\\a\\b.txt", "b.txt", Some("txt")),
        ("C:b.bat", "b.bat", Some("bat")),
        ("../../etc/a.sh", "a.sh", Some("sh")),
        ("hoa\u{202e}fdp.exe", "hoafdp.exe", Some("exe")),
        ("a.e\u{200b}xe", "a.exe", Some("exe")),
        ("a.ex\0e", "a.exe", Some("exe")),
        ("báo cáo", "báo cáo", None),
        ("dir/a.exe/", "a.exe", Some("exe")),
        ("...", "", None),
        ("", "", None),
        (".htaccess", ".htaccess", Some("htaccess")),
    ] {
        assert_eq!(name::bare(written), bare, "{written:?}");
        assert_eq!(name::extension(written).as_deref(), extension, "{written:?}");
    }
    assert_eq!(name::bare("tie\u{302}\u{301}ng.txt"), "ti\u{1ebf}ng.txt");
    assert_eq!(name::extensions("a.tar.GZ", 4), ["gz", "tar"]);
    assert_eq!(name::shown("a\r\nb\u{202e}.exe", 40), "a%0d%0ab%e2%80%ae.exe");
    assert_eq!(name::shown("abcdef", 6), "abcdef");
    assert_eq!(name::shown("dir/sub\\\\a.exe", 6), "a.exe");
    assert_eq!(name::shown("một cái tên rất dài.pdf.exe", 16), "một cái….pdf.exe");
}

#[test]
fn vietnamese_folds_to_ascii() {
    assert_eq!(fold("Đề nghị gửi lại – thư"), "De nghi gui lai ? thu");
    assert_eq!(fold("Tiếng Việt: ơ ư đ Đ"), "Tieng Viet: o u d D");
    assert_eq!(fold("Tie\u{302}\u{301}ng"), "Tieng");
}

proptest! {
    #[test]
    fn any_name_is_shown_safely(written in any::<String>()) {
        let shown = name::shown(&written, 40);
        prop_assert!(shown.chars().all(|c| !c.is_control()));
        prop_assert!(name::extension(&written).is_none_or(|e| !e.contains('.') && !e.is_empty()));
        prop_assert!(fold(&written).is_ascii());
    }
}

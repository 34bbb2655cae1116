//! File names as the reader's system sees them, and Vietnamese folded to ASCII.

use congthu::mail::{Weight, fold, name};
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

#[test]
fn names_are_read_as_the_reader_s_system_does() {
    for (written, bare, extension) in [
        ("a.exe: ", "a.exe", Some("exe")),
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
        ("Họp 10:30.docx", "Họp 10:30.docx", Some("docx")),
        ("Fwd: Báo cáo.eml", "Fwd: Báo cáo.eml", Some("eml")),
        ("Ngày 10.12: họp.docx", "Ngày 10.12: họp.docx", Some("docx")),
        ("C:D:b.bat", "b.bat", Some("bat")),
    ] {
        assert_eq!(name::bare(written), bare, "{written:?}");
        assert_eq!(name::extension(written).as_deref(), extension, "{written:?}");
    }
    assert_eq!(name::bare("tie\u{302}\u{301}ng.txt"), "ti\u{1ebf}ng.txt");
    // Cut to the same length whatever it is made of, also where NFC makes it longer.
    for long in [format!("ộ{}", "xin chao ".repeat(80)), "\u{958}".repeat(400), "a".repeat(600)] {
        let bare = name::bare(&long);
        assert_eq!(name::bare(&bare), bare, "{long}");
        assert!((500..=512).contains(&bare.chars().count()), "{long}");
    }
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

/// What offices of Việt Nam send: no trick in any of them, in either form of the accents.
const ORDINARY: &[&str] = &[
    "Công văn số 12.CV-UBND 2024.v2.pdf",
    "QĐ 51-2016-QĐ-UBND ngày 28.10.2016.docx",
    "Báo cáo tháng 11.doc",
    "Báo cáo tháng 11 (bản sửa lần 2).docx",
    "BC_Tổng kết năm 2025_Phòng Nội vụ.xlsx",
    "Tờ trình v.v bổ sung kinh phí....docx",
    "Kế hoạch  tuyển dụng  viên chức.pdf",
    "Giấy mời họp 14h00 ngày 5.12.2025.pdf",
    "Giấy mời họp 14:00.pdf",
    "Danh sách cán bộ, công chức.xls",
    "Phụ lục 01 - Biểu mẫu.xlsx",
    "Phụ lục 1.Đề án vị trí việc làm.docx",
    "Dự thảo NQ HĐND (trình kỳ họp thứ 5).doc",
    "anh.jpg.docx",
    "Ảnh chụp màn hình 2025-11-22 lúc 09.41.00.png",
    "Screenshot 2025-11-22 at 9.41.00\u{202f}AM.png",
    "IMG_20251122_094100.jpg",
    "z5012345678901_0123456789abcdef.jpg",
    "Đơn khiếu nại của bà Nguyễn Thị Ánh.pdf",
    "Hồ sơ dự thầu gói 03 – Xây lắp.zip",
    "hoso.tar.gz",
    "Biên bản nghiệm thu [có chữ ký].pdf",
    "Thông báo số 15\u{2215}TB-UBND.pdf",
    "Số 12/QĐ-UBND.pdf",
    "Số .../QĐ-UBND.docx",
    "Nghị định 30_2020_NĐ-CP.signed.pdf",
    "Nghị định 30.pdf.pdf",
    "Hợp đồng số 05.2025.HĐ-KT.pdf",
    "Lịch công tác tuần 47 (từ 17-11 đến 23-11).xlsx",
    "BIÊN BẢN.HỌP.CHI BỘ.THÁNG 10.DOCX",
    "Bài phát biểu của đ.c Chủ tịch.docx",
    "V/v góp ý dự thảo.docx",
    "Fwd: V/v góp ý dự thảo.eml",
    "RE: Họp 10:30.eml",
    "Bao cao .docx",
    "~$o cao.docx",
    "Con gái tôi.jpg",
    "Auxiliary.docx",
    "Danh mục tệp exe cần gỡ.docx",
    "Quy chế làm việc của UBND phường Trung Mỹ Tây, quận 12, thành phố Hồ Chí Minh nhiệm kỳ 2021-2026 sửa đổi, bổ sung theo Nghị quyết số 45 của Hội đồng nhân dân.docx",
    "Mẫu số 01.CK-NSNN & 02.CK-NSNN.xlsx",
    "thu moi 100%.pdf",
    "Không có phần mở rộng",
    "Họp mặt 20-11 🎉.jpg",
    "winmail.dat",
    "smime.p7s",
    "hoso/2025/tháng 11/Báo cáo.docx",
    "./hoso/a.txt",
];

#[test]
fn ordinary_names_play_no_trick() {
    assert!(ORDINARY.len() >= 40);
    for written in ORDINARY {
        for form in [written.to_string(), written.nfd().collect(), written.to_uppercase()] {
            assert_eq!(name::tricks(&form), [], "{form:?}");
        }
    }
}

/// The tricks of a name, with the weight of each.
fn played(written: &str) -> Vec<(&'static str, Weight)> {
    name::tricks(written).iter().map(|trick| (trick.word, trick.weight)).collect()
}

#[test]
fn tricks_are_known_by_what_the_file_does() {
    use Weight::{Hiding, Odd, Sloppy};
    let long = format!("{}.docx", "a".repeat(260));
    let long_program = format!("{}.exe", "a".repeat(260));
    for (written, tricks) in [
        ("hoa\u{202e}fdp.exe", &[("direction", Hiding)] as &[_]),
        ("hoa\u{202e}txt.pdf", &[("direction", Hiding)]),
        ("\u{202a}baocao.pdf", &[("direction", Sloppy)]),
        ("\u{202a}baocao.exe", &[("direction", Hiding)]),
        ("a.e\u{200b}xe", &[("invisible", Hiding)]),
        ("a.pd\u{ad}f", &[("invisible", Hiding)]),
        ("bao\u{ad}cao.pdf", &[("invisible", Sloppy)]),
        ("a\u{200b}.exe", &[("invisible", Hiding)]),
        ("a.ex\0e", &[("control", Hiding)]),
        ("bao\r\n cao.pdf", &[("control", Sloppy)]),
        ("a.exe. .", &[("trailing", Hiding)]),
        ("a.exe\u{a0}", &[("trailing", Hiding)]),
        ("baocao.pdf ", &[("trailing", Sloppy)]),
        ("hoadon.pdf              .exe", &[("padding", Hiding), ("double", Hiding)]),
        ("hoadon.pdf____________________.exe", &[("padding", Hiding), ("double", Hiding)]),
        ("hoadon.pdf              x.docx", &[("padding", Hiding)]),
        ("hoadon              .docx", &[("padding", Sloppy)]),
        ("a.exe::$DATA", &[("stream", Hiding)]),
        ("a.pdf::$DATA", &[("stream", Hiding)]),
        ("a::$INDEX_ALLOCATION", &[("stream", Hiding)]),
        ("a.txt:b.exe", &[("stream", Sloppy)]),
        ("baocao.pdf.exe", &[("double", Hiding)]),
        ("baocao.docx.lnk", &[("double", Hiding)]),
        ("Công văn.PDF.Js", &[("double", Hiding)]),
        ("setup.exe", &[]),
        ("jquery.min.js", &[]),
        ("con.txt", &[("device", Sloppy)]),
        ("NUL", &[("device", Sloppy)]),
        ("COM1.bat", &[("device", Hiding)]),
        ("lpt¹.pdf", &[("device", Sloppy)]),
        ("com10.pdf", &[]),
        ("..\\..\\a.txt", &[("path", Hiding)]),
        ("a/../../b.txt", &[("path", Hiding)]),
        ("\\\\may.example\\chung\\a.txt", &[("path", Hiding)]),
        ("/etc/passwd", &[("path", Sloppy)]),
        ("C:\\Users\\An\\a.doc", &[("path", Sloppy)]),
        ("hoadon.ехе", &[("look-alike", Hiding)]),
        ("hoadon.ｅｘｅ", &[("look-alike", Hiding)]),
        ("hoadon.dосх", &[("look-alike", Odd)]),
        ("hoadon․exe", &[("dot", Hiding)]),
        ("hoadon．pdf.exe", &[("dot", Hiding)]),
        ("hoadon．pdf", &[("dot", Odd)]),
        ("hoadon．ｂａｔ", &[("dot", Hiding)]),
        ("hoadon.\u{1d41b}\u{1d41a}\u{1d42d}", &[("look-alike", Hiding)]),
        ("hoadon.ⓔⓧⓔ", &[("look-alike", Hiding)]),
        (&*long, &[("long", Sloppy)]),
        (&*long_program, &[("long", Hiding)]),
        ("a.{3050F4D8-98B5-11CF-BB82-00AA00BDCE0B}", &[("class", Hiding)]),
        ("a.{3050F4D8}", &[]),
    ] {
        assert_eq!(played(written), tricks, "{written:?}");
    }
}

proptest! {
    #[test]
    fn any_name_is_read_and_read_again(written in ".{0,40}|[a-c.:/\\\\ $\u{202e}\u{200b}\u{301}e]{0,40}(exe|pdf)?[. ]{0,3}") {
        let bare = name::bare(&written);
        prop_assert_eq!(&name::bare(&bare), &bare);
        prop_assert!(!bare.chars().any(name::is_invisible));
        let tricks = name::tricks(&written);
        let shown = name::shown(&written, 40);
        prop_assert!(!shown.chars().any(|c| c.is_control() || name::is_invisible(c)));
        let mut words: Vec<&str> = tricks.iter().map(|trick| trick.word).collect();
        words.dedup();
        prop_assert_eq!(words.len(), tricks.len());
    }

    #[test]
    fn any_name_is_shown_safely(written in any::<String>()) {
        let shown = name::shown(&written, 40);
        prop_assert!(shown.chars().all(|c| !c.is_control()));
        prop_assert!(name::extension(&written).is_none_or(|e| !e.contains('.') && !e.is_empty()));
        prop_assert!(fold(&written).is_ascii());
    }
}

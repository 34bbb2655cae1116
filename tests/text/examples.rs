//! The openings of letters as they arrive (read as windows-1252), each with what it should say.

use congthu::text::legacy::{self, Encoding};
use congthu::text::{Sample, expand_references, is_combining, is_undiacritical, judge, language};
use unicode_normalization::UnicodeNormalization;

/// As the bytes look in windows-1252, the encoding, the beginning of the text in Unicode.
const OPENINGS: &[(&str, Encoding, &str)] = &[
    (
        "kÝnh göi: ñy ban nh©n d©n x· B×nh An. Phßng Thèng kª ®Ò nghÞ quý c¬ quan göi biÓu sè liÖu",
        Encoding::Tcvn3,
        "kính gửi: ủy ban nhân dân xã Bình An. Phòng Thống kê đề nghị quý cơ quan gửi biểu số liệu",
    ),
    (
        "Kính göûi: Ban Giaùm hieäu. Tröôøng xin göûi danh saùch hoïc sinh",
        Encoding::Vni,
        "Kính gửi: Ban Giám hiệu. Trường xin gửi danh sách học sinh",
    ),
    (
        "Kính thßa quý v¸, hµi chúng tôi xin gØi chß½ng trình bu±i h÷p m£t",
        Encoding::Viscii,
        "Kính thưa quý vị, hội chúng tôi xin gửi chương trình buổi họp mặt",
    ),
    (
        "Kính gºi væn phòng, kèm theo Çây là bän dÎch",
        Encoding::Vps,
        "Kính gửi văn phòng, kèm theo đây là bản dịch",
    ),
];

#[test]
fn openings_are_read_as_bytes_and_as_what_became_of_them() {
    for (seen, encoding, want) in OPENINGS {
        let bytes = legacy::bytes_of(seen).unwrap();
        for (text, misread) in [(bytes.as_slice(), false), (seen.as_bytes(), true)] {
            let reading =
                judge(&Sample::of(text)).unwrap_or_else(|| panic!("{seen}: nothing found"));
            assert_eq!((reading.encoding, reading.misread), (*encoding, misread), "{seen}");
            assert_eq!(reading.convert(text), *want);
            assert!(reading.share > 0.9 && reading.words >= 4, "{reading:?}");
            assert!(!reading.shown.is_empty() && reading.shown.len() <= 12);
            // What comes out is right Unicode: nothing more is found in it.
            assert_eq!(judge(&Sample::of(want.as_bytes())), None);
        }
    }
}

/// Twelve capitals of VN1 are controls of ASCII, which stay what they are when bytes are misread.
#[test]
fn capitals_in_controls_are_read() {
    let bytes = b"K\xda HO\x84CH TH\x12C HI\x8cN CH\x11C N\xa1NG, NHI\x8cM V\x02 X\x82\n";
    let want = "KẾ HOẠCH THỰC HIỆN CHỨC NĂNG, NHIỆM VỤ XÃ\n";
    for (text, misread) in [(bytes.to_vec(), false), (super::misread(bytes), true)] {
        let reading = judge(&Sample::of(&text)).unwrap();
        assert_eq!((reading.encoding, reading.misread), (Encoding::Tcvn5712, misread));
        assert_eq!(reading.convert(&text), want);
    }
}

#[test]
fn an_opening_in_viqr() {
    let text = b"Ki'nh gu+?i o^ng Tru+o+?ng ban, to^i o+? xa ne^n chi? go~ ddu+o+.c";
    let reading = judge(&Sample::of(text)).unwrap();
    assert_eq!(reading.encoding, Encoding::Viqr);
    assert_eq!(reading.convert(text), "Kính gửi ông Trưởng ban, tôi ở xa nên chỉ gõ được");
}

#[test]
fn utf8_that_was_read_as_windows_1252() {
    let want = "Kính gửi Sở Nội vụ. Đề nghị quý cơ quan xem xét";
    let text = super::misread(want.as_bytes());
    assert!(String::from_utf8_lossy(&text).starts_with("KÃ\u{ad}nh gá»\u{ad}i Sá»Ÿ Ná»™i vá»¥"));
    let reading = judge(&Sample::of(&text)).unwrap();
    assert_eq!((reading.encoding, reading.misread), (Encoding::Utf8, true));
    assert_eq!(reading.convert(&text), want);
}

#[test]
fn references_in_plain_text() {
    let text = "V&#7873; vi&#7879;c m&#7901;i h&#7885;p";
    let reading = judge(&Sample::of(text.as_bytes())).unwrap();
    assert_eq!(reading.encoding, Encoding::References);
    assert_eq!(reading.convert(text.as_bytes()), "Về việc mời họp");
    assert_eq!(
        expand_references("&#1; &#; &# &#x; &#99999999999; &#xD800; a&#65;b"),
        "&#1; &#; &# &#x; &#99999999999; &#xD800; aAb"
    );
}

#[test]
fn without_diacritics() {
    let vietnamese = [
        "Kinh gui quy co quan. Cong ty chung toi xin thong bao hoa don thang nay",
        "De nghi cac don vi gui bao cao truoc ngay 15 thang nay. Moi chi tiet xin lien he phong ke hoach.",
        "Chao anh chi, em xin gui ban hop dong da ky. Anh chi kiem tra giup em roi chuyen khoan nhe, em cam on nhieu.",
        "QUY KHACH VUI LONG THANH TOAN TIEN DIEN THANG NAY. NEU DA THANH TOAN XIN BO QUA THONG BAO NAY.",
    ];
    for text in vietnamese {
        assert!(is_undiacritical(text), "{text}");
        assert_eq!(language(text), Some("vie"), "{text}");
    }
    let others = [
        "Kinh gui quy co quan",
        "Kính gửi quý cơ quan. Công ty chúng tôi xin thông báo hóa đơn tháng này",
        "Please find the attached report. The train on the third can take us to the town in an hour or so.",
        "Mohon kirim laporan ini kepada kami sebelum tanggal lima belas bulan ini, dan jangan lupa salin ke kantor pusat.",
        "Nous vous prions de bien vouloir nous envoyer le rapport avant la fin du mois de mars et de le signer.",
        "Ang mga bata ay nag-aaral sa paaralan. Ang guro ay nasa loob ng silid at ang mga magulang ay nasa labas.",
        "Ni hao, wo jin tian xiang qing ni chi fan. Ni you kong ma? Wo men zai xue xiao men kou jian mian ba, xie xie.",
        "Ran make install in the tree, then push to the main branch and ping me on the channel when the build is green.",
        "Can an in on at to so no me he be do go a an to in at no on so he me do be",
        "error: cannot find type Ban in this scope; note: the trait bound is not met; help: try cargo check in that tree",
    ];
    for text in others {
        assert!(!is_undiacritical(text), "{text}");
    }
}

#[test]
fn marks_apart() {
    let text = "Kính gửi quý cơ quan, đề nghị xem xét";
    assert!(!is_combining(text));
    assert!(is_combining(&text.nfd().collect::<String>()));
    // Half composed: ơ with a mark behind it, as some keyboards write.
    assert!(is_combining("gư\u{309}i cơ\u{301} quan, đê\u{300} nghi\u{323}"));
    assert!(!is_combining("n\u{303} x\u{301} z\u{300} k\u{323}"));
    // Both are Unicode, and no legacy encoding.
    assert_eq!(judge(&Sample::of(text.nfd().collect::<String>().as_bytes())), None);
}

/// A word or two are no proof; with the label they are.
#[test]
fn few_words_need_a_label() {
    let text = b"Ti\xea\xecng Vi\xea\xf2t";
    assert_eq!(judge(&Sample::of(text)), None);
    let reading = judge(&Sample { label: Some("windows-1258"), ..Sample::of(text) }).unwrap();
    assert_eq!(reading.convert(text), "Tiếng Việt");
    // Another label does not help, and none makes Vietnamese of another language.
    assert_eq!(judge(&Sample { label: Some("viscii"), ..Sample::of(text) }), None);
    assert_eq!(
        judge(&Sample {
            label: Some("viscii"),
            ..Sample::of(b"Bj\xf6rk and Ren\xe9 \xc5ngstr\xf6m")
        }),
        None
    );
}

/// One table in TCVN3 inside a Unicode document.
#[test]
fn a_passage_is_found_where_it_stands() {
    let right =
        "Báo cáo này gửi các đơn vị để biết và thực hiện theo đúng quy định của pháp luật. "
            .repeat(40);
    let table = "Tæng sè hé d©n; tû lÖ hé nghÌo; sè lao ®éng cã viÖc lµm";
    let text = format!("{right}\n{table}\n{right}");
    let reading = judge(&Sample::of(text.as_bytes())).unwrap();
    assert_eq!((reading.encoding, reading.misread), (Encoding::Tcvn3, true));
    assert!(reading.span.start >= right.len() && reading.span.end <= right.len() + table.len() + 1);
    let converted = reading.convert(text.as_bytes());
    let want = "Tổng số hộ dân; tỷ lệ hộ nghèo; số lao động có việc làm";
    assert_eq!(converted, format!("{right}\n{want}\n{right}"));
}

/// Deep inside a long document too.
#[test]
fn a_passage_in_a_long_document_is_found() {
    let right =
        "Báo cáo này gửi các đơn vị để biết và thực hiện theo đúng quy định của pháp luật.\n"
            .repeat(40_000);
    let table = "Tæng sè hé d©n; tû lÖ hé nghÌo; sè lao ®éng cã viÖc lµm\n";
    let text = format!("{right}{table}{right}");
    assert!(text.len() > 7_000_000);
    assert_eq!(judge(&Sample::of(text.as_bytes())).unwrap().encoding, Encoding::Tcvn3);
}

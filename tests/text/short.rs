//! Short letters as offices write them: in an old encoding each is found; without diacritics, however
//! their sentences end, none is.

use super::{Encoder, misread};
use congthu::mail::fold;
use congthu::text::legacy::Encoding;
use congthu::text::{Sample, judge};

/// Letters of 8 to 16 words.
const LETTERS: &[&str] = &[
    "Gửi anh Tuấn bảng lương tháng 10. Anh kiểm tra giúp em.",
    "Kính gửi Văn phòng, đơn vị xin gửi báo cáo tuần như đính kèm.",
    "Đề nghị các xã nộp báo cáo trước 16 giờ chiều nay.",
    "Chị xem giúp em dự thảo công văn này rồi cho ý kiến nhé.",
    "Phòng Giáo dục xin gửi lịch họp giao ban tháng 12 năm 2026.",
    "Xin lỗi, file trước bị lỗi. Tôi gửi lại, mong anh chị thông cảm.",
    "Trân trọng kính mời đồng chí tới dự hội nghị tổng kết cuối năm.",
    "Em gửi danh sách học sinh nghèo đợt 2 để trường duyệt.",
    "Báo cáo số liệu tiêm chủng quý III của trạm y tế xã Tân Phú.",
    "Đã nhận được công văn số 123/UBND-VX. Chúng tôi sẽ thực hiện.",
    "Chuyển phòng Tài chính thẩm định, trả lời trước ngày 15/6.",
    "Hồ sơ đất đai của ông Nguyễn Văn Bảy thửa 12 tờ bản đồ số 5.",
    "Tờ trình xin kinh phí sửa chữa trụ sở làm việc của xã.",
    "Thông báo cúp điện: thứ bảy từ 8 giờ đến 17 giờ, ấp Bình Thạnh.",
    "Kế hoạch phòng chống sốt xuất huyết mùa mưa năm nay, gửi các trạm.",
    "UBND huyện mời họp lúc 7h30 ngày 20/11 tại hội trường A.",
];

#[test]
fn short_office_letters_are_found() {
    let mut missed = Vec::new();
    for encoding in [Encoding::Tcvn3, Encoding::Vni] {
        let encoder = Encoder::new(encoding);
        for letter in LETTERS {
            assert!((8..=16).contains(&letter.split(' ').count()), "{letter}");
            let bytes = encoder.encode(letter);
            for text in [bytes.clone(), misread(&bytes)] {
                let found = judge(&Sample::of(&text)).map(|reading| reading.encoding);
                if found != Some(encoding) {
                    missed.push(format!("{encoding:?}: {found:?}: {letter}"));
                }
            }
            assert_eq!(judge(&Sample::of(letter.as_bytes())), None, "{letter}");
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// `di.` and `cho?` end sentences here; VIQR would write dị and chỏ so.
#[test]
fn sentences_without_diacritics_are_no_viqr() {
    let mut texts: Vec<String> = LETTERS.iter().map(|letter| letter.to_string()).collect();
    if let Some(corpus) = super::corpus() {
        let words = super::vietnamese(&corpus);
        for (number, chunk) in words.chunks(60).enumerate() {
            // Sentences of one to seven words, in turn.
            let ends = [".", "?", "!", "..", "?.", ",", ";", "...", "'", ")."];
            let length = 1 + number % 7;
            let sentence = |(at, words): (usize, &[String])| {
                let bare = words.join(" ");
                bare.trim_end_matches(|c: char| !c.is_alphabetic()).to_owned()
                    + ends[(number + at) % ends.len()]
            };
            texts
                .push(chunk.chunks(length).enumerate().map(sentence).collect::<Vec<_>>().join(" "));
        }
    }
    let mut alarms = Vec::new();
    for text in &texts {
        let plain = fold(text);
        if let Some(reading) = judge(&Sample::of(plain.as_bytes())) {
            alarms.push(format!("{:?}: {plain}", reading.shown));
        }
    }
    println!("{} texts, {} false", texts.len(), alarms.len());
    assert!(alarms.is_empty(), "{}", alarms[..alarms.len().min(12)].join("\n"));
}

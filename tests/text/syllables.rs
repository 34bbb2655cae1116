//! The orthography: what is a syllable, and what only looks like one.

use congthu::text::{Letters, is_bare_syllable, is_word};
use unicode_normalization::UnicodeNormalization;

const GOOD: &str = "a à ai anh ăn ấm ây ba bách báo băng bất bầu bé bẹn bếp bệnh bên bìa biển biết biểu bò boong bóc bỏng \
    bố bốn bơ bợm bú bùa buồn buổi bừa bưởi bướu ca cải cách chuyến chuyện chuếch chuột cua cuốc cừu dạ duy duyên dượng đá đằng \
    đoàn đường đuổi đuya e em ép eo ếch gà gạch gắng ghe ghế ghi gì giá già giặc giấc giếng gìn giết giữ giường giương góc gương \
    hoa hoà hòa hoá hóa hoạch hoại hoẵng hoặc hoen khoẻ khỏe hoét huệ huênh huơ huy huỷ hủy huých huýt huynh hươu ích im ỉa ì \
    kê kế kẻ kính kỳ kỹ ký khuya khuỷu khuyên khuyết khoeo khoáy la lý lí lịch luật luân liêm luống mẫu mỹ mương nay ngả nghề nghệ \
    nghi nghĩa nghiêng nghiệm nguệch nguyên ngoằng người nhà nhằm nhuận nhuyễn núi nước ngoéo oa oan oai oe oi ong ô ôm ơi ở phép \
    phở phương quà quả quá quý qúy quỳnh quyền quyết quốc quên quê quế quét quanh quẩn quầy quăng quít quýt quơ quở quạch quẹo rượu \
    sửa soạn soát soong suy suối tệ thể thuỷ thủy thuở thuế tiếng toàn toá tuần tuyết tuyệt tuân tủy trịnh truyện trưởng uể \
    uy uỷ ủy uyển uống út ưa ước ương vệ việt vui vở vụ xã xoay xoong xuân xuyên xuề y ý yên yếu yết yêng ỷ yểm";

const BAD: &str = "ab acx aê ách̉ bàch bap bát̉ bec bềch ca̓ cê cế cì cy đz dưo fa fở gê ghà ghô giì huu hươ iê iên iển jà ka kà kô \
    kơi lyên lêc moắ nge nghà ngê ngi ngươ nho̊ õê pà pồ på phwa qa qe quưu quòng qui̊ ră rắ râ sp sà́ stá tàc tãp thảch tiêngs tóàn trhà \
    tuôn̉g uơc ưô va̩ vwe wà xâ yê ziệt zà ñà über été là̀ maîs hồà thùỷ bíấ";

#[test]
fn good_syllables_are_good_in_every_form() {
    let mut bad = Vec::new();
    for word in GOOD.split_whitespace() {
        let nfd: String = word.nfd().collect();
        let capital: String = word.to_uppercase();
        let mut chars = word.chars();
        let title = chars.next().unwrap().to_uppercase().collect::<String>() + chars.as_str();
        for form in [word.to_owned(), nfd, capital, title] {
            if !is_word(&form) {
                bad.push(form);
            }
        }
    }
    assert!(bad.is_empty(), "not taken: {bad:?}");
}

#[test]
fn bad_syllables_are_bad() {
    let taken: Vec<&str> = BAD.split_whitespace().filter(|word| is_word(word)).collect();
    assert!(taken.is_empty(), "taken: {taken:?}");
}

#[test]
fn stops_bear_sac_and_nang_only() {
    for (stop, syllable) in [("c", "a"), ("ch", "i"), ("p", "e"), ("t", "ô")] {
        for (tone, mark) in
            ["", "\u{301}", "\u{300}", "\u{309}", "\u{303}", "\u{323}"].iter().enumerate()
        {
            let word: String = format!("t{syllable}{mark}{stop}").nfc().collect();
            // Without a tone it is how people write without diacritics, and no syllable.
            assert_eq!(is_word(&word), matches!(tone, 1 | 5), "{word}");
        }
    }
}

#[test]
fn bare_syllables_are_those_without_marks() {
    let bare = |word: &str| is_bare_syllable(Letters::of(word).as_slice());
    for word in
        "Kinh gui quy co quan duoc truong nghieng cac tap hop dong thuy nguyen giay yeu".split(' ')
    {
        assert!(bare(word), "{word}");
    }
    for word in "the-se gửi đi street this when schwarz zhong janvier mga saya".split(' ') {
        assert!(!bare(word), "{word}");
    }
}

/// Real text is made of syllables: what is none is a typo, a foreign name or an abbreviation.
#[test]
fn real_text_is_made_of_syllables() {
    let Some(corpus) = super::corpus() else { return };
    let words = super::vietnamese(&corpus);
    let plain = |word: &&str| word.chars().all(|c| c.is_alphabetic()) && !word.is_ascii();
    let trimmed = words.iter().map(|word| word.trim_matches(|c: char| !c.is_alphabetic()));
    let all: Vec<&str> = trimmed.filter(|word| word.chars().count() > 1).filter(plain).collect();
    let good = all.iter().filter(|word| is_word(word)).count();
    let share = good as f64 / all.len() as f64;
    println!(
        "{good} of {} words with diacritics are well-formed syllables: {:.2} %",
        all.len(),
        share * 100.0
    );
    assert!(share > 0.98, "{share}");
}

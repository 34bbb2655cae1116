//! Clean letters with all that stands beside Vietnamese in office mail: none of it is an old encoding,
//! in any place of a letter, in any mixture.

use super::places::{Form, letters};
use crate::support::gate::{Gate, judge as judge_mail};
use congthu::text::{Sample, judge, judge_name};
use unicode_normalization::UnicodeNormalization;

/// Lines of Vietnamese offices.
const OFFICE: &[&str] = &[
    "Kính gửi: Ủy ban nhân dân các huyện, thành phố, thị xã",
    "V/v đôn đốc thực hiện Quyết định số 123/QĐ-UBND ngày 05/6/2026 của Chủ tịch UBND tỉnh",
    "Căn cứ Nghị định số 30/2020/NĐ-CP, Thông tư số 01/2019/TT-BNV, Công văn 456/SNV-CCHC",
    "Số: 12/BC-UBND, 34/KH-SGDĐT, 5/TB-VPCP, 6/QĐ-TTg, 78/GM-HĐND, 9/CV-ĐU, 10/HD-BTCTU",
    "TM. ỦY BAN NHÂN DÂN, KT. CHỦ TỊCH, PHÓ CHỦ TỊCH, Q. GIÁM ĐỐC, TUQ. BỘ TRƯỞNG",
    "Nơi nhận: - Như trên; - TTTU, TT HĐND tỉnh; - CT, các PCT UBND tỉnh; - Lưu: VT, KGVX.",
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM, Độc lập – Tự do – Hạnh phúc",
    "Ơ kìa, ủa, ừ nhỉ; ý kiến của đ/c A (đã ký), b/c đ/c B; t/h: p. TCCB; đ/v: k.",
    "Tp. Mỹ Tho, Q.1, P.Đa Kao, TX. Gò Công, H. Chợ Gạo, ấp 3, KP5, tổ 12, hẻm 45/6/7B",
    "Đắk Lắk, Đăk Nông, Krông Pắc, Ea H'leo, Cư M'gar, Pleiku, Kon Tum, Sa Thầy, Măng Đen",
];

/// What stands beside it. Words from memory of how they are written, not texts.
const BESIDE: &[&str] = &[
    "https://dichvucong.gov.vn/p/home/dvc-trang-chu.html?ma=%C3%A1%E1%BB%87&id=12#muc-3",
    "https://a.example/t%C3%ACm?q=V%C4%83n+b%E1%BA%A3n&utm_source=zalo",
    "ĐT: (0273) 3.872.123 – DĐ: 0912.345.678; Fax: +84-273-3872-124 * Email: vanthu@so.example",
    "Tel./Fax: 84.8.3822-1234 (ext. 105, 106), Hotline: 1900 1234, https://zalo.me/0912345678",
    "Best regards, Nguyễn Văn A (Mr.) | Deputy Head | Department of Science & Technology",
    "Sent from my iPhone; Get Outlook for Android; On Mon, Nov 23, 2026 at 8:12 AM, A <a@b.example> wrote:",
    "This e-mail (and any attachment) is confidential; if you aren't the addressee, don't read it.",
    "Le Département a l'honneur d'inviter M. le Préfet à la fête de l'été; n° 3, 1ère année, où ça ?",
    "Sehr geehrte Damen und Herren, anbei übersenden wir die geänderten Anträge für Köln, Größe 5 m².",
    "Mohon kirim laporan ini kepada kami; terima kasih banyak atas bantuan Bapak dan Ibu.",
    "El Niño, São Paulo, Łódź, Åland, Œuvre, Škoda, Győr, İstanbul, Reykjavík, Tromsø, Curaçao",
    "Société Générale, Crédit Agricole, Nestlé, Citroën, L'Oréal, Hermès, Häagen-Dazs, Schrödinger",
    "Buôn Ma Thuột: Ê Đê: hdră mtô, klei bhiăn, mnuih ƀuôn sang, Čư̆ Yang Sin, Ako Dhông, Y Ngông Niê Kdăm, knŭk kna",
    "Ba Na: ƀơngai Bahnar, plei Kon Klor, kơdră teh đak, hơdai, tơmoi, ơ̆ĭ, mơ̆ng, jơ̆, hlôi kơ̆ sơlam",
    "Gia Rai: mơnuih Jrai, plơi pla, ƀing gơyut, thŭn hrơi, Čư̆ Păh, Čư̆ Sê, Čư̆ Prông, bruă mă, hlâo adih",
    "Chăm: aday saai, pađiak, Caklaing, Po Klaong Garai, Katê, Bingu Tathik, urang Cam, ꨀꨇꩉ ꨌꩌ",
    "Tày, Nùng: Bươn cẩu pây háng Đông Khê, slao báo, lượn slương, pỏ mé, khửn slinh, cần ké, noọng ơi",
    "Hmông: Hmôngz, Pêx Tsaz, uô tsi tâu, cxuô haiv nênhs, lul Đangr, yaz chaox; Thái: Côn chạu hụ pák",
    "ខ្មែរ សួស្តី ក្រុងព្រះត្រពាំង; ລາວ ສະບາຍດີ; 中华人民共和国 广西; 日本国 ベトナム; 대한민국; Россия, Владивосток",
    "5°C ± 0,5; 12 m², 3 m³; 10 µg/m³; ½ suất; 1º, 2ª; «trích»; § 3; ¶; 100 ₫; €5, £6, ¥7; ≥ 98 %; × ÷ ≈ ∞",
    "© 2026 Sở ® ™ … “trích” ‘dẫn’ • – — ☐ ☑ ✓ ✗ ★ → ⇒ ■ ▪ ◆ ☎ ✉ 📎 😀👍🏽🇻🇳 1️⃣ ①②③ Ⅰ Ⅱ Ⅲ ﬁ ﬂ Ａ１",
    "| STT | Họ và tên | 2024 | 2025 | % |\t1\t1.234.567\t8,9\t-12,3%\t(45)\t0,00\tx\t-\t///\t#REF!\t#N/A",
    "donâ€™t worry, itâ€™s fine â€“ the â€œnewâ€\u{9d} cafÃ©, Â£5, Â© Â® naÃ¯ve rÃ©sumÃ© FranÃ§ois",
    "PGP: iQEzBAABCAAdFiEE+/a?b.c^d~e'f`g(h; sha256:9f86d081; 550e8400-e29b-41d4-a716-446655440000",
    "if (a[i]+b^2 > c?d:e) { x~=y; s+='a'; } // TODO? `cmd -e 's/a.*e?/u+/'` ^M$ C:\\Ho so\\To trinh (a).doc",
    "a) b) c); a. b. c.; i. ii. iii.; (a+b)^2 = a^2+2ab+b^2; e^x; o(n); y' + y'' = 0; [1+], u?, ma?, a~, e`",
    "Tra loi: anh co nha? Em di cho. Ma o que. Ba da ve. Co ta ke. La ai? Ho o xa. Ta di ve. Ca to. De do.",
    "Khong dau: cac anh chi o phong to chuc xem giup ho so so 12 nhe, co gi bao lai em. Da xu ly chua? Chua.",
    "&nbsp;&amp;&#160;&#8217;&#8211;&#39;&quot; &lt;b&gt;đậm&lt;/b&gt; &#x1F4CE; &copy; 2026 &eacute;t&eacute;",
    "WIFI: Ph0ng_H0p@2026! mk: Tr@nThiB?~1; OTP 123456; TK 0123456789 NH Agribank CN Tiền Giang (VBA)",
];

/// Numbers that look random and are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    /// A token as of base64.
    fn token(&mut self) -> String {
        const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let length = 8 + self.roll(60);
        (0..length).map(|_| char::from(SIGNS[self.roll(SIGNS.len())])).collect::<String>() + "=="
    }

    /// Some words of a line, from anywhere in it, sometimes in capitals.
    fn words(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split(' ').collect();
        let begin = self.roll(words.len());
        let end = begin + 1 + self.roll(words.len() - begin);
        let piece = words[begin..end].join(" ");
        if self.roll(6) == 0 { piece.to_uppercase() } else { piece }
    }

    /// A letter of some lines, Vietnamese and not.
    fn letter(&mut self, corpus: &[String]) -> String {
        let mut letter = String::new();
        for _ in 0..1 + self.roll(12) {
            let piece = match self.roll(8) {
                0 | 1 => OFFICE[self.roll(OFFICE.len())].to_owned(),
                2 if !corpus.is_empty() => {
                    let begin = self.roll(corpus.len() - 40);
                    corpus[begin..begin + 1 + self.roll(39)].join(" ")
                }
                3 => self.token(),
                4 => {
                    let line = OFFICE[self.roll(OFFICE.len())];
                    self.words(line)
                }
                5 | 6 => {
                    let line = BESIDE[self.roll(BESIDE.len())];
                    self.words(line)
                }
                _ => BESIDE[self.roll(BESIDE.len())].to_owned(),
            };
            letter += &piece;
            letter += [" ", "\r\n", "; ", "\t", "\r\n> "][self.roll(5)];
        }
        // What people write is mostly NFC, and what Apple's programs write is not.
        if self.roll(5) == 0 { letter.nfd().collect() } else { letter }
    }
}

#[test]
fn nothing_that_stands_beside_vietnamese_is_an_old_encoding() {
    let words = super::corpus().map(|corpus| super::vietnamese(&corpus)).unwrap_or_default();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut alarms = Vec::new();
    for line in OFFICE.iter().chain(BESIDE) {
        for text in [line.to_string(), line.to_uppercase(), line.to_lowercase(), line.repeat(20)] {
            alarms.extend(judge(&Sample::of(text.as_bytes())).map(|seen| (text, seen)));
        }
    }
    for _ in 0..20_000 {
        let letter = dice.letter(&words);
        alarms.extend(judge(&Sample::of(letter.as_bytes())).map(|seen| (letter, seen)));
    }
    for _ in 0..20_000 {
        let line = OFFICE.iter().chain(BESIDE).nth(dice.roll(OFFICE.len() + BESIDE.len())).unwrap();
        let name = dice.words(line) + ".docx";
        alarms.extend(judge_name(&name, true).map(|seen| (name, seen)));
    }
    let shown: Vec<String> = alarms
        .iter()
        .take(12)
        .map(|(text, seen)| {
            format!("{:?} {} {:?}\n{text}\n", seen.encoding, seen.misread, seen.shown)
        })
        .collect();
    println!("{} texts, {} false", 40_000 + 4 * (OFFICE.len() + BESIDE.len()), alarms.len());
    assert!(alarms.is_empty(), "{}", shown.join("\n"));
}

#[test]
fn clean_letters_pass_in_every_place() {
    let gate = Gate::with_worker();
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let mut ran = 0;
    for _ in 0..24 {
        // A line that can stand in a header and in XML.
        let text: String = dice.letter(&[]).chars().filter(|c| !c.is_control()).collect();
        let text = text.replace(['&', '<', '>', '"', '\\', '{', '}', '/', ':'], " ");
        let text = format!("Kính gửi {}", text.chars().take(300).collect::<String>());
        for (place, mail) in letters(&Form::right(), &text) {
            ran += 1;
            let verdict = judge_mail(&gate, "base", &mail);
            let legacy = verdict.findings.iter().find(|f| f.finding.kind.name == "encoding.legacy");
            let detail = legacy.map(|judged| judged.finding.detail.clone());
            assert_eq!(detail, None, "{place}: {text}");
        }
    }
    println!("{ran} letters");
}

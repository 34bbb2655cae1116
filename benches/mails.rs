//! The mails that are measured: the same bytes on every machine, from a small generator.
//!
//! Text compresses, pictures and PDF streams do not, as in real mail: what an analysis costs
//! depends on it more than on anything else.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use zip::write::SimpleFileOptions;

/// A mix: its letter, how many different mails, how one is made, and what it is.
pub struct Mix {
    pub letter: char,
    pub about: &'static str,
    count: u64,
    make: fn(u64) -> Vec<u8>,
}

/// The mixes that cells are made of.
pub const MIXES: &[Mix] = &[
    Mix { letter: 'a', about: "4 KB text", count: 200, make: text },
    Mix { letter: 'b', about: "100 KB with PDF", count: 40, make: pdf },
    Mix { letter: 'c', about: "1 MB zip of xls and odt", count: 16, make: documents },
    Mix { letter: 'd', about: "20 MB zip of pictures", count: 3, make: pictures },
    Mix { letter: 'e', about: "60 MB zip of pictures and xls", count: 1, make: large },
];

impl Mix {
    /// One mail of it.
    pub fn mail(&self) -> Vec<u8> {
        (self.make)(0)
    }
}

/// Changes whenever a mail does, so that old files are not measured.
const EDITION: &str = "1";

/// Writes the mails where they are missing: one folder a mix, one file a mail.
pub fn write(dir: &Path) -> PathBuf {
    let mark = dir.join("edition");
    if fs::read_to_string(&mark).is_ok_and(|edition| edition == EDITION) {
        return dir.to_owned();
    }
    for mix in MIXES {
        let folder = dir.join(mix.letter.to_string());
        fs::create_dir_all(&folder).unwrap();
        for seed in 0..mix.count {
            fs::write(folder.join(format!("{seed:05}.eml")), (mix.make)(seed)).unwrap();
        }
    }
    fs::write(mark, EDITION).unwrap();
    dir.to_owned()
}

/// A letter of 4 KB: text in UTF-8, Vietnamese and English in turn.
pub fn text(seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut mail = head(&format!("Bao cao so {seed}"));
    mail.push_str("Content-Type: text/plain; charset=utf-8\r\n");
    mail.push_str("Content-Transfer-Encoding: 8bit\r\n\r\n");
    mail.push_str(&prose(&mut random, 3700));
    mail.into_bytes()
}

/// A letter with a PDF, 100 KB together.
pub fn pdf(seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let file = document(&mut random, 72_000);
    mixed(&mut random, &format!("hoa_don_{seed}.pdf"), "application/pdf", &file)
}

/// A letter with a zip of a spreadsheet and a text document, 1 MB together.
pub fn documents(seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let (sheet, text) = (spreadsheet(&mut random, 2600), odt(&mut random, 480_000));
    let zip = packed(&[(format!("bao_cao_{seed}.xls"), sheet), (format!("vb_{seed}.odt"), text)]);
    mixed(&mut random, &format!("ho_so_{seed}.zip"), "application/zip", &zip)
}

/// A letter with a zip of four photographs, 20 MB together.
fn pictures(seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let files: Vec<_> =
        (0..4).map(|n| (format!("anh_{n}.jpg"), picture(&mut random, 3_600_000))).collect();
    mixed(&mut random, &format!("anh_{seed}.zip"), "application/zip", &packed(&files))
}

/// A letter of 60 MB whose zip also unfolds to large spreadsheets.
fn large(seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut files: Vec<_> =
        (0..10).map(|n| (format!("anh_{n}.jpg"), picture(&mut random, 4_000_000))).collect();
    files.extend((0..4).map(|n| (format!("bang_{n}.xls"), spreadsheet(&mut random, 40_000))));
    mixed(&mut random, &format!("ho_so_{seed}.zip"), "application/zip", &packed(&files))
}

fn head(subject: &str) -> String {
    format!(
        "From: Nguyen Van A <nguoigui@mail.example>\r\nTo: nguoinhan@mail.example\r\n\
         Date: Mon, 20 Jul 2026 09:00:00 +0700\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
    )
}

/// A letter of two parts: some text, and a file in base64.
fn mixed(random: &mut Random, name: &str, declared: &str, file: &[u8]) -> Vec<u8> {
    let boundary = format!("=_b{:016x}", random.next());
    let mut mail = head(name);
    mail.push_str(&format!(
        "Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
         {}--{boundary}\r\nContent-Type: {declared}; name=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n",
        prose(random, 1500)
    ));
    for line in file.chunks(57) {
        encode(line, &mut mail);
        mail.push_str("\r\n");
    }
    mail.push_str(&format!("--{boundary}--\r\n"));
    mail.into_bytes()
}

/// Lines of words, about so many bytes.
fn prose(random: &mut Random, bytes: usize) -> String {
    const WORDS: &str = "kính gửi anh chị công ty xin báo cáo tháng này kèm theo vui lòng kiểm \
        tra số liệu và phản hồi trước thứ sáu hợp đồng đã được ký hóa đơn sẽ gửi trong tuần sau \
        trân trọng cảm ơn please find the monthly figures attached with kind regards";
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let (mut text, mut line) = (String::new(), 0);
    while text.len() < bytes {
        let word = words[random.below(words.len())];
        line += word.len() + 1;
        text.push_str(word);
        text.push_str(if line > 66 { "\r\n" } else { " " });
        line = if line > 66 { 0 } else { line };
    }
    text.push_str("\r\n");
    text
}

/// A PDF of one page whose content stream does not compress.
fn document(random: &mut Random, bytes: usize) -> Vec<u8> {
    let mut file = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\n\
        endobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n3 0 obj\n\
        << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>\nendobj\n"
        .to_vec();
    file.extend(format!("4 0 obj\n<< /Length {bytes} /Filter /FlateDecode >>\nstream\n").bytes());
    random.fill(bytes, &mut file);
    file.extend_from_slice(b"\nendstream\nendobj\ntrailer << /Size 5 /Root 1 0 R >>\n%%EOF\n");
    file
}

/// A photograph: bytes that do not compress behind the mark of a JPEG.
fn picture(random: &mut Random, bytes: usize) -> Vec<u8> {
    let mut file = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00".to_vec();
    random.fill(bytes, &mut file);
    file
}

/// A compound file with a workbook of so many rows, half of whose bytes repeat.
fn spreadsheet(random: &mut Random, rows: u64) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    let mut book = file.create_stream("/Workbook").unwrap();
    for row in 0..rows {
        let cells = format!("{:030x}", u128::from(random.next()) << 50);
        let record = [&[3, 2, 14, 0], &row.to_le_bytes()[..], cells.as_bytes(), &[0; 24]].concat();
        book.write_all(&record).unwrap();
    }
    drop(book);
    file.into_inner().into_inner()
}

/// An OpenDocument text with one picture.
fn odt(random: &mut Random, bytes: usize) -> Vec<u8> {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content><office:body>\
         <office:text><text:p>{}</text:p></office:text></office:body></office:document-content>",
        prose(random, bytes / 2)
    );
    packed(&[
        ("mimetype".to_owned(), b"application/vnd.oasis.opendocument.text".to_vec()),
        ("content.xml".to_owned(), text.into_bytes()),
        ("Pictures/1.jpg".to_owned(), picture(random, bytes)),
        ("META-INF/manifest.xml".to_owned(), b"<?xml version=\"1.0\"?><manifest/>".to_vec()),
    ])
}

fn packed(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        let stored = name == "mimetype";
        let method =
            if stored { zip::CompressionMethod::Stored } else { zip::CompressionMethod::Deflated };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(zip::DateTime::default());
        zip.start_file(name.as_str(), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn encode(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit)) as usize & 63;
            out.push(if digit <= three.len() { DIGITS[value] as char } else { '=' });
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
pub struct Random(pub u64);

impl Random {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn fill(&mut self, bytes: usize, out: &mut Vec<u8>) {
        let end = out.len() + bytes;
        while out.len() < end {
            out.extend_from_slice(&self.next().to_le_bytes());
        }
        out.truncate(end);
    }
}

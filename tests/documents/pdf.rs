//! Text layers of PDF: lines by height, blanks by gaps, fonts by name, forms.

use super::made::{LETTER, bytes_in_font};
use super::{attached, letter_with_worker, shown};
use congthu::text::Document;
use congthu::text::legacy::Encoding;

/// A document of one page with this content, and two fonts: Times and a subset of .VnTime.
pub fn document(content: &[u8]) -> Vec<u8> {
    let objects: Vec<Vec<u8>> = vec![
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R/F2 6 0 R>>/XObject<</X 7 0 R>>>>>>".to_vec(),
        stream("", content),
        b"<</Type/Font/Subtype/TrueType/BaseFont/Times/Encoding/WinAnsiEncoding>>".to_vec(),
        b"<</Type/Font/Subtype/TrueType/BaseFont/ABCDEF+#2EVnTime,Bold/Encoding/WinAnsiEncoding>>".to_vec(),
        stream("/Type/XObject/Subtype/Form", b"BT /F1 12 Tf 1 0 0 1 0 20 Tm (trong) Tj ET"),
    ];
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n", number + 1).bytes());
        file.extend_from_slice(object);
        file.extend(b"\nendobj\n");
    }
    let table = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for place in places {
        file.extend(format!("{place:010} 00000 n \n").bytes());
    }
    file.extend(
        format!("trailer<</Root 1 0 R/Size {}>>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1)
            .bytes(),
    );
    file
}

fn stream(dictionary: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("<<{dictionary}/Length {}>>stream\n", content.len());
    [head.as_bytes(), content, b"\nendstream"].concat()
}

fn read(file: &[u8]) -> Document {
    attached(&letter_with_worker(file)).document().clone()
}

#[test]
fn lines_and_blanks_are_where_letters_stand() {
    let content = br"q 1 0 0 1 50 700 cm BT /F1 12 Tf (K\355nh) Tj 200 0 Td (A\)) Tj 0 -14 Td [(M) -20 (N) -300 (P)] TJ T* ET Q
        BI /W 1 ID (x) Tj EI BT /F1 12 Tf 1 0 0 1 50 600 Tm <41> Tj 1 0 0 1 57.1 600 Tm (B) Tj ET /X Do";
    let text = read(&document(content));
    assert_eq!(shown(text.lines()), ["| Kính A)", "| MN P", "| AB", "| trong"]);
}

#[test]
fn a_line_in_an_old_font_is_found() {
    let show = |bytes: &[u8]| -> String {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("<{hex}> Tj")
    };
    let old = show(&bytes_in_font(Encoding::Tcvn3, LETTER));
    let content = format!("BT /F1 12 Tf (Official letter) Tj 0 -14 Td /F2 12 Tf {old} ET");
    let text = read(&document(content.as_bytes()));
    let seen = &text.legacy()[0];
    assert_eq!((seen.reading.encoding, seen.font.as_deref()), (Encoding::Tcvn3, Some(".VnTime")));
    assert_eq!(text.lines()[1].text, LETTER);
}

//! Text and HTML as documents.

use super::super::html;
use super::super::legacy::{self, Encoding};
use super::super::unicode::unicode;
use super::writer::Writer;
use std::borrow::Cow;

/// Plain text, CSV among it.
pub(super) fn text(bytes: &[u8], label: Option<&str>, writer: &mut Writer<'_>) {
    writer.hint(label.and_then(Encoding::of_label));
    let bytes = unicode(bytes, label);
    // Line by line, so that a long text is never copied as a whole.
    for line in bytes.split(|byte| *byte == b'\n') {
        writer.text(&decoded(line.strip_suffix(b"\r").unwrap_or(line), label), None);
        writer.end();
        if writer.is_spent() {
            return;
        }
    }
}

/// HTML, with the fonts that it names.
pub(super) fn page(bytes: &[u8], label: Option<&str>, writer: &mut Writer<'_>) {
    writer.hint(label.and_then(Encoding::of_label));
    let bytes = unicode(bytes, label);
    for run in html::lines(bytes.get(..html::PAGE).unwrap_or(&bytes)) {
        writer.ink(run.red);
        for (number, line) in run.text.split(|byte| *byte == html::BREAK).enumerate() {
            if number > 0 {
                writer.end();
            }
            writer.text(&decoded(line, label), run.font.as_deref());
        }
        if writer.is_spent() {
            return;
        }
    }
    if bytes.len() > html::PAGE {
        writer.cut();
    }
}

/// Text in Unicode: as it is, by its label, or as windows-1252 shows it. Vietnamese stands under
/// any label, so those for one byte a letter are not believed.
fn decoded<'t>(bytes: &'t [u8], label: Option<&str>) -> Cow<'t, str> {
    if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let encoding =
        label.and_then(|label| encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()));
    match encoding {
        Some(encoding) if !encoding.is_single_byte() && encoding != encoding_rs::UTF_8 => {
            encoding.decode_without_bom_handling(bytes).0
        }
        Some(encoding) if is_other_script(encoding) => {
            encoding.decode_without_bom_handling(bytes).0
        }
        _ => Cow::Owned(legacy::as_windows_1252(bytes)),
    }
}

/// Cyrillic, Greek, Thai …: what they are labelled as is likelier than Vietnamese.
fn is_other_script(encoding: &'static encoding_rs::Encoding) -> bool {
    !matches!(encoding.name(), "windows-1252" | "windows-1258" | "windows-1254" | "windows-1250")
        && !encoding.name().starts_with("ISO-8859-1")
}

//! Whatever the bytes: an answer, soon, and none about right Unicode.

use congthu::mail::encoded_word;
use congthu::text::legacy::{self, Encoding};
use congthu::text::{
    Sample, expand_references, html_runs, is_combining, is_undiacritical, judge, unicode,
};
use proptest::prelude::*;

fn all() -> impl Iterator<Item = Encoding> {
    Encoding::EIGHT_BIT.into_iter().chain([Encoding::Viqr, Encoding::Utf8, Encoding::References])
}

/// Bytes that look like text more often than bytes by chance do.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..12),
        "[a-zA-Z]{1,6}[\\^(+'`?~.]{0,3}".prop_map(String::into_bytes),
        "[àáâãèéêìíòóôõùúăđĩũơưạảấầ]{1,3}".prop_map(String::into_bytes),
        "&#x?[0-9a-f]{0,8};?".prop_map(String::into_bytes),
        "</?[a-z]{1,6}( (face|style)=[\"']?[a-z.:-]{0,12}[\"']?)?/?>?".prop_map(String::into_bytes),
        Just(b" ".to_vec()),
        Just(b"=?x-viet-vni?Q?=F9?=".to_vec()),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn every_text_has_an_answer(bytes in texts(), label in prop_oneof![Just(None), Just(Some("viscii")), Just(Some("utf-16"))]) {
        let text = unicode(&bytes, label);
        for font in [None, Some(Encoding::Vni)] {
            if let Some(reading) = judge(&Sample { text: &text, label, font }) {
                prop_assert!((0.0..=1.0).contains(&reading.share));
                prop_assert!(reading.span.end <= text.len() && reading.span.start <= reading.span.end);
                prop_assert!(reading.shown.len() <= 12);
                let _ = reading.convert(&text);
            }
        }
        let _ = html_runs(&bytes);
        let _ = encoded_word::unfold(&bytes);
        let lossy = String::from_utf8_lossy(&bytes);
        let _ = (is_undiacritical(&lossy), is_combining(&lossy), expand_references(&lossy));
    }

    #[test]
    fn every_byte_decodes_and_ascii_stays(bytes in proptest::collection::vec(any::<u8>(), 0..200), ascii in "[a-zA-Z0-9 ,;:!\"]{0,80}") {
        for encoding in all() {
            let _ = legacy::decode(encoding, &bytes);
            let _ = legacy::letters(encoding, &bytes);
            let got = legacy::decode(encoding, ascii.as_bytes());
            // VIQR writes đ as dd; nothing else in such text is a letter of any encoding.
            if encoding != Encoding::Viqr || !ascii.to_lowercase().contains("dd") {
                prop_assert_eq!(got, ascii.clone());
            }
        }
    }

    /// A text without any byte above ASCII, signs or references is never anything but itself.
    #[test]
    fn plain_text_is_never_legacy(text in "[a-z ,.\n]{0,400}") {
        prop_assert_eq!(judge(&Sample::of(text.as_bytes())), None);
    }

    /// Header text without encoded words stays as it is.
    #[test]
    fn plain_headers_stay(text in "[a-zA-Z0-9 <>@._-]{0,80}") {
        let unfolded = encoded_word::unfold(text.as_bytes());
        prop_assert_eq!(unfolded.bytes, text.into_bytes());
        prop_assert_eq!(unfolded.label, None);
    }
}

/// What was converted is right Unicode: judging it again finds nothing.
#[test]
fn conversion_is_idempotent() {
    let Some(corpus) = super::corpus() else { return };
    let words = super::vietnamese(&corpus);
    for encoding in all() {
        let encoder = super::Encoder::new(encoding);
        for (number, chunk) in words.chunks(200).enumerate().step_by(25) {
            let text = chunk.join(" ");
            let bytes = encoder.encode(&text);
            let Some(reading) = judge(&Sample::of(&bytes)) else { continue };
            let once = reading.convert(&bytes);
            assert_eq!(
                judge(&Sample::of(once.as_bytes())),
                None,
                "{} {number}: {once}",
                encoding.name()
            );
        }
    }
}

//! PDFs whose packing is written in a way that the library does not read.

use super::made::{pdf, stream, zlib};
use super::{open, opener};
use congthu::archive::{Deed, Why};

/// Filters written in ways that viewers follow, and the objects that they lead to.
const WAYS: &[(&str, &str)] = &[
    ("/Filter 20 0 R", "/FlateDecode"),
    ("/Filter [20 0 R]", "/FlateDecode"),
    ("/Filter 20 0 R", "[/FlateDecode]"),
    ("/Filter 20 0 R /DecodeParms 21 0 R", "[/FlateDecode]"),
    ("/Filter /FlateDecode /DecodeParms << /Predictor 22 0 R >>", "null"),
    ("/Filter /Fl", "null"),
    ("/F /Fl", "null"),
    ("/Filter [/Crypt /FlateDecode] /DecodeParms [<< /Name /Identity >> null]", "null"),
];

/// What the streams of `WAYS` refer to: objects 20 to 22.
fn referred(to: &str) -> Vec<Vec<u8>> {
    let none = || b"null".to_vec();
    let mut objects: Vec<Vec<u8>> = (12..20).map(|_| none()).collect();
    objects.extend([to.as_bytes().to_vec(), b"<< /Predictor 1 >>".to_vec(), b"1".to_vec()]);
    objects
}

/// An object stream with an action, its filters written like this.
fn action(filters: &str, content: &[u8]) -> Vec<u8> {
    stream(&format!("/Type /ObjStm /N 1 /First 5 {filters}"), content)
}

const LAUNCH: &[u8] = b"30 0 << /S /Launch /F (cmd.exe) >>";

#[test]
fn filters_are_followed_wherever_they_stand() {
    let opener = opener(&[]);
    for (filters, to) in WAYS {
        let file = stream(&format!("/Type /EmbeddedFile {filters}"), &zlib(b"MZ inside"));
        let objects = [vec![file, action(filters, &zlib(LAUNCH))], referred(to)].concat();
        let opened = open(&opener, &pdf("/OpenAction 30 0 R", &objects));
        assert_eq!(opened.troubles, [], "{filters} {to}");
        let [member] = &opened.members[..] else { panic!("{filters} {to}: {opened:?}") };
        assert_eq!((&*member.bytes, member.whole), (&b"MZ inside"[..], true), "{filters} {to}");
        let [active] = &opened.active[..] else { panic!("{filters} {to}: {opened:?}") };
        assert_eq!(active.deed, Deed::Launch, "{filters} {to}");
    }
}

#[test]
fn a_filter_may_stand_in_another_object_stream() {
    let name = stream("/Type /ObjStm /N 1 /First 5 /Filter /Fl", &zlib(b"40 0 /FlateDecode"));
    let objects = [action("/Filter 40 0 R", &zlib(LAUNCH)), name];
    let opened = open(&opener(&[]), &pdf("/OpenAction 30 0 R", &objects));
    assert_eq!((opened.active.len(), opened.troubles.len()), (1, 0), "{opened:?}");
}

#[test]
fn an_object_stream_without_its_type_is_unpacked() {
    let objects = [stream("/N 1 /First 11 0 R /Filter /FlateDecode", &zlib(LAUNCH)), b"5".to_vec()];
    let opened = open(&opener(&[]), &pdf("/OpenAction 30 0 R /Names << /EF 0 >>", &objects));
    assert_eq!((opened.active.len(), opened.troubles.len()), (1, 0), "{opened:?}");
}

#[test]
fn what_cannot_be_unpacked_is_told() {
    let opener = opener(&[]);
    for filters in [
        "/Filter /FlateDecode /Filter /ASCIIHexDecode",
        "/Filter /FlateDecode /Filter /RunLengthDecode",
        "/Filter 99 0 R",
        "/Filter (FlateDecode)",
        "/Filter /OwnDecode",
    ] {
        let opened = open(&opener, &pdf("", &[action(filters, &zlib(LAUNCH))]));
        let [trouble] = &opened.troubles[..] else { panic!("{filters}: {opened:?}") };
        assert!(matches!(trouble.why, Why::Unreadable | Why::Unsupported), "{filters}: {opened:?}");
    }
    for filters in ["/Filter 99 0 R", "/Filter (FlateDecode)", "/Filter [/Fl /Fl]", "/Filter /Own"]
    {
        let file = stream(&format!("/Type /EmbeddedFile {filters}"), &zlib(b"MZ inside"));
        let opened = open(&opener, &pdf("", &[file]));
        let [trouble] = &opened.troubles[..] else { panic!("{filters}: {opened:?}") };
        assert_eq!(trouble.member.as_deref(), Some("embedded-10"), "{filters}: {opened:?}");
        assert!(!opened.members[0].whole, "{filters}");
    }
}

#[test]
fn a_stream_in_another_file_is_told_whatever_its_filter() {
    let away = stream("/F (file://may-chu.example/a) /Filter 11 0 R", b"x");
    let opened = open(&opener(&[]), &pdf("/Names << /EF 0 >>", &[away, b"/FlateDecode".to_vec()]));
    assert_eq!(opened.active[0].detail, "a stream in file://may-chu.example/a", "{opened:?}");
}

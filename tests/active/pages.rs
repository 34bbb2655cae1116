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

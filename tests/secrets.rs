//! A letter that bears a mark of secrecy: nothing of its own is told, in no finding and no reply.

use crate::documents::made::zip;
use crate::serve_command::Gate as ServeGate;
use crate::support::gate::{Gate, judge, judge_in_chunks};
use crate::support::{as_sent, base64};
use congthu::verdict::{Action, Grade};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A letter in TCVN3 with a stamp, a program, and names that tell much.
const LETTER: &[u8] = b"Subject: ke hoach tac chien\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
    S\xe8: 12/BC-UBND\r\nT\xe8i m\xcbt\r\n\
    K\xddnh g\xf6i qu\xfd c\xac quan, \xae\xd2 ngh\xde xem x\xd0t ph\xad\xacng \xb8n t\xb8c chi\xd5n\r\n\
    --b\r\nContent-Type: application/octet-stream\r\n\
    Content-Disposition: attachment; filename=\"phuong an tac chien.exe\"\r\n\r\n\
    xem\r\n--b--\r\n";

#[test]
fn nothing_of_the_letter_is_told() {
    let gate = Gate::with_builtin_rules();
    for policy in ["base", "tiengiang-2016"] {
        let verdict = judge(&gate, policy, LETTER);
        let find = |name: &str| {
            let mut all = verdict.findings.iter().map(|judged| &judged.finding);
            all.find(|finding| finding.kind.name == name).unwrap().clone()
        };
        let marked = find("secret.marked");
        assert_eq!(marked.grade, Some(Grade::ToiMat));
        assert_eq!(
            marked.detail,
            "strong mark of tối mật: a line of its own in the head of a document"
        );
        let told = format!("{:?} {:?}", verdict.findings, verdict.reply);
        for word in ["chiến", "göi", "quý", "phuong", "tac", "hoach", "12/BC"] {
            assert!(!told.contains(word), "{word}: {told}");
        }
        assert_eq!(find("encoding.legacy").what.as_deref(), Some("TCVN3 (ABC)"));
        assert_eq!((verdict.action, find("executable.found").part), (Action::Reject, "2".into()));
    }
}

#[test]
fn check_tells_nothing_of_it_either() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("thu.eml");
    std::fs::write(&file, LETTER).unwrap();
    for json in [false, true] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_congthu"));
        let command = command.arg("check").args(json.then_some("--json")).arg(&file);
        let out = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert!(out.contains("secret.marked") && out.contains("tối mật"), "{out}");
        for word in ["chiến", "göi", "hoach", "quý"] {
            assert!(!out.contains(word), "{word}: {out}");
        }
    }
}

/// A letter through the running program, refused and kept: neither its log, its reply, its records, what
/// stands beside the kept letter, nor any page or command tells a word of it.
#[test]
fn the_running_gate_tells_nothing_of_it_anywhere() {
    let (gate, log) = ServeGate::launch(tempfile::tempdir().unwrap(), "");
    let (heard, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || log.map_while(Result::ok).try_for_each(|line| heard.send(line)));
    let at = LETTER.windows(4).position(|four| four == b".exe").unwrap();
    let kept = [&LETTER[..at], b".txt", &LETTER[at + 4..]].concat();
    let mut told = Vec::new();
    for (mail, code) in [(LETTER, "550"), (&kept, "250")] {
        let reply = gate.send("vanthu@here.example", mail);
        assert!(reply.starts_with(code), "{reply}");
        told.push(("reply".to_owned(), reply.into_bytes()));
        let line = lines.iter().find(|line| line.contains("secret.marked")).unwrap();
        assert!(line.contains("verdict="), "{line}");
        told.push(("log".to_owned(), line.into_bytes()));
    }
    for page in ["/metrics", "/"] {
        told.push((page.to_owned(), gate.page(page).into_bytes()));
    }
    for args in [
        &["records", "--json"][..],
        &["records"],
        &["quarantine", "list"],
        &["quarantine", "list", "--json"],
    ] {
        let out = Command::new(env!("CARGO_BIN_EXE_congthu"))
            .args(args)
            .current_dir(gate.dir.path())
            .output()
            .unwrap();
        assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
        assert!(!out.stdout.is_empty(), "{args:?}");
        told.push((args.join(" "), [out.stdout, out.stderr].concat()));
    }
    for file in files(gate.dir.path()) {
        let bytes = std::fs::read(&file).unwrap();
        let is_the_letter =
            file.parent().unwrap().parent().is_some_and(|dir| dir.ends_with("secret"))
                && bytes.ends_with(&kept[kept.len() - 20..]);
        if !is_the_letter {
            told.push((file.display().to_string(), bytes));
        }
    }
    assert!(told.len() > 10, "{}", told.len());
    for (place, bytes) in &told {
        for word in [
            &b"chi\xd5n"[..],
            "chiến".as_bytes(),
            "göi".as_bytes(),
            b"g\xf6i",
            "quý".as_bytes(),
            b"phuong",
            b"hoach",
            b"12/BC",
        ] {
            let found = memchr::memmem::find(bytes, word);
            assert!(found.is_none(), "{place}: {}", String::from_utf8_lossy(bytes));
        }
    }
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The same findings without a mark show their evidence: the veil is for secrets alone.
#[test]
fn without_a_mark_the_evidence_is_shown() {
    let gate = Gate::with_builtin_rules();
    let letter: Vec<u8> =
        LETTER.iter().map(|byte| if *byte == 0xcb { 0xb8 } else { *byte }).collect();
    let (verdict, _) = judge_in_chunks(&gate, "base", &letter, 7);
    let told = format!("{:?}", verdict.findings);
    assert!(!told.contains("secret.marked"), "{told}");
    assert!(told.contains("göi → gửi") && told.contains("phuong an tac chien.exe"), "{told}");
}

/// No sender is exempt, not even from a listed network: the shipped rules' compiler refuses it.
#[test]
fn no_sender_is_exempt() {
    let rule = "[[rule]]\nfinding = \"secret.marked\"\nunless = { sender = \"a.example\", client = \"10.0.0.0/8\" }\naction = \"quarantine\"\n";
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir("rules").unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let base = folder.path().join("base.toml");
    let text = std::fs::read_to_string(&base).unwrap();
    std::fs::write(&base, text + "\n" + rule).unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_congthu"))
        .args(["rules", "check"])
        .arg(folder.path())
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&out.stderr).into_owned() + &String::from_utf8_lossy(&out.stdout);
    assert!(
        !out.status.success() && said.contains("no sender is exempt from `secret.marked`"),
        "{said}"
    );
}

/// A document of Word: its paragraphs, a page header, a text box.
fn docx(body: &str, header: &str) -> Vec<u8> {
    let paragraph = |text: &str| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>");
    let boxed = |text: &str| {
        let inner = format!("<w:txbxContent>{}</w:txbxContent>", paragraph(text));
        format!(
            "<w:p><w:r><mc:AlternateContent><mc:Choice>{inner}</mc:Choice><mc:Fallback>{inner}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
        )
    };
    let cells = |text: &str| -> String {
        let cells = text.split('|').map(|cell| format!("<w:tc>{}</w:tc>", paragraph(cell)));
        format!("<w:tbl><w:tr>{}</w:tr></w:tbl>", cells.collect::<String>())
    };
    let body: String = body
        .split('\n')
        .map(|line| match (line.strip_prefix("box "), line.strip_prefix("row ")) {
            (Some(text), _) => boxed(text),
            (_, Some(text)) => cells(text),
            _ => paragraph(line),
        })
        .collect();
    let body = format!("<w:document><w:body>{body}</w:body></w:document>");
    let header = format!("<w:hdr>{}</w:hdr>", paragraph(header));
    zip(&[
        (
            "[Content_Types].xml",
            r#"<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#,
        ),
        (
            "_rels/.rels",
            r#"<Relationships><Relationship Id="a" Type="http://x/officeDocument" Target="word/document.xml"/></Relationships>"#,
        ),
        ("word/document.xml", &body),
        (
            "word/_rels/document.xml.rels",
            r#"<Relationships><Relationship Id="h" Type="http://x/header" Target="h.xml"/></Relationships>"#,
        ),
        ("word/h.xml", &header),
    ])
}

/// Stamps where documents have them: page headers, boxes, cells of the head.
#[test]
fn documents_are_searched() {
    let gate = Gate::with_builtin_rules();
    for (body, header, want) in [
        ("Kính gửi", "Mật – Bản số: 03", "strong mark of mật: in a page header or footer"),
        ("box TUYỆT MẬT\nKính gửi", "", "strong mark of tuyệt mật: in a text box"),
        ("box MẬT\nKính gửi", "Trang 1", "strong mark of mật: in a text box"),
        (
            "row UBND TỈNH|CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nrow MẬT|ngày",
            "",
            "strong mark of mật: a line of its own in the head of a document",
        ),
        (
            "row Độ mật:|Tối mật\nKính gửi",
            "",
            "strong mark of tối mật: the value of the field for the grade",
        ),
        ("T Ố I   M Ậ T\nKính gửi", "", "strong mark of tối mật: a line of its own"),
        ("row STT|Tên tài liệu|Mật|Tối mật\nSố: 12/BC-UBND", "Bảo mật thông tin", ""),
        ("Mật khẩu\nbox Mật ong rừng", "Tuyệt mật: chuyện hậu trường", ""),
    ] {
        let mail = attached("a.docx", &docx(body, header));
        let verdict = judge(&gate, "base", &mail);
        let marks = verdict.findings.iter().filter(|judged| judged.finding.is_secret());
        let found: Vec<&str> = marks.map(|judged| judged.finding.detail.as_str()).collect();
        assert_eq!(found.join("; "), want, "{body}");
    }
}

/// Over the whole corpus: mails as they are, all other files attached to a mail. None is secret.
#[test]
fn nothing_of_the_corpus_is_marked() {
    let Some(corpus) = std::env::var_os("CONGTHU_CORPUS").map(PathBuf::from) else {
        println!("skipped: no corpus");
        return;
    };
    let gate = Gate::with_worker();
    let manifest = std::fs::read_to_string(corpus.join("manifest.tsv")).unwrap();
    let mut table: BTreeMap<String, usize> = BTreeMap::new();
    let mut alarms = Vec::new();
    for row in manifest.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>()) {
        let bytes = std::fs::read(corpus.join(row[0])).unwrap();
        let mail = match row[3] {
            "message" => as_sent(&bytes),
            "attachment" | "text-corpus" | "expected-output" => attached(row[0], &bytes),
            _ => continue,
        };
        *table.entry(format!("{} {}", row[3], row[4])).or_default() += 1;
        for judged in judge(&gate, "base", &mail).findings {
            let (name, detail) = (judged.finding.kind.name, judged.finding.detail);
            // Pages of more than 4 MiB are not read to their end, and that is said.
            let cut = name == "secret.unscanned";
            if !cut && (name.starts_with("secret.") || name.starts_with("restricted.")) {
                alarms.push(format!("{}: {name}: {detail}", row[0]));
            }
        }
    }
    for (class, count) in &table {
        println!("| {class} | {count} |");
    }
    assert!(table.values().sum::<usize>() > 5000 && alarms.is_empty(), "{}", alarms.join("\n"));
}

/// A mail with a file.
fn attached(path: &str, bytes: &[u8]) -> Vec<u8> {
    let name = path.rsplit('/').next().unwrap_or_default().replace('"', "");
    let head = format!(
        "Content-Type: application/octet-stream; name=\"{name}\"\r\n\
         Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    );
    head.into_bytes().into_iter().chain(base64(bytes).replace('\n', "\r\n").into_bytes()).collect()
}

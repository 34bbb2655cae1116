//! A real slapd with a tree as Exchange, Zimbra and plain inetOrgPerson have it, and LDIF of other tools.

use super::command::directory;
use crate::support::{Server, free_port, readme};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What the tree says, as the directory has it.
const EXPECTED: &[&str] = &[
    "an.le@x.gov.vn,active,personal,Lê Văn An,Chuyên viên,Phòng Một,+84 270 100,",
    "b.tran@x.gov.vn,active,alias,,,,,,,,tran.binh@x.gov.vn,",
    "binh@x.gov.vn,active,alias,,,,,,,,tran.binh@x.gov.vn,",
    "chi@x.gov.vn,deleted,personal,Ly Chi,",
    "dung@x.gov.vn,active,personal,Ngo Dung,",
    "le.an@x.gov.vn,active,alias,,,,,,,,an.le@x.gov.vn,",
    "lychi@x.gov.vn,active,alias,,,,,,,,chi@x.gov.vn,",
    "to@x.gov.vn,active,group,To cong tac,",
    "tran.binh@x.gov.vn,locked,personal,Tran Binh,",
    "vanthu@x.gov.vn,active,agency,Văn phòng X,",
];

fn expect_tree(dir: &Path) {
    let text = fs::read_to_string(dir.join("danhba.csv")).unwrap();
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(lines.len(), EXPECTED.len(), "{text}");
    for (line, expected) in lines.iter().zip(EXPECTED) {
        assert!(line.starts_with(expected), "{line}\n{expected}");
    }
    // Last logons: Windows' count of 1601 and Zimbra's stamp.
    assert!(text.contains(",2024-01-17,\n") && text.contains(",2026-11-01,\n"), "{text}");
    assert!(text.contains(",2025-01-05,,\n"), "{text}");
}

/// Listens without TLS, or with it alone.
fn slapd(scheme: &str) -> Option<(Server, u16)> {
    if !Path::new("/usr/sbin/slapd").exists() {
        println!("skipped: no slapd (tests/install.sh)");
        return None;
    }
    let here = fs::canonicalize("fixtures/directory/lists").unwrap();
    let tls = fs::canonicalize("fixtures/smtp/tls").unwrap();
    Some(Server::start("slapd", |dir| {
        let port = free_port();
        fs::create_dir(dir.join("db")).unwrap();
        let conf = format!(
            "include /etc/ldap/schema/core.schema\ninclude /etc/ldap/schema/cosine.schema\n\
             include /etc/ldap/schema/inetorgperson.schema\ninclude {}/attributes.schema\n\
             modulepath /usr/lib/ldap\nmoduleload back_mdb\ndatabase mdb\n\
             suffix \"dc=x,dc=gov,dc=vn\"\nrootdn \"cn=admin,dc=x,dc=gov,dc=vn\"\nrootpw secret\n\
             directory {}/db\nrequire authc\n",
            here.display(),
            dir.display()
        );
        let conf = format!(
            "TLSCertificateFile {tls}/ec.pem\nTLSCertificateKeyFile {tls}/ec.key\n{conf}",
            tls = tls.display()
        );
        let file = dir.join("slapd.conf");
        fs::write(&file, conf).unwrap();
        let mut add = Command::new("/usr/sbin/slapadd");
        add.args(["-q", "-f"]).arg(&file).arg("-l").arg(here.join("tree.ldif"));
        assert!(add.status().unwrap().success());
        let mut command = Command::new("/usr/sbin/slapd");
        command.args(["-d", "0", "-f"]).arg(&file);
        command.args(["-h", &format!("{scheme}://127.0.0.1:{port}")]);
        (command, vec![port], port)
    }))
}

#[test]
fn a_real_slapd_becomes_the_directory() {
    let Some((_server, port)) = slapd("ldap") else { return };
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("password"), "secret").unwrap();
    fs::write(dir.path().join("wrong"), "sesame").unwrap();
    let url = format!("ldap://127.0.0.1:{port}");
    let ask = |password: &str| {
        let bind = ["--bind", "cn=admin,dc=x,dc=gov,dc=vn", "--password-file", password];
        let import = ["import", &url, "--base", "dc=x,dc=gov,dc=vn", "-o", "danhba.csv"];
        directory(dir.path(), &[&import[..], &bind[..]].concat())
    };
    let (code, out, err) = ask("wrong");
    assert_eq!((code, out.as_str()), (71, ""));
    assert!(err.contains("ldap_bind: Invalid credentials (49)"), "{err}");
    assert!(!dir.path().join("danhba.csv").exists(), "a failed search writes nothing");
    let (code, out, err) = ask("password");
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out, "danhba.csv: 10 entries, 10 new, 0 gone\n");
    expect_tree(dir.path());
}

#[test]
fn the_readmes_line_asks_a_real_slapd_over_tls() {
    let Some((_server, port)) = slapd("ldaps") else { return };
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("pw"), "secret").unwrap();
    // The README's line, with the host and the names of this test.
    let line = readme::command("congthu directory import ldaps://")
        .replace("dc.x.gov.vn", &format!("127.0.0.1:{port}"))
        .replace("cn=doc,", "cn=admin,");
    let ask = |authority: &str| {
        let mut shell = readme::shell(dir.path(), &line);
        let authority = fs::canonicalize("fixtures/smtp/tls").unwrap().join(authority);
        let output = shell.env("LDAPTLS_CACERT", authority).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    // A server that nobody vouches for is told nothing, the password least of all.
    let (code, said) = ask("rsa.pem");
    assert!(code == Some(71) && said.contains("ldapsearch: "), "{said}");
    assert!(!dir.path().join("danhba.csv").exists());
    let (code, said) = ask("ca.pem");
    assert_eq!((code, said.as_str()), (Some(0), "danhba.csv: 10 entries, 10 new, 0 gone\n"));
    expect_tree(dir.path());
}

#[test]
fn an_ldif_file_says_the_same() {
    let dir = tempfile::tempdir().unwrap();
    // Windows' line ends, and lines that are folded as ldifde folds them.
    let text = fs::read_to_string("fixtures/directory/lists/tree.ldif").unwrap();
    let folded = text.replace("sn: vanthu", "sn: van\n thu").replace('\n', "\r\n");
    fs::write(dir.path().join("tree.ldif"), folded).unwrap();
    let (code, out, err) = directory(dir.path(), &["import", "tree.ldif", "-o", "danhba.csv"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let note = "  note: 2 objects have no mail address and were passed over\n";
    assert_eq!(out, format!("danhba.csv: 10 entries, 10 new, 0 gone\n{note}"));
    expect_tree(dir.path());
    fs::write(dir.path().join("bad.ldif"), "dn: x\nmail a@x.vn\nphoto:< file:///x\n").unwrap();
    let (code, _, err) = directory(dir.path(), &["import", "bad.ldif", "-o", "b.csv"]);
    assert_eq!(code, 66);
    assert!(err.contains("bad.ldif:2:1: expected `attribute: value`"), "{err}");
    assert!(err.contains("bad.ldif:3:1: a value in another file is not read"), "{err}");
}

#[test]
fn a_password_does_not_go_in_the_clear() {
    let dir = tempfile::tempdir().unwrap();
    let asked =
        ["import", "ldap://dc.x.example", "-o", "a.csv", "--bind", "cn=a", "--password-file", "p"];
    let (code, _, err) = directory(dir.path(), &asked);
    assert_eq!(code, 64);
    assert!(err.contains("a password would go in the clear: ldaps://, or --starttls"), "{err}");
}

//! A table of what can be wrong: one change to a sound configuration or next hop, and what is said of it.

use super::{Hop, look, sound};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// A case: its name, the next hop, what is replaced in the configuration, and what must be said.
struct Case {
    name: &'static str,
    hop: Hop,
    replace: Vec<(String, String)>,
    said: (&'static str, &'static str, &'static str),
    code: i32,
}

fn case(name: &'static str, said: (&'static str, &'static str, &'static str)) -> Case {
    let code = i32::from(said.0 == "fault");
    Case { name, hop: Hop::default(), replace: Vec::new(), said, code }
}

impl Case {
    fn hop(mut self, change: impl FnOnce(&mut Hop)) -> Case {
        change(&mut self.hop);
        self
    }

    fn with(mut self, from: &str, to: impl Into<String>) -> Case {
        self.replace.push((from.to_owned(), to.into()));
        self
    }

    /// More at the end of the configuration.
    fn more(self, text: &str) -> Case {
        self.with("[http]", format!("{text}\n[http]"))
    }

    fn run(self) {
        let dir = tempfile::tempdir().unwrap();
        prepare(dir.path());
        let hop = self.hop.start();
        let config = self.replace.iter().fold(sound(&hop), |config, (from, to)| {
            assert!(config.contains(from), "{}: {from}", self.name);
            config.replace(from, to)
        });
        let seen = look(dir.path(), &config, &["--resolver", "127.0.0.1:9"]);
        let (state, check, words) = self.said;
        seen.says(self.name, state, check, words);
        assert_eq!(seen.code, Some(self.code), "{}: {:?}", self.name, seen.faults());
    }
}

/// Files that cases name.
fn prepare(dir: &Path) {
    for file in ["ec.pem", "ec.key", "rsa.key", "ended.pem"] {
        fs::copy(Path::new("fixtures/smtp/tls").join(file), dir.join(file)).unwrap();
    }
    for (name, days) in [("soon", "5"), ("own", "300")] {
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        openssl.args(["-nodes", "-subj", "/CN=x", "-addext", "subjectAltName=DNS:gate.example"]);
        openssl.args(["-days", days, "-keyout", &format!("{name}.key"), "-out"]);
        let made = openssl.arg(format!("{name}.pem")).current_dir(dir).output().unwrap();
        assert!(made.status.success(), "{made:?}");
    }
    fs::create_dir(dir.join("open")).unwrap();
    fs::set_permissions(dir.join("open"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir_all(dir.join("bad")).unwrap();
    fs::write(dir.join("bad/base.toml"), "id = \"base\"\ntitel = \"x\"\n").unwrap();
}

fn tls(name: &str, key: &str) -> String {
    format!("tls = {{ cert = [\"{name}\"], key = [\"{key}\"] }}")
}

#[test]
fn of_next_hops() {
    let dead = super::support::free_port();
    let exchange =
        "220 ex.example Microsoft ESMTP MAIL Service ready at Mon, 2 Mar 2020 10:00:00 +0700";
    let cases = [
        case("nobody", ("fault", "next_hop", "refused"))
            .with("upstream = [\"127", format!("upstream = [\"127.0.0.1:{dead}\", \"127")),
        case("relays", ("fault", "next_hop.relay", "mynetworks"))
            .hop(|hop| hop.outside = "250 2.1.5 welcome"),
        case("unsettled", ("warning", "next_hop.relay", "450 4.7.1"))
            .hop(|hop| hop.outside = "450 4.7.1 later"),
        case("takes none of ours", ("fault", "next_hop.recipient", "550 5.1.1 who"))
            .hop(|hop| hop.own = "550 5.1.1 who"),
        case("small", ("warning", "next_hop.size", "message_size_limit=76000000")).hop(|hop| {
            (hop.offers, hop.greeting) =
                (&["SIZE 10240000"], "220 next.example ESMTP Postfix".to_owned());
        }),
        case("small too", ("warning", "next_hop.size", "about 7 MiB"))
            .hop(|hop| hop.offers = &["SIZE 10240000"]),
        case("Exchange's setting", ("warning", "next_hop.size", "MaxReceiveSize")).hop(|hop| {
            (hop.offers, hop.greeting) = (&["SIZE 10240000"], exchange.to_owned());
        }),
        case("its clock", ("warning", "clock", "2020-03-02T03:00:00Z"))
            .hop(|hop| hop.greeting = exchange.to_owned()),
        case("loops", ("fault", "next_hop", "hostname of its own"))
            .hop(|hop| hop.greeting = "220 gate.example ESMTP".to_owned()),
        case("no word of the client", ("warning", "next_hop.client", "received = true"))
            .with("received = true", ""),
        case("XCLIENT refused", ("warning", "next_hop.client", "smtpd_authorized_xclient_hosts"))
            .with("received = true", "")
            .hop(|hop| hop.offers = &["XCLIENT NAME ADDR HELO"]),
        case("XCLIENT", ("ok", "next_hop.client", "XCLIENT")).hop(|hop| {
            (hop.offers, hop.client) = (&["XCLIENT NAME ADDR HELO"], "220 next.example ESMTP");
        }),
        case("XFORWARD", ("ok", "next_hop.client", "in its log only"))
            .hop(|hop| hop.offers = &["PIPELINING", "XFORWARD NAME ADDR"]),
        case("TLS wanted", ("fault", "next_hop", "STARTTLS is not offered"))
            .with("received = true", "tls = { upstream = \"required\", ca = \"ec.pem\" }"),
        case("turned away", ("fault", "next_hop", "554 5.3.2 no"))
            .hop(|hop| hop.greeting = "554 5.3.2 no".to_owned()),
    ];
    cases.into_iter().for_each(Case::run);
}

#[test]
fn of_this_host() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let public = "listen = [\"0.0.0.0:0\"]";
    let local = "listen = [\"127.0.0.1:0\"]\nhost";
    let listen = |with: &str| format!("listen = [\"{with}\"]\nhost");
    let yesterday = "mode = \"observe\"\nobserve_until = \"2026-01-01\"";
    let cases = [
        case("port taken", ("fault", "listener", "taken")).with(local, listen(&taken)),
        case("address of another", ("fault", "listener", "no such address"))
            .with(local, listen("192.0.2.77:25")),
        case("socket's folder", ("fault", "listener", "mail server's group"))
            .more("[milter]\nlisten = \"unix:none/m.sock\""),
        case("something for a socket", ("fault", "listener", "no socket"))
            .more("[milter]\nlisten = \"unix:ec.pem\""),
        case("spool", ("fault", "folder", "cannot be written"))
            .more("[spool]\ndir = \"/proc/nowhere\""),
        case("a file", ("fault", "folder", "is no folder")).more("[state]\ndir = \"ec.pem\""),
        case("open to all", ("warning", "folder", "chmod 0700"))
            .more("[quarantine]\nstore = \"fs:open\""),
        case("disk", ("warning", "disk", "lower the budget")).more("[spool]\nbudget = \"9000 TB\""),
        case("key of another", ("fault", "certificate", "rsa.key"))
            .with("received = true", tls("ec.pem", "rsa.key")),
        case("ended", ("fault", "certificate", "ended at"))
            .with("received = true", tls("ended.pem", "ec.key")),
        case("ends soon", ("warning", "certificate", "renew"))
            .with("received = true", tls("soon.pem", "soon.key")),
        case("for another name", ("warning", "certificate.name", "is for"))
            .with("received = true", tls("ec.pem", "ec.key")),
        case("fine", ("ok", "certificate.name", "gate.example"))
            .with("received = true", tls("own.pem", "own.key")),
        case("none at all", ("warning", "certificate", "in the clear"))
            .with("listen = [\"127.0.0.1:0\"]\nhost", format!("{public}\nhost")),
        case("resolver is away", ("warning", "mx", "127.0.0.1:9"))
            .with("listen = [\"127.0.0.1:0\"]\nhost", format!("{public}\nhost")),
        case("no regulation", ("warning", "domains", "under base alone"))
            .with("\"tiengiang.gov.vn\"", "\"tiengiang.gov.vn\", \"x.example\""),
        case("nobody's mail", ("fault", "domains", "all mail is refused"))
            .with("\"tiengiang.gov.vn\"", ""),
        case("a route for nothing", ("warning", "domains", "no mail is taken"))
            .more("[[smtp.route]]\ndomains = [\"y.example\"]\nupstream = [\"maildir:in\"]"),
        case("observes", ("warning", "rules.mode", "observe_until"))
            .more("[rules]\nmode = \"observe\""),
        case("observed enough", ("warning", "rules.mode", "rules promote"))
            .more(&format!("[rules]\n{yesterday}")),
        case("observes by plan", ("ok", "rules.mode", "until 2999-01-01"))
            .more("[rules]\nmode = \"observe\"\nobserve_until = \"2999-01-01\""),
    ];
    cases.into_iter().for_each(Case::run);
}

#[test]
fn of_files_that_cannot_be_read() {
    let mut wrong =
        case("a key", ("fault", "configuration", "hostname")).with("hostname", "hostnam");
    wrong.code = 78;
    wrong.run();
    let mut rules = case("rules", ("fault", "rules", "titel")).more("[rules]\ndir = \"bad\"");
    rules.code = 78;
    rules.run();
    let mut day = case("day", ("fault", "configuration", "2026-13-01"))
        .more("[rules]\nobserve_until = \"2026-13-01\"");
    day.code = 78;
    day.run();
}

//! `congthu serve` as an administrator meets it: what it announces, what it does with letters,
//! and one clear message for everything that keeps it from starting.

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use tempfile::TempDir;

const EICAR: &str =
    concat!("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*");

/// A gate on free ports, in a folder of its own.
pub struct Gate {
    child: Child,
    pub dir: TempDir,
    smtp: String,
    http: String,
}

impl Gate {
    fn start() -> Gate {
        let (gate, lines) = Gate::launch(tempfile::tempdir().unwrap(), "");
        // Somebody must read on, or the gate would wait for room in the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        gate
    }

    /// With more lines of `[smtp]`; the log goes on behind the announcement.
    pub fn launch(dir: TempDir, smtp: &str) -> (Gate, Lines) {
        let config =
            format!("[http]\nlisten = \"127.0.0.1:0\"\n[smtp]\nlisten = [\"127.0.0.1:0\"]\n{smtp}");
        fs::write(dir.path().join("congthu.toml"), config).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_congthu"))
            .arg("serve")
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut smtp, mut http) = (String::new(), String::new());
        for line in lines.by_ref().map_while(Result::ok) {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["SMTP", address] => smtp = address.to_owned(),
                ["pages", url, ..] => {
                    http = url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
                }
                _ => {}
            }
            if line.trim_start().starts_with("or:") {
                break;
            }
        }
        (Gate { child, dir, smtp, http }, lines)
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Hands in a letter: the reply to its end.
    pub fn send(&self, rcpt: &str, mail: &[u8]) -> String {
        let mut client = Client(BufReader::new(TcpStream::connect(&self.smtp).unwrap()));
        client.reply();
        client.say("EHLO client.example");
        client.say("MAIL FROM:<a@client.example>");
        let reply = client.say(&format!("RCPT TO:<{rcpt}>"));
        assert!(reply.starts_with("250"), "{reply}");
        client.say("DATA");
        client.0.get_mut().write_all(mail).unwrap();
        client.say(if mail.ends_with(b"\r\n") { "." } else { "\r\n." })
    }

    pub fn page(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.http).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        page
    }

    pub fn delivered(&self) -> Vec<Vec<u8>> {
        let new = self.dir.path().join("var/Maildir/new");
        let files = fs::read_dir(new).into_iter().flatten();
        files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
    }

    fn terminate(mut self) -> Option<i32> {
        self.signal("-TERM");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What it says on standard output.
pub type Lines = std::io::Lines<BufReader<ChildStdout>>;

struct Client(BufReader<TcpStream>);

impl Client {
    fn say(&mut self, line: &str) -> String {
        write!(self.0.get_mut(), "{line}\r\n").unwrap();
        self.reply()
    }

    fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let at = reply.len();
            self.0.read_line(&mut reply).unwrap();
            if reply.as_bytes().get(at + 3) != Some(&b'-') {
                return reply;
            }
        }
    }
}

/// The verdict of `congthu check` on the same letter for the same recipient.
fn checked(rcpt: &str, mail: &[u8]) -> Value {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.eml"), mail).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_congthu"))
        .args(["check", "--json", "--rcpt", rcpt, "a.eml"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn letter(name: &str, bytes: &[u8]) -> Vec<u8> {
    let content = crate::support::base64(bytes).replace('\n', "\r\n");
    format!(
        "Subject: thu\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nxin chao\r\n--b\r\n\
         Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{content}\r\n--b--\r\n"
    )
    .into_bytes()
}

#[test]
fn verdicts_over_smtp_are_those_of_check() {
    let gate = Gate::start();
    let rcpt = "ai@tiengiang.gov.vn";
    let plain = b"Subject: thu\r\n\r\nxin chao\r\n..dots\r\n".to_vec();
    let virus = format!("Subject: thu\r\n\r\n{EICAR}\r\n").into_bytes();
    let exe = letter("hoso.zip", &fs::read("fixtures/files/exe-in-zip.zip").unwrap());
    // 52 MB decoded: over 50 MiB, and its base64 still below the technical limit of the message.
    let large = letter("anh.bin", &vec![0x55; 54_000_000]);
    for (mail, code) in [(&plain, "250"), (&virus, "550"), (&exe, "550"), (&large, "552")] {
        let want = checked(rcpt, mail);
        let reply = gate.send(rcpt, mail);
        assert!(reply.starts_with(code), "{reply}");
        assert_eq!(want["code"].as_u64().unwrap().to_string(), code, "{want}");
        if code != "250" {
            let enhanced = want["enhanced"].as_str().unwrap();
            assert!(reply.starts_with(&format!("{code}-{enhanced} [")), "{reply}");
            assert!(reply.contains("QD 51/2016/QD-UBND"), "{reply}");
        }
    }
    // The dialogue's dot-stuffing is undone; nothing else is touched.
    let [delivered] = &gate.delivered()[..] else { panic!("{:?}", gate.delivered().len()) };
    assert_eq!(delivered, b"Subject: thu\r\n\r\nxin chao\r\n.dots\r\n");
    let metrics = gate.page("/metrics");
    for line in [
        "congthu_messages_total{verdict=\"accept\",policy=\"tiengiang-2016\",door=\"smtp\"} 1",
        "congthu_messages_total{verdict=\"reject\",policy=\"tiengiang-2016\",door=\"smtp\"} 3",
        "congthu_findings_total{finding=\"virus.found\",mode=\"enforce\"} 1",
        "congthu_outcomes_total{outcome=\"relayed\",door=\"smtp\"} 1",
        "congthu_outcomes_total{outcome=\"refused\",door=\"smtp\"} 3",
        "# HELP congthu_verdict_seconds ",
        "# TYPE congthu_check_seconds histogram",
    ] {
        assert!(metrics.contains(line), "no {line} in\n{metrics}");
    }
    assert!(gate.page("/healthz").starts_with("HTTP/1.0 200"));
    assert!(gate.page("/readyz").starts_with("HTTP/1.0 200"));
    // A folder that can be written no more is noticed at the next letter.
    let new = gate.dir.path().join("var/Maildir/new");
    fs::remove_dir_all(&new).unwrap();
    fs::write(&new, b"a file where a folder should be").unwrap();
    let reply = gate.send(rcpt, &plain);
    assert!(reply.starts_with("451-4.4.1 ["), "{reply}");
    let page = gate.page("/readyz");
    assert!(page.starts_with("HTTP/1.0 503") && page.contains("is down"), "{page}");
    assert_eq!(gate.terminate(), Some(0));
}

#[test]
fn sixty_megabytes_attached_are_refused_by_smtp_and_check_alike() {
    let gate = Gate::start();
    let rcpt = "ai@tiengiang.gov.vn";
    let mail = letter("anh.bin", &vec![0x55; 60_000_000]);
    let (want, reply) = (checked(rcpt, &mail), gate.send(rcpt, &mail));
    assert_eq!((want["code"].as_u64(), &want["enhanced"]), (Some(552), &"5.3.4".into()), "{want}");
    assert!(reply.starts_with("552-5.3.4 "), "{reply}");
    assert!(gate.delivered().is_empty());
}

fn serve(dir: &Path, config: &str) -> Output {
    fs::write(dir.join("congthu.toml"), config).unwrap();
    Command::new(env!("CARGO_BIN_EXE_congthu")).arg("serve").current_dir(dir).output().unwrap()
}

#[test]
fn what_keeps_it_from_starting_is_said_in_one_message() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let cases = [
        (format!("[smtp]\nlisten = [\"127.0.0.1:{port}\"]"), 71, "cannot listen on 127.0.0.1"),
        (
            format!("[smtp]\nlisten = [\"127.0.0.1:0\"]\n[http]\nlisten = \"127.0.0.1:{port}\""),
            71,
            "[http] listen",
        ),
        ("[spool]\ndir = \"/proc/nowhere\"".to_owned(), 71, "[spool] dir"),
        ("[smtp]\nupstream = [\"maildir:/proc/no\"]".to_owned(), 71, "maildir:/proc/no` cannot be"),
        ("[smtp]\nlissten = []".to_owned(), 78, "congthu.toml:2:1: "),
        ("[smtp]\nupstream = [\"10.0.0.5:none\"]".to_owned(), 78, "10.0.0.5:none"),
        ("[rules]\ndir = \"missing\"".to_owned(), 78, "missing"),
        ("[engine.clamav]\naddress = \"nowhere\"".to_owned(), 78, "nowhere"),
    ];
    for (config, code, words) in cases {
        let dir = tempfile::tempdir().unwrap();
        let output = serve(dir.path(), &config);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{config}: {said}");
        assert!(said.starts_with("congthu: ") && said.contains(words), "{config}: {said}");
    }
}

#[test]
fn nobody_reading_the_log_costs_no_letter_and_no_answer() {
    let dir = tempfile::tempdir().unwrap();
    let port = crate::support::free_port();
    let config =
        format!("[smtp]\nlisten = [\"127.0.0.1:{port}\"]\n[http]\nlisten = \"127.0.0.1:0\"\n");
    fs::write(dir.path().join("congthu.toml"), config).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_congthu"))
        .arg("serve")
        .current_dir(dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Both ends of the log break at once, as with `congthu serve 2>&1 | head -1`.
    drop((child.stdout.take(), child.stderr.take()));
    let smtp = format!("127.0.0.1:{port}");
    while TcpStream::connect(&smtp).is_err() {
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        std::thread::yield_now();
    }
    let gate = Gate { child, dir, smtp, http: String::new() };
    for _ in 0..2 {
        let reply = gate.send("ai@tiengiang.gov.vn", b"Subject: thu\r\n\r\nxin chao\r\n");
        assert!(reply.starts_with("250"), "{reply:?}");
    }
    assert_eq!(gate.delivered().len(), 2);
    assert_eq!(gate.terminate(), Some(0));
}

#[test]
fn certificates_are_read_again_on_sighup_and_a_wrong_one_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let put = |dir: &Path, from: &str, to: &str| {
        fs::copy(Path::new("fixtures/smtp/tls").join(from), dir.join(to)).unwrap();
    };
    put(dir.path(), "ec.pem", "cert.pem");
    put(dir.path(), "ec.key", "key.pem");
    let tls = "tls = { cert = [\"cert.pem\"], key = [\"key.pem\"] }";
    let (gate, mut lines) = Gate::launch(dir, tls);
    let mut said = |words: &str| lines.by_ref().map_while(Result::ok).any(|l| l.contains(words));
    put(gate.dir.path(), "rsa.key", "key.pem");
    gate.signal("-HUP");
    assert!(said("Certificates stay as they were"));
    let mut client = Client(BufReader::new(TcpStream::connect(&gate.smtp).unwrap()));
    client.reply();
    assert!(client.say("EHLO client.example").contains("STARTTLS"));
    put(gate.dir.path(), "rsa.pem", "cert.pem");
    gate.signal("-HUP");
    assert!(said("Certificates were read again"));
    assert_eq!(gate.terminate(), Some(0));
}

/// A next hop as Postfix is when nobody changed it (10 MB), and that relays for anybody.
fn careless_next_hop() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let attend = |mut stream: TcpStream| -> std::io::Result<()> {
        stream.write_all(b"220 next.example ESMTP\r\n")?;
        for line in BufReader::new(stream.try_clone()?).lines() {
            let reply: &[u8] = match line?.get(..4) {
                Some("EHLO") => b"250-next.example\r\n250 SIZE 10240000\r\n",
                Some("QUIT") => b"221 bye\r\n",
                _ => b"250 fine\r\n",
            };
            stream.write_all(reply)?;
        }
        Ok(())
    };
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || attend(stream));
        }
    });
    port
}

#[test]
fn what_a_next_hop_lacks_is_said_at_the_start() {
    let port = careless_next_hop();
    let upstream = format!("upstream = [\"127.0.0.1:{port}\"]");
    let (gate, mut lines) = Gate::launch(tempfile::tempdir().unwrap(), &upstream);
    for told in ["message_size_limit", "The next hop relays for us to anybody"] {
        assert!(lines.by_ref().map_while(Result::ok).any(|line| line.contains(told)), "{told}");
    }
    let metric = format!("congthu_next_hop_open_relay{{next_hop=\"127.0.0.1:{port}\"}} 1");
    assert!(gate.page("/metrics").contains(&metric));
    assert_eq!(gate.terminate(), Some(0));
}

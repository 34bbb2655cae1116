//! Ports that were confused: each peer is called by its name, wherever it is named wrongly.

use super::{Hop, look, sound};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

/// Listens, and treats each connection so; the address.
fn serve(
    attend: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + Clone + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let attend = attend.clone();
            std::thread::spawn(move || attend(stream));
        }
    });
    address
}

/// One that speaks first, and then answers every line so.
fn greets(greeting: &'static [u8], answer: &'static [u8]) -> String {
    serve(move |mut stream| {
        stream.write_all(greeting)?;
        let mut heard = [0; 4096];
        while stream.read(&mut heard)? > 0 {
            stream.write_all(answer)?;
        }
        Ok(())
    })
}

/// One that answers those who ask in its own tongue, and hangs up on all others.
fn answers(question: &'static [u8], answer: &'static [u8]) -> String {
    serve(move |mut stream| {
        let mut heard = [0; 4096];
        let length = stream.read(&mut heard)?;
        if heard[..length].starts_with(question) {
            stream.write_all(answer)?;
        }
        Ok(())
    })
}

#[test]
fn are_called_by_their_names_wherever_they_stand() {
    let smtp = Hop::default().start().address;
    let lmtp = Hop { lmtp: true, ..Hop::default() }.start().address;
    let ftp = greets(b"220 FTP server ready\r\n", b"530 log in\r\n");
    let imap = greets(b"* OK IMAP4rev1\r\n", b"* BAD\r\n");
    let ssh = greets(b"SSH-2.0-OpenSSH_9.2\r\n", b"\r\n");
    let http = answers(b"GET ", b"HTTP/1.0 200 OK\r\nServer: nginx\r\n\r\nhello\r\n");
    let clamd = answers(b"zPING", b"PONG\0");
    let spamd = answers(b"PING SPAMC", b"SPAMD/1.5 0 PONG\r\n");
    let milter =
        answers(&[0, 0, 0, 13, b'O'], &[0, 0, 0, 13, b'O', 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0]);
    // A handshake that is refused (alert 40) is one.
    let tls = answers(&[22, 3], &[21, 3, 3, 0, 2, 2, 40]);
    let silent = serve(|mut stream| stream.read_to_end(&mut Vec::new()).map(drop));
    let dead = format!("127.0.0.1:{}", super::support::free_port());

    let upstream = |peer: &str| format!("upstream = [\"{peer}\"]\n");
    let clamav = |peer: &str| format!("[engine.clamav]\naddress = \"{peer}\"\n");
    let rspamd = |peer: &str| format!("[engine.rspamd]\nurl = \"http://{peer}\"\n");
    let spam = |peer: &str| format!("[engine.spamassassin]\naddress = \"{peer}\"\n");
    let cases = [
        (upstream(&lmtp), "next_hop", "this is an LMTP server", "lmtp:HOST:PORT"),
        (
            upstream(&format!("lmtp:{smtp}")),
            "next_hop",
            "this is an SMTP server",
            "without `lmtp:`",
        ),
        (upstream(&http), "next_hop", "this is HTTP (nginx)", "asks rspamd by HTTP"),
        (upstream(&clamd), "next_hop", "this is clamd", "[engine.clamav]"),
        (upstream(&milter), "next_hop", "this is a milter port", "smtpd_milters"),
        (upstream(&tls), "next_hop", "this is TLS on connect", "STARTTLS"),
        (upstream(&imap), "next_hop", "this is an IMAP server", "ss -ltnp"),
        (upstream(&ftp), "next_hop", "this is an FTP server", "ss -ltnp"),
        (upstream(&silent), "next_hop", "answers nothing", "its log"),
        (clamav(&smtp), "engine.clamav", "this is an SMTP server", "[smtp] upstream"),
        (clamav(&spamd), "engine.clamav", "this is spamd", "[engine.spamassassin]"),
        (clamav(&ssh), "engine.clamav", "this is an SSH server", "ss -ltnp"),
        (clamav(&milter), "engine.clamav", "this is a milter port", "smtpd_milters"),
        (clamav(&dead), "engine.clamav", "refused", "start it"),
        (rspamd(&clamd), "engine.rspamd", "this is clamd", "[engine.clamav]"),
        (rspamd(&milter), "engine.rspamd", "this is a milter port", "11333"),
        (rspamd(&smtp), "engine.rspamd", "this is an SMTP server", "[smtp] upstream"),
        (spam(&http), "engine.spamassassin", "this is HTTP (nginx)", "asks rspamd"),
        (spam(&clamd), "engine.spamassassin", "this is clamd", "[engine.clamav]"),
    ];
    // Each waits for greetings that do not come: side by side.
    std::thread::scope(|scope| {
        for (change, check, name, advice) in &cases {
            scope.spawn(move || {
                let dir = tempfile::tempdir().unwrap();
                let hop = Hop::default().start();
                let own = format!("upstream = [\"{}\"]\n", hop.address);
                let config = match *check {
                    "next_hop" => sound(&hop).replace(&own, change),
                    _ => sound(&hop) + change,
                };
                let config = config + "[limits]\nnext_hop_seconds = 3\nverdict_seconds = 3\n";
                let seen = look(dir.path(), &config, &[]);
                seen.says(change, "fault", check, name);
                seen.says(change, "fault", check, advice);
                assert_eq!(seen.code, Some(1), "{change}");
            });
        }
    });
}

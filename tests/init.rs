//! `congthu init`: what it writes is what `doctor` calls fit, and it never writes over a file unasked.

use crate::doctor::{Hop, look};
use crate::support::{Clamd, Deliver, Postfix, Rspamd, Spamd};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs it with nobody at a terminal.
fn init(dir: &Path, arguments: &[&str], mail_config: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_congthu"));
    command.arg("init").args(arguments).current_dir(dir).stdin(Stdio::null());
    // A folder without main.cf is a host without Postfix.
    command.env("MAIL_CONFIG", mail_config.unwrap_or(dir));
    command.output().unwrap()
}

const NONE: [&str; 6] = ["--clamav", "none", "--rspamd", "none", "--spamassassin", "none"];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What was written, with its listeners on ports that are free here.
fn written(dir: &Path) -> String {
    let text = fs::read_to_string(dir.join("congthu.toml")).unwrap();
    let lines = text.lines().map(|line| match line.trim_start().starts_with("listen ") {
        true if !line.contains("[]") => "listen = [\"127.0.0.1:0\"]".to_owned(),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n") + "\n[http]\nlisten = \"127.0.0.1:0\"\n"
}

#[test]
fn before_exchange_the_client_is_told_by_a_trace_line() {
    let dir = tempfile::tempdir().unwrap();
    let greeting = "220 ex.x.example Microsoft ESMTP MAIL Service ready";
    let hop = Hop { greeting: greeting.to_owned(), ..Hop::default() }.start();
    let flags = [
        &["--exchange", "--upstream", &hop.address, "--domain", "tiengiang.gov.vn"][..],
        &["--hostname", "mx.tiengiang.gov.vn"],
        &NONE,
    ];
    let done = init(dir.path(), &flags.concat(), None);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let config = written(dir.path());
    for line in ["received = true", "mode          = \"observe\"", "upstream = \"opportunistic\""] {
        let far = line.contains("opportunistic");
        assert_eq!(config.contains(line), !far, "{line}: the next hop is on loopback: {config}");
    }
    let until = jiff::Zoned::now().date().checked_add(jiff::Span::new().days(14)).unwrap();
    assert!(config.contains(&format!("observe_until = \"{until}\"")), "{config}");
    let seen = look(dir.path(), &config, &[]);
    assert_eq!((seen.code, seen.faults()), (Some(0), Vec::new()));
    seen.says("Exchange", "ok", "next_hop.client", "Received");
    seen.says("Exchange", "ok", "rules.mode", &until.to_string());
}

#[test]
fn a_file_that_is_there_stays_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("congthu.toml");
    fs::write(&file, "# mine\n").unwrap();
    let flags = [&["--upstream", "127.0.0.1:26", "--domain", "x.example"][..], &NONE].concat();
    let refused = init(dir.path(), &flags, None);
    assert_eq!(refused.status.code(), Some(73));
    assert!(text(&refused.stderr).contains("--force"), "{}", text(&refused.stderr));
    assert_eq!(fs::read_to_string(&file).unwrap(), "# mine\n");
    let shown = init(dir.path(), &[&["-o", "-"][..], &flags].concat(), None);
    assert!(text(&shown.stdout).contains("domains  = [\"x.example\"]"), "{shown:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "# mine\n");
    let forced = init(dir.path(), &[&["--force"][..], &flags].concat(), None);
    assert!(forced.status.success() && fs::read_to_string(&file).unwrap().contains("x.example"));
}

#[test]
fn what_is_missing_or_wrong_is_said_and_nothing_is_written() {
    let cases = [
        (vec!["--upstream", "10.0.0.5:25"], "--domain x.gov.vn"),
        (vec!["--domain", "x.example"], "--upstream 10.0.0.5:25"),
        (vec!["--upstream", "10.0.0.5:none", "--domain", "x.example"], "is no next hop"),
        (vec!["--upstream", "10.0.0.5:25", "--domain", "x example"], "is no domain name"),
        (vec!["--upstream", "a\"\\n:25", "--domain", "x.example"], "congthu.toml"),
    ];
    for (flags, words) in cases {
        let dir = tempfile::tempdir().unwrap();
        let refused = init(dir.path(), &[&flags[..], &NONE].concat(), None);
        assert_eq!(refused.status.code(), Some(64), "{flags:?}");
        assert!(text(&refused.stderr).contains(words), "{flags:?}: {}", text(&refused.stderr));
        assert!(fs::read_dir(dir.path()).unwrap().next().is_none(), "{flags:?}");
    }
}

#[test]
fn a_host_with_real_servers_is_found_and_fit() {
    let more = "virtual_alias_domains = lists.example\n";
    let gate = crate::support::free_port();
    let Some(postfix) = Postfix::start(Deliver::Maildir, Some(gate), more) else { return };
    let (clamd, rspamd, spamd) = (Clamd::start(""), Rspamd::start(), Spamd::start());
    let dir = tempfile::tempdir().unwrap();
    let etc = postfix.server.dir.path().join("etc");
    let found = init(dir.path(), &["-o", "-"], Some(&etc));
    let (told, file) = (text(&found.stderr), text(&found.stdout));
    // This host may have others of their kind, which are told too.
    for place in [&clamd.address, &rspamd.url.replace("http://", ""), &spamd.address] {
        assert!(told.contains(place.as_str()), "{place}: {told}");
    }
    assert!(told.contains(&format!("smtpd_proxy_filter 127.0.0.1:{gate}")), "{told}");
    assert!(file.contains(&format!("upstream = [\"127.0.0.1:{}\"]", postfix.back)), "{file}");
    assert!(file.contains(&format!("listen   = [\"127.0.0.1:{gate}\"]")), "{file}");
    assert!(file.contains("hostname = \"congthu.tiengiang.gov.vn\""), "{file}");

    let socket = format!("unix:{}", clamd.socket.display());
    let own = ["--clamav", &socket, "--rspamd", &rspamd.url, "--spamassassin", &spamd.address];
    let done = init(dir.path(), &own, Some(&etc));
    assert!(done.status.success(), "{}", text(&done.stderr));
    let seen = look(dir.path(), &written(dir.path()), &[]);
    assert_eq!((seen.code, seen.faults()), (Some(0), Vec::new()));
    for check in ["engine.clamav", "engine.rspamd", "engine.spamassassin", "next_hop.client"] {
        seen.says("found", "ok", check, "");
    }
}

//! `congthu.toml`: defaults, sizes, paths, and how mistakes are told.

use congthu::config::{Config, OneOrMore, RulesMode};
use congthu::tomlfile::Source;
use proptest::prelude::*;
use std::path::Path;

fn parse(text: &str) -> Result<Config, String> {
    let source = Source::new("congthu.toml", text.as_bytes().to_vec());
    Config::parse(&source.unwrap()).map_err(|errors| errors.to_string())
}

#[test]
fn an_empty_file_is_what_is_built_in() {
    let (empty, built_in) = (parse("").unwrap(), Config::default());
    assert_eq!(format!("{empty:?}"), format!("{built_in:?}"));
    assert_eq!(built_in.smtp.listen, ["127.0.0.1:2525"]);
    assert_eq!(built_in.http.listen, "127.0.0.1:9125");
    assert_eq!(built_in.rules.mode, RulesMode::Enforce);
}

#[test]
fn sizes_are_numbers_or_words() {
    for (text, bytes) in [
        ("1048576", 1 << 20),
        ("\"1 MiB\"", 1 << 20),
        ("\"1MiB\"", 1 << 20),
        ("\"1 MB\"", 1_000_000),
        ("\"2 GiB\"", 2 << 30),
    ] {
        let config = parse(&format!("[spool]\nbudget = {text}")).unwrap();
        assert_eq!(config.spool.budget, bytes, "{text}");
    }
}

#[test]
fn relative_paths_mean_the_folder_of_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("congthu.toml");
    let text = r#"
        smtp = { upstream = ["maildir:in", "lmtp:unix:lmtp.sock", "maildir:/abs", "10.0.0.5:25"] }
        rules = { dir = "rules", mode = "observe" }
        spool = { dir = "spool" }
        state = { dir = "/var/lib/state" }
        quarantine = { store = "fs:kept" }
        engine.clamav = { address = ["unix:clamd.ctl", "127.0.0.1:3310"] }
        engine.spamassassin = { address = "unix:/run/spamd" }
        milter = { listen = ["unix:milter.sock", "127.0.0.1:2526"] }
    "#;
    std::fs::write(&path, text).unwrap();
    let config = Config::load(&path).unwrap_or_else(|errors| panic!("{errors}"));
    let at = |name: &str| dir.path().join(name).display().to_string();
    let upstream = [
        format!("maildir:{}", at("in")),
        format!("lmtp:unix:{}", at("lmtp.sock")),
        "maildir:/abs".to_owned(),
        "10.0.0.5:25".to_owned(),
    ];
    assert_eq!(config.smtp.upstream, upstream);
    assert_eq!(config.rules.dir.as_deref(), Some(&*dir.path().join("rules")));
    assert_eq!(config.rules.mode, RulesMode::Observe);
    assert_eq!(config.spool.dir, dir.path().join("spool"));
    assert_eq!(config.state.dir, Path::new("/var/lib/state"));
    assert_eq!(config.quarantine.store, format!("fs:{}", at("kept")));
    let clamav = config.engine.clamav.unwrap();
    assert_eq!(
        clamav.address.all(),
        [format!("unix:{}", at("clamd.ctl")), "127.0.0.1:3310".into()]
    );
    assert_eq!(clamav.stream_max, 25 << 20);
    let milter = config.milter.unwrap();
    assert_eq!(
        milter.listen.all(),
        [format!("unix:{}", at("milter.sock")), "127.0.0.1:2526".into()]
    );
    assert_eq!((milter.permissions(), milter.reinject), (0o660, None));
    assert_eq!(config.engine.spamassassin.unwrap().address, "unix:/run/spamd");
}

#[test]
fn one_address_or_several() {
    let one = parse("[engine.clamav]\naddress = \"127.0.0.1:3310\"").unwrap();
    assert_eq!(one.engine.clamav.unwrap().address.all(), ["127.0.0.1:3310"]);
    let milter = "[smtp]\nlisten = []\n[milter]\nlisten = \"127.0.0.1:2526\"";
    let asked = parse(milter).expect("a gate that is only asked by milter");
    assert_eq!(asked.release().upstream, asked.smtp.upstream);
    let back = parse(&format!("{milter}\nreinject = \"127.0.0.1:10026\"")).unwrap();
    assert_eq!(back.release().upstream, ["127.0.0.1:10026"], "where nobody asks again");
    assert_eq!(OneOrMore::One("a".into()).all(), ["a"]);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let missing = Config::load(Path::new("/nonexistent/congthu.toml")).unwrap_err().to_string();
    assert!(missing.starts_with("/nonexistent/congthu.toml: cannot be read: "), "{missing}");
}

/// A text, and how the answer begins after the file's name.
const MISTAKES: &[(&str, &str)] = &[
    ("[smpt]\n", "1:2: unknown key `smpt`; did you mean `smtp`?"),
    (
        "[smtp]\nlisten = [\"0.0.0.0:25\"]\nupstreams = []",
        "3:1: unknown key `upstreams`; did you mean `upstream`?",
    ),
    (
        "[smtp]\nlisten = \"0.0.0.0:25\"",
        "2:10: wrong type: string \"0.0.0.0:25\", expected a list, such as [\"…\"]",
    ),
    (
        "[smtp]\nlisten = [\"0.0.0.0\"]",
        "2:11: `0.0.0.0` is no address; write it as \"0.0.0.0:25\" or \"[::]:25\"",
    ),
    ("[smtp]\nlisten = []", "2:10: an address to listen on is missing"),
    (
        "[smtp]\nupstream = [\"a.example:25\", \"mailder:x\"]",
        "2:29: `mailder:x` is no next hop; write it as",
    ),
    ("[smtp]\nhostname = \"mx_1.example\"", "2:12: `mx_1.example` is no domain name"),
    ("[smtp]\ntrusted = [\"10.0.0.0/33\"]", "2:12: `10.0.0.0/33` is no network"),
    ("[smtp]\ndomains = [\"a b\"]", "2:12: `a b` is no domain name"),
    ("[[smtp.route]]\ndomains = [\"x.example\"]\nupstream = []", "3:12: a next hop is missing"),
    ("[[smtp.route]]\ndomains = [\"x.example\"]", "1:1: the key `upstream` is missing"),
    ("[http]\nlisten = \"9125\"", "2:10: `9125` is no address"),
    ("[rules]\nmode = \"observ\"", "2:8: unknown word `observ`; did you mean `observe`?"),
    ("[engine.clamd]\n", "1:9: unknown key `clamd`; did you mean `clamav`?"),
    (
        "[engine.clamav]\naddress = \"/run/clamd.ctl\"",
        "2:11: `/run/clamd.ctl` is no address; write it as",
    ),
    (
        "[engine.clamav]\naddress = 3310",
        "2:11: wrong type: integer `3310`, expected text, or a list of texts",
    ),
    ("[engine.rspamd]\nurl = \"127.0.0.1:11333\"", "2:7: `127.0.0.1:11333` is no URL"),
    (
        "[spool]\nbudget = \"4 Gigs\"",
        "2:10: invalid value: string \"4 Gigs\", expected a size: bytes, or text such as \"50 MiB\"",
    ),
    ("[spool]\nmemory = -1", "2:10: a size cannot be negative"),
    ("[quarantine]\nstore = \"/var/kept\"", "2:9: unknown store `/var/kept`; known here: `fs`"),
    ("[quarantine]\nstore = \"fs:\"", "2:9: the path is missing"),
    ("[limits]\nconnections = 0", "2:15: with 0 no mail could ever pass"),
    ("[limits]\nverdict_seconds = 600", "2:19: a sender waits ten minutes"),
    (
        "[limits]\nrecipients = \"many\"",
        "2:14: wrong type: string \"many\", expected a whole number, 0 or more",
    ),
    ("[smtp]\nreceived = \"yes\"", "2:12: wrong type: string \"yes\", expected true or false"),
    (
        "[smtp.tls]\ncert = [\"/etc/hostname\", \"/etc/hosts\"]\nkey = [\"/etc/hosts\"]",
        "2:8: each `cert` needs its `key`: 2 and 1 are named",
    ),
    (
        "[smtp.tls]\ncert = [\"/etc/hosts\"]\nkey = [\"/nonexistent/key.pem\"]",
        "3:8: /nonexistent/key.pem cannot be read: ",
    ),
    ("[smtp.tls]\nca = \"/nonexistent/ca.pem\"", "2:6: /nonexistent/ca.pem cannot be read: "),
    ("[smtp.tls]\npin = [\"abc\"]", "2:8: `abc` is no SHA-256"),
    ("[smtp.tls]\nupstream = \"required\"", "2:12: `required` needs `ca` or `pin`"),
    ("[milter]\nmode = \"0660\"", "1:1: the key `listen` is missing"),
    (
        "[milter]\nlisten = \"milter.sock\"",
        "2:10: `milter.sock` is no address; write it as \"127.0.0.1:2526\" or \"unix:",
    ),
    ("[milter]\nlisten = []", "2:10: an address to listen on is missing"),
    (
        "[milter]\nlisten = \"127.0.0.1:1\"\nmode = \"rw\"",
        "3:8: `rw` are no permissions; write them as \"0660\"",
    ),
    (
        "[milter]\nlisten = \"127.0.0.1:1\"\nreinject = \"maildir:x\"",
        "3:12: `maildir:x` is no listener; write it as \"127.0.0.1:10026\"",
    ),
    (
        "[smtp]\nlisten = [\"127.0.0.1:2\"]\n[milter]\nlisten = \"127.0.0.1:1\"\nreinject = \"127.0.0.1:2\"",
        "5:12: `127.0.0.1:2` is the gate itself, mail would loop",
    ),
    (
        "[milter]\nlisten = \"127.0.0.1:1\"\nprogress_seconds = 0",
        "3:20: with 0 the mail server would hear nothing else",
    ),
    ("[smtp\n", "1:6: unclosed table, expected `]`"),
];

#[test]
fn mistakes_are_told_with_line_column_and_what_would_be_right() {
    for (text, told) in MISTAKES {
        let error = parse(text).expect_err(text);
        let expected = format!("congthu.toml:{told}");
        assert!(error.starts_with(&expected), "{text}\n-- expected\n{expected}\n-- told\n{error}");
        assert!(error.contains(" | ") && error.contains('^'), "{error}");
    }
}

#[test]
fn several_mistakes_are_told_at_once() {
    let error = parse("[smtp]\nlisten = [\"x\"]\nhostname = \"-\"\n").unwrap_err();
    assert_eq!(error.matches("congthu.toml:").count(), 2, "{error}");
}

proptest! {
    #[test]
    fn no_text_panics(text in "(?s).{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for bytes in [text.into_bytes(), bytes] {
            if let Ok(source) = Source::new("x.toml", bytes) {
                let _ = Config::parse(&source);
            }
        }
    }

    #[test]
    fn any_place_of_any_text_can_be_shown(text in "[a-zạđ\n\t]{0,40}", start in 0usize..60, len in 0usize..60) {
        let source = Source::new("x.toml", text.clone().into_bytes()).unwrap();
        let error = source.error(start..start + len, "wrong");
        prop_assert!(error.line <= text.matches('\n').count() + 1);
        prop_assert!(error.to_string().contains('^'));
    }
}

//! The real servers: fit when they are as the guides have them, and named when they are not.

use super::support::{Clamd, Deliver, Postfix, Rspamd, Spamd};
use super::{Hop, look, sound};

/// A gate before this Postfix, with all engines.
fn config(postfix: &Postfix, clamd: &Clamd, rspamd: &Rspamd, spamd: &Spamd) -> String {
    format!(
        "[smtp]\nlisten = [\"127.0.0.1:0\"]\nhostname = \"congthu.tiengiang.gov.vn\"\n\
         upstream = [\"127.0.0.1:{}\"]\ndomains = [\"tiengiang.gov.vn\"]\n\
         [http]\nlisten = \"127.0.0.1:0\"\n[engine.clamav]\naddress = [\"{}\", \"unix:{}\"]\n\
         [engine.rspamd]\nurl = \"{}\"\n[engine.spamassassin]\naddress = \"{}\"\n",
        postfix.back,
        clamd.address,
        clamd.socket.display(),
        rspamd.url,
        spamd.address
    )
}

#[test]
fn a_real_postfix_with_real_engines_is_fit() {
    let Some(postfix) = Postfix::start(Deliver::Maildir, None, "") else { return };
    let (clamd, rspamd, spamd) = (Clamd::start(""), Rspamd::start(), Spamd::start());
    let dir = tempfile::tempdir().unwrap();
    let config = config(&postfix, &clamd, &rspamd, &spamd);
    let seen = look(dir.path(), &config, &[]);
    assert_eq!(seen.faults(), Vec::<String>::new());
    assert_eq!(seen.code, Some(0));
    seen.says("Postfix", "ok", "next_hop", "Postfix");
    seen.says("Postfix", "ok", "next_hop.client", "XCLIENT");
    seen.says("Postfix", "ok", "next_hop.relay", "relays for nobody: 554 5.7.1");
    seen.says("Postfix", "ok", "next_hop.recipient", "250 2.1.5");
    assert_eq!(seen.of("engine.clamav.eicar").len(), 2, "each address by itself");
    seen.says("clamd", "ok", "engine.clamav.size", "looks at all of a letter of 26214400 bytes");
    seen.says("clamd", "warning", "engine.clamav.size", "part by part");
    seen.says("rspamd", "ok", "engine.rspamd", "GTUBE");
    seen.says("spamd", "ok", "engine.spamassassin", "GTUBE");
    seen.says("clock", "ok", "clock", "as rspamd");
    assert!(postfix.maildir().is_empty(), "nothing is delivered");
}

#[test]
fn other_settings_of_real_servers_are_named() {
    // As shipped but for the numbers: a stream of 1 MB, files of 2 MB.
    let shallow = "StreamMaxLength 40M\nMaxFileSize 2M\nMaxScanSize 2M\n";
    let (short, shallow) = (Clamd::start("StreamMaxLength 1M\n"), Clamd::start(shallow));
    let (rspamd, spamd) = (Rspamd::start(), Spamd::start());
    let dir = tempfile::tempdir().unwrap();
    let hop = Hop::default().start();
    let asked = |engine: String| look(dir.path(), &(sound(&hop) + &engine), &[]);
    let clamav = |address: &str| format!("[engine.clamav]\naddress = \"{address}\"\n");

    let seen = asked(clamav(&short.address));
    seen.says("short", "fault", "engine.clamav.size", "size limit exceeded");
    seen.says("short", "fault", "engine.clamav.size", "StreamMaxLength");
    let seen = asked(clamav(&shallow.address));
    seen.says("shallow", "fault", "engine.clamav.size", "OK without having looked");
    let seen = asked(clamav(rspamd.url.trim_start_matches("http://")));
    seen.says("rspamd", "fault", "engine.clamav", "this is HTTP (rspamd");
    let seen = asked(clamav(&spamd.address));
    seen.says("spamd", "fault", "engine.clamav", "this is spamd");
    let seen = asked(format!("[engine.rspamd]\nurl = \"http://{}\"\n", short.address));
    seen.says("clamd", "fault", "engine.rspamd", "this is clamd");
    // rspamd's worker speaks the protocol of spamd as well; clamd does not.
    let seen = asked(format!("[engine.spamassassin]\naddress = \"{}\"\n", short.address));
    seen.says("clamd", "fault", "engine.spamassassin", "this is clamd");
}

#[test]
fn a_real_postfix_as_shipped_is_an_open_relay_for_its_neighbours() {
    let more = "mynetworks = 127.0.0.0/8\nsmtpd_relay_restrictions = permit_mynetworks, \
                reject_unauth_destination\nmessage_size_limit = 10240000\n";
    let Some(postfix) = Postfix::start(Deliver::Maildir, None, more) else { return };
    let dir = tempfile::tempdir().unwrap();
    let config = format!(
        "[smtp]\nlisten = [\"127.0.0.1:0\"]\nhostname = \"congthu.tiengiang.gov.vn\"\n\
         upstream = [\"127.0.0.1:{}\"]\n[http]\nlisten = \"127.0.0.1:0\"\n",
        postfix.front
    );
    let seen = look(dir.path(), &config, &[]);
    seen.says("relay", "fault", "next_hop.relay", "mynetworks");
    seen.says("size", "warning", "next_hop.size", "message_size_limit=76000000");
    seen.says("client", "warning", "next_hop.client", "smtpd_authorized_xclient_hosts");
    assert_eq!(seen.code, Some(1));
}

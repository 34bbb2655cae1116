//! A real Postfix: in front of the gate, behind it, or both, in one instance.
//!
//! The *front* listener takes mail as from the Internet and hands it, before
//! it is queued, to a filter (`smtpd_proxy_filter`) if there is one. The
//! *back* listener is a next hop: it trusts nobody's address but believes
//! XCLIENT and XFORWARD. What either accepts is delivered into a Maildir or to
//! an SMTP server.

use super::{Server, block, free_port, readme};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The domains that it delivers for; it relays for no other.
pub const DOMAINS: &str = "tiengiang.gov.vn angiang.gov.vn bdt.binhthuan.gov.vn mail.example";

/// Where accepted mail goes.
#[derive(Clone, Copy)]
pub enum Deliver {
    /// Into one Maildir, whoever the recipient is.
    Maildir,
    /// To an SMTP server on this port of loopback.
    Smtp(u16),
}

/// A running Postfix.
pub struct Postfix {
    /// The process.
    pub server: Server,
    /// Port for mail from outside.
    pub front: u16,
    /// Port for mail from the gate.
    pub back: u16,
}

impl Postfix {
    /// Starts one; `filter` is the port of the filter that stands between front and
    /// back, and which is asked at the first letter. `more` goes into main.cf.
    ///
    /// `None` where we are not root: Postfix runs for nobody else.
    pub fn start(deliver: Deliver, filter: Option<u16>, more: &str) -> Option<Postfix> {
        Postfix::with_master(deliver, filter, more, |master| master)
    }

    /// The same with other lines in master.cf.
    pub fn with_master(
        deliver: Deliver,
        filter: Option<u16>,
        more: &str,
        edit: impl Fn(String) -> String,
    ) -> Option<Postfix> {
        Postfix::launch(deliver, more, |front, back| edit(master(front, back, filter)))
    }

    /// As the guide has it behind a gate on another host, on the front port.
    pub fn guided(deliver: Deliver) -> Option<Postfix> {
        let listener = block("deploy/README.md", "master.cf behind");
        Postfix::launch(deliver, "", |front, back| {
            let guide = listener
                .replace("smtp inet", &format!("127.0.0.1:{front} inet"))
                .replace("10.0.0.4", "127.0.0.1");
            format!("127.0.0.1:{back} inet n - - - - smtpd\n{guide}{SERVICES}")
        })
    }

    fn launch(
        deliver: Deliver,
        more: &str,
        master: impl Fn(u16, u16) -> String,
    ) -> Option<Postfix> {
        if !is_root() {
            println!("skipped: Postfix needs root");
            return None;
        }
        let (server, (front, back)) = Server::start("postfix", |dir| {
            let (front, back) = (free_port(), free_port());
            configure(dir, deliver, more, &master(front, back));
            let etc = dir.join("etc");
            // Makes the folders of the queue.
            let made = Command::new("postfix").arg("-c").arg(&etc).arg("check").output().unwrap();
            assert!(made.status.success(), "{made:?}");
            // `postfix start-fg` would give it a session of its own, out of our reach.
            let mut command = Command::new("/usr/lib/postfix/sbin/master");
            command.arg("-c").arg(etc).arg("-d");
            (command, vec![front, back], (front, back))
        });
        Some(Postfix { server, front, back })
    }

    /// Has it try everything that it deferred, now.
    pub fn flush(&self) {
        let etc = self.server.dir.path().join("etc");
        Command::new("postqueue").arg("-c").arg(etc).arg("-f").output().unwrap();
    }

    /// Letters in the Maildir, oldest first, as Postfix wrote them: with its own header lines on top.
    pub fn maildir(&self) -> Vec<Vec<u8>> {
        let folder = self.server.dir.path().join("mail/box/new");
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.into_iter().map(|file| fs::read(file).unwrap()).collect()
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn configure(dir: &Path, deliver: Deliver, more: &str, master: &str) {
    // Its processes drop root and must still reach what is theirs.
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
    for folder in ["etc", "queue", "data", "mail"] {
        fs::create_dir(dir.join(folder)).unwrap();
    }
    own(&dir.join("data"), "postfix");
    own(&dir.join("mail"), "nobody");
    let main = format!(
        "compatibility_level = 3.6\nqueue_directory = {dir}/queue\ndata_directory = {dir}/data\n\
         command_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\n\
         mail_owner = postfix\nsetgid_group = postdrop\nmaillog_file = /dev/stdout\n\
         myhostname = mx.tiengiang.gov.vn\nmydestination =\nalias_maps =\n\
         inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nsmtp_dns_support_level = disabled\n\
         smtpd_peername_lookup = no\nmynetworks =\n\
         smtpd_relay_restrictions = reject_unauth_destination\n\
         message_size_limit = 90000000\nmailbox_size_limit = 0\nvirtual_mailbox_limit = 0\n\
         {deliver}\n{more}\n",
        dir = dir.display(),
        deliver = delivery(dir, deliver),
    );
    fs::write(dir.join("etc/main.cf"), main).unwrap();
    fs::write(dir.join("etc/master.cf"), master).unwrap();
}

fn delivery(dir: &Path, deliver: Deliver) -> String {
    match deliver {
        Deliver::Smtp(port) => {
            format!("relay_domains = {DOMAINS}\nrelay_transport = smtp:[127.0.0.1]:{port}")
        }
        Deliver::Maildir => format!(
            "virtual_mailbox_domains = {DOMAINS}\nvirtual_mailbox_base = {}/mail\n\
             virtual_mailbox_maps = static:box/\nvirtual_uid_maps = static:65534\n\
             virtual_gid_maps = static:65534",
            dir.display()
        ),
    }
}

fn own(folder: &Path, user: &str) {
    assert!(Command::new("chown").arg(user).arg(folder).status().unwrap().success());
}

/// The listeners are those of the README, with the ports of this test.
fn master(front: u16, back: u16, filter: Option<u16>) -> String {
    let mut master = readme("master.cf")
        .replace("smtp inet", &format!("127.0.0.1:{front} inet"))
        .replace("127.0.0.1:10026 inet", &format!("127.0.0.1:{back} inet"));
    match filter {
        Some(port) => master = master.replace(":2525", &format!(":{port}")),
        None => {
            let lines = master.lines().filter(|line| !line.contains("smtpd_proxy"));
            master = lines.map(|line| format!("{line}\n")).collect();
        }
    }
    master + SERVICES
}

/// What stands behind the listeners.
const SERVICES: &str = "pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\n\
         qmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\n\
         bounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\n\
         verify unix - - n - 1 verify\nflush unix n - n 1000? 0 flush\n\
         showq unix n - n - - showq\nproxymap unix - - n - - proxymap\nsmtp unix - - n - - smtp\nrelay unix - - n - - smtp\n\
         error unix - - n - - error\nretry unix - - n - - error\nvirtual unix - n n - - virtual\n\
         anvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\npostlog unix-dgram n - n - 1 postlogd\n";

//! A real Sendmail with the gate as its milter. Debian's conflicts with Postfix, so
//! `tests/install.sh` only unpacks it.

use super::{Server, free_port};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Where `tests/install.sh` unpacks it.
const ROOT: &str = "/var/cache/congthu-sendmail";

/// A running Sendmail.
pub struct Sendmail {
    /// The process.
    pub server: Server,
    /// Port for mail from outside.
    pub port: u16,
}

impl Sendmail {
    /// Starts one that asks the filter (`milter`: its `INPUT_MAIL_FILTER` line) and hands everything
    /// on to this port. `None`, with the reason, where it cannot run.
    pub fn start(milter: &str, next_hop: u16) -> Option<Sendmail> {
        let binary = format!("{ROOT}/usr/libexec/sendmail/sendmail");
        if !Path::new(&binary).exists() {
            println!("skipped: no Sendmail, see tests/install.sh");
            return None;
        }
        // It asks for the name of its host, and sleeps a minute over one without a domain.
        let own_name =
            Command::new("unshare").args(["--uts", "true"]).stderr(Stdio::null()).status();
        if !own_name.is_ok_and(|status| status.success()) {
            println!("skipped: Sendmail needs root, for a host name of its own");
            return None;
        }
        let (server, port) = Server::start("sendmail", |dir| {
            let port = free_port();
            let cf = configure(dir, milter, port, next_hop);
            let run = format!("hostname mx.tiengiang.gov.vn; exec {binary} -bD -C {cf}");
            let mut command = Command::new("unshare");
            command.args(["--uts", "sh", "-c", &run]);
            (command, vec![port], port)
        });
        Some(Sendmail { server, port })
    }

    /// Files of its queue that are on hold, with what is in them.
    pub fn held(&self) -> Vec<String> {
        let queue = fs::read_dir(self.server.dir.path().join("queue")).unwrap();
        let held = queue.map(|entry| entry.unwrap()).filter(|entry| {
            entry.file_name().into_string().is_ok_and(|name| name.starts_with("hf"))
        });
        held.map(|entry| String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned())
            .collect()
    }
}

/// Writes its configuration, and says where.
fn configure(dir: &Path, milter: &str, port: u16, next_hop: u16) -> String {
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(dir.join("queue")).unwrap();
    fs::set_permissions(dir.join("queue"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(dir.join("switch"), "hosts files\n").unwrap();
    let (cf, at) = (format!("{ROOT}/usr/share/sendmail/cf"), dir.display());
    let mc = format!(
        "define(`_CF_DIR_', `{cf}/')include(`{cf}/m4/cf.m4')OSTYPE(`linux')\n\
         define(`confDOMAIN_NAME', `mx.tiengiang.gov.vn')\ndefine(`QUEUE_DIR', `{at}/queue')\n\
         define(`confPID_FILE', `{at}/pid')\ndefine(`STATUS_FILE', `{at}/status')\n\
         define(`ALIAS_FILE', `')\ndefine(`HELP_FILE', `/dev/null')\n\
         define(`confCONTROL_SOCKET_NAME', `')\ndefine(`confDONT_PROBE_INTERFACES', `True')\n\
         define(`confSERVICE_SWITCH_FILE', `{at}/switch')\n\
         define(`SMART_HOST', `smtp8:[127.0.0.1]')\ndefine(`SMTP8_MAILER_ARGS', `TCP $h {next_hop}')\n\
         FEATURE(`no_default_msa')\nFEATURE(`nocanonify')\nFEATURE(`accept_unresolvable_domains')\n\
         DAEMON_OPTIONS(`Family=inet, Addr=127.0.0.1, Port={port}, Name=MTA')\n{milter}\n\
         MAILER(`smtp')\nLOCAL_CONFIG\nCRtiengiang.gov.vn bdt.binhthuan.gov.vn mail.example\n"
    );
    fs::write(dir.join("sendmail.mc"), mc).unwrap();
    let made = Command::new("m4").arg(dir.join("sendmail.mc")).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    fs::write(dir.join("sendmail.cf"), made.stdout).unwrap();
    dir.join("sendmail.cf").display().to_string()
}

//! From a machine with nothing to an alert: the package is installed, Postfix is put around it by the
//! README's own lines, mail flows, a virus is refused, the engine is stopped and Prometheus tells.

use super::package::package;
use crate::support::readme::{command, commands, readme};
use crate::support::{Clamd, EICAR, Machine, eventually, letter_with};
use std::fs;
use std::process::Output;

const TO: &str = "vanthu@tiengiang.gov.vn";

/// Puts the package on a machine: what an administrator types.
pub fn install(machine: &Machine) {
    bring(machine);
    machine.sh("apt-get install -y /host/congthu.deb");
}

fn bring(machine: &Machine) {
    fs::copy(package(), machine.shared.path().join("congthu.deb")).unwrap();
}

/// A mail server at work, before anybody thought of a gate.
fn mail_server(machine: &Machine) {
    machine.sh(
        "useradd --create-home vanthu && postconf -e myhostname=mx.tiengiang.gov.vn \
         mydestination=tiengiang.gov.vn smtpd_peername_lookup=no smtp_dns_support_level=disabled && \
         systemctl restart postfix",
    );
}

/// The README's lines, in the file where it says.
fn lines_for_postfix(machine: &Machine) {
    fs::write(machine.shared.path().join("master.cf"), readme("master.cf")).unwrap();
    machine.sh("sed -i '/^smtp *inet/d' /etc/postfix/master.cf && \
         cat /host/master.cf >>/etc/postfix/master.cf");
    machine.sh(&command("postconf -e message_size_limit="));
}

/// The ten minutes of the README, word by word but for the place of the package.
fn ten_minutes(machine: &Machine) {
    let commands = commands("Ten minutes before Postfix");
    let [install, init, restart, reload, doctor] = &commands[..] else {
        panic!("other lines: {commands:#?}")
    };
    bring(machine);
    let line = install.replace("./target/deb/congthu_0.1.0_amd64.deb", "-y /host/congthu.deb");
    assert_ne!(*install, line);
    machine.sh(&line);
    machine.sh(init);
    machine.sh(restart);
    lines_for_postfix(machine);
    machine.sh(reload);
    machine.sh(doctor);
}

/// What Postfix answers a stranger's letter.
pub fn send(machine: &Machine, letter: &[u8]) -> String {
    let file = machine.shared.path().join("letter.eml");
    fs::write(&file, letter).unwrap();
    let mut swaks = machine.beside("swaks");
    swaks.args(["--server", "127.0.0.1:25", "--helo", "mx.mail.example", "--timeout", "60"]);
    swaks.args(["--from", "nguoigui@mail.example", "--to", TO, "--data"]);
    let Output { stdout, .. } = swaks.arg(format!("@{}", file.display())).output().unwrap();
    let said = String::from_utf8_lossy(&stdout).into_owned();
    let after = said.split_once(" -> .\n").unwrap_or_else(|| panic!("{said}")).1;
    after.lines().next().unwrap().to_owned()
}

/// Prometheus with the shipped alerts, which wait for no minutes here.
fn prometheus(machine: &Machine) -> crate::support::Guest {
    let dir = machine.shared.path();
    let shipped = machine.sh("cat /usr/share/congthu/grafana/alerts.yml");
    let lines = shipped.lines().filter(|line| !line.trim().starts_with("for: "));
    fs::write(dir.join("alerts.yml"), lines.map(|line| format!("{line}\n")).collect::<String>())
        .unwrap();
    let config = "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [alerts.yml]\n\
                  scrape_configs:\n  - job_name: congthu\n    static_configs: [{targets: ['127.0.0.1:9125']}]\n";
    fs::write(dir.join("prometheus.yml"), config).unwrap();
    let (config, data) = (dir.join("prometheus.yml"), dir.join("data"));
    let arguments = [
        format!("--config.file={}", config.display()),
        format!("--storage.tsdb.path={}", data.display()),
        "--web.listen-address=127.0.0.1:9090".to_owned(),
    ];
    machine.serve("prometheus", &arguments.each_ref().map(String::as_str), 9090)
}

/// What Prometheus answers, a line a series.
fn ask(machine: &Machine, query: &str) -> String {
    let mut promtool = machine.beside("promtool");
    promtool.args(["query", "instant", "http://127.0.0.1:9090", query]);
    String::from_utf8(promtool.output().unwrap().stdout).unwrap()
}

#[test]
fn a_real_machine_from_the_package_to_the_alert() {
    let Some(machine) = Machine::boot() else { return };
    mail_server(&machine);
    let dir = machine.shared.path().join("clamd");
    fs::create_dir(&dir).unwrap();
    let conf = Clamd::configure(&dir, 3310, "User root");
    let clamd = || machine.serve("clamd", &["-c", conf.to_str().unwrap()], 3310);
    let running = clamd();
    ten_minutes(&machine);
    assert_eq!(
        machine.sh("systemctl is-active congthu.service congthu.socket"),
        "active\nactive\n"
    );
    let _prometheus = prometheus(&machine);
    mail_flows(&machine);

    let fires = "ALERTS{alertname=\"CongthuEngineDown\",alertstate=\"firing\"}";
    let up = |state| {
        let said = format!("congthu_engine_up is {state}");
        let seen = format!("=> {state}");
        eventually(&said, || ask(&machine, "congthu_engine_up").contains(&seen).then_some(()));
    };
    up(1);
    assert_eq!(ask(&machine, fires).trim(), "");
    drop(running);
    let waits = send(&machine, &letter_with(b"cong van khac"));
    assert!(waits.contains("451-4.7.1 ["), "{waits}");
    eventually("the alert", || ask(&machine, fires).contains("CongthuEngineDown").then_some(()));
    up(0);
    let _again = clamd();
    up(1);
}

/// A letter arrives as it was sent, a virus is refused, and fail2ban would count who brought it.
fn mail_flows(machine: &Machine) {
    let letter = letter_with(b"cong van");
    let reply = send(machine, &letter);
    assert!(reply.contains("250 2.0.0"), "{reply}\n{}", machine.journal());
    let arrived = eventually("the letter", || {
        let mail = machine.try_sh("cat /var/mail/vanthu").stdout;
        (!mail.is_empty()).then(|| String::from_utf8(mail).unwrap())
    });
    assert!(
        arrived.replace('\n', "\r\n").contains(std::str::from_utf8(&letter).unwrap()),
        "{arrived}"
    );
    let virus = send(machine, &letter_with(EICAR.as_bytes()));
    assert!(virus.contains("550-5.7.1 ["), "{virus}");
    let journal = machine.shared.path().join("journal.log");
    fs::write(&journal, machine.sh("journalctl -u congthu -o short-iso --no-pager")).unwrap();
    assert_eq!(super::bans::counted(&journal), ["127.0.0.1"]);
}

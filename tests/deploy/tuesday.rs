//! From a machine with nothing to an alert: the package is installed, Postfix is put around it by the
//! README's own lines, mail flows, a virus is refused, the engine is stopped and Prometheus tells.

use super::package::package;
use crate::support::{Clamd, EICAR, Machine, eventually, letter_with, readme};
use std::fs;
use std::process::Output;

const TO: &str = "vanthu@tiengiang.gov.vn";

/// Puts the package on a machine: what an administrator types.
pub fn install(machine: &Machine) {
    fs::copy(package(), machine.shared.path().join("congthu.deb")).unwrap();
    machine.sh("apt-get install -y /host/congthu.deb");
}

/// The README's lines, in the files where it says.
fn postfix(machine: &Machine) {
    fs::write(machine.shared.path().join("master.cf"), readme("master.cf")).unwrap();
    machine.sh(
        "useradd --create-home vanthu && sed -i '/^smtp *inet/d' /etc/postfix/master.cf && \
         cat /host/master.cf >>/etc/postfix/master.cf && postconf -e message_size_limit=90000000 \
         mydestination=tiengiang.gov.vn smtpd_peername_lookup=no smtp_dns_support_level=disabled && \
         systemctl restart postfix",
    );
}

/// The package's configuration with the README's `[smtp]` and an engine.
fn congthu(machine: &Machine) {
    let shipped = machine.sh("cat /etc/congthu/congthu.toml");
    let (_, rest) = shipped.split_once("\n[http]\n").unwrap();
    let engine = "[engine.clamav]\naddress = \"127.0.0.1:3310\"\n";
    let config = format!("{}\n{engine}\n[http]\n{rest}", readme("toml"));
    fs::write(machine.shared.path().join("congthu.toml"), config).unwrap();
    machine.sh("cp /host/congthu.toml /etc/congthu/congthu.toml && systemctl restart congthu");
}

fn send(machine: &Machine, letter: &[u8]) -> String {
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
    install(&machine);
    assert_eq!(
        machine.sh("systemctl is-active congthu.service congthu.socket"),
        "active\nactive\n"
    );
    postfix(&machine);
    let dir = machine.shared.path().join("clamd");
    fs::create_dir(&dir).unwrap();
    let conf = Clamd::configure(&dir, 3310, "User root");
    let clamd = machine.serve("clamd", &["-c", conf.to_str().unwrap()], 3310);
    congthu(&machine);
    let _prometheus = prometheus(&machine);

    let letter = letter_with(b"cong van");
    let reply = send(&machine, &letter);
    assert!(reply.contains("250 2.0.0"), "{reply}\n{}", machine.journal());
    let arrived = eventually("the letter", || {
        let mail = machine.try_sh("cat /var/mail/vanthu").stdout;
        (!mail.is_empty()).then(|| String::from_utf8(mail).unwrap())
    });
    assert!(
        arrived.replace('\n', "\r\n").contains(std::str::from_utf8(&letter).unwrap()),
        "{arrived}"
    );
    let virus = send(&machine, &letter_with(EICAR.as_bytes()));
    assert!(virus.contains("550-5.7.1 ["), "{virus}");
    let journal = machine.shared.path().join("journal.log");
    fs::write(&journal, machine.sh("journalctl -u congthu -o short-iso --no-pager")).unwrap();
    assert_eq!(super::bans::counted(&journal), ["127.0.0.1"]);

    let fires = "ALERTS{alertname=\"CongthuEngineDown\",alertstate=\"firing\"}";
    eventually("a scrape", || (ask(&machine, "congthu_engine_up").contains("=> 1")).then_some(()));
    assert_eq!(ask(&machine, fires).trim(), "");
    drop(clamd);
    let waits = send(&machine, &letter_with(b"cong van khac"));
    assert!(waits.contains("451-4.7.1 ["), "{waits}");
    eventually("the alert", || ask(&machine, fires).contains("CongthuEngineDown").then_some(()));
}

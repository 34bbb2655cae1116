//! The package on a real systemd: what it may do, how it restarts, what an update leaves alone, and
//! what is left of it at the end.

use super::package::package;
use super::tuesday::{install, send};
use crate::support::{EICAR, GTUBE, Machine, block, eventually, letter, letter_with};
use std::fs;
use std::process::Command;

/// Greetings of this many connections, one after another, or `refused`.
const KNOCKS: &str = "for i in $(seq 60); do \
    if exec 3<>/dev/tcp/127.0.0.1/2525; then read -t 90 -u 3 line; echo \"$line\"; exec 3>&-; \
    else echo refused; fi; sleep 0.05; done 2>/dev/null";

/// Runs this while clients knock; nobody is refused.
fn while_clients_knock(machine: &Machine, script: &str) -> String {
    let mut greetings = String::new();
    let mut said = String::new();
    std::thread::scope(|scope| {
        let knocking = scope.spawn(|| machine.sh(KNOCKS));
        said = machine.sh(script);
        greetings = knocking.join().unwrap();
    });
    let odd: Vec<&str> =
        greetings.lines().filter(|l| !l.starts_with("220 ") && !l.starts_with("421 ")).collect();
    assert!(odd.is_empty(), "{greetings}");
    assert_eq!(greetings.lines().count(), 60);
    said
}

/// The same package, one version on: another shipped rule file, another shipped configuration.
fn next_version(machine: &Machine) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    let run = |command: &mut Command| assert!(command.status().unwrap().success(), "{command:?}");
    run(Command::new("dpkg-deb").arg("-R").arg(package()).arg(&root));
    for file in ["etc/congthu/congthu.toml", "etc/congthu/rules/base.toml"] {
        let path = root.join(file);
        fs::write(&path, fs::read_to_string(&path).unwrap() + "\n# of the next version\n").unwrap();
    }
    let control = root.join("DEBIAN/control");
    let text = fs::read_to_string(&control).unwrap();
    fs::write(&control, text.replace("\nVersion: ", "\nVersion: 1:")).unwrap();
    let deb = machine.shared.path().join("next.deb");
    run(Command::new("dpkg-deb")
        .args(["-Zgzip", "-z1", "--root-owner-group", "-b"])
        .arg(&root)
        .arg(deb));
}

/// What the kernel says of the gate's process.
fn is_confined(machine: &Machine) {
    let status = machine.sh("cat /proc/$(systemctl show -P MainPID congthu)/status");
    for line in
        ["CapBnd:\t0000000000000000", "CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"]
    {
        assert!(status.contains(line), "{line} in\n{status}");
    }
    assert!(!status.contains("\nUid:\t0\t"), "{status}");
    // The children that read 7z, RAR and PDF start under all that.
    let log = machine.sh("journalctl -u congthu --no-pager");
    assert!(!log.contains("does not read files"), "{log}");
    machine.sh("grep -lz '^worker$' /proc/[0-9]*/cmdline 2>/dev/null | grep -q cmdline");
}

/// Other ports, by the lines of `deploy/README.md`; and a configuration that is not understood.
fn takes_other_ports(machine: &Machine) {
    machine.sh("systemctl stop postfix && mkdir -p /etc/systemd/system/congthu.socket.d && \
         printf '[Socket]\\nListenStream=\\nListenStream=25\\n' >/etc/systemd/system/congthu.socket.d/override.conf && \
         cp /etc/congthu/congthu.toml /root && \
         printf '[milter]\\nlisten = \"127.0.0.1:2526\"\\n' >>/etc/congthu/congthu.toml && systemctl enable congthu-milter.socket && \
         systemctl daemon-reload && systemctl stop congthu && \
         systemctl restart congthu.socket congthu-milter.socket && systemctl start congthu");
    let greeting = machine.sh("exec 3<>/dev/tcp/127.0.0.1/25; read -u 3 line; echo \"$line\"");
    // There is no next hop yet, which it may not know by then.
    assert!(greeting.starts_with("220 ") || greeting.starts_with("421 4.3.2 "), "{greeting}");
    machine.sh("exec 3<>/dev/tcp/127.0.0.1/2526");
    machine.sh("echo wrong >>/etc/congthu/congthu.toml");
    // It stays down by its exit status, not by the number of starts.
    machine.sh("systemctl reset-failed congthu");
    let restart = "systemctl restart congthu || systemctl is-failed congthu";
    eventually("no more tries", || (machine.try_sh(restart).stdout == b"failed\n").then_some(()));
    assert!(machine.journal().contains("congthu.toml:"), "{}", machine.journal());
    machine.sh("cp /root/congthu.toml /etc/congthu && rm /root/congthu.toml && \
         systemctl disable --now congthu-milter.socket && rm -r /etc/systemd/system/congthu.socket.d && \
         systemctl daemon-reload && systemctl reset-failed && systemctl restart congthu.socket && \
         systemctl start congthu");
}

/// A real Postfix in its chroot asks over a socket file that nobody else may open.
fn is_asked_over_a_socket_file(machine: &Machine) {
    let unit = block("deploy/README.md", "ini socket file");
    fs::write(machine.shared.path().join("override.conf"), unit).unwrap();
    machine.sh(
        "mkdir -p /etc/systemd/system/congthu-milter.socket.d && \
         cp /host/override.conf /etc/systemd/system/congthu-milter.socket.d && \
         sed -i 's|^listen = .*2526.*|listen = \"unix:/var/spool/postfix/congthu/milter.sock\"|' /etc/congthu/congthu.toml && \
         systemctl daemon-reload && systemctl stop congthu && \
         systemctl restart congthu-milter.socket && systemctl start congthu && \
         postconf -e smtpd_milters=unix:congthu/milter.sock milter_default_action=tempfail \
         mydestination=tiengiang.gov.vn smtpd_peername_lookup=no smtp_dns_support_level=disabled \
         alias_maps= local_recipient_maps= && systemctl start postfix",
    );
    let socket = "stat -c '%U %a' /var/spool/postfix/congthu/milter.sock";
    assert_eq!(machine.sh(socket), "postfix 600\n");
    let refused = send(machine, &letter_with(EICAR.as_bytes()));
    assert!(refused.contains("550-5.7.1 ["), "{refused}\n{}", machine.journal());
    machine.sh("systemctl stop postfix && postconf -e smtpd_milters= && \
         rm -r /etc/systemd/system/congthu-milter.socket.d && systemctl daemon-reload && \
         systemctl stop congthu congthu-milter.socket && rm -r /var/spool/postfix/congthu");
}

/// The milter door and no other, by the line of the guide; and back.
fn is_asked_by_milter_alone(machine: &Machine) {
    let guide = fs::read_to_string("deploy/README.md").unwrap();
    let (_, row) = guide.split_once("\n| be asked by milter alone").unwrap();
    let line = row.split('`').find(|words| words.contains(" && ")).unwrap();
    machine.sh(
        "cp /etc/congthu/congthu.toml /root && sed -i 's/^listen = .*2525.*/listen = []/' /etc/congthu/congthu.toml && \
         printf '[milter]\\nlisten = \"127.0.0.1:2526\"\\n' >>/etc/congthu/congthu.toml",
    );
    machine.sh(line);
    machine.sh("exec 3<>/dev/tcp/127.0.0.1/2526 && systemctl is-active congthu");
    assert!(!machine.try_sh("exec 3<>/dev/tcp/127.0.0.1/2525").status.success());
    is_asked_over_a_socket_file(machine);
    machine.sh("cp /root/congthu.toml /etc/congthu && rm /root/congthu.toml && \
         systemctl disable --now congthu-milter.socket && \
         systemctl stop congthu && systemctl enable --now congthu.socket && systemctl start congthu");
}

/// A letter for a person, kept by the gate with the package's own configuration.
fn keep_one(machine: &Machine) {
    // The default next hop; it takes everything, in the machine's network.
    fs::write(machine.shared.path().join("kept.eml"), letter(GTUBE)).unwrap();
    machine.sh("postconf -e mydestination=tiengiang.gov.vn smtpd_peername_lookup=no && \
         printf '127.0.0.1:10026 inet n - n - - smtpd\\n  -o smtpd_authorized_xforward_hosts=127.0.0.1\\n' \
         >>/etc/postfix/master.cf && useradd vanthu && systemctl restart postfix");
    eventually("the next hop", || {
        let mut swaks = machine.beside("swaks");
        swaks.args([
            "--server",
            "127.0.0.1:2525",
            "--to",
            "vanthu@tiengiang.gov.vn",
            "--from",
            "a@mail.example",
        ]);
        swaks.arg("--data").arg(format!("@{}", machine.shared.path().join("kept.eml").display()));
        swaks.output().unwrap().status.success().then_some(())
    });
    let list = machine
        .sh("setpriv --reuid congthu --regid congthu --clear-groups congthu quarantine list");
    assert!(list.contains("spam.score"), "{list}");
}

#[test]
fn a_real_machine_restarts_upgrades_and_purges_the_package() {
    let Some(machine) = Machine::boot() else { return };
    install(&machine);
    is_confined(&machine);
    while_clients_knock(&machine, "systemctl restart congthu; systemctl restart congthu");
    machine.sh("systemctl reload congthu");
    eventually("the end of the reload", || {
        (machine.sh("systemctl is-active congthu") == "active\n").then_some(())
    });

    takes_other_ports(&machine);
    is_asked_by_milter_alone(&machine);

    // Both would be asked about if an update wanted to overwrite them.
    let mine = "[limits]\nline = 900\n";
    fs::write(machine.shared.path().join("local.toml"), mine).unwrap();
    machine.sh("cp /host/local.toml /etc/congthu/rules/local/base.toml; echo '# mine' >>/etc/congthu/congthu.toml");
    next_version(&machine);
    let update = "apt-get install -y -o Dpkg::Options::=--force-confold /host/next.deb";
    while_clients_knock(&machine, update);
    assert_eq!(machine.sh("cat /etc/congthu/rules/local/base.toml"), mine);
    assert!(machine.sh("cat /etc/congthu/congthu.toml").ends_with("# mine\n"));
    assert!(machine.sh("cat /etc/congthu/rules/base.toml").ends_with("# of the next version\n"));
    assert_eq!(
        machine.sh("systemctl is-active congthu.service congthu.socket"),
        "active\nactive\n"
    );

    keep_one(&machine);
    let said = machine.sh("apt-get purge -y congthu");
    assert!(said.contains("/var/lib/congthu/quarantine holds letters"), "{said}");
    machine.sh("rm -r /var/lib/congthu && apt-get install -y /host/congthu.deb && apt-get purge -y congthu");
    let left = machine.sh(
        "find / -xdev -iname '*congthu*' -not -path '/host*' -not -path '/sys/*' -not -path '/proc/*' \
         -not -path '/var/lib/systemd/*'",
    );
    assert_eq!(left, "");
    assert!(!machine.try_sh("exec 3<>/dev/tcp/127.0.0.1/2525").status.success());
}

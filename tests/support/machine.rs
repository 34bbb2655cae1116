//! A machine with nothing: Debian 12 from debootstrap, with systemd as its first process and a
//! network of its own, in namespaces. `tests/install.sh` makes the tree; what a test writes into it
//! stays in memory and is gone with it.

use super::eventually;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// The tree that every machine starts from.
const TREE: &str = "/var/cache/congthu-debian";

/// What `machine.sh` needs of this host.
const PROBE: &str = "set -e; mount --make-rprivate /; mount -t tmpfs probe /mnt; cd /mnt; \
    mkdir upper work root; mount -t overlay -o lowerdir=/usr,upperdir=upper,workdir=work probe root; \
    mount -t cgroup2 cgroup2 root; mkdir root/congthu-probe-$PPID-$$; rmdir root/congthu-probe-$PPID-$$";

/// A running machine.
pub struct Machine {
    unshare: Child,
    /// Its first process, as we number it.
    init: String,
    /// A folder that is `/host` in the machine.
    pub shared: TempDir,
}

/// A program of ours in the machine's network, ended with its handle.
pub struct Guest(pub Child);

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Machine {
    /// Boots one. `None`, with the reason, where namespaces are not allowed or the tree is missing.
    pub fn boot() -> Option<Machine> {
        const SPACES: [&str; 6] = ["--mount", "--pid", "--fork", "--uts", "--ipc", "--net"];
        if !Path::new(TREE).exists() {
            println!("skipped: no {TREE}, see tests/install.sh");
            return None;
        }
        let able = Command::new("unshare").args(SPACES).args(["sh", "-c", PROBE]).output().unwrap();
        if !able.status.success() {
            let why = String::from_utf8_lossy(&able.stderr).into_owned();
            println!("skipped: a machine needs namespaces, mounts and cgroups of its own: {why}");
            return None;
        }
        let shared = tempfile::Builder::new().prefix("congthu-machine-").tempdir().unwrap();
        let log = fs::File::create(shared.path().join("boot.log")).unwrap();
        let mut unshare = Command::new("setpriv");
        unshare.args(["--pdeathsig", "KILL", "--", "unshare", "--kill-child"]).args(SPACES);
        unshare.args(["tests/support/machine.sh", TREE]).arg(shared.path());
        unshare.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let unshare = unshare.spawn().unwrap();
        let init = eventually("its first process", || child_of(unshare.id()));
        let machine = Machine { unshare, init, shared };
        eventually("systemd", || {
            let boot = fs::read_to_string(machine.shared.path().join("boot.log")).unwrap();
            assert!(boot.is_empty(), "{boot}");
            let state = machine.try_sh("systemctl is-system-running 2>/dev/null");
            matches!(state.stdout.as_slice(), b"running\n" | b"degraded\n").then_some(())
        });
        Some(machine)
    }

    /// Runs a script in it, whatever comes of it.
    pub fn try_sh(&self, script: &str) -> Output {
        let mut enter = Command::new("nsenter");
        enter.args(["-t", &self.init, "-m", "-p", "-u", "-i", "-n", "-C", "bash", "-c", script]);
        enter.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").current_dir("/");
        enter.env("DEBIAN_FRONTEND", "noninteractive").output().unwrap()
    }

    /// Runs one that must succeed; what it said.
    pub fn sh(&self, script: &str) -> String {
        let output = self.try_sh(script);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{said}{complained}{}", self.journal());
        said + &complained
    }

    /// A program of this host that sees the machine's network.
    pub fn beside(&self, program: &str) -> Command {
        let mut enter = Command::new("nsenter");
        enter.args(["-t", &self.init, "-n", "setpriv", "--pdeathsig", "KILL", "--", program]);
        enter
    }

    /// Starts one, and waits for its port.
    pub fn serve(&self, program: &str, arguments: &[&str], port: u16) -> Guest {
        let log = fs::File::create(self.shared.path().join(format!("{program}.log"))).unwrap();
        let mut command = self.beside(program);
        command.args(arguments).stdout(log.try_clone().unwrap()).stderr(log);
        let mut guest = Guest(command.spawn().unwrap());
        eventually(program, || {
            assert!(guest.0.try_wait().unwrap().is_none(), "{program} ended");
            let open = self.try_sh(&format!("exec 3<>/dev/tcp/127.0.0.1/{port}"));
            open.status.success().then_some(())
        });
        guest
    }

    /// The end of its journal.
    pub fn journal(&self) -> String {
        let end = self.try_sh("journalctl --no-pager -n 60");
        String::from_utf8_lossy(&end.stdout).into_owned()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.journal());
        }
        let _ = self.unshare.kill();
        let _ = self.unshare.wait();
        // Its first process may be a moment behind, and the groups of its processes with it.
        let name = self.shared.path().file_name().unwrap().display().to_string();
        for top in ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"] {
            let group = format!("{top}/congthu-{name}");
            if Path::new(&group).exists() {
                let gone = format!(
                    "for i in $(seq 100); do find {group} -depth -type d -exec rmdir {{}} + 2>/dev/null; \
                     [ -e {group} ] || exit 0; sleep 0.02; done"
                );
                let _ = Command::new("bash").args(["-c", &gone]).status();
            }
        }
    }
}

fn child_of(parent: u32) -> Option<String> {
    let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    children.split_whitespace().next().map(str::to_owned)
}

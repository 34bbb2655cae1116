//! A service manager for tests: it hears what the gate says of itself, and starts it through
//! systemd's own `systemd-socket-activate`.

use crate::support::eventually;
use std::fs;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;
use tempfile::TempDir;

/// The manager, and the folder in which its gate runs.
pub struct Manager {
    pub dir: TempDir,
    notify: UnixDatagram,
}

/// A gate, ended with the test.
pub struct Running(pub Child);

impl Running {
    pub fn signal(&self, signal: &str) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    }

    pub fn wait(&mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Manager {
    /// With this configuration for its gate.
    pub fn new(config: &str) -> Manager {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("congthu.toml"), config).unwrap();
        let notify = UnixDatagram::bind(dir.path().join("notify")).unwrap();
        notify.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Manager { dir, notify }
    }

    /// Starts the gate itself.
    pub fn start(&self) -> Running {
        let mut gate = Command::new(env!("CARGO_BIN_EXE_congthu"));
        gate.arg("serve");
        self.spawn(&mut gate)
    }

    /// The same, with signs of life expected in each such time.
    pub fn start_watched(&self, patience: Duration) -> Running {
        let mut gate = Command::new(env!("CARGO_BIN_EXE_congthu"));
        gate.arg("serve").env("WATCHDOG_USEC", patience.as_micros().to_string());
        self.spawn(&mut gate)
    }

    /// Starts it through systemd's tool, which opens these sockets and waits for a connection.
    pub fn activate(&self, sockets: &[(&str, &str)]) -> Running {
        let mut tool = Command::new("systemd-socket-activate");
        for (name, address) in sockets {
            tool.arg(format!("--listen={address}")).arg(format!("--fdname={name}"));
        }
        tool.args(["-E", "NOTIFY_SOCKET", "--", env!("CARGO_BIN_EXE_congthu"), "serve"]);
        self.spawn(&mut tool)
    }

    /// The same with a socket that outlives the gate: the tool takes what it is given itself.
    pub fn hand_over(&self, listener: &TcpListener) -> Running {
        let line = format!(
            "exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec systemd-socket-activate \
             --fdname=smtp -E NOTIFY_SOCKET -- {} serve",
            env!("CARGO_BIN_EXE_congthu")
        );
        let mut shell = Command::new("bash");
        shell.args(["-c", &line]).stdin(OwnedFd::from(listener.try_clone().unwrap()));
        self.spawn(&mut shell)
    }

    fn spawn(&self, command: &mut Command) -> Running {
        let output = fs::File::create(self.dir.path().join("output.log")).unwrap();
        command.current_dir(self.dir.path()).env("NOTIFY_SOCKET", self.dir.path().join("notify"));
        command.stdout(output.try_clone().unwrap()).stderr(output);
        Running(command.spawn().unwrap())
    }

    /// The next thing that is said: lines of `NAME=value`.
    pub fn hear(&self) -> Vec<String> {
        let mut said = [0; 4096];
        let length = self.notify.recv(&mut said).unwrap();
        String::from_utf8_lossy(&said[..length]).lines().map(str::to_owned).collect()
    }

    /// Listens until this is said.
    pub fn await_word(&self, word: &str) -> Vec<String> {
        loop {
            let said = self.hear();
            if said.iter().any(|line| line == word) {
                return said;
            }
        }
    }

    /// Whether nothing like this was said until now.
    pub fn never_heard(&self, word: &str) -> bool {
        self.notify.set_nonblocking(true).unwrap();
        let mut said = [0; 4096];
        while let Ok(length) = self.notify.recv(&mut said) {
            if String::from_utf8_lossy(&said[..length]).lines().any(|line| line == word) {
                return false;
            }
        }
        true
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("output.log")).unwrap()
    }
}

/// Waits until somebody listens there; on a path or on a port.
pub fn listens(path: &Path) {
    eventually("a socket", || path.exists().then_some(()));
}

//! Listeners that the service manager holds and hands over (sd_listen_fds(3)). Each takes the place
//! of the configured ones of its door: a port below 1024 needs no capability of ours, and during a
//! restart clients wait in the manager's queue and are not refused.

use listenfd::ListenFd;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;

/// What was handed over, by the names of the sockets (`FileDescriptorName=`).
#[derive(Debug, Default)]
pub struct Held {
    /// `smtp`
    pub smtp: Vec<TcpListener>,
    /// `milter`, on a port.
    pub milter: Vec<TcpListener>,
    /// `milter`, in the file system.
    pub milter_unix: Vec<UnixListener>,
    /// `http`
    pub http: Vec<TcpListener>,
}

impl Held {
    /// Takes what this process was given; before there are threads, since it takes the variables
    /// out of the environment that children get.
    pub fn take() -> Result<Held, String> {
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let names: Vec<&str> = names.split(':').collect();
        let mut all = ListenFd::from_env();
        let mut held = Held::default();
        for at in 0..all.len() {
            let name = names.get(at).copied().unwrap_or_default();
            held.one(&mut all, at, name).map_err(|problem| {
                format!("socket {at} of the service manager, named `{name}`: {problem}")
            })?;
        }
        Ok(held)
    }

    fn one(&mut self, all: &mut ListenFd, at: usize, name: &str) -> Result<(), String> {
        let of_file =
            if name == "milter" { all.take_unix_listener(at).ok().flatten() } else { None };
        if let Some(listener) = of_file {
            listener.set_nonblocking(true).map_err(|error| error.to_string())?;
            self.milter_unix.push(listener);
            return Ok(());
        }
        let door = match name {
            "smtp" => &mut self.smtp,
            "milter" => &mut self.milter,
            "http" => &mut self.http,
            _ => return Err("no door has it: FileDescriptorName= is smtp, milter or http".into()),
        };
        let listener = all.take_tcp_listener(at).map_err(|error| error.to_string())?;
        let listener = listener.ok_or("it was taken already")?;
        listener.set_nonblocking(true).map_err(|error| error.to_string())?;
        door.push(listener);
        Ok(())
    }
}

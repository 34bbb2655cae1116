//! The milter listeners, inet and unix: a place for each connection, and an end in order.

use super::super::door::Door;
use super::super::limit::Place;
use super::super::socket::{Socket, Stream};
use super::DOOR;
use super::session::Session;
use crate::config;
use crate::metrics;

use std::fs::{self, Permissions};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Listeners, bound and not yet served.
pub struct Milter {
    listeners: Vec<Listener>,
}

enum Listener {
    Inet(TcpListener),
    /// With its file, where it is ours.
    Unix(UnixListener, Option<SocketFile>),
}

/// A socket's name in the file system, taken away with its listener.
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Milter {
    /// Binds all addresses; an error names the one that cannot be bound.
    pub async fn bind(config: Option<&config::Milter>) -> io::Result<Milter> {
        let mut listeners = Vec::new();
        for address in config.into_iter().flat_map(|config| config.listen.all()) {
            let named = |error: io::Error| {
                io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
            };
            let mode = config.map_or(0o600, config::Milter::permissions);
            listeners.push(match address.strip_prefix("unix:") {
                Some(path) => bind_unix(Path::new(path), mode).map_err(named)?,
                None => Listener::Inet(TcpListener::bind(address).await.map_err(named)?),
            });
        }
        Ok(Milter { listeners })
    }

    /// Around listeners that are bound already, and do not block.
    pub fn around(
        inet: Vec<std::net::TcpListener>,
        unix: Vec<std::os::unix::net::UnixListener>,
    ) -> io::Result<Milter> {
        let inet = inet.into_iter().map(|l| Ok(Listener::Inet(TcpListener::from_std(l)?)));
        let unix = unix.into_iter().map(|l| Ok(Listener::Unix(UnixListener::from_std(l)?, None)));
        Ok(Milter { listeners: inet.chain(unix).collect::<io::Result<_>>()? })
    }

    /// Where it listens, for people.
    pub fn names(&self) -> Vec<String> {
        self.listeners.iter().map(Listener::name).collect()
    }

    /// The addresses among them.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let address = |listener: &Listener| match listener {
            Listener::Inet(listener) => listener.local_addr().ok(),
            Listener::Unix(..) => None,
        };
        self.listeners.iter().filter_map(address).collect()
    }

    /// Serves until `stop`, then until every message on its way has its answer or `grace` is over.
    /// Connections between messages are closed: the mail server tells its client to come back.
    pub async fn serve(self, door: Arc<Door>, stop: CancellationToken, grace: Duration) {
        let sessions = TaskTracker::new();
        for listener in self.listeners {
            tokio::spawn(accept(listener, door.clone(), stop.clone(), sessions.clone()));
        }
        stop.cancelled().await;
        sessions.close();
        if timeout(grace, sessions.wait()).await.is_err() {
            tracing::warn!(connections = sessions.len(), "Mail servers were cut off at shutdown.");
        }
    }
}

impl Listener {
    fn name(&self) -> String {
        match self {
            Listener::Inet(listener) => {
                listener.local_addr().map_or_else(|error| error.to_string(), |at| at.to_string())
            }
            Listener::Unix(_, Some(file)) => format!("unix:{}", file.0.display()),
            Listener::Unix(listener, None) => {
                let address = listener.local_addr().ok();
                let path = address.as_ref().and_then(|address| address.as_pathname());
                path.map_or_else(|| "unix".to_owned(), |path| format!("unix:{}", path.display()))
            }
        }
    }

    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            Listener::Inet(listener) => {
                let (stream, _) = listener.accept().await?;
                // A response is one small segment and waited for: Nagle only delays.
                let _ = stream.set_nodelay(true);
                Ok(Box::new(stream))
            }
            Listener::Unix(listener, _) => Ok(Box::new(listener.accept().await?.0)),
        }
    }
}

/// Binds beside its place and moves there, so that at no moment somebody else may connect, and what
/// a crash left behind is replaced. A socket that somebody listens on is left alone.
fn bind_unix(path: &Path, mode: u32) -> io::Result<Listener> {
    if let Ok(there) = path.symlink_metadata() {
        if !there.file_type().is_socket() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "it is there and no socket"));
        }
        if UnixStream::connect(path).is_ok() {
            return Err(io::Error::new(io::ErrorKind::AddrInUse, "somebody listens there already"));
        }
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = SocketFile(beside.into());
    let _ = fs::remove_file(&beside.0);
    let listener = UnixListener::bind(&beside.0)?;
    fs::set_permissions(&beside.0, Permissions::from_mode(mode))?;
    fs::rename(&beside.0, path)?;
    Ok(Listener::Unix(listener, Some(SocketFile(path.to_owned()))))
}

async fn accept(
    listener: Listener,
    door: Arc<Door>,
    stop: CancellationToken,
    sessions: TaskTracker,
) {
    let mut pause = Duration::ZERO;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok(stream) => {
                pause = Duration::ZERO;
                welcome(stream, &door, &stop, &sessions);
            }
            Err(error) => {
                // Out of descriptors: a busy loop would not free any.
                pause = (pause * 2).clamp(Duration::from_millis(10), Duration::from_secs(1));
                tracing::error!(%error, "Cannot accept a connection.");
                sleep(pause).await;
            }
        }
    }
}

/// Nothing can be said to a mail server before it has said something: over the limit it finds the
/// connection closed, and tells its client to come back.
fn welcome(
    stream: Box<dyn Stream>,
    door: &Arc<Door>,
    stop: &CancellationToken,
    sessions: &TaskTracker,
) {
    match door.sessions.enter(None) {
        Ok(place) => {
            sessions.spawn(attend(stream, door.clone(), stop.clone(), place));
        }
        Err(full) => {
            metrics::turned_away(full.name());
            tracing::warn!(limit = full.name(), "A mail server's connection was closed.");
        }
    }
}

async fn attend(stream: Box<dyn Stream>, door: Arc<Door>, stop: CancellationToken, _place: Place) {
    let _counted = metrics::session(DOOR);
    Session::new(door, Socket::new(stream), stop).run().await;
}

//! Listeners: whether the gate could bind each, and who has it otherwise.

use super::report::Line;
use crate::command::host;
use crate::command::peer::{self, Peer};
use crate::config::Config;
use crate::relay::Target;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use tokio::net::TcpListener;

const CHECK: &str = "listener";

/// Looks at the doors and the pages.
pub(super) async fn look(config: &Config) -> Vec<Line> {
    let mut lines = Vec::new();
    for listen in &config.smtp.listen {
        lines.push(inet("[smtp]", listen, Some(Peer::Smtp)).await);
    }
    let milter = config.milter.iter().flat_map(|milter| milter.listen.all());
    for listen in milter {
        lines.push(match listen.strip_prefix("unix:") {
            Some(path) => socket(Path::new(path)).await,
            None => inet("[milter]", listen, Some(Peer::Milter)).await,
        });
    }
    lines.push(inet("[http]", &config.http.listen, None).await);
    lines
}

async fn inet(door: &str, listen: &str, wanted: Option<Peer>) -> Line {
    let about = format!("{door} {listen}");
    // As the gate binds it, SO_REUSEADDR included.
    let error = match TcpListener::bind(listen).await {
        Ok(_) => return Line::ok(CHECK, about, "can be bound; no gate is running there"),
        Err(error) => error,
    };
    match error.kind() {
        io::ErrorKind::AddrInUse => taken(about, listen, wanted).await,
        io::ErrorKind::AddrNotAvailable => Line::fault(
            CHECK,
            about,
            "this host has no such address",
            "name one of `ip address`, or 0.0.0.0 for all",
        ),
        io::ErrorKind::PermissionDenied => Line::warning(
            CHECK,
            about,
            "this user may not bind it",
            "ports below 1024 need CAP_NET_BIND_SERVICE, or a socket of systemd",
        ),
        _ => Line::fault(CHECK, about, error, "name another address"),
    }
}

async fn taken(about: String, listen: &str, wanted: Option<Peer>) -> Line {
    let Ok(address) = listen.parse::<SocketAddr>() else {
        return Line::fault(CHECK, about, "taken", "name another port");
    };
    let owner = host::owner(address.port());
    if owner.as_deref() == Some("congthu") {
        return Line::ok(CHECK, about, "the gate is running");
    }
    let near = match address.ip().is_unspecified() {
        true => SocketAddr::from(([127, 0, 0, 1], address.port())),
        false => address,
    };
    let peer = peer::identify(&Target::Tcp(near.to_string())).await;
    let who = owner.as_ref().map_or_else(String::new, |name| format!(" by {name}"));
    let found = format!("taken{who}; {peer}");
    match wanted {
        // Another user's process has no name for us: the gate itself, most likely.
        Some(wanted) if peer == wanted && owner.is_none() => {
            let advice = "if that is not the gate, it cannot start: ss -ltnp";
            Line::warning(CHECK, about, found, advice)
        }
        _ => Line::fault(CHECK, about, found, "stop that, or name another port"),
    }
}

/// A socket of the milter door.
async fn socket(path: &Path) -> Line {
    let about = format!("[milter] unix:{}", path.display());
    if let Ok(metadata) = path.symlink_metadata() {
        if !metadata.file_type().is_socket() {
            let advice = "take it away, or name another path";
            return Line::fault(CHECK, about, "something that is no socket is there", advice);
        }
        let peer = peer::identify(&Target::Unix(path.to_owned())).await;
        return match peer {
            Peer::Milter => Line::ok(CHECK, about, "a milter is running there"),
            // What a crash left is taken over at the start.
            Peer::Nobody(_) => Line::ok(CHECK, about, "nobody listens; it is made anew"),
            other => Line::fault(CHECK, about, format!("taken; {other}"), "name another path"),
        };
    }
    let above = path.parent().unwrap_or(Path::new("."));
    match tempfile::tempfile_in(above) {
        Ok(_) => Line::ok(CHECK, about, "can be made; no gate is running there"),
        Err(error) => {
            let found = format!("{} cannot be written: {error}", above.display());
            let advice = "make the folder, for the gate's user and the mail server's group";
            Line::fault(CHECK, about, found, advice)
        }
    }
}

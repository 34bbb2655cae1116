//! Who listens on this host, as far as this user may know: `/proc/net` names sockets, `/proc/PID/fd` whose
//! they are.

use std::collections::HashMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

/// Where something listens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Unix(PathBuf),
    Tcp(SocketAddr),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Unix(path) => write!(f, "unix:{}", path.display()),
            Place::Tcp(address) => write!(f, "{address}"),
        }
    }
}

/// All places with the name of the program there; one whose owner is not to be seen is left out.
pub(super) fn listening() -> Vec<(String, Place)> {
    let places = sockets();
    let mut all = Vec::new();
    let processes = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    for process in processes.map(|entry| entry.path()) {
        let Ok(name) = fs::read_to_string(process.join("comm")) else { continue };
        let files = fs::read_dir(process.join("fd")).into_iter().flatten().filter_map(Result::ok);
        for link in files.filter_map(|file| fs::read_link(file.path()).ok()) {
            let inode = link.to_str().and_then(|l| l.strip_prefix("socket:["));
            let inode = inode.and_then(|inode| inode.strip_suffix(']'));
            let place = inode.and_then(|inode| places.get(inode));
            all.extend(place.map(|place| (name.trim().to_owned(), place.clone())));
        }
    }
    all.sort();
    all.dedup();
    all
}

/// The program that listens on this port.
pub(super) fn owner(port: u16) -> Option<String> {
    let same = |place: &Place| matches!(place, Place::Tcp(address) if address.port() == port);
    listening().into_iter().find(|(_, place)| same(place)).map(|(name, _)| name)
}

/// Listening sockets by their inodes.
fn sockets() -> HashMap<String, Place> {
    let read = |table: &str| fs::read_to_string(table).unwrap_or_default();
    let mut all = HashMap::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        all.extend(read(table).lines().filter_map(inet));
    }
    all.extend(read("/proc/net/unix").lines().filter_map(unix));
    all
}

/// `sl local_address rem_address st … inode`; state 0A listens.
fn inet(line: &str) -> Option<(String, Place)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (address, port) = words.get(1)?.rsplit_once(':')?;
    if words.get(3) != Some(&"0A") {
        return None;
    }
    let port = u16::from_str_radix(port, 16).ok()?;
    let place = Place::Tcp(SocketAddr::new(ip(address)?, port));
    Some(((*words.get(9)?).to_owned(), place))
}

/// Words of 32 bits in hexadecimal, each in the order of this machine.
fn ip(text: &str) -> Option<IpAddr> {
    let word =
        |at: usize| u32::from_str_radix(text.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    match text.len() {
        8 => Some(IpAddr::V4(Ipv4Addr::from(word(0)?))),
        32 => {
            let mut octets = [0; 16];
            for (at, chunk) in octets.chunks_exact_mut(4).enumerate() {
                chunk.copy_from_slice(&word(at * 8)?);
            }
            Some(IpAddr::V6(Ipv6Addr::from(octets)).to_canonical())
        }
        _ => None,
    }
}

/// `Num RefCount Protocol Flags Type St Inode Path`; flag 10000 listens.
fn unix(line: &str) -> Option<(String, Place)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let path = words.get(7).filter(|path| path.starts_with('/'))?;
    let listens = words.get(3) == Some(&"00010000");
    listens.then(|| Some(((*words.get(6)?).to_owned(), Place::Unix(path.into()))))?
}

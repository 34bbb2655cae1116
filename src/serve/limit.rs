//! How many sessions at once, in all and from one client.
//!
//! IPv6 clients count by /64: one host has as many addresses there as it likes.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The counters. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Sessions(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    most_of_one: usize,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    of: HashMap<IpAddr, usize>,
}

/// A place; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Place {
    sessions: Sessions,
    client: Option<IpAddr>,
}

/// Which limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    All,
    Client,
}

impl Full {
    pub(super) fn name(self) -> &'static str {
        match self {
            Full::All => "connections",
            Full::Client => "per_client",
        }
    }
}

impl Sessions {
    pub(super) fn new(most: usize, most_of_one: usize) -> Sessions {
        Sessions(Arc::new(Inner { most, most_of_one, counts: Mutex::default() }))
    }

    /// A place for a session; `None`: a trusted peer, who speaks for many clients.
    pub(super) fn enter(&self, client: Option<IpAddr>) -> Result<Place, Full> {
        let client = client.map(network);
        let mut counts = self.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= self.0.most {
            return Err(Full::All);
        }
        if let Some(client) = client {
            let count = counts.of.entry(client).or_default();
            if *count >= self.0.most_of_one {
                return Err(Full::Client);
            }
            *count += 1;
        }
        counts.all += 1;
        Ok(Place { sessions: self.clone(), client })
    }
}

impl Place {
    /// The peer turned out to speak for this client, who counts from now on.
    pub(super) fn claim(&mut self, client: IpAddr) -> Result<(), Full> {
        let client = network(client);
        let mut counts = self.sessions.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.of.entry(client).or_default();
        if *count >= self.sessions.0.most_of_one {
            return Err(Full::Client);
        }
        *count += 1;
        self.client = Some(client);
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.sessions.0.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all = counts.all.saturating_sub(1);
        if let Some(client) = self.client {
            let left = counts.of.get_mut(&client).map(|count| {
                *count = count.saturating_sub(1);
                *count
            });
            if left == Some(0) {
                counts.of.remove(&client);
            }
        }
    }
}

/// The address, or the /64 that it is in.
pub(super) fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & !(u128::from(u64::MAX)))),
    }
}

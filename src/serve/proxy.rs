//! The SMTP listeners: a place for each session or 421, and an end in order.
//!
//! A full gate says so at once and closes: a client that is left waiting in the
//! backlog would take its time-out for ours.

use super::door::Door;
use super::limit::Place;
use super::session::Session;
use super::socket::Socket;
use crate::mail::Client;
use crate::metrics;
use crate::smtp::Reply;
use crate::verdict::Code;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Listeners, bound and not yet served.
pub struct Proxy {
    listeners: Vec<TcpListener>,
}

impl Proxy {
    /// Binds all addresses; an error names the one that cannot be bound.
    pub async fn bind(listen: &[String]) -> io::Result<Proxy> {
        let mut listeners = Vec::new();
        for address in listen {
            let named = |error: io::Error| {
                io::Error::new(error.kind(), format!("cannot listen on {address}: {error}"))
            };
            listeners.push(TcpListener::bind(address).await.map_err(named)?);
        }
        Ok(Proxy { listeners })
    }

    /// Around listeners that are bound already, and do not block.
    pub fn around(held: Vec<std::net::TcpListener>) -> io::Result<Proxy> {
        let listeners = held.into_iter().map(TcpListener::from_std).collect::<io::Result<_>>()?;
        Ok(Proxy { listeners })
    }

    /// Where it listens.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// Serves until `stop`, then until every session ended or `grace` is over. Sessions
    /// between messages are told 421, a message on its way is finished.
    pub async fn serve(self, door: Arc<Door>, stop: CancellationToken, grace: Duration) {
        let sessions = TaskTracker::new();
        let relays = !self.listeners.is_empty();
        for listener in self.listeners {
            let accepting = accept(listener, door.clone(), stop.clone(), sessions.clone());
            tokio::spawn(accepting);
        }
        if relays {
            let probing = async move { door.relay.watch().await };
            tokio::spawn(stop.clone().run_until_cancelled_owned(probing));
        }
        stop.cancelled().await;
        sessions.close();
        if timeout(grace, sessions.wait()).await.is_err() {
            tracing::warn!(sessions = sessions.len(), "Sessions were cut off at shutdown.");
        }
    }
}

async fn accept(
    listener: TcpListener,
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
            Ok((stream, peer)) => {
                pause = Duration::ZERO;
                welcome(stream, peer, &door, &stop, &sessions);
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

fn welcome(
    stream: TcpStream,
    peer: SocketAddr,
    door: &Arc<Door>,
    stop: &CancellationToken,
    sessions: &TaskTracker,
) {
    let ip = peer.ip().to_canonical();
    let trusted = door.trusts(ip);
    match door.sessions.enter((!trusted).then_some(ip)) {
        Ok(place) => {
            let peer = SocketAddr::new(ip, peer.port());
            // A session is some kilobytes, which `spawn` would move ten times.
            sessions.spawn(Box::pin(attend(stream, peer, door.clone(), stop.clone(), place)));
        }
        Err(full) => {
            metrics::turned_away(full.name());
            let reply = Reply::own(Code::CLOSING, "Too many connections, try again later");
            sessions.spawn(turn_away(stream, reply));
        }
    }
}

async fn attend(
    stream: TcpStream,
    peer: SocketAddr,
    door: Arc<Door>,
    stop: CancellationToken,
    place: Place,
) {
    // A reply is one small segment and waited for: Nagle only delays.
    let _ = stream.set_nodelay(true);
    let _counted = metrics::session("smtp");
    let client = Client { ip: Some(peer.ip()), port: Some(peer.port()), ..Client::default() };
    Session::new(door, Socket::new(Box::new(stream)), client, place, stop).run().await;
}

async fn turn_away(stream: TcpStream, reply: Reply) {
    let mut socket = Socket::new(Box::new(stream));
    reply.write(false, &mut socket.output);
    let _ = socket.flush(Instant::now() + Duration::from_secs(1)).await;
}

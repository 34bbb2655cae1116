//! What is known of a next hop: whether it is up, and what it offers.
//!
//! Health comes from real traffic. Only a next hop that is down is probed, so
//! a server that works never sees a connection without a letter.

use super::failure::Failure;
use super::route::NextHop;
use crate::metrics;
use crate::smtp::Extensions;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a failed handshake is remembered.
const SPARED: Duration = Duration::from_secs(3600);

/// What is known of a next hop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Nobody has spoken with it yet: taken for up.
    #[default]
    Unknown,
    /// The last dialogue began well; what it offered then, seen after TLS and XCLIENT.
    Up(Extensions),
    /// The last attempt failed, and why.
    Down(String),
}

/// A next hop with its health.
#[derive(Debug)]
pub struct Hop {
    /// As the configuration spells it: for logs and metrics.
    pub name: String,
    /// What it is.
    pub kind: NextHop,
    health: Mutex<Health>,
    /// Since when it is spoken with in the clear after a failed handshake.
    plain: Mutex<Option<Instant>>,
}

impl Hop {
    pub(super) fn new(text: &str) -> Result<Hop, String> {
        let kind = NextHop::parse(text)?;
        let (health, plain) = (Mutex::default(), Mutex::default());
        Ok(Hop { name: text.to_owned(), kind, health, plain })
    }

    /// What is known of it.
    pub fn health(&self) -> Health {
        self.look().clone()
    }

    /// Whether the last dialogue began well.
    pub fn is_up(&self) -> bool {
        matches!(*self.look(), Health::Up(_))
    }

    /// Whether the last attempt failed.
    pub fn is_down(&self) -> bool {
        matches!(*self.look(), Health::Down(_))
    }

    /// Whether nobody has spoken with it yet.
    pub fn is_unknown(&self) -> bool {
        matches!(*self.look(), Health::Unknown)
    }

    /// What it offers, if it is up.
    pub fn offers(&self) -> Option<Extensions> {
        match &*self.look() {
            Health::Up(offers) => Some(offers.clone()),
            Health::Unknown | Health::Down(_) => None,
        }
    }

    /// Whether a handshake failed within the last hour.
    pub(super) fn is_spared_tls(&self) -> bool {
        let plain = self.plain.lock().unwrap_or_else(PoisonError::into_inner);
        plain.is_some_and(|since| since.elapsed() < SPARED)
    }

    pub(super) fn spare_tls(&self) {
        *self.plain.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    pub(super) fn mark_up(&self, offers: &Extensions) {
        let mut health = self.look();
        if matches!(*health, Health::Down(_)) {
            tracing::info!(next_hop = self.name, "Next hop is up again.");
        }
        *health = Health::Up(offers.clone());
        metrics::next_hop_up(&self.name, true);
    }

    pub(super) fn mark_down(&self, failure: &Failure) {
        let mut health = self.look();
        if !matches!(*health, Health::Down(_)) {
            tracing::warn!(next_hop = self.name, %failure, "Next hop is down.");
        }
        *health = Health::Down(failure.to_string());
        metrics::next_hop_up(&self.name, false);
    }

    fn look(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

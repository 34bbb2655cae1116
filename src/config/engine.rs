//! `[engine.*]`: where the engines outside are, and what they take.

use super::OneOrMore;
use crate::tomlfile::size;
use serde::Deserialize;

/// `[engine.*]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Engine {
    /// clamd.
    pub clamav: Option<Clamav>,
    /// rspamd.
    pub rspamd: Option<Rspamd>,
    /// SpamAssassin's spamd.
    pub spamassassin: Option<Spamassassin>,
}

/// `[engine.clamav]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clamav {
    /// `unix:PATH` or `host:port`; several: tried in order.
    pub address: OneOrMore,
    /// clamd's `StreamMaxLength` in bytes.
    #[serde(default = "stream_max", deserialize_with = "size")]
    pub stream_max: u64,
    /// clamd's `MaxScanSize` in bytes.
    #[serde(default = "scan_max", deserialize_with = "size")]
    pub scan_max: u64,
}

/// Debian's clamd.conf ships `StreamMaxLength 25M`.
fn stream_max() -> u64 {
    25 << 20
}

/// clamd's own default `MaxScanSize` since 1.0: 400M; Debian ships 100M.
fn scan_max() -> u64 {
    100 << 20
}

/// `[engine.rspamd]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rspamd {
    /// Its HTTP worker, such as `http://127.0.0.1:11333`.
    pub url: String,
}

/// `[engine.spamassassin]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spamassassin {
    /// `host:port` or `unix:PATH`.
    pub address: String,
}

//! STARTTLS towards clients: several certificates, exchanged without a restart.
//!
//! A client whose handshake fails is not offered STARTTLS for an hour: most senders
//! come back at once, and would fail again for ever instead of sending in the clear. IPv6
//! clients are remembered by their /64: one host has more addresses there than we have places.

use super::limit::network;
use super::socket::Stream;
use crate::config;
use crate::metrics;

use arc_swap::ArcSwap;
use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

/// How long a client is spared after a failed handshake.
const SPARED: Duration = Duration::from_secs(3600);

/// Clients that are remembered: an attacker with many addresses must not fill memory.
const REMEMBERED: usize = 10_000;

/// Certificates and what is known of clients that cannot use them.
pub(super) struct Tls {
    acceptor: TlsAcceptor,
    keys: Arc<Keys>,
    files: Vec<(PathBuf, PathBuf)>,
    /// By [`network`].
    failed: Mutex<HashMap<IpAddr, Instant>>,
}

impl Tls {
    /// Reads the certificates; `None` where there are none.
    pub(super) fn load(config: &config::Tls) -> Result<Option<Tls>, String> {
        if config.cert.len() != config.key.len() {
            return Err("[smtp.tls] needs as many `key` as `cert`".to_owned());
        }
        if config.cert.is_empty() {
            return Ok(None);
        }
        let files: Vec<_> = config.cert.iter().cloned().zip(config.key.iter().cloned()).collect();
        let provider = Arc::new(ring::default_provider());
        let keys = ArcSwap::from_pointee(read(&files, &provider)?);
        let keys = Arc::new(Keys { keys, provider: provider.clone() });
        let builder = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let server = builder.with_no_client_auth().with_cert_resolver(keys.clone());
        let acceptor = TlsAcceptor::from(Arc::new(server));
        Ok(Some(Tls { acceptor, keys, files, failed: Mutex::default() }))
    }

    /// Reads the files again; if one is wrong, everything stays as it was.
    pub(super) fn reload(&self) -> Result<(), String> {
        self.keys.keys.store(Arc::new(read(&self.files, &self.keys.provider)?));
        Ok(())
    }

    /// Whether STARTTLS is offered to this client.
    pub(super) fn is_for(&self, client: Option<IpAddr>) -> bool {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let since = client.and_then(|client| failed.get(&network(client)));
        since.is_none_or(|since| since.elapsed() >= SPARED)
    }

    /// The handshake, after our 220.
    pub(super) async fn wrap(
        &self,
        io: Box<dyn Stream>,
        client: Option<IpAddr>,
        by: Instant,
    ) -> io::Result<Box<dyn Stream>> {
        let shaken = timeout_at(by, self.acceptor.accept(io)).await;
        let shaken = shaken.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        match shaken {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => {
                if let Some(client) = client {
                    self.note(client);
                }
                Err(error)
            }
        }
    }

    fn note(&self, client: IpAddr) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() >= REMEMBERED {
            failed.retain(|_, since| since.elapsed() < SPARED);
        }
        if failed.len() < REMEMBERED {
            failed.insert(network(client), Instant::now());
        }
    }
}

/// The certificates with their keys.
struct Keys {
    keys: ArcSwap<Vec<Arc<CertifiedKey>>>,
    provider: Arc<CryptoProvider>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Keys {
    /// The first that the client can verify: old servers know RSA only.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let keys = self.keys.load();
        let fits =
            |key: &&Arc<CertifiedKey>| key.key.choose_scheme(hello.signature_schemes()).is_some();
        keys.iter().find(fits).cloned()
    }
}

fn read(
    files: &[(PathBuf, PathBuf)],
    provider: &CryptoProvider,
) -> Result<Vec<Arc<CertifiedKey>>, String> {
    files.iter().map(|(cert, key)| pair(cert, key, provider).map(Arc::new)).collect()
}

/// Shows when the first certificate of a chain, the server's own, ends.
fn note_end(file: &Path, chain: &[CertificateDer<'_>]) {
    let parsed = chain.first().and_then(|own| x509_parser::parse_x509_certificate(own).ok());
    if let Some((_, own)) = parsed {
        metrics::certificate_ends(
            &file.display().to_string(),
            own.validity().not_after.timestamp(),
        );
    }
}

/// The chain of a certificate whose key is this one, as the gate would take both.
pub fn certificate(cert: &Path, key: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    pair(cert, key, &ring::default_provider()).map(|key| key.cert)
}

/// A chain and its key; a key that does not match is refused.
fn pair(cert: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, String> {
    let of = |path: &Path, error: String| format!("[smtp.tls] {}: {error}", path.display());
    let chain = CertificateDer::pem_file_iter(cert).map_err(|error| of(cert, error.to_string()))?;
    let chain: Result<Vec<_>, _> = chain.collect();
    let chain = chain.map_err(|error| of(cert, error.to_string()))?;
    note_end(cert, &chain);
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| of(key, error.to_string()))?;
    CertifiedKey::from_der(chain, private, provider).map_err(|error| of(key, error.to_string()))
}

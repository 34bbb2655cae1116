//! TLS towards next hops: none, where it can be had, or none other.
//!
//! Opportunistic TLS takes any certificate: it hides the letters from whoever only
//! listens, and whoever can stand in between could also have taken STARTTLS out of the offer.

use super::failure::{Cause, Failure, Step};
use super::wire::Stream;
use crate::config::{self, TlsUse};

use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

/// How next hops are spoken with.
#[derive(Clone)]
pub(super) struct Tls {
    pub(super) r#use: TlsUse,
    connector: TlsConnector,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("use", &self.r#use).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads the configuration; an error says what is wrong in it.
    pub(super) fn new(config: &config::Tls) -> Result<Tls, String> {
        let provider = Arc::new(ring::default_provider());
        let verifier = verifier(config, &provider)?;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let config_ = builder.dangerous().with_custom_certificate_verifier(verifier);
        let connector = TlsConnector::from(Arc::new(config_.with_no_client_auth()));
        Ok(Tls { r#use: config.upstream, connector })
    }

    /// The handshake, after the next hop's 220.
    pub(super) async fn wrap(
        &self,
        io: Box<dyn Stream>,
        address: &str,
        by: Instant,
    ) -> Result<Box<dyn Stream>, Failure> {
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(|error| Failure::broken(Step::Tls, error))?;
        match timeout_at(by, self.connector.connect(name, io)).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(error)) => Err(Failure::broken(Step::Tls, error)),
            Err(_) => Err(Failure::new(Step::Tls, Cause::Timeout)),
        }
    }
}

/// Who vouches for a next hop.
fn verifier(
    config: &config::Tls,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, String> {
    if config.upstream != TlsUse::Required {
        return Ok(Arc::new(Keys { pinned: None, provider: provider.clone() }));
    }
    if let Some(ca) = &config.ca {
        let named = |error: String| format!("[smtp.tls] ca: {}: {error}", ca.display());
        let certificates = CertificateDer::pem_file_iter(ca).map_err(|e| named(e.to_string()))?;
        let mut roots = RootCertStore::empty();
        for certificate in certificates {
            let certificate = certificate.map_err(|e| named(e.to_string()))?;
            roots.add(certificate).map_err(|e| named(e.to_string()))?;
        }
        let built = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone());
        return Ok(built.build().map_err(|e| named(e.to_string()))?);
    }
    if config.pin.is_empty() {
        return Err("[smtp.tls] upstream = \"required\" needs `ca` or `pin`".to_owned());
    }
    let pinned = config.pin.iter().map(|pin| pin.to_lowercase()).collect();
    Ok(Arc::new(Keys { pinned: Some(pinned), provider: provider.clone() }))
}

/// Takes any certificate, or those with certain keys; the handshake's signatures count always.
#[derive(Debug)]
struct Keys {
    /// SHA-256 of SubjectPublicKeyInfo in hexadecimal.
    pinned: Option<Vec<String>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Keys {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(pinned) = &self.pinned else { return Ok(ServerCertVerified::assertion()) };
        let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
        let hash: String = Sha256::digest(&key).iter().map(|byte| format!("{byte:02x}")).collect();
        match pinned.contains(&hash) {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

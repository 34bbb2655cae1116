//! STARTTLS on both sides.

use super::client::{Client, Code};
use super::gate::Setup;
use super::next_hop::{Act, NextHop, Script};
use congthu::config::{Config, TlsUse};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, SignatureScheme};
use tokio_rustls::{TlsAcceptor, TlsConnector};

const LETTER: &[u8] = b"Subject: x\r\n\r\nbody\r\n";

/// Of the key of `ec.pem`.
const PIN: &str = "de8f56cd499682e39bd00ba4a1c4df71b89467026a9207451f4e19a10f1ba68c";

fn file(name: &str) -> PathBuf {
    Path::new("fixtures/smtp/tls").join(name)
}

/// A server with one of the test certificates.
pub fn acceptor(kind: &str) -> TlsAcceptor {
    let chain = CertificateDer::pem_file_iter(file(&format!("{kind}.pem"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(file(&format!("{kind}.key"))).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let chain = chain.map(Result::unwrap).collect();
    TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()))
}

/// A client that trusts the test authority and knows only some kinds of signatures.
fn connector(only: Option<fn(&SignatureScheme) -> bool>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(file("ca.pem")).unwrap()).unwrap();
    let mut provider = ring::default_provider();
    if let Some(only) = only {
        let all = provider.signature_verification_algorithms.mapping;
        // The authority signs with ECDSA, so that stays verifiable; what is offered shrinks.
        let kept: Vec<_> = all.iter().filter(|(scheme, _)| only(scheme)).copied().collect();
        provider.signature_verification_algorithms.mapping = kept.leak();
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(provider));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    TlsConnector::from(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn both(config: &mut Config) {
    config.smtp.tls.cert = vec![file("ec.pem"), file("rsa.pem")];
    config.smtp.tls.key = vec![file("ec.key"), file("rsa.key")];
}

async fn secured(mut client: Client, connector: TlsConnector) -> std::io::Result<Client> {
    client.ask("STARTTLS").await.expect_code("220");
    let name = ServerName::try_from("mx.example").unwrap();
    let stream = std::mem::replace(&mut client.stream, Box::new(tokio::io::empty()));
    client.stream = Box::new(connector.connect(name, stream).await?);
    Ok(client)
}

#[tokio::test]
async fn a_letter_comes_under_tls_with_either_certificate() {
    let next = NextHop::start(Script::offering(&[])).await;
    let setup = Setup::to(&[next.upstream()]).with(both).with(|c| c.smtp.received = true);
    let gate = setup.start().await;
    let rsa: fn(&SignatureScheme) -> bool = |scheme| format!("{scheme:?}").starts_with("RSA");
    for only in [None, Some(rsa)] {
        let mut client = Client::connect(gate.address).await;
        assert!(client.ask("EHLO client.example").await.contains("STARTTLS"));
        let mut client = secured(client, connector(only)).await.unwrap();
        client.ask("MAIL FROM:<>").await.expect_code("503");
        assert!(!client.ask("EHLO client.example").await.contains("STARTTLS"));
        client.ask("MAIL FROM:<a@client.example>").await.expect_code("250");
        client.ask("RCPT TO:<b@here.example>").await.expect_code("250");
        client.data(LETTER).await.expect_code("250");
    }
    for message in next.messages() {
        assert!(String::from_utf8(message).unwrap().contains(" with ESMTPS id "));
    }
}

#[tokio::test]
async fn commands_smuggled_before_the_handshake_are_forgotten() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).with(both).start().await;
    let mut client = Client::hello(gate.address).await;
    client.raw(b"STARTTLS\r\nMAIL FROM:<evil@other.example>\r\n").await;
    client.reply().await.expect_code("220");
    let name = ServerName::try_from("mx.example").unwrap();
    let stream = std::mem::replace(&mut client.stream, Box::new(tokio::io::empty()));
    client.stream = Box::new(connector(None).connect(name, stream).await.unwrap());
    client.ask("EHLO client.example").await.expect_code("250");
    client.ask("RCPT TO:<b@here.example>").await.expect_code("503");
    assert!(next.commands("MAIL").is_empty());
}

#[tokio::test]
async fn a_client_whose_handshake_failed_is_not_offered_it_again() {
    let next = NextHop::start(Script::new()).await;
    let gate = Setup::to(&[next.upstream()]).with(both).start().await;
    let mut client = Client::hello(gate.address).await;
    client.ask("STARTTLS").await.expect_code("220");
    client.raw(b"this is no TLS\r\n").await;
    // An alert comes, then the end.
    let mut rest = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut client.stream, &mut rest).await;
    let mut client = Client::connect(gate.address).await;
    assert!(!client.ask("EHLO client.example").await.contains("STARTTLS"));
    client.ask("STARTTLS").await.expect_code("502");
}

#[tokio::test]
async fn a_failed_handshake_is_remembered_of_the_whole_64() {
    let next = NextHop::start(Script::new()).await;
    let trusted = |c: &mut congthu::config::Config| c.smtp.trusted = vec!["127.0.0.1".to_owned()];
    let gate = Setup::to(&[next.upstream()]).with(both).with(trusted).start().await;
    let from = async |ip: &str| {
        let mut client = Client::connect(gate.address).await;
        client.raw(format!("PROXY TCP6 {ip} ::1 4000 25\r\n").as_bytes()).await;
        let offered = client.ask("EHLO client.example").await.contains("STARTTLS");
        (client, offered)
    };
    let (mut client, _) = from("2001:db8::1").await;
    client.ask("STARTTLS").await.expect_code("220");
    client.raw(b"this is no TLS\r\n").await;
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut client.stream, &mut Vec::new()).await;
    for (ip, offered) in [("2001:db8::ffff:2", false), ("2001:db8:0:1::1", true)] {
        assert_eq!(from(ip).await.1, offered, "{ip}");
    }
}

#[tokio::test]
async fn a_reload_takes_new_certificates_and_refuses_wrong_ones() {
    let next = NextHop::start(Script::new()).await;
    let dir = tempfile::tempdir().unwrap();
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| dir.path().join(name));
    let copy = |kind: &str| {
        fs::copy(file(&format!("{kind}.pem")), &cert).unwrap();
        fs::copy(file(&format!("{kind}.key")), &key).unwrap();
    };
    copy("rsa");
    let setup = Setup::to(&[next.upstream()]).with(|config| {
        config.smtp.tls.cert = vec![cert.clone()];
        config.smtp.tls.key = vec![key.clone()];
    });
    let gate = setup.start().await;
    fs::copy(file("ec.key"), &key).unwrap();
    let error = gate.door.reload_tls().unwrap_err();
    assert!(error.contains("key.pem"), "{error}");
    secured(Client::hello(gate.address).await, connector(None)).await.unwrap();
    copy("ec");
    gate.door.reload_tls().unwrap();
    let ecdsa: fn(&SignatureScheme) -> bool = |scheme| format!("{scheme:?}").starts_with("ECDSA");
    secured(Client::hello(gate.address).await, connector(Some(ecdsa))).await.unwrap();
}

#[tokio::test]
async fn towards_the_next_hop_tls_is_taken_where_it_can_be_had() {
    let next = NextHop::start(Script::offering(&["STARTTLS", "XCLIENT ADDR"])).await;
    let plain = NextHop::start(Script::offering(&[])).await;
    for hop in [&next, &plain] {
        let setup = Setup::to(&[hop.upstream()]);
        let gate = setup.with(|c| c.smtp.tls.upstream = TlsUse::Opportunistic).start().await;
        Client::letter(gate.address, LETTER).await.expect_code("250");
        assert_eq!(hop.messages(), [LETTER]);
    }
    let heard = next.heard().pop().unwrap().commands;
    let said: Vec<&str> =
        heard.iter().filter(|l| !l.starts_with('<')).map(|l| &l[..4]).take(6).collect();
    assert_eq!(said, ["EHLO", "STAR", "EHLO", "XCLI", "EHLO", "MAIL"]);
}

#[tokio::test]
async fn a_failed_handshake_falls_back_to_the_clear_only_if_that_is_allowed() {
    let script = Script::offering(&["STARTTLS"]).on("HANDSHAKE", Act::Close);
    let next = NextHop::start(script.clone()).await;
    let setup = Setup::to(&[next.upstream()]);
    let gate = setup.with(|c| c.smtp.tls.upstream = TlsUse::Opportunistic).start().await;
    Client::letter(gate.address, LETTER).await.expect_code("250");
    assert_eq!(next.messages(), [LETTER]);
    // It is not tried again and again.
    assert_eq!(next.commands("STARTTLS").len(), 1);

    let script = (0..9).fold(script, |script, _| script.on("HANDSHAKE", Act::Close));
    let next = NextHop::start(script).await;
    let setup = Setup::to(&[next.upstream()]);
    let gate = setup.with(|c| {
        c.smtp.tls.upstream = TlsUse::Required;
        c.smtp.tls.ca = Some(file("ca.pem"));
    });
    let gate = gate.start().await;
    Client::connect(gate.address).await.greeting.expect_code("421 4.3.2");
}

#[tokio::test]
async fn required_wants_the_authority_or_the_key() {
    let wants = |change: fn(&mut congthu::config::Tls)| async move {
        let next = NextHop::start(Script::offering(&["STARTTLS"])).await;
        let setup = Setup::to(&[next.upstream()]).with(|c| {
            c.smtp.tls.upstream = TlsUse::Required;
            change(&mut c.smtp.tls);
        });
        let gate = setup.start().await;
        let greeting = Client::connect(gate.address).await.greeting;
        greeting.starts_with("220")
    };
    assert!(wants(|tls| tls.ca = Some(file("ca.pem"))).await);
    assert!(!wants(|tls| tls.ca = Some(file("rsa.pem"))).await);
    assert!(wants(|tls| tls.pin = vec![PIN.to_uppercase()]).await);
    assert!(!wants(|tls| tls.pin = vec![PIN.replace('d', "e")]).await);
}

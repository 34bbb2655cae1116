//! Certificates for clients: whether the key is theirs, whose names they bear, and how long.

use super::report::Line;
use crate::config::Config;
use crate::serve::certificate;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256, Sha512};
use std::path::Path;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

const CHECK: &str = "certificate";

/// Renewal by machines happens a month before the end; two weeks before, it has failed.
const SOON: SignedDuration = SignedDuration::from_hours(24 * 14);

/// What is known of the own certificates.
#[derive(Default)]
pub(super) struct Certificates {
    pub(super) lines: Vec<Line>,
    /// Digests that a TLSA record may have: selector, matching, hexadecimal.
    pub(super) digests: Vec<(u8, u8, String)>,
    /// Whether one of them bears the name of the gate.
    pub(super) named: bool,
}

/// Looks at all of them.
pub(super) fn look(config: &Config, public: bool) -> Certificates {
    let tls = &config.smtp.tls;
    let mut seen = Certificates::default();
    if tls.cert.is_empty() && public {
        let advice = "[smtp.tls] cert and key; certbot or the office's own authority give one";
        seen.lines.push(Line::warning(CHECK, "", "none: all mail comes in the clear", advice));
    }
    for (cert, key) in tls.cert.iter().zip(&tls.key) {
        seen.pair(cert, key, &config.smtp.hostname);
    }
    seen
}

impl Certificates {
    fn pair(&mut self, cert: &Path, key: &Path, hostname: &str) {
        let about = cert.display().to_string();
        let chain = match certificate(cert, key) {
            Ok(chain) => chain,
            Err(error) => {
                let advice = format!("the key of this certificate must be in {}", key.display());
                self.lines.push(Line::fault(CHECK, about, error, advice));
                return;
            }
        };
        let own = chain.first().and_then(|own| parse_x509_certificate(own).ok());
        let Some((_, own)) = own else {
            self.lines.push(Line::fault(CHECK, about, "cannot be read", "PEM, own one first"));
            return;
        };
        self.digests.extend(digests(&own, chain.first().map_or(&[], |der| der)));
        self.lines.push(term(&about, &own));
        let names = names(&own);
        let fits = names.iter().any(|name| matches(name, hostname));
        self.named |= fits;
        self.lines.push(match fits {
            true => Line::ok("certificate.name", about, names.join(", ")),
            false => Line::warning(
                "certificate.name",
                about,
                format!("is for {}, and the gate is called {hostname}", names.join(", ")),
                "senders that check (MTA-STS, DANE) send nothing: get one for that name",
            ),
        });
    }
}

fn term(about: &str, own: &X509Certificate<'_>) -> Line {
    let (first, last) = (own.validity().not_before, own.validity().not_after);
    let moment = |seconds| Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    let (first, last, now) =
        (moment(first.timestamp()), moment(last.timestamp()), Timestamp::now());
    let left = last.duration_since(now);
    if first > now {
        return Line::fault(CHECK, about, format!("begins at {first}"), "is the clock right?");
    }
    if left.is_negative() {
        return Line::fault(CHECK, about, format!("ended at {last}"), "renew it, then SIGHUP");
    }
    let found = format!("ends at {last}, in {} days", left.as_hours() / 24);
    match left < SOON {
        true => Line::warning(CHECK, about, found, "renew it, then SIGHUP"),
        false => Line::ok(CHECK, about, found),
    }
}

/// The names that it is for: a common name counts for nobody any more (RFC 9525).
fn names(own: &X509Certificate<'_>) -> Vec<String> {
    let extension = own.subject_alternative_name().ok().flatten();
    let all = extension.map(|names| names.value.general_names.clone()).unwrap_or_default();
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    };
    all.iter().filter_map(name).collect()
}

/// A wildcard stands for one label (RFC 9525 §6.3).
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(rest) => name.split_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case(rest)),
        None => pattern.eq_ignore_ascii_case(name.trim_end_matches('.')),
    }
}

/// RFC 6698 §2.1: selector 0 the certificate, 1 its key; matching 1 SHA-256, 2 SHA-512.
fn digests(own: &X509Certificate<'_>, der: &[u8]) -> Vec<(u8, u8, String)> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let key = own.public_key().raw;
    [(0, der), (1, key)]
        .into_iter()
        .flat_map(|(selector, bytes)| {
            [
                (selector, 0, hex(bytes)),
                (selector, 1, hex(&Sha256::digest(bytes))),
                (selector, 2, hex(&Sha512::digest(bytes))),
            ]
        })
        .collect()
}

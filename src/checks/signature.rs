//! Built-in signatures: EICAR and GTUBE, so that a gate without any engine can be tried.
//!
//! The strings are written in two pieces: this file must not be taken for a virus.

use super::{Check, NAME, PartCheck};
use crate::engines::Score;
use crate::facts::{Facts, Part, Role};
use crate::mail::name::shown;
use crate::rules::Policy;
use crate::verdict::{Class, Finding, Kind};
use memchr::memmem;

use super::virus::FOUND;

/// The check itself broke.
pub static UNSCANNED: Kind = Kind {
    name: "signature.unscanned",
    class: Class::Policy,
    about: "not compared with the built-in signatures",
};

static KINDS: &[&Kind] = &[&FOUND, &UNSCANNED];

/// The EICAR test file (eicar.org, "Anti-Malware Testfile").
const EICAR: [&str; 2] =
    ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"];

/// The Generic Test for Unsolicited Bulk Email (SpamAssassin's `GTUBE`).
const GTUBE: [&str; 2] =
    ["XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-", "ANTI-UBE-TEST-EMAIL*C.34X"];

/// What SpamAssassin gives to GTUBE, on the common scale.
const GTUBE_SCORE: f64 = 1000.0;

/// Compares every part with the EICAR test file.
pub struct Signature;

impl Check for Signature {
    fn name(&self) -> &'static str {
        "signature"
    }
    fn kinds(&self) -> &'static [&'static Kind] {
        KINDS
    }
    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl PartCheck for Signature {
    fn inspect(&self, part: &Part, _: &Policy) -> Vec<Finding> {
        if !begins_a_line(&part.bytes, EICAR) {
            return Vec::new();
        }
        let finding = Finding::at(&FOUND, &part.path, "Eicar-Test-Signature (built in)");
        let finding = finding.what("Eicar-Test-Signature");
        vec![match part.name() {
            Some(name) => finding.named(shown(name, NAME)),
            None => finding,
        }]
    }
}

/// The built-in spam score, where there is one.
pub fn score(facts: &Facts) -> Option<Score> {
    let mut bodies = facts.parts.iter().filter(|part| part.role == Role::Body);
    let gtube = bodies.any(|part| find(&part.bytes, GTUBE).is_some());
    gtube.then(|| Score { points: GTUBE_SCORE, detail: "GTUBE (built in)".to_owned() })
}

/// Whether the signature stands at the beginning of a line: a letter that merely quotes it in a
/// sentence is no test file.
fn begins_a_line(bytes: &[u8], signature: [&str; 2]) -> bool {
    let at = find(bytes, signature);
    at.is_some_and(|at| at == 0 || matches!(bytes.get(at - 1), Some(b'\n' | b'\r')))
}

/// Where the signature stands first.
fn find(bytes: &[u8], [head, tail]: [&str; 2]) -> Option<usize> {
    // Both signatures have one and most letters have none, and one byte is found faster than many.
    memchr::memchr(b'*', bytes)?;
    memmem::find_iter(bytes, head).find(|at| {
        bytes.get(at + head.len()..).is_some_and(|rest| rest.starts_with(tail.as_bytes()))
    })
}

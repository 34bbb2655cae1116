//! Virus scan: what clamd says, asked while the bytes arrive.
//!
//! clamd reads MIME and archives by its own lights, which are not a mail
//! client's; so there is a second round, over decoded parts.

use super::engine::{Answer, Appetite, Ask, EngineCheck, Scanning, ScanningParts};
use super::{Check, Finding, Kind};
use crate::engines::{self, Clamd, Failure};
use crate::verdict::Class;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use std::sync::Arc;

/// A signature was found.
pub static FOUND: Kind =
    Kind { name: "virus.found", class: Class::Policy, about: "a virus, known by its signature" };

/// The engine did not answer, or not about the whole message.
pub static UNSCANNED: Kind = Kind {
    name: "virus.unscanned",
    class: Class::Policy,
    about: "not, or not wholly, examined by the virus engine",
};

/// All kinds, whether or not an engine is configured.
pub static KINDS: &[&Kind] = &[&FOUND, &UNSCANNED];

/// Parts of one message that are scanned side by side.
const ABREAST: usize = 4;

/// The check that asks clamd.
#[derive(Clone, Debug)]
pub struct Virus(Arc<Clamd>);

impl Virus {
    /// Asks this clamd.
    pub fn new(clamd: Arc<Clamd>) -> Virus {
        Virus(clamd)
    }
}

impl Check for Virus {
    fn name(&self) -> &'static str {
        "virus"
    }

    fn kinds(&self) -> &'static [&'static Kind] {
        KINDS
    }

    fn unscanned(&self) -> &'static Kind {
        &UNSCANNED
    }
}

impl EngineCheck for Virus {
    fn engine(&self) -> &'static str {
        "clamd"
    }

    fn appetite(&self) -> Appetite {
        Appetite::Stream
    }

    fn scan(&self, ask: Ask) -> Scanning {
        let clamd = self.0.clone();
        Box::pin(async move { told("", clamd.scan(ask.tap).await) })
    }

    fn scan_parts(&self, parts: Vec<(String, Bytes)>) -> Option<ScanningParts> {
        let clamd = self.0.clone();
        let answers = stream::iter(parts).map(move |(path, bytes)| {
            let clamd = clamd.clone();
            async move {
                let answer = told(&path, clamd.scan_bytes(bytes).await);
                (path, answer)
            }
        });
        Some(Box::pin(answers.buffered(ABREAST).collect()))
    }
}

fn told(part: &str, answer: Result<engines::Answer, Failure>) -> Result<Answer, Failure> {
    Ok(match answer? {
        engines::Answer::Clean(whole) => Answer::Clean(whole),
        engines::Answer::Found(names) => {
            let finding =
                |name: String| Finding::at(&FOUND, part, format!("clamd: {name}")).what(name);
            Answer::Found(names.into_iter().map(finding).collect())
        }
    })
}

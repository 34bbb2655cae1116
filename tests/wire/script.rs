//! What a next hop of a test does at each step.

use std::collections::VecDeque;

/// What it does.
#[derive(Clone, Debug)]
pub enum Act {
    /// Says this line (or lines, `\n` between them).
    Say(&'static str),
    /// Closes without a word.
    Close,
    /// Says this and closes.
    SayClose(&'static str),
    /// Never answers again.
    Silence,
    /// Takes the message, and closes without a word of it.
    TakeClose,
}

/// The script: acts per verb, taken in order over all connections; then the usual answer.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub acts: Vec<(&'static str, VecDeque<Act>)>,
    pub ehlo: Vec<&'static str>,
    /// Connections at once; one more hears 421.
    pub most: Option<usize>,
    /// Closes by RST: what was sent and not yet read is lost.
    pub abrupt: bool,
}

impl Script {
    pub fn new() -> Script {
        let ehlo = vec![
            "SIZE 100000000",
            "PIPELINING",
            "8BITMIME",
            "ENHANCEDSTATUSCODES",
            "DSN",
            "SMTPUTF8",
        ];
        Script { ehlo, ..Script::default() }
    }

    pub fn offering(ehlo: &[&'static str]) -> Script {
        Script { ehlo: ehlo.to_vec(), ..Script::default() }
    }

    pub fn at_most(self, connections: usize) -> Script {
        Script { most: Some(connections), ..self }
    }

    pub fn abrupt(self) -> Script {
        Script { abrupt: true, ..self }
    }

    /// The next time that this verb is heard (`GREETING`, `CONTENT`, `DOT` and `OCTETS` count as
    /// verbs; `CONTENT` comes after the first line of a message).
    pub fn on(mut self, verb: &'static str, act: Act) -> Script {
        match self.acts.iter_mut().find(|(known, _)| *known == verb) {
            Some((_, acts)) => acts.push_back(act),
            None => self.acts.push((verb, VecDeque::from([act]))),
        }
        self
    }

    pub fn take(&mut self, verb: &str) -> Option<Act> {
        self.acts.iter_mut().find(|(known, _)| *known == verb)?.1.pop_front()
    }

    /// Whether the next message will be taken.
    pub fn takes(&self) -> bool {
        let acts = self.acts.iter().find(|(verb, _)| *verb == "DOT");
        match acts.and_then(|(_, acts)| acts.front()) {
            None | Some(Act::TakeClose) => true,
            Some(Act::Say(text) | Act::SayClose(text)) => text.starts_with("250"),
            Some(Act::Close | Act::Silence) => false,
        }
    }
}

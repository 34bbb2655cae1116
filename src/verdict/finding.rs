//! A finding: a fact that a check reports, with the evidence for it.

use super::Kind;
use serde::{Deserialize, Serialize};

/// Why something could not be examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The engine refused the connection, closed it or answered garbage.
    EngineDown,
    /// More than the engine looks at: a retry never helps.
    EngineLimit,
    /// Locked with a password or a key.
    Encrypted,
    /// More than the budget of one message.
    OverLimit,
    /// A bug of ours, caught.
    Panic,
    /// No answer in time.
    Timeout,
    /// Damaged.
    Unreadable,
    /// A format or method that is not read.
    Unsupported,
}

impl Cause {
    /// The word that rule files, JSON, logs and metrics use.
    pub fn name(self) -> &'static str {
        match self {
            Cause::EngineDown => "engine_down",
            Cause::EngineLimit => "engine_limit",
            Cause::Encrypted => "encrypted",
            Cause::OverLimit => "over_limit",
            Cause::Panic => "panic",
            Cause::Timeout => "timeout",
            Cause::Unreadable => "unreadable",
            Cause::Unsupported => "unsupported",
        }
    }
}

/// How much a finding weighs: how odd a construct is, or how secret a text is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Real mailers write it.
    Sloppy,
    /// No known mailer writes it, but it hides nothing by itself.
    Odd,
    /// It serves only to show one thing to a filter and another to a reader.
    Hiding,
    /// Mật, the lowest of the three grades of state secrets.
    #[serde(rename = "mật")]
    Mat,
    /// Tối mật.
    #[serde(rename = "tối mật")]
    ToiMat,
    /// Tuyệt mật.
    #[serde(rename = "tuyệt mật")]
    TuyetMat,
}

impl Grade {
    /// The word that rule files, JSON and logs use.
    pub fn name(self) -> &'static str {
        match self {
            Grade::Sloppy => "sloppy",
            Grade::Odd => "odd",
            Grade::Hiding => "hiding",
            Grade::Mat => "mật",
            Grade::ToiMat => "tối mật",
            Grade::TuyetMat => "tuyệt mật",
        }
    }
}

/// A [`Kind`] met in a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was found.
    pub kind: &'static Kind,
    /// Where: a part path such as `2/hd.zip/a.exe`, or empty for the whole message.
    pub part: String,
    /// The evidence, in words fit for a log line: no body text, no control characters.
    pub detail: String,
    /// The file name that a reply may show.
    pub name: Option<String>,
    /// The one word that matters: a signature, an encoding, a type.
    pub what: Option<String>,
    /// Why it was not examined, for findings that say so.
    pub cause: Option<Cause>,
    /// How much it weighs: an ambiguity, a mark of secrecy.
    pub grade: Option<Grade>,
    /// The measured value where a limit is involved, in bytes or points.
    pub value: Option<f64>,
    /// The limit that it was held against.
    pub limit: Option<f64>,
}

impl Finding {
    /// A finding about the message as a whole.
    pub fn whole(kind: &'static Kind, detail: impl Into<String>) -> Finding {
        Finding::at(kind, "", detail)
    }

    /// A finding in one part.
    pub fn at(kind: &'static Kind, part: impl Into<String>, detail: impl Into<String>) -> Finding {
        Finding {
            kind,
            part: part.into(),
            detail: detail.into(),
            name: None,
            what: None,
            cause: None,
            grade: None,
            value: None,
            limit: None,
        }
    }

    /// Whether it is about a mark of secrecy: then nothing of the letter's own may be told.
    pub fn is_secret(&self) -> bool {
        matches!(self.kind.name, "secret.marked" | "secret.declassified")
    }

    /// With the file name that a reply may show.
    pub fn named(mut self, name: impl Into<String>) -> Finding {
        self.name = Some(name.into());
        self
    }

    /// With the one word that matters: a signature, an encoding, a type.
    pub fn what(mut self, what: impl Into<String>) -> Finding {
        self.what = Some(what.into());
        self
    }

    /// With the reason why it was not examined.
    pub fn because(mut self, cause: Cause) -> Finding {
        self.cause = Some(cause);
        self
    }

    /// With a grade.
    pub fn graded(mut self, grade: Grade) -> Finding {
        self.grade = Some(grade);
        self
    }

    /// With what was measured, and the limit that it was held against.
    pub fn measured(mut self, value: f64, limit: f64) -> Finding {
        self.value = Some(value);
        self.limit = Some(limit);
        self
    }
}

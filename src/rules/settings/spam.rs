//! `[spam]`: which scores are worth a finding.

/// On the common scale, where 5 is an engine's own threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spam {
    /// From this score on `spam.score` is reported; rules say what follows.
    pub report: f64,
}

impl Default for Spam {
    fn default() -> Spam {
        Spam { report: 5.0 }
    }
}

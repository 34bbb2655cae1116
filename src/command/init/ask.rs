//! Questions on a terminal; without one, or with `--yes`, what was found is the answer.

use std::io::{BufRead, IsTerminal, Write};

/// Somebody who may be asked.
pub(super) struct Asker {
    somebody: bool,
}

impl Asker {
    pub(super) fn new(yes: bool) -> Asker {
        Asker { somebody: !yes && std::io::stdin().is_terminal() }
    }

    /// The answer, or what was found where nothing is typed.
    pub(super) fn ask(&self, question: &str, found: &str) -> String {
        if !self.somebody {
            return found.to_owned();
        }
        let shown = if found.is_empty() { String::new() } else { format!(" [{found}]") };
        let mut stderr = std::io::stderr();
        let _ = write!(stderr, "{question}{shown}: ").and_then(|()| stderr.flush());
        let mut line = String::new();
        match std::io::stdin().lock().read_line(&mut line) {
            Ok(read) if read > 0 && !line.trim().is_empty() => line.trim().to_owned(),
            _ => found.to_owned(),
        }
    }
}

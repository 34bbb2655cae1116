//! Fields of Word in its text: the instruction is no text, what it yields is.

/// Fields in fields.
const DEEPEST: usize = 64;

/// Which characters of a text are shown.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// Open fields: whether we are in the instruction of each.
    open: Vec<bool>,
}

impl Fields {
    /// Takes a character; whether it is shown.
    pub(super) fn shows(&mut self, c: char) -> bool {
        match c {
            '\u{13}' if self.open.len() < DEEPEST => self.open.push(true),
            '\u{14}' => {
                if let Some(instruction) = self.open.last_mut() {
                    *instruction = false;
                }
            }
            '\u{15}' => {
                self.open.pop();
            }
            '\u{13}' => {}
            _ => return !self.open.contains(&true),
        }
        false
    }
}

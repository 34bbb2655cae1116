//! Active content: what a document does by itself when a reader opens it.
//!
//! A macro is code, a remote template is code that comes later; both are noted where they
//! stand, and a rule decides. Nothing here is run or decoded further than to name it.

/// What a document would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// Code of the document's own: VBA, Excel 4.0 sheets, Basic.
    Macro,
    /// Starts or asks another program: DDE, OLE packages, launch actions.
    Launch,
    /// Loads what decides its content from elsewhere: templates, objects, frames.
    Remote,
    /// Script of a page or picture: HTML, SVG, PDF.
    Script,
    /// Builds a file inside the reader's browser, past every gate (HTML smuggling).
    Smuggling,
    /// A control that the reader's system runs: ActiveX.
    Control,
}

impl Deed {
    /// The word that findings and rule files use.
    pub fn name(self) -> &'static str {
        match self {
            Deed::Macro => "macro",
            Deed::Launch => "launch",
            Deed::Remote => "remote",
            Deed::Script => "script",
            Deed::Smuggling => "smuggling",
            Deed::Control => "control",
        }
    }
}

/// One piece of active content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Active {
    /// What it does.
    pub deed: Deed,
    /// What exactly, in words: `VBA project`, `/OpenAction with /JavaScript`; may quote the
    /// document, so not yet fit for a log line.
    pub detail: String,
}

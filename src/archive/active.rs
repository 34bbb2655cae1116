//! Active content: what a document does by itself when a reader opens it.
//!
//! A macro is code, a remote template is code that comes later; both are noted where they
//! stand, and a rule decides. Nothing here is run or decoded further than to name it.

use crate::mail::Weight;

/// What a document would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deed {
    /// A project for macros that holds no code: Excel writes one whenever the editor was opened.
    MacroEmpty,
    /// Code of the document's own that somebody must start: VBA, Excel 4.0 sheets, Basic.
    Macro,
    /// Such code that runs when the document is opened or closed.
    MacroAuto,
    /// Such code that runs by itself and starts programs, loads files or copies itself.
    MacroCalls,
    /// Such code that is hidden from whoever looks: no source, or sheets that no menu shows.
    MacroHidden,
    /// Asks another office program for data (DDE).
    Dde,
    /// Starts a program: DDE to a command line, launch actions, objects that update by themselves.
    Launch,
    /// A file packed inside a document, which a click opens; it is judged as a member, too.
    Package,
    /// Loads what it shows from elsewhere: objects, frames, included text.
    Remote,
    /// Loads a template, and with it macros, from elsewhere.
    Template,
    /// Script of a page or picture: HTML, SVG, PDF.
    Script,
    /// A page that asks for a password and sends it elsewhere.
    Credentials,
    /// Builds a file inside the reader's browser, past every gate (HTML smuggling).
    Smuggling,
    /// Buttons and boxes of Microsoft's own forms.
    Form,
    /// A control that the reader's system runs: other ActiveX, Flash, applets.
    Control,
    /// A structure that serves only to break the program that reads it.
    Exploit,
}

impl Deed {
    /// All of them, mildest first within macros and within the others.
    pub const ALL: &[Deed] = &[
        Deed::MacroEmpty,
        Deed::Macro,
        Deed::MacroAuto,
        Deed::MacroCalls,
        Deed::MacroHidden,
        Deed::Dde,
        Deed::Launch,
        Deed::Package,
        Deed::Remote,
        Deed::Template,
        Deed::Script,
        Deed::Credentials,
        Deed::Smuggling,
        Deed::Form,
        Deed::Control,
        Deed::Exploit,
    ];

    /// The word that findings and rule files use.
    pub fn name(self) -> &'static str {
        match self {
            Deed::MacroEmpty => "empty",
            Deed::Macro => "macro",
            Deed::MacroAuto => "auto",
            Deed::MacroCalls => "calls",
            Deed::MacroHidden => "hidden",
            Deed::Dde => "dde",
            Deed::Launch => "launch",
            Deed::Package => "package",
            Deed::Remote => "remote",
            Deed::Template => "template",
            Deed::Script => "script",
            Deed::Credentials => "credentials",
            Deed::Smuggling => "smuggling",
            Deed::Form => "form",
            Deed::Control => "control",
            Deed::Exploit => "exploit",
        }
    }

    /// Whether this is code of the document's own.
    pub fn is_macro(self) -> bool {
        matches!(
            self,
            Deed::MacroEmpty | Deed::Macro | Deed::MacroAuto | Deed::MacroCalls | Deed::MacroHidden
        )
    }

    /// How much it weighs: sloppy is what offices write every day, odd what some write and
    /// attackers too, hiding what serves attackers alone.
    pub fn weight(self) -> Weight {
        match self {
            Deed::MacroEmpty | Deed::Macro | Deed::Form => Weight::Sloppy,
            Deed::MacroAuto | Deed::Dde | Deed::Package | Deed::Remote | Deed::Script => {
                Weight::Odd
            }
            Deed::MacroCalls
            | Deed::MacroHidden
            | Deed::Launch
            | Deed::Template
            | Deed::Credentials
            | Deed::Smuggling
            | Deed::Control
            | Deed::Exploit => Weight::Hiding,
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

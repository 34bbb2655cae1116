//! Text of pages, as the reader of PDF tells it.

/// Text that stands together, in one font.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextRun {
    /// The number of its page, from 0.
    pub page: u32,
    /// Whether a line begins with it.
    pub begins: bool,
    /// The name of its font.
    pub font: String,
    /// The text.
    pub text: String,
}

/// The text of a document of pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    /// Its runs, in the order of the document.
    pub runs: Vec<TextRun>,
    /// Whether there is more that was not read.
    pub cut: bool,
    /// Whether some could not be read: damaged, or in a font of which nothing tells its letters.
    pub damaged: bool,
}

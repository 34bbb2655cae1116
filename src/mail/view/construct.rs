//! The constructs on which mail programs differ: one table of what each weighs, and why.
//!
//! The weights are held against real mail: what a known mailer writes is sloppy, however ugly it
//! is, and what no mailer writes and two readers take differently serves only to deceive.

use crate::mail::Weight;

/// A row of the table.
struct Row {
    word: &'static str,
    weight: Weight,
    reason: &'static str,
}

macro_rules! constructs {
    ($($name:ident $word:literal $weight:ident $reason:literal)*) => {
        /// A construct that two readers may understand differently.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Construct {
            $(#[doc = $reason] $name,)*
        }

        impl Construct {
            /// All of them, in the order of the table.
            pub const ALL: &[Construct] = &[$(Construct::$name,)*];

            /// Its row.
            fn row(self) -> Row {
                match self {
                    $(Construct::$name => Row {
                        word: $word,
                        weight: Weight::$weight,
                        reason: $reason,
                    },)*
                }
            }
        }
    };
}

impl Construct {
    /// The stable word for it, as findings, rules and logs have it.
    pub fn word(self) -> &'static str {
        self.row().word
    }

    /// How much it weighs.
    pub fn weight(self) -> Weight {
        self.row().weight
    }

    /// Why it weighs so: who writes it, or which reader it deceives.
    pub fn reason(self) -> &'static str {
        self.row().reason
    }
}

constructs! {
    // The header block.
    NulInHeader "nul-in-header" Hiding
        "a NUL in the MIME fields: programs in C end the line there, others read on; no mailer writes one"
    BareCrInHeader "bare-cr-in-header" Odd
        "a CR alone: some readers begin a new field there, so a field is hidden inside another"
    JunkInHeader "line-without-colon" Sloppy
        "mailbox software and gateways leave `From ` and `>From ` lines among the fields; some readers end the header there"
    OddHeaderLine "odd-header-line" Odd
        "a line of the header whose name is empty, begins with `--`, or has controls, blanks or bytes beyond ASCII: Postfix, Exim and sendmail end the header there, others read on"
    BodyInHeader "body-in-header" Hiding
        "a file is announced, then comes a line that is no field: servers put the blank line there, so its content is what others take for fields"
    BlankBeforeColon "blank-before-colon" Odd
        "`Content-Type :` is a field for most readers and none for the strict ones (RFC 5322 §4.5.8 allows reading it)"
    IndentedFirstField "indented-first-field" Odd
        "the header begins with a continuation line: a field for some, nothing for others"
    OddFieldName "odd-field-name" Hiding
        "a MIME field whose name has controls, blanks or invisible bytes inside: only readers that drop those see it"
    BlankLineOfSpaces "blank-line-of-spaces" Odd
        "a line of blanks in the header: its end for some, a folded line for RFC 5322 §4.2"
    NoBlankLine "no-blank-line" Sloppy
        "a header without an end: reports of returned mail are cut there"
    LateHeader "late-header" Sloppy
        "MIME fields behind the blank line: broken form mailers write one line break too many"
    // Its fields.
    DuplicateContentType "duplicate-content-type" Odd
        "two Content-Types that differ: some readers take the first, some the last"
    DuplicateTransferEncoding "duplicate-transfer-encoding" Odd
        "two Content-Transfer-Encodings that differ: some readers take the first, some the last"
    DuplicateDisposition "duplicate-disposition" Odd
        "two Content-Dispositions that differ: two names of one file"
    DuplicateMimeVersion "duplicate-mime-version" Sloppy
        "mailing-list software adds a second MIME-Version"
    OddMimeVersion "odd-mime-version" Sloppy
        "not 1.0: scripts write it, and a few readers then take the mail for plain text"
    MalformedContentType "malformed-content-type" Sloppy
        "no `type/subtype`: scripts write `text` or nothing; readers guess"
    MultipartInWords "malformed-multipart-type" Odd
        "a multipart type that is written with blanks, quotes or other slashes: only lenient readers open it"
    CommentInField "comment-in-field" Sloppy
        "a comment (RFC 822) in a MIME field: allowed, but many readers take it for the value"
    EndlessField "endless-field" Hiding
        "a MIME field of more than 16 KiB or 64 parameters, more than 8 of one kind, more than 31 names or 6 boundaries of one part: readers look further than we do, and no mailer writes so much"
    EncodedStructure "encoded-structure" Hiding
        "a type, boundary or transfer encoding as an encoded word (RFC 2047 §5 forbids it): only some readers decode it"
    TwoBoundaries "two-boundaries" Hiding
        "two boundaries that differ in one field, hence two structures (amavis, CVE-2024-28054)"
    DuplicateParameter "duplicate-parameter" Odd
        "one parameter twice with two values: two charsets, two names"
    BoundaryInPieces "boundary-in-pieces" Odd
        "a boundary in the pieces or charsets of RFC 2231: allowed, written by no mailer, read by few"
    BoundaryOddlyQuoted "boundary-oddly-quoted" Odd
        "quotes that do not close, words behind them, single quotes or escapes: each reader takes another boundary"
    BoundaryUnquoted "boundary-unquoted" Sloppy
        "old mailers forget the quotes around `=` and `:`; strict readers end the boundary there"
    BoundaryBlanks "boundary-ends-in-blanks" Odd
        "blanks at the end of a boundary (RFC 2046 §5.1.1 forbids them): kept by some readers, dropped by others"
    BoundaryEightBit "boundary-eight-bit" Hiding
        "bytes beyond ASCII or controls in a boundary: readers that convert them find no part; no mailer writes them"
    BoundaryTooLong "boundary-too-long" Odd
        "more than 70 characters (RFC 2046 §5.1.1): readers that cut it find other parts"
    MissingBoundary "missing-boundary" Odd
        "a multipart without a usable boundary: some readers show text, others guess it from the body"
    // Delimiters.
    DelimiterWithText "delimiter-with-text" Odd
        "more than the boundary on a delimiter line: a delimiter for some, text for others"
    BoundaryPrefix "boundary-prefix" Sloppy
        "a boundary that begins with that of the multipart around it: some mailers add a counter, and readers that compare the beginning only mix both up"
    BlankBeforeDelimiter "blank-before-delimiter" Odd
        "a delimiter behind blanks or a lone CR: only lenient readers begin a part there"
    PartsBehindClose "parts-behind-close" Odd
        "a part behind the last delimiter: readers that do not stop there show it"
    ReusedBoundary "reused-boundary" Odd
        "a multipart inside a multipart with the same boundary: readers differ in which one ends"
    UnterminatedMultipart "unterminated-multipart" Sloppy
        "no last delimiter: cut mails, and scripts that forget it"
    DelimiterInsideLine "delimiter-inside-line" Odd
        "the delimiter stands behind other text in its line: only the most lenient readers see it"
    Preamble "preamble" Sloppy
        "text before the first part: old mailers explain themselves there; readers without MIME show it"
    Epilogue "epilogue" Sloppy
        "text behind the last part: mailing lists append their footers there; few readers show it"
    // Transfer encodings.
    UnknownTransferEncoding "unknown-transfer-encoding" Odd
        "an encoding that no standard has: readers show the text as it is, or guess"
    MisspeltTransferEncoding "misspelt-transfer-encoding" Sloppy
        "`8-bit`, `base64;`, quotes, comments or a charset: scripts write it, and lenient readers know what is meant"
    MalformedTransferEncoding "malformed-transfer-encoding" Sloppy
        "bytes that the encoding does not have: list footers behind base64, gateways that wrap quoted-printable"
    PaddingInside "base64-padding-inside" Sloppy
        "`=` in the middle of base64: mailers that encode in chunks write it; some readers stop there, some go on"
    Base64Alphabet "base64-other-alphabet" Odd
        "`-` and `_` instead of `+` and `/` (RFC 4648 §5): scripts of the web; others skip them"
    Base64Undeclared "base64-undeclared" Odd
        "an attachment that is nothing but base64 and does not say so: readers that guess decode it"
    EncodedMultipart "encoded-multipart" Odd
        "a multipart in base64 or quoted-printable (RFC 2045 §6.4 forbids it): opened by the readers that decode first"
    EncodedMessage "encoded-message" Sloppy
        "an attached mail in base64 or quoted-printable (RFC 2046 §5.2.1 forbids it): gateways write it, and readers differ in whether to decode"
    // Content.
    Uuencode "uuencode" Sloppy
        "a file in uuencode in a text: mailers before MIME; Outlook still opens it"
    MimeInText "mime-in-text" Sloppy
        "a whole multipart in a text: returned mails quote one, and readers that guess boundaries open it"
    MessagePartial "message-partial" Hiding
        "one file in pieces over several mails (RFC 2046 §5.2.2): no filter sees it whole, and old readers put it together"
    ExternalBody "external-body" Odd
        "the content is elsewhere (RFC 2046 §5.2.3): internet drafts were announced so; what a reader fetches was not examined"
    Utf7 "charset-utf-7" Odd
        "UTF-7 writes `<` as `+ADw-`: markup that a filter of ASCII does not see"
}

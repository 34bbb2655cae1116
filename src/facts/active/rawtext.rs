//! Where a browser leaves text that it does not read as markup: comments, styles, titles, scripts.
//!
//! Within such text `<p title="` opens no quote for a browser, so the end of the text counts even
//! where we read it as the middle of a quoted value: `<style><p title="</style><script>…">`.

/// Elements in which a browser knows no tags (HTML §13.2.6.2, §13.2.6.4.4, §13.2.6.4.7).
const ELEMENTS: &[&[u8]] = &[
    b"style",
    b"script",
    b"title",
    b"textarea",
    b"xmp",
    b"iframe",
    b"noembed",
    b"noframes",
    b"noscript",
];

/// Ends of comments (HTML §13.2.5.51), of CDATA sections and of instructions (XML §2.7, §2.6),
/// without the `>`.
const CLOSINGS: &[&[u8]] = &[b"--", b"--!", b"]]", b"?"];

/// Where in a quoted value a browser that was in such text would read markup again.
pub(super) fn end(value: &[u8]) -> Option<usize> {
    memchr::memchr2_iter(b'<', b'>', value).find(|&at| {
        let (before, behind) = value.split_at(at);
        match behind.split_first() {
            Some((b'<', [b'/', name @ ..])) => ELEMENTS.iter().any(|element| {
                name.get(..element.len()).is_some_and(|name| name.eq_ignore_ascii_case(element))
            }),
            Some((b'>', _)) => CLOSINGS.iter().any(|closing| before.ends_with(closing)),
            _ => false,
        }
    })
}

/// The first sign that ends a declaration, an instruction or what else is no tag to a browser
/// (HTML §13.2.5.41). The search goes on from where the last one ended.
#[derive(Default)]
pub(super) struct Bogus {
    end: usize,
}

impl Bogus {
    /// Notes that a `<` stands in front of here.
    pub(super) fn begin(&mut self, content: &[u8], at: usize) {
        let no_tag = matches!(content.get(at), Some(b'!' | b'?' | b'/'));
        if no_tag && at >= self.end {
            let rest = content.get(at..).unwrap_or_default();
            self.end = at + memchr::memchr(b'>', rest).unwrap_or(rest.len());
        }
    }

    /// The end, if it lies between these: what began before it and ends behind it was no tag.
    pub(super) fn between(&self, start: usize, end: usize) -> Option<usize> {
        (start < self.end && self.end < end).then_some(self.end)
    }
}

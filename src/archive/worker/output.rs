//! Where the readers in the child put what they find.
//!
//! One value with shared handles, because a RAR reader wants a writer of its own for each
//! member. Nothing is kept: everything is a frame at once.

use super::protocol::{FRAME, Frame, TEXT};
use crate::archive::{Deed, Why};
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

/// Nobody wants to know more: the parent is gone, or has had enough.
#[derive(Clone, Copy, Debug)]
pub(in crate::archive) struct Stop;

impl From<Stop> for io::Error {
    fn from(_: Stop) -> io::Error {
        io::ErrorKind::BrokenPipe.into()
    }
}

/// The way out. Every method fails once nobody listens.
#[derive(Clone)]
pub(in crate::archive) struct Output(Rc<RefCell<Inner>>);

struct Inner {
    to: Box<dyn Write>,
    frame: Vec<u8>,
    /// Bytes that have gone out.
    written: u64,
    stopped: bool,
}

impl Output {
    pub(super) fn new(to: Box<dyn Write>) -> Output {
        let frame = Vec::with_capacity(FRAME + 64);
        Output(Rc::new(RefCell::new(Inner { to, frame, written: 0, stopped: false })))
    }

    /// A member begins.
    pub(in crate::archive) fn member(&self, name: &str) -> Result<(), Stop> {
        self.put(&Frame::Member(name))
    }

    /// Bytes of the member, as many as there are.
    pub(in crate::archive) fn data(&self, bytes: &[u8]) -> Result<(), Stop> {
        bytes.chunks(FRAME).try_for_each(|chunk| self.put(&Frame::Data(chunk)))
    }

    /// The password with this number opened the member that has begun, or else the whole file.
    pub(in crate::archive) fn unlocked(&self, number: usize) -> Result<(), Stop> {
        self.put(&Frame::Unlocked(u8::try_from(number).unwrap_or(u8::MAX)))
    }

    /// The member ends.
    pub(in crate::archive) fn end(&self, whole: bool) -> Result<(), Stop> {
        self.put(&Frame::End(whole))
    }

    /// A member of which only the name is known.
    pub(in crate::archive) fn name_only(&self, name: &str) -> Result<(), Stop> {
        self.member(name)?;
        self.end(false)
    }

    /// Something could not be looked at.
    pub(in crate::archive) fn trouble(
        &self,
        why: Why,
        member: Option<&str>,
        detail: &str,
    ) -> Result<(), Stop> {
        self.put(&Frame::Trouble { why, member, detail, measure: None })
    }

    /// The same, with what was measured and the limit.
    pub(in crate::archive) fn over_limit(
        &self,
        member: Option<&str>,
        detail: &str,
        measure: (u64, u64),
    ) -> Result<(), Stop> {
        let measure = Some(measure);
        self.put(&Frame::Trouble { why: Why::OverLimit, member, detail, measure })
    }

    /// What the document does by itself.
    pub(in crate::archive) fn active(&self, deed: Deed, detail: &str) -> Result<(), Stop> {
        self.put(&Frame::Active { deed, detail })
    }

    /// Text of a page, in this font; `begins`: a line begins with it.
    pub(in crate::archive) fn text(
        &self,
        page: u32,
        mut begins: bool,
        font: &str,
        text: &str,
    ) -> Result<(), Stop> {
        let mut rest = text;
        while !rest.is_empty() {
            let (text, behind) = rest.split_at(rest.floor_char_boundary(TEXT));
            self.put(&Frame::Text { page, begins, font, text })?;
            (rest, begins) = (behind, false);
        }
        Ok(())
    }

    /// There is more text than was told.
    pub(in crate::archive) fn text_cut(&self) -> Result<(), Stop> {
        self.put(&Frame::Cut)
    }

    /// Some text could not be read.
    pub(in crate::archive) fn text_damaged(&self) -> Result<(), Stop> {
        self.put(&Frame::Damaged)
    }

    pub(super) fn put(&self, frame: &Frame<'_>) -> Result<(), Stop> {
        let mut inner = self.0.try_borrow_mut().map_err(|_| Stop)?;
        let Inner { to, frame: buffer, written, stopped } = &mut *inner;
        buffer.clear();
        frame.encode(buffer);
        *written += buffer.len() as u64;
        *stopped |= to.write_all(buffer).is_err();
        if *stopped { Err(Stop) } else { Ok(()) }
    }

    /// Sends what is still in a buffer.
    pub(super) fn flush(&self) -> Result<(), Stop> {
        let mut inner = self.0.try_borrow_mut().map_err(|_| Stop)?;
        inner.to.flush().map_err(|_| Stop)
    }

    /// Bytes that have gone out.
    pub(super) fn written(&self) -> u64 {
        self.0.try_borrow().map_or(0, |inner| inner.written)
    }

    /// Whether nobody listens.
    pub(in crate::archive) fn is_stopped(&self) -> bool {
        self.0.try_borrow().is_ok_and(|inner| inner.stopped)
    }
}

/// Bytes written are bytes of the member that has begun.
impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.data(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

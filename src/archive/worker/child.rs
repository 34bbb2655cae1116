//! The child's side: `congthu worker`, one file after the other from standard input.
//!
//! It takes from itself what it does not need before it reads the first byte: memory beyond its
//! share, files, core dumps. It ends when its standard input does, so it never outlives the gate.

use super::output::Output;
use super::protocol::{Frame, Input, REQUEST_HEAD, Request};
use super::{Format, Garbage};
use crate::archive::{pdf, rarfile, sevenz};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use std::cell::RefCell;
use std::io::{self, BufWriter, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// Processor time for one file, in seconds: forty times what the slowest honest archive of the
/// tests needs.
const SECONDS: u64 = 20;

/// Files that one child reads: what leaks by a fault of a reader goes with it.
const FILES: u32 = 1000;

/// After a file or an answer of so many bytes its memory is in pieces, and a new child costs less.
const LARGE: u64 = 16 << 20;

/// Stack of the thread that reads: deeper than any reader's own limit needs.
const STACK: usize = 16 << 20;

/// Serves files until standard input ends. `memory`: bytes of address space beyond what the program
/// has when it starts.
pub fn serve(memory: u64) -> Result<(), String> {
    confine(memory).map_err(|error| format!("cannot set limits: {error}"))?;
    let reading = std::thread::Builder::new().stack_size(STACK).spawn(|| {
        let mut input = io::stdin().lock();
        // The end of the input, or a parent that talks nonsense: either way there is no more.
        for file in 0.. {
            limit_time();
            if !matches!(one(&mut input, file >= FILES), Ok(Next::File)) {
                return;
            }
        }
    });
    let reading = reading.map_err(|error| format!("cannot start a thread: {error}"))?;
    reading.join().map_err(|_| "failed".to_owned())
}

/// What comes after a file.
enum Next {
    File,
    End,
}

fn confine(memory: u64) -> rustix::io::Result<()> {
    let limits = [
        (Resource::As, memory.saturating_add(at_start())),
        // Three are open. A reader that is taken over opens no other.
        (Resource::Nofile, 3),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
    ];
    limits.into_iter().try_for_each(|(resource, limit)| {
        let limit = getrlimit(resource).maximum.map_or(limit, |maximum| maximum.min(limit));
        setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })
    })
}

/// Bytes of address space that the program takes by itself: its code, and what its allocator has
/// reserved before the first line of `main`.
fn at_start() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 =
        pages.split(' ').next().and_then(|pages| pages.parse().ok()).unwrap_or_default();
    pages.saturating_mul(rustix::param::page_size() as u64)
}

/// The processor time of this file begins: the kernel ends a reader that takes more. The soft
/// limit alone moves, so a child may serve for weeks.
fn limit_time() {
    let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec;
    let limit = u64::try_from(used).unwrap_or_default() + SECONDS;
    let maximum = getrlimit(Resource::Cpu).maximum;
    // Where it cannot be set, the parent's deadline still holds.
    let _ = setrlimit(Resource::Cpu, Rlimit { current: Some(limit), maximum });
}

/// One request and its answer.
fn one(input: &mut impl Read, last: bool) -> io::Result<Next> {
    let Some((format, passwords, length)) = head(input)? else { return Ok(Next::End) };
    let mut file = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    if input.take(length).read_to_end(&mut file)? as u64 != length {
        return Ok(Next::End);
    }
    let output = Output::new(Box::new(BufWriter::with_capacity(32 << 10, io::stdout())));
    let request = Request { format, passwords: &passwords, file: &file };
    let panicked = read(&request, &output);
    let worn = last || panicked || length > LARGE || output.written() > LARGE;
    let done = output.put(&Frame::Done { retire: worn, panicked });
    match done.and_then(|()| output.flush()) {
        Ok(()) if !worn => Ok(Next::File),
        _ => Ok(Next::End),
    }
}

/// The head of a request; `None` at the end of the input.
fn head(input: &mut impl Read) -> io::Result<Option<(Format, Vec<String>, u64)>> {
    let mut length = [0; 4];
    if input.read(&mut length[..1])? == 0 {
        return Ok(None);
    }
    input.read_exact(&mut length[1..])?;
    let length = u32::from_le_bytes(length);
    if length > REQUEST_HEAD {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut head = vec![0; usize::try_from(length).unwrap_or_default()];
    input.read_exact(&mut head)?;
    let request = Input(&head).request();
    request.map(Some).map_err(|Garbage| io::ErrorKind::InvalidData.into())
}

/// Reads a file by its reader. Whether that panicked.
fn read(request: &Request<'_>, output: &Output) -> bool {
    let reading = AssertUnwindSafe(|| match request.format {
        Format::SevenZip => sevenz::read(request.file, request.passwords, output),
        Format::Rar => rarfile::read(request.file, request.passwords, output),
        Format::Pdf => pdf::read(request.file, request.passwords, output),
    });
    // A member may be open: the receiver takes its end as one that is not whole.
    catch_unwind(reading).is_err()
}

/// The answer to a request, read in this process; cut after `most` bytes.
pub(super) fn answer(request: &Request<'_>, most: usize) -> Vec<u8> {
    let kept = Rc::new(RefCell::new(Vec::new()));
    let output = Output::new(Box::new(Kept { bytes: kept.clone(), most }));
    let panicked = read(request, &output);
    let _ = output.put(&Frame::Done { retire: false, panicked });
    kept.take()
}

/// Keeps what is written, up to a limit.
struct Kept {
    bytes: Rc<RefCell<Vec<u8>>>,
    most: usize,
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.bytes.borrow_mut();
        if kept.len() + bytes.len() > self.most {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

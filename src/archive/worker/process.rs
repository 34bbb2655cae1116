//! One child and the conversation with it.
//!
//! Its pipes never block us: a child that neither reads nor answers is watched with `poll`, and
//! the budget is asked in between, so that a deadline ends it wherever it stands.

use super::protocol::Request;
use super::receiver::{Ends, Heard, Receiver};
use super::{Failure, Settings};
use crate::mail::name::escape;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, BufRead, BufReader, IoSlice, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// How often the budget is asked while a child is silent.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

/// A child that waits for files.
pub(super) struct Process {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    /// Whether it has answered before.
    pub(super) is_tried: bool,
    received: Vec<u8>,
    chunk: Box<[u8]>,
}

/// How a conversation ended.
pub(super) enum End {
    /// To its end; the child can be asked again.
    Well,
    /// To its end, but the child is worn.
    Worn,
    /// The budget of the message is spent: nothing more is wanted.
    Spent,
    /// Not at all. `silent`: before the first word of an answer.
    Badly { failure: Failure, silent: bool },
}

impl Process {
    pub(super) fn start(settings: &Settings) -> io::Result<Process> {
        let mut child = Command::new(&settings.program)
            .args(["worker", "--memory", &settings.memory.to_string()])
            // The allocator would reserve a gigabyte of addresses before the child can limit its
            // own, and could use them all.
            .env_clear()
            .env("MIMALLOC_ARENA_RESERVE", "32MiB")
            .current_dir("/")
            // Ctrl-C at a terminal is for the gate, which finishes what it has begun.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(errors)) = pipes else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        rustix::io::ioctl_fionbio(&input, true)?;
        rustix::io::ioctl_fionbio(&output, true)?;
        let pid = child.id();
        std::thread::Builder::new()
            .name("worker-log".to_owned())
            .spawn(move || log(pid, errors))?;
        let chunk = vec![0; 64 << 10].into();
        Ok(Process { child, input, output, is_tried: false, received: Vec::new(), chunk })
    }

    /// Itself, if it is still there.
    pub(super) fn if_alive(mut self) -> Option<Process> {
        matches!(self.child.try_wait(), Ok(None)).then_some(self)
    }

    /// Hands a file in and takes what was found.
    pub(super) fn ask(&mut self, request: &Request<'_>, receiver: &mut Receiver<'_, '_>) -> End {
        let head = request.head();
        let mut sending = Sending { head: &head, file: request.file };
        let mut silent = true;
        let end = loop {
            if receiver.is_cancelled() {
                break End::Badly { failure: Failure::Cancelled, silent };
            }
            match self.step(&mut sending) {
                Ok(true) => break End::Badly { failure: self.how_it_died(), silent },
                Ok(false) => {}
                Err(_) => break End::Badly { failure: Failure::Died, silent },
            }
            silent &= self.received.is_empty();
            match receiver.take(&mut self.received) {
                Ok(Heard::More) => {}
                Ok(Heard::Done { panicked: true, .. }) => {
                    break End::Badly { failure: Failure::Panic, silent };
                }
                Ok(Heard::Done { retire: true, .. }) => break End::Worn,
                Ok(Heard::Done { .. }) if sending.is_over() => break End::Well,
                Ok(Heard::Done { .. }) | Err(Ends::Garbage) => {
                    break End::Badly { failure: Failure::Garbage, silent };
                }
                Err(Ends::Spent) => break End::Spent,
            }
        };
        receiver.close();
        self.is_tried = true;
        end
    }

    /// Waits for one of the pipes, then writes and reads what goes. Whether the answer ended.
    fn step(&mut self, sending: &mut Sending<'_>) -> io::Result<bool> {
        let mut pipes = vec![PollFd::new(&self.output, PollFlags::IN)];
        if !sending.is_over() {
            pipes.push(PollFd::new(&self.input, PollFlags::OUT));
        }
        match poll(&mut pipes, Some(&LOOK)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        drop(pipes);
        // A child that died has closed both; the reading below tells.
        if let Err(error) = sending.go(&mut self.input) {
            if error.kind() != io::ErrorKind::BrokenPipe {
                return Err(error);
            }
            sending.give_up();
        }
        match self.output.read(&mut self.chunk) {
            Ok(count) => {
                self.received.extend_from_slice(self.chunk.get(..count).unwrap_or_default());
                Ok(count == 0)
            }
            Err(error) if waits(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Why the answer ended in the middle.
    fn how_it_died(&mut self) -> Failure {
        /// SIGABRT: Rust's answer to a failed allocation and to the end of the stack.
        const ABORTED: i32 = 6;
        /// SIGSEGV: the end of the stack where no guard page was met.
        const SEGMENT: i32 = 11;
        /// SIGXCPU: the limit of processor time.
        const TIME: i32 = 24;
        // What closed its output is about to be gone; what is not is at fault, and ended by us.
        let ended = (0..200).find_map(|_| {
            let ended = self.child.try_wait().ok().flatten();
            if ended.is_none() {
                std::thread::sleep(Duration::from_millis(5));
            }
            ended
        });
        match ended.and_then(|status| status.signal()) {
            Some(ABORTED | SEGMENT) => Failure::Memory,
            Some(TIME) => Failure::Time,
            _ => Failure::Died,
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    /// No child is left behind, and none as a zombie.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What of a request has not gone out yet.
struct Sending<'a> {
    head: &'a [u8],
    file: &'a [u8],
}

impl Sending<'_> {
    fn is_over(&self) -> bool {
        self.head.is_empty() && self.file.is_empty()
    }

    fn give_up(&mut self) {
        (self.head, self.file) = (&[], &[]);
    }

    /// Writes until the pipe is full.
    fn go(&mut self, input: &mut ChildStdin) -> io::Result<()> {
        while !self.is_over() {
            let pieces = [IoSlice::new(self.head), IoSlice::new(self.file)];
            match input.write_vectored(&pieces) {
                Ok(count) => {
                    let of_head = count.min(self.head.len());
                    self.head = self.head.get(of_head..).unwrap_or_default();
                    self.file = self.file.get(count - of_head..).unwrap_or_default();
                }
                Err(error) if waits(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn waits(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// What a child says on standard error goes to the log; a reader that complains without end is
/// heard no more.
fn log(pid: u32, errors: ChildStderr) {
    const LINES: usize = 100;
    const LINE: u64 = 1000;
    let mut errors = BufReader::new(errors);
    for number in 0.. {
        let mut line = Vec::new();
        match errors.by_ref().take(LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) if number >= LINES => {}
            Ok(_) => {
                let said = escape(String::from_utf8_lossy(&line).trim_end(), 500);
                tracing::warn!(pid, said, "A reader of archives complains.");
            }
        }
    }
}

//! Bytes while we think: in memory first, then in an unlinked file; many cursors over them.
//!
//! The first bytes of a message stay in memory, the rest goes to a file that
//! has no name, so nothing is left behind by a crash. Reading never waits for
//! the disk's writing: the bytes of the batch that is on its way to the file
//! are still here. A spool that is dropped before [`Spool::finish`] is *cut
//! off*, and none of its taps ever tells of an end.

mod chunks;
mod disk;
mod permit;
mod tap;

pub use disk::{Disk, Exhausted, Upload};
pub use permit::{Permit, Permits};
pub use tap::{CutOff, Drop, Tap, Whole};

use bytes::{Bytes, BytesMut};
use chunks::Chunks;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The largest chunk that a tap yields, in bytes.
pub const CHUNK: usize = 64 << 10;

/// What goes to the file or comes from it at once, in bytes. Each is a task on another thread:
/// waking threads for every chunk was a fifth of what a mail of 20 MB cost.
const BATCH: usize = 4 * CHUNK;

/// A byte store that grows at its end. Clones are handles on the same store.
///
/// Memory held: `memory` bytes, and once there is a file a quarter of a MiB more for the bytes
/// on their way to it, and as much for each tap that reads it.
#[derive(Clone, Debug)]
pub struct Spool(Arc<Writers>);

/// All handles that may still write; when the last one goes, so does the hope for an end.
#[derive(Debug)]
struct Writers(Arc<Store>);

/// What handles and taps share.
#[derive(Debug)]
struct Store {
    dir: PathBuf,
    memory: u64,
    upload: Option<Upload>,
    /// Held by the one write at a time.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    /// Says that there is news; a watch keeps its version, so no waker is lost.
    news: watch::Sender<()>,
}

/// `head` in memory, then the file, then `tail` in memory.
#[derive(Debug)]
struct State {
    head: Chunks,
    file: Option<Arc<File>>,
    tail: Chunks,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Open,
    Finished,
    CutOff,
}

/// Where the next bytes for a reader are.
enum Place {
    Memory(Bytes),
    File(Arc<File>, u64, usize),
    Nowhere(End),
}

impl Spool {
    /// An empty spool: `memory` bytes are kept in memory, the rest in a file in
    /// `dir`, which is touched only when it is needed.
    pub fn create(dir: &Path, memory: usize) -> Spool {
        Spool::over(dir, memory, None)
    }

    /// As [`Spool::create`]; what goes to the file is charged to this upload,
    /// which is released when the last handle and the last tap are gone.
    pub fn charged(dir: &Path, memory: usize, upload: Upload) -> Spool {
        Spool::over(dir, memory, Some(upload))
    }

    /// A finished spool of bytes that are there already.
    pub fn of(bytes: Bytes) -> Spool {
        let spool = Spool::over(Path::new(""), bytes.len(), None);
        spool.store().state().head.push(bytes);
        spool.finish();
        spool
    }

    fn over(dir: &Path, memory: usize, upload: Option<Upload>) -> Spool {
        let memory = memory as u64;
        let state = State {
            head: Chunks::starting(0),
            file: None,
            tail: Chunks::starting(memory),
            end: End::Open,
        };
        Spool(Arc::new(Writers(Arc::new(Store {
            dir: dir.to_owned(),
            memory,
            upload,
            turn: tokio::sync::Mutex::new(()),
            state: Mutex::new(state),
            news: watch::Sender::new(()),
        }))))
    }

    /// Appends. Taps see the bytes at once; the file is written in batches, off the runtime.
    ///
    /// An error (disk full, folder unwritable, budget exhausted: `StorageFull`)
    /// cuts the spool off: what is missing in the middle cannot be made good.
    pub async fn write(&self, chunk: Bytes) -> io::Result<()> {
        let store = self.store();
        let _turn = store.turn.lock().await;
        let written = match store.append(chunk) {
            Ok(true) => flush(store).await,
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        if written.is_err() {
            store.close(End::CutOff);
        }
        written
    }

    /// Marks the end: nothing can be written any more, and taps come to their last drop.
    pub fn finish(&self) {
        self.store().close(End::Finished);
        if let Some(upload) = &self.store().upload {
            upload.settle();
        }
    }

    /// Marks that the end will not come.
    pub fn cut_off(&self) {
        self.store().close(End::CutOff);
    }

    /// Bytes so far.
    pub fn len(&self) -> u64 {
        self.store().state().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A new cursor, at the first byte.
    pub fn tap(&self) -> Tap {
        Tap::new(self.0.0.clone())
    }

    /// All bytes in one buffer; no copy where they are one buffer already.
    ///
    /// Reads the file on this thread: call it where blocking is allowed. Fails
    /// with `UnexpectedEof` unless the spool is finished.
    pub fn whole(&self) -> io::Result<Bytes> {
        let (head, file, tail) = {
            let mut state = self.store().state();
            if state.end != End::Finished {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, CutOff::Unfinished));
            }
            (
                state.head.all(),
                state.file.clone().map(|file| (file, state.range())),
                state.tail.all(),
            )
        };
        if let ([only], None, []) = (&head[..], &file, &tail[..]) {
            return Ok(only.clone());
        }
        let mut whole = BytesMut::with_capacity(usize::try_from(self.len()).unwrap_or(0));
        head.iter().for_each(|chunk| whole.extend_from_slice(chunk));
        if let Some((file, (from, bytes))) = file {
            let at = whole.len();
            whole.resize(at + bytes, 0);
            file.read_exact_at(whole.get_mut(at..).unwrap_or_default(), from)?;
        }
        tail.iter().for_each(|chunk| whole.extend_from_slice(chunk));
        Ok(whole.freeze())
    }

    /// Comes when the disk budget gave this upload up; never for a spool without one.
    pub async fn tripped(&self) {
        match &self.store().upload {
            Some(upload) => upload.tripped().await,
            None => std::future::pending().await,
        }
    }

    fn store(&self) -> &Store {
        &self.0.0
    }
}

impl std::ops::Drop for Writers {
    fn drop(&mut self) {
        self.0.close(End::CutOff);
    }
}

impl Store {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the state as whole as it was: no step below can be half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first end that is told stays.
    fn close(&self, end: End) {
        let mut state = self.state();
        if state.end == End::Open {
            state.end = end;
            self.news.send_replace(());
        }
    }

    /// Appends in memory, and says whether a batch is due for the file.
    fn append(&self, mut chunk: Bytes) -> io::Result<bool> {
        let mut state = self.state();
        if state.end != End::Open {
            return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the spool is closed"));
        }
        let room = usize::try_from(self.memory - state.head.len()).unwrap_or(usize::MAX);
        state.head.push(chunk.split_to(room.min(chunk.len())));
        if let (Some(upload), false) = (&self.upload, chunk.is_empty()) {
            upload
                .charge(chunk.len() as u64)
                .map_err(|exhausted| io::Error::new(io::ErrorKind::StorageFull, exhausted))?;
        }
        state.tail.push(chunk);
        self.news.send_replace(());
        Ok(state.tail.len() >= BATCH as u64)
    }

    /// What a reader at this offset gets next.
    fn place(&self, at: u64) -> Place {
        let state = self.state();
        if at >= state.len() {
            return Place::Nowhere(state.end);
        }
        if at < state.head.end() {
            return Place::Memory(state.head.read(at));
        }
        match &state.file {
            Some(file) if at < state.tail.start() => {
                let left = usize::try_from(state.tail.start() - at).unwrap_or(BATCH);
                Place::File(file.clone(), at - self.memory, left.min(BATCH))
            }
            _ => Place::Memory(state.tail.read(at)),
        }
    }
}

impl State {
    fn len(&self) -> u64 {
        if self.tail.end() > self.tail.start() || self.file.is_some() {
            self.tail.end()
        } else {
            self.head.end()
        }
    }

    /// Offset and length of what the file holds.
    fn range(&self) -> (u64, usize) {
        (0, usize::try_from(self.tail.start() - self.head.end()).unwrap_or(0))
    }
}

/// Moves the tail into the file. Cancelled in between, it is done again: the
/// same bytes at the same offset.
async fn flush(store: &Store) -> io::Result<()> {
    let (file, at, batch) = {
        let mut state = store.state();
        (state.file.clone(), state.tail.start() - store.memory, state.tail.all())
    };
    let dir = store.dir.clone();
    let file = tokio::task::spawn_blocking(move || {
        let file = match file {
            Some(file) => file,
            None => Arc::new(tempfile::tempfile_in(&dir).map_err(|error| named(&dir, &error))?),
        };
        let mut at = at;
        for chunk in batch {
            file.write_all_at(&chunk, at).map_err(|error| named(&dir, &error))?;
            at += chunk.len() as u64;
        }
        io::Result::Ok(file)
    })
    .await??;
    let mut state = store.state();
    state.file = Some(file);
    state.tail = Chunks::starting(state.tail.end());
    Ok(())
}

/// The operator is told where.
fn named(dir: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("spool {}: {error}", dir.display()))
}

//! The spool gives back what it was given, to every reader, or says that it cannot.

#![allow(clippy::unwrap_used, clippy::panic)]

use bytes::Bytes;
use congthu::spool::{CHUNK, CutOff, Disk, Drop, Permits, Spool, Tap};
use proptest::prelude::*;
use std::future::Future;
use std::io::ErrorKind;
use std::path::Path;

/// Runs tasks in the order in which they wake, on one thread, files on others.
fn run<T>(job: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(job)
}

/// Reads to the end or the cut. `patience`: how often others go first, a chunk.
async fn drain(mut tap: Tap, patience: usize) -> Result<Vec<u8>, CutOff> {
    let mut read = Vec::new();
    loop {
        for _ in 0..patience {
            tokio::task::yield_now().await;
        }
        match tap.next().await? {
            Drop::Chunk(chunk) => {
                assert!((1..=CHUNK).contains(&chunk.len()), "{} bytes at once", chunk.len());
                read.extend_from_slice(&chunk);
            }
            Drop::Last(_) => return Ok(read),
        }
    }
}

/// Bytes that tell their offset, so that a swap of two chunks shows.
fn text(len: usize) -> Bytes {
    (0..len).map(|at| (at % 251) as u8 ^ (at / 251) as u8).collect()
}

/// Chunks of single bytes, of ordinary reads and of more than a tap yields at once.
fn chunks() -> impl Strategy<Value = Vec<usize>> {
    let size = prop_oneof![0..3usize, 1..5000usize, 60_000..140_000usize];
    prop::collection::vec(size, 0..24)
}

fn split(whole: &Bytes, sizes: &[usize]) -> Vec<Bytes> {
    let mut rest = whole.clone();
    sizes.iter().map(|size| rest.split_to(*size)).collect()
}

async fn every_reader_gets_the_bytes(sizes: Vec<usize>, memory: usize) {
    let whole = text(sizes.iter().sum());
    let dir = tempfile::tempdir().unwrap();
    let spool = Spool::create(dir.path(), memory);
    let mut early: Vec<_> =
        [0, 1, 7].map(|patience| tokio::spawn(drain(spool.tap(), patience))).into();
    for (nth, chunk) in split(&whole, &sizes).into_iter().enumerate() {
        spool.write(chunk).await.unwrap();
        if nth % 3 == 0 {
            early.push(tokio::spawn(drain(spool.tap(), nth)));
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(spool.whole().unwrap_err().kind(), ErrorKind::UnexpectedEof);
    spool.finish();
    for reader in early {
        assert!(reader.await.unwrap().unwrap() == whole, "an early reader read something else");
    }
    assert_eq!(spool.len(), whole.len() as u64);
    assert!(spool.whole().unwrap() == whole, "whole() differs");
    let mut tap = spool.tap();
    assert_eq!(tap.end().await.unwrap(), whole.len() as u64);
    tap.next().await.unwrap();
    tap.rewind();
    std::mem::drop(spool);
    assert!(drain(tap, 0).await.unwrap() == whole, "a late, rewound reader read something else");
    assert_eq!(dir.path().read_dir().unwrap().count(), 0, "the file has a name");
}

async fn no_reader_gets_an_end(sizes: Vec<usize>, memory: usize) {
    let whole = text(sizes.iter().sum());
    let dir = tempfile::tempdir().unwrap();
    let spool = Spool::create(dir.path(), memory);
    let (early, late) = (tokio::spawn(drain(spool.tap(), 1)), spool.tap());
    for chunk in split(&whole, &sizes) {
        spool.write(chunk).await.unwrap();
    }
    // A second handle does not keep a message alive that nobody writes to.
    let other = spool.clone();
    std::mem::drop(spool);
    std::mem::drop(other);
    assert_eq!(early.await.unwrap(), Err(CutOff::Unfinished));
    assert_eq!(late.clone().end().await, Err(CutOff::Unfinished));
    assert_eq!(drain(late, 0).await, Err(CutOff::Unfinished));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_chunking_and_any_speed(sizes in chunks(), memory in 0..300_000usize) {
        run(every_reader_gets_the_bytes(sizes, memory));
    }

    #[test]
    fn cut_off_is_no_end(sizes in chunks(), memory in 0..300_000usize) {
        run(no_reader_gets_an_end(sizes, memory));
    }
}

#[test]
fn the_threshold_is_exact_and_memory_is_not_copied() {
    run(async {
        // The folder is missing: only bytes beyond the threshold would notice.
        let spool = Spool::create(Path::new("/nonexistent/spool"), 100_000);
        let chunk = text(100_000);
        spool.write(chunk.clone()).await.unwrap();
        spool.finish();
        assert_eq!(spool.whole().unwrap().as_ptr(), chunk.as_ptr());
        let Drop::Chunk(first) = spool.tap().next().await.unwrap() else { panic!("no bytes") };
        assert_eq!(first.as_ptr(), chunk.as_ptr());
    });
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_and_cuts_off() {
    run(async {
        let spool = Spool::create(Path::new("/nonexistent/spool"), 10);
        let reader = tokio::spawn(drain(spool.tap(), 0));
        let error = spool.write(text(8 * CHUNK)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("/nonexistent/spool"), "{error}");
        spool.finish();
        assert_eq!(reader.await.unwrap(), Err(CutOff::Unfinished));
        assert_eq!(spool.write(text(1)).await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    });
}

#[test]
fn a_tap_says_when_enough_is_there() {
    run(async {
        let spool = Spool::create(Path::new("/nonexistent"), 1000);
        let mut tap = spool.tap();
        let waiting = tokio::spawn(async move { tap.ready(300).await.map(|()| tap.len()) });
        for _ in 0..3 {
            assert!(!waiting.is_finished());
            spool.write(text(100)).await.unwrap();
            tokio::task::yield_now().await;
        }
        assert_eq!(waiting.await.unwrap(), Ok(300));
        let mut tap = spool.tap();
        let waiting = tokio::spawn(async move { tap.ready(4000).await.map(|()| tap.len()) });
        spool.finish();
        assert_eq!(waiting.await.unwrap(), Ok(300));
    });
}

#[test]
fn permits_are_counted_and_come_back() {
    run(async {
        let permits = Permits::new(10 << 10);
        let six = permits.try_acquire(6 << 10).unwrap();
        assert_eq!(permits.used(), 6 << 10);
        assert!(permits.try_acquire(5 << 10).is_none());
        let (waiting, four) = (permits.clone(), permits.try_acquire(1).unwrap());
        let waiting = tokio::spawn(async move { waiting.acquire(u64::MAX).await });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished(), "all of it, while a part is taken");
        std::mem::drop((six, four));
        let all = waiting.await.unwrap();
        assert_eq!(permits.used(), 10 << 10);
        std::mem::drop(all);
        assert_eq!(permits.used(), 0);
    });
}

#[test]
fn the_youngest_upload_makes_room() {
    run(async {
        let disk = Disk::new(100);
        let (old, done, young) = (disk.begin(), disk.begin(), disk.begin());
        old.charge(40).unwrap();
        done.charge(30).unwrap();
        done.settle();
        young.charge(30).unwrap();
        // The youngest itself wants more: it fails, and gives back what it had.
        assert!(young.charge(1).is_err());
        young.tripped().await;
        assert_eq!(disk.used(), 70);
        let young = disk.begin();
        young.charge(30).unwrap();
        let empty = disk.begin();
        // An older one wants more: the youngest that holds anything goes, not what has arrived.
        old.charge(20).unwrap();
        young.tripped().await;
        assert!(young.charge(1).is_err());
        empty.charge(5).unwrap();
        assert_eq!(disk.used(), 95);
        assert!(old.charge(40).is_err(), "more than there is, even alone");
        std::mem::drop((old, done, young, empty));
        assert_eq!(disk.used(), 0);
    });
}

#[test]
fn a_spool_charges_only_what_goes_to_the_file() {
    run(async {
        let (disk, dir) = (Disk::new(100_000), tempfile::tempdir().unwrap());
        let spool = Spool::charged(dir.path(), 1000, disk.begin());
        spool.write(text(1000)).await.unwrap();
        assert_eq!(disk.used(), 0);
        spool.write(text(90_000)).await.unwrap();
        assert_eq!(disk.used(), 90_000);
        let error = spool.write(text(10_001)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        spool.tripped().await;
        assert_eq!(disk.used(), 0);
        let spool = Spool::charged(dir.path(), 0, disk.begin());
        spool.write(text(100)).await.unwrap();
        let tap = spool.tap();
        std::mem::drop(spool);
        assert_eq!(disk.used(), 100, "the tap still holds the file");
        std::mem::drop(tap);
        assert_eq!(disk.used(), 0);
    });
}

//! 7z, RAR and PDF, read in children: what comes out, and what a child may do wrong.

#![allow(clippy::unwrap_used)] // A test says by it what it takes for granted.

mod corpus;
mod faults;
mod gate;
mod made;
mod packed;
mod pdf;
mod protocol;
mod rar;

use bytes::Bytes;
use congthu::archive::worker::{Settings, Worker};
use congthu::archive::{Opened, Opener};
use congthu::mail::{Budget, FileType, Limits, Trip};
use std::path::PathBuf;

/// Children of the real program.
fn worker() -> Worker {
    Worker::new(settings(env!("CARGO_BIN_EXE_congthu").into()))
}

fn settings(program: PathBuf) -> Settings {
    Settings { program, memory: 512 << 20, children: 2, failed: |_| {} }
}

fn opener(passwords: &[&str]) -> Opener {
    let passwords = passwords.iter().map(|password| (*password).to_owned()).collect();
    Opener { passwords, worker: Some(worker()) }
}

fn budget(bytes: &[u8]) -> Budget {
    Budget::new(Limits::default(), bytes.len() as u64, Trip::default())
}

/// What is in a file, whatever it looks like.
fn open(opener: &Opener, bytes: &[u8]) -> Opened {
    let kind = FileType::detect(bytes);
    let bytes = Bytes::copy_from_slice(bytes);
    opener.open(kind, None, &bytes, &mut budget(&bytes)).unwrap()
}

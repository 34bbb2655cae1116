//! The text of documents: where lines stand, in which fonts, and what encoding they are in.

mod corpus;
mod costs;
pub mod docx;
mod government;
mod ink;
pub mod made;
pub mod odf;
pub mod ole;
pub mod pdf;
mod plain;
mod rtf;
pub mod sheets;
pub mod slides97;

use bytes::Bytes;
use congthu::archive::Opener;
use congthu::archive::worker::{Settings, Worker};
use congthu::facts::{Facts, Part, unfold};
use congthu::mail::{Budget, Limits, Trip};
use congthu::text::Document;
use congthu::text::document::{Area, Frame, Line};
use std::path::PathBuf;
use std::sync::LazyLock;

/// The corpus, or nothing where there is none.
fn corpus() -> Option<PathBuf> {
    let corpus = std::env::var_os("CONGTHU_CORPUS").map(PathBuf::from);
    if corpus.is_none() {
        println!("skipped: no corpus");
    }
    corpus
}

/// A letter with this file attached, taken apart.
fn letter(file: &[u8]) -> Facts {
    taken_apart(file, &Opener::default())
}

/// The same with a child of the real program to read PDF.
fn letter_with_worker(file: &[u8]) -> Facts {
    static WORKER: LazyLock<Worker> = LazyLock::new(|| {
        Worker::new(Settings {
            program: env!("CARGO_BIN_EXE_congthu").into(),
            memory: 1 << 30,
            children: 2,
            failed: |_| {},
        })
    });
    taken_apart(file, &Opener { worker: Some(WORKER.clone()), ..Opener::default() })
}

fn taken_apart(file: &[u8], opener: &Opener) -> Facts {
    let raw = Bytes::from(crate::support::letter_with(file));
    let mut budget = Budget::new(Limits::default(), raw.len() as u64, Trip::default());
    unfold(&raw, opener, &mut budget)
}

/// The file attached to a letter.
fn attached(facts: &Facts) -> &Part {
    facts.parts.iter().find(|part| part.path == "2").expect("an attachment")
}

/// The text of a file as the gate reads it.
fn read(file: &[u8]) -> Document {
    attached(&letter(file)).document().clone()
}

/// Lines as `area frame row: text`, short enough to compare.
fn shown(lines: &[Line]) -> Vec<String> {
    let area = |area| match area {
        Area::Body => "",
        Area::Header => "header ",
        Area::Footer => "footer ",
        Area::Note => "note ",
    };
    let frame = |line: &Line| match line.place.frame {
        Frame::Page => String::new(),
        Frame::Cell => format!("row{} ", line.place.row),
        Frame::Box => "box ".to_owned(),
    };
    let line = |line: &Line| format!("{}{}| {}", area(line.place.area), frame(line), line.text);
    lines.iter().map(line).collect()
}

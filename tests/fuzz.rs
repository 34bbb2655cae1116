//! The fuzz targets on stable: random bytes, and mutations of the fixtures. `PROPTEST_CASES` sets
//! how many; `make fuzz` goes on where this ends.

#[path = "../fuzz/targets.rs"]
mod targets;

use proptest::prelude::*;
use std::fs;
use std::path::Path;

/// Everything below `fixtures/` that is small enough to be mutated many times.
fn seeds(dir: &Path, found: &mut Vec<Vec<u8>>) {
    let mut entries: Vec<_> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            seeds(&path, found);
        } else if fs::metadata(&path).unwrap().len() < 8_000 {
            found.push(fs::read(&path).unwrap());
        }
    }
}

/// A change that keeps most of a seed: a byte, a piece doubled, a piece cut out, an end cut off.
fn mutate(bytes: &mut Vec<u8>, (kind, at, value): (u8, usize, u8)) {
    if bytes.is_empty() {
        return;
    }
    let at = at % bytes.len();
    let end = (at + 1 + usize::from(value)).min(bytes.len());
    match kind % 4 {
        0 => bytes[at] = value,
        1 => bytes.splice(at..at, bytes[at..end].to_vec()).for_each(drop),
        2 => bytes.drain(at..end).for_each(drop),
        _ => bytes.truncate(at),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_target_returns(
        seed in any::<prop::sample::Index>(),
        changes in prop::collection::vec(any::<(u8, usize, u8)>(), 0..12),
        noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut found = Vec::new();
        seeds(Path::new("fixtures"), &mut found);
        let mut mutated = seed.get(&found).clone();
        changes.into_iter().for_each(|change| mutate(&mut mutated, change));
        for (name, target) in targets::TARGETS {
            for bytes in [&mutated, &noise] {
                let ran = std::panic::catch_unwind(|| target(bytes));
                prop_assert!(ran.is_ok(), "{name}: {:?}", bytes.escape_ascii().to_string());
            }
        }
    }
}

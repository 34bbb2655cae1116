//! Results that are kept beside the tests: what comes out must be what came out before.

use std::fs;
use std::path::Path;

/// Compares a result with its file, or writes the file where `CONGTHU_WRITE_EXPECTED` is set.
pub fn kept(file: &str, result: &str) {
    if std::env::var_os("CONGTHU_WRITE_EXPECTED").is_some() {
        fs::create_dir_all(Path::new(file).parent().unwrap()).unwrap();
        return fs::write(file, result).unwrap();
    }
    let kept = fs::read_to_string(file).unwrap_or_default();
    let [kept, now] = [&kept[..], result].map(|text| text.lines().collect::<Vec<_>>());
    let new: Vec<_> = now.iter().filter(|line| !kept.contains(line)).collect();
    let gone: Vec<_> = kept.iter().filter(|line| !now.contains(line)).collect();
    assert!(new.is_empty() && gone.is_empty(), "{file}: new {new:#?}, gone {gone:#?}");
}

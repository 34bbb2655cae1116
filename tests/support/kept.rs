//! Lists of what is not good yet, kept beside the tests: they may only shrink.

use std::fs;
use std::path::Path;

/// Holds every line of a list to stand in its file, or writes the file where
/// `CONGTHU_WRITE_EXPECTED` is set.
pub fn kept(file: &str, result: &str) {
    if std::env::var_os("CONGTHU_WRITE_EXPECTED").is_some() {
        fs::create_dir_all(Path::new(file).parent().unwrap()).unwrap();
        return fs::write(file, result).unwrap();
    }
    let kept = fs::read_to_string(file).unwrap_or_default();
    let [kept, now] = [&kept[..], result].map(|text| text.lines().collect::<Vec<_>>());
    let new: Vec<_> = now.iter().filter(|line| !kept.contains(line)).collect();
    assert!(new.is_empty(), "{file} does not list: {new:#?}");
}

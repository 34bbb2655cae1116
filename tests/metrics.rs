//! The list of metrics: its page for people is fresh, and names follow the conventions.

use congthu::metrics::{METRICS, markdown};
use std::fs;

const PAGE: &str = "src/metrics/README.md";

#[test]
fn the_table_of_metrics_is_fresh() {
    if std::env::var_os("CONGTHU_WRITE_EXPECTED").is_some() {
        fs::write(PAGE, markdown()).unwrap();
    }
    let written = fs::read_to_string(PAGE).unwrap_or_default();
    assert_eq!(written, markdown(), "run this test with CONGTHU_WRITE_EXPECTED=1, commit the page");
}

#[test]
fn names_follow_the_conventions_of_prometheus() {
    for metric in METRICS {
        let name = metric.name.strip_prefix("congthu_").expect(metric.name);
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        for unit in ["_ms", "_milliseconds", "_kb", "_mb"] {
            assert!(!name.ends_with(unit), "{name}: base units only");
        }
    }
}

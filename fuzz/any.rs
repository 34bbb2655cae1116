//! The door of libFuzzer to all targets: `CONGTHU_FUZZ` names the one that is run.
#![no_main]

#[allow(dead_code)]
mod targets;

use std::sync::LazyLock;

static TARGET: LazyLock<targets::Target> = LazyLock::new(|| {
    let wanted = std::env::var("CONGTHU_FUZZ").unwrap_or_default();
    let found = targets::TARGETS.iter().find(|(name, _)| *name == wanted);
    found.unwrap_or_else(|| panic!("CONGTHU_FUZZ={wanted} is no target of fuzz/targets.rs")).1
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| TARGET(data));

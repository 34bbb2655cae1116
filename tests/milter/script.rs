//! `miltertest`, the filter tester of OpenDKIM on libmilter's own definitions, with the scripts of
//! `fixtures/milter`.

use super::mta::setup;
use std::fs;
use std::process::Command;
use tokio::runtime::Runtime;

#[test]
fn the_scripts_run_to_their_end() {
    if Command::new("miltertest").arg("-V").output().is_err() {
        println!("skipped: no miltertest (tests/install.sh)");
        return;
    }
    let runtime = Runtime::new().unwrap();
    let gate = runtime.block_on(setup("").start());
    let address = format!("address=inet:{}@127.0.0.1", gate.milter.unwrap().port());
    let mut ran = 0;
    for entry in fs::read_dir("fixtures/milter").unwrap() {
        let script = entry.unwrap().path();
        let mut tester = Command::new("miltertest");
        tester.args(["-w", "-D", &address, "-s"]).arg(&script);
        let output = tester.output().unwrap();
        assert!(output.status.success(), "{}: {output:?}", script.display());
        ran += 1;
    }
    assert_eq!(ran, 2);
}

#!/bin/bash
# Fuzzes each target of targets.rs, guided by coverage, from the fixtures on: SECONDS_EACH= (20),
# at most RUNS= inputs (100,000), as many at once as there are processors. With SEED= (1) a run is the same every time
# but for its length. What breaks a target is left in artifacts/.
#
# libFuzzer by plain cargo: `cargo fuzz` takes no `--ignore-rust-version`. The flags are its own but
# for the address sanitizer, which finds nothing in a crate without `unsafe`; they work on stable.
set -euo pipefail
cd "$(dirname "$0")"

host=$(rustc -vV | sed -n 's/^host: //p')
sancov="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
for table in inline-8bit-counters pc-table trace-compares; do
    sancov+=" -Cllvm-args=-sanitizer-coverage-$table"
done
# The versions that are tested; only libFuzzer's own crate is added.
cp ../Cargo.lock Cargo.lock
RUSTFLAGS="$sancov -Ccodegen-units=16 --cfg fuzzing" \
    cargo build --quiet --release --ignore-rust-version --target "$host"

mkdir -p artifacts
program=target/$host/release/any
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(sed -n 's/^    ("\([a-z_]*\)", .*/\1/p' targets.rs)
[ ${#targets[@]} -gt 0 ] || { echo "run.sh: targets.rs names no targets" >&2; exit 1; }

one() {
    mkdir -p "corpus/$1"
    CONGTHU_FUZZ=$1 "$program" "corpus/$1" ../fixtures -artifact_prefix="artifacts/$1-" \
        -seed="${SEED:-1}" -runs="${RUNS:-100000}" -max_total_time="${SECONDS_EACH:-20}" \
        -timeout=20 -rss_limit_mb=4096 -verbosity=0 -print_final_stats=1 >"artifacts/$1.log" 2>&1 || {
        echo "fuzz: $1 failed:" >&2
        tail -30 "artifacts/$1.log" >&2
        return 1
    }
    echo "fuzz: $1: $(sed -n 's/^stat::number_of_executed_units: *//p' "artifacts/$1.log") inputs"
}
export -f one
export program
printf '%s\n' "${targets[@]}" | SECONDS_EACH=${SECONDS_EACH:-20} xargs -P "$(nproc)" -I {} bash -c 'set -euo pipefail; one {}'

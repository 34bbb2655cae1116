# The commands of this project. `--ignore-rust-version`: mail-parser declares a
# newer Rust than it needs. One profile for all, so that nothing compiles twice; but
# what is measured is what the package has (PROFILE=release builds sooner and is slower).
FLAGS := --release --locked --ignore-rust-version
PROFILE := shipped
BENCH := cargo bench --profile $(PROFILE) --locked --ignore-rust-version --bench gate

.PHONY: run test deb lint bench soak spans instructions worst rules texts fuzz

# The gate at work, with no other software: SMTP on 127.0.0.1:2525.
run:
	cargo run $(FLAGS) -- serve

# All tests, against real servers, which are installed if they are missing.
test:
	tests/install.sh
	if cargo nextest --version >/dev/null 2>&1; then \
	    cargo nextest run $(FLAGS); \
	else \
	    cargo test $(FLAGS); \
	fi

# The Debian package, in target/deb. CONGTHU_BINARY= names a binary that is built already.
deb:
	deploy/package.sh

# Rates, latencies, processor time and memory beside the bare next hop and plain Postfix,
# interleaved, and of the dearest letters; within four minutes. CONGTHU_LAB names another generator; as root with Postfix.
bench:
	BENCH_TABLE=README.md BENCH_TEXTS=src/text/README.md $(BENCH)

# Half an hour (MINUTES=) with clamd and rspamd: a reload, twice the capacity, 500 slow clients, a
# slow upload. SIGNATURES= is how many clamd is made to load.
soak:
	BENCH_TABLE=README.md $(BENCH) -- soak

lint:
	cargo fmt --check
	cargo clippy $(FLAGS) --all-targets -- -D warnings
	cargo clippy $(FLAGS) --features otlp -- -D warnings

# The program that sends spans, before a listener of ours; it compiles once more for that.
spans:
	cargo test $(FLAGS) --features otlp --test tests -- spans

# Counts the instructions of the per-message path anew; the test of that name holds them.
instructions:
	CONGTHU_WRITE_INSTRUCTIONS=1 cargo test $(FLAGS) --test tests -- instructions

# The dearest letters of 64 MB that are known, in processor time: none may take two seconds. A part
# of `make bench`.
worst:
	$(BENCH) -- worst

# What many rules and a long directory cost, in processor time; half a minute. A part of `make bench`.
rules:
	BENCH_TABLE=README.md $(BENCH) -- rules

# How fast texts are judged, in every encoding, on one core; half a minute. A part of `make bench`.
texts:
	BENCH_TEXTS=src/text/README.md $(BENCH) -- texts

# Coverage-guided fuzzing of every parser, SECONDS_EACH= (20) for each target; needs g++.
fuzz:
	fuzz/run.sh

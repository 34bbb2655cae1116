//! Where the log goes: standard output, in the form that `[log]` says. Spans go to a collector too, in
//! a build with the feature `otlp`.

#[cfg(feature = "otlp")]
use super::traces::Traces;
use crate::config::Log;
use crate::serve::Lines;
use std::env;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::process::ExitCode;
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, registry};

/// Kept as long as something is to be told.
pub(super) struct Telling {
    #[cfg(feature = "otlp")]
    _traces: Option<Traces>,
}

/// Begins; `RUST_LOG` chooses what is said.
#[cfg(feature = "otlp")]
pub(super) fn start(log: &Log, runtime: &Handle) -> Result<Telling, ExitCode> {
    let traces = Traces::start(runtime)?;
    let spans = traces.as_ref().map(Traces::layer);
    // There is no other subscriber in this process.
    let _ = registry().with(lines(log)).with(spans).try_init();
    Ok(Telling { _traces: traces })
}

/// Begins; `RUST_LOG` chooses what is said.
#[cfg(not(feature = "otlp"))]
pub(super) fn start(log: &Log, _: &Handle) -> Result<Telling, ExitCode> {
    // There is no other subscriber in this process.
    let _ = registry().with(lines(log)).try_init();
    if names_a_collector() {
        tracing::warn!("OTEL_EXPORTER_OTLP_… is set, and this program was built without `otlp`.");
    }
    Ok(Telling {})
}

/// Whether spans are wanted somewhere, in the words of the OpenTelemetry specification.
pub(super) fn names_a_collector() -> bool {
    let names = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
    names.iter().any(|name| env::var_os(name).is_some_and(|endpoint| !endpoint.is_empty()))
}

fn lines<S>(log: &Log) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    Lines::new(log.format, is_journal().unwrap_or(false), io::stdout).with_filter(filter)
}

/// Whether systemd's journal reads standard output: `JOURNAL_STREAM` names its device and inode
/// (systemd.exec(5)).
fn is_journal() -> Option<bool> {
    let named = env::var("JOURNAL_STREAM").ok()?;
    let own = io::stdout().as_fd().try_clone_to_owned().ok()?;
    let about = File::from(own).metadata().ok()?;
    Some(named == format!("{}:{}", about.dev(), about.ino()))
}

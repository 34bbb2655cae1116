//! `/metrics`, `/healthz`, `/readyz`: what the gate says of itself.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Why the gate is not ready to take mail; empty when it is.
pub type Readiness = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// What the pages show.
#[derive(Clone)]
struct Shown {
    metrics: PrometheusHandle,
    readiness: Readiness,
    /// Brings gauges up to date before they are rendered.
    refresh: Arc<dyn Fn() + Send + Sync>,
}

/// Answers until the token is cancelled.
pub async fn serve(
    listener: TcpListener,
    metrics: PrometheusHandle,
    readiness: Readiness,
    refresh: Arc<dyn Fn() + Send + Sync>,
    stop: CancellationToken,
) -> io::Result<()> {
    let shown = Shown { metrics, readiness, refresh };
    let pages = Router::new()
        .route("/metrics", get(render))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .with_state(shown);
    axum::serve(listener, pages).with_graceful_shutdown(stop.cancelled_owned()).await
}

/// The text format of Prometheus.
async fn render(State(shown): State<Shown>) -> impl IntoResponse {
    (shown.refresh)();
    shown.metrics.run_upkeep();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], shown.metrics.render())
}

/// 200 while mail can be taken, else 503 with a line a cause.
async fn ready(State(shown): State<Shown>) -> impl IntoResponse {
    let causes = (shown.readiness)();
    match causes.is_empty() {
        true => (StatusCode::OK, "ready\n".to_owned()),
        false => (StatusCode::SERVICE_UNAVAILABLE, causes.join("\n") + "\n"),
    }
}

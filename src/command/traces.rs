//! Spans of messages to an OpenTelemetry collector (OTLP over HTTP), where the environment names one.
//!
//! Variables and defaults are those of the OpenTelemetry specification. Lines of the log stay here:
//! addresses of people are none of the collector's business.

use super::SYSTEM;
use super::setup::complain;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Uri;
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::env;
use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// How long a collector has for one batch.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the last spans have at the end.
const LAST: Duration = Duration::from_secs(3);

/// No answer of a collector is longer.
const LONGEST: usize = 64 << 10;

/// What carries spans away.
pub(super) struct Traces(SdkTracerProvider);

impl Traces {
    /// `None` where nobody asked for them.
    pub(super) fn start(runtime: &Handle) -> Result<Option<Traces>, ExitCode> {
        if !super::logging::names_a_collector() {
            return Ok(None);
        }
        let client = Client { runtime: runtime.clone(), away: Arc::default() };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .build()
            .map_err(|error| complain(SYSTEM, &format!("OTEL_EXPORTER_OTLP_…: {error}")))?;
        let resource = match env::var_os("OTEL_SERVICE_NAME") {
            Some(_) => Resource::builder(),
            None => Resource::builder().with_service_name("congthu"),
        };
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build())
            .build();
        Ok(Some(Traces(provider)))
    }

    /// Takes our own spans, and no events.
    pub(super) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let own = filter_fn(|meta| {
            meta.is_span() && *meta.level() <= Level::INFO && meta.target().starts_with("congthu")
        });
        tracing_opentelemetry::layer().with_tracer(self.0.tracer("congthu")).with_filter(own)
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(LAST) {
            tracing::warn!(%error, "The last spans did not reach the collector.");
        }
    }
}

/// One connection a batch, as long as it takes: batches are seconds apart.
#[derive(Debug)]
struct Client {
    /// Batches are sent from a thread that knows nothing of sockets.
    runtime: Handle,
    /// Whether the last one did not arrive: an outage is one line of the log, not one a batch.
    away: Arc<AtomicBool>,
}

/// What is wrong, if something is.
fn failure(answer: &Result<Response<Bytes>, HttpError>) -> Option<String> {
    match answer {
        Ok(answer) if answer.status().is_success() => None,
        Ok(answer) => Some(answer.status().to_string()),
        Err(error) => Some(error.to_string()),
    }
}

impl HttpClient for Client {
    fn send_bytes<'a, 'b>(
        &'a self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'b>>
    where
        'a: 'b,
    {
        let (away, collector) = (self.away.clone(), request.uri().to_string());
        let posting = self.runtime.spawn(async { timeout(PATIENCE, post(request)).await });
        Box::pin(async move {
            let answer = posting.await?.map_err(HttpError::from).flatten();
            let failure = failure(&answer);
            match (away.swap(failure.is_some(), Ordering::Relaxed), failure) {
                (false, Some(failure)) => {
                    tracing::warn!(collector, failure, "Spans do not reach the collector.");
                }
                (true, None) => tracing::info!(collector, "Spans reach the collector again."),
                _ => {}
            }
            answer
        })
    }
}

async fn post(mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let uri = request.uri().clone();
    let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http"));
    let authority =
        authority.ok_or_else(|| format!("{uri} is not like http://127.0.0.1:4318: without TLS"))?;
    let port = authority.port_u16().unwrap_or(80);
    let stream = TcpStream::connect((authority.host(), port)).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    request.headers_mut().insert(HOST, HeaderValue::from_str(authority.as_str())?);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = path.parse::<Uri>()?;
    let asking = async move {
        let (head, body) = sender.send_request(request.map(Full::new)).await?.into_parts();
        let body = Limited::new(body, LONGEST).collect().await?.to_bytes();
        Ok(Response::from_parts(head, body))
    };
    // Polled side by side: dropped together, nothing goes on behind our back.
    let mut asking = std::pin::pin!(asking);
    tokio::select! {
        answer = &mut asking => return answer,
        _ = connection => {}
    }
    asking.await
}

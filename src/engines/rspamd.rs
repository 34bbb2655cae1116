//! rspamd, over its HTTP protocol: the envelope in headers, the message as body, JSON back.
//!
//! Its `required_score` is the threshold of its gravest action, `reject`, 15
//! as shipped: on the common scale a letter that rspamd would refuse has 5.
//! `is_skipped` has two meanings: not looked at, or (GTUBE, forced actions)
//! settled without looking any further; only the first is "not examined".

use super::net::{Address, Guarded};
use super::{Failure, Invalid, Score, Scored, printable};
use crate::config;
use crate::mail::Envelope;
use crate::spool::{Drop, Tap, Whole};
use crate::verdict::Cause;
use bytes::Bytes;
use futures_util::stream::try_unfold;
use http_body_util::{BodyExt, Limited, StreamBody};
use hyper::body::{Body, Frame};
use hyper::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// Questions at once; a worker of rspamd answers many side by side.
const AT_ONCE: usize = 20;

/// No answer is longer: names and options of some hundred rules.
const LONGEST: usize = 4 << 20;

/// Its `max_message` as shipped: it closes on larger ones without a word.
const MAX_MESSAGE: u64 = 50 << 20;

/// Recipients told to it: enough for its rules, and its limit on headers is not met.
const RECIPIENTS: usize = 100;

/// One rspamd.
#[derive(Debug)]
pub struct Rspamd {
    address: Address,
    host: HeaderValue,
    path: String,
    connections: Semaphore,
}

/// What we read of an answer to `/checkv2`.
#[derive(Debug, Deserialize)]
struct Verdict {
    score: f64,
    required_score: f64,
    #[serde(default)]
    action: String,
    #[serde(default)]
    is_skipped: bool,
    #[serde(default)]
    symbols: BTreeMap<String, Symbol>,
}

#[derive(Debug, Deserialize)]
struct Symbol {
    #[serde(default)]
    score: f64,
}

impl Rspamd {
    /// Refuses a URL that is not `http://host:port`.
    pub fn new(config: &config::Rspamd) -> Result<Rspamd, Invalid> {
        let invalid = || Invalid {
            setting: "rspamd.url",
            problem: format!("\"{}\" is not like \"http://127.0.0.1:11333\"", config.url),
        };
        let uri: Uri = config.url.parse().map_err(|_| invalid())?;
        let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http"));
        let authority = authority.filter(|a| !a.as_str().contains('@')).ok_or_else(invalid)?;
        let port = authority.port_u16().unwrap_or(11333);
        let target = format!("{}:{port}", authority.host());
        Ok(Rspamd {
            address: Address::parse("rspamd.url", &target)?,
            host: HeaderValue::from_str(&target).map_err(|_| invalid())?,
            path: format!("{}/checkv2", uri.path().trim_end_matches('/')),
            connections: Semaphore::new(AT_ONCE),
        })
    }

    /// Its name and where it is.
    pub fn describe(&self) -> String {
        format!("rspamd at {}", self.address)
    }

    /// Scores a message, once it is there.
    pub async fn scan(&self, mut tap: Tap, envelope: &Envelope) -> Scored {
        let bytes = tap.end().await?;
        let _turn = self.connections.acquire().await;
        let end = Arc::<Mutex<Option<Result<Whole, Failure>>>>::default();
        if bytes == 0 {
            // HTTP never asks for the body of such a question.
            if let Drop::Last(whole) = tap.next().await? {
                end.lock().unwrap_or_else(PoisonError::into_inner).replace(Ok(whole));
            }
        }
        let body = StreamBody::new(Box::pin(try_unfold((tap, bytes, end.clone()), follow)));
        let stream = self.address.connect(usize::MAX, Arc::default()).await;
        let stream = stream.map_err(|error| self.address.failed(&error))?;
        let answer = self.post(stream, self.question(envelope, bytes, body)?).await;
        let answer = answer.map_err(|failure| match bytes > MAX_MESSAGE {
            true => Failure::limit(MAX_MESSAGE),
            false => failure,
        });
        match end.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(Ok(whole)) => Ok((parse(&answer?)?, whole)),
            Some(Err(failure)) => Err(failure),
            None => Err(answer
                .err()
                .unwrap_or_else(|| Failure::down("an answer before the end of the question"))),
        }
    }

    fn question<B: Body>(
        &self,
        envelope: &Envelope,
        bytes: u64,
        body: B,
    ) -> Result<Request<B>, Failure> {
        let mut question = Request::post(&self.path)
            .header(HOST, &self.host)
            .header(CONTENT_LENGTH, bytes)
            .header(CONNECTION, "close")
            .header("Queue-Id", value(&envelope.id))
            .header("Helo", value(&envelope.client.helo))
            .header("From", value(&format!("<{}>", envelope.sender)));
        let headers = question.headers_mut().ok_or_else(|| Failure::down("no such path"))?;
        if let Some(ip) = envelope.client.ip {
            headers.insert("IP", value(&ip.to_string()));
        }
        if let Some(name) = &envelope.client.name {
            headers.insert("Hostname", value(name));
        }
        for recipient in envelope.recipients.iter().take(RECIPIENTS) {
            headers.append(HeaderName::from_static("rcpt"), value(&format!("<{recipient}>")));
        }
        question.body(body).map_err(|error| Failure::down(error.to_string()))
    }

    async fn post<B>(&self, stream: Guarded, question: Request<B>) -> Result<Bytes, Failure>
    where
        B: Body<Data = Bytes, Error = Failure> + Send + Unpin + 'static,
    {
        let failed =
            |error: &dyn std::fmt::Display| Failure::down(format!("{}: {error}", self.address));
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|e| failed(&e))?;
        let asking = async move {
            let answer = sender.send_request(question).await.map_err(|e| failed(&e))?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), LONGEST).collect().await;
            let body = body.map_err(|e| failed(&e))?.to_bytes();
            match status {
                StatusCode::OK => Ok(body),
                status => Err(failed(&format!("{status} {}", printable(&body)))),
            }
        };
        // Polled side by side: dropped together, nothing goes on behind our back.
        let mut asking = std::pin::pin!(asking);
        tokio::select! {
            answer = &mut asking => return answer,
            // Closed, which the question will learn.
            _ = connection => {}
        }
        asking.await
    }
}

type Follow = (Tap, u64, Arc<Mutex<Option<Result<Whole, Failure>>>>);

/// The next frame. HTTP stops asking once the announced length is there, so the
/// end of the tap is looked for along with the last bytes.
async fn follow((mut tap, left, end): Follow) -> Result<Option<(Frame<Bytes>, Follow)>, Failure> {
    let tell = |outcome| *end.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
    let failure = match tap.next().await {
        Ok(Drop::Chunk(chunk)) => {
            let left = left.saturating_sub(chunk.len() as u64);
            if left == 0
                && let Ok(Drop::Last(whole)) = tap.next().await
            {
                tell(Ok(whole));
            }
            return Ok(Some((Frame::data(chunk), (tap, left, end))));
        }
        Ok(Drop::Last(whole)) => {
            tell(Ok(whole));
            return Ok(None);
        }
        Err(cut) => Failure::from(cut),
    };
    tell(Err(failure.clone()));
    Err(failure)
}

fn parse(answer: &[u8]) -> Result<Score, Failure> {
    let verdict: Verdict = serde_json::from_slice(answer)
        .map_err(|error| Failure::down(format!("not an answer of rspamd: {error}")))?;
    if verdict.is_skipped && matches!(verdict.action.as_str(), "" | "no action") {
        return Err(Failure::new(Cause::EngineLimit, "skipped by rspamd's own settings"));
    }
    let mut symbols: Vec<(&String, f64)> =
        verdict.symbols.iter().map(|(n, s)| (n, s.score)).collect();
    symbols.sort_by(|(a, one), (b, other)| other.total_cmp(one).then(a.cmp(b)));
    let mut rules = vec![verdict.action.clone()];
    rules.extend(symbols.into_iter().map(|(name, _)| name.clone()));
    Score::scaled("rspamd", verdict.score, verdict.required_score, &rules)
        .ok_or_else(|| Failure::down("rspamd: a threshold or score that is none"))
}

/// A header value of what a client said; RFC 9110 §5.5 allows no controls in it.
fn value(text: &str) -> HeaderValue {
    let clean: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    HeaderValue::from_bytes(clean.as_bytes()).unwrap_or_else(|_| HeaderValue::from_static("?"))
}

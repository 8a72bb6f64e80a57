//! One request and all its attempts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::header::{ACCEPT, ETAG, IF_NONE_MATCH, LOCATION, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use http_body_util::BodyExt;
use octocrab::service::middleware::auth_header::AuthHeaderLayer;
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::service::middleware::extra_headers::ExtraHeadersLayer;
use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use reqwest::Url;
use reqwest::redirect::Policy;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};

use super::access::Access;
use super::client::{Answer, Get, Write};
use super::failure::{Failure, FailureKind};
use super::limits;
use super::{links, redirect};
use crate::collect::clock;
use crate::collect::http::{Limits, Secrets, causes, is_loopback, pause};
use crate::evidence::text::shown;

/// GitHub moves a repository once; more steps are a loop.
const MAX_REDIRECTS: u32 = 3;

/// How often a rate limit is waited for.
const MAX_WAITS: u32 = 5;

/// A request, ready to be sent several times.
#[derive(Debug, Clone)]
pub(super) struct Ask {
    method: Method,
    pub(super) path: String,
    query: String,
    body: Option<Value>,
    etag: Option<String>,
}

impl Ask {
    pub(super) fn read(get: &Get) -> Ask {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&get.query);
        Ask { method: Method::GET, path: get.path.clone(), query: query.finish(), body: None, etag: None }
    }

    /// The same again, if it has changed.
    pub(super) fn again(answer: &Answer) -> Ask {
        let Answer { path, query, etag, .. } = answer;
        Ask { method: Method::GET, path: path.clone(), query: query.clone(), body: None, etag: etag.clone() }
    }

    pub(super) fn write(method: Write, path: &str, body: Value) -> Ask {
        let method = match method {
            Write::Post => Method::POST,
            Write::Patch => Method::PATCH,
        };
        Ask { method, path: path.to_owned(), query: String::new(), body: Some(body), etag: None }
    }

    fn target(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    fn reads(&self) -> bool {
        self.method == Method::GET
    }

    /// Whether a status means that GitHub did what was asked. A read has one such status, and one more where it was conditional: what a
    /// proxy changed (203), or has yet to come (202), is no answer.
    fn is_answered_by(&self, status: StatusCode) -> bool {
        match status {
            StatusCode::OK => true,
            StatusCode::NOT_MODIFIED => self.etag.is_some(),
            other => !self.reads() && other.is_success(),
        }
    }

    fn failure(&self, kind: FailureKind, detail: impl Into<String>) -> Failure {
        Failure::new(kind, format!("{} {}", self.method, self.path), detail)
    }
}

/// An answer as it came.
struct Raw {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// GitHub's own error. Source: docs.github.com, "Troubleshooting the REST API".
#[derive(Deserialize)]
struct Said {
    message: Option<String>,
}

/// The connection to GitHub with its limits.
#[derive(Debug)]
pub(super) struct Exchange {
    octocrab: Octocrab,
    api: String,
    secrets: Secrets,
    deadline: Instant,
    /// Bytes of all answers so far.
    received: AtomicU64,
    pub(super) limits: Limits,
}

impl Exchange {
    /// Needs a runtime around it.
    pub(super) fn new(access: &Access, limits: &Limits, deadline: Instant) -> Result<Exchange, Failure> {
        // Whoever installed a provider first decides; without any, TLS could not start.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let failed = |detail: String| Failure::new(FailureKind::Setup, access.api.clone(), detail);
        let api = Url::parse(&access.api).map_err(|error| failed(format!("not an address: {error}")))?;
        let builder = || {
            let builder = reqwest::Client::builder().timeout(limits.timeout).redirect(Policy::none()).referer(false);
            // To a proxy, the loopback address is the proxy itself.
            if is_loopback(&api) { builder.no_proxy() } else { builder }
        };
        let http = match builder().build() {
            // A machine without root certificates can still speak plain HTTP to itself.
            Err(_) if api.scheme() == "http" => builder().tls_certs_only([]).build(),
            built => built,
        };
        let http = http.map_err(|error| failed(format!("TLS cannot start: {}", causes(&error))))?;
        let octocrab = client(&access.api, access.token.secret(), http)
            .ok_or_else(|| failed("the client of GitHub's API cannot be made for this address".to_owned()))?;
        let mut secrets = Secrets::default();
        secrets.add_credential(access.token.secret());
        let (api, limits) = (access.api.clone(), limits.clone());
        Ok(Exchange { octocrab, api, secrets, deadline, received: AtomicU64::new(0), limits })
    }

    /// Sends a request until it succeeds, cannot succeed, was tried often enough, or the time is over.
    pub(super) async fn perform(&self, ask: &Ask) -> Result<Answer, Failure> {
        let mut ask = ask.clone();
        let (mut attempts, mut waits, mut redirects) = (1, 0, 0);
        loop {
            let Ok(raw) = timeout_at(self.deadline, self.attempt(&ask)).await else {
                return Err(Failure { attempts, ..self.over(&ask) });
            };
            let failure = match raw {
                Ok(raw) if ask.is_answered_by(raw.status) => match Exchange::understood(&ask, &raw) {
                    Ok(answer) => return Ok(answer),
                    Err(failure) => failure,
                },
                Ok(raw) if raw.status.is_redirection() && raw.status != StatusCode::NOT_MODIFIED => {
                    redirects += 1;
                    ask = self.redirected(&ask, &raw.headers, redirects)?;
                    continue;
                }
                Ok(raw) => {
                    let said = self.said(&raw);
                    let asked = limits::wait(raw.status, &raw.headers, said.as_deref().unwrap_or_default(), clock::now());
                    if let Some(wait) = asked {
                        waits += 1;
                        self.rest(&ask, wait, waits, attempts).await?;
                        continue;
                    }
                    self.refused(&ask, &raw, said)
                }
                Err(failure) => failure,
            };
            let failure = Failure { attempts, ..failure };
            // Without a connection nothing was done.
            let repeatable = ask.reads() || failure.kind == FailureKind::Connect;
            if !failure.is_transient() || !repeatable || attempts > self.limits.retries {
                return Err(failure);
            }
            let pause = pause(self.limits.backoff, attempts, None);
            if Instant::now().checked_add(pause).is_none_or(|then| then >= self.deadline) {
                let detail = format!("{}; no time is left for another attempt", failure.detail);
                return Err(Failure { detail, ..failure });
            }
            sleep(pause).await;
            attempts += 1;
        }
    }

    /// Sends the request once and reads the whole answer.
    async fn attempt(&self, ask: &Ask) -> Result<Raw, Failure> {
        let uri: Uri = ask.target().parse().map_err(|_| ask.failure(FailureKind::Setup, "the path cannot be sent"))?;
        let mut builder = http::Request::builder().method(ask.method.clone()).uri(uri);
        if let Some(etag) = ask.etag.as_ref().and_then(|etag| HeaderValue::from_str(etag).ok()) {
            builder = builder.header(IF_NONE_MATCH, etag);
        }
        let request = self.octocrab.build_request(builder, ask.body.as_ref());
        let request = request.map_err(|_| ask.failure(FailureKind::Setup, "the request cannot be written"))?;
        let response = self.octocrab.execute(request).await.map_err(|error| self.unanswered(ask, &error, 0))?;
        let (parts, mut body) = response.into_parts();
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.unanswered(ask, &error, bytes.len()))?;
            let Ok(data) = frame.into_data() else { continue };
            let all = self.received.fetch_add(data.len() as u64, Ordering::Relaxed) + data.len() as u64;
            if (bytes.len() + data.len()) as u64 > self.limits.max_body || all > self.limits.max_all {
                return Err(ask.failure(FailureKind::TooLarge, "the answer is larger than anybody could review"));
            }
            bytes.extend_from_slice(&data);
        }
        Ok(Raw { status: parts.status, headers: parts.headers, body: self.secrets.hide_bytes(bytes) })
    }

    fn understood(ask: &Ask, raw: &Raw) -> Result<Answer, Failure> {
        let body = if raw.body.is_empty() {
            Value::Null
        } else {
            let broken = |error| ask.failure(FailureKind::Broken, format!("the answer is no JSON: {error}{}", page(&raw.body)));
            serde_json::from_slice(&raw.body).map_err(broken)?
        };
        let etag = raw.headers.get(ETAG).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Answer {
            path: ask.path.clone(),
            query: ask.query.clone(),
            status: raw.status.as_u16(),
            next: links::next_page(&raw.headers),
            body,
            etag,
        })
    }

    /// The request at the place that the answer points to. Only a read below the API's own address follows.
    fn redirected(&self, ask: &Ask, headers: &HeaderMap, redirects: u32) -> Result<Ask, Failure> {
        let location = headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let target = redirect::below(&self.api, location).filter(|_| ask.reads() && redirects <= MAX_REDIRECTS);
        let (path, query) = target.ok_or_else(|| {
            let detail = format!(
                "it points to {}; if the repository was renamed, set GITHUB_REPOSITORY to its new name",
                shown(&self.secrets.hide(location))
            );
            ask.failure(FailureKind::Redirect, detail)
        })?;
        Ok(Ask { path, query, ..ask.clone() })
    }

    /// Waits as long as GitHub asks, or says that there is no time for it.
    async fn rest(&self, ask: &Ask, wait: Duration, waits: u32, attempts: u32) -> Result<(), Failure> {
        let then = Instant::now().checked_add(wait).filter(|then| *then < self.deadline && waits <= MAX_WAITS);
        if then.is_none() {
            let until = jiff::SignedDuration::try_from(wait).ok().and_then(|wait| clock::now().checked_add(wait).ok());
            let when = until.map_or_else(String::new, |until| format!(" until {until}"));
            let detail = format!("GitHub's rate limit is used up{when}");
            return Err(Failure { attempts, ..ask.failure(FailureKind::RateLimit { until }, detail) });
        }
        sleep(wait).await;
        Ok(())
    }

    fn over(&self, ask: &Ask) -> Failure {
        ask.failure(FailureKind::Deadline, format!("the {:?} for all requests together are over", self.limits.deadline))
    }

    /// GitHub's words in an answer without success.
    fn said(&self, raw: &Raw) -> Option<String> {
        let said: Said = serde_json::from_slice(&raw.body).ok()?;
        said.message.map(|message| shown(&self.secrets.hide(&message)))
    }

    fn refused(&self, ask: &Ask, raw: &Raw, said: Option<String>) -> Failure {
        let status = raw.status.as_u16();
        let mut detail = format!("status {status}");
        if status == 401 {
            detail.push_str(": the token is not accepted; it may have been revoked, or be over");
        } else if let Some(said) = &said {
            detail.extend([": ", said]);
        } else {
            detail.push_str(page(&raw.body));
        }
        let permissions = raw.headers.get("x-accepted-github-permissions").and_then(|value| value.to_str().ok());
        Failure {
            message: said.map(String::into_boxed_str),
            permissions: permissions.filter(|text| !text.is_empty()).map(|text| shown(&self.secrets.hide(text)).into_boxed_str()),
            ..ask.failure(FailureKind::Status(status), detail)
        }
    }

    fn unanswered(&self, ask: &Ask, error: &octocrab::Error, received: usize) -> Failure {
        let Some(source) = of_network(error) else {
            return ask.failure(FailureKind::Broken, "the connection to GitHub ended");
        };
        if source.is_timeout() {
            return ask.failure(FailureKind::Timeout, format!("no whole answer within {:?}", self.limits.timeout));
        }
        let said = self.secrets.hide(&causes(source));
        if source.is_connect() {
            return ask.failure(FailureKind::Connect, format!("no connection: {said}"));
        }
        ask.failure(FailureKind::Broken, format!("the answer broke off after {received} bytes: {said}"))
    }
}

/// GitHub's client over an HTTP client of our own, which bounds time and redirects; `None` where address or token cannot be sent.
fn client(api: &str, token: &str, http: reqwest::Client) -> Option<Octocrab> {
    let api: Uri = api.parse().ok()?;
    let mut authorization = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    authorization.set_sensitive(true);
    let headers = [
        (USER_AGENT, HeaderValue::from_static(concat!("kadian/", env!("CARGO_PKG_VERSION")))),
        (ACCEPT, HeaderValue::from_static("application/vnd.github+json")),
    ];
    let built = OctocrabBuilder::new_empty()
        .with_service(ReqwestConnector::new(http))
        .with_layer(&ExtraHeadersLayer::new(Arc::new(headers.to_vec())))
        .with_layer(&BaseUriLayer::new(api.clone()))
        .with_layer(&AuthHeaderLayer::new(Some(authorization), api.clone(), api))
        .with_auth(AuthState::None)
        .build();
    built.ok()
}

/// The network's own error somewhere below the library's.
fn of_network(error: &octocrab::Error) -> Option<&reqwest::Error> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// What to add where somebody else than GitHub seems to answer.
fn page(body: &[u8]) -> &'static str {
    if body.trim_ascii_start().starts_with(b"<") { " (an HTML page, as a proxy or a login answers)" } else { "" }
}

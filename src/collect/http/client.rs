//! One attempt over the network.

use std::error::Error as _;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Certificate, Response, StatusCode, Url};

use super::endpoint::{Endpoint, Limits};
use super::failure::{Failure, FailureKind};
use super::request::{Answer, Method, Request};
use super::retry;
use super::secrets::{Secrets, masked_url};
use crate::collect::clock;
use crate::evidence::text::shown;

/// How much of the body of an answer without success is kept: enough for any API's own error.
const MAX_ERROR_BODY: u64 = 64 << 10;

const MAX_REDIRECTS: usize = 5;

/// A connected endpoint.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    base: Url,
    headers: HeaderMap,
    secrets: Secrets,
    /// Bytes of all answers so far.
    received: AtomicU64,
    pub(super) limits: Limits,
}

impl Client {
    /// Reads the secrets and certificates that the endpoint names; nothing is sent yet.
    pub(super) fn new(endpoint: &Endpoint) -> Result<Client, Failure> {
        // Whoever installed a provider first decides; without any, TLS could not start.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let base = endpoint.address()?;
        let mut secrets = Secrets::of_url(&base);
        let headers = endpoint.header_map(&mut secrets)?;
        let builder = || {
            let builder = reqwest::Client::builder();
            // To a proxy, the loopback address is the proxy itself.
            let builder = if is_loopback(&base) { builder.no_proxy() } else { builder };
            builder
                .user_agent(concat!("kadian/", env!("CARGO_PKG_VERSION")))
                .redirect(Policy::custom(follow))
                .referer(false)
                .pool_max_idle_per_host(endpoint.limits.concurrency)
        };
        let certificates = match endpoint.certificates()? {
            Some(pem) => match Certificate::from_pem_bundle(&pem) {
                Ok(certificates) if !certificates.is_empty() => certificates,
                _ => return Err(endpoint.setup_failure("ca_file holds no certificate; expected PEM text")),
            },
            None => Vec::new(),
        };
        let http = match builder().tls_certs_merge(certificates.clone()).build() {
            // A machine without root certificates can still speak plain HTTP, or trust the named ones only.
            Err(_) if base.scheme() == "http" || !certificates.is_empty() => builder().tls_certs_only(certificates).build(),
            built => built,
        };
        let http = http.map_err(|error| endpoint.setup_failure(format!("TLS cannot start: {}", causes(&error))))?;
        Ok(Client { http, base, headers, secrets, received: AtomicU64::new(0), limits: endpoint.limits.clone() })
    }

    /// The address of a request as sources and errors show it: without secrets, with the parameters.
    pub(super) fn shown(&self, request: &Request) -> String {
        let mut url = masked_url(self.address(request));
        if !request.parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.parameters);
        }
        url.to_string()
    }

    fn address(&self, request: &Request) -> Url {
        let mut url = self.base.clone();
        let path = format!("{}/{}", url.path().trim_end_matches('/'), request.path.trim_start_matches('/'));
        url.set_path(&path);
        url
    }

    /// The address without parameters, for errors.
    fn place(&self, request: &Request) -> String {
        masked_url(self.address(request)).to_string()
    }

    pub(super) fn failure(&self, request: &Request, kind: FailureKind, detail: &str) -> Failure {
        Failure::new(kind, self.place(request), self.secrets.hide(detail))
    }

    /// Sends the request once and reads the whole answer.
    pub(super) async fn attempt(&self, request: &Request) -> Result<Answer, Failure> {
        let mut url = self.address(request);
        let builder = match request.method {
            Method::Get => {
                if !request.parameters.is_empty() {
                    url.query_pairs_mut().extend_pairs(&request.parameters);
                }
                self.http.get(url)
            }
            Method::Post => self.http.post(url).form(&request.parameters),
        };
        let sent = builder.headers(self.headers.clone()).timeout(self.limits.timeout).send().await;
        let response = sent.map_err(|error| self.not_sent(request, error))?;
        let status = response.status();
        if status.is_success() {
            let body = self.body(request, response, self.limits.max_body).await?;
            let body = self.secrets.hide_bytes(body);
            return Ok(Answer { url: self.shown(request), status: status.as_u16(), body, attempts: 1 });
        }
        if status.is_redirection() {
            return Err(self.redirected(request, &response));
        }
        Err(self.refused(request, response).await)
    }

    async fn body(&self, request: &Request, mut response: Response, limit: u64) -> Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(None) => return Ok(body),
                Ok(Some(chunk)) if (body.len() + chunk.len()) as u64 > limit => {
                    let detail = format!("the answer is larger than {limit} bytes; ask for fewer series or a shorter time");
                    return Err(self.failure(request, FailureKind::TooLarge, &detail));
                }
                Ok(Some(chunk)) => {
                    let more = chunk.len() as u64;
                    if self.received.fetch_add(more, Ordering::Relaxed) + more > self.limits.max_all {
                        let detail = format!("all answers together are larger than {} bytes; ask for less", self.limits.max_all);
                        return Err(self.failure(request, FailureKind::TooLarge, &detail));
                    }
                    body.extend_from_slice(&chunk);
                }
                Err(error) if error.is_timeout() => return Err(self.timed_out(request)),
                Err(error) => {
                    let detail = format!("the answer broke off after {} bytes: {}", body.len(), causes(&error.without_url()));
                    return Err(self.failure(request, FailureKind::Broken, &detail));
                }
            }
        }
    }

    fn timed_out(&self, request: &Request) -> Failure {
        let detail = format!("no whole answer within {:?}", self.limits.timeout);
        self.failure(request, FailureKind::Timeout, &detail)
    }

    fn not_sent(&self, request: &Request, error: reqwest::Error) -> Failure {
        if error.is_timeout() {
            return self.timed_out(request);
        }
        let (kind, what) = match () {
            () if tells_of_tls(&error) => (FailureKind::Certificate, "no trusted connection"),
            () if error.is_connect() => (FailureKind::Connect, "no connection"),
            () if error.is_builder() => (FailureKind::Setup, "cannot be asked"),
            () => (FailureKind::Broken, "no answer"),
        };
        self.failure(request, kind, &format!("{what}: {}", causes(&error.without_url())))
    }

    fn redirected(&self, request: &Request, response: &Response) -> Failure {
        let target = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let target = target.and_then(|target| response.url().join(target).ok()).map(|url| {
            let mut url = masked_url(url);
            url.set_query(None);
            url
        });
        let target = target.map_or_else(|| "nowhere".to_owned(), |url| shown(url.as_str()));
        let status = response.status().as_u16();
        let detail = format!("status {status} points to {target}; if that is the right place, write it as the address");
        self.failure(request, FailureKind::Redirect, &detail)
    }

    async fn refused(&self, request: &Request, response: Response) -> Failure {
        let status = response.status();
        let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let wait = wait.and_then(|value| retry::retry_after(value, clock::now()));
        let body = self.body(request, response, MAX_ERROR_BODY).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&body);
        let text = self.secrets.hide(text.trim());
        let mut detail = format!("status {}", status.as_u16());
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => detail.push_str(": the credentials are missing or not accepted"),
            _ if text.starts_with('<') => detail.push_str(" with an HTML page, as a proxy or a login answers"),
            _ if text.is_empty() => {}
            _ => detail = format!("{detail}: {}", shown(&text)),
        }
        Failure {
            body: text.into_bytes(),
            retry_after: wait,
            ..self.failure(request, FailureKind::Status(status.as_u16()), &detail)
        }
    }
}

/// Whether an address names this machine.
pub(in crate::collect) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Follows a redirect only where method, body and credentials stay what they are: 307 and 308 below the same origin.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let unchanged = matches!(attempt.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
    let origin = attempt.previous().first().map(Url::origin);
    if unchanged && attempt.previous().len() <= MAX_REDIRECTS && origin == Some(attempt.url().origin()) {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// Whether TLS itself refused: the same attempt would fail again.
fn tells_of_tls(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if error.is::<rustls::Error>() || inner.is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>) {
            return true;
        }
        source = error.source();
    }
    false
}

/// What an error says together with its causes, as one line. The outermost text only says that something failed.
pub(in crate::collect) fn causes(error: &reqwest::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut source = error.source();
    while let Some(error) = source {
        let text = error.to_string();
        if !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
        source = error.source();
    }
    let text = if texts.is_empty() { error.to_string() } else { texts.join(": ") };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect()
}

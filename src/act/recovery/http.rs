//! Sends one request, once: what writes is never sent again by itself.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Method, Url};
use serde_json::Value;

use super::call::HttpCall;
use super::secrets::Secrets;

/// More of an answer is not read.
const MAX_ANSWER: usize = 1 << 20;

/// The status and the body of an answer, its body cut at 1 MiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// What stands at a JSON pointer; `None` where there is nothing, or the answer is no JSON.
    pub(super) fn at(&self, pointer: &str) -> Option<Value> {
        serde_json::from_slice::<Value>(&self.body).ok()?.pointer(pointer).cloned()
    }
}

/// Sends the request; the error says why there is no answer, without secrets. Redirects are answers like any other: what is sent
/// goes where the recovery file says and nowhere else.
pub(super) fn send(call: &HttpCall, secrets: &Secrets, limit: Duration) -> Result<Answer, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(sent(call, secrets, limit)).map_err(|error| secrets.hide(&error))
}

async fn sent(call: &HttpCall, secrets: &Secrets, limit: Duration) -> Result<Answer, String> {
    // Whoever installed a provider first decides; without any, TLS could not start.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = Url::parse(&call.url).map_err(|error| format!("not an address: {error}"))?;
    let method = Method::from_bytes(call.method.as_bytes()).map_err(|error| error.to_string())?;
    let builder = reqwest::Client::builder()
        .user_agent(concat!("kadian/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .referer(false)
        .timeout(limit);
    // To a proxy, the loopback address is the proxy itself.
    let builder = if is_loopback(&url) { builder.no_proxy() } else { builder };
    let plain = url.scheme() == "http";
    let client = match builder.build() {
        // A machine without root certificates can still speak plain HTTP.
        Err(_) if plain => {
            reqwest::Client::builder().tls_certs_only([]).redirect(Policy::none()).timeout(limit).no_proxy().build()
        }
        built => built,
    };
    let mut request = client.map_err(|error| causes(&error))?.request(method, url);
    for (name, value) in &call.headers {
        let value = secrets.resolve(value).map_err(|error| error.to_string())?;
        let name = HeaderName::try_from(name.as_str()).map_err(|error| error.to_string())?;
        let mut value = HeaderValue::try_from(value).map_err(|_| format!("the value of the header {name} cannot be sent"))?;
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    if let Some(body) = &call.body {
        request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
    }
    let mut response = request.send().await.map_err(|error| causes(&error.without_url()))?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while body.len() < MAX_ANSWER {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return Err(format!("status {status}, then the answer broke off: {}", causes(&error.without_url()))),
        }
    }
    body.truncate(MAX_ANSWER);
    Ok(Answer { status, body })
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

/// An error with its causes, in one line: the outermost text only says that something failed.
fn causes(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { "no answer in time".to_owned() } else { error.to_string() };
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect()
}

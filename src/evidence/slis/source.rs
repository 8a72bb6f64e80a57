//! A server that the definitions name.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::raw::{at, at_line, length, line};
use super::{AuthorizationSpec, SourceSpec};
use crate::evidence::ReadError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSource {
    url: Spanned<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    authorization_file: Option<String>,
    authorization_env: Option<String>,
    ca_file: Option<String>,
    timeout: Option<Spanned<String>>,
    deadline: Option<Spanned<String>>,
    concurrency: Option<Spanned<usize>>,
    retries: Option<Spanned<u32>>,
}

/// The checked source. Secrets in headers, other schemes than http and limits out of range are errors.
pub(super) fn source(raw: Spanned<RawSource>) -> Result<SourceSpec, ReadError> {
    const SECRET: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];
    let place = line(&raw);
    let raw = raw.value;
    if let Some(name) = raw.headers.keys().find(|name| SECRET.contains(&name.to_ascii_lowercase().as_str())) {
        let message = format!("the header `{name}` is a secret; name its place with authorization_file or authorization_env");
        return Err(at_line(place, message));
    }
    if !raw.url.value.starts_with("http://") && !raw.url.value.starts_with("https://") {
        return Err(at(&raw.url, "expected an address that starts with http:// or https://"));
    }
    let authorization = match (raw.authorization_file, raw.authorization_env) {
        (Some(_), Some(_)) => {
            return Err(at_line(place, "authorization_file and authorization_env exclude each other; remove one"));
        }
        (Some(path), None) => Some(AuthorizationSpec::File(path)),
        (None, name) => name.map(AuthorizationSpec::Environment),
    };
    if let Some(concurrency) = raw.concurrency.as_ref().filter(|number| !(1..=100).contains(&number.value)) {
        return Err(at(concurrency, format!("concurrency is {}; expected 1 to 100", concurrency.value)));
    }
    if let Some(retries) = raw.retries.as_ref().filter(|number| number.value > 10) {
        return Err(at(retries, format!("retries is {}; expected at most 10", retries.value)));
    }
    let time = |text: Option<Spanned<String>>| {
        text.map(|text| length(&text, Duration::from_millis(1), Duration::from_hours(1))).transpose()
    };
    Ok(SourceSpec {
        url: raw.url.value,
        headers: raw.headers.into_iter().collect(),
        authorization,
        ca_file: raw.ca_file,
        timeout: time(raw.timeout)?,
        deadline: time(raw.deadline)?,
        concurrency: raw.concurrency.map(|number| number.value),
        retries: raw.retries.map(|number| number.value),
    })
}

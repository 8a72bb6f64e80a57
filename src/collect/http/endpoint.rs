//! Where to ask, who we are there, and how long it may take.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::failure::{Failure, FailureKind};
use super::secrets::{Secrets, masked};

/// Secrets and certificates are small; a file without an end is none.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// An HTTP server that holds evidence.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `http` or `https`; requests go below its path. A user and password in it are sent as basic authentication.
    pub url: String,
    /// Names and values that every request carries, for example `X-Scope-OrgID`.
    pub headers: Vec<(String, String)>,
    pub authorization: Option<Authorization>,
    /// Certificates (PEM) to trust beside those of the system.
    pub ca_file: Option<PathBuf>,
    pub limits: Limits,
}

/// Where the secret is. It stands neither in a file of the repository nor on a command line.
///
/// The text found there is the value of the `Authorization` header if it names a scheme (`Basic dXNlcg==`), else a bearer token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorization {
    File(PathBuf),
    /// The name of an environment variable.
    Environment(String),
}

/// What one session may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// For one attempt, from the connection to the last byte.
    pub timeout: Duration,
    /// For everything together.
    pub deadline: Duration,
    /// Requests under way at a time.
    pub concurrency: usize,
    /// Further attempts after the first.
    pub retries: u32,
    /// The longest pause before the second attempt; it doubles with each.
    pub backoff: Duration,
    /// Of one answer, after decompression.
    pub max_body: u64,
    /// Of all answers of a session together.
    pub max_all: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            timeout: Duration::from_secs(10),
            deadline: Duration::from_mins(1),
            concurrency: 8,
            retries: 3,
            backoff: Duration::from_millis(250),
            max_body: 64 << 20,
            max_all: 512 << 20,
        }
    }
}

impl Endpoint {
    /// An endpoint without authentication, with the default limits.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Endpoint {
        Endpoint { url: url.into(), headers: Vec::new(), authorization: None, ca_file: None, limits: Limits::default() }
    }

    /// The address as it may be shown.
    #[must_use]
    pub fn shown(&self) -> String {
        masked(&self.url)
    }

    pub(in crate::collect) fn setup_failure(&self, detail: impl Into<String>) -> Failure {
        Failure::new(FailureKind::Setup, self.shown(), detail)
    }

    /// The address, without a fragment.
    pub(super) fn address(&self) -> Result<Url, Failure> {
        let mut url = Url::parse(&self.url).map_err(|error| self.setup_failure(format!("not an address: {error}")))?;
        if !["http", "https"].contains(&url.scheme()) || !url.has_host() {
            return Err(self.setup_failure("expected an address that starts with http:// or https://"));
        }
        url.set_fragment(None);
        Ok(url)
    }

    /// The headers of every request; secrets among them are noted.
    pub(super) fn header_map(&self, secrets: &mut Secrets) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let parsed = HeaderName::try_from(name.as_str()).ok().zip(HeaderValue::try_from(value.as_str()).ok());
            let (name, value) = parsed.ok_or_else(|| self.setup_failure(format!("`{name}` is not a header that can be sent")))?;
            headers.append(name, value);
        }
        if let Some(authorization) = &self.authorization {
            let (place, secret) = self.secret(authorization)?;
            let secret = secret.trim();
            if secret.is_empty() {
                return Err(self.setup_failure(format!("{place} is empty; expected the secret for `Authorization`")));
            }
            let value = if secret.contains(' ') { secret.to_owned() } else { format!("Bearer {secret}") };
            secrets.add_credential(&value);
            secrets.add_credential(value.split_once(' ').map_or("", |(_, token)| token.trim()));
            let mut value = HeaderValue::try_from(value)
                .map_err(|_| self.setup_failure(format!("{place} holds characters that no header can carry")))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(headers)
    }

    /// The PEM text of further certificates to trust.
    pub(super) fn certificates(&self) -> Result<Option<Vec<u8>>, Failure> {
        self.ca_file.as_deref().map(|path| self.small_file(path)).transpose()
    }

    #[expect(clippy::disallowed_methods, reason = "collect/ reads the environment")]
    fn secret(&self, authorization: &Authorization) -> Result<(String, String), Failure> {
        match authorization {
            Authorization::File(path) => {
                let text = String::from_utf8(self.small_file(path)?);
                let text = text.map_err(|_| self.setup_failure(format!("{} is not text", path.display())))?;
                Ok((path.display().to_string(), text))
            }
            Authorization::Environment(name) => match std::env::var(name) {
                Ok(text) => Ok((format!("the environment variable {name}"), text)),
                Err(_) => Err(self.setup_failure(format!("the environment variable {name} is not set, or is not text"))),
            },
        }
    }

    #[expect(clippy::disallowed_methods, reason = "collect/ reads the disk")]
    fn small_file(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
            .map_err(|error| self.setup_failure(format!("{} cannot be read: {error}", path.display())))?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(self.setup_failure(format!("{} is larger than {MAX_FILE_BYTES} bytes", path.display())));
        }
        Ok(bytes)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("url", &self.shown())
            .field("authorization", &self.authorization)
            .field("ca_file", &self.ca_file)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

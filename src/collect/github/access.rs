//! Where GitHub is, which repository is meant, and who asks.

use std::fmt;

use reqwest::Url;

use crate::collect::http::is_loopback;

/// The names of the variables that may hold a token, the first that is set counts.
const TOKENS: [&str; 3] = ["KADIAN_GITHUB_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"];

/// What is needed to ask GitHub about a repository. It comes from the environment: neither a file of the repository nor a command
/// line says where a token is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Where the API is, without a slash at the end: `https://api.github.com` or `https://HOST/api/v3`.
    pub api: String,
    /// Where people look: `https://github.com` or `https://HOST`.
    pub server: String,
    /// `owner/name`.
    pub repository: String,
    pub(super) token: Token,
}

/// A token; it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Token(String);

impl Token {
    pub(super) fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

impl Access {
    /// Reads `KADIAN_GITHUB_TOKEN` (else `GITHUB_TOKEN`, else `GH_TOKEN`), `GITHUB_REPOSITORY`, `GITHUB_API_URL` and
    /// `GITHUB_SERVER_URL`; the last two are github.com's unless they are set.
    ///
    /// # Errors
    /// What is lacking or cannot be meant, and what to do about it, as a sentence. A token is sent over plain HTTP to this machine only.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Access, String> {
        let read = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let (name, token) = TOKENS.iter().find_map(|name| Some((name, read(name)?))).ok_or_else(|| {
            "no token for GitHub's API: set GITHUB_TOKEN (in a workflow `env: {GITHUB_TOKEN: \"${{ github.token }}\"}`, or the action's \
             input `token`)"
                .to_owned()
        })?;
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!("{name} holds a character that no token has; set the token alone"));
        }
        let repository = read("GITHUB_REPOSITORY")
            .ok_or_else(|| "nobody says which repository this is on GitHub: set GITHUB_REPOSITORY=owner/name".to_owned())?;
        if !is_repository(&repository) {
            return Err("GITHUB_REPOSITORY is not owner/name".to_owned());
        }
        let api = address(&read, "GITHUB_API_URL", "https://api.github.com")?;
        let server = address(&read, "GITHUB_SERVER_URL", "https://github.com")?;
        Ok(Access { api, server, repository, token: Token(token) })
    }
}

/// What the environment of this process says.
///
/// # Errors
/// As [`Access::from_env`].
#[expect(clippy::disallowed_methods, reason = "reads the environment for the rest of the program")]
pub fn access() -> Result<Access, String> {
    Access::from_env(|name| std::env::var(name).ok())
}

/// The address of a variable without a slash at the end. What stands in it besides scheme, host, port and path is refused.
fn address(read: &dyn Fn(&str) -> Option<String>, name: &str, default: &str) -> Result<String, String> {
    let text = read(name).unwrap_or_else(|| default.to_owned());
    let url = Url::parse(&text).map_err(|error| format!("{name} is not an address: {error}"))?;
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    if !url.has_host() || !plain || !matches!(url.scheme(), "http" | "https") {
        return Err(format!("{name} is not an address like {default}"));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(format!("{name} is not encrypted, and a token would be sent there: write https://"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Whether a text is `owner/name` as GitHub writes it. Source: docs.github.com, names of accounts and repositories.
fn is_repository(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part.len() <= 100
            && !part.bytes().all(|byte| byte == b'.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    text.split_once('/').is_some_and(|(owner, name)| part(owner) && part(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Access, String> {
        Access::from_env(|name| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_environment_says_who_where_and_what() {
        let access =
            read(&[("GITHUB_TOKEN", "abc"), ("GITHUB_REPOSITORY", "o/r.x"), ("KADIAN_GITHUB_TOKEN", " t0ken\n")]).unwrap();
        assert_eq!((access.api.as_str(), access.server.as_str()), ("https://api.github.com", "https://github.com"));
        assert_eq!((access.repository.as_str(), access.token.secret()), ("o/r.x", "t0ken"));
        assert!(!format!("{access:?}").contains("t0ken"));
        let enterprise = [
            ("GH_TOKEN", "x"),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_API_URL", "https://git.corp.example/api/v3/"),
            ("GITHUB_SERVER_URL", "https://git.corp.example"),
        ];
        assert_eq!(read(&enterprise).unwrap().api, "https://git.corp.example/api/v3");
    }

    #[test]
    fn what_is_lacking_is_said_and_no_secret_with_it() {
        assert!(read(&[("GITHUB_REPOSITORY", "o/r"), ("GITHUB_TOKEN", "")]).unwrap_err().contains("set GITHUB_TOKEN"));
        assert!(read(&[("GITHUB_TOKEN", "x")]).unwrap_err().contains("GITHUB_REPOSITORY=owner/name"));
        for repository in ["o", "o/", "/r", "o/r/x", "../..", "o/..", "o/r?x", "o/r r"] {
            assert!(read(&[("GITHUB_TOKEN", "x"), ("GITHUB_REPOSITORY", repository)]).is_err(), "{repository}");
        }
        let error = read(&[("GITHUB_TOKEN", "s3cret\nX-A: b"), ("GITHUB_REPOSITORY", "o/r")]).unwrap_err();
        assert!(error.contains("GITHUB_TOKEN") && !error.contains("s3cret"), "{error}");
    }

    #[test]
    fn a_token_goes_over_plain_http_to_this_machine_only() {
        let with = |url| read(&[("GITHUB_TOKEN", "x"), ("GITHUB_REPOSITORY", "o/r"), ("GITHUB_API_URL", url)]);
        assert!(
            with("http://127.0.0.1:4010").is_ok() && with("http://[::1]:80/api/v3").is_ok() && with("http://localhost:1").is_ok()
        );
        for url in ["http://api.github.com", "ftp://x", "https://u:p@x", "https://x?y", "x", "https://x#f"] {
            assert!(with(url).is_err(), "{url}");
        }
    }
}

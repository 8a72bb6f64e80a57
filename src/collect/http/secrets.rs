//! Keeps secrets out of whatever is shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use reqwest::Url;

const MASK: &str = "***";

/// Shorter ones would mask ordinary words, and protect nothing.
const SHORTEST: usize = 4;

/// The texts that no message may hold.
#[derive(Clone, Default)]
pub(in crate::collect) struct Secrets {
    all: Vec<String>,
    /// Those that prove who we are. An answer is data: only these are taken out of it, because a name in an address may be a label too.
    credentials: Vec<String>,
}

impl Secrets {
    /// The user, the password and the values of the query of an address, as they are written and as they are sent.
    pub(super) fn of_url(url: &Url) -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add(url.username());
        if let Some(password) = url.password() {
            let pair = format!("{}:{password}", url.username());
            secrets.add_credential(STANDARD_NO_PAD.encode(pair).as_str());
        }
        secrets.add_credential(url.password().unwrap_or_default());
        for (_, value) in url.query_pairs() {
            secrets.add(&value);
        }
        for pair in url.query().unwrap_or_default().split('&') {
            secrets.add(pair.split_once('=').map_or("", |(_, value)| value));
        }
        secrets
    }

    pub(in crate::collect) fn add(&mut self, secret: &str) {
        insert(&mut self.all, secret);
    }

    /// Adds a password or a token.
    pub(in crate::collect) fn add_credential(&mut self, secret: &str) {
        insert(&mut self.all, secret);
        insert(&mut self.credentials, secret);
    }

    /// The text without the secrets.
    pub(in crate::collect) fn hide(&self, text: &str) -> String {
        self.all.iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
    }
}

impl Secrets {
    /// The bytes of an answer without the secrets: what a server repeats would otherwise reach reports and records as its warning.
    pub(in crate::collect) fn hide_bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.credentials.iter().fold(bytes, |bytes, secret| {
            let finder = memchr::memmem::Finder::new(secret);
            if finder.find(&bytes).is_none() {
                return bytes;
            }
            let (mut out, mut rest) = (Vec::with_capacity(bytes.len()), bytes.as_slice());
            while let Some(at) = finder.find(rest) {
                out.extend_from_slice(&rest[..at]);
                out.extend_from_slice(MASK.as_bytes());
                rest = &rest[at + secret.len()..];
            }
            out.extend_from_slice(rest);
            out
        })
    }
}

fn insert(secrets: &mut Vec<String>, secret: &str) {
    if secret.len() >= SHORTEST && !secrets.iter().any(|known| known == secret) {
        secrets.push(secret.to_owned());
        // A secret may hold another one: the longer is masked first.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.all.len())
    }
}

/// An address without user, password and the values of its query; a fixed text for what is no address.
pub(super) fn masked(url: &str) -> String {
    Url::parse(url).map_or_else(|_| "an address that cannot be read".to_owned(), |url| masked_url(url).to_string())
}

pub(super) fn masked_url(mut url: Url) -> Url {
    if !url.username().is_empty() || url.password().is_some() {
        // Both fail only for addresses without a host, which have neither.
        let _ = url.set_username(MASK);
        let _ = url.set_password(None);
    }
    let names: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    if !names.is_empty() {
        url.query_pairs_mut().clear().extend_pairs(names.iter().map(|name| (name, MASK)));
    }
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_user_password_and_query_values() {
        assert_eq!(masked("https://a:b@x/p?token=s3cret&k=v#s3cret"), "https://***@x/p?token=***&k=***");
        assert_eq!(masked("http://x:9090/prom"), "http://x:9090/prom");
        assert_eq!(masked("s3cret"), "an address that cannot be read");
    }

    #[test]
    fn answers_lose_secrets_too() {
        let url = Url::parse("https://user1:pass@x/").expect("an address");
        let mut secrets = Secrets::of_url(&url);
        secrets.add_credential("abcdef");
        let body = b"token=abcdef Basic dXNlcjE6cGFzcw== abcdef".to_vec();
        assert_eq!(secrets.hide_bytes(body), b"token=*** Basic ***== ***");
        assert_eq!(secrets.hide_bytes(b"abcde".to_vec()), b"abcde");
    }

    #[test]
    fn texts_lose_secrets_in_either_spelling() {
        let url = Url::parse("https://us%20er:p%40ss@x/?token=a%2Fbcd").expect("an address");
        let mut secrets = Secrets::of_url(&url);
        secrets.add("Bearer abcdef");
        secrets.add("abcdef");
        secrets.add("x");
        assert_eq!(secrets.hide("us%20er p%40ss a/bcd a%2Fbcd Bearer abcdef abcdef x"), "*** *** *** *** *** *** x");
        assert_eq!(format!("{secrets:?}"), "Secrets(7)");
    }
}

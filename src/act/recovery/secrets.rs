//! Secrets come from the environment, and go out only where the recovery file sends them.

use std::collections::BTreeMap;
use std::fmt;

use super::call::Text;
use crate::error::{Error, Result};

const MASK: &str = "***";

/// Shorter ones would mask ordinary words, and protect nothing.
const SHORTEST: usize = 4;

/// Of variables that only look as if they held a secret.
const SHORTEST_GUESSED: usize = 8;

/// Ends of names of variables that hold secrets.
const ENDINGS: [&str; 6] = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "API_KEY", "CREDENTIALS"];

/// The secrets of a recovery. Shown, it tells none.
#[derive(Clone, Default)]
pub(super) struct Secrets {
    named: BTreeMap<String, String>,
    /// Longest first, so that no part of one stays.
    hidden: Vec<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("names", &self.named.keys()).finish_non_exhaustive()
    }
}

impl Secrets {
    /// Reads the variables; one that is needed and not there is an error, before anything runs.
    pub(super) fn read(needed: &[String], hidden: &[String]) -> Result<Secrets> {
        let everything =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Secrets::of(&everything.collect(), needed, hidden)
    }

    fn of(environment: &BTreeMap<String, String>, needed: &[String], hidden: &[String]) -> Result<Secrets> {
        let mut secrets = Secrets::default();
        for name in needed {
            let value = environment.get(name).map(|value| value.trim()).filter(|value| !value.is_empty()).ok_or_else(|| {
                Error::new(format!("the environment variable {name} is not set, and a step needs it")).hint("nothing was run")
            })?;
            secrets.named.insert(name.clone(), value.to_owned());
        }
        for (name, value) in environment {
            let value = value.trim();
            let is_named = needed.contains(name) || hidden.contains(name);
            let looks_so = ENDINGS.iter().any(|ending| name.to_ascii_uppercase().ends_with(ending));
            let counts = is_named && value.len() >= SHORTEST || looks_so && value.len() >= SHORTEST_GUESSED;
            if counts {
                secrets.hidden.push(value.to_owned());
                secrets
                    .hidden
                    .extend(value.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_GUESSED).map(str::to_owned));
            }
        }
        secrets.hidden.sort_by(|a, b| (b.len(), a).cmp(&(a.len(), b)));
        secrets.hidden.dedup();
        Ok(secrets)
    }

    /// The text with every secret taken out.
    pub(super) fn hide(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MASK))
    }

    /// What is sent; an error for a variable that nobody read.
    pub(super) fn resolve(&self, text: &Text) -> Result<String> {
        match text {
            Text::Plain(text) => Ok(text.clone()),
            Text::Secret { prefix, name } => match self.named.get(name) {
                Some(value) => Ok(format!("{prefix}{value}")),
                None => Err(Error::new(format!("the environment variable {name} is not set"))),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_whole_wherever_they_stand() {
        let environment = [
            ("OPS", "abcd1234"),
            ("LONGER", "abcd1234efgh"),
            ("SHORT", "ab"),
            ("GUESSED_TOKEN", "hunter2hunter2"),
            ("SMALL_TOKEN", "abc"),
            ("KEY_PASSWORD", "-----BEGIN-----\nMIIEvQIBADANBg\n"),
            ("HOME", "/home/me"),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let secrets = Secrets::of(&environment, &["OPS".into(), "SHORT".into()], &["LONGER".into()]).unwrap();
        let text = "x abcd1234efgh abcd1234 ab hunter2hunter2 abc MIIEvQIBADANBg /home/me";
        assert_eq!(secrets.hide(text), "x *** *** ab *** abc *** /home/me");
        let header = Text::Secret { prefix: "Bearer ".into(), name: "OPS".into() };
        assert_eq!(secrets.resolve(&header).unwrap(), "Bearer abcd1234");
        assert!(!format!("{secrets:?}").contains("abcd1234"));
    }

    #[test]
    fn a_variable_that_is_not_set_stops_before_anything_runs() {
        for environment in [BTreeMap::new(), BTreeMap::from([("OPS".to_owned(), "  ".to_owned())])] {
            let error = Secrets::of(&environment, &["OPS".into()], &[]).unwrap_err();
            assert!(error.message().contains("OPS is not set"), "{error}");
        }
    }
}

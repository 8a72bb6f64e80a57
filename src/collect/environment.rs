//! What the environment says besides what CI does.

use crate::error::Error;

/// The ledger that `KADIAN_LEDGER` names.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "reads the environment for the rest of the program")]
pub fn ledger() -> Option<String> {
    std::env::var("KADIAN_LEDGER").ok().filter(|address| !address.is_empty())
}

/// Whether the environment names a database that may be asked.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "reads the environment for the rest of the program")]
pub fn names_database() -> bool {
    std::env::var_os("KADIAN_DATABASE_URL").is_some_and(|url| !url.is_empty())
}

/// The change as a pipeline names it in plain variables, for systems that kadian does not know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlainChange {
    /// `KADIAN_BASE`, a revision.
    pub base: Option<String>,
    /// `KADIAN_HEAD`, a revision.
    pub head: Option<String>,
    /// `KADIAN_PULL_REQUEST`, a number.
    pub pull_request: Option<u64>,
}

impl PlainChange {
    /// Reads the variables; an empty one counts as none.
    ///
    /// # Errors
    /// A number that is none: taking it for a branch build would let the change choose its judge.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<PlainChange, Error> {
        let read = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let number = read("KADIAN_PULL_REQUEST").map(|text| {
            text.parse().map_err(|_| {
                Error::new("KADIAN_PULL_REQUEST is not a number")
                    .hint("set it to the number of the pull request, and leave it empty where there is none")
            })
        });
        Ok(PlainChange { base: read("KADIAN_BASE"), head: read("KADIAN_HEAD"), pull_request: number.transpose()? })
    }
}

/// What the variables of this process say.
#[expect(clippy::disallowed_methods, reason = "reads the environment for the rest of the program")]
pub fn plain_change() -> Result<PlainChange, Error> {
    PlainChange::read(|name| std::env::var(name).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_is_none_is_an_error() {
        let with =
            |value: &'static str| PlainChange::read(|name| Some(if name == "KADIAN_BASE" { " main " } else { value }.to_owned()));
        let plain = with("12").unwrap();
        assert_eq!((plain.base.as_deref(), plain.head.as_deref(), plain.pull_request), (Some("main"), Some("12"), Some(12)));
        assert_eq!(with("").unwrap(), PlainChange { base: Some("main".into()), ..PlainChange::default() });
        for value in ["false", "#12", "-1", "12;x"] {
            assert!(with(value).is_err(), "{value}");
        }
    }
}

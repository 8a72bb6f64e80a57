//! Where a ledger is kept.

use std::fmt;
use std::path::PathBuf;

use super::error::LedgerError;
use super::postgres::Server;

/// A place for a ledger. Shown, it never tells a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A file; a relative path starts where the opener says.
    Sqlite(PathBuf),
    Postgres(Box<Server>),
}

impl Address {
    /// Reads `sqlite:PATH`, `postgres://…` or `postgresql://…`. The error does not repeat the text, which may hold a password.
    pub fn parse(text: &str) -> Result<Address, LedgerError> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("sqlite:").map(str::trim) {
            return match path {
                "" => Err(LedgerError::Refused("the ledger's address `sqlite:` names no file".to_owned())),
                path if path.starts_with(":memory:") => {
                    Err(LedgerError::Refused("a ledger in memory would be forgotten; name a file after `sqlite:`".to_owned()))
                }
                path => Ok(Address::Sqlite(PathBuf::from(path))),
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let refused = |what: &str| {
                LedgerError::Refused(format!(
                    "the ledger's PostgreSQL address cannot be used: {what}; it has the form postgres://USER:PASSWORD@HOST:PORT/DATABASE, \
                     and special characters of its parts are percent-encoded"
                ))
            };
            return Server::parse(text).map(|server| Address::Postgres(Box::new(server))).map_err(refused);
        }
        Err(LedgerError::Refused("the ledger's address is neither `sqlite:PATH` nor `postgres://USER@HOST/DATABASE`".to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Address::Postgres(server) => server.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_stores_have_an_address() {
        assert_eq!(Address::parse("sqlite:.kadian/ledger.db").unwrap(), Address::Sqlite(PathBuf::from(".kadian/ledger.db")));
        for (text, shown) in [
            ("postgres://kadian@db.example/ledger", "postgres://kadian@db.example:5432/ledger"),
            ("postgresql://kadian:hunter2@db.example:6000/ledger?sslmode=require", "postgres://kadian@db.example:6000/ledger"),
            ("postgres://kadian@/ledger?host=/run/pg&password=hunter2", "postgres://kadian@/run/pg:5432/ledger"),
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn no_message_tells_a_password() {
        for text in [
            "postgres://kadian:hun@ter2@db.example/ledger",
            "postgres://kadian:hun/ter2@db.example/ledger",
            "postgres://kadian:12/ter2@db.example/ledger",
            "postgres://kadian:hunter2@db.example:port/ledger",
            "postgres://kadian:hunter2@db.example/ledger?sslmode=hunter2",
            "postgres://kadian:hunter2@db.example/ledger?hunter2=1",
            "postgres://kadian:hunter2@/ledger",
            "mysql://kadian:hunter2@db.example/ledger",
            "sqlite:",
            "sqlite::memory:",
            "",
        ] {
            let told = match Address::parse(text) {
                Ok(address) => format!("{address} {address:?}"),
                Err(error) => error.to_string(),
            };
            assert!(!told.contains("ter2"), "{text}: {told}");
        }
    }
}

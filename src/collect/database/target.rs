//! Which server is asked, and as whom.

use std::fmt;
use std::path::Path;

use super::postgres::Server;
use super::{mysql, password};
use crate::collect::http::Secrets;
use crate::error::{Error, Result};

/// What the caller gave to name a server.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// From the command line: it may hold no password.
    pub url: Option<&'a str>,
    pub password_file: Option<&'a Path>,
}

/// A database on a server, and who asks. Shown, it never tells the password.
pub struct Target {
    pub(super) place: Place,
    pub(super) secrets: Secrets,
}

pub(super) enum Place {
    Postgres(Box<Server>),
    Mysql(Box<mysql::Server>),
}

const FORM: &str = "an address has the form postgres://USER@HOST:PORT/DATABASE, mysql://… or mariadb://…, and special characters of its parts \
    are percent-encoded";

impl Target {
    /// The server that is named, or the one of `KADIAN_DATABASE_URL`, with the password that the environment or a file holds.
    ///
    /// # Errors
    /// No address, one that cannot be used, one of the command line that holds a password, a password file that cannot be read.
    pub fn find(given: Given<'_>) -> Result<Target> {
        Target::find_in(given, &environment)
    }

    pub(super) fn find_in(given: Given<'_>, environment: &dyn Fn(&str) -> Option<String>) -> Result<Target> {
        let own = environment("KADIAN_DATABASE_URL");
        let (url, visible) = match (given.url, &own) {
            (Some(url), _) => (url, true),
            (None, Some(url)) => (url.as_str(), false),
            (None, None) => {
                return Err(Error::new("no database is named").hint("name it with --url, or in KADIAN_DATABASE_URL").hint(FORM));
            }
        };
        let name = if visible { "--url" } else { "KADIAN_DATABASE_URL" };
        let refused = |what: &str| Error::new(format!("{name}: the address cannot be used: {what}")).hint(FORM);
        let mut secrets = Secrets::default();
        let place = match url.trim().split_once("://").map(|(scheme, _)| scheme) {
            Some("postgres" | "postgresql") => {
                let server = Server::parse(url.trim()).map_err(refused)?;
                if visible && server.has_password() {
                    return Err(exposed());
                }
                let found = password::postgres(&server, given.password_file, environment)?;
                let server = found.map_or(server.clone(), |password| server.with_password(&password));
                secrets.add_credential(&server.password());
                Place::Postgres(Box::new(server))
            }
            Some("mysql" | "mariadb") => {
                let server = mysql::Server::parse(url.trim()).map_err(refused)?;
                if visible && server.has_password() {
                    return Err(exposed());
                }
                let found = password::mysql(server.has_password(), given.password_file, environment)?;
                let server = found.map_or(server.clone(), |password| server.with_password(password));
                secrets.add_credential(server.password());
                Place::Mysql(Box::new(server))
            }
            _ => return Err(refused("it starts with none of postgres://, mysql://, mariadb://")),
        };
        Ok(Target { place, secrets })
    }

    /// The name of the database.
    pub(super) fn database(&self) -> &str {
        match &self.place {
            Place::Postgres(server) => server.database(),
            Place::Mysql(server) => &server.database,
        }
    }

    /// An error about this server, in which nothing repeats the password.
    pub(super) fn error(&self, what: &str) -> Error {
        Error::new(self.secrets.hide(&format!("{self}: {what}")))
    }
}

fn exposed() -> Error {
    Error::new("--url holds a password, which every user of this machine can read there")
        .hint("take it out, change it, and give the new one in KADIAN_DATABASE_PASSWORD or with --password-file FILE")
}

#[expect(clippy::disallowed_methods, reason = "reads the environment for the rest of the program")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Postgres(server) => server.fmt(f),
            Place::Mysql(server) => server.fmt(f),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(url: Option<&str>, variables: &[(&str, &str)]) -> Result<Target> {
        let environment = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Target::find_in(Given { url, password_file: None }, &environment)
    }

    #[test]
    fn no_message_tells_a_password() {
        for scheme in ["postgres", "postgresql", "mysql", "mariadb"] {
            for rest in [
                "kadian:hunter2@db.example/pay",
                "kadian:hun@ter2@db.example/pay",
                "kadian:hun/ter2@db.example/pay",
                "kadian:12/ter2@db.example/pay",
                "kadian:hunter2@db.example:port/pay",
                "kadian:hunter2@/pay",
                "kadian@db.example/pay?password=hunter2",
                "kadian@db.example/pay?ssl-mode=hunter2&sslmode=hunter2",
                "kadian@db.example/pay?hunter2=1",
                "kadian@db.example/pay#hunter2",
                ":hunter2@db.example/pay",
            ] {
                let url = format!("{scheme}://{rest}");
                let password =
                    rest.rsplit_once('@').and_then(|(before, _)| before.split_once(':')).map_or("hunter2", |(_, it)| it);
                for found in [find(Some(&url), &[]), find(None, &[("KADIAN_DATABASE_URL", &url)])] {
                    let told = match found {
                        Ok(target) => {
                            let said = format!("the server said {password} to '{password}'");
                            format!("{target} {target:?} {}", target.error(said.as_str()).message())
                        }
                        Err(error) => format!("{error} {:?}", error.hints()),
                    };
                    assert!(!told.contains("ter2"), "{url}: {told}");
                }
                let on_the_command_line = find(Some(&url), &[]).is_ok();
                let harmless = !url.contains("hunter2@") && !url.contains("password=");
                assert!(!on_the_command_line || harmless, "{url}");
            }
        }
    }

    #[test]
    fn a_password_of_the_environment_is_asked_with_and_hidden() {
        let target = find(Some("mysql://kadian@[::1]/pay"), &[("MYSQL_PWD", "hunter2")]).unwrap();
        assert_eq!(target.to_string(), "mysql://kadian@[::1]:3306/pay");
        assert_eq!(target.error("hunter2?").message(), "mysql://kadian@[::1]:3306/pay: ***?");
        let target =
            find(Some("postgres://kadian@localhost/pay"), &[("PGPASSWORD", "a"), ("KADIAN_DATABASE_PASSWORD", "hunter2")]);
        assert_eq!(target.unwrap().error("hunter2?").message(), "postgres://kadian@localhost:5432/pay: ***?");
    }
}

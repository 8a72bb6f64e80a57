//! The address of a PostgreSQL server.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::collect::database::password::Door;
use crate::collect::database::protection::{Protection, is_here};

/// A server, who asks, and how the connection is protected. Shown, it never tells the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    pub(in crate::collect::database) config: Config,
    pub(in crate::collect::database) protection: Protection,
    /// Certificates to trust instead of the system's (`sslrootcert`).
    pub(in crate::collect::database) roots: Option<PathBuf>,
}

impl Server {
    /// Reads a `postgres://` address. The error goes on after "the address cannot be used:", and repeats nothing of it: any part may be a
    /// piece of a password that was not encoded.
    pub fn parse(text: &str) -> Result<Server, &'static str> {
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut mode, mut roots, mut kept) = (None, None, Vec::new());
        for option in query.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("sslmode", value)) => {
                    let wrong = "its sslmode is none of disable, allow, prefer, require, verify-ca, verify-full";
                    mode = Some(Protection::named(value).ok_or(wrong)?);
                }
                Some(("sslrootcert", "system")) => roots = None,
                Some(("sslrootcert", value)) => roots = Some(PathBuf::from(decoded(value))),
                _ => kept.push(option),
            }
        }
        let text = if kept.is_empty() { address.to_owned() } else { format!("{address}?{}", kept.join("&")) };
        let mut config = Config::from_str(&text).map_err(|_| "it cannot be read")?;
        let doubtful = |part: &str| part.contains(['@', '/', ':', '?', '#']) || part.is_empty();
        if config.get_hosts().is_empty() {
            return Err("it names no host");
        }
        let hosts_doubtful =
            config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(name) if name.contains(['@', '/', '#', '?'])));
        if hosts_doubtful || config.get_dbname().is_some_and(doubtful) || config.get_user().is_some_and(|user| user.contains('@'))
        {
            return Err("its parts cannot be told apart");
        }
        if config.get_user().is_none() {
            return Err("it names no user");
        }
        if config.get_dbname().is_none() {
            return Err("it names no database");
        }
        if config.get_application_name().is_none() {
            config.application_name("kadian");
        }
        let protection = mode.unwrap_or_else(|| if is_local(&config) { Protection::Plain } else { Protection::Checked });
        config.ssl_mode(match protection {
            Protection::Plain => SslMode::Disable,
            Protection::IfOffered => SslMode::Prefer,
            Protection::Unchecked | Protection::Checked => SslMode::Require,
        });
        Ok(Server { config, protection, roots })
    }

    /// Whether the address itself holds a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// The name of the database.
    pub(in crate::collect::database) fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
    }

    /// The password; empty where there is none.
    pub(in crate::collect::database) fn password(&self) -> String {
        self.config.get_password().map(|password| String::from_utf8_lossy(password).into_owned()).unwrap_or_default()
    }

    /// Each host with its port, the database and the user, as `.pgpass` names them.
    pub(in crate::collect::database) fn doors(&self) -> Vec<Door> {
        let (user, database) = (self.config.get_user().unwrap_or_default(), self.config.get_dbname().unwrap_or_default());
        let ports = self.config.get_ports();
        let door = |(index, host): (usize, &Host)| {
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
            let host = match host {
                Host::Tcp(name) => name.clone(),
                #[cfg(unix)]
                Host::Unix(_) => "localhost".to_owned(),
            };
            [host, port.to_string(), database.to_owned(), user.to_owned()]
        };
        self.config.get_hosts().iter().enumerate().map(door).collect()
    }

    /// The same server, asked with this password.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Server {
        self.config.password(password);
        self
    }
}

/// Whether nobody on a network can read along.
fn is_local(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => is_here(name),
        #[cfg(unix)]
        Host::Unix(_) => true,
    })
}

/// Percent-encoding undone; a `%` that encodes nothing stays.
pub(in crate::collect::database) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code =
            tail.get(..2).and_then(|code| std::str::from_utf8(code).ok()).and_then(|code| u8::from_str_radix(code, 16).ok());
        match code {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ports = self.config.get_ports();
        let host = |(index, host): (usize, &Host)| {
            let port = ports.get(index).or(ports.first()).copied().unwrap_or(5432);
            match host {
                Host::Tcp(name) => format!("{name}:{port}"),
                #[cfg(unix)]
                Host::Unix(path) => format!("{}:{port}", path.display()),
            }
        };
        let hosts: Vec<String> = self.config.get_hosts().iter().enumerate().map(host).collect();
        let (user, database) = (self.config.get_user().unwrap_or_default(), self.config.get_dbname().unwrap_or_default());
        write!(f, "postgres://{user}@{}/{database}", hosts.join(","))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({self}, {:?}, {:?})", self.protection, self.roots)
    }
}

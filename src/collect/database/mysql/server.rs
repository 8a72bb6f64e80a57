//! The address of a MySQL or MariaDB server.

use std::fmt;
use std::path::PathBuf;

use url::Url;

use crate::collect::database::postgres::decoded;
use crate::collect::database::protection::{Protection, is_here};

/// A server, who asks, and how the connection is protected. Shown, it never tells the password.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::collect::database) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    /// A socket of this machine instead of host and port (`socket`).
    pub(super) socket: Option<PathBuf>,
    pub(super) user: String,
    password: Option<String>,
    pub(in crate::collect::database) database: String,
    pub(super) protection: Protection,
    /// Certificates to trust instead of the system's (`ssl-ca`).
    pub(super) roots: Option<PathBuf>,
}

impl Server {
    /// Reads a `mysql://` or `mariadb://` address. The error goes on after "the address cannot be used:", and repeats nothing of it: any part
    /// may be a piece of a password that was not encoded.
    pub(in crate::collect::database) fn parse(text: &str) -> Result<Server, &'static str> {
        let url = Url::parse(text).map_err(|_| "it cannot be read")?;
        let host = url.host_str().map(|host| decoded(host).trim_matches(['[', ']']).to_owned()).unwrap_or_default();
        if host.is_empty() {
            return Err("it names no host");
        }
        let (user, database) = (decoded(url.username()), decoded(url.path().trim_start_matches('/')));
        let doubtful = |part: &str| part.contains(['@', '/', ':', '?', '#']);
        if user.contains('@') || doubtful(&database) || url.fragment().is_some() || host.contains(['@', '/', '#', '?']) {
            return Err("its parts cannot be told apart");
        }
        if user.is_empty() {
            return Err("it names no user");
        }
        if database.is_empty() {
            return Err("it names no database");
        }
        let mut server = Server {
            protection: if is_here(&host) { Protection::Plain } else { Protection::Checked },
            port: url.port().unwrap_or(3306),
            password: url.password().map(decoded),
            socket: None,
            roots: None,
            host,
            user,
            database,
        };
        for (name, value) in url.query_pairs() {
            match name.replace('_', "-").as_str() {
                "ssl-mode" | "sslmode" => {
                    let known = Protection::named(&value);
                    server.protection =
                        known.ok_or("its ssl-mode is none of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY")?;
                }
                "ssl-ca" | "sslrootcert" => server.roots = Some(PathBuf::from(value.as_ref())).filter(|_| value != "system"),
                "socket" => server.socket = Some(PathBuf::from(value.as_ref())),
                "password" => server.password = Some(value.into_owned()),
                _ => return Err("it has an option that is none of ssl-mode, ssl-ca, socket"),
            }
        }
        Ok(server)
    }

    /// Whether the address itself holds a password.
    pub(in crate::collect::database) fn has_password(&self) -> bool {
        self.password.is_some()
    }

    pub(in crate::collect::database) fn password(&self) -> &str {
        self.password.as_deref().unwrap_or_default()
    }

    /// The same server, asked with this password.
    pub(in crate::collect::database) fn with_password(mut self, password: String) -> Server {
        self.password = Some(password);
        self
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.socket {
            Some(path) => write!(f, "mysql://{}@{}/{}", self.user, path.display(), self.database),
            None if self.host.contains(':') => write!(f, "mysql://{}@[{}]:{}/{}", self.user, self.host, self.port, self.database),
            None => write!(f, "mysql://{}@{}:{}/{}", self.user, self.host, self.port, self.database),
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({self}, {:?}, {:?})", self.protection, self.roots)
    }
}

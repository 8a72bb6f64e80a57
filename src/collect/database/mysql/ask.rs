//! One connection to a MySQL or MariaDB server, in one transaction that can only read.

use std::time::Duration;

use mysql_async::prelude::{FromValue, Queryable as _};
use mysql_async::{Conn, DriverError, Opts, OptsBuilder, Params, Row, SslOpts};
use rustls::RootCertStore;

use super::server::Server;
use crate::collect::database::explain::PLACEHOLDERS;
use crate::collect::database::protection::Protection;
use crate::collect::database::{LOCK, Target};
use crate::error::{Error, Result};

/// No answer is larger; the server's own limit may be a gigabyte.
const LARGEST: usize = 64 << 20;

/// An open connection. Everything is asked within the transaction that it begins with.
pub(super) struct Session<'a> {
    conn: Conn,
    target: &'a Target,
    pub(super) version: Version,
}

/// What answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    /// The server's own words.
    pub(super) words: String,
    pub(super) mariadb: bool,
}

impl<'a> Session<'a> {
    /// Connects, and begins.
    pub(super) async fn begin(target: &'a Target, server: &Server, deadline: Duration) -> Result<Session<'a>> {
        let mut conn = connect(target, server).await?;
        let version: Option<String> = conn.query_first("SELECT VERSION()").await.map_err(|error| told(target, &error))?;
        let words = version.unwrap_or_default();
        let mariadb = words.contains("MariaDB");
        let mut session = Session { conn, target, version: Version { words, mariadb } };
        let lock = LOCK.as_secs().max(1);
        session.run("SET SESSION TRANSACTION READ ONLY").await?;
        session.run(&format!("SET SESSION lock_wait_timeout = {lock}, SESSION innodb_lock_wait_timeout = {lock}")).await?;
        session.bound(deadline).await?;
        session.run("START TRANSACTION READ ONLY").await?;
        Ok(session)
    }

    /// Bounds each of the statements that follow. The bound has another name and another unit on each server; MySQL's is for `SELECT` only.
    pub(super) async fn bound(&mut self, time: Duration) -> Result<()> {
        let sql = if self.version.mariadb {
            format!("SET SESSION max_statement_time = {:.3}", time.as_secs_f64())
        } else {
            format!("SET SESSION max_execution_time = {}", time.as_millis().max(1))
        };
        self.run(&sql).await
    }

    /// Ends the transaction and the connection.
    pub(super) async fn end(mut self) -> Result<()> {
        self.run("ROLLBACK").await?;
        // Everything was answered; how the server takes leave does not matter.
        let _ = self.conn.disconnect().await;
        Ok(())
    }

    pub(super) async fn run(&mut self, sql: &str) -> Result<()> {
        self.conn.query_drop(sql).await.map_err(|error| told(self.target, &error))
    }

    /// Asks by a prepared statement: a second statement in its text is an error of the server.
    pub(super) async fn rows(&mut self, sql: &str, values: impl Into<Params> + Send) -> Result<Vec<Row>> {
        let params: Params = values.into();
        self.conn.exec(sql, params).await.map_err(|error| told(self.target, &error))
    }

    /// Asks for something that this server or this user may not have; the inner error is the server's own words.
    pub(super) async fn perhaps(
        &mut self,
        sql: &str,
        values: impl Into<Params> + Send,
    ) -> Result<std::result::Result<Vec<Row>, Refusal>> {
        let params: Params = values.into();
        match self.conn.exec(sql, params).await {
            Ok(rows) => Ok(Ok(rows)),
            Err(mysql_async::Error::Server(words)) => Ok(Err(Refusal { code: words.code, message: words.message })),
            Err(mysql_async::Error::Driver(DriverError::StmtParamsMismatch { .. })) => {
                Ok(Err(Refusal { code: 0, message: PLACEHOLDERS.to_owned() }))
            }
            Err(error) => Err(told(self.target, &error)),
        }
    }

    pub(super) fn cell<T: FromValue>(&self, row: &mut Row, at: usize) -> Result<T> {
        row.take_opt(at).and_then(std::result::Result::ok).ok_or_else(|| {
            let name = row.columns_ref().get(at).map(|column| column.name_str().into_owned()).unwrap_or_default();
            self.error(&format!("an answer that is not understood (`{name}`)"))
        })
    }

    pub(super) fn error(&self, what: &str) -> Error {
        self.target.error(what)
    }
}

/// Why the server did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: u16,
    /// It may quote the statement.
    pub(super) message: String,
}

async fn connect(target: &Target, server: &Server) -> Result<Conn> {
    let tls = match server.protection {
        Protection::Plain => None,
        Protection::IfOffered | Protection::Unchecked => {
            Some(SslOpts::default().with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true))
        }
        Protection::Checked => Some(checked(server).map_err(|what| target.error(&what))?),
    };
    match Conn::new(options(server, tls)).await {
        Err(mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer)) if server.protection == Protection::IfOffered => {
            Conn::new(options(server, None)).await
        }
        other => other,
    }
    .map_err(|error| told(target, &error))
}

fn options(server: &Server, tls: Option<SslOpts>) -> Opts {
    let socket = server.socket.as_ref().map(|path| path.to_string_lossy().into_owned());
    OptsBuilder::default()
        .ip_or_hostname(server.host.clone())
        .tcp_port(server.port)
        .socket(socket)
        // Otherwise the client would go on through a socket that the server names.
        .prefer_socket(false)
        .user(Some(server.user.clone()))
        .pass(Some(server.password().to_owned()))
        .db_name(Some(server.database.clone()))
        .ssl_opts(tls)
        .stmt_cache_size(Some(0))
        .max_allowed_packet(Some(LARGEST))
        .wait_timeout(Some(28_800))
        .into()
}

/// Certificates have to be trusted by the system, or by the file that is named.
#[expect(clippy::disallowed_methods, reason = "the certificates to trust are a file")]
fn checked(server: &Server) -> std::result::Result<SslOpts, String> {
    let roots: Vec<_> = if let Some(path) = &server.roots {
        let pem = std::fs::read(path).map_err(|error| format!("ssl-ca {}: {error}", path.display()))?;
        vec![pem.into()]
    } else {
        // One that cannot be used would be an error, and the system's may hold some.
        let usable = |der: &rustls::pki_types::CertificateDer<'static>| RootCertStore::empty().add(der.clone()).is_ok();
        let loaded = rustls_native_certs::load_native_certs().certs.into_iter().filter(usable);
        loaded.map(|der| der.to_vec().into()).collect()
    };
    if roots.is_empty() {
        return Err("the system has no certificates to trust; name some with ssl-ca".to_owned());
    }
    Ok(SslOpts::default().with_root_certs(roots).with_disable_built_in_roots(true))
}

/// What a failure means for whoever asked. The server may repeat what it was sent: the target takes the password out.
fn told(target: &Target, error: &mysql_async::Error) -> Error {
    /// `ER_ACCESS_DENIED_ERROR`, and two names of `ER_QUERY_TIMEOUT`.
    const DENIED: u16 = 1045;
    const TIMEOUT: [u16; 2] = [3024, 1969];
    match error {
        mysql_async::Error::Server(words) => {
            let error = target.error(&words.message);
            match words.code {
                DENIED => error.hint("the password comes from --password-file, KADIAN_DATABASE_PASSWORD or MYSQL_PWD"),
                code if TIMEOUT.contains(&code) => {
                    error.hint("give it more time with --timeout, or ask a replica that is less busy")
                }
                _ => error,
            }
        }
        mysql_async::Error::Driver(DriverError::NoClientSslFlagFromServer) => {
            target.error("the server speaks no TLS").hint("where the way to it is safe, say so: ?ssl-mode=DISABLED")
        }
        other => target.error(&other.to_string()),
    }
}

//! A real PostgreSQL server, in a temporary folder and on a port of its own.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::session::Session;

/// How long a server may take for anything before the test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// The password of the one user, `kadian`.
pub(crate) const PASSWORD: &str = "hunter2-of-the-tests";

pub(crate) struct Postgres {
    child: Child,
    programs: PathBuf,
    /// Who runs it: the server refuses to be run by root.
    user: Option<(u32, u32)>,
    pub(crate) port: u16,
    folder: TempDir,
    tls: bool,
    /// More options for the server.
    options: Vec<String>,
}

impl Postgres {
    pub(crate) fn start() -> Postgres {
        Postgres::make(false, &[])
    }

    /// With a certificate of its own making for 127.0.0.1: [`Postgres::certificate`].
    pub(crate) fn start_with_tls() -> Postgres {
        Postgres::make(true, &[])
    }

    /// With more options for the server, as on its command line.
    pub(crate) fn start_with(options: &[&str]) -> Postgres {
        Postgres::make(false, options)
    }

    fn make(tls: bool, options: &[&str]) -> Postgres {
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let (programs, user) = (programs(), user());
        let folder = tempfile::tempdir().expect("a folder");
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group)).expect("root gives folders away");
        }
        let password = folder.path().join("password");
        std::fs::write(&password, PASSWORD).expect("a file");
        if let Some((user, group)) = user {
            chown(&password, Some(user), Some(group)).expect("root gives files away");
        }
        let made = as_user(&programs.join("initdb"), user)
            .current_dir(folder.path())
            .args([
                "-D",
                "data",
                "-U",
                "kadian",
                "-A",
                "scram-sha-256",
                "--pwfile=password",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .output()
            .expect("initdb starts");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        if tls {
            certify(folder.path(), user);
        }
        let (child, port) = launch(&programs, user, folder.path(), tls, &options);
        Postgres { child, programs, user, port, folder, tls, options }
    }

    /// The address as a person would write it, with its password.
    pub(crate) fn address(&self) -> String {
        Postgres::address_through(self.port)
    }

    /// The address of something that stands before the server.
    pub(crate) fn address_through(port: u16) -> String {
        format!("postgres://kadian:{PASSWORD}@127.0.0.1:{port}/postgres")
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("data/server.crt")
    }

    /// Asks the server itself, past kadian.
    pub(crate) fn sql(&self, statement: &str) -> String {
        self.try_sql(statement).unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// The same for what the server may refuse; the error is its words.
    pub(crate) fn try_sql(&self, statement: &str) -> Result<String, String> {
        self.try_sql_in("postgres", statement)
    }

    /// As [`Postgres::sql`] in another database.
    pub(crate) fn sql_in(&self, database: &str, statement: &str) -> String {
        self.try_sql_in(database, statement).unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// As [`Postgres::try_sql`] in another database.
    pub(crate) fn try_sql_in(&self, database: &str, statement: &str) -> Result<String, String> {
        let asked = self.client(database).args(["-v", "ON_ERROR_STOP=1", "-c", statement]).output().expect("psql starts");
        if !asked.status.success() {
            return Err(String::from_utf8_lossy(&asked.stderr).trim().to_owned());
        }
        Ok(String::from_utf8_lossy(&asked.stdout).trim().to_owned())
    }

    /// A connection that stays.
    pub(crate) fn session(&self, database: &str) -> Session {
        Session::start(self.client(database))
    }

    fn client(&self, database: &str) -> Command {
        let mut command = Command::new(self.programs.join("psql"));
        command.env("PGPASSWORD", PASSWORD);
        command.args(["-X", "-A", "-t", "-q", "-h", "127.0.0.1", "-U", "kadian", "-d", database, "-p", &self.port.to_string()]);
        command
    }

    /// Stops the server at once, as a crash of it would: nothing is written any more.
    pub(crate) fn crash(&mut self) {
        let stopped = as_user(&self.programs.join("pg_ctl"), self.user)
            .current_dir(self.folder.path())
            .args(["stop", "-D", "data", "-m", "immediate", "-s"])
            .status();
        assert!(stopped.is_ok_and(|status| status.success()), "pg_ctl stops the server");
        let _ = self.child.wait();
    }

    /// Starts it again, on the same port.
    pub(crate) fn restart(&mut self) {
        let begin = Instant::now();
        loop {
            self.child = serve(&self.programs, self.user, self.folder.path(), self.port, self.tls, &self.options);
            if answers(&self.programs, &mut self.child, self.port, self.folder.path()) {
                return;
            }
            assert!(begin.elapsed() < PATIENCE, "PostgreSQL does not start again");
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = as_user(&self.programs.join("pg_ctl"), self.user)
            .current_dir(self.folder.path())
            .args(["stop", "-D", "data", "-m", "immediate", "-s"])
            .status();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The newest server that Debian's packages installed, or one on the PATH.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.extend(std::env::split_paths(&path));
    found.retain(|folder| ["initdb", "postgres", "pg_ctl", "psql"].iter().all(|name| folder.join(name).is_file()));
    found.sort();
    found.pop().expect("the programs of a PostgreSQL server: install the Debian package `postgresql`")
}

/// Somebody who is not root, where root runs the tests.
fn user() -> Option<(u32, u32)> {
    let me = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").expect("it says who runs this"));
    if me != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").expect("users");
    let of = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2);
        Some((ids.next()?.parse().ok()?, ids.next()?.parse().ok()?))
    };
    Some(of("postgres").or_else(|| of("nobody")).expect("a user who is not root"))
}

fn as_user(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command.stdin(Stdio::null());
    command
}

fn launch(programs: &Path, user: Option<(u32, u32)>, folder: &Path, tls: bool, options: &[String]) -> (Child, u16) {
    for _ in 0..5 {
        // Another process may take the port in between; then another one is tried.
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let mut child = serve(programs, user, folder, port, tls, options);
        if answers(programs, &mut child, port, folder) {
            return (child, port);
        }
        let _ = child.kill();
        let _ = child.wait();
    }
    panic!("PostgreSQL does not start: {}", std::fs::read_to_string(folder.join("log")).unwrap_or_default());
}

fn serve(programs: &Path, user: Option<(u32, u32)>, folder: &Path, port: u16, tls: bool, options: &[String]) -> Child {
    let log = std::fs::File::create(folder.join("log")).expect("a log");
    as_user(&programs.join("postgres"), user)
        .current_dir(folder)
        .args(["-D", "data", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=150"])
        .args(["-c", &format!("port={port}"), "-c", if tls { "ssl=on" } else { "ssl=off" }])
        .args(options)
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("postgres starts")
}

fn answers(programs: &Path, child: &mut Child, port: u16, folder: &Path) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE && child.try_wait().is_ok_and(|ended| ended.is_none()) {
        let ready = Command::new(programs.join("psql"))
            .env("PGPASSWORD", PASSWORD)
            .args(["-X", "-q", "-h", "127.0.0.1", "-U", "kadian", "-d", "postgres", "-p", &port.to_string(), "-c", "SELECT 1"])
            .current_dir(folder)
            .output();
        if TcpStream::connect(("127.0.0.1", port)).is_ok() && ready.is_ok_and(|ready| ready.status.success()) {
            return true;
        }
        thread::sleep(Duration::from_millis(50));
    }
    false
}

/// A key and a certificate for 127.0.0.1, signed by nobody else.
fn certify(folder: &Path, user: Option<(u32, u32)>) {
    let made = as_user(Path::new("openssl"), user)
        .current_dir(folder.join("data"))
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args([
            "-subj",
            "/CN=kadian-test",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .args(["-keyout", "server.key", "-out", "server.crt"])
        .output()
        .expect("openssl starts: the Debian package `postgresql` brings it");
    assert!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
}

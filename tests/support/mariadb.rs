//! A real MariaDB server, in a temporary folder and on a port of its own.

use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::session::Session;

/// How long a server may take for anything before the test gives up.
const PATIENCE: Duration = Duration::from_mins(2);

/// The password of the one user who comes over the network, `kadian`.
pub(crate) const PASSWORD: &str = "hunter2-of-the-tests";

pub(crate) struct Mariadb {
    child: Child,
    pub(crate) port: u16,
    folder: TempDir,
}

impl Mariadb {
    pub(crate) fn start() -> Mariadb {
        Mariadb::start_with(&[])
    }

    /// With a certificate of its own making for 127.0.0.1: [`Mariadb::certificate`].
    pub(crate) fn start_with_tls() -> Mariadb {
        Mariadb::make(true, &[])
    }

    /// With more options for the server, each as `--name=value`.
    pub(crate) fn start_with(options: &[&str]) -> Mariadb {
        Mariadb::make(false, options)
    }

    fn make(tls: bool, options: &[&str]) -> Mariadb {
        let user = user();
        let folder = tempfile::tempdir().expect("a folder");
        own(folder.path(), user);
        let made = as_user("mariadb-install-db", user)
            .current_dir(folder.path())
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"])
            .arg(format!("--tmpdir={}", folder.path().display()))
            .arg(format!("--datadir={}", folder.path().join("data").display()))
            .output()
            .unwrap_or_else(|error| panic!("mariadb-install-db: {error}: install the Debian package `mariadb-server`"));
        assert!(made.status.success(), "mariadb-install-db: {}", String::from_utf8_lossy(&made.stderr));
        if tls {
            certify(folder.path(), user);
        }
        let (child, port) = launch(folder.path(), user, tls, options);
        let server = Mariadb { child, port, folder };
        server.sql(&format!(
            "CREATE DATABASE pay; CREATE USER kadian@'%' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO kadian@'%' WITH GRANT OPTION"
        ));
        server
    }

    /// The address of the database `pay` as a person would write it, with its password.
    pub(crate) fn address(&self) -> String {
        format!("mysql://kadian:{PASSWORD}@127.0.0.1:{}/pay", self.port)
    }

    /// The same without the password.
    pub(crate) fn open_address(&self) -> String {
        format!("mysql://kadian@127.0.0.1:{}/pay", self.port)
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("server.crt")
    }

    /// Asks the server itself, past kadian, as its administrator.
    pub(crate) fn sql(&self, statements: &str) -> String {
        self.try_sql(statements).unwrap_or_else(|error| panic!("{statements}: {error}"))
    }

    /// The same for what the server may refuse; the error is its words.
    pub(crate) fn try_sql(&self, statements: &str) -> Result<String, String> {
        let asked = client(self.folder.path()).args(["-e", statements]).output().expect("mariadb starts");
        if !asked.status.success() {
            return Err(String::from_utf8_lossy(&asked.stderr).trim().to_owned());
        }
        Ok(String::from_utf8_lossy(&asked.stdout).trim().to_owned())
    }

    /// Asks for one statement that holds terminators of its own, in the database `pay`.
    pub(crate) fn block(&self, statement: &str) {
        let asked =
            client(self.folder.path()).args(["--delimiter=//", "-D", "pay", "-e", statement]).output().expect("mariadb starts");
        assert!(asked.status.success(), "{statement}: {}", String::from_utf8_lossy(&asked.stderr));
    }

    /// A connection that stays.
    pub(crate) fn session(&self) -> Session {
        let mut command = client(self.folder.path());
        // Answers at once, and goes on after an error.
        command.args(["--unbuffered", "--force"]);
        Session::start(command)
    }
}

impl Drop for Mariadb {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Who runs the server where root runs the tests: it refuses to be run by root.
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
    Some(of("mysql").or_else(|| of("nobody")).expect("a user who is not root"))
}

fn own(path: &Path, user: Option<(u32, u32)>) {
    if let Some((user, group)) = user {
        chown(path, Some(user), Some(group)).expect("root gives files away");
    }
}

fn as_user(program: &str, user: Option<(u32, u32)>) -> Command {
    // The server lies where only administrators look.
    let found =
        [Path::new("/usr/sbin").join(program), Path::new("/usr/bin").join(program)].into_iter().find(|path| path.is_file());
    let mut command = Command::new(found.unwrap_or_else(|| PathBuf::from(program)));
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command.stdin(Stdio::null());
    command
}

/// The server's own client, through the socket: it needs no password, and none stands on its command line.
fn client(folder: &Path) -> Command {
    let mut command = Command::new("mariadb");
    command.args(["--no-defaults", "-N", "-B", "-u", "root"]).arg(format!("--socket={}", folder.join("socket").display()));
    command.stdin(Stdio::null());
    command
}

fn launch(folder: &Path, user: Option<(u32, u32)>, tls: bool, options: &[&str]) -> (Child, u16) {
    for _ in 0..5 {
        // Another process may take the port in between; then another one is tried.
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let mut child = serve(folder, user, port, tls, options);
        if answers(folder, &mut child) {
            return (child, port);
        }
        let _ = child.kill();
        let _ = child.wait();
    }
    panic!("MariaDB does not start: {}", std::fs::read_to_string(folder.join("log")).unwrap_or_default());
}

fn serve(folder: &Path, user: Option<(u32, u32)>, port: u16, tls: bool, options: &[&str]) -> Child {
    let log = std::fs::File::create(folder.join("log")).expect("a log");
    let mut command = as_user("mariadbd", user);
    command.current_dir(folder).arg("--no-defaults");
    for (name, file) in [("datadir", "data"), ("socket", "socket"), ("pid-file", "pid"), ("tmpdir", ".")] {
        command.arg(format!("--{name}={}", folder.join(file).display()));
    }
    if tls {
        command.arg(format!("--ssl-cert={}", folder.join("server.crt").display()));
        command.arg(format!("--ssl-key={}", folder.join("server.key").display()));
    }
    command
        .args(["--bind-address=127.0.0.1", &format!("--port={port}"), "--skip-log-bin", "--skip-name-resolve"])
        .args(["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M"])
        .args(["--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci"])
        .args(options)
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("mariadbd: {error}: install the Debian package `mariadb-server`"))
}

fn answers(folder: &Path, child: &mut Child) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE && child.try_wait().is_ok_and(|ended| ended.is_none()) {
        if client(folder).args(["-e", "SELECT 1"]).output().is_ok_and(|ready| ready.status.success()) {
            return true;
        }
        thread::sleep(Duration::from_millis(50));
    }
    false
}

/// A key and a certificate for 127.0.0.1, signed by nobody else.
fn certify(folder: &Path, user: Option<(u32, u32)>) {
    let made = as_user("openssl", user)
        .current_dir(folder)
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=kadian-test", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", "server.key", "-out", "server.crt"])
        .output()
        .expect("openssl starts: the Debian package `mariadb-server` brings it");
    assert!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
}

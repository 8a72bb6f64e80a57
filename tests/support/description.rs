//! GitHub's own description of its API, between kadian and a server: a proxy that tells every request that the description does not
//! allow (Prism, `@octokit/openapi`).

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long the proxy may take to read the description.
const PATIENCE: Duration = Duration::from_mins(4);

/// The proxy; ends with this value.
pub(crate) struct Described {
    pub(crate) url: String,
    process: Child,
    folder: TempDir,
}

impl Described {
    /// Puts the description of a version, such as `api.github.com` or `ghes-3.17`, before a server. It is not ready yet.
    pub(crate) fn before(version: &str, server: &str) -> Described {
        let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/node_modules");
        let description = tools.join(format!("@octokit/openapi/generated/{version}.json"));
        let program = tools.join("@stoplight/prism-cli/dist/index.js");
        for path in [&description, &program] {
            assert!(path.exists(), "{} is not there: run tests/tools/install", path.display());
        }
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        let folder = tempfile::tempdir().expect("a folder");
        let log = std::fs::File::create(folder.path().join("log")).expect("a log");
        let process = Command::new("node")
            .arg("--max-old-space-size=2048")
            .arg(program)
            .args(["proxy", "--host", "127.0.0.1", "--port", &port.to_string()])
            .args([description.as_os_str(), server.as_ref()])
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            .spawn()
            .expect("node starts");
        Described { url: format!("http://127.0.0.1:{port}"), process, folder }
    }

    /// Waits until it listens.
    pub(crate) fn ready(&mut self) {
        let start = Instant::now();
        while !self.log().contains("is listening") {
            let ended = self.process.try_wait().expect("the proxy can be asked");
            assert!(ended.is_none() && start.elapsed() < PATIENCE, "the proxy does not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// What the proxy says against requests so far: those that the description does not know, and those that it does not allow.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let wrong =
            |line: &&str| line.contains("Violation: request") || line.contains("#NO_") || line.contains("Route not resolved");
        self.log().lines().filter(wrong).map(str::to_owned).collect()
    }

    fn log(&self) -> String {
        let path: PathBuf = self.folder.path().join("log");
        std::fs::read_to_string(path).unwrap_or_default()
    }
}

impl Drop for Described {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

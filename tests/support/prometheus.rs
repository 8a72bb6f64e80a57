//! A real Prometheus server, and the metrics that it scrapes from the test.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The time between two scrapes, and the longest that one may take.
const SCRAPE: Duration = Duration::from_millis(200);

/// How long a server may take for anything before the test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// One scraped process of the test: its metrics, by series as Prometheus writes them.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) address: String,
    /// Labels that the scrape adds.
    pub(crate) labels: &'static str,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    metrics: BTreeMap<String, f64>,
    fails: bool,
}

impl Target {
    pub(crate) fn start(labels: &'static str) -> Target {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(&stream, &shared);
            }
        });
        Target { address, labels, state }
    }

    pub(crate) fn add(&self, series: &str, value: f64) {
        *self.state().metrics.entry(series.to_owned()).or_default() += value;
    }

    pub(crate) fn set(&self, series: &str, value: f64) {
        self.state().metrics.insert(series.to_owned(), value);
    }

    /// A new process: all counters begin again.
    pub(crate) fn restart(&self) {
        self.state().metrics.clear();
    }

    /// Scrapes fail from now on, or no longer.
    pub(crate) fn fail(&self, fails: bool) {
        self.state().fails = fails;
    }

    fn is_up(&self) -> bool {
        !self.state().fails
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no other thread failed")
    }
}

fn answer(stream: &TcpStream, state: &Mutex<State>) {
    let mut lines = BufReader::new(stream).lines();
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let (status, body) = {
        let state = state.lock().expect("no other thread failed");
        let mut body = String::new();
        for (series, value) in &state.metrics {
            let _ = writeln!(body, "{series} {value}");
        }
        (if state.fails { "503 Service Unavailable" } else { "200 OK" }, body)
    };
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain; version=0.0.4\r\n");
    let _ = (&*stream).write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
}

/// A running server with its data in a folder of its own.
pub(crate) struct Prometheus {
    pub(crate) url: String,
    child: Child,
    targets: Vec<Target>,
    marks: f64,
    /// Goes away with the server.
    _folder: TempDir,
}

impl Prometheus {
    /// Starts the server, which scrapes the targets five times a second.
    pub(crate) fn start(targets: &[Target]) -> Prometheus {
        let folder = TempDir::new().expect("a folder");
        let jobs =
            targets.iter().map(|target| format!("  - targets: [\"{}\"]\n    labels: {{{}}}\n", target.address, target.labels));
        let config = format!(
            "global: {{scrape_interval: {0}ms, scrape_timeout: {0}ms}}\nscrape_configs:\n- job_name: pay\n  static_configs:\n{1}",
            SCRAPE.as_millis(),
            jobs.collect::<String>()
        );
        std::fs::write(folder.path().join("prometheus.yml"), config).expect("the configuration is written");
        let (child, url) = spawn(folder.path());
        let mut server = Prometheus { url, child, targets: targets.to_vec(), marks: 0.0, _folder: folder };
        server.settle();
        server
    }

    /// Waits for a whole second at which all targets that are up have been scraped with what they say now, and the others have
    /// failed. Returns that second; nothing will be added to it any more.
    pub(crate) fn settle(&mut self) -> jiff::Timestamp {
        self.marks += 1.0;
        let up: Vec<&Target> = self.targets.iter().filter(|target| target.is_up()).collect();
        for target in &up {
            target.set("test_mark", self.marks);
        }
        let marked = (format!("count(test_mark == {}) or vector(0)", self.marks), up.len().to_string());
        let failed = ("count(up == 0) or vector(0)".to_owned(), (self.targets.len() - up.len()).to_string());
        let begin = Instant::now();
        loop {
            let now = jiff::Timestamp::now();
            let second = jiff::Timestamp::from_second(now.as_second() + 1).expect("a time");
            // A scrape belongs to the time at which it began, and may fail until it has lasted as long as it may.
            let over = second + jiff::SignedDuration::try_from(SCRAPE * 2).expect("it is short");
            thread::sleep(Duration::try_from(over.duration_since(now)).expect("it lies ahead"));
            let holds = |(query, wanted): &(String, String)| value(&self.url, query, Some(second)).as_ref() == Some(wanted);
            if holds(&marked) && holds(&failed) {
                return second;
            }
            assert!(begin.elapsed() < PATIENCE, "Prometheus: no whole scrape within {PATIENCE:?}");
        }
    }

    /// Ends the server.
    pub(crate) fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Starts the program on a free port and waits until it answers. Another process may take the port in between; then it tries again.
fn spawn(folder: &Path) -> (Child, String) {
    for _ in 0..5 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let child = Command::new("prometheus")
            .current_dir(folder)
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--log.level=error"])
            .arg(format!("--web.listen-address={address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut child = child.unwrap_or_else(|error| {
            panic!("the program `prometheus` cannot be started ({error}): install the Debian package `prometheus`")
        });
        let url = format!("http://{address}");
        let start = Instant::now();
        while start.elapsed() < PATIENCE && child.try_wait().is_ok_and(|ended| ended.is_none()) {
            if value(&url, "vector(1)", None).as_deref() == Some("1") {
                return (child, url);
            }
            thread::sleep(Duration::from_millis(50));
        }
        let _ = child.kill();
        let _ = child.wait();
    }
    panic!("Prometheus does not start");
}

/// The value of a query with one result, asked without kadian.
fn value(url: &str, query: &str, time: Option<jiff::Timestamp>) -> Option<String> {
    let address = url.strip_prefix("http://")?;
    let mut stream = TcpStream::connect(address).ok()?;
    let time = time.map_or_else(String::new, |time| format!("&time={}", time.as_second()));
    let body = format!("query={}{time}", query.replace(' ', "+").replace('=', "%3D"));
    let head =
        format!("POST /api/v1/query HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    stream.write_all(format!("{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}").as_bytes()).ok()?;
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).ok()?;
    let json: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n")?.1.trim()).ok()?;
    json["data"]["result"][0]["value"][1].as_str().map(str::to_owned)
}

//! A small HTTP server for tests: answers what it is told to, and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// Which request of this server it is, from 0.
    pub(crate) number: usize,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A parameter of the query or of the form, decoded.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let address = reqwest::Url::parse(&format!("http://x{}", self.target)).expect("an address");
        let form = reqwest::Url::parse(&format!("http://x/?{}", self.body)).expect("a form");
        let pairs: Vec<_> = address.query_pairs().into_owned().chain(form.query_pairs().into_owned()).collect();
        pairs.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// What to answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    delay: Duration,
    /// Close the connection after so many bytes of the body.
    cut: Option<usize>,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status, body: body.into(), ..Reply::default() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn delay(self, delay: Duration) -> Reply {
        Reply { delay, ..self }
    }

    pub(crate) fn cut(self, bytes: usize) -> Reply {
        Reply { cut: Some(bytes), ..self }
    }
}

type Handler = dyn Fn(&Seen) -> Reply + Send + Sync;

#[derive(Default)]
struct Notes {
    seen: Mutex<Vec<Seen>>,
    number: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
    over: AtomicBool,
}

/// Runs until it is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    address: std::net::SocketAddr,
    notes: Arc<Notes>,
}

impl Server {
    pub(crate) fn start(handler: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let notes = Arc::new(Notes::default());
        let (handler, shared): (Arc<Handler>, _) = (Arc::new(handler), Arc::clone(&notes));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.over.load(Ordering::SeqCst) {
                    return;
                }
                let (handler, notes) = (Arc::clone(&handler), Arc::clone(&shared));
                thread::spawn(move || serve(&stream, &*handler, &notes));
            }
        });
        Server { url: format!("http://{address}"), address, notes }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.notes.seen.lock().expect("no test failed while it noted").clone()
    }

    /// The largest number of requests that were answered at the same time.
    pub(crate) fn most_at_once(&self) -> usize {
        self.notes.most_at_once.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.notes.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

/// Answers the requests of one connection until it ends.
fn serve(stream: &TcpStream, handler: &Handler, notes: &Notes) {
    let mut input = BufReader::new(stream);
    while let Some(mut seen) = read_request(&mut input) {
        let at_once = notes.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        notes.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        seen.number = notes.number.fetch_add(1, Ordering::SeqCst);
        notes.seen.lock().expect("no test failed while it noted").push(seen.clone());
        let reply = handler(&seen);
        thread::sleep(reply.delay);
        notes.at_once.fetch_sub(1, Ordering::SeqCst);
        let mut head = format!("HTTP/1.1 {} Status\r\nContent-Length: {}\r\n", reply.status, reply.body.len());
        for (name, value) in &reply.headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        let body = &reply.body[..reply.cut.unwrap_or(reply.body.len())];
        // In one piece: a client acknowledges small pieces late.
        let whole = [head.as_bytes(), body].concat();
        let mut output = stream;
        if output.write_all(&whole).is_err() || reply.cut.is_some() {
            return;
        }
    }
}

fn read_request(input: &mut impl BufRead) -> Option<Seen> {
    let mut first = String::new();
    input.read_line(&mut first).ok()?;
    let mut words = first.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        input.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut seen = Seen { method, target, headers, body: String::new(), number: 0 };
    let length = seen.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    input.take(length).read_to_string(&mut seen.body).ok()?;
    Some(seen)
}

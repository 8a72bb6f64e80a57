//! A server that answers what a test says, on a port of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What was asked: the path, the headers and the body, and the parameters of the address and of the form, decoded.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    parameters: Vec<(String, String)>,
}

impl Asked {
    /// A parameter; empty when it is not there.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.parameters.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    /// The connection ends after so many bytes of the body.
    pub(crate) cut: Option<usize>,
}

/// Runs until the tests end.
#[derive(Debug, Clone)]
pub(crate) struct Web {
    pub(crate) url: String,
    requests: Arc<AtomicUsize>,
}

impl Web {
    /// `answer` gives a status and a body.
    pub(crate) fn start(answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Web {
        Web::serve(move |asked| {
            let (status, body) = answer(asked);
            Reply { status, headers: Vec::new(), body, cut: None }
        })
    }

    /// `answer` gives everything.
    pub(crate) fn serve(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Web {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (answer, requests) = (Arc::new(answer), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, counted) = (Arc::clone(&answer), Arc::clone(&counted));
                thread::spawn(move || {
                    if let Some(asked) = read(&stream) {
                        counted.fetch_add(1, Ordering::SeqCst);
                        let Reply { status, headers, body, cut } = answer(&asked);
                        let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                        let headers = headers.concat();
                        let length = body.len();
                        let head =
                            format!("HTTP/1.1 {status} Status\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n");
                        let body = &body.as_bytes()[..cut.unwrap_or(length).min(length)];
                        let _ = (&stream).write_all(&[head.as_bytes(), body].concat());
                    }
                });
            }
        });
        Web { url, requests }
    }

    /// How many requests have arrived.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut input = BufReader::new(stream);
    let mut first = String::new();
    input.read_line(&mut first).ok()?;
    let method = first.split_whitespace().next()?.to_owned();
    let target = first.split_whitespace().nth(1)?.to_owned();
    let (mut length, mut headers) = (0, Vec::new());
    loop {
        let mut line = String::new();
        input.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            let (name, value) = (name.to_ascii_lowercase(), value.trim().to_owned());
            if name == "content-length" {
                length = value.parse().ok()?;
            }
            headers.push((name, value));
        }
    }
    let mut form = vec![0; length];
    input.read_exact(&mut form).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let body = String::from_utf8(form).ok()?;
    let is_form = headers.iter().any(|(name, value)| name == "content-type" && value.contains("form-urlencoded"));
    let form = if is_form { body.as_str() } else { "" };
    let pairs = query.split('&').chain(form.split('&')).filter_map(|pair| pair.split_once('='));
    let parameters = pairs.map(|(name, value)| (name.to_owned(), decoded(value))).collect();
    Some(Asked { method, path: path.to_owned(), headers, body, parameters })
}

fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&digits, 16).expect("two digits")
            }
            other => other,
        });
    }
    String::from_utf8(bytes).expect("UTF-8")
}

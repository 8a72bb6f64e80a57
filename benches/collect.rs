//! How near collection comes to the ideal schedule: `cargo bench --bench collect`.
//!
//! A server of this process answers every query after a fixed delay. With Q queries, C at a time, nobody can be faster than
//! ceil(Q / C) delays. The run fails when kadian takes more than 1.2 times that.

#![expect(clippy::expect_used, reason = "a measurement whose input is wrong has no result")]
#![expect(clippy::print_stdout, reason = "a measurement is printed")]
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kadian::collect::http::{Endpoint, Limits};
use kadian::collect::prometheus::{Query, Span, fetch};

const QUERIES: u32 = 200;
const AT_ONCE: u32 = 20;
const MOST: f64 = 1.2;

/// A series of an hour, a value each minute.
fn body() -> String {
    let points: Vec<String> = (0..60).map(|minute| format!("[{},\"{minute}\"]", minute * 60)).collect();
    let series: Vec<String> =
        (0..20).map(|at| format!("{{\"metric\":{{\"instance\":\"{at}\"}},\"values\":[{}]}}", points.join(","))).collect();
    format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{}]}}}}", series.join(","))
}

fn serve(stream: TcpStream, delay: Duration, body: &str) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut output = stream.try_clone()?;
    let mut input = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
        }
        input.by_ref().take(length).read_to_end(&mut Vec::new())?;
        thread::sleep(delay);
        output.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes())?;
    }
}

/// The address of a server that answers after the delay.
fn start(delay: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let body = body();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let body = body.clone();
            thread::spawn(move || serve(stream, delay, &body));
        }
    });
    format!("http://{address}")
}

fn main() -> ExitCode {
    let mut too_slow = false;
    println!("{QUERIES} queries, {AT_ONCE} at a time, best of five");
    for milliseconds in [20, 50, 100, 250] {
        let delay = Duration::from_millis(milliseconds);
        let limits = Limits { concurrency: AT_ONCE as usize, ..Limits::default() };
        let endpoint = Endpoint { limits, ..Endpoint::new(start(delay)) };
        let span =
            Span::Range { start: Timestamp::UNIX_EPOCH, end: Timestamp::UNIX_EPOCH + Duration::from_hours(1), step_seconds: 60 };
        let queries: Vec<Query> = (0..QUERIES).map(|at| Query { text: format!("requests_{at}"), span }).collect();
        let ideal = delay * QUERIES.div_ceil(AT_ONCE);
        let once = |_| {
            let watch = Instant::now();
            let outcomes = fetch(&endpoint, &queries);
            let taken = watch.elapsed();
            assert!(outcomes.iter().all(Result::is_ok), "every query is answered");
            taken
        };
        let best = (0..5).map(once).min().unwrap_or(Duration::MAX);
        let times = best.as_secs_f64() / ideal.as_secs_f64();
        println!("delay {milliseconds:>3} ms: {best:>8.1?}, ideal {ideal:>5.1?}, {times:.3} times");
        too_slow |= times > MOST;
    }
    if too_slow { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

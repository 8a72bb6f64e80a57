//! How fast logs are mined, and in how much memory: `cargo bench --bench logs`. Each row reads a gigabyte (`-- MEGABYTES` for less)
//! that is made on the way, so that the memory is that of the miner.
//!
//! The second rate is that of the processor's time alone, for a machine that does other work as well. The last column is the process's peak so far (Linux), so that a row that needs more than those above it shows.

#![expect(clippy::expect_used, reason = "a measurement whose input is wrong has no result")]
#![expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(clippy::disallowed_methods, reason = "it measures time and reads the peak of the memory")]

use std::fmt::Write as _;
use std::io::{BufReader, Read};
use std::time::Instant;

use kadian::analyze::logs::mine;
use kadian::evidence::logs::Side;

/// Appends the entry of that number.
type Line = fn(usize, &mut String);

/// Bytes that are made once and then repeated; more would only measure the generator.
const BLOCK: usize = 32 << 20;

fn main() {
    let megabytes = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(1024_usize);
    println!("| log | MB/s | MB/s of a core | errors | messages | overflow | peak RSS MB |");
    println!("|---|---|---|---|---|---|---|");
    let logs: [(&str, Line); 7] = [
        ("Java text, 5 % errors, every tenth with a trace", java),
        ("JSON lines, 5 % errors", json),
        ("logfmt, 5 % errors", logfmt),
        ("Java text, nothing but errors", errors),
        ("every error another one", unlike),
        ("every error another one, with a secret", secret),
        ("every error another one, all alike", alike),
    ];
    for (name, line) in logs {
        let block = block(line);
        let mut input = BufReader::with_capacity(64 << 10, Repeated { block: &block, at: 0, left: megabytes << 20 });
        let (start, busy) = (Instant::now(), busy_seconds());
        let mined = mine(Side::Gray, &mut input).expect("a readable log");
        let size = (megabytes << 20) as f64 / 1e6;
        let (rate, of_core) = (size / start.elapsed().as_secs_f64(), size / (busy_seconds() - busy));
        let figures = mined.figures();
        println!(
            "| {name} | {rate:.0} | {of_core:.0} | {} | {} | {} | {} |",
            figures.errors,
            mined.len(),
            figures.overflow,
            peak()
        );
    }
}

fn block(line: Line) -> Vec<u8> {
    let mut text = String::with_capacity(BLOCK + 4096);
    let mut number = 0;
    while text.len() < BLOCK {
        line(number, &mut text);
        number += 1;
    }
    text.into_bytes()
}

struct Repeated<'b> {
    block: &'b [u8],
    at: usize,
    left: usize,
}

impl Read for Repeated<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = buffer.len().min(self.left).min(self.block.len() - self.at);
        buffer[..count].copy_from_slice(&self.block[self.at..self.at + count]);
        self.at = (self.at + count) % self.block.len();
        self.left -= count;
        Ok(count)
    }
}

/// A number that looks like chance and is the same in each run.
fn chance(number: usize) -> usize {
    (number ^ (number >> 7)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

const FAULTS: [&str; 6] = [
    "payment of account 4711 failed: no money left after 17 ms",
    "connection to db-3.internal:5432 refused (attempt 2 of 5)",
    "cannot read /var/lib/pay/cache/7f3a9c0d1e: permission denied",
    "order 123e4567-e89b-12d3-a456-426614174000 has status 503",
    "timeout after 30s while calling https://bank.example.com/v1/charge?id=99812",
    "queue refunds is full, 10000 messages wait",
];

fn stamp(number: usize, into: &mut String) {
    let (second, milli) = (number / 400, number % 400 * 2);
    let _ = write!(into, "2026-01-02T{:02}:{:02}:{:02}.{milli:03}Z", second / 3600 % 24, second / 60 % 60, second % 60);
}

fn fault(number: usize, into: &mut String) {
    into.push_str(FAULTS[chance(number) % FAULTS.len()]);
    let _ = write!(into, " id={}", chance(number * 3) % 100_000);
}

fn java(number: usize, into: &mut String) {
    stamp(number, into);
    if chance(number).is_multiple_of(20) {
        into.push_str(" ERROR [http-nio-8080-exec-7] com.pay.service.PaymentService - ");
        fault(number, into);
        if chance(number * 5).is_multiple_of(10) {
            into.push_str("\njava.lang.IllegalStateException: closed\n");
            for frame in 0..20 {
                let _ = writeln!(into, "\tat com.pay.service.Layer{frame}.handle(Layer{frame}.java:{})", 40 + frame);
            }
            into.push_str(
                "Caused by: java.io.IOException: Broken pipe\n\tat sun.nio.ch.IOUtil.write(IOUtil.java:51)\n\t... 19 more",
            );
        }
    } else {
        into.push_str(" INFO  [http-nio-8080-exec-7] com.pay.service.PaymentService - paid order ");
        let _ = write!(into, "{} for account {} in {} ms, nothing else to say", chance(number), number, number % 97);
    }
    into.push('\n');
}

fn json(number: usize, into: &mut String) {
    into.push_str("{\"@timestamp\":\"");
    stamp(number, into);
    let level = if chance(number).is_multiple_of(20) { "ERROR" } else { "INFO" };
    let _ = write!(
        into,
        "\",\"level\":\"{level}\",\"logger\":\"com.pay.service.PaymentService\",\"thread\":\"exec-7\",\"message\":\""
    );
    if level == "ERROR" {
        fault(number, into);
    } else {
        let _ = write!(into, "paid order {}", chance(number));
    }
    let _ = writeln!(into, "\",\"trace_id\":\"{:032x}\",\"span\":{{\"id\":{number},\"kind\":\"server\"}}}}", chance(number));
}

fn logfmt(number: usize, into: &mut String) {
    into.push_str("time=");
    stamp(number, into);
    let level = if chance(number).is_multiple_of(20) { "error" } else { "info" };
    let _ = write!(into, " level={level} caller=pay/handler.go:42 msg=\"");
    fault(number, into);
    let _ = writeln!(into, "\" duration={}ms", number % 97);
}

fn errors(number: usize, into: &mut String) {
    stamp(number, into);
    into.push_str(" ERROR [http-nio-8080-exec-7] com.pay.service.PaymentService - ");
    fault(number, into);
    into.push('\n');
}

fn unlike(number: usize, into: &mut String) {
    stamp(number, into);
    into.push_str(" ERROR");
    words(number, 6, into);
    into.push('\n');
}

fn secret(number: usize, into: &mut String) {
    stamp(number, into);
    into.push_str(" ERROR");
    words(number, 6, into);
    into.push_str(" password=");
    words(number + 1, 1, into);
    into.push_str(" for jane@pay.example\n");
}

fn alike(number: usize, into: &mut String) {
    stamp(number, into);
    into.push_str(" ERROR nobody is called");
    words(number, 2, into);
    into.push_str(" in any of the shops that we looked at\n");
}

/// So many words of four letters that are seldom the same.
fn words(number: usize, count: usize, into: &mut String) {
    let mut rest = chance(number);
    for _ in 0..count {
        into.push(' ');
        for _ in 0..4 {
            into.push(char::from(b'a' + u8::try_from(rest % 26).unwrap_or(0)));
            rest = chance(rest / 7 + 1);
        }
    }
}

/// How long the process has been running on a processor (Linux); 0 where nobody says.
fn busy_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split_ascii_whitespace().next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// The most memory that the process ever held, in megabytes; 0 where nobody says.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_ascii_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0) / 1024
}

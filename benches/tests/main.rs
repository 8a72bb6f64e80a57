//! How fast test reports are read and added up, and in how much memory: `cargo bench --bench tests`. Each row reads 500 MB
//! (`-- MEGABYTES` for another size) that are made on the way, so that the memory is that of the reader.
//!
//! The making has its own column; it is part of the time to read, and left out of the rate of a core, which is that of the processor's
//! time alone, for a machine that does other work as well. The peak (Linux) is that of reading and adding up together.

#![expect(clippy::expect_used, reason = "a measurement whose input is wrong has no result")]
#![expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(clippy::disallowed_methods, reason = "it measures time and reads the peak of the memory")]

mod shapes;

use std::io::{BufReader, Read};
use std::time::Instant;

use jiff::Timestamp;
use kadian::analyze::tests::{NamedReport, Options, tests};
use kadian::evidence::known_failures::KnownFailureRecord;
use kadian::evidence::{FORMATS, Reader};
use kadian::facts::Kind;
use shapes::{SHAPES, Shape};

fn main() {
    let megabytes = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(500_usize);
    let known = [KnownFailureRecord {
        suite: "all".to_owned(),
        case: "shop.pay.RefundTest.refunds_a_paid_order_77".to_owned(),
        owner: "mei".to_owned(),
        reason: "the sandbox".to_owned(),
        ticket: "PAY-1".to_owned(),
        expires: "2026-12-31".parse().expect("a day"),
    }];
    println!("| report | cases | made, s | read, s | MB/s | MB/s of a core | added up, s | kept MiB | peak MiB |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for shape in SHAPES {
        let bytes = megabytes * 1_000_000;
        let making = busy_seconds();
        std::io::copy(&mut Made::new(shape, bytes), &mut std::io::sink()).expect("nothing fails");
        let making = busy_seconds() - making;
        forget_peak();
        let format = FORMATS.iter().find(|format| format.kind == Kind::Tests && format.name == shape.format).expect("a format");
        let Reader::Tests(read) = format.read else { continue };
        let (reading, busy) = (Instant::now(), busy_seconds());
        let report = read(&mut BufReader::with_capacity(64 << 10, Made::new(shape, bytes))).expect("a readable report");
        let (reading, busy) = (reading.elapsed().as_secs_f64(), busy_seconds() - busy);
        let kept = memory("VmRSS:");
        let adding = Instant::now();
        let options =
            Options { known: &known, known_days: 90, now: Timestamp::UNIX_EPOCH, asked: ["all".to_owned()].into(), apart: false };
        let added = tests(vec![NamedReport { report, file: None, modified: None }], &options).expect("executed cases");
        let (adding, peak) = (adding.elapsed().as_secs_f64(), memory("VmHWM:"));
        let (rate, of_core) = (bytes as f64 / 1e6 / reading, bytes as f64 / 1e6 / (busy - making).max(1e-9));
        println!(
            "| {} | {} ({} failed, {} flaky) | {making:.1} | {reading:.1} | {rate:.0} | {of_core:.0} | {adding:.1} | {kept} | {peak} |",
            shape.name, added.executed, added.failed, added.flaky
        );
    }
}

/// A report that is made while it is read.
struct Made<'s> {
    shape: &'s Shape,
    /// How many bytes of elements are still to be made.
    left: usize,
    number: usize,
    ready: String,
    at: usize,
    ended: bool,
}

impl<'s> Made<'s> {
    fn new(shape: &'s Shape, bytes: usize) -> Self {
        Made { shape, left: bytes, number: 0, ready: shape.before.to_owned(), at: 0, ended: false }
    }
}

impl Read for Made<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.ready.len() && !self.ended {
            self.at = 0;
            self.ready.clear();
            while self.ready.len() < 64 << 10 && self.left > 0 {
                let before = self.ready.len();
                (self.shape.element)(self.number, &mut self.ready);
                self.number += 1;
                self.left = self.left.saturating_sub(self.ready.len() - before);
            }
            if self.left == 0 {
                (self.shape.after)(self.number, &mut self.ready);
                self.ended = true;
            }
        }
        let count = buffer.len().min(self.ready.len() - self.at);
        buffer[..count].copy_from_slice(&self.ready.as_bytes()[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// How long the process has been running on a processor (Linux); 0 where nobody says.
fn busy_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split_ascii_whitespace().next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Lets the next peak be that of what follows, where the system can.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// A size of the process in MiB, or 0 where the system does not tell.
fn memory(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).map_or(0, |kib| kib >> 10)
}

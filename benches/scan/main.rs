//! How fast a scanner's report is read and judged, and in how much memory: `cargo bench --bench scan`. Each row reads 500 MB
//! (`-- MEGABYTES` for another size) that are made on the way, so that the memory is that of the reader.
//!
//! The making has its own column; it is part of the time to read, and left out of the rate of a core, which is that of the processor's
//! time alone, for a machine that does other work as well. The peak (Linux) is that of reading and judging together, for a
//! change of 200 files.

#![expect(clippy::expect_used, reason = "a measurement whose input is wrong has no result")]
#![expect(clippy::cast_precision_loss, reason = "sizes are far below 2^53")]
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(clippy::disallowed_methods, reason = "it measures time and reads the peak of the memory")]

use std::fmt::Write as _;
use std::io::{BufReader, Read};
use std::time::Instant;

use kadian::analyze::scan::{RootedScan, Texts, scan};
use kadian::evidence::{FORMATS, Reader};
use kadian::facts::{Category, ChangedFile, FileStatus, Kind, LineRange};

/// What stands before the elements, the element of a number, and what stands behind them.
struct Shape {
    name: &'static str,
    format: &'static str,
    before: &'static str,
    element: fn(usize, &mut String),
    after: &'static str,
}

/// Those that need more memory stand behind those that need less, because an allocator gives little back.
const SHAPES: [Shape; 4] = [
    Shape {
        name: "SARIF, results with paths of flow and fingerprints",
        format: "sarif",
        before: r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t","rules":[{"id":"R1"},{"id":"R2"}]}},"originalUriBaseIds":{"SRC":{"uri":"file:///build/"}},"results":["#,
        element: flow,
        after: "]}]}",
    },
    Shape {
        name: "SARIF, indented",
        format: "sarif",
        before: "{\n  \"version\": \"2.1.0\",\n  \"runs\": [\n    {\n      \"tool\": {\"driver\": {\"name\": \"t\"}},\n      \"results\": [\n",
        element: indented,
        after: "\n      ]\n    }\n  ]\n}\n",
    },
    Shape {
        name: "SARIF, nothing but an unknown member",
        format: "sarif",
        before: r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t"}},"results":[]}],"properties":["#,
        element: flow,
        after: "]}",
    },
    Shape {
        name: "SARIF, short results, a message each, rules last",
        format: "sarif",
        before: r#"{"runs":[{"results":["#,
        element: short,
        after: r#"],"tool":{"driver":{"name":"t","rules":[{"id":"R1"},{"id":"R2","defaultConfiguration":{"level":"error"}}]}}}],"version":"2.1.0"}"#,
    },
];

fn main() {
    let megabytes = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(500_usize);
    let files: Vec<ChangedFile> = (0..200).map(changed).collect();
    println!("| report | findings | made, s | read, s | MB/s | MB/s of a core | judged, s | kept MiB | peak MiB |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for shape in &SHAPES {
        let bytes = megabytes * 1_000_000;
        let making = busy_seconds();
        std::io::copy(&mut Made::new(shape, bytes), &mut std::io::sink()).expect("nothing fails");
        let making = busy_seconds() - making;
        forget_peak();
        let format = FORMATS.iter().find(|format| format.kind == Kind::Scan && format.name == shape.format).expect("a format");
        let Reader::Scan(read) = format.read else { continue };
        let (reading, busy) = (Instant::now(), busy_seconds());
        let report = read(&mut BufReader::with_capacity(64 << 10, Made::new(shape, bytes))).expect("a readable report");
        let (reading, busy) = (reading.elapsed().as_secs_f64(), busy_seconds() - busy);
        let (findings, kept) = (report.results.len(), memory("VmRSS:"));
        let judging = Instant::now();
        let judged = scan(&[RootedScan { report, root: None }], &files, &[], Texts::none(), None);
        let (judging, peak) = (judging.elapsed().as_secs_f64(), memory("VmHWM:"));
        let (rate, of_core) = (bytes as f64 / 1e6 / reading, bytes as f64 / 1e6 / (busy - making).max(1e-9));
        println!(
            "| {} | {findings} ({} listed) | {making:.1} | {reading:.1} | {rate:.0} | {of_core:.0} | {judging:.1} | {kept} | {peak} |",
            shape.name,
            judged.findings.len()
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
                if self.number > 0 {
                    self.ready.push(',');
                }
                (self.shape.element)(self.number, &mut self.ready);
                self.number += 1;
                self.left = self.left.saturating_sub(self.ready.len() - before);
            }
            if self.left == 0 {
                self.ready.push_str(self.shape.after);
                self.ended = true;
            }
        }
        let count = buffer.len().min(self.ready.len() - self.at);
        buffer[..count].copy_from_slice(&self.ready.as_bytes()[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// A number that looks like chance and is the same in each run.
fn chance(number: usize) -> usize {
    (number ^ (number >> 7)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

/// One of 40,000 files, of which the change has 200.
fn file(number: usize) -> (usize, usize) {
    let file = chance(number) % 40_000;
    (file / 100, file % 100)
}

/// One of 4,000 lines, whatever the file.
fn line(number: usize) -> usize {
    chance(!number) % 4000 + 1
}

fn short(number: usize, into: &mut String) {
    let (directory, file) = file(number);
    let _ = write!(
        into,
        r#"{{"ruleId":"R{}","message":{{"text":"value {number} may be null when the loop ends"}},"locations":[{{"physicalLocation":{{"artifactLocation":{{"uri":"src/module{directory}/file{file}.rs"}},"region":{{"startLine":{},"startColumn":5,"endColumn":17}}}}}}]}}"#,
        number % 3,
        line(number),
    );
}

fn flow(number: usize, into: &mut String) {
    let (directory, file) = file(number);
    let line = line(number);
    let _ = write!(
        into,
        r#"{{"ruleId":"R{0}","ruleIndex":0,"level":"warning","message":{{"text":"This path depends on a [user-provided value](1), see \"rules\"."}},"locations":[{{"physicalLocation":{{"artifactLocation":{{"uri":"src/module{directory}/file{file}.rs","uriBaseId":"SRC","index":{file}}},"region":{{"startLine":{line},"startColumn":5,"endColumn":17,"snippet":{{"text":"    let path = root.join(name);"}}}}}}}}],"partialFingerprints":{{"primaryLocationLineHash":"{number:016x}:1","primaryLocationStartColumnFingerprint":"4"}},"codeFlows":[{{"threadFlows":[{{"locations":["#,
        number % 3,
    );
    for step in 0..6 {
        let comma = if step > 0 { "," } else { "" };
        let _ = write!(
            into,
            r#"{comma}{{"location":{{"physicalLocation":{{"artifactLocation":{{"uri":"src/module{directory}/file{file}.rs","uriBaseId":"SRC","index":{file}}},"region":{{"startLine":{step},"startColumn":5,"endColumn":17}}}},"message":{{"text":"name : String"}}}}}}"#,
        );
    }
    into.push_str("]}]}]}");
}

fn indented(number: usize, into: &mut String) {
    let (directory, file) = file(number);
    let _ = write!(
        into,
        "        {{\n          \"ruleId\": \"R{}\",\n          \"level\": \"error\",\n          \"message\": {{\n            \"text\": \"value {number} may be null when the loop ends\"\n          }},\n          \"locations\": [\n            {{\n              \"physicalLocation\": {{\n                \"artifactLocation\": {{\n                  \"uri\": \"src/module{directory}/file{file}.rs\"\n                }},\n                \"region\": {{\n                  \"startLine\": {},\n                  \"endLine\": 4001\n                }}\n              }}\n            }}\n          ]\n        }}",
        number % 3,
        line(number),
    );
}

fn changed(number: usize) -> ChangedFile {
    ChangedFile {
        path: format!("src/module{}/file{}.rs", number * 2, number % 100),
        old_path: None,
        status: FileStatus::Modified,
        mode: None,
        old_mode: None,
        binary: false,
        submodule: false,
        additions: 100,
        deletions: 0,
        code_additions: 100,
        added: vec![LineRange { first: 1000, last: 1099 }],
        removed: Vec::new(),
        category: Category::Code,
        owners: Vec::new(),
        old_owners: Vec::new(),
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

//! Damaged reports: a fixed number of mutations, always the same, and everything that ever broke a reader.
//!
//! What fuzzing finds in hours stays found: `fuzz/` finds it, `tests/hostile/READER/` keeps it, and this reads it with every `cargo test`.

use std::path::Path;

use super::invariants::check;
use super::written;
use crate::evidence::FORMATS;

/// Damaged reports of each format. They take a few seconds together; `KADIAN_DAMAGED=10000` tries so many, where there is no fuzzer.
const CASES: u64 = 120;

#[expect(clippy::disallowed_methods, reason = "a test is told how long it may take")]
fn cases() -> u64 {
    std::env::var("KADIAN_DAMAGED").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES)
}

/// Words that mean something to some reader, and numbers at the edges.
const TOKENS: &[&str] = &[
    "\n",
    "\r\n",
    "\"",
    "'",
    "<",
    ">",
    "&",
    "/>",
    "</",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&x;",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "null",
    "\\",
    "\\ud800",
    "\u{feff}",
    "\0",
    "-1",
    "0",
    "1e400",
    "NaN",
    "4294967295",
    "4294967296",
    "18446744073709551616",
    "2147483648",
    "end_of_record\n",
    "LF:1\n",
    "SF:x\n",
    " tests='9'",
    "<testcase/>",
    "<line/>",
    "<testsuite>",
    "ok 1\n",
    "1..3\n",
    "mode: set\n",
];

/// A generator of numbers that is the same everywhere (xorshift64*, Vigna 2016).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// Below `end`; 0 where that is 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % end.max(1)
    }
}

/// Damages the bytes in one place.
fn damage(bytes: &mut Vec<u8>, numbers: &mut Numbers, other: &[u8]) {
    let at = numbers.below(bytes.len());
    let end = (at + 1 + numbers.below(40)).min(bytes.len());
    let token = TOKENS[numbers.below(TOKENS.len())].as_bytes();
    match numbers.below(9) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end)),
        2 => drop(bytes.splice(at..at, token.iter().copied())),
        3 => drop(bytes.splice(at..end, token.iter().copied())),
        4 => {
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
        5 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << numbers.below(8);
            }
        }
        6 => {
            let byte = u8::try_from(numbers.below(256)).unwrap();
            bytes.splice(at..end, [byte]);
        }
        // A digit becomes another one, or a large number.
        7 => {
            if let Some(digit) = (at..bytes.len()).find(|at| bytes[*at].is_ascii_digit()) {
                let number = ["0", "1", "7", "99", "4294967296"][numbers.below(5)];
                bytes.splice(digit..=digit, number.bytes());
            }
        }
        _ => {
            let from = numbers.below(other.len());
            let piece = &other[from..(from + 60).min(other.len())];
            bytes.splice(at..at, piece.iter().copied());
        }
    }
}

#[test]
fn no_damage_breaks_a_reader() {
    let all: Vec<String> = FORMATS.iter().flat_map(|format| written::seeds(format.name)).collect();
    let mut numbers = Numbers(0x5eed);
    for format in FORMATS {
        let mut seeds = written::seeds(format.name);
        if seeds.is_empty() {
            seeds.push(all[numbers.below(all.len())].clone());
        }
        for case in 0..cases() {
            let mut bytes = seeds[numbers.below(seeds.len())].clone().into_bytes();
            for _ in 0..=numbers.below(4) {
                let other = &all[numbers.below(all.len())];
                damage(&mut bytes, &mut numbers, other.as_bytes());
            }
            check(format, &bytes)
                .unwrap_or_else(|broken| panic!("{}, case {case}: {broken}\n{:?}", format.name, String::from_utf8_lossy(&bytes)));
        }
    }
}

#[test]
fn what_ever_broke_a_reader_does_so_no_more() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile"));
    for format in FORMATS {
        for (name, bytes) in files(&folder.join(format.name)) {
            check(format, &bytes).unwrap_or_else(|broken| panic!("tests/hostile/{}/{name}: {broken}", format.name));
        }
    }
}

/// The files of a folder with their names; none where there is no folder.
#[expect(clippy::disallowed_methods, reason = "a test reads its data")]
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        paths.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap())).collect();
    files.sort();
    files
}

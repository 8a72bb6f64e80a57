//! How long the ledger's questions take: `cargo bench --bench suspects` (`-- CHANGES` for another number than ten million).
//!
//! A year of changes to two thousand services, of which a few are changed most, is imported; alerts from all over the year are asked
//! about by the real program, each in a process of its own, with a catalogue in which up to five hundred services are near.

#![expect(clippy::expect_used, reason = "a measurement that cannot be set up has no result")]
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(clippy::disallowed_methods, reason = "it measures time, makes files and starts programs")]

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

const SERVICES: u64 = 2000;
const YEAR_SECONDS: i64 = 365 * 86_400;
const ALERTS: u64 = 100;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let count = words.first().map_or(10_000_000, |word| word.parse().expect("a number of changes"));
    let folder = tempfile::tempdir().expect("a folder");
    changes(&folder.path().join("changes.csv"), count);
    catalogue(&folder.path().join("catalogue.yaml"));
    let begin = Instant::now();
    let import = ask(folder.path(), &["import", "changes.csv"]);
    assert!(import.contains("recorded"), "{import}");
    println!("| {count} changes, SQLite | alerts | entries read | p50 ms | p99 ms | slowest ms |");
    println!("|---|---|---|---|---|---|");
    println!("| import | | | | | {} |", begin.elapsed().as_millis());
    // Services at the front depend on much, and are changed most.
    alerts(folder.path(), "an alert of a service that depends on many", |number| number % 20);
    alerts(folder.path(), "an alert of any service", |number| number.wrapping_mul(2_654_435_761) % SERVICES);
    nowhere(folder.path());
    for (what, since, until) in [
        ("metrics of a day", "2025-06-15", "2025-06-16"),
        ("metrics of a month", "2025-06-01", "2025-07-01"),
        ("metrics of the year", "2025-01-01", "2026-01-01"),
    ] {
        let begin = Instant::now();
        ask(folder.path(), &["metrics", "--since", since, "--until", until]);
        println!("| {what} | | | | | {} |", begin.elapsed().as_millis());
    }
}

/// Within (0, 1), the same in every run.
#[expect(clippy::cast_precision_loss, reason = "53 bits")]
fn uniform(number: u64) -> f64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "two thousand")]
fn changes(path: &Path, count: u64) {
    let mut file = BufWriter::new(std::fs::File::create(path).expect("a file"));
    writeln!(file, "id,service,type,started_at,title,version,region,author,touches").expect("room");
    let start: Timestamp = "2025-01-01T00:00:00Z".parse().expect("a time");
    for number in 0..count {
        let at = start + SignedDuration::from_secs((number as f64 / count as f64 * YEAR_SECONDS as f64) as i64);
        // A tenth of the services has a third of the changes.
        let service = (uniform(number).powi(2) * SERVICES as f64) as u64;
        let kind = ["daily", "config", "config", "daily", "hotfix", "database"][(number % 6) as usize];
        let region = ["east", "west", "north"][(number % 3) as usize];
        writeln!(file, "CHG-{number},s{service},{kind},{at},Raise limit {number},v{number},{region},ann,table_{}", number % 500)
            .expect("room");
    }
    file.flush().expect("room");
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some services")]
fn catalogue(path: &Path) {
    let mut text = String::from("version: 1\nservices:\n");
    for from in 0..SERVICES {
        let _ = writeln!(text, "- name: s{from}\n  dependencies:");
        for at in 0..5 {
            let to = from + 1 + at * 97 + (uniform(from * 5 + at) * 90.0) as u64;
            let strength = if at % 2 == 0 { "strong" } else { "weak" };
            let _ = writeln!(text, "  - {{name: s{to}, strength: {strength}}}");
        }
    }
    std::fs::write(path, text).expect("a file");
}

fn alerts(folder: &Path, what: &str, service: impl Fn(u64) -> u64) {
    let (mut times, mut read) = (Vec::new(), 0);
    for number in 0..ALERTS {
        let service = format!("s{}", service(number));
        let at = moment(number);
        let words = ["suspects", "--service", &service, "--labels", "region=east", "--at", &at, "--catalogue", "catalogue.yaml"];
        let begin = Instant::now();
        let answer = ask(folder, &words);
        times.push(begin.elapsed().as_millis());
        read += entries(&answer);
    }
    tell(what, times, read);
}

/// An alert that names no service: every change of the day comes into question.
fn nowhere(folder: &Path) {
    let (mut times, mut read) = (Vec::new(), 0);
    for number in 0..10 {
        let at = moment(number * 10);
        let begin = Instant::now();
        let answer = ask(folder, &["suspects", "--labels", "region=east", "--at", &at]);
        times.push(begin.elapsed().as_millis());
        read += entries(&answer);
    }
    tell("an alert without a service", times, read);
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "seconds of a year")]
fn moment(number: u64) -> String {
    let start: Timestamp = "2025-01-02T00:00:00Z".parse().expect("a time");
    (start + SignedDuration::from_secs((uniform(number) * (YEAR_SECONDS - 172_800) as f64) as i64)).to_string()
}

fn entries(answer: &str) -> u64 {
    let line = answer.lines().rev().find(|line| line.ends_with("entries of the ledger were read")).expect("the last line");
    line.split(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

fn tell(what: &str, mut times: Vec<u128>, read: u64) {
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!("| {what} | {} | {} | {} | {} | {} |", times.len(), read / times.len() as u64, at(50), at(99), at(100));
}

fn ask(folder: &Path, words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_kadian"))
        .arg("ledger")
        .args(words)
        .args(["--ledger", "sqlite:ledger.db"])
        .current_dir(folder)
        .stderr(Stdio::null())
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{words:?}");
    String::from_utf8(output.stdout).expect("text")
}

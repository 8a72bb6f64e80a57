//! How fast the ledger is: `cargo bench --bench ledger` (`-- appends`, `-- sqlite CHANGES`, `-- postgresql CHANGES` for a part of it, and for
//! another number than ten million).
//!
//! Appends are made by 64 processes at once, each of which appends one record after the other and notes how long it waited until the
//! record was durable. The import, the walk over the chain and the questions are asked of the real program or the library, on a ledger
//! of that many changes.

#![expect(clippy::expect_used, reason = "a measurement that cannot be set up has no result")]
#![expect(clippy::print_stdout, reason = "the tables are the result")]
#![expect(clippy::disallowed_methods, reason = "it measures time, makes files and starts programs")]

#[path = "../../tests/support/postgres.rs"]
#[expect(dead_code, reason = "the tests ask more of the server")]
mod postgres;
#[path = "../../tests/support/session.rs"]
#[expect(dead_code, reason = "the tests ask more of the server")]
mod session;

use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use kadian::facts::{BatchRecord, BatchState, Record, RecordKind};
use kadian::ledger::{Address, Filter, Ledger};
use postgres::Postgres;

const PROCESSES: usize = 64;
/// So many that one halt of the disk, which all of them wait out, is not the whole tail.
const EACH: usize = 300;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["child", address] => child(address),
        ["appends"] => appends(),
        [] => {
            appends();
            sqlite(10_000_000);
            postgresql(10_000_000);
        }
        ["sqlite", count] => sqlite(count.parse().expect("a number of changes")),
        ["postgresql", count] => postgresql(count.parse().expect("a number of changes")),
        _ => println!("expected nothing, `appends`, `sqlite CHANGES` or `postgresql CHANGES`"),
    }
}

/// Appends, and tells how many microseconds each took.
fn child(address: &str) {
    let mut ledger = Ledger::open(&Address::parse(address).expect("an address"), Path::new(".")).expect("a ledger");
    for number in 0..EACH {
        let record = Record::Batch(BatchRecord {
            plan: format!("pay-{}", std::process::id()),
            service: "pay".to_owned(),
            digest: "d".repeat(64),
            batch: number as u64 + 1,
            state: BatchState::Started,
            version: "2".to_owned(),
            region: None,
        });
        let begin = Instant::now();
        ledger.append(Timestamp::now(), vec![record]).expect("it is appended");
        println!("{}", begin.elapsed().as_micros());
    }
}

fn appends() {
    println!("| {PROCESSES} processes, {EACH} appends each | appends/s | p50 ms | p99 ms | slowest ms |");
    println!("|---|---|---|---|---|");
    let folder = tempfile::tempdir().expect("a folder");
    appends_to("SQLite", &format!("sqlite:{}/ledger.db", folder.path().display()));
    let server = Postgres::start();
    appends_to("PostgreSQL", &server.address());
}

fn appends_to(name: &str, address: &str) {
    Ledger::open(&Address::parse(address).expect("an address"), Path::new(".")).expect("a ledger");
    let this = std::env::current_exe().expect("this program");
    let begin = Instant::now();
    let children: Vec<_> = (0..PROCESSES)
        .map(|_| Command::new(&this).args(["child", address]).stdout(Stdio::piped()).spawn().expect("it starts"))
        .collect();
    let mut times: Vec<u64> = Vec::new();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "no append fails");
        times.extend(String::from_utf8_lossy(&output.stdout).lines().map(|line| line.parse::<u64>().expect("a number")));
    }
    let seconds = begin.elapsed().as_secs_f64();
    assert_eq!(times.len(), PROCESSES * EACH);
    times.sort_unstable();
    let at = |part: usize| milliseconds(times[(times.len() - 1) * part / 100]);
    println!(
        "| {name} | {:.0} | {:.1} | {:.1} | {:.1} |",
        f64::from(u32::try_from(times.len()).expect("a small number")) / seconds,
        at(50),
        at(99),
        at(100)
    );
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a wait are far below 2^53")]
fn milliseconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1000.0
}

fn sqlite(count: u64) {
    let folder = changes(count);
    let file = folder.path().join("ledger.db");
    large("SQLite", &format!("sqlite:{}", file.display()), folder.path(), count);
    println!("| SQLite: size of the file | {} MB |", std::fs::metadata(&file).map_or(0, |meta| meta.len()) >> 20);
}

fn postgresql(count: u64) {
    let (folder, server) = (changes(count), Postgres::start());
    large("PostgreSQL", &server.address(), folder.path(), count);
    println!(
        "| PostgreSQL: size of the tables | {} |",
        server.sql("SELECT pg_size_pretty(pg_total_relation_size('kadian_entries'))")
    );
}

/// A folder with a file of so many changes.
fn changes(count: u64) -> tempfile::TempDir {
    println!("\n| {count} changes | seconds |\n|---|---|");
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("changes.csv"), count);
    folder
}

/// A year of changes to two thousand services.
fn write(path: &Path, count: u64) {
    let mut file = BufWriter::new(std::fs::File::create(path).expect("a file"));
    writeln!(file, "id,service,type,started_at,title,version,region,author").expect("room");
    let start: Timestamp = "2025-01-01T00:00:00Z".parse().expect("a time");
    let year = 365 * 86_400;
    for number in 0..count {
        let second = i64::try_from(number * year / count).expect("a year");
        let at = start + SignedDuration::from_secs(second);
        let service = number.wrapping_mul(2_654_435_761) % 2000;
        writeln!(file, "CHG-{number},service-{service},config,{at},Raise the limit of {number},v{number},east,ana")
            .expect("room");
    }
    file.flush().expect("room");
}

fn large(name: &str, address: &str, folder: &Path, count: u64) {
    let imports = |what: &str| {
        let begin = Instant::now();
        let import = Command::new(env!("CARGO_BIN_EXE_kadian"))
            .args(["ledger", "import", "changes.csv", "--ledger", address])
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(import.is_ok_and(|status| status.success()), "{what}");
        println!("| {name}: {what} | {:.0} |", begin.elapsed().as_secs_f64());
    };
    imports("import");
    let mut ledger = Ledger::open(&Address::parse(address).expect("an address"), Path::new(".")).expect("a ledger");
    let mut asks = |what: &str, filter: Filter| {
        let begin = Instant::now();
        let found = ledger.select(&filter).expect("entries").len();
        println!("| {name}: {what} ({found} entries) | {:.3} |", begin.elapsed().as_secs_f64());
    };
    let noon: Timestamp = "2025-06-15T12:00:00Z".parse().expect("a time");
    let (kinds, since) = (vec![RecordKind::Change], Some(noon - SignedDuration::from_hours(6)));
    let six_hours = Filter { kinds: kinds.clone(), since, until: Some(noon), ..Filter::default() };
    asks("the changes of six hours", six_hours.clone());
    asks("the same of one service", Filter { service: Some("service-77".to_owned()), ..six_hours });
    asks("the newest 50", Filter { newest_first: true, limit: Some(50), ..Filter::default() });
    asks("the newest 50 changes", Filter { kinds: kinds.clone(), newest_first: true, limit: Some(50), ..Filter::default() });
    asks("one by its id", Filter { kinds, keys: vec!["CHG-77".to_owned()], ..Filter::default() });
    asks("a rollout that is not there", Filter { plan: Some("pay".to_owned()), ..Filter::default() });
    for _ in 0..3 {
        let begin = Instant::now();
        let head = ledger.soundly(20_000, &mut |sound| Ok(sound.head().map(|head| head.seq))).expect("sound");
        assert_eq!(head, Some(count));
        println!("| {name}: what a check verifies by itself | {:.3} |", begin.elapsed().as_secs_f64());
    }
    let begin = Instant::now();
    let verified = ledger.verify(None).expect("readable");
    assert_eq!((verified.entries, verified.fault), (count, None));
    println!("| {name}: verify | {:.0} |", begin.elapsed().as_secs_f64());
    imports("the same import again");
}

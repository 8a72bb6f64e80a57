//! Times of the pipeline's parts, inside one process: `cargo bench --bench pipeline`. Whole runs, with git beside them, are
//! measured by `benches/whole-process.sh`.

#![expect(clippy::expect_used, reason = "a measurement whose input is wrong has no result")]

mod generate;

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kadian::analyze::coverage::{CoverageOptions, RootedCoverage, coverage};
use kadian::analyze::logs::mine;
use kadian::analyze::paths::Tree;
use kadian::config::Config;
use kadian::decide::Stage;
use kadian::evidence::{FORMATS, Reader};
use kadian::policy::{self, Check, Library, Limits, Vocabulary, shipped};
use kadian::report::{Format, Options, render};
use kadian::schema::{self, Document};

/// Files of the largest change that has to be judged within a second.
const MANY: u32 = 2_000;

fn readers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("read");
    let reports = [
        ("lcov", generate::lcov(MANY)),
        ("cobertura", generate::cobertura(MANY)),
        ("jacoco", generate::jacoco(MANY)),
        ("clover", generate::clover(MANY)),
        ("junit", generate::junit(MANY)),
        ("sarif", generate::sarif(MANY)),
    ];
    for (name, text) in reports {
        let format = FORMATS.iter().find(|format| format.name == name).expect("the format is registered");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut input = black_box(text.as_bytes());
                match format.read {
                    Reader::Tests(read) => drop(black_box(read(&mut input).expect("a readable report"))),
                    Reader::Coverage(read) => drop(black_box(read(&mut input).expect("a readable report"))),
                    Reader::Scan(read) => drop(black_box(read(&mut input).expect("a readable report"))),
                    Reader::Review(read) => drop(black_box(read(&mut input).expect("a readable report"))),
                    Reader::Canary(read) => drop(black_box(read(&mut input).expect("a readable report"))),
                    Reader::Alerts(read) => drop(black_box(read(&mut input).expect("a readable report"))),
                    Reader::Health(read) => drop(black_box(read(&mut input).expect("a readable report"))),
                    Reader::Slo(read) => drop(black_box(read(&mut input).expect("a readable report"))),
                    Reader::Incidents(read) => drop(black_box(read(&mut input).expect("a readable report"))),
                    Reader::Capacity(read) => drop(black_box(read(&mut input).expect("a readable report"))),
                    Reader::TableStats(read) => drop(black_box(read(&mut input).expect("a readable report"))),
                    Reader::Estimates(read) => drop(black_box(read(&mut input).expect("a readable report"))),
                    Reader::DatabaseChecklist(read) => drop(black_box(read(&mut input).expect("a readable report"))),
                    Reader::Sql(read) => drop(black_box(read(&mut input).expect("a readable report"))),
                    Reader::LogRecord(read) => drop(black_box(read(&mut input).expect("a readable report"))),
                    Reader::Log(side) => drop(black_box(mine(side, &mut input).expect("a readable log"))),
                }
            });
        });
    }
}

fn patch_coverage(criterion: &mut Criterion) {
    let change = generate::change(MANY);
    let report = generate::coverage_report(MANY);
    let options = CoverageOptions::default();
    criterion.bench_function("patch coverage of 2,000 files", |bencher| {
        bencher.iter_batched(
            || vec![RootedCoverage { name: String::new(), report: report.clone(), root: None }],
            |reports| coverage(reports, &change.files, &options, Tree::unknown()).expect("lines are measured"),
            BatchSize::LargeInput,
        );
    });
}

fn policies(criterion: &mut Criterion) {
    let config = Config::shipped(&[]).expect("the defaults are right");
    let settings = serde_json::to_value(&config.settings).expect("settings are JSON");
    let vocabulary = || Vocabulary { input: schema::of(Document::Input), settings: schema::of(Document::Settings) };
    let load = || Library::load(shipped::files(), &[], &vocabulary, &settings).expect("the shipped policies load");
    let mut group = criterion.benchmark_group("policy");
    group.bench_function("load", |bencher| bencher.iter(load));
    let library = load();
    // Checks whose evidence is missing are not evaluated by the gate either.
    let known = |check: &&Check| check.needs.iter().all(|kind| matches!(kind.to_string().as_str(), "change" | "coverage"));
    let checks: Vec<&Check> =
        library.checks().iter().filter(|check| check.stages.contains(&Stage::Merge)).filter(known).collect();
    assert!(!checks.is_empty(), "nothing would be measured");
    for files in [20, MANY] {
        let document = generate::input(files).document();
        let request = policy::Request {
            input: &document,
            settings: &settings,
            now: generate::now(),
            checks: &checks,
            limits: Limits::default(),
        };
        group.bench_with_input(BenchmarkId::new("evaluate, files", files), &request, |bencher, request| {
            bencher.iter(|| library.evaluate(request).expect("the shipped policies evaluate"));
        });
    }
}

fn reports(criterion: &mut Criterion) {
    let decision = generate::decision(5_000);
    let mut group = criterion.benchmark_group("render 5,000 findings");
    for format in [Format::Text, Format::Json, Format::Sarif, Format::Html] {
        group.bench_function(format.name(), |bencher| {
            bencher.iter(|| render(format, black_box(&decision), &Options::default()).expect("a report"));
        });
    }
}

criterion_group!(pipeline, readers, patch_coverage, policies, reports);
criterion_main!(pipeline);

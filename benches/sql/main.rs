//! How long SQL takes to become statements: `cargo bench --bench sql`.

mod generate;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kadian::evidence::sql::{Understood, detect, read};
use kadian::facts::SqlDialect;

/// As many statements as have to be linted within a second.
const STATEMENTS: usize = 5_000;

fn migrations(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sql/migrations");
    group.sample_size(20);
    for dialect in [SqlDialect::Postgres, SqlDialect::Mysql] {
        let text = generate::migrations(dialect, STATEMENTS);
        let script = read(&text, dialect);
        assert_eq!(script.statements.len(), STATEMENTS);
        assert!(script.troubles.is_empty() && script.statements.iter().all(|one| !matches!(one.understood, Understood::No(_))));
        group.throughput(Throughput::Elements(STATEMENTS as u64));
        group.bench_function(dialect.word(), |bencher| bencher.iter(|| black_box(read(black_box(&text), dialect))));
        group
            .bench_function(format!("detect/{}", dialect.word()), |bencher| bencher.iter(|| black_box(detect(black_box(&text)))));
    }
    group.finish();
}

/// Texts of which most is stepped over.
fn dumps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sql/dumps");
    group.sample_size(10);
    for (name, dialect, text) in
        [("insert", SqlDialect::Mysql, generate::inserts(10_000_000)), ("copy", SqlDialect::Postgres, generate::copy(10_000_000))]
    {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| black_box(read(black_box(&text), dialect))));
    }
    group.finish();
}

criterion_group!(sql, migrations, dumps);
criterion_main!(sql);

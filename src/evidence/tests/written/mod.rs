//! Small writers, one for each format of a report: what the readers are read back with, mutated with and fuzzed from.
//!
//! Each writes the way its tool does, with every sum that the tool repeats. The fuzz targets (`fuzz/`) include this folder, so that it
//! uses nothing but the standard library and serde.

pub(crate) mod coverage;
pub(crate) mod coverage_json;
pub(crate) mod coverage_xml;
pub(crate) mod literals;
pub(crate) mod scan;
pub(crate) mod scan_json;
pub(crate) mod scan_xml;
pub(crate) mod tests;

pub(crate) use coverage::{Measured, MeasuredFile, MeasuredLine};
pub(crate) use scan::{Finding, Found};
pub(crate) use tests::{Ended, Ran, RanCase, RanSuite};

/// The writer of a format. The first function leaves of a model what the format can say.
pub(crate) enum Writer {
    Coverage(fn(Measured) -> Measured, fn(&Measured) -> String),
    Tests(fn(Ran) -> Ran, fn(&Ran) -> String),
    Scan(fn(Found) -> Found, fn(&Found) -> String),
}

/// By the name of the format.
pub(crate) static WRITERS: &[(&str, Writer)] = &[
    ("cargo", Writer::Scan(scan_json::told_by_cargo, scan_json::cargo)),
    ("cargo-test", Writer::Tests(tests::told_by_cargo_test, tests::cargo_test)),
    ("checkstyle", Writer::Scan(scan_xml::told_by_checkstyle, scan_xml::checkstyle)),
    ("clover", Writer::Coverage(coverage::told_with_branches, coverage_xml::clover)),
    ("cobertura", Writer::Coverage(coverage::told_with_branches, coverage_xml::cobertura)),
    ("code-quality", Writer::Scan(scan::told, scan_json::code_quality)),
    ("coverage.py", Writer::Coverage(coverage::told_with_branches, coverage_json::coverage_py)),
    ("eslint", Writer::Scan(scan_json::told_by_eslint, scan_json::eslint)),
    ("go", Writer::Coverage(coverage::told_by_go, coverage::go)),
    ("go-test", Writer::Tests(tests::told_by_libtest, tests::go_test)),
    ("golangci-lint", Writer::Scan(scan_json::told_without_notes, scan_json::golangci)),
    ("istanbul", Writer::Coverage(coverage::told_with_branches, coverage_json::istanbul)),
    ("jacoco", Writer::Coverage(coverage::told_with_branches, coverage_xml::jacoco)),
    ("junit", Writer::Tests(tests::told_by_junit, tests::junit)),
    ("lcov", Writer::Coverage(coverage::told_with_branches, coverage::lcov)),
    ("libtest-json", Writer::Tests(tests::told_by_libtest, tests::libtest_json)),
    ("llvm-cov", Writer::Coverage(coverage_json::told_by_llvm, coverage_json::llvm_cov)),
    ("pmd", Writer::Scan(scan::told, scan_xml::pmd)),
    ("rdjson", Writer::Scan(scan_json::told_by_rdjson, scan_json::rdjson)),
    ("sarif", Writer::Scan(scan::told, scan_json::sarif)),
    ("semgrep", Writer::Scan(scan::told, scan_json::semgrep)),
    ("spotbugs", Writer::Scan(scan_xml::told_by_spotbugs, scan_xml::spotbugs)),
    ("tap", Writer::Tests(tests::told_by_tap, tests::tap)),
    ("trx", Writer::Tests(tests::told_by_trx, tests::trx)),
];

/// A small report of every format that has a writer, like those that teams have: more than twenty records in several files.
pub(crate) fn typical(format: &str) -> Option<String> {
    let (_, writer) = WRITERS.iter().find(|(name, _)| *name == format)?;
    Some(match writer {
        Writer::Coverage(told, write) => write(&told(coverage::typical())),
        Writer::Tests(told, write) => write(&told(tests::typical())),
        Writer::Scan(told, write) => write(&told(scan::typical())),
    })
}

/// What to start from where a reader is to be broken.
pub(crate) fn seeds(reader: &str) -> Vec<String> {
    let literals = literals::LITERALS.iter().filter(|(name, _)| *name == reader);
    typical(reader).into_iter().chain(literals.map(|(_, text)| (*text).to_owned())).collect()
}

/// The text within XML, between tags or quotes.
pub(crate) fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&apos;")
}

/// The text as a JSON string.
pub(crate) fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

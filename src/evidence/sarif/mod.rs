//! SARIF 2.1.0, the Static Analysis Results Interchange Format.
//!
//! Source: OASIS SARIF 2.1.0 (errata 01); severities follow GitHub's `security-severity`: critical from 9, high from 7, medium
//! from 4, else low; without it `error` is high, `warning` medium, `note` low, `none` a note. JSON ends with its outermost brace,
//! so every cut is seen. What cannot be seen: results that someone took out of the list.

mod log;
mod places;
mod raw;
mod results;
mod rules;
mod run;
#[cfg(test)]
mod tests;

use std::io::BufRead;

use super::json::Json;
use super::text::beginning;
use super::{Format, ReadError, Reader, ScanReport};
use crate::facts::Kind;

pub(super) const FORMAT: Format = Format {
    name: "sarif",
    kind: Kind::Scan,
    conventional: &[
        "*.sarif",
        "*.sarif.json",
        "reports/*.sarif",
        "reports/sarif/*.sarif",
        "sarif/*.sarif",
        "scan/*.sarif",
        "build/reports/**/*.sarif",
        "target/*.sarif",
    ],
    recognises,
    read: Reader::Scan(read),
};

fn recognises(path: &str, head: &[u8]) -> bool {
    let contains = |mark: &[u8]| head.windows(mark.len()).any(|window| window == mark);
    let named = path.to_ascii_lowercase().contains(".sarif");
    beginning(head).first() == Some(&b'{') && (named || contains(b"sarif") || contains(b"\"runs\""))
}

/// Reads a log. Another version, no run, a run without `results` and a run that failed are errors; an empty list of results is
/// known and clean.
fn read(input: &mut dyn BufRead) -> Result<ScanReport, ReadError> {
    log::read(&mut Json::new(input)?)
}

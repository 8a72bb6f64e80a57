//! Samples as CSV, one row a value: for spreadsheets and ad-hoc exports.
//!
//! The first row names the columns, in any order: `time` (RFC 3339), `metric`, `side` (`gray` or `baseline`), and either `value`
//! or `good` and `bad`; beside them, where wanted, `signal`, `worse`, `margin`, `critical`, `unit`, `api`, `channel`, and `service`, `version`,
//! `batch`, which say the same in every row that fills them. The step is
//! the smallest distance between two times; a step without a row, an empty cell and `NaN` are gaps. The last row ends
//! with a line break; what cannot be seen is a table that was cut between two rows.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Read};

use jiff::Timestamp;
use serde::Deserialize;

use super::check::checked;
use super::{CountSeries, MetricSeries, SamplesReport, Series};
use crate::evidence::text::shown;
use crate::evidence::{Format, ReadError, Reader};
use crate::facts::{Kind, Signal, Worse};

const MAX_ROWS: u64 = 20_000_000;
/// How many steps one file may span: a single mistyped year would otherwise ask for all memory.
const MAX_STEPS: i64 = 1_000_000;

pub(in crate::evidence) const FORMAT: Format = Format {
    name: "csv",
    kind: Kind::Canary,
    conventional: &[".kadian/samples.csv", "kadian-samples.csv"],
    recognises: |path, head| {
        let names = std::path::Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let first = String::from_utf8_lossy(first).to_ascii_lowercase();
        names || (first.contains("metric") && first.contains("side") && first.contains(','))
    },
    read: Reader::Canary(read),
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    time: Timestamp,
    metric: String,
    side: Side,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    good: Option<String>,
    #[serde(default)]
    bad: Option<String>,
    #[serde(default)]
    signal: Option<Signal>,
    #[serde(default)]
    worse: Option<Worse>,
    #[serde(default)]
    margin: Option<f64>,
    #[serde(default)]
    critical: Option<bool>,
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    api: Option<String>,
    #[serde(default)]
    channel: Option<String>,
    #[serde(default)]
    service: Option<String>,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    batch: Option<u64>,
}

/// What all rows are of.
#[derive(Default)]
struct Of {
    service: Option<String>,
    version: Option<String>,
    batch: Option<u64>,
}

impl Of {
    /// Takes over what a row says.
    fn add(&mut self, row: &Row) -> Result<(), String> {
        let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let fresh = one(&mut self.service, said(&row.service)) && one(&mut self.version, said(&row.version));
        if fresh && one(&mut self.batch, row.batch) {
            return Ok(());
        }
        Err("another service, version or batch than in the rows before: samples are of one".to_owned())
    }
}

/// Whether nothing else was said before.
fn one<T: PartialEq>(known: &mut Option<T>, said: Option<T>) -> bool {
    let same = known.is_none() || said.is_none() || *known == said;
    *known = known.take().or(said);
    same
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
enum Side {
    Gray,
    Baseline,
}

#[derive(Clone, Copy, PartialEq)]
enum Cell {
    Value(Option<f64>),
    Counts(Option<f64>, Option<f64>),
}

/// Metric, API and channel.
type Name = (String, Option<String>, Option<String>);

#[derive(Default)]
struct Told {
    signal: Option<Signal>,
    worse: Option<Worse>,
    margin: Option<f64>,
    critical: bool,
    unit: Option<String>,
    cells: BTreeMap<(Side, i64), Cell>,
}

/// Reads a table of samples. An unknown column, a time without zone, a row with both a value and counts or with neither, a second
/// row for the same place and rows that contradict each other about a metric are errors; so is a table without rows.
fn read(input: &mut dyn BufRead) -> Result<SamplesReport, ReadError> {
    let mut input = Ended { input, last: b'\n' };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(&mut input);
    let mut told: BTreeMap<Name, Told> = BTreeMap::new();
    let (mut times, mut of) = (BTreeSet::new(), Of::default());
    for (number, row) in (0_u64..).zip(reader.deserialize::<Row>()) {
        let line = number + 2;
        if number >= MAX_ROWS {
            return Err(ReadError::at_line(line, format!("more than {MAX_ROWS} rows")));
        }
        let row = row.map_err(|error| at(&error, line))?;
        times.insert(row.time.as_second());
        of.add(&row).map_err(|message| ReadError::at_line(line, message))?;
        place(&mut told, row).map_err(|message| ReadError::at_line(line, message))?;
    }
    drop(reader);
    if input.last != b'\n' {
        return Err(ReadError::whole("the last row does not end with a line break: was the table cut?"));
    }
    let (Some(first), Some(last)) = (times.first().copied(), times.last().copied()) else {
        return Err(ReadError::whole("the table holds no row: nothing was measured"));
    };
    let step = times.iter().zip(times.iter().skip(1)).map(|(a, b)| b - a).min().unwrap_or(60);
    let steps = (last - first) / step + 1;
    if steps > MAX_STEPS {
        return Err(ReadError::whole(format!(
            "the times span {steps} steps of {step} seconds: at most {MAX_STEPS} are read; is one of them mistyped?"
        )));
    }
    let cells = told.len() as u64 * steps.unsigned_abs();
    if cells > MAX_ROWS {
        return Err(ReadError::whole(format!(
            "{} metrics over {steps} steps of {step} seconds: at most {MAX_ROWS} values are read; is a time mistyped?",
            told.len()
        )));
    }
    if let Some(off) = times.iter().find(|time| (*time - first) % step != 0) {
        let off = Timestamp::from_second(*off).unwrap_or_default();
        return Err(ReadError::whole(format!("{off} does not lie on the grid of {step} seconds that the other times make")));
    }
    let start = Timestamp::from_second(first).map_err(|error| ReadError::whole(error.to_string()))?;
    let metrics = told.into_iter().map(|(name, told)| series(name, told, first, step, steps)).collect::<Result<_, _>>()?;
    checked(SamplesReport {
        service: of.service,
        version: of.version,
        batch: of.batch,
        start,
        step_seconds: step.unsigned_abs(),
        planned_steps: None,
        degraded: Vec::new(),
        metrics,
    })
}

/// A reader that remembers the last byte: a number that lost its last digits is a number.
struct Ended<'a> {
    input: &'a mut dyn BufRead,
    last: u8,
}

impl Read for Ended<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.last = buffer[..read].last().copied().unwrap_or(self.last);
        Ok(read)
    }
}

fn at(error: &csv::Error, line: u64) -> ReadError {
    let line = error.position().map_or(line, csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
        _ => error.to_string(),
    };
    ReadError::at_line(line, shown(&message))
}

fn place(told: &mut BTreeMap<Name, Told>, row: Row) -> Result<(), String> {
    let cell = match (&row.value, &row.good, &row.bad) {
        (Some(value), None, None) => Cell::Value(number(value)?),
        (None, Some(good), Some(bad)) => Cell::Counts(number(good)?, number(bad)?),
        // With all three columns a row fills those of its kind.
        (value, good, bad) => {
            let filled = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
            match (filled(value), filled(good), filled(bad)) {
                (true, false, false) => Cell::Value(number(value.as_deref().unwrap_or_default())?),
                (false, true, true) => {
                    Cell::Counts(number(good.as_deref().unwrap_or_default())?, number(bad.as_deref().unwrap_or_default())?)
                }
                _ => return Err("expected either `value`, or `good` and `bad`".to_owned()),
            }
        }
    };
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let entry = told.entry((row.metric, some(row.api), some(row.channel))).or_default();
    same(&mut entry.signal, row.signal, "signal")?;
    same(&mut entry.worse, row.worse, "worse")?;
    same(&mut entry.margin, row.margin, "margin")?;
    same(&mut entry.unit, some(row.unit), "unit")?;
    entry.critical |= row.critical.unwrap_or(false);
    match entry.cells.insert((row.side, row.time.as_second()), cell) {
        None => Ok(()),
        Some(_) => Err("a second row for the same metric, side and time".to_owned()),
    }
}

fn same<T: PartialEq>(known: &mut Option<T>, said: Option<T>, column: &str) -> Result<(), String> {
    match (&known, &said) {
        (_, None) => Ok(()),
        (Some(known), Some(said)) if known == said => Ok(()),
        (None, Some(_)) => {
            *known = said;
            Ok(())
        }
        _ => Err(format!("the rows of one metric say different things in `{column}`")),
    }
}

fn number(text: &str) -> Result<Option<f64>, String> {
    if text.is_empty() || text.eq_ignore_ascii_case("nan") || text.eq_ignore_ascii_case("null") {
        return Ok(None);
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Some(value)),
        _ => Err(format!("`{}`: expected a number, or nothing for a gap", shown(text))),
    }
}

fn series((name, api, channel): Name, told: Told, first: i64, step: i64, steps: i64) -> Result<MetricSeries, ReadError> {
    let counts = told.cells.values().filter(|cell| matches!(cell, Cell::Counts(..))).count();
    if counts != 0 && counts != told.cells.len() {
        return Err(ReadError::whole(format!("metric {}: some rows hold a value, others counts", shown(&name))));
    }
    let cell = |side: Side, at: i64| told.cells.get(&(side, first + at * step)).copied();
    let list = |side: Side, of: fn(Cell) -> Option<f64>| (0..steps).map(|at| cell(side, at).and_then(of)).collect::<Vec<_>>();
    let series = if counts > 0 {
        let good = |cell| if let Cell::Counts(good, _) = cell { good } else { None };
        let bad = |cell| if let Cell::Counts(_, bad) = cell { bad } else { None };
        let side = |side| CountSeries { good: list(side, good), bad: list(side, bad) };
        Series::Counts { gray: side(Side::Gray), baseline: side(Side::Baseline) }
    } else {
        let value = |cell| if let Cell::Value(value) = cell { value } else { None };
        Series::Samples { gray: list(Side::Gray, value), baseline: list(Side::Baseline, value) }
    };
    Ok(MetricSeries {
        name,
        signal: told.signal,
        api,
        segment: BTreeMap::new(),
        channel,
        required_channels: None,
        unit: told.unit,
        worse: told.worse.unwrap_or_else(|| super::check::usual_worse(told.signal)),
        margin: told.margin,
        floor: None,
        critical: told.critical,
        minimum: None,
        series,
    })
}

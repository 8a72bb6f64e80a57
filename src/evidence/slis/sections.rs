//! What else is asked about the running service: alerts, logs, instances; and what is kept of the answers.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::raw::{OneOrMore, at, conditions, length, line, source_name};
use super::selector::Selector;
use super::{AlertsSpec, CacheSpec, HealthSpec, LogsSpec, ScopedQuery, SourceSpec};
use crate::evidence::ReadError;

/// How many lines of a side are read when the definitions do not say.
const DEFAULT_LINES: u64 = 200_000;

/// A side with more lines needs a narrower query.
const MOST_LINES: u64 = 5_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAlerts {
    source: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLogs {
    source: Spanned<String>,
    query: Spanned<String>,
    max_lines: Option<Spanned<u64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHealth {
    source: Option<Spanned<String>>,
    selector: Spanned<String>,
    #[serde(rename = "match")]
    labels: Spanned<BTreeMap<String, OneOrMore>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCache {
    folder: Spanned<String>,
    max_age: Spanned<String>,
}

type Sources = BTreeMap<String, SourceSpec>;

pub(super) fn alerts(raw: &RawAlerts, sources: &Sources) -> Result<AlertsSpec, ReadError> {
    Ok(AlertsSpec { source: source_name(Some(&raw.source), None, sources)? })
}

pub(super) fn logs(raw: &RawLogs, sources: &Sources) -> Result<LogsSpec, ReadError> {
    let query = &raw.query.value;
    let parsed = ScopedQuery::parse(query).map_err(|message| at(&raw.query, message))?;
    if parsed.stream().is_none() {
        return Err(at(
            &raw.query,
            "expected `$scope` in the braces that the query starts with, as in `{app=\"pay\",$scope} |= \"error\"`",
        ));
    }
    let max_lines = raw.max_lines.as_ref().map_or(DEFAULT_LINES, |lines| lines.value);
    if let Some(lines) = raw.max_lines.as_ref().filter(|lines| !(1..=MOST_LINES).contains(&lines.value)) {
        return Err(at(lines, format!("max_lines is {}; expected 1 to {MOST_LINES}", lines.value)));
    }
    Ok(LogsSpec { source: source_name(Some(&raw.source), None, sources)?, query: parsed, max_lines })
}

pub(super) fn health(raw: &Spanned<RawHealth>, sources: &Sources) -> Result<HealthSpec, ReadError> {
    let inside = Selector::parse_matchers(&raw.value.selector.value);
    let selector = inside.map_err(|message| at(&raw.value.selector, message))?;
    let labels = &raw.value.labels;
    let gray = conditions(&labels.value).map_err(|message| at(labels, message))?;
    if gray.0.is_empty() {
        return Err(at(labels, "no label tells the pods of the gray version; expected for example {label_version: \"{to}\"}"));
    }
    Ok(HealthSpec { source: source_name(raw.value.source.as_ref(), line(raw), sources)?, selector, gray })
}

pub(super) fn cache(raw: &RawCache) -> Result<CacheSpec, ReadError> {
    let folder = &raw.folder.value;
    let outside = folder.starts_with(['/', '\\']) || folder.contains(':') || folder.split(['/', '\\']).any(|part| part == "..");
    if folder.trim().is_empty() || folder.chars().any(char::is_control) || outside {
        return Err(at(&raw.folder, "expected a folder below the repository's root, for example .kadian/cache"));
    }
    let max_age = length(&raw.max_age, Duration::from_secs(1), Duration::from_hours(24))?;
    Ok(CacheSpec { folder: folder.clone(), max_age })
}

//! The YAML form.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_saphyr::Spanned;

use super::window::{date_time, local, time_of_day, weekday};
use super::{ChangeWindow, ChecklistRecord, DeclaredArchiving, DeclaredTable, NamedSql, SCHEMA, Told, substance};
use crate::evidence::yaml::{at, line};
use crate::evidence::{ReadError, yaml};
use crate::facts::ChecklistQuestion;
use crate::nearest::nearest;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    schema: Spanned<String>,
    reason: Option<Spanned<String>>,
    tables: Option<Spanned<Vec<Spanned<RawTable>>>>,
    estimated_rows: Option<Spanned<u64>>,
    change_sql: Option<Spanned<Vec<Spanned<String>>>>,
    rollback_sql: Option<Spanned<Vec<Spanned<String>>>>,
    backup: Option<Spanned<RawBackup>>,
    window: Option<Spanned<RawWindow>>,
    order: Option<Spanned<Vec<String>>>,
    replication_lag: Option<Spanned<RawLag>>,
    verification: Option<Spanned<String>>,
    reviewers: Option<Spanned<Vec<Spanned<String>>>>,
    answered_by: Option<Spanned<String>>,
    #[serde(default)]
    answers_by: RawAnswers,
    #[serde(default)]
    archiving: Option<Vec<Spanned<RawArchiving>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    name: Spanned<String>,
    rows: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBackup {
    how: String,
    #[serde(rename = "where")]
    place: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWindow {
    days: Option<Vec<Spanned<String>>>,
    from: Spanned<String>,
    to: Spanned<String>,
    zone: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLag {
    abort_seconds: Spanned<f64>,
    watched_by: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawArchiving {
    table: Spanned<String>,
    condition: Option<String>,
    every: Option<String>,
}

/// Who answered single questions. Its keys are those of the questions.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawAnswers {
    reason: Option<Spanned<String>>,
    tables: Option<Spanned<String>>,
    estimated_rows: Option<Spanned<String>>,
    change_sql: Option<Spanned<String>>,
    rollback_sql: Option<Spanned<String>>,
    backup: Option<Spanned<String>>,
    window: Option<Spanned<String>>,
    order: Option<Spanned<String>>,
    replication_lag: Option<Spanned<String>>,
    verification: Option<Spanned<String>>,
    reviewer: Option<Spanned<String>>,
}

/// Whether the first bytes of a file say that it is a checklist.
#[must_use]
pub fn looks_like(head: &[u8]) -> bool {
    String::from_utf8_lossy(head).lines().any(|line| {
        let value = line.trim_start_matches('\u{feff}').strip_prefix("schema:").map(str::trim_start);
        value.is_some_and(|value| value.trim_start_matches(['"', '\'']).starts_with("kadian.database-checklist/"))
    })
}

/// Reads a checklist.
///
/// The errors name the line: YAML that is damaged, a key that is unknown (with the nearest known one) or stands twice, another schema, a
/// window that ends before it begins, a zone, time or day that is none. An answer without substance is no error; it is no answer.
pub fn read(bytes: &[u8]) -> Result<ChecklistRecord, ReadError> {
    let raw: Raw = yaml::read(bytes)?;
    if raw.schema.value != SCHEMA {
        return Err(at(&raw.schema, format!("the schema `{}` is not known; expected `{SCHEMA}`", shown(&raw.schema.value))));
    }
    let answers_by = answers_by(&raw.answers_by)?;
    let archiving = raw.archiving.unwrap_or_default().iter().map(archiving).collect::<Result<_, _>>()?;
    Ok(ChecklistRecord {
        reason: raw.reason.as_ref().and_then(text),
        tables: raw.tables.as_ref().map(tables).transpose()?.flatten(),
        estimated_rows: raw.estimated_rows.map(|rows| Told { line: line(&rows), value: rows.value }),
        change_sql: raw.change_sql.as_ref().and_then(sql),
        rollback_sql: raw.rollback_sql.as_ref().and_then(sql),
        backup: raw.backup.as_ref().and_then(backup),
        window: raw.window.as_ref().map(window).transpose()?,
        order: raw.order.as_ref().and_then(|order| {
            let kept: Vec<String> = order.value.iter().filter_map(|name| substance(name)).map(str::to_owned).collect();
            (!kept.is_empty()).then(|| Told { value: kept, line: line(order) })
        }),
        replication_lag: raw.replication_lag.as_ref().map(lag).transpose()?.flatten(),
        verification: raw.verification.as_ref().and_then(text),
        reviewers: raw.reviewers.as_ref().and_then(reviewers),
        answered_by: raw.answered_by.as_ref().map(|by| yaml::name(by, "answered_by")).transpose()?,
        answers_by,
        archiving,
    })
}

fn text(written: &Spanned<String>) -> Option<Told<String>> {
    substance(&written.value).map(|text| Told { value: text.to_owned(), line: line(written) })
}

fn tables(written: &Spanned<Vec<Spanned<RawTable>>>) -> Result<Option<Told<Vec<DeclaredTable>>>, ReadError> {
    let mut declared: Vec<DeclaredTable> = Vec::new();
    for raw in &written.value {
        let name = yaml::name(&raw.value.name, "the name of the table")?;
        if declared.iter().any(|table| table.name == name) {
            return Err(at(raw, format!("the table `{name}` stands here twice; remove one")));
        }
        declared.push(DeclaredTable { name, rows: raw.value.rows, line: line(raw) });
    }
    Ok((!declared.is_empty()).then(|| Told { value: declared, line: line(written) }))
}

fn sql(written: &Spanned<Vec<Spanned<String>>>) -> Option<Told<Vec<NamedSql>>> {
    let named: Vec<NamedSql> = written.value.iter().filter_map(|text| substance(&text.value)).map(NamedSql::of).collect();
    (!named.is_empty()).then(|| Told { value: named, line: line(written) })
}

fn backup(written: &Spanned<RawBackup>) -> Option<Told<String>> {
    let how = substance(&written.value.how)?;
    let value = match written.value.place.as_deref().and_then(substance) {
        Some(place) => format!("{how}; in {place}"),
        None => how.to_owned(),
    };
    Some(Told { value, line: line(written) })
}

fn lag(written: &Spanned<RawLag>) -> Result<Option<Told<String>>, ReadError> {
    let seconds = &written.value.abort_seconds;
    if !(seconds.value.is_finite() && seconds.value > 0.0) {
        return Err(at(seconds, format!("abort_seconds is {}; expected seconds above 0", seconds.value)));
    }
    let value = match written.value.watched_by.as_deref().and_then(substance) {
        Some(who) => format!("stop at {} s of lag, watched by {who}", seconds.value),
        None => return Ok(None),
    };
    Ok(Some(Told { value, line: line(written) }))
}

fn reviewers(written: &Spanned<Vec<Spanned<String>>>) -> Option<Told<Vec<String>>> {
    let mut named: Vec<String> = written.value.iter().filter_map(|name| account(&name.value)).collect();
    named.sort();
    named.dedup();
    (!named.is_empty()).then(|| Told { value: named, line: line(written) })
}

/// An account, with or without its `@`.
pub(super) fn account(text: &str) -> Option<String> {
    let text = substance(text)?;
    let name = text.trim_start_matches('@');
    let fits = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '[' | ']'));
    fits.then(|| name.to_owned())
}

fn archiving(raw: &Spanned<RawArchiving>) -> Result<DeclaredArchiving, ReadError> {
    let answer = |text: &Option<String>| text.as_deref().and_then(substance).map(str::to_owned);
    Ok(DeclaredArchiving {
        table: yaml::name(&raw.value.table, "the name of the table")?,
        condition: answer(&raw.value.condition),
        every: answer(&raw.value.every),
        line: line(raw),
    })
}

fn answers_by(raw: &RawAnswers) -> Result<std::collections::BTreeMap<ChecklistQuestion, String>, ReadError> {
    use ChecklistQuestion as Q;
    let all = [
        (Q::Reason, &raw.reason),
        (Q::Tables, &raw.tables),
        (Q::EstimatedRows, &raw.estimated_rows),
        (Q::ChangeSql, &raw.change_sql),
        (Q::RollbackSql, &raw.rollback_sql),
        (Q::Backup, &raw.backup),
        (Q::Window, &raw.window),
        (Q::Order, &raw.order),
        (Q::ReplicationLag, &raw.replication_lag),
        (Q::Verification, &raw.verification),
        (Q::Reviewer, &raw.reviewer),
    ];
    let named = all.into_iter().filter_map(|(question, by)| by.as_ref().map(|by| (question, by)));
    named.map(|(question, by)| Ok((question, yaml::name(by, "who answered")?))).collect()
}

fn window(written: &Spanned<RawWindow>) -> Result<Told<ChangeWindow>, ReadError> {
    let raw = &written.value;
    let zone = zone(&raw.zone)?;
    let value = match &raw.days {
        Some(days) => weekly(days, raw, zone)?,
        None => once(raw, &zone)?,
    };
    Ok(Told { value, line: line(written) })
}

fn weekly(days: &[Spanned<String>], raw: &RawWindow, zone: TimeZone) -> Result<ChangeWindow, ReadError> {
    let mut read: Vec<Weekday> = Vec::new();
    for day in days {
        let message =
            || at(day, format!("`{}` is no day of the week; expected mon, tue, wed, thu, fri, sat or sun", shown(&day.value)));
        read.push(weekday(&day.value).ok_or_else(message)?);
    }
    if read.is_empty() {
        return Err(at(&raw.from, "the window has no days; name some, or remove the key"));
    }
    let time = |written: &Spanned<String>| {
        let message = || at(written, format!("`{}` is no time of the day; expected one like `02:00`", shown(&written.value)));
        time_of_day(&written.value).ok_or_else(message)
    };
    Ok(ChangeWindow::Weekly { days: read, from: time(&raw.from)?, to: time(&raw.to)?, zone })
}

fn once(raw: &RawWindow, zone: &TimeZone) -> Result<ChangeWindow, ReadError> {
    let moment = |written: &Spanned<String>| {
        let message = || {
            let text = shown(&written.value);
            at(
                written,
                format!("`{text}` is no date and time; expected one like `2026-12-01T02:00`, or days of the week beside it"),
            )
        };
        date_time(&written.value).and_then(|time| local(zone, time)).ok_or_else(message)
    };
    let (from, to) = (moment(&raw.from)?, moment(&raw.to)?);
    if to <= from {
        return Err(at(&raw.to, "the window ends before it begins; exchange `from` and `to`"));
    }
    Ok(ChangeWindow::Once { from, to })
}

fn zone(written: &Spanned<String>) -> Result<TimeZone, ReadError> {
    zone_named(&written.value).ok_or_else(|| {
        let known: Vec<_> = jiff::tz::db().available().collect();
        let way_out = match nearest(&written.value, known.iter().map(jiff::tz::TimeZoneName::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "expected a name of the tz database like `Asia/Shanghai`".to_owned(),
        };
        at(written, format!("unknown time zone `{}`; {way_out}", shown(&written.value)))
    })
}

pub(super) fn zone_named(name: &str) -> Option<TimeZone> {
    jiff::tz::db().get(name).ok().filter(|zone| !zone.is_unknown())
}

fn shown(text: &str) -> String {
    text.chars().take(60).map(|c| if yaml::unseen(c) { ' ' } else { c }).collect()
}

//! The risks of SQL files for a person at a terminal.

use std::collections::BTreeMap;

use crate::analyze::migrations::lint::{LintEffect, LintedFile};
use crate::facts::SqlRisk;
use crate::report::escape::terminal;
use crate::report::text::folded;

/// Every risk with what to do instead, by file and place, and a summary; with `all` the harmless ones too, with the reason.
#[must_use]
pub fn text(files: &[LintedFile], all: bool, width: usize) -> String {
    let mut lines = Vec::new();
    for file in files {
        if let Some(reason) = &file.file.unread {
            lines.push(format!("{}: hold: not read", terminal(&file.file.path)));
            lines.extend(folded("  ", reason, width));
            lines.push(String::new());
        }
        for (effect, risk) in file.risks.iter().filter(|(effect, _)| all || *effect != LintEffect::Off) {
            lines.extend(one(*effect, risk, width));
            lines.push(String::new());
        }
    }
    lines.push(summary(files, all));
    lines.join("\n")
}

fn one(effect: LintEffect, risk: &SqlRisk, width: usize) -> Vec<String> {
    let place = &risk.place;
    let off = effect == LintEffect::Off && risk.harmless.is_none();
    let effect = if off { "off" } else { effect.word() };
    let head = format!("{}:{}:{}: {effect} {}", place.file, place.line, place.column, risk.rule);
    let mut lines = vec![format!("{} ({})", terminal(&head), risk.severity.word())];
    lines.extend(folded("  ", &format!("{}{}", risk.message, size(risk)), width));
    if let Some(why) = &risk.harmless {
        lines.extend(folded("  ✓ ", why, width));
        return lines;
    }
    // SQL keeps its lines: it is meant to be copied.
    let mut lead = "  → ";
    for line in risk.safe.lines() {
        lines.push(format!("{lead}{}", terminal(line)));
        lead = "    ";
    }
    lines
}

fn size(risk: &SqlRisk) -> String {
    match (risk.weighed_by_size && risk.harmless.is_none(), &risk.table, risk.rows) {
        (true, Some(table), Some(rows)) => format!(" ({table}: about {} rows)", grouped(rows)),
        (true, Some(table), None) => format!(" (nobody tells how large {table} is)"),
        _ => String::new(),
    }
}

/// With a comma between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn summary(files: &[LintedFile], all: bool) -> String {
    let statements: u64 = files.iter().map(|file| file.file.statements).sum();
    let mut dialects: BTreeMap<&str, usize> = BTreeMap::new();
    for dialect in files.iter().filter_map(|file| file.file.dialect) {
        *dialects.entry(dialect.word()).or_default() += 1;
    }
    let dialects: Vec<String> = dialects.iter().map(|(dialect, number)| format!("{number} {dialect}")).collect();
    let of = |wanted: LintEffect| files.iter().flat_map(|file| &file.risks).filter(|(effect, _)| *effect == wanted).count();
    let unread = files.iter().filter(|file| file.file.unread.is_some()).count();
    let (deny, hold, warn, off) =
        (of(LintEffect::Deny), of(LintEffect::Hold) + unread, of(LintEffect::Warn), of(LintEffect::Off));
    let mut text = format!(
        "{} ({}), {}: {deny} to mend, {hold} for a DBA, {}",
        counted(files.len() as u64, "file"),
        if dialects.is_empty() { "no dialect".to_owned() } else { dialects.join(", ") },
        counted(statements, "statement"),
        counted(warn as u64, "warning"),
    );
    if off > 0 && !all {
        text.push_str("; ");
        text.push_str(&off.to_string());
        text.push_str(" harmless here or switched off (--all shows them)");
    }
    text
}

fn counted(number: u64, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

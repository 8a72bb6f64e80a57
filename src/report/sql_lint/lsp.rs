//! The risks of SQL files as diagnostics of the Language Server Protocol 3.17.

use serde_json::{Value, json};

use crate::analyze::migrations::lint::{LintEffect, LintedFile};
use crate::facts::{Severity, SqlRisk};

/// One object a file: `file`, `dialect`, `statements`, and `diagnostics` as an editor takes them: lines and characters count from 0,
/// characters in units of UTF-16. What the protocol has no field for stands in `data`.
#[must_use]
pub fn lsp(files: &[LintedFile], all: bool) -> Value {
    let file = |linted: &LintedFile| {
        let lines: Vec<&str> = linted.text.split('\n').collect();
        let shown = linted.risks.iter().filter(|(effect, _)| all || *effect != LintEffect::Off);
        let mut diagnostics: Vec<Value> = shown.map(|(effect, risk)| diagnostic(*effect, risk, &lines)).collect();
        if let Some(reason) = &linted.file.unread {
            let start = json!({"line": 0, "character": 0});
            diagnostics.push(json!({
                "range": {"start": start, "end": start}, "severity": 1, "source": "kadian", "code": "database/unread",
                "message": reason, "data": {"effect": LintEffect::Hold.word()},
            }));
        }
        json!({
            "file": linted.file.path,
            "dialect": linted.file.dialect,
            "dialect_reason": linted.file.dialect_reason,
            "statements": linted.file.statements,
            "diagnostics": diagnostics,
        })
    };
    Value::Array(files.iter().map(file).collect())
}

fn diagnostic(effect: LintEffect, risk: &SqlRisk, lines: &[&str]) -> Value {
    let place = &risk.place;
    json!({
        "range": {
            "start": position(place.line, place.column, lines),
            "end": position(place.end_line, place.end_column, lines),
        },
        "severity": level(effect, risk.severity),
        "code": risk.rule,
        "codeDescription": {"href": risk.source.split_whitespace().find(|word| word.starts_with("https://"))},
        "source": "kadian",
        "message": risk.message,
        "data": {
            "effect": effect.word(),
            "severity": risk.severity.word(),
            "class": risk.class,
            "table": risk.table,
            "column": risk.column,
            "rows": risk.rows,
            "size": risk.size,
            "lock": risk.lock,
            "blocks": risk.blocks,
            "harmless": risk.harmless,
            "safe": risk.safe,
            "source": risk.source,
        },
    })
}

/// Error, warning, information, hint.
fn level(effect: LintEffect, severity: Severity) -> u8 {
    match effect {
        LintEffect::Deny | LintEffect::Hold => 1,
        LintEffect::Warn if severity >= Severity::Medium => 2,
        LintEffect::Warn => 3,
        LintEffect::Off => 4,
    }
}

/// A place that counts lines and characters from 1, as the protocol counts it.
fn position(line: u32, column: u32, lines: &[&str]) -> Value {
    let before = column.saturating_sub(1) as usize;
    let text = lines.get(line.saturating_sub(1) as usize).copied().unwrap_or_default();
    let character: usize = text.chars().take(before).map(char::len_utf16).sum();
    json!({"line": line.saturating_sub(1), "character": character})
}

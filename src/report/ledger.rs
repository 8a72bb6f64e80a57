//! The ledger's entries for people.

use unicode_width::UnicodeWidthChar as _;

use super::escape;
use crate::facts::{BatchState, Entry, IncidentState, Record, RecoveryState};

/// A table of entries, one line each, that fits `width` columns; what others wrote is shortened and made harmless.
#[must_use]
pub fn table(entries: &[Entry], width: usize) -> String {
    if entries.is_empty() {
        return "no entries\n".to_owned();
    }
    let rows: Vec<[String; 5]> = entries.iter().map(row).collect();
    let widest = |column: usize| rows.iter().map(|row| columns(&row[column])).max().unwrap_or_default();
    let heads = ["entry", "recorded (UTC)", "kind", "service", "what"];
    let limits = [20, 19, 10, 20, usize::MAX];
    let mut room: Vec<usize> = (0..4).map(|column| widest(column).max(heads[column].len()).min(limits[column])).collect();
    let rest = width.saturating_sub(room.iter().sum::<usize>() + 4 * 2).max(20);
    room.push(rest);
    let mut text = line(&heads.map(str::to_owned), &room);
    for row in &rows {
        text.push_str(&line(row, &room));
    }
    text
}

fn row(entry: &Entry) -> [String; 5] {
    let service = entry.record.service().unwrap_or("-");
    let at = entry.at.strftime("%Y-%m-%d %H:%M:%S").to_string();
    [entry.seq.to_string(), at, entry.record.kind().word().to_owned(), service.to_owned(), what(&entry.record)]
        .map(|text| escape::terminal(&text))
}

fn line(cells: &[String; 5], room: &[usize]) -> String {
    let mut text = String::new();
    for (index, (cell, room)) in cells.iter().zip(room).enumerate() {
        let cell = cut(cell, *room);
        let gap = room.saturating_sub(columns(&cell));
        if index > 0 {
            text.push_str("  ");
        }
        // Numbers stand to the right.
        if index == 0 {
            text.push_str(&" ".repeat(gap));
        }
        text.push_str(&cell);
        if index > 0 {
            text.push_str(&" ".repeat(gap));
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The beginning of a text that fits, with a mark where something is missing.
fn cut(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut left = room.saturating_sub(1);
    let fits = |c: &char| {
        let width = c.width().unwrap_or(0);
        let fits = width <= left;
        left = left.saturating_sub(width);
        fits
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    kept.push('…');
    kept
}

/// What a record says, on one line.
fn what(record: &Record) -> String {
    let optional = |text: &Option<String>| text.as_ref().map_or(String::new(), |text| format!(" {text}"));
    let number = |number: Option<u64>| number.map_or(String::new(), |number| format!(" batch {number}"));
    match record {
        Record::Change(change) => {
            format!("{} {}{}{}", change.id, change.kind.word(), optional(&change.version), optional(&change.title))
        }
        Record::Plan(record) => {
            let plan = &record.plan;
            format!("{}: {} {} to {}, {} batches", plan.id, plan.kind.word(), plan.from, plan.to, plan.batches.len())
        }
        Record::Batch(batch) => {
            let state = match batch.state {
                BatchState::Started => "started",
                BatchState::Done => "done",
                BatchState::Failed => "failed",
                BatchState::RolledBack => "rolled back",
            };
            format!("{} batch {} {state}{}", batch.plan, batch.batch, optional(&batch.region))
        }
        Record::Decision(decision) => {
            let id: String = decision.id.chars().take(12).collect();
            let about = decision.plan.as_ref().map_or(String::new(), |plan| format!(" {plan}"));
            let findings =
                if decision.findings.is_empty() { String::new() } else { format!(": {}", decision.findings.join(", ")) };
            format!("{} at {}{about}{}{findings} ({id})", decision.verdict, decision.stage, number(decision.batch))
        }
        Record::Slot(slot) => format!("{} batch {} may go on", slot.plan, slot.batch),
        Record::Override(record) => {
            format!("{} for {} by {}: {}", record.subject, record.plan, record.by.join(" and "), record.reason)
        }
        Record::Incident(incident) => {
            let state = match incident.state {
                IncidentState::Opened => "opened",
                IncidentState::Located => "located",
                IncidentState::Resolved => "resolved",
            };
            format!("{} {state}{}", incident.id, optional(&incident.title))
        }
        Record::Recovery(recovery) => {
            let state = match recovery.state {
                RecoveryState::Started => "started",
                RecoveryState::Done => "done",
                RecoveryState::Failed => "failed",
                RecoveryState::Skipped => "skipped",
            };
            let step = recovery.step.map_or(String::new(), |step| format!(" step {step}"));
            format!("{}{step}{} {state}", recovery.plan, optional(&recovery.name))
        }
        Record::Checkpoint(checkpoint) => {
            format!("{} entries up to {} were pruned: {}", checkpoint.removed, checkpoint.seq, checkpoint.reason)
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::facts::{ChangeRecord, CheckpointRecord, RolloutType};

    fn entry(seq: u64, record: Record) -> Entry {
        let at = Timestamp::from_second(1_767_225_600).unwrap();
        Entry { seq, at, prev: String::new(), hash: String::new(), record }
    }

    fn change(id: &str, title: &str) -> Record {
        Record::Change(ChangeRecord {
            id: id.into(),
            service: "pay".into(),
            kind: RolloutType::Config,
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
            title: Some(title.into()),
            version: None,
            region: None,
            author: None,
            url: None,
            touches: Vec::new(),
            labels: std::collections::BTreeMap::new(),
        })
    }

    #[test]
    fn a_table_fits_its_width_and_moves_no_cursor() {
        let hostile = format!("\u{1b}[2J\u{202e}{}\r\nsecond line", "字".repeat(80));
        let checkpoint = Record::Checkpoint(CheckpointRecord { seq: 3, hash: String::new(), removed: 3, reason: "old".into() });
        let text =
            table(&[entry(9, change("CHG-1", "short")), entry(1000, change("CHG-2", &hostile)), entry(1001, checkpoint)], 80);
        assert!(text.lines().all(|line| columns(line) <= 80), "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "entry  recorded (UTC)       kind        service  what");
        assert_eq!(lines[1], "    9  2026-01-01 00:00:00  change      pay      CHG-1 config short");
        assert!(lines[2].ends_with('…'), "{text}");
        assert_eq!(lines[3], " 1001  2026-01-01 00:00:00  checkpoint  -        3 entries up to 3 were pruned:…");
        assert_eq!(lines.len(), 4);
        assert_eq!(table(&[], 80), "no entries\n");
    }
}

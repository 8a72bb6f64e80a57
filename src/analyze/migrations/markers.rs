//! Files with both directions, told apart by marks in comments.

use std::ops::Range;

use super::{Script, Tool, only};
use crate::facts::Direction;

/// A part of a file while it is read.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) direction: Direction,
    pub(super) ranges: Vec<Range<usize>>,
    pub(super) in_transaction: bool,
}

/// goose, sql-migrate, dbmate: `-- +goose Up`, `-- +migrate Down notransaction`, `-- migrate:up transaction:false`.
///
/// What stands before the first mark belongs to nothing and is not run.
pub(super) fn by_marks(tool: Tool, text: &str) -> Vec<Script> {
    let mut parts: Vec<Part> = Vec::new();
    let mut whole_without = false;
    for (range, line) in lines(text) {
        let Some(mark) = mark(tool, line) else {
            if let Some(part) = parts.last_mut() {
                part.ranges.push(range);
            }
            continue;
        };
        match mark {
            Mark::Part(direction, in_transaction) => parts.push(Part { direction, ranges: Vec::new(), in_transaction }),
            Mark::NoTransaction => whole_without = true,
            Mark::Other => {}
        }
    }
    finished(text, parts, whole_without, None)
}

pub(super) fn finished(text: &str, parts: Vec<Part>, without: bool, dbms: Option<&str>) -> Vec<Script> {
    let script = |part: Part| Script {
        direction: part.direction,
        text: only(text, &part.ranges),
        in_transaction: part.in_transaction && !without,
        dbms: dbms.map(str::to_owned),
    };
    parts.into_iter().map(script).collect()
}

enum Mark {
    Part(Direction, bool),
    NoTransaction,
    /// `StatementBegin` and the like: a comment to everybody else.
    Other,
}

fn mark(tool: Tool, line: &str) -> Option<Mark> {
    let (_, comment) = comment(line)?;
    let lower = comment.to_ascii_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    match (tool, words.as_slice()) {
        (Tool::Goose, ["+goose", "up"]) => Some(Mark::Part(Direction::Up, true)),
        (Tool::Goose, ["+goose", "down"]) => Some(Mark::Part(Direction::Down, true)),
        (Tool::Goose, ["+goose", "no", "transaction"]) => Some(Mark::NoTransaction),
        (Tool::SqlMigrate, ["+migrate", "up", rest @ ..]) => Some(Mark::Part(Direction::Up, !rest.contains(&"notransaction"))),
        (Tool::SqlMigrate, ["+migrate", "down", rest @ ..]) => {
            Some(Mark::Part(Direction::Down, !rest.contains(&"notransaction")))
        }
        (Tool::Goose, ["+goose", ..]) | (Tool::SqlMigrate, ["+migrate", ..]) => Some(Mark::Other),
        (Tool::Dbmate, ["migrate:up", rest @ ..]) => Some(Mark::Part(Direction::Up, !rest.contains(&"transaction:false"))),
        (Tool::Dbmate, ["migrate:down", rest @ ..]) => Some(Mark::Part(Direction::Down, !rest.contains(&"transaction:false"))),
        _ => None,
    }
}

/// The text of a line that is a comment, and where it begins in the line.
pub(super) fn comment(line: &str) -> Option<(usize, &str)> {
    let trimmed = line.trim_start();
    let text = trimmed.strip_prefix("--")?.trim_start();
    Some((line.len() - text.len(), text.trim_end()))
}

/// Each line with the range of its bytes; its end is not part of it.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        let plain = line.trim_end_matches(['\n', '\r']);
        (start..start + plain.len(), plain)
    })
}

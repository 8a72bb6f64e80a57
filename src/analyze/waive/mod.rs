//! Waivers that people ask for in comments on a pull request: `/kadian waive ID reason=... until=YYYY-MM-DD`.
//!
//! Whoever writes such a line decides what may be merged, so that everything about it is held against it: where it stands in the
//! comment, how it is written, who wrote it, when, and what was pushed since.

mod authority;
mod command;
mod lines;

pub use authority::{Rules, Standing};
pub use command::{Command, KEYS};

use jiff::Timestamp;

use crate::evidence::{CommentRecord, PullRequestRecord};

/// More commands than anybody writes into one comment; the rest of them is refused together.
const MAX_COMMANDS: usize = 20;

/// A line that asks for a waiver, and what it is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The account that wrote it.
    pub by: String,
    pub at: Timestamp,
    /// Where it stands: the comment's address, else its number.
    pub source: String,
    /// What it asks for, or the id that it names, if any, and why nobody can read the rest.
    pub command: Result<Command, (Option<String>, String)>,
    pub standing: Standing,
}

/// Every command of the pull request's comments, in their order. `author` is the account that proposed the change, `heads` the commits
/// that are judged: the head, and the pull request's head where a merge of it is.
#[must_use]
pub fn asked(author: &str, record: &PullRequestRecord, heads: &[String], rules: Rules) -> Vec<Asked> {
    let change = authority::Change::of(author, record, heads);
    let comments = record.comments.iter().flatten().filter(|comment| !is_ours(comment));
    comments.flat_map(|comment| of_comment(comment, &change, rules)).collect()
}

/// A comment that kadian published: it repeats messages that anybody may have written.
fn is_ours(comment: &CommentRecord) -> bool {
    comment.text.trim_start().starts_with("<!-- kadian:")
}

fn of_comment(comment: &CommentRecord, change: &authority::Change<'_>, rules: Rules) -> Vec<Asked> {
    let lines = lines::commands(&comment.text);
    let source = || comment.url.clone().unwrap_or_else(|| format!("comment {}", comment.id));
    let asked = |command: Result<Command, (Option<String>, String)>| {
        let standing = match &command {
            Ok(command) => authority::standing(comment, command, change, rules),
            Err((_, why)) => Standing::Refused(why.clone()),
        };
        Asked { by: comment.by.clone(), at: comment.at, source: source(), command, standing }
    };
    let read = |line: &lines::Line<'_>| {
        asked(match line.hidden {
            None => command::read(line.text),
            Some(why) => Err((None, why.to_owned())),
        })
    };
    let mut all: Vec<Asked> = lines.iter().take(MAX_COMMANDS).map(read).collect();
    if let left @ 1.. = lines.len().saturating_sub(MAX_COMMANDS) {
        let why = format!("{left} more commands stand in the comment; only the first {MAX_COMMANDS} are read");
        all.push(asked(Err((None, why))));
    }
    all
}

#[cfg(test)]
mod tests;

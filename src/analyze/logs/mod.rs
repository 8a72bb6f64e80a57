//! Which error messages are new in the gray version, and which come more often (requirement C4).
//!
//! [`mine`] counts the different messages of one log while it is read; [`logs`] groups those of both sides in one tree and compares.
//! The facts do not depend on how a log is cut into files or on the order of its entries, except for which sample is shown and, in a
//! log with so many different messages that they had to be grouped on the way, for what was grouped when.

mod compare;
mod drain;
mod places;
mod rate;
mod secrets;
mod table;
mod together;
mod words;

use std::io::BufRead;

use jiff::Timestamp;

pub use compare::{LogOptions, logs};

use crate::evidence::ReadError;
use crate::evidence::logs::{Side, read_entries};
use crate::facts::{LogLevel, LogSide};
use table::{Key, Room, Seen, Table};
pub use together::Together;

/// Different errors that are kept of one log, or of several in [`Together`].
const ERRORS: Room = Room { messages: 8_192, bytes: 16 << 20 };

/// Different warnings; they never take the place of errors.
const WARNINGS: Room = Room { messages: 4_096, bytes: 8 << 20 };

/// The errors and warnings of one log.
#[derive(Debug, Clone, PartialEq)]
pub struct MinedLog {
    side: Side,
    figures: LogSide,
    messages: Vec<(Key, Seen)>,
}

impl MinedLog {
    /// Which version wrote the log.
    #[must_use]
    pub fn side(&self) -> Side {
        self.side
    }

    /// What was read.
    #[must_use]
    pub fn figures(&self) -> &LogSide {
        &self.figures
    }

    /// How many different messages were kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether the log has neither errors nor warnings that were kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// The time of the last entry, where it has a zone.
    #[must_use]
    pub fn made_at(&self) -> Option<Timestamp> {
        self.figures.last.as_deref().and_then(|time| time.parse().ok())
    }
}

/// Reads a log and counts its different errors and warnings. The memory in use has a bound that does not depend on the log's length.
///
/// Errors: those of [`read_entries`].
pub fn mine(side: Side, input: &mut dyn BufRead) -> Result<MinedLog, ReadError> {
    mine_within(side, input, ERRORS, WARNINGS)
}

/// A log of which nothing but its number of lines is known, because a query for its errors found none.
#[must_use]
pub fn quiet(side: Side, lines: u64) -> MinedLog {
    MinedLog { side, figures: LogSide { lines, quiet: lines, ..LogSide::default() }, messages: Vec::new() }
}

fn mine_within(side: Side, input: &mut dyn BufRead, errors: Room, warnings: Room) -> Result<MinedLog, ReadError> {
    let (mut errors, mut warnings) = (Table::new(errors), Table::new(warnings));
    let mut figures = read_entries(input, &mut |entry| {
        let table = if entry.level == LogLevel::Warning { &mut warnings } else { &mut errors };
        table.add(entry);
    })?;
    figures.overflow = errors.overflow;
    figures.warning_overflow = warnings.overflow;
    let mut messages = errors.into_messages();
    messages.extend(warnings.into_messages());
    Ok(MinedLog { side, figures, messages })
}

#[cfg(test)]
mod tests;

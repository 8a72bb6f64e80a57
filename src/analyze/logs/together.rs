//! Several logs in the room of one.

use super::table::{Room, Table};
use super::{ERRORS, MinedLog, WARNINGS};
use crate::evidence::logs::Side;
use crate::facts::LogLevel;

/// The messages of many logs in bounded memory, however many logs there are: each side has the room that a single log has.
///
/// What finds no room is counted in the overflow of the side. The result depends on the order of the logs only where messages had to
/// be grouped to make room.
#[derive(Debug)]
pub struct Together {
    gray: Tables,
    baseline: Tables,
}

#[derive(Debug)]
struct Tables {
    errors: Table,
    warnings: Table,
}

impl Default for Together {
    fn default() -> Self {
        Together::within(ERRORS, WARNINGS)
    }
}

impl Together {
    pub(super) fn within(errors: Room, warnings: Room) -> Self {
        let tables = || Tables { errors: Table::new(errors), warnings: Table::new(warnings) };
        Together { gray: tables(), baseline: tables() }
    }

    /// Takes the messages of a log; its figures stay.
    pub fn take(&mut self, log: &mut MinedLog) {
        let tables = self.of(log.side);
        for (key, seen) in std::mem::take(&mut log.messages) {
            let table = if key.level == LogLevel::Warning { &mut tables.warnings } else { &mut tables.errors };
            table.join(key, seen);
        }
    }

    /// Hands the messages of all logs of a side to this one, and to no other that is asked later.
    pub fn give(&mut self, log: &mut MinedLog) {
        let tables = self.of(log.side);
        let [errors, warnings] = [&mut tables.errors, &mut tables.warnings].map(Table::take);
        log.figures.overflow += errors.overflow;
        log.figures.warning_overflow += warnings.overflow;
        log.messages.extend(errors.into_messages());
        log.messages.extend(warnings.into_messages());
    }

    fn of(&mut self, side: Side) -> &mut Tables {
        match side {
            Side::Gray => &mut self.gray,
            Side::Baseline => &mut self.baseline,
        }
    }
}

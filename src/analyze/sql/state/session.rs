//! The connection: its transaction and its time-outs.

use std::collections::{HashMap, HashSet};

use crate::evidence::sql::{Name, SetScope, SetVariable};

/// How long something may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::analyze::sql) enum Timeout {
    /// Nothing is said: the server's default, which is for ever or as good as.
    #[default]
    Unset,
    /// For ever, by command.
    Never,
    /// Milliseconds.
    After(u64),
    /// Something that nobody can read.
    Unknown,
}

impl Timeout {
    /// What a statement sets. PostgreSQL counts milliseconds, MySQL seconds.
    pub(in crate::analyze::sql) fn of(variable: &SetVariable, postgres: bool) -> Timeout {
        let Some(value) = variable.value.as_deref().map(|value| value.trim().to_lowercase()) else { return Timeout::Unset };
        if postgres { milliseconds(&value) } else { seconds(&value) }
    }

    /// Whether it ends.
    pub(in crate::analyze::sql) fn is_set(self) -> bool {
        matches!(self, Timeout::After(_))
    }
}

/// Time-outs by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Timeouts {
    lock: Timeout,
    statement: Timeout,
}

#[derive(Debug, Clone, Default)]
pub(in crate::analyze::sql) struct Session {
    pub transaction: Option<Transaction>,
    now: Timeouts,
    /// Variables that the script sets, with their value in lower case.
    pub variables: HashMap<String, String>,
    /// What is told once for each script.
    pub told_lock_timeout: bool,
    pub told_statement_timeout: bool,
    pub told_mixed: bool,
    /// The line of the first statement that changes the schema, and of the first one that changes rows.
    pub first_ddl: Option<u32>,
    /// The line of the first one that changes the schema of a table that others use.
    pub first_ddl_on_used: Option<u32>,
    pub first_dml: Option<u32>,
}

#[derive(Debug, Clone, Default)]
pub(in crate::analyze::sql) struct Transaction {
    /// The line of `BEGIN`; 0 where the tool opens it.
    pub line: u32,
    pub by_tool: bool,
    /// Tables that others use and that it keeps locked against writes, with the line of the first one.
    pub locked: HashSet<Name>,
    pub first_lock: Option<(Name, u32)>,
    /// Constraints that were added without looking at rows, as table and name.
    pub not_valid: HashSet<(String, String)>,
    /// Values that were added to an enum, with their type.
    pub(in crate::analyze::sql) enum_values: HashMap<String, Name>,
    /// Whether rows were written.
    pub wrote: Option<u32>,
    /// What is set where it is taken back.
    before: Timeouts,
    /// What is set behind a commit, where something was set for the transaction alone.
    outside: Timeouts,
    local: bool,
}

impl Session {
    pub(super) fn new(in_transaction: bool) -> Session {
        let transaction = in_transaction.then(|| Transaction { by_tool: true, ..Transaction::default() });
        Session { transaction, ..Session::default() }
    }

    pub(in crate::analyze::sql) fn lock_timeout(&self) -> Timeout {
        self.now.lock
    }

    pub(in crate::analyze::sql) fn statement_timeout(&self) -> Timeout {
        self.now.statement
    }

    /// A variable that the script has set, in lower case.
    pub(in crate::analyze::sql) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Whether a variable is set to what means "off".
    pub(in crate::analyze::sql) fn is_off(&self, name: &str) -> bool {
        self.variable(name).is_some_and(|value| matches!(value, "0" | "off" | "false" | "no"))
    }

    pub(super) fn begin(&mut self, line: u32) {
        if self.transaction.is_none() {
            self.transaction = Some(Transaction { line, before: self.now, outside: self.now, ..Transaction::default() });
        }
    }

    /// The transaction ends; what was set for it alone, or all of it where it is taken back, is as before.
    pub(super) fn end(&mut self, taken_back: bool) {
        let Some(transaction) = self.transaction.take() else { return };
        if taken_back {
            self.now = transaction.before;
        } else if transaction.local {
            self.now = transaction.outside;
        }
    }

    /// Everything that the session has set is as it was when it began.
    pub(super) fn reset(&mut self) {
        self.variables.clear();
        self.now = Timeouts::default();
        if let Some(transaction) = &mut self.transaction {
            transaction.outside = self.now;
        }
    }

    pub(super) fn set(&mut self, variable: &SetVariable, postgres: bool) {
        let value = variable.value.as_deref();
        let lower = value.map(|value| value.trim().to_lowercase());
        match &lower {
            Some(value) => {
                self.variables.insert(variable.name.clone(), value.clone());
            }
            None => {
                self.variables.remove(&variable.name);
            }
        }
        // For one transaction, and there is none: the server warns and does nothing. For everybody: not for this session.
        if variable.scope == SetScope::Global || (variable.scope == SetScope::Local && self.transaction.is_none()) {
            return;
        }
        let timeout = Timeout::of(variable, postgres);
        match variable.name.as_str() {
            "lock_timeout" if postgres => self.now.lock = timeout,
            "statement_timeout" if postgres => self.now.statement = timeout,
            "lock_wait_timeout" if !postgres => self.now.lock = timeout,
            "max_statement_time" | "max_execution_time" if !postgres => self.now.statement = timeout,
            _ => return,
        }
        if let Some(transaction) = &mut self.transaction {
            if variable.scope == SetScope::Local {
                transaction.local = true;
            } else if !transaction.local {
                // Kept by a commit; a rollback takes it back.
                transaction.outside = self.now;
            }
        }
    }
}

/// `5s`, `2000`, `1min`: PostgreSQL counts milliseconds without a unit.
fn milliseconds(value: &str) -> Timeout {
    let value = value.trim().trim_matches('\'').trim();
    let split = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let (number, unit) = value.split_at(split);
    let factor = match unit.trim() {
        "" | "ms" => 1.0,
        "us" => 0.001,
        "s" => 1_000.0,
        "min" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return Timeout::Unknown,
    };
    timeout(number, factor)
}

fn seconds(value: &str) -> Timeout {
    timeout(value.trim(), 1_000.0)
}

fn timeout(number: &str, factor: f64) -> Timeout {
    let Ok(number) = number.parse::<f64>() else { return Timeout::Unknown };
    if number == 0.0 {
        return Timeout::Never;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates; a part of a millisecond counts as one"
    )]
    let milliseconds = (number * factor).ceil().max(1.0) as u64;
    Timeout::After(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(session: &mut Session, name: &str, value: &str, scope: SetScope) {
        session.set(&SetVariable { name: name.into(), value: Some(value.into()), scope }, true);
    }

    #[test]
    fn a_time_out_counts_milliseconds_unless_it_says_otherwise() {
        assert_eq!(milliseconds("2000"), Timeout::After(2_000));
        assert_eq!(milliseconds("'5s'"), Timeout::After(5_000));
        assert_eq!(milliseconds("1 min"), Timeout::After(60_000));
        assert_eq!(milliseconds("0"), Timeout::Never);
        assert_eq!(milliseconds("soon"), Timeout::Unknown);
        assert_eq!(seconds("5"), Timeout::After(5_000));
    }

    #[test]
    fn what_is_set_locally_ends_with_the_transaction() {
        let mut session = Session::new(false);
        set(&mut session, "lock_timeout", "5s", SetScope::Local);
        assert_eq!(session.lock_timeout(), Timeout::Unset, "outside of a transaction it does nothing");
        session.begin(1);
        set(&mut session, "lock_timeout", "5s", SetScope::Local);
        assert_eq!(session.lock_timeout(), Timeout::After(5_000));
        session.end(false);
        assert_eq!(session.lock_timeout(), Timeout::Unset);
    }

    #[test]
    fn what_is_set_for_the_session_outlives_a_commit_and_not_a_rollback() {
        let mut session = Session::new(false);
        session.begin(1);
        set(&mut session, "lock_timeout", "5s", SetScope::Session);
        session.end(false);
        assert_eq!(session.lock_timeout(), Timeout::After(5_000));
        session.begin(2);
        set(&mut session, "lock_timeout", "9s", SetScope::Session);
        session.end(true);
        assert_eq!(session.lock_timeout(), Timeout::After(5_000));
    }
}

//! Pure analysis between records and facts: what a change is, which of its lines are covered, which findings are new.

pub mod change;

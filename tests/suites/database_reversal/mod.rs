//! Made-up migrations played on real servers: they have to agree with what is told without one.

mod mariadb;
mod postgres;

use kadian::analyze::sql::reversal::{Pair, Side, base, reversals};
use kadian::evidence::sql::read;
use kadian::facts::{Reversal, ReversalState, SqlDialect};
use libtest_mimic::Trial;

use crate::support::migrations::{Dice, Flavor, Made, make_for};

pub(super) fn trials() -> Vec<Trial> {
    [postgres::trials(), mariadb::trials()].into_iter().flatten().collect()
}

/// One that is to be played.
struct Case {
    seed: u64,
    spoilt: bool,
    made: Made,
}

/// So many migrations, each as it is and spoilt.
fn cases(flavor: Flavor, seeds: std::ops::Range<u64>) -> Vec<Case> {
    let mut dice = Dice::new(11);
    let mut cases = Vec::new();
    for seed in seeds {
        let made = make_for(flavor, seed, 7);
        let (other, _) = made.spoilt(&mut dice);
        cases.push(Case { seed, spoilt: false, made });
        cases.push(Case { seed, spoilt: true, made: other });
    }
    cases
}

/// What the server found: in how many cases it and kadian agree on what.
#[derive(Debug, Default)]
struct Seen {
    back: usize,
    schema: usize,
    data: usize,
    /// kadian is more careful than need be.
    cautious: usize,
}

impl Seen {
    /// Holds what the server says (`same`, `schema`, `data`, `up ...: error`, `down ...: error`) against what kadian tells.
    fn take(&mut self, case: &Case, dialect: SqlDialect, truth: &str) {
        use ReversalState::{Different, Missing, NothingToUndo, Reversible, SchemaOnly, Unknown};
        let told = judged(&case.made, dialect);
        let Case { seed, spoilt, made } = case;
        let show = || format!("seed {seed}, spoilt {spoilt}: the server says {truth:?}\n{made:#?}\n{told:#?}");
        assert!(!truth.starts_with("up "), "{}", show());
        assert!(*spoilt || truth == "same", "{}", show());
        let back = matches!(told.state, Reversible | NothingToUndo);
        match truth {
            "same" if back => self.back += 1,
            // A change that happens to change nothing, and what cannot be compared.
            "same" if *spoilt && matches!(told.state, SchemaOnly | Unknown) => self.cautious += 1,
            "data" if matches!(told.state, SchemaOnly | Missing) => self.data += 1,
            "data" if told.state == Different => self.schema += 1,
            "same" | "data" => panic!("{}", show()),
            _ if matches!(told.state, Different | Missing) => self.schema += 1,
            // A statement may also fail because of the rows, which nobody here knows; it is never told to go well.
            _ if matches!(told.state, Unknown | SchemaOnly) => self.cautious += 1,
            _ => panic!("{}", show()),
        }
    }

    /// Whether the cases show something of everything, and kadian seldom did not know.
    fn show_at_least(&self, back: usize, schema: usize, data: usize) {
        assert!(self.back >= back && self.schema >= schema && self.data >= data, "the cases show too little: {self:?}");
        assert!(self.cautious * 20 < self.back + self.schema + self.data, "too often nobody knew: {self:?}");
    }
}

fn judged(made: &Made, dialect: SqlDialect) -> Reversal {
    let join = |list: &[String]| list.join(";\n");
    let down: Vec<String> = made.down.iter().map(|undo| undo.sql.clone()).collect();
    let [earlier, up, down] = [join(&made.base), join(&made.up), join(&down)].map(|text| read(&text, dialect));
    let pair = Pair { dialect, up: Side::of("up", &up), down: Some(Side::of("down", &down)) };
    reversals(base(dialect, None, &[&earlier]), &[pair]).remove(0)
}

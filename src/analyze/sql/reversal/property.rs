//! Made-up migrations: what takes one back does, and what was spoilt does not.

use super::*;
use crate::evidence::sql::read;

#[path = "../../../../tests/support/migrations.rs"]
mod migrations;

use migrations::{Dice, Flavor, Made, make_for};

fn judged(made: &Made) -> Reversal {
    let join = |list: &[String]| list.join(";\n");
    let down: Vec<String> = made.down.iter().map(|undo| undo.sql.clone()).collect();
    let [earlier, up, down] = [join(&made.base), join(&made.up), join(&down)].map(|text| read(&text, SqlDialect::Postgres));
    let pair = Pair { dialect: SqlDialect::Postgres, up: Side::of("up", &up), down: Some(Side::of("down", &down)) };
    reversals(base(SqlDialect::Postgres, None, &[&earlier]), &[pair]).remove(0)
}

#[test]
fn what_takes_a_made_up_migration_back_is_told_to_do_so() {
    for seed in 1..700 {
        let made = make_for(Flavor::Postgres, seed, 6);
        let found = judged(&made);
        let back = matches!(found.state, ReversalState::Reversible | ReversalState::NothingToUndo);
        assert!(back, "seed {seed}: {made:#?}\n{found:#?}");
    }
}

#[test]
fn what_is_spoilt_is_never_told_to_take_back() {
    let (mut mattered, mut dice) = (0, Dice::new(7));
    for seed in 1..700 {
        let (made, matters) = make_for(Flavor::Postgres, seed, 6).spoilt(&mut dice);
        let found = judged(&made);
        mattered += usize::from(matters);
        assert!(!matters || found.state != ReversalState::Reversible, "seed {seed}: {made:#?}\n{found:#?}");
    }
    assert!(mattered > 200, "only {mattered} of them were spoilt in a way that matters");
}

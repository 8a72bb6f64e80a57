//! Risks weighed by what a planner expects.

use super::UnderstoodSql;
use crate::facts::SqlDialect;

/// Rules that ask how many rows a statement changes, for want of a plan by the size of its table.
const BY_ROWS: [&str; 1] = ["database/change-not-batched"];

impl UnderstoodSql {
    /// A change of few rows does no harm, however large its table: up to `small_rows` by the plan that its statement has.
    ///
    /// In MySQL a plan that reads a table from end to end locks every row of it on its way, be it changed or not: there the size of the table
    /// goes on counting. A statement without a plan is left alone.
    pub fn weigh_by_plans(&mut self, dialect: SqlDialect, small_rows: u64) {
        for risk in self.risks.iter_mut().filter(|risk| BY_ROWS.contains(&risk.rule.as_str()) && risk.harmless.is_none()) {
            let Some(statement) = self.statements.get(risk.statement) else { continue };
            let locks_what_it_reads = dialect.is_mysql() && statement.full_scans.as_ref().is_none_or(|tables| !tables.is_empty());
            if let Some(rows) = statement.estimated_rows.filter(|rows| *rows <= small_rows && !locks_what_it_reads) {
                risk.harmless = Some(format!("the planner expects it to change about {rows} rows"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::sql::testing::{Case, understood};

    fn harmless(dialect: SqlDialect, plan: Option<(u64, &[&str])>) -> bool {
        let mut understood =
            understood("UPDATE orders SET note = 'x' WHERE state = 'new';", &Case { dialect, ..Case::default() });
        if let Some((rows, full)) = plan {
            understood.statements[0].estimated_rows = Some(rows);
            understood.statements[0].full_scans = Some(full.iter().map(|table| (*table).to_owned()).collect());
        }
        understood.weigh_by_plans(dialect, 1000);
        let mut risks = understood.risks.iter().filter(|risk| risk.rule == "database/change-not-batched");
        risks.next().expect("the rule finds it").harmless.is_some()
    }

    #[test]
    fn few_rows_by_the_plan_are_harmless_on_any_table() {
        use SqlDialect::{Mariadb, Mysql, Postgres};
        assert!(harmless(Postgres, Some((1000, &["orders"]))));
        assert!(!harmless(Postgres, Some((1001, &[]))));
        assert!(!harmless(Postgres, None));
        for dialect in [Mysql, Mariadb] {
            assert!(harmless(dialect, Some((1000, &[]))));
            assert!(!harmless(dialect, Some((3, &["orders"]))), "it locks the rows that it passes");
        }
    }
}

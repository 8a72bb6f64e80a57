//! The counts that `summary` and `totals` repeat.

use serde::Deserialize;

/// What a file, or the report, states. Branches are left out where none are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Summary {
    covered_lines: u64,
    num_statements: u64,
    missing_lines: u64,
    #[serde(default)]
    num_branches: u64,
    #[serde(default)]
    covered_branches: u64,
    #[serde(default)]
    missing_branches: u64,
}

impl Summary {
    /// Each count with its name.
    fn counts(&self) -> [(&'static str, u64); 6] {
        [
            ("covered_lines", self.covered_lines),
            ("num_statements", self.num_statements),
            ("missing_lines", self.missing_lines),
            ("num_branches", self.num_branches),
            ("covered_branches", self.covered_branches),
            ("missing_branches", self.missing_branches),
        ]
    }

    pub(super) fn add(&mut self, other: &Summary) {
        let sums = [
            (&mut self.covered_lines, other.covered_lines),
            (&mut self.num_statements, other.num_statements),
            (&mut self.missing_lines, other.missing_lines),
            (&mut self.num_branches, other.num_branches),
            (&mut self.covered_branches, other.covered_branches),
            (&mut self.missing_branches, other.missing_branches),
        ];
        for (sum, more) in sums {
            *sum = sum.saturating_add(more);
        }
    }

    /// Compares the report's totals with the sum of its files. The error is a sentence.
    pub(super) fn check_sum(&self, files: &Summary) -> Result<(), String> {
        let mut both = self.counts().into_iter().zip(files.counts());
        match both.find(|((_, stated), (_, listed))| stated != listed) {
            None => Ok(()),
            Some(((name, stated), (_, listed))) => Err(format!(
                "`totals` states {stated} as `{name}` but its files state {listed}: the report is damaged; write it anew"
            )),
        }
    }
}

/// What the lists of a file hold, beside what the file states of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    /// Different lines.
    pub(super) lines: u64,
    pub(super) executed: u64,
    pub(super) missing: u64,
    pub(super) branches: u64,
    pub(super) missing_branches: u64,
    pub(super) stated: Summary,
}

impl Listed {
    /// Compares the lists with the counts. The lists of what ran may hold more where `strict` says that they hold more than
    /// statements. Fewer taken branches than are stated are no damage: where the author waived a branch (`# pragma: no branch`),
    /// the tool counts it as taken and lists it nowhere. The error is a sentence.
    pub(super) fn check(&self, strict: bool) -> Result<(), String> {
        let stated = &self.stated;
        let wrong = |name: &str, stated: u64, listed: u64| {
            Err(format!("`summary` states {stated} as `{name}` but {listed} are listed: the report is damaged; write it anew"))
        };
        if self.lines != self.executed + self.missing {
            return Err("a line is listed twice: the report is damaged; write it anew".to_owned());
        }
        if self.missing != stated.missing_lines {
            return wrong("missing_lines", stated.missing_lines, self.missing);
        }
        if self.executed < stated.covered_lines || strict && self.executed > stated.covered_lines {
            return wrong("covered_lines", stated.covered_lines, self.executed);
        }
        if stated.covered_lines.checked_add(stated.missing_lines) != Some(stated.num_statements) {
            return wrong("num_statements", stated.num_statements, stated.covered_lines.saturating_add(stated.missing_lines));
        }
        if self.missing_branches != stated.missing_branches {
            return wrong("missing_branches", stated.missing_branches, self.missing_branches);
        }
        if strict && self.branches > stated.covered_branches {
            return wrong("covered_branches", stated.covered_branches, self.branches);
        }
        Ok(())
    }
}

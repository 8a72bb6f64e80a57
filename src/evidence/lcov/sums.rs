//! The sums that repeat what a record lists: `LF` and `LH` of lines, `BRF` and `BRH` of branches, `FNF` and `FNH` of functions.

use super::shown;
use crate::evidence::FileLines;

/// What one record states about itself, and the shape that tells who wrote it.
///
/// lcov, grcov, Istanbul, gcovr and newer versions of coverage.py state sums that agree with their lists, so that a difference there means
/// a damaged or edited file. Two writers are known to disagree with themselves:
/// - llvm-cov sums lines, branches and functions over functions: a line of two functions counts twice, and of several instances of a
///   generic function the best one counts. It names no test (`TN`), lists functions before lines, and writes `BRF`, `BRH`, `LF` and `LH`
///   in a row behind the lines.
/// - Older versions of coverage.py (7.2.7 among them) list more lines than they count. Their records hold a checksum after each hit
///   count and no functions; gcovr's and lcov's hold both.
///
/// For these two only what is impossible there too is refused: lines found or hit where there are none.
///
/// Branches have to be as many as stated where the file names its test, as lcov, grcov, Istanbul and gcovr do; coverage.py counts
/// branches that its author waived and lists them nowhere. Where as many branches or functions are listed as are stated, as many
/// have to be hit.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Whether the file names its test before this record.
    named: bool,
    lines: Stated,
    branches: Stated,
    functions: Stated,
    /// What is listed of the latter two.
    branches_listed: [u64; 2],
    functions_listed: u64,
    function_hits: [u64; 2],
    /// How many lines are listed, and how many of them with a checksum.
    lines_listed: u64,
    checksums: u64,
    /// Whether functions are summed up before lines are listed, and branches between the lines and their sums.
    functions_first: bool,
    branches_first: bool,
}

/// Found and hit, where it is stated.
type Stated = [Option<u64>; 2];

impl Sums {
    pub(super) fn new(named: bool) -> Sums {
        Sums { named, ..Sums::default() }
    }

    pub(super) fn saw_line(&mut self, checksum: bool) {
        self.lines_listed += 1;
        self.checksums += u64::from(checksum);
    }

    pub(super) fn saw_branch(&mut self, taken: bool) {
        count(&mut self.branches_listed, taken);
    }

    pub(super) fn saw_function(&mut self) {
        self.functions_listed += 1;
    }

    /// Takes the hits of `FNDA`, which stand before a comma; names behind it are of any form.
    pub(super) fn saw_function_hits(&mut self, value: &str) {
        let hits = value.split(',').next().and_then(crate::evidence::text::hits);
        count(&mut self.function_hits, hits.is_some_and(|hits| hits != 0.0));
    }

    /// Takes down a sum; `false` where the key is none.
    pub(super) fn state(&mut self, key: &str, value: &str) -> Result<bool, String> {
        let place = match key {
            "LF" => &mut self.lines[0],
            "LH" => &mut self.lines[1],
            "BRF" => &mut self.branches[0],
            "BRH" => &mut self.branches[1],
            "FNF" => &mut self.functions[0],
            "FNH" => &mut self.functions[1],
            _ => return Ok(false),
        };
        let number = value.trim().parse().map_err(|_| format!("`{key}:{}`: expected a number", shown(value)))?;
        if place.replace(number).is_some_and(|earlier| earlier != number) {
            return Err(format!("`{key}` stands twice in one record and says {number} at last: the report contradicts itself"));
        }
        match key {
            "FNF" => self.functions_first |= self.lines_listed == 0,
            "BRH" => self.branches_first = self.branches[0].is_some() && self.lines == [None, None],
            _ => {}
        }
        Ok(true)
    }

    fn of_llvm(&self) -> bool {
        !self.named && self.functions_first && self.branches_first
    }

    fn of_older_coverage_py(&self) -> bool {
        self.checksums > 0 && self.functions[0].is_none()
    }

    /// Compares with the lines of the record. The error is a sentence.
    pub(super) fn check(&self, lines: &FileLines) -> Result<(), String> {
        let loose = self.of_llvm() || self.of_older_coverage_py();
        let differ = |stated: u64, listed: u64| if loose { (stated == 0) != (listed == 0) } else { stated != listed };
        let (found, hit) = (lines.len() as u64, lines.covered() as u64);
        compare(self.lines[0], found, differ, "lines (LF)")?;
        compare(self.lines[1], hit, differ, "lines hit (LH)")?;
        if loose {
            return Ok(());
        }
        let [branches, taken] = self.branches_listed;
        let unequal = |stated: u64, listed: u64| stated != listed;
        if self.named {
            compare(self.branches[0], branches, unequal, "branches (BRF)")?;
        }
        if self.branches[0] == Some(branches) {
            compare(self.branches[1], taken, unequal, "branches hit (BRH)")?;
        }
        let [functions, called] = self.function_hits;
        if self.functions[0] == Some(functions) && functions == self.functions_listed {
            compare(self.functions[1], called, unequal, "functions hit (FNH)")?;
        }
        Ok(())
    }
}

fn compare(stated: Option<u64>, listed: u64, differ: impl Fn(u64, u64) -> bool, what: &str) -> Result<(), String> {
    match stated {
        Some(stated) if differ(stated, listed) => {
            Err(format!("the record states {stated} {what} but lists {listed}: the report is damaged; write it anew"))
        }
        _ => Ok(()),
    }
}

fn count(pair: &mut [u64; 2], hit: bool) {
    *pair = [pair[0] + 1, pair[1] + u64::from(hit)];
}

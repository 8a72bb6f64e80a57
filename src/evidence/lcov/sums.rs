//! The sums `LF` (lines found) and `LH` (lines hit), which repeat what the `DA` records say.

use crate::evidence::FileLines;

/// What one record states about itself, and the shape that tells who wrote it.
///
/// lcov, grcov, Istanbul, gcovr and coverage.py from 7.2.2 on state sums that agree with their lines, so that a difference there
/// means a damaged or edited file. Two writers are known to disagree with themselves:
/// - llvm-cov sums lines over functions: a line of two functions counts twice, and of several instances of a generic function the
///   best one counts. Its records are known by `BRF` between the lines and `LF`.
/// - coverage.py before 7.2.2 miscounted. Its records are known by the checksum after each hit count.
///
/// For these two only what is impossible there too is refused: lines found or hit where there are none.
#[derive(Debug, Default)]
pub(super) struct Sums {
    found: Option<u64>,
    hit: Option<u64>,
    lines_seen: bool,
    checksums: bool,
    branches_after_lines: bool,
}

impl Sums {
    pub(super) fn saw_line(&mut self, checksum: bool) {
        self.lines_seen = true;
        self.checksums |= checksum;
    }

    pub(super) fn found(&mut self, value: &str) -> Result<(), String> {
        self.found = Some(number("LF", value)?);
        Ok(())
    }

    pub(super) fn hit(&mut self, value: &str) -> Result<(), String> {
        self.hit = Some(number("LH", value)?);
        Ok(())
    }

    pub(super) fn branches_found(&mut self, value: &str) -> Result<(), String> {
        self.branches_after_lines = self.lines_seen && self.found.is_none();
        number("BRF", value).map(|_| ())
    }

    /// Compares with the lines of the record. The error is a sentence.
    pub(super) fn check(&self, lines: &FileLines) -> Result<(), String> {
        let (found, hit) = (lines.len() as u64, lines.covered() as u64);
        let loose = self.checksums || self.branches_after_lines;
        let differs = |stated: Option<u64>, counted: u64| match stated {
            Some(stated) if loose => (stated == 0) != (counted == 0),
            Some(stated) => stated != counted,
            None => false,
        };
        if differs(self.found, found) {
            let stated = self.found.unwrap_or_default();
            return Err(format!("the record states {stated} lines (LF) but lists {found}: the report is damaged; write it anew"));
        }
        if differs(self.hit, hit) {
            let stated = self.hit.unwrap_or_default();
            return Err(format!(
                "the record states {stated} lines hit (LH) but lists {hit}: the report is damaged; write it anew"
            ));
        }
        Ok(())
    }
}

fn number(key: &str, value: &str) -> Result<u64, String> {
    value.trim().parse().map_err(|_| format!("`{key}:{}`: expected a number", super::shown(value)))
}

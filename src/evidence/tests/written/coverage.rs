//! What a coverage report measures, and the formats that are lines of text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The lines of several files, by path.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Measured {
    pub(crate) files: BTreeMap<String, MeasuredFile>,
}

/// By number.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct MeasuredFile {
    pub(crate) lines: BTreeMap<u32, MeasuredLine>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct MeasuredLine {
    pub(crate) covered: bool,
    /// How many branches were taken, and how many there are.
    pub(crate) branches: Option<(u32, u32)>,
}

/// Lines and branches that are covered, and all of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    pub(crate) covered: u32,
    pub(crate) lines: u32,
    pub(crate) taken: u32,
    pub(crate) branches: u32,
}

impl Measured {
    pub(crate) fn sums(&self) -> Sums {
        self.files.values().map(MeasuredFile::sums).fold(Sums::default(), |all, file| Sums {
            covered: all.covered + file.covered,
            lines: all.lines + file.lines,
            taken: all.taken + file.taken,
            branches: all.branches + file.branches,
        })
    }
}

impl MeasuredFile {
    pub(crate) fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        for line in self.lines.values() {
            let (taken, branches) = line.branches.unwrap_or_default();
            sums.lines += 1;
            sums.covered += u32::from(line.covered);
            sums.taken += taken;
            sums.branches += branches;
        }
        sums
    }
}

/// Two files with two dozen lines.
pub(crate) fn typical() -> Measured {
    let file = |lines: std::ops::Range<u32>, odd: u32| {
        let line = |number: u32| MeasuredLine {
            covered: !number.is_multiple_of(odd),
            branches: (number % 5 == 2).then(|| (u32::from(!number.is_multiple_of(odd)), 2)),
        };
        MeasuredFile { lines: lines.map(|number| (number, line(number))).collect() }
    };
    let files = [("src/cart.py", file(1..15, 3)), ("src/pay/checkout.py", file(4..16, 4))];
    Measured { files: files.into_iter().map(|(path, file)| (path.to_owned(), file)).collect() }
}

/// Everything.
pub(crate) fn told_with_branches(measured: Measured) -> Measured {
    measured
}

/// No branches.
pub(crate) fn told_without_branches(mut measured: Measured) -> Measured {
    measured.files.values_mut().flat_map(|file| file.lines.values_mut()).for_each(|line| line.branches = None);
    measured
}

/// No branches either; each line is a block of its own.
pub(crate) fn told_by_go(measured: Measured) -> Measured {
    told_without_branches(measured)
}

/// As `geninfo` writes it.
pub(crate) fn lcov(measured: &Measured) -> String {
    let mut text = String::from("TN:unit\n");
    for (path, file) in &measured.files {
        let sums = file.sums();
        let _ = writeln!(text, "SF:{path}");
        for (number, line) in &file.lines {
            let (taken, branches) = line.branches.unwrap_or_default();
            for branch in 0..branches {
                let _ = writeln!(text, "BRDA:{number},0,{branch},{}", u32::from(branch < taken));
            }
        }
        if sums.branches > 0 {
            let _ = writeln!(text, "BRF:{}\nBRH:{}", sums.branches, sums.taken);
        }
        for (number, line) in &file.lines {
            let _ = writeln!(text, "DA:{number},{}", 3 * u32::from(line.covered));
        }
        let _ = writeln!(text, "LF:{}\nLH:{}\nend_of_record", sums.lines, sums.covered);
    }
    text
}

/// As `go test -coverprofile` writes it.
pub(crate) fn go(measured: &Measured) -> String {
    let mut text = String::from("mode: set\n");
    for (path, file) in &measured.files {
        for (number, line) in &file.lines {
            let _ = writeln!(text, "{path}:{number}.2,{number}.30 1 {}", u32::from(line.covered));
        }
    }
    text
}

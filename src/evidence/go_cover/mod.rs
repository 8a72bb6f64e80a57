//! Go's coverage profiles, as `go test -coverprofile` and `go tool covdata textfmt` write them.
//!
//! Source: `cmd/cover` and `golang.org/x/tools/cover`. After `mode:` each line is a block: `<import path>:<line>.<column>,<line>.<column>
//! <statements> <count>`. Every line that a block reaches is measured, and ran if any block on it did: the line of an `if` belongs to
//! what runs before it and to what it guards. A block may be listed once for each package whose tests reach it. Branches are not
//! counted.
//!
//! Nothing in the format repeats a sum: what cannot be seen is a line that was taken away or edited.

use std::collections::BTreeMap;
use std::io::BufRead;

use super::limits::{self, BLOCK_LINES, BLOCK_LINES_ANYWAY};
use super::lines::Lines;
use super::text::{beginning, shown};
use super::{Collector, CoverageReport, FileLines, Format, ReadError, Reader, Repeated};
use crate::facts::Kind;

pub(super) const FORMAT: Format = Format {
    name: "go",
    kind: Kind::Coverage,
    conventional: &["coverage.out", "cover.out", "coverprofile.out", "c.out", "profile.cov"],
    recognises,
    read: Reader::Coverage(read),
};

fn recognises(_path: &str, head: &[u8]) -> bool {
    ["mode: set", "mode: count", "mode: atomic"].iter().any(|mode| beginning(head).starts_with(mode.as_bytes()))
}

/// Reads a profile. Another first line, a line that is no block, blocks that reach too far, an end without a line break and a profile
/// without a block are errors.
fn read(input: &mut dyn BufRead) -> Result<CoverageReport, ReadError> {
    let mut lines = Lines::new(input)?;
    let mut files: BTreeMap<String, Collector> = BTreeMap::new();
    let mut reached = 0;
    let mut begun = false;
    while lines.next()? {
        let line = lines.text();
        if let Some(mode) = line.strip_prefix("mode: ") {
            // Profiles are put together with `cat`, too.
            if !matches!(mode, "set" | "count" | "atomic") {
                return Err(lines.error(format!("the mode `{}`: expected set, count or atomic", shown(mode))));
            }
            begun = true;
            continue;
        }
        if line.is_empty() {
            continue;
        }
        let block = begun.then(|| Block::read(line)).flatten();
        let block = block.ok_or_else(|| {
            lines.error(format!(
                "`{}`: expected `mode: set` first and then `<file>:<line>.<column>,<line>.<column> <statements> <count>`",
                shown(line)
            ))
        })?;
        // The last field of a line that was cut off is a number all the same.
        if !lines.ended() {
            return Err(lines.error("the file ends inside a line: it was cut off; write it anew"));
        }
        // A block names lines by their ends, so that few bytes may stand for many lines.
        reached += u64::from(block.last - block.first) + 1;
        if block.last - block.first > BLOCK_LINES || reached > BLOCK_LINES_ANYWAY + 16 * lines.offset() {
            return Err(lines.error(format!(
                "a block of more than {BLOCK_LINES} lines, or blocks with more of them than a profile of this size has: expected a \
                 Go profile"
            )));
        }
        if block.statements == 0 {
            continue;
        }
        if !files.contains_key(block.path) {
            limits::room_for(&files, block.path).map_err(|message| lines.error(message))?;
            files.insert(block.path.to_owned(), Collector::new(Repeated::AnyCovers));
        }
        if let Some(file) = files.get_mut(block.path) {
            (block.first..=block.last).for_each(|number| file.line(number, block.ran));
        }
    }
    let files: BTreeMap<String, FileLines> = files.into_iter().map(|(path, lines)| (path, lines.finish())).collect();
    if files.values().all(FileLines::is_empty) {
        return Err(ReadError::whole(
            "no line is measured: expected blocks behind `mode:`; run `go test -coverprofile` over the packages",
        ));
    }
    Ok(CoverageReport { files, ..CoverageReport::default() })
}

/// One line of a profile.
struct Block<'l> {
    path: &'l str,
    first: u32,
    last: u32,
    statements: u64,
    ran: bool,
}

impl Block<'_> {
    /// `None` where the line is none. A path may hold colons and blanks, so that it is read from the end.
    fn read(line: &str) -> Option<Block<'_>> {
        let (rest, count) = line.rsplit_once(' ')?;
        let (rest, statements) = rest.rsplit_once(' ')?;
        let (path, range) = rest.rsplit_once(':')?;
        let (start, end) = range.split_once(',')?;
        let line_of = |place: &str| {
            let (line, column) = place.split_once('.')?;
            column.parse::<u32>().ok()?;
            line.parse::<u32>().ok().filter(|line| (1..=FileLines::MAX_LINE).contains(line))
        };
        let (first, last) = (line_of(start)?, line_of(end)?);
        let ran = count.parse::<u64>().ok()? > 0;
        (!path.is_empty() && first <= last).then_some(Block { path, first, last, statements: statements.parse().ok()?, ran })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> CoverageReport {
        read(&mut text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    fn error(text: &str) -> String {
        read(&mut text.as_bytes()).unwrap_err().to_string()
    }

    fn lines(report: &CoverageReport, path: &str) -> String {
        let words: Vec<_> =
            report.files[path].iter().map(|(line, covered)| format!("{line}{}", if covered { '+' } else { '-' })).collect();
        words.join(" ")
    }

    #[test]
    fn a_line_ran_if_any_block_on_it_did() {
        let text = "mode: set\nx.io/m/a.go:3.20,4.16 2 1\nx.io/m/a.go:4.16,6.3 1 0\nx.io/m/a.go:6.3,7.2 1 1\nx.io/m/a b:1.go:1.1,1.9 1 0\n";
        let report = parse(text);
        assert_eq!(lines(&report, "x.io/m/a.go"), "3+ 4+ 5- 6+ 7+");
        assert_eq!(lines(&report, "x.io/m/a b:1.go"), "1-");
        assert!(!report.counts_branches && report.made_at.is_none());
    }

    #[test]
    fn a_block_of_several_packages_ran_if_it_ran_for_one() {
        let text = "mode: atomic\r\nm/a.go:1.1,2.2 1 0\r\nmode: atomic\r\nm/a.go:1.1,2.2 1 18446744073709551615\r\nm/a.go:9.1,9.2 0 0\r\n";
        assert_eq!(lines(&parse(text), "m/a.go"), "1+ 2+");
    }

    #[test]
    fn a_damaged_line_is_named() {
        for line in
            ["a.go:1.1,2.2 1", "a.go:1,2 1 1", "a.go:2.1,1.2 1 1", "a.go:0.1,1.2 1 1", "a.go:1.1,2.2 1 -1", ":1.1,2.2 1 1", "x"]
        {
            let error = error(&format!("mode: set\n{line}\n"));
            assert!(error.starts_with(&format!("line 2: `{line}`: expected")), "{error}");
        }
        assert!(error("a.go:1.1,2.2 1 1\n").contains("expected `mode: set` first"));
        assert!(error("mode: x\n").contains("expected set, count or atomic"));
        assert!(error("mode: set\na.go:1.1,200000.2 1 1\n").contains("a block of more than 100000 lines"));
        let endless = format!("mode: set\n{}", "a.go:1.1,100000.2 0 1\n".repeat(1_001));
        assert!(error(&endless).starts_with("line 42: a block of more"), "{}", error(&endless));
    }

    #[test]
    fn a_profile_without_a_block_is_an_error() {
        for text in ["", "mode: set\n", "mode: set\na.go:1.1,2.2 0 0\n"] {
            assert!(error(text).contains("no line is measured"), "{text}");
        }
    }

    #[test]
    fn every_cut_is_an_error_unless_between_two_blocks() {
        let text = "mode: set\nm/a.go:1.1,2.2 1 10\nm/a.go:3.1,4.2 1 1\n";
        parse(text);
        let between = text.find("\nm/a.go:3").unwrap() + 1;
        for end in (0..text.len()).filter(|end| *end != between) {
            error(&text[..end]);
        }
    }
}

//! From segments to lines, as LLVM does it.
//!
//! Source: `LineCoverageStats` and `LineCoverageIterator` in LLVM's `lib/ProfileData/Coverage/CoverageMapping.cpp`. The last segment
//! that starts before a line wraps it. A line is measured if one with a count is entered on it, or if the wrapping one has a count and no
//! part that was skipped begins the line; it ran as often as the region that ran most, the wrapping one included. Before version 19
//! LLVM did not measure a line that a skipped part begins, whatever follows on it.

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use crate::evidence::limits::{BLOCK_LINES, BLOCK_LINES_ANYWAY};
use crate::evidence::{Collector, FileLines};

/// From a line and column on, the code ran so often, until the next segment.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Segment(u32, u32, u64, Flag, Flag, #[serde(default)] Flag);

/// `true` and `false`; LLVM before 12 wrote 1 and 0.
#[derive(Debug, Clone, Copy, Default)]
struct Flag(bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Flag;
            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("true or false")
            }
            fn visit_bool<E: Error>(self, value: bool) -> Result<Flag, E> {
                Ok(Flag(value))
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Flag, E> {
                Ok(Flag(value != 0))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Segment {
    fn count(self) -> Option<u64> {
        self.3.0.then_some(self.2)
    }

    fn is_entry(self) -> bool {
        self.4.0
    }

    /// Whether a region starts here whose count is one of code, not of the gap between two statements.
    fn starts_region(self) -> bool {
        self.is_entry() && !self.5.0 && self.count().is_some()
    }
}

/// The segments of one file, as far as they were read.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Those of the line that was read last.
    on_line: Vec<Segment>,
    wrapping: Option<Segment>,
    column: u32,
    /// The lines that regions reached so far, over all files.
    reached: u64,
}

impl Lines {
    /// Begins the next file.
    pub(super) fn start(&mut self) {
        self.on_line.clear();
        (self.wrapping, self.column) = (None, 0);
    }

    /// Takes the next segment, behind so many bytes, and adds the lines that it ends. The error is a sentence.
    pub(super) fn add(&mut self, segment: Segment, read: u64, lines: &mut Collector) -> Result<(), String> {
        let Segment(line, column, ..) = segment;
        if line == 0 || line > FileLines::MAX_LINE {
            return Err(format!("a segment on line {line}: expected llvm-cov's JSON"));
        }
        if let Some(last) = self.on_line.last().map(|last| last.0) {
            if (line, column) < (last, self.column) {
                return Err(format!("a segment on line {line} behind one on line {last}: the export is damaged; write it anew"));
            }
            if line > last {
                self.settle(lines);
                if let Some(count) = self.wrapping.and_then(Segment::count) {
                    self.reached += u64::from(line - last);
                    // A segment names lines by its ends, so that few bytes may stand for many lines.
                    if line - last > BLOCK_LINES || self.reached > BLOCK_LINES_ANYWAY + 16 * read {
                        return Err(format!(
                            "a region of more than {BLOCK_LINES} lines, or regions with more of them than an export of this size has: \
                             expected llvm-cov's JSON"
                        ));
                    }
                    (last + 1..line).for_each(|number| lines.line(number, count > 0));
                }
            }
        }
        self.column = column;
        self.on_line.push(segment);
        Ok(())
    }

    /// Adds the last line.
    pub(super) fn finish(&mut self, lines: &mut Collector) {
        self.settle(lines);
        self.start();
    }

    /// Adds the line whose segments are all there.
    fn settle(&mut self, lines: &mut Collector) {
        let Some(first) = self.on_line.first().copied() else { return };
        let regions = || self.on_line.iter().filter(|segment| segment.starts_region()).filter_map(|segment| segment.count());
        let skipped = first.count().is_none() && first.is_entry();
        let wrapped = self.wrapping.and_then(Segment::count);
        let entered = self.on_line.iter().any(|segment| segment.is_entry() && segment.count().is_some());
        if entered || wrapped.is_some() && !skipped {
            lines.line(first.0, regions().chain(wrapped).any(|count| count > 0));
        }
        self.wrapping = self.on_line.last().copied();
        self.on_line.clear();
    }
}

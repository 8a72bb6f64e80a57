//! Lines and columns of offsets.

use super::statement::Span;

/// Counts lines and characters from the beginning of a text onwards; asked in rising order it walks the text once.
#[derive(Debug)]
pub(super) struct Places<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    column: u32,
}

impl<'a> Places<'a> {
    pub(super) fn new(text: &'a str) -> Places<'a> {
        Places { text, at: 0, line: 1, column: 1 }
    }

    /// Line and column of an offset, both from 1.
    fn of(&mut self, offset: usize) -> (u32, u32) {
        if offset < self.at {
            *self = Places::new(self.text);
        }
        let between = &self.text.as_bytes()[self.at..offset];
        let mut from = 0;
        for newline in memchr::memchr_iter(b'\n', between) {
            self.line = self.line.saturating_add(1);
            self.column = 1;
            from = newline + 1;
        }
        // Bytes that begin a character.
        let characters = between[from..].iter().filter(|byte| (**byte & 0xc0) != 0x80).count();
        self.column = self.column.saturating_add(u32::try_from(characters).unwrap_or(u32::MAX));
        self.at = offset;
        (self.line, self.column)
    }

    /// Fills in lines and columns of spans that have offsets only, in any order.
    pub(super) fn fill(&mut self, mut spans: Vec<&mut Span>) {
        let mut ends: Vec<(usize, usize, bool)> = Vec::with_capacity(spans.len() * 2);
        for (at, span) in spans.iter().enumerate() {
            ends.push((span.start, at, false));
            ends.push((span.end, at, true));
        }
        ends.sort_unstable();
        for (offset, at, end) in ends {
            let (line, column) = self.of(offset);
            let span = &mut *spans[at];
            if end {
                (span.end_line, span.end_column) = (line, column);
            } else {
                (span.line, span.column) = (line, column);
            }
        }
    }
}

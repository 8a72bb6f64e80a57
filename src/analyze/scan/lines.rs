//! The lines of a file as fingerprints compare them: without the blanks that an editor or a formatter changes.

/// More of a line tells nobody apart, and a generated file may be one line.
const MAX_LINE_BYTES: usize = 2 << 10;
/// How far a neighbour that is not blank is looked for.
const MAX_BLANK_LINES: u32 = 16;

/// Where the text of files comes from: a path of the repository gives the bytes of the file, `None` where there is none at hand.
#[derive(Clone, Copy)]
pub struct Texts<'a> {
    /// As the change leaves them.
    pub head: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    /// As they were before it.
    pub base: &'a dyn Fn(&str) -> Option<Vec<u8>>,
}

impl std::fmt::Debug for Texts<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Texts")
    }
}

impl Texts<'static> {
    /// No text at all: findings are told apart by their messages, and none is known to have moved.
    #[must_use]
    pub fn none() -> Self {
        Texts { head: &|_| None, base: &|_| None }
    }
}

/// A line with the nearest lines around it that are not blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Surrounded {
    pub(super) line: Vec<u8>,
    pub(super) before: Vec<u8>,
    pub(super) after: Vec<u8>,
}

impl Surrounded {
    /// Whether the line is the same and stands beside a line that is the same too.
    pub(super) fn resembles(&self, other: &Surrounded) -> bool {
        let same = |a: &[u8], b: &[u8]| !a.is_empty() && a == b;
        self.line == other.line && (same(&self.before, &other.before) || same(&self.after, &other.after))
    }
}

/// The text of a file, by line.
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// Where each line starts.
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn new(bytes: Vec<u8>) -> Lines {
        let ends = memchr::memchr_iter(b'\n', &bytes).map(|end| end + 1);
        let starts = [0].into_iter().chain(ends).filter(|start| *start < bytes.len()).collect();
        Lines { bytes, starts }
    }

    /// The line of that number, counted from 1, each run of blanks as one and none at its ends; `None` behind the last line.
    pub(super) fn get(&self, number: u32) -> Option<Vec<u8>> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        let start = *self.starts.get(at)?;
        let end = self.starts.get(at + 1).copied().unwrap_or(self.bytes.len());
        let line = self.bytes.get(start..end.min(start + MAX_LINE_BYTES))?;
        Some(line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(&b' '))
    }

    /// The line with its surroundings; `None` where it is not there or blank.
    pub(super) fn surrounded(&self, number: u32) -> Option<Surrounded> {
        let line = self.get(number).filter(|line| !line.is_empty())?;
        let near = |step: u32, back: bool| {
            let number = if back { number.checked_sub(step) } else { number.checked_add(step) };
            number.and_then(|number| self.get(number)).filter(|line| !line.is_empty())
        };
        let around = |back| (1..=MAX_BLANK_LINES).find_map(|step| near(step, back)).unwrap_or_default();
        Some(Surrounded { line, before: around(true), after: around(false) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_compared_without_its_indentation_and_with_its_neighbours() {
        let lines = Lines::new(b"a\r\n\n\t b  c \r\n\n\nd".to_vec());
        let of = |number| {
            lines.surrounded(number).map(|one| [one.before, one.line, one.after].map(|part| String::from_utf8(part).unwrap()))
        };
        assert_eq!(of(3).unwrap(), ["a", "b c", "d"]);
        assert_eq!(of(1).unwrap(), ["", "a", "b c"]);
        assert_eq!(of(6).unwrap(), ["b c", "d", ""]);
        for absent in [0, 2, 7, u32::MAX] {
            assert_eq!(of(absent), None, "{absent}");
        }
        assert!(Lines::new(Vec::new()).surrounded(1).is_none());
        assert_eq!(Lines::new(vec![b'x'; 1 << 20]).get(1).unwrap().len(), MAX_LINE_BYTES);
    }
}

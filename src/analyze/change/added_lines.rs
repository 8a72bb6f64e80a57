//! The lines that a change adds to a file.

use std::fmt;

/// Added lines by their number after the change, ascending, with their text without the line end.
///
/// The texts lie one behind the other in one piece of memory: a change may have millions of lines.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AddedLines {
    /// Of each line its number and where its text ends.
    lines: Vec<(u32, usize)>,
    /// Each text with a line feed behind it.
    text: Vec<u8>,
}

impl AddedLines {
    /// Adds a line behind the others.
    pub fn push(&mut self, number: u32, text: &[u8]) {
        self.text.extend_from_slice(text);
        self.lines.push((number, self.text.len()));
        self.text.push(b'\n');
    }

    /// Adds all lines of another behind the own.
    pub fn append(&mut self, other: &AddedLines) {
        let start = self.text.len();
        self.lines.extend(other.lines.iter().map(|(number, end)| (*number, start + end)));
        self.text.extend_from_slice(&other.text);
    }

    /// Gives back what was reserved for lines that did not come.
    pub fn shrink(&mut self) {
        self.lines.shrink_to_fit();
        self.text.shrink_to_fit();
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines with their numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[u8])> {
        let mut start = 0;
        self.lines.iter().map(move |&(number, end)| {
            let text = &self.text[start..end];
            start = end + 1;
            (number, text)
        })
    }

    /// Their numbers, in order.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        self.lines.iter().map(|(number, _)| *number)
    }

    /// The texts, each with a line feed behind it: to see at once that none of them holds something.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }
}

impl fmt::Debug for AddedLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(number, text)| (number, String::from_utf8_lossy(text)))).finish()
    }
}

impl<T: AsRef<[u8]>> FromIterator<(u32, T)> for AddedLines {
    fn from_iter<I: IntoIterator<Item = (u32, T)>>(lines: I) -> Self {
        let mut added = AddedLines::default();
        for (number, text) in lines {
            added.push(number, text.as_ref());
        }
        added
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_as_they_went_in() {
        let lines = [(2, ""), (3, "a\rb"), (7, "é"), (8, "")];
        let added: AddedLines = lines.into_iter().collect();
        assert_eq!(added.iter().collect::<Vec<_>>(), lines.map(|(number, text)| (number, text.as_bytes())));
        assert_eq!(added.numbers().collect::<Vec<_>>(), [2, 3, 7, 8]);
        assert_eq!((added.len(), added.text()), (4, "\na\rb\né\n\n".as_bytes()));
        let mut twice = added.clone();
        twice.append(&added);
        assert_eq!(twice, lines.into_iter().chain(lines).collect());
        assert!(!added.is_empty() && AddedLines::default().is_empty());
    }
}

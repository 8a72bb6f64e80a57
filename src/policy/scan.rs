//! A look at the bare text of a policy before it is parsed: limits, nesting, and the comments that carry annotations.
//!
//! The engine's parser takes time exponential in the depth of nested literals (a depth of 16 takes seconds), so the depth must be
//! known beforehand.

use super::error::PolicyError;

/// Brackets may be open inside each other this often.
pub(super) const MAX_DEPTH: usize = 12;
/// Bytes in a file. It bounds the longest chain of operators, over which the engine recurses.
pub(super) const MAX_BYTES: usize = 256 * 1024;
/// Lines in a file.
pub(super) const MAX_LINES: usize = 20_000;
/// Bytes in a line.
pub(super) const MAX_COLUMNS: usize = 1024;

/// A comment that starts in column 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment {
    /// Counted from 1.
    pub(super) line: u32,
    /// What follows the `#`.
    pub(super) text: String,
}

/// Checks the limits and returns the comments that start in column 1, in their order.
///
/// An empty text has no comments. Strings and raw strings are passed over; one that is not closed ends with the text, and the
/// parser says so.
pub(super) fn scan(path: &str, text: &str) -> Result<Vec<Comment>, PolicyError> {
    sizes(path, text)?;
    let mut comments = Vec::new();
    let mut depth = 0_usize;
    let mut state = State::Code;
    for (index, line) in text.split('\n').enumerate() {
        let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
        if state == State::Quoted {
            state = State::Code;
        }
        let mut escaped = false;
        for (column, byte) in line.bytes().enumerate() {
            match (state, byte) {
                (State::Raw, b'`') | (State::Quoted, b'"') if !escaped => state = State::Code,
                (State::Quoted, _) if escaped => escaped = false,
                (State::Quoted, b'\\') => escaped = true,
                (State::Code, b'"') => state = State::Quoted,
                (State::Code, b'`') => state = State::Raw,
                (State::Code, b'#') => {
                    if column == 0 {
                        comments.push(Comment { line: number, text: line[1..].trim_end_matches('\r').to_owned() });
                    }
                    break;
                }
                (State::Code, b'(' | b'[' | b'{') => {
                    depth += 1;
                    if depth > MAX_DEPTH {
                        let column = u32::try_from(column + 1).unwrap_or(u32::MAX);
                        let message = format!("brackets are nested deeper than {MAX_DEPTH} levels");
                        return Err(PolicyError::at(path, number, column, message)
                            .hint("Give the inner parts names of their own, or write a fixture as `json.unmarshal(`...`)`."));
                    }
                }
                (State::Code, b')' | b']' | b'}') => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    Ok(comments)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Code,
    Quoted,
    Raw,
}

fn sizes(path: &str, text: &str) -> Result<(), PolicyError> {
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes, and at most {MAX_BYTES} are read", text.len());
        return Err(PolicyError::at(path, 0, 0, message).hint("Split it into one file per subject."));
    }
    let lines = text.split('\n').count();
    if lines > MAX_LINES {
        let message = format!("the file has {lines} lines, and at most {MAX_LINES} are read");
        return Err(PolicyError::at(path, 0, 0, message).hint("Split it into one file per subject."));
    }
    match text.split('\n').position(|line| line.len() > MAX_COLUMNS) {
        None => Ok(()),
        Some(index) => {
            let line = u32::try_from(index + 1).unwrap_or(u32::MAX);
            let message = format!("the line is longer than {MAX_COLUMNS} bytes");
            Err(PolicyError::at(path, line, 1, message).hint("Break the line; comments count too."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_comments_in_column_one_outside_strings_are_returned() {
        let text = "# one\npackage a # two\n # three\nx := \"# four\"\ny := `\n# five\n`\n# six\n";
        let found: Vec<(u32, String)> = scan("a.rego", text).unwrap().into_iter().map(|c| (c.line, c.text)).collect();
        assert_eq!(found, [(1, " one".to_owned()), (8, " six".to_owned())]);
    }

    #[test]
    fn deep_brackets_are_refused_with_their_place_but_not_inside_strings() {
        let deep = format!("package a\nx := {}1{}\n", "[".repeat(13), "]".repeat(13));
        let error = scan("a.rego", &deep).unwrap_err();
        assert_eq!((error.line, error.column), (2, 18));
        assert!(error.message.contains("nested deeper than 12"), "{error}");
        let quoted = format!("package a\nx := \"\\\"{}\"\ny := `{}`\n", "[".repeat(50), "{".repeat(50));
        assert!(scan("a.rego", &quoted).is_ok());
    }

    #[test]
    fn each_size_limit_names_itself() {
        let long = format!("package a\n# {}\n", "x".repeat(1024));
        let error = scan("a.rego", &long).unwrap_err();
        assert_eq!(error.line, 2);
        assert!(scan("a.rego", &"\n".repeat(20_000)).unwrap_err().message.contains("20001 lines"));
        assert!(scan("a.rego", &" ".repeat(MAX_BYTES + 1)).unwrap_err().message.contains("bytes"));
    }
}

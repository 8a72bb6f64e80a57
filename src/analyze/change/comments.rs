//! Which added lines are code.

use super::added_lines::AddedLines;
use super::languages::language;

/// Counts the added lines that are neither blank nor a line comment.
///
/// A line comment is one that the language, told by the file's ending, starts with a token and ends with the line. Block comments
/// and documentation strings count as code: telling them apart needs the whole file, and counting a line too many only asks for
/// more coverage, never for less. Lines of a file whose ending is not known are comments only when they are blank.
pub(super) fn code_additions(path: &str, added: &AddedLines) -> u64 {
    let language = language(path);
    let (comments, not_comments) = language.map_or((&[][..], &[][..]), |it| (it.line_comments, it.not_comments));
    let is_code = |text: &[u8]| {
        let text = text.trim_ascii();
        let starts = |tokens: &[&str]| tokens.iter().any(|token| text.starts_with(token.as_bytes()));
        // Several languages end a line, and with it the comment, at a carriage return as well.
        let goes_on = text.contains(&b'\r');
        !text.is_empty() && (goes_on || !starts(comments) || starts(not_comments))
    };
    added.iter().filter(|(_, text)| is_code(text)).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> u64 {
        let lines = (1..).zip(text.split('\n')).collect();
        code_additions(path, &lines)
    }

    #[test]
    fn blank_lines_and_line_comments_are_not_code() {
        assert_eq!(count("a.rs", "//! docs\n\n   \t\n  // why\nlet a = 1; // here\n\r"), 1);
        assert_eq!(count("a.py", "# why\nx = 1\n'''doc'''"), 2);
        assert_eq!(count("V1__a.sql", "-- why\nDROP TABLE a;"), 1);
        assert_eq!(count("a.yaml", "# why\na: 1"), 1);
        assert_eq!(count("a.lua", "-- why\nlocal a = 1"), 1);
    }

    #[test]
    fn what_only_looks_like_a_comment_is_code() {
        assert_eq!(count("a.c", "#include <a.h>\n* p = 1;\n#define A\n/* block */"), 4);
        assert_eq!(count("a.php", "#[Route('/')]\n# why"), 1);
        assert_eq!(count("a.sql", "# not a comment in PostgreSQL"), 1);
        assert_eq!(count("a.py", "# why\rimport os\n# why\r"), 1);
        assert_eq!(count("a.md", "# Heading\n// text"), 2);
        assert_eq!(count("a.lisp", "'quoted\n; why"), 1);
    }

    #[test]
    fn nothing_added_is_no_code() {
        assert_eq!(code_additions("a.rs", &AddedLines::default()), 0);
    }
}

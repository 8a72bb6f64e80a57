//! The lines of a Markdown text that are read as prose: without fenced code and HTML comments.
//!
//! After GitHub Flavored Markdown 0.29, sections 4.5 (fenced code blocks) and 4.6 (HTML blocks). Code and comments that begin at the very
//! start of a line are left out. What else may be code or HTML (in lists and quotations, behind text, with tags) is kept and marked as
//! doubtful, up to where it certainly has ended.

use super::html::{self, Opened};

/// A line that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: u32,
    pub(super) text: String,
    /// Whether it may be code or a part of HTML.
    pub(super) doubtful: bool,
}

#[derive(Debug, Clone, Copy)]
enum Block {
    Comment,
    /// Its character, and how many of them.
    Fence(char, usize),
}

/// What is open where a line begins.
#[derive(Debug, Default)]
struct State {
    /// What began at the start of a line, and certainly is what it looks like.
    block: Option<Block>,
    /// HTML that may go on over empty lines, until this text; an empty text never comes.
    html: Option<&'static str>,
    /// Doubtful up to the next empty line.
    until_blank: bool,
    /// Doubtful up to the next line that is not indented: a fence within a list or a quotation.
    until_start: bool,
    /// Whether a code span may be open.
    code: bool,
}

/// The lines that count.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut state = State::default();
    let mut kept = Vec::new();
    // A carriage return ends a line too, and with a line feed the same one.
    let all = text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
    for (number, line) in (1_u32..).zip(all) {
        if let Some(doubtful) = state.step(line) {
            kept.push(Line { number, text: without_comments(line), doubtful });
        }
    }
    kept
}

impl State {
    /// Whether the line is kept and doubtful.
    fn step(&mut self, line: &str) -> Option<bool> {
        match self.block {
            Some(Block::Fence(mark, length)) => {
                if closes(line, mark, length) {
                    self.block = None;
                }
                return None;
            }
            Some(Block::Comment) => {
                if let Some((_, rest)) = line.split_once("-->") {
                    self.block = None;
                    self.open(rest, true);
                }
                return None;
            }
            None => {}
        }
        if line.trim_matches([' ', '\t']).is_empty() {
            (self.until_blank, self.code) = (false, false);
            if self.html == Some(">") {
                // An attribute that is open goes on to a sign that Markdown may write or not.
                self.html = Some("");
            }
            return Some(self.html.is_some());
        }
        if !line.starts_with([' ', '\t']) {
            self.until_start = false;
        }
        if let Some(end) = self.html {
            if let Some(at) = line.to_ascii_lowercase().find(end).filter(|_| !end.is_empty()) {
                (self.html, self.until_blank) = (None, true);
                self.open(&line[at + end.len()..], true);
            }
            return Some(true);
        }
        let doubtful = self.until_blank || self.until_start;
        if !doubtful && line.starts_with("<!--") {
            match line.split_once("-->") {
                Some((_, rest)) => self.open(rest, true),
                None => self.block = Some(Block::Comment),
            }
            return None;
        }
        let inside = line.trim_start_matches(|c: char| c.is_ascii_digit() || " \t>-*+.)".contains(c));
        if let Some(fence) = opening_fence(inside) {
            if !doubtful && line.starts_with(fence.0) {
                (self.block, self.code) = (Some(Block::Fence(fence.0, fence.1)), false);
                return None;
            }
            self.until_start = true;
            return Some(true);
        }
        let starts = inside.starts_with('<');
        let prose = if starts || doubtful || self.code || line.contains("\\`") { line.to_owned() } else { without_code(line) };
        self.code |= prose.contains('`');
        self.open(&prose, starts || doubtful);
        Some(doubtful || self.until_blank && starts || self.html.is_some())
    }

    /// What HTML in the text opens. In a block of HTML it may go on over empty lines, in a paragraph it does not.
    fn open(&mut self, text: &str, block: bool) {
        match html::opened(text) {
            Opened::Nothing => {}
            Opened::Tags => self.until_blank |= block,
            Opened::Until(end) if block || end.starts_with("</") => (self.html, self.until_blank) = (Some(end), true),
            Opened::Until(_) => self.until_blank = true,
        }
    }
}

/// Whether a line ends a fence: at least as many of its characters, behind at most three blanks.
fn closes(line: &str, mark: char, length: usize) -> bool {
    let text = line.trim_start_matches(' ');
    let indent = line.len() - text.len();
    let text = text.trim_end_matches([' ', '\t']);
    indent <= 3 && text.len() >= length && text.chars().all(|c| c == mark)
}

fn opening_fence(text: &str) -> Option<(char, usize)> {
    let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = text.chars().take_while(|c| *c == mark).count();
    (length >= 3 && !(mark == '`' && text[length..].contains('`'))).then_some((mark, length))
}

/// The line without comments that begin and end in it.
fn without_comments(line: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(line.len()), line);
    while let Some((before, after)) = rest.split_once("<!--") {
        let Some((_, after)) = after.split_once("-->") else { break };
        kept.push_str(before);
        rest = after;
    }
    kept.push_str(rest);
    kept
}

/// The line without what stands between backticks. A run of them is closed by a run of the same length.
pub(super) fn without_code(line: &str) -> String {
    let (mut kept, mut rest) = (String::with_capacity(line.len()), line);
    while let Some(start) = rest.find('`') {
        let run = rest[start..].bytes().take_while(|byte| *byte == b'`').count();
        let after = &rest[start + run..];
        kept.push_str(&rest[..start]);
        if let Some(end) = closing(after, run) {
            kept.push(' ');
            rest = &after[end..];
        } else {
            kept.push_str(&rest[start..start + run]);
            rest = after;
        }
    }
    kept.push_str(rest);
    kept
}

/// Where the text after a closing run of so many backticks starts.
fn closing(text: &str, run: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(start) = text[at..].find('`') {
        let found = text[at + start..].bytes().take_while(|byte| *byte == b'`').count();
        at += start + found;
        if found == run {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<u32> {
        lines(text).into_iter().map(|line| line.number).collect()
    }

    /// The lines that certainly count and are not empty.
    fn certain(text: &str) -> Vec<u32> {
        lines(text).into_iter().filter(|line| !line.doubtful && !line.text.is_empty()).map(|line| line.number).collect()
    }

    #[test]
    fn code_and_comments_are_left_out() {
        assert_eq!(numbers("a\n```\nb\n```\nc\n~~~ x\n```\n~~~\nd"), [1, 5, 9]);
        assert_eq!(numbers("~~~\n    ~~~\nb\n~~~\nc"), [5], "a fence behind four blanks closes nothing");
        assert_eq!(numbers("<!-- a\nb\n--> c\nd"), [4]);
        assert_eq!(lines("a <!-- b --> c")[0].text, "a  c");
        assert_eq!(certain("`<!--`\n- [ ] a"), [1, 2], "a comment in code opens nothing");
        assert_eq!(certain("a\rb\r\nc"), [1, 2, 3]);
    }

    #[test]
    fn what_may_be_code_or_html_is_doubtful_until_it_has_ended() {
        assert_eq!(certain("- ```\n  x\n\n  y\nz"), [5]);
        assert_eq!(certain("a\n\n    ```\n    b\n\nc"), [1, 6]);
        assert_eq!(certain("<div>\na\n\nb"), [4]);
        assert_eq!(certain("<div title=\"\na\n\nb\n\">\n\nc"), [0_u32; 0]);
        assert_eq!(certain("<?x\na\n\nb\n?>\nc\n\nd"), [8]);
        assert_eq!(certain("a <!--\nb\n\nc"), [1, 4]);
        assert_eq!(certain("> <!--\n\na"), [0_u32; 0]);
        assert_eq!(certain("<!-- --> <!--\n\n-->\na\n\nb"), [6]);
        assert_eq!(certain("a <pre>\n\nb\n</pre>\n\nc"), [6]);
        assert_eq!(certain("a <b>c</b> <https://x> 1 < 2\nb"), [1, 2]);
    }

    #[test]
    fn spans_of_code_close_with_as_many_backticks() {
        assert_eq!(without_code("a `b` c ``d ` e`` f ` g"), "a   c   f ` g");
        assert_eq!(without_code("```"), "```");
    }

    #[test]
    fn many_open_backticks_take_linear_time_for_one_run_length() {
        let text = format!("{}{}", "`".repeat(3), " x".repeat(1000));
        assert_eq!(without_code(&text), text);
    }
}

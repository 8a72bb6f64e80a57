//! The lines of a Markdown text that are read as prose: without fenced code and HTML comments.
//!
//! After GitHub Flavored Markdown 0.29, sections 4.5 (fenced code blocks) and 4.6 (HTML blocks, the second kind: a line that starts with
//! `<!--`, up to the end of the line with `-->`). A comment inside of a line is taken out of it.

/// The lines that count, with their numbers from 1.
pub(super) fn lines(text: &str) -> Vec<(u32, String)> {
    let mut fence: Option<(char, usize)> = None;
    let mut in_comment = false;
    let mut kept = Vec::new();
    for (number, line) in (1_u32..).zip(text.lines()) {
        let trimmed = line.trim();
        if let Some((mark, length)) = fence {
            if trimmed.len() >= length && trimmed.chars().all(|c| c == mark) {
                fence = None;
            }
        } else if in_comment || trimmed.starts_with("<!--") {
            in_comment = !trimmed.contains("-->");
        } else if let Some(open) = opening_fence(after_marker(trimmed)) {
            fence = Some(open);
        } else {
            kept.push((number, without_comments(line)));
        }
    }
    kept
}

/// A line without its list marker: a fence may open inside of an item.
fn after_marker(line: &str) -> &str {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = match (digits, &line[digits..]) {
        (0, rest) => rest.strip_prefix(['-', '*', '+']),
        (1..=9, rest) => rest.strip_prefix(['.', ')']),
        _ => None,
    };
    rest.filter(|rest| rest.starts_with(' ')).map_or(line, str::trim_start)
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
        lines(text).into_iter().map(|(number, _)| number).collect()
    }

    #[test]
    fn code_and_comments_are_left_out() {
        assert_eq!(numbers("a\n```\nb\n```\nc\n~~~ x\n```\n~~~\nd"), [1, 5, 9]);
        assert_eq!(numbers("<!-- a\nb\n--> c\nd"), [4]);
        assert_eq!(numbers("- ```\n  x\n  ```\ny"), [4]);
        assert_eq!(lines("a <!-- b --> c <!-- d"), [(1, "a  c <!-- d".to_owned())]);
        assert_eq!(numbers("`<!--`\n- [ ] a"), [1, 2], "a comment in code opens nothing");
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

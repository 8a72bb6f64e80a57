//! The lines of a comment that are commands.
//!
//! Comments are GitHub Flavored Markdown (<https://github.github.com/gfm/>). A command is a line that begins with `/kadian` and that
//! everybody sees as one: not in code, not in a quotation, not in an HTML comment. Nothing here understands all of Markdown. What may
//! swallow the next line makes the rest of its paragraph unsure, and what may go on over empty lines makes the rest of the comment
//! unsure: a command there does not count, and its author is told where to write it.

/// What a command begins with.
pub(super) const WORD: &str = "/kadian";

/// A line that begins with the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    /// Why it does not count although it looks like a command.
    pub(super) hidden: Option<&'static str>,
}

const BELOW: &str = "write it after an empty line: below this text it may be a part of it";
const UNCLEAR: &str = "write it into a comment of its own: code or HTML stands above it, and where that ends is not clear";

/// HTML that goes on over empty lines until its end (GFM 0.29, section 4.6, kinds 1 to 5). The longer of two starts comes first.
const BLOCKS: [(&str, &str); 8] = [
    ("<!--", "-->"),
    ("<![cdata[", "]]>"),
    ("<!", ">"),
    ("<?", "?>"),
    ("<script", "</script>"),
    ("<pre", "</pre>"),
    ("<style", "</style>"),
    ("<textarea", "</textarea>"),
];

/// What stands above a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Above {
    /// A fence that is open: its character and how many of them.
    fence: Option<(char, usize)>,
    /// Why a line would not count.
    hidden: Option<&'static str>,
}

/// Every line that is a command or looks like one.
pub(super) fn commands(text: &str) -> Vec<Line<'_>> {
    let mut found = Vec::new();
    let mut above = Above { fence: None, hidden: None };
    // A carriage return ends a line too (GFM 0.29, section 2.1), and with a line feed the same one.
    let lines = text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
    for line in lines {
        if above.fence.is_none() && is_command(line) {
            found.push(Line { text: line.trim_end(), hidden: above.hidden });
        }
        above = above.then(line);
    }
    found
}

/// The word, at the very start: what is indented may be code of a list.
fn is_command(line: &str) -> bool {
    line.strip_prefix(WORD).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

impl Above {
    fn then(self, line: &str) -> Above {
        if let Some((mark, length)) = self.fence {
            return if closes(line, mark, length) { Above { fence: None, hidden: self.hidden } } else { self };
        }
        if self.hidden == Some(UNCLEAR) {
            return self;
        }
        let unclear = Above { fence: None, hidden: Some(UNCLEAR) };
        if let Some(fence) = fence(line) {
            // Elsewhere than at the start of a line it may belong to a list or a quotation, and in HTML it is none.
            let clear = line.starts_with(fence.0) && self.hidden.is_none();
            return if clear { Above { fence: Some(fence), hidden: None } } else { unclear };
        }
        if goes_on(line) {
            return unclear;
        }
        if is_blank(line) {
            // It ends a paragraph, and with it quotations that go on without their sign, tags, code spans and definitions of links,
            // each of which may hold a line break.
            return Above { fence: None, hidden: None };
        }
        let swallows = line.trim_start().starts_with(['>', '[']) || line.contains('<') || has_open_code(line);
        Above { fence: None, hidden: if swallows { Some(BELOW) } else { self.hidden } }
    }
}

/// Nothing but blanks and tabulators; other white space is text (GFM 0.29, section 2.1).
fn is_blank(line: &str) -> bool {
    line.chars().all(|c| [' ', '\t'].contains(&c))
}

/// Whether HTML begins in the line that does not end in it.
fn goes_on(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let mut rest = line.as_str();
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let Some((start, end)) = BLOCKS.iter().find(|(start, _)| rest.starts_with(start)) else {
            rest = &rest[1..];
            continue;
        };
        rest = &rest[start.len()..];
        let Some(found) = rest.find(end) else { return true };
        rest = &rest[found + end.len()..];
    }
    false
}

/// Whether a code span begins in the line that does not end in it: a run of backticks without another of its length.
fn has_open_code(line: &str) -> bool {
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        let run = run(&rest[at..]);
        rest = &rest[at + run..];
        let mut after = rest;
        loop {
            let Some(next) = after.find('`') else { return true };
            let length = self::run(&after[next..]);
            after = &after[next + length..];
            if length == run {
                rest = after;
                break;
            }
        }
    }
    false
}

/// How many backticks a text begins with.
fn run(text: &str) -> usize {
    text.len() - text.trim_start_matches('`').len()
}

/// The character and length of a fence that may open here (GFM 0.29, section 4.5), behind whatever marks of lists and quotations.
fn fence(line: &str) -> Option<(char, usize)> {
    let start = line.trim_start_matches(|c: char| c.is_ascii_digit() || " \t>-*+.)".contains(c));
    let mark = start.chars().next().filter(|mark| ['`', '~'].contains(mark))?;
    let rest = start.trim_start_matches(mark);
    let length = start.len() - rest.len();
    (length >= 3 && !(mark == '`' && rest.contains('`'))).then_some((mark, length))
}

/// Whether a line ends a fence: at least as many of its characters, behind at most three blanks.
fn closes(line: &str, mark: char, length: usize) -> bool {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let rest = line.trim_start_matches(' ').trim_end_matches([' ', '\t']);
    indent <= 3 && rest.len() >= length && rest.chars().all(|c| c == mark)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn counting(text: &str) -> Vec<&str> {
        commands(text).into_iter().filter(|line| line.hidden.is_none()).map(|line| line.text).collect()
    }

    #[test]
    fn a_line_of_its_own_counts() {
        assert_eq!(counting("/kadian waive a/b"), ["/kadian waive a/b"]);
        assert_eq!(
            counting("Fine with me.\r\n/kadian waive a\r\n/kadian waive b  \r\n\r\nThanks"),
            ["/kadian waive a", "/kadian waive b"]
        );
        assert_eq!(counting("See `x` and `y`:\n/kadian waive a"), ["/kadian waive a"]);
        assert_eq!(
            counting("- one\n- two\n\n/kadian waive a\n```\n/kadian waive b\n```\n/kadian waive c"),
            ["/kadian waive a", "/kadian waive c"]
        );
        assert_eq!(counting("/kadian"), ["/kadian"]);
    }

    #[test]
    fn what_others_would_not_see_as_a_command_is_none() {
        for text in [
            "> /kadian waive a",
            " /kadian waive a",
            "    /kadian waive a",
            "\t/kadian waive a",
            "- /kadian waive a",
            "please /kadian waive a",
            "/kadianwaive a",
            "```\n/kadian waive a\n```",
            "````\n```\n/kadian waive a\n````",
            "~~~ text\n/kadian waive a",
            "```\n    ```\n/kadian waive a\n```",
            "```\n~~~\n/kadian waive a\n```",
            "",
        ] {
            assert_eq!(commands(text), [], "{text}");
        }
    }

    #[test]
    fn what_the_text_before_it_may_swallow_does_not_count_and_is_told() {
        for text in [
            "> quoted\n/kadian waive a",
            "> quoted\r\n/kadian waive a",
            "> quoted\r/kadian waive a",
            "> quoted\n\u{a0}\n/kadian waive a",
            "[x]: /url \"title\n/kadian waive a\n\"",
            "<a title=\"\n/kadian waive a\n\">",
            "some `code\n/kadian waive a\n`",
            "some ``code\n/kadian waive a\n``",
            "<details>\n/kadian waive a",
        ] {
            assert_eq!(commands(text), [Line { text: "/kadian waive a", hidden: Some(BELOW) }], "{text}");
        }
        assert_eq!(counting("> quoted\n\n/kadian waive a"), ["/kadian waive a"]);
        assert_eq!(counting("> quoted\r\n \t\r\n/kadian waive a"), ["/kadian waive a"]);
    }

    #[test]
    fn below_what_may_never_end_nothing_counts() {
        for text in [
            "<!--\n\n/kadian waive a\n\n-->",
            "<!-- x --> y <!--\n\n/kadian waive a\n-->",
            "<!-->\n\n<!--\n\n/kadian waive a\n-->",
            "<pre>\n\n/kadian waive a\n</pre>",
            "<SCRIPT>\n\n/kadian waive a\n",
            "<!A\n\n/kadian waive a\n>",
            "text <!--\n/kadian waive a\n-->",
            "`<!--`\n\n```\n-->\n\n/kadian waive a\n```",
            "    ```\n\n```\n\n/kadian waive a\n```",
            "- x\n  ```\ny\n  ```\n/kadian waive a\n```",
            "<div>\n```\n\n```\n/kadian waive a\n```",
            "1. ```\n   x\n\n/kadian waive a",
            "> ```\n> x\n\n/kadian waive a",
        ] {
            assert_eq!(commands(text), [Line { text: "/kadian waive a", hidden: Some(UNCLEAR) }], "{text}");
        }
        assert_eq!(counting("<!-- note -->\n\n/kadian waive a"), ["/kadian waive a"]);
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "(/kadian waive a|[ \\n\\r\\t`~<>!a\\[-]|-->|<!--|```){0,60}") {
            for line in commands(&text) {
                prop_assert!(line.text.starts_with(WORD));
                prop_assert!(text.contains(line.text));
            }
        }

        #[test]
        fn nothing_inside_a_fence_counts(body in "[^`~]{0,80}") {
            let text = format!("```\n{body}\n/kadian waive a\n```");
            prop_assert_eq!(counting(&text), Vec::<&str>::new());
        }
    }
}

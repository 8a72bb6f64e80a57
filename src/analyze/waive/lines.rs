//! The lines of a comment that are commands.
//!
//! Comments are GitHub Flavored Markdown (<https://github.github.com/gfm/>). A command counts where everybody certainly sees it: in a
//! paragraph that consists of commands only, behind no text that may go on over empty lines (code, HTML, formulas). Nothing here
//! understands all of Markdown; a command elsewhere does not count, and its author is told where to write it.

/// What a command begins with.
pub(super) const WORD: &str = "/kadian";

/// A line that begins with the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    /// Why it does not count although it looks like a command.
    pub(super) hidden: Option<&'static str>,
}

const BELOW: &str = "write it with an empty line before and after it: beside other text it may be a part of that";
const UNCLEAR: &str = "write it into a comment of its own: code or HTML stands above it, and where that ends is not clear";
const INSIDE: &str = "write it without HTML, links and formulas: not all of what stands in them is seen";

/// What stands above a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Above {
    /// A fence that is open: its character and how many of them.
    fence: Option<(char, usize)>,
    /// Why a line would not count.
    hidden: Option<&'static str>,
    /// Whether text other than commands stands directly above.
    text: bool,
}

/// Every line that is a command or looks like one.
pub(super) fn commands(text: &str) -> Vec<Line<'_>> {
    let mut found: Vec<Line<'_>> = Vec::new();
    // How many of the found stand in the paragraph so far.
    let mut paragraph = 0;
    let mut above = Above { fence: None, hidden: None, text: false };
    // A carriage return ends a line too (GFM 0.29, section 2.1), and with a line feed the same one.
    let lines = text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
    for line in lines {
        if above.fence.is_none() && is_command(line) {
            let beside = above.text.then_some(BELOW);
            let hidden = above.hidden.or(beside).or_else(|| hides(line).then_some(INSIDE));
            found.push(Line { text: line.trim_end(), hidden });
            paragraph += 1;
        } else {
            if !is_blank(line) {
                let start = found.len() - paragraph;
                found[start..].iter_mut().for_each(|line| line.hidden = line.hidden.or(Some(BELOW)));
            }
            paragraph = 0;
        }
        above = above.then(line);
    }
    found
}

/// Whether a part of a command may not be seen: in a tag, the text of an image, an address or a formula.
fn hides(line: &str) -> bool {
    goes_on(line) || ["<!--", "![", "]("].iter().any(|part| line.contains(part)) || line.matches('$').count() > 1
}

/// The word, at the very start: what is indented may be code of a list.
fn is_command(line: &str) -> bool {
    line.strip_prefix(WORD).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

impl Above {
    fn then(self, line: &str) -> Above {
        if let Some((mark, length)) = self.fence {
            return if closes(line, mark, length) { Above { fence: None, text: true, ..self } } else { self };
        }
        if self.hidden == Some(UNCLEAR) {
            return self;
        }
        let unclear = Above { fence: None, hidden: Some(UNCLEAR), text: true };
        if let Some(fence) = fence(line) {
            // Elsewhere than at the start of a line it may belong to a list or a quotation, and in HTML it is none.
            let clear = line.starts_with(fence.0) && self.hidden.is_none();
            return if clear { Above { fence: Some(fence), hidden: None, text: true } } else { unclear };
        }
        if goes_on(line) || line.matches("$$").count() % 2 == 1 {
            return unclear;
        }
        if is_blank(line) {
            // It ends a paragraph, and with it quotations that go on without their sign, code spans, links and definitions of them,
            // each of which may hold a line break.
            return Above { fence: None, hidden: None, text: false };
        }
        // A command may begin what swallows the next one.
        let plain = is_command(line) && !line.contains(['[', '<', '`', '$', '\\']);
        let swallows = !plain && (is_command(line) || line.trim_start().starts_with(['>', '[']) || line.contains(['<', '`']));
        Above { fence: None, hidden: if swallows { Some(BELOW) } else { self.hidden }, text: self.text || !is_command(line) }
    }
}

/// Nothing but blanks and tabulators; other white space is text (GFM 0.29, section 2.1).
fn is_blank(line: &str) -> bool {
    line.chars().all(|c| [' ', '\t'].contains(&c))
}

/// Whether the line holds HTML other than whole comments and line breaks. Tags may hide what follows, with an open attribute even over
/// empty lines.
fn goes_on(line: &str) -> bool {
    let mut rest = line;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            let Some((_, after)) = comment.split_once("-->") else { return true };
            rest = after;
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) && !is_harmless(rest) {
            return true;
        }
    }
    false
}

/// A line break, or an address in angle brackets.
fn is_harmless(rest: &str) -> bool {
    let Some((inside, _)) = rest.split_once('>') else { return false };
    let address = inside.starts_with("https://") || inside.starts_with("http://");
    ["br", "br/", "br /"].contains(&inside) || (address && !inside.contains([' ', '\t', '<', '"', '\'']))
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
    fn a_paragraph_of_its_own_counts() {
        assert_eq!(counting("/kadian waive a"), ["/kadian waive a"]);
        assert_eq!(
            counting("Fine with me.\r\n\r\n/kadian waive a\r\n/kadian waive b  \r\n\r\nThanks"),
            ["/kadian waive a", "/kadian waive b"]
        );
        assert_eq!(counting("See `x`, `y` and <https://x.example>:\n\n/kadian waive a"), ["/kadian waive a"]);
        assert_eq!(
            counting("- one\n- two\n\n/kadian waive a\n\n```\n/kadian waive b\n```\n\n/kadian waive c"),
            ["/kadian waive a", "/kadian waive c"]
        );
        assert_eq!(counting("/kadian"), ["/kadian"]);
    }

    #[test]
    fn beside_other_text_nothing_counts() {
        let hidden = Line { text: "/kadian waive a", hidden: Some(BELOW) };
        for text in [
            "text\n/kadian waive a",
            "/kadian waive a\ntext",
            "/kadian waive a\n---",
            "/kadian waive a\n```\n```",
            "```\n```\n/kadian waive a",
            "![\n/kadian waive a\n](https://x/a.png)",
            "See [docs](https://x \"t\n/kadian waive a\n\")",
            "Use \\` or `\n/kadian waive a\n`",
            "1. > hi\n/kadian waive a",
            "* > hi\n/kadian waive a",
            "- hi\n/kadian waive a",
        ] {
            assert_eq!(commands(text), [hidden], "{text}");
        }
        for first in ["![", "[x", "`", "\\`", "$x"] {
            let text = format!("/kadian {first}\n/kadian waive a");
            assert_eq!(commands(&text)[1], hidden, "{text}");
        }
    }

    #[test]
    fn a_command_of_which_a_part_is_not_seen_does_not_count() {
        for part in ["<!-- x -->", "<i title=\"x\">", "![x](y)", "[](x)", "$\\phantom{x}$"] {
            let text = format!("/kadian waive a {part}");
            assert_eq!(commands(&text), [Line { text: &text, hidden: Some(INSIDE) }]);
        }
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
            "some `code\n/kadian waive a\n`",
            "some ``code\n/kadian waive a\n``",
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
            "<a title=\"\n/kadian waive a\n\">",
            "<div title=\"\n\n/kadian waive a\n\n\">",
            "<details>\n\n/kadian waive a\n\n</details>",
            "> <!--\n\n/kadian waive a",
            "$$\n/kadian waive a\n$$",
            "a\n$$\n\n/kadian waive a\n\n$$",
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

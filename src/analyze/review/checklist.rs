//! The items of task lists, after GitHub Flavored Markdown 0.29, section 5.3 (task list items).

use super::prose;
use crate::facts::ChecklistItem;

/// Characters of an item that are kept.
const KEPT: usize = 200;

/// Lists within each other that are followed.
const MAX_DEPTH: usize = 50;

/// The items in their order. Items in code, in comments and in quotes are none. One that may be code or HTML is left out if it is ticked,
/// and is open if it is not.
pub(super) fn checklist(text: &str) -> Vec<ChecklistItem> {
    let mut items = Vec::new();
    let mut section: Option<String> = None;
    let mut before: Option<String> = None;
    let mut lists = Lists::default();
    for prose::Line { number, text: line, doubtful } in prose::lines(text) {
        let trimmed = line.trim_matches([' ', '\t']);
        if trimmed.is_empty() {
            (lists.above, before) = (Above::Blank, None);
            continue;
        }
        let indent = columns(&line[..line.len() - line.trim_start_matches([' ', '\t']).len()], 0);
        let marked = lists.read(trimmed, indent);
        if let Some((content, certain)) = marked {
            items.extend(item(content, section.as_deref(), number, certain && !doubtful));
        }
        let level = trimmed.bytes().take_while(|byte| *byte == b'#').count();
        if indent < 4 && (1..=6).contains(&level) && trimmed[level..].starts_with([' ', '\t']) {
            section = Some(plain(trimmed[level..].trim().trim_end_matches('#')));
            lists.above = Above::Blank;
        } else if let Some(title) = before.take().filter(|_| is_underline(trimmed)) {
            section = Some(plain(&title));
        }
        before = (marked.is_none() && indent < 4 && lists.open.is_empty()).then(|| trimmed.to_owned());
    }
    items
}

/// What stands above a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Above {
    /// Nothing that a paragraph could go on from.
    #[default]
    Blank,
    Text,
    Item,
}

/// The lists around a line.
#[derive(Debug, Default)]
struct Lists {
    /// The columns at which the items that are open hold their content.
    open: Vec<usize>,
    above: Above,
    /// The column of the last item with a number.
    numbered: Option<usize>,
}

impl Lists {
    /// What stands behind the marks of an item, and whether it certainly is one and no code.
    fn read<'a>(&mut self, text: &'a str, indent: usize) -> Option<(&'a str, bool)> {
        while self.open.last().is_some_and(|content| *content > indent) {
            self.open.pop();
        }
        let above = std::mem::replace(&mut self.above, Above::Text);
        let within = self.open.last().copied().unwrap_or(0);
        // Four blanks make code, or the text above goes on.
        let mut certain = indent < within + 4;
        let (mut rest, mut column, mut found) = (text, indent, false);
        while let Some(behind) = list_item(rest) {
            let mark = &rest[..rest.len() - behind.len()];
            if rest.starts_with(|c: char| c.is_ascii_digit()) {
                // Only a list from 1 begins directly below a text (section 5.2).
                let one = mark.trim_start_matches('0').strip_prefix('1').is_some_and(|rest| rest.starts_with(['.', ')']));
                certain &= one || found || above == Above::Blank || (above == Above::Item && self.numbered == Some(column));
                self.numbered = Some(column);
            }
            found = true;
            let content = behind.trim_start_matches([' ', '\t']);
            let start = column + mark.len();
            let end = columns(&behind[..behind.len() - content.len()], start);
            // Behind a mark five blanks make code.
            certain &= end - start <= 4;
            column = end;
            if self.open.len() < MAX_DEPTH {
                self.open.push(column);
            } else {
                certain = false;
            }
            rest = content;
        }
        if !found {
            return None;
        }
        self.above = Above::Item;
        Some((rest, certain))
    }
}

/// The column behind the blanks; a tabulator goes on to the next multiple of four.
fn columns(blanks: &str, from: usize) -> usize {
    blanks.bytes().fold(from, |column, byte| if byte == b'\t' { column / 4 * 4 + 4 } else { column + 1 })
}

/// What stands behind the mark of a list's item, with its blanks.
fn list_item(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = match digits {
        0 => line.strip_prefix(['-', '*', '+']),
        1..=9 => line[digits..].strip_prefix(['.', ')']),
        _ => None,
    };
    rest.filter(|rest| rest.starts_with([' ', '\t']))
}

fn item(content: &str, section: Option<&str>, line: u32, certain: bool) -> Option<ChecklistItem> {
    let rest = content.strip_prefix('[')?;
    let mark = rest.chars().next()?;
    let rest = rest[mark.len_utf8()..].strip_prefix(']')?;
    let checked = match mark {
        'x' | 'X' => true,
        ' ' | '\t' => false,
        _ => return None,
    };
    if !rest.starts_with([' ', '\t']) {
        return None;
    }
    let rest = rest.trim();
    let struck = is_struck(rest);
    let certain = certain && !hides(rest, struck);
    if checked && !certain {
        return None;
    }
    Some(ChecklistItem {
        section: section.map(str::to_owned),
        text: plain(rest),
        checked,
        applicable: !(struck && certain),
        line,
    })
}

/// Whether text is struck through at the start: some that is seen, with signs that certainly strike it.
fn is_struck(text: &str) -> bool {
    let inner = match text.strip_prefix("~~").or_else(|| text.strip_prefix("<del>")) {
        Some(rest) if text.starts_with('~') => rest.split_once("~~").filter(|(_, after)| !after.starts_with('~')),
        Some(rest) => rest.split_once("</del>"),
        None => None,
    };
    inner.is_some_and(|(inner, _)| {
        let whole = |open: char, close: char| inner.matches(open).count() == inner.matches(close).count();
        inner.contains(char::is_alphanumeric)
            && inner.trim() == inner
            && !inner.starts_with('~')
            && !inner.contains(['<', '\\'])
            && whole('[', ']')
            && whole('(', ')')
            && inner.matches('`').count().is_multiple_of(2)
    })
}

/// Whether the first word of an item may not be seen: in a tag, an image, an address or a formula.
fn hides(text: &str, struck: bool) -> bool {
    let start = text.find(char::is_alphanumeric).unwrap_or(text.len());
    let signs = &text[..start];
    (signs.contains('<') && !struck)
        || signs.contains(['$', '&'])
        || ["![", "](", "][", "[]", "[^"].iter().any(|part| signs.contains(part))
}

/// The text without marks of emphasis, cut.
fn plain(text: &str) -> String {
    let text = text.replace("~~", "").replace("**", "").replace("__", "").replace('`', "");
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(KEPT).collect::<String>().trim().to_owned()
}

fn is_underline(line: &str) -> bool {
    line.bytes().all(|byte| byte == b'=') || line.bytes().all(|byte| byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, bool, bool, u32)> {
        checklist(text).into_iter().map(|item| (item.text, item.checked, item.applicable, item.line)).collect()
    }

    fn one(text: &str, checked: bool, applicable: bool, line: u32) -> (String, bool, bool, u32) {
        (text.to_owned(), checked, applicable, line)
    }

    #[test]
    fn every_marker_and_every_depth_is_an_item() {
        let text = "- [ ] a\n  * [x] b\n    + [X] c\n1. [ ] **d**\n2) [x] e `f`\n- 1. [ ] g\n\n        - [x] still nested\n";
        assert_eq!(
            read(text),
            [
                one("a", false, true, 1),
                one("b", true, true, 2),
                one("c", true, true, 3),
                one("d", false, true, 4),
                one("e f", true, true, 5),
                one("g", false, true, 6),
                one("still nested", true, true, 8),
            ]
        );
    }

    #[test]
    fn code_comments_quotes_and_look_alikes_are_no_items() {
        let text = "```\n- [x] a\n```\n<!--\n- [x] b\n-->\n> - [x] c\n-[x] d\n- [x]e\n- [] f\n- [y] g\n- [x]\n";
        assert_eq!(read(text), []);
        assert_eq!(read("text\n\n    - [x] code\n"), []);
        assert_eq!(read("- a\n\ntext\n\n    - [x] code\n"), [], "the list has ended");
    }

    #[test]
    fn an_item_that_is_struck_through_does_not_apply() {
        assert_eq!(read("- [ ] ~~a~~ no database\n- [ ] ~~b"), [one("a no database", false, false, 1), one("b", false, true, 2)]);
    }

    #[test]
    fn what_is_not_struck_through_is_open() {
        for text in ["~~~~ X", "<del></del>X", "~~.~~ X", "~~ a ~~ X", "~~a\\~~ X", "~~~a~~~ X", "~~[a](~~) X", "~~`a~~` X"] {
            let items = checklist(&format!("- [ ] {text}"));
            assert!(items.len() == 1 && items[0].applicable && !items[0].checked, "{text}");
        }
        assert!(!checklist("- [ ] <del>a</del> b")[0].applicable);
    }

    #[test]
    fn what_may_not_be_seen_as_an_item_is_never_ticked_and_always_open() {
        for text in [
            "<?x\n- [x] a\n?>",
            "<![CDATA[\n- [x] a\n]]>",
            "<!X\n- [x] a\n>",
            "<div title=\"\n- [x] a\n\">",
            "<div title=\"\n\n- [x] a\n\n\">",
            "<script>\n- [x] a\n</script>",
            "<pre>\n\n- [x] a\n</pre>",
            "<div>\n- [x] a\n</div>",
            "- <!--\n  - [x] a\n  -->",
            "> <!--\n\n- [x] a",
            "-     - [x] a",
            "- \t\t- [x] a",
            "- a\n\n      - [x] a",
            "- a\n      - [x] a",
            "- ```\n  - [x] a\n  ```",
            "foo\n14. [x] a",
            "- [x] ![a](b)",
            "- [x] [](a)",
            "- [x] <a>",
            "- [x] [^a]",
        ] {
            assert_eq!(read(text), [], "{text}");
            let open = read(&text.replace("[x]", "[ ]"));
            assert!(open.len() == 1 && !open[0].1 && open[0].2, "{text}: {open:?}");
        }
        for text in ["~~~\n    ~~~\n- [x] a\n~~~", "```\n\t```\n- [ ] a\n```"] {
            assert_eq!(read(text), [], "{text}");
        }
        assert_eq!(read("- <!--\n  - [ ] ~~a~~\n"), [one("a", false, true, 2)], "nor is it struck through");
    }

    #[test]
    fn below_what_only_looks_like_code_items_are_seen() {
        for text in [
            "text\n\n    ```\n\n- [ ] a",
            "text\n\n    <!--\n\n- [ ] a",
            "- ```\n\ntext\n\n- [ ] a",
            "- [x] b\r- [ ] a",
            "<!-- --> <!--\n\n-->\n- [ ] a",
        ] {
            let items = read(text);
            assert!(items.iter().any(|item| item.0 == "a" && !item.1 && item.2), "{text}: {items:?}");
        }
    }

    #[test]
    fn what_people_write_stays_ticked() {
        for text in [
            "text\n- [x] a",
            "1. [x] b\n2. [x] a",
            "3) [x] a",
            "- b\n    - c\n        - [x] a",
            "<details>\n<summary>x</summary>\n\n- [x] a\n\n</details>",
            "<!-- tick\nthem -->\n- [x] a",
            "- [ ] b\n  ```\n  c\n  ```\n- [x] a",
            "See `x` and <https://x.example>, 1 < 2 <br>\n- [x] a",
            "\t- c\n\n-\t[x] a",
            "# b\n- [x] **a**",
        ] {
            assert!(read(text).iter().any(|item| item.0 == "a" && item.1 && item.2), "{text}");
        }
        assert_eq!(read("- [x] [a](https://x.example) b").len(), 1);
    }

    #[test]
    fn the_heading_above_is_the_section() {
        let text = "- [ ] a\n# One ##\n- [ ] b\n\nTwo\n---\n- [ ] c\n\n- [ ] d\n---\n";
        let sections: Vec<_> = checklist(text).into_iter().map(|item| item.section).collect();
        assert_eq!(sections, [None, Some("One".to_owned()), Some("Two".to_owned()), Some("Two".to_owned())]);
    }

    #[test]
    fn a_text_of_a_megabyte_is_read() {
        let text = "- [x] a\u{1b}[31m\n".repeat(70_000);
        let items = checklist(&text);
        assert_eq!((items.len(), items[0].text.as_str()), (70_000, "a [31m"));
        checklist(&"`".repeat(1 << 20));
        checklist(&"- ".repeat(1000));
    }
}

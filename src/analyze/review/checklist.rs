//! The items of task lists, after GitHub Flavored Markdown 0.29, section 5.3 (task list items).

use super::prose;
use crate::facts::ChecklistItem;

/// Characters of an item that are kept.
const KEPT: usize = 200;

/// The items in their order. Items in code, in comments and in quotes are none.
pub(super) fn checklist(text: &str) -> Vec<ChecklistItem> {
    let mut items = Vec::new();
    let mut section: Option<String> = None;
    let mut before: Option<String> = None;
    let (mut in_list, mut blank) = (false, false);
    for (number, line) in prose::lines(text) {
        let indent = line.chars().take_while(|c| matches!(c, ' ' | '\t')).map(|c| if c == '\t' { 4 } else { 1 }).sum::<usize>();
        let trimmed = line.trim();
        if trimmed.is_empty() {
            (blank, before) = (true, None);
            continue;
        }
        let content = list_item(trimmed).filter(|_| indent < 4 || in_list);
        if let Some(content) = content {
            in_list = true;
            items.extend(item(content, section.as_deref(), number));
        } else if blank && indent < 2 {
            in_list = false;
        }
        let level = trimmed.bytes().take_while(|byte| *byte == b'#').count();
        if indent < 4 && (1..=6).contains(&level) && trimmed[level..].starts_with([' ', '\t']) {
            section = Some(plain(trimmed[level..].trim().trim_end_matches('#')));
            in_list = false;
        } else if let Some(title) = before.take().filter(|_| is_underline(trimmed)) {
            section = Some(plain(&title));
        }
        before = (content.is_none() && indent < 4 && !in_list).then(|| trimmed.to_owned());
        blank = false;
    }
    items
}

/// What stands behind the marker of a list's item.
fn list_item(line: &str) -> Option<&str> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = match digits {
        0 => line.strip_prefix(['-', '*', '+']),
        1..=9 => line[digits..].strip_prefix(['.', ')']),
        _ => None,
    };
    rest.filter(|rest| rest.starts_with([' ', '\t'])).map(str::trim_start)
}

fn item(content: &str, section: Option<&str>, line: u32) -> Option<ChecklistItem> {
    // An item may hold a list of its own: `- 1. [ ] a`.
    if let Some(inner) = list_item(content) {
        return item(inner, section, line);
    }
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
    let struck = rest.strip_prefix("~~").is_some_and(|rest| rest.contains("~~")) || rest.starts_with("<del>");
    Some(ChecklistItem { section: section.map(str::to_owned), text: plain(rest), checked, applicable: !struck, line })
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

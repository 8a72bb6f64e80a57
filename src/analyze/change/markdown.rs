//! The headings of a Markdown document, and how much is written below each.
//!
//! After `CommonMark` 0.31: ATX headings (`## Title`) and setext headings (a paragraph underlined with `=` or `-`), none of them
//! inside a fenced code block, an HTML comment or YAML front matter. Headings inside lists and block quotes are not looked for.

use crate::facts::Section;

/// The sections of a document, in their order; none for a document without headings. Bytes that are not UTF-8 are replaced.
pub(super) fn sections(bytes: &[u8]) -> Vec<Section> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::default();
    let lines = text.strip_prefix('\u{feff}').unwrap_or(&text).lines();
    let mut front_matter = false;
    for (number, line) in (1_u32..).zip(lines) {
        if number == 1 && line.trim_end() == "---" {
            front_matter = true;
        } else if front_matter {
            front_matter = !matches!(line.trim_end(), "---" | "...");
        } else {
            reader.line(number, line);
        }
    }
    reader.end_paragraph();
    reader.sections
}

#[derive(Default)]
struct Reader {
    sections: Vec<Section>,
    /// The open sections, outermost first: level and index.
    open: Vec<(usize, usize)>,
    /// The fence that is open: its character and length.
    fence: Option<(char, usize)>,
    in_comment: bool,
    /// The paragraph so far, which may yet turn out to be a heading: its first line and its text.
    paragraph: Option<(u32, String)>,
}

impl Reader {
    fn line(&mut self, number: u32, line: &str) {
        if let Some((mark, length)) = self.fence {
            let trimmed = line.trim();
            if trimmed.len() >= length && trimmed.chars().all(|c| c == mark) {
                self.fence = None;
            } else {
                self.count(words(line));
            }
            return;
        }
        let line = self.without_comments(line);
        let indent = line.chars().take_while(|c| *c == ' ').count();
        let text = line.trim();
        if text.is_empty() {
            self.end_paragraph();
        } else if indent > 3 || line.starts_with('\t') {
            self.text(number, text, false);
        } else if let Some(fence) = opening_fence(text) {
            self.end_paragraph();
            self.fence = Some(fence);
        } else if let Some((level, title)) = atx(text) {
            self.end_paragraph();
            self.heading(level, title, number);
        } else if let Some(level) = underline(text) {
            match self.paragraph.take() {
                Some((line, title)) => self.heading(level, &title, line),
                None => self.end_paragraph(),
            }
        } else {
            self.text(number, text, !is_block_start(text));
        }
    }

    /// Text that goes on with the paragraph, or starts one where it may.
    fn text(&mut self, number: u32, text: &str, may_start: bool) {
        match &mut self.paragraph {
            // A block that starts here, such as a list, ends the paragraph: an underline after it makes no heading.
            Some((_, paragraph)) if may_start || !is_block_start(text) => {
                paragraph.push(' ');
                paragraph.push_str(text);
            }
            None if may_start => self.paragraph = Some((number, text.to_owned())),
            _ => {
                self.end_paragraph();
                self.count(words(text));
            }
        }
    }

    fn end_paragraph(&mut self) {
        if let Some((_, text)) = self.paragraph.take() {
            self.count(words(&text));
        }
    }

    fn heading(&mut self, level: usize, title: &str, line: u32) {
        while self.open.last().is_some_and(|(open, _)| *open >= level) {
            self.open.pop();
        }
        self.open.push((level, self.sections.len()));
        self.sections.push(Section { title: plain(title), line, words: 0 });
    }

    /// Words count for the section and for those that it stands in.
    fn count(&mut self, words: u64) {
        for (_, section) in &self.open {
            if let Some(section) = self.sections.get_mut(*section) {
                section.words += words;
            }
        }
    }

    /// The line without what stands in `<!-- -->`, which may span lines.
    fn without_comments(&mut self, line: &str) -> String {
        let (mut kept, mut rest) = (String::new(), line);
        loop {
            let (mark, skip) = if self.in_comment { ("-->", true) } else { ("<!--", false) };
            let (before, after) = match rest.split_once(mark) {
                Some((before, after)) => (before, Some(after)),
                None => (rest, None),
            };
            if !skip {
                kept.push_str(before);
            }
            let Some(after) = after else { return kept };
            self.in_comment = !self.in_comment;
            rest = after;
        }
    }
}

fn opening_fence(text: &str) -> Option<(char, usize)> {
    let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = text.chars().take_while(|c| *c == mark).count();
    (length >= 3 && !(mark == '`' && text[length..].contains('`'))).then_some((mark, length))
}

fn atx(text: &str) -> Option<(usize, &str)> {
    let level = text.bytes().take_while(|byte| *byte == b'#').count();
    let rest = &text[level..];
    ((1..=6).contains(&level) && (rest.is_empty() || rest.starts_with([' ', '\t']))).then_some((level, rest))
}

fn underline(text: &str) -> Option<usize> {
    match text.as_bytes() {
        [b'=', ..] if text.bytes().all(|byte| byte == b'=') => Some(1),
        [b'-', ..] if text.bytes().all(|byte| byte == b'-') => Some(2),
        _ => None,
    }
}

/// A list item, quote or table row: what follows is not a paragraph that an underline could turn into a heading.
fn is_block_start(text: &str) -> bool {
    let number = text.bytes().take_while(u8::is_ascii_digit).count();
    text.starts_with(['>', '|'])
        || ["- ", "* ", "+ "].iter().any(|mark| text.starts_with(mark))
        || number > 0 && [". ", ") "].iter().any(|mark| text[number..].starts_with(mark))
}

/// Lower case, with runs of anything but letters and digits as one space.
fn plain(title: &str) -> String {
    let lower = title.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Counts words: what stands between spaces and holds a letter or digit. Each Han or kana character is a word, because these
/// scripts write no spaces.
fn words(text: &str) -> u64 {
    let (mut words, mut in_word) = (0, false);
    for c in text.chars() {
        if matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}') {
            words += 1;
            in_word = false;
        } else if c.is_whitespace() {
            in_word = false;
        } else if c.is_alphanumeric() && !in_word {
            words += 1;
            in_word = true;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, u32, u64)> {
        sections(text.as_bytes()).into_iter().map(|it| (it.title, it.line, it.words)).collect()
    }

    fn one(title: &str, line: u32, words: u64) -> (String, u32, u64) {
        (title.to_owned(), line, words)
    }

    #[test]
    fn words_count_up_to_the_next_heading_of_the_same_or_a_higher_level() {
        let text = "intro\n# Design: *Pay*\none two\n## User story ##\nthree\n### Deep\nfour five\n## Use-cases\n# Next\nsix\n";
        let wanted =
            [one("design pay", 2, 5), one("user story", 4, 3), one("deep", 6, 2), one("use cases", 8, 0), one("next", 9, 1)];
        assert_eq!(read(text), wanted);
    }

    #[test]
    fn underlined_headings_count_and_rules_do_not() {
        let text = "Title\nlong\n=====\na b\n\n---\n\nSub\n---\nc\n- item\n---\n";
        assert_eq!(read(text), [one("title long", 1, 4), one("sub", 8, 2)]);
    }

    #[test]
    fn comments_and_empty_fences_are_no_words() {
        let text = "# A\n<!-- write\nwhat\n\n# Not\n--> \n```text\n```\n~~~\n\n~~~\n## B <!-- c -->\nx <!-- y --> z -- !\n";
        assert_eq!(read(text), [one("a", 1, 2), one("b", 12, 2)]);
    }

    #[test]
    fn a_heading_in_a_fence_is_text() {
        let text = "# A\n````\n# b\n```\nd\n````\n#e\n";
        assert_eq!(read(text), [one("a", 1, 3)]);
    }

    #[test]
    fn front_matter_is_skipped() {
        assert_eq!(read("---\ntitle: x\n---\n# A\nb\n"), [one("a", 4, 1)]);
    }

    #[test]
    fn scripts_without_spaces_count_by_character() {
        assert_eq!(read("# 设计\n灰度发布 plan\n"), [one("设计", 1, 5)]);
    }

    #[test]
    fn odd_input_does_no_harm() {
        for text in ["", "#", "####### a", "```", "<!--", "---", "=", "\u{feff}# a", "1.", "\t# a"] {
            let _ = sections(text.as_bytes());
        }
        assert_eq!(sections(b"# \xff a\n").len(), 1);
    }
}

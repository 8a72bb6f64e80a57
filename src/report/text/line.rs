//! Lines of styled text for a terminal, and how a sentence is cut into them.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What a piece of text is, which decides its colour. The words and symbols say the same without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Stop,
    Wait,
    Good,
    Quiet,
}

impl Tone {
    fn style(self) -> Style {
        let color = |color: AnsiColor| Style::new().bold().fg_color(Some(color.into()));
        match self {
            Tone::Plain => Style::new(),
            Tone::Strong => Style::new().bold(),
            Tone::Stop => color(AnsiColor::Red),
            Tone::Wait => color(AnsiColor::Yellow),
            Tone::Good => color(AnsiColor::Green),
            Tone::Quiet => Style::new().dimmed(),
        }
    }
}

/// One line: pieces of escaped text with their tones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line(Vec<(Tone, String)>);

impl Line {
    pub(super) fn new() -> Self {
        Line::default()
    }

    /// Adds a piece; the text must have gone through `escape::terminal`.
    pub(super) fn add(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.0.push((tone, text.into()));
        self
    }

    /// The line with another behind it.
    pub(super) fn join(mut self, other: Line) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Columns on the terminal.
    pub(super) fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| text.width()).sum()
    }

    /// Rows that it takes on a terminal of that many columns.
    pub(super) fn rows(&self, columns: usize) -> usize {
        self.width().div_ceil(columns).max(1)
    }

    /// Appends the line and its end.
    pub(super) fn write(&self, color: bool, out: &mut String) {
        for (tone, text) in &self.0 {
            if color && *tone != Tone::Plain {
                let style = tone.style();
                let _ = write!(out, "{}{text}{}", style.render(), style.render_reset());
            } else {
                out.push_str(text);
            }
        }
        out.push('\n');
    }
}

/// How a sentence is laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paragraph<'a> {
    /// Spaces before each line.
    pub(super) indent: usize,
    /// What stands before the first line; the others are indented by its width.
    pub(super) lead: &'a str,
    pub(super) lead_tone: Tone,
    pub(super) tone: Tone,
    pub(super) columns: usize,
    /// At most so many lines; the last one then ends with `…`.
    pub(super) most: usize,
}

/// Cuts a sentence into lines. Words and paths stay whole where they can; empty text gives no line.
pub(super) fn paragraph(shape: Paragraph<'_>, text: &str) -> Vec<Line> {
    let hang = shape.indent + shape.lead.width();
    let room = shape.columns.saturating_sub(hang).max(10);
    let mut rows = wrap(text, room);
    if rows.len() > shape.most {
        rows.truncate(shape.most);
        if let Some(last) = rows.last_mut() {
            *last = shorten(&format!("{last} …"), room, true);
        }
    }
    let mut lines = Vec::new();
    for (index, row) in rows.into_iter().enumerate() {
        let line = if index == 0 {
            Line::new().add(Tone::Plain, " ".repeat(shape.indent)).add(shape.lead_tone, shape.lead)
        } else {
            Line::new().add(Tone::Plain, " ".repeat(hang))
        };
        lines.push(line.add(shape.tone, row));
    }
    lines
}

/// Cuts text so that it fits, ending with `…`; `dots` keeps the dots that are already there.
pub(super) fn shorten(text: &str, room: usize, dots: bool) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let body = if dots { text.trim_end_matches(" …") } else { text };
    let mut out = String::new();
    let mut used = 1;
    for c in body.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > room {
            break;
        }
        used += wide;
        out.push(c);
    }
    out.push('…');
    out
}

/// Breaks text at spaces and between wide characters. A path longer than the line keeps a line of its own, unbroken, so that it
/// can be copied; any other long word is broken.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut rows: Vec<String> = Vec::new();
    let mut row = String::new();
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        for (index, atom) in atoms(word, room).into_iter().enumerate() {
            let space = usize::from(index == 0 && !row.is_empty());
            let wide = atom.width();
            if !row.is_empty() && used + space + wide > room {
                rows.push(std::mem::take(&mut row));
                used = 0;
            } else if space == 1 {
                row.push(' ');
                used += 1;
            }
            row.push_str(&atom);
            used += wide;
        }
    }
    if !row.is_empty() {
        rows.push(row);
    }
    rows
}

/// Characters that must not start a line, and those that must not end one (the common part of Unicode Annex 14's classes for
/// Chinese and Japanese).
const NOT_FIRST: &str = "，。、；：？！）》」』】”’…";
const NOT_LAST: &str = "（《「『【“‘";

/// The parts of a word between which a line may break.
fn atoms(word: &str, room: usize) -> Vec<String> {
    let path = word.contains('/') && word.width() <= 4 * room;
    let mut out: Vec<String> = Vec::new();
    let mut atom = String::new();
    let mut used = 0;
    let mut before: Option<char> = None;
    for c in word.chars() {
        let wide = c.width().unwrap_or(0);
        let between =
            before.is_some_and(|b| (wide == 2 || b.width() == Some(2)) && !NOT_LAST.contains(b)) && !NOT_FIRST.contains(c);
        // A mark that takes no column of its own belongs to the character before it.
        let long = used + wide > room && wide > 0;
        if !atom.is_empty() && !path && (between || long) {
            out.push(std::mem::take(&mut atom));
            used = 0;
        }
        atom.push(c);
        used += wide;
        before = Some(c);
    }
    out.push(atom);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_paths_stay_whole_and_long_words_break() {
        assert_eq!(wrap("the quick brown fox", 10), ["the quick", "brown fox"]);
        assert_eq!(wrap("see src/a/very/long/path.py now", 10), ["see", "src/a/very/long/path.py", "now"]);
        assert_eq!(wrap("xxxxxxxxxxxxyy", 10), ["xxxxxxxxxx", "xxyy"]);
        assert_eq!(wrap("", 10), Vec::<String>::new());
    }

    #[test]
    fn wide_characters_take_two_columns_and_keep_their_punctuation() {
        assert_eq!(wrap("发布窗口已关闭，请等待", 10), ["发布窗口已", "关闭，请等", "待"]);
        assert_eq!(wrap("发布窗口关，请等待", 10), ["发布窗口", "关，请等待"]);
        assert!(wrap(&"付款服务".repeat(20), 13).iter().all(|row| row.width() <= 13));
    }

    #[test]
    fn what_is_cut_says_so_and_fits() {
        assert_eq!(shorten("付款服务", 6, false), "付款…");
        let shape = Paragraph { indent: 2, lead: "→ ", lead_tone: Tone::Strong, tone: Tone::Plain, columns: 20, most: 2 };
        let mut out = String::new();
        for line in paragraph(shape, "one two three four five six seven eight nine ten") {
            assert!(line.width() <= 20);
            line.write(false, &mut out);
        }
        assert_eq!(out, "  → one two three\n    four five six …\n");
    }
}

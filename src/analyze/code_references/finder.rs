//! One pass over a file for all names.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use super::names::{is_common, of_table, spellings};
use super::{Found, Target};

/// So many lines around a column its table may stand to be meant.
const NEAR: u32 = 8;

/// So many places of one file are looked at; a file with more is a list of words.
const MOST_PLACES: usize = 200_000;

/// So many places of one target are told of one file.
const MOST_TOLD: usize = 20;

/// Looks for what [`Target`]s name.
#[derive(Debug)]
pub struct Finder {
    search: Option<AhoCorasick>,
    /// What each pattern of the search may mean.
    meanings: Vec<Vec<Meaning>>,
    targets: Vec<Target>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Meaning {
    target: usize,
    /// The table itself, or an entity of it; otherwise the column.
    table: bool,
    /// The name as the database has it.
    exact: bool,
}

/// A name at a place of a file.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    line: u32,
    meaning: Meaning,
    /// Where a name declares what an entity is: `class Order`, `@Table(name = "orders")`.
    declares: bool,
    comment: bool,
    /// In SQL words or as a text of its own: `FROM orders`, `"orders"`.
    in_sql: bool,
}

impl Finder {
    /// A finder of these targets. Names that are empty are found nowhere.
    #[must_use]
    pub fn new(targets: &[Target]) -> Finder {
        let mut patterns: Vec<String> = Vec::new();
        let mut meanings: Vec<Vec<Meaning>> = Vec::new();
        for (number, target) in targets.iter().enumerate() {
            let of_column = target.column.iter().flat_map(|column| spellings(column)).map(|text| (text, false, true));
            let own = target.table.to_lowercase();
            let of_table = of_table(&target.table).into_iter().map(|text| {
                let exact = text == own;
                (text, true, exact)
            });
            for (text, table, exact) in of_column.chain(of_table) {
                let meaning = Meaning { target: number, table, exact };
                match patterns.iter().position(|known| *known == text) {
                    Some(at) if meanings[at].contains(&meaning) => {}
                    Some(at) => meanings[at].push(meaning),
                    None => {
                        patterns.push(text);
                        meanings.push(vec![meaning]);
                    }
                }
            }
        }
        // Only a search that is too large for memory fails, and then nothing is found: the number of names is bounded by the change.
        let search = AhoCorasickBuilder::new().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(&patterns).ok();
        Finder { search: search.filter(|_| !patterns.is_empty()), meanings, targets: targets.to_vec() }
    }

    /// The places of a file that name a target, by line. A file with a zero byte is none of text.
    #[must_use]
    pub fn look(&self, path: &str, text: &[u8]) -> Vec<Found> {
        let Some(search) = &self.search else { return Vec::new() };
        if text.iter().take(8000).any(|byte| *byte == 0) {
            return Vec::new();
        }
        let mut places = Vec::new();
        let mut lines = Lines { text, at: 0, line: 1, start: 0 };
        for found in search.find_overlapping_iter(text) {
            if places.len() >= MOST_PLACES {
                break;
            }
            let Some(word) = whole(text, found.start(), found.end()) else { continue };
            for meaning in &self.meanings[found.pattern().as_usize()] {
                // A column within another word is one of a getter or a query's name only; a table may begin or end a word.
                if !meaning.table && !word.alone && !word.after_verb {
                    continue;
                }
                let (line, start) = lines.go_to(found.start());
                let place = context(text, found.start(), found.end(), start, line, *meaning);
                places.extend(place.filter(|place| !(place.meaning.table && is_keyword(text, found.start(), found.end()))));
            }
        }
        places.sort_by_key(|place| (place.start, place.meaning.target));
        self.told(path, text, &places)
    }

    fn told(&self, path: &str, text: &[u8], places: &[Place]) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for (number, target) in self.targets.iter().enumerate() {
            let of =
                |table: bool| places.iter().filter(move |place| place.meaning.target == number && place.meaning.table == table);
            let scopes = scopes(text, of(true).filter(|place| place.declares && !place.comment));
            let mut told = 0;
            let mut tell = |place: &Place, certain: bool| {
                let repeated = found.last().is_some_and(|last| (last.target, last.line) == (number, place.line));
                if repeated {
                    if let Some(last) = found.last_mut() {
                        last.certain |= certain;
                    }
                } else if told < MOST_TOLD {
                    told += 1;
                    let text = line_text(text, place.start);
                    found.push(Found { file: path.to_owned(), line: place.line, target: number, text, certain });
                }
            };
            let Some(column) = &target.column else {
                for place in of(true).filter(|place| place.meaning.exact || place.declares) {
                    let certain = !place.comment && (place.in_sql || place.declares || target.table.contains('_'));
                    tell(place, certain);
                }
                continue;
            };
            let tables: Vec<u32> = of(true).filter(|place| !place.comment).map(|place| place.line).collect();
            for place in of(false) {
                let near = tables.partition_point(|line| *line < place.line.saturating_sub(NEAR));
                let near = tables.get(near).is_some_and(|line| *line <= place.line.saturating_add(NEAR));
                let inside = scopes.iter().any(|(first, last)| (*first..=*last).contains(&place.line));
                let certain = !place.comment && (near || inside);
                if certain || !is_common(column) {
                    tell(place, certain);
                }
            }
        }
        found.sort();
        found
    }
}

/// How a match stands in its word.
struct Word {
    /// It is the word.
    alone: bool,
    /// It follows `get`, `findBy` and the like.
    after_verb: bool,
}

/// Verbs and joints before a column in the name of a method.
const VERBS: &[&str] =
    &["get", "set", "is", "has", "with", "by", "and", "or", "not", "eq", "where", "of", "clear", "add", "update", "select"];

/// Whether a match begins and ends where words, or the humps of one, do.
fn whole(text: &[u8], start: usize, end: usize) -> Option<Word> {
    let part = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let before = start.checked_sub(1).and_then(|at| text.get(at)).copied();
    let after = text.get(end).copied();
    let (first, last) = (*text.get(start)?, *text.get(end.checked_sub(1)?)?);
    let begins = before.is_none_or(|byte| !part(byte));
    let ends = after.is_none_or(|byte| !part(byte));
    let hump_begins = begins
        || before == Some(b'_')
        || (first.is_ascii_uppercase() && before.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    let hump_ends =
        ends || after == Some(b'_') || (after.is_some_and(|byte| byte.is_ascii_uppercase()) && last.is_ascii_lowercase());
    if !(hump_begins && hump_ends) {
        return None;
    }
    let head = text.get(..start).unwrap_or_default();
    let hump = head.iter().rev().position(|byte| !byte.is_ascii_lowercase()).unwrap_or(head.len());
    // The hump before, with the capital that begins it.
    let from = head.len().saturating_sub(hump + 1);
    let capital = head.get(from).is_some_and(u8::is_ascii_uppercase);
    let verb = head.get(if capital { from } else { head.len() - hump }..).unwrap_or_default().to_ascii_lowercase();
    let after_verb = first.is_ascii_uppercase() && VERBS.iter().any(|known| known.as_bytes() == verb);
    Some(Word { alone: begins && ends, after_verb })
}

/// Whether a table's name is here a word of SQL: `ORDER BY`, `GROUP BY`.
fn is_keyword(text: &[u8], start: usize, end: usize) -> bool {
    let word = text.get(start..end).unwrap_or_default().to_ascii_lowercase();
    let rest = text.get(end..).unwrap_or_default();
    let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let next = rest.get(blanks..blanks + 2).unwrap_or_default();
    matches!(word.as_slice(), b"order" | b"group" | b"partition") && blanks > 0 && next.eq_ignore_ascii_case(b"by")
}

/// Words before a name that make it the name of an entity or of its table.
const DECLARING: &[&str] = &[
    "class",
    "struct",
    "interface",
    "model",
    "entity",
    "record",
    "type",
    "object",
    "table",
    "tablename",
    "__tablename__",
    "table_name",
    "db_table",
    "create_table",
    "pgtable",
    "mysqltable",
    "sqlitetable",
    "schema",
    "name",
    "tablename(",
    "collection",
];

/// Words of SQL before the name of a table.
const SQL_WORDS: &[&str] = &["from", "join", "into", "update", "table", "using", "only", "truncate", "exists"];

fn context(text: &[u8], start: usize, end: usize, line_start: usize, line: u32, meaning: Meaning) -> Option<Place> {
    let before = text.get(line_start..start)?;
    let head = String::from_utf8_lossy(before.get(before.len().saturating_sub(300)..)?).to_lowercase();
    let comment = is_comment(&head, text, line_start);
    if !meaning.table {
        return Some(Place { start, line, meaning, declares: false, comment, in_sql: false });
    }
    let trimmed = head
        .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | '=' | ':' | '[' | '.' | '{' | '!'));
    let word = trimmed.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    let annotated = head.contains("table(") || head.contains("entity(") || head.contains("tablename");
    let declares = match word {
        "name" => annotated,
        "type" | "record" | "object" | "schema" | "collection" => head.trim_start().starts_with(word) || head.contains("export "),
        word => DECLARING.contains(&word) || (annotated && head.trim_end().ends_with(['"', '\''])),
    };
    let quote = |byte: Option<&u8>| byte.is_some_and(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let quoted = quote(start.checked_sub(1).and_then(|at| text.get(at))) && quote(text.get(end));
    let in_sql = SQL_WORDS.contains(&word) || (quoted && meaning.exact);
    Some(Place { start, line, meaning, declares, comment, in_sql })
}

/// Whether what precedes on the line makes the rest a comment, or the line begins like one.
fn is_comment(head: &str, text: &[u8], line_start: usize) -> bool {
    let line = text.get(line_start..).unwrap_or_default();
    let begin = line.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    let line = line.get(begin..).unwrap_or_default();
    let whole = [&b"//"[..], b"--", b"/*", b"* ", b"*/", b"<!--", b"\"\"\"", b";;"].iter().any(|mark| line.starts_with(mark));
    let hash = line.starts_with(b"#") && !line.starts_with(b"#[") && !line.starts_with(b"#{") && !line.starts_with(b"#define");
    let behind = head.match_indices("//").any(|(at, _)| !head[..at].ends_with(':') && !head[..at].ends_with(['"', '\'']));
    whole || hash || behind || head.contains(" # ") || head.contains(" -- ") || head.contains("/* ")
}

/// The lines that belong to each declaration: up to the next one of something else.
fn scopes<'a>(text: &[u8], declared: impl Iterator<Item = &'a Place>) -> Vec<(u32, u32)> {
    const MARKS: &[&str] = &["class ", "struct ", "interface ", "model ", "record ", "entity ", "table!", "create_table"];
    let mut found: Vec<(u32, u32)> = Vec::new();
    for place in declared {
        if found.last().is_some_and(|(_, last)| place.line <= *last) {
            continue;
        }
        let rest = text.get(place.start..).unwrap_or_default();
        let mut last = place.line;
        let mut own = false;
        for (number, line) in rest.split(|byte| *byte == b'\n').enumerate().skip(1).take(5_000) {
            let line = String::from_utf8_lossy(line.get(..line.len().min(200)).unwrap_or_default());
            let begins = MARKS.iter().any(|mark| {
                line.find(mark).is_some_and(|at| line[..at].chars().all(|c| c.is_ascii_lowercase() || c.is_whitespace()))
            });
            let go = line.starts_with("type ") && line.contains(" struct");
            // An annotation stands before the class that it is about.
            if (begins || go) && (own || number > 4) {
                break;
            }
            own |= begins || go || number > 4;
            last = place.line.saturating_add(u32::try_from(number).unwrap_or(u32::MAX));
        }
        found.push((place.line, last));
    }
    found
}

/// Counts lines on the way through a text.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
    start: usize,
}

impl Lines<'_> {
    /// The line of a place, and where it begins. Places come by their ends, so that one may lie a little before the last.
    fn go_to(&mut self, place: usize) -> (u32, usize) {
        if place < self.start {
            let line = self.text.get(place..self.start).unwrap_or_default();
            let back = u32::try_from(memchr::memchr_iter(b'\n', line).count()).unwrap_or(0);
            let start = self.text.get(..place).and_then(|text| memchr::memrchr(b'\n', text)).map_or(0, |at| at + 1);
            return (self.line.saturating_sub(back), start);
        }
        let from = self.at.min(place);
        for end in memchr::memchr_iter(b'\n', self.text.get(from..place).unwrap_or_default()) {
            (self.line, self.start) = (self.line.saturating_add(1), from + end + 1);
        }
        self.at = self.at.max(place);
        (self.line, self.start)
    }
}

/// The line around a place, without its indentation, cut at 120 characters. What looks like the password of an address is hidden.
fn line_text(text: &[u8], place: usize) -> String {
    let start = text.get(..place).and_then(|text| memchr::memrchr(b'\n', text)).map_or(0, |at| at + 1);
    // A line without end, as machines write it: what is around the place.
    let start = start.max(place.saturating_sub(60));
    let rest = text.get(start..).unwrap_or_default();
    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len()).min(600);
    let line = String::from_utf8_lossy(rest.get(..end).unwrap_or_default());
    let line: String = line.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect();
    match (line.find("://"), line.find('@')) {
        (Some(scheme), Some(at)) if scheme + 3 < at && line[scheme + 3..at].contains(':') => {
            format!("{}://…{}", &line[..scheme], &line[at..])
        }
        _ => line,
    }
}

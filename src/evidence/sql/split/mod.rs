//! Where one statement ends and the next begins.
//!
//! A statement ends with the terminator; inside the body of a routine that is code, it does not. Data lines of `COPY` and the commands
//! of clients are no statements. Whatever is broken ends at a place where another statement plausibly begins, so that it never takes
//! the rest of the file with it.

mod body;
mod client;
mod copy;
mod rows;
#[cfg(test)]
mod tests;

use super::Span;
use super::lex::{Item, Kind, Lexer, Token, Unclosed};
use super::statement::{Action, Trouble, TroubleKind};
use crate::facts::SqlDialect;
use body::Body;
use rows::Rows;

/// More words than this are not kept of one statement.
const MOST_TOKENS: usize = 1_000_000;
/// More comments than this are not kept of one statement.
const MOST_COMMENTS: usize = 1_000;
/// More troubles than this are not told: they are all of one cause.
const MOST_TROUBLES: usize = 1_000;

/// One statement's words and place.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// Without the values of a long `INSERT` (see [`rows`]).
    pub(super) tokens: Vec<Token>,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Comments before it and in it, with their marks.
    pub(super) comments: Vec<(usize, usize)>,
    /// Some of it stands in a version comment.
    pub(super) conditional: bool,
    /// How many rows the values of an `INSERT` are.
    pub(super) rows: u64,
    /// Whether some of these rows are not among the tokens.
    pub(super) shortened: bool,
    /// Data lines that follow a `COPY .. FROM stdin`.
    pub(super) data_lines: Option<u64>,
    /// What the client's command does, if it is one.
    pub(super) command: Option<Action>,
    /// Why it cannot be understood: it is broken.
    pub(super) broken: Option<String>,
}

impl Piece {
    fn clear(&mut self) {
        let mut tokens = std::mem::take(&mut self.tokens);
        let mut comments = std::mem::take(&mut self.comments);
        tokens.clear();
        comments.clear();
        *self = Piece { tokens, comments, ..Piece::default() };
    }
}

/// A place to come back to: the first `;` in a body that turns out to have no end.
struct Resume<'a> {
    lexer: Lexer<'a>,
    tokens: usize,
    end: usize,
}

/// What is known of the statement that is being read.
struct Reading<'a> {
    body: Body,
    rows: Rows,
    resume: Option<Resume<'a>>,
    /// Where a version comment was opened before the first word.
    version: Option<usize>,
}

enum Step {
    /// The statement goes on.
    On,
    /// It ends here.
    Done,
    /// It is the command of a client.
    Command,
    /// So does the text.
    End,
}

pub(super) struct Splitter<'a> {
    lexer: Lexer<'a>,
    pub(super) troubles: Vec<Trouble>,
    /// How often the body of a routine without its end may still be given up: each costs a walk to the end of the text.
    giving_up: u32,
    /// No line behind this place ends the data of a `COPY`, so that none has to be looked for again.
    data_never_ends: bool,
}

impl<'a> Splitter<'a> {
    /// With `wary`, a quote that spans what looks like another statement counts as not closed.
    pub(super) fn new(text: &'a str, dialect: SqlDialect, wary: bool) -> Splitter<'a> {
        let mut lexer = Lexer::new(text, dialect);
        lexer.wary = wary;
        Splitter { lexer, troubles: Vec::new(), giving_up: 20, data_never_ends: false }
    }

    fn trouble(&mut self, kind: TroubleKind, start: usize, end: usize, message: impl Into<String>) {
        if self.troubles.len() < MOST_TROUBLES {
            let span = Span { start, end, ..Span::default() };
            self.troubles.push(Trouble { span, kind, message: message.into() });
        }
    }

    /// Reads the next statement into `piece`; false at the end of the text.
    pub(super) fn next(&mut self, piece: &mut Piece) -> bool {
        piece.clear();
        self.lexer.begin_statement();
        let mut reading = Reading { body: Body::new(self.lexer.dialect), rows: Rows::default(), resume: None, version: None };
        loop {
            let item = self.lexer.next();
            match self.item(item, piece, &mut reading) {
                Step::On => {}
                Step::Command => return true,
                Step::Done => {
                    self.finish(piece, &reading.rows);
                    self.copy_data(piece);
                    return true;
                }
                Step::End => {
                    self.finish(piece, &reading.rows);
                    return !piece.tokens.is_empty();
                }
            }
        }
    }

    fn item(&mut self, item: Item, piece: &mut Piece, reading: &mut Reading<'a>) -> Step {
        match item {
            // A file may consist of comments.
            Item::Comment { start, end } if piece.comments.len() < MOST_COMMENTS => piece.comments.push((start, end)),
            Item::Comment { .. } => {}
            Item::Token(token) => return self.token(token, piece, reading),
            Item::Delimiter { start, end } => return self.delimiter(Token { kind: Kind::Op, start, end }, piece, reading),
            Item::VersionStart { start, .. } if piece.tokens.is_empty() => reading.version = Some(start),
            Item::VersionStart { .. } => piece.conditional = true,
            Item::VersionEnd { .. } if piece.tokens.is_empty() => reading.version = None,
            Item::VersionEnd { end, .. } => piece.end = end,
            Item::TemplateCode { start, end } => {
                let message = "a template decides here what the statement is, which is not known before it is rendered";
                self.trouble(TroubleKind::Placeholder, start, end, message);
            }
            Item::Control { start } => {
                let byte = self.lexer.text.as_bytes()[start];
                let message = format!("a control character (U+{byte:04X}) stands outside of quotes");
                self.trouble(TroubleKind::Control, start, start + 1, message);
            }
            Item::Command { start } => {
                if self.backslash(start, piece) {
                    return if piece.command.is_some() { Step::Command } else { Step::Done };
                }
            }
            Item::Unclosed { start, end, what } => {
                self.unclosed(piece, (start, end), what);
                // Nothing stood before the comment that takes the rest.
                if piece.tokens.is_empty() && what == Unclosed::Comment {
                    return Step::On;
                }
                if piece.tokens.is_empty() {
                    piece.start = reading.version.unwrap_or(start);
                }
                piece.end = start + self.lexer.text[start..end].trim_end().len();
                return Step::Done;
            }
            Item::End => return self.end(piece, reading),
        }
        Step::On
    }

    fn token(&mut self, token: Token, piece: &mut Piece, reading: &mut Reading<'a>) -> Step {
        if piece.tokens.is_empty() {
            // With a delimiter of its own, a lone `;` is a word of no statement.
            if self.lexer.text.as_bytes()[token.start] == b';' {
                return Step::On;
            }
            match self.client_command(token, piece) {
                Some(true) => return Step::Command,
                Some(false) => {
                    piece.clear();
                    return Step::On;
                }
                None => {}
            }
            piece.start = reading.version.unwrap_or(token.start);
            piece.conditional = self.lexer.in_version();
        }
        if self.ends_before_delimiter(token, &reading.body, piece) {
            return Step::Done;
        }
        reading.body.feed(&self.lexer, token);
        self.keep(piece, &mut reading.rows, token);
        if self.line_ends_use(piece) { Step::Done } else { Step::On }
    }

    fn delimiter(&mut self, token: Token, piece: &mut Piece, reading: &mut Reading<'a>) -> Step {
        if reading.body.open() && self.lexer.delimiter == ";" {
            if reading.resume.is_none() {
                reading.resume = Some(Resume { lexer: self.lexer.clone(), tokens: piece.tokens.len(), end: piece.end });
            }
            reading.body.feed(&self.lexer, token);
            self.keep(piece, &mut reading.rows, token);
            return Step::On;
        }
        if piece.tokens.is_empty() {
            piece.comments.clear();
            return Step::On;
        }
        Step::Done
    }

    fn end(&mut self, piece: &mut Piece, reading: &mut Reading<'a>) -> Step {
        if reading.body.open()
            && self.giving_up > 0
            && let Some(resume) = reading.resume.take()
        {
            self.give_up(piece, resume);
            return Step::Done;
        }
        if self.lexer.in_version() {
            self.lexer.leave_versions();
            let at = reading.version.unwrap_or(piece.start);
            self.trouble(TroubleKind::Unterminated, at, self.lexer.at, "the version comment (`/*!`) has no end (`*/`)");
        }
        Step::End
    }

    /// With a delimiter of its own, a client sends several statements with `;` between them at once, and the server takes them apart.
    fn ends_before_delimiter(&self, token: Token, body: &Body, piece: &Piece) -> bool {
        if self.lexer.delimiter == ";"
            || body.open()
            || &self.lexer.text[token.start..token.end] != ";"
            || piece.tokens.is_empty()
        {
            return false;
        }
        // The `;` behind the body of a routine may be one in it that nobody saw the beginning of.
        !body.routine()
            || match self.lexer.clone().next() {
                Item::Token(next) => {
                    let word = &self.lexer.text[next.start..next.end];
                    ["create", "drop", "alter", "call", "grant"].iter().any(|start| word.eq_ignore_ascii_case(start))
                }
                Item::Delimiter { .. } | Item::End => true,
                _ => false,
            }
    }

    fn keep(&mut self, piece: &mut Piece, rows: &mut Rows, token: Token) {
        piece.end = token.end;
        if !rows.keeps(self.lexer.text, &piece.tokens, token) {
            return;
        }
        if piece.tokens.len() < MOST_TOKENS {
            piece.tokens.push(token);
        } else if piece.broken.is_none() {
            let message = format!("the statement has more than {MOST_TOKENS} words; the rest of it was not read");
            self.trouble(TroubleKind::Limit, token.start, token.end, message.clone());
            piece.broken = Some(message);
        }
    }

    fn finish(&mut self, piece: &mut Piece, rows: &Rows) {
        piece.rows = rows.count;
        piece.shortened = rows.left_out;
        self.follow_settings(piece);
    }

    /// The body of a routine has no end: what stands before its first `;` is the statement, and the rest is read as if it stood
    /// alone.
    fn give_up(&mut self, piece: &mut Piece, resume: Resume<'a>) {
        self.giving_up -= 1;
        let message = "the body that begins with this statement has no `END`; what stands in it is read as single statements";
        self.trouble(TroubleKind::Unterminated, piece.start, resume.end, message);
        piece.broken = Some("its body has no `END`".to_owned());
        piece.tokens.truncate(resume.tokens);
        piece.end = resume.end;
        self.lexer = resume.lexer;
    }

    fn unclosed(&mut self, piece: &mut Piece, place: (usize, usize), what: Unclosed) {
        let (start, end) = place;
        let thing = match what {
            Unclosed::Text => "the quote of a string",
            Unclosed::Name => "the quote of a name",
            Unclosed::Dollar => "the dollar quote",
            Unclosed::Comment => "the comment",
        };
        let rest =
            if end < self.lexer.text.len() { "reading goes on at the next statement" } else { "it takes the rest of the file" };
        self.trouble(TroubleKind::Unterminated, start, end, format!("{thing} that is opened here is never closed; {rest}"));
        piece.broken = Some(format!("{thing} is not closed"));
    }

    /// Settings that change how the text after them is read.
    fn follow_settings(&mut self, piece: &Piece) {
        let text = self.lexer.text;
        let word = |at: usize| piece.tokens.get(at).map_or("", |token| &text[token.start..token.end]);
        if piece.tokens.len() > 40 || !word(0).eq_ignore_ascii_case("set") {
            return;
        }
        if self.lexer.dialect == SqlDialect::Postgres {
            let at = if ["session", "local"].iter().any(|scope| word(1).eq_ignore_ascii_case(scope)) { 2 } else { 1 };
            if word(at).eq_ignore_ascii_case("standard_conforming_strings") {
                let value = word(at + 2).trim_matches('\'').to_ascii_lowercase();
                self.lexer.backslash = matches!(value.as_str(), "off" | "false" | "0" | "no");
            }
        } else if self.lexer.dialect.is_mysql() {
            for (at, token) in piece.tokens.iter().enumerate().skip(1) {
                let name = &text[token.start..token.end];
                let name = name.trim_start_matches('@').rsplit('.').next().unwrap_or(name);
                if name.eq_ignore_ascii_case("sql_mode") {
                    let value = word(at + 2).to_ascii_uppercase();
                    if value.starts_with('\'') || value.starts_with('"') {
                        self.lexer.backslash = !value.contains("NO_BACKSLASH_ESCAPES");
                        self.lexer.double_is_text = !value.contains("ANSI");
                    }
                }
            }
        }
    }
}

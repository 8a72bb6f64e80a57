//! The bodies of routines, in which a `;` does not end the statement.

use crate::evidence::sql::lex::{Item, Kind, Lexer, Token};
use crate::facts::SqlDialect;

/// So many words may stand between `CREATE` and what is created (`DEFINER = 'a'@'b'`, `OR REPLACE`).
const HEAD: usize = 24;

/// Follows the words of one statement, and tells whether a body is open.
#[derive(Debug)]
pub(super) struct Body {
    dialect: SqlDialect,
    kind: Kindred,
    words: usize,
    /// What is open, outermost first.
    open: Vec<Frame>,
    /// Whether a statement may begin here.
    boundary: bool,
    /// The last word was `END`: a word that says of what may follow.
    ended: bool,
    /// A condition stands before the next `END`: `UNTIL x END REPEAT`.
    until: bool,
    last: Last,
}

/// What the statement is, as far as it has a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kindred {
    /// It may become one.
    Open,
    /// A routine, trigger or event.
    Routine,
    /// PostgreSQL's `CREATE RULE`: several actions stand in parentheses.
    Rule,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// `BEGIN`, `IF` and the like: its `END` stands where a statement may begin, so that a column may be called so.
    Block,
    /// Its `END` may stand behind any value.
    Case,
    Parenthesis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    Begin,
    Handler,
    Each,
    /// A full stop: a name follows, whatever it reads like.
    Dot,
    Other,
}

/// Words after which a statement may begin, in the body of a routine or before it.
const BOUNDARIES: &[&str] = &[
    "begin",
    "then",
    "else",
    "do",
    "loop",
    "repeat",
    "row",
    "deterministic",
    "definer",
    "invoker",
    "data",
    "sql",
    "atomic",
    "undo",
    "exit",
    "continue",
];
/// Statements that have an `END` of their own.
const COMPOUND: &[&str] = &["if", "while", "loop", "repeat", "case", "begin", "for"];

impl Body {
    pub(super) fn new(dialect: SqlDialect) -> Body {
        Body {
            dialect,
            kind: Kindred::Open,
            words: 0,
            open: Vec::new(),
            boundary: false,
            ended: false,
            until: false,
            last: Last::Other,
        }
    }

    pub(super) fn open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether the statement makes a routine.
    pub(super) fn routine(&self) -> bool {
        self.kind == Kindred::Routine
    }

    /// Takes the next token; `lexer` stands behind it.
    pub(super) fn feed(&mut self, lexer: &Lexer<'_>, token: Token) {
        if self.kind == Kindred::None {
            return;
        }
        let text = &lexer.text[token.start..token.end];
        self.words += 1;
        if token.kind != Kind::Word {
            self.mark(token, text);
            return;
        }
        if self.kind == Kindred::Open {
            self.head(text);
            return;
        }
        if self.last == Last::Dot {
            self.last = Last::Other;
            self.boundary = false;
            return;
        }
        match self.dialect {
            _ if self.kind == Kindred::Rule => {}
            SqlDialect::Postgres => self.postgres(text),
            SqlDialect::Sqlite => self.sqlite(text),
            SqlDialect::Mysql | SqlDialect::Mariadb => self.mysql(lexer, text),
        }
    }

    /// The words up to what is created.
    fn head(&mut self, text: &str) {
        if self.words == 1 {
            // MariaDB runs the statements of routines outside of them, too.
            if self.dialect == SqlDialect::Mariadb
                && ["for", "while", "loop", "repeat", "if", "case"].iter().any(|word| is(text, word))
            {
                self.kind = Kindred::Routine;
                self.open.push(Frame::Block);
                return;
            }
            // `BEGIN NOT ATOMIC` is told by its second word.
            let may_be = is(text, "create") || is(text, "alter") || is(text, "begin") && self.dialect.is_mysql();
            if !may_be {
                self.kind = Kindred::None;
            }
            return;
        }
        let routine = match self.dialect {
            SqlDialect::Postgres => ["function", "procedure"].as_slice(),
            SqlDialect::Sqlite => ["trigger"].as_slice(),
            SqlDialect::Mysql | SqlDialect::Mariadb => ["function", "procedure", "trigger", "event", "package"].as_slice(),
        };
        if routine.iter().any(|word| is(text, word)) {
            self.kind = Kindred::Routine;
        } else if self.dialect == SqlDialect::Postgres && is(text, "rule") {
            self.kind = Kindred::Rule;
        } else if self.words == 2 && is(text, "not") && self.dialect.is_mysql() {
            self.kind = Kindred::Routine;
            self.open.push(Frame::Block);
        } else if self.words > HEAD || ["table", "view", "index", "database", "user", "schema"].iter().any(|word| is(text, word))
        {
            self.kind = Kindred::None;
        }
    }

    fn mark(&mut self, token: Token, text: &str) {
        match (self.kind, text) {
            (Kindred::Rule, "(") => self.open.push(Frame::Parenthesis),
            (Kindred::Rule, ")") => {
                self.open.pop();
            }
            _ => {}
        }
        // Behind the parameters and behind the comment of a routine its body may begin.
        let head = self.open.is_empty() && (text == ")" || token.kind == Kind::Text);
        self.boundary = matches!(text, ";" | ":") || head;
        self.ended = false;
        self.last = if text == "." { Last::Dot } else { Last::Other };
    }

    fn postgres(&mut self, text: &str) {
        if self.open.is_empty() {
            if self.last == Last::Begin && is(text, "atomic") {
                self.open.push(Frame::Block);
                self.boundary = true;
                return;
            }
            self.last = if is(text, "begin") { Last::Begin } else { Last::Other };
        } else {
            self.cases(text);
        }
    }

    fn sqlite(&mut self, text: &str) {
        if !self.open.is_empty() {
            self.cases(text);
        } else if is(text, "begin") {
            self.open.push(Frame::Block);
            self.boundary = true;
        }
    }

    /// A body of plain statements: only `CASE` nests.
    fn cases(&mut self, text: &str) {
        if is(text, "case") {
            self.open.push(Frame::Case);
        } else if is(text, "end") && (self.boundary || self.open.last() == Some(&Frame::Case)) {
            self.open.pop();
        }
        self.boundary = false;
    }

    fn mysql(&mut self, lexer: &Lexer<'_>, text: &str) {
        let word = text.to_ascii_lowercase();
        let word = word.as_str();
        if self.ended && COMPOUND.contains(&word) {
            // `END IF`: it has closed what it names.
            self.ended = false;
            self.boundary = false;
            return;
        }
        self.ended = false;
        let boundary = self.boundary;
        self.boundary = BOUNDARIES.contains(&word);
        let case = self.open.last() == Some(&Frame::Case);
        if word == "end" {
            if case || boundary || self.until {
                self.open.pop();
                self.ended = true;
                self.until = false;
            }
        } else if word == "case" && (case || !boundary) && self.open() {
            self.open.push(Frame::Case);
        } else if COMPOUND.contains(&word) && self.opens(lexer, word, boundary) {
            // A `CASE` that is a statement holds statements; its `END` follows one.
            self.open.push(Frame::Block);
        }
        self.until |= word == "until";
        self.last = match word {
            "each" => Last::Each,
            "handler" | "cursor" => Last::Handler,
            _ => Last::Other,
        };
    }

    /// Whether `if`, `repeat` and the like begin a statement here, or are a function or part of something else.
    fn opens(&self, lexer: &Lexer<'_>, word: &str, boundary: bool) -> bool {
        match word {
            // The words before the body of a routine are too many to list.
            "begin" => boundary || !self.open(),
            "for" => boundary && self.last == Last::Other && self.open(),
            "while" | "case" | "loop" => boundary,
            _ => boundary && !is_call(lexer.clone()),
        }
    }
}

fn is(text: &str, word: &str) -> bool {
    text.eq_ignore_ascii_case(word)
}

/// Whether a parenthesis follows that closes before `;`, `,` or `)` comes: a call such as `IF(a, b, c)`.
fn is_call(mut lexer: Lexer<'_>) -> bool {
    let mut depth = 0_u32;
    for at in 0..200 {
        let Item::Token(token) = lexer.next() else { return depth == 0 && at > 0 };
        let text = &lexer.text[token.start..token.end];
        match text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if at == 0 => return false,
            _ => {}
        }
        if depth == 0 && text == ")" {
            return match lexer.next() {
                Item::Token(token) => {
                    let after = &lexer.text[token.start..token.end];
                    matches!(after, "," | ")")
                        || ["end", "when", "else", "as", "from"].iter().any(|word| after.eq_ignore_ascii_case(word))
                }
                _ => true,
            };
        }
    }
    false
}

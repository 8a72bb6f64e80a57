//! Our tokens to `sqlparser`'s, and its trees.

use sqlparser::ast::Expr;
use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token as Tree, TokenWithSpan};

use crate::evidence::sql::cursor::{Cursor, unquote};
use crate::evidence::sql::lex::{Kind, Token};
use crate::facts::SqlDialect;

/// How deep expressions and queries may be nested.
const DEPTH: usize = 60;
/// A tree of a chain (`a AND b AND c`) is as deep as the chain is long, and trees are dropped by recursion: longer chains are not made
/// into one.
const LONGEST_CHAIN: usize = 1_500;
/// More words are not made into a tree.
const MOST_WORDS: usize = 60_000;

/// Units of MySQL's intervals that the parser does not know.
const UNITS: &[&str] = &[
    "day_hour",
    "day_minute",
    "day_second",
    "day_microsecond",
    "hour_minute",
    "hour_second",
    "hour_microsecond",
    "minute_second",
    "minute_microsecond",
    "second_microsecond",
    "year_month",
];

fn dialect(dialect: SqlDialect) -> &'static dyn Dialect {
    match dialect {
        SqlDialect::Postgres => &PostgreSqlDialect {},
        SqlDialect::Mysql | SqlDialect::Mariadb => &MySqlDialect {},
        SqlDialect::Sqlite => &SQLiteDialect {},
    }
}

/// Whether what stands there may safely become a tree.
fn fits(c: &Cursor<'_>) -> bool {
    if c.tokens.len() > MOST_WORDS {
        return false;
    }
    let chain = |token: &&Token| {
        let text = &c.text[token.start..token.end];
        match token.kind {
            Kind::Op => !matches!(text, "(" | ")" | "," | "." | ";"),
            Kind::Word => {
                let words = [
                    "and",
                    "or",
                    "union",
                    "except",
                    "intersect",
                    "join",
                    "not",
                    "collate",
                    "is",
                    "at",
                    "in",
                    "like",
                    "between",
                    "div",
                    "mod",
                    "xor",
                ];
                words.iter().any(|word| text.eq_ignore_ascii_case(word))
            }
            _ => false,
        }
    };
    c.tokens.iter().filter(chain).count() <= LONGEST_CHAIN
}

/// The tokens of `c` as the tree's; the line of a place is the number of its token, from 1.
fn tokens(c: &Cursor<'_>) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(c.tokens.len() + 1);
    let mut skip = 0;
    for (at, token) in c.tokens.iter().enumerate() {
        let text = &c.text[token.start..token.end];
        if skip == 0 {
            skip = unknown_words(c, at);
        }
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let tree = match convert(c, token.kind, text) {
            // A placeholder that stands for a name.
            Tree::Word(word) if c.is_mysql() && word.value.eq_ignore_ascii_case("mod") && is_operator(c, at) => Tree::Mod,
            Tree::Placeholder(text) if names(c, at) => Tree::make_word(&text, Some('"')),
            tree => tree,
        };
        // `'a' 'b'` is one string.
        if let Tree::SingleQuotedString(more) = &tree
            && let Some(TokenWithSpan { token: Tree::SingleQuotedString(before), .. }) = out.last_mut()
            && c.dialect != SqlDialect::Sqlite
        {
            before.push_str(more);
            continue;
        }
        let line = at as u64 + 1;
        let span = Span::new(Location::new(line, 1), Location::new(line, 2));
        out.push(TokenWithSpan::new(tree, span));
    }
    out
}

/// How many words from a place on the parser does not know where they stand, although they say nothing of what is read: the character
/// set of a string or a cast in MySQL, an old way to lock rows, the words before a sequence.
fn unknown_words(c: &Cursor<'_>, at: usize) -> usize {
    if !c.is_mysql() {
        return 0;
    }
    let c = Cursor { at, ..c.clone() };
    if c.peek(0).starts_with('_') && c.kind(0) == Some(Kind::Word) && matches!(c.kind(1), Some(Kind::Text | Kind::Number)) {
        return 1;
    }
    if c.are("lock in share mode") {
        return 4;
    }
    if c.are("next value for") {
        return 3;
    }
    let before = at > 0 && {
        let c = Cursor { at: at - 1, ..c.clone() };
        c.is("char") || c.is_op(")")
    };
    if before && c.are("character set") {
        return 3;
    }
    if before && c.is("charset") { 2 } else { 0 }
}

/// Whether the word `MOD` at a place stands between two values.
fn is_operator(c: &Cursor<'_>, at: usize) -> bool {
    let c = Cursor { at, ..c.clone() };
    let before = at > 0 && {
        let c = Cursor { at: at - 1, ..c.clone() };
        c.is_op(")")
            || matches!(c.kind(0), Some(Kind::Quoted | Kind::Number | Kind::Param))
            || c.kind(0) == Some(Kind::Word) && !c.is("select")
    };
    before && !c.is_op_at(1, "(")
}

/// Whether what stands at a place must be a name.
fn names(c: &Cursor<'_>, at: usize) -> bool {
    let c = Cursor { at, ..c.clone() };
    let words = ["from", "join", "update", "into", "table", "only"];
    c.is_op_at(1, ".") || c.is_op_before(".") || at > 0 && words.iter().any(|word| (Cursor { at: at - 1, ..c.clone() }).is(word))
}

fn convert(c: &Cursor<'_>, kind: Kind, text: &str) -> Tree {
    match kind {
        // One unit is as good as another for what is asked here.
        Kind::Word if c.is_mysql() && UNITS.iter().any(|unit| text.eq_ignore_ascii_case(unit)) => Tree::make_word("DAY", None),
        Kind::Word => Tree::make_word(text, None),
        Kind::Quoted => {
            let name = crate::evidence::sql::cursor::unquote_name(text);
            Tree::make_word(&name, Some('"'))
        }
        Kind::Template => Tree::make_word(text, Some('"')),
        Kind::Text => string(c, text),
        Kind::Number if text.starts_with("0x") => Tree::HexStringLiteral(text[2..].to_owned()),
        Kind::Number => Tree::Number(text.replace('_', ""), false),
        // MySQL's variables are names to the parser.
        Kind::Param if text.starts_with('@') => Tree::make_word(text, None),
        Kind::Param => Tree::Placeholder(text.to_owned()),
        // MySQL's own signs for words.
        Kind::Op if c.is_mysql() && text == "&&" => Tree::make_word("AND", None),
        Kind::Op if c.is_mysql() && text == "||" => Tree::make_word("OR", None),
        Kind::Op if c.is_mysql() && text == "!" => Tree::make_word("NOT", None),
        Kind::Op => operator(text),
    }
}

fn string(c: &Cursor<'_>, text: &str) -> Tree {
    let value = unquote(text, c.is_mysql());
    match text.as_bytes()[0].to_ascii_lowercase() {
        b'x' => Tree::HexStringLiteral(value),
        b'n' => Tree::NationalStringLiteral(value),
        b'b' => Tree::SingleQuotedByteStringLiteral(value),
        _ => Tree::SingleQuotedString(value),
    }
}

fn operator(text: &str) -> Tree {
    match text {
        "," => Tree::Comma,
        "==" => Tree::DoubleEq,
        "=" => Tree::Eq,
        "<>" | "!=" => Tree::Neq,
        "<" => Tree::Lt,
        ">" => Tree::Gt,
        "<=" => Tree::LtEq,
        ">=" => Tree::GtEq,
        "<=>" => Tree::Spaceship,
        "+" => Tree::Plus,
        "-" => Tree::Minus,
        "*" => Tree::Mul,
        "/" => Tree::Div,
        "%" => Tree::Mod,
        "||" => Tree::StringConcat,
        "(" => Tree::LParen,
        ")" => Tree::RParen,
        "." => Tree::Period,
        ":" => Tree::Colon,
        "::" => Tree::DoubleColon,
        ":=" => Tree::Assignment,
        ";" => Tree::SemiColon,
        "\\" => Tree::Backslash,
        "[" => Tree::LBracket,
        "]" => Tree::RBracket,
        "{" => Tree::LBrace,
        "}" => Tree::RBrace,
        "&" => Tree::Ampersand,
        "|" => Tree::Pipe,
        "^" => Tree::Caret,
        "=>" => Tree::RArrow,
        "#" => Tree::Sharp,
        "~" => Tree::Tilde,
        "~*" => Tree::TildeAsterisk,
        "!~" => Tree::ExclamationMarkTilde,
        "!~*" => Tree::ExclamationMarkTildeAsterisk,
        "~~" => Tree::DoubleTilde,
        "~~*" => Tree::DoubleTildeAsterisk,
        "!~~" => Tree::ExclamationMarkDoubleTilde,
        "!~~*" => Tree::ExclamationMarkDoubleTildeAsterisk,
        "<<" => Tree::ShiftLeft,
        ">>" => Tree::ShiftRight,
        "&&" => Tree::Overlap,
        "!" => Tree::ExclamationMark,
        "!!" => Tree::DoubleExclamationMark,
        "@" => Tree::AtSign,
        "^@" => Tree::CaretAt,
        "|/" => Tree::PGSquareRoot,
        "||/" => Tree::PGCubeRoot,
        "->" => Tree::Arrow,
        "->>" => Tree::LongArrow,
        "#>" => Tree::HashArrow,
        "#>>" => Tree::HashLongArrow,
        "@>" => Tree::AtArrow,
        "<@" => Tree::ArrowAt,
        "#-" => Tree::HashMinus,
        "@?" => Tree::AtQuestion,
        "@@" => Tree::AtAt,
        "?" => Tree::Question,
        "?&" => Tree::QuestionAnd,
        "?|" => Tree::QuestionPipe,
        "<->" => Tree::TwoWayArrow,
        _ => Tree::CustomBinaryOperator(text.to_owned()),
    }
}

fn parser<'a>(c: &Cursor<'_>) -> Parser<'a> {
    Parser::new(dialect(c.dialect)).with_recursion_limit(DEPTH).with_tokens_with_locations(tokens(c))
}

/// The tree of all tokens of `c` as one expression.
pub(super) fn expression(c: &Cursor<'_>) -> Option<Expr> {
    if c.tokens.is_empty() || !fits(c) {
        return None;
    }
    let mut parser = parser(c);
    let tree = parser.parse_expr().ok()?;
    (parser.peek_token().token == Tree::EOF).then_some(tree)
}

/// Whether the parser takes the tokens of `c` as one statement; else what it says, with the number of the token that it says it of.
pub(super) fn accepts(c: &Cursor<'_>) -> Result<(), (String, Option<usize>)> {
    if !fits(c) {
        return Err(("it is too long to be read as a whole".to_owned(), None));
    }
    let mut parser = parser(c);
    let result = parser.parse_statement().map(drop);
    match result {
        Ok(()) if parser.peek_token().token == Tree::EOF => Ok(()),
        Ok(()) => {
            let at = usize::try_from(parser.peek_token().span.start.line).unwrap_or(1).saturating_sub(1);
            let word = c.tokens.get(at).map_or("", |token| &c.text[token.start..token.end]);
            Err((format!("nothing was expected any more, found {word}"), Some(at)))
        }
        Err(ParserError::RecursionLimitExceeded) => Err((format!("it is nested more than {DEPTH} levels deep"), None)),
        Err(ParserError::ParserError(message) | ParserError::TokenizerError(message)) => {
            let (message, place) = message.split_once(" at Line: ").unwrap_or((&message, ""));
            let line = place.split(',').next().and_then(|line| line.trim().parse::<usize>().ok());
            Err((lower_first(message), line.map(|line| line.saturating_sub(1))))
        }
    }
}

fn lower_first(message: &str) -> String {
    let message = message.replace("Expected: ", "expected ").replace("found: ", "found ");
    let mut chars = message.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

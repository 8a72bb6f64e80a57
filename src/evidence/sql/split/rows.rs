//! Rows of a long `INSERT`: they are counted, and their words are not kept.

use crate::evidence::sql::lex::{Kind, Token};

/// So many rows are kept word for word.
const KEPT: u64 = 20;

#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) count: u64,
    /// Whether rows were left out.
    pub(super) left_out: bool,
    depth: u32,
    state: State,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but the first word tells whether rows may follow.
    #[default]
    Unknown,
    /// An `INSERT` whose `VALUES` has not come yet.
    Before,
    /// Among the rows.
    Inside,
    Over,
}

impl Rows {
    /// Takes the next token of the statement; false where it belongs to a row that nobody needs.
    pub(super) fn keeps(&mut self, text: &str, before: &[Token], token: Token) -> bool {
        if self.state == State::Over {
            return true;
        }
        let word = if token.kind == Kind::Word { &text[token.start..token.end] } else { "" };
        let byte = if token.kind == Kind::Op { text.as_bytes()[token.start] } else { 0 };
        if self.state == State::Unknown && before.is_empty() {
            let inserts = ["insert", "replace", "values"].iter().any(|verb| word.eq_ignore_ascii_case(verb));
            self.state = if inserts { State::Before } else { State::Over };
        }
        let starts = self.depth == 0 && self.state == State::Before;
        if starts && (word.eq_ignore_ascii_case("values") || word.eq_ignore_ascii_case("value")) {
            self.state = State::Inside;
            return true;
        }
        let outside = self.depth == 0;
        match byte {
            b'(' => {
                if outside && self.state == State::Inside {
                    self.count += 1;
                }
                self.depth += 1;
            }
            b')' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.state != State::Inside {
            return true;
        }
        // `ROW(..)` is MySQL's way to write one; any other word ends the rows.
        if outside && !matches!(byte, b'(' | b')' | b',') && !word.eq_ignore_ascii_case("row") {
            self.state = State::Over;
            return true;
        }
        // The comma before a row that is left out goes with it.
        let keeps = self.count < KEPT || self.count == KEPT && !(outside && byte == b',');
        self.left_out |= !keeps;
        keeps
    }
}

//! Operators: PostgreSQL's are any run of their characters, those of the others stand in a list.

use super::{Item, Kind, Lexer};
use crate::facts::SqlDialect;

/// Longest first.
const FIXED: &[&str] = &["->>", "<=>", ":=", "->", "<=", ">=", "<>", "!=", "||", "&&", "<<", ">>", "==", "::"];

const fn is_operator(byte: u8) -> bool {
    matches!(
        byte,
        b'+' | b'-' | b'*' | b'/' | b'<' | b'>' | b'=' | b'~' | b'!' | b'@' | b'#' | b'%' | b'^' | b'&' | b'|' | b'`' | b'?'
    )
}

impl Lexer<'_> {
    /// The operator or mark that stands here.
    pub(super) fn operator(&mut self) -> Item {
        match self.bytes[self.at] {
            b'[' => self.brackets += 1,
            b']' => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        let length = if self.dialect == SqlDialect::Postgres { self.run_length() } else { 0 };
        let length = if length > 0 { length } else { self.fixed_length() };
        self.token(Kind::Op, length)
    }

    fn fixed_length(&self) -> usize {
        let rest = self.rest();
        FIXED.iter().find(|operator| rest.starts_with(operator.as_bytes())).map_or(1, |operator| operator.len())
    }

    /// PostgreSQL's rule (manual, section 4.1.3): the longest run without a comment in it, which ends in `+` or `-` only if it holds
    /// one of some characters. Placeholders that are glued to an operator (`=@name`, `=?`, `=%s`) stay out of it.
    fn run_length(&self) -> usize {
        let rest = self.rest();
        let mut length = rest.iter().take_while(|byte| is_operator(**byte)).count();
        for (at, pair) in rest[..length].windows(2).enumerate() {
            if pair == b"--" || pair == b"/*" {
                length = at;
                break;
            }
        }
        if length > 1 && rest[..length].starts_with(b"=") && matches!(rest[1], b'@' | b'?' | b'%') {
            return 1;
        }
        while length > 1
            && matches!(rest[length - 1], b'+' | b'-')
            && !rest[..length]
                .iter()
                .any(|byte| matches!(byte, b'~' | b'!' | b'@' | b'#' | b'%' | b'^' | b'&' | b'|' | b'`' | b'?'))
        {
            length -= 1;
        }
        length
    }
}

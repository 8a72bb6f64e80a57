//! The data lines that follow `COPY .. FROM stdin`.

use memchr::memchr;

use super::{Piece, Splitter};
use crate::evidence::sql::lex::Kind;
use crate::evidence::sql::statement::TroubleKind;
use crate::facts::SqlDialect;

impl Splitter<'_> {
    /// Steps over the data behind a `COPY` from the client, and counts its lines.
    pub(super) fn copy_data(&mut self, piece: &mut Piece) {
        if self.lexer.dialect != SqlDialect::Postgres || piece.broken.is_some() || !self.copies_from_client(piece) {
            return;
        }
        if self.data_never_ends {
            self.no_end(piece);
            return;
        }
        let text = self.lexer.text;
        let Some(line) = memchr(b'\n', &text.as_bytes()[self.lexer.at..]) else { return };
        let start = self.lexer.at + line + 1;
        // Whatever else stands on the line of the terminator is no data.
        if !text[self.lexer.at..start].trim().is_empty() {
            return;
        }
        let mut at = start;
        let mut lines = 0;
        while at < text.len() {
            let end = memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |length| at + length);
            if text[at..end].trim_end_matches('\r') == "\\." {
                piece.data_lines = Some(lines);
                self.lexer.at = (end + 1).min(text.len());
                return;
            }
            lines += 1;
            at = end + 1;
        }
        // Without the end of the data nobody can tell data from statements. A line that begins with a word of SQL is code: some tools
        // send the data on another way.
        let first = text[start..].trim_start();
        if first.is_empty() {
            return;
        }
        self.data_never_ends = true;
        self.no_end(piece);
        let letters = first.bytes().take_while(u8::is_ascii_alphabetic).count();
        let sql = ["select", "insert", "update", "delete", "create", "alter", "drop", "copy", "commit", "set", "begin"];
        let comment = first.starts_with("--") || first.starts_with("/*") || first.starts_with('\\');
        if !comment && !sql.iter().any(|word| first[..letters].eq_ignore_ascii_case(word)) {
            piece.data_lines = Some(lines);
            self.lexer.at = text.len();
        }
    }

    fn no_end(&mut self, piece: &Piece) {
        let message = "the data of this COPY have no end (a line with `\\.` only)";
        self.trouble(TroubleKind::Unterminated, piece.start, piece.end, message);
    }

    fn copies_from_client(&self, piece: &Piece) -> bool {
        let word = |at: usize| {
            let token = piece.tokens.get(at)?;
            (token.kind == Kind::Word).then(|| &self.lexer.text[token.start..token.end])
        };
        let is = |at: usize, expected: &str| word(at).is_some_and(|word| word.eq_ignore_ascii_case(expected));
        is(0, "copy") && (1..piece.tokens.len().min(2_000)).any(|at| is(at, "from") && is(at + 1, "stdin"))
    }
}

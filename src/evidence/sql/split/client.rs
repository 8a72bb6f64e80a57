//! The commands of the clients `psql`, `mysql` and `sqlite3`, which stand among the statements.

use memchr::memchr;

use super::{Piece, Splitter};
use crate::evidence::sql::lex::{Kind, Token};
use crate::evidence::sql::statement::{Action, Name, TroubleKind};
use crate::facts::SqlDialect;

/// Commands of `psql` that change what runs, or where.
const PSQL_HIDDEN: &[&str] = &[
    "i",
    "include",
    "ir",
    "include_relative",
    "!",
    "gexec",
    "e",
    "edit",
    "ef",
    "ev",
    "if",
    "elif",
    "else",
    "endif",
    "q",
    "quit",
    "lo_import",
    "lo_unlink",
    "bind",
    "bind_named",
    "parse",
    "w",
    "write",
    "o",
    "out",
    "cd",
    "password",
    "startpipeline",
];
/// Those that send the statement before them.
const PSQL_SENDS: &[&str] =
    &["g", "gx", "gdesc", "gset", "gexec", "crosstabview", "watch", "bind", "bind_named", "bind_parse", "parse", "sendpipeline"];
/// Words of the `mysql` client that do nothing to data.
const MYSQL_HARMLESS: &[&str] =
    &["warnings", "nowarning", "pager", "nopager", "tee", "notee", "prompt", "charset", "status", "print"];
const SQLITE_HIDDEN: &[&str] = &[
    ".read",
    ".import",
    ".system",
    ".shell",
    ".restore",
    ".open",
    ".clone",
    ".load",
    ".once",
    ".excel",
    ".save",
    ".backup",
    ".output",
    ".quit",
    ".exit",
    ".cd",
    ".archive",
    ".ar",
    ".dbconfig",
    ".filectrl",
];

impl<'a> Splitter<'a> {
    /// From a place to the end of its line, without blanks around; no further than a command may be long.
    fn line_from(&self, start: usize) -> (&'a str, usize) {
        const LONGEST: usize = 16 * 1024;
        let text = self.lexer.text;
        let far = text.floor_char_boundary(start + LONGEST);
        let end = memchr(b'\n', &text.as_bytes()[start..far]).map_or(far, |length| start + length);
        let line = text[start..end].trim_end();
        (line, start + line.len())
    }

    fn starts_line(&self, start: usize) -> bool {
        let before = self.lexer.text[..start].trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with('\n')
    }

    /// The word at the beginning of a statement, where it is a command of the client and no SQL: false if nothing is left of it, true
    /// if `piece` is the command.
    pub(super) fn client_command(&mut self, token: Token, piece: &mut Piece) -> Option<bool> {
        let word = &self.lexer.text[token.start..token.end];
        match self.lexer.dialect {
            SqlDialect::Postgres => None,
            SqlDialect::Sqlite => {
                if word != "." || !self.starts_line(token.start) {
                    return None;
                }
                let (line, end) = self.line_from(token.start);
                self.lexer.at = end;
                let command = line.split_whitespace().next().unwrap_or(".");
                if SQLITE_HIDDEN.contains(&command) {
                    let message = format!("`{command}` is a command of sqlite3, and what it runs is not known");
                    self.trouble(TroubleKind::ClientCommand, token.start, end, message);
                    return Some(false);
                }
                command_piece(piece, token.start, end, Action::Harmless { what: command.to_owned() });
                Some(true)
            }
            SqlDialect::Mysql | SqlDialect::Mariadb => self.mysql_command(token, word, piece),
        }
    }

    fn mysql_command(&mut self, token: Token, word: &str, piece: &mut Piece) -> Option<bool> {
        if token.kind != Kind::Word || word.len() > 12 || !self.starts_line(token.start) {
            return None;
        }
        let word = word.to_ascii_lowercase();
        let (line, end) = self.line_from(token.start);
        let argument = line[token.end - token.start..].trim();
        match word.as_str() {
            "delimiter" => {
                self.lexer.at = end;
                let mark = argument.split_whitespace().next().unwrap_or("");
                if mark.is_empty() || mark.contains('\\') {
                    let message = "DELIMITER needs the mark that ends statements from here on";
                    self.trouble(TroubleKind::ClientCommand, token.start, end, message);
                } else {
                    self.lexer.delimiter = mark;
                }
                Some(false)
            }
            "source" | "system" if !argument.is_empty() => {
                self.lexer.at = end;
                let message = format!("`{word}` is a command of the mysql client, and what it runs is not known");
                self.trouble(TroubleKind::ClientCommand, token.start, end, message);
                Some(false)
            }
            _ if MYSQL_HARMLESS.contains(&word.as_str()) && !argument.ends_with(';') => {
                self.lexer.at = end;
                command_piece(piece, token.start, end, Action::Harmless { what: word });
                Some(true)
            }
            _ => None,
        }
    }

    /// `USE db` needs no terminator in the mysql client: it ends with its line.
    pub(super) fn line_ends_use(&self, piece: &Piece) -> bool {
        let [verb, name] = piece.tokens.as_slice() else { return false };
        if !self.lexer.dialect.is_mysql() || !self.lexer.text[verb.start..verb.end].eq_ignore_ascii_case("use") {
            return false;
        }
        let rest = &self.lexer.text[name.end..];
        let line = &rest[..memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len())];
        line.trim().is_empty()
    }

    /// The command behind a backslash that stands at `start`: true where it ends or is a statement.
    pub(super) fn backslash(&mut self, start: usize, piece: &mut Piece) -> bool {
        match self.lexer.dialect {
            SqlDialect::Postgres => self.psql(start, piece),
            SqlDialect::Mysql | SqlDialect::Mariadb => self.mysql_backslash(start, piece),
            SqlDialect::Sqlite => {
                self.trouble(TroubleKind::ClientCommand, start, start + 1, "a backslash stands outside of quotes");
                false
            }
        }
    }

    fn mysql_backslash(&mut self, start: usize, piece: &mut Piece) -> bool {
        let letter = self.lexer.text.as_bytes().get(start + 1).copied().unwrap_or(0);
        match letter {
            b'g' | b'G' => {
                self.lexer.at = start + 2;
                !piece.tokens.is_empty()
            }
            b'.' | b'!' | b'u' | b'r' | b'd' | b'c' | b'q' | b'T' | b't' | b'P' | b'n' | b'C' | b'R' | b's' | b'#' | b'p'
            | b'h' | b'e' => {
                let (_, end) = self.line_from(start);
                self.lexer.at = end.max(start + 2).min(self.lexer.text.len());
                let message = format!("`\\{}` is a command of the mysql client that changes what runs", char::from(letter));
                self.trouble(TroubleKind::ClientCommand, start, self.lexer.at, message);
                false
            }
            _ => {
                self.trouble(TroubleKind::ClientCommand, start, start + 1, "a backslash stands outside of quotes");
                false
            }
        }
    }

    fn psql(&mut self, start: usize, piece: &mut Piece) -> bool {
        // It ends a statement without sending it yet; the next `;` sends both.
        if self.lexer.text.as_bytes().get(start + 1) == Some(&b';') {
            self.lexer.at = start + 2;
            return !piece.tokens.is_empty();
        }
        let (line, mut end) = self.line_from(start);
        // `\\` ends the arguments; what follows is read on.
        if let Some(other) = line[1..].find("\\\\") {
            end = start + 1 + other;
            self.lexer.at = end + 2;
        } else {
            self.lexer.at = end;
        }
        let line = &self.lexer.text[start + 1..end.max(start + 1)];
        let word = line.split_whitespace().next().unwrap_or("");
        let command = if line.starts_with(char::is_whitespace) { "" } else { word.trim_end_matches('+') };
        let argument = line.get(word.len()..).unwrap_or("").trim();
        if PSQL_SENDS.contains(&command) && !piece.tokens.is_empty() {
            if command == "gexec" {
                let message = "`\\gexec` runs what the query returns, which is not known";
                self.trouble(TroubleKind::ClientCommand, start, end, message);
            }
            return true;
        }
        if piece.tokens.is_empty() && !PSQL_HIDDEN.contains(&command) && !command.is_empty() {
            if let Some(action) = psql_action(command, argument) {
                command_piece(piece, start, end, action);
                return true;
            }
        } else if matches!(command, "else" | "endif") {
            // The beginning of the condition has been told.
            return false;
        }
        let message = format!("`\\{command}` is a command of psql, and what it runs is not known");
        self.trouble(TroubleKind::ClientCommand, start, end.max(start + 1), message);
        false
    }
}

fn command_piece(piece: &mut Piece, start: usize, end: usize, action: Action) {
    piece.start = start;
    piece.end = end;
    piece.command = Some(action);
}

/// What a command of psql does that stands alone; `None` for those that nobody can follow.
fn psql_action(command: &str, argument: &str) -> Option<Action> {
    match command {
        "c" | "connect" => {
            let database = argument.split_whitespace().next().unwrap_or("-");
            Some(Action::Use { database: database.trim_matches(['"', '\'']).to_owned() })
        }
        "copy" => {
            let lower = argument.to_ascii_lowercase();
            let table = argument.split([' ', '\t', '(']).next().filter(|name| !name.is_empty());
            let table = table.map(|name| {
                let name = name.replace('"', "").to_ascii_lowercase();
                match name.rsplit_once('.') {
                    Some((schema, name)) => Name { schema: Some(schema.to_owned()), name: name.to_owned() },
                    None => Name::plain(&name),
                }
            });
            let into = lower.split_whitespace().any(|word| word == "from");
            Some(Action::Copy { table, into, from_program: lower.split_whitespace().any(|word| word == "program"), rows: None })
        }
        "." | "set" | "unset" | "echo" | "qecho" | "warn" | "timing" | "pset" | "a" | "t" | "x" | "f" | "h" | "help" | "H"
        | "html" | "conninfo" | "encoding" | "errverbose" | "prompt" | "r" | "reset" | "p" | "print" | "s" | "C" | "T"
        | "restrict" | "unrestrict" | "copyright" | "getenv" | "setenv" | "sf" | "sv" | "z" | "dconfig" => {
            Some(Action::Harmless { what: format!("\\{command}") })
        }
        // `\d`, `\dt`, `\l` and the like describe.
        _ if command.starts_with('d') || command.starts_with('l') && !command.starts_with("lo_") => {
            Some(Action::Harmless { what: format!("\\{command}") })
        }
        _ => None,
    }
}

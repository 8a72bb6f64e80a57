//! What an unqualified name means, and what a rollback takes back.

use crate::evidence::sql::{Name, SetScope, SetVariable};
use crate::facts::SqlDialect;

/// Where the server looks for a name without a schema.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Path {
    /// Nothing is set: PostgreSQL's `public`, the database of MySQL's connection.
    #[default]
    Default,
    /// A schema of this name, or something that is no name of a schema.
    Set(String),
}

/// The path of one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    dialect: Option<SqlDialect>,
    path: Path,
    /// What it was before the transaction set it, and whether every setting was for the transaction alone.
    outside: Option<(Path, bool)>,
    /// How many settings nobody could read: each is a path of its own.
    unread: usize,
}

impl Scope {
    pub(super) fn new(dialect: SqlDialect) -> Scope {
        Scope { dialect: Some(dialect), ..Scope::default() }
    }

    /// The name under which a table is kept: with the schema that the path gives it. `public` of PostgreSQL and `main` of SQLite are
    /// what no schema means as long as no path is set.
    pub(super) fn full(&self, name: &Name) -> Name {
        let schema = match (&name.schema, &self.path) {
            (None, Path::Default) => None,
            (None, Path::Set(path)) => Some(path.clone()),
            (Some(schema), _) => Some(schema.clone()),
        };
        let default = match self.dialect {
            Some(SqlDialect::Postgres) => Some("public"),
            Some(SqlDialect::Sqlite) => Some("main"),
            _ => None,
        };
        Name { schema: schema.filter(|schema| Some(schema.as_str()) != default), name: name.name.clone() }
    }

    /// `USE db`.
    pub(super) fn use_database(&mut self, database: &str) {
        self.path = Path::Set(database.to_lowercase());
    }

    /// `SET search_path`, and whatever else moves the path. Answers whether it did.
    pub(super) fn set(&mut self, variable: &SetVariable, in_transaction: bool) -> bool {
        if self.dialect != Some(SqlDialect::Postgres)
            || !matches!(variable.name.as_str(), "search_path" | "schema" | "all" | "role" | "session authorization")
        {
            return false;
        }
        let local = variable.scope == SetScope::Local;
        if in_transaction {
            let before = self.path.clone();
            let (_, only_local) = self.outside.get_or_insert((before, true));
            *only_local &= local;
        }
        let path = match variable.name.as_str() {
            "search_path" | "schema" => variable.value.as_deref().and_then(read),
            _ => None,
        };
        self.path = path.unwrap_or_else(|| self.nobody_knows());
        true
    }

    /// Something moved the path, and nobody can read where to.
    pub(super) fn moved_unseen(&mut self, in_transaction: bool) {
        let unread = SetVariable { name: "search_path".to_owned(), value: None, scope: SetScope::Session };
        self.set(&unread, in_transaction);
    }

    /// The transaction ends: answers whether the path is another one now.
    pub(super) fn end(&mut self, taken_back: bool) -> bool {
        let Some((before, only_local)) = self.outside.take() else { return false };
        if taken_back || only_local {
            self.path = before;
            return true;
        }
        false
    }

    /// A path that is like no other: no name has a blank at its beginning.
    fn nobody_knows(&mut self) -> Path {
        self.unread += 1;
        Path::Set(format!(" {}", self.unread))
    }
}

/// The schema that a path puts first, folded: there the server makes what has no schema in its name, and looks for it first. A first
/// schema that is not there would be passed over, but then nothing of it can be meant by a statement either.
fn read(value: &str) -> Option<Path> {
    let mut parts = value.split(',').map(str::trim);
    let first = parts.next()?;
    let bare = first.trim_matches(['\'', '"']);
    if bare == "$user" {
        // The schema called as the user is seldom there; what stands behind it may still not be the one that is meant.
        let usual = parts.next().is_none_or(|second| second.trim_matches(['\'', '"']) == "public");
        return usual.then_some(Path::Default);
    }
    let is_name = !bare.is_empty() && bare.chars().all(|c| c.is_alphanumeric() || c == '_');
    let folded = if bare.len() == first.len() { bare.to_lowercase() } else { bare.to_owned() };
    is_name.then(|| if folded == "public" { Path::Default } else { Path::Set(folded) })
}

/// What was touched since the transaction began, for a rollback: PostgreSQL and SQLite take back changes of the schema, too.
#[derive(Debug, Clone, Default)]
pub(super) struct Undo {
    touched: Vec<Touched>,
    /// How much of it stands before the first savepoint.
    savepoint: Option<usize>,
}

#[derive(Debug, Clone)]
pub(super) enum Touched {
    Table(Name),
    Object(String),
    Index(String),
}

impl Undo {
    pub(super) fn push(&mut self, touched: Touched) {
        self.touched.push(touched);
    }

    pub(super) fn savepoint(&mut self) {
        self.savepoint.get_or_insert(self.touched.len());
    }

    pub(super) fn clear(&mut self) {
        *self = Undo::default();
    }

    /// Everything since the first savepoint: which one is meant is not told apart.
    pub(super) fn since_savepoint(&mut self) -> Vec<Touched> {
        self.touched.split_off(self.savepoint.unwrap_or(0).min(self.touched.len()))
    }

    pub(super) fn all(&mut self) -> Vec<Touched> {
        self.savepoint = None;
        std::mem::take(&mut self.touched)
    }
}

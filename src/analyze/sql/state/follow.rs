//! What one statement changes in what is known.

use super::scope::Touched;
use super::table::{ColumnState, ConstraintState, Created, IndexState, TableState};
use super::{State, Step, There, in_session};
use crate::analyze::sql::locks::{self, Level};
use crate::analyze::sql::{bookkeeping, spelled};
use crate::evidence::sql::{
    Action, AddConstraint, AlterOp, ColumnDef, ConstraintKind, CreateIndex, CreateTable, Dml, InsertSource, Name, Statement,
};
use crate::facts::SqlDialect;

impl State {
    pub(in crate::analyze::sql) fn follow(&mut self, statement: &Statement, step: Step<'_>) {
        let Step { dialect, judged, .. } = step;
        let line = statement.span.line;
        let taken = locks::of(statement, dialect);
        for action in &statement.actions {
            if is_ddl(action) {
                self.session.first_ddl.get_or_insert(line);
            }
            self.action(action, statement, step);
        }
        for lock in taken.into_iter().filter(|lock| lock.level >= Level::Share) {
            if self.is_new(&lock.table) {
                continue;
            }
            if statement.actions.iter().any(is_ddl) {
                self.session.first_ddl_on_used.get_or_insert(line);
            }
            self.session.told_lock_timeout |= judged && !self.session.lock_timeout().is_set() && !says_how_long(statement);
            self.session.told_statement_timeout |= judged && !self.session.statement_timeout().is_set();
            if let Some(transaction) = &mut self.session.transaction {
                transaction.first_lock.get_or_insert_with(|| (lock.table.clone(), line));
                transaction.locked.insert(lock.table);
            }
        }
    }

    fn action(&mut self, action: &Action, statement: &Statement, step: Step<'_>) {
        let dialect = step.dialect;
        let judged = step.judged && !step.maybe && !may_be_there(&statement.text, dialect);
        let line = statement.span.line;
        // MySQL commits before and after whatever changes the schema.
        if dialect.is_mysql() && is_ddl(action) && self.session.transaction.as_ref().is_some_and(|open| !open.by_tool) {
            self.ends(false, dialect);
        }
        match action {
            Action::CreateTable(create) => self.create_table(create, statement, step),
            Action::AlterTable(alter) => {
                for operation in &alter.operations {
                    self.operation(&alter.name, operation, &statement.text, step);
                }
            }
            Action::DropTable { names, .. } | Action::DropView { names, materialized: true, .. } => {
                for name in names {
                    self.dropped(name);
                }
            }
            Action::RenameTables { pairs } => {
                for (from, to) in pairs {
                    self.rename(from, to, step);
                }
            }
            Action::CreateIndex(index) => self.index_made(index.table.as_ref(), index),
            Action::DropIndex(drop) => {
                for name in &drop.names {
                    self.index_dropped(&name.name);
                }
            }
            Action::Dml(_) if bookkeeping::is_bookkeeping(statement, self) => {}
            Action::Dml(dml) => self.written(dml, line),
            Action::Copy { table: Some(table), into: true, .. } => self.table_mut(table).filled = true,
            Action::CreateView { name, materialized, .. } => {
                self.made("view", &name.name, line, judged);
                if *materialized && judged {
                    self.materialized(name, line, step);
                }
            }
            Action::CreateType { name, .. } => self.made("type", &name.name, line, judged),
            Action::CreateDomain { name, has_check, not_null } => {
                self.made("type", &name.name, line, judged);
                // A domain over another one takes its conditions.
                if *has_check || *not_null || words_of(&statement.text).any(|word| self.constrained_domains.contains(&word)) {
                    self.constrained_domains.insert(name.name.clone());
                }
            }
            Action::AlterType { name, domain: true, what, .. } => {
                let what = what.to_ascii_uppercase();
                if what.contains("ADD") || what.contains("SET NOT NULL") {
                    self.constrained_domains.insert(name.name.clone());
                }
            }
            // Its result nobody reads, and what it sets may be the path.
            Action::Query { query, .. } if sets_path(&query.text) => {
                self.scope.moved_unseen(self.session.transaction.is_some());
                self.temporary.clear();
            }
            Action::CreateSequence { name } => self.made("sequence", &name.name, line, judged),
            Action::CreateRoutine { name, .. } => self.made("routine", &name.name, line, judged),
            Action::CreateTrigger { name, .. } => self.made("trigger", name, line, judged),
            Action::CreateRule { kind, name, .. } => self.made(kind, name, line, judged),
            Action::CreateSchema { name } => self.made("schema", name, line, judged),
            Action::CreateDatabase { name } => self.made("database", name, line, judged),
            Action::CreateExtension { name, .. } => self.made("extension", name, line, judged),
            Action::CreateUser { name, .. } => self.made("user", name, line, judged),
            Action::AddEnumValue { name, value, .. } => {
                if let Some(transaction) = &mut self.session.transaction {
                    transaction.enum_values.insert(value.clone(), name.clone());
                }
            }
            _ => self.of_session(action, statement, dialect),
        }
    }

    /// Transactions, and what the connection has set.
    fn of_session(&mut self, action: &Action, statement: &Statement, dialect: SqlDialect) {
        let line = statement.span.line;
        match action {
            Action::Begin => {
                if self.session.transaction.is_none() {
                    self.undo.clear();
                }
                self.session.begin(line);
            }
            Action::Commit | Action::Rollback { to_savepoint: false } => {
                self.ends(matches!(action, Action::Rollback { .. }), dialect);
                let words = spelled(&statement.text, dialect).to_lowercase();
                if words.ends_with("and chain") {
                    self.session.begin(line);
                }
            }
            Action::Savepoint => self.undo.savepoint(),
            Action::Rollback { to_savepoint: true } if !dialect.is_mysql() => {
                let touched = self.undo.since_savepoint();
                self.forget(touched);
            }
            Action::Set(variable) if dialect == SqlDialect::Postgres && variable.name == "all" && variable.value.is_none() => {
                self.as_at_login();
            }
            Action::Harmless { what } if what == "DISCARD" => {
                if spelled(&statement.text, dialect).to_lowercase().ends_with(" all") {
                    self.as_at_login();
                }
                self.temporary.clear();
            }
            Action::Set(variable) => {
                self.session.set(variable, dialect == SqlDialect::Postgres);
                // The new path may name the temporary tables last.
                if self.scope.set(variable, self.session.transaction.is_some()) {
                    self.temporary.clear();
                }
            }
            Action::Use { database } if dialect.is_mysql() => {
                self.scope.use_database(database);
                self.temporary.clear();
            }
            // Another database, of which the names so far say nothing.
            Action::Use { .. } => self.forget_all(),
            _ => {}
        }
    }

    /// The rows of a materialized view are its own, and nobody reads them yet. Where a table of that name may be there, the statement
    /// fails, and what else is done to the name is done to the table.
    fn materialized(&mut self, name: &Name, line: u32, step: Step<'_>) {
        let there = self.there(name, step);
        if there != There::Yes {
            let created = if there == There::No { Created::Here { line } } else { Created::Before };
            *self.table_mut(name) = TableState { created, made: true, filled: true, materialized: true, ..TableState::default() };
        }
    }

    /// `RESET ALL`, `DISCARD ALL`: what the session has set is as it was when it began.
    fn as_at_login(&mut self) {
        self.session.reset();
        self.scope.moved_unseen(self.session.transaction.is_some());
        self.temporary.clear();
    }

    fn made(&mut self, kind: &str, name: &str, line: u32, judged: bool) {
        if judged {
            let key = format!("{kind} {name}");
            self.undo.push(Touched::Object(key.clone()));
            self.objects.insert(key, line);
        }
    }

    /// The transaction ends. A rollback takes back what it changed of the schema, but for MySQL, which has committed that before.
    fn ends(&mut self, taken_back: bool, dialect: SqlDialect) {
        self.session.end(taken_back);
        let touched = self.undo.all();
        if taken_back && !dialect.is_mysql() {
            self.forget(touched);
        }
        self.temporary.retain(|_, table| !table.until_commit);
        if self.scope.end(taken_back) {
            self.temporary.clear();
        }
    }

    fn dropped(&mut self, name: &Name) {
        *self.table_mut(name) = TableState { dropped: true, ..TableState::default() };
        self.temporary.remove(&in_session(name));
    }

    fn create_table(&mut self, create: &CreateTable, statement: &Statement, step: Step<'_>) {
        let Some(name) = &create.name else { return };
        // What `CREATE SCHEMA s CREATE TABLE t ..` makes stands in it.
        let inside = schema_made(statement).filter(|_| name.schema.is_none());
        let name = &Name { schema: inside.map(str::to_owned).or_else(|| name.schema.clone()), name: name.name.clone() };
        let Step { dialect, judged, .. } = step;
        let line = statement.span.line;
        let temporary = create.temporary || name.schema.as_deref() == Some("pg_temp");
        let makes = match self.there(name, step) {
            // The table of the session stands beside one that is there.
            _ if temporary => !step.maybe,
            There::No => true,
            There::Maybe => !create.if_not_exists && !step.maybe,
            There::Yes => false,
        };
        // What is there keeps its rows, whether the statement passes it over or fails.
        if !makes {
            return;
        }
        let lower = statement.text.to_ascii_lowercase();
        let created = match (temporary, judged) {
            (true, _) => Created::Temporary { line },
            (false, true) => Created::Here { line },
            (false, false) => Created::Before,
        };
        let whole =
            create.as_query.is_none() && create.like.is_none() && create.inherits.is_empty() && create.partition_of.is_none();
        let mut table = TableState { created, made: true, whole, ..TableState::default() };
        table.until_commit = temporary && lower.contains("commit") && lower.contains("drop");
        if is_of_others(create, &lower, dialect) {
            table.created = Created::Before;
            table.rows_of_others = true;
        }
        table.filled = create.as_query.is_some();
        table.partitioned = create.partition_by.is_some();
        for column in &create.definition.columns {
            table.columns.insert(column.name.clone(), column_state(column, false));
            table.primary_key |= column.primary_key;
        }
        for constraint in &create.definition.constraints {
            constraint_made(&mut table, constraint);
        }
        for index in &create.definition.indexes {
            table.index(index_columns(index));
        }
        for column in &create.definition.columns {
            if column.unique || column.primary_key {
                table.index(vec![column.name.clone()]);
            }
        }
        if temporary {
            // Outside of a transaction it is gone at once.
            if !table.until_commit || self.session.transaction.is_some() {
                let own = in_session(name);
                self.undo.push(Touched::Table(own.clone()));
                self.temporary.insert(own, table);
            }
            return;
        }
        let full = self.scope.full(name);
        self.undo.push(Touched::Table(full.clone()));
        self.tables.insert(full, table);
        for parent in create.inherits.iter().chain(&create.partition_of) {
            self.attached(name, parent);
        }
    }

    fn operation(&mut self, name: &Name, operation: &AlterOp, text: &str, step: Step<'_>) {
        match operation {
            AlterOp::RenameTable { to } => {
                let to = Name { schema: to.schema.clone().or_else(|| name.schema.clone()), name: to.name.clone() };
                self.rename(name, &to, step);
            }
            AlterOp::SetSchema { schema } => {
                self.rename(name, &Name { schema: Some(schema.clone()), name: name.name.clone() }, step);
            }
            AlterOp::AttachPartition { partition, .. } => self.attached(partition, name),
            AlterOp::Inherit { parent, inherit: true } => self.attached(name, parent),
            AlterOp::Partition { verb, .. } if verb == "EXCHANGE" => self.exchanged(name, text),
            AlterOp::Engine { engine } if of_others(engine) => self.takes_rows_of_others(name),
            AlterOp::AddIndex(index) => self.index_made(Some(name), index),
            AlterOp::DropIndex { name } => self.index_dropped(name),
            AlterOp::DropForeignKey { name } => {
                self.dropped_foreign_keys.insert(name.clone());
            }
            AlterOp::AddConstraint(constraint) => {
                let table = self.table_mut(name);
                constraint_made(table, constraint);
                if constraint.not_valid
                    && let Some(constraint) = &constraint.name
                    && let Some(transaction) = &mut self.session.transaction
                {
                    transaction.not_valid.insert((name.name.clone(), constraint.clone()));
                }
            }
            AlterOp::AddColumn { column, if_not_exists }
                if (*if_not_exists || step.maybe) && !self.adds(name, &column.name, step) => {}
            other => column_changed(self.table_mut(name), other),
        }
    }

    fn rename(&mut self, from: &Name, to: &Name, step: Step<'_>) {
        if let Some(table) = self.temporary.remove(&in_session(from)) {
            self.temporary.insert(in_session(to), table);
            return;
        }
        // The server refuses it: what is there keeps its rows.
        if self.is_new(from) && self.there(to, step) == There::Yes {
            return;
        }
        let original = self.original(from);
        let mut table = self.table(from).cloned().unwrap_or_default();
        self.dropped(from);
        table.original = Some(original);
        let full = self.scope.full(to);
        self.undo.push(Touched::Table(full.clone()));
        self.tables.insert(full, table);
    }

    /// Whether a table is there already, by the statements so far or by what is known beside them.
    fn there(&self, name: &Name, step: Step<'_>) -> There {
        match self.table(name) {
            Some(table) if table.dropped => There::No,
            Some(table) if table.made => There::Yes,
            _ => step.beside.there(&self.scope.full(name)),
        }
    }

    /// `ADD COLUMN IF NOT EXISTS` tells nothing of a column that may be there.
    fn adds(&self, name: &Name, column: &str, step: Step<'_>) -> bool {
        let table = self.table(name);
        if table.is_some_and(|table| table.columns.contains_key(column)) {
            return false;
        }
        table.is_some_and(|table| table.whole) || step.beside.has_column(&self.original(name), column) == Some(false)
    }

    /// Rows change places between a partition and a table: every table that the statement names may have those of another one.
    fn exchanged(&mut self, name: &Name, text: &str) {
        let named: std::collections::HashSet<String> = words_of(text).collect();
        let known: Vec<Name> = self.tables.keys().filter(|known| named.contains(&known.name.to_lowercase())).cloned().collect();
        self.takes_rows_of_others(name);
        for name in known {
            self.takes_rows_of_others(&name);
        }
    }

    fn index_made(&mut self, table: Option<&Name>, index: &CreateIndex) {
        if let Some(table) = table
            && !index.partial
            && !index.only
        {
            let columns = index_columns(index);
            self.table_mut(table).index(columns);
        }
        if let Some(name) = &index.name {
            self.undo.push(Touched::Index(name.name.clone()));
            self.dropped_indexes.remove(&name.name);
            let made = IndexState { table: table.cloned(), columns: index_columns(index) };
            self.indexes.insert(name.name.clone(), made);
        }
    }

    fn index_dropped(&mut self, name: &str) {
        self.undo.push(Touched::Index(name.to_owned()));
        self.indexes.remove(name);
        self.dropped_indexes.insert(name.to_owned());
    }

    fn written(&mut self, dml: &Dml, line: u32) {
        self.session.told_mixed |= self.session.first_ddl_on_used.is_some() && !matches!(dml, Dml::Insert(_));
        self.session.first_dml.get_or_insert(line);
        if let Some(transaction) = &mut self.session.transaction {
            transaction.wrote.get_or_insert(line);
        }
        if let Dml::Insert(insert) = dml
            && let Some(table) = &insert.table
            && !matches!(insert.source, InsertSource::Values(0))
        {
            self.table_mut(table).filled = true;
        }
    }
}

/// Whether the statement says for itself how long it waits for its lock.
pub(in crate::analyze::sql) fn says_how_long(statement: &Statement) -> bool {
    statement.actions.iter().any(|action| match action {
        Action::AlterTable(alter) => alter.wait.is_some(),
        Action::LockTables { nowait, .. } => *nowait,
        _ => false,
    })
}

/// The schema that the statement makes.
fn schema_made(statement: &Statement) -> Option<&str> {
    statement.actions.iter().find_map(|action| match action {
        Action::CreateSchema { name } => Some(name.as_str()),
        _ => None,
    })
}

/// Whether a statement that makes something passes over what is there already.
fn may_be_there(text: &str, dialect: SqlDialect) -> bool {
    let start = text.get(..text.floor_char_boundary(400)).unwrap_or_default().to_ascii_lowercase();
    if !start.contains("not") || !start.contains("exists") {
        return false;
    }
    let words = spelled(&start, dialect).to_lowercase();
    words.starts_with("create ") && words.split_whitespace().take(12).collect::<Vec<_>>().join(" ").contains(" if not exists ")
}

/// Whether a query calls the function that sets the path.
fn sets_path(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.contains("set_config") && lower.contains("search_path")
}

/// The words of a text, in lower case.
pub(super) fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').map(str::to_lowercase)
}

/// Whether the rows of a table that is created are not in it, but in another table or on another server.
fn is_of_others(create: &CreateTable, lower: &str, dialect: SqlDialect) -> bool {
    let foreign = dialect == SqlDialect::Postgres
        && lower.contains("foreign")
        && spelled(lower, dialect).to_lowercase().split_whitespace().nth(1) == Some("foreign");
    foreign || create.definition.engine.as_deref().is_some_and(of_others)
}

/// MySQL's engines that keep no rows of their own.
fn of_others(engine: &str) -> bool {
    ["federated", "federatedx", "merge", "mrg_myisam", "connect", "spider", "s3"].contains(&engine.to_ascii_lowercase().as_str())
}

fn index_columns(index: &CreateIndex) -> Vec<String> {
    index.columns.iter().map(|column| column.column.clone().unwrap_or_default()).collect()
}

fn column_state(column: &ColumnDef, added: bool) -> ColumnState {
    ColumnState {
        ty: column.ty.clone(),
        not_null: column.nullable == Some(false) || column.primary_key,
        lifted: false,
        has_default: column.default.is_some() || column.auto_increment,
        added,
        collated: column.collation.is_some(),
        original: None,
        key: column.primary_key || column.unique || column.references.is_some(),
    }
}

fn constraint_made(table: &mut TableState, constraint: &AddConstraint) {
    match &constraint.kind {
        ConstraintKind::PrimaryKey { columns, .. } => {
            table.primary_key = true;
            key_made(table, columns);
            for column in columns {
                may_be_null(table, column, false);
            }
            table.index(columns.clone());
        }
        ConstraintKind::NotNull { column } if !constraint.not_valid => may_be_null(table, column, false),
        ConstraintKind::Unique { columns, .. } => {
            key_made(table, columns);
            table.index(columns.clone());
        }
        ConstraintKind::ForeignKey { columns, .. } => key_made(table, columns),
        ConstraintKind::Check { expression } if !constraint.not_valid => {
            table.never_null.extend(kept_from_null(expression));
        }
        _ => {}
    }
    if let Some(name) = &constraint.name {
        let made = ConstraintState { kind: constraint.kind.clone(), valid: !constraint.not_valid };
        table.constraints.insert(name.clone(), made);
    }
}

fn may_be_null(table: &mut TableState, column: &str, null: bool) {
    let column = table.columns.entry(column.to_owned()).or_default();
    (column.not_null, column.lifted) = (!null, null);
}

fn key_made(table: &mut TableState, columns: &[String]) {
    for column in columns {
        table.columns.entry(column.clone()).or_default().key = true;
    }
}

fn column_changed(table: &mut TableState, operation: &AlterOp) {
    match operation {
        AlterOp::AddColumn { column, .. } => {
            table.primary_key |= column.primary_key;
            if column.unique || column.primary_key {
                table.index(vec![column.name.clone()]);
            }
            table.columns.insert(column.name.clone(), column_state(column, true));
        }
        AlterOp::DropColumn { column, .. } => {
            table.columns.remove(column);
        }
        AlterOp::RenameColumn { from, to } => {
            let column = table.columns.remove(from).unwrap_or_default();
            let original = column.original.clone().or_else(|| (!column.added).then(|| from.clone()));
            table.columns.insert(to.clone(), ColumnState { original, ..column });
        }
        AlterOp::Redefine { old, column } => {
            let before = table.columns.remove(old.as_ref().unwrap_or(&column.name)).unwrap_or_default();
            let now = column_state(column, before.added);
            table.columns.insert(column.name.clone(), ColumnState { key: before.key || now.key, ..now });
        }
        AlterOp::AlterType { column, ty, .. } => {
            table.columns.entry(column.clone()).or_default().ty = Some(ty.clone());
        }
        AlterOp::SetNotNull { column } => may_be_null(table, column, false),
        AlterOp::DropNotNull { column } => may_be_null(table, column, true),
        AlterOp::SetDefault { column, .. } => table.columns.entry(column.clone()).or_default().has_default = true,
        AlterOp::DropDefault { column } => table.columns.entry(column.clone()).or_default().has_default = false,
        AlterOp::ValidateConstraint { name } => {
            if let Some(constraint) = table.constraints.get_mut(name) {
                constraint.valid = true;
                if let ConstraintKind::Check { expression } = &constraint.kind {
                    table.never_null.extend(kept_from_null(expression));
                }
            }
        }
        AlterOp::DropConstraint { name, .. } => {
            if let Some(ConstraintState { kind: ConstraintKind::Check { expression }, .. }) = table.constraints.remove(name) {
                let gone = kept_from_null(&expression);
                table.never_null.retain(|column| !gone.contains(column));
            }
        }
        AlterOp::DropPrimaryKey => table.primary_key = false,
        _ => {}
    }
}

/// The columns that a check keeps from being null: its outermost `AND` has a part `x IS NOT NULL`.
pub(in crate::analyze::sql) fn kept_from_null(expression: &str) -> Vec<String> {
    let mut text = expression.trim();
    while let Some(inner) = inside_one_pair(text) {
        text = inner.trim();
    }
    let lower = text.to_ascii_lowercase();
    if lower.contains(" or ") {
        return Vec::new();
    }
    let mut columns = Vec::new();
    for part in lower.split(" and ") {
        let mut part = part.trim();
        while let Some(inner) = inside_one_pair(part) {
            part = inner.trim();
        }
        let words: Vec<&str> = part.split_whitespace().collect();
        if let [column, "is", "not", "null"] = words.as_slice() {
            columns.push(column.trim_matches(|c| c == '"' || c == '(' || c == ')').to_owned());
        }
    }
    columns
}

/// What stands between a parenthesis at the beginning and its partner at the end.
fn inside_one_pair(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    let mut depth = 0_i32;
    for c in inner.chars() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth < 0 {
            return None;
        }
    }
    Some(inner)
}

/// Whether a statement changes the schema: MySQL commits before and after it, PostgreSQL keeps its locks until the end.
pub(in crate::analyze::sql) fn is_ddl(action: &Action) -> bool {
    !matches!(
        action,
        Action::Dml(_)
            | Action::Query { .. }
            | Action::Harmless { .. }
            | Action::Begin
            | Action::Commit
            | Action::Rollback { .. }
            | Action::Savepoint
            | Action::Set(_)
            | Action::Use { .. }
            | Action::Copy { .. }
            | Action::Block { .. }
            | Action::Call { .. }
            | Action::Dynamic { .. }
            | Action::LockTables { .. }
            | Action::UnlockTables
            | Action::Other { .. }
    )
}

//! Migrations that are made up, each with what takes it back: on a made-up schema with rows, of operations of which the opposite is known.
//!
//! The unit tests and the suite that asks a server use it both.

use std::fmt::Write as _;

/// A number after another, the same ones for the same beginning.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % sides.max(1)
    }

    fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len())]
    }

    fn maybe(&mut self) -> bool {
        self.roll(2) == 0
    }
}

/// Whose statements they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    Postgres,
    Mariadb,
}

/// A base, statements on it, and the statements that take them back, in the order in which they run.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) base: Vec<String>,
    pub(crate) up: Vec<String>,
    pub(crate) down: Vec<Undo>,
}

/// A statement that takes something back.
#[derive(Debug, Clone)]
pub(crate) struct Undo {
    pub(crate) sql: String,
    /// Whether something of the base stays altered without it.
    pub(crate) needed: bool,
}

#[derive(Debug, Clone)]
struct Table {
    name: String,
    fresh: bool,
    columns: Vec<Column>,
    indexes: Vec<Index>,
    constraints: Vec<Constraint>,
}

#[derive(Debug, Clone)]
struct Column {
    name: String,
    ty: &'static str,
    not_null: bool,
    default: Option<String>,
    fresh: bool,
}

#[derive(Debug, Clone)]
struct Index {
    name: String,
    column: String,
    /// Behind `ON t`.
    body: String,
    unique: bool,
}

#[derive(Debug, Clone)]
struct Constraint {
    name: String,
    column: String,
    body: String,
}

const TYPES: &[&str] = &["integer", "bigint", "varchar(20)", "text", "numeric(8,2)", "date", "boolean", "real"];
const MARIADB_TYPES: &[&str] = &["int", "bigint", "varchar(20)", "varchar(50)", "decimal(8,2)", "date", "tinyint unsigned"];

/// A type, a wider one, and that the way back is exact.
const WIDER: &[(&str, &str)] = &[
    ("integer", "bigint"),
    ("varchar(20)", "varchar(40)"),
    ("varchar(20)", "text"),
    ("numeric(8,2)", "numeric(12,2)"),
    ("numeric(8,2)", "numeric(12,4)"),
    ("date", "timestamp"),
    ("real", "double precision"),
    ("integer", "numeric(12,2)"),
];
const MARIADB_WIDER: &[(&str, &str)] = &[
    ("int", "bigint"),
    ("varchar(20)", "varchar(40)"),
    ("varchar(50)", "text"),
    ("decimal(8,2)", "decimal(12,2)"),
    ("date", "datetime"),
    ("tinyint unsigned", "int"),
];

fn value(ty: &str, row: usize) -> String {
    match ty {
        "integer" | "bigint" | "int" | "tinyint unsigned" => format!("{}", row * 7),
        "numeric(8,2)" | "decimal(8,2)" | "real" => format!("{row}.25"),
        "date" => format!("'2026-01-0{row}'"),
        "boolean" => if row.is_multiple_of(2) { "true" } else { "false" }.to_owned(),
        _ => format!("'w{row}'"),
    }
}

fn check(ty: &str, column: &str) -> Option<String> {
    match ty {
        "integer" | "int" | "bigint" | "numeric(8,2)" | "decimal(8,2)" | "real" => Some(format!("{column} > -1000")),
        "varchar(20)" | "varchar(50)" | "text" => Some(format!("length({column}) < 100")),
        _ => None,
    }
}

impl Column {
    fn sql(&self) -> String {
        let mut sql = format!("{} {}", self.name, self.ty);
        if let Some(default) = &self.default {
            let _ = write!(sql, " DEFAULT {default}");
        }
        if self.not_null {
            sql.push_str(" NOT NULL");
        }
        sql
    }
}

struct Maker {
    dice: Dice,
    flavor: Flavor,
    tables: Vec<Table>,
    number: usize,
    base: Vec<String>,
    up: Vec<String>,
    /// Columns that have another name by now: what is over them has it too, and the texts here have not.
    renamed: Vec<String>,
    /// In the order of `up`: each group takes one group of it back.
    down: Vec<Vec<Undo>>,
}

/// Makes a migration of up to `most` operations.
pub(crate) fn make_for(flavor: Flavor, seed: u64, most: usize) -> Made {
    let mut maker = Maker {
        dice: Dice::new(seed),
        flavor,
        tables: Vec::new(),
        number: 0,
        base: Vec::new(),
        up: Vec::new(),
        renamed: Vec::new(),
        down: Vec::new(),
    };
    maker.make_base();
    let count = 1 + maker.dice.roll(most);
    while maker.down.len() < count {
        maker.operation();
    }
    let down = maker.down.into_iter().rev().flatten().collect();
    Made { base: maker.base, up: maker.up, down }
}

impl Maker {
    fn mariadb(&self) -> bool {
        self.flavor == Flavor::Mariadb
    }

    fn name(&mut self, letter: &str) -> String {
        self.number += 1;
        format!("{letter}{}", self.number)
    }

    fn column(&mut self, fresh: bool) -> Column {
        let types = if self.mariadb() { MARIADB_TYPES } else { TYPES };
        let (name, ty) = (self.name("c"), *self.dice.one_of(types));
        let default = self.dice.maybe().then(|| value(ty, 1));
        Column { name, ty, not_null: default.is_some() && self.dice.maybe(), default, fresh }
    }

    fn make_base(&mut self) {
        for _ in 0..2 + self.dice.roll(2) {
            let name = self.name("t");
            let mut columns = Vec::new();
            for _ in 0..2 + self.dice.roll(4) {
                columns.push(self.column(false));
            }
            let list: Vec<String> = columns.iter().map(Column::sql).collect();
            self.base.push(format!("CREATE TABLE {name} (id bigint PRIMARY KEY, {})", list.join(", ")));
            let mut table = Table { name, fresh: false, columns, indexes: Vec::new(), constraints: Vec::new() };
            for row in 1..5 {
                let values: Vec<String> = table.columns.iter().map(|column| value(column.ty, row)).collect();
                self.base.push(format!("INSERT INTO {} VALUES ({row}, {})", table.name, values.join(", ")));
            }
            for _ in 0..self.dice.roll(3) {
                let index = self.index(&table);
                self.base.push(create_index(&table.name, &index));
                table.indexes.push(index);
            }
            if let Some(constraint) = self.constraint(&table) {
                self.base.push(add_constraint(&table.name, &constraint));
                table.constraints.push(constraint);
            }
            self.tables.push(table);
        }
    }

    fn index(&mut self, table: &Table) -> Index {
        let column = self.dice.one_of(&table.columns).clone();
        let unique = self.dice.roll(4) == 0;
        let other = self.dice.one_of(&table.columns).name.clone();
        let body = match self.dice.roll(if self.mariadb() { 2 } else { 5 }) {
            0 => format!("({} DESC)", column.name),
            1 if other != column.name => format!("({}, {other})", column.name),
            2 => format!("({}) WHERE {} IS NOT NULL", column.name, column.name),
            3 if matches!(column.ty, "text" | "varchar(20)") => format!("(lower({}))", column.name),
            _ => format!("({})", column.name),
        };
        // Values repeat in a column of booleans.
        let unique = unique && column.ty != "boolean" && !body.contains(',') && !column.fresh;
        Index { name: self.name("i"), column: column.name, body, unique }
    }

    fn constraint(&mut self, table: &Table) -> Option<Constraint> {
        let column = self.dice.one_of(&table.columns).clone();
        let expression = check(column.ty, &column.name)?;
        Some(Constraint { name: self.name("k"), column: column.name, body: format!("CHECK ({expression})") })
    }

    fn add(&mut self, up: &[String], down: Vec<Undo>) {
        self.up.extend_from_slice(up);
        self.down.push(down);
    }

    fn operation(&mut self) {
        let at = self.dice.roll(self.tables.len());
        match self.dice.roll(17) {
            0 => self.create_table(),
            1 => self.add_column(at),
            2 => self.rename_column(at),
            3 => self.rename_table(at),
            4 => self.add_index(at),
            5 => self.add_constraint(at),
            6 => self.nullable(at),
            7 => self.default(at),
            8 => self.widen(at),
            9 => self.rename_index(at),
            10 => self.drop_index(at),
            11 => self.drop_constraint(at),
            12 => self.object(),
            13 => self.drop_column(at),
            14 => self.update(at),
            15 => self.delete(at),
            _ => self.insert(at),
        }
    }

    fn create_table(&mut self) {
        let name = self.name("t");
        let columns = vec![self.column(true), self.column(true)];
        let list: Vec<String> = columns.iter().map(Column::sql).collect();
        let parent = self.dice.one_of(&self.tables).name.clone();
        let reference = if self.dice.maybe() && !self.mariadb() {
            format!(", parent bigint REFERENCES {parent} (id)")
        } else {
            String::new()
        };
        let counting = if self.mariadb() { "id bigint AUTO_INCREMENT PRIMARY KEY" } else { "id serial PRIMARY KEY" };
        let key = if self.dice.maybe() { counting } else { "id bigint PRIMARY KEY" };
        let up = format!("CREATE TABLE {name} ({key}, {}{reference})", list.join(", "));
        self.add(&[up], vec![needed(format!("DROP TABLE {name}"))]);
        self.tables.push(Table { name, fresh: true, columns, indexes: Vec::new(), constraints: Vec::new() });
    }

    fn add_column(&mut self, at: usize) {
        let column = self.column(true);
        let table = &mut self.tables[at];
        let (up, down) = (
            format!("ALTER TABLE {} ADD COLUMN {}", table.name, column.sql()),
            format!("ALTER TABLE {} DROP COLUMN {}", table.name, column.name),
        );
        let needed = !table.fresh;
        table.columns.push(column);
        self.add(&[up], vec![Undo { sql: down, needed }]);
    }

    fn rename_column(&mut self, at: usize) {
        let to = self.name("r");
        let table = &mut self.tables[at];
        let place = self.dice.roll(table.columns.len());
        let column = &mut table.columns[place];
        let from = std::mem::replace(&mut column.name, to.clone());
        let needed = !table.fresh && !column.fresh;
        // An index or constraint over it follows; its text here would not, and so it is left alone from now on.
        table.indexes.retain(|index| !mentions(&index.body, &from));
        table.constraints.retain(|constraint| !mentions(&constraint.body, &from));
        self.renamed.push(to.clone());
        let rename = |a: &str, b: &str| format!("ALTER TABLE {} RENAME COLUMN {a} TO {b}", table.name);
        let (up, down) = (rename(&from, &to), rename(&to, &from));
        self.add(&[up], vec![Undo { sql: down, needed }]);
    }

    fn rename_table(&mut self, at: usize) {
        let to = self.name("t");
        let from = std::mem::replace(&mut self.tables[at].name, to.clone());
        let needed = !self.tables[at].fresh;
        let rename = |a: &str, b: &str| format!("ALTER TABLE {a} RENAME TO {b}");
        self.add(&[rename(&from, &to)], vec![Undo { sql: rename(&to, &from), needed }]);
    }

    fn add_index(&mut self, at: usize) {
        let table = self.tables[at].clone();
        let index = self.index(&table);
        let fresh = table.fresh || table.columns.iter().any(|column| column.fresh && mentions(&index.body, &column.name));
        // In MariaDB an index loses a column and goes with its last one only.
        let all_fresh = table.columns.iter().filter(|column| mentions(&index.body, &column.name)).all(|column| column.fresh);
        let needed = if self.mariadb() { !table.fresh && !all_fresh } else { !fresh };
        self.add(&[create_index(&table.name, &index)], vec![Undo { sql: self.drop_of(&table.name, &index.name), needed }]);
        self.tables[at].indexes.push(index);
    }

    fn drop_of(&self, table: &str, index: &str) -> String {
        if self.mariadb() { format!("DROP INDEX {index} ON {table}") } else { format!("DROP INDEX {index}") }
    }

    /// A foreign key over a column of its own, with the index that it makes.
    fn add_reference(&mut self, at: usize) {
        let (table, column, key) = (self.tables[at].name.clone(), self.name("p"), self.name("f"));
        if self.tables[at].fresh || self.tables[0].fresh || self.up.iter().any(|up| mentions(up, &self.tables[0].name)) {
            return;
        }
        let parent = self.tables[0].name.clone();
        let up = [
            format!("ALTER TABLE {table} ADD COLUMN {column} bigint"),
            format!("ALTER TABLE {table} ADD CONSTRAINT {key} FOREIGN KEY ({column}) REFERENCES {parent} (id)"),
        ];
        let down = vec![
            needed(format!("ALTER TABLE {table} DROP FOREIGN KEY {key}")),
            needed(format!("ALTER TABLE {table} DROP COLUMN {column}")),
        ];
        self.add(&up, down);
    }

    fn add_constraint(&mut self, at: usize) {
        if self.mariadb() {
            return self.add_reference(at);
        }
        let table = self.tables[at].clone();
        let column = self.dice.one_of(&table.columns).clone();
        let (sql, name) = match self.dice.roll(3) {
            0 if !column.fresh && column.ty != "boolean" => {
                (format!("UNIQUE ({})", column.name), format!("{}_{}_key", table.name, column.name))
            }
            1 if check(column.ty, &column.name).is_some() => {
                let check = check(column.ty, &column.name).unwrap_or_default();
                (format!("CHECK ({check})"), format!("{}_{}_check", table.name, column.name))
            }
            _ => {
                let parent = self.dice.one_of(&self.tables).name.clone();
                ("FOREIGN KEY (id) REFERENCES ".to_owned() + &parent + " (id)", format!("{}_id_fkey", table.name))
            }
        };
        // The same one twice would be named otherwise.
        let add = format!("ALTER TABLE {} ADD {sql}", table.name);
        if self.up.contains(&add)
            || self.base.iter().any(|base| base.contains(&name))
            || self.up.iter().any(|up| up.contains("_fkey"))
        {
            return;
        }
        if sql.starts_with("FOREIGN")
            && (table.fresh || self.up.iter().any(|up| up.starts_with("ALTER TABLE") && up.contains("FOREIGN")))
        {
            return;
        }
        let rows_differ = self.up.iter().any(|up| up.starts_with("INSERT") || up.starts_with("DELETE"));
        if sql.starts_with("FOREIGN") && rows_differ {
            return;
        }
        let parent_fresh = self.tables.iter().any(|other| other.fresh && sql.contains(&format!(" {} ", other.name)));
        if parent_fresh {
            return;
        }
        let needed = !table.fresh && (!column.fresh || sql.starts_with("FOREIGN"));
        self.add(&[add], vec![Undo { sql: format!("ALTER TABLE {} DROP CONSTRAINT {name}", table.name), needed }]);
    }

    fn nullable(&mut self, at: usize) {
        let (ups, mariadb) = (&self.up, self.mariadb());
        let table = &mut self.tables[at];
        let place = self.dice.roll(table.columns.len());
        let column = &mut table.columns[place];
        // Twice would be nothing at all.
        let again = |up: &String| (up.contains("NOT NULL") || up.contains("MODIFY")) && mentions(up, &column.name);
        if ups.iter().any(again) {
            return;
        }
        column.not_null = !column.not_null;
        let alter = |word: &str| format!("ALTER TABLE {} ALTER COLUMN {} {word} NOT NULL", table.name, column.name);
        let modify = |not_null: bool| {
            let column = Column { not_null, ..column.clone() };
            format!("ALTER TABLE {} MODIFY COLUMN {}", table.name, column.sql())
        };
        let (up, down) = match (mariadb, column.not_null) {
            (true, now) => (modify(now), modify(!now)),
            (false, true) => (alter("SET"), alter("DROP")),
            (false, false) => (alter("DROP"), alter("SET")),
        };
        let needed = !table.fresh && !column.fresh;
        // Rows of a column without default that came later hold NULL.
        if column.fresh && column.not_null && column.default.is_none() {
            column.not_null = false;
            return;
        }
        self.add(&[up], vec![Undo { sql: down, needed }]);
    }

    fn default(&mut self, at: usize) {
        let (ups, mariadb) = (&self.up, self.mariadb());
        let table = &mut self.tables[at];
        let place = self.dice.roll(table.columns.len());
        let column = &mut table.columns[place];
        let new = Some(value(column.ty, 3)).filter(|_| self.dice.maybe());
        let twice = ups.iter().any(|up| up.contains(" DEFAULT") && mentions(up, &column.name));
        if new == column.default || twice {
            return;
        }
        let alter = |default: &Option<String>| match default {
            Some(default) => format!("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {default}", table.name, column.name),
            None if mariadb && !column.not_null => {
                format!("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT NULL", table.name, column.name)
            }
            None => format!("ALTER TABLE {} ALTER COLUMN {} DROP DEFAULT", table.name, column.name),
        };
        let (up, down) = (alter(&new), alter(&column.default));
        let needed = !table.fresh && !column.fresh;
        column.default = new;
        self.add(&[up], vec![Undo { sql: down, needed }]);
    }

    fn widen(&mut self, at: usize) {
        let table = &self.tables[at];
        let plain = |column: &&Column| {
            column.default.is_none()
                && !table.indexes.iter().any(|index| mentions(&index.body, &column.name))
                && !table.constraints.iter().any(|constraint| constraint.column == column.name)
                && !self.up.iter().any(|up| mentions(up, &column.name))
                && !self.base.iter().any(|base| base.contains("CHECK") && mentions(base, &column.name))
        };
        let Some(column) = table.columns.iter().find(plain) else { return };
        let wider = if self.mariadb() { MARIADB_WIDER } else { WIDER };
        let fits: Vec<&(&str, &str)> = wider.iter().filter(|(from, _)| *from == column.ty).collect();
        let Some((from, to)) = fits.get(self.dice.roll(fits.len())).copied() else { return };
        let needed = !table.fresh && !column.fresh;
        let null = if column.not_null { " NOT NULL" } else { "" };
        let alter = |ty: &str| match self.flavor {
            Flavor::Postgres => format!("ALTER TABLE {} ALTER COLUMN {} TYPE {ty}", table.name, column.name),
            Flavor::Mariadb => format!("ALTER TABLE {} CHANGE COLUMN {} {} {ty}{null}", table.name, column.name, column.name),
        };
        let (up, down) = (alter(to), alter(from));
        self.add(&[up], vec![Undo { sql: down, needed }]);
    }

    fn rename_index(&mut self, at: usize) {
        let to = self.name("i");
        let table = &mut self.tables[at];
        let fresh = table.fresh;
        let Some(index) = table.indexes.last_mut() else { return };
        let fresh = fresh || self.up.iter().any(|up| mentions(up, &index.name));
        let from = std::mem::replace(&mut index.name, to.clone());
        let table = table.name.clone();
        let mariadb = self.mariadb();
        let rename = |a: &str, b: &str| {
            if mariadb {
                format!("ALTER TABLE {table} RENAME INDEX {a} TO {b}")
            } else {
                format!("ALTER INDEX {a} RENAME TO {b}")
            }
        };
        self.add(&[rename(&from, &to)], vec![Undo { sql: rename(&to, &from), needed: !fresh }]);
    }

    fn drop_index(&mut self, at: usize) {
        let mariadb = self.mariadb();
        let table = &mut self.tables[at];
        let Some(index) = table.indexes.pop() else { return };
        let fresh = table.fresh || self.up.iter().any(|up| mentions(up, &index.name));
        let down = create_index(&table.name, &index);
        let up =
            if mariadb { format!("DROP INDEX {} ON {}", index.name, table.name) } else { format!("DROP INDEX {}", index.name) };
        self.add(&[up], vec![Undo { sql: down, needed: !fresh }]);
    }

    fn drop_constraint(&mut self, at: usize) {
        let table = &mut self.tables[at];
        let Some(constraint) = table.constraints.pop() else { return };
        let down = add_constraint(&table.name, &constraint);
        let up = format!("ALTER TABLE {} DROP CONSTRAINT {}", table.name, constraint.name);
        self.add(&[up], vec![needed(down)]);
    }

    fn object(&mut self) {
        let name = self.name("o");
        let table = self.dice.one_of(&self.tables).name.clone();
        let (up, down) = match self.dice.roll(4) {
            _ if self.mariadb() => (format!("CREATE VIEW {name} AS SELECT 1 AS one"), format!("DROP VIEW {name}")),
            0 => (format!("CREATE TYPE {name} AS ENUM ('a', 'b')"), format!("DROP TYPE {name}")),
            1 => (format!("CREATE SEQUENCE {name}"), format!("DROP SEQUENCE {name}")),
            2 => (format!("CREATE VIEW {name} AS SELECT 1 AS one, '{table}' AS two"), format!("DROP VIEW {name}")),
            _ => (format!("CREATE DOMAIN {name} AS text CHECK (length(VALUE) < 9)"), format!("DROP DOMAIN {name}")),
        };
        self.add(&[up], vec![needed(down)]);
    }

    /// With a copy of its values, and what needed it made again.
    fn drop_column(&mut self, at: usize) {
        let backup = self.name("b");
        let table = &mut self.tables[at];
        let plain = table.columns.iter().position(|column| {
            !column.fresh
                && !table.indexes.iter().any(|index| mentions(&index.body, &column.name))
                && !table.constraints.iter().any(|constraint| constraint.column == column.name)
                && !self.base.iter().chain(&self.up).any(|sql| {
                    (sql.contains("INDEX") || sql.contains("CHECK") || sql.contains("UNIQUE") || sql.contains("RENAME"))
                        && mentions(sql, &column.name)
                })
        });
        let Some(place) = plain.filter(|_| !table.fresh && table.columns.len() > 1) else { return };
        let column = table.columns.remove(place);
        let (name, c) = (table.name.clone(), &column.name);
        let bare = Column { not_null: false, ..column.clone() };
        let up = [format!("CREATE TABLE {backup} AS SELECT id, {c} FROM {name}"), format!("ALTER TABLE {name} DROP COLUMN {c}")];
        let altered = |sql: &String| [" TYPE ", " CHANGE "].iter().any(|word| sql.contains(word)) && mentions(sql, c);
        let ty = self.up.iter().any(altered);
        if ty {
            // Its type is another one by now.
            self.tables[at].columns.push(column);
            return;
        }
        let mut down = vec![
            needed(format!("ALTER TABLE {name} ADD COLUMN {}", bare.sql())),
            needed(match self.flavor {
                Flavor::Postgres => format!("UPDATE {name} SET {c} = {backup}.{c} FROM {backup} WHERE {backup}.id = {name}.id"),
                Flavor::Mariadb => {
                    format!("UPDATE {name} JOIN {backup} ON {backup}.id = {name}.id SET {name}.{c} = {backup}.{c}")
                }
            }),
        ];
        if column.not_null {
            down.push(needed(match self.flavor {
                Flavor::Postgres => format!("ALTER TABLE {name} ALTER COLUMN {c} SET NOT NULL"),
                Flavor::Mariadb => format!("ALTER TABLE {name} MODIFY COLUMN {}", column.sql()),
            }));
        }
        down.push(Undo { sql: format!("DROP TABLE {backup}"), needed: false });
        self.add(&up, down);
    }

    fn update(&mut self, at: usize) {
        let backup = self.name("b");
        let table = &self.tables[at];
        let Some(column) = table.columns.iter().find(|column| !column.fresh && !table.fresh && column.ty == "text") else {
            return;
        };
        if self.up.iter().chain(&self.base).any(|sql| sql.contains("UNIQUE") && mentions(sql, &column.name)) {
            return;
        }
        let (name, c) = (&table.name, &column.name);
        let up = [
            format!("CREATE TABLE {backup} AS SELECT id, {c} FROM {name} WHERE id < 4"),
            match self.flavor {
                Flavor::Postgres => format!("UPDATE {name} SET {c} = 'other' || id WHERE id < 4"),
                Flavor::Mariadb => format!("UPDATE {name} SET {c} = concat('other', id) WHERE id < 4"),
            },
        ];
        let down = vec![
            needed(match self.flavor {
                Flavor::Postgres => format!("UPDATE {name} SET {c} = x.{c} FROM {backup} x WHERE x.id = {name}.id"),
                Flavor::Mariadb => format!("UPDATE {name} JOIN {backup} x USING (id) SET {name}.{c} = x.{c}"),
            }),
            Undo { sql: format!("DROP TABLE {backup}"), needed: false },
        ];
        self.add(&up, down);
    }

    fn delete(&mut self, at: usize) {
        let backup = self.name("b");
        let table = &self.tables[at];
        let foreign = self.up.iter().chain(&self.base).any(|sql| sql.contains("REFERENCES"));
        // The copy has the columns of this moment, and other ones would not fit it.
        let altered = self.up.iter().any(|sql| mentions(sql, &table.name));
        if table.fresh || foreign || altered {
            return;
        }
        let name = &table.name;
        let up =
            [format!("CREATE TABLE {backup} AS SELECT * FROM {name} WHERE id = 2"), format!("DELETE FROM {name} WHERE id = 2")];
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let columns = columns.join(", ");
        let down = vec![
            // By their names: a column that comes back stands at the end.
            needed(format!("INSERT INTO {name} (id, {columns}) SELECT id, {columns} FROM {backup}")),
            Undo { sql: format!("DROP TABLE {backup}"), needed: false },
        ];
        self.add(&up, down);
    }

    fn insert(&mut self, at: usize) {
        let table = &self.tables[at];
        let foreign = self.up.iter().any(|sql| sql.contains("REFERENCES"));
        // A second one would have the same values, which a unique index may not like.
        let again = self.up.iter().any(|sql| sql.starts_with("INSERT") || sql.contains(" TYPE ") || sql.contains(" CHANGE "));
        let unique = self.up.iter().chain(&self.base).any(|sql| sql.contains("UNIQUE"));
        if table.fresh || foreign || again || unique {
            return;
        }
        self.number += 1;
        let (name, id) = (&table.name, 100 + self.number);
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let values: Vec<String> = table.columns.iter().map(|column| value(column.ty, 5)).collect();
        let up = format!("INSERT INTO {name} (id, {}) VALUES ({id}, {})", columns.join(", "), values.join(", "));
        self.add(&[up], vec![needed(format!("DELETE FROM {name} WHERE id = {id}"))]);
    }
}

fn needed(sql: String) -> Undo {
    Undo { sql, needed: true }
}

fn create_index(table: &str, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    debug_assert!(mentions(&index.body, &index.column));
    format!("CREATE {unique}INDEX {} ON {table} {}", index.name, index.body)
}

fn add_constraint(table: &str, constraint: &Constraint) -> String {
    format!("ALTER TABLE {table} ADD CONSTRAINT {} {}", constraint.name, constraint.body)
}

/// Whether a text has a word.
fn mentions(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|it| it == word)
}

impl Made {
    /// The same with one statement of the way back left out or spoilt, and whether that certainly matters.
    pub(crate) fn spoilt(&self, dice: &mut Dice) -> (Made, bool) {
        let mut made = self.clone();
        let at = dice.roll(made.down.len());
        let undo = made.down[at].clone();
        let other = match dice.roll(3) {
            0 => spoil(&undo.sql),
            1 if made.down.len() > 1 && at + 1 < made.down.len() => {
                made.down.swap(at, at + 1);
                // Two that do not depend on each other may stand either way.
                return (made, false);
            }
            _ => None,
        };
        match other {
            Some(sql) => made.down[at].sql = sql,
            None => {
                made.down.remove(at);
            }
        }
        (made, undo.needed)
    }
}

/// A statement that does something else.
fn spoil(sql: &str) -> Option<String> {
    let pairs = [
        (" TYPE integer", " TYPE smallint"),
        (" TYPE varchar(20)", " TYPE varchar(21)"),
        (" TYPE numeric(8,2)", " TYPE numeric(9,2)"),
        (" TYPE date", " TYPE timestamptz"),
        (" TYPE real", " TYPE numeric"),
        (" int", " smallint"),
        (" varchar(20)", " varchar(21)"),
        (" decimal(8,2)", " decimal(8,1)"),
        ("SET NOT NULL", "DROP NOT NULL"),
        ("DROP DEFAULT", "SET DEFAULT NULL::text || 'x'"),
        ("ADD COLUMN", "ADD COLUMN z"),
        ("RENAME TO ", "RENAME TO z"),
        ("DROP TABLE ", "DROP TABLE z"),
        ("DROP COLUMN ", "DROP COLUMN z"),
        ("DROP CONSTRAINT ", "DROP CONSTRAINT z"),
        ("DROP INDEX ", "DROP INDEX z"),
        ("CREATE INDEX ", "CREATE UNIQUE INDEX "),
        ("> -1000", "> -1001"),
        ("< 100)", "< 101)"),
        ("WHERE id = 2", "WHERE id = 3"),
    ];
    let (from, to) = pairs.into_iter().find(|(from, _)| sql.contains(from))?;
    Some(sql.replacen(from, to, 1))
}

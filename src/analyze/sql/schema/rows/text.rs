//! What the tree of a statement does not tell: what is assigned to a column, which columns a query selects, which rows are listed.

use super::filter::literal_of;
use crate::analyze::sql::schema::words::{Word, WordKind, bare_of, find, split};
use crate::evidence::sql::Name;
use crate::facts::SqlDialect;

/// `column = value` of an `UPDATE`, and of what an `INSERT` does with rows that are there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Assignment {
    /// The table or alias before the column.
    pub(super) table: Option<String>,
    pub(super) column: String,
    pub(super) value: Vec<Word>,
}

/// What a query selects.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    /// `*`, `t.*`
    Star,
    /// `t.column AS name`
    Column {
        table: Option<String>,
        column: String,
    },
    Other,
}

/// Words that end a clause.
const CLAUSES: &[&str] = &[
    "from",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "union",
    "except",
    "intersect",
    "returning",
    "window",
    "offset",
    "for",
    "on",
];

/// The names that stand for tables in a statement: each table with its alias, and with its own name.
pub(super) fn aliases(words: &[Word], dialect: SqlDialect) -> Vec<(String, Name)> {
    let mut found = Vec::new();
    let mut at = 0;
    let (mut list, mut depth) = (None, 0_usize);
    while let Some(word) = words.get(at) {
        if word.is_sign("(") {
            depth += 1;
        } else if word.is_sign(")") {
            depth = depth.saturating_sub(1);
            if list.is_some_and(|of| depth < of) {
                list = None;
            }
        }
        let opens = ["from", "join", "update", "using", "into"].iter().any(|keyword| word.is(keyword));
        let goes_on = word.is_sign(",") && list == Some(depth);
        if ["set", "where", "values", "select"].iter().any(|keyword| word.is(keyword)) && list == Some(depth) {
            list = None;
        }
        at += 1;
        if !(opens || goes_on) {
            continue;
        }
        list = Some(depth);
        while ["only", "ignore", "lateral", "low_priority"]
            .iter()
            .any(|keyword| words.get(at).is_some_and(|word| word.is(keyword)))
        {
            at += 1;
        }
        let Some((name, next)) = name_at(words, at, dialect) else { continue };
        let mut behind = next;
        if words.get(behind).is_some_and(|word| word.is("as")) {
            behind += 1;
        }
        let alias = words.get(behind).and_then(Word::name);
        let is_alias = |alias: &&str| !CLAUSES.contains(alias) && !JOINS.contains(alias);
        if let Some(alias) = alias.filter(is_alias) {
            found.push((alias.to_owned(), name.clone()));
        }
        found.push((name.name.clone(), name));
        at = next;
    }
    found
}

/// What may stand behind a table and is no alias.
const JOINS: &[&str] = &[
    "set",
    "join",
    "inner",
    "left",
    "right",
    "full",
    "cross",
    "natural",
    "values",
    "select",
    "using",
    "straight_join",
    "tablesample",
    "partition",
    "use",
    "force",
    "default",
];

fn name_at(words: &[Word], at: usize, dialect: SqlDialect) -> Option<(Name, usize)> {
    let fold = |word: &Word| {
        let name = word.name()?;
        Some(if dialect == SqlDialect::Postgres { name.to_owned() } else { name.to_lowercase() })
    };
    let first = fold(words.get(at)?)?;
    if words.get(at + 1).is_some_and(|word| word.is_sign("."))
        && let Some(second) = words.get(at + 2).and_then(fold)
    {
        return Some((Name { schema: Some(first), name: second }, at + 3));
    }
    Some((Name::plain(&first), at + 1))
}

/// The assignments behind the `SET` of an `UPDATE`, or behind `DO UPDATE SET` and `ON DUPLICATE KEY UPDATE`.
pub(super) fn assignments(words: &[Word]) -> Vec<Assignment> {
    let start = find(words, 0, &["set"]).or_else(|| {
        find(words, 0, &["duplicate"]).filter(|at| words.get(at + 2).is_some_and(|word| word.is("update"))).map(|at| at + 2)
    });
    let Some(start) = start else { return Vec::new() };
    let end = find(words, start + 1, &["where", "from", "order", "limit", "returning"]).unwrap_or(words.len());
    split(&words[start + 1..end], ",").into_iter().flat_map(assignment).collect()
}

fn assignment(words: &[Word]) -> Vec<Assignment> {
    let sides = split(words, "=");
    let [target, ..] = sides.as_slice() else { return Vec::new() };
    let Some(value) = words.get(target.len() + 1..) else { return Vec::new() };
    // `(a, b) = (SELECT c, d FROM ..)` and `(a, b) = (1, 2)`: one value each, with what follows the list.
    if let [first, inner @ .., last] = target
        && first.is_sign("(")
        && last.is_sign(")")
    {
        let targets = split(inner, ",");
        let inner = bare_of(match value {
            [first, rest @ ..] if first.is("row") => rest,
            value => value,
        });
        let (head, tail) = match inner {
            [first, rest @ ..] if first.is("select") => rest.split_at(find(rest, 0, CLAUSES).unwrap_or(rest.len())),
            values => (values, &[][..]),
        };
        let values = split(head, ",");
        return targets
            .into_iter()
            .enumerate()
            .filter_map(|(at, target)| {
                let value = values.get(at).map(|value| [value, tail].concat()).unwrap_or_default();
                let (table, column) = column_of(target)?;
                Some(Assignment { table, column, value })
            })
            .collect();
    }
    let Some((table, column)) = column_of(target) else { return Vec::new() };
    vec![Assignment { table, column, value: value.to_vec() }]
}

/// Bare words that are values and no columns.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "default",
    "unknown",
    "current_timestamp",
    "current_date",
    "current_time",
    "localtime",
    "localtimestamp",
    "current_user",
    "session_user",
    "user",
    "utc_timestamp",
    "utc_date",
    "sysdate",
];

/// The column that words are, and nothing else.
pub(super) fn column_of(words: &[Word]) -> Option<(Option<String>, String)> {
    match bare_of(words) {
        [word] if word.kind == WordKind::Bare && VALUES.contains(&word.text.as_str()) => None,
        [column] => Some((None, column.name()?.to_owned())),
        [table, dot, column] if dot.is_sign(".") => Some((Some(table.name()?.to_owned()), column.name()?.to_owned())),
        [_, first, table, dot, column] if first.is_sign(".") && dot.is_sign(".") => {
            Some((Some(table.name()?.to_owned()), column.name()?.to_owned()))
        }
        _ => None,
    }
}

/// What the outermost query selects; `None` where it is none, or several joined by `UNION`.
pub(super) fn items(words: &[Word]) -> Option<Vec<Item>> {
    let start = find(words, 0, &["select"])?;
    if find(words, start, &["union", "except", "intersect"]).is_some() {
        return None;
    }
    let mut from = start + 1;
    if words.get(from).is_some_and(|word| word.is("distinct")) {
        return None;
    }
    if words.get(from).is_some_and(|word| word.is("all")) {
        from += 1;
    }
    let end = find(words, from, CLAUSES).unwrap_or(words.len());
    Some(split(words.get(from..end)?, ",").into_iter().map(item).collect())
}

fn item(words: &[Word]) -> Item {
    match words {
        [star] if star.is_sign("*") => return Item::Star,
        [_, dot, star] if dot.is_sign(".") && star.is_sign("*") => return Item::Star,
        _ => {}
    }
    let value = match words {
        [value @ .., word, _] if word.is("as") => value,
        [value @ .., name] if value.len() == 1 && name.kind != WordKind::Sign && value[0].kind != WordKind::Sign => value,
        [value @ .., name] if value.len() == 3 && name.name().is_some() && value[1].is_sign(".") => value,
        all => all,
    };
    match column_of(value) {
        Some((table, column)) => Item::Column { table, column },
        None => Item::Other,
    }
}

/// The name under which an item of a query comes.
pub(super) fn outputs(words: &[Word]) -> Vec<Option<String>> {
    let Some(start) = find(words, 0, &["select"]) else { return Vec::new() };
    let end = find(words, start + 1, CLAUSES).unwrap_or(words.len());
    let list = words.get(start + 1..end).unwrap_or_default();
    split(list, ",").into_iter().map(|item| item.last().and_then(Word::name).map(str::to_owned)).collect()
}

/// The most rows whose values are compared.
const MOST_ROWS: usize = 1_000;

/// The literals of each column of `VALUES (..), (..)`: as many lists as the first row has values. A value that is no literal stands as
/// `?`, so that it equals none.
pub(super) fn listed(words: &[Word]) -> Vec<Vec<String>> {
    let Some(start) = words.iter().position(|word| word.is("values") || word.is("value")) else { return Vec::new() };
    let end = find(words, start + 1, &["on", "returning", "as"]).unwrap_or(words.len());
    let mut columns: Vec<Vec<String>> = Vec::new();
    for (at, row) in split(&words[start + 1..end], ",").into_iter().enumerate() {
        if at >= MOST_ROWS {
            return Vec::new();
        }
        for (at, value) in split(bare_of(row), ",").into_iter().enumerate() {
            let value = literal_of(value).unwrap_or_else(|| "?".to_owned());
            match columns.get_mut(at) {
                Some(column) => column.push(value),
                None => columns.push(vec![value]),
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::sql::schema::words::{join, words};

    const PG: SqlDialect = SqlDialect::Postgres;

    fn assigned(text: &str) -> Vec<(String, String)> {
        assignments(&words(text, PG)).into_iter().map(|it| (it.column, join(&it.value))).collect()
    }

    fn pair(column: &str, value: &str) -> (String, String) {
        (column.to_owned(), value.to_owned())
    }

    #[test]
    fn assignments_are_told_apart() {
        assert_eq!(
            assigned("update t set a = b.x, c = f(1, 2) from b where t.id = b.id"),
            [pair("a", "b.x"), pair("c", "f (1, 2)")]
        );
        assert_eq!(
            assigned("update t set (a, c) = (select x, y from b where b.id = t.id)"),
            [pair("a", "x from b where b.id = t.id"), pair("c", "y from b where b.id = t.id")]
        );
        assert_eq!(assigned("update t set (a, b) = (1, 2)"), [pair("a", "1"), pair("b", "2")]);
        assert_eq!(assigned("insert into t values (1) on conflict (id) do update set a = excluded.a"), [pair("a", "excluded.a")]);
        assert_eq!(assigned("insert into t values (1) on duplicate key update a = values(a)"), [pair("a", "values (a)")]);
        assert_eq!(assigned("update t set a = b = c"), [pair("a", "b = c")]);
        assert_eq!(assigned("select 1"), []);
    }

    #[test]
    fn tables_are_known_by_their_aliases() {
        let found = aliases(&words("update a.t as x set c = y.c from b y, d join e on e.i = d.i where x.id = y.id", PG), PG);
        let names: Vec<String> = found.iter().map(|(alias, name)| format!("{alias}={name}")).collect();
        assert_eq!(names, ["x=a.t", "t=a.t", "y=b", "b=b", "d=d", "e=e"]);
    }

    #[test]
    fn items_are_columns_or_not() {
        let all = items(&words("select *, a, t.b x, c as d, e + 1, f(g) from t, u", PG)).expect("a query");
        assert_eq!(all.len(), 6);
        assert!(matches!((&all[0], &all[4], &all[5]), (Item::Star, Item::Other, Item::Other)));
        assert!(matches!(&all[2], Item::Column { table: Some(table), column } if table == "t" && column == "b"));
        assert!(matches!(&all[3], Item::Column { table: None, column } if column == "c"));
        assert_eq!(items(&words("select a from t union select b from u", PG)), None);
    }

    #[test]
    fn rows_are_listed_by_column() {
        let columns = listed(&words("insert into t (a, b) values (1, 'x'), ('2', f()) on conflict do nothing", PG));
        assert_eq!(columns, [vec!["1".to_owned(), "2".to_owned()], vec!["'x'".to_owned(), "?".to_owned()]]);
    }

    #[test]
    fn nonsense_is_nothing() {
        for text in [
            "",
            "set",
            "update set set = = ,",
            "insert values",
            "select",
            "select from",
            "( ) . , =",
            "from , . as",
            "values (((",
        ] {
            let words = words(text, PG);
            let all = (assignments(&words), aliases(&words, PG), items(&words), listed(&words), outputs(&words));
            assert!(all.0.len() <= words.len() && all.1.len() <= 2 * words.len(), "{text}");
        }
    }
}

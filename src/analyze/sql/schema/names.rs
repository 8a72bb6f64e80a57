//! The names that servers give to what has none.
//!
//! PostgreSQL: `makeObjectName`, `ChooseIndexName` and `ChooseConstraintName` (`src/backend/commands/indexcmds.c`,
//! `src/backend/catalog/pg_constraint.c`). MySQL 8.0 manual, sections 13.1.20.5 and 13.1.20.6; `MariaDB` names checks otherwise.

/// The longest name in PostgreSQL, in bytes.
const LONGEST: usize = 63;

/// `table_columns_label`, cut as PostgreSQL cuts it, with a number where `taken` says that it is in use.
pub(super) fn postgres(table: &str, columns: &[&str], label: &str, taken: impl Fn(&str) -> bool) -> String {
    let middle = columns.join("_");
    for number in 0..10_000_u32 {
        let label = if number == 0 { label.to_owned() } else { format!("{label}{number}") };
        let name = fitted(table, &middle, &label);
        if !taken(&name) {
            return name;
        }
    }
    fitted(table, &middle, label)
}

fn fitted(table: &str, middle: &str, label: &str) -> String {
    let extra = label.len() + 1 + usize::from(!middle.is_empty());
    let room = LONGEST.saturating_sub(extra);
    let (mut first, mut second) = (table.len(), middle.len());
    while first + second > room {
        if first > second {
            first -= 1;
        } else {
            second = second.saturating_sub(1);
        }
    }
    let (first, second) = (cut(table, first), cut(middle, second));
    if middle.is_empty() { format!("{first}_{label}") } else { format!("{first}_{second}_{label}") }
}

fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// `stem`, or `stem_2`, `stem_3` ... : how MySQL names an index after its first column.
pub(super) fn mysql_index(stem: &str, taken: impl Fn(&str) -> bool) -> String {
    if !taken(stem) {
        return stem.to_owned();
    }
    (2..10_000_u32).map(|number| format!("{stem}_{number}")).find(|name| !taken(name)).unwrap_or_else(|| stem.to_owned())
}

/// `stem1`, `stem2` ... : how MySQL names foreign keys (`t_ibfk_1`) and checks (`t_chk_1`, `CONSTRAINT_1` in MariaDB).
pub(super) fn numbered(stem: &str, taken: impl Fn(&str) -> bool) -> String {
    (1..10_000_u32).map(|number| format!("{stem}{number}")).find(|name| !taken(name)).unwrap_or_else(|| stem.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_servers() {
        assert_eq!(postgres("t", &["a", "b"], "key", |_| false), "t_a_b_key");
        assert_eq!(postgres("t", &[], "pkey", |_| false), "t_pkey");
        assert_eq!(postgres("t", &["a"], "key", |name| name == "t_a_key"), "t_a_key1");
        let long = "x".repeat(60);
        // Asked of PostgreSQL 15: both parts are cut to the same length.
        let name = postgres(&long, &["yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"], "idx", |_| false);
        assert_eq!(name.len(), LONGEST);
        assert!(name.starts_with(&"x".repeat(29)) && name.ends_with("y_idx"), "{name}");
        assert_eq!(mysql_index("a", |name| name == "a"), "a_2");
        assert_eq!(numbered("t_ibfk_", |name| name == "t_ibfk_1"), "t_ibfk_2");
    }

    #[test]
    fn a_name_is_cut_between_characters() {
        let name = postgres(&"é".repeat(60), &[], "pkey", |_| false);
        assert!(name.len() <= LONGEST && name.ends_with("_pkey"), "{name}");
    }
}

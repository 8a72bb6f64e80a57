//! The ways in which code spells the name of a table or column.

/// Columns that every second table has: found by themselves they say nothing.
const COMMON: &[&str] = &[
    "id",
    "ids",
    "uuid",
    "key",
    "code",
    "name",
    "names",
    "title",
    "label",
    "type",
    "kind",
    "class",
    "state",
    "status",
    "value",
    "values",
    "data",
    "text",
    "content",
    "body",
    "message",
    "description",
    "comment",
    "comments",
    "note",
    "notes",
    "date",
    "time",
    "timestamp",
    "created",
    "updated",
    "deleted",
    "created_at",
    "updated_at",
    "deleted_at",
    "created_by",
    "updated_by",
    "create_time",
    "update_time",
    "gmt_create",
    "gmt_modified",
    "is_deleted",
    "active",
    "enabled",
    "version",
    "count",
    "total",
    "amount",
    "price",
    "size",
    "length",
    "order",
    "position",
    "sort",
    "index",
    "level",
    "parent",
    "parent_id",
    "user",
    "user_id",
    "owner",
    "email",
    "phone",
    "address",
    "url",
    "path",
    "file",
    "image",
    "start",
    "end",
    "from",
    "to",
    "source",
    "target",
    "result",
    "error",
    "config",
    "options",
    "settings",
    "metadata",
    "meta",
    "extra",
    "tags",
    "tag",
    "role",
    "token",
    "hash",
    "password",
    "first",
    "last",
    "min",
    "max",
    "year",
    "month",
    "day",
    "hour",
    "flag",
    "mode",
    "format",
    "category",
    "group",
    "remark",
    "sn",
    "no",
    "ip",
    "lang",
    "language",
    "country",
    "city",
    "summary",
    "info",
];

/// Whether a column's name is one of those that say nothing by themselves; also one of two letters.
pub(super) fn is_common(column: &str) -> bool {
    column.chars().count() <= 2 || COMMON.contains(&column)
}

/// What is looked for, in lower case: with underscores, and without (`user_id`, `userid`).
pub(super) fn spellings(name: &str) -> Vec<String> {
    let snake = snake(name);
    let joined = snake.replace('_', "");
    let mut found = vec![snake];
    if !found.contains(&joined) {
        found.push(joined);
    }
    found.retain(|text| !text.is_empty());
    found
}

/// `userId` and `User Id` as `user_id`.
fn snake(name: &str) -> String {
    let mut text = String::new();
    let mut before_lower = false;
    for c in name.chars() {
        if c.is_uppercase() && before_lower {
            text.push('_');
        }
        before_lower = c.is_lowercase() || c.is_ascii_digit();
        text.extend(c.to_lowercase().map(|c| if c.is_whitespace() || c == '-' { '_' } else { c }));
    }
    text.trim_matches('_').to_owned()
}

/// A table's name and what an entity of it is called: one of several, without a prefix that says that it is a table.
pub(super) fn of_table(name: &str) -> Vec<String> {
    let name = snake(name);
    let mut stems = vec![name.clone()];
    for prefix in ["t_", "tb_", "tbl_", "tab_"] {
        if let Some(rest) = name.strip_prefix(prefix).filter(|rest| rest.len() > 2) {
            stems.push(rest.to_owned());
        }
    }
    let mut found: Vec<String> = Vec::new();
    for stem in stems {
        for form in [Some(stem.clone()), singular(&stem), plural(&stem)].into_iter().flatten() {
            for text in spellings(&form) {
                if !found.contains(&text) {
                    found.push(text);
                }
            }
        }
    }
    found
}

fn singular(name: &str) -> Option<String> {
    let stem =
        |ending: &str, new: &str| name.strip_suffix(ending).filter(|stem| stem.len() > 1).map(|stem| format!("{stem}{new}"));
    if name.ends_with("ss") || name.ends_with("us") || name.ends_with("is") {
        return None;
    }
    stem("ies", "y")
        .or_else(|| stem("sses", "ss"))
        .or_else(|| stem("xes", "x"))
        .or_else(|| stem("ches", "ch"))
        .or_else(|| stem("shes", "sh"))
        .or_else(|| stem("uses", "us"))
        .or_else(|| stem("people", "person"))
        .or_else(|| stem("children", "child"))
        .or_else(|| stem("s", ""))
}

fn plural(name: &str) -> Option<String> {
    if name.ends_with('s') && !name.ends_with("ss") && !name.ends_with("us") {
        return None;
    }
    if let Some(stem) = name.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u'])) {
        return Some(format!("{stem}ies"));
    }
    let hissing = ["ss", "us", "x", "ch", "sh"].iter().any(|ending| name.ends_with(ending));
    Some(if hissing { format!("{name}es") } else { format!("{name}s") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_its_entity() {
        for (table, entity) in [
            ("users", "user"),
            ("order_items", "orderitem"),
            ("t_user", "user"),
            ("categories", "category"),
            ("addresses", "address"),
            ("boxes", "box"),
            ("status", "statuses"),
            ("person", "persons"),
            ("OrderItem", "order_items"),
            ("tbl_order", "orders"),
        ] {
            assert!(of_table(table).contains(&entity.to_owned()), "{table}: {:?}", of_table(table));
        }
        assert!(!of_table("address").contains(&"addres".to_owned()));
        assert_eq!(spellings("userId"), ["user_id", "userid"]);
        assert_eq!(spellings("email"), ["email"]);
        assert_eq!(spellings(""), [""; 0]);
    }

    #[test]
    fn names_that_say_nothing_are_known() {
        assert!(is_common("id") && is_common("created_at") && is_common("x"));
        assert!(!is_common("shipping_address") && !is_common("legacy_code"));
    }
}

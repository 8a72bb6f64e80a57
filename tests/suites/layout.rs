//! The dependency rule: each module imports what the table in `ARCHITECTURE.md` lets it import, and nothing else.
//!
//! The table is the rule; this test only reads it. Tests inside `src` may look wherever they need to and are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("layout::each_module_imports_only_what_the_architecture_allows", each_module_imports_only_what_is_allowed),
        Trial::test("layout::the_table_allows_nothing_that_nobody_imports", nothing_is_allowed_in_vain),
        Trial::test("layout::imports_are_seen_in_every_form", imports_are_seen_in_every_form),
    ]
}

fn each_module_imports_only_what_is_allowed() -> Result<(), Failed> {
    let table = table();
    let mut wrong = Vec::new();
    for (module, files) in modules() {
        let Some(allowed) = table.get(&module) else {
            return Err(format!("ARCHITECTURE.md: the table has no row for `{module}`").into());
        };
        for file in files {
            for import in imports(&production(&read(&file))) {
                if import.module != module && !allowed.iter().any(|allowed| import.is_in(allowed)) {
                    wrong.push(format!("{} imports {import}", file.display()));
                }
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn nothing_is_allowed_in_vain() -> Result<(), Failed> {
    let mut unused = Vec::new();
    let modules = modules();
    for (module, allowed) in table() {
        let files = modules.get(&module).ok_or_else(|| format!("ARCHITECTURE.md: there is no module `{module}`"))?;
        let imports: BTreeSet<Import> = files.iter().flat_map(|file| imports(&production(&read(file)))).collect();
        for allowed in allowed.iter().filter(|allowed| !imports.iter().any(|import| import.is_in(allowed))) {
            unused.push(format!("`{module}` does not import `{allowed}`"));
        }
    }
    if unused.is_empty() { Ok(()) } else { Err(unused.join("\n").into()) }
}

fn imports_are_seen_in_every_form() -> Result<(), Failed> {
    let source = "use crate::facts::{Kind, change::{Person}};\nuse crate::{exit, gate::{self, Request}};\n//! [`crate::not_this`]\n\
        let a = crate::decide::Effect::Deny; pub(in crate::policy) fn f() {}\nuse crate::facts;\n\
        #[cfg(test)]\nmod tests {\n    use crate::nor_this;\n}\n";
    let seen: Vec<String> = imports(&production(source)).iter().map(ToString::to_string).collect();
    let wanted =
        ["decide::Effect", "exit", "facts", "facts::Kind", "facts::change", "gate", "gate::Request", "policy"].map(str::to_owned);
    if seen == wanted { Ok(()) } else { Err(format!("seen: {seen:?}").into()) }
}

/// One name taken from another module; without an item, the module itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Import {
    module: String,
    item: Option<String>,
}

impl Import {
    /// `allowed` is a module, or one item of a module.
    fn is_in(&self, allowed: &str) -> bool {
        match allowed.split_once("::") {
            None => self.module == allowed,
            Some((module, item)) => self.module == module && self.item.as_deref() == Some(item),
        }
    }
}

impl std::fmt::Display for Import {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.item {
            None => f.write_str(&self.module),
            Some(item) => write!(f, "{}::{item}", self.module),
        }
    }
}

/// The rows of the table: module, and what it may import.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = read(&root().join("ARCHITECTURE.md"));
    let rows = text.lines().skip_while(|line| !line.starts_with("| module |")).skip(2).take_while(|line| line.starts_with('|'));
    let mut table = BTreeMap::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        assert_eq!(cells.len(), 3, "ARCHITECTURE.md: a row has three cells: {row}");
        let allowed: BTreeSet<String> = quoted(cells[2]).collect();
        for module in quoted(cells[0]) {
            table.insert(module.trim_end_matches('/').trim_end_matches(".rs").to_owned(), allowed.clone());
        }
    }
    assert!(!table.is_empty(), "ARCHITECTURE.md has no table of modules");
    table
}

fn quoted(cell: &str) -> impl Iterator<Item = String> + '_ {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

/// The files of each module of the crate's root, without those that hold tests only.
fn modules() -> BTreeMap<String, Vec<PathBuf>> {
    let source = root().join("src");
    let mut modules: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let mut waiting = vec![source.clone()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of sources").flatten() {
            let path = entry.path();
            let below = path.strip_prefix(&source).expect("it is below src");
            let module = below.iter().next().and_then(|first| first.to_str()).unwrap_or_default().trim_end_matches(".rs");
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !["main", "lib"].contains(&module) {
                modules.entry(module.to_owned()).or_default().push(path);
            }
        }
    }
    for files in modules.values_mut() {
        let tests: BTreeSet<PathBuf> = files.iter().flat_map(|file| test_files(file)).collect();
        files.retain(|file| !tests.iter().any(|test| file == &test.with_extension("rs") || file.starts_with(test)));
        files.sort();
    }
    modules
}

/// The modules in files of their own that a file declares for tests only, as paths without an ending.
fn test_files(file: &Path) -> Vec<PathBuf> {
    let text = read(file);
    let folder = if file.ends_with("mod.rs") { file.with_file_name("") } else { file.with_extension("") };
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            continue;
        }
        let next = lines.by_ref().find(|line| !line.starts_with("#["));
        if let Some(name) = next.and_then(|next| next.trim().strip_prefix("mod ")?.strip_suffix(';')) {
            found.push(folder.join(name));
        }
    }
    found
}

/// A source without comments and without the tests at its end.
fn production(source: &str) -> String {
    let mut kept = String::new();
    let mut lines = source.lines().peekable();
    while let Some(line) = lines.next() {
        let inline_tests = lines.peek().is_some_and(|next| next.starts_with("mod ") && next.ends_with('{'));
        if line == "#[cfg(test)]" && inline_tests {
            break;
        }
        kept.push_str(line.split("//").next().unwrap_or_default());
        kept.push('\n');
    }
    kept
}

/// Every `crate::…` of a source, with the items of a braced list one by one.
fn imports(source: &str) -> BTreeSet<Import> {
    let mut found = BTreeSet::new();
    for (at, mark) in source.match_indices("crate::") {
        let before = source[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        for (module, rest) in branches(&source[at + mark.len()..]) {
            let items: Vec<String> =
                rest.map(|rest| branches(rest).into_iter().map(|(item, _)| item).collect()).unwrap_or_default();
            if items.is_empty() {
                found.insert(Import { module: module.clone(), item: None });
            }
            found.extend(
                items.into_iter().map(|item| Import { module: module.clone(), item: Some(item).filter(|item| item != "self") }),
            );
        }
    }
    found
}

/// The names that a path goes on with, one or a braced list, and what follows each after `::`.
fn branches(path: &str) -> Vec<(String, Option<&str>)> {
    let Some(list) = path.strip_prefix('{') else { return one(path).into_iter().collect() };
    let (mut depth, mut start, mut parts) = (0_usize, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&list[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.into_iter().filter_map(|part| one(part.trim())).collect()
}

fn one(path: &str) -> Option<(String, Option<&str>)> {
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len());
    let (name, rest) = path.split_at(end);
    (!name.is_empty()).then(|| (name.to_owned(), rest.strip_prefix("::")))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

//! Under which rollout standard a change falls (requirement C3).

use crate::facts::{Category, ChangeType, ChangedFile, Commit};

/// Tells the type of a change. The first rule that applies decides:
///
/// 1. `hotfix`: the branch starts with `hotfix/`, or a commit that is no merge has the conventional type `hotfix`;
/// 2. `database`: apart from documentation and tests there are only SQL files, at least one;
/// 3. `config`: apart from documentation and tests there are only configuration files, at least one;
/// 4. `daily`: everything else, so also a change of nothing but documentation, and a revert: taking something back is as much a
///    change as bringing it, unless its branch says that it is a hotfix.
pub(super) fn change_type(branch: Option<&str>, commits: &[Commit], files: &[ChangedFile]) -> ChangeType {
    let says_hotfix =
        |commit: &Commit| !commit.merge && commit.conventional.as_ref().is_some_and(|header| header.kind == "hotfix");
    if branch.is_some_and(is_hotfix_branch) || commits.iter().any(says_hotfix) {
        return ChangeType::Hotfix;
    }
    let mut deployed =
        files.iter().filter(|file| !matches!(file.category, Category::Docs | Category::Test)).map(|file| file.category);
    let Some(first) = deployed.next() else { return ChangeType::Daily };
    match first {
        Category::Sql if deployed.all(|category| category == first) => ChangeType::Database,
        Category::Config if deployed.all(|category| category == first) => ChangeType::Config,
        _ => ChangeType::Daily,
    }
}

/// Whether the branch, with or without `refs/heads/` or `refs/remotes/REMOTE/` before it, starts with `hotfix/`.
fn is_hotfix_branch(branch: &str) -> bool {
    let name = branch.strip_prefix("refs/heads/").unwrap_or(branch);
    let name = name.strip_prefix("refs/remotes/").and_then(|rest| rest.split_once('/')).map_or(name, |(_, name)| name);
    name.starts_with("hotfix/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::change::testing::{changed, committed};

    fn of(branch: &str, subjects: &[&str], paths: &[&str]) -> ChangeType {
        let commits: Vec<Commit> = subjects.iter().map(|subject| committed(subject)).collect();
        let files: Vec<ChangedFile> = paths.iter().map(|path| changed(path)).collect();
        change_type(Some(branch), &commits, &files)
    }

    #[test]
    fn a_branch_or_a_commit_says_hotfix() {
        assert_eq!(of("hotfix/pay", &[], &["a.rs"]), ChangeType::Hotfix);
        assert_eq!(of("refs/heads/hotfix/pay", &[], &["a.sql"]), ChangeType::Hotfix);
        assert_eq!(of("refs/remotes/origin/hotfix/pay", &[], &["a.sql"]), ChangeType::Hotfix);
        assert_eq!(of("topic", &["test: a", "HotFix(pay): b"], &["a.rs"]), ChangeType::Hotfix);
        assert_eq!(of("topic/hotfix/x", &["fix: hotfix"], &["a.rs"]), ChangeType::Daily);
    }

    #[test]
    fn only_sql_is_database_and_only_configuration_is_config() {
        assert_eq!(of("t", &[], &["db/V1__a.sql", "README.md", "tests/a.rs"]), ChangeType::Database);
        assert_eq!(of("t", &[], &["a.yaml", "docs/a.md"]), ChangeType::Config);
        assert_eq!(of("t", &[], &["a.yaml", "a.sql"]), ChangeType::Daily);
        assert_eq!(of("t", &[], &["package.json", "package-lock.json"]), ChangeType::Daily);
        assert_eq!(of("t", &[], &["a.sql", "a.rs"]), ChangeType::Daily);
    }

    #[test]
    fn a_revert_documentation_and_nothing_are_daily() {
        assert_eq!(of("t", &["revert: a"], &["a.rs"]), ChangeType::Daily);
        assert_eq!(of("t", &[], &["README.md"]), ChangeType::Daily);
        assert_eq!(of("t", &[], &[]), ChangeType::Daily);
    }
}

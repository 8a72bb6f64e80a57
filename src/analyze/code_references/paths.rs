//! Which files are code.

/// Endings of files that programs are made of, or that hold queries and mappings.
const CODE: &[&str] = &[
    "rs", "go", "py", "pyi", "rb", "rake", "erb", "java", "kt", "kts", "scala", "groovy", "clj", "cs", "fs", "vb", "ts", "tsx",
    "mts", "cts", "js", "jsx", "mjs", "cjs", "vue", "svelte", "php", "swift", "m", "mm", "ex", "exs", "eex", "heex", "erl",
    "dart", "c", "h", "cc", "cpp", "cxx", "hpp", "lua", "pl", "pm", "r", "jl", "hs", "ml", "nim", "zig", "sql", "xml", "graphql",
    "gql", "prisma", "proto", "sh", "ipynb", "j2", "jinja", "html", "hbs", "ftl", "vm", "twig", "cr", "sol", "pas", "cob", "cbl",
    "abap", "tf",
];

/// Folders whose files are not written here, or are the migrations themselves.
const OTHERS: &[&str] = &[
    "migrations",
    "migration",
    "migrate",
    "db-migrations",
    "changelog",
    "changelogs",
    "flyway",
    "liquibase",
    "vendor",
    "node_modules",
    "third_party",
    "dist",
    "target",
    ".git",
    "site-packages",
    "docs",
    "doc",
];

/// Whether a file may hold code that uses a database. Migrations, documents, lock files and what others wrote are none.
#[must_use]
pub fn is_code(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let name = name.to_ascii_lowercase();
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    let excluded = |folder: &str| OTHERS.contains(&folder.to_ascii_lowercase().as_str());
    let alembic = folders.ends_with("versions") && folders.contains("alembic");
    let lock = name.contains("lock.") || name.ends_with("-lock.json") || stem.rsplit('.').next() == Some("min");
    let migration = ["up.sql", "down.sql", ".up.sql", ".down.sql"].iter().any(|end| name.ends_with(end))
        || (ending == "sql" && (name.starts_with('v') || name.starts_with('u')) && name.contains("__"))
        || name == "structure.sql"
        || name == "schema.rb";
    CODE.contains(&ending) && !folders.split('/').any(excluded) && !alembic && !lock && !migration
}

#[cfg(test)]
mod tests {
    use super::is_code;

    #[test]
    fn code_is_told_from_the_rest() {
        for path in
            ["src/a.rs", "app/models/user.rb", "src/main/resources/mapper/UserMapper.xml", "queries/users.sql", "a.ts", "X.JAVA"]
        {
            assert!(is_code(path), "{path}");
        }
        for path in [
            "db/migrate/1_a.rb",
            "shop/migrations/0001_a.py",
            "alembic/versions/a.py",
            "README.md",
            "docs/a.py",
            "Cargo.lock",
            "yarn.lock",
            "package-lock.json",
            "a.min.js",
            "vendor/a.go",
            "node_modules/a/b.js",
            "db/V1__a.sql",
            "db/1.up.sql",
            "Makefile",
            "a.png",
            "db/schema.rb",
        ] {
            assert!(!is_code(path), "{path}");
        }
    }
}

//! Which tool a file belongs to.

use crate::analyze::change::without_quotes;

/// The tool that runs a file, or that makes SQL of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    Flyway,
    /// Liquibase's formatted SQL.
    LiquibaseSql,
    /// `x.up.sql` and `x.down.sql`: golang-migrate, sqlx and others.
    UpDown,
    /// One `.sql` file a version in `migrations/`, without a reverse.
    Sqlx,
    Diesel,
    Goose,
    SqlMigrate,
    Dbmate,
    Prisma,
    /// A dump of the whole schema, such as `db/structure.sql`: nobody runs it on production.
    Structure,
    /// Says how a tool runs another file, or which files there are: no SQL is in it, nor made of it.
    Configuration,
    /// Any other file of SQL.
    Sql,
    /// SQL that the caller hands in.
    Generated,
    // Files that a tool makes SQL of.
    Django,
    Alembic,
    Rails,
    LiquibaseXml,
    PrismaSchema,
    Other,
}

impl Tool {
    /// Its name in facts and messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Tool::Flyway => "flyway",
            Tool::LiquibaseSql | Tool::LiquibaseXml => "liquibase",
            Tool::UpDown => "golang-migrate",
            Tool::Sqlx => "sqlx",
            Tool::Diesel => "diesel",
            Tool::Goose => "goose",
            Tool::SqlMigrate => "sql-migrate",
            Tool::Dbmate => "dbmate",
            Tool::Prisma | Tool::PrismaSchema => "prisma",
            Tool::Structure => "structure",
            Tool::Configuration => "configuration",
            Tool::Sql => "sql",
            Tool::Generated => "generated",
            Tool::Django => "django",
            Tool::Alembic => "alembic",
            Tool::Rails => "rails",
            Tool::Other => "migration code",
        }
    }

    /// Whether the file itself is SQL.
    #[must_use]
    pub const fn is_sql(self) -> bool {
        !matches!(
            self,
            Tool::Django
                | Tool::Alembic
                | Tool::Rails
                | Tool::LiquibaseXml
                | Tool::PrismaSchema
                | Tool::Configuration
                | Tool::Other
        )
    }

    /// Whether the tool runs each file once and keeps in mind that it did, so that editing one that has run does nothing or fails.
    #[must_use]
    pub const fn is_versioned(self) -> bool {
        !matches!(self, Tool::Structure | Tool::Sql | Tool::Generated | Tool::PrismaSchema | Tool::Configuration)
    }

    /// How to get the SQL that the tool makes.
    #[must_use]
    pub const fn how_to_generate(self) -> &'static str {
        match self {
            Tool::Django => "`python manage.py sqlmigrate APP NUMBER > build/sql/NAME.sql`",
            Tool::Alembic => "`alembic upgrade BASE:HEAD --sql > build/sql/NAME.sql`",
            Tool::Rails => {
                "`rails db:migrate` on an empty copy with its log, or the statements of `ActiveRecord::Migration` written out"
            }
            Tool::LiquibaseXml => "`liquibase update-sql --output-file=build/sql/NAME.sql`",
            Tool::PrismaSchema => "`prisma migrate dev --create-only`, which writes migration.sql",
            _ => "the tool's dry run, or unpack it",
        }
    }
}

/// The tool of a file, by its path and, where it is at hand, its text.
#[must_use]
pub fn tool(path: &str, text: Option<&str>) -> Tool {
    let parts: Vec<&str> = without_quotes(path).split('/').collect();
    let name = parts.last().copied().unwrap_or_default();
    let lower = name.to_ascii_lowercase();
    // Flyway's `V2__a.sql.conf` says how `V2__a.sql` runs.
    if lower.ends_with(".sql.conf") && is_flyway(name) {
        return Tool::Configuration;
    }
    if lower.contains(".sql.") || lower.trim_end() != lower {
        return Tool::Other;
    }
    let has = |folder: &str| parts[..parts.len() - 1].iter().any(|part| part.eq_ignore_ascii_case(folder));
    let Some(ending) = lower.rsplit_once('.').map(|(_, ending)| ending) else { return Tool::Other };
    if !matches!(ending, "sql" | "ddl" | "dml" | "psql" | "pgsql" | "mysql" | "pls" | "pks" | "pkb" | "plsql") {
        return written_in_code(&lower, ending, text, &has);
    }
    // A name that fixes the tool comes first: whoever runs such a file does not know the marks of others.
    if is_flyway(name) {
        return Tool::Flyway;
    }
    if lower == "migration.sql" && has("migrations") {
        return Tool::Prisma;
    }
    if (lower == "up.sql" || lower == "down.sql") && parts.len() > 1 {
        return Tool::Diesel;
    }
    if lower.ends_with(".up.sql") || lower.ends_with(".down.sql") {
        return Tool::UpDown;
    }
    if let Some(marked) = text.and_then(marked) {
        return marked;
    }
    if lower == "structure.sql" || has("db") && lower == "schema.sql" {
        return Tool::Structure;
    }
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    if has("migrations") && digits >= 3 { Tool::Sqlx } else { Tool::Sql }
}

fn written_in_code(name: &str, ending: &str, text: Option<&str>, has: &dyn Fn(&str) -> bool) -> Tool {
    match ending {
        "rb" if name == "schema.rb" && has("db") => Tool::Structure,
        "xml" | "yaml" | "yml" | "json" if text.is_some_and(is_index) => Tool::Configuration,
        "py" if has("versions") || has("alembic") => Tool::Alembic,
        "py" => Tool::Django,
        "rb" => Tool::Rails,
        "xml" | "yaml" | "yml" | "json" => Tool::LiquibaseXml,
        "prisma" => Tool::PrismaSchema,
        _ => Tool::Other,
    }
}

/// Whether a changelog of Liquibase only names others.
fn is_index(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.contains("databasechangelog") && lower.contains("include") && !lower.contains("changeset")
}

/// Whether the tool runs the whole file again whenever it has changed: Flyway's `R__a.sql`.
#[must_use]
pub fn runs_again(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("R__") && is_flyway(name)
}

/// The tool whose marks stand in the text.
pub(super) fn marked(text: &str) -> Option<Tool> {
    let comments = text.lines().filter_map(|line| line.trim().strip_prefix("--")).map(str::trim);
    comments.take(200).find_map(|comment| {
        let lower = comment.to_ascii_lowercase();
        if lower.starts_with("+goose") {
            Some(Tool::Goose)
        } else if lower.starts_with("+migrate") {
            Some(Tool::SqlMigrate)
        } else if lower.starts_with("migrate:up") || lower.starts_with("migrate:down") {
            Some(Tool::Dbmate)
        } else if lower.starts_with("liquibase formatted sql") {
            Some(Tool::LiquibaseSql)
        } else {
            None
        }
    })
}

/// `V1__a.sql`, `V1.2__a.sql`, `U1__a.sql`, `R__a.sql`, `B1__a.sql`.
fn is_flyway(name: &str) -> bool {
    let Some((version, _)) = name.split_once("__") else { return false };
    let mut chars = version.chars();
    match chars.next() {
        Some('V' | 'U' | 'B') => {
            let rest = chars.as_str();
            !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '_')
        }
        Some('R') => chars.as_str().is_empty(),
        _ => false,
    }
}

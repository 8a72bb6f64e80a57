//! `kadian db lint`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::analyze::migrations::lint::{LintEffect, worst};
use crate::cli::output;
use crate::collect::terminal;
use crate::config::parse_override;
use crate::decide::{Mode, Verdict};
use crate::error::{Error, Result};
use crate::exit;
use crate::facts::SqlDialect;
use crate::gate::database::lint::{Request, lint};
use crate::report::{escape, sql_lint};

/// Reads the files as if one change added them all, in the order of their versions, and tells each risk with what to do instead. Without
/// statistics every table that the files do not create is judged as a large one. Exit codes: 0 without a risk that blocks, 1 with one,
/// 2 for a file that does not exist, 3 where a DBA has to look at a statement, or a file cannot be read as SQL.
#[derive(Debug, Args)]
pub(in crate::cli) struct Lint {
    /// Files of SQL, and folders that hold them
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The dialect of all files [default: as their text, path or statistics tell]
    #[arg(long, value_enum)]
    dialect: Option<Dialect>,
    /// Weigh by the sizes in this file, which `kadian db snapshot` writes
    #[arg(long, value_name = "table-stats.json")]
    stats: Option<PathBuf>,
    /// How to print the risks; `lsp` is diagnostics as an editor takes them
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Show what is harmless here too, with the reason
    #[arg(long)]
    all: bool,
    /// Take the settings from this kadian.yaml
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Override a setting
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Lsp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Dialect {
    Postgres,
    Mysql,
    Mariadb,
    Sqlite,
}

impl From<Dialect> for SqlDialect {
    fn from(dialect: Dialect) -> SqlDialect {
        match dialect {
            Dialect::Postgres => SqlDialect::Postgres,
            Dialect::Mysql => SqlDialect::Mysql,
            Dialect::Mariadb => SqlDialect::Mariadb,
            Dialect::Sqlite => SqlDialect::Sqlite,
        }
    }
}

impl Lint {
    pub(super) fn run(self) -> Result<u8> {
        let overrides = self.set.iter().map(|text| parse_override(text)).collect::<Result<_>>()?;
        let dialect = self.dialect.map(SqlDialect::from);
        let request = Request { files: self.files, dialect, statistics: self.stats, config: self.config, overrides };
        let linted = lint(&request)?;
        match self.format {
            Format::Text => output::print_quoting(&sql_lint::text(&linted, self.all, terminal::width()))?,
            Format::Lsp => {
                let json = serde_json::to_string_pretty(&sql_lint::lsp(&linted, self.all));
                let json = json.map_err(|error| Error::new(format!("the risks cannot be written: {error}")))?;
                output::print(&escape::log_json(&json))?;
            }
        }
        let verdict = match worst(&linted) {
            LintEffect::Deny => Verdict::Block,
            LintEffect::Hold => Verdict::Hold,
            LintEffect::Warn | LintEffect::Off => Verdict::Pass,
        };
        Ok(exit::code(verdict, Mode::Enforce))
    }
}

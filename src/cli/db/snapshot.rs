//! `kadian db snapshot`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

use crate::act::write;
use crate::cli::output;
use crate::collect::clock;
use crate::error::{Error, Result};
use crate::gate::database::snapshot::{self, Request};

/// Reads the catalogue of a PostgreSQL, MySQL or MariaDB server: tables, rows as the server estimates them, bytes, columns, indexes, foreign
/// keys, slow statements. It changes nothing, and no value of a row is in the file.
///
/// The password comes from --password-file, `KADIAN_DATABASE_PASSWORD`, the address in `KADIAN_DATABASE_URL`, `PGPASSWORD`, ~/.pgpass or
/// `MYSQL_PWD`, and never from the command line. Exit codes: 0, or 2 when there is no snapshot.
#[derive(Debug, Args)]
pub(in crate::cli) struct Snapshot {
    /// The database, for example <postgres://reader@db.example/pay> or <mysql://reader@db.example/pay> [default: `KADIAN_DATABASE_URL`]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Only this schema of PostgreSQL; may be repeated [default: all but the server's own]
    #[arg(long, value_name = "NAME")]
    schema: Vec<String>,
    /// A file with the password on its first line
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Statements that take so many milliseconds on average are slow
    #[arg(long, value_name = "N", default_value_t = 100)]
    slow_ms: u64,
    /// How long all of it may take
    #[arg(long, value_name = "DURATION", default_value = "1m")]
    timeout: SignedDuration,
    /// Where to write it; `-` for standard output
    #[arg(long, short, value_name = "FILE", default_value = "table-stats.json")]
    output: PathBuf,
}

impl Snapshot {
    pub(in crate::cli) fn run(self) -> Result<u8> {
        let timeout = Duration::try_from(self.timeout).ok().filter(|timeout| !timeout.is_zero());
        let timeout = timeout.ok_or_else(|| Error::new("--timeout: expected a time above 0, for example 30s"))?;
        let taken = snapshot::take(&Request {
            url: self.url,
            password_file: self.password_file,
            schemas: self.schema,
            slow_ms: self.slow_ms,
            timeout,
            now: clock::now(),
        })?;
        if self.output == Path::new("-") {
            output::print(&taken.document)?;
            taken.summary.iter().for_each(|line| output::progress(line));
            return Ok(0);
        }
        write::file(&self.output, taken.document.as_bytes())?;
        output::print_quoting(&format!("{}: {}", self.output.display(), taken.summary.join("\n")))?;
        Ok(0)
    }
}

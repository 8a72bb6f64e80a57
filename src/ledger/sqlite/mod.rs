//! The ledger in a SQLite file.
//!
//! Write-ahead log with `synchronous=FULL`: what is committed survives a crash of the machine, and readers never wait. Writers queue
//! at a lock of the operating system beside the file, because SQLite's own waiting is not fair: with many processes some would wait
//! until they give up. A process that dies lets go of the lock.

mod lock;
mod mount;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection as Database, ErrorCode, OpenFlags, params_from_iter};

use super::connection::{Begin, Connection, Failure, Row, Value, texts};
use super::error::LedgerError;
use lock::Lock;

/// How long to wait for another process's transaction.
const PATIENCE: Duration = Duration::from_secs(30);

/// `kadi`, in the header of the file: other programs can tell what it is.
const APPLICATION: i32 = 0x6b61_6469;

pub(super) struct Sqlite {
    database: Database,
    lock: Lock,
    path: PathBuf,
}

impl Sqlite {
    /// Opens the file; `make` allows to make it and its folder.
    pub(super) fn open(path: &Path, make: bool) -> Result<Sqlite, Failure> {
        if !path.exists() && !make {
            return Err(LedgerError::Unreachable(format!("{} does not exist", path.display())).into());
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        let unreachable = |error: std::io::Error| LedgerError::Unreachable(format!("{}: {error}", folder.display()));
        if make {
            std::fs::create_dir_all(folder).map_err(unreachable)?;
        }
        if let Some(kind) = mount::network(folder) {
            let message = format!(
                "{} lies on a network file system ({kind}), where SQLite cannot keep writers apart; use a local disk, or PostgreSQL",
                path.display()
            );
            return Err(LedgerError::Refused(message).into());
        }
        let mut lock = Lock::beside(path)?;
        if !path.exists() {
            lock.take(PATIENCE)?;
            let done = if path.exists() { Ok(()) } else { empty(path) };
            lock.release();
            done?;
        }
        let file = path.metadata().map_err(unreachable)?;
        if !file.is_file() {
            return Err(LedgerError::Refused(format!("{} is not a file", path.display())).into());
        }
        if file.len() == 0 {
            let message =
                format!("{} is empty: a ledger never is, so that it was cut off or is another program's file", path.display());
            return Err(LedgerError::Damaged(message).into());
        }
        let database = connect(path).map_err(|error| failure(path, &error))?;
        Ok(Sqlite { database, lock, path: path.to_owned() })
    }

    fn failed(&self, error: &rusqlite::Error) -> Failure {
        failure(&self.path, error)
    }
}

fn connect(path: &Path) -> rusqlite::Result<Database> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Database::open_with_flags(path, flags)?;
    database.busy_timeout(PATIENCE)?;
    database.pragma_update(None, "journal_mode", "wal")?;
    database.pragma_update(None, "synchronous", "full")?;
    database.pragma_update(None, "trusted_schema", false)?;
    database.pragma_update(None, "cell_size_check", true)?;
    // 64 MiB: ids come in no order, and an import of millions would read its index from the disk again and again.
    database.pragma_update(None, "cache_size", -65_536)?;
    // The tables of a foreign file are read here already, so that damage shows before anything is asked.
    database.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(database)
}

/// Makes a database without tables beside the path and moves it there: whoever finds a file at the path finds a whole one.
fn empty(path: &Path) -> Result<(), Failure> {
    let new = lock::beside(path, ".new");
    let unreachable = |error: std::io::Error| LedgerError::Unreachable(format!("{} cannot be made: {error}", path.display()));
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unreachable(error).into()),
        _ => {}
    }
    let made = || -> rusqlite::Result<()> {
        let database = Database::open(&new)?;
        database.pragma_update(None, "application_id", APPLICATION)?;
        database.pragma_update(None, "journal_mode", "wal")?;
        database.close().map_err(|(_, error)| error)
    };
    made().map_err(|error| failure(path, &error))?;
    std::fs::rename(&new, path).map_err(unreachable)?;
    Ok(())
}

fn failure(path: &Path, error: &rusqlite::Error) -> Failure {
    let path = path.display();
    let known = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => LedgerError::Damaged(format!("{path} is not a SQLite database")),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::ConstraintViolation) => LedgerError::Damaged(format!("{path}: {error}")),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            LedgerError::Unreachable(format!("{path} cannot be written; the file and its folder must be writable"))
        }
        Some(ErrorCode::DiskFull) => LedgerError::Unreachable(format!("{path}: the disk is full")),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
            LedgerError::Unreachable(format!("{path} was busy for {} s", PATIENCE.as_secs()))
        }
        Some(ErrorCode::CannotOpen) => {
            LedgerError::Unreachable(format!("{path} cannot be opened; the file and its folder must be readable and writable"))
        }
        _ => LedgerError::Unreachable(format!("{path}: {error}")),
    };
    known.into()
}

fn bound(value: &Value) -> rusqlite::types::Value {
    match value {
        Value::Int(Some(number)) => (*number).into(),
        Value::Text(Some(text)) => text.clone().into(),
        Value::Int(None) | Value::Text(None) | Value::Foreign(_) => rusqlite::types::Value::Null,
    }
}

fn cell(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(number) => Value::Int(Some(number)),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(Some(text.to_owned())),
            Err(_) => Value::Foreign("a text that is not UTF-8"),
        },
        ValueRef::Null => Value::Text(None),
        ValueRef::Real(_) => Value::Foreign("a number with a fraction"),
        ValueRef::Blob(_) => Value::Foreign("a row of bytes"),
    }
}

impl Connection for Sqlite {
    fn int_type(&self) -> &'static str {
        "INTEGER"
    }

    fn tables(&mut self) -> Result<Vec<String>, Failure> {
        let rows = self.query(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
            &[],
        )?;
        Ok(texts(rows))
    }

    fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<u64, Failure> {
        let run = || self.database.prepare_cached(sql)?.execute(params_from_iter(parameters.iter().map(bound)));
        run().map(|rows| rows as u64).map_err(|error| self.failed(&error))
    }

    fn query(&mut self, sql: &str, parameters: &[Value]) -> Result<Vec<Row>, Failure> {
        let run = || -> rusqlite::Result<Vec<Row>> {
            let mut statement = self.database.prepare_cached(sql)?;
            let width = statement.column_count();
            let mut rows = statement.query(params_from_iter(parameters.iter().map(bound)))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push((0..width).map(|index| row.get_ref(index).map(cell)).collect::<rusqlite::Result<Row>>()?);
            }
            Ok(found)
        };
        run().map_err(|error| self.failed(&error))
    }

    fn begin(&mut self, begin: Begin) -> Result<(), Failure> {
        let sql = match begin {
            Begin::Exclusive => {
                self.lock.take(PATIENCE)?;
                "BEGIN IMMEDIATE"
            }
            Begin::Reading => "BEGIN",
        };
        self.database.execute_batch(sql).map_err(|error| {
            self.lock.release();
            self.failed(&error)
        })
    }

    fn commit(&mut self) -> Result<(), Failure> {
        let committed = self.database.execute_batch("COMMIT");
        if committed.is_err() {
            // A commit that found no room leaves its transaction open.
            let _ = self.database.execute_batch("ROLLBACK");
        }
        self.lock.release();
        committed.map_err(|error| self.failed(&error))
    }

    fn roll_back(&mut self) -> Result<(), Failure> {
        // Some failures have undone it already.
        let undone = if self.database.is_autocommit() { Ok(()) } else { self.database.execute_batch("ROLLBACK") };
        self.lock.release();
        undone.map_err(|error| self.failed(&error))
    }

    fn check(&mut self) -> Result<Option<String>, Failure> {
        let rows = self.query("PRAGMA integrity_check(1)", &[])?;
        Ok(match rows.first().map(Vec::as_slice) {
            Some([Value::Text(Some(answer))]) if answer == "ok" => None,
            Some([Value::Text(Some(answer))]) => Some(format!("SQLite finds the file damaged: {answer}")),
            _ => Some("SQLite does not say whether the file is sound".to_owned()),
        })
    }

    fn strangers(&mut self) -> Result<Vec<String>, Failure> {
        let sql = "SELECT 'the ' || type || ' ' || name FROM sqlite_schema WHERE type IN ('trigger', 'view') ORDER BY type, name";
        Ok(texts(self.query(sql, &[])?))
    }

    fn settle(&mut self) -> Result<(), Failure> {
        let settled = self.database.execute_batch("PRAGMA analysis_limit=1000; ANALYZE");
        settled.map_err(|error| self.failed(&error))
    }
}

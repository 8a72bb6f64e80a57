//! The tables, and how older ones become them.

use super::connection::{Begin, Connection, Failure, Value};
use super::error::LedgerError;

/// What each version adds, the first one first. A version that was released is never changed. `{int}` is the store's 64-bit number.
const MIGRATIONS: &[&[&str]] = &[&[
    "CREATE TABLE kadian_entries (seq {int} NOT NULL PRIMARY KEY, at_us {int} NOT NULL, happened_us {int} NOT NULL, \
     kind TEXT NOT NULL, service TEXT, plan TEXT, batch {int}, ident TEXT, body TEXT NOT NULL, prev TEXT NOT NULL, \
     hash TEXT NOT NULL)",
    "CREATE INDEX kadian_by_kind ON kadian_entries (kind, happened_us)",
    "CREATE INDEX kadian_by_kind_in_order ON kadian_entries (kind, seq)",
    "CREATE INDEX kadian_by_service ON kadian_entries (service, happened_us)",
    "CREATE INDEX kadian_by_plan ON kadian_entries (plan, seq) WHERE plan IS NOT NULL",
    "CREATE INDEX kadian_by_ident ON kadian_entries (ident) WHERE ident IS NOT NULL",
]];

/// The table that says which version the others have.
const VERSIONS: &str = "kadian_schema";

/// Brings the tables to this kadian's version, in one transaction; `make` allows to make them where there are none.
pub(super) fn migrate(connection: &mut dyn Connection, make: bool) -> Result<(), Failure> {
    let known = MIGRATIONS.len();
    if version(connection)? == Some(known) {
        return Ok(());
    }
    connection.begin(Begin::Exclusive)?;
    let migrated = bring(connection, known, make);
    match migrated {
        Ok(()) => connection.commit(),
        Err(failure) => {
            // What was not committed is undone at the latest when the connection ends.
            let _ = connection.roll_back();
            Err(failure)
        }
    }
}

fn bring(connection: &mut dyn Connection, known: usize, make: bool) -> Result<(), Failure> {
    // Another process may have done it while this one waited for its turn.
    let have = match version(connection)? {
        Some(have) => have,
        None if make => {
            let sql = format!("CREATE TABLE {VERSIONS} (version {} NOT NULL PRIMARY KEY)", connection.int_type());
            connection.execute(&sql, &[])?;
            0
        }
        None => return Err(LedgerError::Unreachable("there is no ledger in this database yet".to_owned()).into()),
    };
    if have > known {
        let message = format!(
            "the ledger was made by a newer kadian: its tables have version {have}, this one knows {known}; update kadian"
        );
        return Err(LedgerError::Refused(message).into());
    }
    for (number, statements) in (1_i64..).zip(MIGRATIONS).skip(have) {
        for statement in *statements {
            connection.execute(&statement.replace("{int}", connection.int_type()), &[])?;
        }
        connection.execute(&format!("INSERT INTO {VERSIONS} (version) VALUES ($1)"), &[Value::Int(Some(number))])?;
    }
    Ok(())
}

/// The version of the tables; `None` where there are none yet. Tables of another program are an error.
fn version(connection: &mut dyn Connection) -> Result<Option<usize>, Failure> {
    let tables = connection.tables()?;
    let damaged = |message: String| Failure::from(LedgerError::Damaged(message));
    if !tables.iter().any(|table| table == VERSIONS) {
        return match tables.first() {
            None => Ok(None),
            Some(table) => {
                Err(damaged(format!("the database is not a ledger: it has a table `{table}` and none that says its version")))
            }
        };
    }
    let rows = connection.query(&format!("SELECT max(version) FROM {VERSIONS}"), &[])?;
    let Some([Value::Int(Some(version))]) = rows.first().map(Vec::as_slice) else {
        return Err(damaged("its table of versions holds none".to_owned()));
    };
    if !tables.iter().any(|table| table == "kadian_entries") {
        return Err(damaged("its table of entries is gone".to_owned()));
    }
    Ok(Some(usize::try_from(*version).unwrap_or_default()))
}

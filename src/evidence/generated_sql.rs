//! SQL that a tool made and that the caller hands in: `--evidence database:sql=build/sql/*.sql`.

use std::io::{BufRead, Read as _};

use super::text::failed;
use super::{Format, ReadError, Reader, sql};
use crate::facts::Kind;

/// The longest script that is read, in bytes. What is longer is a dump of data, and nobody reviews that as a change.
pub const MAX_BYTES: u64 = 128 << 20;

pub(super) const FORMAT: Format = Format {
    name: "sql",
    kind: Kind::Database,
    // Only whoever made it knows that it is the SQL of this change.
    conventional: &[],
    recognises: |path, _| path.to_ascii_lowercase().ends_with(".sql"),
    read: Reader::Sql(read),
};

/// The text of the script. Bytes that are no text are an error that names the first of them; an empty script is one too, because a tool
/// that makes nothing has failed.
fn read(input: &mut dyn BufRead) -> Result<String, ReadError> {
    let mut bytes = Vec::new();
    input.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(ReadError::whole(format!("larger than {MAX_BYTES} bytes: hand in the SQL of this change only")));
    }
    let text = sql::decode(&bytes)?.into_owned();
    if text.trim().is_empty() {
        return Err(ReadError::whole("the script is empty: expected the SQL that the tool makes of the migration".to_owned()));
    }
    Ok(text)
}

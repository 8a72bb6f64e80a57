//! Standard input.

use std::io::Read;

use crate::error::{Error, Result};

/// Refs of one push; a thousand of them take about 200 KiB.
const LIMIT: u64 = 16 << 20;

/// Reads standard input to its end as UTF-8.
pub fn read() -> Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(LIMIT + 1).read_to_string(&mut text);
    match read {
        Ok(size) if size as u64 > LIMIT => Err(Error::new("standard input is larger than 16 MiB")),
        Ok(_) => Ok(text),
        Err(error) => Err(Error::new(format!("standard input cannot be read: {error}"))),
    }
}

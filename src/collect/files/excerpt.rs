//! A few bytes from the middle of a report, as they stand there.

use std::cell::{Cell, RefCell};
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::archive;
use super::hashing::MAX_BYTES;
use super::packed::{self, Packing, Unpacked, packing};
use super::progress::Progress;
use super::read::{Started, start};

/// The text at an offset behind a byte-order mark, up to a line end or `limit` bytes; `None` where the file is not what it was when its
/// offsets were told.
#[must_use]
pub fn excerpt(path: &Path, entry: Option<&str>, offset: u64, limit: usize) -> Option<String> {
    match start(path, &Progress::none()).ok()?.0 {
        Started::Plain(file) => text_at(file, offset, limit),
        Started::Archive(file) => {
            let found = RefCell::new(None);
            let left = Cell::new(MAX_BYTES);
            archive::each_entry(file, |name, bytes| {
                if Some(name) == entry {
                    *found.borrow_mut() = text_at(Unpacked { inner: bytes, left: &left }, offset, limit);
                }
                Ok(())
            })
            .ok()?;
            found.into_inner()
        }
    }
}

fn text_at(file: impl Read, offset: u64, limit: usize) -> Option<String> {
    let mut packed = BufReader::new(file);
    let left = Cell::new(MAX_BYTES);
    let head = io::BufRead::fill_buf(&mut packed).ok()?;
    if packing(head) == Packing::Gzip {
        behind(packed::gunzip(packed, &left), offset, limit)
    } else {
        behind(packed, offset, limit)
    }
}

fn behind(mut text: impl io::BufRead, offset: u64, limit: usize) -> Option<String> {
    let mark: u64 = if text.fill_buf().ok()?.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 };
    let skipped = io::copy(&mut (&mut text).take(offset + mark), &mut io::sink()).ok()?;
    if skipped != offset + mark {
        return None;
    }
    let mut bytes = Vec::new();
    text.take(limit as u64).read_to_end(&mut bytes).ok()?;
    let end = memchr::memchr2(b'\n', b'\r', &bytes).unwrap_or(bytes.len());
    Some(String::from_utf8_lossy(&bytes[..end]).into_owned())
}

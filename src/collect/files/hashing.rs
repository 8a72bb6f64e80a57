//! A reader that counts and hashes what passes through it.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::packed::too_large;

/// Larger reports are refused: nothing real is, and reading must end.
pub(super) const MAX_BYTES: u64 = 4 << 30;

/// Counts and hashes the bytes, and fails after the limit.
pub(super) struct Hashing<R> {
    inner: R,
    hash: Sha256,
    bytes: u64,
    limit: u64,
}

impl<R: Read> Hashing<R> {
    pub(super) fn new(inner: R, limit: u64) -> Self {
        Hashing { inner, hash: Sha256::new(), bytes: 0, limit }
    }

    /// The digest in lower-case hexadecimal and the number of the bytes that passed.
    pub(super) fn finish(self) -> (String, u64) {
        (format!("{:x}", self.hash.finalize()), self.bytes)
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.bytes += count as u64;
        if self.bytes > self.limit {
            return Err(too_large(self.limit));
        }
        Ok(count)
    }
}

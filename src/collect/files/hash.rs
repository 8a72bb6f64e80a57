//! A reader that counts and hashes what passes through it.

use std::io::{self, BufRead, Read};

use sha2::{Digest, Sha256};

/// Hashes exactly the bytes that are consumed, and refuses to go on beyond a limit.
#[derive(Debug)]
pub(super) struct Hashing<R> {
    inner: R,
    hash: Sha256,
    bytes: u64,
    limit: u64,
}

impl<R: BufRead> Hashing<R> {
    pub(super) fn new(inner: R, limit: u64) -> Self {
        Hashing { inner, hash: Sha256::new(), bytes: 0, limit }
    }

    /// Reads what the parser left, and gives the digest in hexadecimal and the number of bytes of the whole.
    pub(super) fn finish(mut self) -> io::Result<(String, u64)> {
        loop {
            let size = self.fill_buf()?.len();
            if size == 0 {
                return Ok((format!("{:x}", self.hash.finalize()), self.bytes));
            }
            self.consume(size);
        }
    }
}

impl<R: BufRead> Read for Hashing<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let size = available.len().min(out.len());
        out[..size].copy_from_slice(&available[..size]);
        self.consume(size);
        Ok(size)
    }
}

impl<R: BufRead> BufRead for Hashing<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.bytes > self.limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("larger than {} MiB", self.limit >> 20)));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, size: usize) {
        if let Ok(buffer) = self.inner.fill_buf() {
            self.hash.update(&buffer[..size.min(buffer.len())]);
        }
        self.bytes += size as u64;
        self.inner.consume(size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_covers_everything_however_much_was_parsed() {
        for parsed in [0, 1, 3] {
            let mut reader = Hashing::new(&b"abc"[..], 10);
            let mut some = vec![0; parsed];
            reader.read_exact(&mut some).unwrap();
            let (digest, bytes) = reader.finish().unwrap();
            assert_eq!(bytes, 3);
            assert_eq!(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        }
        assert!(Hashing::new(&[0; 12][..], 10).finish().is_err());
        assert!(Hashing::new(&[0; 10][..], 10).finish().is_ok());
    }
}

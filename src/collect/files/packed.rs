//! What is compressed, told by its first bytes and never by its name.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use super::hashing::MAX_BYTES;

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// It is not, as far as anybody can tell.
    Plain,
    Gzip,
    Zip,
    /// In a way that is not read; its usual name.
    Unread(&'static str),
}

/// What the first bytes say; a tape archive says it 257 bytes from its beginning.
pub(super) fn packing(head: &[u8]) -> Packing {
    match head {
        [0x1f, 0x8b, ..] => Packing::Gzip,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Packing::Zip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing::Unread("zstd"),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Packing::Unread("xz"),
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..] => Packing::Unread("bzip2"),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Packing::Unread("7z"),
        [0x04, 0x22, 0x4d, 0x18, ..] => Packing::Unread("lz4"),
        _ if head.get(257..262) == Some(b"ustar") => Packing::Unread("tar"),
        _ => Packing::Plain,
    }
}

/// Why something packed is not read, and what to do.
pub(super) fn unread(how: &str) -> String {
    format!("the file is packed with {how}; kadian reads gzip and zip: unpack it, or pack it so")
}

/// Unpacks gzip, and takes what it unpacks from `left`.
pub(super) fn gunzip<'a>(packed: impl BufRead + 'a, left: &'a Cell<u64>) -> impl BufRead + 'a {
    BufReader::with_capacity(64 << 10, Unpacked { inner: MultiGzDecoder::new(packed), left })
}

/// Unpacked bytes, which fail when none are left: a few kilobytes may stand for a disk full.
pub(super) struct Unpacked<'a, R> {
    pub(super) inner: R,
    /// How many more may be unpacked, of everything that one file packs.
    pub(super) left: &'a Cell<u64>,
}

impl<R: Read> Read for Unpacked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.left.get().checked_sub(count as u64) {
            Some(left) => self.left.set(left),
            None => return Err(too_large(MAX_BYTES)),
        }
        Ok(count)
    }
}

/// The error of whatever has more bytes than are read.
pub(super) fn too_large(limit: u64) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {limit} bytes"))
}

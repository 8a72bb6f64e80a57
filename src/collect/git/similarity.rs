//! How much of one file is found in another.
//!
//! The measure is git's, as `gitdiffcore` and its source describe it: content is cut into chunks that end at a line end or after
//! 64 bytes, and the bytes of chunks that both files hold are compared with the size of the larger file. Other measures would
//! disagree with `git diff` about which file was renamed.

use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher as _;

/// A score of two files with the same content.
pub(super) const FULL: u64 = 60_000;
/// The score from which on a deleted and an added file are one that was renamed: 50 %.
pub(super) const HALF: u64 = FULL / 2;
/// The longest chunk in bytes.
const CHUNK: usize = 64;

/// The chunks of a file: how many bytes it has in chunks of each hash, sorted by hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fingerprint {
    size: u64,
    chunks: Vec<(u64, u64)>,
}

impl Fingerprint {
    /// `text` leaves the carriage return of a CRLF out, so that a change of line ends keeps files similar.
    pub(super) fn of(content: &[u8], text: bool) -> Self {
        let mut chunks = Vec::new();
        let mut chunk = Vec::with_capacity(CHUNK);
        for (index, &byte) in content.iter().enumerate() {
            if text && byte == b'\r' && content.get(index + 1) == Some(&b'\n') {
                continue;
            }
            chunk.push(byte);
            if byte == b'\n' || chunk.len() == CHUNK {
                chunks.push((hash(&chunk), chunk.len() as u64));
                chunk.clear();
            }
        }
        if !chunk.is_empty() {
            chunks.push((hash(&chunk), chunk.len() as u64));
        }
        chunks.sort_unstable();
        chunks.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        Fingerprint { size: content.len() as u64, chunks }
    }

    /// How much of the larger file both have, from 0 to [`FULL`]; 0 when either is empty.
    pub(super) fn score(&self, other: &Fingerprint) -> u64 {
        let larger = self.size.max(other.size);
        if larger == 0 {
            return 0;
        }
        let (mut left, mut right, mut shared) = (self.chunks.as_slice(), other.chunks.as_slice(), 0);
        while let ([(a, bytes_a), rest_a @ ..], [(b, bytes_b), rest_b @ ..]) = (left, right) {
            if a <= b {
                left = rest_a;
            }
            if b <= a {
                right = rest_b;
            }
            if a == b {
                shared += bytes_a.min(bytes_b);
            }
        }
        shared * FULL / larger
    }
}

/// Whether two files of these sizes can reach the score at all.
pub(super) fn sizes_allow(one: u64, two: u64, score: u64) -> bool {
    let (larger, difference) = (one.max(two), one.abs_diff(two));
    u128::from(larger) * u128::from(FULL - score) >= u128::from(difference) * u128::from(FULL)
}

fn hash(chunk: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(chunk);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(one: &[u8], two: &[u8]) -> u64 {
        Fingerprint::of(one, true).score(&Fingerprint::of(two, true))
    }

    #[test]
    fn the_shared_bytes_are_measured_against_the_larger_file() {
        assert_eq!(score(b"one\ntwo\n", b"one\ntwo\n"), FULL);
        assert_eq!(score(b"one\n", b"one\ntwo\n"), FULL / 2);
        assert_eq!(score(b"one\none\n", b"one\ntwo\n"), FULL / 2);
        assert_eq!(score(b"one\n", b"two\n"), 0);
        assert_eq!(score(b"", b"two\n"), 0);
        assert_eq!(score(b"", b""), 0);
    }

    #[test]
    fn a_change_of_line_ends_keeps_text_similar_and_binary_content_apart() {
        assert!(score(b"one\r\ntwo\r\n", b"one\ntwo\n") > HALF);
        assert_eq!(Fingerprint::of(b"one\r\n", false).score(&Fingerprint::of(b"one\n", false)), 0);
    }

    #[test]
    fn files_of_too_different_sizes_need_not_be_read() {
        assert!(sizes_allow(100, 200, HALF));
        assert!(!sizes_allow(100, 201, HALF));
        assert!(!sizes_allow(0, 1, HALF));
        assert!(sizes_allow(u64::MAX, u64::MAX, HALF));
    }
}

//! SHA-256 as text: what ties a decision to the exact bytes that it was made over.

use std::io::BufWriter;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of the bytes, as 64 lower-case hexadecimal digits.
#[must_use]
pub fn sha256(bytes: impl AsRef<[u8]>) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// The SHA-256 of the value as compact JSON, which is not held as a whole.
///
/// # Errors
/// A value that has no form in JSON.
pub fn sha256_of_json(value: &(impl Serialize + ?Sized)) -> serde_json::Result<String> {
    let mut written = BufWriter::with_capacity(64 << 10, Sha256::new());
    serde_json::to_writer(&mut written, value)?;
    let hash = written.into_inner().map_err(|error| serde_json::Error::io(error.into_error()))?;
    Ok(format!("{:x}", hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::{sha256, sha256_of_json};

    #[test]
    fn json_is_digested_as_it_is_written() {
        let long = vec!["some text"; 20_000];
        assert_eq!(sha256_of_json(&long).unwrap(), sha256(serde_json::to_vec(&long).unwrap()));
    }

    #[test]
    fn digests_are_those_of_the_standard() {
        // FIPS 180-2, appendix B.1, and the empty message.
        assert_eq!(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}

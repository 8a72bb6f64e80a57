//! From bytes to text.

use std::borrow::Cow;

use crate::evidence::ReadError;

/// The text of a file: UTF-8 with or without a byte-order mark, or UTF-16 with one.
///
/// Empty bytes are an empty text. An error names the first byte that is no text, counted from 0; a file with NUL bytes at its
/// beginning is told as binary.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest, 3),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => {
            if let Some(at) = memchr::memchr(0, &bytes[..bytes.len().min(8192)]) {
                return Err(ReadError::at_byte(at as u64, "a NUL byte: this is a binary file, not SQL"));
            }
            utf8(bytes, 0)
        }
    }
}

fn utf8(bytes: &[u8], skipped: u64) -> Result<Cow<'_, str>, ReadError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => {
            let at = error.valid_up_to();
            let byte = bytes.get(at).copied().unwrap_or(0);
            Err(ReadError::at_byte(skipped + at as u64, format!("0x{byte:02x} is no UTF-8; save the file as UTF-8")))
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'static, str>, ReadError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(ReadError::at_byte(1 + bytes.len() as u64, "UTF-16 text ends in the middle of a character"));
    }
    let mut text = String::with_capacity(pairs.len());
    let mut at = 2_u64;
    for char in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match char {
            Ok(char) => {
                text.push(char);
                at += 2 * char.len_utf16() as u64;
            }
            Err(error) => {
                return Err(ReadError::at_byte(at, format!("0x{:04x} is no UTF-16", error.unpaired_surrogate())));
            }
        }
    }
    Ok(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_both_kinds_is_read() {
        assert_eq!(decode("a é".as_bytes()).unwrap(), "a é");
        assert_eq!(decode(b"\xef\xbb\xbfa").unwrap(), "a");
        assert_eq!(decode(b"\xff\xfea\0\xe9\0").unwrap(), "a\u{e9}");
        assert_eq!(decode(b"\xfe\xff\xd8\x3d\xde\x00").unwrap(), "\u{1f600}");
        assert_eq!(decode(b"").unwrap(), "");
    }

    #[test]
    fn what_is_no_text_names_its_byte() {
        assert_eq!(decode(b"abc\xe9d").unwrap_err().to_string(), "byte 3: 0xe9 is no UTF-8; save the file as UTF-8");
        assert_eq!(decode(b"\xef\xbb\xbfa\xff").unwrap_err().to_string(), "byte 4: 0xff is no UTF-8; save the file as UTF-8");
        assert_eq!(decode(b"SQLite format 3\0").unwrap_err().to_string(), "byte 15: a NUL byte: this is a binary file, not SQL");
        assert_eq!(decode(b"\xff\xfea").unwrap_err().to_string(), "byte 2: UTF-16 text ends in the middle of a character");
        assert_eq!(decode(b"\xff\xfe\x00\xdca\0").unwrap_err().to_string(), "byte 2: 0xdc00 is no UTF-16");
    }
}

//! Finding the end of a value, and stepping over one without keeping it.

use super::Json;
use crate::evidence::ReadError;
use crate::evidence::limits::JSON_DEPTH;

/// Where a value ends, found piece by piece. Only brackets and strings are looked at: whoever makes a value of the bytes finds what
/// is wrong between them.
#[derive(Default)]
pub(super) struct Bounds {
    seen: usize,
    depth: usize,
    in_string: bool,
}

impl Bounds {
    /// Goes on with `bytes`, which start at the value's first byte and hold everything seen so far; the length of the value once
    /// its end is among them.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = self.seen;
        loop {
            if self.in_string {
                match memchr::memchr2(b'"', b'\\', &bytes[at..]) {
                    Some(found) if bytes[at + found] == b'"' => {
                        at += found + 1;
                        self.in_string = false;
                        if self.depth == 0 {
                            return Some(at);
                        }
                    }
                    // The escaped byte may be a quote, and may not be here yet.
                    Some(found) if at + found + 1 < bytes.len() => {
                        at += found + 2;
                        continue;
                    }
                    Some(found) => {
                        self.seen = at + found;
                        return None;
                    }
                    None => {
                        self.seen = bytes.len();
                        return None;
                    }
                }
            }
            let Some(byte) = bytes.get(at) else {
                self.seen = at;
                return None;
            };
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth <= 1 => return Some(if self.depth == 1 { at + 1 } else { at.max(1) }),
                b'}' | b']' => self.depth -= 1,
                b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' if self.depth == 0 => return Some(at.max(1)),
                _ => {}
            }
            at += 1;
        }
    }

    /// The length of a value after which the file ends: a number or a word ends there, everything else was cut.
    pub(super) fn at_the_end(&self, bytes: &[u8]) -> Option<usize> {
        (self.depth == 0 && !self.in_string && !bytes.is_empty()).then_some(bytes.len())
    }
}

impl Json<'_> {
    /// Steps over the value that comes next, of any size. It has to be JSON all the same.
    pub(crate) fn skip(&mut self) -> Result<(), ReadError> {
        // Whether each open bracket is that of an object.
        let mut open: Vec<bool> = Vec::new();
        loop {
            match self.peek()? {
                mark @ (b'{' | b'[') => {
                    self.at += 1;
                    let object = mark == b'{';
                    if self.peek()? == if object { b'}' } else { b']' } {
                        self.at += 1;
                    } else if open.len() == JSON_DEPTH {
                        return Err(self.error(format!("values are nested more than {JSON_DEPTH} deep")));
                    } else {
                        open.push(object);
                        if object {
                            self.skip_key()?;
                        }
                        continue;
                    }
                }
                b'"' => self.skip_string()?,
                b't' | b'f' | b'n' | b'-' | b'0'..=b'9' => {
                    self.value::<serde::de::IgnoredAny>()?;
                }
                _ => return Err(self.error("expected a value")),
            }
            loop {
                let Some(object) = open.last().copied() else { return Ok(()) };
                let mark = self.peek()?;
                match (mark, object) {
                    (b',', _) => {
                        self.at += 1;
                        if object {
                            self.skip_key()?;
                        }
                        break;
                    }
                    (b'}', true) | (b']', false) => {
                        self.at += 1;
                        open.pop();
                    }
                    (_, true) => return Err(self.error("expected `,` or `}`")),
                    (_, false) => return Err(self.error("expected `,` or `]`")),
                }
            }
        }
    }

    fn skip_key(&mut self) -> Result<(), ReadError> {
        if self.peek()? != b'"' {
            return Err(self.error("expected a key between quotes"));
        }
        self.skip_string()?;
        if self.peek()? != b':' {
            return Err(self.error("expected `:`"));
        }
        self.at += 1;
        Ok(())
    }

    fn skip_string(&mut self) -> Result<(), ReadError> {
        self.at += 1;
        loop {
            let rest = &self.window[self.at..];
            let end = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
            if let Some(odd) = rest[..end].iter().position(|byte| *byte < 0x20) {
                self.at += odd;
                return Err(self.error("a control character in a string"));
            }
            let mark = rest.get(end).copied();
            self.at += end;
            match mark {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                // The longest escape is `\u1234`.
                Some(_) if self.window.len() - self.at < 6 && self.fill()? => {}
                Some(_) => {
                    let escape = &self.window[self.at + 1..];
                    let length = match escape.first() {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
                        Some(b'u') if escape.len() > 4 && escape[1..5].iter().all(u8::is_ascii_hexdigit) => 6,
                        None => return Err(self.cut()),
                        Some(_) => return Err(self.error("an invalid escape in a string")),
                    };
                    self.at += length;
                }
                None if self.fill()? => {}
                None => return Err(self.cut()),
            }
        }
    }
}

//! A message as words, with what is surely variable taken out.

/// What stands for a variable part.
pub(super) const ANY: &[u8] = b"<*>";

/// A message with more words is cut.
const MAX_WORDS: usize = 200;

/// A normal form with more bytes is cut.
const MAX_BYTES: usize = 1024;

/// A quoted text up to this length is one word; a longer one is variable.
const MAX_QUOTED: usize = 128;

/// Appends the words of a message, with one blank between them.
///
/// Variable are: numbers with their signs, fractions, units and separators (so also times, durations, sizes, versions, IPv4
/// addresses), UUIDs, MAC and IPv6 addresses, hexadecimal from eight digits on or behind `0x`, words that mix many digits with
/// letters, and long quoted texts. Kept are words, paths, short quoted texts (as one word, whatever blanks they hold), words with a
/// few digits (`utf8`, `v1`), and numbers that are codes: behind capitals (`ORA-00942`, `E1121`, `HTTP500`) or behind a word like
/// `status` and `errno`, because another code is another fault.
///
/// `frame` takes every digit for variable: line numbers and the names of generated classes change with each build.
pub(super) fn normalise(text: &[u8], frame: bool, into: &mut Vec<u8>) {
    let mut writer = Writer { start: into.len(), into, words: 0, open: false };
    let mut at = 0;
    // Where the word before this one lies, for codes.
    let mut before: (usize, usize) = (0, 0);
    while at < text.len() && !writer.is_full() {
        let byte = text[at];
        if byte.is_ascii_alphanumeric() {
            let end = at + run(&text[at..]);
            if let Some(special) = address(text, at, end) {
                writer.any();
                at = special;
                continue;
            }
            let run = &text[at..end];
            let variable = if run.iter().any(u8::is_ascii_digit) {
                frame && run.iter().all(u8::is_ascii_digit) || !frame && is_variable(text, at, end, before)
            } else {
                false
            };
            match (variable, frame) {
                (true, _) => writer.any(),
                (false, true) => writer.without_digits(run),
                (false, false) => writer.word(run),
            }
            before = (at, end);
            at = end;
        } else if byte.is_ascii_whitespace() || byte == 0 {
            writer.blank();
            at += 1;
        } else if matches!(byte, b'"' | b'\'' | b'`')
            && let Some(end) = quoted(text, at)
        {
            if end - at > MAX_QUOTED {
                writer.word(&text[at..=at]);
                writer.any();
                writer.word(&text[at..=at]);
            } else {
                writer.quoted(&text[at..end]);
            }
            at = end;
        } else {
            writer.sign(byte, text.get(at + 1).copied());
            at += 1;
        }
    }
    writer.end(at < text.len());
}

fn run(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()
}

/// Whether a run of letters and digits stands for something variable.
fn is_variable(text: &[u8], at: usize, end: usize, before: (usize, usize)) -> bool {
    let run = &text[at..end];
    let digits = run.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == run.len() {
        return !(is_code(text, at, end, before));
    }
    if run.len() >= 8 && run.iter().all(u8::is_ascii_hexdigit) || run.starts_with(b"0x") {
        return true;
    }
    if run[0].is_ascii_digit() {
        // A number with its unit; `5xx` is a class of answers.
        return !(run.len() == 3 && run[1..].eq_ignore_ascii_case(b"xx"));
    }
    let capitals = run.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    if capitals > 0
        && capitals <= 8
        && digits <= 6
        && run[capitals..].iter().take_while(|byte| byte.is_ascii_digit()).count() == digits
    {
        let behind = &run[capitals + digits..];
        return behind.len() > 1;
    }
    digits >= 4 || (run.len() >= 16 && digits >= 2)
}

/// Whether a number is a code: behind capitals and a dash, or behind a word that says so.
fn is_code(text: &[u8], at: usize, end: usize, before: (usize, usize)) -> bool {
    const NAMES: [&[u8]; 9] =
        [b"status", b"code", b"errno", b"error", b"exit", b"signal", b"sqlstate", b"errorcode", b"statuscode"];
    if end - at > 6 || before.1 == 0 || text.get(end) == Some(&b'.') && text.get(end + 1).is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let (word, between) = (&text[before.0..before.1], &text[before.1..at]);
    let capitals = word.len() >= 2 && word.len() <= 8 && word.iter().all(u8::is_ascii_uppercase);
    if capitals && matches!(between, b"-" | b"_") {
        return true;
    }
    let named = NAMES.iter().any(|name| name.eq_ignore_ascii_case(word)) || word.ends_with(b"Code") || word.ends_with(b"Status");
    named
        && end - at <= 5
        && between.len() <= 3
        && between.iter().all(|byte| matches!(byte, b' ' | b':' | b'=' | b'"' | b'[' | b'(' | b'#'))
}

/// The end of the UUID, MAC or IPv6 address that the run at `at` begins.
fn address(text: &[u8], at: usize, end: usize) -> Option<usize> {
    let length = end - at;
    if length == 8 && text.get(end) == Some(&b'-') {
        let uuid = text.get(at..at + 36)?;
        let fine = uuid.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
        return fine.then_some(at + 36);
    }
    if length <= 4 && text.get(end) == Some(&b':') && text[at..end].iter().all(u8::is_ascii_hexdigit) {
        let all = text[at..].iter().take(45).take_while(|byte| byte.is_ascii_hexdigit() || **byte == b':').count();
        let address = &text[at..at + all];
        let groups = address.split(|byte| *byte == b':');
        let fine = groups.clone().count() > 2
            && address.iter().any(u8::is_ascii_digit)
            && groups.clone().all(|group| group.len() <= 4)
            && (address.windows(2).any(|pair| pair == b"::") || groups.count() >= 6);
        return (fine && address.last() != Some(&b':')).then_some(at + all);
    }
    None
}

/// The position behind the quoted text that starts at `at`: the quote opens a word and its twin ends one, on the same line.
fn quoted(text: &[u8], at: usize) -> Option<usize> {
    /// A quote that is not closed by then is none.
    const REACH: usize = 2048;
    let quote = text[at];
    if at.checked_sub(1).is_some_and(|before| text[before].is_ascii_alphanumeric()) {
        return None;
    }
    let inside = &text[at + 1..text.len().min(at + REACH)];
    let mut from = 0;
    loop {
        let length = from + memchr::memchr(quote, &inside[from..])?;
        let after = inside.get(length + 1);
        if inside[..length].contains(&b'\n') {
            return None;
        }
        if !after.is_some_and(u8::is_ascii_alphanumeric) && (length == 0 || inside[length - 1] != b'\\') {
            return Some(at + length + 2);
        }
        from = length + 1;
    }
}

struct Writer<'w> {
    into: &'w mut Vec<u8>,
    start: usize,
    words: usize,
    /// Whether a word was begun.
    open: bool,
}

impl Writer<'_> {
    fn is_full(&self) -> bool {
        self.words >= MAX_WORDS || self.into.len() - self.start >= MAX_BYTES
    }

    fn blank(&mut self) {
        if self.open {
            self.open = false;
            self.words += 1;
            self.into.push(b' ');
        }
    }

    fn word(&mut self, text: &[u8]) {
        self.open = true;
        self.into.extend_from_slice(&text[..text.len().min(MAX_BYTES)]);
    }

    /// A quoted text with short variable parts taken out; its blanks do not end the word.
    fn quoted(&mut self, text: &[u8]) {
        self.open = true;
        let mut digits = false;
        for byte in text {
            match byte {
                b'0'..=b'9' if digits => {}
                b'0'..=b'9' => {
                    self.into.extend_from_slice(ANY);
                    digits = true;
                }
                _ => {
                    digits = false;
                    // A blank that is none keeps the text together.
                    self.into.push(if byte.is_ascii_whitespace() { b'_' } else { *byte });
                }
            }
        }
    }

    fn without_digits(&mut self, run: &[u8]) {
        self.open = true;
        let mut digits = false;
        for byte in run {
            if !byte.is_ascii_digit() {
                self.into.push(*byte);
            } else if !digits {
                self.any();
            }
            digits = byte.is_ascii_digit();
        }
    }

    /// A variable part; one right behind another, or behind it and a separator of numbers, is the same one.
    fn any(&mut self) {
        self.open = true;
        let written = &self.into[self.start..];
        if written.ends_with(ANY) {
            return;
        }
        if let Some((separator, front)) = written.split_last()
            && matches!(separator, b'.' | b',' | b':' | b'-' | b'+' | b'/')
        {
            if front.ends_with(ANY) {
                self.into.pop();
                return;
            }
            // A sign.
            if matches!(separator, b'-' | b'+') && front.last().is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'>')
            {
                self.into.pop();
            }
        }
        self.into.extend_from_slice(ANY);
    }

    fn sign(&mut self, byte: u8, next: Option<u8>) {
        self.open = true;
        // A percent sign is a unit.
        if byte == b'%' && self.into.ends_with(ANY) && !next.is_some_and(|byte| byte.is_ascii_alphanumeric()) {
            return;
        }
        self.into.push(byte);
    }

    fn end(self, cut: bool) {
        if self.into.len() > self.start && self.into.last() == Some(&b' ') {
            self.into.pop();
        }
        if cut {
            self.into.extend_from_slice(b" ...");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> String {
        let mut into = Vec::new();
        normalise(text.as_bytes(), false, &mut into);
        String::from_utf8(into).unwrap()
    }

    #[test]
    fn what_is_variable_is_taken_out() {
        for (text, wanted) in [
            ("took 17 ms, 1.5s, 20MB, -3.2e5 and 98.5%", "took <*> ms, <*>, <*>, <*> and <*>"),
            ("at 2026-01-02T03:04:05.678Z or 03:04:05", "at <*> or <*>"),
            ("id 123e4567-e89b-12d3-a456-426614174000!", "id <*>!"),
            ("hex 0xdeadbeef 1a2b3c4d5e f00dcafe1", "hex <*> <*> <*>"),
            ("peer 10.0.0.1:8080 via [fe80::1%eth0] 2001:db8::ff00:42:8329 aa:bb:cc:dd:ee:01", "peer <*> via [<*>%eth0] <*> <*>"),
            ("version 1.2.3 key x9Kq2LmZ0pR4", "version <*> key <*>"),
            ("GET /api/v1/users/123/orders?id=7", "GET /api/v1/users/<*>/orders?id=<*>"),
            ("src/a.rs:10:5: no", "src/a.rs:<*>: no"),
            ("a  b\t c ", "a b c"),
        ] {
            assert_eq!(words(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_tells_faults_apart_is_kept() {
        for text in [
            "ORA-00942: table or view does not exist",
            "HTTP500 and E11000 and TS2304",
            "status 503 from utf8 on s3 with 5xx",
            "exit code 137",
            "errno=104",
            "can't open user's file",
            "/var/lib/pay/config.yaml",
        ] {
            assert_eq!(words(text), text);
        }
        assert_eq!(words("relation \"the accounts\" is gone"), "relation \"the_accounts\" is gone");
        assert_eq!(words(&format!("got '{}' here", "x y ".repeat(60))), "got '<*>' here");
    }

    #[test]
    fn frames_lose_every_digit() {
        let mut into = Vec::new();
        normalise(b"at com.pay.Foo$$Lambda$14/0x0001.bar2(Foo.java:42)", true, &mut into);
        assert_eq!(String::from_utf8(into).unwrap(), "at com.pay.Foo$$Lambda$<*>x<*>.bar<*>(Foo.java:<*>)");
    }

    proptest! {
        #[test]
        fn any_bytes_give_bounded_words(text in prop::collection::vec(any::<u8>(), 0..4000), frame: bool) {
            let mut into = Vec::new();
            normalise(&text, frame, &mut into);
            prop_assert!(into.len() <= 4 * MAX_BYTES, "{}", into.len());
            prop_assert!(into.split(|byte| *byte == b' ').count() <= MAX_WORDS + 1);
        }

        #[test]
        fn numbers_do_not_show(number in 10_u32..) {
            prop_assert_eq!(words(&format!("took {number} ms for user {number}.")), "took <*> ms for user <*>.");
        }
    }
}

//! Paths out of URIs.

/// The path that a URI or path names, percent-decoded; `None` for an address that is not a file.
///
/// `file:///a%20b` is `/a b`, `file:///C:/a` is `C:/a`, `src/a%2Bb.c` is `src/a+b.c`; `https://x/a` is no file. Source: RFC 3986,
/// RFC 8089.
pub(crate) fn to_path(uri: &str) -> Option<String> {
    let path = match scheme(uri) {
        None => uri,
        Some(scheme) if scheme.eq_ignore_ascii_case("file") => {
            let rest = &uri["file:".len()..];
            let path = match rest.strip_prefix("//") {
                Some(with_host) => with_host.find('/').map_or("", |start| &with_host[start..]),
                None => rest,
            };
            let drive = path.as_bytes().get(1..3).is_some_and(|drive| drive[0].is_ascii_alphabetic() && drive[1] == b':');
            if drive { &path[1..] } else { path }
        }
        Some(_) => return None,
    };
    let path = path.split(['?', '#']).next().unwrap_or(path);
    Some(percent_decoded(path)).filter(|path| !path.is_empty())
}

/// Whether the URI stands on its own, so that no base applies.
pub(crate) fn is_absolute(uri: &str) -> bool {
    scheme(uri).is_some() || uri.starts_with('/')
}

/// The scheme in front of the colon. One letter is a Windows drive.
fn scheme(uri: &str) -> Option<&str> {
    let (scheme, _) = uri.split_once(':')?;
    let fine = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    fine.then_some(scheme)
}

/// The text with `%41` as `A`; as it stands where the result would not be UTF-8 or holds a NUL.
pub(crate) fn percent_decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digit = |offset: usize| bytes.get(at + offset).and_then(|digit| char::from(*digit).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (byte, digit(1), digit(2)) {
            decoded.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
            at += 3;
        } else {
            decoded.push(byte);
            at += 1;
        }
    }
    String::from_utf8(decoded).ok().filter(|text| !text.contains('\0')).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_uris_and_relative_ones_are_paths_and_others_are_not() {
        for (uri, path) in [
            ("file:///a%20b/c.rs", Some("/a b/c.rs")),
            ("file:///C:/a.c", Some("C:/a.c")),
            ("file://host/share/a", Some("/share/a")),
            ("file:/a", Some("/a")),
            ("FILE:///a/b.c", Some("/a/b.c")),
            ("src/a%2Bb.c", Some("src/a+b.c")),
            ("C:\\a\\b.c", Some("C:\\a\\b.c")),
            ("src/100%.c", Some("src/100%.c")),
            ("a%00b", Some("a%00b")),
            ("https://example.com/a.c", None),
            ("", None),
        ] {
            assert_eq!(to_path(uri).as_deref(), path, "{uri}");
        }
    }
}

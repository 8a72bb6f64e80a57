//! Path patterns, turned into regular expressions that mean the same to every Rego engine.
//!
//! The syntax is that of the `globset` crate with `/` as a literal separator, so that a pattern means the same to a policy as to the
//! analysis; a test compares the two. The expressions use only what Go's and Rust's `regex` share.

/// Why a text is not a path pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    #[error("it is empty")]
    Empty,
    #[error("paths are relative to the root of the repository: leave out the leading `/` or `./`")]
    Absolute,
    #[error("`[` is never closed, or nothing stands between `[` and `]`")]
    Class,
    #[error("`{{` and `}}` do not match")]
    Braces,
    #[error("nothing follows the last `\\`")]
    Escape,
}

/// The anchored regular expression for a path pattern.
///
/// `*` and `?` stop at `/`. `**` as a whole part of the path is any number of parts, at the end at least one. `[abc]`, `[a-z]` and
/// `[!abc]` are one character (`[!abc]` may be `/`, as in `globset`), `{a,b}` is either, `\` takes the next character as it is. A trailing `/` means everything below.
pub(super) fn to_regex(pattern: &str) -> Result<String, GlobError> {
    if pattern.is_empty() {
        return Err(GlobError::Empty);
    }
    if pattern.starts_with('/') || pattern.starts_with("./") {
        return Err(GlobError::Absolute);
    }
    let whole = if pattern.ends_with('/') { format!("{pattern}**") } else { pattern.to_owned() };
    let chars: Vec<char> = whole.chars().collect();
    let mut regex = String::from("^");
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        at += 1;
        match c {
            '*' => at = stars(&chars, at, &mut regex),
            '?' => regex.push_str("[^/]"),
            '[' => at = class(&chars, at, &mut regex)?,
            '{' => {
                depth += 1;
                regex.push_str("(?:");
            }
            '}' => {
                depth = depth.checked_sub(1).ok_or(GlobError::Braces)?;
                regex.push(')');
            }
            ',' if depth > 0 => regex.push('|'),
            '\\' => {
                let next = chars.get(at).ok_or(GlobError::Escape)?;
                literal(*next, &mut regex);
                at += 1;
            }
            c => literal(c, &mut regex),
        }
    }
    if depth > 0 {
        return Err(GlobError::Braces);
    }
    regex.push('$');
    Ok(regex)
}

fn literal(c: char, regex: &mut String) {
    regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

/// One or more stars, of which the first stands before `at`; returns where to go on.
fn stars(chars: &[char], at: usize, regex: &mut String) -> usize {
    let end = at + chars[at..].iter().take_while(|c| **c == '*').count();
    let starts_part = at == 1 || chars[at - 2] == '/';
    match chars.get(end) {
        Some('/') if end == at + 1 && starts_part => {
            regex.push_str("(?:[^/]+/)*");
            end + 1
        }
        None if end == at + 1 && starts_part => {
            regex.push_str("(?s:.+)");
            end
        }
        _ => {
            regex.push_str("[^/]*");
            end
        }
    }
}

/// A class whose `[` stands before `at`; returns where to go on.
fn class(chars: &[char], mut at: usize, regex: &mut String) -> Result<usize, GlobError> {
    let negated = matches!(chars.get(at), Some('!' | '^'));
    if negated {
        at += 1;
    }
    // A `]` right after the opening is a member.
    let length = chars.get(at + 1..).and_then(|rest| rest.iter().position(|c| *c == ']')).ok_or(GlobError::Class)? + 1;
    let members = &chars[at..at + length];
    regex.push_str(if negated { "[^" } else { "[" });
    for (index, c) in members.iter().enumerate() {
        match c {
            '-' if index > 0 && index + 1 < members.len() => regex.push('-'),
            '/' => return Err(GlobError::Class),
            c if c.is_alphanumeric() => regex.push(*c),
            c => {
                regex.push('\\');
                regex.push(*c);
            }
        }
    }
    regex.push(']');
    Ok(at + length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use globset::GlobBuilder;
    use regex::Regex;

    const PATHS: [&str; 22] = [
        "a",
        "b",
        "a/b",
        "a/b/c",
        "a/x/b",
        "a/x/y/b",
        "src/a.rs",
        "src/pay/a.rs",
        "src/pay/",
        "pay",
        "x.rs",
        "x.md",
        "docs/design/a.md",
        "docs/design/x/a.md",
        "docs/a.md",
        ".env",
        "deploy/.env",
        "deploy/.envrc",
        "a-b",
        "a+b",
        "axb",
        "a.b",
    ];

    #[test]
    fn patterns_match_what_the_analysis_matches() {
        let patterns = [
            "a",
            "*",
            "**",
            "**/b",
            "a/**",
            "a/**/b",
            "**/*.rs",
            "src/**",
            "src/*",
            "docs/design/**/*.md",
            "**/.env",
            "*.{rs,md}",
            "{src,docs}/**/a.*",
            "a?b",
            "a[-+]b",
            "a[!x]b",
            "[a-b]",
            "a.b",
            "a\\+b",
            "a**b",
            "**/pay/**",
        ];
        for pattern in patterns {
            let regex = Regex::new(&to_regex(pattern).unwrap()).unwrap();
            let reference = GlobBuilder::new(pattern).literal_separator(true).build().unwrap().compile_matcher();
            for path in PATHS.into_iter().filter(|path| !path.ends_with('/')) {
                assert_eq!(regex.is_match(path), reference.is_match(path), "{pattern} on {path}: {}", regex.as_str());
            }
        }
    }

    #[test]
    fn a_trailing_slash_means_everything_below() {
        assert_eq!(to_regex("src/"), to_regex("src/**"));
    }

    #[test]
    fn what_is_not_a_pattern_says_why() {
        let cases = [
            ("", GlobError::Empty),
            ("/a", GlobError::Absolute),
            ("./a", GlobError::Absolute),
            ("a[b", GlobError::Class),
            ("a[]", GlobError::Class),
            ("a[b/c]", GlobError::Class),
            ("{a,b", GlobError::Braces),
            ("a}", GlobError::Braces),
            ("a\\", GlobError::Escape),
        ];
        for (pattern, error) in cases {
            assert_eq!(to_regex(pattern), Err(error), "{pattern}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_an_error_or_an_expression_that_compiles_or_is_refused(pattern in "[a-c/*?{},!\\[\\]^\\\\.\u{e4}-]{0,12}") {
            if let Ok(regex) = to_regex(&pattern) {
                let _ = Regex::new(&regex);
            }
        }
    }
}

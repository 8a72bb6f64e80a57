//! Issues that a text promises to close.
//!
//! Source: docs.github.com, "Linking a pull request to an issue using a keyword".

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::prose;
use crate::facts::LinkedIssue;

/// A keyword, then `#N`, `GH-N`, `owner/name#N` or the issue's address.
const PATTERN: &str = r"(?i)(?:^|[^\w-])(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\s*:?\s+(?:(?:([\w.-]+/[\w.-]+)?#|GH-)|https?://[^/\s]+/([\w.-]+/[\w.-]+)/issues/)(\d{1,15})\b";

/// The issues, sorted; what names no repository belongs to this one. Text in code and in comments closes nothing.
pub(super) fn linked(text: &str, repository: &str) -> Vec<LinkedIssue> {
    static CLOSES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(PATTERN).ok());
    let Some(closes) = &*CLOSES else { return Vec::new() };
    let mut found = BTreeSet::new();
    for line in prose::lines(text).into_iter().filter(|line| !line.doubtful) {
        let line = prose::without_code(&line.text);
        for parts in closes.captures_iter(&line) {
            let named = parts.get(1).or_else(|| parts.get(2)).map_or(repository, |named| named.as_str());
            let number = parts.get(3).and_then(|number| number.as_str().parse().ok());
            found.extend(number.map(|number| LinkedIssue { repository: named.to_owned(), number }));
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        linked(text, "o/r").into_iter().map(|issue| format!("{}#{}", issue.repository, issue.number)).collect()
    }

    #[test]
    fn every_keyword_and_every_way_to_name_an_issue_counts() {
        for keyword in ["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved", "FIXES:"] {
            assert_eq!(read(&format!("{keyword} #12")), ["o/r#12"], "{keyword}");
        }
        let text = "Fixes #10, resolves a/b.c#3 and closes https://github.com/x/y/issues/4. Closes GH-5";
        assert_eq!(read(text), ["a/b.c#3", "o/r#5", "o/r#10", "x/y#4"]);
    }

    #[test]
    fn code_comments_and_other_words_close_nothing() {
        for text in [
            "`fixes #1`",
            "```\nfixes #1\n```",
            "<!-- fixes #1 -->",
            "prefixes #1",
            "see #1",
            "fixes 1",
            "auto-fixes #1",
            "fixing #1",
        ] {
            assert_eq!(read(text), [""; 0], "{text}");
        }
    }
}

//! Subject, body and trailers of a commit message, after `git interpret-trailers`.

use crate::facts::Trailer;

/// A message in its parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Message {
    /// The first line that is not blank.
    pub subject: String,
    /// The rest without trailers, trimmed.
    pub body: String,
    pub trailers: Vec<Trailer>,
}

/// Splits a message.
///
/// Trailers stand in the last paragraph, which is not the one with the subject, when every line of it is a trailer, or when one
/// is a line that git writes itself (`Signed-off-by:`, `(cherry picked from commit`) and at least a quarter are trailers. A line
/// that starts with a space goes on with the trailer before it.
pub(super) fn split(message: &str) -> Message {
    let lines: Vec<&str> = message.lines().map(str::trim_end).collect();
    let Some(first) = lines.iter().position(|line| !line.is_empty()) else { return Message::default() };
    let subject = lines[first].trim_start().to_owned();
    let rest = &lines[first + 1..];
    let end = rest.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    // A last paragraph that no blank line sets apart from the subject belongs to the subject.
    let start = rest[..end].iter().rposition(|line| line.is_empty()).map_or(end, |blank| blank + 1);
    let trailers = trailers(&rest[start..end]);
    let body_end = if trailers.is_empty() { end } else { start };
    Message { subject, body: rest[..body_end].join("\n").trim().to_owned(), trailers }
}

/// The trailers of a paragraph; none when it is not a paragraph of trailers.
fn trailers(paragraph: &[&str]) -> Vec<Trailer> {
    let mut found: Vec<Trailer> = Vec::new();
    let (mut others, mut by_git, mut continues) = (0_usize, false, false);
    for line in paragraph {
        if line.starts_with([' ', '\t']) {
            match found.last_mut() {
                Some(trailer) if continues => {
                    trailer.value.push(' ');
                    trailer.value.push_str(line.trim());
                }
                _ => others += 1,
            }
        } else if let Some(trailer) = trailer(line) {
            by_git |= trailer.key.eq_ignore_ascii_case("Signed-off-by");
            found.push(trailer);
            continues = true;
        } else {
            let cherry = line.starts_with("(cherry picked from commit ");
            by_git |= cherry;
            others += usize::from(!cherry);
            continues = false;
        }
    }
    if others == 0 || by_git && found.len() * 3 >= others { found } else { Vec::new() }
}

fn trailer(line: &str) -> Option<Trailer> {
    let (key, value) = line.split_once(':')?;
    let key = key.trim_end();
    let fine = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    // `https://...` is no trailer, although git takes it for one.
    (fine && !value.starts_with("//")).then(|| Trailer { key: key.to_owned(), value: value.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(message: &str) -> Vec<(String, String)> {
        split(message).trailers.into_iter().map(|trailer| (trailer.key, trailer.value)).collect()
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn the_last_paragraph_of_trailers_is_taken_off_the_body() {
        let it = split("subject\n\nwhy\n\nmore\n\nDesign: docs/design/a.md\nReviewed-by: A <a@b>\n\n");
        assert_eq!((it.subject.as_str(), it.body.as_str()), ("subject", "why\n\nmore"));
        assert_eq!(it.trailers.len(), 2);
        assert_eq!(it.trailers[0].value, "docs/design/a.md");
    }

    #[test]
    fn a_trailer_goes_on_in_an_indented_line() {
        assert_eq!(pairs("s\n\nDesign: a\n  b\nX-Y : c"), [pair("Design", "a b"), pair("X-Y", "c")]);
    }

    #[test]
    fn a_mixed_paragraph_needs_a_line_that_git_writes() {
        assert!(pairs("s\n\nsome text\nDesign: a").is_empty());
        assert_eq!(pairs("s\n\nsome text\nSigned-off-by: a").len(), 1);
        assert_eq!(pairs("s\n\nDesign: a\n(cherry picked from commit abc)").len(), 1);
        assert!(pairs("s\n\none\ntwo\nthree\nfour\nSigned-off-by: a").is_empty());
    }

    #[test]
    fn a_subject_is_never_a_trailer() {
        assert!(pairs("Design: a").is_empty());
        assert!(pairs("subject\nDesign: a").is_empty());
        assert_eq!(split("subject\nDesign: a").body, "Design: a");
        assert!(pairs("s\n\nhttps://example.org/a").is_empty());
    }

    #[test]
    fn odd_messages_split_without_harm() {
        assert_eq!(split(""), Message::default());
        assert_eq!(split("\n \n"), Message::default());
        assert_eq!(split("\n\n  a\r\n\r\nb\r\n").body, "b");
    }
}

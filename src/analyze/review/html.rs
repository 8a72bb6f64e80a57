//! HTML that a line opens and does not close, after GitHub Flavored Markdown 0.29, sections 4.6 (HTML blocks) and 6.10 (raw HTML).

/// What a line leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    /// It holds no HTML, or whole comments only.
    Nothing,
    /// Tags, all of which end in the line.
    Tags,
    /// Something that goes on to this text, in small letters.
    Until(&'static str),
}

/// What ends elsewhere than a tag does. The longer of two starts comes first.
const BLOCKS: [(&str, &str); 4] = [("!--", "-->"), ("![cdata[", "]]>"), ("!", ">"), ("?", "?>")];

/// Elements whose text is not shown as prose, with their ends.
const ELEMENTS: [(&str, &str); 14] = [
    ("script", "</script>"),
    ("style", "</style>"),
    ("pre", "</pre>"),
    ("textarea", "</textarea>"),
    ("title", "</title>"),
    ("template", "</template>"),
    ("noscript", "</noscript>"),
    ("noframes", "</noframes>"),
    ("noembed", "</noembed>"),
    ("iframe", "</iframe>"),
    ("xmp", "</xmp>"),
    ("del", "</del>"),
    ("strike", "</strike>"),
    ("s", "</s>"),
];

/// Reads the line up to what stays open.
pub(super) fn opened(line: &str) -> Opened {
    let line = line.to_ascii_lowercase();
    let (mut rest, mut tags) = (line.as_str(), false);
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some((start, end)) = BLOCKS.iter().find(|(start, _)| rest.starts_with(start)) {
            let Some((_, after)) = rest[start.len()..].split_once(end) else { return Opened::Until(end) };
            tags |= *start != "!--";
            rest = after;
            continue;
        }
        let Some(name) = name(rest) else { continue };
        tags = true;
        let Some(after) = tag_end(rest) else { return Opened::Until(">") };
        rest = after;
        if let Some((_, end)) = ELEMENTS.iter().find(|(element, _)| *element == name) {
            let Some((_, after)) = rest.split_once(end) else { return Opened::Until(end) };
            rest = after;
        }
    }
    if tags { Opened::Tags } else { Opened::Nothing }
}

/// The name of the tag that a text behind `<` is, with the slash of an end; none where it is no tag.
fn name(text: &str) -> Option<&str> {
    let letters = text.strip_prefix('/').unwrap_or(text);
    let length = letters.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-').count();
    let goes_on = letters[length..].chars().next().is_none_or(|c| c.is_whitespace() || "/>".contains(c));
    let is_tag = letters.starts_with(|c: char| c.is_ascii_alphabetic()) && goes_on;
    is_tag.then(|| &text[..text.len() - letters.len() + length])
}

/// What follows the tag, whose quoted values may hold `>`.
fn tag_end(text: &str) -> Option<&str> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if open == c => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '>' => return Some(&text[at + 1..]),
            Some(_) | None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_open_is_named() {
        for (line, wanted) in [
            ("a < b, <https://x> and 1<2", Opened::Nothing),
            ("<!-- a --> b", Opened::Nothing),
            ("<b>a</b>", Opened::Tags),
            ("<a title=\">\">", Opened::Tags),
            ("<PRE>a</Pre>", Opened::Tags),
            ("<!-->", Opened::Until("-->")),
            ("<!-- a --> <!-- b", Opened::Until("-->")),
            ("<![CDATA[ >", Opened::Until("]]>")),
            ("<!X", Opened::Until(">")),
            ("<?x >", Opened::Until("?>")),
            ("<a title=\">", Opened::Until(">")),
            ("<div", Opened::Until(">")),
            ("b <script x='1'> c", Opened::Until("</script>")),
        ] {
            assert_eq!(opened(line), wanted, "{line}");
        }
    }
}

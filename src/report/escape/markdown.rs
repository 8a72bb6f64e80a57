//! Markdown as GitHub renders it: plain words, and code spans for everything else.

use super::terminal;

/// Text as a Markdown code span (`CommonMark` 0.31, section 6.1): nothing in it is a tag, link, mention, reference or emoji.
/// The fence is longer than any run of backticks inside. Empty text gives an empty string.
#[must_use]
pub fn code_span(text: &str) -> String {
    let line = terminal(text);
    if line.is_empty() {
        return line;
    }
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A renderer takes one space off each end; backticks at the ends need it to stay apart from the fence.
    let pad = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// Text as one line of Markdown that GitHub shows as it was written.
///
/// Plain words and numbers stay as they are; everything else, from paths to `@names`, `#1`, hashes, URLs and markup, becomes
/// code spans, and so does what the writer put between single backticks. Escapes would not do: GitHub looks for mentions,
/// references and emoji in the finished page, after they are gone.
#[must_use]
pub fn markdown(text: &str) -> String {
    let line = terminal(text);
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    let mut out: Vec<String> = Vec::new();
    let mut odd: Vec<&str> = Vec::new();
    let mut index = 0;
    while index < words.len() {
        let quoted = quoted(&words[index..]);
        if quoted > 0 || is_plain_word(words[index]) {
            out.extend(code_and_end(&odd.join(" ")));
            odd.clear();
        }
        if quoted > 0 {
            out.extend(code_and_end(&words[index..index + quoted].join(" ").replace('`', "")));
            index += quoted;
            continue;
        }
        if is_plain_word(words[index]) {
            out.push(words[index].to_owned());
        } else {
            odd.push(words[index]);
        }
        index += 1;
    }
    out.extend(code_and_end(&odd.join(" ")));
    out.join(" ")
}

/// Marks that may end a sentence or a part of it.
const ENDS: [char; 5] = ['.', ',', ';', ':', '?'];

/// How many words, from the first on, stand between two single backticks; 0 when they do not.
fn quoted(words: &[&str]) -> usize {
    if !words.first().is_some_and(|word| word.starts_with('`')) {
        return 0;
    }
    let mut ticks = 0;
    for (index, word) in words.iter().enumerate() {
        ticks += word.matches('`').count();
        let inner = word.trim_end_matches(ENDS);
        if ticks >= 2 {
            let whole = ticks == 2 && inner.len() > 1 && inner.ends_with('`') && *word != "``";
            return if whole { index + 1 } else { 0 };
        }
    }
    0
}

/// A code span with the marks that end a sentence behind it; nothing for no text.
fn code_and_end(text: &str) -> Option<String> {
    let inner = text.trim_end_matches(ENDS);
    // Marks alone, or backticks that would touch the fence's own: all of it is code.
    let inner = if inner.is_empty() || inner.ends_with('`') { text } else { inner };
    (!text.is_empty()).then(|| format!("{}{}", code_span(inner), &text[inner.len()..]))
}

/// Whether a word means nothing but itself in Markdown and on GitHub: letters (with `'` or `-` between them) or a number,
/// with common punctuation around it.
fn is_plain_word(word: &str) -> bool {
    if word.strip_prefix('%').is_some_and(|rest| rest.chars().all(|c| ENDS.contains(&c) || c == ')')) {
        return true;
    }
    let core = word.trim_start_matches(['(', '"', '“', '‘', '「', '《', '（']);
    let core = core.trim_end_matches([
        '.', ',', ';', ':', '?', ')', '"', '%', '”', '’', '。', '，', '、', '；', '：', '？', '）', '」', '》', '…',
    ]);
    if core.is_empty() {
        return false;
    }
    // Long runs of hexadecimal digits link to commits.
    if core.split(|c: char| !c.is_ascii_hexdigit()).any(|run| run.len() >= 7) {
        return false;
    }
    let number = core.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',') && core.ends_with(|c: char| c.is_ascii_digit());
    // `1.` and `1)` would start a list.
    if number {
        return core.starts_with(|c: char| c.is_ascii_digit()) && (core.contains('.') || !word.ends_with(['.', ')']));
    }
    // A tier or a requirement: one letter and digits.
    if core.len() > 1
        && core.len() < 7
        && core.starts_with(|c: char| c.is_ascii_alphabetic())
        && core[1..].bytes().all(|b| b.is_ascii_digit())
    {
        return true;
    }
    let joined = |c: char| {
        c.is_alphabetic() || matches!(c, '\'' | '’' | '-' | '，' | '、' | '：' | '（' | '）' | '；' | '。' | '「' | '」')
    };
    core.chars().all(joined)
        && core.starts_with(char::is_alphabetic)
        && core.ends_with(|c: char| c.is_alphabetic() || !c.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_span_holds_its_backticks() {
        assert_eq!(code_span("a`b``c"), "```a`b``c```");
        assert_eq!(code_span("`x`"), "`` `x` ``");
        assert_eq!(code_span(" \n "), "");
    }

    #[test]
    fn words_stay_words_and_everything_else_is_code() {
        assert_eq!(markdown("Add a test that runs src/pay.py:42, please."), "Add a test that runs `src/pay.py:42`, please.");
        assert_eq!(
            markdown("found 66.66 %, wants 80 %: 3 more (76.54 %), %x %("),
            "found 66.66 %, wants 80 %: 3 more (76.54 %), `%x %(`"
        );
        assert_eq!(markdown("run `pytest -k a`; then ``x`` or `y"), "run `pytest -k a`; then ``` ``x`` ``` or `` `y ``");
        assert_eq!(markdown("ping @octocat and #12"), "ping `@octocat` and `#12`");
        assert_eq!(markdown("<b>x</b> | ![i](u) http://evil.example"), "`<b>x</b> | ![i](u) http://evil.example`");
        assert_eq!(markdown("deadbeef GH-12 :tada: 1. www.x.y a_b *c* $x$"), "`deadbeef GH-12 :tada: 1. www.x.y a_b *c* $x$`");
        assert_eq!(markdown("发布窗口已关闭，请等到周一。"), "发布窗口已关闭，请等到周一。");
    }
}

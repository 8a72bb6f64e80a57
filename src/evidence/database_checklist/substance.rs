//! Whether an answer says anything.

/// Words that fill a field and answer nothing, in lower case.
const EMPTY: &[&str] = &[
    "n/a",
    "na",
    "n.a.",
    "none",
    "nil",
    "null",
    "nope",
    "no",
    "yes",
    "ok",
    "okay",
    "done",
    "todo",
    "to do",
    "tbd",
    "tba",
    "fixme",
    "xxx",
    "later",
    "unknown",
    "not applicable",
    "same",
    "see above",
    "wip",
    "pending",
    "test",
    "是",
    "否",
    "有",
    "无",
    "暂无",
    "没有",
    "不适用",
    "不涉及",
    "待定",
    "待补充",
    "待填",
    "未知",
    "略",
    "同上",
    "已完成",
    "完成",
    "好",
];

/// The answer without blanks around it; `None` where it says nothing: no letter and no digit, or only a word that stands for "not
/// answered".
#[must_use]
pub fn substance(text: &str) -> Option<&str> {
    let text = text.trim();
    let plain: String = text.to_lowercase();
    let plain = plain.trim_matches(|c: char| !c.is_alphanumeric()).trim();
    let empty = plain.is_empty() || EMPTY.contains(&plain) || EMPTY.contains(&text.to_lowercase().as_str());
    let placeholder = (text.starts_with('<') && text.ends_with('>')) || (text.starts_with("${") && text.ends_with('}'));
    (!empty && !placeholder).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::substance;

    #[test]
    fn words_that_answer_nothing_are_no_answer() {
        for text in
            ["", " ", "-", "...", "n/a", "N/A.", "(none)", "TODO", "tbd!", "无", "暂无。", "<fill in>", "${x}", "yes", "——"]
        {
            assert_eq!(substance(text), None, "{text}");
        }
    }

    #[test]
    fn whatever_says_something_is_one() {
        for text in ["0", "1,200", "none of the replicas lags", "无需备份:只加索引", "no-op", "db/1.sql", "SELECT 1"] {
            assert_eq!(substance(text), Some(text));
        }
        assert_eq!(substance("  a  "), Some("a"));
    }
}

//! Playbooks: YAML in which teams write what to do about a finding (requirements F4, F8).
//!
//! ```yaml
//! version: 1
//! playbooks:
//! - policies: ["canary/*", logs/new-errors]
//!   title: The new version is worse than the old one
//!   check: [Compare the errors of both versions by API]
//!   recovery: rollback
//!   approvers: [the service's owner on call]
//!   save: [logs and metrics of the gray instances, one instance taken out of traffic]
//!   url: https://wiki.example.com/rollback
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{ReadError, yaml};
use crate::facts::Playbook;

/// More than this nobody reads while users are hurt.
const MOST_ITEMS: usize = 20;
const MOST_CHARACTERS: usize = 500;

/// A file of playbooks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Playbooks {
    /// In the order of the file.
    pub entries: Vec<Entry>,
}

/// A playbook and the policies that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Ids of policies, in which `*` stands for any text; at least one, each once in a file.
    pub policies: Vec<String>,
    pub playbook: Playbook,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    version: Spanned<u64>,
    #[serde(default)]
    playbooks: Option<Vec<Spanned<RawEntry>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    policies: Spanned<Vec<Spanned<String>>>,
    title: Spanned<String>,
    check: Spanned<Vec<Spanned<String>>>,
    recovery: Option<Spanned<String>>,
    approvers: Option<Spanned<Vec<Spanned<String>>>>,
    save: Option<Spanned<Vec<Spanned<String>>>>,
    url: Option<Spanned<String>>,
}

/// Reads a file of playbooks.
///
/// The errors name the line: YAML that is damaged, a key that is unknown (with the nearest known one) or missing, a version other
/// than 1, what is no id of a policy or stands twice, a list without items or with more than 20, a text that is empty, longer than
/// 500 characters or holds hidden characters, an address that is not `http` or `https`. A file without playbooks is fine.
pub fn read(bytes: &[u8]) -> Result<Playbooks, ReadError> {
    let raw: RawFile = yaml::read(bytes)?;
    if raw.version.value != 1 {
        return Err(yaml::at(&raw.version, format!("playbooks version {} is not known; expected 1", raw.version.value)));
    }
    let mut known: BTreeMap<String, Option<u32>> = BTreeMap::new();
    let mut entries = Vec::new();
    for raw in raw.playbooks.unwrap_or_default() {
        entries.push(entry(raw.value, &mut known)?);
    }
    Ok(Playbooks { entries })
}

fn entry(raw: RawEntry, known: &mut BTreeMap<String, Option<u32>>) -> Result<Entry, ReadError> {
    if raw.policies.value.is_empty() {
        return Err(yaml::at(&raw.policies, "the playbook is for no policy; name an id like `canary/regressed` or `canary/*`"));
    }
    let mut policies = Vec::new();
    for policy in raw.policies.value {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '*' | '-' | '_' | '.');
        if policy.value.is_empty() || policy.value.len() > 200 || !policy.value.chars().all(allowed) {
            let message = "that is no id of a policy; write it like `canary/regressed`, with `*` for any text";
            return Err(yaml::at(&policy, message));
        }
        if let Some(before) = known.insert(policy.value.clone(), yaml::line(&policy)) {
            let before = before.map_or(String::new(), |line| format!(" on line {line}"));
            return Err(yaml::at(&policy, format!("`{}` has a playbook already{before}; keep one", policy.value)));
        }
        policies.push(policy.value);
    }
    let playbook = Playbook {
        title: line_of(&raw.title, "the title")?,
        check: items(&raw.check, "check")?,
        recovery: raw.recovery.map(|text| line_of(&text, "recovery")).transpose()?,
        approvers: raw.approvers.map(|list| items(&list, "approvers")).transpose()?.unwrap_or_default(),
        save: raw.save.map(|list| items(&list, "save")).transpose()?.unwrap_or_default(),
        url: raw.url.map(|text| address(&text)).transpose()?,
    };
    Ok(Entry { policies, playbook })
}

fn items(list: &Spanned<Vec<Spanned<String>>>, what: &str) -> Result<Vec<String>, ReadError> {
    match list.value.len() {
        0 => Err(yaml::at(list, format!("`{what}` is empty; name something or remove the key"))),
        1..=MOST_ITEMS => list.value.iter().map(|item| line_of(item, &format!("an item of `{what}`"))).collect(),
        many => Err(yaml::at(list, format!("`{what}` has {many} items; at most {MOST_ITEMS} are read by anybody"))),
    }
}

/// One line of text; a folded scalar's line end at its end is no second line.
fn line_of(text: &Spanned<String>, what: &str) -> Result<String, ReadError> {
    let line = text.value.trim();
    if line.is_empty() {
        return Err(yaml::at(text, format!("{what} is empty; write a sentence or remove the key")));
    }
    if line.chars().any(yaml::unseen) {
        return Err(yaml::at(text, format!("{what} holds a line end or a character that nobody sees; write one line")));
    }
    if line.chars().count() > MOST_CHARACTERS {
        return Err(yaml::at(text, format!("{what} is longer than {MOST_CHARACTERS} characters; put the rest behind `url`")));
    }
    Ok(line.to_owned())
}

fn address(text: &Spanned<String>) -> Result<String, ReadError> {
    let address = line_of(text, "url")?;
    let web = ["https://", "http://"].iter().any(|scheme| address.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
    if !web || address.contains(char::is_whitespace) {
        return Err(yaml::at(text, "url is no address; write it like `https://wiki.example.com/rollback`"));
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"version: 1
playbooks:
- policies: ["canary/*", logs/new-errors]
  title: Worse than before
  check: [Compare the errors, Look at the newest logs]
  recovery: rollback
  approvers: [owner on call]
  save: [logs, one instance]
  url: https://wiki.example.com/a
- policies: [slo/page-burn]
  title: Short
  check: [Look]
"#;

    #[test]
    fn a_whole_file_is_read_in_its_order() {
        let file = read(WHOLE.as_bytes()).unwrap();
        assert_eq!(file.entries[0].policies, ["canary/*", "logs/new-errors"]);
        let first = &file.entries[0].playbook;
        assert_eq!((first.check.len(), first.recovery.as_deref(), first.save.len()), (2, Some("rollback"), 2));
        let short = &file.entries[1].playbook;
        assert_eq!((short.title.as_str(), &short.recovery, short.approvers.len()), ("Short", &None, 0));
        assert_eq!(read(b"version: 1\n").unwrap(), Playbooks::default());
    }

    #[test]
    fn every_mistake_names_its_line_and_the_way_out() {
        let long = format!("title: {}", "x".repeat(501));
        let many = format!("check: [{}]", vec!["a"; 21].join(", "));
        let mistakes = [
            ("version: 1", "version: 2", "line 1: playbooks version 2 is not known"),
            ("playbooks:", "playboks:", "line 2: unknown key `playboks`; did you mean `playbooks`?"),
            ("approvers:", "approver:", "line 7: unknown key `approver`; did you mean `approvers`?"),
            ("canary/*", "canary/regressed here", "line 3: that is no id of a policy"),
            ("[slo/page-burn]", "[]", "line 10: the playbook is for no policy"),
            ("slo/page-burn", "logs/new-errors", "line 10: `logs/new-errors` has a playbook already on line 3"),
            ("title: Short", "title: ' '", "line 11: the title is empty"),
            ("title: Short", "title: \"a\\nb\"", "line 11: the title holds a line end"),
            ("title: Short", "title: \"a\\u202eb\"", "line 11: the title holds a line end or a character that nobody sees"),
            ("title: Short", long.as_str(), "line 11: the title is longer than 500"),
            ("check: [Look]", "check: []", "line 12: `check` is empty"),
            ("check: [Look]", many.as_str(), "line 12: `check` has 21 items"),
            ("  check: [Look]\n", "", "line 11: the key `check` is missing"),
            ("https://wiki.example.com/a", "javascript:alert(1)", "line 9: url is no address"),
            ("https://wiki.example.com/a", "https://", "line 9: url is no address"),
        ];
        for (good, bad, wanted) in mistakes {
            let error = read(WHOLE.replacen(good, bad, 1).as_bytes()).expect_err(bad).to_string();
            assert!(error.starts_with(wanted), "{bad}: {error}");
        }
        for bytes in [&b""[..], b"\xff", b"[", b"- 1", b"version: 1\nplaybooks: {"] {
            assert!(read(bytes).is_err(), "{bytes:?}");
        }
    }
}

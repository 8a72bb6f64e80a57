//! The keys under `custom` that mean something to kadian.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_yaml::{Mapping, Value};

use super::Block;
use crate::decide::Stage;
use crate::facts::{Kind, Severity};
use crate::nearest::nearest;
use crate::policy::error::PolicyError;
use crate::policy::source::Origin;

pub(super) const KEYS: [&str; 9] =
    ["id", "severity", "stages", "needs", "requirement", "remedy", "effective_on", "waivable", "tags"];

/// What `custom` says; none where it is silent, so that a wider scope can answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::policy) struct Custom {
    pub(in crate::policy) id: Option<String>,
    pub(in crate::policy) severity: Option<Severity>,
    pub(in crate::policy) stages: Option<Vec<Stage>>,
    pub(in crate::policy) needs: Option<Vec<Kind>>,
    pub(in crate::policy) requirement: Option<String>,
    pub(in crate::policy) remedy: Option<String>,
    pub(in crate::policy) effective_on: Option<Timestamp>,
    pub(in crate::policy) waivable: Option<bool>,
    pub(in crate::policy) tags: Option<Vec<String>>,
}

/// Reads `custom`. Unknown keys are the user's own, unless they are close to a known one; a shipped policy has no unknown keys.
pub(super) fn read(block: &Block<'_>, map: &Mapping) -> Result<Custom, PolicyError> {
    let custom = match map.get("custom") {
        None => return Ok(Custom::default()),
        Some(Value::Mapping(custom)) => custom,
        Some(_) => return Err(block.error("custom", "expected `key: value` lines under `custom`")),
    };
    for key in custom.keys() {
        let key = key.as_str().unwrap_or_default();
        if KEYS.contains(&key) {
            continue;
        }
        let near = nearest(key, KEYS).filter(|near| strsim::osa_distance(near, key) <= 2);
        if near.is_some() || block.origin == Origin::Shipped {
            let error = block.error(key, format!("unknown key `{key}` under `custom`"));
            return Err(error.maybe_hint(near.map(|near| format!("Did you mean `{near}`?"))));
        }
    }
    Ok(Custom {
        id: id(block, custom)?,
        severity: severity(block, custom)?,
        stages: stages(block, custom)?,
        needs: words(block, custom, "needs", |word| word.parse().ok(), "kinds of evidence such as `tests` or `custom.NAME`")?,
        requirement: block.text(custom, "requirement")?,
        remedy: block.text(custom, "remedy")?,
        effective_on: effective_on(block, custom)?,
        waivable: waivable(block, custom)?,
        tags: block.texts(custom, "tags")?,
    })
}

/// A rule that stands at no stage would never judge. An empty `needs` is another matter: such a rule always judges.
fn stages(block: &Block<'_>, custom: &Mapping) -> Result<Option<Vec<Stage>>, PolicyError> {
    const KNOWN: &str = "push, merge, release or rollout";
    let stage = |word: &str| Stage::ALL.into_iter().find(|stage| stage.word() == word);
    match words(block, custom, "stages", stage, KNOWN)? {
        Some(stages) if stages.is_empty() => Err(block
            .error("stages", "`stages` is empty, so nothing here would ever judge")
            .hint(format!("Name {KNOWN}, or leave `stages` out for all of them."))),
        stages => Ok(stages),
    }
}

fn id(block: &Block<'_>, custom: &Mapping) -> Result<Option<String>, PolicyError> {
    let id = block.text(custom, "id")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    match id {
        Some(id) if !id.chars().all(plain) => {
            Err(block.error("id", format!("the id `{}` may hold only letters, digits and `_-./`", id.escape_debug())))
        }
        id => Ok(id),
    }
}

fn severity(block: &Block<'_>, custom: &Mapping) -> Result<Option<Severity>, PolicyError> {
    const ALL: [Severity; 5] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Note];
    let Some(word) = block.text(custom, "severity")? else { return Ok(None) };
    let unknown = || format!("unknown severity `{}`: expected critical, high, medium, low or note", word.escape_debug());
    let severity = ALL.into_iter().find(|severity| severity.word() == word);
    severity.map(Some).ok_or_else(|| block.error("severity", unknown()))
}

/// Whether a waiver may take the effect of the rule's findings. A text such as `"no"` would be guessed at, so it is refused.
fn waivable(block: &Block<'_>, custom: &Mapping) -> Result<Option<bool>, PolicyError> {
    match custom.get("waivable") {
        None => Ok(None),
        Some(Value::Bool(waivable)) => Ok(Some(*waivable)),
        Some(_) => Err(block.error("waivable", "expected true or false at `waivable`")),
    }
}

/// A list whose entries are all known words.
fn words<T>(
    block: &Block<'_>,
    custom: &Mapping,
    key: &str,
    read: impl Fn(&str) -> Option<T>,
    expected: &str,
) -> Result<Option<Vec<T>>, PolicyError> {
    let Some(words) = block.texts(custom, key)? else { return Ok(None) };
    let read = |word: String| {
        let unknown = || block.error(key, format!("unknown entry `{}` in `{key}`: expected {expected}", word.escape_debug()));
        read(&word).ok_or_else(unknown)
    };
    words.into_iter().map(read).collect::<Result<_, _>>().map(Some)
}

/// A date, from whose midnight (UTC) on the rule counts, or a timestamp.
fn effective_on(block: &Block<'_>, custom: &Mapping) -> Result<Option<Timestamp>, PolicyError> {
    let Some(text) = block.text(custom, "effective_on")? else { return Ok(None) };
    let midnight = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    match text.parse::<Timestamp>().ok().or_else(midnight) {
        Some(at) => Ok(Some(at)),
        None => Err(block.error("effective_on", "expected a date such as 2026-01-31, or a timestamp, at `effective_on`")),
    }
}

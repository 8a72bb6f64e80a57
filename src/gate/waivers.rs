//! The file of waivers.

use jiff::civil::Date;
use serde::Deserialize;

use crate::config::yaml;
use crate::decide::Waiver;
use crate::error::{Error, Result};
use crate::path_glob;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWaivers {
    version: u32,
    #[serde(default)]
    waivers: Vec<RawWaiver>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWaiver {
    id: String,
    path: Option<String>,
    fingerprint: Option<String>,
    reason: String,
    owner: String,
    expires: String,
}

/// Reads the text of a waiver file; every waiver has a reason, an owner and a last day.
pub(super) fn read(name: &str, text: &str) -> Result<Vec<Waiver>> {
    let raw: RawWaivers = yaml::read(name, text)?;
    if raw.version != 1 {
        return Err(Error::new(format!("{name}: version {} is not known to this kadian", raw.version)).hint("write `version: 1`"));
    }
    raw.waivers.into_iter().map(|raw| waiver(name, raw)).collect()
}

fn waiver(name: &str, raw: RawWaiver) -> Result<Waiver> {
    let wrong = |what: String| Error::new(format!("{name}: waiver for {}: {what}", raw.id));
    if raw.reason.trim().is_empty() || raw.owner.trim().is_empty() {
        return Err(wrong("reason and owner must not be empty".to_owned()));
    }
    let expires: Date = raw.expires.parse().map_err(|_| {
        wrong(format!("expires `{}` is not a date", raw.expires)).hint("write the last day on which it holds: 2026-12-31")
    })?;
    let path = raw
        .path
        .as_deref()
        .map(|glob| path_glob::parse(glob).map_err(|error| wrong(format!("path: `{glob}` is not a path pattern: {error}"))));
    let path = path.transpose()?.map(|glob| glob.compile_matcher());
    Ok(Waiver { id: raw.id, path, fingerprint: raw.fingerprint, reason: raw.reason, owner: raw.owner, expires })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiver_needs_a_reason_an_owner_and_a_last_day() {
        let full = "version: 1\nwaivers:\n- {id: a/b, path: 'src/**', reason: r, owner: o, expires: 2026-12-31}\n";
        let waivers = read("w.yaml", full).unwrap();
        assert_eq!(waivers[0].expires.to_string(), "2026-12-31");
        assert!(waivers[0].path.as_ref().unwrap().is_match("src/x/y.rs"));
        for (from, to) in [
            ("reason: r, ", ""),
            ("reason: r", "reason: ' '"),
            ("owner: o, ", ""),
            (", expires: 2026-12-31", ""),
            ("2026-12-31", "soon"),
            ("id", "idd"),
            ("version: 1", "version: 2"),
        ] {
            let text = full.replacen(from, to, 1);
            assert!(read("w.yaml", &text).unwrap_err().message().starts_with("w.yaml"), "{text}");
        }
    }
}

//! One run of one tool, streamed: its members come in any order, and what its results mean is known at its end.

use super::places::{Address, Places};
use super::raw;
use super::results::Results;
use super::rules::{Component, KnownRule, Rules, Setting};
use crate::evidence::json::{Json, once};
use crate::evidence::limits;
use crate::evidence::text::{cut, earliest, shown, zoned_time};
use crate::evidence::{ReadError, ScanReport};
use crate::facts::Tool;

/// The parts of a run without which its findings are not known, where they are kept in files of their own (section 3.15).
const ELSEWHERE: &[&str] = &["results", "invocations", "driver", "extensions", "artifacts"];

/// The parts of a run as they were read; `None` for those that have not come.
#[derive(Default)]
struct Parts {
    /// The driver first, then the extensions.
    tool: Option<Vec<Component>>,
    /// Whether there is a list of them.
    results: Option<bool>,
    invocations: Option<Vec<Invocation>>,
    artifacts: Option<Vec<Option<Address>>>,
    bases: Option<Vec<(String, Address)>>,
    /// What stands in other files.
    elsewhere: Option<Vec<String>>,
    /// What the first entry says; empty where it says nothing.
    commit: Option<String>,
}

struct Invocation {
    successful: Option<bool>,
    ended: Option<jiff::Timestamp>,
    settings: Vec<Setting>,
}

/// Adds a run. A run without `results` or with parts in other files, one whose tool failed or does not say how it ended, one without
/// a tool's name, and runs for different commits are errors.
pub(super) fn read(json: &mut Json<'_>, report: &mut ScanReport) -> Result<(), ReadError> {
    let mut parts = Parts::default();
    let mut results = Results::default();
    json.object("a run", |json, key| {
        match key {
            "tool" => {
                once(json, key, parts.tool.as_ref())?;
                parts.tool = Some(tool(json)?);
            }
            "results" => {
                once(json, key, parts.results.as_ref())?;
                let listed = !json.null()?;
                if listed {
                    json.list("`results`", |json| {
                        let kept = json.value_with(|result: raw::Result<'_>| results.take(&result, &mut report.results))?;
                        kept.ok_or_else(|| json.error(limits::too_many_findings()))
                    })?;
                }
                parts.results = Some(listed);
            }
            "invocations" => {
                once(json, key, parts.invocations.as_ref())?;
                parts.invocations = Some(all(json, "`invocations`", invocation)?);
            }
            "artifacts" => {
                once(json, key, parts.artifacts.as_ref())?;
                let address = |artifact: raw::Artifact<'_>| artifact.location.as_ref().map(Address::new);
                parts.artifacts = Some(all(json, "`artifacts`", |json| json.value_with(address))?);
            }
            "originalUriBaseIds" => {
                once(json, key, parts.bases.as_ref())?;
                let mut bases = Vec::new();
                if !json.null()? {
                    json.object("`originalUriBaseIds`", |json, base| {
                        if bases.len() == limits::DESCRIPTIONS {
                            let message = limits::too_many("entries of `originalUriBaseIds`", limits::DESCRIPTIONS);
                            return Err(json.error(message));
                        }
                        let base = cut(base).to_owned();
                        bases.push((base, json.value_with(|location: raw::Location<'_>| Address::new(&location))?));
                        Ok(())
                    })?;
                }
                parts.bases = Some(bases);
            }
            "externalPropertyFileReferences" => {
                once(json, key, parts.elsewhere.as_ref())?;
                let mut elsewhere = Vec::new();
                if !json.null()? {
                    json.object("`externalPropertyFileReferences`", |json, part| {
                        if ELSEWHERE.contains(&part) {
                            elsewhere.push(part.to_owned());
                        }
                        json.skip()
                    })?;
                }
                parts.elsewhere = Some(elsewhere);
            }
            "versionControlProvenance" => {
                once(json, key, parts.commit.as_ref())?;
                // The first entry is the repository that was scanned; further ones are submodules.
                let entries =
                    all(json, "`versionControlProvenance`", |json| json.value_with(|entry: raw::Provenance| entry.revision_id))?;
                parts.commit = Some(entries.into_iter().next().flatten().unwrap_or_default());
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    add(parts, results, report).map_err(|message| json.error(message))
}

/// Adds the findings of a run that was read to its end. The errors are sentences.
fn add(parts: Parts, results: Results, report: &mut ScanReport) -> Result<(), String> {
    let components = parts.tool.ok_or("missing field `tool`")?;
    let driver = components.first().ok_or("missing field `driver`")?;
    let name = driver.name.clone();
    if name.trim().is_empty() {
        return Err("a run whose tool has no name: expected `tool.driver.name`".to_owned());
    }
    let mut settings = Vec::new();
    for invocation in parts.invocations.into_iter().flatten() {
        match invocation.successful {
            Some(true) => {}
            Some(false) => {
                return Err(format!("{} says that it failed (`executionSuccessful` is false); run it again", shown(&name)));
            }
            None => {
                return Err(format!(
                    "{} does not say whether it succeeded: expected `executionSuccessful` in its invocation",
                    shown(&name)
                ));
            }
        }
        // The earliest: one run that was made again does not make the others of the file new.
        report.made_at = earliest(report.made_at, invocation.ended);
        settings.extend(invocation.settings);
    }
    let elsewhere = parts.elsewhere.unwrap_or_default();
    if let Some(part) = ELSEWHERE.iter().find(|part| elsewhere.iter().any(|name| name == *part)) {
        return Err(format!("the `{part}` of {} stand in another file, which is not read: let it write one file", shown(&name)));
    }
    if parts.results != Some(true) {
        return Err(format!("the run of {} has no `results`: its findings are unknown; run it again", shown(&name)));
    }
    if let Some(commit) = parts.commit.filter(|id| !id.is_empty()) {
        match &report.commit {
            Some(other) if !other.eq_ignore_ascii_case(&commit) => {
                return Err(format!("its runs are for different commits, {} and {}: expected one", shown(other), shown(&commit)));
            }
            _ => report.commit = Some(commit),
        }
    }
    report.tool(Tool { name: name.clone(), version: driver.version.clone() })?;
    let mut rules = Rules::new(components);
    settings.into_iter().try_for_each(|setting| rules.set(setting))?;
    let places = Places { artifacts: parts.artifacts.unwrap_or_default(), bases: parts.bases.into_iter().flatten().collect() };
    results.finish(&name, &rules, &places, &mut report.results).ok_or_else(limits::too_many_findings)
}

/// The elements of a list that may be `null`.
fn all<T>(
    json: &mut Json<'_>,
    what: &str,
    mut one: impl FnMut(&mut Json<'_>) -> Result<T, ReadError>,
) -> Result<Vec<T>, ReadError> {
    let mut all = Vec::new();
    if !json.null()? {
        json.list(what, |json| {
            if all.len() == limits::DESCRIPTIONS {
                return Err(json.error(limits::too_many(&format!("entries of {what}"), limits::DESCRIPTIONS)));
            }
            all.push(one(json)?);
            Ok(())
        })?;
    }
    Ok(all)
}

fn invocation(json: &mut Json<'_>) -> Result<Invocation, ReadError> {
    json.value_with(|raw: raw::Invocation<'_>| Invocation {
        successful: raw.execution_successful,
        ended: raw.end_time_utc.as_deref().and_then(zoned_time),
        settings: raw.rule_configuration_overrides.iter().flatten().filter_map(Setting::new).collect(),
    })
}

/// The driver, then the extensions; an error without a driver.
fn tool(json: &mut Json<'_>) -> Result<Vec<Component>, ReadError> {
    let (mut driver, mut extensions) = (None, None);
    json.object("`tool`", |json, key| {
        match key {
            "driver" => {
                once(json, key, driver.as_ref())?;
                driver = Some(component(json)?);
            }
            "extensions" => {
                once(json, key, extensions.as_ref())?;
                extensions = Some(all(json, "`extensions`", component)?);
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    let driver = driver.ok_or_else(|| json.error("missing field `driver`"))?;
    Ok(std::iter::once(driver).chain(extensions.unwrap_or_default()).collect())
}

fn component(json: &mut Json<'_>) -> Result<Component, ReadError> {
    let (mut name, mut guid, mut version, mut semantic, mut rules) = (None, None, None, None, None);
    let text = |json: &mut Json<'_>| json.value_with(|text: Option<raw::Text<'_>>| text.map(|text| text.0.into_owned()));
    json.object("a tool component", |json, key| {
        match key {
            "name" => {
                once(json, key, name.as_ref())?;
                name = Some(json.value_with(|text: raw::Text<'_>| text.0.into_owned())?);
            }
            "guid" => guid = text(json)?,
            "version" => version = text(json)?,
            "semanticVersion" => semantic = text(json)?,
            "rules" => {
                once(json, key, rules.as_ref())?;
                rules = Some(all(json, "`rules`", |json| json.value_with(KnownRule::new))?);
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(Component { name: name.unwrap_or_default(), guid, version: semantic.or(version), rules: rules.unwrap_or_default() })
}

//! Who judges: configuration, policies, waivers and baseline, and where they come from.

use std::path::Path;

use serde_json::Value;

use super::waivers;
use crate::collect::tree::{self, Tree, read_file};
use crate::config::Config;
use crate::decide::Waiver;
use crate::error::{Error, Result};
use crate::evidence::ReadError;
use crate::evidence::calendar::{self, Calendar};
use crate::evidence::finding_baseline::{self, Baseline};
use crate::evidence::known_failures::{self, KnownFailureRecord};
use crate::evidence::playbooks::{self, Playbooks};
use crate::evidence::recovery::{self, Recovery};
use crate::evidence::slis::{self, Slis};
use crate::policy::{Origin, SourceFile, bundle, shipped};

/// The name of the configuration file.
pub const CONFIG_FILE: &str = "kadian.yaml";

/// The name that it does not have: what stands there would be ignored, and its author would not know.
const OTHER_SPELLING: &str = "kadian.yml";

/// Where CODEOWNERS may stand.
pub(super) const CODEOWNERS: [&str; 3] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// Everything that judges a change.
#[derive(Debug, Clone)]
pub struct Judge {
    pub config: Config,
    pub policies: Vec<SourceFile>,
    pub waivers: Vec<Waiver>,
    /// Tests that fail and that somebody answers for.
    pub known_failures: Vec<KnownFailureRecord>,
    /// The scan findings that were there before.
    pub baseline: Option<Baseline>,
    /// What is asked about the running service, and where.
    pub slis: Option<Slis>,
    /// When rollouts take more care, or do not start.
    pub calendar: Option<Calendar>,
    /// How a rollout is taken back.
    pub recovery: Option<Recovery>,
    /// What to do about findings; the shipped ones come after them.
    pub playbooks: Option<Playbooks>,
    /// What the reader should know about where it comes from.
    pub notes: Vec<String>,
    /// Paths in the repository that it was read from, or would be.
    pub files: Vec<String>,
}

/// What the caller chose on the command line, read from disk wherever the rest comes from.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    pub config: Option<&'a Path>,
    pub policies: &'a [std::path::PathBuf],
    pub overrides: &'a [(String, Value)],
}

impl Judge {
    /// Reads the judge of `tree`; `place` says in words what the tree is, for example `the base 1a2b3c4`.
    pub fn load(tree: &Tree<'_>, place: &str, chosen: Chosen<'_>) -> Result<Judge> {
        let mut judge = Judge::load_without_baseline(tree, place, chosen)?;
        if let Some(path) = &judge.config.baseline {
            let text = required(tree, place, &judge.config, "baseline", path)
                .map_err(|error| error.hint("`kadian baseline write` writes it"))?;
            judge.baseline = Some(understood(path, finding_baseline::read(&text))?);
        }
        Ok(judge)
    }

    /// As [`Judge::load`], for whoever writes the baseline: what stands in its place does not matter.
    pub(super) fn load_without_baseline(tree: &Tree<'_>, place: &str, chosen: Chosen<'_>) -> Result<Judge> {
        let mut notes = Vec::new();
        let config = configuration(tree, place, chosen, &mut notes)?;
        let mut policies = if config.policies.shipped { shipped::files() } else { Vec::new() };
        for (index, path) in config.policies.paths.iter().enumerate() {
            let files = policies_of(tree, path)?;
            if files.is_empty() {
                let at = config.places.at(&["policies", "paths", &index.to_string()]);
                return Err(Error::new(format!("{at}: policies.paths: `{path}` holds no .rego file in {place}")));
            }
            policies.extend(files);
        }
        for path in chosen.policies {
            notes.push(format!("policies {} were chosen by the caller", path.display()));
            let files = caller_policies(path)?;
            if files.is_empty() {
                return Err(Error::new(format!("--policy {}: no .rego file there", path.display())));
            }
            policies.extend(files);
        }
        if policies.is_empty() {
            return Err(Error::new("no policy at all is configured")
                .hint("set `policies: {shipped: true}`, or name your own under `policies.paths`"));
        }
        let waivers = match &config.waivers {
            Some(path) => waivers::read(path, required(tree, place, &config, "waivers", path)?.as_bytes())?,
            None => Vec::new(),
        };
        let known_failures = match &config.known_failures {
            Some(path) => {
                understood(path, known_failures::read(required(tree, place, &config, "known_failures", path)?.as_bytes()))?
            }
            None => Vec::new(),
        };
        let slis = match &config.slis {
            Some(path) => Some(definitions(path, required(tree, place, &config, "slis", path)?.as_bytes())?),
            None => None,
        };
        let calendar = match &config.calendar {
            Some(path) => Some(understood(path, calendar::read(required(tree, place, &config, "calendar", path)?.as_bytes()))?),
            None => None,
        };
        let recovery = steps_back(tree, place, &config)?;
        let playbooks = match &config.playbooks {
            Some(path) => Some(understood(path, playbooks::read(required(tree, place, &config, "playbooks", path)?.as_bytes()))?),
            None => None,
        };
        let named = [
            &config.waivers,
            &config.known_failures,
            &config.baseline,
            &config.slis,
            &config.calendar,
            &config.recovery,
            &config.playbooks,
        ];
        let files = [CONFIG_FILE.to_owned()].into_iter();
        let files = files.chain(config.policies.paths.iter().cloned()).chain(named.into_iter().flatten().cloned()).collect();
        Ok(Judge { config, policies, waivers, known_failures, baseline: None, slis, calendar, recovery, playbooks, notes, files })
    }

    /// Whether a path in the repository is part of what judges.
    #[must_use]
    pub fn owns(&self, path: &str) -> bool {
        let below = |judging: &String| {
            let judging = judging.trim_start_matches("./").trim_end_matches('/');
            path.strip_prefix(judging).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        CODEOWNERS.contains(&path) || self.files.iter().any(below)
    }
}

/// The configuration and the recovery file alone: what a rollback needs, and no damaged policy keeps from it.
pub(super) fn recovery(tree: &Tree<'_>, place: &str, chosen: Chosen<'_>) -> Result<(Config, Option<Recovery>)> {
    let config = configuration(tree, place, chosen, &mut Vec::new())?;
    let recovery = steps_back(tree, place, &config)?;
    Ok((config, recovery))
}

fn steps_back(tree: &Tree<'_>, place: &str, config: &Config) -> Result<Option<Recovery>> {
    let Some(path) = &config.recovery else { return Ok(None) };
    understood(path, recovery::read(required(tree, place, config, "recovery", path)?.as_bytes())).map(Some)
}

/// The configuration that the caller names, else that of the tree, else the shipped defaults.
fn configuration(tree: &Tree<'_>, place: &str, chosen: Chosen<'_>, notes: &mut Vec<String>) -> Result<Config> {
    if let Some(path) = chosen.config {
        notes.push(format!("configuration {} was chosen by the caller", path.display()));
        let bytes = read_file(path)?.ok_or_else(|| Error::new(format!("configuration {} does not exist", path.display())))?;
        let text = String::from_utf8(bytes).map_err(|_| Error::new(format!("{} is not UTF-8", path.display())))?;
        return Config::read(&path.display().to_string(), &text, chosen.overrides);
    }
    if tree.read(OTHER_SPELLING)?.is_some() {
        return Err(Error::new(format!("{OTHER_SPELLING} in {place}: only {CONFIG_FILE} is read"))
            .hint(format!("rename it to {CONFIG_FILE}, or remove it")));
    }
    if let Some(text) = tree.text(CONFIG_FILE)? {
        return Config::read(CONFIG_FILE, &text, chosen.overrides);
    }
    notes.push(format!("no {CONFIG_FILE} in {place}: the shipped defaults for tier L2 hold"));
    Config::shipped(chosen.overrides)
}

fn required(tree: &Tree<'_>, place: &str, config: &Config, key: &str, path: &str) -> Result<String> {
    let at = config.places.at(&[key]);
    let missing = || Error::new(format!("{at}: {key}: `{path}` does not exist in {place}"));
    tree.text(path)?.ok_or_else(missing)
}

fn policies_of(tree: &Tree<'_>, path: &str) -> Result<Vec<SourceFile>> {
    if bundle::is_bundle(path) {
        let bytes = tree.read(path)?.unwrap_or_default();
        return bundle::read(path, &bytes);
    }
    let rego = tree.list(path)?.into_iter().filter(|file| has_rego_ending(file));
    rego.map(|file| {
        let text = tree.text(&file)?.unwrap_or_default();
        Ok(SourceFile { path: file, text, origin: Origin::User })
    })
    .collect()
}

/// Policies that the command line names: a folder, a `.rego` file or a bundle.
pub fn caller_policies(path: &Path) -> Result<Vec<SourceFile>> {
    let Some(name) = path.to_str() else {
        return Err(Error::new(format!("--policy {}: the path is not UTF-8", path.display())));
    };
    if !tree::exists(path) {
        return Err(Error::new(format!("--policy {name}: no such file or folder")));
    }
    policies_of(&Tree::Folder(std::path::PathBuf::new()), name)
}

fn has_rego_ending(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("rego"))
}

/// The definitions of the service level indicators.
pub(super) fn definitions(path: &str, bytes: &[u8]) -> Result<Slis> {
    slis::read(bytes).map_err(|error| Error::new(format!("{path}: {error}")).hint("`kadian slo lint` checks such a file"))
}

/// What a file of the configuration says, or where it cannot be understood.
fn understood<T>(path: &str, read: std::result::Result<T, ReadError>) -> Result<T> {
    read.map_err(|error| Error::new(format!("{path}: {error}")))
}

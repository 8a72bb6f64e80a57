//! Which file a result is about.

use std::collections::{BTreeMap, BTreeSet};

use super::raw::{Artifact, Location, Place, Region, Result};
use crate::evidence::ScanPlace;
use crate::evidence::uri::{is_absolute, to_path};

/// How many base directories may stand on each other; more are a circle.
const MAX_CHAIN: usize = 16;

/// The artifacts and base directories of a run.
pub(super) struct Places {
    artifacts: Vec<Option<Location>>,
    bases: BTreeMap<String, Location>,
}

impl Places {
    pub(super) fn new(artifacts: Vec<Artifact>, bases: BTreeMap<String, Location>) -> Places {
        Places { artifacts: artifacts.into_iter().map(|artifact| artifact.location).collect(), bases }
    }

    /// The files that a result is about, each once, the first one first. Where `locations` names none: what the tool was told to
    /// scan, otherwise what it calls related. Nothing that a report says of its place gets lost.
    pub(super) fn of(&self, result: &mut Result) -> Vec<ScanPlace> {
        let stated = self.all(result.locations.take().unwrap_or_default());
        if !stated.is_empty() {
            return stated;
        }
        match result.analysis_target.take().and_then(|target| self.path(&target)) {
            Some(path) => vec![ScanPlace { path, lines: None }],
            None => self.all(result.related_locations.take().unwrap_or_default()),
        }
    }

    fn all(&self, places: Vec<Place>) -> Vec<ScanPlace> {
        let mut seen = BTreeSet::new();
        let mut all = Vec::new();
        for place in places.into_iter().filter_map(|place| place.physical_location) {
            let Some(path) = place.artifact_location.and_then(|location| self.path(&location)) else { continue };
            let lines = place.region.as_ref().and_then(lines);
            if seen.insert((path.clone(), lines)) {
                all.push(ScanPlace { path, lines });
            }
        }
        all
    }

    /// The path with its base directories in front, as far as the report resolves them; `None` when it names no file.
    pub(super) fn path(&self, location: &Location) -> Option<String> {
        let mut location = location;
        if location.uri.is_none() {
            let index = usize::try_from(location.index?).ok()?;
            location = self.artifacts.get(index)?.as_ref()?;
        }
        let mut uri = location.uri.as_ref()?.0.clone();
        let mut base = location.uri_base_id.as_ref();
        for _ in 0..MAX_CHAIN {
            let Some(next) = base.and_then(|base| self.bases.get(base)) else { break };
            if is_absolute(&uri) {
                break;
            }
            if let Some(prefix) = next.uri.as_ref().map(|prefix| prefix.0.as_str()).filter(|prefix| !prefix.is_empty()) {
                let joint = if prefix.ends_with('/') { "" } else { "/" };
                uri = format!("{prefix}{joint}{uri}");
            }
            base = next.uri_base_id.as_ref();
        }
        to_path(&uri)
    }
}

/// First and last line of a region; `None` for one that counts characters or bytes, and for one that cannot be: a line below 1, an end
/// before the start. Whoever judges then takes the file as a whole.
fn lines(region: &Region) -> Option<(u32, u32)> {
    let number = |line: i64| u32::try_from(line).ok().filter(|line| *line > 0);
    let first = number(region.start_line?)?;
    let last = region.end_line.map_or(Some(first), number)?;
    (last >= first).then_some((first, last))
}

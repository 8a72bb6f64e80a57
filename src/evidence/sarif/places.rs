//! Which file a result is about.

use std::collections::BTreeMap;

use super::raw::{Artifact, Location};
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

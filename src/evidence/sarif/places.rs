//! Which file a result is about.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use super::raw::{Location, Place, Region};
use crate::evidence::ScanPlace;
use crate::evidence::limits::KEPT_BYTES;
use crate::evidence::uri::{is_absolute, to_path};

/// How many base directories may stand on each other; more are a circle.
const MAX_CHAIN: usize = 16;

/// First and last line, where the report names some that can be.
pub(super) type Lines = Option<(u32, u32)>;

/// Where a file is, as a run writes it.
#[derive(Debug, Clone, Default)]
pub(super) struct Address {
    pub(super) uri: Option<String>,
    pub(super) base: Option<String>,
    /// Into the run's artifacts.
    pub(super) index: Option<i64>,
}

impl Address {
    pub(super) fn new(location: &Location<'_>) -> Address {
        Address {
            uri: location.uri.as_ref().map(|uri| uri.0.to_string()),
            base: location.uri_base_id.as_ref().map(|base| base.0.to_string()),
            index: location.index,
        }
    }

    /// Whether it leads to a file whatever the artifacts and base directories are.
    fn is_certain(&self) -> bool {
        self.base.is_none() && self.uri.as_deref().is_some_and(|uri| to_path(uri).is_some())
    }
}

/// A run names more addresses than can be counted.
pub(super) struct TooMany;

/// The addresses that a run's results name, each once. What they mean is known at the end of the run, because artifacts and base
/// directories may stand behind the results.
#[derive(Default)]
pub(super) struct Addresses {
    all: Vec<Address>,
    certain: Vec<bool>,
    ids: HashMap<String, u32>,
    key: String,
    /// The one that was asked for last: most tools write the results of a file together.
    last: Option<(String, u32)>,
}

impl Addresses {
    /// The number of an address; `None` when there are too many.
    pub(super) fn number(&mut self, location: &Location<'_>) -> Option<u32> {
        self.key.clear();
        let texts = [&location.uri, &location.uri_base_id];
        for text in texts {
            self.key.push_str(text.as_ref().map_or("\u{1}", |text| text.0.as_ref()));
            self.key.push('\0');
        }
        if let Some(index) = location.index {
            let _ = write!(self.key, "{index}");
        }
        if let Some((_, id)) = self.last.as_ref().filter(|(key, _)| *key == self.key) {
            return Some(*id);
        }
        let id = self.numbered(location)?;
        let (key, last) = self.last.get_or_insert_default();
        key.clone_from(&self.key);
        *last = id;
        Some(id)
    }

    /// The number of the address whose key was made.
    fn numbered(&mut self, location: &Location<'_>) -> Option<u32> {
        if let Some(id) = self.ids.get(&self.key) {
            return Some(*id);
        }
        let id = u32::try_from(self.all.len()).ok().filter(|id| *id < u32::MAX)?;
        let address = Address::new(location);
        self.certain.push(address.is_certain());
        self.all.push(address);
        self.ids.insert(self.key.clone(), id);
        Some(id)
    }

    /// The number of a place's address with its lines; `None` for a place that names none.
    pub(super) fn place(&mut self, place: &Place<'_>) -> Result<Option<(u32, Lines)>, TooMany> {
        let Some(physical) = &place.physical_location else { return Ok(None) };
        let Some(location) = &physical.artifact_location else { return Ok(None) };
        Ok(Some((self.number(location).ok_or(TooMany)?, physical.region.as_ref().and_then(lines))))
    }

    /// Those of the places that name an address.
    pub(super) fn places(&mut self, places: &[Place<'_>]) -> Result<Vec<(u32, Lines)>, TooMany> {
        places.iter().filter_map(|place| self.place(place).transpose()).collect()
    }

    /// Whether one of these leads to a file for sure.
    pub(super) fn any_certain(&self, numbers: &[(u32, Lines)]) -> bool {
        numbers.iter().any(|(number, _)| self.certain.get(*number as usize) == Some(&true))
    }

    /// What each address leads to, by its number; `None` where that takes more memory than findings may.
    pub(super) fn resolved(&self, places: &Places) -> Option<Vec<Option<String>>> {
        let mut kept = 0_usize;
        let path = |address| {
            let path = places.path(address);
            kept += path.as_ref().map_or(0, String::len);
            (kept <= KEPT_BYTES).then_some(path)
        };
        self.all.iter().map(path).collect()
    }
}

/// The artifacts and base directories of a run.
#[derive(Default)]
pub(super) struct Places {
    pub(super) artifacts: Vec<Option<Address>>,
    pub(super) bases: BTreeMap<String, Address>,
}

impl Places {
    /// The path with its base directories in front, as far as the report resolves them; `None` when it names no file.
    fn path(&self, address: &Address) -> Option<String> {
        let mut address = address;
        if address.uri.is_none() {
            let index = usize::try_from(address.index?).ok()?;
            address = self.artifacts.get(index)?.as_ref()?;
        }
        let mut uri = address.uri.clone()?;
        let mut base = address.base.as_ref();
        for _ in 0..MAX_CHAIN {
            let Some(next) = base.and_then(|base| self.bases.get(base)) else { break };
            if is_absolute(&uri) {
                break;
            }
            if let Some(prefix) = next.uri.as_deref().filter(|prefix| !prefix.is_empty()) {
                let joint = if prefix.ends_with('/') { "" } else { "/" };
                uri = format!("{prefix}{joint}{uri}");
            }
            base = next.base.as_ref();
        }
        to_path(&uri)
    }
}

/// Those of the numbered places that lead to a file, each once; `None` where that takes more memory than findings may.
pub(super) fn known(numbers: &[(u32, Lines)], paths: &[Option<String>]) -> Option<Vec<ScanPlace>> {
    let mut seen = BTreeSet::new();
    let (mut all, mut kept) = (Vec::new(), 0);
    for (number, lines) in numbers {
        let Some(Some(path)) = paths.get(*number as usize) else { continue };
        if seen.insert((path, *lines)) {
            kept += path.len() + size_of::<ScanPlace>();
            if kept > KEPT_BYTES {
                return None;
            }
            all.push(ScanPlace { path: path.clone(), lines: *lines });
        }
    }
    Some(all)
}

/// First and last line of a region; `None` for one that counts characters or bytes, and for one that cannot be: a line below 1, an end
/// before the start. Whoever judges then takes the file as a whole.
fn lines(region: &Region) -> Lines {
    let number = |line: i64| u32::try_from(line).ok().filter(|line| *line > 0);
    let first = number(region.start_line?)?;
    let last = region.end_line.map_or(Some(first), number)?;
    (last >= first).then_some((first, last))
}

//! The windows of the freeze calendar between two moments, without a rollout.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp, Zoned};
use serde::Serialize;

use super::alone;
use super::judge::CONFIG_FILE;
use crate::analyze::freeze::{self, MAX_DAYS, Occurrence, Scope};
use crate::collect::tree::read_file;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::evidence::calendar;
use crate::facts::{FreezeAsks, RolloutType};

/// More windows than anybody reads.
const MAX_LISTED: usize = 10_000;

/// Which windows.
#[derive(Debug, Clone)]
pub struct Request {
    /// The calendar; without one that of the configuration.
    pub calendar: Option<PathBuf>,
    /// The configuration; without one the `kadian.yaml` of `repo`.
    pub config: Option<PathBuf>,
    /// The folder that the configuration's paths start from.
    pub repo: PathBuf,
    pub from: Timestamp,
    pub to: Timestamp,
    /// What is `None` may be anything.
    pub service: Option<String>,
    pub tier: Option<String>,
    pub kind: Option<RolloutType>,
    pub region: Option<String>,
}

/// The windows that hold between two moments.
#[derive(Debug, Serialize)]
pub struct Listed {
    pub from: Timestamp,
    pub to: Timestamp,
    /// By start and name.
    pub windows: Vec<ListedWindow>,
}

/// A window, at one of the times when it holds. Empty lists mean all.
#[derive(Debug, Serialize)]
pub struct ListedWindow {
    pub name: String,
    pub reason: Option<String>,
    pub zone: String,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// The same in the window's zone.
    pub local_start: Zoned,
    pub local_end: Zoned,
    pub hard: bool,
    pub asks: FreezeAsks,
    pub services: Vec<String>,
    pub tiers: Vec<String>,
    pub regions: Vec<String>,
    pub types: Vec<RolloutType>,
    /// The types that it asks nothing of.
    pub lanes: Vec<RolloutType>,
}

/// Lists the windows. A calendar that nobody names, that is not there or cannot be read is an error, and so is a time that ends before
/// it begins, is longer than five years, or has more than 10,000 windows.
pub fn list(request: &Request) -> Result<Listed> {
    let Request { from, to, .. } = *request;
    if to <= from {
        return Err(Error::new(format!("--to {to} is not after --from {from}")));
    }
    if to.duration_since(from) > SignedDuration::from_hours(24 * MAX_DAYS) {
        return Err(Error::new(format!("from {from} to {to} is too long")).hint(format!("ask for at most {MAX_DAYS} days")));
    }
    let (name, bytes) = bytes(request)?;
    let calendar = calendar::read(&bytes).map_err(|error| Error::new(format!("{name}: {error}")))?;
    let scope = Scope {
        service: request.service.as_deref(),
        tier: request.tier.as_deref(),
        kind: request.kind,
        regions: request.region.as_deref().into_iter().collect(),
    };
    let found = freeze::occurrences(&calendar, &scope, from, to);
    if found.len() > MAX_LISTED {
        return Err(Error::new(format!(
            "{name} has {} windows from {from} to {to}; at most {MAX_LISTED} are listed",
            found.len()
        ))
        .hint("ask for a shorter time, or for one service, tier, type or region"));
    }
    Ok(Listed { from, to, windows: found.iter().map(listed).collect() })
}

fn listed(occurrence: &Occurrence<'_>) -> ListedWindow {
    let window = occurrence.window;
    let lanes = RolloutType::ALL.into_iter().filter(|kind| freeze::has_lane(window, *kind)).collect();
    ListedWindow {
        name: window.name.clone(),
        reason: window.reason.clone(),
        zone: window.zone_name.clone(),
        starts_at: occurrence.starts_at,
        ends_at: occurrence.ends_at,
        local_start: occurrence.starts_at.to_zoned(window.zone.clone()),
        local_end: occurrence.ends_at.to_zoned(window.zone.clone()),
        hard: window.hard,
        asks: window.asks.clone(),
        services: window.services.clone(),
        tiers: window.tiers.clone(),
        regions: window.regions.clone(),
        types: window.types.clone(),
        lanes,
    }
}

/// The calendar's bytes, and its name as the user knows it.
fn bytes(request: &Request) -> Result<(String, Vec<u8>)> {
    if let Some(path) = &request.calendar {
        let name = path.display().to_string();
        let bytes = read_file(path)?.ok_or_else(|| Error::new(format!("--calendar {name} does not exist")))?;
        return Ok((name, bytes));
    }
    let (place, config) = configured(request)?;
    let Some(path) = config.calendar else {
        return Err(Error::new(format!("{place} names no calendar")).hint("add `calendar: FILE` to it, or use --calendar FILE"));
    };
    let missing = || {
        let at = config.places.at(&["calendar"]);
        Error::new(format!("{at}: calendar: `{path}` does not exist in {}", request.repo.display()))
    };
    let bytes = read_file(&request.repo.join(&path))?.ok_or_else(missing)?;
    Ok((path, bytes))
}

fn configured(request: &Request) -> Result<(String, Config)> {
    let of_repo = request.repo.join(CONFIG_FILE);
    let path: &Path = request.config.as_deref().unwrap_or(&of_repo);
    let name = path.display().to_string();
    if request.config.is_none() && read_file(path)?.is_none() {
        return Err(Error::new(format!("{name} does not exist, so that no calendar is known")).hint("use --calendar FILE"));
    }
    Ok((name, alone::config(Some(path), &[])?))
}

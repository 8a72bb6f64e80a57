//! 1-5-10 and the gate's own figures over the ledger.

use jiff::{SignedDuration, Timestamp};

use super::Where;
use crate::analyze::metrics::{Collector, Metrics};
use crate::error::Result;
use crate::ledger::Filter;

const PAGE: u64 = 20_000;

/// How long a rollout may have run before the time that is asked for, and may go on after it.
const AROUND: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Measures what began from `since` on and before `until`, of one service or of all. An empty ledger has no entries and no figures.
pub fn metrics(place: &Where, service: Option<&str>, since: Option<Timestamp>, until: Option<Timestamp>) -> Result<Metrics> {
    let mut ledger = place.open_existing()?;
    let mut collector = Collector::new(since, until);
    let mut filter = Filter {
        service: service.map(ToOwned::to_owned),
        since: since.map(|since| since.checked_sub(AROUND).unwrap_or(Timestamp::MIN)),
        until: until.map(|until| until.checked_add(AROUND).unwrap_or(Timestamp::MAX)),
        limit: Some(PAGE),
        ..Filter::default()
    };
    loop {
        let page = ledger.select(&filter)?;
        for entry in &page {
            collector.take(entry);
        }
        match page.last() {
            Some(last) if page.len() as u64 == PAGE => filter.after = Some(last.seq),
            _ => return Ok(collector.finish()),
        }
    }
}

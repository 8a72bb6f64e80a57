//! The outermost object of a SARIF file, streamed: one run is in memory at a time.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::raw::Run;
use super::run;
use crate::evidence::ScanReport;
use crate::evidence::text::shown;

/// Reads a log into a report.
pub(super) struct Log;

impl<'de> DeserializeSeed<'de> for Log {
    type Value = ScanReport;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<ScanReport, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Log {
    type Value = ScanReport;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a SARIF log, which is an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<ScanReport, A::Error> {
        let mut report = ScanReport::default();
        let (mut runs, mut versioned) = (None, false);
        while let Some(key) = entries.next_key::<String>()? {
            match key.as_str() {
                "version" => {
                    let version: String = entries.next_value()?;
                    if version != "2.1.0" && !version.starts_with("2.1.0-") {
                        let message = format!("SARIF version `{}`: expected 2.1.0; let the tool write that", shown(&version));
                        return Err(de::Error::custom(message));
                    }
                    versioned = true;
                }
                "runs" if runs.is_some() => return Err(de::Error::custom("`runs` stands twice")),
                "runs" => runs = Some(entries.next_value_seed(Runs(&mut report))?),
                "inlineExternalProperties" => {
                    if entries.next_value::<Option<Vec<IgnoredAny>>>()?.is_some_and(|parts| !parts.is_empty()) {
                        let message = "`inlineExternalProperties` holds parts of the runs, which are not read: let the tool write them in place";
                        return Err(de::Error::custom(message));
                    }
                }
                _ => {
                    entries.next_value::<IgnoredAny>()?;
                }
            }
        }
        if !versioned {
            return Err(de::Error::custom("no `version`: expected SARIF 2.1.0"));
        }
        if runs.unwrap_or(0) == 0 {
            return Err(de::Error::custom("no run: nothing was scanned, or its results were lost; run the scanner again"));
        }
        Ok(report)
    }
}

/// Reads `runs` into the report and counts them.
struct Runs<'a>(&'a mut ScanReport);

impl<'de> DeserializeSeed<'de> for Runs<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Runs<'_> {
    type Value = usize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of runs")
    }

    fn visit_unit<E>(self) -> Result<usize, E> {
        Ok(0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<usize, A::Error> {
        let mut count = 0;
        while let Some(run) = elements.next_element::<Run>()? {
            run::add(run, self.0).map_err(de::Error::custom)?;
            count += 1;
        }
        Ok(count)
    }
}

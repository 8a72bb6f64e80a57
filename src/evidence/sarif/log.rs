//! The outermost object of a SARIF file.

use super::run;
use crate::evidence::json::{Json, once};
use crate::evidence::text::shown;
use crate::evidence::{ReadError, ScanReport};

/// Reads a log into a report.
pub(super) fn read(json: &mut Json<'_>) -> Result<ScanReport, ReadError> {
    let mut report = ScanReport::default();
    let (mut runs, mut versioned) = (None, false);
    json.object("a SARIF log", |json, key| {
        match key {
            "version" => {
                let version: String = json.value()?;
                if version != "2.1.0" && !version.starts_with("2.1.0-") {
                    return Err(json.error(format!(
                        "SARIF version `{}`: expected 2.1.0; let the tool write that",
                        shown(&version)
                    )));
                }
                versioned = true;
            }
            "runs" => {
                once(json, key, runs.as_ref())?;
                let mut count = 0_u64;
                if !json.null()? {
                    json.list("`runs`", |json| {
                        count += 1;
                        run::read(json, &mut report)
                    })?;
                }
                runs = Some(count);
            }
            "inlineExternalProperties" if !json.null()? => {
                let mut count = 0_u64;
                json.list("`inlineExternalProperties`", |json| {
                    count += 1;
                    json.skip()
                })?;
                if count > 0 {
                    let message = "`inlineExternalProperties` holds parts of the runs, which are not read: let the tool write them in place";
                    return Err(json.error(message));
                }
            }
            "inlineExternalProperties" => {}
            _ => json.skip()?,
        }
        Ok(())
    })?;
    json.end()?;
    if !versioned {
        return Err(json.error("no `version`: expected SARIF 2.1.0"));
    }
    if runs.unwrap_or(0) == 0 {
        return Err(json.error("no run: nothing was scanned, or its results were lost; run the scanner again"));
    }
    Ok(report)
}

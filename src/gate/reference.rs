//! The reference page of the shipped policies, `policies/README.md`; a test keeps it true.

use std::fmt::Write;

use super::library;
use crate::error::Result;

/// The page.
pub fn page() -> Result<String> {
    let loaded = library::shipped()?;
    let mut page = String::from(
        "# The shipped policies\n\nGenerated from the METADATA of the policies beside this page; a test keeps it true.\n\
         Thresholds are `data.kadian.settings` (`kadian schema settings`), by service tier, overridden under `settings:` in\n\
         `kadian.yaml`. `kadian policy show ID` prints a check with its text.\n",
    );
    let mut subject = "";
    for check in loaded.library.checks() {
        if check.subject != subject {
            subject = &check.subject;
            let _ = write!(page, "\n## {subject}\n");
        }
        let title = check.title.as_deref().unwrap_or_default();
        let stages: Vec<&str> = check.stages.iter().map(|stage| stage.word()).collect();
        let needs: Vec<String> = check.needs.iter().map(ToString::to_string).collect();
        let _ = write!(page, "\n### `{}`: {title}\n\n", check.id);
        if let Some(description) = &check.description {
            let _ = write!(page, "{}\n\n", description.trim());
        }
        let _ = writeln!(page, "- {}, severity {}", check.effect.word(), check.severity.word());
        let _ = writeln!(page, "- stages: {}; needs: {}", stages.join(", "), needs.join(", "));
        if let Some(requirement) = &check.requirement {
            let _ = writeln!(page, "- requirement {requirement}");
        }
        if let Some(remedy) = &check.remedy {
            let _ = writeln!(page, "- what to do: {remedy}");
        }
    }
    Ok(page)
}

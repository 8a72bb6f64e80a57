//! The file `kadian.incidents/v1`, JSON or YAML: open incidents and active degradation plans, for trackers that kadian cannot ask
//! (requirement C12).
//!
//! ```yaml
//! schema: kadian.incidents/v1
//! at: 2026-01-01T06:00:00Z
//! incidents:
//! - {id: INC-7, service: ledger-db, severity: sev1, title: Disk full, opened_at: 2026-01-01T05:40:00Z, state: investigating, url: "https://incidents/7"}
//! degradations:
//! - {name: no-recommendations, service: pay, since: 2026-01-01T05:45:00Z}
//! ```

use std::collections::BTreeSet;
use std::io::BufRead;

use jiff::Timestamp;
use serde::Deserialize;

use super::document::{read_document, refuse_schema};
use super::text::{contains, first_line, shown};
use super::{Format, ReadError, Reader};
use crate::facts::Kind;
use crate::nearest::nearest;

const SCHEMA: &str = "kadian.incidents/v1";

/// A company with more of them at once has other worries than a release.
const MAX_ENTRIES: usize = 20_000;

/// The words that trackers have for an incident that goes on.
const OPEN: [&str; 9] =
    ["open", "opened", "triggered", "acknowledged", "investigating", "identified", "located", "monitoring", "mitigated"];

/// Those for one that is over.
const CLOSED: [&str; 5] = ["resolved", "closed", "completed", "postmortem", "canceled"];

pub(super) const FORMAT: Format = Format {
    name: "kadian.incidents",
    kind: Kind::Incidents,
    conventional: &["kadian-incidents.json", "kadian-incidents.yaml", "kadian-incidents.yml"],
    recognises: |_, head| contains(head, SCHEMA),
    read: Reader::Incidents(read),
};

/// What a tracker knew at one moment. Both lists may be empty: nothing is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentsReport {
    pub at: Timestamp,
    /// Those that are open, in the order of the file; no id and service twice.
    pub open: Vec<OpenIncident>,
    pub degradations: Vec<ActiveDegradation>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIncident {
    pub id: String,
    pub service: String,
    pub severity: Option<String>,
    /// One line, cut at 300 characters.
    pub title: Option<String>,
    pub opened_at: Timestamp,
    pub state: String,
    pub url: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveDegradation {
    pub name: String,
    pub service: String,
    pub since: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    at: Timestamp,
    incidents: Vec<RawIncident>,
    degradations: Vec<RawDegradation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIncident {
    id: String,
    service: String,
    severity: Option<String>,
    title: Option<String>,
    opened_at: Timestamp,
    state: Option<String>,
    url: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDegradation {
    name: String,
    service: String,
    since: Option<Timestamp>,
}

/// Reads the file. Both lists have to be there, because a list that is left out says nothing. Another schema, an unknown key, an
/// entry without an id, name or service, one that stands twice and a state that is no known word are errors; an incident without a
/// state is open, and one that is over is left out.
fn read(input: &mut dyn BufRead) -> Result<IncidentsReport, ReadError> {
    let file: File = read_document(input)?;
    refuse_schema(&file.schema, SCHEMA)?;
    if file.incidents.len() + file.degradations.len() > MAX_ENTRIES {
        return Err(ReadError::whole(format!("more than {MAX_ENTRIES} entries: leave out what is over")));
    }
    let (mut open, mut ids) = (Vec::new(), BTreeSet::new());
    for (at, raw) in file.incidents.into_iter().enumerate() {
        let fault = |message: String| ReadError::whole(format!("incidents[{at}] (`{}`): {message}", shown(&raw.id)));
        if raw.id.trim().is_empty() || raw.service.trim().is_empty() {
            return Err(fault("expected an id and a service".to_owned()));
        }
        if !ids.insert((raw.id.clone(), raw.service.clone())) {
            return Err(fault("it stands twice with the same service".to_owned()));
        }
        let state = raw.state.as_deref().unwrap_or("open").trim().to_lowercase();
        if CLOSED.contains(&state.as_str()) {
            continue;
        }
        if !OPEN.contains(&state.as_str()) {
            let known = OPEN.into_iter().chain(CLOSED);
            let hint = match nearest(&state, known.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("expected one of: {}", known.collect::<Vec<_>>().join(", ")),
            };
            return Err(fault(format!("unknown state `{}`; {hint}", shown(&state))));
        }
        let line = |text: Option<String>| text.map(|text| first_line(&text, 300)).filter(|text| !text.is_empty());
        open.push(OpenIncident {
            severity: line(raw.severity),
            title: line(raw.title),
            url: line(raw.url),
            opened_at: raw.opened_at,
            id: raw.id,
            service: raw.service,
            state,
        });
    }
    let (mut degradations, mut names) = (Vec::new(), BTreeSet::new());
    for (at, RawDegradation { name, service, since }) in file.degradations.into_iter().enumerate() {
        let fault = |message: &str| ReadError::whole(format!("degradations[{at}] (`{}`): {message}", shown(&name)));
        if name.trim().is_empty() || service.trim().is_empty() {
            return Err(fault("expected a name and a service"));
        }
        if !names.insert((name.clone(), service.clone())) {
            return Err(fault("it stands twice with the same service"));
        }
        degradations.push(ActiveDegradation { name, service, since });
    }
    Ok(IncidentsReport { at: file.at, open, degradations })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "schema: kadian.incidents/v1
at: 2026-01-01T06:00:00Z
incidents:
- {id: INC-7, service: ledger-db, severity: sev1, title: \"Disk full\\nall of it\", opened_at: 2026-01-01T05:40:00Z, state: Investigating}
- {id: INC-8, service: pay, opened_at: 2026-01-01T05:50:00Z}
- {id: INC-6, service: pay, opened_at: 2026-01-01T01:00:00Z, state: resolved}
degradations:
- {name: less, service: pay, since: 2026-01-01T05:45:00Z}
- {name: none, service: cart}
";

    fn parse(text: &str) -> Result<IncidentsReport, ReadError> {
        read(&mut text.as_bytes())
    }

    #[test]
    fn what_is_open_is_read_and_what_is_over_is_left_out() {
        let report = parse(WHOLE).unwrap();
        let open: Vec<_> = report.open.iter().map(|one| (one.id.as_str(), one.state.as_str(), one.title.as_deref())).collect();
        assert_eq!(open, [("INC-7", "investigating", Some("Disk full")), ("INC-8", "open", None)]);
        let active: Vec<_> = report.degradations.iter().map(|one| (one.name.as_str(), one.since.is_some())).collect();
        assert_eq!(active, [("less", true), ("none", false)]);
        let empty = r#"{"schema": "kadian.incidents/v1", "at": "2026-01-01T06:00:00Z", "incidents": [], "degradations": []}"#;
        assert!(parse(empty).is_ok_and(|report| report.open.is_empty() && report.degradations.is_empty()));
        for end in 0..empty.len() {
            assert!(parse(&empty[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn what_says_nothing_is_refused_with_its_place() {
        for (good, bad, wanted) in [
            (
                "state: Investigating",
                "state: investigatnig",
                "incidents[0] (`INC-7`): unknown state `investigatnig`; did you mean",
            ),
            ("state: Investigating", "state: zzz", "expected one of: open, "),
            ("id: INC-8", "id: ' '", "incidents[1] (` `): expected an id and a service"),
            ("id: INC-8, service: pay", "id: INC-7, service: ledger-db", "incidents[1] (`INC-7`): it stands twice"),
            ("name: none, service: cart", "name: less, service: pay", "degradations[1] (`less`): it stands twice"),
            ("name: less, service: pay", "name: less, service: ''", "degradations[0] (`less`): expected a name and a service"),
            ("incidents:", "incidnets:", "incidnets"),
            (
                "degradations:\n- {name: less, service: pay, since: 2026-01-01T05:45:00Z}\n- {name: none, service: cart}\n",
                "",
                "degradations",
            ),
            ("severity: sev1", "severty: sev1", "severty"),
            ("incidents/v1", "incidents/v2", "expected `kadian.incidents/v1`"),
            ("05:40:00Z", "05:40", "line 4"),
        ] {
            let text = WHOLE.replacen(good, bad, 1);
            assert_ne!(text, WHOLE, "{good}");
            let error = parse(&text).expect_err(bad).to_string();
            assert!(error.contains(wanted), "{bad}: {error}");
        }
    }
}

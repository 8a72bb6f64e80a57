//! The service catalogue: YAML in which teams declare their services and what they depend on (requirement A7).
//!
//! Version 1; the keys are those of [`facts::Service`](crate::facts::Service) and
//! [`facts::Dependency`](crate::facts::Dependency). Everything that a standard may ask for is optional here, so that a policy, not
//! the reader, says what is missing. What is there must be right: a timeout of zero or a tier `L7` is an error.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::yaml::{at, line};
use super::{ReadError, yaml};
use crate::facts::{Catalogue, Dependency, DependencyKind, Objectives, OnFailure, Service, Strength};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCatalogue {
    version: Spanned<u64>,
    #[serde(default)]
    services: Option<Vec<Spanned<RawService>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawService {
    name: String,
    tier: Option<Spanned<String>>,
    #[serde(default)]
    owners: Option<Vec<String>>,
    objectives: Option<Spanned<Objectives>>,
    #[serde(default)]
    dependencies: Option<Vec<Spanned<RawDependency>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDependency {
    name: String,
    kind: Option<DependencyKind>,
    #[serde(default)]
    packages: Option<Vec<Spanned<String>>>,
    strength: Option<Strength>,
    objectives: Option<Spanned<Objectives>>,
    timeout_ms: Option<Spanned<f64>>,
    on_failure: Option<OnFailure>,
    compensation: Option<String>,
}

/// Reads a catalogue; services and dependencies keep their order, and each dependency knows its line.
///
/// The errors name the line: YAML that is damaged, a key or value that is unknown (with the nearest known one) or stands twice, a
/// version other than 1, a tier other than `L0` to `L3`, a number that makes no sense, a package without its ecosystem, a service
/// or a service's dependency that is declared twice. Empty input lacks its version; a catalogue without services is fine.
pub fn read(bytes: &[u8]) -> Result<Catalogue, ReadError> {
    let raw: RawCatalogue = yaml::read(bytes)?;
    if raw.version.value != 1 {
        return Err(at(&raw.version, format!("catalogue version {} is not known; expected 1", raw.version.value)));
    }
    let (mut services, mut names) = (Vec::new(), BTreeSet::new());
    for raw in raw.services.unwrap_or_default() {
        let name = named(&raw, &raw.value.name, "service")?;
        if !names.insert(name.clone()) {
            return Err(at(&raw, format!("the service `{name}` is declared twice; merge the two")));
        }
        services.push(service(raw.value, name)?);
    }
    Ok(Catalogue { services })
}

fn service(raw: RawService, name: String) -> Result<Service, ReadError> {
    if let Some(tier) = raw.tier.as_ref().filter(|tier| !["L0", "L1", "L2", "L3"].contains(&tier.value.as_str())) {
        return Err(at(tier, format!("unknown tier `{}`; expected one of: L0, L1, L2, L3", tier.value)));
    }
    let (mut dependencies, mut names) = (Vec::new(), BTreeSet::new());
    for raw in raw.dependencies.unwrap_or_default() {
        let dependency = dependency(raw)?;
        if !names.insert(dependency.name.clone()) {
            let line = u64::from(dependency.line.unwrap_or_default());
            return Err(ReadError::at_line(
                line,
                format!("`{name}` declares the dependency `{}` twice; merge the two", dependency.name),
            ));
        }
        dependencies.push(dependency);
    }
    Ok(Service {
        name,
        tier: raw.tier.map(|tier| tier.value),
        owners: raw.owners.unwrap_or_default(),
        objectives: objectives(raw.objectives)?,
        dependencies,
    })
}

fn dependency(raw: Spanned<RawDependency>) -> Result<Dependency, ReadError> {
    let name = named(&raw, &raw.value.name, "dependency")?;
    let line = line(&raw);
    let raw = raw.value;
    let package = |package: Spanned<String>| match package.value.split_once(':') {
        Some((ecosystem, name)) if !ecosystem.is_empty() && !name.is_empty() => Ok(package.value),
        _ => Err(at(
            &package,
            format!("`{}` is not a package; expected `ecosystem:name`, for example `npm:stripe`", package.value),
        )),
    };
    if let Some(timeout) = raw.timeout_ms.as_ref().filter(|timeout| !is_positive(timeout.value)) {
        return Err(at(timeout, format!("timeout_ms is {}; expected milliseconds above 0", timeout.value)));
    }
    Ok(Dependency {
        name,
        kind: raw.kind,
        packages: raw.packages.unwrap_or_default().into_iter().map(package).collect::<Result<_, _>>()?,
        strength: raw.strength,
        objectives: objectives(raw.objectives)?,
        timeout_ms: raw.timeout_ms.map(|timeout| timeout.value),
        on_failure: raw.on_failure,
        compensation: raw.compensation,
        line,
    })
}

fn objectives(raw: Option<Spanned<Objectives>>) -> Result<Objectives, ReadError> {
    let Some(raw) = raw else { return Ok(Objectives::default()) };
    if let Some(percent) = raw.value.availability_percent.filter(|percent| !(is_positive(*percent) && *percent <= 100.0)) {
        return Err(at(&raw, format!("availability_percent is {percent}; expected a percentage above 0 and up to 100")));
    }
    if let Some(latency) = raw.value.latency_p99_ms.filter(|latency| !is_positive(*latency)) {
        return Err(at(&raw, format!("latency_p99_ms is {latency}; expected milliseconds above 0")));
    }
    Ok(raw.value)
}

fn named<T>(place: &Spanned<T>, name: &str, what: &str) -> Result<String, ReadError> {
    if name.trim().is_empty() {
        Err(at(place, format!("the {what} has an empty name; give it one")))
    } else {
        Ok(name.to_owned())
    }
}

fn is_positive(number: f64) -> bool {
    number.is_finite() && number > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"version: 1
services:
- name: pay
  tier: L1
  owners: [team-pay]
  objectives: {availability_percent: 99.95, latency_p99_ms: 800}
  dependencies:
  - name: stripe
    kind: third_party
    packages: ["npm:stripe"]
    strength: weak
    objectives: {availability_percent: 99.9, latency_p99_ms: 300}
    timeout_ms: 500
    on_failure: degrade
    compensation: "queued"
  # why
  - {name: db}
- name: bare
"#;

    #[test]
    fn a_whole_catalogue_is_read_with_the_lines_of_its_dependencies() {
        let catalogue = read(WHOLE.as_bytes()).expect("readable");
        let pay = &catalogue.services[0];
        assert_eq!((pay.tier.as_deref(), pay.objectives.latency_p99_ms), (Some("L1"), Some(800.0)));
        let stripe = &pay.dependencies[0];
        assert_eq!((stripe.line, stripe.timeout_ms, stripe.strength), (Some(8), Some(500.0), Some(Strength::Weak)));
        assert_eq!(stripe.packages, ["npm:stripe"]);
        let db = &pay.dependencies[1];
        assert_eq!((db.line, db.kind, db.timeout_ms), (Some(17), None, None));
        assert_eq!(catalogue.services[1].dependencies.len(), 0);
    }

    #[test]
    fn a_catalogue_without_services_is_fine() {
        assert_eq!(read(b"version: 1\n").map(|it| it.services.len()), Ok(0));
        assert_eq!(read(b"version: 1\nservices: []\n").map(|it| it.services.len()), Ok(0));
    }

    #[test]
    fn every_mistake_names_its_line_and_the_way_out() {
        let mistakes = [
            ("version: 1", "version: 2", "line 1: catalogue version 2 is not known"),
            ("services:", "servises:", "line 2: unknown key `servises`; did you mean `services`?"),
            ("tier: L1", "tier: L7", "line 4: unknown tier `L7`"),
            ("tier: L1", "teir: L1", "line 4: unknown key `teir`; did you mean `tier`?"),
            (
                "latency_p99_ms: 800",
                "latency_p95_ms: 800",
                "line 6: unknown key `latency_p95_ms`; did you mean `latency_p99_ms`?",
            ),
            ("availability_percent: 99.95", "availability_percent: 120", "line 6: availability_percent is 120"),
            ("kind: third_party", "kind: thirdparty", "line 9: unknown value `thirdparty`; did you mean `third_party`?"),
            ("npm:stripe", "stripe", "line 10: `stripe` is not a package"),
            ("strength: weak", "strenght: weak", "line 11: unknown key `strenght`; did you mean `strength`?"),
            ("timeout_ms: 500", "timeout_ms: -1", "line 13: timeout_ms is -1"),
            ("timeout_ms: 500", "timeout_ms: .nan", "line 13: timeout_ms is NaN"),
            ("on_failure: degrade", "strength: strong", "line 14: the key `strength` stands here twice"),
            ("name: db", "name: stripe", "line 17: `pay` declares the dependency `stripe` twice"),
            ("name: bare", "name: pay", "line 18: the service `pay` is declared twice"),
            ("name: bare", "tier: L1", "line 18: the key `name` is missing"),
            ("name: bare", "name: ''", "line 18: the service has an empty name"),
        ];
        for (good, bad, wanted) in mistakes {
            let error = read(WHOLE.replacen(good, bad, 1).as_bytes()).expect_err(bad).to_string();
            assert!(error.starts_with(wanted), "{bad}: {error}");
        }
    }

    #[test]
    fn damaged_input_is_an_error_and_no_panic() {
        for bytes in
            [&b""[..], b"\xff", b"[", b"- 1", b"version: 1\nservices: {", b"a: &a [*a]", b"version: 1\n---\nversion: 1\n"]
        {
            assert!(read(bytes).is_err(), "{bytes:?}");
        }
    }
}

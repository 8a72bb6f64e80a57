//! Expectations whose failures show the whole run.

use serde_json::Value;

use super::program::Run;

/// The exit code and the texts of a run.
pub(crate) fn run(run: &Run, exit: i32, stdout: &[String], stderr: &[String], lacks: &[String]) -> Result<(), String> {
    let shown = || format!("exit {}\n--- stdout\n{}--- stderr\n{}", run.code, run.stdout, run.stderr);
    if run.code != exit {
        return Err(format!("expected exit {exit}\n{}", shown()));
    }
    if let Some(text) = stdout.iter().find(|text| !run.stdout.contains(text.as_str())) {
        return Err(format!("standard output lacks `{text}`\n{}", shown()));
    }
    if let Some(text) = stderr.iter().find(|text| !run.stderr.contains(text.as_str())) {
        return Err(format!("standard error lacks `{text}`\n{}", shown()));
    }
    if let Some(text) = lacks.iter().find(|text| run.stdout.contains(text.as_str()) || run.stderr.contains(text.as_str())) {
        return Err(format!("`{text}` must not be printed\n{}", shown()));
    }
    Ok(())
}

/// The JSON on standard output holds all of `wanted`.
pub(crate) fn json(run: &Run, wanted: &Value) -> Result<(), String> {
    let found: Value =
        serde_json::from_str(&run.stdout).map_err(|error| format!("standard output is not JSON: {error}\n{}", run.stdout))?;
    subset(wanted, &found, "").map_err(|at| format!("{at}\n--- found\n{}", run.stdout))
}

/// Every key of a wanted mapping and every element of a wanted list is there; an empty list stands for an empty list.
fn subset(wanted: &Value, found: &Value, at: &str) -> Result<(), String> {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(found)) => wanted.iter().try_for_each(|(key, value)| {
            let there = found.get(key).ok_or_else(|| format!("{at}/{key} is not there"))?;
            subset(value, there, &format!("{at}/{key}"))
        }),
        (Value::Array(wanted), Value::Array(found)) if wanted.is_empty() && !found.is_empty() => {
            Err(format!("{at} is not empty"))
        }
        (Value::Array(wanted), Value::Array(found)) => wanted.iter().try_for_each(|one| {
            let held = found.iter().any(|other| subset(one, other, at).is_ok());
            if held { Ok(()) } else { Err(format!("{at} has no element like {one}")) }
        }),
        (wanted, found) if wanted == found => Ok(()),
        (wanted, found) => Err(format!("{at} is {found}, expected {wanted}")),
    }
}

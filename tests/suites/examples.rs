//! Every example runs, and the quickstart is stopped for the reasons that its README gives.

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::support::program::{Run, kadian};

pub(super) fn trials() -> Vec<Trial> {
    let mut names: Vec<String> = std::fs::read_dir(examples())
        .expect("the folder of the examples")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(names.len() >= 2, "examples are found");
    let mut trials: Vec<Trial> =
        names.into_iter().map(|name| Trial::test(format!("examples::{name}"), move || example(&name))).collect();
    trials.push(Trial::test("examples::the-readme-shows-what-the-program-says", readme));
    trials.push(Trial::test("examples::quickstart-gives-the-reasons-of-its-readme", quickstart));
    trials
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// Runs an example; what it would ask of servers it takes from its record.
fn example(name: &str) -> Result<(), Failed> {
    let home = tempfile::tempdir()?;
    let output = Command::new("sh")
        .arg(examples().join(name).join("run.sh"))
        .current_dir(home.path())
        .env("KADIAN", env!("CARGO_BIN_EXE_kadian"))
        .env("HOME", home.path())
        .env("RECORDED", "1")
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Err(format!("{}\n{}{}", output.status, text(&output.stdout), text(&output.stderr)).into())
}

/// The README's policy is one, and its answer is the one that the quickstart prints.
fn readme() -> Result<(), Failed> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"))?;
    let block = |language: &str| -> Option<&str> { readme.split(&format!("```{language}\n")).nth(1)?.split("```").next() };
    let (Some(policy), Some(console)) = (block("rego"), block("console")) else {
        return Err("the README has no policy or no answer".into());
    };
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("team.rego"), policy)?;
    let checked = kadian(folder.path(), &["policy", "check", "team.rego"], &[], "");
    if checked.code != 0 {
        return Err(format!("the README's policy has faults\n{}", checked.stderr).into());
    }
    let output = Command::new("sh")
        .arg(examples().join("quickstart/run.sh"))
        .current_dir(folder.path())
        .env("KADIAN", env!("CARGO_BIN_EXE_kadian"))
        .env("HOME", folder.path())
        .env_remove("COLUMNS")
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let answer = console.find("BLOCK").map_or("there is no answer in the README", |at| console[at..].trim_end());
    if said.contains(answer) { Ok(()) } else { Err(format!("the README shows\n{answer}\nthe program says\n{said}").into()) }
}

/// Asks about a branch of the quickstart's bundle, with that branch's reports.
fn ask(branch: &str) -> Result<(Run, Value), Failed> {
    let folder = tempfile::tempdir()?;
    let quickstart = examples().join("quickstart");
    let clone = Command::new("git")
        .args(["-c", "init.defaultBranch=main", "clone", "--quiet", "--branch", "main"])
        .arg(quickstart.join("pay.bundle"))
        .arg(folder.path().join("pay"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .status()?;
    if !clone.success() {
        return Err("the bundle cannot be cloned".into());
    }
    let repo = folder.path().join("pay").display().to_string();
    let head = format!("origin/{branch}");
    let report = |kind: &str, name: &str| format!("{kind}=reports/{branch}/{name}");
    let reports = [
        report("tests", "junit.xml"),
        report("coverage", "coverage.xml"),
        report("scan", "bandit.sarif"),
        report("review", "review.json"),
    ];
    let mut words = vec!["check", "merge", "--repo", &repo, "--base", "origin/main", "--head", &head];
    words.extend(["--trust", "worktree", "--report", "json"]);
    words.extend(reports.iter().flat_map(|report| ["--evidence", report]));
    let run = kadian(&quickstart, &words, &[], "");
    let decision = serde_json::from_str(&run.stdout).map_err(|error| format!("{error}\n{}{}", run.stdout, run.stderr))?;
    Ok((run, decision))
}

fn quickstart() -> Result<(), Failed> {
    let (run, decision) = ask("topic")?;
    let fail = |what: &str, run: &Run| -> Result<(), Failed> { Err(format!("{what}\n{}", run.stdout).into()) };
    if run.code != 1 || decision["verdict"] != "block" {
        return fail("topic is not blocked", &run);
    }
    let findings = decision["findings"].as_array().cloned().unwrap_or_default();
    let denied = |id: &str| findings.iter().find(|one| one["id"] == id && one["effect"] == "deny");
    for id in ["coverage/patch", "review/approvals", "scan/new-finding", "tests/failed"] {
        if denied(id).is_none() {
            return fail(&format!("{id} does not block"), &run);
        }
    }
    let at = |id: &str| denied(id).map(|one| (one["file"].clone(), one["line"].clone()));
    if at("scan/new-finding") != Some(("src/pay/receipts.py".into(), 30.into())) {
        return fail("the new finding stands at src/pay/receipts.py:30", &run);
    }
    if !at("coverage/patch").is_some_and(|(file, line)| file.is_string() && line.is_u64()) {
        return fail("the uncovered lines have no place", &run);
    }
    if denied("coverage/patch").is_some_and(|one| one["distance"] != "3 more covered lines") {
        return fail("three more lines would do", &run);
    }
    let others: Vec<&Value> =
        findings.iter().filter(|one| one["effect"] == "deny" || one["effect"] == "hold").map(|one| &one["id"]).collect();
    let joint = ["coverage/patch", "review/approvals", "scan/new-finding", "tests/failed", "tests/success-rate"];
    if let Some(other) = others.iter().find(|id| !id.as_str().is_some_and(|id| joint.contains(&id))) {
        return fail(&format!("{other} is not one of the four conditions"), &run);
    }
    let (run, decision) = ask("mended")?;
    if run.code != 0 || decision["verdict"] != "pass" || decision["undecided"] != Value::Array(Vec::new()) {
        return fail("mended does not pass", &run);
    }
    Ok(())
}

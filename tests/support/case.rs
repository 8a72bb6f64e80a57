//! Case folders: `base/` and `head/` become two commits, whatever else is there lies beside the repository, `case.yaml` says what
//! to run and what to expect.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use serde::Deserialize;
use serde_json::Value;

use super::program::kadian;
use super::repo::{Repo, copy};
use super::{documents, expect};

/// `case.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case shows, as a sentence; for the reader.
    #[expect(dead_code, reason = "it is there to be read")]
    shows: String,
    /// The head commit's message.
    #[serde(default = "message")]
    message: String,
    /// Files of `base/` that the head deletes.
    #[serde(default)]
    delete: Vec<String>,
    /// Another case whose `base/`, `head/` and other files are taken first.
    like: Option<String>,
    run: Vec<Step>,
}

fn message() -> String {
    "feat: a change".to_owned()
}

/// One run of the program in the repository. `{base}` and `{head}` in arguments and standard input stand for the commits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// Words separated by white space.
    args: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    stdin: String,
    /// Files beside the repository to write before the run; null removes one.
    #[serde(default)]
    files: BTreeMap<String, Option<String>>,
    exit: i32,
    #[serde(default)]
    stdout: Vec<String>,
    #[serde(default)]
    stderr: Vec<String>,
    /// Texts that must not be printed.
    #[serde(default)]
    lacks: Vec<String>,
    /// What the JSON on standard output holds, as a subset: every key and list element named here is there.
    json: Option<Value>,
}

/// Every folder below `tests/cases`, as a test named like it.
pub(crate) fn discover() -> Vec<Trial> {
    let folder = cases();
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .map(|entries| {
            entries
                .flatten()
                .filter(|entry| entry.path().is_dir())
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect()
        })
        .unwrap_or_default();
    names.sort();
    names.into_iter().map(|name| Trial::test(format!("case::{name}"), move || run(&name))).collect()
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn run(name: &str) -> Result<(), Failed> {
    let case = read(&cases().join(name))?;
    let mut repo = Repo::new();
    let layers: Vec<PathBuf> = case.like.iter().map(|like| cases().join(like)).chain([cases().join(name)]).collect();
    for layer in &layers {
        beside(layer, repo.outside());
    }
    let base = stage(&mut repo, &layers, "base", &[], "chore: base");
    repo.git(&["checkout", "-q", "-b", "topic"]);
    let head = stage(&mut repo, &layers, "head", &case.delete, &case.message);
    for (at, step) in case.run.iter().enumerate() {
        play(step, &repo, &base, &head).map_err(|failure| format!("step {}: kadian {}\n{failure}", at + 1, step.args))?;
    }
    Ok(())
}

fn read(folder: &Path) -> Result<Case, Failed> {
    let text = std::fs::read_to_string(folder.join("case.yaml")).map_err(|error| format!("case.yaml: {error}"))?;
    let case: Case = serde_saphyr::from_str(&text).map_err(|error| format!("case.yaml: {error}"))?;
    if case.run.is_empty() { Err("case.yaml runs nothing".into()) } else { Ok(case) }
}

fn beside(layer: &Path, outside: &Path) {
    for entry in std::fs::read_dir(layer).expect("a case folder").flatten() {
        let name = entry.file_name();
        if name == "base" || name == "head" || name == "case.yaml" {
            continue;
        }
        if entry.path().is_dir() {
            copy(&entry.path(), &outside.join(name));
        } else {
            std::fs::copy(entry.path(), outside.join(name)).expect("the file is copied");
        }
    }
}

fn stage(repo: &mut Repo, layers: &[PathBuf], side: &str, delete: &[String], message: &str) -> String {
    for layer in layers.iter().map(|layer| layer.join(side)).filter(|layer| layer.is_dir()) {
        copy(&layer, &repo.path());
    }
    for path in delete {
        std::fs::remove_file(repo.path().join(path)).expect("a deleted file was there");
    }
    repo.commit(message)
}

fn play(step: &Step, repo: &Repo, base: &str, head: &str) -> Result<(), String> {
    let fill = |text: &str| text.replace("{base}", base).replace("{head}", head);
    for (path, content) in &step.files {
        let path = repo.outside().join(path);
        match content {
            Some(content) => {
                std::fs::create_dir_all(path.parent().expect("a parent")).expect("the folder is made");
                std::fs::write(&path, fill(content)).expect("the file is written");
            }
            None => std::fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?,
        }
    }
    let arguments = fill(&step.args);
    let mut arguments: Vec<&str> = arguments.split_whitespace().collect();
    let kept = tempfile::tempdir().map_err(|error| error.to_string())?;
    let kept_name = kept.path().display().to_string();
    let keeps = arguments.first() == Some(&"check") && !arguments.contains(&"--save");
    if keeps {
        arguments.extend(["--save", &kept_name]);
    }
    let variables: Vec<(&str, &str)> = step.env.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let run = kadian(&repo.path(), &arguments, &variables, &fill(&step.stdin));
    expect::run(&run, step.exit, &step.stdout, &step.stderr, &step.lacks)?;
    if keeps && run.code != 2 {
        documents::kept(kept.path())?;
    }
    if arguments.first() == Some(&"input") && run.code == 0 {
        documents::printed(&run.stdout)?;
    }
    match &step.json {
        Some(wanted) => expect::json(&run, wanted),
        None => Ok(()),
    }
}

//! Runs the steps of `action.yml` as GitHub's runner does: bash, its environment files, and an event.

mod expression;
mod files;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

/// A job that uses the action.
#[derive(Debug)]
pub(crate) struct Job {
    temp: TempDir,
    /// The checked out repository.
    workspace: PathBuf,
    /// The folder of the action.
    action: PathBuf,
    github: Value,
    inputs: BTreeMap<String, String>,
    variables: BTreeMap<String, String>,
    /// Entries of the cache: key and content.
    cache: BTreeMap<String, Vec<u8>>,
}

/// How the action ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    /// What the log shows, standard output and standard error of all steps.
    pub(crate) log: String,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) summary: String,
}

impl Job {
    /// A job in a clone; `event` is the name of the event, `payload` its file.
    pub(crate) fn new(workspace: &Path, event: &str, reference: &str, payload: &Value) -> Job {
        let temp = tempfile::tempdir().expect("a temporary folder");
        for folder in ["runner", "files", "home"] {
            std::fs::create_dir(temp.path().join(folder)).expect("a folder of the runner");
        }
        let head = Command::new("git").args(["rev-parse", "HEAD"]).current_dir(workspace).output().expect("git runs");
        let github = json!({
            "event_name": event, "event": payload, "ref": reference, "ref_protected": "false", "token": "job-token",
            "sha": String::from_utf8_lossy(&head.stdout).trim(), "server_url": "https://github.example", "repository": "team/pay",
            "action_repository": "team/kadian", "action_ref": "0".repeat(40),
            "base_ref": payload.pointer("/pull_request/base/ref").cloned().unwrap_or(json!("")),
            "head_ref": payload.pointer("/pull_request/head/ref").cloned().unwrap_or(json!("")),
        });
        let action = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let (inputs, variables, cache) = Default::default();
        Job { temp, workspace: workspace.to_owned(), action, github, inputs, variables, cache }
    }

    /// What the workflow gives with `with:`.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Job {
        self.inputs.insert(name.to_owned(), value.into());
        self
    }

    /// A variable of the job.
    pub(crate) fn variable(mut self, name: &str, value: impl Into<String>) -> Job {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// A key of the context `github`.
    pub(crate) fn github(mut self, name: &str, value: &str) -> Job {
        self.github[name] = json!(value);
        self
    }

    /// The only entry of the cache.
    pub(crate) fn cached(&mut self) -> Option<&mut Vec<u8>> {
        assert!(self.cache.len() <= 1, "one entry");
        self.cache.values_mut().next()
    }

    /// Runs the steps until one fails. The outputs are read then as well.
    pub(crate) fn run(&mut self) -> Ended {
        let text = std::fs::read_to_string(self.action.join("action.yml")).expect("action.yml");
        let action: Value = serde_saphyr::from_str(&text).expect("action.yml is YAML");
        let event = self.temp.path().join("event.json");
        std::fs::write(&event, self.github["event"].to_string()).expect("the event is written");
        let declared = action["inputs"].as_object().expect("inputs");
        for name in self.inputs.keys() {
            assert!(declared.contains_key(name), "the action has no input {name}");
        }
        let mut contexts = json!({"github": self.github, "env": self.variables, "steps": {}});
        contexts["inputs"] = declared
            .iter()
            .map(|(name, input)| {
                let default = input["default"].as_str().expect("every input has a default, which is a text");
                (name.clone(), self.inputs.get(name).cloned().unwrap_or_else(|| expression::text(default, &contexts)).into())
            })
            .collect::<serde_json::Map<String, Value>>()
            .into();
        let mut ended = Ended { code: 0, log: String::new(), outputs: BTreeMap::new(), summary: String::new() };
        for (number, step) in action["runs"]["steps"].as_array().expect("steps").iter().enumerate() {
            if ended.code != 0 || !step["if"].as_str().is_none_or(|condition| expression::holds(condition, &contexts)) {
                continue;
            }
            let files = files::Files::new(&self.temp.path().join("files").join(number.to_string()));
            match step["uses"].as_str() {
                Some(uses) => self.cache_step(uses, &step["with"], &contexts),
                None => self.script(step, &contexts, &files, &mut ended),
            }
            let id = step["id"].as_str().unwrap_or("nameless");
            contexts["steps"][id] = json!({"outputs": files.outputs()});
            ended.summary.push_str(&files.summary());
        }
        for (name, output) in action["outputs"].as_object().expect("outputs") {
            let value = expression::text(output["value"].as_str().expect("a value"), &contexts);
            ended.outputs.insert(name.clone(), value);
        }
        ended
    }

    /// A `run:` step.
    fn script(&self, step: &Value, contexts: &Value, files: &files::Files, ended: &mut Ended) {
        assert_eq!(step["shell"], "bash");
        let script = files.script(step["run"].as_str().expect("a script"));
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(script);
        command.current_dir(&self.workspace).env_clear();
        let github = |name: &str| contexts["github"][name].as_str().unwrap_or_default().to_owned();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.temp.path().join("home"));
        command.env("CI", "true").env("GITHUB_ACTIONS", "true").env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64");
        command.env("GITHUB_ACTION_PATH", &self.action).env("GITHUB_WORKSPACE", &self.workspace);
        command.env("GITHUB_EVENT_PATH", self.temp.path().join("event.json")).env("RUNNER_TEMP", self.temp.path().join("runner"));
        for (variable, key) in [
            ("GITHUB_EVENT_NAME", "event_name"),
            ("GITHUB_REF", "ref"),
            ("GITHUB_SHA", "sha"),
            ("GITHUB_BASE_REF", "base_ref"),
            ("GITHUB_HEAD_REF", "head_ref"),
            ("GITHUB_REPOSITORY", "repository"),
            ("GITHUB_SERVER_URL", "server_url"),
        ] {
            command.env(variable, github(key));
        }
        command.envs(&self.variables).envs(files.variables());
        for (name, value) in step["env"].as_object().expect("every script gets its values from the environment") {
            command.env(name, expression::text(value.as_str().expect("a text"), contexts));
        }
        let output = command.output().expect("bash runs");
        ended.log.push_str(&String::from_utf8_lossy(&output.stdout));
        ended.log.push_str(&String::from_utf8_lossy(&output.stderr));
        ended.code = output.status.code().unwrap_or(-1);
    }

    /// What the two steps with the cache's action would do.
    fn cache_step(&mut self, uses: &str, with: &Value, contexts: &Value) {
        let given = |name: &str| expression::text(with[name].as_str().expect("a text"), contexts);
        let (key, path) = (given("key"), given("path"));
        match uses.split_once('@').expect("a pinned action").0 {
            "actions/cache/restore" => {
                if let Some(content) = self.cache.get(&key) {
                    std::fs::write(&path, content).expect("the entry is restored");
                    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
                    std::fs::set_permissions(&path, mode).expect("the program may run");
                }
            }
            "actions/cache/save" => {
                self.cache.insert(key, std::fs::read(&path).expect("what is saved"));
            }
            other => panic!("a step that this runner does not know: {other}"),
        }
    }
}

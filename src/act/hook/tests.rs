//! The hook in real pushes.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use super::*;

/// A repository with a remote, and a stand-in for kadian that records its input and ends with a chosen code.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Place { dir: tempfile::tempdir().unwrap() };
        place.git(".", &["init", "--quiet", "--bare", "remote"]);
        place.git(".", &["init", "--quiet", "--initial-branch=main", "work dir's"]);
        place.git("work dir's", &["remote", "add", "origin", "../remote"]);
        place.git("work dir's", &["commit", "--quiet", "--allow-empty", "-m", "one"]);
        place.program("it's kadian", 0);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn hooks(&self) -> PathBuf {
        self.path("work dir's/.git/hooks")
    }

    fn run(&self, dir: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new("git");
        command.current_dir(self.path(dir)).args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for name in ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"] {
            command.env(name, "x@example.com");
        }
        command.output().unwrap()
    }

    fn git(&self, dir: &str, arguments: &[&str]) {
        let output = self.run(dir, arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn push(&self) -> Output {
        self.run("work dir's", &["push", "--quiet", "origin", "HEAD:refs/heads/topic", "HEAD:refs/heads/other"])
    }

    /// Writes an executable that appends its arguments and its input to the file `log`.
    fn program(&self, name: &str, code: u8) -> PathBuf {
        let path = self.path(name);
        Self::executable(
            &path,
            &format!(
                "echo \"$(basename \"$0\"): $*\" >> '{log}'\ncat >> '{log}'\nexit {code}\n",
                log = self.path("log").display()
            ),
        );
        path
    }

    fn executable(path: &Path, body: &str) {
        fs::write(path, format!("#!/bin/sh\n{body}")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn log(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("log")).unwrap_or_default();
        text.lines().map(|line| line.split(' ').take(3).collect::<Vec<_>>().join(" ")).collect()
    }

    fn install(&self) -> Installed {
        install(&self.hooks(), Some(&self.path("it's kadian"))).unwrap()
    }
}

fn says(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_hook_gives_kadian_every_line_and_its_answer_to_git() {
    let place = Place::new();
    assert_eq!(place.install(), Installed { path: place.hooks().join(NAME), before: None, unchanged: false });
    assert!(place.push().status.success());
    let log = place.log();
    assert_eq!(log.len(), 3, "{log:?}");
    assert_eq!(log[0], "it's kadian: check");
    assert!(log[1..].iter().all(|line| line.starts_with("HEAD ")), "{log:?}");
    place.program("it's kadian", 3);
    place.git("work dir's", &["commit", "--quiet", "--allow-empty", "-m", "two"]);
    assert!(!place.push().status.success());
    assert!(place.run("work dir's", &["push", "--quiet", "--no-verify", "origin", "HEAD:refs/heads/topic"]).status.success());
}

#[test]
fn installing_twice_changes_nothing_and_uninstalling_leaves_nothing() {
    let place = Place::new();
    place.install();
    assert!(place.install().unchanged);
    assert_eq!(uninstall(&place.hooks()).unwrap(), Uninstalled::Removed(place.hooks().join(NAME)));
    assert_eq!(uninstall(&place.hooks()).unwrap(), Uninstalled::NothingThere);
    assert!(place.push().status.success());
    assert!(place.log().is_empty());
}

#[test]
fn a_hook_that_was_there_runs_first_with_the_same_input_and_may_stop_the_push() {
    let place = Place::new();
    fs::create_dir_all(place.hooks()).unwrap();
    let old = place.hooks().join(NAME);
    fs::rename(place.program("old", 0), &old).unwrap();
    let content = fs::read(&old).unwrap();
    assert_eq!(place.install().before, Some(place.hooks().join(BEFORE)));
    assert!(place.install().unchanged);
    assert!(place.push().status.success());
    let log = place.log();
    assert_eq!(log.len(), 6, "{log:?}");
    assert_eq!((log[0].as_str(), log[3].as_str()), ("pre-push.before-kadian: origin ../remote", "it's kadian: check"));
    assert_eq!(log[1..3], log[4..6]);

    Place::executable(&place.hooks().join(BEFORE), "exit 7\n");
    place.git("work dir's", &["commit", "--quiet", "--allow-empty", "-m", "two"]);
    assert!(!place.push().status.success());
    assert_eq!(place.log().len(), 6);

    fs::write(place.hooks().join(BEFORE), &content).unwrap();
    assert_eq!(uninstall(&place.hooks()).unwrap(), Uninstalled::Restored(old.clone()));
    assert_eq!(fs::read(&old).unwrap(), content);
    assert!(!place.hooks().join(BEFORE).exists());
}

#[test]
fn a_hook_that_does_not_read_its_input_does_no_harm() {
    let place = Place::new();
    place.install();
    Place::executable(&place.hooks().join(BEFORE), "exit 0\n");
    assert!(place.push().status.success());
    assert_eq!(place.log().len(), 3);
}

#[test]
fn without_kadian_the_push_stops_and_says_how_to_go_on() {
    let place = Place::new();
    install(&place.hooks(), Some(&place.path("gone"))).unwrap();
    let output = place.push();
    assert!(!output.status.success());
    assert!(says(&output).contains("git push --no-verify") && says(&output).contains("gone"), "{}", says(&output));
}

#[test]
fn what_is_not_ours_is_neither_overwritten_nor_deleted() {
    let place = Place::new();
    place.install();
    let path = place.hooks().join(NAME);
    let edited = fs::read_to_string(&path).unwrap() + "echo mine\n";
    fs::write(&path, &edited).unwrap();
    assert!(uninstall(&place.hooks()).unwrap_err().to_string().contains("changed by hand"));
    assert!(install(&place.hooks(), None).unwrap_err().to_string().contains("changed by hand"));
    assert_eq!(fs::read_to_string(&path).unwrap(), edited);

    fs::write(&path, "#!/bin/sh\necho theirs\n").unwrap();
    fs::write(place.hooks().join(BEFORE), "#!/bin/sh\necho older\n").unwrap();
    assert!(install(&place.hooks(), None).unwrap_err().to_string().contains("already there"));
    assert_eq!(uninstall(&place.hooks()).unwrap(), Uninstalled::NothingThere);
    assert_eq!(fs::read_to_string(&path).unwrap(), "#!/bin/sh\necho theirs\n");
}

#[test]
fn the_hook_works_under_a_directory_of_hooks_that_the_configuration_names() {
    let place = Place::new();
    place.git("work dir's", &["config", "core.hooksPath", "own hooks"]);
    let repository = crate::collect::git::Repository::discover(&place.path("work dir's")).unwrap();
    let hooks = repository.hooks_dir().unwrap();
    assert_eq!(hooks.canonicalize().ok(), None);
    install(&hooks, Some(&place.path("it's kadian"))).unwrap();
    assert!(place.push().status.success());
    assert_eq!(place.log().len(), 3);
    assert!(place.path("work dir's/own hooks/pre-push").exists());
}

#[test]
fn every_shell_here_can_read_the_script() {
    let place = Place::new();
    let path = place.install().path;
    for shell in ["sh", "dash", "bash", "busybox"] {
        let mut command = Command::new(shell);
        if shell == "busybox" {
            command.arg("sh");
        }
        // A shell that is not installed has nothing to say.
        let Ok(output) = command.arg("-n").arg(&path).output() else { continue };
        assert!(output.status.success(), "{shell}: {}", says(&output));
    }
    assert!(script(Some(Path::new("/a\nb"))).is_err());
}

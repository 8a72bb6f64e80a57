//! `kadian init` and `kadian hook`, end to end.

use std::path::Path;

use libtest_mimic::Trial;

use super::trial;
use crate::support::pay::{EVIDENCE, Pay};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("init::what-it-writes-reads-back", reads_back),
        trial("init::every-commented-line-is-valid", uncommented),
        trial("init::never-overwrites-by-itself", overwrites),
        trial("hook::keeps-the-hook-that-was-there", keeps),
        trial("hook::goes-where-core-hooks-path-says", hooks_path),
    ]
}

fn reads_back() {
    let pay = Pay::new();
    std::fs::remove_file(pay.repo.path().join("kadian.yaml")).expect("the case has a configuration");
    let run = pay.kadian(&["init"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = pay.merge(&[&EVIDENCE[..], &["--trust", "worktree"]].concat());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

/// The commented lines that are keys lose their `#`; the ones that are prose begin with `# `.
fn uncommented() {
    let catalogue = "version: 1\nservices:\n- {name: pay, tier: L1, owners: [team-pay]}\n";
    let pay = Pay::with(&[(".kadian/catalogue.yaml", catalogue)], &[]);
    pay.outside("fresh/keep", "");
    let run = pay.kadian(&["init", "--repo", "../fresh"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = std::fs::read_to_string(pay.repo.outside().join("fresh/kadian.yaml")).expect("it was written");
    let open = |line: &str| match line.strip_prefix('#') {
        Some(rest) if rest.starts_with("  ") || rest.starts_with(|first: char| first.is_ascii_lowercase()) => rest.to_owned(),
        _ => line.to_owned(),
    };
    let lines: Vec<String> = text.lines().map(open).collect();
    assert!(lines.iter().zip(text.lines()).filter(|(open, line)| open != line).count() > 10, "{text}");
    // What it names has to be there: a folder of policies, a file of waivers, and in the commit the catalogue.
    pay.repo.write("policies/own.rego", "package kadian.own\n\nwarn contains \"w\" if input.change.size.files < 0\n");
    pay.repo.write(".kadian/waivers.yaml", "version: 1\n");
    pay.repo.write("kadian.yaml", lines.join("\n"));
    let run = pay.merge(&[&EVIDENCE[..], &["--trust", "worktree"]].concat());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

fn overwrites() {
    let pay = Pay::new();
    let before = std::fs::read(pay.repo.path().join("kadian.yaml")).expect("a configuration");
    let run = pay.kadian(&["init"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("already there") && run.stderr.contains("--force"), "{}", run.stderr);
    assert_eq!(before, std::fs::read(pay.repo.path().join("kadian.yaml")).expect("still there"));
    assert_eq!(pay.kadian(&["init", "--force"]).code, 0);
    assert_ne!(before, std::fs::read(pay.repo.path().join("kadian.yaml")).expect("still there"));
}

/// A hook of one's own that leaves a mark, and what it was given.
fn own_hook(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("the folder is made");
    std::fs::write(path, "#!/bin/sh\ncat > own-hook-ran\n").expect("the hook is written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("it is executable");
}

fn keeps() {
    let pay = Pay::new();
    let hook = pay.repo.path().join(".git/hooks/pre-push");
    own_hook(&hook);
    let before = std::fs::read(&hook).expect("the hook");
    let run = pay.kadian(&["hook", "install"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("runs first"), "{}", run.stdout);
    pay.outside("remote/keep", "");
    pay.repo.git(&["init", "-q", "--bare", "../remote.git"]);
    pay.repo.git(&["remote", "add", "origin", "../remote.git"]);
    pay.repo.git(&["push", "-q", "origin", "main", "topic"]);
    let given = std::fs::read_to_string(pay.repo.path().join("own-hook-ran")).expect("the hook that was there ran");
    assert!(given.contains(&pay.head), "it was given the lines: {given}");

    pay.repo.write("src/pay.py", "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n");
    pay.repo.git(&["add", "src/pay.py"]);
    pay.repo.git(&["commit", "-q", "-m", "fix: conflict"]);
    let push = std::process::Command::new("git")
        .args(["push", "-q", "origin", "topic"])
        .current_dir(pay.repo.path())
        .output()
        .expect("git runs");
    assert!(!push.status.success(), "the gate stops the push");
    let said = String::from_utf8_lossy(&push.stdout).into_owned() + &String::from_utf8_lossy(&push.stderr);
    assert!(said.contains("change/conflict"), "{said}");

    let run = pay.kadian(&["hook", "uninstall"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(before, std::fs::read(&hook).expect("the hook from before is back"));
}

fn hooks_path() {
    let pay = Pay::new();
    pay.repo.git(&["config", "core.hooksPath", ".githooks"]);
    let run = pay.kadian(&["hook", "install"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(pay.repo.path().join(".githooks/pre-push").is_file(), "{}", run.stdout);
    assert!(!pay.repo.path().join(".git/hooks/pre-push").exists());
    assert_eq!(pay.kadian(&["hook", "uninstall"]).code, 0);
    assert!(!pay.repo.path().join(".githooks/pre-push").exists());
}

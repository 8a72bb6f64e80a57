//! Where the action takes the program from, and what it refuses.

use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{STUB, Setting, program};
use crate::suites::trial;
use crate::support::action::Job;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("action::a-release-asset-is-taken-when-its-checksum-fits", released),
        trial("action::an-asset-with-another-checksum-stops-the-action", altered),
        trial("action::a-commit-that-is-pinned-takes-no-unpinned-release", half_a_pin),
        trial("action::without-an-asset-the-own-source-is-built", built),
        trial("action::the-change-does-not-configure-the-build", undisturbed),
        trial("action::a-pull-request-takes-no-program-from-a-cache-without-a-checksum", cached),
        trial("action::a-program-of-the-callers-is-held-to-its-checksum", callers),
    ]
}

const ASSET: &str = "kadian-1.2.3-x86_64-unknown-linux-gnu";

fn digest(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |out, byte| format!("{out}{byte:02x}"))
}

/// A job of a version without the caller's program, and a folder to put release assets into.
fn job(setting: &Setting) -> (Job, PathBuf) {
    let mirror = setting.repo.outside().join("releases");
    std::fs::create_dir_all(&mirror).expect("a folder");
    let job = setting.pull_request().with("binary", "").with("mirror", format!("file://{}", mirror.display()));
    (job.github("action_ref", "v1.2.3"), mirror)
}

/// Stands before the other programs: a cargo that writes down what it is asked and builds the stub.
fn with_cargo(setting: &Setting, job: Job) -> Job {
    let bin = setting.repo.outside().join("bin");
    std::fs::create_dir_all(&bin).expect("a folder");
    let text = "#!/usr/bin/env bash\nset -eu\npwd >\"$STUB_FOLDER/built\"\nprintf '%s ' \"$@\" >>\"$STUB_FOLDER/built\"\n\
                while [ \"$1\" != --target-dir ]; do shift; done\nmkdir -p \"$2/release\"\ncp \"$STUB_FOLDER/kadian\" \"$2/release/kadian\"\n";
    program(&bin.join("cargo"), text);
    job.variable("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").expect("a PATH")))
}

fn was_built(setting: &Setting) -> bool {
    std::fs::remove_file(setting.stub.join("built")).is_ok()
}

fn released() {
    let setting = Setting::new(&[], &[]);
    let (job, mirror) = job(&setting);
    std::fs::write(mirror.join(ASSET), STUB).expect("the asset");
    std::fs::write(mirror.join(format!("{ASSET}.sha256")), format!("{}  {ASSET}\n", digest(STUB).to_uppercase()))
        .expect("the checksum");
    let mut job = with_cargo(&setting, job);
    let ended = job.run();
    assert_eq!(ended.code, 0, "{}", ended.log);
    assert!(ended.log.contains(&format!("the program is the release asset {ASSET} (SHA-256 {}", digest(STUB))), "{}", ended.log);
    assert!(ended.log.contains("as the release's own checksum file says"), "{}", ended.log);
    assert!(setting.arguments().is_some() && !was_built(&setting));

    // With a checksum of the workflow's own, the release's file says nothing.
    std::fs::write(mirror.join(format!("{ASSET}.sha256")), digest("x")).expect("the checksum");
    let mut job = job.github("action_ref", &"a".repeat(40)).with("version", "v1.2.3").with("checksum", digest(STUB));
    let ended = job.run();
    assert_eq!(ended.code, 0, "{}", ended.log);
    assert!(ended.log.contains("as checksum says") && !was_built(&setting), "{}", ended.log);
}

fn altered() {
    let setting = Setting::new(&[], &[]);
    let (job, mirror) = job(&setting);
    let mut job = with_cargo(&setting, job);
    std::fs::write(mirror.join(ASSET), STUB).expect("the asset");
    let ended = job.run();
    assert_eq!(ended.code, 2, "{}", ended.log);
    assert!(ended.log.contains(&format!("{ASSET}.sha256 is not")), "{}", ended.log);
    for (checksum, said) in [
        (digest("another"), "it is not used"),
        ("<html>".to_owned(), "does not begin with a SHA-256"),
        (String::new(), "does not begin"),
    ] {
        std::fs::write(mirror.join(format!("{ASSET}.sha256")), &checksum).expect("the checksum");
        let ended = job.run();
        assert_eq!(ended.code, 2, "{}", ended.log);
        assert!(ended.log.contains(said), "{}", ended.log);
    }
    std::fs::write(mirror.join(format!("{ASSET}.sha256")), digest(STUB)).expect("the checksum");
    let ended = job.with("checksum", digest("another")).run();
    assert_eq!(ended.code, 2, "{}", ended.log);
    assert!(setting.arguments().is_none() && !was_built(&setting), "nothing else is tried");
    assert!(!Path::new(&ended.outputs["program"]).exists(), "{}", ended.outputs["program"]);
}

fn half_a_pin() {
    let setting = Setting::new(&[], &[]);
    let (job, mirror) = job(&setting);
    std::fs::write(mirror.join(ASSET), STUB).expect("the asset");
    std::fs::write(mirror.join(format!("{ASSET}.sha256")), digest(STUB)).expect("the checksum");
    let mut job = with_cargo(&setting, job.github("action_ref", &"a".repeat(40)).with("version", "1.2.3"));
    let ended = job.run();
    assert_eq!((ended.code, setting.arguments()), (2, None), "{}", ended.log);
    assert!(ended.log.contains("give its checksum, too"), "{}", ended.log);
    for (version, mirror, said) in
        [("../../x", "https://a.example", "is not like 1.2.3"), ("1.2.3", "http://a.example", "is neither https")]
    {
        let mut job = setting
            .pull_request()
            .with("binary", "")
            .with("version", version)
            .with("mirror", mirror)
            .github("action_ref", "main");
        let ended = job.run();
        assert_eq!((ended.code, setting.arguments()), (2, None), "{}", ended.log);
        assert!(ended.log.contains(said), "{}", ended.log);
    }
}

fn built() {
    let setting = Setting::new(&[], &[]);
    let commit = "a".repeat(40);
    for (reference, source) in [("v1.2.3", "auto"), ("main", "auto"), (commit.as_str(), "auto"), ("v1.2.3", "build")] {
        let (job, _) = job(&setting);
        let ended = with_cargo(&setting, job.github("action_ref", reference).with("source", source)).run();
        assert_eq!(ended.code, 0, "{reference}\n{}", ended.log);
        assert!(ended.log.contains("kadian is built from its own source"), "{}", ended.log);
        assert!(
            ended.log.contains(&format!("the program was built from this action's source (SHA-256 {})", digest(STUB))),
            "{}",
            ended.log
        );
        let how = setting.noted("built");
        assert!(how.contains("build --locked --release --bin kadian"), "{how}");
        assert!(was_built(&setting) && setting.arguments().is_some());
    }
    let (job, _) = job(&setting);
    let mut job = with_cargo(&setting, job.with("source", "release"));
    let ended = job.run();
    assert_eq!((ended.code, was_built(&setting)), (2, false), "{}", ended.log);
    assert!(ended.log.contains("no release asset of kadian 1.2.3 for Linux X64, and source says release"), "{}", ended.log);
    let ended = job.with("source", "build").with("checksum", digest("another")).run();
    assert_eq!((ended.code, setting.arguments()), (2, None), "what was built is not what was wanted\n{}", ended.log);
}

/// Cargo and rustup take configuration from the folder that they are started in and those above it.
fn undisturbed() {
    let files = [
        (".cargo/config.toml", "[build]\nrustc-wrapper = \"./evil\"\n"),
        ("rust-toolchain.toml", "[toolchain]\npath = \"evil\"\n"),
    ];
    let setting = Setting::new(&[], &files);
    let (job, _) = job(&setting);
    let ended = with_cargo(&setting, job).run();
    assert_eq!(ended.code, 0, "{}", ended.log);
    let built = setting.noted("built");
    let folder = built.lines().next().expect("a folder");
    assert_eq!(Path::new(folder), Path::new(env!("CARGO_MANIFEST_DIR")), "the action's own folder");
}

fn cached() {
    let setting = Setting::new(&[], &[]);
    let (pull_request, _) = job(&setting);
    let mut pull_request = with_cargo(&setting, pull_request);
    for _ in 0..2 {
        let ended = pull_request.run();
        assert!(ended.code == 0 && was_built(&setting), "every time anew\n{}", ended.log);
        assert!(ended.log.contains("no cache is used") && pull_request.cached().is_none(), "{}", ended.log);
    }
    // With a checksum an entry is used, but only the right one.
    let mut pinned = pull_request.with("checksum", digest(STUB));
    assert!(pinned.run().code == 0 && was_built(&setting));
    let ended = pinned.run();
    assert!(ended.code == 0 && !was_built(&setting) && ended.log.contains("the program is from the cache"), "{}", ended.log);
    *pinned.cached().expect("an entry") = b"#!/bin/sh\necho PASS\n".to_vec();
    let ended = pinned.run();
    assert!(ended.code == 0 && was_built(&setting) && setting.arguments().is_some(), "{}", ended.log);

    for (event, reference, protected, used) in [
        ("push", "refs/heads/main", "true", true),
        ("schedule", "refs/heads/main", "false", true),
        ("push", "refs/heads/topic", "false", false),
        ("merge_group", "refs/heads/gh-readonly-queue/main/pr-7-a", "true", false),
        ("pull_request_target", "refs/heads/main", "true", false),
    ] {
        let job = setting.job(event, reference, &json!({})).with("binary", "").github("ref_protected", protected);
        let mut job = with_cargo(&setting, job);
        let ended = job.run();
        assert!(ended.code == 0 && was_built(&setting), "{event}\n{}", ended.log);
        assert_eq!(job.cached().is_some(), used, "{event} {reference}");
        let ended = job.run();
        assert_eq!((ended.code, was_built(&setting)), (0, !used), "{event} {reference}\n{}", ended.log);
        if let Some(entry) = job.cached() {
            *entry = b"not a program".to_vec();
            let ended = job.run();
            assert!(ended.code == 0 && was_built(&setting), "an entry that does not run is built anew\n{}", ended.log);
        }
    }
}

fn callers() {
    let setting = Setting::new(&[], &[]);
    assert_eq!(setting.pull_request().with("checksum", digest(STUB)).run().code, 0);
    setting.arguments();
    let ended = setting.pull_request().with("checksum", digest("another")).run();
    assert_eq!((ended.code, setting.arguments()), (2, None), "{}", ended.log);
}

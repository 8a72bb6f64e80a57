//! Policies in a `.tar.gz`, as OPA builds them.

use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use libtest_mimic::Trial;

use super::trial;
use crate::support::pay::{EVIDENCE, Pay, decision};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("bundle::its-policies-judge", judges),
        trial("bundle::a-damaged-one-is-an-error", damaged),
        trial("bundle::its-paths-lead-nowhere", paths),
    ]
}

const OWN: &str = "package kadian.own\n\ndeny contains \"from the bundle\" if input.change.size.files > 0\n";

/// A bundle with these files; a name is written as it is, whatever it holds.
fn bundle(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (name, text) in files {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, text.as_bytes()).expect("the entry is written");
    }
    archive.into_inner().and_then(GzEncoder::finish).expect("the bundle is written")
}

fn put(pay: &Pay, bytes: &[u8]) {
    std::fs::write(pay.repo.outside().join("own.tar.gz"), bytes).expect("the bundle is written");
}

fn judges() {
    let pay = Pay::new();
    put(&pay, &bundle(&[("/.manifest", "{}"), ("/data.json", "{}"), ("/own/own.rego", OWN)]));
    let words = ["--policy", "../own.tar.gz", "--report", "json"];
    let run = pay.merge(&[&EVIDENCE[..], &words].concat());
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    let said = decision(&run);
    assert!(said["findings"].as_array().is_some_and(|all| all.iter().any(|one| one["id"] == "own/deny")), "{}", run.stdout);
    let run = pay.kadian(&["policy", "check", "../own.tar.gz"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
}

/// Half of the policies are not the policies: wherever the file is cut, nothing is judged.
fn damaged() {
    let pay = Pay::new();
    let whole = bundle(&[("/one.rego", OWN), ("/two.rego", &OWN.replace("kadian.own", "kadian.two"))]);
    for cut in [0, 5, whole.len() / 2, whole.len() - 9, whole.len() - 1] {
        put(&pay, &whole[..cut]);
        let run = pay.merge(&["--policy", "../own.tar.gz"]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "cut at {cut} of {}: {}", whole.len(), run.stderr);
        assert!(run.stderr.contains("own.tar.gz"), "{}", run.stderr);
    }
    put(&pay, &bundle(&[("/.manifest", "{}")]));
    let run = pay.merge(&["--policy", "../own.tar.gz"]);
    assert_eq!(run.code, 2, "a bundle without a policy: {}", run.stdout);
}

fn paths() {
    let pay = Pay::new();
    put(&pay, &bundle(&[("../../escaped.rego", OWN), ("/etc/escaped.rego", &OWN.replace("kadian.own", "kadian.two"))]));
    let run = pay.merge(&[&EVIDENCE[..], &["--policy", "../own.tar.gz", "--save", "../kept/deep/down"]].concat());
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    for outside in ["escaped.rego", "kept/escaped.rego", "kept/deep/escaped.rego"] {
        assert!(!pay.repo.outside().join(outside).exists(), "{outside}");
    }
    assert!(!Path::new("/etc/escaped.rego").exists());
}

//! The same evidence, policies and clock give the same decision, byte for byte, whatever the order and the place.

use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::trial;
use crate::support::pay::{EVIDENCE, NOW, Pay, decision};
use crate::support::program::{Run, kadian};

const FORMATS: [(&str, &str); 6] =
    [("text", "txt"), ("json", "json"), ("sarif", "sarif"), ("junit", "xml"), ("markdown", "md"), ("html", "html")];

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("determinism::two-runs-give-the-same-bytes", two_runs),
        trial("determinism::the-order-of-the-evidence-does-not-matter", order_of_options),
        trial("determinism::the-order-in-which-reports-were-made-does-not-matter", order_of_files),
        trial("determinism::the-order-of-the-policies-does-not-matter", order_of_policies),
        trial("determinism::the-folder-of-the-clone-does-not-matter", two_clones),
        trial("determinism::every-report-alone-and-all-together-say-the-same", reports),
        trial("determinism::a-saved-decision-is-the-reported-one", saved),
        trial("determinism::the-id-is-the-digest-of-the-record", identity),
    ]
}

/// A change with findings of several kinds, so that there is something to put in order.
fn blocked() -> Pay {
    let pay = Pay::new();
    pay.outside(
        "junit.xml",
        "<testsuite name='s' tests='3'><testcase name='b'><failure message='no'/></testcase>\
         <testcase name='a'><failure message='no'/></testcase><testcase name='c'/></testsuite>",
    );
    let result = |line: u32, rule: &str| {
        format!(
            r#"{{"ruleId": "{rule}", "level": "error", "message": {{"text": "m"}}, "locations": [{{"physicalLocation":
            {{"artifactLocation": {{"uri": "src/pay.py"}}, "region": {{"startLine": {line}}}}}}}]}}"#
        )
    };
    let results = [result(8, "B2"), result(6, "B1"), result(7, "B1")].join(",");
    let sarif = format!(r#"{{"version": "2.1.0", "runs": [{{"tool": {{"driver": {{"name": "x"}}}}, "results": [{results}]}}]}}"#);
    pay.outside("scan.sarif", &sarif);
    pay.outside("lcov.info", "SF:src/pay.py\nDA:5,1\nDA:6,0\nDA:7,0\nDA:8,0\nDA:9,0\nend_of_record\n");
    pay
}

fn judged(pay: &Pay, more: &[&str]) -> Run {
    let run = pay.merge(&[&EVIDENCE[..], &["--report", "json"], more].concat());
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    run
}

fn two_runs() {
    let pay = blocked();
    let first = judged(&pay, &[]).stdout;
    assert!(decision(&judged(&pay, &[]))["findings"].as_array().is_some_and(|all| all.len() > 3), "{first}");
    assert_eq!(first, judged(&pay, &[]).stdout);
}

fn order_of_options() {
    let pay = blocked();
    let mut pairs: Vec<&[&str]> = EVIDENCE.chunks(2).collect();
    let words = ["--report", "json", "--set", "coverage.patch_percent=81", "--set", "review.approvals=1"];
    let first = pay.merge(&[&pairs.concat()[..], &words].concat()).stdout;
    pairs.reverse();
    let words = ["--set", "review.approvals=1", "--set", "coverage.patch_percent=81", "--report", "json"];
    assert_eq!(first, pay.merge(&[&words[..], &pairs.concat()].concat()).stdout);
    pairs.rotate_left(1);
    assert_eq!(first, pay.merge(&[&words[..], &pairs.concat()].concat()).stdout);
}

/// Several files of one kind, by one glob and by one option each.
fn order_of_files() {
    let files = [("a", "one"), ("b", "two"), ("c", "three")];
    let suite = |name: &str| format!("<testsuite name='{name}' tests='1'><testcase name='t-{name}'/></testsuite>");
    let run = |order: &[usize], options: &[&str]| {
        let pay = blocked();
        for at in order {
            let (file, name) = files[*at];
            pay.outside(&format!("reports/{file}.xml"), &suite(name));
        }
        pay.merge(&[&EVIDENCE[2..], options, &["--report", "json"]].concat()).stdout
    };
    let globbed = ["--evidence", "tests=../reports/*.xml"];
    let forwards = run(&[0, 1, 2], &globbed);
    assert_eq!(decision_of(&forwards)["evidence"][3]["status"], "known", "{forwards}");
    assert_eq!(forwards, run(&[2, 1, 0], &globbed));
    let named =
        ["--evidence", "tests=../reports/c.xml", "--evidence", "tests=../reports/a.xml", "--evidence", "tests=../reports/b.xml"];
    assert_eq!(forwards, run(&[1, 0, 2], &named));
}

fn decision_of(text: &str) -> Value {
    serde_json::from_str(text).expect("a decision")
}

fn order_of_policies() {
    let pay = blocked();
    let policy =
        |name: &str| format!("package kadian.{name}\n\ndeny contains \"{name} is here\" if input.change.size.files > 0\n");
    pay.outside("one/one.rego", &policy("one"));
    pay.outside("two/two.rego", &policy("two"));
    let first = judged(&pay, &["--policy", "../one", "--policy", "../two"]).stdout;
    assert!(first.contains("two is here"), "{first}");
    assert_eq!(first, judged(&pay, &["--policy", "../two", "--policy", "../one"]).stdout);
}

fn two_clones() {
    let pay = blocked();
    let elsewhere = tempfile::tempdir().expect("a folder");
    let clone = elsewhere.path().join("deeper/down");
    let status = Command::new("git").args(["clone", "-q"]).arg(pay.repo.path()).arg(&clone).status().expect("git runs");
    assert!(status.success());
    let reports = clone.parent().expect("a parent");
    for name in ["junit.xml", "lcov.info", "scan.sarif", "review.json"] {
        std::fs::copy(pay.repo.outside().join(name), reports.join(name)).expect("the report is copied");
    }
    let words = ["check", "merge", "--base", &pay.base, "--now", NOW, "--report", "json"];
    let words = [&words[..], &EVIDENCE].concat();
    let run = |folder: &Path| kadian(folder, &words, &[], "");
    let (here, there) = (run(&pay.repo.path()), run(&clone));
    assert_eq!(here.code, 1, "{}{}", here.stdout, here.stderr);
    assert_eq!(here.stdout, there.stdout);
}

fn reports() {
    let pay = blocked();
    let mut words: Vec<String> = Vec::new();
    for (format, ending) in FORMATS {
        let alone = pay.merge(&[&EVIDENCE[..], &["--report", format]].concat());
        assert_eq!(alone.code, 1, "{format}");
        pay.outside(&format!("alone.{ending}"), &alone.stdout);
        words.extend(["--report".to_owned(), format!("{format}=../together.{ending}")]);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let together = pay.merge(&[&EVIDENCE[..], &words].concat());
    assert_eq!((together.code, together.stdout.as_str()), (1, ""), "{}", together.stderr);
    for (format, ending) in FORMATS {
        let read = |name: &str| std::fs::read_to_string(pay.repo.outside().join(format!("{name}.{ending}"))).expect("a report");
        assert!(!read("alone").is_empty(), "{format}");
        assert_eq!(read("alone"), read("together"), "{format}");
    }
}

fn saved() {
    let pay = blocked();
    pay.outside("own/own.rego", "package kadian.own\n\nwarn contains \"w\" if input.change.size.files > 0\n");
    let run = judged(&pay, &["--policy", "../own", "--save", "../kept"]);
    let kept = pay.repo.outside().join("kept");
    let read = |name: &str| std::fs::read_to_string(kept.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(read("decision.json"), run.stdout);
    let input = decision_of(&read("input.json"));
    assert_eq!(input["change"]["status"], "known");
    let texts: Vec<String> = std::fs::read_dir(kept.join("policies"))
        .expect("the policies are kept")
        .flatten()
        .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
        .collect();
    assert!(texts.iter().any(|text| text.starts_with("package kadian.own")));
    assert!(texts.iter().any(|text| text.contains("package kadian.coverage")));
    let digest = format!("{:x}", Sha256::digest(serde_json::to_vec(&[input]).expect("JSON")));
    assert_eq!(decision(&run)["input_digest"].as_str(), Some(digest.as_str()), "the digest is that of the kept document");
}

fn identity() {
    let mut record = decision(&judged(&blocked(), &[]));
    let id = record.as_object_mut().and_then(|record| record.remove("id")).expect("a decision has an id");
    let digest = format!("{:x}", Sha256::digest(serde_json::to_vec(&record).expect("JSON")));
    assert_eq!(id.as_str(), Some(digest.as_str()));
}

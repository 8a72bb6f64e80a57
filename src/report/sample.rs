//! Decisions to render in tests: each kind of answer, and what an attacker would write.

mod charts;
mod rollback;

use std::str::FromStr as _;

use jiff::Timestamp;
use serde_json::{Map, json};

use crate::decide::{
    Carried, DECISION_SCHEMA, Decision, Effect, Engine, EvidenceRecord, Finding, Mode, NotApplicable, PolicyDigest, Shadow,
    Stage, Subject, Undecided, Verdict, WaiverNote, WaiverRecord, WaiverState, WaiverSubject,
};
use crate::facts::{Kind, MergedChange, Playbook, Severity, Source, Status};

pub(crate) use charts::charts;

fn at(text: &str) -> Timestamp {
    Timestamp::from_str(text).unwrap()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn known(kind: Kind, path: &str, format: &str) -> EvidenceRecord {
    let source = Source {
        path: Some(path.into()),
        url: None,
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        bytes: 4_096,
        format: format.into(),
        collected_at: at("2026-01-05T02:10:00Z"),
    };
    EvidenceRecord { kind, status: Status::Known, expected: true, reason: None, sources: vec![source] }
}

/// A finding with only what every finding has.
pub(crate) fn finding(id: &str, effect: Effect, message: &str) -> Finding {
    Finding {
        id: id.into(),
        policy: id.split('/').next().unwrap_or_default().into(),
        title: None,
        effect,
        declared_effect: effect,
        severity: Severity::Medium,
        message: message.into(),
        file: None,
        line: None,
        expected: None,
        actual: None,
        distance: None,
        remedy: None,
        requirement: None,
        fingerprint: "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8".into(),
        evidence: vec![],
        waiver: None,
        playbook: None,
        metadata: Map::new(),
    }
}

/// Everything is known and nothing was found.
pub(crate) fn pass() -> Decision {
    Decision {
        schema: DECISION_SCHEMA.into(),
        id: "3f2a9c1e77aa03b1c1de2f4a5b6c7d8e9f00112233445566778899aabbccddee".into(),
        stage: Stage::Merge,
        subject: Subject {
            service: Some("pay".into()),
            tier: "L1".into(),
            base: Some("1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d".into()),
            head: Some("f0e1d2c3b4a5968778695a4b3c2d1e0ff0e1d2c3".into()),
            refs: strings(&["refs/pull/42/merge"]),
            pull_request: Some(42),
            pull_request_head: None,
            carries: None,
            rollout: None,
        },
        verdict: Verdict::Pass,
        mode: Mode::Enforce,
        findings: vec![],
        passed: strings(&[
            "change/branch",
            "change/markers",
            "change/size",
            "coverage/accounted",
            "documents/design",
            "review/approved",
            "review/fresh",
            "tests/executed",
            "tests/suites",
        ]),
        undecided: vec![],
        not_applicable: vec![NotApplicable {
            id: "database/online".into(),
            reason: "The change touches no SQL.".into(),
            enable: "stages: {merge: {expect: [database]}}".into(),
        }],
        waivers: vec![],
        evidence: vec![
            known(Kind::Change, ".", "git"),
            known(Kind::Coverage, "cov/lcov.info", "lcov"),
            known(Kind::Tests, "build/junit/TEST-pay.xml", "junit"),
        ],
        policies: PolicyDigest {
            digest: "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90".into(),
            packages: strings(&["kadian.change", "kadian.coverage", "kadian.tests"]),
        },
        input_digest: "0badc0de0badc0de0badc0de0badc0de0badc0de0badc0de0badc0de0badc0de".into(),
        next_look_at: None,
        rollback: None,
        engine: Engine { name: "kadian".into(), version: "0.1.0".into() },
        decided_at: at("2026-01-05T02:10:00Z"),
        notes: strings(&["policies and settings come from the base, 1a2b3c4d5e"]),
        shadow: None,
        charts: vec![],
    }
}

/// One that is asked for, one that ends soon, one that nobody has to look at.
fn waivers() -> Vec<WaiverRecord> {
    let record = |id: &str, state, why: &str| WaiverRecord {
        id: id.into(),
        path: None,
        fingerprint: None,
        subject: WaiverSubject::default(),
        reason: "the table has 200 rows".into(),
        owner: "team-pay".into(),
        ticket: Some("PAY-7".into()),
        starts: None,
        expires: Some(jiff::civil::date(2026, 2, 1)),
        source: ".kadian/waivers.yaml:3".into(),
        state,
        findings: 1,
        why: why.into(),
    };
    let pending = "jonas has permission `write`: it has to be written by somebody with permission `maintain` who is neither author nor \
                   committer";
    vec![
        record("database/lock", WaiverState::Expiring, "it covers 1 finding, and its last day is in 3 days"),
        WaiverRecord {
            owner: "jonas".into(),
            source: "https://github.com/acme/pay/pull/42#issuecomment-1".into(),
            ..record("tests/failed", WaiverState::Pending, pending)
        },
        record("design/document", WaiverState::Used, "it covers 1 finding"),
    ]
}

/// One finding of each effect, a waived one, one in warn mode, and one policy that could not decide.
pub(crate) fn block() -> Decision {
    let coverage = Finding {
        title: Some("Changed lines are covered".into()),
        severity: Severity::High,
        file: Some("src/pay.py".into()),
        line: Some(42),
        expected: Some(json!("80 %")),
        actual: Some(json!("66.66 %")),
        distance: Some("3 more covered lines".into()),
        remedy: Some("Add a test that runs lines 42-44 of src/pay.py, then push again.".into()),
        requirement: Some("A3".into()),
        evidence: vec![Kind::Change, Kind::Coverage],
        ..finding("coverage/patch", Effect::Deny, "6 of 9 changed lines are covered")
    };
    let failed = Finding {
        severity: Severity::Critical,
        file: Some("tests/test_refund.py".into()),
        line: Some(118),
        remedy: Some(
            "Run `pytest tests/test_refund.py -k partial`; a test that is known to fail goes into known-failures.yaml.".into(),
        ),
        requirement: Some("A2".into()),
        evidence: vec![Kind::Tests],
        ..finding("tests/failed", Effect::Deny, "test_partial_refund failed: expected 12.50, got 12.49999999")
    };
    let scan = Finding {
        remedy: Some("Let the scan job write results.sarif, or name its report: --evidence scan=PATH.".into()),
        evidence: vec![Kind::Scan],
        ..finding("scan/new", Effect::Hold, "cannot decide: scan is missing")
    };
    let subject = Finding {
        declared_effect: Effect::Deny,
        ..finding("change/commits", Effect::Warn, "the subject of f0e1d2c3b4 has 83 characters, at most 72 are wanted")
    };
    let todo = Finding {
        file: Some("src/pay.py".into()),
        line: Some(51),
        severity: Severity::Note,
        ..finding("change/todo", Effect::Note, "a new TODO names no ticket")
    };
    let waived = Finding {
        effect: Effect::Note,
        severity: Severity::High,
        file: Some("db/0042_add_index.sql".into()),
        line: Some(3),
        waiver: Some(WaiverNote {
            reason: "the table has 200 rows".into(),
            owner: "team-pay".into(),
            ticket: Some("PAY-7".into()),
            starts: None,
            expires: jiff::civil::date(2026, 2, 1),
            source: ".kadian/waivers.yaml:3".into(),
        }),
        ..finding("database/lock", Effect::Deny, "CREATE INDEX locks the table against writes")
    };
    let missing = EvidenceRecord {
        kind: Kind::Scan,
        status: Status::Missing,
        expected: true,
        reason: Some("nothing matched build/scan/*.sarif, results.sarif".into()),
        sources: vec![],
    };
    let mut decision = pass();
    decision.verdict = Verdict::Block;
    decision.findings = vec![coverage, failed, scan, subject, todo, waived];
    decision.waivers = waivers();
    decision.undecided = vec![Undecided { id: "scan/new".into(), reason: "scan is missing".into(), waits_for: vec![Kind::Scan] }];
    decision.evidence.push(missing);
    decision
}

/// A hold for three reasons: one report without which three policies cannot decide, one without which two cannot, and a rule that
/// reads what its evidence leaves open.
pub(crate) fn unknown() -> Decision {
    let waits = |id: &str, kind: Kind, state: &str| Finding {
        remedy: Some(format!("make the report for this commit and name it: --evidence {kind}=GLOB, or under `evidence:`")),
        evidence: vec![kind],
        ..finding(id, Effect::Hold, &format!("cannot decide: {state}: no report was found under a conventional name"))
    };
    let coverage = |id| waits(id, Kind::Coverage, "coverage is missing");
    let tests = |id| waits(id, Kind::Tests, "tests are missing");
    let slow = finding("speed/slowest", Effect::Hold, "cannot decide: input.scan.duration is null");
    let mut decision = pass();
    decision.verdict = Verdict::Hold;
    decision.findings =
        vec![coverage("coverage/area"), coverage("coverage/patch"), tests("tests/failed"), tests("tests/flaky"), slow];
    decision.findings.push(coverage("coverage/unmeasured"));
    decision.undecided = decision
        .findings
        .iter()
        .map(|finding| Undecided {
            id: finding.id.clone(),
            reason: finding.message.trim_start_matches("cannot decide: ").to_owned(),
            waits_for: finding.evidence.clone(),
        })
        .collect();
    for record in &mut decision.evidence {
        if record.kind != Kind::Change {
            record.status = Status::Missing;
            record.reason = Some("no report was found under a conventional name".into());
            record.sources.clear();
        }
    }
    decision
}

/// Twelve policies stop it, each with all that a finding can say.
pub(crate) fn twelve() -> Decision {
    let mut decision = pass();
    decision.verdict = Verdict::Block;
    decision.findings = (1..=12)
        .map(|n| Finding {
            file: Some(format!("src/module_{n:02}.py")),
            line: Some(n),
            expected: Some(json!("at most 10 statements")),
            actual: Some(json!(format!("{n} hundred statements"))),
            distance: Some("some lines fewer".into()),
            remedy: Some(
                "Split the function where its own comments already split it, and give each part a name and a test.".into(),
            ),
            ..finding(
                &format!("style/rule-{n:02}"),
                Effect::Deny,
                "This function is longer than anyone can keep in mind at once, so that nobody will dare to change it",
            )
        })
        .collect();
    decision
}

/// A rollout that regressed in its second batch.
pub(crate) fn rollback() -> Decision {
    let canary = Finding {
        severity: Severity::Critical,
        expected: Some(json!("at most 10 % more than the old version")),
        actual: Some(json!("3.1 times as many")),
        remedy: Some("Roll back batch 2, then look at the payment-timeout log template that is new in 1.4.2.".into()),
        evidence: vec![Kind::Canary],
        playbook: Some(Playbook {
            title: "The new version is worse than the one beside it".into(),
            check: strings(&["Which API or region is worse", "What the batch changed there", "Whether a dependency is worse"]),
            recovery: Some("rollback of the batches that are out".into()),
            approvers: strings(&["the owner on call", "the incident's lead"]),
            save: strings(&["logs of the batch's instances"]),
            url: Some("https://wiki.example/canary".into()),
        }),
        ..finding("canary/errors", Effect::Rollback, "errors of 1.4.2 in region east are 1.9 %, those of 1.4.1 are 0.6 %")
    };
    let mut decision = pass();
    decision.stage = Stage::Rollout;
    decision.verdict = Verdict::Rollback;
    decision.findings = vec![canary];
    decision.rollback = Some(rollback::recommendation());
    decision
}

/// The same rollout with the course of three of its metrics.
pub(crate) fn canary() -> Decision {
    Decision { charts: charts(3), ..rollback() }
}

/// Nothing forbids it, but the soak is too young to judge.
pub(crate) fn hold() -> Decision {
    let soak = Finding {
        expected: Some(json!(500)),
        actual: Some(json!(120)),
        distance: Some("next look in 9 min at this traffic".into()),
        remedy: Some("Wait: the pipeline looks again by itself.".into()),
        evidence: vec![Kind::Canary],
        ..finding("canary/samples", Effect::Hold, "too few requests on the new version to tell it from the old one")
    };
    let mut decision = pass();
    decision.stage = Stage::Rollout;
    decision.verdict = Verdict::Hold;
    decision.findings = vec![soak];
    decision.next_look_at = Some(at("2026-01-05T02:19:00Z"));
    decision
}

/// What every text field of [`hostile`] holds.
pub(crate) const HOSTILE: &str = "\u{1b}[2J\u{9b}31m\u{202e}evil\u{2066}\u{200b} <script>alert(1)</script> <img src=x onerror=y> ]]> \
    ![i](http://evil.example/a.png) [l](javascript:x) www.evil.example a@evil.example @octocat #1 GH-2 o/r#3 `x` ``y`` | a | {0} \
    ::error::x\r\n# heading\n- item\n| a | b |\n|---|---|\n</details>\n```\n\u{0}\u{b}\u{ffff}&amp; \\";

/// Each text is an attack, each number is out of range.
pub(crate) fn hostile() -> Decision {
    fill(HOSTILE)
}

/// A decision with the text in every field that can hold one.
pub(crate) fn fill(text: &str) -> Decision {
    let bad = Finding {
        policy: text.into(),
        title: Some(text.into()),
        file: Some(text.into()),
        line: Some(0),
        expected: Some(json!([text, {text: text}])),
        actual: Some(json!(text)),
        distance: Some(text.into()),
        remedy: Some(text.into()),
        requirement: Some(text.into()),
        fingerprint: text.into(),
        evidence: vec![Kind::Scan],
        playbook: Some(Playbook {
            title: text.into(),
            check: vec![text.into(), text.into(), text.into()],
            recovery: Some(text.into()),
            approvers: vec![text.into()],
            save: vec![text.into()],
            url: Some(text.into()),
        }),
        metadata: Map::from_iter([(text.to_owned(), json!(text))]),
        ..finding(text, Effect::Deny, text)
    };
    let waiver = WaiverNote {
        reason: text.into(),
        owner: text.into(),
        ticket: Some(text.into()),
        starts: None,
        expires: jiff::civil::date(2026, 2, 1),
        source: text.into(),
    };
    let with = |effect| Finding { effect, declared_effect: effect, ..bad.clone() };
    let mut decision = block();
    decision.id = text.into();
    decision.subject = Subject {
        pull_request_head: None,
        service: Some(text.into()),
        tier: text.into(),
        base: Some(text.into()),
        head: Some(text.into()),
        refs: vec![text.into()],
        pull_request: Some(u64::MAX),
        carries: Some(Carried {
            count: u64::MAX,
            newest: vec![MergedChange { number: Some(u64::MAX), title: text.into(), author: text.into(), commit: text.into() }],
        }),
        rollout: None,
    };
    decision.findings = vec![bad.clone(), with(Effect::Hold), with(Effect::Warn), with(Effect::Note)];
    decision.findings.push(Finding { waiver: Some(waiver), effect: Effect::Note, ..bad });
    decision.passed = vec![text.into(), format!("{text}2")];
    decision.undecided.push(Undecided { id: format!("{text}3"), reason: text.into(), waits_for: vec![] });
    decision.not_applicable = vec![NotApplicable { id: format!("{text}4"), reason: text.into(), enable: text.into() }];
    decision.waivers = vec![WaiverRecord {
        id: text.into(),
        path: Some(text.into()),
        fingerprint: Some(text.into()),
        subject: WaiverSubject { service: Some(text.into()), plan: Some(text.into()), pull_request: Some(u64::MAX) },
        reason: text.into(),
        owner: text.into(),
        ticket: Some(text.into()),
        starts: None,
        expires: None,
        source: text.into(),
        state: WaiverState::Pending,
        findings: u64::MAX,
        why: text.into(),
    }];
    for record in &mut decision.evidence {
        record.reason = Some(text.into());
        for source in &mut record.sources {
            source.path = Some(text.into());
            source.format = text.into();
            source.sha256 = text.into();
        }
    }
    decision.policies = PolicyDigest { digest: text.into(), packages: vec![text.into()] };
    decision.input_digest = text.into();
    decision.engine = Engine { name: text.into(), version: text.into() };
    decision.notes = vec![text.into()];
    decision.rollback = Some(rollback::hostile(text));
    let odd = [Some(f64::MAX), None, Some(-f64::MAX), Some(f64::INFINITY), Some(5e-324)];
    decision.charts = charts(4);
    for chart in &mut decision.charts {
        (chart.title, chart.unit, chart.reason) = (text.into(), Some(text.into()), text.into());
        (chart.gray, chart.step_seconds, chart.margin) = (odd.to_vec(), u64::MAX, f64::MIN);
        (chart.effect, chart.interval) = (Some(f64::MAX), Some([Some(f64::NEG_INFINITY), Some(f64::MIN)]));
    }
    decision.shadow = Some(Shadow {
        files: vec![text.into()],
        verdict: None,
        error: Some(text.into()),
        appearing: vec![text.into()],
        disappearing: vec![text.into()],
    });
    decision
}

/// Five hundred findings of one policy before one of another.
pub(crate) fn many() -> Decision {
    let mut decision = pass();
    decision.verdict = Verdict::Block;
    decision.findings = (0..500)
        .map(|n| Finding {
            file: Some(format!("src/module_{n:03}.py")),
            line: Some(n + 1),
            remedy: Some("Fix it, or suppress it in the scanner with a reason.".into()),
            ..finding("scan/new", Effect::Deny, "a query is built from user input")
        })
        .collect();
    decision.findings.push(finding("tests/failed", Effect::Deny, "test_refund failed"));
    decision.findings.extend((0..40).map(|n| finding("change/commits", Effect::Warn, &format!("commit {n} has no type"))));
    decision
}

/// Chinese in every text.
pub(crate) fn chinese() -> Decision {
    let closed = Finding {
        file: Some("发布/支付服务/二〇二六年一月/窗口.yaml".into()),
        line: Some(7),
        expected: Some(json!("周一至周四 10:00 到 17:00")),
        actual: Some(json!("周五 18:30")),
        distance: Some("距离下一个窗口还有两天".into()),
        remedy: Some("请等到下周一上午十点再发布；如果必须现在发布，请值班经理在 waivers.yaml 里写下原因和截止日期。".into()),
        ..finding("freeze/窗口", Effect::Deny, "发布窗口已经关闭，支付服务在周末和大促期间不允许变更，除非有值班经理的批准。")
    };
    let mut decision = pass();
    decision.subject.service = Some("支付".into());
    decision.verdict = Verdict::Block;
    decision.findings = vec![closed];
    decision
}

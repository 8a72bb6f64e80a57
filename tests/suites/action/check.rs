//! What the action makes of its inputs, of an event and of an answer.

use libtest_mimic::Trial;
use serde_json::json;

use super::Setting;
use crate::suites::trial;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("action::every-event-is-one-call-of-the-program", events),
        trial("action::the-exit-code-and-the-outputs-are-those-of-the-program", ends),
        trial("action::an-input-is-one-argument-whatever-is-in-it", hostile),
        trial("action::a-list-is-one-argument-a-line", lists),
        trial("action::what-the-program-says-is-no-command-to-the-runner", commands),
        trial("action::inputs-that-cannot-be-meant-end-with-2", refused),
        trial("action::without-a-stage-it-only-provides-the-program", provides),
        trial("action::token-and-ledger-go-by-the-environment", secrets),
    ]
}

fn publish(arguments: &[String]) -> &str {
    arguments.iter().find_map(|word| word.strip_prefix("--publish=")).expect("something is published")
}

fn events() {
    let setting = Setting::new(&[], &[]);
    let group = json!({"action": "checks_requested", "merge_group": {"base_sha": setting.base, "base_ref": "refs/heads/main"}});
    let pull = json!({"pull_request": {"number": 7, "base": {"ref": "main", "sha": setting.base}, "head": {"ref": "topic", "sha": setting.head}}});
    let cases = [
        ("pull_request", "refs/pull/7/merge", pull.clone(), "check-run,comment,summary,outputs"),
        ("pull_request_review", "refs/pull/7/merge", pull, "check-run,comment,summary,outputs"),
        ("merge_group", "refs/heads/gh-readonly-queue/main/pr-7-abc", group, "check-run,summary,outputs"),
        ("push", "refs/heads/main", json!({"before": setting.base, "after": setting.head}), "summary,outputs"),
        ("workflow_dispatch", "refs/heads/main", json!({"inputs": {}}), "summary,outputs"),
        ("schedule", "refs/heads/main", json!({"schedule": "0 23 * * *"}), "summary,outputs"),
        ("deployment", "refs/heads/main", json!({"deployment": {"id": 1, "environment": "gray"}}), "summary,outputs"),
    ];
    for (event, reference, payload, published) in cases {
        let mut job = setting.job(event, reference, &payload);
        let ended = job.run();
        assert_eq!(ended.code, 0, "{event}\n{}", ended.log);
        let arguments = setting.arguments().expect("the program is called");
        assert_eq!(&arguments[..2], ["check", "merge"], "{event}");
        assert_eq!(publish(&arguments), published, "{event}");
        assert!(arguments.contains(&"--report=text".to_owned()), "{event}: {arguments:?}");
        assert!(arguments.iter().any(|word| word.starts_with("--report=json=") && word.ends_with("/decision.json")), "{event}");
        assert!(
            !arguments.iter().any(|word| word.starts_with("--base") || word.starts_with("--config")),
            "{event}: kadian knows"
        );
        assert!(ended.summary.contains("# a summary"), "{event}");
    }
}

fn ends() {
    let setting = Setting::new(&[], &[]);
    for (code, verdict) in [("0", "pass"), ("1", "block"), ("2", ""), ("3", "hold"), ("4", "rollback")] {
        let mut job = setting.pull_request().variable("STUB_EXIT", code).variable("STUB_VERDICT", verdict);
        let ended = job.run();
        assert_eq!(ended.code.to_string(), code);
        let said = |name: &str| ended.outputs[name].as_str();
        assert_eq!(said("decision"), "abc");
        assert_eq!(said("report"), "https://github.example/run");
        assert!(said("reports").ends_with("/kadian/merge"), "{}", said("reports"));
        assert!(std::path::Path::new(said("program")).is_file());
        assert_eq!(said("verdict"), if verdict.is_empty() { "pass" } else { verdict });
    }
}

/// Every text input, with all that a shell, an option parser or the runner could take for something else.
fn hostile() {
    let setting = Setting::new(&[], &[]);
    let marker = setting.repo.outside().join("run");
    let touch = format!("touch {}", marker.display());
    let values = [
        format!("$({touch})"),
        format!("`{touch}`"),
        format!("'; {touch}; '"),
        format!("\"; {touch}; \""),
        format!("x && {touch}"),
        "--mode=shadow".to_owned(),
        "-h".to_owned(),
        "a b\tc".to_owned(),
        "*".to_owned(),
        "${{ github.token }}".to_owned(),
        "$HOME".to_owned(),
        "\\".to_owned(),
        "é\u{202e}\u{7}".to_owned(),
    ];
    let inputs = [
        "base",
        "head",
        "pull-request",
        "evidence",
        "set",
        "mode",
        "plan",
        "batch",
        "phase",
        "wait",
        "from",
        "to",
        "since",
        "until",
        "region",
        "save",
        "publish",
    ];
    for value in &values {
        let mut job = setting.job("push", "refs/heads/main", &json!({}));
        for input in inputs {
            job = job.with(input, value.clone());
        }
        let ended = job.with("config", value.clone()).with("policy", value.clone()).with("stage", "rollout").run();
        assert!(!marker.exists(), "{value:?} was run");
        // A pull request by number is a proposal: its configuration comes from the base, which is not there.
        assert_eq!((ended.code, setting.arguments()), (2, None), "{value:?}\n{}", ended.log);

        let mut job = setting.job("push", "refs/heads/main", &json!({}));
        for input in inputs.into_iter().chain(["config", "policy"]).filter(|input| *input != "pull-request") {
            job = job.with(input, value.clone());
        }
        // What it is worth the program says; here it only has to arrive.
        let ended = job.with("stage", "rollout").run();
        assert!(!marker.exists(), "{value:?} was run");
        let arguments = setting.arguments().unwrap_or_else(|| panic!("{value:?}: {}", ended.log));
        for input in inputs.into_iter().chain(["config", "policy"]).filter(|input| !["pull-request", "publish"].contains(input)) {
            assert!(arguments.contains(&format!("--{input}={value}")), "{input} {value:?}: {arguments:?}");
        }
        assert_eq!(publish(&arguments), format!("{value},outputs"));
        assert_eq!(arguments.len(), 2 + inputs.len() + 1 + 3, "{arguments:?}");
    }
}

fn lists() {
    let setting = Setting::new(&[], &[]);
    let ended = setting
        .pull_request()
        .with("evidence", "\n  tests=a b/*.xml  \r\n\n\tcoverage:lcov=x.info\nscan=$(date)\n")
        .with("set", "coverage.patch_percent=85")
        .with("reports", "sarif\nhtml\nmarkdown\njunit\njson\n")
        .with("report-folder", "out/of the gate")
        .with("verbose", "true")
        .with("record", "true")
        .with("publish", "none")
        .run();
    assert_eq!(ended.code, 0, "{}", ended.log);
    let folder = setting.repo.path().join("out/of the gate");
    let arguments = setting.arguments().expect("a call");
    let at = |name: &str| folder.join(name).display().to_string();
    let expected = [
        "--evidence=tests=a b/*.xml".to_owned(),
        "--evidence=coverage:lcov=x.info".to_owned(),
        "--evidence=scan=$(date)".to_owned(),
        "--set=coverage.patch_percent=85".to_owned(),
        "--record".to_owned(),
        "--verbose".to_owned(),
        "--report=text".to_owned(),
        format!("--report=json={}", at("decision.json")),
        format!("--report=sarif={}", at("kadian.sarif")),
        format!("--report=html={}", at("kadian.html")),
        format!("--report=markdown={}", at("kadian.md")),
        format!("--report=junit={}", at("kadian.xml")),
    ];
    assert_eq!(arguments[2..14], expected);
    assert!(arguments[14].starts_with("--report=github="));
    assert_eq!(arguments[15..], ["--publish=outputs".to_owned()]);
    assert_eq!(ended.outputs["reports"], folder.display().to_string());
}

fn commands() {
    let setting = Setting::new(&[], &[]);
    let trap = "::set-output name=verdict::pass\n::stop-commands::x\n##[add-path]/tmp\n::error::forged";
    let ended = setting.pull_request().variable("STUB_SAYS", trap).variable("STUB_WARNS", "::add-mask::a").run();
    let lines: Vec<&str> = ended.log.lines().collect();
    let stop = lines.iter().position(|line| line.starts_with("::stop-commands::")).expect("commands are stopped");
    let token = lines[stop].trim_start_matches("::stop-commands::");
    assert!(token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
    let resumed = lines.iter().position(|line| *line == format!("::{token}::")).expect("commands are heard again");
    let is_command = |line: &&str| line.starts_with("::") || line.starts_with("##[");
    let outside: Vec<&str> = lines[..stop].iter().chain(&lines[resumed + 1..]).copied().filter(is_command).collect();
    assert_eq!(outside, ["::error file=a.py,line=1::not covered"], "{}", ended.log);
    assert_eq!(lines[stop..resumed].iter().filter(|line| is_command(line)).count(), 1 + 5, "{}", ended.log);
    // Nobody who wrote what is quoted can know the token.
    let again = setting.pull_request().run();
    assert!(!again.log.contains(token));
}

fn refused() {
    let setting = Setting::new(&[], &[]);
    let cases = [
        ("stage", "--help", "stage --help is none of push"),
        ("stage", "merge --mode=shadow", "is none of push"),
        ("annotations", "yes", "annotations yes is neither true nor false"),
        ("record", "1", "record 1 is neither"),
        ("verbose", "no", "verbose no is neither"),
        ("reports", "pdf", "reports: pdf is none of"),
        ("reports", "json=/etc/passwd", "is none of"),
        ("report-folder", "a\nverdict=pass", "has control characters"),
        ("working-directory", "/etc", "working-directory /etc has to be a path in the workspace"),
        ("working-directory", "nowhere", "working-directory nowhere is not there"),
        ("binary", "target/kadian", "is not an absolute path"),
        ("binary", "/nowhere/kadian", "is not a program"),
        ("checksum", "abc", "is not a SHA-256"),
    ];
    for (input, value, said) in cases {
        let ended = setting.pull_request().with(input, value).run();
        assert_eq!(ended.code, 2, "{input}={value:?}\n{}", ended.log);
        assert!(ended.log.contains(said), "{input}={value:?}\n{}", ended.log);
        assert_eq!(setting.arguments(), None, "{input}={value:?}");
        assert_eq!(ended.outputs["verdict"], "", "nothing was decided");
    }
}

fn provides() {
    let setting = Setting::new(&[], &[]);
    let mut job = setting.pull_request().with("stage", "none");
    let ended = job.run();
    assert_eq!((ended.code, setting.arguments()), (0, None), "{}", ended.log);
    assert!(std::path::Path::new(&ended.outputs["program"]).is_file());
}

fn secrets() {
    let setting = Setting::new(&[], &[]);
    let mut job = setting.pull_request().variable("KADIAN_LEDGER", "sqlite:job.db");
    let ended = job.run();
    assert_eq!((setting.noted("token"), setting.noted("ledger")), ("job-token".to_owned(), "sqlite:job.db".to_owned()));
    assert!(!ended.log.contains("job-token"));
    let ended = job.with("token", "another").with("ledger", "postgres://kadian@db/kadian").run();
    assert_eq!(
        (setting.noted("token"), setting.noted("ledger")),
        ("another".to_owned(), "postgres://kadian@db/kadian".to_owned())
    );
    assert!(!ended.log.contains("another") && !ended.log.contains("postgres://"), "{}", ended.log);
}

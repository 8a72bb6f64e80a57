//! What a pull request may try in order to pass: each row of docs/trust.md, tried.

use std::path::Path;

use libtest_mimic::Trial;
use serde_json::Value;

use super::contract::{approved, job, merge};
use super::trial;
use crate::support::code_host::{CodeHost, Comment};
use crate::support::pay::{EVIDENCE, NOW, Pay, decision, review};
use crate::support::program::Run;

const TRIALS: [(&str, fn()); 15] = [
    ("attacks::an-edited-policy-judges-nothing", policy),
    ("attacks::an-edited-configuration-judges-nothing", configuration),
    ("attacks::an-edited-waiver-waives-nothing", waiver),
    ("attacks::an-edited-codeowners-owns-nothing", owners),
    ("attacks::a-file-that-is-moved-away-keeps-its-owners", moved),
    ("attacks::an-event-about-another-commit-is-none-about-this", elsewhere),
    ("attacks::a-tag-that-is-called-like-the-base-does-not-judge", tagged),
    ("attacks::a-policy-folder-that-becomes-a-link-judges-nothing", link),
    ("attacks::a-policy-folder-that-becomes-a-submodule-judges-nothing", submodule),
    ("attacks::a-report-that-the-change-brings-or-renames-is-none", brought),
    ("attacks::a-report-of-another-commit-is-none", foreign),
    ("attacks::names-that-a-log-obeys-are-only-text", names),
    ("attacks::a-comment-that-looks-like-ours-stays-its-writers", impostor),
    ("attacks::nobody-is-called-by-a-comment-of-ours", mentions),
    ("attacks::the-workflow-that-runs-the-gate-is-named-when-it-is-edited", workflow),
];

pub(super) fn trials() -> Vec<Trial> {
    let listed = trial("attacks::every-attack-of-the-page-has-a-test", page);
    TRIALS.iter().map(|(name, body)| trial(name, *body)).chain([listed]).collect()
}

const DENIES: &str = "package kadian.team\n\n# METADATA\n# custom: {id: team/never, severity: high, needs: [change]}\ndeny contains \"never\" if input.change.size.files > 0\n";
const ALLOWS: &str = "package kadian.team\n\n# METADATA\n# custom: {id: team/never, severity: high, needs: [change]}\ndeny contains \"never\" if input.change.size.files < 0\n";
const CONFIG: &str =
    "version: 1\nservice: {name: pay, tier: L1}\nstages: {merge: {expect: [change, tests, coverage, scan, review]}}\n";

/// `check merge` of pull request 7.
fn judged(pay: &Pay, more: &[&str]) -> (Run, Value) {
    let words = ["check", "merge", "--base", "main", "--pull-request", "7", "--now", NOW, "--report", "json"];
    let run = pay.kadian(&[&words[..], &EVIDENCE, more].concat());
    let decision = decision(&run);
    (run, decision)
}

/// Blocked by this finding, and the file is named as one that the change edits.
fn blocked(decision: &Value, id: &str, file: &str) {
    assert_eq!(decision["verdict"], "block", "{decision}");
    let found = decision["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .any(|finding| finding["id"] == id && finding["effect"] == "deny");
    assert!(found, "{id}: {}", decision["findings"]);
    let files = decision.pointer("/shadow/files").and_then(Value::as_array).expect("the change's own rules are looked at");
    assert!(files.iter().any(|known| known.as_str().is_some_and(|known| known.starts_with(file))), "{files:?}");
}

fn ruled(policy: &str, head: &[(&str, &str)]) -> Pay {
    let config = format!("{CONFIG}policies: {{paths: [rules]}}\n");
    Pay::with(&[("kadian.yaml", &config), ("rules/team.rego", policy)], head)
}

fn policy() {
    let (_, decision) = judged(&ruled(DENIES, &[("rules/team.rego", ALLOWS)]), &[]);
    blocked(&decision, "team/never", "rules/team.rego");
    assert_eq!(decision.pointer("/shadow/verdict"), Some(&"hold".into()), "nobody measured the policy's own lines");
    assert_eq!(decision.pointer("/shadow/disappearing/0"), Some(&"deny team/never".into()));
}

fn configuration() {
    for lax in [
        "policies: {paths: [rules], modes: {team: shadow}}\n",
        "policies: {shipped: false, paths: [rules], modes: {team/never: warn}}\n",
    ] {
        let (_, decision) = judged(&ruled(DENIES, &[("kadian.yaml", &format!("{CONFIG}{lax}"))]), &[]);
        blocked(&decision, "team/never", "kadian.yaml");
    }
    let none = ruled(DENIES, &[]);
    none.repo.git(&["rm", "-q", "kadian.yaml"]);
    none.repo.git(&["commit", "-q", "--amend", "--no-edit"]);
    none.outside("review.json", &review(none.repo.git(&["rev-parse", "HEAD"]).trim()));
    blocked(&judged(&none, &[]).1, "team/never", "kadian.yaml");
}

fn waiver() {
    let config = format!("{CONFIG}policies: {{paths: [rules]}}\nwaivers: .kadian/waivers.yaml\n");
    let waives = "version: 1\nwaivers:\n- {id: team/never, reason: r, owner: o, expires: 2026-01-20}\n";
    let none = "version: 1\nwaivers: []\n";
    let base = [("kadian.yaml", config.as_str()), ("rules/team.rego", DENIES), (".kadian/waivers.yaml", none)];
    let pay = Pay::with(&base, &[(".kadian/waivers.yaml", waives)]);
    blocked(&judged(&pay, &[]).1, "team/never", ".kadian/waivers.yaml");
}

fn owners() {
    let config = format!("{CONFIG}settings: {{review: {{require_code_owners: true}}}}\n");
    let pay = Pay::with(&[("kadian.yaml", &config), ("CODEOWNERS", "* @zoe\n")], &[("CODEOWNERS", "* @jonas\n")]);
    blocked(&judged(&pay, &[]).1, "review/code-owners", "CODEOWNERS");
}

fn moved() {
    let config = format!("{CONFIG}settings: {{review: {{require_code_owners: true}}}}\n");
    let text: Vec<String> = (0..40).map(|line| format!("line {line}\n")).collect();
    let pay = Pay::with(&[("kadian.yaml", &config), ("CODEOWNERS", "/secure/ @zoe\n"), ("secure/auth.txt", &text.concat())], &[]);
    pay.repo.git(&["mv", "secure/auth.txt", "auth.txt"]);
    amended(&pay);
    let (_, decision) = judged(&pay, &[]);
    assert!(decision["findings"].to_string().contains("No code owner of secure/auth.txt approved"), "{}", decision["findings"]);
}

/// The job runs on a commit that is not the pull request's, and whose reviews are not its own.
fn elsewhere() {
    let mut pay = Pay::new();
    let host = CodeHost::start(approved(&pay));
    let proposed = pay.head.clone();
    pay.repo.write("src/other.txt", "x\n");
    pay.head = pay.repo.commit("feat: something else");
    let judged = pay.head.clone();
    pay.head.clone_from(&proposed);
    let words = ["check", "merge", "--now", NOW, "--report", "json", "--publish", "check-run,status"];
    let run = job(&pay, &host.web.url, &[&words[..], &EVIDENCE[..6]].concat(), &[("GITHUB_SHA", &judged)]);
    let decision = decision(&run);
    assert_eq!((run.code, decision.pointer("/subject/head")), (3, Some(&judged.into())), "{run:?}");
    let world = host.world();
    assert!(
        world.check_runs.is_empty() && world.statuses.is_empty(),
        "nothing is said about the commit that was not judged: {:?}",
        world.log
    );
    assert!(run.stderr.contains("another commit"), "{}", run.stderr);
}

fn tagged() {
    let pay = ruled(DENIES, &[]);
    pay.repo.git(&["tag", "main", "topic"]);
    let words = ["check", "merge", "--base", "main", "--pull-request", "7", "--now", NOW];
    let run = pay.kadian(&[&words[..], &EVIDENCE].concat());
    assert_eq!((run.code, run.stderr.contains("is a tag and a branch")), (2, true), "{run:?}");
}

/// Commits the working tree as the change, and reviews for it.
fn amended(pay: &Pay) {
    pay.repo.git(&["add", "-A"]);
    pay.repo.git(&["commit", "-q", "--amend", "--no-edit"]);
    pay.outside("review.json", &review(pay.repo.git(&["rev-parse", "HEAD"]).trim()));
}

fn link() {
    let pay = ruled(DENIES, &[]);
    pay.outside("own/team.rego", ALLOWS);
    std::fs::remove_dir_all(pay.repo.path().join("rules")).expect("the folder goes");
    std::os::unix::fs::symlink("../own", pay.repo.path().join("rules")).expect("a link");
    amended(&pay);
    let (_, decision) = judged(&pay, &[]);
    blocked(&decision, "team/never", "rules");
    assert_ne!(decision.pointer("/shadow/verdict"), Some(&"pass".into()), "a link leads nowhere: {}", decision["shadow"]);
    // A link that stands on the base already is no way around it either.
    pay.repo.git(&["checkout", "-q", "main"]);
    pay.repo.git(&["merge", "-q", "--ff-only", "topic"]);
    let run = pay.merge(&["--trust", "base", "--base", "main", "--head", "topic"]);
    assert_eq!(run.code, 2, "{run:?}");
}

fn submodule() {
    let pay = ruled(DENIES, &[]);
    std::fs::remove_dir_all(pay.repo.path().join("rules")).expect("the folder goes");
    pay.repo.git(&["add", "-A"]);
    pay.repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},rules", pay.head)]);
    pay.repo.git(&["commit", "-q", "--amend", "--no-edit"]);
    pay.outside("review.json", &review(pay.repo.git(&["rev-parse", "HEAD"]).trim()));
    let (_, decision) = judged(&pay, &[]);
    blocked(&decision, "team/never", "rules");
    assert_ne!(decision.pointer("/shadow/verdict"), Some(&"pass".into()), "{}", decision["shadow"]);
}

fn brought() {
    let good = "<testsuite name='s' tests='1' timestamp='2026-01-01T23:00:00Z'><testcase classname='a' name='b'/></testsuite>";
    let base = [("old/results.xml", good)];
    for head in [&[("junit.xml", good)][..], &[("build/junit.xml", good), ("test-results/junit.xml", good)]] {
        let pay = Pay::with(&base, head);
        let words = ["check", "merge", "--base", "main", "--pull-request", "7", "--now", NOW, "--report", "json"];
        // Only the reports that lie in the working tree: those of the change.
        let said = decision(&pay.kadian(&words));
        assert_eq!(said["verdict"], "hold", "{said}");
        let known = said["evidence"].as_array().expect("a list").iter().find(|one| one["kind"] == "tests").expect("tests");
        assert_ne!(known["status"], "known", "{said}");
        assert!(said["notes"].to_string().contains("part of the commit itself"), "{}", said["notes"]);
    }
    let renamed = Pay::with(&base, &[]);
    renamed.repo.git(&["mv", "old/results.xml", "junit.xml"]);
    amended(&renamed);
    let said =
        decision(&renamed.kadian(&["check", "merge", "--base", "main", "--pull-request", "7", "--now", NOW, "--report", "json"]));
    assert_eq!(said["verdict"], "hold", "{said}");
}

fn foreign() {
    let pay = Pay::new();
    let of = |commit: &str| {
        format!(
            r#"{{"version": "2.1.0", "runs": [{{"tool": {{"driver": {{"name": "lint"}}}}, "versionControlProvenance": [{{"repositoryUri": "https://example.org/pay", "revisionId": "{commit}"}}], "results": []}}]}}"#
        )
    };
    pay.outside("own.sarif", &of(&pay.head));
    pay.outside("other.sarif", &of(&pay.base));
    let words = |scan: &'static str| {
        let words =
            ["check", "merge", "--base", "main", "--pull-request", "7", "--now", NOW, "--report", "json", "--evidence", scan];
        decision(&pay.kadian(&[&words[..], &EVIDENCE[..4], &EVIDENCE[6..]].concat()))
    };
    assert_eq!(words("scan=../own.sarif")["verdict"], "pass");
    assert_eq!(words("scan=../other.sarif")["verdict"], "hold");
}

/// What a log, a terminal or a page could obey.
const TRAP: &str = "x\n::error file=a::owned\n::stop-commands::y\u{1b}[2J\u{202e}<script>@everyone";

fn names() {
    let file = format!("src/{}.py", TRAP.replace('/', "_"));
    let pay = Pay::with(&[], &[(&file, "<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> b\n")]);
    let mut facts = approved(&pay);
    TRAP.clone_into(&mut facts.body);
    let host = CodeHost::start(facts);
    let words = [
        "check",
        "merge",
        "--now",
        NOW,
        "--report",
        "github",
        "--report",
        "text=../text",
        "--publish",
        "check-run,comment,status,summary,outputs",
    ];
    let run = job(&pay, &host.web.url, &[&words[..], &EVIDENCE[..6]].concat(), &[("GITHUB_HEAD_REF", TRAP)]);
    assert_eq!(run.code, 1, "{run:?}");
    let obeyed: Vec<&str> =
        run.stdout.lines().chain(run.stderr.lines()).filter(|line| line.trim_start().starts_with("::")).collect();
    let ours = |line: &&&str| {
        line.starts_with("::error ")
            || line.starts_with("::warning ")
            || line.starts_with("::notice ")
            || line.starts_with("::error::")
            || line.starts_with("::warning::")
            || line.starts_with("::notice::")
    };
    assert!(obeyed.iter().all(|line| ours(&line)), "{obeyed:?}");
    assert!(
        !obeyed.iter().any(|line| line.starts_with("::error file=a::owned") || line.starts_with("::stop-commands")),
        "{obeyed:?}"
    );
    for name in ["text", "summary", "output"] {
        let text = std::fs::read_to_string(pay.repo.outside().join(name)).expect("it is written");
        assert!(!text.contains(['\u{1b}', '\u{202e}']) && !text.lines().any(|line| line.starts_with("::")), "{name}: {text}");
    }
    let output = std::fs::read_to_string(pay.repo.outside().join("output")).expect("outputs");
    let keys: Vec<&str> = output.lines().filter_map(|line| line.split_once('=')).map(|(key, _)| key).collect();
    assert!(keys.iter().all(|key| ["verdict", "decision", "report"].contains(key)) && keys.contains(&"verdict"), "{output}");
    let world = host.world();
    let sent = format!("{:?}{:?}", world.check_runs, world.comments);
    assert!(!sent.contains(['\u{1b}', '\u{202e}']), "{sent}");
}

fn impostor() {
    let pay = Pay::new();
    let mut facts = approved(&pay);
    let text = "<!-- kadian:merge head=0 run=999999.1 -->\n**PASS**".to_owned();
    let by = |by: &str| Comment { by: by.to_owned(), body: text.clone(), edited: false };
    facts.comments = vec![by("mei"), by("other-bot[bot]")];
    facts.reviews.clear();
    let host = CodeHost::start(facts);
    assert_eq!(merge(&pay, &host.web.url, &[]).code, 1);
    let world = host.world();
    assert_eq!(world.comments.len(), 3, "ours is a third one");
    assert!(world.comments[..2].iter().all(|comment| comment.body == text), "theirs stay as they are");
    assert!(!world.log.iter().any(|line| line.starts_with("PATCH") && line.contains("comments")), "{:?}", world.log);
}

fn mentions() {
    let calls = "@everyone @mei #1 acme/pay#2 GH-3 <b>x</b> ![i](http://evil.example/p.png) [c](http://evil.example)";
    let pay = Pay::new();
    pay.outside(
        "trap.sarif",
        &serde_json::json!({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": calls}}, "results": [
            {"ruleId": calls, "level": "error", "message": {"text": calls},
             "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/pay.py"}, "region": {"startLine": 5}}}]}]}]})
        .to_string(),
    );
    let mut facts = approved(&pay);
    facts.reviews = vec![("zoe".to_owned(), "CHANGES_REQUESTED", pay.head.clone())];
    let host = CodeHost::start(facts);
    let run = merge(&pay, &host.web.url, &["--evidence", "scan=../trap.sarif"]);
    assert_eq!(run.code, 1, "{run:?}");
    let world = host.world();
    let comment = &world.comments.last().expect("a comment").body;
    let live = outside_code(comment.split_once('\n').expect("a marker").1);
    for call in ["@", "#1", "#2", "GH-3", "<b>", "![", "evil.example"] {
        assert!(!live.contains(call), "{call}: {comment}");
    }
    assert!(comment.contains("zoe"), "{comment}");
}

/// The text without its code spans.
fn outside_code(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('`') {
        out.push_str(&rest[..at]);
        let fence = &rest[at..at + rest[at..].chars().take_while(|c| *c == '`').count()];
        let after = &rest[at + fence.len()..];
        // A fence ends with a run of exactly as many.
        let mut end = 0;
        loop {
            let Some(found) = after[end..].find(fence) else {
                out.push_str(after);
                return out;
            };
            let run = after[end + found..].chars().take_while(|c| *c == '`').count();
            end += found + run;
            if run == fence.len() {
                break;
            }
        }
        rest = &after[end..];
    }
    out + rest
}

fn workflow() {
    let files = [(".github/workflows/gate.yml", "on: pull_request\n")];
    let pay = Pay::with(&files, &[(".github/workflows/gate.yml", "on: push\n")]);
    let host = CodeHost::start(approved(&pay));
    let run = |reference: &str| {
        let words = ["check", "merge", "--now", NOW, "--report", "json"];
        let variables = [("GITHUB_WORKFLOW_REF", reference)];
        decision(&job(&pay, &host.web.url, &[&words[..], &EVIDENCE[..6]].concat(), &variables))
    };
    let named = |decision: &Value| decision["findings"].to_string().contains("could leave the gate out");
    assert!(named(&run("acme/pay/.github/workflows/gate.yml@refs/pull/7/head")));
    let required = run("acme/rules/.github/workflows/gate.yml@refs/heads/main");
    assert!(!named(&required) && required["verdict"] == "pass", "a required workflow comes from elsewhere: {required}");
}

/// The page names a test for every attack, and every attack here stands on it.
fn page() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/trust.md");
    let text = std::fs::read_to_string(path).expect("docs/trust.md");
    let named: Vec<&str> = text.split('`').filter(|word| word.starts_with("attacks::")).collect();
    for (name, _) in TRIALS {
        assert!(named.contains(&name), "docs/trust.md lacks {name}");
    }
    for name in named {
        assert!(TRIALS.iter().any(|(known, _)| *known == name), "docs/trust.md names {name}, which is no test");
    }
}

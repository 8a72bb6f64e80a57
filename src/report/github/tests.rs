//! What GitHub would make of it: commands read as the runner reads them, Markdown as a page shows it, and every limit.

use proptest::prelude::*;

use super::{Level, Marker, Scene, check_run, comment, description, summary};
use crate::decide::{Decision, Effect, Finding, Mode, Stage, Verdict, WaiverNote};
use crate::facts::Severity;
use crate::report::escape::is_hidden;
use crate::report::tests::{nasty, without_code};
use crate::report::{Format, Options, render, sample};

fn commands(decision: &Decision) -> String {
    render(Format::Github, decision, &Options::default()).unwrap()
}

fn marker() -> Marker {
    Marker { stage: Stage::Merge, head: "f0e1d2c3b4a5968778695a4b3c2d1e0ff0e1d2c3".into(), run: (17, 2) }
}

fn scene() -> Scene {
    Scene {
        run_url: Some("https://github.com/o/r/actions/runs/17".into()),
        rollback_url: Some("https://github.com/o/r/actions/workflows/rollback.yml".into()),
        is_merge_group: false,
    }
}

/// A command as `ActionCommand.TryParseV2` of actions/runner reads a line.
#[derive(Debug, PartialEq)]
struct Command {
    name: String,
    properties: Vec<(String, String)>,
    data: String,
}

fn command(line: &str) -> Option<Command> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (info, data) = rest.split_once("::")?;
    let (name, properties) = info.split_once(' ').unwrap_or((info, ""));
    let taken = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n");
    let property = |text: &str| taken(text).replace("%3A", ":").replace("%2C", ",").replace("%25", "%");
    let properties = properties.trim().split(',').filter_map(|pair| pair.split_once('='));
    let properties = properties.map(|(name, value)| (name.to_owned(), property(value))).collect();
    Some(Command { name: name.to_owned(), properties, data: taken(data).replace("%25", "%") })
}

/// Five thousand findings of a scanner, and one failed test.
fn five_thousand() -> Decision {
    let mut decision = sample::pass();
    decision.verdict = Verdict::Block;
    decision.findings = (0..5_000)
        .map(|n| Finding {
            severity: if n == 4_000 { Severity::Critical } else { Severity::Medium },
            file: Some(format!("src/module_{n:04}.py")),
            line: Some(n + 1),
            remedy: Some("Fix it, or suppress it in the scanner with a reason.".into()),
            ..sample::finding("scan/new", Effect::Deny, &format!("query {n} is built from what a user wrote"))
        })
        .collect();
    let failed = sample::finding("tests/failed", Effect::Deny, "test_refund failed");
    decision.findings.push(Finding { file: Some("tests/test_pay.py".into()), ..failed });
    decision
}

#[test]
fn each_reason_is_a_command_at_its_place_and_the_rest_is_counted() {
    let text = commands(&sample::block());
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "::error file=tests/test_refund.py,line=118,title=tests/failed::test_partial_refund failed: expected 12.50, got \
             12.49999999%0A→ Run `pytest tests/test_refund.py -k partial`; a test that is known to fail goes into \
             known-failures.yaml.",
            "::error file=src/pay.py,line=42,title=coverage/patch%3A Changed lines are covered::6 of 9 changed lines are \
             covered%0Afound 66.66 %25, wants 80 %25: 3 more covered lines%0A→ Add a test that runs lines 42-44 of src/pay.py, then \
             push again.",
            "::error title=scan/new::cannot decide: scan is missing%0A→ Let the scan job write results.sarif, or name its report: \
             --evidence scan=PATH.",
            "::warning title=[would stop if enforced] change/commits::the subject of f0e1d2c3b4 has 83 characters, at most 72 are \
             wanted",
            "::notice file=src/pay.py,line=51,title=change/todo::a new TODO names no ticket",
            "::notice file=db/0042_add_index.sql,line=3,title=[waived] database/lock::CREATE INDEX locks the table against \
             writes%0Awaived until 2026-02-01 by team-pay: the table has 200 rows",
            "kadian: BLOCK at merge: 2 reasons to stop, 1 thing not known, 9 checks passed",
        ]
    );
    assert_eq!(commands(&sample::pass()), "kadian: PASS at merge: 9 checks passed\n");
}

#[test]
fn five_thousand_findings_are_ten_commands_and_a_count() {
    let text = commands(&five_thousand());
    assert_eq!(text.lines().count(), 11);
    let first: Vec<Command> = text.lines().filter_map(command).collect();
    assert!(first[..2].iter().any(|command| command.data.starts_with("query 4000 ")), "the gravest is first: {first:?}");
    assert!(first[..2].iter().any(|command| command.data.starts_with("test_refund failed")), "{first:?}");
    let end = text.lines().last().unwrap();
    assert!(end.ends_with("; 4991 more findings have no annotation here, see the other reports"), "{end}");
}

#[test]
fn five_thousand_findings_are_five_hundred_annotations_and_a_count() {
    let run = check_run(&five_thousand(), &scene()).unwrap();
    assert_eq!(run.annotations.len(), 500);
    assert_eq!(run.annotations[0].path, "src/module_4000.py");
    assert_eq!((run.annotations[1].path.as_str(), run.annotations[1].line), ("tests/test_pay.py", 1));
    assert!(run.annotations.iter().all(|annotation| annotation.level == Level::Failure));
    assert!(
        run.summary.contains("4501 findings at lines have no annotation: the 500 most important ones have."),
        "{}",
        run.summary
    );
    assert!(run.summary.contains("Also: 4996 more reasons."), "{}", run.summary);
    assert_eq!(run.external_id, sample::pass().id);
    let said = comment(&five_thousand(), &scene(), &marker());
    assert!(said.chars().count() < 3_000 && said.contains("Also: 4996 more reasons."), "{said}");
}

#[test]
fn a_path_that_github_could_not_show_has_no_annotation_and_is_told() {
    for path in ["../x", "/etc/passwd", "a\nb", "a\u{202e}b", "", "a//b", &"x".repeat(2_000)] {
        let mut decision = sample::block();
        decision.findings[0].file = Some(path.to_owned());
        let run = check_run(&decision, &scene()).unwrap();
        assert_eq!(run.annotations.len(), 3, "{path:?}");
        assert!(run.summary.contains("3 findings are about no line of a file"), "{}", run.summary);
        let text = commands(&decision);
        assert!(text.contains("\n::error title=coverage/patch"), "{path:?}: {text}");
    }
}

#[test]
fn a_job_summary_is_cut_at_a_finding() {
    let decision = five_thousand();
    for room in [1_000, 20_000, 100_000, 1 << 20] {
        let text = summary(&decision, &[], room);
        assert!(text.len() <= room, "{} of {room}", text.len());
        let shown = text.matches("\n- ✗ ").count();
        assert!(text.contains(&format!("**{} more findings are not shown here**", 5_001 - shown)), "{shown}: {text}");
        assert!(text.ends_with("\ndecision `3f2a9c1e77aa`\n"), "{text}");
        assert!(room < 20_000 || shown > 20, "{shown} in {room}");
    }
}

#[test]
fn what_was_not_published_stands_in_the_summary() {
    let notes = ["the check run was not published: @octocat may not. Add:\npermissions:\n  checks: write".to_owned()];
    let text = summary(&sample::pass(), &notes, 1 << 20);
    assert!(text.contains("- the check run was not published: `@octocat` may not. Add:\n"), "{text}");
    assert!(text.contains("\n  ```yaml\n  permissions:\n    checks: write\n  ```\n"), "{text}");
}

#[test]
fn a_pass_is_two_lines_and_a_block_says_what_to_do() {
    let text = comment(&sample::pass(), &scene(), &marker());
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(
        lines,
        [
            "<!-- kadian:merge head=f0e1d2c3b4a5968778695a4b3c2d1e0ff0e1d2c3 run=17.2 -->",
            "✅ **kadian: PASS** at merge of `pay`: 9 checks passed.",
            "[everything that was found](https://github.com/o/r/actions/runs/17), judged `1a2b3c4d5e..f0e1d2c3b4`, decision \
             `3f2a9c1e77aa`",
        ]
    );
    let text = comment(&sample::block(), &scene(), &marker());
    for said in [
        "❌ **kadian: BLOCK** at merge of `pay`: 2 reasons to stop, 1 thing not known, 9 checks passed.\n",
        "\n2. `coverage/patch` at `src/pay.py:42`: 6 of 9 changed lines are covered (found 66.66 %, wants 80 %: 3 more covered \
         lines)\\\n   → Add a test that runs lines `42-44` of `src/pay.py`, then push again.\n",
        "\n3. `scan/new`: cannot decide: scan is missing\\\n",
        "\nAlso: 1 warning, 1 note, 1 waived finding.\n",
    ] {
        assert!(text.contains(said), "{said:?} in\n{text}");
    }
}

#[test]
fn a_hold_says_when_to_look_again_and_a_rollback_what_to_press() {
    let text = comment(&sample::hold(), &scene(), &marker());
    assert!(text.contains("What would let it pass:") && text.contains("Look again in 9 min"), "{text}");
    let text = comment(&sample::hold(), &Scene { is_merge_group: true, ..scene() }, &marker());
    assert!(text.contains("Nobody can act in a merge queue"), "{text}");
    let text = comment(&sample::rollback(), &scene(), &marker());
    assert!(text.contains("- run: `kadian rollback --decision 3f2a9c1e77aa`\n"), "{text}");
    assert!(
        text.contains("[start the workflow that rolls back](https://github.com/o/r/actions/workflows/rollback.yml)"),
        "{text}"
    );
    let odd = Scene { rollback_url: Some("https://x.y/) @octocat".into()), run_url: Some("javascript:x".into()), ..scene() };
    let text = comment(&sample::rollback(), &odd, &marker());
    assert!(!text.contains("octocat") && !text.contains("javascript"), "{text}");
}

#[test]
fn what_several_checks_wait_for_is_one_thing_to_do() {
    let text = comment(&sample::unknown(), &scene(), &marker());
    let said =
        "\n1. coverage is missing: no report was found under a conventional name (3 checks wait for it)\\\n   → make the report";
    assert!(text.contains(said) && text.contains("(2 checks wait for them)"), "{text}");
    assert!(description(&sample::unknown()).ends_with("(and 2 more)"), "{}", description(&sample::unknown()));
}

#[test]
fn a_mode_that_does_not_bind_keeps_the_verdict_and_says_so() {
    let decision = Decision { mode: Mode::Warn, ..sample::block() };
    let run = check_run(&decision, &scene()).unwrap();
    assert_eq!(run.conclusion.word(), "neutral");
    assert!(run.title.starts_with("BLOCK: ") && run.summary.contains("shown, but not enforced"));
    assert!(description(&decision).starts_with("BLOCK (mode warn): test_partial_refund failed"), "{}", description(&decision));
    assert_eq!(check_run(&Decision { mode: Mode::Shadow, ..sample::block() }, &scene()), None);
}

#[test]
fn a_status_is_one_short_line() {
    assert_eq!(description(&sample::pass()), "PASS: 9 checks passed");
    let said = "BLOCK: test_partial_refund failed: expected 12.50, got 12.49999999 at tests/test_refund.py:118 (and 2 more)";
    assert_eq!(description(&sample::block()), said);
}

#[test]
fn a_marker_is_read_only_at_the_very_start() {
    let marker = marker();
    assert_eq!(Marker::of(&format!("{marker}\r\nx")), Some(marker.clone()));
    for body in [format!(" {marker}"), format!("x\n{marker}"), format!("> {marker}"), marker.to_string().replace("17", "x")] {
        assert_eq!(Marker::of(&body), None, "{body}");
    }
    let odd = Marker { head: "f0 -->\n@octocat".into(), ..marker };
    assert_eq!(odd.to_string(), "<!-- kadian:merge head=f0cca run=17.2 -->");
}

/// A decision with the text everywhere, in each state that shows other parts.
fn hostile(text: &str, verdict: Verdict, waived: bool) -> Decision {
    let mut decision = sample::fill(text);
    decision.verdict = verdict;
    decision.next_look_at = Some(decision.decided_at);
    if waived {
        let note = WaiverNote {
            reason: text.into(),
            owner: text.into(),
            ticket: Some(text.into()),
            starts: None,
            expires: jiff::civil::date(2026, 2, 1),
            source: text.into(),
        };
        decision.findings.iter_mut().for_each(|finding| finding.waiver = Some(note.clone()));
    }
    decision
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_runner_reads_back_what_was_meant_and_nothing_else(
        text in prop_oneof![nasty(), traps()], path in "[a-z,:%=; ]{1,8}/[a-z,:%]{1,8}", waived: bool,
    ) {
        let mut decision = hostile(&text, Verdict::Block, waived);
        decision.findings[0].file = Some(path.clone());
        decision.findings[0].line = Some(7);
        let shown = commands(&decision);
        let lines: Vec<&str> = shown.lines().collect();
        let (end, lines) = lines.split_last().unwrap();
        prop_assert!(command(end).is_none() && end.starts_with("kadian: BLOCK at merge: "), "{}", end);
        let mut placed = false;
        for line in lines {
            let read = command(line).ok_or_else(|| TestCaseError::fail(format!("no command: {line}")))?;
            prop_assert!(matches!(read.name.as_str(), "error" | "warning" | "notice"), "{:?}", read);
            let names: Vec<&str> = read.properties.iter().map(|(name, _)| name.as_str()).collect();
            let known = [&["file", "line", "title"][..], &["file", "title"], &["title"]];
            prop_assert!(known.contains(&names.as_slice()), "{:?}", read);
            placed |= names.len() == 3 && read.properties[0].1 == path && read.properties[1].1 == "7";
            prop_assert!(!line.contains("##[") && !line.contains("##vso["), "{}", line);
            let seen = read.properties.iter().map(|(_, value)| value.as_str()).chain([read.data.as_str()]).collect::<String>();
            prop_assert!(!seen.contains(|c| is_hidden(c) && c != '\n'), "{:?}", seen);
            prop_assert!(read.data.chars().count() < 4_096);
        }
        prop_assert!(placed, "{}", shown);
    }

    #[test]
    fn no_comment_calls_links_or_is_markup(
        text in prop_oneof![nasty(), traps()], waived: bool,
        verdict in prop::sample::select(vec![Verdict::Pass, Verdict::Hold, Verdict::Block, Verdict::Rollback]),
    ) {
        let decision = hostile(&text, verdict, waived);
        let said = comment(&decision, &Scene::default(), &marker());
        let (first, body) = said.split_once('\n').unwrap();
        prop_assert_eq!(first, marker().to_string());
        prop_assert_eq!(Marker::of(&said), Some(marker()));
        let run = check_run(&decision, &Scene::default()).unwrap();
        for line in body.lines().chain(run.summary.lines()) {
            let bare = without_code(line).replace("**", "");
            let odd: Vec<char> = bare.trim_end_matches('\\').chars().filter(|c| "<>@#[]!*_|`~$&\\{}=+".contains(*c)).collect();
            prop_assert!(odd.is_empty(), "{:?} in {}", odd, line);
            prop_assert!(!bare.contains("://") && !bare.contains("www."), "{}", line);
        }
    }

    #[test]
    fn every_limit_holds(text in prop_oneof![nasty(), traps()], times in prop::sample::select(vec![1_usize, 50, 400])) {
        let decision = hostile(&text.repeat(times), Verdict::Rollback, false);
        prop_assert!(comment(&decision, &scene(), &marker()).encode_utf16().count() <= 65_536);
        prop_assert!(description(&decision).chars().count() <= 140);
        prop_assert!(!description(&decision).contains(is_hidden));
        prop_assert!(summary(&decision, &[text.repeat(times)], 1 << 20).len() <= 1 << 20);
        let run = check_run(&decision, &scene()).unwrap();
        prop_assert!(run.title.chars().count() <= 255);
        prop_assert!(run.summary.chars().count() <= 65_535 && run.text.chars().count() <= 65_535);
        for annotation in &run.annotations {
            prop_assert!(annotation.title.chars().count() <= 255 && !annotation.message.is_empty());
            prop_assert!(annotation.message.len() <= 64 << 10 && annotation.details.len() <= 64 << 10);
        }
    }
}

/// Commands inside of commands.
fn traps() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\n::set-output name=x::y",
        "::stop-commands::z",
        "\r::add-mask::a",
        "%0A::error::x",
        "%250A",
        ",line=9",
        "title=x",
        "::",
        ":",
        "##[error]x",
        "##[##[group]",
        "\u{2028}::debug::x",
        "%",
        "\u{202e}",
        " ",
        "word",
    ]);
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

//! The dialects of `JUnit` XML, one test each.

use super::read;
use crate::evidence::{CaseId, CaseResult, TestReport};

fn parse(text: &str) -> TestReport {
    read(&mut text.as_bytes()).unwrap()
}

fn error(text: &str) -> String {
    read(&mut text.as_bytes()).unwrap_err().to_string()
}

/// `suite/case=result` for each case, those that failed or were flaky first, then those that passed and those that were skipped. Of
/// these only numbers are kept: their names are found among all words of the report, joined as `names` say.
fn cases_named(text: &str, names: &[&str]) -> Vec<String> {
    let name = |id: CaseId| names.iter().find(|name| CaseId::of(name) == id).copied().unwrap_or("?");
    let mut seen = Vec::new();
    for suite in parse(text).suites {
        for case in suite.cases.told {
            let result = match case.result {
                CaseResult::Failed { message } => format!("failed: {message}"),
                other => format!("{other:?}").to_lowercase(),
            };
            seen.push(format!("{}/{}={result}", suite.name, case.name));
        }
        seen.extend(suite.cases.passed.iter().map(|id| format!("{}/{}=passed", suite.name, name(id))));
        seen.extend(suite.cases.skipped.iter().map(|id| format!("{}/{}=skipped", suite.name, name(id))));
    }
    seen
}

fn cases(text: &str) -> Vec<String> {
    cases_named(text, &["a", "b", "1", "2", "3", "a.B.c", "c.a"])
}

#[test]
fn a_bare_suite_is_a_report() {
    assert_eq!(cases("<testsuite name='s' tests='1'><testcase classname='a.B' name='c'/></testsuite>"), ["s/a.B.c=passed"]);
}

#[test]
fn suites_stand_within_suites() {
    let text = "<testsuites name='all' tests='3'><testsuite name='o' tests='3'><testcase name='1'/><testsuite name='i' tests='2'>
        <testcase name='2'/><testcase name='3'/></testsuite></testsuite></testsuites>";
    assert_eq!(cases(text), ["i/2=passed", "i/3=passed", "o/1=passed"]);
}

#[test]
fn several_failures_are_one_failed_case_with_the_first_message() {
    let text =
        "<testsuite name='s' tests='1' failures='2'><testcase name='a'><failure message='one&#10;more'/><failure>two</failure>
        </testcase></testsuite>";
    assert_eq!(cases(text), ["s/a=failed: one"]);
}

#[test]
fn a_failure_speaks_by_message_text_or_type() {
    let said =
        |failure: &str| cases(&format!("<testsuite name='s'><testcase name='a'>{failure}</testcase></testsuite>"))[0].clone();
    assert_eq!(said("<error message=''><![CDATA[\n  boom\n at x]]></error>"), "s/a=failed: boom");
    assert_eq!(said("<failure type='E'/>"), "s/a=failed: E");
    assert_eq!(said("<failure/>"), "s/a=failed: failed without a message");
    assert_eq!(said("<failure><b>deep</b></failure>"), "s/a=failed: deep");
}

#[test]
fn retries_of_surefire_and_nextest_are_told_apart() {
    let one = |inside: &str| cases(&format!("<testsuite name='s'><testcase name='a'>{inside}</testcase></testsuite>"))[0].clone();
    assert_eq!(one("<flakyFailure message='m'><stackTrace>x</stackTrace></flakyFailure>"), "s/a=flaky");
    assert_eq!(one("<flakyError/>"), "s/a=flaky");
    assert_eq!(one("<failure message='m'/><rerunFailure message='n'/>"), "s/a=failed: m");
    assert_eq!(one("<rerunError message='n'/>"), "s/a=failed: n");
}

#[test]
fn tries_that_are_written_one_by_one_are_one_case() {
    let text = |results: [&str; 2]| {
        let case = |inside| format!("<testcase classname='c' name='a'>{inside}</testcase>");
        cases(&format!("<testsuite name='s'>{}{}</testsuite>", case(results[0]), case(results[1])))
    };
    assert_eq!(text(["<failure message='m'/>", ""]), ["s/c.a=flaky"]);
    assert_eq!(text(["<failure message='m'/>", "<failure message='n'/>"]), ["s/c.a=failed: n"]);
    assert_eq!(text(["", "<failure message='m'/>"]), ["s/c.a=failed: m", "s/c.a=passed"]);
    assert_eq!(text(["", ""]), ["s/c.a=passed", "s/c.a=passed"]);
}

#[test]
fn a_case_that_did_not_run_is_skipped_and_a_failed_status_has_failed() {
    let one = |case: &str| cases(&format!("<testsuite name='s'>{case}</testsuite>"))[0].clone();
    assert_eq!(one("<testcase name='a'><skipped/></testcase>"), "s/a=skipped");
    assert_eq!(one("<testcase name='a'><skipped type='todo'/><failure message='m'/></testcase>"), "s/a=skipped");
    assert_eq!(one("<testcase name='a'><failure message='m'/><skipped/></testcase>"), "s/a=failed: m");
    assert_eq!(one("<testcase name='a' status='notrun' result='suppressed'/>"), "s/a=skipped");
    assert_eq!(one("<testcase name='a' status='disabled'/>"), "s/a=skipped");
    assert_eq!(one("<testcase name='a' status='run' result='completed'/>"), "s/a=passed");
    assert_eq!(one("<testcase name='a' status='failed'/>"), "s/a=failed: the status says that it failed");
    assert_eq!(one("<testcase name='a' status='disabled'><failure message='m'/></testcase>"), "s/a=failed: m");
}

#[test]
fn a_failure_of_the_suite_itself_counts() {
    let text = "<testsuite name='s' tests='1' errors='1'><testcase name='a'/><error message='no database'/></testsuite>";
    assert_eq!(cases(text), ["s/(the suite itself)=failed: no database", "s/a=passed"]);
}

#[test]
fn a_suite_that_states_more_than_it_lists_is_damaged() {
    for (text, expected) in [
        ("<testsuite name='s' tests='5'/>", "states 5 test cases but lists 0"),
        ("<testsuite name='s' tests='2'><testcase name='a'/></testsuite>", "states 2 test cases but lists 1"),
        (
            "<testsuite name='s' tests='1' failures='1'><testcase name='a'/></testsuite>",
            "states 1 failures and errors but lists 0",
        ),
        ("<testsuite name='s' tests='1' skipped='1'><testcase name='a'/></testsuite>", "states 1 skipped cases but lists 0"),
        (
            "<testsuites tests='3'><testsuite name='s'><testcase name='a'/></testsuite></testsuites>",
            "states 3 test cases but lists 1",
        ),
        ("<testsuite name='pytest' tests='3'/>", "states 3 test cases but lists 0"),
    ] {
        assert!(error(text).contains(expected), "{text}");
    }
}

#[test]
fn a_count_that_is_no_number_is_damaged() {
    let with = |count: &str| format!("<testsuite name='s' failures='{count}'><testcase name='a'/></testsuite>");
    assert!(error(&with("1,000")).contains("states 1000 failures"));
    for count in ["0x1", "one", "-1", "1.5"] {
        assert!(error(&with(count)).contains("expected a number"), "{count}");
    }
    parse(&with(" "));
}

#[test]
fn a_result_that_would_be_stepped_over_is_an_error() {
    for hidden in [
        "<group><testsuite name='q'><testcase name='q'/></testsuite></group>",
        "<testcase name='b'><result><failure/></result></testcase>",
        "<testcase name='b'><Failure/></testcase>",
        "<TestCase name='b'/>",
        "<x><y><TESTCASE/></y></x>",
    ] {
        let text = format!("<testsuites>{hidden}<testsuite name='s'><testcase name='a'/>{hidden}</testsuite></testsuites>");
        assert!(error(&text).contains("where nobody reads it"), "{hidden}");
    }
    let beside =
        "<hook time='1'><log>x</log></hook><properties><property name='error'/></properties><system-out><failure/></system-out>";
    let text = format!("<testsuite name='s'>{beside}<testcase name='a'>{beside}</testcase></testsuite>");
    assert_eq!(cases(&text), ["s/a=passed"]);
}

#[test]
fn an_entity_that_may_hold_a_failure_is_refused() {
    let text = "<!DOCTYPE x [<!ENTITY f '<failure/>'>]><testsuite name='s'><testcase name='b'>&f;</testcase></testsuite>";
    assert!(error(text).contains("declarations of its own"));
    assert!(error("<testsuite name='s'><testcase name='b'>&f;</testcase></testsuite>").contains("not declared"));
}

#[test]
fn known_writers_count_subtests_assertions_or_each_failure_twice() {
    parse("<testsuites name='pytest tests'><testsuite name='pytest' tests='3'><testcase name='a'/></testsuite></testsuites>");
    parse(
        "<testsuites><testsuite name='t' tests='9' failures='1'><testcase classname='t.global' name='a'><failure/></testcase></testsuite></testsuites>",
    );
    parse("<testsuite name='s' tests='1' failures='1' errors='1'><testcase name='a'><failure/></testcase></testsuite>");
    assert!(error("<testsuite name='pytest' tests='3' failures='1'><testcase name='a'/></testsuite>").contains("failures"));
}

#[test]
fn a_suite_that_states_less_than_it_lists_is_real() {
    assert_eq!(
        cases(
            "<testsuite name='s' tests='1' failures='0'><testcase name='a'/><testcase name='b'><failure/></testcase></testsuite>"
        )
        .len(),
        2
    );
}

#[test]
fn the_earliest_time_with_a_zone_says_when_it_was_made() {
    let text =
        "<testsuites timestamp='2030-01-01T00:00:00'><testsuite name='a' timestamp='2026-01-01T10:00:00Z'><testcase name='x'/>
        </testsuite><testsuite name='b' timestamp='2026-01-01T10:00:00.5-01:00'><testcase name='x'/></testsuite></testsuites>";
    assert_eq!(parse(text).made_at.map(|time| time.to_string()).as_deref(), Some("2026-01-01T10:00:00Z"));
    assert_eq!(parse("<testsuite timestamp='2030-01-01T00:00:00'><testcase name='x'/></testsuite>").made_at, None);
}

#[test]
fn a_time_without_a_zone_is_kept_as_what_it_can_mean() {
    let text = "<testsuites timestamp='2026-01-01T10:00:00'><testsuite name='a'><testcase name='x'/></testsuite>
        <testsuite name='b' timestamp='2026-01-01T11:00:00Z'><testcase name='x'/></testsuite>
        <testsuite name='c' timestamp='2026-01-02T10:00:00'><testcase name='x'/></testsuite></testsuites>";
    let report = parse(text);
    let told = |time: jiff::Timestamp| time.to_string();
    let seen: Vec<_> =
        report.suites.iter().map(|suite| (suite.made_at.map(told), suite.made_within.map(|all| all.map(told)))).collect();
    let within = |first: &str, last: &str| (None, Some([first.to_owned(), last.to_owned()]));
    assert_eq!(
        seen,
        [
            within("2025-12-31T20:00:00Z", "2026-01-01T22:00:00Z"),
            (Some("2026-01-01T11:00:00Z".to_owned()), None),
            within("2026-01-01T20:00:00Z", "2026-01-02T22:00:00Z"),
        ]
    );
    assert_eq!(report.newest().map(told).as_deref(), Some("2026-01-01T20:00:00Z"));
}

#[test]
fn places_and_times_are_kept() {
    let text = "<testsuite name='s' time='1,000.5'><testcase name='a' time='0.5' file='f.py' line='3'><error/></testcase>
        <testcase name='b' time='x'><failure file='g.c' line='7'/></testcase></testsuite>";
    let suite = parse(text).suites.remove(0);
    assert_eq!((suite.seconds, suite.cases.seconds), (Some(1000.5), Some(0.5)));
    let told = |at: usize| (suite.cases.told[at].seconds, suite.cases.told[at].file.as_deref(), suite.cases.told[at].line);
    assert_eq!(told(0), (Some(0.5), Some("f.py"), Some(3)));
    assert_eq!(told(1), (None, Some("g.c"), Some(7)));
    assert_eq!(parse("<testsuite name='s'><testcase name='a' time='0.5'/></testsuite>").suites[0].seconds, Some(0.5));
}

#[test]
fn another_root_is_refused_and_output_is_stepped_over() {
    assert_eq!(error("<test-run/>"), "line 1: the root element is <test-run>: expected <testsuites> or <testsuite>");
    let output = format!(
        "<testsuite name='s'><system-out>{}</system-out><testcase name='a'/></testsuite>",
        "<![CDATA[</x>]]>".repeat(9999)
    );
    assert_eq!(cases(&output), ["s/a=passed"]);
    assert!(cases("<testsuites/>").is_empty());
}

#[test]
fn every_cut_of_a_report_is_an_error() {
    let text = "<testsuites tests='2'><testsuite name='s' tests='2' failures='1'><testcase name='a'/><testcase name='b'><failure>x</failure>
        </testcase></testsuite></testsuites>";
    parse(text);
    for end in 0..text.len() {
        error(&text[..end]);
    }
}

#[test]
fn a_suite_knows_what_is_around_it_and_what_it_was_made_for() {
    let text = "<testsuites name='core-fvt' timestamp='2026-01-01T00:00:00Z'>
        <properties><property name='kadian.plan' value='p'/><property name='os' value='x'/></properties>
        <testsuite name='a'><properties><property name='kadian.batch'> 2 </property></properties><testcase name='1'/></testsuite>
        <testsuite name='b' timestamp='2026-01-02T00:00:00Z'><testsuite><testcase name='2'/></testsuite>
        <properties><property name='kadian.version' value='1.4.2'/></properties></testsuite></testsuites>";
    let suites = parse(text).suites;
    let seen: Vec<_> = suites.iter().map(|suite| (suite.name.as_str(), suite.around.join("/"))).collect();
    assert_eq!(seen, [("a", "core-fvt".to_owned()), ("b", "core-fvt/b".to_owned())]);
    assert_eq!((suites[0].made_for.plan.as_deref(), suites[0].made_for.batch), (Some("p"), Some(2)));
    assert_eq!((suites[1].made_for.plan.as_deref(), suites[1].made_for.version.as_deref()), (Some("p"), Some("1.4.2")));
    let days: Vec<String> = suites.iter().map(|suite| suite.made_at.unwrap().to_string()).collect();
    assert_eq!(days, ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]);
}

#[test]
fn a_suite_that_contradicts_itself_about_its_batch_is_damaged() {
    let with = |properties: &str| {
        error(&format!("<testsuite name='s'><properties>{properties}</properties><testcase name='a'/></testsuite>"))
    };
    let batch = |value: &str| format!("<property name='kadian.batch' value='{value}'/>");
    assert!(with(&(batch("1") + &batch("2"))).contains("two values"));
    for value in ["two", "0", "-1", "", "1.5"] {
        assert!(with(&batch(value)).contains("kadian.batch"), "{value}");
    }
    let long = "v".repeat(201);
    assert!(with(&format!("<property name='kadian.version' value='{long}'/>")).contains("longer than 200"));
    let twice = format!("<testsuite name='s'><properties>{0}{0}</properties><testcase name='a'/></testsuite>", batch("3"));
    assert_eq!(parse(&twice).suites[0].made_for.batch, Some(3));
    let of_a_case = "<testsuite name='s'><testcase name='a'><properties><property name='kadian.batch' value='x'/></properties></testcase></testsuite>";
    assert_eq!(parse(of_a_case).suites[0].made_for.batch, None);
}

#[test]
fn a_rerun_of_pytest_is_a_failed_try() {
    let one = |inside: &str| cases(&format!("<testsuite name='s'><testcase name='a'>{inside}</testcase></testsuite>"))[0].clone();
    assert_eq!(one("<rerun message='m'/>"), "s/a=flaky");
    assert_eq!(one("<rerun message='m'/><rerun message='n'/><failure message='o'/>"), "s/a=failed: o");
    assert_eq!(one("<rerun message='m'/><skipped/>"), "s/a=skipped");
}

#[test]
fn a_try_of_pytest_that_is_not_the_last_stands_there_as_if_it_had_passed() {
    let text = |around: &str| {
        format!(
            "<testsuites name='{around}'><testsuite name='s' tests='2'><testcase name='a'/><testcase name='a'/><testcase name='b'/></testsuite></testsuites>"
        )
    };
    assert_eq!(cases(&text("pytest tests")), ["s/a=flaky", "s/b=passed"]);
    assert_eq!(cases(&text("other")), ["s/a=passed", "s/a=passed", "s/b=passed"]);
    assert_eq!(cases(&text("pytest tests").replace("tests='2'", "tests='5'")).len(), 2, "subtests are counted, and not listed");
}

#[test]
fn properties_name_the_commit() {
    let of = |properties: &str| {
        let text = format!(
            "<testsuites><testsuite name='s'><properties>{properties}</properties><testcase name='a'/></testsuite>
            <testsuite name='t'><properties><property name='git.sha'>0123456</property></properties></testsuite></testsuites>"
        );
        read(&mut text.as_bytes()).map(|report| report.commit).map_err(|error| error.to_string())
    };
    assert_eq!(of(""), Ok(Some("0123456".to_owned())));
    assert_eq!(of("<property name='GIT_COMMIT' value='0123456789'/>"), Ok(Some("0123456789".to_owned())));
    assert_eq!(of("<property name='commit' value='on a Friday'/>"), Ok(Some("0123456".to_owned())));
    assert!(of("<property name='kadian.commit' value='main'/>").unwrap_err().contains("expected a commit"));
    assert!(of("<property name='kadian.commit' value='abcdef0'/>").unwrap_err().contains("two commits"));
}

#[test]
fn a_suite_says_which_try_it_is() {
    let with = |attempt: &str| {
        let text = format!(
            "<testsuites><properties><property name='kadian.attempt' value='{attempt}'/></properties><testsuite name='s'><testcase name='a'/></testsuite></testsuites>"
        );
        read(&mut text.as_bytes()).map(|report| report.suites[0].attempt)
    };
    assert_eq!(with("2").unwrap(), Some(2));
    assert!(with("0").unwrap_err().to_string().contains("from 1 up"));
}

#[test]
fn failed_tries_are_counted_all_or_none() {
    let suite = |failures: u64, cases: &str| format!("<testsuite name='s' failures='{failures}'>{cases}</testsuite>");
    let flaky = "<testcase name='a'><flakyFailure/><flakyFailure/></testcase>";
    let failed = "<testcase name='b'><failure/><rerunFailure/></testcase><testcase name='c'><rerunError/></testcase>";
    let all = [flaky, failed].concat();
    // The failed ones, with the tries of the flaky one, with their own further tries, and with both.
    for stated in [0, 1, 2, 4, 3, 5] {
        parse(&suite(stated, &all));
    }
    assert!(error(&suite(6, &all)).contains("states 6 failures and errors but lists 2"));
    let hidden = error(&suite(1, flaky));
    assert!(hidden.contains("states 1 failures and errors but lists 0"), "{hidden}");
    parse(&suite(2, flaky));
}

//! The mutations that mean something in a format: a result turned into another one, a sum that is no longer that of its records.
//!
//! Each is tried at every place of the typical report where it can be, one place at a time.

type Apply = dyn Fn(&str) -> Vec<String>;

/// A mutation; `apply` gives the text once for each place.
pub(crate) struct Edit {
    pub(crate) what: &'static str,
    pub(crate) apply: Box<Apply>,
}

/// In lines that start with `line`: the first `find`, up to and including `until` where that is not empty, becomes `put`.
fn word(what: &'static str, line: &'static str, [find, until, put]: [&'static str; 3]) -> Edit {
    let apply = move |text: &str| {
        each_line(text, line, |one| {
            let start = one.find(find)?;
            let end = start + find.len();
            let end = if until.is_empty() { end } else { end + one[end..].find(until)? + until.len() };
            Some(vec![[&one[..start], put, &one[end..]].concat()])
        })
    };
    Edit { what, apply: Box::new(apply) }
}

/// In lines that start with `line`: each digit between `after` and the next character that cannot be of a number becomes the next digit.
fn digits(what: &'static str, line: &'static str, after: &'static str) -> Edit {
    let apply = move |text: &str| {
        each_line(text, line, |one| {
            let start = one.find(after)? + after.len();
            let length = one[start..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(one.len() - start);
            let digits = (start..start + length).filter(|at| one.as_bytes()[*at].is_ascii_digit());
            let next = |at: usize| char::from(b'0' + (one.as_bytes()[at] - b'0' + 1) % 10).to_string();
            Some(digits.map(|at| [&one[..at], &next(at), &one[at + 1..]].concat()).collect())
        })
    };
    Edit { what, apply: Box::new(apply) }
}

/// The part from a line that starts with `first` up to the next one that contains `last` is taken away.
fn part(what: &'static str, first: &'static str, last: &'static str) -> Edit {
    let apply = move |text: &str| {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let starts = (0..lines.len()).filter(|at| lines[*at].starts_with(first));
        let ended = |start: usize| (start..lines.len()).find(|at| lines[*at].contains(last));
        starts.filter_map(|start| Some([&lines[..start], &lines[ended(start)? + 1..]].concat().concat())).collect()
    };
    Edit { what, apply: Box::new(apply) }
}

/// The text once for each version of each line that starts with `start`.
fn each_line(text: &str, start: &str, versions: impl Fn(&str) -> Option<Vec<String>>) -> Vec<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut all = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with(start)) {
        for version in versions(line).into_iter().flatten() {
            all.push([&lines[..at], &[version.as_str()], &lines[at + 1..]].concat().concat());
        }
    }
    all
}

/// The mutations of a format; none for one that nobody thought about.
pub(crate) fn edits(format: &str) -> Vec<Edit> {
    [coverage(format), tests(format), scan(format)].into_iter().flatten().collect()
}

fn coverage(format: &str) -> Vec<Edit> {
    match format {
        "lcov" => vec![
            word("a covered line made uncovered", "DA:", [",3\n", "", ",0\n"]),
            word("an uncovered line made covered", "DA:", [",0\n", "", ",3\n"]),
            word("a branch made taken", "BRDA:", [",0\n", "", ",1\n"]),
            word("a line's number changed", "DA:1", ["DA:1", "", "DA:100"]),
            digits("a digit of `LF` changed", "LF:", "LF:"),
            digits("a digit of `LH` changed", "LH:", "LH:"),
            digits("a digit of `BRF` changed", "BRF:", "BRF:"),
            digits("a digit of `BRH` changed", "BRH:", "BRH:"),
            part("a file taken away", "SF:", "end_of_record"),
            part("the sums of a file taken away", "LF:", "LH:"),
        ],
        "cobertura" => vec![
            word("a covered line made uncovered", "<line ", ["hits=\"1\"", "", "hits=\"0\""]),
            word("an uncovered line made covered", "<line ", ["hits=\"0\"", "", "hits=\"1\""]),
            word("a branch made taken", "<line ", ["50% (1/2)", "", "100% (2/2)"]),
            word("a line's number changed", "<line ", ["number=\"1", "", "number=\"100"]),
            digits("a digit of `lines-valid` changed", "<coverage", "lines-valid=\""),
            digits("a digit of `lines-covered` changed", "<coverage", "lines-covered=\""),
            digits("a digit of `branches-covered` changed", "<coverage", "branches-covered=\""),
            digits("a digit of the report's `line-rate` changed", "<coverage", "line-rate=\""),
            digits("a digit of a class's `line-rate` changed", "<class ", "line-rate=\""),
            digits("a digit of a class's `branch-rate` changed", "<class ", "branch-rate=\""),
            part("a class taken away", "<class ", "</class>"),
        ],
        "jacoco" => vec![
            word("a covered line made uncovered", "<line ", ["mi=\"0\" ci=\"2\"", "", "mi=\"2\" ci=\"0\""]),
            word("an uncovered line made covered", "<line ", ["mi=\"2\" ci=\"0\"", "", "mi=\"0\" ci=\"2\""]),
            word("a branch made taken", "<line ", ["mb=\"1\" cb=\"1\"", "", "mb=\"0\" cb=\"2\""]),
            word("a line's number changed", "<line ", ["nr=\"1", "", "nr=\"100"]),
            digits("a digit of a counter's `missed` changed", "<counter ", "missed=\""),
            digits("a digit of a counter's `covered` changed", "<counter ", "covered=\""),
            part("a package taken away", "<package ", "</package>"),
            part("the counters of a file taken away", "<counter type=\"BRANCH\"", "</sourcefile>"),
        ],
        "clover" => vec![
            word("a covered line made uncovered", "<line ", ["count=\"1\" type", "", "count=\"0\" type"]),
            word("an uncovered line made covered", "<line ", ["count=\"0\" type", "", "count=\"1\" type"]),
            word("a branch made taken", "<line ", ["truecount=\"1\" falsecount=\"1\"", "", "truecount=\"2\" falsecount=\"0\""]),
            word("a line's number changed", "<line ", ["num=\"1", "", "num=\"100"]),
            digits("a digit of a file's `statements` changed", "<file ", "<metrics statements=\""),
            digits("a digit of a file's `coveredstatements` changed", "<file ", "coveredstatements=\""),
            digits("a digit of the project's `coveredstatements` changed", "<metrics ", "coveredstatements=\""),
            digits("a digit of a file's `coveredconditionals` changed", "<file ", "coveredconditionals=\""),
            part("a file taken away", "<file ", "</file>"),
        ],
        "go" => vec![
            word("a covered block made uncovered", "src/", [" 1 1\n", "", " 1 0\n"]),
            word("an uncovered block made covered", "src/", [" 1 0\n", "", " 1 1\n"]),
            word("a block's lines changed", "src/", [".py:1", "", ".py:0"]),
        ],
        "coverage.py" => vec![
            digits("a digit of a line's number changed", "1", ""),
            word("a branch's line changed", "[1", ["[1", "", "[100"]),
            digits("a digit of `covered_lines` changed", "", "\"covered_lines\":"),
            digits("a digit of `num_statements` changed", "\"num_statements\":", "\"num_statements\":"),
            digits("a digit of `missing_lines` changed", "\"missing_lines\":", "\"missing_lines\":"),
            digits("a digit of `num_branches` changed", "\"num_branches\":", "\"num_branches\":"),
            digits("a digit of `covered_branches` changed", "\"covered_branches\":", "\"covered_branches\":"),
            digits("a digit of `missing_branches` changed", "\"missing_branches\":", "\"missing_branches\":"),
        ],
        "istanbul" => vec![
            word("a covered statement made uncovered", "\"", [":1,\n", "", ":0,\n"]),
            word("an uncovered statement made covered", "\"", [":0,\n", "", ":1,\n"]),
            word("a branch made taken", "\"", [",0]", "", ",2]"]),
            digits("a digit of a statement's line changed", "\"", ":{\"start\":{\"line\":"),
        ],
        "llvm-cov" => vec![
            word("a covered region made uncovered", "[", [",1,true", "", ",0,true"]),
            word("an uncovered region made covered", "[", [",0,true", "", ",1,true"]),
            word("a branch made taken", "[", [",1,0,0,0,4]", "", ",1,1,0,0,4]"]),
            word("a region's line changed", "[1", ["[1", "", "[100"]),
            digits("a digit of a file's covered lines changed", "\"summary\"", "\"lines\":{\"count\":"),
            digits("a digit of the total of covered lines changed", "\"totals\"", "\"lines\":{\"count\":"),
        ],
        _ => Vec::new(),
    }
}

fn tests(format: &str) -> Vec<Edit> {
    match format {
        "junit" => vec![
            word("a failed test made to pass", "<testcase ", ["<failure", "</failure>", ""]),
            word("a passed test made to fail", "<testcase ", ["></testcase>", "", "><failure/></testcase>"]),
            word("a skipped test made to pass", "<testcase ", ["<skipped/>", "", ""]),
            word("a passed test made skipped", "<testcase ", ["></testcase>", "", "><skipped/></testcase>"]),
            word("a flaky test made to pass", "<testcase ", ["<flakyFailure", "/>", ""]),
            word("a test renamed", "<testcase ", ["name=\"case", "", "name=\"other"]),
            digits("a digit of a suite's `tests` changed", "<testsuite ", "tests=\""),
            digits("a digit of a suite's `failures` changed", "<testsuite ", "failures=\""),
            digits("a digit of a suite's `skipped` changed", "<testsuite ", "skipped=\""),
            part("a suite taken away", "<testsuite ", "</testsuite>"),
        ],
        "tap" => vec![
            word("a failed test made to pass", "not ok", ["not ok", "", "ok"]),
            word("a passed test made to fail", "ok ", ["ok", "", "not ok"]),
            word("a skipped test made to pass", "ok ", [" # SKIP", "\n", "\n"]),
            word("a failed test made a task to do", "not ok", ["\n", "", " # TODO\n"]),
            digits("a digit of the plan changed", "1..", "1.."),
            digits("a digit of a point's number changed", "ok ", "ok "),
        ],
        "cargo-test" => vec![
            word("a failed test made to pass", "test ", ["... FAILED", "", "... ok"]),
            word("a passed test made to fail", "test ", ["... ok", "", "... FAILED"]),
            word("an ignored test made to pass", "test ", ["... ignored", "", "... ok"]),
            digits("a digit of the announced tests changed", "running ", "running "),
            digits("a digit of the passed tests changed", "test result: ", ". "),
            part("a program taken away", "running ", "test result: "),
        ],
        "libtest-json" => vec![
            word("a failed test made to pass", "{\"type\":\"test\"", ["\"failed\"", "", "\"ok\""]),
            word("a passed test made to fail", "{\"type\":\"test\"", ["\"ok\"", "", "\"failed\""]),
            word("an ignored test made to pass", "{\"type\":\"test\"", ["\"ignored\"", "", "\"ok\""]),
            digits("a digit of the announced tests changed", "{\"type\":\"suite\"", "\"test_count\":"),
            digits("a digit of the passed tests changed", "{\"type\":\"suite\"", "\"passed\":"),
            part("a program taken away", "{\"type\":\"suite\",\"event\":\"started\"", "\"filtered_out\""),
        ],
        "go-test" => vec![
            word("a failed test or package made to pass", "{\"Action\":\"fail\"", ["\"fail\"", "", "\"pass\""]),
            word("a passed test or package made to fail", "{\"Action\":\"pass\"", ["\"pass\"", "", "\"fail\""]),
            word("a skipped test made to pass", "{\"Action\":\"skip\"", ["\"skip\"", "", "\"pass\""]),
            part("a package taken away", "{\"Action\":\"start\"", "\"Elapsed\":0.5}"),
        ],
        "trx" => vec![
            word("a failed test made to pass", "<UnitTestResult ", ["\"Failed\"", "", "\"Passed\""]),
            word("a passed test made to fail", "<UnitTestResult ", ["\"Passed\"", "", "\"Failed\""]),
            word("a skipped test made to pass", "<UnitTestResult ", ["\"NotExecuted\"", "", "\"Passed\""]),
            word("a passed test made skipped", "<UnitTestResult ", ["\"Passed\"", "", "\"NotExecuted\""]),
            word("a test renamed", "<UnitTestResult ", ["testName=\"case", "", "testName=\"other"]),
            digits("a digit of `total` changed", "<Counters ", "total=\""),
            digits("a digit of `passed` changed", "<Counters ", "passed=\""),
            digits("a digit of `failed` changed", "<Counters ", "failed=\""),
            word("the outcome of the run changed", "<ResultSummary ", ["\"Failed\"", "", "\"Completed\""]),
        ],
        _ => Vec::new(),
    }
}

fn scan(format: &str) -> Vec<Edit> {
    match format {
        "checkstyle" => vec![
            word("a finding made lighter", "<error ", ["severity=\"error\"", "", "severity=\"info\""]),
            digits("a line's number changed", "<error ", "line=\""),
            part("a file taken away", "<file ", "</file>"),
        ],
        "pmd" => vec![
            word("a finding made lighter", "<violation ", ["priority=\"1\"", "", "priority=\"5\""]),
            digits("a line's number changed", "<violation ", "beginline=\""),
            part("a finding taken away", "<violation ", "</violation>"),
            part("a file taken away", "<file ", "</file>"),
        ],
        "spotbugs" => vec![
            word("a finding made lighter", "<BugInstance ", ["rank=\"2\"", "", "rank=\"20\""]),
            digits("a line's number changed", "<BugInstance ", " start=\""),
            digits("a digit of `total_bugs` changed", "<Errors ", "total_bugs=\""),
        ],
        "cargo" => vec![
            word("a finding made lighter", "{", ["\"level\":\"error\"", "", "\"level\":\"help\""]),
            digits("a line's number changed", "{", "\"line_start\":"),
        ],
        "code-quality" => vec![
            word("a finding made lighter", "{", ["\"severity\":\"blocker\"", "", "\"severity\":\"info\""]),
            digits("a line's number changed", "{", "\"begin\":"),
        ],
        "eslint" => vec![
            word("a finding made lighter", "{\"ruleId\"", ["\"severity\":2", "", "\"severity\":1"]),
            digits("a line's number changed", "{\"ruleId\"", "\"line\":"),
            digits("a digit of `errorCount` changed", "]", "\"errorCount\":"),
            digits("a digit of `warningCount` changed", "]", "\"warningCount\":"),
            part("a file taken away", "{\"filePath\"", "\"errorCount\""),
        ],
        "golangci-lint" => vec![
            word("a finding made lighter", "{\"FromLinter\"", ["\"Severity\":\"critical\"", "", "\"Severity\":\"low\""]),
            digits("a line's number changed", "{\"FromLinter\"", "\"From\":"),
        ],
        "rdjson" => vec![
            word("a finding made lighter", "{\"message\"", ["\"severity\":\"ERROR\"", "", "\"severity\":\"INFO\""]),
            digits("a line's number changed", "{\"message\"", "\"line\":"),
        ],
        "sarif" => vec![
            word("a finding made lighter", "{\"ruleId\"", ["\"security-severity\":\"9.5\"", "", "\"security-severity\":\"0.5\""]),
            word("a finding made a passed check", "{\"ruleId\"", ["\"level\"", "", "\"kind\":\"pass\",\"level\""]),
            word(
                "a finding suppressed",
                "{\"ruleId\"",
                ["\"level\"", "", "\"suppressions\":[{\"kind\":\"external\"}],\"level\""],
            ),
            digits("a line's number changed", "{\"ruleId\"", "\"startLine\":"),
        ],
        "semgrep" => vec![
            word("a finding made lighter", "{\"check_id\"", ["\"severity\":\"CRITICAL\"", "", "\"severity\":\"INFO\""]),
            word("a finding ignored", "{\"check_id\"", ["\"metadata\"", "", "\"is_ignored\":true,\"metadata\""]),
            digits("a line's number changed", "{\"check_id\"", "\"start\":{\"line\":"),
        ],
        _ => Vec::new(),
    }
}

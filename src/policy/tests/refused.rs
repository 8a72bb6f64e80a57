use super::super::{Library, Origin};
use super::{load, source, vocabulary};

/// The one fault of a file, as `line:column message | hint`.
fn fault(text: &str) -> String {
    let errors = load(&[("a.rego", text)]).map(|_| ()).expect_err(text);
    assert_eq!(errors.len(), 1, "{errors:#?}\n{text}");
    format!("{}:{} {} | {}", errors[0].line, errors[0].column, errors[0].message, errors[0].hint.as_deref().unwrap_or_default())
}

fn refused(text: &str, parts: &[&str]) {
    let fault = fault(text);
    for part in parts {
        assert!(fault.contains(part), "{fault}\nlacks {part}\n{text}");
    }
}

fn body(line: &str) -> String {
    format!("package kadian.x\n\nimport input.coverage as cov\n\ndeny contains \"m\" if {{\n\t{line}\n}}\n")
}

#[test]
fn an_unknown_path_names_its_place_and_the_nearest_one() {
    for (line, unknown, near) in [
        ("input.tests.succes_percent < 1", "input.tests.succes_percent", "input.tests.success_percent"),
        ("input[\"test\"].failed > 1", "input.test", "input.tests"),
        ("cov.patch.percnt < 1", "input.coverage.patch.percnt", "input.coverage.patch.percent"),
        ("c := input.coverage; p := c.patch; p.percnt < 1", "input.coverage.patch.percnt", "input.coverage.patch.percent"),
        ("some f in input.scan.findings; f.severty == \"high\"", "input.scan.findings[_].severty", "findings[_].severity"),
        ("input.scan.findings[i].severty == \"high\"; i > 0", "input.scan.findings[_].severty", "findings[_].severity"),
        ("every f in input.scan.findings { f.severty == \"high\" }", "findings[_].severty", "severity"),
        ("count([f | some f in input.scan.findings; f.severty == \"x\"]) > 0", "findings[_].severty", "severity"),
        ("fs := [f | some f in input.scan.findings]; some g in fs; g.severty == \"x\"", "findings[_].severty", "severity"),
        ("object.get(input.coverage, \"pach\", null) == null", "input.coverage.pach", "input.coverage.patch"),
        ("object.get(input, [\"coverage\", \"pach\"], null) == null", "input.coverage.pach", "input.coverage.patch"),
        ("not input.tests.faild", "input.tests.faild", "input.tests.failed"),
        ("1 < data.kadian.settings.tests.succes_percent", "settings.tests.succes_percent", "settings.tests.success_percent"),
        ("input.scan.findings.severity == \"high\"", "input.scan.findings.severity", "kadian schema input"),
        ("input.gate.service.teir == \"L0\"", "input.gate.service.teir", "input.gate.service.tier"),
        ("data.kadian.x.dny", "data.kadian.x.dny", "data.kadian.x.deny"),
        ("data.kadian.y.z == 1", "data.kadian.y.z", ""),
        ("data.foo.z == 1", "data.foo.z", "input.custom.NAME"),
    ] {
        refused(&body(line), &["6:", unknown, near]);
    }
}

#[test]
fn a_path_through_another_rule_is_followed() {
    let text = "package kadian.x\nfresh contains f if some f in input.scan.findings\npatch := input.coverage.patch\n";
    refused(&format!("{text}deny contains f.rul if some f in fresh\n"), &["4:", "findings[_].rul", "findings[_].rule"]);
    refused(&format!("{text}deny contains \"m\" if patch.percnt < 1\n"), &["4:", "patch.percnt", "patch.percent"]);
}

#[test]
fn an_import_must_name_something_even_when_nobody_uses_it() {
    let with = |import: &str| format!("package kadian.x\n\nimport {import}\n\ndeny contains \"m\"\n");
    refused(&with("input.covrage"), &["3:", "input.covrage", "`input.coverage`"]);
    refused(&with("data.kadian.y"), &["3:", "data.kadian.y", "`data.kadian.x`"]);
    refused(&with("data.kadian.settings.test as t"), &["3:", "settings.test", "`data.kadian.settings.tests`"]);
    assert!(load(&[("a.rego", &with("rego.v1"))]).is_ok());
}

#[test]
fn custom_evidence_is_free_form() {
    assert!(load(&[("a.rego", &body("input.custom.load.anything.goes > 1"))]).is_ok());
    assert!(load(&[("a.rego", &body("some k, v in input.custom; v.x == k"))]).is_ok());
}

#[test]
fn functions_must_exist_be_allowed_and_get_their_arguments() {
    refused(&body("sprntf(\"%s\", [1]) == \"\""), &["6:2", "no function `sprntf`", "`sprintf`"]);
    refused(&body("count(1, 2, 3) == 1"), &["`count` takes 1 argument, and is given 3"]);
    refused(&body("time.now_ns(1) == 1"), &["takes 0 arguments"]);
    refused(&body("http.send({}) == 1"), &["`http.send` may not be called", "evidence"]);
    refused(&body("rand.intn(\"x\", 3) == 1"), &["may not be called"]);
    refused("package kadian.x\nlow := 1\ndeny contains \"m\" if low(1)\n", &["3:22", "`low` is a rule, not a function"]);
    let unreached = "package kadian.x\ndeny contains \"m\" if {\n\tfalse\n\tnosuch(1)\n}\n";
    refused(unreached, &["4:2", "no function `nosuch`"]);
    let arity = "package kadian.x\nf(a) := a\ndeny contains \"m\" if f(1, 2)\n";
    refused(arity, &["3:", "`f` takes 1 argument, and is given 2"]);
}

#[test]
fn recursion_is_found_before_it_can_end_the_process() {
    refused("package kadian.x\nf(n) := f(n + 1)\ndeny contains \"m\" if f(1) == 2\n", &["2:1", "`f` -> `f`"]);
    refused("package kadian.x\na if b\nb if a\ndeny contains \"m\" if a\n", &["may not lead to itself", "`a` -> `b` -> `a`"]);
    let through =
        "package kadian.x\nf(n) := g(n)\ng(n) := n\nh(n) := f(n)\ndeny contains \"m\" if f(1) == 2 with data.kadian.x.g as h\n";
    refused(through, &["may not lead to itself"]);
}

#[test]
fn rules_that_look_like_judging_but_cannot_are_refused() {
    for line in
        ["deny if input.tests.failed > 1", "deny := 3", "default deny := false", "deny[msg] if msg := \"x\"", "deny(x) := x"]
    {
        refused(
            &format!("package kadian.x\n{line}\nwarn contains \"x\" if false\n"),
            &["2:", "must be a set", "deny contains msg if"],
        );
    }
    refused("package kadian.x\nexception contains [\"a\"]\nwarn contains \"x\" if false\n", &["Conftest", "waiver"]);
    refused("package kadian.x\ndeny[msg] {\n\tmsg := \"x\"\n}\n", &["Rego v0", "deny contains msg if"]);
}

#[test]
fn typing_errors_in_packages_and_rules_are_told() {
    refused("package kadian.x\ndney contains \"m\"\n", &["2:1", "`deny`"]);
    refused("package kadian.x\ndney contains \"m\"\ndeny contains \"n\"\n", &["2:1", "judges nothing", "`deny`"]);
    refused("package kadain.x\ndeny contains \"m\"\n", &["1:1", "does not judge", "`package kadian.x`"]);
    refused("package main\ndeny contains \"m\"\n", &["policies.namespaces"]);
    refused("package kadian.x\nfine := 1\n", &["no rule of the package `kadian.x` judges"]);
    let spaces = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Library::load(
            vec![source("a.rego", "package main.sub\ndeny contains \"m\"\n")],
            &names,
            &vocabulary,
            &serde_json::json!({}),
        )
    };
    assert_eq!(spaces(&["main"]).unwrap().checks()[0].id, "main/sub/deny");
    assert_eq!(spaces(&["main.sub"]).unwrap().checks().len(), 1);
    let errors = spaces(&["main", "mian.sub"]).unwrap_err();
    assert!(errors[0].to_string().contains("`mian.sub` names no loaded package"), "{errors:?}");
    assert_eq!(errors[0].hint.as_deref(), Some("Did you mean `main.sub`?"));
}

#[test]
fn a_library_file_is_fine_when_a_judging_package_uses_it() {
    let lib = "package lib\nlow(x) if x < input.coverage.patch.percent\n";
    let uses = "package kadian.x\nimport data.lib\ndeny contains \"m\" if lib.low(3)\n";
    let library = load(&[("lib.rego", lib), ("a.rego", uses)]).unwrap();
    assert_eq!(library.checks().len(), 1);
    assert_eq!(library.checks()[0].reads, ["input.coverage.patch.percent"]);
    assert!(load(&[("lib.rego", lib), ("a.rego", "package kadian.x\ndeny contains \"m\"\n")]).is_err());
}

#[test]
fn nothing_lies_over_settings_or_under_a_rule_and_nobody_adds_to_a_shipped_package() {
    refused("package kadian.settings\ndeny contains \"m\"\n", &["would replace them"]);
    let errors = load(&[
        ("a.rego", "package kadian.x\ny := 1\ndeny contains \"m\"\n"),
        ("b.rego", "package kadian.x.y\ndeny contains \"m\"\n"),
    ]);
    assert!(errors.unwrap_err()[0].message.contains("both a package and, in a.rego, a rule"));
    let mut shipped = source("shipped.rego", "package kadian.x\ndeny contains \"m\"\n");
    shipped.origin = Origin::Shipped;
    let user = source("user.rego", "package kadian.x\nhelper := 1\n");
    let errors = Library::load(vec![shipped, user], &[], &vocabulary, &serde_json::json!({})).unwrap_err();
    assert_eq!((errors.len(), errors[0].file.as_str()), (1, "user.rego"), "{errors:?}");
    assert!(errors[0].hint.as_deref().unwrap().contains("package kadian.team_x"));
}

#[test]
fn metadata_is_checked_word_by_word() {
    let with = |yaml: &str| format!("package kadian.x\n\n# METADATA\n{yaml}\ndeny contains \"m\"\n");
    for (yaml, parts) in [
        ("# custom:\n#   severty: high", &["5:1", "unknown key `severty`", "`severity`"][..]),
        ("# custom:\n#   severity: hihg", &["5:1", "unknown severity `hihg`"]),
        ("# custom:\n#   stages: [merge, mrge]", &["unknown entry `mrge`"]),
        ("# custom:\n#   needs: [covrage]", &["unknown entry `covrage`"]),
        ("# custom:\n#   needs: tests", &["expected a list of texts at `needs`"]),
        ("# custom:\n#   effective_on: soon", &["expected a date"]),
        ("# custom:\n#   id: a b", &["may hold only letters"]),
        ("# severity: high", &["4:1", "unknown key `severity`", "under `custom:`"]),
        ("# titel: x", &["unknown key `titel`", "`title`"]),
        ("# title: [x]", &["expected a text at `title`"]),
        ("# scope: rul", &["unknown scope `rul`"]),
        ("# scope: package", &["must stand before the package"]),
        ("# title: \"x", &["not YAML"]),
    ] {
        refused(&with(yaml), parts);
    }
    refused(
        "# METADATA\n# scope: subpackages\n# custom:\n#  id: a\npackage kadian.x\ndeny contains \"m\"\n",
        &["an `id` belongs to a rule"],
    );
    refused("package kadian.x\ndeny contains \"m\"\n\n# METADATA\n# title: x\n", &["4:1", "nothing follows"]);
    refused("package kadian.x\n# METADATA\n# title: x\nimport data.kadian.x\ndeny contains \"m\"\n", &["before an import"]);
}

#[test]
fn ids_are_unique() {
    let text = |id: &str| format!("# METADATA\n# custom:\n#   id: {id}\ndeny contains \"m\"\n");
    let a = format!("package kadian.a\n{}", text("same"));
    let b = format!("package kadian.b\n{}", text("same"));
    let errors = load(&[("a.rego", &a), ("b.rego", &b)]).unwrap_err();
    assert!(errors[0].message.contains("the id `same` is taken by the rule at a.rego:5"), "{errors:?}");
    let twice = format!("package kadian.a\n{}\n{}", text("same"), text("same"));
    assert!(load(&[("a.rego", &twice)]).unwrap_err()[0].message.contains("share the id"));
}

#[test]
fn an_id_of_the_package_names_its_only_rule_or_begins_the_ids_of_several() {
    let ids = |rules: &str| {
        let text = format!("# METADATA\n# custom:\n#  id: team/x\npackage kadian.x\n\n{rules}\n");
        let library = load(&[("a.rego", &text)]).unwrap();
        library.checks().iter().map(|check| check.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids("deny contains \"m\""), ["team/x"]);
    assert_eq!(ids("deny contains \"m\"\nwarn contains \"n\""), ["team/x/deny", "team/x/warn"]);
}

#[test]
fn two_rules_with_metadata_and_no_id_are_two_checks_of_one_id() {
    let text = "package kadian.x\n\n# METADATA\n# title: a\n# custom: {severity: low}\ndeny contains \"m\"\n\n# METADATA\n# title: b\ndeny contains \"n\"\n";
    let library = load(&[("a.rego", text)]).unwrap();
    let checks: Vec<_> = library.checks().iter().map(|check| (check.id.as_str(), check.title.as_deref())).collect();
    assert_eq!(checks, [("x/deny", Some("a")), ("x/deny", Some("b"))]);
}

#[test]
fn all_faults_are_told_together_in_order() {
    let errors = load(&[("b.rego", &body("nosuch(1)")), ("a.rego", &body("input.tets.x; input.scna"))]).unwrap_err();
    let places: Vec<String> = errors.iter().map(|error| format!("{}:{}:{}", error.file, error.line, error.column)).collect();
    // Two files of one package: nothing else is wrong with that.
    assert_eq!(places, ["a.rego:6:2", "a.rego:6:16", "b.rego:6:2"]);
}

#[test]
fn hostile_texts_are_refused_and_never_end_the_process() {
    let chain = format!(
        "package kadian.x\nx := 1{}\ndeny contains \"m\" if x == 0\n",
        "\n+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1".repeat(7_900)
    );
    assert!(chain.len() > 250_000);
    refused(&chain, &["nested deeper than 200 levels"]);
    let signs = format!("package kadian.x\nx := {}1\ndeny contains \"m\" if x == 0\n", "- ".repeat(400));
    assert!(load(&[("a.rego", &signs)]).is_err());
    let deep = format!("package kadian.x\nx := {}1{}\n", "[".repeat(300), "]".repeat(300));
    refused(&deep, &["2:18", "nested deeper than 12"]);
    let orelse =
        format!("package kadian.x\nx := 1 if false{}\ndeny contains \"m\" if x == 0\n", "\nelse := 2 if false".repeat(9_000));
    let _either = load(&[("a.rego", &orelse)]);
    let parts = format!("package kadian.x\ndeny contains \"m\" if input.custom{}\n", ".\na".repeat(9_000));
    let _either = load(&[("a.rego", &parts)]);
    for text in [
        "",
        "\u{0}",
        "package",
        "package kadian.x\n\"",
        "package kadian.x\n`",
        "package kadian.x\nx := {",
        "import input",
        "\u{feff}package kadian.x\n",
    ] {
        assert!(load(&[("a.rego", text)]).is_err(), "{text:?}");
    }
}

#[test]
fn a_rule_that_only_looks_as_if_it_judged_is_told() {
    let with = |line: &str| format!("package kadian.x\n{line}\nwarn contains \"x\" if input.tests.failed > 3\n");
    for (line, meant) in [
        ("deny__a contains \"m\"", "`deny_a`"),
        ("deny_ contains \"m\"", "`deny`"),
        ("denyX contains \"m\"", "`deny_X`"),
        ("denyX := true", "`deny_X`"),
        ("warning contains \"m\"", "`warn`"),
        ("denies contains \"m\"", "`deny`"),
        ("denied if input.tests.failed > 3", "`deny`"),
        ("Deny contains \"m\"", "`deny`"),
        ("dney if input.tests.failed > 3", "`deny`"),
        ("wran contains \"m\"", "`warn`"),
        ("roll_back contains \"m\"", "`rollback`"),
        ("a.deny contains \"m\"", "`package kadian.x.a`"),
    ] {
        refused(&with(line), &["2:1", "judges nothing", meant]);
    }
    // Somebody uses it: then it is a name like any other.
    for line in ["denied if input.tests.failed > 3", "warnings contains 1", "any contains 1", "denyX contains 1"] {
        let name = line.split(' ').next().unwrap_or_default();
        let text = format!("package kadian.x\n{line}\ndeny contains \"x\" if {name}\n");
        assert!(load(&[("a.rego", &text)]).is_ok(), "{line}");
    }
    let test = "package kadian.x_test\nimport data.kadian.x\ntest_a if x.denied\n";
    assert!(load(&[("a.rego", &with("denied if true")), ("a_test.rego", test)]).is_ok());
}

#[test]
fn a_rule_that_judges_does_not_stand_in_a_file_of_tests() {
    let policy = "package kadian.x\ndeny contains \"m\" if input.tests.failed > 3\n";
    for package in ["kadian.smoke", "kadian.x"] {
        let text = format!("package {package}\ndeny contains \"n\" if input.tests.failed > 1\n");
        let errors = load(&[("a.rego", policy), ("smoke_test.rego", &text)]).unwrap_err();
        assert!(errors[0].to_string().contains("smoke_test.rego:2:1: `deny` judges nothing here"), "{errors:?}");
    }
}

#[test]
fn a_rule_stands_at_one_stage_at_least() {
    let with = |line: &str| format!("package kadian.x\n\n# METADATA\n# custom:\n#   {line}\ndeny contains \"m\"\n");
    refused(&with("stages: []"), &["5:1", "`stages` is empty", "merge"]);
    refused(&with("needs: [nothing]"), &["unknown entry `nothing`"]);
    assert!(load(&[("a.rego", &with("needs: []"))]).is_ok());
}

#[test]
fn nothing_hides_the_documents_or_a_rule() {
    let with = |line: &str| format!("package kadian.x\n{line}\n");
    for (text, part) in [
        ("deny contains \"m\" if { some input in [{\"tests\": 1}]; input.tests > 3 }", "2:29"),
        ("deny contains \"m\" if { every data in [1] { data > 3 } }", "would hide the document"),
        ("f(input) if input.tests.failed > 3\ndeny contains \"m\" if f({})", "2:3"),
        ("import data.kadian.settings as input\ndeny contains \"m\" if input.tests.success_percent > 3", "the import `input`"),
        ("import input.tests as t\nt := {\"failed\": 0}\ndeny contains \"m\" if t.failed > 3", "would hide the rule"),
    ] {
        let errors = load(&[("a.rego", &with(text))]).map(|_| ()).expect_err(text);
        assert!(errors.iter().any(|error| error.to_string().contains(part)), "{errors:?}");
    }
}

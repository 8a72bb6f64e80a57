use super::*;
use serde_json::json;

fn message(overrides: &Value) -> String {
    Settings::merge(Tier::L2, overrides).unwrap_err().to_string()
}

#[test]
fn nothing_overridden_gives_the_defaults_of_each_tier() {
    for tier in Tier::ALL {
        assert_eq!(Settings::merge(tier, &Value::Null).unwrap(), Settings::defaults(tier), "{tier}");
        assert_eq!(Settings::merge(tier, &json!({"coverage": null})).unwrap(), Settings::defaults(tier), "{tier}");
    }
}

#[test]
fn tiers_grow_stricter_towards_l0() {
    let percent = |tier| Settings::defaults(tier).coverage.patch_percent;
    assert_eq!(Tier::ALL.map(|tier| (percent(tier) * 100.0).round().to_string()), ["9000", "8000", "7000", "6000"]);
    assert_eq!(Tier::ALL.map(|tier| Settings::defaults(tier).review.approvals), [2, 2, 1, 1]);
    for pair in Tier::ALL.windows(2) {
        let (strict, lax) = (Settings::defaults(pair[0]), Settings::defaults(pair[1]));
        assert!(strict.change.max_lines < lax.change.max_lines);
        assert!(strict.design.required_above_lines < lax.design.required_above_lines);
        assert!(strict.tests.max_skipped_percent <= lax.tests.max_skipped_percent);
    }
    assert_eq!(Tier::default(), Tier::L2);
}

#[test]
fn a_change_that_needs_a_design_may_still_be_small_enough_to_pass() {
    for tier in Tier::ALL {
        let settings = Settings::defaults(tier);
        assert!(settings.design.required_above_lines < settings.change.max_lines, "{tier}");
    }
}

#[test]
fn tiers_read_back_and_others_are_named() {
    for tier in Tier::ALL {
        assert_eq!(tier.word().parse::<Tier>(), Ok(tier));
    }
    assert_eq!("l1".parse::<Tier>().unwrap_err().to_string(), "unknown service tier `l1`: expected L0, L1, L2 or L3");
}

#[test]
fn an_override_changes_its_own_setting_only() {
    let merged = Settings::merge(Tier::L1, &json!({"coverage": {"patch_percent": 85}})).unwrap();
    let mut expected = Settings::defaults(Tier::L1);
    expected.sections.coverage.patch_percent = 85.0;
    assert_eq!(merged, expected);
}

#[test]
fn a_list_is_replaced_and_a_map_is_extended() {
    let overrides = json!({"design": {"required_sections": ["rollback"], "synonyms": {"security": ["threat model"]}}});
    let design = Settings::merge(Tier::L2, &overrides).unwrap().sections.design;
    assert_eq!(design.required_sections, ["rollback"]);
    assert!(design.synonyms.contains_key("rollback") && design.synonyms.contains_key("security"));
}

#[test]
fn every_pattern_of_the_document_has_its_expression() {
    let overrides = json!({
        "coverage": {"paths": [{"glob": "src/pay/**", "patch_percent": 95}], "exclude": ["gen/**"]},
        "scan": {"paths": [{"glob": "legacy/**", "block_severity": "never"}]},
        "design": {"risky_paths": ["infra/**"]},
        "change": {"forbidden_paths": [{"glob": "vendor/**", "reason": "generated"}]},
    });
    let document = serde_json::to_value(Settings::merge(Tier::L2, &overrides).unwrap()).unwrap();
    for glob in ["src/pay/**", "gen/**", "legacy/**", "infra/**", "vendor/**", "docs/design/**/*.md"] {
        assert!(document["regexes"][glob].is_string(), "{glob}");
    }
    let defaults = Settings::defaults(Tier::L2);
    let known: Vec<&String> = defaults.change.forbidden_paths.iter().map(|entry| &entry.glob).collect();
    assert!(known.into_iter().chain(&defaults.design.paths).all(|glob| defaults.regexes.contains_key(glob)));
}

#[test]
fn an_unknown_key_names_its_path_and_the_nearest_known_one() {
    let cases = [
        (
            json!({"coverage": {"patch_percnt": 1}}),
            "unknown setting `coverage.patch_percnt`; did you mean `coverage.patch_percent`?",
        ),
        (json!({"covrage": {}}), "unknown setting `covrage`; did you mean `coverage`?"),
        (json!({"patch_percent": 1}), "unknown setting `patch_percent`; did you mean `coverage.patch_percent`?"),
        (
            json!({"coverage": {"paths": [{"glob": "a", "patch_percent": 1, "percent": 2}]}}),
            "unknown setting `coverage.paths[0].percent`; did you mean `coverage.paths[0].patch_percent`?",
        ),
        (
            json!({"dependency": {"on_failure": {"week": []}}}),
            "unknown setting `dependency.on_failure.week`; did you mean `dependency.on_failure.weak`?",
        ),
        (json!({"coverage": {"zzz": 1}}), "unknown setting `coverage.zzz`; known here: exclude, patch_percent, paths"),
        (json!({"regexes": {}}), "unknown setting `regexes`"),
    ];
    for (overrides, expected) in cases {
        let message = message(&overrides);
        assert!(message.starts_with(expected), "{overrides}: {message}");
    }
}

#[test]
fn a_value_of_another_type_says_what_was_expected() {
    let cases = [
        (json!([]), "setting `settings` must be a map of settings, but it is a list"),
        (json!({"coverage": 80}), "setting `coverage` must be a map of settings, but it is the number 80"),
        (
            json!({"coverage": {"patch_percent": "80%"}}),
            "setting `coverage.patch_percent` must be a number, but it is the text `80%`",
        ),
        (json!({"coverage": {"patch_percent": null}}), "setting `coverage.patch_percent` must be a number, but it is empty"),
        (
            json!({"change": {"max_lines": -1}}),
            "setting `change.max_lines` must be a whole number from 0 up, but it is the number -1",
        ),
        (
            json!({"change": {"max_lines": 1.5}}),
            "setting `change.max_lines` must be a whole number from 0 up, but it is the number 1.5",
        ),
        (json!({"change": {"commit_types": "feat"}}), "setting `change.commit_types` must be a list, but it is the text `feat`"),
        (json!({"change": {"commit_types": [1]}}), "setting `change.commit_types[0]` must be a text, but it is the number 1"),
        (
            json!({"change": {"require_conventional": "yes"}}),
            "setting `change.require_conventional` must be true or false, but it is the text `yes`",
        ),
        (
            json!({"scan": {"block_severity": "serious"}}),
            "setting `scan.block_severity` must be one of note, low, medium, high, critical, never, but it is the text `serious`",
        ),
        (
            json!({"design": {"synonyms": {"rollback": "undo"}}}),
            "setting `design.synonyms.rollback` must be a list, but it is the text `undo`",
        ),
        (json!({"coverage": {"paths": [{"glob": "a"}]}}), "setting `coverage.paths[0]` lacks the key `patch_percent`"),
    ];
    for (overrides, expected) in cases {
        let found = message(&overrides);
        assert_eq!(found, expected, "{overrides}");
    }
}

#[test]
fn percentages_lie_between_0_and_100() {
    for (percent, fine) in [(0.0, true), (100.0, true), (100.01, false), (-0.01, false)] {
        assert_eq!(Settings::merge(Tier::L2, &json!({"tests": {"success_percent": percent}})).is_ok(), fine, "{percent}");
        let entry = json!({"coverage": {"paths": [{"glob": "a", "patch_percent": percent}]}});
        assert_eq!(Settings::merge(Tier::L2, &entry).is_ok(), fine, "{percent}");
    }
    assert_eq!(
        message(&json!({"coverage": {"patch_percent": 850}})),
        "setting `coverage.patch_percent` must be between 0 and 100, but it is 850"
    );
}

#[test]
fn patterns_that_cannot_be_used_are_refused_with_the_reason() {
    let found = message(&json!({"design": {"risky_paths": ["/etc/**"]}}));
    assert!(
        found.starts_with("setting `design.risky_paths` holds the pattern `/etc/**`") && found.contains("leading `/`"),
        "{found}"
    );
    let found = message(&json!({"dependency": {"patterns": ["npm:("]}}));
    assert!(
        found.starts_with("setting `dependency.patterns` holds the pattern `npm:(`") && found.contains("unclosed group"),
        "{found}"
    );
    assert!(message(&json!({"scan": {"paths": [{"glob": "[z-a]", "block_severity": "low"}]}})).contains("`[z-a]`"));
}

#[test]
fn custom_settings_are_free() {
    let settings = Settings::merge(Tier::L2, &json!({"custom": {"team": {"anything": [1, "a", null]}}})).unwrap();
    assert_eq!(settings.custom["team"]["anything"], json!([1, "a", null]));
}

#[test]
fn the_document_reads_back_without_what_is_computed() {
    let settings = Settings::defaults(Tier::L0);
    let mut document = serde_json::to_value(&settings).unwrap();
    assert!(serde_json::from_value::<Settings>(document.clone()).is_err(), "what is computed cannot be set");
    document.as_object_mut().unwrap().remove("regexes");
    assert_eq!(serde_json::from_value::<Settings>(document).unwrap(), settings);
}

#[test]
fn the_schema_of_the_document_knows_what_is_computed_and_that_of_overrides_does_not() {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let document = settings.into_generator().into_root_schema_for::<Settings>().to_value();
    assert!(document["properties"]["regexes"].is_object());
    let overrides = Settings::overrides_schema();
    assert!(
        overrides["properties"]["regexes"].is_null() && overrides["properties"]["coverage"]["properties"]["paths"].is_object()
    );
    assert!(overrides["required"].is_null() && overrides["properties"]["coverage"]["required"].is_null());
}

#[test]
fn a_length_of_time_that_is_none_names_its_setting() {
    let error = message(&json!({"flow": {"limits": [{"name": "x", "per": "soon", "max": 1}]}}));
    assert_eq!(
        error,
        "setting `flow.limits[0].per` must be a length of time like `90s`, `5m`, `2h`, `1h30m` or `7d`, but it is the text `soon`"
    );
    assert!(message(&json!({"breaker": {"open_for": 5}})).contains("breaker.open_for"));
    let settings = Settings::merge(Tier::L1, &json!({"breaker": {"open_for": "1h30m"}})).unwrap();
    assert_eq!(settings.breaker.open_for.seconds(), 5400);
}

#[test]
fn a_flow_limit_needs_a_name_a_span_and_a_number() {
    assert!(message(&json!({"flow": {"limits": [{"per": "1h", "max": 1}]}})).contains("lacks the key `name`"));
    let settings = Settings::merge(Tier::L1, &json!({"flow": {"limits": [{"name": "x", "per": "1s", "max": 0}]}})).unwrap();
    assert!(settings.flow.limits[0].by.is_empty());
    assert!(message(&json!({"flow": {"limits": [{"name": "x", "per": "1s", "max": 0, "by": ["country"]}]}})).contains("service"));
}

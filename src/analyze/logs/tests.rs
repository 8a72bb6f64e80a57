use super::*;
use crate::facts::{Logs, TemplateStatus};

const OPTIONS: LogOptions = LogOptions { margin: 0.5, alpha: 0.05, min_count: 5, max_listed: 50, requests: None };

fn compared(gray: &str, baseline: Option<&str>) -> Logs {
    let mut mined = vec![mine(Side::Gray, &mut gray.as_bytes()).unwrap()];
    mined.extend(baseline.map(|text| mine(Side::Baseline, &mut text.as_bytes()).unwrap()));
    logs(mined, &[], &OPTIONS).unwrap()
}

fn listed(facts: &Logs) -> Vec<(TemplateStatus, &str)> {
    facts.templates.iter().map(|template| (template.status, template.template.as_str())).collect()
}

fn quiet(count: usize) -> String {
    "2026-01-02T03:04:05Z INFO fine\n".repeat(count)
}

#[test]
fn what_the_baseline_does_not_have_is_new() {
    let old = "ERROR no money for user 17 after 3 ms\n";
    let facts = compared(
        &format!("{old}ERROR no money for user 18 after 99 ms\nERROR wallet 7 is broken\nFATAL out of memory\n"),
        Some(old),
    );
    assert_eq!(listed(&facts), [(TemplateStatus::New, "out of memory"), (TemplateStatus::New, "wallet <*> is broken")]);
    assert_eq!((facts.new, facts.unchanged), (2, 1));
    assert_eq!(facts.templates[1].sample, "wallet 7 is broken");
}

#[test]
fn another_word_is_a_variant_until_the_baseline_has_shown_three() {
    let user = |name: &str| format!("ERROR user {name} is not known here\n");
    let facts = compared(&user("eve"), Some(&user("ann")));
    assert_eq!(listed(&facts), [(TemplateStatus::Variant, "user eve is not known here")]);
    let facts = compared(&user("eve"), Some(&[user("ann"), user("bob"), user("joe")].concat()));
    assert_eq!(listed(&facts), []);
    assert_eq!(facts.unchanged, 1);
    let facts = compared(&[user("eve"), user("sue"), user("zoe")].concat(), Some(&user("ann")));
    assert_eq!(listed(&facts), [(TemplateStatus::Variant, "user <*> is not known here")]);
}

#[test]
fn the_same_words_with_another_exception_or_frame_are_new() {
    let entry = |fault: &str, frame: &str| format!("10:00:00.000 ERROR payment failed\n{fault}: x\n\tat {frame}(A.java:1)\n");
    let old = entry("a.FooException", "a.A.b");
    assert_eq!(compared(&old.replace(":1)", ":9)"), Some(&old)).new, 0);
    assert_eq!(compared(&entry("a.BarException", "a.A.b"), Some(&old)).new, 1);
    assert_eq!(compared(&entry("a.FooException", "a.A.c"), Some(&old)).new, 1);
    assert_eq!(compared(&old.replace("ERROR", "FATAL"), Some(&old)).new, 1);
    let short = "ERROR refund of 17 failed after a while: FooException\n";
    assert_eq!(compared(&short.replace("Foo", "Bar"), Some(short)).new, 1);
}

#[test]
fn a_rate_that_rose_beyond_margin_and_chance_is_risen() {
    let log = |errors: usize| quiet(1000) + &"2026-01-02T03:04:06Z ERROR no money\n".repeat(errors);
    let facts = compared(&log(100), Some(&log(10)));
    assert_eq!(listed(&facts), [(TemplateStatus::Risen, "no money")]);
    let risen = &facts.templates[0];
    assert!((risen.rate_ratio.unwrap() - 10.0).abs() < 1e-9 && risen.p_value.unwrap() < 1e-6);
    assert_eq!(risen.first_seen.as_deref(), Some("2026-01-02T03:04:06Z"));
    assert_eq!(compared(&log(14), Some(&log(10))).risen, 0);
    // Four times as many lines, four times as many errors.
    let more = quiet(4000) + &"ERROR no money\n".repeat(400);
    assert_eq!(compared(&more, Some(&log(100))).risen, 0);
}

#[test]
fn logs_of_errors_alone_are_compared_by_their_time() {
    let log = |step: usize| -> String {
        let lines: Vec<String> =
            (0..50).map(|n| format!("2026-01-02T03:{:02}:00Z ERROR no money\n", (n * step / 10) % 60)).collect();
        lines.concat()
    };
    let facts = compared(&log(1), Some(&log(10)));
    assert_eq!(facts.risen, 1);
    let facts = compared("ERROR a\n", Some("ERROR a\n"));
    assert_eq!((facts.exposure, facts.unchanged), (None, 1));
}

#[test]
fn without_a_baseline_nothing_is_new_and_nothing_known() {
    let facts = compared("ERROR a\nWARN b\n", None);
    assert_eq!(listed(&facts), [(TemplateStatus::Unjudged, "a"), (TemplateStatus::Unjudged, "b")]);
    assert_eq!((facts.new, facts.baseline), (0, None));
    assert!(logs(vec![mine(Side::Baseline, &mut "ERROR a\n".as_bytes()).unwrap()], &[], &OPTIONS).is_err());
}

#[test]
fn warnings_are_counted_apart() {
    let facts = compared("WARN low on money\nERROR a\n", Some("ERROR a\n"));
    assert_eq!((facts.new, facts.new_warnings), (0, 1));
}

#[test]
fn the_order_of_entries_and_files_does_not_matter() {
    let line = |n: usize| {
        let (verb, place) = (["pay", "refund"][n % 2], ["a", "b", "c", "d"][n % 4]);
        let time = format!("2026-01-02T03:{:02}:{:02}Z", n / 60, n % 60);
        format!("{time} INFO fine\n{time} ERROR {verb} failed for {place} in {}\n", n % 7)
    };
    let lines: Vec<String> = (0..200).map(line).collect();
    let turned: Vec<String> = lines.iter().rev().cloned().collect();
    let facts = |lines: &[String], file: usize| {
        let sides = [(Side::Gray, lines), (Side::Baseline, &lines[50..150])];
        let files = sides.iter().flat_map(|(side, lines)| lines.chunks(file).map(|part| (*side, part.concat())));
        let mined = files.map(|(side, text)| mine(side, &mut text.as_bytes()).unwrap()).collect();
        let mut facts = logs(mined, &[], &OPTIONS).unwrap();
        for template in &mut facts.templates {
            template.sample.clear();
        }
        facts
    };
    let whole = facts(&lines, 1000);
    assert!(whole.unchanged > 0 && whole.gray.errors == 200);
    assert_eq!(facts(&lines, 7), whole);
    let Logs { templates, unchanged, new, .. } = facts(&turned, 1000);
    assert_eq!((templates, unchanged, new), (whole.templates, whole.unchanged, whole.new));
}

fn room(messages: usize) -> Room {
    Room { messages, bytes: usize::MAX }
}

/// A word of three letters.
fn word(n: usize) -> String {
    (0..3).map(|at| char::from(b'a' + u8::try_from((n / 26_usize.pow(at)) % 26).unwrap())).collect()
}

/// Errors that have little in common.
fn unlike(range: std::ops::Range<usize>) -> String {
    let lines: Vec<String> = range.map(|n| format!("ERROR {} {} {}\n", word(n), word(n * 7), word(n * 31))).collect();
    lines.concat()
}

fn counted(log: &MinedLog) -> u64 {
    log.messages.iter().map(|(_, seen)| seen.count).sum()
}

#[test]
fn too_many_different_messages_are_grouped_and_what_finds_no_room_is_counted() {
    let alike: Vec<String> = (0..500).map(|n| format!("ERROR user {} is not known here\n", "x".repeat(n + 1))).collect();
    let alike = alike.concat();
    let mined = mine_within(Side::Gray, &mut alike.as_bytes(), room(100), room(10)).unwrap();
    assert_eq!((mined.figures.errors, mined.figures.overflow), (500, 0));
    assert_eq!(mined.messages.iter().map(|(_, seen)| seen.count).sum::<u64>(), 500);
    assert!(mined.messages.len() <= 100);
    let other: Vec<String> = (0..500).map(|n| format!("ERROR {} {}\n", word(n), word(n * 7))).collect();
    let other = other.concat();
    let mined = mine_within(Side::Gray, &mut other.as_bytes(), room(100), room(10)).unwrap();
    assert!(mined.figures.overflow > 0);
    assert_eq!(counted(&mined) + mined.figures.overflow, 500);
}

#[test]
fn a_full_table_still_counts_what_it_knows() {
    // Known ones again: plain, with another secret, and with an exception.
    let known = "ERROR no money left\nERROR bad login password=abc\nERROR no wallet: a.FooException\n";
    let log = format!("{known}{}{}{}", unlike(0..200), known.repeat(50).replace("=abc", "=xyz"), unlike(200..400));
    let mined = mine_within(Side::Gray, &mut log.as_bytes(), room(100), room(10)).unwrap();
    assert_eq!(counted(&mined) + mined.figures.overflow, mined.figures.errors);
    let of = |text: &str| mined.messages.iter().find(|(key, _)| key.text == text).map(|(_, seen)| seen.count);
    assert_eq!(of("no money left"), Some(51));
    assert_eq!(of("bad login password=***"), Some(51));
    assert_eq!(of("no wallet: a.FooException"), Some(51));
    assert_eq!(mined.messages.len(), 100);
}

#[test]
fn long_messages_fill_a_table_as_well() {
    let line = |n: usize| format!("ERROR {} {} {}\n", word(n), word(n * 7), (word(n * 31) + " ").repeat(150));
    let log = (0..500).map(line).collect::<Vec<_>>().concat();
    let mined = mine_within(Side::Gray, &mut log.as_bytes(), Room { messages: 1000, bytes: 100_000 }, room(10)).unwrap();
    let bytes: usize = mined.messages.iter().map(|(key, seen)| key.text.len() + seen.sample.len()).sum();
    assert!(bytes < 110_000 && mined.figures.overflow > 400, "{bytes}");
    assert_eq!(counted(&mined) + mined.figures.overflow, 500);
}

#[test]
fn many_logs_share_the_room_of_one() {
    let log = |side, part: usize| {
        let text = unlike(part * 40..part * 40 + 60) + "WARN low\n";
        mine(side, &mut text.as_bytes()).unwrap()
    };
    let logs_of = |parts: usize| -> Vec<MinedLog> {
        [Side::Gray, Side::Baseline].iter().flat_map(|side| (0..parts).map(|part| log(*side, part))).collect()
    };
    let shared = |mut logs: Vec<MinedLog>, mut together: Together| {
        for log in &mut logs {
            together.take(log);
        }
        for log in &mut logs {
            together.give(log);
        }
        logs
    };
    // With room enough the facts are those of the logs one by one.
    let many = shared(logs_of(4), Together::default());
    assert_eq!(many.iter().filter(|log| !log.is_empty()).count(), 2);
    assert_eq!(logs(many, &[], &OPTIONS), logs(logs_of(4), &[], &OPTIONS));
    // Without it nothing goes unseen.
    let many = shared(logs_of(20), Together::within(room(100), room(10)));
    assert!(many.iter().map(MinedLog::len).sum::<usize>() <= 2 * 101);
    for side in [Side::Gray, Side::Baseline] {
        let of_side = || many.iter().filter(|log| log.side == side);
        let overflow: u64 = of_side().map(|log| log.figures.overflow).sum();
        assert!(overflow > 0);
        assert_eq!(of_side().map(counted).sum::<u64>() + overflow, 20 * 61);
    }
}

#[test]
fn no_secret_reaches_the_facts() {
    let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAsecretsecret\n-----END RSA PRIVATE KEY-----";
    let log = format!(
        "ERROR cannot log in: password=hunter2x postgres://pay:hunter2x@db/pay\n\
         {{\"level\":\"error\",\"msg\":\"sent {{\\\"token\\\":\\\"hunter2x\\\"}}\",\"error\":\"Bearer hunter2x\"}}\n\
         10:00:00 ERROR bad key {key}\n10:00:01 ERROR \u{1b}[31mapi_key:\u{1b}[0m hunter2x for jane@example.com\n"
    );
    let text = serde_json::to_string(&compared(&log, None)).unwrap();
    for secret in ["hunter2x", "MIIE", "secretsecret", "jane@"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(!text.contains("\\u001b"), "{text}");
}

//! What holds for every format: nothing that a decision says can break out of its report, and no report changes the decision.

use proptest::prelude::*;
use quick_xml::XmlVersion;
use quick_xml::events::Event;
use unicode_width::UnicodeWidthStr;

use super::{Format, Options, RenderError, escape, render, sample};
use crate::decide::{Decision, Effect, Mode, Shadow, Verdict};
use crate::exit;

fn shown(format: Format, decision: &Decision) -> String {
    render(format, decision, &Options::default()).unwrap()
}

fn samples() -> Vec<(&'static str, Decision)> {
    vec![
        ("pass", sample::pass()),
        ("block", sample::block()),
        ("hold", sample::hold()),
        ("unknown", sample::unknown()),
        ("twelve", sample::twelve()),
        ("rollback", sample::rollback()),
        ("canary", sample::canary()),
        ("hostile", sample::hostile()),
        ("many", sample::many()),
        ("chinese", sample::chinese()),
    ]
}

#[test]
fn every_format_has_a_name_of_its_own_that_reads_back() {
    for format in Format::ALL {
        assert_eq!(format.name().parse::<Format>(), Ok(format));
        assert_eq!(Format::ALL.iter().filter(|other| other.name() == format.name()).count(), 1);
    }
    let unknown = "sarf".parse::<Format>().unwrap_err().to_string();
    assert_eq!(unknown, "unknown report `sarf`: expected one of text, json, sarif, junit, markdown, html, github");
}

#[test]
fn one_decision_in_every_format_stays_the_same_and_so_does_the_exit_code() -> Result<(), RenderError> {
    for (name, decision) in samples() {
        let before = decision.clone();
        let code = exit::code(decision.verdict, decision.mode);
        for format in Format::ALL {
            let first = render(format, &decision, &Options::default())?;
            assert!(first.ends_with('\n'), "{name} as {format}");
            assert_eq!(first, render(format, &decision, &Options::default())?, "{name} as {format} differs from run to run");
            assert_eq!(decision, before, "{name} as {format}");
            assert_eq!(exit::code(decision.verdict, decision.mode), code, "{name} as {format}");
        }
    }
    Ok(())
}

#[test]
fn every_sample_looks_as_recorded() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src/report/testdata");
    let mut wrong = Vec::new();
    for (name, decision) in samples() {
        let verbose = Options { verbose: true, ..Options::default() };
        let mut files = vec![];
        // In every other form it is the rollback.
        if name != "canary" {
            files.push((format!("{name}.txt"), shown(Format::Text, &decision)));
        }
        if !matches!(name, "many" | "hostile" | "twelve" | "canary") {
            files.push((format!("{name}.verbose.txt"), render(Format::Text, &decision, &verbose).unwrap()));
        }
        if matches!(name, "block" | "hostile" | "canary") {
            files.push((format!("{name}.html"), shown(Format::Html, &decision)));
        }
        if matches!(name, "block" | "hostile" | "unknown") {
            for (format, ending) in [(Format::Markdown, "md"), (Format::Junit, "xml"), (Format::Sarif, "sarif")] {
                files.push((format!("{name}.{ending}"), shown(format, &decision)));
            }
        }
        for (file, text) in files {
            wrong.extend(differs(&format!("{root}/{file}"), &text).map(|why| format!("{file}: {why}")));
        }
    }
    assert!(wrong.is_empty(), "set KADIAN_RECORD=1 to record anew:\n{}", wrong.join("\n"));
}

/// Compares a text with its recorded form; records it instead when `KADIAN_RECORD` is set.
#[expect(clippy::disallowed_methods, reason = "recorded texts are read and written by this test alone")]
fn differs(path: &str, text: &str) -> Option<String> {
    if std::env::var_os("KADIAN_RECORD").is_some() {
        std::fs::write(path, text).unwrap();
        return None;
    }
    let recorded = std::fs::read_to_string(path).unwrap_or_default();
    (recorded != text).then(|| {
        let line = recorded.lines().zip(text.lines()).position(|(old, new)| old != new);
        let line = line.unwrap_or_else(|| recorded.lines().count().min(text.lines().count()));
        format!("line {}: {:?} is now {:?}", line + 1, recorded.lines().nth(line), text.lines().nth(line))
    })
}

#[test]
fn a_screenful_is_enough_unless_everything_is_asked_for() {
    for (name, decision) in samples() {
        let lines = shown(Format::Text, &decision).lines().count();
        let most = match name {
            "hostile" => 40,
            // Eight reasons with a distance each, which take precedence over the screen.
            "twelve" => 41,
            _ => 26,
        };
        assert!(lines <= most, "{name} takes {lines} lines");
    }
    let text = shown(Format::Text, &sample::many());
    assert!(text.contains("tests/failed"), "the other policy is hidden:\n{text}");
    assert!(text.contains("more findings: "), "{text}");
    let all = render(Format::Text, &sample::many(), &Options { verbose: true, ..Options::default() }).unwrap();
    assert_eq!(all.matches("✗ scan/new").count(), 500);
}

#[test]
fn eight_ids_are_shown_before_any_is_left_out() {
    let all = sample::twelve();
    for width in [40, 60, 80, 120] {
        for n in 1..=12 {
            let decision = Decision { findings: all.findings[..n].to_vec(), ..all.clone() };
            let text = render(Format::Text, &decision, &Options { width, ..Options::default() }).unwrap();
            let shown = text.matches("✗ style/rule-").count();
            assert!(shown >= n.min(8), "{shown} of {n} at {width} columns:\n{text}");
            assert_eq!(text.matches("  → ").count(), shown, "each says what to do");
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(shown < n, words.contains("(-v shows all)"), "{text}");
            for finding in &decision.findings[shown..] {
                assert!(width < 80 || text.contains(&finding.id), "{} is not named:\n{text}", finding.id);
            }
        }
    }
}

#[test]
fn no_line_is_wider_than_the_terminal_unless_a_path_is() {
    let long = "word ".repeat(1_000);
    let wide = "发布窗口已经关闭".repeat(100);
    let mut decisions = samples();
    decisions.retain(|(name, _)| *name != "hostile");
    decisions.extend([
        ("long", sample::fill(&long)),
        ("wide", sample::fill(&wide)),
        ("one word", sample::fill(&"x".repeat(5_000))),
    ]);
    for (name, mut decision) in decisions {
        // A place is never cut.
        decision.findings.iter_mut().for_each(|finding| finding.file = None);
        for width in [40, 80, 120] {
            let text = render(Format::Text, &decision, &Options { width, ..Options::default() }).unwrap();
            for line in text.lines() {
                assert!(line.width() <= width, "{name} at {width}: {line}");
            }
            assert!(text.lines().count() <= if width == 40 { 60 } else { 41 }, "{name} at {width}:\n{text}");
        }
    }
}

#[test]
fn beside_a_reason_warnings_are_counted_and_on_a_pass_they_are_shown() {
    let mut decision = sample::block();
    let text = shown(Format::Text, &decision);
    assert!(text.contains("! 1 warning, 1 note, 1 waived (-v shows them)") && !text.contains("at most 72"), "{text}");
    decision.verdict = Verdict::Pass;
    decision.undecided.clear();
    decision.findings.retain(|finding| finding.effect < Effect::Hold);
    let text = shown(Format::Text, &decision);
    assert!(text.contains("PASS  pay (L1) at merge: 1 warning, 1 waived, 9 checks passed"), "{text}");
    assert!(text.contains("at most 72"), "{text}");
}

#[test]
fn what_the_changes_own_rules_would_say_is_never_cut() {
    let own = |verdict| Shadow {
        files: (0..200).map(|n| format!("policies/rule_{n}.rego")).collect(),
        verdict,
        error: verdict.is_none().then(|| "kadian.yaml, line 3: unknown key".to_owned()),
        appearing: vec![],
        disappearing: vec!["deny scan/new src/pay.py:3".into()],
    };
    for (verdict, said) in [
        (Some(Verdict::Pass), "would be PASS, not BLOCK, under the rules that this change brings: 0 findings new, 1 gone"),
        (Some(Verdict::Block), "would be BLOCK too under the rules that this change brings: 0 findings new, 1 gone"),
        (None, "cannot be told under the rules that this change brings: kadian.yaml, line 3: unknown key"),
    ] {
        let decision = Decision { shadow: Some(own(verdict)), ..sample::block() };
        let text = shown(Format::Text, &decision);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&format!("shadow {said}")), "{text}");
        let lines = text.lines().skip_while(|line| !line.starts_with("shadow")).skip(1).take_while(|line| line.starts_with(' '));
        assert!(lines.count() <= 1, "{text}");
        let page = shown(Format::Markdown, &decision).replace('`', "");
        assert!(page.find("\nShadow: ") < page.find("<details>"), "{page}");
        assert!(page.contains(&format!("Shadow: {said}")), "{page}");
    }
}

#[test]
fn notes_take_four_lines_at_most() {
    let note = "configuration and policies come from the base c27503e, because a change does not choose its judge. ";
    for (count, long) in [(1, 30), (2, 1), (2, 9), (3, 1), (9, 1), (40, 3)] {
        let notes = (0..count).map(|n| format!("{n}: {}", note.repeat(long))).collect();
        let decision = Decision { notes, ..sample::pass() };
        let text = shown(Format::Text, &decision);
        let lines = text.lines().skip_while(|line| !line.starts_with("note ")).count();
        assert!((1..=4).contains(&lines), "{text}");
        assert!(count < 3 || text.contains("more notes (-v shows all)"), "{text}");
    }
}

#[test]
fn a_mode_that_does_not_bind_is_said_beside_the_verdict() {
    for (mode, word) in [(Mode::Warn, "mode warn"), (Mode::Shadow, "mode shadow")] {
        let decision = Decision { mode, ..sample::block() };
        let text = shown(Format::Text, &decision);
        assert!(text.starts_with("BLOCK  pay (L1) at merge: "), "{text}");
        assert!(text.lines().nth(1).unwrap().starts_with(word), "{text}");
        assert!(shown(Format::Markdown, &decision).to_lowercase().contains(word));
    }
}

#[test]
fn what_is_not_known_is_counted_where_it_does_not_hold() {
    let mut decision = sample::block();
    decision.verdict = Verdict::Pass;
    decision.findings.retain(|finding| finding.id == "scan/new");
    decision.findings[0].effect = Effect::Note;
    let text = shown(Format::Text, &decision);
    assert!(text.starts_with("PASS  pay (L1) at merge: 1 thing not known, 9 checks passed\n"), "{text}");
    assert!(text.contains("· scan/new: cannot decide: scan is missing"), "{text}");
}

#[test]
fn colour_says_nothing_that_the_words_do_not() {
    for (name, decision) in samples() {
        let colored = render(Format::Text, &decision, &Options { color: true, ..Options::default() }).unwrap();
        assert!(colored.contains("\u{1b}["), "{name}");
        let mut plain = String::new();
        let mut rest = colored.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        plain.push_str(rest);
        assert_eq!(plain, shown(Format::Text, &decision), "{name}");
    }
}

#[test]
fn a_comment_never_outgrows_what_github_takes() {
    let long = "a b/c ".repeat(20_000);
    for decision in [sample::many(), sample::fill(&long)] {
        let text = shown(Format::Markdown, &decision);
        assert!(text.chars().count() <= 65_000);
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }
    let text = shown(Format::Markdown, &sample::many());
    assert_eq!(text.matches("\n- ✗").count(), 50);
    assert!(text.contains("**491 more findings are not shown here**"), "{}", &text[text.len() - 300..]);
}

#[test]
fn long_reasons_push_neither_plan_nor_shadow_out_of_a_comment() {
    let mut decision = sample::fill(&"a b/c ".repeat(20_000));
    let many = decision.findings[0].clone();
    decision.findings.extend(std::iter::repeat_n(many, 60));
    decision.next_look_at = Some(decision.decided_at);
    let text = shown(Format::Markdown, &decision);
    assert!(text.chars().count() <= 65_000);
    for said in ["\n**ROLL BACK**: ", "\nLook again now", "\nShadow: cannot be told"] {
        assert!(text.contains(said), "{said}");
    }
}

#[test]
fn whatever_is_grouped_every_id_is_named_when_everything_is_asked_for() {
    let verbose = Options { verbose: true, ..Options::default() };
    for decision in [sample::unknown(), sample::block(), sample::twelve()] {
        let text = render(Format::Text, &decision, &verbose).unwrap();
        let page = shown(Format::Markdown, &decision);
        for finding in &decision.findings {
            assert!(text.contains(&finding.id) && page.contains(&finding.id), "{}", finding.id);
        }
    }
}

/// Strings that an attacker would try, and any others.
pub(super) fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        any::<char>().prop_map(String::from),
        prop::sample::select(vec![
            "`",
            "``",
            "\\",
            "<",
            ">",
            "&",
            "]]>",
            "-->",
            "<!--",
            "[",
            "](",
            ")",
            "![",
            "@",
            "#",
            "*",
            "_",
            "|",
            "\n",
            "\r\n",
            "\t",
            "{0}",
            "{",
            "}",
            "http://x.y",
            "www.x.y",
            "a@b.c",
            "\u{1b}[0m",
            "\u{9b}",
            "\u{202e}",
            "\u{200b}",
            "</details>",
            "~~~",
            "- ",
            "1. ",
            " ",
            "付",
            "word",
            "\"",
            "'",
            "\u{0}",
            "\u{fffe}",
            "$x$",
            ":tada:",
            "../",
            "/",
            "&#64;",
            "deadbeef",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn json_is_the_record(text in nasty()) {
        let decision = sample::fill(&text);
        let read: serde_json::Value = serde_json::from_str(&shown(Format::Json, &decision)).unwrap();
        prop_assert_eq!(read, serde_json::to_value(&decision).unwrap());
    }

    #[test]
    fn text_moves_no_cursor_and_hides_nothing(text in nasty(), width in 0usize..200, verbose: bool) {
        let options = Options { width, verbose, ..Options::default() };
        let out = render(Format::Text, &sample::fill(&text), &options).unwrap();
        let bad: Vec<char> = out.chars().filter(|c| *c != '\n' && escape::is_hidden(*c)).collect();
        prop_assert!(bad.is_empty(), "{:?}", bad);
    }

    #[test]
    fn sarif_parses_and_links_nowhere(text in nasty()) {
        let read: serde_json::Value = serde_json::from_str(&shown(Format::Sarif, &sample::fill(&text))).unwrap();
        for result in read["runs"][0]["results"].as_array().unwrap() {
            let message = result["message"]["text"].as_str().unwrap();
            let bare = message.replace("\\\\", "").replace("\\[", "").replace("\\]", "");
            prop_assert!(!bare.contains("]("), "{}", message);
            let even = message.replace("{{", "").replace("}}", "");
            prop_assert!(!even.contains(['{', '}']), "{}", message);
            let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            if let Some(uri) = uri.as_str() {
                prop_assert!(!uri.starts_with('/') && uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b)), "{}", uri);
            }
        }
    }

    #[test]
    fn junit_is_well_formed_xml(text in nasty()) {
        let xml = shown(Format::Junit, &sample::fill(&text));
        let legal = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        prop_assert!(xml.chars().all(legal));
        let mut reader = quick_xml::Reader::from_str(&xml);
        reader.config_mut().check_end_names = true;
        let mut depth = 0;
        loop {
            match reader.read_event() {
                Ok(Event::Start(tag)) => { depth += 1; check_attributes(&tag); }
                Ok(Event::Empty(tag)) => check_attributes(&tag),
                Ok(Event::End(_)) => depth -= 1,
                Ok(Event::GeneralRef(name)) => {
                    // The last two are what `log_markup` writes for `:` and `#` of a command to a CI system.
                    prop_assert!(matches!(&*name, "amp" | "lt" | "gt" | "quot" | "apos" | "#58" | "#35"), "{:?} in {}", name, xml);
                }
                Ok(Event::Text(_) | Event::Decl(_)) => {}
                Ok(Event::Eof) => break,
                other => prop_assert!(false, "{:?} in {}", other, xml),
            }
        }
        prop_assert_eq!(depth, 0);
        prop_assert!(!xml.lines().any(|line| line.trim_start().starts_with("::")), "{}", xml);
    }

    #[test]
    fn markdown_keeps_everything_odd_in_code_spans(text in nasty()) {
        let page = shown(Format::Markdown, &sample::fill(&text));
        for line in page.lines() {
            let bare = without_code(line);
            let own = ["<details>", "</details>", "<summary>", "</summary>", "### ", "**"];
            let rest = own.iter().fold(bare, |rest, tag| rest.replace(tag, ""));
            let odd: Vec<char> = rest.trim_end_matches('\\').chars().filter(|c| "<>@#[]!*_|`~$&\\{}=+".contains(*c)).collect();
            // `!` is the symbol of a warning.
            let odd: Vec<char> = odd.into_iter().filter(|c| *c != '!' || !rest.starts_with("- ! ")).collect();
            prop_assert!(odd.is_empty(), "{:?} in {}", odd, line);
            prop_assert!(!rest.contains("://") && !rest.contains("www."), "{}", line);
        }
    }
}

fn check_attributes(tag: &quick_xml::events::BytesStart<'_>) {
    for attribute in tag.attributes() {
        attribute.unwrap().normalized_value(XmlVersion::Implicit1_0).unwrap();
    }
}

/// A line without its code spans, read as `CommonMark` does: a run of backticks closes at the next run of the same length.
pub(super) fn without_code(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        out.push_str(&rest[..start]);
        let run = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let mut inner = &rest[start + run..];
        let close = loop {
            let Some(next) = inner.find('`') else { break None };
            let length = inner[next..].len() - inner[next..].trim_start_matches('`').len();
            inner = &inner[next + length..];
            if length == run {
                break Some(inner);
            }
        };
        let Some(after) = close else { return out + &rest[start..] };
        rest = after;
    }
    out + rest
}

//! What holds for every page: it is well-formed, live in nothing but its own words, and loses nothing without a word.

use proptest::prelude::*;
use quick_xml::events::{BytesStart, Event};

use super::*;
use crate::decide::{Effect, Finding};
use crate::report::escape::is_hidden;
use crate::report::sample;

/// Every element that a page may hold.
const ELEMENTS: [&str; 45] = [
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "header",
    "main",
    "section",
    "details",
    "summary",
    "article",
    "h1",
    "h2",
    "h3",
    "p",
    "ul",
    "li",
    "dl",
    "dt",
    "dd",
    "div",
    "span",
    "strong",
    "code",
    "time",
    "br",
    "a",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "figure",
    "figcaption",
    "svg",
    "desc",
    "path",
    "text",
    "tspan",
    "g",
    "rect",
    "circle",
    "bdi",
];
/// Every attribute; none of them runs or loads anything, and `href` is looked at apart.
const ATTRIBUTES: [&str; 29] = [
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "id",
    "class",
    "title",
    "href",
    "open",
    "scope",
    "colspan",
    "datetime",
    "role",
    "aria-label",
    "aria-labelledby",
    "aria-hidden",
    "viewBox",
    "d",
    "x",
    "y",
    "dy",
    "cx",
    "cy",
    "r",
    "width",
    "height",
    "text-anchor",
    "font-size",
];

/// Reads the page as XML does and says what is wrong with it.
fn check(page: &str) -> Result<(), String> {
    let mut reader = quick_xml::Reader::from_str(page);
    reader.config_mut().check_end_names = true;
    let (mut open, mut ids, mut targets) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        match reader.read_event().map_err(|error| format!("{error} at {}", reader.buffer_position()))? {
            Event::Start(tag) => {
                element(&tag, &mut ids, &mut targets)?;
                open.push(tag.name().as_ref().to_owned());
            }
            Event::Empty(tag) => element(&tag, &mut ids, &mut targets)?,
            Event::End(_) => drop(open.pop()),
            Event::GeneralRef(name) if matches!(&*name, "amp" | "lt" | "gt" | "quot" | "apos" | "#58" | "#35") => {}
            Event::Text(_) | Event::DocType(_) => {}
            Event::Eof => break,
            other => return Err(format!("{other:?}")),
        }
    }
    let before = ids.len();
    ids.sort();
    ids.dedup();
    let lost: Vec<&String> = targets.iter().filter(|target| !ids.contains(target)).collect();
    match (open.is_empty(), before == ids.len(), lost.is_empty()) {
        (true, true, true) => Ok(()),
        other => Err(format!("open {open:?}, ids unique, all targets there: {other:?}, {lost:?}")),
    }
}

fn element(tag: &BytesStart<'_>, ids: &mut Vec<String>, targets: &mut Vec<String>) -> Result<(), String> {
    let name = tag.name().as_ref().to_owned();
    if !ELEMENTS.contains(&name.as_str()) {
        return Err(format!("<{name}>"));
    }
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let key = attribute.key.as_ref().to_owned();
        let value = attribute.value.to_string();
        if !ATTRIBUTES.contains(&key.as_str()) {
            return Err(format!("{key}={value}"));
        }
        match key.as_str() {
            "id" => ids.push(value),
            "aria-labelledby" => targets.extend(value.split(' ').map(str::to_owned)),
            "href" => targets.push(value.strip_prefix('#').ok_or(format!("a link to {value}"))?.to_owned()),
            _ => {}
        }
    }
    Ok(())
}

fn samples() -> Vec<(&'static str, Decision)> {
    vec![
        ("pass", sample::pass()),
        ("block", sample::block()),
        ("hold", sample::hold()),
        ("unknown", sample::unknown()),
        ("canary", sample::canary()),
        ("hostile", sample::hostile()),
        ("many", sample::many()),
        ("chinese", sample::chinese()),
        ("twenty", Decision { charts: sample::charts(20), ..sample::rollback() }),
    ]
}

#[test]
fn every_sample_is_well_formed_and_loads_nothing() {
    for (name, decision) in samples() {
        let page = render(&decision);
        assert_eq!(check(&page), Ok(()), "{name}");
        for wrong in ["<script", "javascript:alert", "url(", "@import", "<link", "src="] {
            assert!(name == "hostile" || !page.contains(wrong), "{name}: {wrong}");
        }
    }
}

#[test]
fn what_a_page_must_not_hold_is_seen() {
    for wrong in [
        "<html><script>x</script></html>",
        "<html><p onclick=\"x\"></p></html>",
        "<html><a href=\"https://evil.example\">x</a></html>",
        "<html><p></html>",
        "<html><p>&nbsp;</p></html>",
        "<html><p id=\"a\"></p><p id=\"a\"></p></html>",
        "<html><!-- c --></html>",
    ] {
        assert!(check(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_policy_of_the_page_names_the_style_sheet_that_reaches_the_reader() {
    let page =
        crate::report::render(crate::report::Format::Html, &sample::hostile(), &crate::report::Options::default()).unwrap();
    let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let wanted = format!("style-src &apos;sha256-{}&apos;", base64(&Sha256::digest(style)));
    assert!(page.contains(&wanted), "the style sheet was changed on its way");
    assert!(page.contains("default-src &apos;none&apos;"));
    assert_eq!(page.matches("<style").count(), 1);
    assert_eq!(page.matches("style=").count(), 0);
}

#[test]
fn base64_is_that_of_the_standard() {
    // RFC 4648, section 10, and the three bytes that use its last letters.
    for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
    {
        assert_eq!(base64(bytes.as_bytes()), text);
    }
    assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
}

#[test]
fn every_field_of_a_finding_is_on_the_page() {
    let finding = Finding {
        title: Some("A title".into()),
        file: Some("src/a.py".into()),
        line: Some(7),
        expected: Some(serde_json::json!("what is wanted")),
        actual: Some(serde_json::json!("what was found")),
        distance: Some("how far".into()),
        remedy: Some("what to do".into()),
        requirement: Some("Z9".into()),
        evidence: vec![crate::facts::Kind::Incidents],
        declared_effect: Effect::Rollback,
        waiver: Some(crate::decide::WaiverNote {
            reason: "why waived".into(),
            owner: "who waived".into(),
            ticket: Some("which ticket".into()),
            starts: None,
            expires: jiff::civil::date(2031, 2, 3),
            source: "where it stands".into(),
        }),
        metadata: serde_json::Map::from_iter([("own-key".to_owned(), serde_json::json!("own value"))]),
        ..sample::finding("odd/id", Effect::Warn, "the message")
    };
    let page = render(&Decision { findings: vec![finding], ..sample::pass() });
    for said in [
        "odd/id",
        "A title",
        "src/a.py:7",
        "what is wanted",
        "what was found",
        "how far",
        "what to do",
        "requirement Z9",
        "from incidents",
        "its rule says rollback",
        "why waived",
        "who waived",
        "2031-02-03",
        "own-key own value",
        "the message",
        "5e884898da28",
        "severity medium",
    ] {
        assert!(page.contains(said), "{said}");
    }
}

#[test]
fn every_field_of_a_decision_is_on_the_page() {
    let mut decision = sample::block();
    decision.next_look_at = Some("2026-01-05T02:30:00Z".parse().unwrap());
    decision.rollback = sample::rollback().rollback;
    decision.shadow = Some(crate::decide::Shadow {
        files: vec!["kadian.yaml".into()],
        verdict: Some(crate::decide::Verdict::Pass),
        error: None,
        appearing: vec!["x/new".into()],
        disappearing: vec!["x/gone".into()],
    });
    let page = render(&decision);
    let head = &page[..page.find("<main>").unwrap()];
    for said in [
        "BLOCK",
        "2 reasons to stop",
        "Add a test that runs",
        "Run `pytest",
        "Look again in 20 min",
        "ROLL BACK: pay 1.4.2 → 1.4.1",
    ] {
        assert!(head.contains(said), "{said} is not said first:\n{head}");
    }
    assert!(!head.contains("--evidence scan"), "what holds is no way out of a block:\n{head}");
    for said in [
        &decision.id,
        &decision.policies.digest,
        &decision.input_digest,
        "kadian.tests",
        "kadian.decision/v1",
        "kadian 0.1.0",
        "refs/pull/42/merge",
        "f0e1d2c3b4a5968778695a4b3c2d1e0ff0e1d2c3",
        "database/online",
        "stages: {merge: {expect: [database]}}",
        "cov/lcov.info",
        "lcov, 4096 bytes",
        "nothing matched build/scan/*.sarif",
        "team-pay",
        "x/new",
        "x/gone",
        "kadian.yaml",
        "would be PASS, not BLOCK",
        "tests/executed",
        "policies and settings come from the base",
        "[would stop if enforced]",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(page.contains("title=\"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\">9f86d081884c<"));
}

#[test]
fn what_does_not_fit_is_counted() {
    let one = sample::many().findings.remove(0);
    let decision = Decision { findings: vec![one; MOST_ENTRIES + 7], ..sample::many() };
    let page = render(&decision);
    assert_eq!(page.matches("<article").count(), MOST_ENTRIES);
    assert!(page.contains("<strong>7 more findings are not shown here</strong>"));

    let long = Finding { message: "a b/c ".repeat(1_000), ..sample::finding("a/b", Effect::Deny, "") };
    let decision = Decision { findings: vec![long; MOST_ENTRIES], passed: vec!["p".repeat(100_000); 9], ..sample::many() };
    let page = render(&decision);
    assert!(page.len() < MOST_BYTES + (1 << 20), "{}", page.len());
    assert!(page.contains("more findings are not shown here"));
    assert!(page.contains("… (2000 more characters)"), "a cut text says so");

    let decision = Decision { charts: sample::charts(600), passed: vec!["x".into(); MOST_ENTRIES + 3], ..sample::pass() };
    let page = render(&decision);
    assert_eq!(check(&page), Ok(()));
    assert!(
        page.contains("… and 100 more") && page.contains("The course of 500 more is not drawn") && page.contains("… and 3 more")
    );
}

#[test]
fn the_worst_metric_comes_first_and_one_metric_needs_no_overview() {
    let page = render(&sample::canary());
    let order: Vec<usize> = ["regressed</span>", "undecided</span>", "equivalent</span>"]
        .iter()
        .map(|word| page.find(word).unwrap_or_else(|| panic!("{word}")))
        .collect();
    assert!(order.is_sorted(), "{order:?}");
    assert_eq!((page.matches("class=\"forest\"").count(), page.matches("<figure").count()), (1, 3));
    let one = render(&Decision { charts: sample::charts(1), ..sample::pass() });
    assert_eq!((one.matches("class=\"forest\"").count(), one.matches("<figure").count()), (0, 1));
    assert!(!render(&sample::pass()).contains("Gray version"));
}

#[test]
fn letters_from_right_to_left_turn_nothing_else_around() {
    assert_eq!(text("ok 1 > 0"), "ok 1 &gt; 0");
    assert_eq!(text("שלום 1 > 0"), "<bdi>שלום 1 &gt; 0</bdi>");
    assert_eq!(lines("a\nשלום"), "<bdi>a\nשלום</bdi>");
    let page = render(&sample::fill("שלום"));
    assert_eq!(check(&page), Ok(()));
    assert!(page.contains("<title>BLOCK: שלום (שלום) at merge - kadian</title>"), "nothing but text stands in a title");
    assert!(page.contains("<bdi>שלום</bdi> (<bdi>שלום</bdi>) at merge"));
}

#[test]
fn lines_stay_lines_and_hide_nothing() {
    assert_eq!(lines("a\r\n\n\n\n b\t\u{1b}[2J \n\n"), "a\n\nb \\u{1b}[2J");
    assert_eq!(lines("<b>&\"\n\u{202e}"), "&lt;b&gt;&amp;\"\n\\u{202e}");
    assert_eq!(lines(" \n\n "), "");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_decision_says_the_page_stays_the_same_page(text in "(\\PC|\\p{Cc}|<|>|&|'|\"|-->|]]>|</style>|&#|\u{202e}){0,12}") {
        let page = render(&sample::fill(&text));
        prop_assert_eq!(check(&page), Ok(()));
        let hidden: Vec<char> = page.chars().filter(|c| *c != '\n' && is_hidden(*c)).collect();
        prop_assert!(hidden.is_empty(), "{:?}", hidden);
        let tags = |page: &str| page.matches('<').count() - page.matches("bdi>").count();
        let plain = render(&sample::fill("x"));
        prop_assert!(tags(&page) <= tags(&plain), "{} tags, not {}", tags(&page), tags(&plain));
    }
}

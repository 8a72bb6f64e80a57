//! What waivers cover, and what becomes of them.

use jiff::civil::date;

use super::*;
use crate::decide::{Effect, Head, Judged, Judgement, Outcome, Reason, Rule, Terms, Verdict, Waiving, decide};
use crate::facts::{Kind, Severity};

fn rule(id: &str) -> Rule {
    Rule {
        id: id.to_owned(),
        policy: id.split('/').next().unwrap().to_owned(),
        title: None,
        effect: Effect::Deny,
        severity: Severity::High,
        requirement: None,
        remedy: None,
        needs: vec![Kind::Change],
        effective_on: None,
        waivable: true,
    }
}

fn says(rule: Rule, files: &[&str]) -> Judgement {
    let reason = |file: &&str| Reason { message: format!("no: {file}"), file: Some((*file).to_owned()), ..Reason::default() };
    Judgement { rule, outcome: Outcome::Evaluated(files.iter().map(reason).collect()) }
}

fn unknown(id: &str) -> Judgement {
    let outcome = Outcome::CannotDecide { reason: "tests are missing".into(), remedy: None, waits_for: vec![Kind::Tests] };
    Judgement { rule: rule(id), outcome }
}

fn glob(text: &str) -> GlobMatcher {
    globset::Glob::new(text).unwrap().compile_matcher()
}

/// A waiver for `a/deny` from 2026-01-01 to 2026-01-31.
fn waiver() -> Waiver {
    Waiver {
        id: "a/deny".into(),
        path: None,
        fingerprint: None,
        subject: WaiverSubject::default(),
        reason: "legacy".into(),
        owner: "mei".into(),
        ticket: Some("PAY-1".into()),
        starts: Some(date(2026, 1, 1)),
        expires: date(2026, 1, 31),
        max_findings: None,
        undecided: false,
        exact: false,
        source: "w.yaml:3".into(),
        withheld: None,
        unmatched: None,
    }
}

struct Setup {
    judgements: Vec<Judgement>,
    waivers: Vec<Waiver>,
    unwaivable: Vec<String>,
    today: &'static str,
    presence: Presence,
}

impl Setup {
    fn new(judgements: Vec<Judgement>, waivers: Vec<Waiver>) -> Setup {
        Setup { judgements, waivers, unwaivable: vec![], today: "2026-01-10", presence: Presence::Unknown }
    }

    fn judged(&self) -> Judged {
        let modes = std::collections::BTreeMap::new();
        let about = WaiverSubject { service: Some("pay".into()), plan: None, pull_request: Some(7) };
        let waiving = Waiving {
            waivers: &self.waivers,
            unread: &[],
            unwaivable: &self.unwaivable,
            about: &about,
            max_days: 90,
            expiring_days: 7,
        };
        let now = format!("{}T12:00:00Z", self.today).parse().unwrap();
        let terms = Terms { rolls_back: false, now, unknown: Effect::Hold, modes: &modes, waiving };
        decide(
            self.judgements.clone(),
            terms,
            Head { line_text: &|_, _| Some("let x = 1;".into()), presence: &|_| self.presence },
        )
    }

    /// The verdict, and the state of the only waiver with how many findings it covers and why.
    fn only(&self) -> (Verdict, WaiverState, u64, String) {
        let judged = self.judged();
        assert_eq!(judged.waivers.len(), 1);
        (judged.verdict, judged.waivers[0].state, judged.waivers[0].findings, judged.waivers[0].why.clone())
    }
}

fn one(files: &[&str], waiver: Waiver) -> (Verdict, WaiverState, u64, String) {
    Setup::new(vec![says(rule("a/deny"), files)], vec![waiver]).only()
}

#[test]
fn a_waiver_takes_the_effect_and_leaves_the_finding() {
    let judged = Setup::new(vec![says(rule("a/deny"), &["a.rs", "b.rs"])], vec![waiver()]).judged();
    assert_eq!(judged.verdict, Verdict::Pass);
    assert_eq!(judged.findings.len(), 2);
    let note = judged.findings[0].waiver.as_ref().unwrap();
    assert_eq!((note.owner.as_str(), note.ticket.as_deref(), note.source.as_str()), ("mei", Some("PAY-1"), "w.yaml:3"));
    assert!(judged.passed.is_empty(), "a waived check did not pass");
    assert_eq!((judged.waivers[0].state, judged.waivers[0].findings), (WaiverState::Used, 2));
}

#[test]
fn a_waiver_covers_what_it_names_and_nothing_else() {
    assert_eq!(one(&["a.rs"], Waiver { path: Some(glob("*.py")), ..waiver() }).0, Verdict::Block);
    assert_eq!(one(&["a.rs"], Waiver { path: Some(glob("*.rs")), ..waiver() }).0, Verdict::Pass);
    assert_eq!(one(&["a.rs"], Waiver { fingerprint: Some("0".into()), ..waiver() }).0, Verdict::Block);
    assert_eq!(one(&["a.rs"], Waiver { id: "a/other".into(), ..waiver() }).0, Verdict::Block);
    let for_other = WaiverSubject { pull_request: Some(8), ..WaiverSubject::default() };
    let (verdict, state, _, why) = one(&["a.rs"], Waiver { subject: for_other, ..waiver() });
    assert_eq!((verdict, state, why.as_str()), (Verdict::Block, WaiverState::Unused, "it is for pull request 8"));
    let here = WaiverSubject { service: Some("pay".into()), plan: None, pull_request: Some(7) };
    assert_eq!(one(&["a.rs"], Waiver { subject: here, ..waiver() }).0, Verdict::Pass);
    let of_plan = WaiverSubject { plan: Some("p".into()), ..WaiverSubject::default() };
    assert_eq!(one(&["a.rs"], Waiver { subject: of_plan, ..waiver() }).0, Verdict::Block);
}

#[test]
fn it_holds_from_its_first_day_through_its_last() {
    for (today, verdict, state) in [
        ("2025-12-31", Verdict::Block, WaiverState::NotStarted),
        ("2026-01-01", Verdict::Pass, WaiverState::Used),
        ("2026-01-23", Verdict::Pass, WaiverState::Used),
        ("2026-01-24", Verdict::Pass, WaiverState::Expiring),
        ("2026-01-31", Verdict::Pass, WaiverState::Expiring),
        ("2026-02-01", Verdict::Block, WaiverState::Expired),
    ] {
        let setup = Setup { today, ..Setup::new(vec![says(rule("a/deny"), &["a.rs"])], vec![waiver()]) };
        let (got, is, ..) = setup.only();
        assert_eq!((got, is), (verdict, state), "{today}");
        let finding = &setup.judged().findings[0];
        assert_eq!(finding.metadata.contains_key("expired_waiver"), state == WaiverState::Expired);
    }
}

#[test]
fn one_that_would_last_too_long_has_no_effect() {
    let lasting = |starts, expires| one(&["a.rs"], Waiver { starts, expires, ..waiver() });
    assert_eq!(lasting(Some(date(2026, 1, 1)), date(2026, 4, 1)).0, Verdict::Pass, "90 days");
    let (verdict, state, findings, why) = lasting(Some(date(2026, 1, 1)), date(2026, 4, 2));
    assert_eq!((verdict, state, findings), (Verdict::Block, WaiverState::Refused, 1));
    assert!(why.contains("are 91 days") && why.contains("max_days"), "{why}");
    assert_eq!(lasting(None, date(2026, 4, 10)).0, Verdict::Pass, "90 days from today");
    assert_eq!(lasting(None, date(2026, 4, 11)).1, WaiverState::Refused);
    assert_eq!(lasting(None, date(9999, 12, 31)).0, Verdict::Block);
    assert_eq!(lasting(Some(date(-9999, 1, 1)), date(9999, 12, 31)).0, Verdict::Block);
}

#[test]
fn what_nobody_can_waive_stays() {
    let locked = Rule { waivable: false, ..rule("a/deny") };
    let (verdict, state, _, why) = Setup::new(vec![says(locked, &["a.rs"])], vec![waiver()]).only();
    assert_eq!((verdict, state), (Verdict::Block, WaiverState::Refused), "{why}");
    for name in ["a/deny", "a"] {
        let setup = Setup { unwaivable: vec![name.into()], ..Setup::new(vec![says(rule("a/deny"), &["a.rs"])], vec![waiver()]) };
        assert_eq!((setup.only().0, setup.only().1), (Verdict::Block, WaiverState::Refused), "{name}");
    }
    // A rule may give its findings another id; the rule's own still counts.
    let mut renamed = says(rule("b/deny"), &["a.rs"]);
    if let Outcome::Evaluated(reasons) = &mut renamed.outcome {
        reasons[0].id = Some("a/deny".into());
    }
    let setup = Setup { unwaivable: vec!["b/deny".into()], ..Setup::new(vec![renamed], vec![waiver()]) };
    assert_eq!(setup.only().0, Verdict::Block);
}

#[test]
fn more_findings_than_it_bears_are_none_that_it_covers() {
    let bears = |most| one(&["a.rs", "b.rs"], Waiver { max_findings: Some(most), ..waiver() });
    assert_eq!((bears(2).0, bears(2).1), (Verdict::Pass, WaiverState::Used));
    let (verdict, state, findings, why) = bears(1);
    assert_eq!((verdict, state, findings), (Verdict::Block, WaiverState::Refused, 2));
    assert!(why.contains("it bears 1 and 2 match"), "{why}");
}

#[test]
fn an_exact_one_covers_only_what_its_fingerprint_tells_apart() {
    let printed = |reason: Reason| {
        let all = vec![Judgement { rule: rule("a/deny"), outcome: Outcome::Evaluated(vec![reason]) }];
        let print = Setup::new(all.clone(), vec![waiver()]).judged().findings[0].fingerprint.clone();
        let by_print = |exact| Waiver { fingerprint: Some(print.clone()), exact, ..waiver() };
        [false, true].map(|exact| Setup::new(all.clone(), vec![by_print(exact)]).only().0)
    };
    let at = |file: &str, line| Reason { message: "no".into(), file: Some(file.into()), line, ..Reason::default() };
    assert_eq!(printed(Reason { message: "no".into(), ..Reason::default() }), [Verdict::Pass, Verdict::Block]);
    assert_eq!(printed(at("a.rs", None)), [Verdict::Pass, Verdict::Block]);
    assert_eq!(printed(at("a.rs", Some(3))), [Verdict::Pass, Verdict::Pass]);
    let own = Reason { message: "no".into(), fingerprint: Some("own".into()), ..Reason::default() };
    assert_eq!(printed(own), [Verdict::Pass, Verdict::Pass]);
}

#[test]
fn what_could_not_be_decided_is_waived_by_name_only_and_stays_unknown() {
    let (verdict, state, _, why) = Setup::new(vec![unknown("a/deny")], vec![waiver()]).only();
    assert_eq!((verdict, state), (Verdict::Hold, WaiverState::Unused), "{why}");
    assert!(why.contains("undecided: true"));
    let judged = Setup::new(vec![unknown("a/deny")], vec![Waiver { undecided: true, ..waiver() }]).judged();
    assert_eq!(judged.verdict, Verdict::Pass);
    assert_eq!((judged.undecided.len(), judged.passed.len()), (1, 0), "it is not known, and did not pass");
    assert!(judged.findings[0].message.starts_with("cannot decide"));
}

#[test]
fn a_waiver_without_a_finding_says_whether_it_is_still_needed() {
    let idle = |judgements, waiver, presence| {
        let (verdict, state, findings, why) = Setup { presence, ..Setup::new(judgements, vec![waiver]) }.only();
        assert_eq!((verdict, findings), (Verdict::Pass, 0));
        (state, why)
    };
    let clean = || vec![says(rule("a/deny"), &[])];
    let path = || Waiver { path: Some(glob("src/*.rs")), ..waiver() };
    assert_eq!(idle(clean(), waiver(), Presence::Unknown).0, WaiverState::NoLongerMatches);
    assert_eq!(idle(vec![], waiver(), Presence::Unknown).0, WaiverState::Unused, "not judged here");
    assert_eq!(idle(clean(), path(), Presence::Changed).0, WaiverState::NoLongerMatches);
    assert_eq!(idle(clean(), path(), Presence::Elsewhere).0, WaiverState::Unused);
    assert_eq!(idle(clean(), path(), Presence::Unknown).0, WaiverState::Unused);
    for judgements in [clean(), vec![]] {
        assert_eq!(idle(judgements, path(), Presence::Gone).0, WaiverState::NoLongerMatches);
    }
    let odd = Waiver { unmatched: Some((WaiverState::Refused, "did you mean x?".into())), ..waiver() };
    assert_eq!(idle(vec![], odd, Presence::Unknown), (WaiverState::Refused, "did you mean x?".to_owned()));
    let ending = Waiver { expires: date(2026, 1, 11), ..waiver() };
    assert_eq!(idle(vec![], ending, Presence::Unknown).1, "its last day is tomorrow; its check was not made here");
}

#[test]
fn what_is_withheld_covers_nothing_and_says_what_it_would() {
    for state in [WaiverState::Pending, WaiverState::Refused] {
        let withheld = Waiver { withheld: Some((state, "ask mei".into())), ..waiver() };
        let judged = Setup::new(vec![says(rule("a/deny"), &["a.rs"])], vec![withheld]).judged();
        assert_eq!((judged.verdict, judged.waivers[0].state, judged.waivers[0].findings), (Verdict::Block, state, 1));
        let told = judged.findings[0].metadata["withheld_waiver"].as_str().unwrap();
        assert!(told.ends_with(": ask mei"), "{told}");
    }
}

#[test]
fn of_several_the_one_that_ends_last_is_noted_and_the_order_does_not_matter() {
    let later = Waiver { expires: date(2026, 2, 28), source: "w.yaml:9".into(), ..waiver() };
    let expired = Waiver { expires: date(2026, 1, 9), source: "w.yaml:1".into(), ..waiver() };
    let judge = |waivers| Setup::new(vec![says(rule("a/deny"), &["a.rs"])], waivers).judged();
    let judged = judge(vec![expired.clone(), waiver(), later.clone()]);
    assert_eq!(judged.findings[0].waiver.as_ref().unwrap().source, "w.yaml:9");
    assert!(judged.findings[0].metadata.is_empty(), "it needs no other");
    assert_eq!(judged, judge(vec![later, expired, waiver()]));
    let states: Vec<WaiverState> = judged.waivers.iter().map(|one| one.state).collect();
    assert_eq!(states, [WaiverState::Expired, WaiverState::Used, WaiverState::Used]);
}

#[test]
fn a_waived_finding_does_not_hide_another_that_only_looks_the_same() {
    let print = |print: &str| Reason {
        message: "no".into(),
        file: Some("a.rs".into()),
        fingerprint: Some(print.into()),
        ..Reason::default()
    };
    let both = Judgement { rule: rule("a/deny"), outcome: Outcome::Evaluated(vec![print("1"), print("2")]) };
    for (fingerprint, verdict) in [(Some("1"), Verdict::Block), (Some("2"), Verdict::Block), (None, Verdict::Pass)] {
        let waiver = Waiver { fingerprint: fingerprint.map(str::to_owned), ..waiver() };
        assert_eq!(Setup::new(vec![both.clone()], vec![waiver]).only().0, verdict, "{fingerprint:?}");
    }
}

//! Whose comments waive, and when.

use super::*;
use crate::evidence::{CommitPerson, PullCommit, PushRecord};
use crate::facts::{Permission, ProposalState};

const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";
const RULES: Rules = Rules { permission: Permission::Maintain, max_days: 14 };
const GOOD: &str = "/kadian waive scan/new reason=\"a false alarm\" until=2026-01-20";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn person(account: Option<&str>, name: &str) -> CommitPerson {
    CommitPerson { account: account.map(str::to_owned), name: name.to_owned(), email: format!("{name}@example.com") }
}

fn comment(by: &str, permission: Option<Permission>, text: &str) -> CommentRecord {
    let url = Some("https://github.example/c/1".to_owned());
    CommentRecord {
        id: 1,
        by: by.to_owned(),
        at: at("2026-01-10T12:00:00Z"),
        edited: false,
        permission,
        text: text.to_owned(),
        url,
    }
}

fn record(comments: Vec<CommentRecord>) -> PullRequestRecord {
    PullRequestRecord {
        repository: "o/r".to_owned(),
        number: 7,
        state: ProposalState::Open,
        draft: false,
        title: String::new(),
        body: String::new(),
        labels: vec![],
        association: None,
        from_fork: false,
        head: HEAD.to_owned(),
        base_branch: "main".to_owned(),
        base: "1".repeat(40),
        requested_users: vec![],
        requested_teams: vec![],
        commits: vec![PullCommit {
            id: HEAD.to_owned(),
            author: person(Some("Cara"), "C"),
            committer: person(Some("dan"), "D"),
            co_authors: vec![person(None, "eve")],
        }],
        pushes: Some(vec![PushRecord { by: Some("fay".to_owned()), at: at("2026-01-10T11:00:00Z"), commit: HEAD.to_owned() }]),
        permissions: std::collections::BTreeMap::new(),
        teams: std::collections::BTreeMap::new(),
        checks: None,
        statuses: None,
        deployments: None,
        comments: Some(comments),
        unanswered: vec![],
    }
}

fn standings(record: &PullRequestRecord) -> Vec<Standing> {
    asked("Ann", record, &[HEAD.to_owned()], RULES).into_iter().map(|one| one.standing).collect()
}

fn one(comment: CommentRecord) -> Standing {
    let mut all = standings(&record(vec![comment]));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[track_caller]
fn pending(standing: &Standing, said: &str) {
    assert!(matches!(standing, Standing::Pending(why) if why.contains(said) && why.contains("maintain")), "{standing:?}");
}

#[track_caller]
fn refused(standing: &Standing, said: &str) {
    assert!(matches!(standing, Standing::Refused(why) if why.contains(said)), "{standing:?}");
}

#[test]
fn a_maintainer_who_is_not_part_of_the_change_waives() {
    for permission in [Permission::Maintain, Permission::Admin] {
        assert_eq!(one(comment("mei", Some(permission), GOOD)), Standing::Granted);
    }
    let all = asked("Ann", &record(vec![comment("mei", Some(Permission::Admin), GOOD)]), &[HEAD.to_owned()], RULES);
    assert_eq!((all[0].by.as_str(), all[0].source.as_str()), ("mei", "https://github.example/c/1"));
    assert_eq!(all[0].command.as_ref().unwrap().id, "scan/new");
}

#[test]
fn whoever_may_less_only_asks() {
    for permission in [Permission::None, Permission::Read, Permission::Triage, Permission::Write] {
        pending(&one(comment("bob", Some(permission), GOOD)), "bob has permission");
    }
    pending(&one(comment("bob", None, GOOD)), "nobody could tell");
    // A name that looks like a maintainer's is another account.
    pending(&one(comment("me\u{456}", Some(Permission::Read), GOOD)), "has permission `read`");
}

#[test]
fn the_permissions_of_the_request_stand_in_for_those_of_the_comment() {
    let mut record = record(vec![comment("Mei", None, GOOD)]);
    record.permissions.insert("mei".to_owned(), Permission::Maintain);
    assert_eq!(standings(&record), [Standing::Granted]);
}

#[test]
fn nobody_waives_for_a_change_of_their_own() {
    for by in ["ann", "ANN", " @Ann ", "cara", "Dan", "eve", "fay"] {
        let standing = one(comment(by, Some(Permission::Admin), GOOD));
        assert!(matches!(&standing, Standing::Pending(why) if why.contains("cannot waive its findings")), "{by}: {standing:?}");
    }
    pending(&one(comment("helper[bot]", Some(Permission::Admin), GOOD)), "no person");
}

#[test]
fn an_edited_comment_does_not_count() {
    let edited = CommentRecord { edited: true, ..comment("mei", Some(Permission::Admin), GOOD) };
    refused(&one(edited), "was edited");
}

#[test]
fn a_comment_waives_for_days_and_not_for_ever() {
    let until = |day: &str| one(comment("mei", Some(Permission::Admin), &GOOD.replace("2026-01-20", day)));
    assert_eq!(until("2026-01-24"), Standing::Granted);
    refused(&until("2026-01-25"), "so until 2026-01-24");
    refused(&until("9999-12-31"), "too far away");
}

#[test]
fn what_is_pushed_after_a_comment_is_not_covered_by_it() {
    let pushed = |when: &str, text: &str| {
        let mut record = record(vec![comment("mei", Some(Permission::Admin), text)]);
        record.pushes = Some(vec![PushRecord { by: None, at: at(when), commit: HEAD.to_owned() }]);
        standings(&record).remove(0)
    };
    assert_eq!(pushed("2026-01-10T11:59:59Z", GOOD), Standing::Granted);
    for when in ["2026-01-10T12:00:00Z", "2026-01-10T12:00:00.9Z", "2026-01-11T00:00:00Z"] {
        refused(&pushed(when, GOOD), "pushed after it was written");
        assert_eq!(pushed(when, &format!("{GOOD} finding=abc")), Standing::GrantedExactly);
    }
}

#[test]
fn where_nobody_knows_the_last_push_only_a_named_finding_is_waived() {
    let other = PushRecord { by: None, at: at("2026-01-01T00:00:00Z"), commit: "f".repeat(40) };
    for pushes in [None, Some(vec![]), Some(vec![other])] {
        let with = |text: &str| PullRequestRecord {
            pushes: pushes.clone(),
            ..record(vec![comment("mei", Some(Permission::Admin), text)])
        };
        refused(&standings(&with(GOOD))[0], "nobody could tell when the head was pushed");
        assert_eq!(standings(&with(&format!("{GOOD} finding=abc"))), [Standing::GrantedExactly]);
    }
}

#[test]
fn what_kadian_published_itself_is_no_request() {
    let ours = comment("mei", Some(Permission::Admin), &format!("<!-- kadian:merge -->\n\n{GOOD}"));
    assert_eq!(standings(&record(vec![ours])), []);
}

#[test]
fn commands_of_a_comment_are_read_one_by_one() {
    let text = format!("Fine.\n\n{GOOD}\n/kadian waive tests/failed reason=x\n\n> {GOOD}\n");
    let all = standings(&record(vec![comment("mei", Some(Permission::Admin), &text)]));
    assert_eq!(all[0], Standing::Granted);
    refused(&all[1], "`until=` is missing");
    assert_eq!(all.len(), 2);
    let many = standings(&record(vec![comment("mei", Some(Permission::Admin), &[GOOD; 30].join("\n"))]));
    assert_eq!(many.len(), MAX_COMMANDS + 1);
    refused(&many[MAX_COMMANDS], "10 more commands");
}

#[test]
fn hostile_comments_are_read_to_their_end() {
    let long = "x".repeat(100_000);
    for text in [
        format!("/kadian waive {long}"),
        format!("/kadian waive a/b reason=\"{long}\" until=2026-01-20"),
        "/kadian waive a/b\n".repeat(5_000),
        "<!--".repeat(30_000),
        "`".repeat(100_000),
        "``` ` `` ".repeat(12_000),
        format!("{}\n{GOOD}", "> ".repeat(50_000)),
        format!("{GOOD}\u{0}\u{1b}[2J\u{202e}"),
    ] {
        let all = standings(&record(vec![comment("mei", Some(Permission::Admin), &text)]));
        assert!(all.iter().all(|standing| *standing != Standing::Granted), "{}", &text[..40]);
        assert!(all.len() <= MAX_COMMANDS + 1);
    }
}

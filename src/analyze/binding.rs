//! Whether evidence belongs to this change and this time, or is stale.

use jiff::{SignedDuration, Timestamp};

/// What evidence is compared with.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The head's committer time; `None` when only a diff was given.
    pub committed_at: Option<Timestamp>,
    /// The head first, then commits whose evidence counts as well (the pull request's head, where a merge of it is under
    /// review); empty when only a diff was given.
    pub commits: &'a [String],
    /// The time of the decision. Unless it is the moment that is judged, it matters for `max_age` only.
    pub now: Timestamp,
    /// Whether the moment of the decision itself is judged, as in a rollout: then nothing can be known of a time to come.
    pub at_moment: bool,
    /// What evidence of the running service has to be of; `None` where no batch is about to start or soaks.
    pub running: Option<Running>,
}

/// What is asked of evidence of the running service at a rollout: what was true before says little of now.
#[derive(Debug, Clone, Copy)]
pub struct Running {
    /// When the batch that runs was started; `None` where none runs.
    pub batch_started: Option<Timestamp>,
    pub max_age: SignedDuration,
}

/// What of the running service evidence shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// The version that a batch brings: nothing was seen of it before the batch was started.
    Gray,
    /// The service and what it needs, whatever its version.
    Service,
}

/// Until when evidence tells of the running service.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub shows: Shows,
    /// The time that it states; the file's own time counts where it states none.
    pub until: Option<Timestamp>,
}

/// What evidence says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Its path or address, for the sentence.
    pub name: &'a str,
    /// The time that it states, with a zone.
    pub made_at: Option<Timestamp>,
    /// The newest time that it states, as early as it can be meant.
    pub newest: Option<Timestamp>,
    /// The last moment that a time without a zone can mean, where it states one: it can show that the report is too old, and nothing else.
    pub latest: Option<Timestamp>,
    /// When its file was last changed.
    pub modified: Option<Timestamp>,
    /// What it shows of the running service; `None` for all other evidence.
    pub look: Option<Look>,
    /// The commit that it states.
    pub commit: Option<&'a str>,
    /// How old it may be.
    pub max_age: Option<SignedDuration>,
}

/// How many seconds the clock that made the evidence may be ahead of the gate's where its age is asked for.
const CLOCKS_DIFFER: i64 = 300;

/// The same at a moment that is judged: the clocks of what runs are kept by the same servers as that of the gate.
const CLOCKS_DIFFER_AT_MOMENT: i64 = 60;

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    Known,
    /// Why not, as a sentence that names both times or commits.
    Stale(String),
}

/// Compares by commit where the evidence states one, and by time otherwise; then by age.
///
/// Times are compared by whole seconds, because git stores no more. A stated time counts before the file's. Evidence that states no
/// time at all is stale where a time is asked for: nothing shows that it is of this change. Where its age is asked for, a stated time
/// more than five minutes after the decision is none; a file's own time may be later where a decision is replayed. Without `max_age` the clock does not matter, so that a decision can be replayed,
/// unless the moment itself is judged: then no evidence may tell of more than a minute after it. Where a batch starts or soaks,
/// evidence of the running service is no older than [`Running`] says.
#[must_use]
pub fn binding(claim: Claim<'_>, target: Target<'_>) -> Binding {
    let name = claim.name;
    let head = target.commits.first().map_or("", |head| short(head));
    let time = claim.made_at.or(claim.modified);
    let made = if claim.made_at.is_some() { "made at" } else { "last changed at" };
    let claimed = claim.commit.filter(|_| !target.commits.is_empty());
    if let Some(commit) = claimed.filter(|commit| !target.commits.iter().any(|known| same_commit(commit, known))) {
        let commit = crate::evidence::text::shown(commit);
        return Binding::Stale(format!("{name} was made for commit {commit}, not for {head}: make it again for this commit"));
    }
    if let Some(newest) = claim.newest.filter(|newest| target.at_moment && is_to_come(*newest, target.now)) {
        let (newest, now) = (whole(newest), whole(target.now));
        return Binding::Stale(format!(
            "{name} tells of {newest}, which is after {now}: nothing of a time to come is known; mend the clock that wrote it and make it again"
        ));
    }
    if let Some(committed) = target.committed_at.filter(|_| claimed.is_none()) {
        if let Some(latest) = claim.latest.filter(|latest| latest.as_second() < committed.as_second()) {
            let (latest, committed) = (whole(latest), whole(committed));
            return Binding::Stale(format!(
                "{name} was made at {latest} at the latest, whatever the zone of its time, before commit {head} of {committed}: make it again for this commit"
            ));
        }
        match time {
            None => return Binding::Stale(format!("{name} states no time: nothing shows that it is of commit {head}")),
            Some(time) if time.as_second() < committed.as_second() => {
                let (time, committed) = (whole(time), whole(committed));
                return Binding::Stale(format!(
                    "{name} was {made} {time}, before commit {head} of {committed}: make it again for this commit"
                ));
            }
            Some(_) => {}
        }
    }
    if let Some(reason) = claim.look.zip(target.running).and_then(|(look, running)| too_old(look, running, &claim, target.now)) {
        return Binding::Stale(reason);
    }
    let Some(max_age) = claim.max_age else { return Binding::Known };
    match time {
        None => Binding::Stale(format!("{name} states no time, and may be at most {max_age:#} old")),
        Some(time) if target.now.as_second() - time.as_second() > max_age.as_secs() => {
            let (time, now) = (whole(time), whole(target.now));
            Binding::Stale(format!("{name} was {made} {time}, more than {max_age:#} before {now}: make it again"))
        }
        Some(time) if claim.made_at.is_some() && time.as_second() - target.now.as_second() > CLOCKS_DIFFER => {
            let (time, now) = (whole(time), whole(target.now));
            Binding::Stale(format!("{name} was {made} {time}, which is after {now}: a time to come does not show that it is new"))
        }
        Some(_) => Binding::Known,
    }
}

/// Why evidence tells too little of what runs now; `None` where it does.
fn too_old(look: Look, running: Running, claim: &Claim<'_>, now: Timestamp) -> Option<String> {
    let name = claim.name;
    let Running { batch_started, max_age } = running;
    let Some(until) = look.until.or(claim.modified) else {
        return Some(format!("{name} states no time, and what is seen of the running service may be at most {max_age:#} old"));
    };
    let made = if look.until.is_some() { "made at" } else { "last changed at" };
    let time = whole(until);
    if let Some(started) = batch_started.filter(|started| look.shows == Shows::Gray && until.as_second() < started.as_second()) {
        let started = whole(started);
        return Some(format!(
            "{name} was {made} {time}, before the batch was started at {started}: it shows nothing of the version that runs; make it again"
        ));
    }
    (now.as_second() - until.as_second() > max_age.as_secs()).then(|| {
        let now = whole(now);
        format!(
            "{name} was {made} {time}, more than {max_age:#} before {now} (settings.batch.max_sample_age): what has happened since then is not known; make it again"
        )
    })
}

fn is_to_come(time: Timestamp, now: Timestamp) -> bool {
    time.as_second() - now.as_second() > CLOCKS_DIFFER_AT_MOMENT
}

/// Whether two commits are the same, where either may be shortened to at least seven digits.
#[must_use]
pub fn same_commit(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    let length = a.len().min(b.len());
    length >= 7 && a.get(..length).zip(b.get(..length)).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b))
}

fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

fn whole(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn claim() -> Claim<'static> {
        let modified = Some(at("2026-01-02T00:00:00Z"));
        Claim { name: "a.xml", made_at: None, newest: None, latest: None, modified, look: None, commit: None, max_age: None }
    }

    fn judge(claim: Claim<'_>) -> Binding {
        let commits = [HEAD.to_owned(), "fedcba9876543210".to_owned()];
        let committed_at = Some(at("2026-01-01T00:00:00.5Z"));
        let now = at("2026-01-03T00:00:00Z");
        binding(claim, Target { committed_at, commits: &commits, now, at_moment: false, running: None })
    }

    #[test]
    fn a_time_without_a_zone_shows_that_a_report_is_too_old_and_never_that_it_is_new() {
        let old = Claim { latest: Some(at("2025-12-31T23:59:59Z")), ..claim() };
        assert!(matches!(judge(old), Binding::Stale(reason) if reason.contains("2025-12-31T23:59:59Z at the latest")));
        let possible = Claim { latest: Some(at("2026-01-01T00:00:00Z")), ..claim() };
        assert_eq!(judge(possible), Binding::Known);
        let old_file = Claim { modified: Some(at("2025-12-31T00:00:00Z")), ..possible };
        assert!(matches!(judge(old_file), Binding::Stale(_)));
        // The commit says more than any time.
        assert_eq!(judge(Claim { commit: Some(HEAD), ..old }), Binding::Known);
    }

    #[test]
    fn at_a_moment_that_is_judged_nothing_to_come_is_known() {
        let commits = [HEAD.to_owned()];
        let at_moment = |claim: Claim<'_>| {
            let now = at("2026-01-03T00:00:00Z");
            binding(claim, Target { committed_at: None, commits: &commits, now, at_moment: true, running: None })
        };
        let of = |time: &str| Claim { newest: Some(at(time)), ..claim() };
        assert_eq!(at_moment(of("2026-01-03T00:01:00Z")), Binding::Known);
        let Binding::Stale(reason) = at_moment(of("2026-01-03T00:01:01Z")) else { panic!() };
        assert!(reason.starts_with("a.xml tells of 2026-01-03T00:01:01Z, which is after 2026-01-03T00:00:00Z"), "{reason}");
        let committed = Claim { commit: Some(HEAD), ..of("2027-01-01T00:00:00Z") };
        assert!(matches!(at_moment(committed), Binding::Stale(_)), "a stated commit excuses no clock");
        // A file may be newer than the moment where a decision is replayed; elsewhere no clock matters.
        assert_eq!(at_moment(Claim { modified: Some(at("2027-01-01T00:00:00Z")), ..claim() }), Binding::Known);
        assert_eq!(judge(of("2027-01-01T00:00:00Z")), Binding::Known);
    }

    #[test]
    fn evidence_after_the_head_is_known_to_the_second() {
        assert_eq!(judge(claim()), Binding::Known);
        assert_eq!(judge(Claim { modified: Some(at("2026-01-01T00:00:00Z")), ..claim() }), Binding::Known);
    }

    #[test]
    fn evidence_before_the_head_is_stale_and_both_times_are_named() {
        let Binding::Stale(reason) = judge(Claim { made_at: Some(at("2025-12-31T23:59:59Z")), ..claim() }) else { panic!() };
        assert_eq!(
            reason,
            "a.xml was made at 2025-12-31T23:59:59Z, before commit 0123456789 of 2026-01-01T00:00:00Z: make it again for this commit"
        );
    }

    #[test]
    fn a_stated_commit_decides_whatever_the_time() {
        let old = Claim { modified: Some(at("2020-01-01T00:00:00Z")), ..claim() };
        assert_eq!(judge(Claim { commit: Some(&HEAD.to_uppercase()), ..old }), Binding::Known);
        assert_eq!(judge(Claim { commit: Some("fedcba9"), ..old }), Binding::Known);
        assert!(
            matches!(judge(Claim { commit: Some("1111111111"), ..claim() }), Binding::Stale(reason) if reason.contains("1111111111"))
        );
        assert!(matches!(judge(Claim { commit: Some("012345"), ..claim() }), Binding::Stale(_)), "too short to mean one commit");
    }

    #[test]
    fn only_max_age_looks_at_the_clock() {
        let hours = |hours| Some(SignedDuration::from_hours(hours));
        assert_eq!(judge(Claim { max_age: hours(24), ..claim() }), Binding::Known);
        let Binding::Stale(reason) = judge(Claim { max_age: hours(23), ..claim() }) else { panic!() };
        assert!(reason.contains("23h") && reason.contains("2026-01-03T00:00:00Z"), "{reason}");
        assert!(matches!(judge(Claim { max_age: hours(1), commit: Some(HEAD), ..claim() }), Binding::Stale(_)));
    }

    #[test]
    fn a_time_to_come_is_no_age() {
        let aged = Claim { max_age: Some(SignedDuration::from_hours(48)), ..claim() };
        let at = |time| judge(Claim { made_at: Some(at(time)), ..aged });
        assert_eq!(at("2026-01-03T00:05:00Z"), Binding::Known);
        let Binding::Stale(reason) = at("2026-01-03T00:05:01Z") else { panic!() };
        assert!(reason.contains("2026-01-03T00:05:01Z, which is after 2026-01-03T00:00:00Z"), "{reason}");
        assert_eq!(judge(Claim { made_at: Some("2099-01-01T00:00:00Z".parse().unwrap()), ..claim() }), Binding::Known);
    }

    #[test]
    fn with_only_a_diff_there_is_nothing_to_compare_with_but_the_age() {
        let target =
            Target { committed_at: None, commits: &[], now: at("2026-01-03T00:00:00Z"), at_moment: false, running: None };
        let other = Claim { commit: Some("1111111111"), modified: None, ..claim() };
        assert_eq!(binding(other, target), Binding::Known);
        let aged = Claim { max_age: Some(SignedDuration::from_hours(1)), ..claim() };
        assert!(matches!(binding(aged, target), Binding::Stale(_)));
    }

    #[test]
    fn evidence_without_any_time_is_stale() {
        assert!(matches!(judge(Claim { modified: None, ..claim() }), Binding::Stale(reason) if reason.contains("no time")));
    }

    /// At three o'clock, while a batch runs that was started ten minutes ago.
    fn look(shows: Shows, until: Option<&str>, modified: &str) -> Binding {
        let modified = Some(at(&format!("2026-01-01T{modified}Z")));
        let look = Some(Look { shows, until: until.map(|until| at(&format!("2026-01-01T{until}Z"))) });
        let running = Some(Running { batch_started: Some(at("2026-01-01T02:50:00.7Z")), max_age: SignedDuration::from_mins(15) });
        let now = at("2026-01-01T03:00:00Z");
        binding(Claim { modified, look, ..claim() }, Target { committed_at: None, commits: &[], now, at_moment: true, running })
    }

    #[test]
    fn what_is_seen_of_the_gray_version_is_of_the_batch_that_runs() {
        assert_eq!(look(Shows::Gray, Some("02:50:00"), "00:00:00"), Binding::Known, "to the second; a stated time counts");
        let Binding::Stale(reason) = look(Shows::Gray, Some("02:49:59"), "02:59:00") else { panic!() };
        assert_eq!(
            reason,
            "a.xml was made at 2026-01-01T02:49:59Z, before the batch was started at 2026-01-01T02:50:00Z: it shows nothing of the version that runs; make it again"
        );
        let Binding::Stale(reason) = look(Shows::Gray, None, "02:49:00") else { panic!() };
        assert!(reason.starts_with("a.xml was last changed at 2026-01-01T02:49:00Z, before the batch"), "{reason}");
        assert_eq!(look(Shows::Gray, None, "02:51:00"), Binding::Known);
        assert_eq!(look(Shows::Gray, None, "05:00:00"), Binding::Known, "a decision that is replayed");
    }

    #[test]
    fn what_is_seen_of_the_service_is_new_whatever_batch_runs() {
        assert_eq!(look(Shows::Service, Some("02:45:00"), "00:00:00"), Binding::Known);
        let Binding::Stale(reason) = look(Shows::Service, Some("02:44:59"), "02:59:00") else { panic!() };
        assert!(reason.contains("more than 15m before 2026-01-01T03:00:00Z (settings.batch.max_sample_age)"), "{reason}");
        assert!(matches!(look(Shows::Service, None, "02:44:59"), Binding::Stale(_)));
    }

    #[test]
    fn where_no_batch_runs_only_the_age_counts_and_without_a_rollout_nothing() {
        let until = |time: &str, running: Option<Running>| {
            let look = Some(Look { shows: Shows::Gray, until: Some(at(time)) });
            let now = at("2026-01-01T03:00:00Z");
            binding(
                Claim { modified: None, look, ..claim() },
                Target { committed_at: None, commits: &[], now, at_moment: true, running },
            )
        };
        let before = Some(Running { batch_started: None, max_age: SignedDuration::from_mins(15) });
        assert_eq!(until("2026-01-01T02:45:00Z", before), Binding::Known);
        assert!(matches!(until("2026-01-01T02:44:00Z", before), Binding::Stale(_)));
        assert_eq!(until("2025-01-01T02:44:00Z", None), Binding::Known);
        let nothing = Claim { modified: None, look: Some(Look { shows: Shows::Service, until: None }), ..claim() };
        let now = at("2026-01-01T03:00:00Z");
        let target = Target { committed_at: None, commits: &[], now, at_moment: true, running: before };
        assert!(matches!(binding(nothing, target), Binding::Stale(reason) if reason.contains("states no time")));
    }
}

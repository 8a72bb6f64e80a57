//! The gray side beside the baseline.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::drain::{self, Vocabulary};
use super::places::named;
use super::table::{Key, Seen, earlier};
use super::{MinedLog, rate};
use crate::evidence::logs::{LogTime, Side};
use crate::facts::{ChangedFile, ExposureUnit, LogExposure, LogLevel, LogSide, LogTemplate, Logs, TemplateStatus};

/// What the settings say about logs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogOptions {
    /// How much more often, relative to the baseline, is still accepted.
    pub margin: f64,
    /// The chance that any template is called risen by accident.
    pub alpha: f64,
    /// Entries below which nothing has risen.
    pub min_count: u64,
    /// Templates that are listed.
    pub max_listed: usize,
    /// The requests that each side had, gray first, where somebody counted them: the best measure of a rate.
    pub requests: Option<[f64; 2]>,
}

/// Entries below a warning that each side has at least, so that they can stand for its traffic.
const MIN_QUIET: u64 = 100;

/// A template with what each side has of it.
#[derive(Debug)]
struct Group {
    level: LogLevel,
    words: Vec<u32>,
    gray: u64,
    baseline: u64,
    /// Whether the baseline has a message of the same cluster.
    related: bool,
    /// What is kept of the gray side.
    seen: Option<Seen>,
}

/// Compares the logs of the two sides; `files` are the change's, which entries may name.
///
/// New is what no message of the baseline shares a template with; a variant is a message whose cluster the baseline knows with other
/// words in a place that is not variable there; risen is what comes more often than the margin allows, at `alpha` divided by the
/// number of templates that both sides have. Without a baseline every template is unjudged.
///
/// Errors: no gray log, and a record beside logs.
pub fn logs(logs: Vec<MinedLog>, files: &[ChangedFile], options: &LogOptions) -> Result<Logs, String> {
    let gray = figures(&logs, Side::Gray).ok_or("no log of the gray version was handed in (--evidence logs:gray=GLOB)")?;
    let baseline = figures(&logs, Side::Baseline);
    let exposure = baseline.as_ref().and_then(|baseline| exposure(&logs, &gray, baseline, options.requests));
    let mut facts = Logs {
        service: None,
        version: None,
        gray,
        baseline,
        exposure,
        templates: Vec::new(),
        new: 0,
        variants: 0,
        risen: 0,
        new_warnings: 0,
        unchanged: 0,
        unlisted: 0,
        margin: options.margin,
        alpha: options.alpha,
    };
    let messages = joined(logs);
    let mut vocabulary = Vocabulary::new();
    let groups = groups(&messages, &mut vocabulary);
    judge(groups, &vocabulary, files, options, &mut facts);
    Ok(facts)
}

/// The figures of a side's logs together; `None` when it has none.
fn figures(logs: &[MinedLog], side: Side) -> Option<LogSide> {
    let mut all: Option<LogSide> = None;
    for log in logs.iter().filter(|log| log.side == side) {
        let figures = &log.figures;
        let Some(sum) = &mut all else {
            all = Some(figures.clone());
            continue;
        };
        sum.lines += figures.lines;
        sum.bytes += figures.bytes;
        sum.errors += figures.errors;
        sum.warnings += figures.warnings;
        sum.quiet += figures.quiet;
        sum.unlevelled += figures.unlevelled;
        sum.cut += figures.cut;
        sum.overflow += figures.overflow;
        sum.warning_overflow += figures.warning_overflow;
        let times = |a: &Option<String>, b: &Option<String>| [a, b].map(|time| time.as_deref().and_then(LogTime::parse));
        let (first, last) = (times(&sum.first, &figures.first), times(&sum.last, &figures.last));
        sum.first = first.into_iter().flatten().min().map(|time| time.to_string());
        sum.last = last.into_iter().flatten().max().map(|time| time.to_string());
    }
    all
}

/// Requests where they were counted; else entries below a warning where both sides have enough of them; else the time that the logs span, file by file.
///
/// All lines would not do: a version that fails writes more of them.
fn exposure(logs: &[MinedLog], gray: &LogSide, baseline: &LogSide, requests: Option<[f64; 2]>) -> Option<LogExposure> {
    if let Some([gray, baseline]) = requests.filter(|sides| sides.iter().all(|count| *count > 0.0)) {
        return Some(LogExposure { by: ExposureUnit::Requests, gray, baseline });
    }
    if gray.quiet >= MIN_QUIET && baseline.quiet >= MIN_QUIET {
        let (gray, baseline) = (as_f64(gray.quiet), as_f64(baseline.quiet));
        return Some(LogExposure { by: ExposureUnit::QuietEntries, gray, baseline });
    }
    Some(LogExposure { by: ExposureUnit::Seconds, gray: seconds(logs, Side::Gray)?, baseline: seconds(logs, Side::Baseline)? })
}

/// How long all files of a side together span: instances that log at the same time count each, parts of one log add up.
fn seconds(logs: &[MinedLog], side: Side) -> Option<f64> {
    let mut sum = 0.0;
    for log in logs.iter().filter(|log| log.side == side) {
        let time = |text: &Option<String>| text.as_deref().and_then(LogTime::parse);
        sum += time(&log.figures.last)?.seconds_since(time(&log.figures.first)?)?.max(0.0);
    }
    (sum > 0.0).then_some(sum)
}

#[expect(clippy::cast_precision_loss, reason = "counts of log entries are far below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}

/// What each side has of a message.
type Both = [Option<Seen>; 2];

fn joined(logs: Vec<MinedLog>) -> BTreeMap<Key, Both> {
    let mut all: BTreeMap<Key, Both> = BTreeMap::new();
    for log in logs {
        let side = usize::from(log.side == Side::Baseline);
        for (key, seen) in log.messages {
            match &mut all.entry(key).or_default()[side] {
                Some(before) => before.merge(&seen),
                none => *none = Some(seen),
            }
        }
    }
    all
}

fn groups<'m>(messages: &'m BTreeMap<Key, Both>, vocabulary: &mut Vocabulary<'m>) -> Vec<Group> {
    let keyed: Vec<_> = messages.keys().map(|key| ((key.level, key.fault.as_str()), vocabulary.split(&key.text))).collect();
    let both: Vec<&Both> = messages.values().collect();
    let mut groups = Vec::new();
    for members in drain::clusters(vocabulary, &keyed) {
        let words = |at: &usize| keyed[*at].1.as_slice();
        let (known, fresh): (Vec<usize>, Vec<usize>) = members.iter().partition(|at| both[**at][1].is_some());
        let related = !known.is_empty();
        let open = drain::open_places(&known.iter().map(words));
        let mut found: BTreeMap<Vec<u32>, Group> = BTreeMap::new();
        let mut add = |at: usize, words: Vec<u32>| {
            let level = keyed[at].0.0;
            let group = found.entry(words).or_insert_with_key(|words| Group {
                level,
                words: words.clone(),
                gray: 0,
                baseline: 0,
                related,
                seen: None,
            });
            group.baseline += both[at][1].as_ref().map_or(0, |seen| seen.count);
            if let Some(seen) = &both[at][0] {
                group.gray += seen.count;
                match &mut group.seen {
                    Some(before) => before.first = earlier(before.first, seen.first),
                    none => *none = Some(seen.clone()),
                }
            }
        };
        for at in &known {
            add(*at, drain::template(words(at), &open));
        }
        // What the baseline's own variable places explain is no variant; the rest has variable places of its own.
        let templates: BTreeSet<Vec<u32>> = known.iter().map(|at| drain::template(words(at), &open)).collect();
        let (explained, rest): (Vec<usize>, Vec<usize>) =
            fresh.into_iter().partition(|at| templates.contains(&drain::template(words(at), &open)));
        for at in &explained {
            add(*at, drain::template(words(at), &open));
        }
        let own = drain::open_places(&rest.iter().map(words));
        for at in &rest {
            add(*at, drain::template(words(at), &own));
        }
        groups.extend(found.into_values());
    }
    groups
}

fn judge(groups: Vec<Group>, vocabulary: &Vocabulary<'_>, files: &[ChangedFile], options: &LogOptions, facts: &mut Logs) {
    let tested = groups.iter().filter(|group| group.gray > 0 && group.baseline > 0).count();
    let alpha = options.alpha / as_f64(tested.max(1) as u64);
    let exposure = facts.exposure.map(|exposure| (exposure.gray, exposure.baseline));
    let mut listed = Vec::new();
    for group in groups.into_iter().filter(|group| group.gray > 0) {
        let both = group.baseline > 0;
        let p_value =
            exposure.filter(|_| both).map(|exposure| rate::p_value(group.gray, group.baseline, exposure, options.margin));
        let risen = group.gray >= options.min_count && p_value.is_some_and(|p| p <= alpha);
        let status = match (&facts.baseline, group.baseline) {
            (None, _) => TemplateStatus::Unjudged,
            (Some(_), 0) if group.related => TemplateStatus::Variant,
            (Some(_), 0) => TemplateStatus::New,
            _ if risen => TemplateStatus::Risen,
            _ => {
                facts.unchanged += 1;
                continue;
            }
        };
        match (status, group.level) {
            (TemplateStatus::New | TemplateStatus::Variant, LogLevel::Warning) => facts.new_warnings += 1,
            (TemplateStatus::New, _) => facts.new += 1,
            (TemplateStatus::Variant, _) => facts.variants += 1,
            (TemplateStatus::Risen, LogLevel::Error | LogLevel::Fatal) => facts.risen += 1,
            (TemplateStatus::Risen, LogLevel::Warning) | (TemplateStatus::Unjudged, _) => {}
        }
        listed.push((status, p_value, group));
    }
    // The words decide last: they are unique within a level and a fault, and a stable order follows from the tree's.
    listed.sort_by_key(|(status, _, group)| (Reverse(group.level), *status, Reverse(group.gray)));
    facts.unlisted = listed.len().saturating_sub(options.max_listed) as u64;
    for (status, p_value, group) in listed.into_iter().take(options.max_listed) {
        let seen = group.seen.as_ref();
        let named = seen.and_then(|seen| named(&seen.places, files));
        let ratio = exposure.filter(|_| group.baseline > 0);
        facts.templates.push(LogTemplate {
            template: vocabulary.join(&group.words),
            status,
            level: group.level,
            gray: group.gray,
            baseline: group.baseline,
            rate_ratio: ratio.map(|(gray, baseline)| (as_f64(group.gray) / gray) / (as_f64(group.baseline) / baseline)),
            p_value,
            first_seen: seen.and_then(|seen| seen.first).map(|time| time.to_string()),
            sample: seen.map(|seen| seen.sample.clone()).unwrap_or_default(),
            line: named.as_ref().and_then(|named| named.line),
            on_changed_line: named.as_ref().is_some_and(|named| named.on_changed_line),
            file: named.map(|named| named.file),
        });
    }
}

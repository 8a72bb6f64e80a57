//! The form of a task list in the text of a pull request: `- [x] Estimated rows: 1,200`.

use std::sync::LazyLock;

use regex::Regex;

use super::read::{account, zone_named};
use super::substance::substance;
use super::window::{date_time, local, time_of_day, weekday};
use super::{ChangeWindow, ChecklistRecord, DeclaredTable, NamedSql, Told};
use crate::facts::{ChecklistItem, ChecklistQuestion};

/// The labels of each question, in lower case, the longer before the shorter.
const LABELS: &[(ChecklistQuestion, &[&str])] = &[
    (ChecklistQuestion::Reason, &["reason", "why", "变更原因", "原因"]),
    (ChecklistQuestion::Tables, &["affected tables", "tables", "影响表", "涉及表", "表"]),
    (
        ChecklistQuestion::EstimatedRows,
        &["estimated rows", "affected rows", "rows", "预计影响行数", "预估行数", "影响行数", "行数"],
    ),
    (ChecklistQuestion::ChangeSql, &["change sql", "sql", "变更sql", "变更 sql", "执行sql", "执行 sql"]),
    (ChecklistQuestion::RollbackSql, &["rollback sql", "reverse sql", "rollback", "回滚sql", "回滚 sql", "回滚"]),
    (ChecklistQuestion::Backup, &["backup", "备份"]),
    (
        ChecklistQuestion::Window,
        &["off-peak window", "change window", "maintenance window", "window", "变更窗口", "执行窗口", "窗口", "执行时间"],
    ),
    (
        ChecklistQuestion::Order,
        &["order of environments", "order of shards", "rollout order", "order", "执行顺序", "发布顺序", "顺序"],
    ),
    (ChecklistQuestion::ReplicationLag, &["replication lag", "replica lag", "lag", "主从延迟", "复制延迟", "延迟"]),
    (ChecklistQuestion::Verification, &["verification", "verify", "验证sql", "验证 sql", "验证"]),
    (
        ChecklistQuestion::Reviewer,
        &["dba reviewers", "dba reviewer", "dba review", "reviewers", "reviewer", "dba", "审核人", "评审人", "审批人"],
    ),
];

/// Questions that only the checklist of a database asks: without one of them a task list is about something else.
const TELLING: &[ChecklistQuestion] = &[
    ChecklistQuestion::EstimatedRows,
    ChecklistQuestion::ChangeSql,
    ChecklistQuestion::RollbackSql,
    ChecklistQuestion::ReplicationLag,
];

/// Reads the items of a pull request's task lists. Only what is ticked and says something is an answer. `None` where no item is about
/// a change of the database.
///
/// An item that stands twice counts once: the first that is answered. Sections whose heading names a database are preferred; where no
/// heading does, every section counts.
#[must_use]
pub fn from_tasks(items: &[ChecklistItem]) -> Option<ChecklistRecord> {
    let asked: Vec<(ChecklistQuestion, &ChecklistItem, &str)> =
        items.iter().filter_map(|item| labelled(&item.text).map(|(question, answer)| (question, item, answer))).collect();
    let about = |item: &ChecklistItem| {
        let title = item.section.as_deref().unwrap_or_default().to_lowercase();
        ["database", "sql", "migration", "schema change", "数据库", "数据变更", "数据订正"]
            .iter()
            .any(|word| title.contains(word))
    };
    let titled = asked.iter().any(|(_, item, _)| about(item));
    let asked: Vec<_> = asked.into_iter().filter(|(_, item, _)| !titled || about(item)).collect();
    if !titled && !asked.iter().any(|(question, ..)| TELLING.contains(question)) {
        return None;
    }
    let mut record = ChecklistRecord::default();
    for (question, item, answer) in asked {
        if item.checked
            && item.applicable
            && let Some(answer) = substance(answer)
        {
            record.answer(question, answer, item.line);
        }
    }
    Some(record)
}

/// The question that an item asks and what stands behind its label.
fn labelled(text: &str) -> Option<(ChecklistQuestion, &str)> {
    let (label, answer) = match text.split_once([':', '：']) {
        Some((label, answer)) => (label, answer),
        None => (text, ""),
    };
    let label = label.trim().to_lowercase();
    let mut best: Option<(usize, ChecklistQuestion)> = None;
    for (question, labels) in LABELS {
        for known in *labels {
            // `Rollback SQL (path)`: the label may say more behind its own words.
            let rest = label.strip_prefix(known);
            let fits = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '(', '（', '/']));
            if fits && best.is_none_or(|(length, _)| known.len() > length) {
                best = Some((known.len(), *question));
            }
        }
    }
    // A long text that begins with such a word is a sentence.
    best.filter(|_| label.chars().count() <= 40).map(|(_, question)| (question, answer.trim()))
}

impl ChecklistRecord {
    fn answer(&mut self, question: ChecklistQuestion, text: &str, line: u32) {
        let line = Some(line);
        let words = || Told { value: text.to_owned(), line };
        match question {
            ChecklistQuestion::Reason => set(&mut self.reason, Some(words())),
            ChecklistQuestion::Backup => set(&mut self.backup, Some(words())),
            ChecklistQuestion::ReplicationLag => {
                // A line at which to stop has a number.
                let number = text.contains(|c: char| c.is_ascii_digit());
                set(&mut self.replication_lag, number.then(words));
            }
            ChecklistQuestion::Verification => set(&mut self.verification, Some(words())),
            ChecklistQuestion::EstimatedRows => {
                set(&mut self.estimated_rows, number(text).map(|value| Told { value, line }));
            }
            ChecklistQuestion::Tables => set(&mut self.tables, list(tables(text, line), line)),
            ChecklistQuestion::ChangeSql => set(&mut self.change_sql, list(sql(text), line)),
            ChecklistQuestion::RollbackSql => set(&mut self.rollback_sql, list(sql(text), line)),
            ChecklistQuestion::Window => set(&mut self.window, Some(Told { value: window(text), line })),
            ChecklistQuestion::Order => {
                let steps = text.split(['>', '→', ',', '，', '、', ';']).filter_map(|step| substance(step.trim_matches('-')));
                set(&mut self.order, list(steps.map(str::to_owned).collect(), line));
            }
            ChecklistQuestion::Reviewer => {
                let mut names: Vec<String> = text.split([',', '，', '、', ' ', ';']).filter_map(account).collect();
                names.sort();
                names.dedup();
                set(&mut self.reviewers, list(names, line));
            }
        }
    }
}

fn set<T>(answer: &mut Option<T>, new: Option<T>) {
    if answer.is_none() {
        *answer = new;
    }
}

fn list<T>(value: Vec<T>, line: Option<u32>) -> Option<Told<Vec<T>>> {
    (!value.is_empty()).then_some(Told { value, line })
}

/// The first number of a text: `about 1,200 rows`, `3万`, `1.5M`.
fn number(text: &str) -> Option<u64> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let rest = &text[start..];
    let end = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, ',' | '_' | '.' | '，')).unwrap_or(rest.len());
    let digits: String = rest[..end].chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
    let unit = rest[end..].trim_start();
    let times = match unit.chars().next() {
        Some('k' | 'K' | '千') => 1_000,
        Some('万') => 10_000,
        Some('m' | 'M') => 1_000_000,
        Some('亿') => 100_000_000,
        _ => 1_u32,
    };
    if times == 1 {
        return digits.trim_end_matches('.').parse().ok();
    }
    let value: f64 = digits.trim_end_matches('.').parse().ok()?;
    let rows = value * f64::from(times);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive number of a bounded size")]
    (rows < 1e15).then_some(rows.round() as u64)
}

/// `orders (1.2M rows), users`: names with what stands in parentheses behind them.
fn tables(text: &str, line: Option<u32>) -> Vec<DeclaredTable> {
    static TABLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"([\p{L}_][\p{L}\p{N}_$.]*)\s*(?:[(（]([^)）]*)[)）])?\s*(?:[,，、;]|and\b|$)").ok());
    let Some(pattern) = TABLE.as_ref() else { return Vec::new() };
    let mut found: Vec<DeclaredTable> = Vec::new();
    for table in pattern.captures_iter(text) {
        let name = table.get(1).map_or("", |name| name.as_str()).trim_end_matches('.').to_owned();
        if !found.iter().any(|known| known.name == name) {
            let rows = table.get(2).and_then(|rows| number(rows.as_str()));
            found.push(DeclaredTable { name, rows, line });
        }
    }
    found
}

/// Paths, separated by commas or blanks, or one text of SQL.
fn sql(text: &str) -> Vec<NamedSql> {
    let parts: Vec<NamedSql> = text.split([',', '，', '、', ' ']).filter_map(substance).map(NamedSql::of).collect();
    if !parts.is_empty() && parts.iter().all(|part| matches!(part, NamedSql::Path(_))) {
        return parts;
    }
    vec![NamedSql::of(text)]
}

/// `2026-12-01 02:00 - 04:00 Asia/Shanghai`, `tue, thu 02:00-05:00 Asia/Shanghai`, `daily 02:00-05:00 UTC`.
fn window(text: &str) -> ChangeWindow {
    once(text).or_else(|| weekly(text)).unwrap_or_else(|| ChangeWindow::Words(text.to_owned()))
}

const UNTIL: &str = r"\s*(?:-|–|—|~|to|until|至|到)\s*";
const ZONE: &str = r"\s*[(（]?([A-Za-z]+(?:/[A-Za-z_+\-0-9]+)*)[)）]?\s*$";

fn once(text: &str) -> Option<ChangeWindow> {
    static ONCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let date = r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})";
        Regex::new(&format!(r"^\s*{date}{UNTIL}(?:(\d{{4}}-\d{{2}}-\d{{2}})[T ])?(\d{{2}}:\d{{2}}){ZONE}")).ok()
    });
    let found = ONCE.as_ref()?.captures(text)?;
    let zone = zone_named(&found[5])?;
    let day = found.get(3).map_or(&found[1], |day| day.as_str());
    let moment = |day: &str, time: &str| date_time(&format!("{day}T{time}")).and_then(|time| local(&zone, time));
    let (from, to) = (moment(&found[1], &found[2])?, moment(day, &found[4])?);
    (from < to).then_some(ChangeWindow::Once { from, to })
}

fn weekly(text: &str) -> Option<ChangeWindow> {
    static WEEKLY: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&format!(r"^\s*([^0-9]+?)\s*(\d{{2}}:\d{{2}}){UNTIL}(\d{{2}}:\d{{2}}){ZONE}")).ok());
    let found = WEEKLY.as_ref()?.captures(text)?;
    let zone = zone_named(&found[4])?;
    let named = found[1].to_lowercase();
    let every = ["daily", "every day", "every night", "每天", "每日", "每晚"].contains(&named.trim());
    let list = if every { "mon,tue,wed,thu,fri,sat,sun" } else { named.as_str() };
    let words =
        list.split([',', '，', '、', ' ']).filter(|word| !word.is_empty() && !matches!(*word, "and" | "on" | "every" | "和"));
    let days: Vec<_> = words.map(weekday).collect::<Option<_>>()?;
    if days.is_empty() {
        return None;
    }
    Some(ChangeWindow::Weekly { days, from: time_of_day(&found[2])?, to: time_of_day(&found[3])?, zone })
}

use super::*;
use crate::facts::ChecklistItem;

const WHOLE: &str = r#"schema: kadian.database-checklist/v1
reason: the address moves into a table of its own
tables:
- {name: orders, rows: 1200000}
- {name: users}
estimated_rows: 1200
change_sql: [db/0042.up.sql, "UPDATE orders SET a = 1 WHERE id = 2"]
rollback_sql: [./db/0042.down.sql]
backup: {how: a copy of the table, where: the same database}
window: {from: "2026-12-01T02:00", to: "2026-12-01T04:00", zone: Asia/Shanghai}
order: [staging, shard-1]
replication_lag: {abort_seconds: 5, watched_by: team-dba}
verification: SELECT count(*) FROM orders
reviewers: ["@alice", carol]
answered_by: bob
answers_by: {backup: carol}
archiving: [{table: order_events, condition: "created_at < now()", every: 1d}]
"#;

#[test]
fn a_whole_checklist_is_read() {
    let record = read(WHOLE.as_bytes()).expect("readable");
    assert_eq!(record.reason.as_ref().map(|told| told.line), Some(Some(2)));
    let tables = record.tables.clone().expect("tables").value;
    assert_eq!(tables[0], DeclaredTable { name: "orders".to_owned(), rows: Some(1_200_000), line: Some(4) });
    assert_eq!(record.estimated_rows, Some(Told { value: 1200, line: Some(6) }));
    let change = record.change_sql.clone().expect("SQL").value;
    assert_eq!(change[0], NamedSql::Path("db/0042.up.sql".to_owned()));
    assert!(matches!(&change[1], NamedSql::Text(text) if text.starts_with("UPDATE")));
    assert_eq!(record.rollback_sql.clone().expect("SQL").value, [NamedSql::Path("db/0042.down.sql".to_owned())]);
    assert_eq!(record.backup.clone().expect("a backup").value, "a copy of the table; in the same database");
    let Some(Told { value: ChangeWindow::Once { from, to }, .. }) = record.window else { panic!("a window") };
    assert_eq!((from.to_string(), to.to_string()), ("2026-11-30T18:00:00Z".to_owned(), "2026-11-30T20:00:00Z".to_owned()));
    assert_eq!(record.reviewers.clone().expect("reviewers").value, ["alice", "carol"]);
    assert_eq!((record.by(ChecklistQuestion::Backup), record.by(ChecklistQuestion::Reason)), (Some("carol"), Some("bob")));
    assert_eq!(record.archiving[0].every.as_deref(), Some("1d"));
    assert!(looks_like(WHOLE.as_bytes()) && !looks_like(b"schema: kadian.slos/v1"));
}

#[test]
fn what_is_missing_or_says_nothing_is_no_answer() {
    let bare = read(b"schema: kadian.database-checklist/v1\n").expect("readable");
    assert_eq!(bare, ChecklistRecord::default());
    let text = "schema: kadian.database-checklist/v1\nreason: todo\nverification: '-'\nbackup: {how: n/a}\nrollback_sql: [none]\n\
                order: []\ntables: []\nreviewers: ['@']\nreplication_lag: {abort_seconds: 5, watched_by: tbd}\n";
    assert_eq!(read(text.as_bytes()).expect("readable"), ChecklistRecord::default());
}

#[test]
fn every_mistake_names_its_line_and_the_way_out() {
    let mistakes = [
        ("/v1", "/v2", "line 1: the schema `kadian.database-checklist/v2` is not known"),
        ("reason:", "resaon:", "line 2: unknown key `resaon`; did you mean `reason`?"),
        ("{name: orders,", "{nmae: orders,", "line 4: unknown key `nmae`; did you mean `name`?"),
        ("- {name: users}", "- {name: orders}", "line 5: the table `orders` stands here twice"),
        ("1200\nchange", "-1\nchange", "line 6: "),
        ("to: \"2026-12-01T04:00\"", "to: \"2026-12-01T01:00\"", "line 10: the window ends before it begins"),
        (
            "zone: Asia/Shanghai",
            "zone: Asia/Shanghia",
            "line 10: unknown time zone `Asia/Shanghia`; did you mean `Asia/Shanghai`?",
        ),
        ("from: \"2026-12-01T02:00\"", "from: tonight", "line 10: `tonight` is no date and time"),
        ("window: {from", "window: {days: [someday], from", "line 10: `someday` is no day of the week"),
        ("abort_seconds: 5", "abort_seconds: 0", "line 12: abort_seconds is 0"),
        ("reviewers:", "reviewer:", "line 14: unknown key `reviewer`; did you mean `reviewers`?"),
        ("{backup: carol}", "{bakcup: carol}", "line 16: unknown key `bakcup`; did you mean `backup`?"),
        ("answered_by: bob", "reason: again", "line 15: the key `reason` stands here twice"),
    ];
    for (good, bad, wanted) in mistakes {
        assert!(WHOLE.contains(good), "{good}");
        let error = read(WHOLE.replacen(good, bad, 1).as_bytes()).expect_err(bad).to_string();
        assert!(error.starts_with(wanted), "{bad}: {error}");
    }
}

#[test]
fn damaged_input_is_an_error_and_no_panic() {
    for bytes in [&b""[..], b"\xff", b"[", b"- 1", b"schema: [", b"schema: kadian.database-checklist/v1\ntables: {"] {
        assert!(read(bytes).is_err(), "{bytes:?}");
    }
}

fn items(text: &str) -> Vec<ChecklistItem> {
    let mut section = None;
    let mut items = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        if let Some(title) = text.strip_prefix("# ") {
            section = Some(title.to_owned());
        } else if let Some(rest) = text.strip_prefix("- [") {
            let (mark, rest) = rest.split_once("] ").expect("an item");
            let (section, text) = (section.clone(), rest.to_owned());
            items.push(ChecklistItem { section, text, checked: mark == "x", applicable: true, line });
        }
    }
    items
}

#[test]
fn a_task_list_is_read() {
    let record = from_tasks(&items(
        "- [x] Reason: address\n- [x] Tables: orders (1.2M rows), app.users\n- [x] Estimated rows: about 1,200\n- [x] SQL: db/1.up.sql\n\
         - [x] Rollback SQL: db/1.down.sql, db/0.down.sql\n- [x] Backup: copy\n- [x] Window: tue, thu 02:00-05:00 Asia/Shanghai\n\
         - [x] Order: staging -> shard-1\n- [x] Replication lag: stop at 5 s\n- [x] Verification: SELECT 1\n- [x] DBA reviewer: @alice\n",
    ))
    .expect("a checklist");
    let tables: Vec<_> = record.tables.expect("tables").value.into_iter().map(|it| (it.name, it.rows)).collect();
    assert_eq!(tables, [("orders".to_owned(), Some(1_200_000)), ("app.users".to_owned(), None)]);
    assert_eq!(record.estimated_rows, Some(Told { value: 1200, line: Some(3) }));
    assert_eq!(record.rollback_sql.expect("SQL").value.len(), 2);
    assert!(matches!(record.window.expect("a window").value, ChangeWindow::Weekly { days, .. } if days.len() == 2));
    assert_eq!(record.order.expect("an order").value, ["staging", "shard-1"]);
    assert_eq!(record.reviewers.expect("reviewers").value, ["alice"]);
    assert!(record.backup.is_some() && record.verification.is_some() && record.replication_lag.is_some());
}

#[test]
fn chinese_labels_are_read() {
    let record = from_tasks(&items(
        "# 数据库变更\n- [x] 原因：拆表\n- [x] 影响行数：约 3万\n- [x] 回滚SQL：db/1.down.sql\n- [x] 备份: 已建 orders_bak\n- [x] 窗口: 每天 02:00-05:00 Asia/Shanghai\n\
         - [x] 顺序: 预发、分片1、分片2\n- [x] 延迟: 超过 5 秒中止\n- [x] 验证: SELECT 1\n- [x] 审核人: alice、bob\n- [x] 变更SQL: 无\n",
    ))
    .expect("a checklist");
    assert_eq!(record.estimated_rows.map(|told| told.value), Some(30_000));
    assert_eq!(record.order.map(|told| told.value.len()), Some(3));
    assert_eq!(record.reviewers.map(|told| told.value), Some(vec!["alice".to_owned(), "bob".to_owned()]));
    assert!(matches!(record.window.expect("a window").value, ChangeWindow::Weekly { days, .. } if days.len() == 7));
    assert_eq!(record.change_sql, None);
    assert!(
        record.reason.is_some() && record.backup.is_some() && record.verification.is_some() && record.replication_lag.is_some()
    );
}

#[test]
fn only_what_is_ticked_and_says_something_is_answered() {
    let record =
        from_tasks(&items("- [ ] Estimated rows: 5\n- [x] Rollback SQL\n- [x] Backup: TODO\n- [x] Reason:\n")).expect("one");
    assert_eq!(record, ChecklistRecord::default());
    let mut struck = items("- [x] Estimated rows: 5\n");
    struck[0].applicable = false;
    assert_eq!(from_tasks(&struck), Some(ChecklistRecord::default()));
}

#[test]
fn a_task_list_about_something_else_is_none() {
    assert_eq!(from_tasks(&items("- [x] Reason: a bug\n- [x] Reviewer: alice\n- [x] Tests added\n")), None);
    assert_eq!(from_tasks(&[]), None);
    let record = from_tasks(&items("# Database\n- [x] Reason: in\n# Other\n- [x] Backup: out\n")).expect("a checklist");
    assert!(record.reason.is_some() && record.backup.is_none(), "a section of its own counts alone");
    assert_eq!(from_tasks(&items("- [x] SQL injection was looked for in all of the queries that this adds\n")), None);
}

#[test]
fn windows_in_words_are_kept_as_words() {
    let window = |text: &str| {
        let record = from_tasks(&items(&format!("- [x] Rollback SQL: a.sql\n- [x] Window: {text}\n"))).expect("a checklist");
        record.window.expect("a window").value
    };
    assert!(matches!(window("tonight"), ChangeWindow::Words(_)));
    assert!(matches!(window("2026-12-01 02:00 to 04:00 Asia/Shanghai"), ChangeWindow::Once { .. }));
    assert!(matches!(window("2026-12-01T22:00 - 2026-12-02T04:00 (UTC)"), ChangeWindow::Once { .. }));
    assert!(matches!(window("2026-12-01 04:00 to 02:00 UTC"), ChangeWindow::Words(_)), "it ends before it begins");
    assert!(matches!(window("2026-12-01 02:00 - 04:00"), ChangeWindow::Words(_)), "without a zone nobody knows when");
}

//! What kadian says about itself, compared with the files of the repository. `KADIAN_UPDATE=1` rewrites them.

use std::path::Path;

use kadian::schema::{self, Document};
use libtest_mimic::{Failed, Trial};

use crate::support::program::kadian;

pub(super) fn trials() -> Vec<Trial> {
    let schemas = [
        ("input", Document::Input),
        ("decision", Document::Decision),
        ("config", Document::Config),
        ("settings", Document::Settings),
        ("plan", Document::Plan),
        ("calendar", Document::Calendar),
        ("recovery", Document::Recovery),
        ("baseline", Document::Baseline),
    ];
    let mut trials: Vec<Trial> = schemas
        .into_iter()
        .map(|(name, document)| {
            Trial::test(format!("snapshots::schema-of-{name}"), move || {
                let printed = kadian(Path::new(env!("CARGO_MANIFEST_DIR")), &["schema", name], &[], "");
                let text = serde_json::to_string_pretty(&schema::of(document))? + "\n";
                if printed.code != 0 || printed.stdout != text {
                    return Err(format!("`kadian schema {name}` prints something else than the schema").into());
                }
                same(&format!("tests/snapshots/{name}.schema.json"), &text)
            })
        })
        .collect();
    trials.push(Trial::test("snapshots::reference-of-the-commands", || {
        same("docs/commands.md", &kadian::cli::reference().map_err(|error| error.message().to_owned())?)
    }));
    trials.push(Trial::test("snapshots::reference-of-the-policies", || {
        same("policies/README.md", &kadian::gate::reference::page().map_err(|error| error.message().to_owned())?)
    }));
    trials.push(Trial::test("snapshots::reference-of-the-rules-about-sql", || {
        same("docs/database-rules.md", &kadian::analyze::sql::reference::page())
    }));
    trials
}

/// The file holds the text; with `KADIAN_UPDATE=1` it is made to.
fn same(path: &str, text: &str) -> Result<(), Failed> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("KADIAN_UPDATE").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(place.parent().ok_or("a file has a folder")?)?;
        std::fs::write(&place, text)?;
        return Ok(());
    }
    let kept = std::fs::read_to_string(&place).unwrap_or_default();
    if kept == text {
        return Ok(());
    }
    let line = kept.lines().zip(text.lines()).position(|(kept, text)| kept != text);
    let line = line.unwrap_or_else(|| kept.lines().count().min(text.lines().count())) + 1;
    let of = |whole: &str| whole.lines().nth(line - 1).unwrap_or("(end)").to_owned();
    Err(format!(
        "{path}:{line} is out of date: KADIAN_UPDATE=1 cargo test rewrites it; look at the difference\n  kept: {}\n  now:  {}",
        of(&kept),
        of(text)
    )
    .into())
}

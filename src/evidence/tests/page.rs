//! The parts of `docs/limits.md` that the tests write.

use std::fmt::Write as _;

use crate::evidence::limits::ALL;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/limits.md");

/// Holds a part of the page to the text; with `KADIAN_UPDATE=1` it is made to.
///
/// The part stands between `<!-- NAME: written by the tests -->` and `<!-- end of NAME -->`.
#[expect(clippy::disallowed_methods, reason = "a test reads and, when it is told to, rewrites its snapshot")]
pub(super) fn says(name: &str, text: &str) {
    let (begin, end) = (format!("<!-- {name}: written by the tests -->\n"), format!("<!-- end of {name} -->\n"));
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(&begin).unwrap();
    let (kept, after) = rest.split_once(&end).unwrap();
    let text = format!("\n{text}\n");
    if std::env::var_os("KADIAN_UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(PAGE, [before, &begin, &text, &end, after].concat()).unwrap();
        return;
    }
    let out_of_date = "docs/limits.md is out of date: KADIAN_UPDATE=1 cargo test --lib rewrites it; look at the difference";
    for (kept, now) in kept.lines().zip(text.lines()) {
        assert_eq!(kept, now, "{out_of_date}");
    }
    assert_eq!(kept.lines().count(), text.lines().count(), "{out_of_date}");
}

/// `20000000` as `20,000,000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    groups.iter().map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join(",")
}

#[test]
fn the_page_states_every_limit() {
    let mut table = String::from("| what | at most |\n|---|---:|\n");
    for (what, most, unit) in ALL {
        let what = what.trim().trim_end_matches('.');
        let _ = writeln!(table, "| {what} | {} |", [&grouped(*most), *unit].join(" ").trim());
    }
    says("limits", &table);
}

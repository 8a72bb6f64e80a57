//! The coverage formats in JSON.

use super::coverage::{Measured, MeasuredFile, Sums};
use super::json;

/// Numbers or objects as a list, one a line.
fn list(elements: impl Iterator<Item = String>) -> String {
    format!("[\n{}\n]", elements.collect::<Vec<_>>().join(",\n"))
}

/// The same with keys that count from 0.
fn table(elements: impl Iterator<Item = String>) -> String {
    let entries = elements.enumerate().map(|(id, element)| format!("\"{id}\":{element}"));
    format!("{{\n{}\n}}", entries.collect::<Vec<_>>().join(",\n"))
}

/// The taken branches of each line, and those that were not: each as `[line, where it leads]`.
fn arcs(file: &MeasuredFile, taken: bool) -> impl Iterator<Item = String> {
    file.lines.iter().flat_map(move |(number, line)| {
        let (hit, all) = line.branches.unwrap_or_default();
        (0..all).filter(move |branch| (*branch < hit) == taken).map(move |branch| format!("[{number},{}]", number + 1 + branch))
    })
}

/// As coverage.py writes it.
pub(crate) fn coverage_py(measured: &Measured) -> String {
    let summary = |sums: Sums| {
        format!(
            "{{\"covered_lines\":{},\n\"num_statements\":{},\n\"missing_lines\":{},\n\"num_branches\":{},\n\"covered_branches\":{},\n\"missing_branches\":{}}}",
            sums.covered,
            sums.lines,
            sums.lines - sums.covered,
            sums.branches,
            sums.taken,
            sums.branches - sums.taken
        )
    };
    let files = measured.files.iter().map(|(path, file)| {
        let lines = |covered| list(file.lines.iter().filter(move |(_, line)| line.covered == covered).map(|(number, _)| number.to_string()));
        format!(
            "{}:{{\"executed_lines\":{},\"summary\":{},\"missing_lines\":{},\"excluded_lines\":[],\"executed_branches\":{},\"missing_branches\":{}}}",
            json(path),
            lines(true),
            summary(file.sums()),
            lines(false),
            list(arcs(file, true)),
            list(arcs(file, false))
        )
    });
    format!(
        "{{\"meta\":{{\"format\":3,\"version\":\"7.17.3\",\"timestamp\":\"2026-01-02T03:04:05.678901\",\"branch_coverage\":true,\"show_contexts\":false}},\n\"files\":{{\n{}\n}},\n\"totals\":{}}}\n",
        files.collect::<Vec<_>>().join(",\n"),
        summary(measured.sums())
    )
}

/// As nyc writes it.
pub(crate) fn istanbul(measured: &Measured) -> String {
    let files = measured.files.iter().map(|(path, file)| {
        let place = |number: &u32| format!("{{\"start\":{{\"line\":{number},\"column\":0}},\"end\":{{\"line\":{number},\"column\":9}}}}");
        let branching = || file.lines.iter().filter_map(|(number, line)| Some((number, line.branches?)));
        let branches = branching().map(|(number, (_, all))| {
            let places = vec!["{}"; all as usize].join(",");
            format!("{{\"loc\":{},\"type\":\"if\",\"locations\":[{places}],\"line\":{number}}}", place(number))
        });
        let taken = branching().map(|(_, (taken, all))| {
            let hits: Vec<&str> = (0..all).map(|branch| if branch < taken { "2" } else { "0" }).collect();
            format!("[{}]", hits.join(","))
        });
        let path = json(path);
        format!(
            "{path}:{{\"path\":{path},\n\"statementMap\":{},\n\"fnMap\":{{}},\n\"branchMap\":{},\n\"s\":{},\n\"f\":{{}},\n\"b\":{}}}",
            table(file.lines.keys().map(place)),
            table(branches),
            table(file.lines.values().map(|line| u32::from(line.covered).to_string())),
            table(taken)
        )
    });
    format!("{{\n{}\n}}\n", files.collect::<Vec<_>>().join(",\n"))
}

/// A branch is either outcome of a condition, so that their number is even.
pub(crate) fn told_by_llvm(mut measured: Measured) -> Measured {
    for line in measured.files.values_mut().flat_map(|file| file.lines.values_mut()) {
        line.branches = line.branches.map(|(taken, all)| (taken, 2 * all));
    }
    measured
}

/// As `llvm-cov export` writes it; each line is a region of its own.
pub(crate) fn llvm_cov(measured: &Measured) -> String {
    let summary = |sums: Sums| {
        format!(
            "{{\"branches\":{{\"count\":{},\"covered\":{}}},\"lines\":{{\"count\":{},\"covered\":{}}}}}",
            sums.branches, sums.taken, sums.lines, sums.covered
        )
    };
    let files = measured.files.iter().map(|(path, file)| {
        let segments = file.lines.iter().map(|(number, line)| {
            let hits = u32::from(line.covered);
            format!("[{number},5,{hits},true,true,false],[{number},30,0,false,false,false]")
        });
        let branches = file.lines.iter().flat_map(|(number, line)| {
            let (taken, all) = line.branches.unwrap_or_default();
            let times = move |outcome: u32| u32::from(outcome < taken);
            (0..all / 2)
                .map(move |branch| format!("[{number},9,{number},14,{},{},0,0,4]", times(2 * branch), times(2 * branch + 1)))
        });
        format!(
            "{{\"filename\":{},\"segments\":{},\"branches\":{},\"expansions\":[],\n\"summary\":{}}}",
            json(path),
            list(segments),
            list(branches),
            summary(file.sums())
        )
    });
    format!(
        "{{\"data\":[{{\"files\":[\n{}\n],\"functions\":[],\n\"totals\":{}}}],\"type\":\"llvm.coverage.json.export\",\"version\":\"2.0.1\"}}\n",
        files.collect::<Vec<_>>().join(",\n"),
        summary(measured.sums())
    )
}

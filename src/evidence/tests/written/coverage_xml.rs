//! The coverage formats in XML.

use std::fmt::Write as _;

use super::coverage::{Measured, Sums};
use super::xml;

/// As coverage.py writes it.
pub(crate) fn cobertura(measured: &Measured) -> String {
    let all = measured.sums();
    let rate = |covered: u32, lines: u32| if lines == 0 { 1.0 } else { f64::from(covered) / f64::from(lines) };
    let mut text = format!(
        "<?xml version=\"1.0\" ?>\n<coverage version=\"7.17.3\" timestamp=\"1767323045000\" lines-valid=\"{}\" lines-covered=\"{}\" line-rate=\"{:.4}\" branches-valid=\"{}\" branches-covered=\"{}\" branch-rate=\"{:.4}\" complexity=\"0\">\n<sources><source>/srv/shop</source></sources>\n<packages><package name=\".\" complexity=\"0\"><classes>\n",
        all.lines,
        all.covered,
        rate(all.covered, all.lines),
        all.branches,
        all.taken,
        rate(all.taken, all.branches),
    );
    for (path, file) in &measured.files {
        let sums = file.sums();
        let (lines, branches) = (rate(sums.covered, sums.lines), rate(sums.taken, sums.branches));
        let path = xml(path);
        let _ = writeln!(
            text,
            "<class name=\"{path}\" filename=\"{path}\" complexity=\"0\" line-rate=\"{lines:.4}\" branch-rate=\"{branches:.4}\"><methods/><lines>"
        );
        for (number, line) in &file.lines {
            let hits = u32::from(line.covered);
            let _ = match line.branches {
                Some((taken, branches)) => writeln!(
                    text,
                    "<line number=\"{number}\" hits=\"{hits}\" branch=\"true\" condition-coverage=\"{}% ({taken}/{branches})\"/>",
                    100 * taken / branches.max(1)
                ),
                None => writeln!(text, "<line number=\"{number}\" hits=\"{hits}\"/>"),
            };
        }
        text += "</lines></class>\n";
    }
    text + "</classes></package></packages>\n</coverage>\n"
}

/// A file's directory and its name.
fn parts(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// As the command line of `JaCoCo` writes it.
pub(crate) fn jacoco(measured: &Measured) -> String {
    let counters = |sums: Sums| {
        let mut text = String::new();
        for (kind, covered, all) in [("BRANCH", sums.taken, sums.branches), ("LINE", sums.covered, sums.lines)] {
            if all > 0 {
                let _ = writeln!(text, "<counter type=\"{kind}\" missed=\"{}\" covered=\"{covered}\"/>", all - covered);
            }
        }
        text
    };
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><!DOCTYPE report PUBLIC \"-//JACOCO//DTD Report 1.1//EN\" \"report.dtd\">\n<report name=\"shop\"><sessioninfo id=\"ci-1\" start=\"1767323041000\" dump=\"1767323045000\"/>\n",
    );
    for (path, file) in &measured.files {
        let (package, name) = parts(path);
        let (package, name, sums) = (xml(package), xml(name), file.sums());
        let _ = writeln!(
            text,
            "<package name=\"{package}\"><class name=\"{package}/C\" sourcefilename=\"{name}\"></class><sourcefile name=\"{name}\">"
        );
        for (number, line) in &file.lines {
            let (taken, branches) = line.branches.unwrap_or_default();
            let ran = 2 * u32::from(line.covered);
            let _ = writeln!(
                text,
                "<line nr=\"{number}\" mi=\"{}\" ci=\"{ran}\" mb=\"{}\" cb=\"{taken}\"/>",
                2 - ran,
                branches - taken
            );
        }
        let _ = writeln!(text, "{}</sourcefile>{}</package>", counters(sums), counters(sums));
    }
    text + &counters(measured.sums()) + "</report>\n"
}

/// As Istanbul writes it.
pub(crate) fn clover(measured: &Measured) -> String {
    let metrics = |sums: Sums| {
        format!(
            "<metrics statements=\"{}\" coveredstatements=\"{}\" conditionals=\"{}\" coveredconditionals=\"{}\" methods=\"0\" coveredmethods=\"0\"/>",
            sums.lines, sums.covered, sums.branches, sums.taken
        )
    };
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<coverage generated=\"1767323045000\" clover=\"3.2.0\"><project timestamp=\"1767323045000\" name=\"All files\">\n{}\n",
        metrics(measured.sums())
    );
    for (path, file) in &measured.files {
        let (_, name) = parts(path);
        let _ = writeln!(text, "<file name=\"{}\" path=\"{}\">{}", xml(name), xml(path), metrics(file.sums()));
        for (number, line) in &file.lines {
            let hits = u32::from(line.covered);
            let _ = match line.branches {
                Some((taken, branches)) => writeln!(
                    text,
                    "<line num=\"{number}\" count=\"{hits}\" type=\"cond\" truecount=\"{taken}\" falsecount=\"{}\"/>",
                    branches - taken
                ),
                None => writeln!(text, "<line num=\"{number}\" count=\"{hits}\" type=\"stmt\"/>"),
            };
        }
        text += "</file>\n";
    }
    text + "</project></coverage>\n"
}

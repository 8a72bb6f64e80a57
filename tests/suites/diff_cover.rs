//! Patch coverage against the tool `diff-cover`.
//!
//! `tests/oracles/diff_cover/generate.py` made changes and reports and kept what the tool says of them. Pairs without a trap must give
//! the same lines in each file and the same percentage; a trap is a deliberate difference that docs/coverage.md lists, and must
//! show in the direction that is said there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use kadian::analyze::change;
use kadian::analyze::coverage::{CoverageOptions, RootedCoverage, coverage};
use kadian::analyze::paths::Tree;
use kadian::collect::ci::CiContext;
use kadian::collect::git::{RangeRequest, Repository};
use kadian::decide::Stage;
use kadian::evidence::{FORMATS, Reader};
use libtest_mimic::Trial;
use serde::Deserialize;

use super::trial;
use crate::support::repo::Repo;

pub(super) fn trials() -> Vec<Trial> {
    vec![trial("diff_cover::patch-lines-and-percentages-are-the-same-but-for-the-listed-differences", compare)]
}

/// A change with its reports, and what the tool says of them.
#[derive(Deserialize)]
struct Pair {
    format: String,
    trap: Option<String>,
    base: BTreeMap<String, String>,
    head: BTreeMap<String, String>,
    reports: Vec<String>,
    expect: Expect,
}

#[derive(Deserialize)]
struct Expect {
    /// Covered and uncovered lines.
    files: BTreeMap<String, [BTreeSet<u32>; 2]>,
    /// Cut off to a whole number; 100 where nothing is measured.
    percent: f64,
}

/// What kadian says of a pair.
#[derive(Debug, PartialEq)]
struct Ours {
    files: BTreeMap<String, Lines>,
    percent: Option<f64>,
}

/// How many lines of a file are measured, and which of them no test executes.
type Lines = (usize, BTreeSet<u32>);

/// How kadian's number of lines may stand to the tool's.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Than {
    Same,
    Fewer,
    More,
    /// Other lines, more or fewer.
    Other,
}

/// The deliberate differences by their names in the list: kadian's measured and covered lines against the tool's.
const DIFFERENCES: &[(&str, Than, Than)] = &[
    ("b-in-path", Than::More, Than::More),
    ("branch-lines", Than::Fewer, Than::Fewer),
    ("function-lines", Than::Fewer, Than::Fewer),
    ("grouping", Than::Other, Than::Other),
    ("hits-cancel", Than::Same, Than::More),
    ("last-line", Than::Other, Than::Other),
    ("listed-elsewhere", Than::Same, Than::Fewer),
    ("method-lines", Than::More, Than::Same),
    ("nothing-measured", Than::Same, Than::Same),
    ("uncounted-conditions", Than::Same, Than::More),
    ("vendored-copy", Than::Fewer, Than::Fewer),
];

fn compare() {
    let pairs = pairs();
    let repo = Repo::new();
    import(&repo, &pairs);
    let repository = Repository::discover(&repo.path()).expect("a repository");
    let document = std::fs::read_to_string("docs/coverage.md").expect("the list of differences");
    let mut differing: BTreeMap<&str, usize> = BTreeMap::new();
    let mut equal = 0;
    for (number, pair) in pairs.iter().enumerate() {
        let ours = judged(&repository, number, pair);
        let theirs = pair.expect.lines();
        let same = ours.files == theirs && ours.percent.map(f64::floor) == Some(pair.expect.percent);
        match pair.trap.as_deref() {
            // The tool calls nothing 100 %.
            None if theirs.is_empty() => assert_eq!(ours, Ours { files: BTreeMap::new(), percent: None }, "pair {number}"),
            None => {
                assert!(
                    same,
                    "pair {number} ({}): {ours:?}, but the tool says {theirs:?} and {}",
                    pair.format, pair.expect.percent
                );
                equal += 1;
            }
            Some(trap) => {
                let (name, measured, covered) = DIFFERENCES
                    .iter()
                    .find(|(name, ..)| *name == trap)
                    .unwrap_or_else(|| panic!("{trap} is no known difference"));
                stands(&ours.files, &theirs, *measured, *covered).unwrap_or_else(|why| panic!("pair {number}, {trap}: {why}"));
                *differing.entry(name).or_default() += usize::from(!same);
            }
        }
    }
    assert!(pairs.len() >= 500 && equal >= 400, "{equal} pairs of {} were compared with a measured line", pairs.len());
    for (name, ..) in DIFFERENCES {
        assert!(differing.get(name).is_some_and(|pairs| *pairs > 0), "{name} does not differ: take it from the list");
        assert!(document.contains(&format!("`{name}`")), "docs/coverage.md does not list {name}");
    }
}

fn pairs() -> Vec<Pair> {
    let packed = std::fs::read("tests/oracles/diff_cover/pairs.jsonl.gz").expect("the pairs");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut text).expect("gzip");
    text.lines().map(|line| serde_json::from_str(line).expect("a pair")).collect()
}

/// Makes two commits for each pair, in one run of git.
fn import(repo: &Repo, pairs: &[Pair]) {
    let mut stream = String::new();
    for (number, pair) in pairs.iter().enumerate() {
        for (side, files) in [("base", &pair.base), ("head", &pair.head)] {
            let _ = write!(
                stream,
                "reset refs/tags/{side}{number}\n\ncommit refs/tags/{side}{number}\ncommitter Mei <mei@example.com> 1767225600 +0000\ndata 1\nx\n"
            );
            if side == "head" {
                let _ = writeln!(stream, "from refs/tags/base{number}");
            }
            let _ = writeln!(stream, "deleteall");
            for (path, text) in files {
                let _ = writeln!(stream, "M 100644 inline \"{path}\"\ndata {}\n{text}", text.len());
            }
            stream.push('\n');
        }
    }
    let mut git = Command::new("git")
        .args(["fast-import", "--quiet"])
        .current_dir(repo.path())
        .stdin(Stdio::piped())
        .spawn()
        .expect("git starts");
    git.stdin.take().expect("stdin is piped").write_all(stream.as_bytes()).expect("git reads");
    assert!(git.wait().expect("git ends").success());
}

fn judged(repository: &Repository, number: usize, pair: &Pair) -> Ours {
    let request = RangeRequest {
        stage: Stage::Merge,
        base: Some(format!("refs/tags/base{number}")),
        head: Some(format!("refs/tags/head{number}")),
        ci: CiContext::default(),
        versions: None,
    };
    let raw = repository.change(&request).expect("a change");
    let facts = change::facts(&raw, None, &change::Options::default()).change;
    let format = FORMATS.iter().find(|format| format.name == pair.format).expect("a known format");
    let Reader::Coverage(read) = format.read else { panic!("{} is not coverage", pair.format) };
    let reports = pair.reports.iter().map(|text| {
        assert!((format.recognises)("report", text.as_bytes()), "pair {number}");
        let report = read(&mut text.as_bytes()).unwrap_or_else(|error| panic!("pair {number}: {error}"));
        RootedCoverage { name: String::new(), report, root: None }
    });
    let holds = |path: &str| pair.head.contains_key(path);
    let measured =
        coverage(reports.collect(), &facts.files, &CoverageOptions::default(), Tree::new(&holds)).expect("a measured line");
    let patch = measured.patch;
    let files = patch.files.into_iter().map(|file| {
        let measured = usize::try_from(file.lines).expect("a small number");
        (file.path, (measured, file.uncovered.into_iter().collect()))
    });
    Ours { files: files.collect(), percent: patch.percent }
}

impl Expect {
    fn lines(&self) -> BTreeMap<String, Lines> {
        let of = |[covered, uncovered]: &[BTreeSet<u32>; 2]| (covered.len() + uncovered.len(), uncovered.clone());
        self.files.iter().map(|(path, lines)| (path.clone(), of(lines))).collect()
    }
}

fn stands(ours: &BTreeMap<String, Lines>, theirs: &BTreeMap<String, Lines>, measured: Than, covered: Than) -> Result<(), String> {
    let sums = |files: &BTreeMap<String, Lines>| {
        let sum = |of: fn(&Lines) -> usize| files.values().map(of).sum::<usize>();
        [sum(|(measured, _)| *measured), sum(|(measured, uncovered)| measured - uncovered.len())]
    };
    for ((what, than), (ours, theirs)) in
        [("measured", measured), ("covered", covered)].into_iter().zip(sums(ours).into_iter().zip(sums(theirs)))
    {
        let fine = match than {
            Than::Same => ours == theirs,
            Than::Fewer => ours <= theirs,
            Than::More => ours >= theirs,
            Than::Other => true,
        };
        if !fine {
            return Err(format!("{ours} {what} lines, the tool says {theirs}: expected {than:?}"));
        }
    }
    Ok(())
}

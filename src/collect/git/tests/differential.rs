//! The built-in reader against `git diff -M`, file by file and line by line.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::backend::Backend;
use super::super::library::Library;
use super::super::program::Program;
use super::{Scratch, generated};
use crate::analyze::change::{RawFile, path_text, unified_diff};
use crate::facts::FileStatus;

/// What git says of one file.
#[derive(Debug, Clone, PartialEq, Default)]
struct Expected {
    old_path: Option<String>,
    status: char,
    modes: (u32, u32),
    added: Vec<u32>,
    removed: Vec<u32>,
    binary: bool,
    /// The two columns of `--numstat`; none for a binary file.
    counts: Option<(usize, usize)>,
}

/// The files of each commit in git's order.
type Commits = BTreeMap<String, Vec<(String, Expected)>>;

fn is_id(token: &[u8]) -> bool {
    token.len() == 40 && token.iter().all(u8::is_ascii_hexdigit)
}

/// Reads `--raw -z`, `--numstat -z` and `-U3` (git's own default; without context it groups lines differently) of every commit, each on its own and without kadian's readers.
fn expectations(raw: &[u8], numstat: &[u8], lines: &[u8]) -> Commits {
    let mut commits = Commits::new();
    let mut commit = String::new();
    let mut tokens = raw.split(|&byte| byte == 0);
    while let Some(token) = tokens.next() {
        if is_id(token) {
            commit = String::from_utf8(token.to_vec()).unwrap();
            commits.entry(commit.clone()).or_default();
        } else if !token.is_empty() {
            let info: Vec<&str> = std::str::from_utf8(&token[1..]).unwrap().split(' ').collect();
            let mode = |text| u32::from_str_radix(text, 8).unwrap();
            let status = info[4].chars().next().unwrap();
            let first = path_text(tokens.next().unwrap());
            let (old_path, path) = if status == 'R' { (Some(first), path_text(tokens.next().unwrap())) } else { (None, first) };
            let expected = Expected { old_path, status, modes: (mode(info[0]), mode(info[1])), ..Expected::default() };
            commits.get_mut(&commit).unwrap().push((path, expected));
        }
    }
    let mut tokens = numstat.split(|&byte| byte == 0);
    let mut at = 0;
    while let Some(token) = tokens.next() {
        if is_id(token) {
            (commit, at) = (String::from_utf8(token.to_vec()).unwrap(), 0);
        } else if !token.is_empty() {
            let mut columns = token.splitn(3, |&byte| byte == b'\t');
            let mut number = || std::str::from_utf8(columns.next().unwrap()).unwrap();
            let (added, removed) = (number(), number());
            if columns.next() == Some(b"") {
                tokens.next().unwrap();
                tokens.next().unwrap();
            }
            commits.get_mut(&commit).unwrap()[at].1.counts = added.parse().ok().zip(removed.parse().ok());
            at += 1;
        }
    }
    let mut rest_of_change = false;
    let mut next = 0;
    let mut submodule = false;
    // Where the hunk that is being read stands on both sides, and how many lines of each side it still has.
    let (mut old, mut new, mut old_left, mut new_left) = (0, 0, 0, 0);
    for line in lines.split(|&byte| byte == b'\n') {
        let files = commits.get_mut(&commit);
        if old_left + new_left > 0 {
            let file = &mut files.unwrap()[next - 1].1;
            let (mark, _) = line.split_first().unwrap_or((&b' ', &[]));
            if *mark == b'-' {
                file.removed.push(old);
            } else if *mark == b'+' {
                file.added.push(new);
            }
            let (on_old, on_new) = (u32::from(matches!(mark, b'-' | b' ')), u32::from(matches!(mark, b'+' | b' ')));
            (old, old_left, new, new_left) = (old + on_old, old_left - on_old, new + on_new, new_left - on_new);
        } else if is_id(line) {
            (commit, next, rest_of_change) = (String::from_utf8(line.to_vec()).unwrap(), 0, false);
        } else if line.starts_with(b"diff --git ") {
            // The removal and the addition of a change of type are two sections of one file.
            if rest_of_change {
                rest_of_change = false;
            } else {
                rest_of_change = files.unwrap()[next].1.status == 'T';
                next += 1;
            }
            submodule = false;
        } else if let Some(hunk) = line.strip_prefix(b"@@ -") {
            if submodule {
                continue;
            }
            let text = String::from_utf8_lossy(hunk).into_owned();
            let (on_old, on_new) = text.split_once(" @@").unwrap().0.split_once(" +").unwrap();
            let side = |side: &str| -> (u32, u32) {
                let (start, count) = side.split_once(',').unwrap_or((side, "1"));
                (start.parse().unwrap(), count.parse().unwrap())
            };
            ((old, old_left), (new, new_left)) = (side(on_old), side(on_new));
        } else if line.starts_with(b"Binary files ") {
            files.unwrap()[next - 1].1.binary = true;
        } else if line.ends_with(b" 160000") && !line.starts_with(b"+") && !line.starts_with(b"-") {
            submodule = true;
        }
    }
    commits
}

fn status(file: &RawFile) -> char {
    match file.status {
        FileStatus::Added => 'A',
        FileStatus::Modified => 'M',
        FileStatus::Deleted => 'D',
        FileStatus::Renamed => 'R',
        FileStatus::Copied => 'C',
        FileStatus::TypeChanged => 'T',
    }
}

/// What we say, in the shape of what git says.
fn ours(file: &RawFile) -> Expected {
    Expected {
        old_path: file.old_path.clone(),
        status: status(file),
        modes: (file.old_mode.unwrap_or(0), file.mode.unwrap_or(0)),
        added: file.added.numbers().collect(),
        removed: file.removed.clone(),
        binary: file.binary,
        counts: None,
    }
}

/// Compares every commit of a repository with its parent. Returns how many files were compared, and what differs.
fn compare(scratch: &Scratch, dir: &str) -> (usize, Vec<String>) {
    let list = scratch.git(dir, &["rev-list", "--reverse", "--no-merges", "HEAD"]);
    let ids = format!("{list}\n");
    let diff = |format: &[&str]| {
        let arguments = [&["-c", "core.quotePath=true", "diff-tree", "--stdin", "--root", "-r", "-M", "-l1000"], format].concat();
        scratch.git_with(dir, &arguments, ids.as_bytes())
    };
    let commits =
        expectations(&diff(&["--raw", "-z", "--abbrev=40"]), &diff(&["--numstat", "-z"]), &diff(&["-p", "-U3", "--full-index"]));
    let library = Library::discover(&scratch.path(dir)).map_err(|_| ()).unwrap();
    let (mut total, mut differences, mut kinds) = (0, Vec::new(), BTreeMap::<String, usize>::new());
    for (commit, expected) in &commits {
        let parent = library.parents(commit).unwrap().pop();
        let found = library.files(parent.as_deref(), commit).unwrap().files;
        let mut found: BTreeMap<String, Expected> = found.iter().map(|file| (file.path.clone(), ours(file))).collect();
        for (path, expected) in expected {
            total += 1;
            let edited = if expected.added.is_empty() && expected.removed.is_empty() { "" } else { " with edits" };
            *kinds.entry(format!("{}{edited}", expected.status)).or_default() += 1;
            let mut actual = found.remove(path).unwrap_or_default();
            // A pair that git sees as binary has no sections of lines, but a change of mode or name alone is not marked in the patch.
            let unmarked = expected.counts.is_none() && !expected.binary;
            actual.counts = expected.counts;
            if unmarked && expected.added.is_empty() {
                actual.binary = false;
            }
            let sums = expected.status == 'T' || expected.modes.0 == 0o160_000 || expected.modes.1 == 0o160_000 || {
                expected.counts.is_none_or(|counts| counts == (actual.added.len(), actual.removed.len()))
            };
            if actual != *expected || !sums {
                differences.push(format!("{commit} {path}\n  git:  {expected:?}\n  ours: {actual:?}"));
            }
        }
        differences.extend(found.into_keys().map(|path| format!("{commit} {path}: git does not name it")));
    }
    println!("{kinds:?}");
    (total, differences)
}

fn import(commits: usize, seed: u64) -> Scratch {
    let scratch = Scratch::new();
    scratch.git(".", &["init", "--quiet", "--bare", "--initial-branch=main", "all"]);
    scratch.git_with("all", &["fast-import", "--quiet"], &generated::history(seed, commits));
    scratch
}

#[test]
fn at_most_one_file_in_a_thousand_differs_from_what_git_says() {
    let scratch = import(900, 0x6b61_6469_616e);
    let (total, differences) = compare(&scratch, "all");
    println!("{total} files compared, {} differ\n{}", differences.len(), differences.join("\n"));
    assert!(total > 4000, "{total}");
    assert!(differences.len() * 1000 <= total, "{} of {total} differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn both_readers_and_the_parser_of_diffs_say_the_same() {
    let scratch = import(60, 7);
    let library = Library::discover(&scratch.path("all")).map_err(|_| ()).unwrap();
    let program = Program::discover(&scratch.path("all")).unwrap();
    let list = scratch.git("all", &["rev-list", "--reverse", "HEAD"]);
    let ids: Vec<&str> = list.lines().collect();
    let mut bases: Vec<(Option<&str>, &str)> = ids.windows(2).step_by(3).map(|pair| (Some(pair[0]), pair[1])).collect();
    bases.push((None, ids[ids.len() - 1]));
    for (base, head) in bases {
        let (by_library, by_program) = (library.files(base, head).unwrap().files, program.files(base, head).unwrap().files);
        let unmarked = |mut file: RawFile| {
            // The text of a diff does not say that a file is binary when only its name or mode changes.
            file.binary &= file.status != FileStatus::TypeChanged && !(file.added.is_empty() && file.removed.is_empty());
            file
        };
        let [by_library, by_program] = [by_library, by_program].map(|files| files.into_iter().map(unmarked).collect::<Vec<_>>());
        assert_eq!(by_library, by_program, "{base:?} {head}");
        if let Some(base) = base {
            let text = scratch.git_with("all", &["diff", "-M", "-l1000", base, head], b"");
            if !text.is_empty() {
                let parsed = unified_diff::parse(&text).unwrap().files;
                let paths = |files: &[RawFile]| {
                    files.iter().map(|file| (file.path.clone(), ours(file).added)).collect::<BTreeMap<_, _>>()
                };
                assert_eq!(paths(&parsed), paths(&by_library));
            }
        }
    }
    let head = ids[ids.len() - 1];
    assert_eq!(library.commits(Some(ids[3]), head).unwrap(), program.commits(Some(ids[3]), head).unwrap());
    assert_eq!(library.list(head, "").unwrap(), program.list(head, "").unwrap());
    assert_eq!(library.list(head, "src").unwrap(), program.list(head, "src").unwrap());
}

/// A real history: this project's own, or the one that `KADIAN_HISTORY` names.
#[test]
fn a_real_history_reads_as_git_reads_it() {
    let dir = std::env::var("KADIAN_HISTORY").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    let scratch = if Path::new(&dir).join(".git").exists() || Path::new(&dir).join("HEAD").exists() {
        let scratch = Scratch::new();
        scratch.git(".", &["clone", "--quiet", "--bare", &dir, "all"]);
        scratch
    } else {
        // The sources were unpacked from an archive.
        import(100, 1)
    };
    let (total, differences) = compare(&scratch, "all");
    println!("{total} files compared, {} differ\n{}", differences.len(), differences.join("\n"));
    assert!(total > 0);
    assert!(differences.len() * 1000 <= total, "{}", differences.join("\n"));
}

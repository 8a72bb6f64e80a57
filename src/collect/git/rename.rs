//! Which deleted and added files are one file that was renamed.
//!
//! The order of decisions is that of `git diff -M` (see `gitdiffcore`): first the same content, then the same file name with much
//! of the same content where the name is the only one of its kind, then the best of all pairs. The order matters: another one
//! would pair other files.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rayon::prelude::*;

use super::backend::mode;
use super::similarity::{FULL, Fingerprint, HALF, sizes_allow};
use super::trees::{Delta, Version};

/// More pairs than this number squared are not compared.
const LIMIT: usize = 1000;
/// The score that the only file of a name needs: halfway between 50 % and 100 %.
const SAME_NAME: u64 = HALF + (FULL - HALF) / 2;
/// How many of its best sources each added file remembers.
const CANDIDATES: usize = 4;

/// What rename detection needs to know of a blob's content.
pub(super) trait Contents<I, E> {
    /// The length in bytes.
    fn size(&self, id: &I) -> Result<u64, E>;
    /// The chunks of the file's content.
    fn fingerprint(&self, path: &[u8], id: &I) -> Result<Fingerprint, E>;
}

/// Joins deletions and additions that are renames, and says whether there were too many to compare.
pub(super) fn join<I, E>(deltas: Vec<Delta<I>>, contents: &impl Contents<I, E>) -> Result<(Vec<Delta<I>>, bool), E>
where
    I: Clone + Eq + std::hash::Hash + Sync,
{
    let mut search = Search::new(&deltas);
    if search.sources.is_empty() || search.targets.is_empty() {
        return Ok((deltas, false));
    }
    search.exact();
    search.measure(contents)?;
    search.same_name(contents)?;
    let complete = search.best_pairs(contents)?;
    let pairs: Vec<(usize, usize)> =
        search.targets.iter().filter_map(|target| Some((target.delta, search.sources[target.source?].delta))).collect();
    Ok((merged(deltas, &pairs), !complete))
}

/// Puts the source's old side into each target and drops the source.
fn merged<I: Clone>(mut deltas: Vec<Delta<I>>, pairs: &[(usize, usize)]) -> Vec<Delta<I>> {
    for &(target, source) in pairs {
        let (old_path, old) = (deltas[source].path.clone(), deltas[source].old.take());
        deltas[target].old = old;
        deltas[target].old_path = Some(old_path);
    }
    deltas.retain(|delta| delta.old.is_some() || delta.new.is_some());
    deltas
}

/// A deleted file.
struct Source<'a, I> {
    delta: usize,
    path: &'a [u8],
    version: &'a Version<I>,
    size: u64,
    used: bool,
}

/// An added file, and the source that it was renamed from.
struct Target<'a, I> {
    delta: usize,
    path: &'a [u8],
    version: &'a Version<I>,
    size: u64,
    source: Option<usize>,
}

struct Search<'a, I> {
    sources: Vec<Source<'a, I>>,
    targets: Vec<Target<'a, I>>,
    /// The fingerprints that were needed so far, by delta.
    prints: HashMap<usize, Fingerprint>,
}

impl<'a, I: Clone + Eq + std::hash::Hash + Sync> Search<'a, I> {
    fn new(deltas: &'a [Delta<I>]) -> Self {
        let mut search = Search { sources: Vec::new(), targets: Vec::new(), prints: HashMap::new() };
        for (delta, change) in deltas.iter().enumerate() {
            match (&change.old, &change.new) {
                (Some(version), None) => {
                    search.sources.push(Source { delta, path: &change.path, version, size: 0, used: false });
                }
                (None, Some(version)) => {
                    search.targets.push(Target { delta, path: &change.path, version, size: 0, source: None });
                }
                _ => {}
            }
        }
        search
    }

    fn pair(&mut self, target: usize, source: usize) {
        self.targets[target].source = Some(source);
        self.sources[source].used = true;
    }

    /// The same content: the first unused source of the same file name, otherwise the first unused one.
    fn exact(&mut self) {
        let mut by_id: HashMap<&I, Vec<usize>> = HashMap::new();
        for (index, source) in self.sources.iter().enumerate() {
            by_id.entry(&source.version.id).or_default().push(index);
        }
        for target in 0..self.targets.len() {
            let added = &self.targets[target];
            let Some(same) = by_id.get(&added.version.id) else { continue };
            let mut found = None;
            for &index in same.iter().take(100) {
                let source = &self.sources[index];
                let regular = mode::is_regular(source.version.mode) && mode::is_regular(added.version.mode);
                if source.used || (!regular && source.version.mode != added.version.mode) {
                    continue;
                }
                if base_name(source.path) == base_name(added.path) {
                    found = Some(index);
                    break;
                }
                found = found.or(Some(index));
            }
            if let Some(source) = found {
                self.pair(target, source);
            }
        }
    }

    /// Reads the sizes of the files that are still alone.
    fn measure<E>(&mut self, contents: &impl Contents<I, E>) -> Result<(), E> {
        for source in self.sources.iter_mut().filter(|source| !source.used && mode::is_regular(source.version.mode)) {
            source.size = contents.size(&source.version.id)?;
        }
        for target in self.targets.iter_mut().filter(|target| target.source.is_none() && mode::is_regular(target.version.mode)) {
            target.size = contents.size(&target.version.id)?;
        }
        Ok(())
    }

    /// Whether a pair may be compared by content.
    fn comparable(&self, target: usize, source: usize, score: u64) -> bool {
        let (source, target) = (&self.sources[source], &self.targets[target]);
        mode::is_regular(source.version.mode)
            && mode::is_regular(target.version.mode)
            && sizes_allow(source.size, target.size, score)
    }

    /// Reads the fingerprints of a pair, unless they are there.
    fn prepare<E>(&mut self, target: usize, source: usize, contents: &impl Contents<I, E>) -> Result<(), E> {
        let (source, target) = (&self.sources[source], &self.targets[target]);
        for (delta, path, id) in
            [(source.delta, source.path, &source.version.id), (target.delta, target.path, &target.version.id)]
        {
            if let Entry::Vacant(place) = self.prints.entry(delta) {
                place.insert(contents.fingerprint(path, id)?);
            }
        }
        Ok(())
    }

    /// The score of a prepared pair; 0 when it may not be compared.
    fn score(&self, target: usize, source: usize, least: u64) -> u64 {
        if !self.comparable(target, source, least) {
            return 0;
        }
        match (self.prints.get(&self.sources[source].delta), self.prints.get(&self.targets[target].delta)) {
            (Some(old), Some(new)) => old.score(new),
            _ => 0,
        }
    }

    /// A file name that only one source and only one target have.
    fn same_name<E>(&mut self, contents: &impl Contents<I, E>) -> Result<(), E> {
        let sources = unique_names(self.sources.iter().enumerate().filter(|(_, s)| !s.used).map(|(i, s)| (i, s.path)));
        let targets = unique_names(self.targets.iter().enumerate().filter(|(_, t)| t.source.is_none()).map(|(i, t)| (i, t.path)));
        for source in 0..self.sources.len() {
            let name = base_name(self.sources[source].path);
            let (Some(Some(only)), Some(Some(target))) = (sources.get(name), targets.get(name)) else { continue };
            if *only != source || !self.comparable(*target, source, SAME_NAME) {
                continue;
            }
            self.prepare(*target, source, contents)?;
            if self.score(*target, source, SAME_NAME) >= SAME_NAME {
                self.pair(*target, source);
            }
        }
        Ok(())
    }

    /// Every pair of what is left, the best first. Returns whether the pairs were few enough to be compared.
    fn best_pairs<E>(&mut self, contents: &impl Contents<I, E>) -> Result<bool, E> {
        let sources: Vec<usize> = (0..self.sources.len()).filter(|&index| !self.sources[index].used).collect();
        let targets: Vec<usize> = (0..self.targets.len()).filter(|&index| self.targets[index].source.is_none()).collect();
        if sources.len().saturating_mul(targets.len()) > LIMIT * LIMIT {
            return Ok(false);
        }
        for &target in &targets {
            for &source in &sources {
                if self.comparable(target, source, HALF) {
                    self.prepare(target, source, contents)?;
                }
            }
        }
        let mut candidates: Vec<Candidate> = targets
            .par_iter()
            .flat_map_iter(|&target| self.candidates(target, &sources))
            .filter(|candidate| candidate.score >= HALF)
            .collect();
        candidates.sort_by(Candidate::better_first);
        for candidate in candidates {
            if self.targets[candidate.target].source.is_none() && !self.sources[candidate.source].used {
                self.pair(candidate.target, candidate.source);
            }
        }
        Ok(true)
    }

    /// The best few sources of a target. A later source takes the place of the worst one only when it is better.
    fn candidates(&self, target: usize, sources: &[usize]) -> Vec<Candidate> {
        let mut best: Vec<Candidate> = Vec::with_capacity(CANDIDATES);
        for &source in sources {
            let same_name = base_name(self.sources[source].path) == base_name(self.targets[target].path);
            let candidate = Candidate { target, source, score: self.score(target, source, HALF), same_name };
            if best.len() < CANDIDATES {
                best.push(candidate);
                continue;
            }
            let mut worst = 0;
            for index in 1..best.len() {
                if best[index].better_first(&best[worst]).is_gt() {
                    worst = index;
                }
            }
            if candidate.better_first(&best[worst]).is_lt() {
                best[worst] = candidate;
            }
        }
        best
    }
}

/// A pair that may be a rename.
struct Candidate {
    target: usize,
    source: usize,
    score: u64,
    same_name: bool,
}

impl Candidate {
    fn better_first(&self, other: &Candidate) -> std::cmp::Ordering {
        (other.score, other.same_name).cmp(&(self.score, self.same_name))
    }
}

/// The only index of each file name; `None` where several share it.
fn unique_names<'p>(paths: impl Iterator<Item = (usize, &'p [u8])>) -> HashMap<&'p [u8], Option<usize>> {
    let mut names = HashMap::new();
    for (index, path) in paths {
        names.entry(base_name(path)).and_modify(|only| *only = None).or_insert(Some(index));
    }
    names
}

/// The part of a path after its last slash.
fn base_name(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The id of a blob is its own content here.
    struct Own;

    impl Contents<&'static str, ()> for Own {
        fn size(&self, id: &&'static str) -> Result<u64, ()> {
            Ok(id.len() as u64)
        }

        fn fingerprint(&self, _path: &[u8], id: &&'static str) -> Result<Fingerprint, ()> {
            Ok(Fingerprint::of(id.as_bytes(), true))
        }
    }

    /// The renames among deleted and added files, as `old -> new`.
    fn renames(deleted: &[(&str, &'static str)], added: &[(&str, &'static str)]) -> Vec<String> {
        let version = |id| Some(Version { mode: 0o100_644, id });
        let mut deltas: Vec<Delta<&'static str>> = deleted
            .iter()
            .map(|(path, id)| Delta { path: path.as_bytes().to_vec(), old_path: None, old: version(*id), new: None })
            .chain(added.iter().map(|(path, id)| Delta {
                path: path.as_bytes().to_vec(),
                old_path: None,
                old: None,
                new: version(*id),
            }))
            .collect();
        deltas.sort_by(|a, b| a.path.cmp(&b.path));
        let (deltas, cut) = join(deltas, &Own).unwrap();
        assert!(!cut);
        let text = |path: &[u8]| String::from_utf8(path.to_vec()).unwrap();
        deltas.iter().filter_map(|d| Some(format!("{} -> {}", text(d.old_path.as_ref()?), text(&d.path)))).collect()
    }

    #[test]
    fn the_same_content_under_the_same_name_wins() {
        let found = renames(&[("a/x.rs", "same\n"), ("b/y.rs", "same\n")], &[("c/y.rs", "same\n")]);
        assert_eq!(found, ["b/y.rs -> c/y.rs"]);
    }

    #[test]
    fn a_source_is_renamed_only_once() {
        let found = renames(&[("a", "same\n")], &[("b", "same\n"), ("c", "same\n")]);
        assert_eq!(found, ["a -> b"]);
    }

    #[test]
    fn half_of_the_content_makes_a_rename_and_less_does_not() {
        assert_eq!(renames(&[("a", "1\n2\n3\n4\n")], &[("b", "1\n2\n5\n6\n")]), ["a -> b"]);
        assert!(renames(&[("a", "1\n2\n3\n4\n")], &[("b", "1\n7\n5\n6\n")]).is_empty());
    }

    #[test]
    fn the_only_file_of_a_name_wins_over_a_better_match() {
        let found = renames(
            &[("a/only.rs", "1\n2\n3\n4\n5\n6\n7\n8\n"), ("a/other.rs", "1\n2\n3\n4\n5\n6\n7\n9\n0\n")],
            &[("b/only.rs", "1\n2\n3\n4\n5\n6\n7\n9\n")],
        );
        assert_eq!(found, ["a/only.rs -> b/only.rs"]);
    }

    #[test]
    fn a_name_that_several_files_share_proves_nothing() {
        let found = renames(
            &[("a/mod.rs", "1\n2\n3\n4\n"), ("b/mod.rs", "5\n6\n7\n8\n")],
            &[("c/mod.rs", "5\n6\n7\n9\n"), ("d/mod.rs", "1\n2\n3\n9\n")],
        );
        assert_eq!(found, ["b/mod.rs -> c/mod.rs", "a/mod.rs -> d/mod.rs"]);
    }
}

//! Policies that have been read and found sound.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde_json::Value;

use super::annotations;
use super::check::{self, Check};
use super::engine::{Engine, Workers};
use super::error::PolicyError;
use super::evaluate::{self, Outcome, Request};
use super::graph::Graph;
use super::lint;
use super::scan;
use super::source::{Origin, SourceFile, Vocabulary};
use super::split;
use super::world::{Definition, File, World};

/// What policies may refer to, made when it is needed.
type Words<'a> = &'a (dyn Fn() -> Vocabulary + Sync);

/// Bytes that reading the policies may take. Only hostile ones come near.
const LOAD_MEMORY: u64 = 1024 * 1024 * 1024;

/// Policies, checked before they run, and the checks in them.
#[derive(Debug, Clone)]
pub struct Library {
    files: Vec<File>,
    checks: Vec<Check>,
    engine: Engine,
}

impl Library {
    /// Reads the files and looks for everything that is wrong with them.
    ///
    /// `namespaces` are the packages outside `kadian.*` that judge, each with the packages below it. All faults are returned
    /// together, by file and line; only what cannot be asked of a file that does not parse is left for the next time. Without a
    /// file there are no checks, which is for the caller to refuse. `settings` are those that most evaluations will have.
    pub fn load(
        files: Vec<SourceFile>,
        namespaces: &[String],
        vocabulary: Words<'_>,
        settings: &Value,
    ) -> Result<Library, Vec<PolicyError>> {
        let loaded =
            Workers::run(Some(LOAD_MEMORY), || load(files, namespaces, vocabulary, settings)).map_err(|error| vec![error])?;
        loaded.map_err(|mut errors| {
            errors.sort();
            errors.dedup();
            errors
        })
    }

    /// The checks, by id.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The check of that id; none when there is none.
    #[must_use]
    pub fn check(&self, id: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.id == id)
    }

    /// The text of a check's definitions, as they were written. Empty for a check of another library.
    #[must_use]
    pub fn definitions(&self, check: &Check) -> Vec<&str> {
        let text = |(file, rule): &Definition| {
            let file = self.files.get(*file)?;
            let span = file.module.rules.get(*rule)?.span;
            file.source.text.get(span.start..span.end)
        };
        check.definitions.iter().filter_map(text).collect()
    }

    /// The files as they were given.
    pub fn sources(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().map(|file| &file.source)
    }

    /// The packages of the files that are no tests, sorted.
    #[must_use]
    pub fn packages(&self) -> Vec<String> {
        let mut packages: Vec<String> = self.files.iter().filter(|file| !file.source.is_test()).map(File::package).collect();
        packages.sort();
        packages.dedup();
        packages
    }

    /// Evaluates checks over an input document; the answers come in the order of the request, each with the check's id.
    ///
    /// A check whose evidence is null, that fails, or that passes a limit cannot decide; the others are still evaluated. An
    /// element that is neither a text nor an object with `msg` is an error.
    pub fn evaluate(&self, request: &Request<'_>) -> Result<Vec<(String, Outcome)>, PolicyError> {
        evaluate::evaluate(&self.engine, request)
    }

    pub(super) fn files(&self) -> &[File] {
        &self.files
    }
}

fn load(
    sources: Vec<SourceFile>,
    namespaces: &[String],
    vocabulary: Words<'_>,
    settings: &Value,
) -> Result<Library, Vec<PolicyError>> {
    let mut engine = Engine::new();
    let files = read(sources, &mut engine)?;
    let mut errors = Vec::new();
    let world = World::new(&files, false);
    // The shipped policies alone were looked through when kadian was built: its tests load them together with theirs.
    let sound = namespaces.is_empty() && files.iter().all(|file| file.source.origin == Origin::Shipped && !file.source.is_test());
    let graph = Graph::new(&world);
    let cycles = if sound { Vec::new() } else { graph.cycles() };
    let no_cycles = cycles.is_empty();
    errors.extend(cycles);
    let (judging, faults) = lint::judging(&world, namespaces);
    errors.extend(faults);
    if !sound {
        look_through(&mut errors, (&files, &world, &graph), &judging, namespaces, &vocabulary());
    }
    let mut groups = Vec::new();
    // Reads are followed through calls, which must be known to come to an end.
    if no_cycles && !graph.calls().too_many {
        match check::groups(&world, &graph, &judging) {
            Ok(found) => groups = found,
            Err(faults) => errors.extend(faults),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    for (index, file) in files.iter().enumerate() {
        if let Some(text) = split::extra(&world, index, &mut groups) {
            engine.add(&file.source.path, &text).map_err(|error| vec![error])?;
        }
    }
    engine.prepare(settings).map_err(|error| vec![error])?;
    let mut checks: Vec<Check> = groups.into_iter().map(|group| group.check).collect();
    checks.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Library { files, checks, engine })
}

/// Reads the files, those that are no tests into the engine. Files of which one is broken are none.
fn read(sources: Vec<SourceFile>, engine: &mut Engine) -> Result<Vec<File>, Vec<PolicyError>> {
    let mut tests = Engine::new();
    let mut files = Vec::new();
    let mut errors = Vec::new();
    let scanned: Vec<_> = sources.par_iter().map(|source| scan::scan(&source.path, &source.text)).collect();
    let mut added = Vec::new();
    for (source, comments) in sources.into_iter().zip(scanned) {
        let engine = if source.is_test() { &mut tests } else { &mut *engine };
        // What is beyond the limits of a file is not shown to the engine.
        match comments.and_then(|comments| Ok((engine.add(&source.path, &source.text)?, comments))) {
            Ok((module, comments)) => added.push((source, module, comments)),
            Err(fault) => errors.push(fault),
        }
    }
    let annotated: Vec<_> = added
        .into_par_iter()
        .map(|(source, module, comments)| {
            let annotations = annotations::read(&source.path, source.origin, &module, &comments)?;
            Ok(File { source, module, annotations })
        })
        .collect();
    for file in annotated {
        match file {
            Ok(file) => files.push(file),
            Err(faults) => errors.extend::<Vec<PolicyError>>(faults),
        }
    }
    if errors.is_empty() { Ok(files) } else { Err(errors) }
}

/// Adds everything that is wrong with the files beyond what stands in the way of reading their checks.
fn look_through(
    errors: &mut Vec<PolicyError>,
    (files, world, graph): (&[File], &World<'_>, &Graph<'_>),
    judging: &[Definition],
    namespaces: &[String],
    vocabulary: &Vocabulary,
) {
    errors.extend(lint::namespaces(world, namespaces));
    errors.extend(lint::packages(world, files));
    errors.extend(lint::kinds(world));
    errors.extend(lint::unused(world, graph, judging, namespaces));
    errors.extend(lint::references(world, graph, vocabulary, false));
    errors.extend(lint::judging_tests(files, namespaces));
    errors.extend(lint::shadows(files));
    let everything = World::new(files, true);
    let tested = files.iter().any(|file| file.source.is_test()).then(|| Graph::new(&everything));
    let known: BTreeSet<(String, u32)> = errors.iter().map(|error| (error.file.clone(), error.line)).collect();
    let near = lint::near_names(world, tested.as_ref().unwrap_or(graph), namespaces).into_iter();
    errors.extend(near.filter(|error| !known.contains(&(error.file.clone(), error.line))));
    if let Some(tested) = &tested {
        errors.extend(test_faults(&everything, tested, vocabulary));
    }
}

/// Tests may refer to all files; what is wrong in the policies themselves is told without them.
fn test_faults(everything: &World<'_>, whole: &Graph<'_>, vocabulary: &Vocabulary) -> Vec<PolicyError> {
    let mut errors = lint::references(everything, whole, vocabulary, true);
    errors.extend(lint::duplicate_tests(everything));
    errors.extend(whole.cycles());
    errors
}

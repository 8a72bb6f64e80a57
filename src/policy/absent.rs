//! Paths that are null or absent in the documents at hand.

use serde_json::Value;

use super::evaluate::Request;
use super::graph::Read;
use super::schema::Step;
use super::trace::{Place, Root};

/// Why a path that a rule reads cannot be read: it is null or absent, or null in an element, and nothing keeps the rule from getting
/// there. The first such element is named. None when it can be read; an empty list has no element that is null.
pub(super) fn null(request: &Request<'_>, read: &Read) -> Option<String> {
    let (elements, paths): (Vec<&Place>, Vec<&Place>) = read.when.iter().partition(|place| !place.is_constant());
    if !paths.iter().all(|place| at(request, place).is_some_and(|value| !value.is_null())) {
        return None;
    }
    if !read.place.is_constant() {
        return element(request, &read.place, &elements);
    }
    match at(request, &read.place) {
        Some(Value::Null) => Some(format!("{} is null", read.place.written())),
        None => Some(format!("{} is absent", read.place.written())),
        Some(_) => None,
    }
}

fn document<'a>(request: &Request<'a>, root: Root) -> Option<&'a Value> {
    match root {
        Root::Input => Some(request.input),
        Root::Settings => Some(request.settings),
        Root::Parameter(_) => None,
    }
}

fn at<'a>(request: &Request<'a>, place: &Place) -> Option<&'a Value> {
    place.steps.iter().try_fold(document(request, place.root)?, |value, step| match step {
        Step::Key(key) => value.as_object()?.get(key),
        Step::Any => None,
    })
}

/// The first element in which the path is null, unless the same element is null where it was tested.
fn element(request: &Request<'_>, place: &Place, tested: &[&Place]) -> Option<String> {
    let mut found = vec![(Vec::new(), document(request, place.root)?)];
    for step in &place.steps {
        found = found.iter().flat_map(|(path, value)| parts(path, value, step)).collect();
    }
    let kept_out = |path: &[Part<'_>]| {
        tested.iter().any(|tested| {
            let same = tested.steps.iter().zip(&place.steps).take_while(|(a, b)| a == b).count();
            let rest = tested.steps.get(same..).unwrap_or_default();
            let start = path.get(..same).and_then(|path| go(document(request, tested.root)?, path));
            let value = start.and_then(|start| rest.iter().try_fold(start, |value, step| key(value, step)));
            rest.iter().all(|step| *step != Step::Any) && value.is_none_or(Value::is_null)
        })
    };
    let (path, _) = found.into_iter().find(|(path, value)| value.is_null() && !kept_out(path))?;
    let root = Place { root: place.root, steps: Vec::new() }.written();
    let written: String = path.iter().map(Part::written).collect();
    Some(format!("{root}{written} is null"))
}

/// A step of a path to one element.
#[derive(Debug, Clone, Copy)]
enum Part<'a> {
    Key(&'a str),
    Index(usize),
}

impl Part<'_> {
    fn written(&self) -> String {
        let plain = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match self {
            Part::Key(key) if plain(key) => format!(".{key}"),
            Part::Key(key) => format!("[{}]", Value::from(*key)),
            Part::Index(index) => format!("[{index}]"),
        }
    }
}

fn parts<'a>(path: &[Part<'a>], value: &'a Value, step: &'a Step) -> Vec<(Vec<Part<'a>>, &'a Value)> {
    let longer = |part: Part<'a>| path.iter().copied().chain([part]).collect::<Vec<_>>();
    match (step, value) {
        (Step::Key(name), Value::Object(map)) => {
            map.get(name).map(|value| (longer(Part::Key(name)), value)).into_iter().collect()
        }
        (Step::Any, Value::Array(items)) => {
            items.iter().enumerate().map(|(index, value)| (longer(Part::Index(index)), value)).collect()
        }
        (Step::Any, Value::Object(map)) => map.iter().map(|(name, value)| (longer(Part::Key(name)), value)).collect(),
        _ => Vec::new(),
    }
}

fn go<'a>(start: &'a Value, path: &[Part<'_>]) -> Option<&'a Value> {
    path.iter().try_fold(start, |value, part| match part {
        Part::Key(name) => value.as_object()?.get(*name),
        Part::Index(index) => value.as_array()?.get(*index),
    })
}

fn key<'a>(value: &'a Value, step: &Step) -> Option<&'a Value> {
    match step {
        Step::Key(name) => value.as_object()?.get(name),
        Step::Any => None,
    }
}

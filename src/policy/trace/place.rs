//! Paths into the documents that policies see.

use crate::policy::schema::Step;

/// What a path leads into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::policy) enum Root {
    Input,
    Settings,
    /// A parameter of the function at hand, counted from 0. Only a call knows what it is.
    Parameter(usize),
}

/// A path into a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::policy) struct Place {
    pub(in crate::policy) root: Root,
    pub(in crate::policy) steps: Vec<Step>,
}

impl Place {
    pub(in crate::policy) fn is_parameter(&self) -> bool {
        matches!(self.root, Root::Parameter(_))
    }

    /// Whether every step is a key.
    pub(in crate::policy) fn is_constant(&self) -> bool {
        !self.steps.contains(&Step::Any)
    }

    /// The path up to the first step that is not constant.
    pub(in crate::policy) fn constant(&self) -> Place {
        let steps = self.steps.iter().take_while(|step| **step != Step::Any).cloned().collect();
        Place { root: self.root, steps }
    }

    /// The path up to its last step that is not constant: the element that a name was given. Empty for a constant path.
    pub(super) fn element(&self) -> &[Step] {
        let last = self.steps.iter().rposition(|step| *step == Step::Any);
        &self.steps[..last.map_or(0, |last| last + 1)]
    }

    /// The path one step on.
    pub(super) fn then(mut self, step: Step) -> Place {
        self.steps.push(step);
        self
    }

    /// The path in a call with these arguments: none for a parameter that was given something else than a path.
    pub(in crate::policy) fn on(&self, args: &[Option<Place>]) -> Option<Place> {
        let Root::Parameter(index) = self.root else { return Some(self.clone()) };
        let mut place = args.get(index)?.clone()?;
        place.steps.extend(self.steps.iter().cloned());
        Some(place)
    }

    /// Whether one of the paths leads to the other.
    pub(super) fn overlaps(&self, other: &Place) -> bool {
        self.root == other.root && (self.steps.starts_with(&other.steps) || other.steps.starts_with(&self.steps))
    }

    /// The path as a policy writes it; `[_]` for any element.
    pub(in crate::policy) fn written(&self) -> String {
        let mut text = match self.root {
            Root::Input => "input".to_owned(),
            Root::Settings => "data.kadian.settings".to_owned(),
            Root::Parameter(index) => format!("parameter {}", index + 1),
        };
        for step in &self.steps {
            match step {
                Step::Key(key) => {
                    text.push('.');
                    text.push_str(key);
                }
                Step::Any => text.push_str("[_]"),
            }
        }
        text
    }
}

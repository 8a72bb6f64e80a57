//! Which rule a result is about.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use super::raw::{Level, Override, Result, Rule, RuleReference};
use crate::evidence::limits;

/// The driver or an extension of a tool.
#[derive(Default)]
pub(super) struct Component {
    pub(super) name: String,
    pub(super) guid: Option<String>,
    /// The semantic one where both are stated.
    pub(super) version: Option<String>,
    pub(super) rules: Vec<KnownRule>,
}

/// What is kept of a rule.
pub(super) struct KnownRule {
    id: String,
    pub(super) level: Option<Level>,
    /// The `security-severity` property.
    pub(super) score: Option<f64>,
    pub(super) messages: BTreeMap<String, String>,
}

impl KnownRule {
    pub(super) fn new(rule: Rule<'_>) -> KnownRule {
        let messages = rule.message_strings.unwrap_or_default().into_iter();
        KnownRule {
            id: rule.id.0.into_owned(),
            level: rule.default_configuration.and_then(|configuration| configuration.level),
            score: rule.properties.and_then(|properties| properties.security_severity).and_then(|score| score.0),
            messages: messages.filter_map(|(key, message)| Some((key.0.into_owned(), message.text?.0.into_owned()))).collect(),
        }
    }
}

/// How a run points at a rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Pointer {
    id: Option<String>,
    index: Option<i64>,
    component: Option<ComponentPointer>,
}

#[derive(Debug, Clone, Default)]
struct ComponentPointer {
    name: Option<String>,
    index: Option<i64>,
    guid: Option<String>,
}

impl Pointer {
    fn new(reference: &RuleReference<'_>) -> Pointer {
        let owned = |text: &Option<super::raw::Text<'_>>| text.as_ref().map(|text| text.0.to_string());
        let component = reference.tool_component.as_ref().map(|component| ComponentPointer {
            name: owned(&component.name),
            index: component.index,
            guid: owned(&component.guid),
        });
        Pointer { id: owned(&reference.id).filter(|id| !id.is_empty()), index: reference.index, component }
    }

    /// What a result says of its rule in one place or the other (sections 3.27.5 to 3.27.7).
    fn of(result: &Result<'_>) -> Pointer {
        let reference = result.rule.as_ref().map(Pointer::new).unwrap_or_default();
        let stated = result.rule_id.as_ref().map(|id| id.0.to_string());
        Pointer {
            id: stated.map_or(reference.id, |id| Some(id).filter(|id| !id.is_empty())),
            index: result.rule_index.filter(|index| *index >= 0).or(reference.index),
            component: reference.component,
        }
    }
}

/// What the results of a run point at, each once. What that means is known at the end of the run, because the rules may stand
/// behind the results.
#[derive(Default)]
pub(super) struct Pointers {
    pub(super) all: Vec<Pointer>,
    ids: HashMap<String, u32>,
    key: String,
}

impl Pointers {
    /// The number of what a result points at; `None` when there are too many.
    pub(super) fn number(&mut self, result: &Result<'_>) -> Option<u32> {
        self.key.clear();
        let mut part = |text: Option<&super::raw::Text<'_>>| {
            self.key.push_str(text.map_or("\u{1}", |text| text.0.as_ref()));
            self.key.push('\0');
        };
        part(result.rule_id.as_ref());
        let reference = result.rule.as_ref();
        part(reference.and_then(|rule| rule.id.as_ref()));
        let component = reference.and_then(|rule| rule.tool_component.as_ref());
        part(component.and_then(|component| component.name.as_ref()));
        part(component.and_then(|component| component.guid.as_ref()));
        let numbers = [result.rule_index, reference.and_then(|rule| rule.index), component.and_then(|component| component.index)];
        for number in numbers {
            if let Some(number) = number {
                let _ = write!(self.key, "{number}");
            }
            self.key.push('\0');
        }
        self.key.push(if component.is_some() { '1' } else { '0' });
        if let Some(id) = self.ids.get(&self.key) {
            return Some(*id);
        }
        let id = u32::try_from(self.all.len()).ok().filter(|id| *id < u32::MAX)?;
        self.all.push(Pointer::of(result));
        self.ids.insert(self.key.clone(), id);
        Some(id)
    }
}

/// A level that an invocation sets, and for which rule.
pub(super) struct Setting {
    rule: Pointer,
    level: Level,
}

impl Setting {
    /// `None` for one that sets no level.
    pub(super) fn new(entry: &Override<'_>) -> Option<Setting> {
        let level = entry.configuration.as_ref()?.level?;
        Some(Setting { rule: entry.descriptor.as_ref().map(Pointer::new).unwrap_or_default(), level })
    }
}

/// The rules of the driver and of the extensions.
pub(super) struct Rules {
    /// The driver first, then the extensions in their order.
    components: Vec<Component>,
    by_id: HashMap<String, (usize, usize)>,
    overrides: Vec<(String, Level)>,
}

impl Rules {
    pub(super) fn new(components: Vec<Component>) -> Rules {
        let mut by_id = HashMap::new();
        for (at, component) in components.iter().enumerate() {
            for (index, rule) in component.rules.iter().enumerate() {
                by_id.entry(rule.id.clone()).or_insert((at, index));
            }
        }
        Rules { components, by_id, overrides: Vec::new() }
    }

    /// The rule that is pointed at, if the report describes it, and its id (sections 3.27.5 to 3.27.7): by index in its component,
    /// then by id, then by the id without its last parts (`CA1000/1` is a case of `CA1000`).
    pub(super) fn find(&self, pointer: &Pointer) -> (Option<&KnownRule>, String) {
        let id = pointer.id.clone();
        let indexed = self
            .indexed(pointer)
            // An index that leads to a rule of another name is a mistake; the name is what people see.
            .filter(|rule| id.as_deref().is_none_or(|id| is_case_of(id, &rule.id)));
        let rule = indexed.or_else(|| id.as_deref().and_then(|id| self.named(id)));
        let id = id.or_else(|| rule.map(|rule| rule.id.clone()));
        (rule, id.unwrap_or_else(|| "(no rule)".to_owned()))
    }

    fn indexed(&self, pointer: &Pointer) -> Option<&KnownRule> {
        let at = pointer.component.as_ref().map_or(Some(0), |component| self.component(component))?;
        self.components.get(at)?.rules.get(usize::try_from(pointer.index?).ok()?)
    }

    /// The levels that the invocations set for this rule or for the one that it is a case of: the gravest, because nobody says
    /// under which invocation a result was found. `None` where they set none.
    pub(super) fn overridden(&self, id: &str) -> Option<Level> {
        self.overrides.iter().filter(|(rule, _)| is_case_of(id, rule)).map(|(_, level)| *level).max()
    }

    /// Takes in what an invocation sets (section 3.20.5). An error, as a sentence, where it does not say for which rule.
    pub(super) fn set(&mut self, setting: Setting) -> std::result::Result<(), String> {
        let Setting { rule, level } = setting;
        let id = rule.id.clone().or_else(|| self.indexed(&rule).map(|rule| rule.id.clone()));
        let id = id.ok_or_else(|| "`ruleConfigurationOverrides` sets a level of a rule that it does not name".to_owned())?;
        // Each of them is held against each rule that a result names.
        if self.overrides.len() == limits::OVERRIDES {
            return Err(limits::too_many("levels in `ruleConfigurationOverrides`", limits::OVERRIDES));
        }
        self.overrides.push((id, level));
        Ok(())
    }

    fn component(&self, pointer: &ComponentPointer) -> Option<usize> {
        if let Some(index) = pointer.index.filter(|index| *index >= 0) {
            return usize::try_from(index).ok().map(|index| index + 1);
        }
        self.components.iter().position(|component| {
            let guid = pointer.guid.is_some() && component.guid == pointer.guid;
            guid || pointer.name.as_ref().is_some_and(|name| *name == component.name)
        })
    }

    fn named(&self, id: &str) -> Option<&KnownRule> {
        let mut id = id;
        loop {
            if let Some((at, index)) = self.by_id.get(id) {
                return self.components.get(*at)?.rules.get(*index);
            }
            id = id.rsplit_once('/')?.0;
        }
    }
}

/// Whether the id is the rule's or that of one of its cases: `CA1000/1` is one of `CA1000`.
fn is_case_of(id: &str, rule: &str) -> bool {
    id.strip_prefix(rule).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

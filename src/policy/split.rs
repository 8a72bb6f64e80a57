//! Several checks in one rule: each gets a rule of its own for the engine.
//!
//! Two `deny contains` blocks with different ids are two checks, each of which passes or not. The engine knows only `deny`, so a
//! second file is made for it: the same lines, with everything blanked but the package, the imports and these blocks, whose names
//! are changed. Lines keep their numbers, and the original rule stays as it is for whoever refers to it.

use super::check::Group;
use super::syntax::Span;
use super::world::{File, RuleName, World};

/// The extra file for one policy file; none where no rule in it is divided. Sets the targets of the checks.
pub(super) fn extra(world: &World<'_>, index: usize, groups: &mut [Group]) -> Option<String> {
    let file = &world.files[index];
    let mut kept: Vec<(Span, Option<(Span, String)>)> = Vec::new();
    for (number, group) in groups.iter_mut().enumerate().filter(|(_, group)| group.partial) {
        let name = free_name(world, &group.check.package, &group.check.rule, number);
        group.check.target = format!("data.{}.{name}", group.check.package);
        for (_, rule) in group.check.definitions.iter().filter(|(in_file, _)| *in_file == index) {
            let rule = &file.module.rules[*rule];
            kept.push((rule.span, Some((rule.name_span, name.clone()))));
        }
    }
    if kept.is_empty() {
        return None;
    }
    kept.extend(file.module.imports.iter().map(|import| (import.span, None)));
    kept.push((file.module.package_span, None));
    kept.sort();
    Some(rewrite(file, &kept))
}

/// A name that no rule of the package has.
fn free_name(world: &World<'_>, package: &str, rule: &str, number: usize) -> String {
    let mut name = format!("{rule}__{number}");
    while !world.definitions(&RuleName { package: package.to_owned(), name: name.clone() }).is_empty() {
        name.push('_');
    }
    name
}

/// Blanks everything but the kept parts, whole lines at a time, and renames.
fn rewrite(file: &File, kept: &[(Span, Option<(Span, String)>)]) -> String {
    let text = &file.source.text;
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (span, rename) in kept {
        // A span may end before the closing quote of a text; nothing else starts on a rule's last line.
        let rest = text.get(span.end..).unwrap_or_default();
        let line_end = span.end + rest.find('\n').unwrap_or(rest.len());
        let (start, end) = (span.start.max(at), line_end.max(at));
        blank(text.get(at..start).unwrap_or_default(), &mut out);
        match rename {
            Some((name, new)) if name.start >= start => {
                out.push_str(text.get(start..name.start).unwrap_or_default());
                out.push_str(new);
                out.push_str(text.get(name.end..end).unwrap_or_default());
            }
            _ => out.push_str(text.get(start..end).unwrap_or_default()),
        }
        at = end;
    }
    out
}

fn blank(text: &str, out: &mut String) {
    out.extend(text.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
}

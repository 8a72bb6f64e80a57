//! The properties of a suite: what it was made for.
//!
//! `<property name="kadian.batch" value="2"/>`, or the value as the element's text. Others are stepped over.

use std::borrow::Cow;

use super::super::commit;
use super::super::text::shown;
use crate::evidence::ReadError;
use crate::evidence::xml::{Event, Xml};
use crate::facts::MadeFor;

/// A value is a name that a person gave; more is no name.
const MAX_CHARS: usize = 200;

/// What the properties of a suite say.
#[derive(Debug, Default)]
pub(super) struct Properties {
    pub(super) made_for: MadeFor,
    /// Which try of the same tests it is.
    pub(super) attempt: Option<u64>,
    pub(super) commit: Option<String>,
}

/// Reads the `<properties>` that just started into what is known already. A batch that is no number, an endless value and two
/// values for one name are errors: they may be what shows that the report is of another batch.
pub(super) fn read(xml: &mut Xml<'_>, known: &mut Properties) -> Result<(), ReadError> {
    let depth = xml.depth();
    while xml.next()? == Event::Start || xml.depth() >= depth {
        if xml.name() != "property" {
            xml.skip()?;
            continue;
        }
        let name = xml.attribute("name").unwrap_or_default().into_owned();
        let ours =
            matches!(name.as_str(), "kadian.plan" | "kadian.batch" | "kadian.version" | "kadian.attempt" | "kadian.commit");
        if !ours && !commit::is_name(&name) {
            xml.skip()?;
            continue;
        }
        let value = xml.attribute("value").map(Cow::into_owned);
        let inner = text(xml)?;
        let value = value.unwrap_or(inner).trim().to_owned();
        if !ours {
            // Of others' properties only a commit is one.
            if commit::is_commit(&value) {
                commit::state(&mut known.commit, value).map_err(|message| xml.error(message))?;
            }
            continue;
        }
        if value.is_empty() || value.chars().count() > MAX_CHARS {
            return Err(xml.error(format!("the property `{name}` is empty or longer than {MAX_CHARS} characters")));
        }
        let fresh = match name.as_str() {
            "kadian.batch" => number(xml, &name, &value, &mut known.made_for.batch)?,
            "kadian.attempt" => number(xml, &name, &value, &mut known.attempt)?,
            "kadian.plan" => set(&mut known.made_for.plan, value),
            "kadian.version" => set(&mut known.made_for.version, value),
            _ if commit::is_commit(&value) => {
                commit::state(&mut known.commit, value).map_err(|message| xml.error(message))?;
                true
            }
            _ => return Err(xml.error(format!("the property `{name}` is `{}`: expected a commit", shown(&value)))),
        };
        if !fresh {
            return Err(xml.error(format!("the property `{name}` has two values: the report contradicts itself")));
        }
    }
    Ok(())
}

/// Whether the number is the only one so far.
fn number(xml: &Xml<'_>, name: &str, value: &str, slot: &mut Option<u64>) -> Result<bool, ReadError> {
    let number = value.parse::<u64>().ok().filter(|number| *number > 0);
    let number =
        number.ok_or_else(|| xml.error(format!("the property `{name}` is `{}`: expected a number from 1 up", shown(value))))?;
    Ok(slot.replace(number).is_none_or(|before| before == number))
}

/// Whether the value is the only one so far.
fn set(slot: &mut Option<String>, value: String) -> bool {
    let same = slot.as_ref().is_none_or(|before| *before == value);
    *slot = Some(value);
    same
}

/// The text of the element that just started, up to its end.
fn text(xml: &mut Xml<'_>) -> Result<String, ReadError> {
    let depth = xml.depth();
    let mut text = String::new();
    loop {
        let event = xml.next()?;
        if text.is_empty() {
            xml.text().clone_into(&mut text);
        }
        if event == Event::End && xml.depth() < depth {
            return Ok(text);
        }
    }
}

//! Values that several executors and checks have: headers, addresses, variables.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::super::{Header, HeaderValue, Template};
use super::template;
use crate::evidence::ReadError;
use crate::evidence::text::shown;
use crate::evidence::yaml::at;

/// Headers whose values are secrets, in lower case.
const SECRET: [&str; 6] = ["authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "private-token"];

pub(super) fn optional(place: Option<&Spanned<String>>) -> Result<Option<Template>, ReadError> {
    place.map(template).transpose()
}

/// A text, or `{env: NAME, prefix: TEXT}`: any value, so that the error can say so.
pub(super) type RawHeader = Value;

/// The value of a header.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it only describes")]
pub(super) enum HeaderSchema {
    Text(String),
    /// What an environment variable holds, behind a text.
    Variable {
        env: String,
        prefix: Option<String>,
    },
}

pub(super) fn headers(raw: &BTreeMap<String, Spanned<RawHeader>>) -> Result<Vec<Header>, ReadError> {
    raw.iter().map(|(name, place)| header(name, &place.value).map_err(|message| at(place, message))).collect()
}

fn header(name: &str, value: &RawHeader) -> Result<Header, String> {
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(token) {
        return Err(format!("`{}` is no name of a header", shown(name)));
    }
    let plain = |text: &str| {
        let visible = text.chars().all(|c| c == ' ' || c.is_ascii_graphic());
        if visible {
            Ok(text.to_owned())
        } else {
            Err(format!("the header `{name}` holds what no header can; expected plain ASCII"))
        }
    };
    let way_out = "name its variable: {env: NAME, prefix: \"Bearer \"}";
    let value = match value {
        Value::String(_) if SECRET.contains(&name.to_ascii_lowercase().as_str()) => {
            return Err(format!("the header `{name}` is a secret; {way_out}"));
        }
        Value::String(text) => HeaderValue::Plain(plain(text)?),
        Value::Object(map) => {
            let text = |key: &str| map.get(key).map(|value| value.as_str().ok_or(())).transpose();
            let known = map.keys().all(|key| key == "env" || key == "prefix");
            match (text("env"), text("prefix")) {
                (Ok(Some(variable)), Ok(prefix)) if known => {
                    HeaderValue::Environment { name: variable_name(variable)?, prefix: plain(prefix.unwrap_or_default())? }
                }
                _ => return Err(format!("the header `{name}` is neither a text nor a variable; {way_out}")),
            }
        }
        _ => return Err(format!("the header `{name}` is neither a text nor a variable; put it in quotes, or {way_out}")),
    };
    Ok(Header { name: name.to_owned(), value })
}

/// An address; one that a secret is sent to is encrypted, or on this machine.
pub(super) fn address(place: &Spanned<String>, secret: bool) -> Result<Template, ReadError> {
    let text = place.value.as_str();
    let plain = text.strip_prefix("http://");
    let rest = plain.or_else(|| text.strip_prefix("https://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default()).unwrap_or_default();
    if host.is_empty() || text.chars().any(|c| c.is_control() || c == ' ') {
        return Err(at(place, "expected an address that starts with http:// or https://"));
    }
    if host.contains('@') {
        return Err(at(place, "the address holds a user or password; send a header from a variable instead: {env: NAME}"));
    }
    let local = ["localhost", "127.0.0.1", "[::1]"];
    let is_local = local.iter().any(|name| host.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')));
    if secret && plain.is_some() && !is_local {
        return Err(at(place, "a secret would be sent to it without encryption; expected https://"));
    }
    template(place)
}

/// The name of an environment variable.
pub(super) fn variable(place: &Spanned<String>) -> Result<String, ReadError> {
    variable_name(&place.value).map_err(|message| at(place, message))
}

fn variable_name(name: &str) -> Result<String, String> {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit());
    if name.is_empty() || name.len() > 200 || !plain {
        return Err(format!("`{}` is no name of an environment variable; the secret itself never stands here", shown(name)));
    }
    Ok(name.to_owned())
}

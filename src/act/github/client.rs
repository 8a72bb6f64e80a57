//! GitHub's API through the client of `collect::github`.

use serde_json::Value;

use super::api::{Api, Method, Refused};
use crate::collect::github::{Failure, FailureKind, GitHub, Write};

impl Api for GitHub {
    fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Refused> {
        GitHub::get(self, path, query).map(|answer| answer.body).map_err(refused)
    }

    fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, Refused> {
        let method = match method {
            Method::Post => Write::Post,
            Method::Patch => Write::Patch,
        };
        GitHub::send(self, method, path, body).map(|answer| answer.body).map_err(refused)
    }
}

fn refused(failure: Failure) -> Refused {
    let status = match failure.kind {
        FailureKind::Status(status) => Some(status),
        _ => None,
    };
    let sent = !matches!(failure.kind, FailureKind::Setup | FailureKind::RateLimit { .. });
    Refused { status, detail: failure.to_string(), message: failure.message.map(String::from).unwrap_or_default(), sent }
}

//! How long GitHub asks to be left alone.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::RETRY_AFTER;

use crate::collect::http::retry_after;

/// How long to wait where GitHub names a secondary limit and no time.
const UNSTATED: Duration = Duration::from_mins(1);

/// How long to wait before the next request, when the answer says that there were too many; `None` when it says something else.
///
/// A status of 429, or of 403 with the signs of a limit, was refused before anything was done. In this order: `Retry-After`; no
/// requests left of the primary limit, which says when there are some again; a secondary limit that names no time.
/// Source: docs.github.com, "Rate limits for the REST API".
pub(super) fn wait(status: StatusCode, headers: &HeaderMap, message: &str, now: Timestamp) -> Option<Duration> {
    if !matches!(status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS) {
        return None;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(wait) = text(RETRY_AFTER.as_str()).and_then(|value| retry_after(value, now)) {
        return Some(wait);
    }
    if text("x-ratelimit-remaining") == Some("0") {
        let reset = text("x-ratelimit-reset").and_then(|reset| Timestamp::from_second(reset.parse().ok()?).ok());
        // One second more: the clocks may differ by a part of it.
        let wait = reset.map_or(SignedDuration::try_from(UNSTATED).unwrap_or_default(), |reset| {
            reset.duration_since(now).max(SignedDuration::ZERO) + SignedDuration::from_secs(1)
        });
        return Some(Duration::try_from(wait).unwrap_or(UNSTATED));
    }
    let message = message.to_ascii_lowercase();
    (status == StatusCode::TOO_MANY_REQUESTS || message.contains("rate limit") || message.contains("abuse detection"))
        .then_some(UNSTATED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(status: u16, headers: &[(&'static str, &'static str)], message: &str) -> Option<u64> {
        let headers = headers.iter().map(|(name, value)| ((*name).parse().unwrap(), (*value).parse().unwrap())).collect();
        let now = Timestamp::from_second(1_000).unwrap();
        wait(StatusCode::from_u16(status).unwrap(), &headers, message, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn github_says_how_long_to_wait() {
        assert_eq!(waits(403, &[("retry-after", "7")], ""), Some(7));
        assert_eq!(waits(429, &[("retry-after", "7"), ("x-ratelimit-remaining", "0")], ""), Some(7));
        assert_eq!(waits(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1060")], ""), Some(61));
        assert_eq!(waits(429, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "900")], ""), Some(1));
        assert_eq!(waits(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "soon")], ""), Some(60));
    }

    #[test]
    fn a_limit_without_a_time_is_one() {
        assert_eq!(waits(403, &[], "You have exceeded a secondary rate limit"), Some(60));
        assert_eq!(waits(403, &[("x-ratelimit-remaining", "4999")], "You have triggered an abuse detection mechanism"), Some(60));
        assert_eq!(waits(429, &[], ""), Some(60));
    }

    #[test]
    fn what_is_forbidden_is_no_limit() {
        assert_eq!(waits(403, &[("x-ratelimit-remaining", "4999")], "Resource not accessible by integration"), None);
        assert_eq!(waits(404, &[("retry-after", "7")], "Not Found"), None);
        assert_eq!(waits(500, &[("retry-after", "7")], ""), None);
    }
}

//! Asks an Alertmanager (API v2) for what is firing.

use super::http::{Endpoint, Failure, Method, Request, run_all};
use super::prometheus::Origin;

/// The active alerts that are neither silenced nor inhibited, as the bytes of the answer: a JSON list.
/// Source: github.com/prometheus/alertmanager, `api/v2/openapi.yaml`.
pub fn alerts(endpoint: &Endpoint) -> Result<(Vec<u8>, Origin), Failure> {
    let pairs = [("active", "true"), ("silenced", "false"), ("inhibited", "false")];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let outcome = run_all(endpoint, vec![Request::new(Method::Get, "api/v2/alerts", pairs)]).pop();
    let answer = outcome.unwrap_or_else(|| Err(endpoint.setup_failure("it was not asked")))?;
    let origin = Origin::of(&answer);
    Ok((answer.body, origin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::http::FailureKind;
    use crate::collect::http::server::{Reply, Server};

    #[test]
    fn only_alerts_that_someone_should_act_on_are_asked_for() {
        let server = Server::start(|_| Reply::new(200, "[]"));
        let (body, origin) = alerts(&Endpoint::new(format!("{}/am", server.url))).expect("an answer");
        assert_eq!((body.as_slice(), origin.bytes), (&b"[]"[..], 2));
        assert_eq!(server.seen()[0].target, "/am/api/v2/alerts?active=true&silenced=false&inhibited=false");
    }

    #[test]
    fn a_failure_is_one() {
        let server = Server::start(|_| Reply::new(404, "page not found"));
        assert_eq!(alerts(&Endpoint::new(&server.url)).map_err(|failure| failure.kind), Err(FailureKind::Status(404)));
    }
}

//! What publishing needs of GitHub's API.

use serde_json::Value;

/// How a write is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Post,
    Patch,
}

/// A client, or what stands in for one in a test. A write is sent once: it is not repeated after an answer that leaves open whether it
/// was done.
pub trait Api {
    /// The body of an answer that is a success.
    fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, Refused>;
    fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, Refused>;
}

/// Why there is no such body. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// GitHub's own words, otherwise empty.
    pub message: String,
    /// The failure as a sentence without a full stop.
    pub detail: String,
    /// Whether GitHub may have got it: not where nothing was sent, and not where it only asked to wait.
    pub sent: bool,
}

//! What is asked, and what came back.

/// How a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The parameters stand in the address.
    Get,
    /// The parameters are a form in the body, which has no limit of length.
    Post,
}

/// One request below an endpoint's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    /// Appended to the path of the endpoint's address, for example `api/v1/query`.
    pub path: String,
    /// Sent in this order; they are shown in sources and errors, so they hold no secret.
    pub parameters: Vec<(String, String)>,
}

impl Request {
    #[must_use]
    pub fn new(method: Method, path: &str, parameters: Vec<(String, String)>) -> Request {
        Request { method, path: path.to_owned(), parameters }
    }
}

/// A whole answer with a status of success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Where it came from, with its parameters and without secrets.
    pub url: String,
    pub status: u16,
    pub body: Vec<u8>,
    /// How often it was asked for until it came, from 1.
    pub attempts: u32,
}

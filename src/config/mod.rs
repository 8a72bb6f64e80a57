//! What the user may set: raw text becomes validated types here, and nothing else is judged by.

pub mod settings;

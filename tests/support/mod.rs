//! What the tests share: throw-away repositories, the program, and expectations.

pub mod case;
pub mod expect;
pub mod program;
pub mod repo;

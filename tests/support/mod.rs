//! What the tests share: throw-away repositories, the program, and expectations.

pub(crate) mod action;
pub(crate) mod case;
pub(crate) mod code_host;
pub(crate) mod description;
pub(crate) mod documents;
pub(crate) mod expect;
pub(crate) mod mariadb;
pub(crate) mod migrations;
pub(crate) mod pay;
pub(crate) mod postgres;
pub(crate) mod program;
pub(crate) mod prometheus;
pub(crate) mod repo;
pub(crate) mod schema;
pub(crate) mod session;
pub(crate) mod web;

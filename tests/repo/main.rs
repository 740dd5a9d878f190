//! The repository: documents are true, the interface changes only on purpose, files and names are
//! short, and words are those of the field.
//!
//! Each failure says what to do about it.

#[path = "../support/mod.rs"]
mod support;

mod api;
mod code;
mod documents;
mod files;
mod help;
mod invariants;
mod options;
mod pages;
mod vocabulary;

//! `cargo compare`: measures strategies to feed a thread pool, and compares them.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    compare::main_with(&[])
}

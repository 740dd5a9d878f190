#!/usr/bin/env bash
# Measures the project's first default queue, which its history has, beside the present one.
# Makes a crate of it in target/first-design and runs the comparison there, with the given arguments:
#   compare/results/first-design.sh --strategies first-design,condvar,textbook,crossbeam --json run.json
set -euo pipefail
cd "$(dirname "$0")/../.."
last=ba4bc0e # the last commit with the first design
crate=target/first-design
mkdir -p "$crate/src/queue/condvar"
for file in courtesy.rs sync.rs queue/condvar.rs queue/condvar/outlook.rs queue/condvar/spin.rs; do
  git show "$last:src/$file" | sed 's/finds_while_looking/spin_hits/' >"$crate/src/$file" # renamed since
done
cat >"$crate/Cargo.toml" <<'TOML'
[package]
name = "first-design"
edition = "2024"
[dependencies]
compare = { path = "../../compare" }
hello = { path = "../.." }
parking_lot = "0.13"
[profile.release]
lto = "thin"
codegen-units = 1
[workspace]
TOML
cat >"$crate/src/queue.rs" <<'RUST'
pub mod condvar;
pub use hello::{Job, JobQueue, QueueStats, Rejected};
fn bound(capacity: usize) -> Option<usize> {
    Some(capacity)
}
RUST
cat >"$crate/src/main.rs" <<'RUST'
mod courtesy;
mod queue;
mod sync;
use compare::{data::Group, strategies::{Strategy, strategy}};
use hello::ThreadPool;
use queue::condvar::CondvarQueue;
static OWN: [Strategy; 1] =
    [strategy::<ThreadPool<CondvarQueue>>("first-design", Group::Study, "six adaptive rules")];
fn main() -> std::process::ExitCode {
    compare::main_with(&OWN)
}
RUST
cp Cargo.lock "$crate/"
CARGO_TARGET_DIR=target exec cargo run --quiet --release --manifest-path "$crate/Cargo.toml" -- "$@"

//! The repository in order: what the documents say is so, and no file grows unseen.
//!
//! Each test says in its failure what to do about it.

mod api;
mod documents;
mod options;

use std::fs;
use std::path::{Path, PathBuf};

/// Files that are longer than others may be, and why.
const LONG: [(&str, &str); 0] = [];

/// How many lines a file of code may have.
const LONGEST: usize = 500;

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files whose names end so, by their paths from the root; neither what is built nor what is
/// hidden.
fn files(suffix: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(root().join(&directory)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().expect("names of files are UTF-8");
            let path = directory.join(&name);
            if entry.file_type().unwrap().is_dir() {
                if name != "target" && !name.starts_with('.') {
                    open.push(path);
                }
            } else if name.ends_with(suffix) {
                found.push(path.to_str().expect("and so are paths").replace('\\', "/"));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no file ends in {suffix}");
    found
}

#[test]
fn no_file_of_code_is_long_without_a_reason() {
    for path in files(".rs") {
        let lines = read(&path).lines().count();
        let reason = LONG.iter().find(|(long, _)| *long == path);
        match reason {
            None => assert!(
                lines <= LONGEST,
                "{path} has {lines} lines: divide it, or give the reason in LONG"
            ),
            Some(_) => {
                assert!(lines > LONGEST, "{path} has only {lines} lines: LONG need not name it")
            }
        }
    }
    for (path, _) in LONG {
        assert!(root().join(path).exists(), "LONG names {path}, which is gone");
    }
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let is_root = |path: &str| {
        let is_example = path.split('/').rev().nth(1) == Some("examples");
        is_example || path.ends_with("src/lib.rs") || path.ends_with("src/main.rs")
    };
    for path in files(".rs").into_iter().filter(|path| is_root(path)) {
        assert!(
            read(&path).contains("\n#![forbid(unsafe_code)]\n"),
            "{path} does not forbid unsafe code"
        );
    }
    // For the roots that nobody else compiles: tests and build scripts.
    for path in files("Cargo.toml") {
        assert!(
            read(&path).contains("\n[lints]\nworkspace = true\n"),
            "{path} does not have the workspace's lints"
        );
    }
    assert!(
        read("Cargo.toml").contains("\nunsafe_code = \"forbid\"\n"),
        "the workspace does not forbid unsafe code"
    );
}

/// The definitions of the invariants in a file, line by line.
fn invariants(path: &str) -> Vec<String> {
    let file = read(path);
    let lines = file.lines().map(|line| line.trim_start_matches("//! "));
    lines.filter(|line| line.starts_with("- **I")).map(str::to_owned).collect()
}

#[test]
fn every_invariant_is_defined_once_and_cited_in_code_and_tests() {
    let defined = invariants("src/pool.rs");
    assert_eq!(
        invariants("ARCHITECTURE.md"),
        defined,
        "ARCHITECTURE.md and src/pool.rs define the same invariants"
    );
    assert_eq!(defined.len(), 8, "I1 to I8");
    let mut cited = [const { Vec::new() }; 2];
    for path in files(".rs") {
        let part = usize::from(path.starts_with("tests/"));
        let text = read(&path);
        let text = text.lines().filter(|line| !line.contains("- **I"));
        cited[part].extend(text.flat_map(words).map(str::to_owned).collect::<Vec<_>>());
    }
    for (number, definition) in (1..).zip(&defined) {
        assert!(definition.starts_with(&format!("- **I{number}** ")), "out of order: {definition}");
        let [code, tests] = &cited;
        let (name, suffix) = (format!("I{number}"), format!("_i{number}"));
        assert!(code.contains(&name), "no code cites {name}");
        assert!(
            tests.iter().any(|word| *word == name || word.ends_with(&suffix)),
            "no test cites {name}"
        );
    }
}

/// The names and numbers in a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

//! The code: length of files and names, and no `unsafe`.

use crate::files::{files, read, words};

/// How many lines a file of code may have.
const LONGEST_FILE: usize = 500;

/// How many words a name may have.
const LONGEST_NAME: usize = 8;

#[test]
fn files_of_code_are_short() {
    for path in files(".rs") {
        let lines = read(&path).lines().count();
        assert!(lines <= LONGEST_FILE, "{path} has {lines} lines: divide it");
    }
}

/// Tests have the longest names. Some are made by macros, so all names are checked.
#[test]
fn names_are_short() {
    for path in files(".rs") {
        for name in words(&read(&path)) {
            let count = name.split('_').filter(|word| !word.is_empty()).count();
            assert!(count <= LONGEST_NAME, "{path}: {name} has {count} words: shorten it");
        }
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
    // The lints reach the roots of tests and build scripts, too.
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

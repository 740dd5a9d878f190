//! The order of the modules: each imports only modules before it.

use std::fs;
use std::path::{Path, PathBuf};

/// The top-level modules in their order, as `src/lib.rs` lists them.
const ORDER: [&str; 12] = [
    "data",
    "analysis",
    "output",
    "machine",
    "pool",
    "workloads",
    "trace",
    "strategies",
    "runner",
    "servers",
    "cli",
    "program",
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Returns the text of all files of a module.
fn text_of(module: &str) -> String {
    let mut text = fs::read_to_string(source().join(format!("{module}.rs"))).expect("it exists");
    for entry in fs::read_dir(source().join(module)).into_iter().flatten() {
        let path = entry.expect("it can be read").path();
        assert!(path.is_file(), "{} is a folder: list its modules here, too", path.display());
        if path.extension().is_some_and(|extension| extension == "rs") {
            text += &fs::read_to_string(path).expect("it is text");
        }
    }
    text
}

#[test]
fn modules_import_only_earlier_modules() {
    for (place, module) in ORDER.iter().enumerate() {
        let text = text_of(module);
        for path in text.split("crate::").skip(1) {
            let imported = path.split(|c: char| !c.is_alphanumeric() && c != '_').next();
            let imported = imported.expect("a split has a first part");
            let found = ORDER.iter().position(|one| *one == imported);
            let found = found.unwrap_or_else(|| panic!("{module} imports unknown `{imported}`"));
            assert!(found <= place, "{module} imports {imported}, which comes after it");
        }
    }
}

#[test]
fn order_lists_every_module() {
    let text = fs::read_to_string(source().join("lib.rs")).expect("it exists");
    let mut declared: Vec<_> =
        text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let mut listed = ORDER.to_vec();
    declared.sort_unstable();
    listed.sort_unstable();
    assert_eq!(declared, listed);
}

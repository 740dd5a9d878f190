//! The files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[track_caller]
pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the paths of the files with this suffix, from the root, without build output.
pub(crate) fn files(suffix: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(root().join(&directory)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().expect("names of files are UTF-8");
            let path = directory.join(&name);
            if entry.file_type().unwrap().is_dir() {
                if name != "target" && name != ".git" {
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

/// Returns the names and numbers in a text.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

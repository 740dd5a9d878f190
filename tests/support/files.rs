//! Directories for what a test writes.

use std::fs;
use std::path::PathBuf;

/// Creates an empty directory. All test targets share the place, so `name` must be unique.
pub(crate) fn empty_directory(name: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// Creates a directory with these two pages, for `--html`.
pub(crate) fn pages(name: &str, hello: &str, not_found: &str) -> String {
    let directory = empty_directory(name);
    fs::write(directory.join("hello.html"), hello).unwrap();
    fs::write(directory.join("404.html"), not_found).unwrap();
    directory.into_os_string().into_string().unwrap()
}

//! The files that a command writes.

use crate::data::Record;
use crate::output::{export, page};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};

/// What a record is shown as.
#[derive(Debug, Args)]
struct Files {
    /// Writes a page with figures to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Writes the summary and all tables as Markdown to this file
    #[arg(long, value_name = "FILE")]
    export_markdown: Option<PathBuf>,
    /// Writes a row for each figure, with its ratio and interval, to this file
    #[arg(long, value_name = "FILE")]
    export_csv: Option<PathBuf>,
}

/// The files of a run: its record, and what that is shown as.
#[derive(Debug, Args)]
pub struct Outputs {
    /// Writes all samples to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// What the record is shown as.
    #[command(flatten)]
    files: Files,
}

impl Files {
    fn wanted(&self) -> Vec<File<'_, Record>> {
        let html = self.html.as_deref().map(|path| (path, page::page as _));
        let markdown = self.export_markdown.as_deref().map(|path| (path, export::markdown as _));
        let csv = self.export_csv.as_deref().map(|path| (path, export::csv as _));
        [html, markdown, csv].into_iter().flatten().collect()
    }
}

impl Outputs {
    /// Returns whether no file is named.
    pub fn is_empty(&self) -> bool {
        self.wanted().is_empty()
    }

    /// Checks that every file can be written, before anything is measured for it.
    ///
    /// # Errors
    ///
    /// Fails if one cannot be written.
    pub fn check(&self) -> Result<(), String> {
        check_all(&self.wanted())
    }

    /// Writes the files, as many as possible.
    ///
    /// # Errors
    ///
    /// Fails if one cannot be written.
    pub fn write(&self, record: &Record) -> Result<(), String> {
        write_all(&self.wanted(), record)
    }

    fn wanted(&self) -> Vec<File<'_, Record>> {
        // The record comes first, as the samples cannot be taken again.
        let json = self.json.as_deref().map(|path| (path, Record::to_json as _));
        json.into_iter().chain(self.files.wanted()).collect()
    }
}

/// A file and what makes its text.
pub(super) type File<'a, T> = (&'a Path, fn(&T) -> String);

/// Checks that every file can be written.
pub(super) fn check_all<T>(files: &[File<'_, T>]) -> Result<(), String> {
    files.iter().try_for_each(|(path, _)| export::check(path))
}

/// Writes files, as many as possible.
pub(super) fn write_all<T>(files: &[File<'_, T>], of: &T) -> Result<(), String> {
    let error = |(path, text): &File<'_, T>| {
        let error = fs::write(path, text(of)).err()?;
        Some(format!("{}: {error}", path.display()))
    };
    let errors: Vec<_> = files.iter().filter_map(error).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::record;
    use std::{env, process};

    #[test]
    fn files_after_one_that_fails_are_written() {
        let (html, csv) = (env::temp_dir(), env::temp_dir().join(format!("{}.csv", process::id())));
        let files =
            Files { html: Some(html), export_markdown: None, export_csv: Some(csv.clone()) };
        assert!(Outputs { json: None, files }.write(&record()).is_err());
        fs::remove_file(csv).expect("it was written");
    }
}

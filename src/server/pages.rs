//! The pages: embedded in the binary, or a user's own.

use crate::http::Page;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fmt, fs, io};

/// The pages a server answers with.
///
/// # Example
///
/// ```
/// use hello::http::Page;
/// use hello::server::Pages;
/// use std::time::SystemTime;
///
/// let page = Page::new(b"<!doctype html><h1>mine</h1>".to_vec(), SystemTime::now());
/// let pages = Pages { hello: page, ..Pages::default() };
/// ```
#[derive(Clone, Debug)]
pub struct Pages {
    /// For `/` and `/sleep`.
    pub hello: Page,
    /// For every other path.
    pub not_found: Page,
    /// For every other status: a template with `{{code}}`, `{{reason}}` and `{{detail}}`.
    pub error: String,
}

impl Default for Pages {
    /// The pages from `html/`, embedded when the program was built, so that it runs from any
    /// directory.
    fn default() -> Self {
        let built = built_at();
        let page = |html: &str| Page::new(html.as_bytes().to_vec(), built);
        Self {
            hello: page(include_str!("../../html/hello.html")),
            not_found: page(include_str!("../../html/404.html")),
            error: include_str!("../../html/error.html").to_owned(),
        }
    }
}

/// Returns when the embedded pages were last changed: when the program was built.
fn built_at() -> SystemTime {
    env::current_exe()
        .and_then(fs::metadata)
        .and_then(|metadata| metadata.modified())
        .unwrap_or_else(|_| SystemTime::now())
}

impl Pages {
    /// Reads `hello.html` and `404.html` from a directory, and `error.html` if it is there. They
    /// are read once.
    ///
    /// # Errors
    ///
    /// Returns a [`PagesError`] that names the file which cannot be read.
    ///
    /// # Example
    ///
    /// ```
    /// use hello::server::Pages;
    ///
    /// let error = Pages::from_directory("no/such/place").unwrap_err();
    /// assert!(error.to_string().contains("hello.html"));
    /// ```
    pub fn from_directory(directory: impl AsRef<Path>) -> Result<Self, PagesError> {
        let directory = directory.as_ref();
        let read = |name: &str| {
            let path = directory.join(name);
            // A wrong clock can date a file in the future, which `Page::new` forbids.
            let modified =
                || fs::metadata(&path)?.modified().map(|modified| modified.min(SystemTime::now()));
            let page = fs::read(&path).and_then(|body| Ok(Page::new(body, modified()?)));
            page.map_err(|source| PagesError { path, source })
        };
        let embedded = Self::default();
        let error = match fs::read_to_string(directory.join("error.html")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => embedded.error,
            other => {
                other.map_err(|source| PagesError { path: directory.join("error.html"), source })?
            }
        };
        Ok(Self { hello: read("hello.html")?, not_found: read("404.html")?, error })
    }
}

/// A page that could not be read.
#[derive(Debug)]
pub struct PagesError {
    path: PathBuf,
    source: io::Error,
}

impl fmt::Display for PagesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, source } = self;
        write!(
            f,
            "cannot read the page {}: {source}; a directory of pages has a hello.html and a 404.html",
            path.display()
        )
    }
}

impl Error for PagesError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

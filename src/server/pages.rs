//! The pages: embedded in the binary, or read from the user's directory.

use crate::http::Page;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, fmt, fs, io};

/// The pages of a server.
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
    /// The page at `/` and `/sleep`. In it `{{host}}` stands for the address in the request, and
    /// `{{status}}` for a link to the status page.
    pub hello: Page,
    /// The page at every other path.
    pub not_found: Page,
    /// The page for every other status: a template with `{{code}}`, `{{reason}}` and `{{detail}}`.
    pub error: String,
}

impl Default for Pages {
    /// Returns the pages from `html/`, which are embedded in the program, so that it runs from any
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

/// Returns the time of the last change to the embedded pages, which is the time of the build.
fn built_at() -> SystemTime {
    env::current_exe()
        .and_then(fs::metadata)
        .and_then(|metadata| metadata.modified())
        .unwrap_or_else(|_| SystemTime::now())
}

impl Pages {
    /// Reads `hello.html` and `404.html` from a directory, and `error.html` if it exists. Later
    /// changes to the files have no effect.
    ///
    /// # Errors
    ///
    /// Returns a [`PagesError`] that names the file if one cannot be read.
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
            // If the clock was wrong, the file's time may lie in the future, which `Page::new`
            // forbids.
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
            "cannot read the page {}: {source}; a directory of pages needs a hello.html and a 404.html",
            path.display()
        )
    }
}

impl Error for PagesError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

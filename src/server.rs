//! The chapter's server: a listener loop hands connections to a pool, and one `match` picks the page.
//!
//! The arrows point one way: this module knows [`http`](crate::http) and is handed to the pool as jobs; neither knows of
//! it. The listener loop itself stands in `main`, as in the Book.

mod access;
mod connection;
mod linger;
mod listener;
mod pages;

pub use connection::{Connection, handle_connection};
pub use listener::{Incoming, Listener, Stopper};
pub use pages::{Pages, PagesError};

use crate::http::{Page, Request, Response, Status};
use access::Counts;
use linger::Linger;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Everything about a server that its user may choose.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The pages to serve.
    pub pages: Pages,
    /// How long `/sleep` sleeps (the Book: five seconds).
    pub sleep: Duration,
    /// How long a client may take to send the head of its request, from the moment a worker turns to it.
    pub head_timeout: Duration,
    /// How long a client may take to receive the response.
    pub write_timeout: Duration,
    /// How long to wait, after the response, for a client to close its side.
    pub linger: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            pages: Pages::default(),
            sleep: Duration::from_secs(5),
            head_timeout: Duration::from_secs(5),
            write_timeout: Duration::from_secs(5),
            linger: Duration::from_secs(1),
        }
    }
}

/// What all connections share.
pub struct Server {
    settings: Settings,
    counts: Counts,
    linger: Linger,
}

impl Server {
    /// A server with these settings. It starts one thread, which sees connections off.
    ///
    /// # Errors
    ///
    /// An [`io::Error`](std::io::Error) if the thread cannot be started.
    pub fn new(settings: Settings) -> std::io::Result<Arc<Self>> {
        Ok(Arc::new(Self { linger: Linger::start(settings.linger)?, counts: Counts::default(), settings }))
    }

    /// How many responses went out, status by status, as one line for people.
    pub fn summary(&self) -> String {
        self.counts.to_string()
    }

    /// Picks the page for a path. This is the chapter's `match`; everything else was settled before it.
    fn dispatch(&self, path: &str) -> (Status, &Page) {
        let pages = &self.settings.pages;
        match path {
            "/" => (Status::Ok, &pages.hello),
            "/sleep" => {
                thread::sleep(self.settings.sleep);
                (Status::Ok, &pages.hello)
            }
            _ => (Status::NotFound, &pages.not_found),
        }
    }

    /// Answers a request: its page, or the news that the page is not the one it wants.
    fn respond(&self, request: &Request<'_>) -> Response<'_> {
        let (status, page) = self.dispatch(request.path);
        // Preconditions count only where the answer would be 200 (RFC 9110, section 13.2.1).
        match request.conditions.evaluate(page) {
            Some(Status::NotModified) if status == Status::Ok => Response::not_modified(page),
            Some(_) if status == Status::Ok => self.refuse(connection::PRECONDITION_FAILED),
            _ => Response::page(status, page),
        }
    }
}

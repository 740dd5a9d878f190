//! The chapter's server: a listener loop hands connections to a pool, and one `match` picks the page.
//!
//! The arrows point one way: this module knows [`http`](crate::http) and is handed to the pool as jobs; neither knows of
//! it. The listener loop itself stands in `main`, as in the Book.
//!
//! # Example
//!
//! The program `hello`, without its arguments and signals:
//!
//! ```
//! use hello::ThreadPool;
//! use hello::queue::{CondvarQueue, JobQueue};
//! use hello::server::{Connection, Listener, Server, Settings, handle_connection};
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let queue: Box<dyn JobQueue> = Box::new(CondvarQueue::bounded(1024));
//! let pool = Arc::new(ThreadPool::with_queue(2, queue)?);
//! let server = Server::new(Settings::default(), Arc::clone(&pool))?;
//! let listener = Listener::bind("127.0.0.1:0".parse()?)?;
//!
//! let mut client = TcpStream::connect(listener.local_addr()?)?;
//! client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
//!
//! for (stream, peer) in listener.incoming().take(1) {
//!     let connection = Connection::new(stream, peer, &server);
//!     // A connection for which there is no room comes back in the error, and answers 503 as it is dropped.
//!     let _ = pool.try_execute(move || handle_connection(connection));
//! }
//!
//! let mut response = String::new();
//! client.read_to_string(&mut response)?;
//! assert!(response.starts_with("HTTP/1.1 200 OK\r\n"));
//! assert_eq!(server.finish(Duration::from_secs(30)), 0); // nobody had to be cut
//! # Ok(())
//! # }
//! ```

mod access;
mod board;
mod connection;
mod listener;
mod pages;
mod parking;
mod scratch;
mod status;

pub use access::ACCESS;
pub use connection::{Connection, handle_connection};
pub use listener::{Incoming, Listener, Stopper};
pub use pages::{Pages, PagesError};
pub use status::StatusPage;

use crate::http::{Page, Refusal, Request, Response, Status};
use crate::queue::JobQueue;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{Condvar, Mutex};
use crate::{Shutdown, ThreadPool};
use access::Counts;
use board::Board;
use log::debug;
use parking::Parking;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{io, thread};

/// The pool that serves: its queue is chosen when the program starts.
pub type Pool = ThreadPool<Box<dyn JobQueue>>;

/// Everything about a server that its user may choose.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The pages to serve.
    pub pages: Pages,
    /// How long `/sleep` sleeps (the Book: five seconds).
    pub sleep: Duration,
    /// How long a client may take to send the head of a request.
    pub head_timeout: Duration,
    /// How long a connection may stay open between two requests.
    pub idle_timeout: Duration,
    /// How long a client may take to make room for the rest of a response.
    pub write_timeout: Duration,
    /// How long to wait, after the last response, for a client to close its side.
    pub linger: Duration,
    /// How many connections may be open at once.
    pub connections: usize,
    /// How many requests one connection may bring.
    pub requests: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            pages: Pages::default(),
            sleep: Duration::from_secs(5),
            head_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(5),
            linger: Duration::from_secs(1),
            connections: 10_240,
            requests: 1000,
        }
    }
}

/// What all connections share.
pub struct Server {
    settings: Settings,
    pool: Arc<Pool>,
    parking: Arc<Parking>,
    counts: Counts,
    board: Board,
    /// Connections that are open.
    alive: AtomicUsize,
    draining: AtomicBool,
    /// Signalled when the last connection has gone while the server drains.
    empty: Condvar,
    emptying: Mutex<()>,
}

impl Server {
    /// A server with these settings, whose connections take their turns on `pool`. It starts one thread, for those that
    /// wait.
    ///
    /// # Errors
    ///
    /// An [`io::Error`] if the thread or the poller it needs cannot be had.
    pub fn new(settings: Settings, pool: Arc<Pool>) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            settings,
            parking: Parking::start(Arc::clone(&pool))?,
            board: Board::new(pool.workers()),
            pool,
            counts: Counts::default(),
            alive: AtomicUsize::new(0),
            draining: AtomicBool::new(false),
            empty: Condvar::new(),
            emptying: Mutex::new(()),
        }))
    }

    /// How many responses went out, status by status, as one line for people.
    pub fn summary(&self) -> String {
        self.counts.to_string()
    }

    /// Answers what has arrived, closes what is idle, and shuts the pool down, all within `grace`. Answers how many
    /// connections had to be cut.
    ///
    /// Call it when no more connections come in. If `grace` was too short, workers may still be at their jobs when it
    /// returns; they end with the program.
    pub fn finish(&self, grace: Duration) -> usize {
        let deadline = Instant::now().checked_add(grace);
        self.draining.store(true, Ordering::SeqCst);
        self.parking.drain();
        let mut emptying = self.emptying.lock();
        while self.alive.load(Ordering::SeqCst) > 0 {
            match deadline {
                None => self.empty.wait(&mut emptying),
                Some(deadline) => {
                    if self.empty.wait_until(&mut emptying, deadline).timed_out() {
                        return self.alive.load(Ordering::SeqCst);
                    }
                }
            }
        }
        drop(emptying);
        self.pool.shutdown(Shutdown::Drain);
        self.parking.end();
        0
    }

    /// Whether there is room for one more connection; if need be, after closing one that is idle.
    fn admit(&self) -> bool {
        self.alive.load(Ordering::Relaxed) < self.settings.connections || self.parking.close_longest_idle()
    }

    fn count_in(&self) {
        self.alive.fetch_add(1, Ordering::SeqCst);
    }

    fn count_out(&self) {
        // In one order with the two of `finish`: either that sees no connection left, or this sees that it waits.
        if self.alive.fetch_sub(1, Ordering::SeqCst) == 1 && self.draining.load(Ordering::SeqCst) {
            // The lock orders this after the check in `finish`, which would otherwise miss it.
            drop(self.emptying.lock());
            self.empty.notify_all();
        }
    }

    fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Whether a worker may look at its connection again before it lets go: nobody waits for the worker, and there are
    /// so few connections that this one's next request is what it would do next anyway.
    fn is_quiet(&self) -> bool {
        self.alive.load(Ordering::Relaxed) <= 2 * self.pool.workers() && self.pool.queue().is_empty()
    }

    /// Picks the page for a path. This is the chapter's `match`; everything else was settled before it.
    fn dispatch(&self, path: &str) -> (Status, &Page) {
        let pages = &self.settings.pages;
        match path {
            "/" => (Status::Ok, &pages.hello),
            "/sleep" => {
                debug!("sleeping for {:?}", self.settings.sleep);
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

    /// The error page for a request that gets no other.
    fn refuse(&self, refusal: Refusal) -> Response<'_> {
        Response::error(refusal, &self.settings.pages.error)
    }
}

//! The chapter's server: a listener loop submits connections to a pool, and one `match` picks the
//! page.
//!
//! A job is one *turn* of a connection: a worker answers every complete request that has arrived.
//! A connection that waits for its client is parked in the *reactor*, one thread that watches all
//! of them, and becomes a job again when bytes arrive. So a client that is silent or slow takes no
//! worker, while `/sleep` still takes one, as in the chapter.
//!
//! | in the Book | here |
//! |---|---|
//! | `TcpListener::bind` | [`Listener::bind`] |
//! | `listener.incoming()` in `main` | [`Listener::incoming`], in `main` as well; it goes on after errors |
//! | `TcpStream` | [`Connection`], which responds even if it is dropped |
//! | `handle_connection(stream)` | [`handle_connection`] |
//! | reading the request line | [`parse_head`](crate::http::parse_head) |
//! | the `match` that picks a page | `dispatch` in `src/server.rs` |
//! | `fs::read_to_string("hello.html")` | [`Pages`] |
//! | Ctrl-C, which ends the process | [`Stopper`], then [`Server::shutdown`] |
//!
//! This module uses [`http`](crate::http) and the pool; neither uses this module.
//!
//! # Example
//!
//! The program `hello` without its arguments and signals:
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
//!     // If the queue is full, the connection comes back in the error, and responds with 503 when
//!     // it is dropped.
//!     let _ = pool.try_execute(move || handle_connection(connection));
//! }
//!
//! let mut response = String::new();
//! client.read_to_string(&mut response)?;
//! assert!(response.starts_with("HTTP/1.1 200 OK\r\n"));
//! assert_eq!(server.shutdown(Duration::from_secs(30)), 0); // no connection was cut
//! # Ok(())
//! # }
//! ```

mod access_log;
mod buffers;
mod connection;
pub(crate) mod drain;
mod front_page;
mod head_budget;
mod listener;
mod metrics;
mod non_blocking;
mod pages;
pub(crate) mod reactor;
mod status;

pub use access_log::ACCESS;
pub use connection::{Connection, handle_connection};
pub use listener::{Incoming, Listener, Stopper};
pub use pages::{Pages, PagesError};
pub use status::StatusPage;

use crate::http::{ErrorResponse, Page, Request, Response, Status};
use crate::queue::JobQueue;
use crate::{Shutdown, ThreadPool};
use access_log::ResponseCounts;
use connection::PeerState;
use drain::OpenConnections;
use front_page::FrontPage;
use head_budget::HeadBudget;
use log::debug;
use metrics::Metrics;
use reactor::Reactor;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fmt, io, thread};

/// The pool of a server.
///
/// Its queue is boxed, since the option `--queue` chooses it when the program starts.
pub type Pool = ThreadPool<Box<dyn JobQueue>>;

/// The settings of a server.
///
/// # Example
///
/// ```
/// use hello::server::Settings;
/// use std::time::Duration;
///
/// let settings = Settings { sleep: Duration::from_secs(1), ..Settings::default() };
/// assert_eq!(settings.address, "127.0.0.1:7878".parse().unwrap());
/// assert_eq!(settings.head_timeout, Duration::from_secs(5));
/// assert_eq!(settings.idle_timeout, Duration::from_secs(15));
/// assert_eq!((settings.connections, settings.requests), (10_240, 1000));
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address of the server, for the status page and for clients that do not name it.
    pub address: SocketAddr,
    /// The address of the status page, if there is one.
    pub status: Option<SocketAddr>,
    /// The name of the queue's strategy, as the status page and the metrics show it.
    pub queue: &'static str,
    /// The pages to serve.
    pub pages: Pages,
    /// How long `/sleep` sleeps (the Book: five seconds).
    pub sleep: Duration,
    /// How long a client may take to send the head of a request. After that it gets a 408.
    pub head_timeout: Duration,
    /// How long a connection may stay open between two requests.
    pub idle_timeout: Duration,
    /// How long a client may take to make room for the rest of a response. After that the
    /// connection closes.
    pub write_timeout: Duration,
    /// How long to wait, after the last response, for a client to close its side.
    pub linger: Duration,
    /// How many connections may be open at once. For one more, the one that has been idle longest
    /// is closed; if none is idle, the new one gets a 503.
    pub connections: usize,
    /// How many requests a client may send on one connection. The response to the last one says
    /// that the connection closes.
    pub requests: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 7878),
            status: None,
            queue: "condvar",
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

/// A server: what all its connections share.
///
/// The [module](crate::server) shows it at work. It has no thread but that of its reactor: the
/// listener loop is the program's, and the workers are those of the pool.
pub struct Server {
    settings: Settings,
    front_page: FrontPage,
    pool: Arc<Pool>,
    reactor: Arc<Reactor>,
    responses: ResponseCounts,
    metrics: Metrics,
    open: OpenConnections,
    heads: HeadBudget,
}

impl Server {
    /// Creates a server whose connections are served by `pool`, and starts its reactor thread.
    ///
    /// # Errors
    ///
    /// Returns an [`io::Error`] if the reactor's thread or poller cannot be created.
    pub fn new(settings: Settings, pool: Arc<Pool>) -> io::Result<Arc<Self>> {
        let address = reachable(settings.address);
        Ok(Arc::new(Self {
            front_page: FrontPage::new(&settings.pages.hello, address, settings.status),
            settings,
            reactor: Reactor::start(Arc::clone(&pool))?,
            metrics: Metrics::new(pool.workers()),
            pool,
            responses: ResponseCounts::default(),
            open: OpenConnections::default(),
            heads: HeadBudget::default(),
        }))
    }

    /// Returns a line with the counts of responses by status, for the end of a log.
    pub fn summary(&self) -> String {
        self.responses.to_string()
    }

    /// Stops a listener if the reactor thread panics, since no parked connection would be served
    /// after that. When the listener's loop has ended, [`has_failed`](Self::has_failed) tells
    /// whether that was the reason.
    pub fn stop_on_failure(&self, stopper: Stopper) {
        self.reactor.stop_on_failure(stopper);
    }

    /// Returns whether the reactor thread has panicked. No parked connection is served any more, so
    /// the program should end.
    pub fn has_failed(&self) -> bool {
        self.reactor.has_failed()
    }

    /// Shuts the server down within `grace`: answers the requests that have arrived, closes idle
    /// connections, and shuts the pool down. Returns how many connections were cut.
    ///
    /// No connection may be created after this call. If `grace` was too short, workers may still
    /// run jobs when it returns; they end with the program.
    pub fn shutdown(&self, grace: Duration) -> usize {
        let deadline = Instant::now().checked_add(grace);
        self.open.start_draining();
        self.reactor.drain();
        let cut = self.open.wait_until_none(deadline);
        if cut == 0 {
            self.pool.shutdown(Shutdown::Drain);
            self.reactor.shutdown();
        }
        cut
    }

    /// Returns whether there is room for one more connection. If there is none, tries to make room
    /// by closing an idle connection.
    fn admit(&self) -> bool {
        self.open.count() < self.settings.connections || self.reactor.close_longest_idle()
    }

    fn is_draining(&self) -> bool {
        self.open.is_draining()
    }

    /// Returns whether a worker may wait a moment for the next request of its connection. It may if
    /// no job is queued and so few connections are open that it would probably serve this one next.
    fn is_quiet(&self) -> bool {
        self.open.count() <= 2 * self.pool.workers() && self.pool.queue().is_empty()
    }

    /// Picks the page for a request. This is the chapter's `match`. Returns `None` if no response
    /// can reach the client.
    fn dispatch(&self, request: &Request<'_>, client: &Connection) -> Option<(Status, &Page)> {
        let hello = || self.front_page.for_host(request.host);
        Some(match request.path {
            "/" => (Status::Ok, hello()),
            "/sleep" => {
                match client.peer_state() {
                    PeerState::Open => self.sleep(),
                    PeerState::HalfClosed => self.responses.skip_sleep(),
                    PeerState::Reset => return None,
                }
                (Status::Ok, hello())
            }
            _ => (Status::NotFound, &self.settings.pages.not_found),
        })
    }

    fn sleep(&self) {
        debug!("sleeping for {:?}", self.settings.sleep);
        thread::sleep(self.settings.sleep);
    }

    /// Returns the response to a request: its page, or another if the preconditions ask for it.
    /// Returns `None` if no response can reach the client.
    fn respond(&self, request: &Request<'_>, client: &Connection) -> Option<Response<'_>> {
        if let Some(error) = request.error {
            return Some(self.error_response(error));
        }
        let (status, page) = self.dispatch(request, client)?;
        // Preconditions are evaluated only if the response would be 200 (RFC 9110, section 13.2.1).
        Some(match request.conditions.evaluate(page) {
            Some(Status::NotModified) if status == Status::Ok => Response::not_modified(page),
            Some(_) if status == Status::Ok => self.error_response(connection::PRECONDITION_FAILED),
            _ => Response::page(status, page),
        })
    }

    /// Returns the response with an error page.
    fn error_response(&self, error: ErrorResponse) -> Response<'static> {
        Response::error(error, &self.settings.pages.error)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Returns the address at which this machine reaches a server that listens on `address`.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

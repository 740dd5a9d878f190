//! The status page: it shows what the server is doing, and a thread of its own serves it.
//!
//! That thread must not be a worker, because the page is needed most when all workers are busy. One
//! thread is enough, because no response takes long and its event loop waits for no client. At most
//! [`MAX_CONNECTIONS`] connections are open at once: for one more, the oldest one whose request has
//! not arrived is closed.

mod connection;
mod history;
mod page;
mod plot;
mod prometheus;
mod routes;
mod sleepers;
mod snapshot;

use super::Server;
use super::listener::listen;
use super::non_blocking::attempt;
use connection::StatusConnection;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use routes::Routes;
use slab::Slab;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// The token of the listener; no connection has this key.
const LISTENER: Token = Token(usize::MAX);

/// How many connections may be open at once.
const MAX_CONNECTIONS: usize = 64;

/// How many connections are accepted before events are handled again. Clients that connect again
/// as soon as they are closed would otherwise keep the thread from all others.
const MAX_ACCEPTS: usize = 32;

/// How often timeouts are checked.
const TIMEOUT_INTERVAL: Duration = Duration::from_millis(100);

/// A listener for the status page, `/status.json`, `/metrics` and `/healthz`.
///
/// # Example
///
/// ```
/// use hello::ThreadPool;
/// use hello::server::{Pool, Server, Settings, StatusPage};
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
/// use std::sync::Arc;
///
/// let queue: Box<dyn hello::JobQueue> = Box::new(hello::CondvarQueue::new());
/// let pool: Pool = ThreadPool::with_queue(2, queue)?;
/// let server = Server::new(Settings::default(), Arc::new(pool))?;
///
/// let page = StatusPage::bind("127.0.0.1:0".parse()?)?;
/// let address = page.local_addr()?;
/// page.serve(&server)?;
///
/// let mut stream = TcpStream::connect(address)?;
/// stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
/// let mut response = String::new();
/// stream.read_to_string(&mut response)?;
/// assert!(response.starts_with("HTTP/1.1 200 OK\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct StatusPage {
    listener: TcpListener,
}

impl StatusPage {
    /// Listens on an address; port 0 picks a free port.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system: the address is in use or not local, or the port
    /// needs privileges.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = listen(address)?;
        socket.set_nonblocking(true)?;
        Ok(Self { listener: TcpListener::from_std(socket) })
    }

    /// Returns the address it listens on, with the port that was picked.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Starts the thread that serves the status page of `server` until the program ends.
    ///
    /// # Errors
    ///
    /// Returns an [`io::Error`] if the thread or its poller cannot be created.
    pub fn serve(mut self, server: &Arc<Server>) -> io::Result<()> {
        let poll = Poll::new()?;
        poll.registry().register(&mut self.listener, LISTENER, Interest::READABLE)?;
        let routes = Routes::new(Arc::clone(server), self.local_addr()?);
        let connections = Slab::with_capacity(MAX_CONNECTIONS);
        let event_loop = EventLoop { poll, listener: self.listener, routes, connections };
        thread::Builder::new().name("status".to_owned()).spawn(move || event_loop.run())?;
        Ok(())
    }
}

/// What is left in the backlog of the listener.
enum Backlog {
    Empty,
    /// There may be more connections in it.
    Unread,
    /// There was no descriptor for a connection.
    Failed,
}

/// The event loop of the thread.
struct EventLoop {
    poll: Poll,
    listener: TcpListener,
    routes: Routes,
    connections: Slab<StatusConnection>,
}

impl EventLoop {
    /// Serves connections until the program ends.
    fn run(mut self) {
        let mut events = Events::with_capacity(MAX_CONNECTIONS);
        let mut backlog = Backlog::Empty;
        loop {
            let mut timeout = self.routes.sample(Instant::now());
            match backlog {
                Backlog::Unread => timeout = Duration::ZERO,
                Backlog::Empty if self.connections.is_empty() => {}
                Backlog::Empty | Backlog::Failed => timeout = timeout.min(TIMEOUT_INTERVAL),
            }
            if attempt(|| self.poll.poll(&mut events, Some(timeout))).is_err() {
                thread::sleep(TIMEOUT_INTERVAL);
            }
            for Token(key) in events.iter().map(|event| event.token()) {
                self.advance(key);
            }
            // After every poll, since the poller reports an arrival once, and there may have been
            // no descriptor for it.
            backlog = self.accept().unwrap_or(Backlog::Failed);
            let now = Instant::now();
            self.connections.retain(|_, connection| now < connection.deadline);
        }
    }

    /// Accepts connections in the backlog.
    fn accept(&mut self) -> io::Result<Backlog> {
        for _ in 0..MAX_ACCEPTS {
            let Some((mut stream, _)) = attempt(|| self.listener.accept())? else {
                return Ok(Backlog::Empty);
            };
            if self.connections.len() == MAX_CONNECTIONS {
                self.make_room();
            }
            let entry = self.connections.vacant_entry();
            let key = entry.key();
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut stream, Token(key), interest)?;
            entry.insert(StatusConnection::new(stream));
            // Its request may have arrived, and the next client may need its place.
            self.advance(key);
        }
        Ok(Backlog::Unread)
    }

    /// Closes the oldest connection whose request has not arrived, or else the oldest one.
    fn make_room(&mut self) {
        let order =
            |connection: &StatusConnection| (connection.is_responding(), connection.deadline);
        while let Some(key) =
            self.connections.iter().min_by_key(|(_, c)| order(c)).map(|(key, _)| key)
        {
            let was_responding = self.connections[key].is_responding();
            // Its request may have arrived since it was last read.
            self.advance(key);
            match self.connections.get(key) {
                Some(connection) if connection.is_responding() != was_responding => {}
                _ => return drop(self.connections.try_remove(key)),
            }
        }
    }

    /// Advances a connection for which an event came, and closes it if it is finished.
    fn advance(&mut self, key: usize) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        if connection.advance(|request| self.routes.response_bytes(request)).is_break() {
            self.connections.remove(key);
        }
    }
}

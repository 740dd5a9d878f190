//! The status page: what the server is doing, told by a thread that serves nobody else.
//!
//! This is the first half of the chapter, the single-threaded server, at work. One thread is enough, because nothing it
//! does takes long; and it must be a thread of its own, because the page is wanted most when every worker is asleep. It
//! waits for no client either: it looks after those who have something to say, and a silent one costs a place among
//! [`ROOM`] until its time is over or somebody else needs the place.

mod desk;
mod page;
mod prometheus;
mod snapshot;
mod visitor;

use super::Server;
use desk::Desk;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use slab::Slab;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use visitor::Visitor;

/// The token of the listener; no visitor has this number.
const DOOR: Token = Token(usize::MAX);

/// How many visitors there may be at once. For one more, the one who came first must go.
const ROOM: usize = 64;

/// How often deadlines are looked at.
const TICK: Duration = Duration::from_millis(100);

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
/// page.serve(&server, "127.0.0.1:7878".parse()?)?;
///
/// let mut stream = TcpStream::connect(address)?;
/// stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
/// let mut response = String::new();
/// stream.read_to_string(&mut response)?;
/// assert!(response.starts_with("HTTP/1.1 200 OK\r\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct StatusPage {
    door: TcpListener,
}

impl StatusPage {
    /// Listens on an address; port 0 picks a free one.
    ///
    /// # Errors
    ///
    /// What the operating system says: the address is in use, or not ours, or the port needs more rights.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        Ok(Self { door: TcpListener::bind(address)? })
    }

    /// The address it listens on, with the port that was picked.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.door.local_addr()
    }

    /// Starts the thread, which tells about `server` until the program ends. The page sends its sleepers to `site`, where
    /// the server listens.
    ///
    /// # Errors
    ///
    /// An [`io::Error`] if the thread or the poller it needs cannot be had.
    pub fn serve(mut self, server: &Arc<Server>, site: SocketAddr) -> io::Result<()> {
        let poll = Poll::new()?;
        poll.registry().register(&mut self.door, DOOR, Interest::READABLE)?;
        let desk = Desk::new(Arc::clone(server), site, self.local_addr()?);
        let room = Room { poll, door: self.door, desk, visitors: Slab::with_capacity(ROOM) };
        thread::Builder::new().name("status".to_owned()).spawn(move || room.run())?;
        Ok(())
    }
}

/// What the thread needs.
struct Room {
    poll: Poll,
    door: TcpListener,
    desk: Desk,
    visitors: Slab<Visitor>,
}

impl Room {
    fn run(mut self) {
        let mut events = Events::with_capacity(ROOM);
        let mut shortage = false;
        loop {
            let timeout = (shortage || !self.visitors.is_empty()).then_some(TICK);
            if self.poll.poll(&mut events, timeout).is_err_and(|error| error.kind() != ErrorKind::Interrupted) {
                thread::sleep(TICK);
            }
            // At every turn: the poller reports an arrival once, and there may have been no descriptor for it.
            shortage = self.let_in().is_err();
            for Token(slot) in events.iter().map(|event| event.token()) {
                self.attend(slot);
            }
            let now = Instant::now();
            self.visitors.retain(|_, visitor| now < visitor.deadline);
        }
    }

    /// Lets in who waits at the door.
    fn let_in(&mut self) -> io::Result<()> {
        loop {
            let mut stream = match self.door.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            if self.visitors.len() == ROOM {
                let first = self.visitors.iter().min_by_key(|(_, visitor)| visitor.deadline).map(|(slot, _)| slot);
                first.map(|slot| self.visitors.remove(slot));
            }
            let place = self.visitors.vacant_entry();
            let interest = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut stream, Token(place.key()), interest)?;
            place.insert(Visitor::new(stream));
        }
    }

    /// Turns to a visitor for whom something has happened, and lets go of one with whom nothing more will.
    fn attend(&mut self, slot: usize) {
        let Some(visitor) = self.visitors.get_mut(slot) else { return };
        if visitor.advance(|request| self.desk.answer(request)).is_break() {
            self.visitors.remove(slot);
        }
    }
}

//! The server as a library: settings and failures that its program does not have.

use crate::support::client::{self, Client, get, keep_alive};
use crate::support::wait::{TIMEOUT, wait_until};
use hello::http::Page;
use hello::queue::{CondvarQueue, JobQueue};
use hello::server::{Connection, Listener, Pages, Server, Settings, Stopper, handle_connection};
use hello::{ThreadPool, server::Pool};
use log::{LevelFilter, Log, Metadata, Record};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

/// A server whose listener loop runs on a thread of the test.
struct Running {
    server: Arc<Server>,
    address: SocketAddr,
    stopper: Stopper,
    listener_loop: JoinHandle<()>,
}

impl Running {
    /// Starts a server with one worker. Its page at `/` is larger than all buffers of a socket.
    fn start(settings: Settings) -> Self {
        let html = format!("<!doctype html>{}", "x".repeat(32 * 1024 * 1024));
        let hello = Page::new(html.into_bytes(), SystemTime::now());
        let settings = Settings { pages: Pages { hello, ..Pages::default() }, ..settings };
        let queue: Box<dyn JobQueue> = Box::new(CondvarQueue::new());
        let pool: Arc<Pool> = Arc::new(ThreadPool::with_queue(1, queue).unwrap());
        let server = Server::new(settings, Arc::clone(&pool)).unwrap();
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        server.stop_on_failure(listener.stopper().unwrap());
        let (address, stopper) = (listener.local_addr().unwrap(), listener.stopper().unwrap());
        let accepting = Arc::clone(&server);
        let listener_loop = thread::spawn(move || {
            for (stream, peer) in listener.incoming() {
                let connection = Connection::new(stream, peer, &accepting);
                pool.execute(move || handle_connection(connection));
            }
        });
        Self { server, address, stopper, listener_loop }
    }

    fn client(&self) -> Client {
        Client::new(client::connect(self.address).unwrap())
    }
}

#[test]
fn endless_timeouts_overflow_no_clock() {
    let running = Running::start(Settings {
        head_timeout: Duration::MAX,
        idle_timeout: Duration::MAX,
        write_timeout: Duration::MAX,
        linger: Duration::MAX,
        ..Settings::default()
    });
    let mut unread = running.client();
    unread.send(keep_alive("/"));
    let mut partial = running.client();
    partial.send("GET / HT");
    let mut client = running.client();
    assert_eq!(client.get("/nope").status, 404);
    client.send(get("/nope"));
    client.read(false).check_last(404);
    client.end();
    assert_eq!(unread.read(false).status, 200);
    drop((unread, partial));
    running.stopper.stop();
    running.listener_loop.join().unwrap();
    assert_eq!(running.server.shutdown(Duration::MAX), 0);
}

/// A logger that panics on the reactor thread, whose only record here is about a late client.
struct PanicsOnReactor;

impl Log for PanicsOnReactor {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let is_about_late_client = record.args().to_string().contains("did not take its response");
        assert!(!is_about_late_client, "the reactor thread fails");
    }

    fn flush(&self) {}
}

#[test]
fn panic_of_the_reactor_stops_the_listener() {
    log::set_logger(&PanicsOnReactor).unwrap();
    log::set_max_level(LevelFilter::Debug);
    let write_timeout = Duration::from_millis(10);
    let running = Running::start(Settings { write_timeout, ..Settings::default() });
    assert!(!running.server.has_failed());
    let mut unread = running.client();
    unread.send(keep_alive("/"));
    wait_until("the end of the loop", || running.listener_loop.is_finished());
    assert!(running.server.has_failed());
    assert!(TcpStream::connect_timeout(&running.address, TIMEOUT).is_err(), "no one listens");
}

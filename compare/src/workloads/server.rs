//! The real server over loopback, its pool fed by the queue of a strategy.
//!
//! Only the access log is left out: the listener loop of `main`, connections that are parked and
//! return through the queue, and requests that are parsed and answered are all as in the program.
//! The clients are in this process, so that one clock times both sides. There are more of them than
//! connections that workers keep to themselves, so that each request goes through the queue.

use super::Setup;
use super::arrivals::{self, delayed};
use super::meter::{self, Clock, Total};
use crate::data::{Metric, Sample};
use hello::server::{Connection, Listener, Pool, Server, Settings, Stopper, handle_connection};
use hello::{JobQueue, ThreadPool};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How clients send requests.
#[derive(Clone, Copy, Debug)]
pub(super) enum Load {
    /// Each sends its next request when it has its answer; in batches of so many requests.
    Closed { requests: u64 },
    /// They send requests at times that do not depend on the server.
    Open { gap: Duration },
}

/// Number of connections: more than two for each worker, or workers would wait for the next request
/// of their connection.
const CONNECTIONS: usize = 32;

/// Time limit for an answer and for the shutdown of the server.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Serves the page and measures from the clients' side. Panics unless each request was answered once
/// with the page.
pub(super) fn serve(queue: Box<dyn JobQueue>, setup: &Setup, load: Load) -> Sample {
    let server = RunningServer::start(queue, setup.workers);
    let mut clients: Vec<_> = (0..CONNECTIONS).map(|_| Client::connect(server.address)).collect();
    // Warms the buffers, and makes sure that all connections are accepted.
    let warm_up = CONNECTIONS as u64 * 4;
    closed(&mut clients, warm_up);
    let before = server.pool.stats().queue;
    let (requests, mut sample) = match load {
        Load::Closed { requests } => {
            let mut total = Total::start(setup);
            while total.goes_on() {
                total.add(requests, || closed(&mut clients, requests));
            }
            (total.jobs(), total.per_job())
        }
        Load::Open { gap } => {
            let clock = Clock::start();
            let requests = arrivals::jobs(gap, setup.scale);
            let delays = open(&mut clients, requests, gap, setup.seed);
            let metrics = [Metric::Median, Metric::P99, Metric::Max];
            (requests, delayed(&clock, requests, &metrics, || delays))
        }
    };
    sample.values.extend(meter::wakes_between(before, server.pool.stats().queue));
    drop(clients);
    server.finish(requests + warm_up);
    sample
}

/// Keeps a request pending on every connection until all requests are answered.
fn closed(clients: &mut [Client], requests: u64) {
    let (mut asked, mut answered) = (0, 0);
    for client in clients.iter_mut().take(requests as usize) {
        client.ask(Duration::ZERO);
        asked += 1;
    }
    while answered < requests {
        for client in clients.iter_mut().filter(|client| client.is_waiting()).collect::<Vec<_>>() {
            client.wait();
            answered += 1;
            if asked < requests {
                client.ask(Duration::ZERO);
                asked += 1;
            }
        }
    }
}

/// Sends requests `gap` apart on average and returns the sorted delays of the answers, from the
/// intended time of the request on.
///
/// As a browser does, it uses a connection without a pending request; if there is none, the request
/// is late.
fn open(clients: &mut [Client], requests: u64, gap: Duration, seed: u64) -> Vec<u64> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut delays = Vec::with_capacity(requests as usize);
    clients.iter_mut().for_each(Client::set_polling);
    let start = Instant::now();
    let (mut asked, mut intended) = (0, Duration::ZERO);
    while delays.len() < requests as usize {
        let now = start.elapsed();
        if asked < requests
            && now >= intended
            && let Some(place) = clients.iter().position(|client| !client.is_waiting())
        {
            clients[place].ask(intended);
            // Next comes the connection that has been idle for the longest time.
            clients[place..].rotate_left(1);
            asked += 1;
            intended += gap.mul_f64(0.5 + random.f64());
        }
        for client in clients.iter_mut().filter(|client| client.is_waiting()) {
            let meant = client.poll();
            delays
                .extend(meant.map(|meant| start.elapsed().saturating_sub(meant).as_nanos() as u64));
        }
        assert!(now < intended + TIMEOUT, "{} of {requests} requests were answered", delays.len());
    }
    delays.sort_unstable();
    delays
}

/// The server, started and ended as `main` does it.
struct RunningServer {
    address: SocketAddr,
    pool: Arc<Pool>,
    server: Arc<Server>,
    stopper: Stopper,
    listening: JoinHandle<()>,
}

impl RunningServer {
    fn start(queue: Box<dyn JobQueue>, workers: usize) -> Self {
        let listener =
            Listener::bind((Ipv4Addr::LOCALHOST, 0).into()).expect("loopback has a free port");
        let pool = Arc::new(ThreadPool::with_queue(workers, queue).expect("the pool starts"));
        // A connection is not closed for its number of requests.
        let settings = Settings { requests: u32::MAX, ..Settings::default() };
        let server = Server::new(settings, Arc::clone(&pool)).expect("the server starts");
        let address = listener.local_addr().expect("it is bound");
        let stopper = listener.stopper().expect("there is a socket left");
        let (to, jobs) = (Arc::clone(&server), Arc::clone(&pool));
        let listening = thread::spawn(move || {
            for (stream, peer) in listener.incoming() {
                let connection = Connection::new(stream, peer, &to);
                let _ = jobs.try_execute(move || handle_connection(connection));
            }
        });
        Self { address, pool, server, stopper, listening }
    }

    /// Ends the server. Panics unless it has answered exactly this number of requests.
    fn finish(self, requests: u64) {
        self.stopper.stop();
        self.listening.join().expect("the listener loop ends");
        assert_eq!(self.server.shutdown(TIMEOUT), 0, "connections were left");
        assert_eq!(
            self.server.summary(),
            format!("answered {requests} requests: {requests} with 200 OK")
        );
    }
}

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The body of every answer.
const PAGE: &[u8] = include_bytes!("../../../html/hello.html");

/// The client's side of a connection that stays open.
struct Client {
    stream: TcpStream,
    /// The intended time of the pending request.
    asked: Option<Duration>,
    /// Whether the socket is non-blocking.
    polls: bool,
    /// The received part of the answer.
    received: Box<[u8]>,
    length: usize,
}

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server accepts connections");
        let ready = stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(TIMEOUT)));
        ready.expect("a new socket takes its options");
        Self {
            stream,
            asked: None,
            polls: false,
            received: vec![0; 2 * PAGE.len()].into(),
            length: 0,
        }
    }

    /// Makes the socket non-blocking.
    fn set_polling(&mut self) {
        self.polls = true;
        self.stream.set_nonblocking(true).expect("an open socket takes its options");
    }

    /// Sends a request that was intended for this time.
    fn ask(&mut self, meant: Duration) {
        (&self.stream)
            .write_all(REQUEST)
            .expect("a request fits into a buffer that the server empties");
        self.asked = Some(meant);
    }

    /// Returns whether a request is pending.
    fn is_waiting(&self) -> bool {
        self.asked.is_some()
    }

    /// Waits for the answer.
    fn wait(&mut self) {
        while self.poll().is_none() {}
    }

    /// Reads once and returns the intended time of the request if its answer is complete.
    fn poll(&mut self) -> Option<Duration> {
        self.receive();
        if !self.is_complete() {
            return None;
        }
        self.length = 0;
        self.asked.take()
    }

    fn receive(&mut self) {
        match (&self.stream).read(&mut self.received[self.length..]) {
            Ok(0) => panic!("the server closed a connection that was to stay open"),
            Ok(more) => self.length += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock && self.polls => {}
            // A blocking socket reports its timeout here.
            Err(error) => panic!("an answer does not arrive: {error}"),
        }
    }

    /// Returns whether the answer is complete. Panics if it is anything but the page.
    fn is_complete(&self) -> bool {
        let received = &self.received[..self.length];
        let Some(head) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
            return false;
        };
        let (head, body) = received.split_at(head + 4);
        let head = String::from_utf8_lossy(head);
        let length = head
            .split_once("\r\nContent-Length: ")
            .and_then(|(_, rest)| rest.split("\r\n").next()?.parse::<usize>().ok());
        let length = length.filter(|_| head.starts_with("HTTP/1.1 200 "));
        let length = length.unwrap_or_else(|| panic!("a wrong answer: {head}"));
        // The server fills in the addresses in the second half of the page.
        let start = &PAGE[..body.len().min(PAGE.len() / 2)];
        assert!(
            body.starts_with(start) && body.len() <= length,
            "another page, or more than was asked for"
        );
        body.len() == length
    }
}

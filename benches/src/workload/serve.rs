//! The real server over loopback, its pool fed by a contender's queue.
//!
//! Nothing is left out but the access log, which nobody reads here: the listener loop of `main`,
//! connections that park and come back through the queue, requests that are parsed and answered.
//! The clients are in this process too, so that one clock times both sides, and there are more of
//! them than a worker would keep to itself: each request goes through the queue.

mod client;

use super::Setup;
use super::counts;
use super::metric::Metric;
use super::sample::{Clock, Sample, nanos};
use crate::stats::percentile;
use client::Client;
use hello::server::{Connection, Listener, Pool, Server, Settings, Stopper, handle_connection};
use hello::{JobQueue, ThreadPool};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How clients behave.
#[derive(Clone, Copy, Debug)]
pub(super) enum Load {
    /// Each asks again when it was answered.
    Closed { requests: u64 },
    /// They ask at times that do not depend on how the server is doing.
    Open { requests: u64, gap: Duration },
}

/// How many connections there are: more than two for each worker, or workers would wait for their
/// next request.
const CONNECTIONS: usize = 32;

/// How long an answer may take before it counts as lost, and the server's end before it counts as
/// stuck.
const PATIENCE: Duration = Duration::from_secs(20);

/// Serves, and measures from the clients' side. Fails unless each request was answered once and
/// with the page.
pub(super) fn serve(queue: Box<dyn JobQueue>, setup: &Setup, load: Load) -> Sample {
    let server = Running::start(queue, setup.workers);
    let mut clients: Vec<_> = (0..CONNECTIONS).map(|_| Client::connect(server.address)).collect();
    // The connections are let in, and buffers are warm.
    closed(&mut clients, CONNECTIONS as u64 * 4);
    let before = server.pool.stats().queue;
    let clock = Clock::start();
    let (requests, mut sample) = match load {
        Load::Closed { requests } => {
            closed(&mut clients, requests);
            (requests, clock.per_job(requests))
        }
        Load::Open { requests, gap } => {
            let delays = open(&mut clients, requests, gap, setup.seed);
            (requests, late(&clock, delays))
        }
    };
    sample.values.extend(counts::between(before, server.pool.stats().queue));
    drop(clients);
    server.finish(requests + CONNECTIONS as u64 * 4);
    sample
}

/// Every connection waits for an answer all the time, but for the moment in which its turn comes.
fn closed(clients: &mut [Client], requests: u64) {
    let (mut asked, mut answered) = (0, 0);
    for client in clients.iter_mut().take(requests as usize) {
        client.ask(Duration::ZERO);
        asked += 1;
    }
    while answered < requests {
        for client in clients.iter_mut().filter(|client| client.waits()).collect::<Vec<_>>() {
            client.wait();
            answered += 1;
            if asked < requests {
                client.ask(Duration::ZERO);
                asked += 1;
            }
        }
    }
}

/// Asks `gap` apart on average and returns how long after its intended time each request was
/// answered, sorted.
///
/// As a browser does, it asks on a connection that waits for nothing; if there is none, the request
/// waits here, and is late.
fn open(clients: &mut [Client], requests: u64, gap: Duration, seed: u64) -> Vec<u64> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut delays = Vec::with_capacity(requests as usize);
    clients.iter_mut().for_each(Client::only_look);
    let start = Instant::now();
    let (mut asked, mut intended) = (0, Duration::ZERO);
    while delays.len() < requests as usize {
        let now = start.elapsed();
        if asked < requests
            && now >= intended
            && let Some(place) = clients.iter().position(|client| !client.waits())
        {
            clients[place].ask(intended);
            // The one that has been silent for longest is next.
            clients[place..].rotate_left(1);
            asked += 1;
            intended += gap.mul_f64(0.5 + random.f64());
        }
        for client in clients.iter_mut().filter(|client| client.waits()) {
            let meant = client.look();
            delays
                .extend(meant.map(|meant| start.elapsed().saturating_sub(meant).as_nanos() as u64));
        }
        assert!(now < intended + PATIENCE, "{} of {requests} requests were answered", delays.len());
    }
    delays.sort_unstable();
    delays
}

fn late(clock: &Clock, delays: Vec<u64>) -> Sample {
    let (_, cpu) = clock.elapsed();
    let requests = delays.len() as u64;
    let mut values = vec![
        (Metric::Median, percentile(&delays, 0.5)),
        (Metric::P99, percentile(&delays, 0.99)),
        (Metric::P999, percentile(&delays, 0.999)),
        (Metric::Max, percentile(&delays, 1.0)),
        (Metric::Cpu, nanos(cpu) / requests as f64),
    ];
    values.extend(clock.sleeps_per_job(requests));
    Sample { values, delays, ..Sample::default() }
}

/// The server, as `main` starts and ends it.
struct Running {
    address: SocketAddr,
    pool: Arc<Pool>,
    server: Arc<Server>,
    stopper: Stopper,
    listening: JoinHandle<()>,
}

impl Running {
    fn start(queue: Box<dyn JobQueue>, workers: usize) -> Self {
        let listener =
            Listener::bind((Ipv4Addr::LOCALHOST, 0).into()).expect("loopback has a free port");
        let pool = Arc::new(ThreadPool::with_queue(workers, queue).expect("the pool starts"));
        // No connection of ours is closed for what it has brought.
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

    /// Ends it. Fails unless it has answered exactly so many requests.
    fn finish(self, requests: u64) {
        self.stopper.stop();
        self.listening.join().expect("the listener loop ends");
        assert_eq!(self.server.shutdown(PATIENCE), 0, "connections were left");
        assert_eq!(
            self.server.summary(),
            format!("answered {requests} requests: {requests} with 200 OK")
        );
    }
}

//! What the workers are doing, on a board that anybody may read.
//!
//! Every worker writes on a lane of its own and on no other, with plain stores to a cache line that nobody else wants; no
//! lock is taken and nobody is waited for. Adding up is left to whoever reads, who has time.

mod arrivals;
mod histogram;
mod lane;

pub(super) use histogram::Tally;
pub(super) use lane::{Activity, Sight};

use arrivals::Arrivals;
use lane::Lane;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

/// A moment, in nanoseconds since the board was hung up.
type Moment = u64;

thread_local!(static NUMBER: Option<usize> = number());

/// This thread's number, if it is a worker: the pool's builder promises that its name ends with it.
fn number() -> Option<usize> {
    thread::current().name()?.rsplit_once('-')?.1.parse().ok()
}

pub(super) struct Board {
    since: Instant,
    /// One for each worker.
    lanes: Box<[Lane]>,
    arrivals: Arrivals,
}

/// What the board says at one moment.
pub(super) struct Reading {
    /// How long the board has been hanging.
    pub(super) age: Duration,
    /// What each worker is doing.
    pub(super) workers: Vec<Sight>,
    /// How long jobs waited, from their submission until a worker turned to them.
    pub(super) waits: Tally,
    /// How long it took to answer, from the end of a request's head until the response was handed to the system.
    pub(super) services: Tally,
    /// How long the oldest job in the queue has been waiting.
    pub(super) oldest: Duration,
}

impl Board {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            since: Instant::now(),
            lanes: (0..workers).map(|_| Lane::default()).collect(),
            arrivals: Arrivals::default(),
        }
    }

    fn now(&self) -> Moment {
        nanos(self.since.elapsed())
    }

    fn lane(&self) -> Option<&Lane> {
        NUMBER.with(|number| self.lanes.get((*number)?))
    }

    /// A job is submitted `now`. The answer is to be given back when it is taken up, or given up.
    pub(super) fn submit(&self, now: Instant) -> Moment {
        let submitted = nanos(now.saturating_duration_since(self.since));
        self.arrivals.add(submitted);
        submitted
    }

    /// A job that was submitted will not be taken up: the queue was full, or dropped it.
    pub(super) fn give_up(&self, submitted: Moment) {
        self.arrivals.remove(submitted);
    }

    /// This worker takes up a job: a turn with the connection of `peer`. It lasts until the answer is dropped.
    pub(super) fn begin_turn(&self, submitted: Option<Moment>, peer: SocketAddr) -> Turn<'_> {
        let now = self.now();
        let lane = self.lane();
        if let Some(submitted) = submitted {
            self.arrivals.remove(submitted);
            if let Some(lane) = lane {
                lane.waits.record(now.saturating_sub(submitted));
            }
        }
        if let Some(lane) = lane {
            lane.begin(now, peer);
        }
        Turn { board: self, lane }
    }

    /// This worker answers a request for `path`. It does so until the answer is dropped.
    pub(super) fn begin_answer(&self, path: &str) -> Answer<'_> {
        let lane = self.lane();
        let began = self.now();
        if let Some(lane) = lane {
            lane.show(Activity::of(path), began);
        }
        Answer { board: self, lane, began }
    }

    /// Reads the whole board.
    pub(super) fn read(&self) -> Reading {
        let now = self.now();
        Reading {
            age: Duration::from_nanos(now),
            workers: self.lanes.iter().map(|lane| lane.read(now)).collect(),
            waits: self.lanes.iter().map(|lane| &lane.waits).collect(),
            services: self.lanes.iter().map(|lane| &lane.services).collect(),
            oldest: self.arrivals.oldest(now),
        }
    }
}

/// A worker's turn. Dropping it, in a panic as well, makes the worker idle.
pub(super) struct Turn<'a> {
    board: &'a Board,
    lane: Option<&'a Lane>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(lane) = self.lane {
            lane.end(self.board.now());
        }
    }
}

/// A request that is being answered. Dropping it measures how long that took.
pub(super) struct Answer<'a> {
    board: &'a Board,
    lane: Option<&'a Lane>,
    began: Moment,
}

impl Drop for Answer<'_> {
    fn drop(&mut self) {
        if let Some(lane) = self.lane {
            lane.services.record(self.board.now() - self.began);
        }
    }
}

/// A duration as a moment; the clock would have to run for five centuries to overflow it.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 4711);

    /// Does something as the worker of this number.
    fn as_worker(number: usize, work: impl FnOnce() + Send) {
        thread::scope(|scope| {
            thread::Builder::new().name(format!("io-{number}")).spawn_scoped(scope, work).unwrap();
        });
    }

    #[test]
    fn a_worker_writes_on_the_lane_of_its_number() {
        let board = Board::new(3);
        as_worker(1, || {
            let _turn = board.begin_turn(Some(board.submit(Instant::now())), PEER);
            let answer = board.begin_answer("/sleep");
            let seen = board.read().workers;
            assert_eq!((seen[1].activity, seen[1].peer), (Activity::Sleep, Some(PEER)));
            assert_eq!((seen[0].activity, seen[0].peer), (Activity::Idle, None));
            drop(answer);
        });
        let reading = board.read();
        assert_eq!(reading.workers[1].activity, Activity::Idle);
        assert_eq!((reading.waits.count(), reading.services.count()), (1, 1));
    }

    #[test]
    fn a_worker_is_idle_after_a_panic() {
        let board = Board::new(1);
        as_worker(0, || {
            let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let _turn = board.begin_turn(None, PEER);
                panic!("in a turn");
            }));
            assert!(panic.is_err());
        });
        assert_eq!(board.read().workers[0].activity, Activity::Idle);
    }

    #[test]
    fn who_is_no_worker_leaves_no_trace_but_takes_its_job_off() {
        let board = Board::new(1);
        let submitted = board.submit(Instant::now());
        drop(board.begin_turn(Some(submitted), PEER));
        drop(board.begin_answer("/"));
        let reading = board.read();
        assert_eq!((reading.waits.count(), reading.services.count()), (0, 0));
        assert_eq!(board.arrivals.oldest(u64::MAX / 2), Duration::ZERO);
    }
}

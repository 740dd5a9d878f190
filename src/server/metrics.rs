//! The metrics of the workers and the age of the queue. Any thread may read them while the workers
//! write.
//!
//! Each worker writes only its own metrics, with plain stores to cache lines that no other worker
//! writes. Recording takes no lock and waits for no thread. The reader adds up the workers' values.

mod histogram;
mod queue_age;
mod worker;

pub(super) use histogram::HistogramSnapshot;
pub(super) use worker::{Activity, WorkerSnapshot};

use crate::sync::CachePadded;
use queue_age::QueueAge;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};
use worker::WorkerMetrics;

/// Nanoseconds since the metrics were created.
type Timestamp = u64;

thread_local!(static WORKER_NUMBER: Option<usize> = worker_number());

/// Returns this thread's number if it is a worker: the pool's builder guarantees that the name of a
/// worker's thread ends with its number.
fn worker_number() -> Option<usize> {
    thread::current().name()?.rsplit_once('-')?.1.parse().ok()
}

/// The metrics of a server.
pub(super) struct Metrics {
    started: Instant,
    /// One for each worker.
    workers: Box<[CachePadded<WorkerMetrics>]>,
    queue_age: QueueAge,
}

/// The metrics at one moment.
pub(super) struct MetricsSnapshot {
    pub(super) uptime: Duration,
    pub(super) workers: Vec<WorkerSnapshot>,
    /// How long jobs waited, from their submission until a worker began to run them.
    pub(super) wait_times: HistogramSnapshot,
    /// How long requests took, from the end of the head until the response was handed to the
    /// system.
    pub(super) service_times: HistogramSnapshot,
    /// How long the oldest job in the queue has been waiting.
    pub(super) queue_age: Duration,
}

impl Metrics {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            started: Instant::now(),
            workers: (0..workers).map(|_| CachePadded::default()).collect(),
            queue_age: QueueAge::default(),
        }
    }

    fn now(&self) -> Timestamp {
        nanos(self.started.elapsed())
    }

    /// Returns the metrics of this thread, if it is a worker.
    fn this_worker(&self) -> Option<&WorkerMetrics> {
        WORKER_NUMBER.with(|number| self.workers.get((*number)?).map(|worker| &**worker))
    }

    /// Counts a job that is submitted `now`, and returns its timestamp for
    /// [`begin_turn`](Self::begin_turn) or [`discard`](Self::discard).
    pub(super) fn submit(&self, now: Instant) -> Timestamp {
        let submitted = nanos(now.saturating_duration_since(self.started));
        self.queue_age.add(submitted);
        submitted
    }

    /// Removes a submitted job that will not run, because the queue was full or discarded it.
    pub(super) fn discard(&self, submitted: Timestamp) {
        self.queue_age.remove(submitted);
    }

    /// Records that this worker begins a turn of the connection with `peer`. The turn ends when the
    /// guard is dropped.
    pub(super) fn begin_turn(
        &self,
        submitted: Option<Timestamp>,
        peer: SocketAddr,
    ) -> TurnGuard<'_> {
        let now = self.now();
        let worker = self.this_worker();
        if let Some(submitted) = submitted {
            self.queue_age.remove(submitted);
            if let Some(worker) = worker {
                worker.wait_times.record(now.saturating_sub(submitted));
            }
        }
        if let Some(worker) = worker {
            worker.begin_turn(now, peer);
        }
        TurnGuard { metrics: self, worker }
    }

    /// Records that this worker begins to serve a request for `path`. The request ends when the
    /// guard is dropped.
    pub(super) fn begin_request(&self, path: &str) -> RequestGuard<'_> {
        let worker = self.this_worker();
        let began = self.now();
        if let Some(worker) = worker {
            worker.set_activity(Activity::of(path), began);
        }
        RequestGuard { metrics: self, worker, began }
    }

    /// Reads all metrics.
    pub(super) fn snapshot(&self) -> MetricsSnapshot {
        let now = self.now();
        MetricsSnapshot {
            uptime: Duration::from_nanos(now),
            workers: self.workers.iter().map(|worker| worker.snapshot(now)).collect(),
            wait_times: self.workers.iter().map(|worker| &worker.wait_times).collect(),
            service_times: self.workers.iter().map(|worker| &worker.service_times).collect(),
            queue_age: self.queue_age.at(now),
        }
    }
}

/// Records the end of a turn when it is dropped, also in a panic.
pub(super) struct TurnGuard<'a> {
    metrics: &'a Metrics,
    worker: Option<&'a WorkerMetrics>,
}

impl Drop for TurnGuard<'_> {
    fn drop(&mut self) {
        if let Some(worker) = self.worker {
            worker.end_turn(self.metrics.now());
        }
    }
}

/// Records the service time of a request when it is dropped.
pub(super) struct RequestGuard<'a> {
    metrics: &'a Metrics,
    worker: Option<&'a WorkerMetrics>,
    began: Timestamp,
}

impl RequestGuard<'_> {
    /// Returns for how long the request has been served.
    pub(super) fn duration(&self) -> Duration {
        Duration::from_nanos(self.metrics.now() - self.began)
    }
}

impl Drop for RequestGuard<'_> {
    fn drop(&mut self) {
        if let Some(worker) = self.worker {
            worker.service_times.record(self.metrics.now() - self.began);
        }
    }
}

/// Converts a duration to nanoseconds. They overflow after five centuries.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 4711);

    /// Runs `work` on a thread with the name of the worker of this number.
    fn as_worker(number: usize, work: impl FnOnce() + Send) {
        thread::scope(|scope| {
            thread::Builder::new().name(format!("io-{number}")).spawn_scoped(scope, work).unwrap();
        });
    }

    #[test]
    fn worker_writes_its_own_metrics() {
        let metrics = Metrics::new(3);
        as_worker(1, || {
            let _turn = metrics.begin_turn(Some(metrics.submit(Instant::now())), PEER);
            let request = metrics.begin_request("/sleep");
            let workers = metrics.snapshot().workers;
            assert_eq!((workers[1].activity, workers[1].peer), (Activity::Sleep, Some(PEER)));
            assert_eq!((workers[0].activity, workers[0].peer), (Activity::Idle, None));
            drop(request);
        });
        let snapshot = metrics.snapshot();
        assert_eq!(snapshot.workers[1].activity, Activity::Idle);
        assert_eq!((snapshot.wait_times.count(), snapshot.service_times.count()), (1, 1));
    }

    #[test]
    fn worker_is_idle_after_a_panic() {
        let metrics = Metrics::new(1);
        as_worker(0, || {
            let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let _turn = metrics.begin_turn(None, PEER);
                panic!("in a turn");
            }));
            assert!(panic.is_err());
        });
        assert_eq!(metrics.snapshot().workers[0].activity, Activity::Idle);
    }

    #[test]
    fn other_threads_only_remove_their_job() {
        let metrics = Metrics::new(1);
        let submitted = metrics.submit(Instant::now());
        drop(metrics.begin_turn(Some(submitted), PEER));
        drop(metrics.begin_request("/"));
        let snapshot = metrics.snapshot();
        assert_eq!((snapshot.wait_times.count(), snapshot.service_times.count()), (0, 0));
        assert_eq!(metrics.queue_age.at(u64::MAX / 2), Duration::ZERO);
    }
}

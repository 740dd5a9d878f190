//! The last minute of a server, kept by the status thread, so that the page shows it at once.
//!
//! The thread takes a sample twice a second. The workers do nothing for it: each sample has the
//! total busy time of a worker and the time since which it is busy or idle, so that two samples
//! tell what happened between them.

use super::snapshot::Snapshot;
use crate::server::Server;
use crate::server::metrics::Activity;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often a sample is taken.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(500);

/// How many samples are kept: those of a minute, with both ends, and one more, since the latest
/// moment is rarely that of a sample.
const MAX_SAMPLES: usize = 122;

/// For how long requests share a snapshot. Reading the metrics takes cache lines away from the
/// workers, so a flood of requests must not read them each time.
const SNAPSHOT_INTERVAL: Duration = Duration::from_millis(5);

/// What the plots need of a moment.
pub(super) struct Sample {
    /// The uptime of the server.
    pub(super) time: Duration,
    pub(super) queued: usize,
    /// How long the oldest job has been waiting.
    pub(super) queue_age: Duration,
    pub(super) workers: Vec<WorkerSample>,
}

/// A worker in a sample.
pub(super) struct WorkerSample {
    /// The total time of its turns.
    pub(super) busy: Duration,
    pub(super) is_busy: bool,
    /// When its activity began, as an uptime.
    pub(super) since: Duration,
}

impl Sample {
    fn new(snapshot: &Snapshot) -> Self {
        let time = snapshot.metrics.uptime;
        let workers = snapshot.metrics.workers.iter().map(|worker| WorkerSample {
            busy: worker.busy,
            is_busy: worker.activity != Activity::Idle,
            since: time.saturating_sub(worker.elapsed),
        });
        Self {
            time,
            queued: snapshot.pool.queued,
            queue_age: snapshot.metrics.queue_age,
            workers: workers.collect(),
        }
    }
}

/// The samples of the last minute, and the latest snapshot.
pub(super) struct History {
    server: Arc<Server>,
    snapshot: Snapshot,
    /// A sample of the snapshot.
    latest: Sample,
    snapshot_taken: Instant,
    samples: VecDeque<Sample>,
    sample_due: Instant,
}

impl History {
    /// Creates a history that begins with a sample at `now`.
    pub(super) fn new(server: Arc<Server>, now: Instant) -> Self {
        let snapshot = server.snapshot();
        Self {
            server,
            latest: Sample::new(&snapshot),
            samples: VecDeque::from([Sample::new(&snapshot)]),
            snapshot,
            snapshot_taken: now,
            sample_due: now + SAMPLE_INTERVAL,
        }
    }

    /// Takes a snapshot, unless the latest one is only a few milliseconds old. Returns whether it
    /// did.
    pub(super) fn refresh(&mut self, now: Instant) -> bool {
        let is_old = now.saturating_duration_since(self.snapshot_taken) >= SNAPSHOT_INTERVAL;
        if is_old {
            self.take_snapshot();
            self.snapshot_taken = now;
        }
        is_old
    }

    fn take_snapshot(&mut self) {
        self.snapshot = self.server.snapshot();
        self.latest = Sample::new(&self.snapshot);
    }

    /// Returns the latest snapshot.
    pub(super) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Takes a sample if it is due, in place of the oldest one. Returns how long it is
    /// until the next is due.
    pub(super) fn sample(&mut self, now: Instant) -> Duration {
        if now >= self.sample_due {
            if self.samples.len() == MAX_SAMPLES {
                self.samples.pop_front();
            }
            // The next request gets a snapshot of its own all the same.
            self.take_snapshot();
            self.samples.push_back(Sample::new(&self.snapshot));
            self.sample_due = now + SAMPLE_INTERVAL;
        }
        self.sample_due.saturating_duration_since(now)
    }

    /// Returns the samples of the last minute, and one of the latest snapshot at the end.
    pub(super) fn samples(&self) -> Vec<&Sample> {
        self.samples.iter().chain([&self.latest]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ThreadPool;
    use crate::queue::{CondvarQueue, JobQueue};
    use crate::server::Settings;

    fn history(now: Instant) -> History {
        let queue: Box<dyn JobQueue> = Box::new(CondvarQueue::new());
        let pool = Arc::new(ThreadPool::with_queue(1, queue).unwrap());
        History::new(Server::new(Settings::default(), pool).unwrap(), now)
    }

    #[test]
    fn requests_share_a_snapshot_for_a_moment() {
        let now = Instant::now();
        let mut history = history(now);
        let mut uptime = |millis| {
            history.refresh(now + Duration::from_millis(millis));
            history.snapshot().metrics.uptime
        };
        let first = uptime(0);
        assert_eq!(uptime(4), first);
        assert!(uptime(5) > first);
    }

    #[test]
    fn samples_are_taken_twice_a_second() {
        let now = Instant::now();
        let mut history = history(now);
        assert_eq!(history.sample(now + Duration::from_millis(400)), Duration::from_millis(100));
        assert_eq!(history.samples().len(), 2);
        assert_eq!(history.sample(now + Duration::from_millis(500)), SAMPLE_INTERVAL);
        assert_eq!(history.samples().len(), 3);
    }

    #[test]
    fn samples_are_in_order() {
        let now = Instant::now();
        let mut history = history(now);
        history.refresh(now + Duration::from_millis(499));
        history.sample(now + Duration::from_millis(500));
        assert!(history.samples().is_sorted_by_key(|sample| sample.time));
    }

    #[test]
    fn number_of_samples_is_bounded() {
        let now = Instant::now();
        let mut history = history(now);
        for number in 1..300 {
            history.sample(now + number * SAMPLE_INTERVAL);
        }
        assert_eq!(history.samples().len(), MAX_SAMPLES + 1);
    }
}

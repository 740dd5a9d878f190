//! The state of a server at one moment, which every route of the status page shows in its own form.

use crate::PoolStats;
use crate::http::Status;
use crate::queue::QueueStats;
use crate::server::Server;
use crate::server::metrics::{Activity, MetricsSnapshot};

/// The state of a server at one moment.
pub(in crate::server) struct Snapshot {
    pub(super) metrics: MetricsSnapshot,
    pub(super) pool: PoolStats,
    /// The name of the queue's strategy.
    pub(super) queue: &'static str,
    /// How many jobs may wait in the queue; `None` if it is unbounded.
    pub(super) capacity: Option<usize>,
    /// How many responses were sent with each status.
    pub(super) responses: Vec<(Status, u64)>,
    /// How many sleeps were skipped because their clients had left.
    pub(super) skipped_sleeps: u64,
    pub(super) open_connections: usize,
    pub(super) parked_connections: usize,
    pub(super) is_draining: bool,
}

impl Server {
    /// Reads the state of the server.
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            metrics: self.metrics.snapshot(),
            pool: self.pool.stats(),
            queue: self.settings.queue,
            capacity: self.pool.queue().capacity(),
            responses: self.responses.all().collect(),
            skipped_sleeps: self.responses.skipped_sleeps(),
            parked_connections: self.reactor.parked(),
            open_connections: self.open.count(),
            is_draining: self.is_draining(),
        }
    }
}

impl Snapshot {
    /// Returns how many workers are busy.
    pub(super) fn busy_workers(&self) -> usize {
        self.metrics.workers.iter().filter(|worker| worker.activity != Activity::Idle).count()
    }

    /// Returns the counts of the queue, or `None` if its strategy does not count.
    pub(super) fn queue_stats(&self) -> Option<QueueStats> {
        let stats = self.pool.queue;
        (stats != QueueStats::default() || self.pool.executed == 0).then_some(stats)
    }
}

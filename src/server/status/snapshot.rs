//! Everything there is to tell about a server, read once so that what is told agrees with itself.

use crate::PoolStats;
use crate::http::Status;
use crate::queue::QueueStats;
use crate::server::Server;
use crate::server::metrics::{Activity, MetricsSnapshot};

pub(in crate::server) struct Snapshot {
    pub(super) metrics: MetricsSnapshot,
    pub(super) pool: PoolStats,
    /// How many jobs may wait.
    pub(super) capacity: Option<usize>,
    /// How many responses went out with each status.
    pub(super) responses: Vec<(Status, u64)>,
    /// Connections that are open, and how many of them are parked.
    pub(super) connections: usize,
    pub(super) parked: usize,
    pub(super) draining: bool,
}

impl Server {
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            metrics: self.metrics.snapshot(),
            pool: self.pool.stats(),
            capacity: self.pool.queue().capacity(),
            responses: self.responses.all().collect(),
            parked: self.reactor.parked(),
            connections: self.open.count(),
            draining: self.is_draining(),
        }
    }
}

impl Snapshot {
    /// How many workers have something to do.
    pub(super) fn busy(&self) -> usize {
        self.metrics.workers.iter().filter(|worker| worker.activity != Activity::Idle).count()
    }

    /// What the queue has counted; `None` if it is of a kind that does not count.
    pub(super) fn queue(&self) -> Option<QueueStats> {
        let stats = self.pool.queue;
        (stats != QueueStats::default() || self.pool.executed == 0).then_some(stats)
    }
}

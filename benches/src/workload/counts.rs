//! What a queue counts for itself while a sample is taken.

use super::metric::Metric;
use crate::contender::Pool;
use hello::QueueStats;
use std::cell::Cell;

thread_local! {
    /// A sample's pool ends deep inside of it, on the thread that measures; this carries its last
    /// counts out.
    static LAST: Cell<Option<QueueStats>> = const { Cell::new(None) };
}

/// Ends a pool, after a last look at what its queue has counted.
pub(super) fn finish<P: Pool>(pool: P, all_have_run: impl FnOnce()) {
    LAST.set(pool.counts());
    pool.finish(all_have_run);
}

/// Wakes and false wakes for each job since `before`, if the queue counts them.
pub(super) fn since(before: Option<QueueStats>) -> Vec<(Metric, f64)> {
    before.zip(LAST.take()).map_or_else(Vec::new, |(before, after)| between(before, after))
}

/// The same for a queue that may be asked at any time. One that does not count has counted nothing.
pub(super) fn between(before: QueueStats, after: QueueStats) -> Vec<(Metric, f64)> {
    if after.pushed <= before.pushed {
        return Vec::new();
    }
    let jobs = (after.pushed - before.pushed) as f64;
    let per_job = |after: u64, before: u64| after.saturating_sub(before) as f64 / jobs;
    vec![
        (Metric::Wakes, per_job(after.wakes, before.wakes)),
        (Metric::FalseWakes, per_job(after.false_wakes, before.false_wakes)),
    ]
}

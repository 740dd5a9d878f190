//! What a waiting job takes.

use super::Setup;
use super::latch::Latch;
use super::metric::Metric;
use super::sample::Sample;
use super::shutdown::occupied;
use crate::contender::Pool;
use std::fs;

/// Measures by how much the process grows while jobs wait.
///
/// To be asked in a process of its own: in one that has measured before, the allocator has memory
/// to give.
pub(super) fn backlog<P: Pool>(pool: P, setup: &Setup, jobs: u64) -> Sample {
    let latch = Latch::new(jobs);
    let mut grown = None;
    occupied(&pool, setup.workers, || {
        let before = resident();
        for id in 0..jobs {
            pool.submit(move || latch.ran(id));
        }
        grown = resident().zip(before).map(|(after, before)| after.saturating_sub(before));
    });
    latch.wait();
    super::finish(pool, latch);
    let values = grown.map(|bytes| (Metric::Memory, bytes as f64 / jobs as f64));
    Sample { values: values.into_iter().collect(), ..Sample::default() }
}

/// Resident bytes of this process, where the system says so to the page (`statm` may be off by a
/// batch a thread).
fn resident() -> Option<u64> {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

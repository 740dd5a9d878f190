//! The current thread as a worker: its id, and its pool.

use super::progress::Progress;
use crate::sync::{Arc, thread_local};
use std::cell::RefCell;

/// The part of a pool that its jobs can reach.
pub(super) trait PoolHandle: Send + Sync {
    fn progress(&self) -> &Progress;

    /// Returns whether jobs that have not begun are dropped instead of run.
    fn is_discarding(&self) -> bool;
}

/// Identifies a pool by the address of its shared state, which is unique while its workers live.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct PoolId(usize);

impl PoolId {
    pub(super) fn of<T: ?Sized>(shared: &Arc<T>) -> Self {
        Self(Arc::as_ptr(shared).addr())
    }
}

/// The worker that the current thread is.
#[derive(Clone)]
pub(super) struct Current {
    pub(super) worker: usize,
    /// `None` on the workers of a [`scope`](super::scope()).
    pub(super) home: Option<Arc<dyn PoolHandle>>,
}

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// Records which worker the current thread is, or that it no longer is one.
pub(super) fn set(current: Option<Current>) {
    // The old value is dropped after the borrow, since dropping it may run the user's code.
    let _before = CURRENT.with(|cell| cell.replace(current));
}

fn get<R>(read: impl FnOnce(&Current) -> R) -> Option<R> {
    // A thread that is ending may have no such variable any more, and is no worker then.
    CURRENT.try_with(|cell| cell.borrow().as_ref().map(read)).ok().flatten()
}

/// Returns the current thread's id among the workers of its pool; `None` if it is no worker.
///
/// The ids of a pool with `n` workers are 0 to `n` − 1, so a job can use its worker's id as an
/// index into something that each worker has one of. Another pool has the same ids. A thread
/// belongs to one pool at most, so this needs no pool to ask, and a job needs no reference to it.
///
/// The hooks [`on_start`](crate::Builder::on_start) and [`on_stop`](crate::Builder::on_stop) and
/// the jobs of a [`scope`](crate::scope) have an id as well.
///
/// # Example
///
/// ```
/// use hello::{ThreadPool, current_worker};
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// let pool = ThreadPool::new(2);
/// let jobs_of_worker = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
/// for _ in 0..100 {
///     let jobs = Arc::clone(&jobs_of_worker);
///     pool.execute(move || {
///         let worker = current_worker().expect("a job runs on a worker");
///         jobs[worker].fetch_add(1, Ordering::Relaxed);
///     });
/// }
/// pool.join();
/// assert_eq!(jobs_of_worker.iter().map(|jobs| jobs.load(Ordering::Relaxed)).sum::<u64>(), 100);
/// assert_eq!(current_worker(), None); // the main thread is no worker
/// ```
pub fn current_worker() -> Option<usize> {
    get(|current| current.worker)
}

/// Returns the current worker's id and its pool, if it is a worker of that pool.
pub(super) fn worker_of(pool: PoolId) -> Option<(usize, Arc<dyn PoolHandle>)> {
    get(|current| {
        let home = current.home.as_ref().filter(|home| PoolId::of(home) == pool)?;
        Some((current.worker, Arc::clone(home)))
    })
    .flatten()
}

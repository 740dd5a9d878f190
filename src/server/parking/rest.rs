//! When the attendant rests, so that the workers do its work.

use crate::sync::atomic::{AtomicBool, Ordering, fence};
use crate::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

/// The attendant's rest.
///
/// It begins only while jobs wait, and so before some worker takes the last of them. That worker sees that the attendant
/// rests when it is done, and looks for more jobs itself or ends the rest: nobody waits for an arrival that nobody
/// watches for.
#[derive(Default)]
pub(super) struct Rest {
    on: AtomicBool,
    lock: Mutex<()>,
    over: Condvar,
}

impl Rest {
    /// Rests until somebody ends it, at most for so long, or not at all if no `jobs_wait`.
    pub(super) fn take(&self, longest: Duration, jobs_wait: impl FnOnce() -> bool) {
        let mut guard = self.lock.lock();
        self.on.store(true, Ordering::Relaxed);
        // The counterpart of the one in `is_on`: either this thread sees that the last job was taken, or who took it sees
        // that this thread rests.
        fence(Ordering::SeqCst);
        if jobs_wait() {
            let end = Instant::now() + longest;
            self.over.wait_while_until(&mut guard, |()| self.on.load(Ordering::Relaxed), end);
        }
        self.on.store(false, Ordering::Relaxed);
    }

    /// Whether the attendant rests, asked by who has taken a job since.
    pub(super) fn is_on(&self) -> bool {
        fence(Ordering::SeqCst);
        self.on.load(Ordering::Relaxed)
    }

    /// Rouses the attendant.
    pub(super) fn end(&self) {
        if self.on.swap(false, Ordering::Relaxed) {
            // The lock orders this after the check in `take`, which would otherwise miss it.
            drop(self.lock.lock());
            self.over.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    const LONG: Duration = Duration::from_secs(1_000_000);

    #[test]
    fn nobody_rests_unless_jobs_wait() {
        let rest = Rest::default();
        rest.take(LONG, || {
            assert!(rest.is_on());
            false
        });
        assert!(!rest.is_on());
    }

    #[test]
    fn a_rest_ends_when_somebody_says_so() {
        let rest = Rest::default();
        thread::scope(|scope| {
            let attendant = scope.spawn(|| rest.take(LONG, || true));
            while !attendant.is_finished() {
                if rest.is_on() {
                    rest.end();
                }
                thread::yield_now();
            }
        });
    }

    #[test]
    fn a_rest_ends_by_itself() {
        let rest = Rest::default();
        rest.take(Duration::from_millis(1), || true);
        assert!(!rest.is_on());
    }
}

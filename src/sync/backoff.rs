//! Backoff: staying away from a taken lock for a while.
//!
//! The holder goes on with a warm cache and likely takes the lock again for the next job. Two
//! threads that take turns instead move the lock's cache lines from one processor to the other each
//! time. So a thread that backs off for longer than such a move takes makes both faster.

use super::{Instant, Mutex, MutexGuard, hint};
use std::time::Duration;

/// How often a thread backs off before it sleeps until the lock is free.
const ATTEMPTS: usize = 4;

/// Locks a mutex. If it is taken, backs off first: `pause` returns for how long each time, and
/// whether the lock will be free soon.
///
/// With a pause of zero there is no backoff. If the lock will be free soon, since its holder has
/// little left to do, the thread tries to lock it all through the first pause.
#[inline]
pub(crate) fn lock<T>(
    mutex: &Mutex<T>,
    pause: impl FnOnce() -> (Duration, bool),
) -> MutexGuard<'_, T> {
    mutex.try_lock().unwrap_or_else(|| lock_taken(mutex, pause()))
}

#[cold]
fn lock_taken<T>(mutex: &Mutex<T>, (pause, soon_free): (Duration, bool)) -> MutexGuard<'_, T> {
    let attempts = if pause.is_zero() { 0 } else { ATTEMPTS };
    for attempt in 0..attempts {
        let began = Instant::now();
        while began.elapsed() < pause {
            if soon_free
                && attempt == 0
                && let Some(guard) = mutex.try_lock()
            {
                return guard;
            }
            hint::spin_loop();
        }
        if let Some(guard) = mutex.try_lock() {
            return guard;
        }
    }
    mutex.lock()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    #[test]
    fn a_taken_lock_is_waited_for() {
        for soon_free in [false, true] {
            let (mutex, released) = (Mutex::new(()), AtomicBool::new(false));
            let guard = mutex.lock();
            thread::scope(|scope| {
                let waiting = scope.spawn(|| {
                    drop(lock(&mutex, || (Duration::from_micros(1), soon_free)));
                    assert!(released.load(Ordering::SeqCst));
                });
                released.store(true, Ordering::SeqCst);
                drop(guard);
                waiting.join().unwrap();
            });
        }
    }
}

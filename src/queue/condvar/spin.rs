//! The places where a thread of this queue waits without sleeping: at the lock, on the lookout, before a call.
//!
//! None matters to the protocol, only to its speed: [`lock`] takes the lock sooner or later, and [`look`] and [`glance`]
//! end sooner or later. A model checker knows no time, so it gets the plain forms at the end of this file.

#[cfg(not(loom))]
mod timed {
    use crate::sync::atomic::{AtomicBool, Ordering};
    use crate::sync::{Mutex, MutexGuard, hint, thread};
    use std::mem;
    use std::time::{Duration, Instant};

    /// When the lookout yields, once: a submitter that waits for the last answer may have been woken on the lookout's own
    /// processor. More often would give that to whoever is busy, for a time slice, while submitters rely on the lookout.
    const YIELD_AFTER: Duration = Duration::from_micros(2);

    /// A glance at the lock, long enough to see whether it passes from hand to hand.
    const GLANCE: Duration = Duration::from_nanos(100);

    /// How long a thread steps aside before it glances again, and how often at most.
    const ASIDE: Duration = Duration::from_micros(1);
    const TIMES: u32 = 10;

    /// How many nanoseconds a turn at the lock takes at most where there is a throng of small jobs.
    const SWIFT: u128 = 64;

    /// How long whoever is about to call a worker waits for another to make that needless.
    const BEFORE_A_CALL: Duration = Duration::from_nanos(200);

    /// Takes the lock; out of a throng a thread steps aside first. `turns` counts who has had the lock.
    #[inline]
    pub(in super::super) fn lock<T>(mutex: &Mutex<T>, turns: impl Fn() -> usize) -> MutexGuard<'_, T> {
        mutex.try_lock().unwrap_or_else(|| lock_taken(mutex, turns))
    }

    #[cold]
    fn lock_taken<T>(mutex: &Mutex<T>, turns: impl Fn() -> usize) -> MutexGuard<'_, T> {
        let mut patience = GLANCE;
        for _ in 0..TIMES {
            let (start, before) = (Instant::now(), turns());
            while start.elapsed() < patience {
                hint::spin_loop();
            }
            if (turns().wrapping_sub(before) as u128) * SWIFT < patience.as_nanos() {
                break;
            }
            patience = ASIDE;
        }
        for _ in 0..4 {
            if let Some(guard) = mutex.try_lock() {
                return guard;
            }
            hint::spin_loop();
        }
        mutex.lock()
    }

    /// Whether it comes true within a moment that is short beside a call.
    pub(in super::super) fn glance(mut is_true: impl FnMut() -> bool) -> bool {
        let start = Instant::now();
        while !is_true() {
            if start.elapsed() > BEFORE_A_CALL {
                return false;
            }
            hint::spin_loop();
        }
        true
    }

    /// Looks until the flag is raised or the time is over.
    pub(in super::super) fn look(called: &AtomicBool, began: Instant, patience: Duration) {
        let mut yielded = false;
        loop {
            for _ in 0..8 {
                if called.load(Ordering::Relaxed) {
                    return;
                }
                hint::spin_loop();
            }
            let elapsed = began.elapsed();
            if elapsed > patience {
                return;
            }
            if elapsed > YIELD_AFTER && !mem::replace(&mut yielded, true) {
                thread::yield_now();
            }
        }
    }
}

#[cfg(loom)]
mod timeless {
    use crate::sync::atomic::AtomicBool;
    use crate::sync::{Mutex, MutexGuard, thread};
    use std::time::{Duration, Instant};

    pub(in super::super) fn lock<T>(mutex: &Mutex<T>, _: impl Fn() -> usize) -> MutexGuard<'_, T> {
        mutex.lock()
    }

    pub(in super::super) fn glance(mut is_true: impl FnMut() -> bool) -> bool {
        is_true()
    }

    /// Others go first, or not.
    pub(in super::super) fn look(_: &AtomicBool, _: Instant, _: Duration) {
        thread::yield_now();
    }
}

#[cfg(not(loom))]
pub(super) use timed::{glance, lock, look};
#[cfg(loom)]
pub(super) use timeless::{glance, lock, look};

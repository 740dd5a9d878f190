//! The two places where a thread of this queue waits without sleeping: at the lock, and on the lookout.
//!
//! Neither matters to the protocol, only to its speed: [`lock`] takes the lock sooner or later, and [`look`] ends sooner
//! or later. A model checker knows no time, so it gets the plain forms at the end of this file.

#[cfg(not(loom))]
mod timed {
    use crate::sync::atomic::{AtomicBool, Ordering};
    use crate::sync::{Mutex, MutexGuard, hint, thread};
    use std::mem;
    use std::time::{Duration, Instant};

    /// How long the lookout looks. It must bridge the time in which a submitter that waits for an answer is woken.
    const LOOK: Duration = Duration::from_micros(20);

    /// When the lookout yields, once: that very submitter may have been woken on the lookout's own processor.
    const YIELD_AFTER: Duration = Duration::from_micros(2);

    /// A look that took so long shows that others want the processor more.
    const OVERRUN: Duration = Duration::from_micros(100);

    /// How often a thread steps back from the lock before it queues for it.
    const STEPS_BACK: u32 = 6;

    /// Takes the lock, stepping back from it while somebody else works through a backlog.
    pub(in super::super) fn lock<T>(mutex: &Mutex<T>, backlog: impl Fn() -> bool) -> MutexGuard<'_, T> {
        for step in 0..STEPS_BACK {
            if let Some(guard) = mutex.try_lock() {
                return guard;
            }
            // With nothing to work through, whoever holds the lock is about to let go of it.
            let pauses = if backlog() { 32 << step } else { 2 };
            (0..pauses).for_each(|_| hint::spin_loop());
        }
        mutex.lock()
    }

    /// Looks until the flag is raised or the time is over. Answers whether it took much longer than that.
    pub(in super::super) fn look(called: &AtomicBool) -> bool {
        let start = Instant::now();
        let mut yielded = false;
        loop {
            for _ in 0..8 {
                if called.load(Ordering::Relaxed) {
                    return start.elapsed() > OVERRUN;
                }
                hint::spin_loop();
            }
            let elapsed = start.elapsed();
            if elapsed > LOOK {
                return elapsed > OVERRUN;
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

    pub(in super::super) fn lock<T>(mutex: &Mutex<T>, _: impl Fn() -> bool) -> MutexGuard<'_, T> {
        mutex.lock()
    }

    /// Others go first, or not.
    pub(in super::super) fn look(_: &AtomicBool) -> bool {
        thread::yield_now();
        false
    }
}

#[cfg(not(loom))]
pub(super) use timed::{lock, look};
#[cfg(loom)]
pub(super) use timeless::{lock, look};

//! How often threads go to sleep.
//!
//! The kernel counts it for every contender alike, also for those whose queue does not count for
//! itself: a voluntary context switch is a thread that had nothing to do or waited for a lock.

/// Voluntary context switches of all threads of this process so far, those that have ended
/// included.
#[cfg(unix)]
pub(super) fn sleeps() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    u64::try_from(getrusage(UsageWho::RUSAGE_SELF).ok()?.voluntary_context_switches()).ok()
}

/// Not known here.
#[cfg(not(unix))]
pub(super) fn sleeps() -> Option<u64> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::sleeps;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn a_sleep_is_counted_also_when_its_thread_has_ended() {
        let before = sleeps().expect("unix counts");
        thread::spawn(|| (0..5).for_each(|_| thread::sleep(Duration::from_millis(1))))
            .join()
            .expect("sleeps");
        assert!(sleeps().expect("unix counts") >= before + 5);
    }
}

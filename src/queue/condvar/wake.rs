//! Which worker is woken, and when; and how a worker searches for a job before it parks.
//!
//! # Proposition (I8)
//!
//! *Whenever the lock is free, the queue is open, jobs wait and a worker is parked, some worker is
//! searching, or some submitter spins and will wake a worker unless it sees the queue empty.*
//!
//! *Proof.* A new queue has no jobs. Each step that could break the proposition is taken under the
//! lock:
//!
//! - A push adds a job. Either a worker is searching, or the push counts a parked worker as
//!   searching and then notifies it, or it adds the only job and spins. Its spin ends with such a
//!   wake-up, or the queue has been empty since the push; the jobs that wait now came later, and
//!   the proposition holds by their own pushes. No thread relies on the spin of another submitter.
//! - A pop takes a job and leaves others. It does the same, without a spin.
//! - A worker parks. Under this very lock it has seen the queue empty (I4).
//! - A worker stops searching. Under this very lock it takes a job, which is a pop, or sees the
//!   queue empty.
//!
//! The proposition is about the lock; a searching worker also reaches it. One that spins stops in
//! the end. One that was parked began to sleep in the step that gave up the lock, so it slept when
//! it was counted and notified. Each notification wakes one sleeper, and there are as many as were
//! counted, since `parking_lot` wakes no thread unasked. So a job waits for a searching worker,
//! never for one that runs a long job. ∎
//!
//! No step of the proof rests on a clock or a constant: they decide about *additional* wake-ups,
//! and whether a worker parks at once or after a spin. Nor does one rest on the order in which
//! threads get the lock.
//!
//! Submitters of a full queue are simpler. *If one waits, waiting jobs and reserved slots fill the
//! queue:* only a pop makes room, and it gives the slot to a waiting submitter. Newcomers find the
//! slot taken and cannot overtake.

use super::waits::spin_until;
use super::{BACKLOG, CondvarQueue, Rule, State};
use crate::sync::atomic::Ordering;
use crate::sync::{MutexGuard, backoff};
use std::time::Duration;

impl CondvarQueue {
    /// Locks the queue, and backs off while the lock is taken.
    #[inline]
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // Without a backlog the holder is about to release the lock.
        backoff::lock(&self.state, || {
            (self.backoff(), self.flags.jobs.load(Ordering::Relaxed) < BACKLOG)
        })
    }

    fn backoff(&self) -> Duration {
        if self.has(Rule::Backoff) { self.waits.short() } else { Duration::ZERO }
    }

    /// Releases the lock after a push, and wakes a parked worker unless another will take the job.
    #[inline(never)]
    pub(super) fn wake_after_push<'a>(&'a self, mut state: MutexGuard<'a, State>) {
        let only_job = state.jobs.len() == 1;
        if only_job && state.searching > 0 && self.has(Rule::WakeThrottling) {
            return; // The searching worker takes it; if it is late, a later push or pop finds out.
        }
        if only_job && state.running > 0 && self.has(Rule::SpinBeforeWaking) {
            drop(state);
            if spin_until(self.waits.short(), || !self.has_jobs()) || !self.has(Rule::WakeAfterSpin)
            {
                return;
            }
            state = self.lock();
        }
        self.wake(state);
    }

    /// Releases the lock, and wakes a parked worker if jobs wait and no worker is searching (I8).
    #[inline(never)]
    pub(super) fn wake<'a>(&'a self, mut state: MutexGuard<'a, State>) {
        if state.jobs.is_empty() || state.parked == 0 {
            return;
        }
        let throttled = state.searching > 0 && self.has(Rule::WakeThrottling);
        let late = throttled && self.has(Rule::WakeTimeout) && self.is_late(&mut state);
        if throttled && !late {
            return;
        }
        if !self.has(Rule::CountBeforeWaking) {
            self.not_empty.notify_one();
            drop(state);
            state = self.lock();
        }
        state.parked -= 1;
        state.searching += u32::from(!late || self.has(Rule::CountAfterTimeout));
        state.time_search();
        state.stats.wakes += 1;
        drop(state); // First, so that the worker finds the lock free.
        let condvar = if self.has(Rule::NotifyWorkers) { &self.not_empty } else { &self.not_full };
        condvar.notify_one();
    }

    /// Returns whether the searching worker should have reached the lock by now.
    ///
    /// Reading the clock takes as long as a short job, and happens under the lock. So of the wake-ups
    /// that the worker holds up only the first, second, fourth, eighth and so on read it. When they
    /// find that the worker is late, it has held up at most twice as many as when it became late.
    fn is_late(&self, state: &mut State) -> bool {
        state.held_up = state.held_up.wrapping_add(1);
        let reads = state.held_up.is_power_of_two() || !self.has(Rule::RareClockReads);
        reads && self.waits.is_late(&state.since)
    }

    /// Spins if that may pay, and parks unless the spin ends with a job or a closed queue.
    #[inline(never)]
    pub(super) fn wait_for_job<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
    ) -> MutexGuard<'a, State> {
        let may_spin = state.searching == 0 && self.has(Rule::Spin);
        if may_spin && let Some(budget) = self.waits.take_spin_budget(&mut state.cooldown) {
            state = self.search(state, budget);
            if self.has(Rule::CheckAfterSpin) && (!state.jobs.is_empty() || state.shutdown) {
                return state;
            }
        }
        self.park(&mut state);
        state
    }

    /// Spins until there is a job, for at most `budget`.
    fn search<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        budget: Duration,
    ) -> MutexGuard<'a, State> {
        state.searching += 1;
        state.time_search();
        drop(state);
        spin_until(budget, || self.has_jobs() || self.flags.closed.load(Ordering::Relaxed));
        // The thread that has brought a job is about to release the lock.
        let mut state = backoff::lock(&self.state, || (self.backoff(), true));
        state.searching -= u32::from(self.has(Rule::EndSearch));
        let found = !state.jobs.is_empty();
        state.stats.spin_hits += u64::from(found);
        if self.has(Rule::SpinCooldown) {
            state.cooldown.record(found);
        }
        state
    }

    /// Parks, with the queue seen empty and open under this very lock (I4).
    fn park<'a>(&'a self, state: &mut MutexGuard<'a, State>) {
        if !self.has(Rule::ParkUnderLock) {
            MutexGuard::unlocked(state, || ());
        }
        state.parked += 1;
        state.stats.parks += 1;
        self.not_empty.wait(state);
        if state.searching == 1 && !state.shutdown {
            self.waits.woken(&state.since);
        }
        state.searching -= u32::from(self.has(Rule::EndSearch));
        state.stats.false_wakes += u64::from(state.jobs.is_empty() && !state.shutdown);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::sync::Instant;

    #[test]
    fn few_held_up_wake_ups_read_the_clock() {
        let mut queue = CondvarQueue::new();
        queue.waits.parallel = true;
        let since = Instant::now().checked_sub(Duration::from_secs(1));
        let mut state = State { since, ..State::default() };
        let found: Vec<_> = (1..=20).filter(|_| queue.is_late(&mut state)).collect();
        assert_eq!(found, [1, 2, 4, 8, 16]);
        state.time_search();
        assert_eq!(state.held_up, 0);
    }
}

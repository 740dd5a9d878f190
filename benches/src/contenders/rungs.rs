//! What lies between the textbook's queue and the default one: the same lock, with one rule more on each rung.
//!
//! They are there to be measured. [`CondvarQueue`](hello::CondvarQueue) has the proof, and what these lack: looks whose
//! length is learned, a second call when the first is overdue, and threads that step aside from a throng at the lock.

use hello::{Job, JobQueue, QueueStats};
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::collections::VecDeque;
use std::hint;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long the lookout looks, always.
const LOOK: Duration = Duration::from_micros(20);

/// At most one worker is on its way, and one that finds more jobs than its own calls the next.
pub(crate) type Chain = Rung<false>;

/// Moreover, one worker at a time looks out for a call before it parks.
pub(crate) type Lookout = Rung<true>;

#[derive(Default)]
pub(crate) struct Rung<const LOOKS: bool> {
    state: Mutex<State>,
    not_empty: Condvar,
    /// Whether the lookout is called.
    called: AtomicBool,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    shutdown: bool,
    parked: usize,
    looking: bool,
    on_its_way: bool,
    stats: QueueStats,
}

impl<const LOOKS: bool> Rung<LOOKS> {
    /// Lets go of the lock and calls whoever is needed.
    fn release(&self, mut state: MutexGuard<'_, State>) {
        if state.jobs.is_empty() || state.on_its_way || !(state.looking || state.parked > 0) {
            return;
        }
        state.on_its_way = true;
        if std::mem::take(&mut state.looking) {
            self.called.store(true, Ordering::Relaxed);
            return;
        }
        state.parked -= 1;
        state.stats.wakes += 1;
        drop(state);
        self.not_empty.notify_one();
    }

    /// Looks for a call, without the lock.
    fn look_out<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.looking = true;
        self.called.store(false, Ordering::Relaxed);
        drop(state);
        let began = Instant::now();
        while !self.called.load(Ordering::Relaxed) && began.elapsed() < LOOK {
            hint::spin_loop();
        }
        let mut state = self.state.lock();
        if !std::mem::take(&mut state.looking) {
            state.on_its_way = false;
            state.stats.finds_while_looking += 1;
        }
        state
    }

    fn park(&self, state: &mut MutexGuard<'_, State>) {
        state.parked += 1;
        state.stats.parks += 1;
        self.not_empty.wait(state);
        state.on_its_way = false;
        state.stats.false_wakes += u64::from(state.jobs.is_empty() && !state.shutdown);
    }
}

impl<const LOOKS: bool> JobQueue for Rung<LOOKS> {
    fn push(&self, job: Job) -> Result<(), Job> {
        let mut state = self.state.lock();
        if state.shutdown {
            return Err(job);
        }
        state.jobs.push_back(job);
        state.stats.pushed += 1;
        self.release(state);
        Ok(())
    }

    fn pop(&self) -> Option<Job> {
        let mut state = self.state.lock();
        let mut looked = false;
        loop {
            if let Some(job) = state.jobs.pop_front() {
                self.release(state);
                return Some(job);
            }
            if state.shutdown {
                return None;
            }
            if LOOKS && !looked && !state.looking {
                state = self.look_out(state);
                looked = true;
            } else {
                self.park(&mut state);
                looked = false;
            }
        }
    }

    fn close(&self) {
        let mut state = self.state.lock();
        state.shutdown = true;
        // From here on nobody parks, so nobody needs to be called again.
        (state.looking, state.parked) = (false, 0);
        drop(state);
        self.called.store(true, Ordering::Relaxed);
        self.not_empty.notify_all();
    }

    fn len(&self) -> usize {
        self.state.lock().jobs.len()
    }

    fn stats(&self) -> QueueStats {
        self.state.lock().stats
    }
}

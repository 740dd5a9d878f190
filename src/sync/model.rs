//! `parking_lot`'s API over `loom`'s types, as far as this crate uses it.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

pub(crate) use loom::{sync::atomic, thread};

#[derive(Default)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

pub(crate) struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    /// `None` only while a condvar has it.
    lock: Option<loom::sync::MutexGuard<'a, T>>,
}

#[derive(Default)]
pub(crate) struct Condvar(loom::sync::Condvar);

pub(crate) struct WaitTimeoutResult(bool);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    #[track_caller]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard { mutex: self, lock: Some(self.raw_lock()) }
    }

    #[track_caller]
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        // `loom` takes a thread that is about to try for one that waits: if another is scheduled in between and takes the
        // lock, this one sleeps until it is free. So there must be no in between. Whether others come before or after
        // is still explored, at the step before this one.
        loom::stop_exploring();
        let lock = self.0.try_lock();
        loom::explore();
        Some(MutexGuard { mutex: self, lock: Some(lock.ok()?) })
    }

    #[track_caller]
    fn raw_lock(&self) -> loom::sync::MutexGuard<'_, T> {
        self.0.lock().expect("loom does not poison")
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.lock.as_deref().expect("the lock is held")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.lock.as_deref_mut().expect("the lock is held")
    }
}

impl Condvar {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    #[track_caller]
    pub(crate) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        let lock = guard.lock.take().expect("the lock is held");
        guard.lock = Some(self.0.wait(lock).expect("loom does not poison"));
    }

    /// A model has no clock: a deadline more than an hour away never comes, and any other may come at any moment.
    #[track_caller]
    pub(crate) fn wait_until<T>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        deadline: std::time::Instant,
    ) -> WaitTimeoutResult {
        let never = deadline.saturating_duration_since(std::time::Instant::now()) > Duration::from_secs(60 * 60);
        if never {
            self.wait(guard);
        } else {
            // Whatever others do between the two steps is what happens before the deadline comes.
            drop(guard.lock.take());
            guard.lock = Some(guard.mutex.raw_lock());
        }
        WaitTimeoutResult(!never)
    }

    #[track_caller]
    pub(crate) fn notify_one(&self) {
        if !is_lost() {
            self.0.notify_one();
        }
    }

    #[track_caller]
    pub(crate) fn notify_all(&self) {
        if !is_lost() {
            self.0.notify_all();
        }
    }
}

impl WaitTimeoutResult {
    pub(crate) fn timed_out(&self) -> bool {
        self.0
    }
}

thread_local! {
    /// How many notifications are still sent until one gets lost.
    static UNTIL_LOST: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Makes the `nth` notification from now (the first is 0) reach nobody: a sabotage that every model must notice.
///
/// A model's threads all run on the thread that called `loom`, so this is about one model and no other.
pub fn lose_notification(nth: usize) {
    UNTIL_LOST.set(Some(nth));
}

fn is_lost() -> bool {
    let left = UNTIL_LOST.get();
    UNTIL_LOST.set(left.and_then(|left| left.checked_sub(1)));
    left == Some(0)
}

/// A point in time in a model, which has no clock: any time may have passed since.
pub(crate) struct Instant;

impl Instant {
    pub(crate) fn now() -> Self {
        Self
    }

    /// Returns no time or an endless one, whichever [`choose`] says.
    pub(crate) fn elapsed(&self) -> Duration {
        if choose() { Duration::MAX } else { Duration::ZERO }
    }
}

/// Returns more than one: with one, there are no waits to explore.
pub(crate) fn processors() -> usize {
    2
}

pub(crate) mod backoff {
    use super::{Mutex, MutexGuard};

    /// Locks the mutex. Staying away from it for a while is one more schedule among all the others.
    #[track_caller]
    pub(crate) fn lock<T>(mutex: &Mutex<T>, _: std::time::Duration, _: bool) -> MutexGuard<'_, T> {
        mutex.lock()
    }
}

pub(crate) mod hint {
    /// Lets other threads go first, as spinning would.
    #[track_caller]
    pub(crate) fn spin_loop() {
        loom::thread::yield_now();
    }
}

thread_local! {
    /// What the next choices are, the first in the lowest bit.
    static CHOICES: Cell<u32> = const { Cell::new(u32::MAX) };
}

/// Sets what [`choose`] answers from now on, beginning with the lowest bit; after these bits it answers `true`.
///
/// `loom` explores orders of steps, not free choices. So a test runs a model once for each script.
pub fn script_choices(choices: &[bool]) {
    let script = choices.iter().rev().fold(u32::MAX, |script, &choice| script << 1 | u32::from(choice));
    CHOICES.set(script);
}

/// Returns what the script of the model says: whether time has passed, whether a cooldown is over.
pub(crate) fn choose() -> bool {
    let script = CHOICES.get();
    // The sign is kept, so that the script ends in `true` for ever.
    CHOICES.set((script as i32 >> 1) as u32);
    script & 1 == 1
}

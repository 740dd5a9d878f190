//! `parking_lot`'s API over `loom`'s types, as far as this crate uses it.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

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
    pub(crate) fn wait_until<T>(&self, guard: &mut MutexGuard<'_, T>, deadline: Instant) -> WaitTimeoutResult {
        let never = deadline.saturating_duration_since(Instant::now()) > Duration::from_secs(60 * 60);
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

//! `parking_lot`'s API over `loom`'s types, as far as this crate uses it.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

pub(crate) use loom::{sync::atomic, thread};

/// `loom`'s own macro does not know `const` blocks.
macro_rules! variable {
    (static $name:ident: $type:ty = const $value:block;) => {
        loom::thread_local! { static $name: $type = $value; }
    };
}
pub(crate) use variable;

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
        // `loom` takes a thread that is about to try for one that waits: if another is scheduled in
        // between and takes the lock, this one sleeps until it is free. So there must be no in
        // between. Whether others come before or after is still explored, at the step before this
        // one.
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

impl<'a, T> MutexGuard<'a, T> {
    /// Releases the lock for as long as `action` takes.
    #[track_caller]
    pub(crate) fn unlocked(guard: &mut MutexGuard<'a, T>, action: impl FnOnce()) {
        drop(guard.lock.take());
        action();
        guard.lock = Some(guard.mutex.raw_lock());
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

    /// A model has no clock: a deadline more than an hour away never comes, and any other may come
    /// at any moment.
    #[track_caller]
    pub(crate) fn wait_until<T>(
        &self,
        guard: &mut MutexGuard<'_, T>,
        deadline: std::time::Instant,
    ) -> WaitTimeoutResult {
        let never = deadline.saturating_duration_since(std::time::Instant::now())
            > Duration::from_secs(60 * 60);
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

/// Makes the `nth` notification from now (the first is 0) reach nobody: a sabotage that every model
/// must notice.
///
/// A model's threads all run on the thread that called `loom`, so this is about one model and no
/// other.
pub fn lose_notification(nth: usize) {
    UNTIL_LOST.set(Some(nth));
}

fn is_lost() -> bool {
    let left = UNTIL_LOST.get();
    UNTIL_LOST.set(left.and_then(|left| left.checked_sub(1)));
    left == Some(0)
}

/// A point in time in a model, where no time passes; see [`either`].
pub(crate) struct Instant;

impl Instant {
    pub(crate) fn now() -> Self {
        Self
    }

    pub(crate) fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

/// Returns more than one: on a single processor the queue has no waits to explore.
pub(crate) fn processors() -> usize {
    2
}

pub(crate) mod backoff {
    use super::{Mutex, MutexGuard};

    /// Locks the mutex. Staying away from it for a while is one more schedule among all the others.
    #[track_caller]
    pub(crate) fn lock<T, P>(mutex: &Mutex<T>, _: impl FnOnce() -> P) -> MutexGuard<'_, T> {
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
    /// What the next calls of [`either`] answer, the next in the lowest bit, and how many have been
    /// answered so.
    static SCRIPT: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
}

/// How many conditions about time, or about what has paid, a model takes in every combination.
pub const CHOICES: u32 = 4;

/// Sets what the next [`CHOICES`] calls of [`either`] answer, the next by the lowest bit of
/// `answers`.
///
/// `loom` explores the orders of steps, not free choices. So a test checks a model once for each
/// script.
pub fn script(answers: u32) {
    SCRIPT.set((answers, 0));
}

/// Returns how many answers of the script have been used.
pub fn answers_used() -> u32 {
    SCRIPT.get().1
}

/// Returns the next answer of the script, or `default` after its last.
pub(crate) fn either(_: bool, default: bool) -> bool {
    let (answers, used) = SCRIPT.get();
    if used == CHOICES {
        return default;
    }
    SCRIPT.set((answers >> 1, used + 1));
    answers & 1 == 1
}

thread_local! {
    /// The step that is left out or done wrongly.
    static SABOTAGED: Cell<&'static str> = const { Cell::new("") };
}

/// Has the code that asks [`sabotaged`] for `step` do it wrongly, which a model must notice. A name
/// that the code does not ask for has no effect, and the test that expects a failure then fails.
pub fn sabotage(step: &'static str) {
    SABOTAGED.set(step);
}

/// Returns whether a model leaves out the named step of a protocol.
pub(crate) fn sabotaged(step: &str) -> bool {
    SABOTAGED.get() == step
}

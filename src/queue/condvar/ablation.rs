//! The parts of the default queue that can be removed one at a time: to measure them, and to test
//! its models.

use super::CondvarQueue;

/// A part of [`CondvarQueue`]. Not for users: a queue that lacks one is
/// slower, or wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A push or a pop wakes no worker while another is searching.
    WakeThrottling,
    /// A wake-up that has not arrived in time does not hold up the next one.
    WakeTimeout,
    /// Few of the pushes and pops that a searching worker holds up read the clock.
    RareClockReads,
    /// A push spins, so that a running worker may take its only job, before it wakes a parked one.
    SpinBeforeWaking,
    /// A worker spins before it parks.
    Spin,
    /// Spins that find no job make spins rarer.
    SpinCooldown,
    /// A thread stays away from a taken lock for a while.
    Backoff,

    /// A pop that leaves jobs wakes the next worker. This and what follows are steps of the proof:
    /// without one of them some model in `tests/loom` fails.
    PassOn,
    /// A push that spun in vain wakes a worker.
    WakeAfterSpin,
    /// A worker is counted as searching before it is notified.
    CountBeforeWaking,
    /// A wake-up that is sent after a timeout is counted, too.
    CountAfterTimeout,
    /// A worker that has reached the lock no longer counts as searching.
    EndSearch,
    /// A worker that stops spinning checks the queue before it parks.
    CheckAfterSpin,
    /// A worker sees the queue empty under the same lock under which it parks.
    ParkUnderLock,
    /// A wake-up for a worker goes to where workers sleep.
    NotifyWorkers,
    /// A pop from a full queue gives the slot to a waiting submitter.
    GiveSlot,
    /// A slot that was given to a submitter is taken.
    ReserveSlot,
    /// Closing the queue wakes every worker, not one.
    CloseWakesAll,
    /// Closing the queue wakes waiting submitters.
    CloseWakesSubmitters,
    /// A closed queue refuses jobs.
    RefuseWhenClosed,
}

impl Rule {
    /// The rules without which the queue is still right, in the order in which its documentation
    /// tells of them.
    pub const REMOVABLE: [Self; 7] = [
        Self::WakeThrottling,
        Self::WakeTimeout,
        Self::RareClockReads,
        Self::SpinBeforeWaking,
        Self::Spin,
        Self::SpinCooldown,
        Self::Backoff,
    ];

    /// Returns the name that the comparison shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::WakeThrottling => "wake-throttling",
            Self::WakeTimeout => "wake-timeout",
            Self::RareClockReads => "rare-clock-reads",
            Self::SpinBeforeWaking => "spin-before-waking",
            Self::Spin => "spin",
            Self::SpinCooldown => "spin-cooldown",
            Self::Backoff => "backoff",
            _ => "a step of the proof",
        }
    }
}

impl CondvarQueue {
    #[doc(hidden)]
    pub fn bound_to(self, capacity: usize) -> Self {
        Self { capacity: super::super::bound(capacity), ..self }
    }

    #[doc(hidden)]
    pub fn without(rule: Rule) -> Self {
        Self { without: Some(rule), ..Self::default() }
    }

    #[inline]
    pub(super) fn has(&self, rule: Rule) -> bool {
        self.without != Some(rule)
    }
}

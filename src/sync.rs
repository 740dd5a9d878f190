//! The one door through which the queue and the pool reach locks, atomics and threads.
//!
//! Everything concurrent in this crate imports from here and never from `std` or `parking_lot` directly, so that a
//! model checker can be put behind the same names and run the real code.

pub(crate) use parking_lot::{Condvar, Mutex, MutexGuard};
pub(crate) use std::hint;
pub(crate) use std::sync::{Arc, atomic};
pub(crate) use std::thread;

//! Where connections wait, so that no worker does.
//!
//! A connection that has nothing to do, because its client is silent or slow, is parked here: one thread watches all of
//! them and hands each back to the pool, as a job like any other, when something arrives. Ten thousand idle clients cost
//! a slot each and no worker.
//!
//! # No event is lost
//!
//! A parked connection stays registered while a worker has it, and the poller reports each arrival once. Each connection
//! has one slot for as long as it lives. An event finds the slot either `Parked`, and takes the connection out, or
//! `Away`, and leaves a mark; [`Parking::park`] finds the mark and hands the connection straight back. Both change the
//! slot under one lock, so there is no third case.
//!
//! # Who watches
//!
//! The thread, the *attendant*, sleeps in the poller until something arrives. But when much arrives, each of its wake-ups
//! is one too many: the workers are awake anyway. So while they are behind with what it handed out, the attendant rests
//! (`rest.rs`), and a worker that has finished a turn and finds the queue empty *fetches* the next arrivals itself. Only if
//! there are none does it rouse the attendant, and parks.

mod attendant;
mod poller;
mod rest;

use super::Pool;
use super::connection::{Connection, requeue};
use crate::courtesy::{self, Courtesy};
use crate::queue::{Job, JobQueue};
use crate::sync::{Mutex, MutexGuard};
use attendant::Attendant;
use log::error;
use mio::{Poll, Registry, Token, Waker};
use poller::Poller;
use rest::Rest;
use slab::Slab;
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The token of the waker; no slot has this number.
const WAKE: Token = Token(usize::MAX);

/// How long a worker that looks for arrivals may give way to clients that work on them: they have some hundred
/// microseconds to do, where a thread that only computes takes milliseconds.
const GIVEN_WAY: Duration = Duration::from_micros(500);

pub(super) struct Parking {
    registry: Registry,
    waker: Waker,
    /// Locked before the lot, if both are.
    poller: Mutex<Poller>,
    lot: Mutex<Lot>,
    rest: Rest,
    courtesy: Mutex<Courtesy>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the lock guards.
#[derive(Default)]
struct Lot {
    slots: Slab<Slot>,
    /// Connections that only wait for their clients to close, and are not watched.
    #[expect(clippy::vec_box, reason = "each comes in its box and goes on in it")]
    leaving: Vec<Box<Connection>>,
    /// Jobs that found the queue full; the thread waits for room where a worker must not.
    resubmitted: Vec<Job>,
    /// Whether the thread sleeps without a timeout because it has nothing to look after.
    dormant: bool,
    /// Whether idle connections are to be closed, since the server shuts down.
    draining: bool,
    /// Whether the thread is to end.
    ended: bool,
}

enum Slot {
    /// A worker has the connection. `ready` if something arrived for it in the meantime.
    Away {
        ready: bool,
    },
    Parked(Box<Connection>),
}

impl Parking {
    /// Starts the thread, which hands connections back to `pool`.
    pub(super) fn start(pool: Arc<Pool>) -> io::Result<Arc<Self>> {
        let poll = Poll::new()?;
        let parking = Arc::new(Self {
            registry: poll.registry().try_clone()?,
            waker: Waker::new(poll.registry(), WAKE)?,
            poller: Mutex::new(Poller::new(poll)),
            lot: Mutex::default(),
            rest: Rest::default(),
            courtesy: Mutex::default(),
            thread: Mutex::default(),
        });
        let attendant = Attendant { parking: Arc::clone(&parking), pool };
        let thread = thread::Builder::new().name("parking".to_owned()).spawn(move || attendant.run())?;
        *parking.thread.lock() = Some(thread);
        Ok(parking)
    }

    /// Parks a connection until something arrives for it or its deadline passes.
    ///
    /// # Errors
    ///
    /// Gives the connection back if something has arrived already. If it cannot be watched, it is closed.
    pub(super) fn park(&self, mut connection: Box<Connection>) -> Result<(), Box<Connection>> {
        // From here on events may come; those for which the connection is not parked yet leave their mark.
        if let Err(error) = self.watch(&mut connection) {
            error!("a connection cannot be watched and is closed: {error}");
            return Ok(());
        }
        let Some(slot) = connection.slot else { return Ok(()) };
        let mut lot = self.lot.lock();
        if let Slot::Away { ready: ready @ true } = &mut lot.slots[slot] {
            *ready = false;
            connection.may_have_closed = true;
            return Err(connection);
        }
        lot.slots[slot] = Slot::Parked(connection);
        self.rouse(lot);
        Ok(())
    }

    /// Has a worker that has finished a turn do the attendant's work while that rests: hand out what has arrived
    /// meanwhile. If that is nothing, even after giving way to those who might bring something, the worker is about to
    /// park and rouses the attendant.
    pub(super) fn fetch(&self, pool: &Pool) {
        // Whoever waits in the queue comes first; and whoever takes the last job from it will fetch in turn.
        let is_wanted = || self.rest.is_on() && pool.queue().is_empty();
        for gives_way in [true, false] {
            if !is_wanted() {
                return;
            }
            // Who has it hands out what there is, or rouses the attendant, or is the attendant.
            let Some(mut poller) = self.poller.try_lock() else { return };
            // An error will meet the attendant too, who reports it.
            let handed_out = poller.wait(Some(Duration::ZERO), &self.lot, |connection| requeue(connection, pool, self));
            drop(poller);
            if handed_out.is_ok_and(|number| number > 0) {
                return;
            }
            if gives_way && self.courtesy.lock().may_give_way() {
                let too_long = courtesy::give_way(GIVEN_WAY);
                self.courtesy.lock().gave_way(too_long);
            }
        }
        self.rest.end();
    }

    /// Takes a connection whose client is expected to close it without another word.
    pub(super) fn see_off_later(&self, connection: Box<Connection>) {
        let mut lot = self.lot.lock();
        lot.leaving.push(connection);
        self.rouse(lot);
    }

    /// Wakes the thread if it does not look at the clock.
    fn rouse(&self, mut lot: MutexGuard<'_, Lot>) {
        if std::mem::take(&mut lot.dormant) {
            drop(lot);
            self.wake();
        }
    }

    /// Has the poller watch a connection for what it waits for, unless it does so already.
    fn watch(&self, connection: &mut Connection) -> io::Result<()> {
        let interest = connection.interest();
        if connection.watched == Some(interest) {
            return Ok(());
        }
        let slot = *connection.slot.get_or_insert_with(|| self.lot.lock().slots.insert(Slot::Away { ready: false }));
        match connection.watched.replace(interest) {
            None => self.registry.register(&mut connection.stream, Token(slot), interest),
            Some(_) => self.registry.reregister(&mut connection.stream, Token(slot), interest),
        }
    }

    /// Has the poller look away from a connection that keeps its worker busy, so that it is not woken for nothing.
    pub(super) fn look_away(&self, connection: &mut Connection) -> io::Result<()> {
        match connection.watched.take() {
            None => Ok(()),
            Some(_) => self.registry.deregister(&mut connection.stream),
        }
    }

    /// Frees the slot of a connection that is gone.
    pub(super) fn release(&self, slot: usize) {
        self.lot.lock().slots.remove(slot);
    }

    /// Takes a job that found the queue full, and submits it when there is room.
    pub(super) fn resubmit(&self, job: Job) {
        self.lot.lock().resubmitted.push(job);
        self.wake();
    }

    /// Closes the connection that has been idle longest, or one that is leaving. Answers whether there was one.
    pub(super) fn close_longest_idle(&self) -> bool {
        let longest = {
            let mut lot = self.lot.lock();
            let idle = lot.slots.iter().filter_map(|(slot, state)| match state {
                Slot::Parked(connection) if connection.is_idle() => Some((connection.deadline, slot)),
                _ => None,
            });
            // The earliest deadline among the idle is that of the longest idle.
            let longest = idle.min().map(|(_, slot)| slot);
            lot.leaving.pop().or_else(|| lot.take(longest?))
        };
        // Dropped with the lock released: its slot is freed under it.
        longest.is_some()
    }

    /// How many connections wait for something to arrive.
    pub(super) fn parked(&self) -> usize {
        self.lot.lock().slots.iter().filter(|(_, state)| matches!(state, Slot::Parked(_))).count()
    }

    /// Closes idle connections from now on.
    pub(super) fn drain(&self) {
        self.lot.lock().draining = true;
        self.wake();
    }

    /// Ends the thread; connections that are still parked are closed.
    pub(super) fn end(&self) {
        self.lot.lock().ended = true;
        self.wake();
        if let Some(thread) = self.thread.lock().take() {
            // The thread does not panic; if it has, there is nobody left to wait for.
            let _ = thread.join();
        }
        let (parked, leaving): (Vec<_>, _) = {
            let mut lot = self.lot.lock();
            let slots: Vec<_> = lot.slots.iter().map(|(slot, _)| slot).collect();
            (slots.into_iter().filter_map(|slot| lot.take(slot)).collect(), std::mem::take(&mut lot.leaving))
        };
        // With the lock released: their slots are freed under it.
        drop((parked, leaving));
    }

    fn wake(&self) {
        // It fails only if the poller is gone, and then nobody sleeps.
        let _ = self.waker.wake();
    }
}

impl Lot {
    /// Takes the connection out of a slot, if it is there.
    fn take(&mut self, slot: usize) -> Option<Box<Connection>> {
        let state = self.slots.get_mut(slot)?;
        match std::mem::replace(state, Slot::Away { ready: false }) {
            Slot::Parked(connection) => Some(connection),
            away @ Slot::Away { .. } => {
                *state = away;
                None
            }
        }
    }

    /// Takes the connection that an event is about, or leaves a mark for the worker that has it.
    fn arrived(&mut self, slot: usize, closed: bool) -> Option<Box<Connection>> {
        let mut taken = self.take(slot);
        if let Some(connection) = &mut taken {
            connection.may_have_closed = closed;
        }
        if let (None, Some(Slot::Away { ready })) = (&taken, self.slots.get_mut(slot)) {
            *ready = true;
        }
        taken
    }
}

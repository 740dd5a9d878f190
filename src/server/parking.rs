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

use super::Pool;
use super::connection::{Connection, handle_connection};
use crate::queue::Job;
use crate::sync::Mutex;
use log::error;
use mio::{Events, Poll, Registry, Token, Waker};
use slab::Slab;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often deadlines are looked at, and so how late one may be noticed.
const SWEEP: Duration = Duration::from_millis(100);

/// The token of the waker; no slot has this number.
const WAKE: Token = Token(usize::MAX);

pub(super) struct Parking {
    registry: Registry,
    waker: Waker,
    lot: Mutex<Lot>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What the lock guards.
#[derive(Default)]
struct Lot {
    slots: Slab<Slot>,
    /// Jobs that found the queue full; the thread waits for room where a worker must not.
    resubmitted: Vec<Job>,
    /// Whether the thread sleeps without a timeout because no slot was taken.
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
            lot: Mutex::default(),
            thread: Mutex::default(),
        });
        let attendant = Attendant { parking: Arc::clone(&parking), pool, poll };
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
            return Err(connection);
        }
        lot.slots[slot] = Slot::Parked(connection);
        if std::mem::take(&mut lot.dormant) {
            drop(lot);
            self.wake();
        }
        Ok(())
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

    /// Closes the connection that has been idle longest. Answers whether there was one.
    pub(super) fn close_longest_idle(&self) -> bool {
        let longest = {
            let mut lot = self.lot.lock();
            let idle = lot.slots.iter().filter_map(|(slot, state)| match state {
                Slot::Parked(connection) if connection.is_idle() => Some((connection.deadline, slot)),
                _ => None,
            });
            // The earliest deadline among the idle is that of the longest idle.
            idle.min().and_then(|(_, slot)| lot.take(slot))
        };
        // Dropped with the lock released: its slot is freed under it.
        longest.is_some()
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
        let parked: Vec<_> = {
            let mut lot = self.lot.lock();
            let slots: Vec<_> = lot.slots.iter().map(|(slot, _)| slot).collect();
            slots.into_iter().filter_map(|slot| lot.take(slot)).collect()
        };
        drop(parked);
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
    fn arrived(&mut self, slot: usize) -> Option<Box<Connection>> {
        let taken = self.take(slot);
        if let (None, Some(Slot::Away { ready })) = (&taken, self.slots.get_mut(slot)) {
            *ready = true;
        }
        taken
    }
}

/// The thread that watches the parked.
struct Attendant {
    parking: Arc<Parking>,
    pool: Arc<Pool>,
    poll: Poll,
}

impl Attendant {
    fn run(mut self) {
        let mut events = Events::with_capacity(1024);
        let mut called = Vec::new();
        let mut next_sweep = Instant::now() + SWEEP;
        loop {
            // Taken before the poll, which so reports whatever arrived in time before a sweep can call it late: this
            // thread may have waited long for room in the queue.
            let now = Instant::now();
            let timeout = {
                let mut lot = self.parking.lot.lock();
                if lot.ended {
                    return;
                }
                lot.dormant = lot.slots.is_empty() && lot.resubmitted.is_empty();
                (!lot.dormant).then(|| next_sweep.saturating_duration_since(now))
            };
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() != ErrorKind::Interrupted => {
                    error!("cannot watch connections: {error}");
                    thread::sleep(SWEEP);
                }
                _ => {}
            }
            let resubmitted = {
                let mut lot = self.parking.lot.lock();
                let tokens = events.iter().map(|event| event.token()).filter(|&token| token != WAKE);
                called.extend(tokens.filter_map(|token| lot.arrived(token.0)));
                std::mem::take(&mut lot.resubmitted)
            };
            called.drain(..).for_each(|connection| self.call(connection));
            for job in resubmitted {
                self.pool.execute(job);
            }
            if now >= next_sweep {
                next_sweep = now + SWEEP;
                self.sweep(now);
            }
        }
    }

    /// Hands a connection back to the workers, waiting for room in the queue; or sees it off itself, if it is leaving.
    fn call(&self, connection: Box<Connection>) {
        if connection.is_leaving() {
            connection.see_off();
        } else {
            self.pool.execute(move || handle_connection(connection));
        }
    }

    /// Calls those whose deadline has passed, and closes those that are idle while the server drains.
    fn sweep(&self, now: Instant) {
        let due: Vec<_> = {
            let mut lot = self.parking.lot.lock();
            let draining = lot.draining;
            let due = |state: &Slot| match state {
                Slot::Parked(connection) => connection.deadline <= now || draining && connection.is_idle(),
                Slot::Away { .. } => false,
            };
            let slots: Vec<_> = lot.slots.iter().filter(|(_, state)| due(state)).map(|(slot, _)| slot).collect();
            slots.into_iter().filter_map(|slot| lot.take(slot)).collect()
        };
        for mut connection in due {
            if connection.expire() {
                self.pool.execute(move || handle_connection(connection));
            }
        }
    }
}

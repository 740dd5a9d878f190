//! The reactor: one thread waits for events on all connections, so that no worker waits for a
//! client.
//!
//! A connection whose client is silent or slow is *parked* here. When something arrives or its
//! deadline passes, the reactor thread hands the connection back to the pool, as a job like any
//! other. Ten thousand idle clients cost an entry each in the connection table, and no worker.
//!
//! - `table.rs`: the connection table, and why no event is lost.
//! - `idle_list.rs`: which connection has been idle longest.
//! - `standby.rs`: when workers poll instead of the reactor thread, and why no arrival is left
//!   unpolled.
//! - `thread.rs`: the loop of the reactor thread, and timeouts.
//! - `poller.rs`: the connections for which events came.

mod idle_list;
mod poller;
pub(crate) mod standby;
pub(crate) mod table;
mod thread;

use super::connection::{Connection, requeue};
use super::{Pool, Stopper};
use crate::queue::Job;
use crate::sync::{Mutex, MutexGuard};
use log::error;
use mio::{Poll, Registry, Token, Waker};
use poller::Poller;
use standby::SharedPoller;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use table::ConnectionTable;
use thread::ReactorThread;

type Connections = Vec<Box<Connection>>;

/// The token of the waker; no entry of the connection table has this key.
const WAKE: Token = Token(usize::MAX);

pub(super) struct Reactor {
    registry: Registry,
    /// Ends a poll of the reactor thread.
    waker: Waker,
    /// Locked before `state` if both are.
    poller: SharedPoller<Poller>,
    state: Mutex<State>,
    thread: Mutex<Option<JoinHandle<()>>>,
    failure: Mutex<Failure>,
}

/// Whether the reactor thread has panicked, and what stops then.
#[derive(Default)]
struct Failure {
    has_occurred: bool,
    stopper: Option<Stopper>,
}

/// The waiting connections and jobs, and what the reactor thread is to do.
#[derive(Default)]
struct State {
    table: ConnectionTable<Box<Connection>>,
    /// Connections that only wait for their clients to close, and are not registered.
    lingering: Connections,
    /// Jobs that found the queue full. The reactor thread waits for room; a worker must not, since
    /// only workers make room.
    resubmitted: Vec<Job>,
    /// Whether the reactor thread polls without a timeout, since no connection and no job waits.
    is_dormant: bool,
    /// Whether idle connections are closed, since the server drains.
    is_draining: bool,
    /// Whether the reactor thread is to end.
    is_shut_down: bool,
}

impl Reactor {
    /// Starts the reactor thread, which hands connections back to `pool`.
    pub(super) fn start(pool: Arc<Pool>) -> io::Result<Arc<Self>> {
        let poll = Poll::new()?;
        let reactor = Arc::new(Self {
            registry: poll.registry().try_clone()?,
            waker: Waker::new(poll.registry(), WAKE)?,
            poller: SharedPoller::new(Poller::new(poll)),
            state: Mutex::default(),
            thread: Mutex::default(),
            failure: Mutex::default(),
        });
        let run = ReactorThread::new(Arc::clone(&reactor), pool);
        let supervised = Arc::clone(&reactor);
        let run = move || {
            if catch_unwind(AssertUnwindSafe(|| run.run())).is_err() {
                supervised.fail();
            }
        };
        let thread = std::thread::Builder::new().name("reactor".to_owned()).spawn(run)?;
        *reactor.thread.lock() = Some(thread);
        Ok(reactor)
    }

    /// Stops a listener if the reactor thread panics, or at once if it has.
    pub(super) fn stop_on_failure(&self, stopper: Stopper) {
        let mut failure = self.failure.lock();
        if failure.has_occurred {
            stopper.stop();
        } else {
            failure.stopper = Some(stopper);
        }
    }

    /// Returns whether the reactor thread has panicked.
    pub(super) fn has_failed(&self) -> bool {
        self.failure.lock().has_occurred
    }

    /// Records that the reactor thread has panicked.
    fn fail(&self) {
        let mut failure = self.failure.lock();
        failure.has_occurred = true;
        if let Some(stopper) = failure.stopper.take() {
            stopper.stop();
        }
    }

    /// Parks a connection until an event comes for it or its deadline passes. If it cannot be
    /// registered, it is closed.
    ///
    /// # Errors
    ///
    /// Returns the connection if an event has already come for it.
    pub(super) fn park(&self, mut connection: Box<Connection>) -> Result<(), Box<Connection>> {
        // It is registered first: an event between the two steps marks its entry in the table.
        if let Err(error) = self.register(&mut connection) {
            error!("a connection cannot be registered and is closed: {error}");
            return Ok(());
        }
        let Some(key) = connection.key else { return Ok(()) };
        let is_idle = connection.is_idle();
        let mut state = self.state.lock();
        if let Err(mut ready) = state.table.park(key, connection, is_idle) {
            ready.peer_may_have_closed = true;
            return Err(ready);
        }
        self.wake_dormant(state);
        Ok(())
    }

    /// Polls on a worker that has finished a turn, if the reactor thread is on standby.
    pub(super) fn poll_on_worker(&self, pool: &Pool) {
        let poll = |poller: &mut Poller| {
            // If it fails, it fails on the reactor thread too, which logs the error.
            poller.poll(Some(Duration::ZERO), &self.state).unwrap_or_default()
        };
        let hand_out = |connection| {
            submit_unless_lingering(connection, |connection| requeue(connection, pool, self))
        };
        self.poller.poll_on_worker(|| pool.queue().is_empty(), poll, hand_out);
    }

    /// Keeps a connection until its client, which has nothing more to send, closes it.
    pub(super) fn linger(&self, connection: Box<Connection>) {
        let mut state = self.state.lock();
        state.lingering.push(connection);
        self.wake_dormant(state);
    }

    /// Wakes the reactor thread if it polls without a timeout.
    fn wake_dormant(&self, mut state: MutexGuard<'_, State>) {
        if std::mem::take(&mut state.is_dormant) {
            drop(state);
            self.wake();
        }
    }

    /// Registers a connection for the events it waits for, unless it already is.
    fn register(&self, connection: &mut Connection) -> io::Result<()> {
        let interest = connection.interest();
        if connection.registered == Some(interest) {
            return Ok(());
        }
        let key = *connection.key.get_or_insert_with(|| self.state.lock().table.insert_busy());
        match connection.registered.replace(interest) {
            None => self.registry.register(&mut connection.stream, Token(key), interest),
            Some(_) => self.registry.reregister(&mut connection.stream, Token(key), interest),
        }
    }

    /// Deregisters a connection that keeps its worker busy, so that its arrivals do not wake the
    /// reactor thread.
    pub(super) fn deregister(&self, connection: &mut Connection) -> io::Result<()> {
        match connection.registered.take() {
            None => Ok(()),
            Some(_) => self.registry.deregister(&mut connection.stream),
        }
    }

    /// Removes the table entry of a connection that is closed.
    pub(super) fn remove(&self, key: usize) {
        self.state.lock().table.remove(key);
    }

    /// Keeps a job that found the queue full, and submits it when there is room.
    pub(super) fn resubmit(&self, job: Job) {
        self.state.lock().resubmitted.push(job);
        self.wake();
    }

    /// Closes a lingering connection, or the one that has been idle longest. Returns whether there
    /// was one.
    pub(super) fn close_longest_idle(&self) -> bool {
        let closed = {
            let mut state = self.state.lock();
            state.lingering.pop().or_else(|| state.table.take_longest_idle())
        };
        // The lock is released before the connection is dropped, which removes its entry under the
        // lock.
        closed.is_some()
    }

    /// Returns how many connections are parked.
    pub(super) fn parked(&self) -> usize {
        self.state.lock().table.parked()
    }

    /// Closes idle connections from now on.
    pub(super) fn drain(&self) {
        self.state.lock().is_draining = true;
        self.wake();
    }

    /// Ends the reactor thread and closes the connections that are still parked or lingering.
    pub(super) fn shutdown(&self) {
        self.state.lock().is_shut_down = true;
        self.wake();
        if let Some(thread) = self.thread.lock().take() {
            // The thread catches its panics.
            let _ = thread.join();
        }
        let left = {
            let mut state = self.state.lock();
            (state.table.take_if(|_| true), std::mem::take(&mut state.lingering))
        };
        // The lock is released before the connections are dropped, which removes their entries
        // under the lock.
        drop(left);
    }

    fn wake(&self) {
        // This fails only if the poller is gone, and then no thread waits in it.
        let _ = self.waker.wake();
    }
}

/// Makes a job of a connection for which an event came, with `submit`. If the connection lingers,
/// discards its input instead, which takes no worker. Returns whether it made a job.
fn submit_unless_lingering(
    connection: Box<Connection>,
    submit: impl FnOnce(Box<Connection>),
) -> bool {
    if connection.is_lingering() {
        connection.finish();
        return false;
    }
    submit(connection);
    true
}

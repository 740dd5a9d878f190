//! The protocols of the server that need no socket: the standby of the reactor thread, the
//! connection table, the drain.
//!
//! Each sabotage names a step that the real code then leaves out or does wrongly, and the same
//! model must fail.

use super::check;
use hello::{ConnectionTable, OpenConnections, SharedPoller, lose_notification, sabotage};
use loom::sync::atomic::AtomicUsize;
use loom::sync::{Condvar, Mutex};
use loom::thread;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A time limit that is never reached; see `wait_until` in the facade. With it, a standby that no
/// worker ends is a deadlock.
const NEVER: Duration = Duration::from_secs(1_000_000);

/// A time limit that may be reached at any moment.
const ANY_MOMENT: Duration = Duration::from_millis(1);

/// Tests that run a model with a sabotage and expect the model to fail.
macro_rules! caught {
    ($($name:ident: $sabotage:expr, $model:expr => $report:literal;)*) => {
        $(#[test]
        #[should_panic(expected = $report)]
        fn $name() {
            check(|| {
                $sabotage;
                $model;
            });
        })*
    };
}

/// What a poll finds.
#[derive(Clone, Copy, PartialEq)]
enum Arrival {
    /// A connection that needs a worker.
    Request,
    /// The same, and the thread that hands it out is interrupted when it has made a job of it.
    /// `loom` does not interrupt a thread for the sake of another's `try_lock`.
    Interrupted,
    /// A connection whose input is only discarded.
    Discarded,
}

/// Workers, a reactor thread and what the kernel has for them.
struct Standby {
    /// The poller, and in it the arrivals of which it will report one at a time.
    poller: SharedPoller<VecDeque<Arrival>>,
    jobs: Mutex<usize>,
    /// The length of the queue, counted beside the lock without ordering: `JobQueue` asks only that
    /// it is never too small.
    queued: AtomicUsize,
}

impl Standby {
    fn new(jobs: usize, arrivals: &[Arrival]) -> Arc<Self> {
        let poller = SharedPoller::new(arrivals.iter().copied().collect());
        Arc::new(Self { poller, jobs: Mutex::new(jobs), queued: AtomicUsize::new(jobs) })
    }

    fn push(&self) {
        self.queued.fetch_add(1, Ordering::Relaxed);
        *self.jobs.lock().unwrap() += 1;
    }

    fn pop(&self) -> bool {
        let popped = {
            let mut jobs = self.jobs.lock().unwrap();
            let popped = *jobs > 0;
            *jobs -= usize::from(popped);
            popped
        };
        if popped {
            self.queued.fetch_sub(1, Ordering::Relaxed);
        }
        popped
    }

    fn is_queue_empty(&self) -> bool {
        self.queued.load(Ordering::Relaxed) == 0
    }

    /// Runs jobs until none is queued, and polls after each, as `handle_connection` does.
    fn work(&self) {
        while self.pop() {
            let poll =
                |arrivals: &mut VecDeque<Arrival>| arrivals.pop_front().into_iter().collect();
            self.poller.poll_on_worker(
                || self.is_queue_empty(),
                poll,
                |arrival| {
                    if arrival == Arrival::Discarded {
                        return false;
                    }
                    self.push();
                    if arrival == Arrival::Interrupted {
                        thread::yield_now();
                    }
                    true
                },
            );
        }
    }

    /// The reactor thread has handed out `jobs` jobs and stands by while `workers` workers run
    /// them. When they have none left, they must have ended the standby.
    fn ends(workers: usize, jobs: usize, arrivals: &[Arrival]) {
        let standby = Self::new(jobs, arrivals);
        let workers: Vec<_> = (0..workers)
            .map(|_| {
                let standby = Arc::clone(&standby);
                thread::spawn(move || standby.work())
            })
            .collect();
        standby.poller.stand_by(NEVER, || !standby.is_queue_empty());
        for worker in workers {
            worker.join().unwrap();
        }
        assert!(standby.is_queue_empty());
    }
}

#[test]
fn standby_ends_when_workers_have_no_job() {
    check(|| Standby::ends(1, 2, &[]));
}

#[test]
fn two_workers_end_a_standby() {
    check(|| Standby::ends(2, 2, &[]));
}

#[test]
fn standby_ends_after_arrivals_that_become_jobs() {
    check(|| Standby::ends(2, 1, &[Arrival::Request]));
    check(|| Standby::ends(2, 1, &[Arrival::Interrupted]));
}

#[test]
fn standby_ends_after_input_that_is_discarded() {
    check(|| Standby::ends(1, 1, &[Arrival::Discarded]));
}

/// The time limit may end the standby while a worker ends it, and the next standby must be as good
/// as the first.
#[test]
fn standby_may_time_out_at_any_moment() {
    check(|| {
        let standby = Standby::new(1, &[]);
        let worker = thread::spawn({
            let standby = Arc::clone(&standby);
            move || standby.work()
        });
        standby.poller.stand_by(ANY_MOMENT, || !standby.is_queue_empty());
        standby.poller.stand_by(NEVER, || !standby.is_queue_empty());
        worker.join().unwrap();
    });
}

caught! {
    standby_without_a_fence_is_caught:
        sabotage("standby without a fence"), Standby::ends(1, 1, &[]) => "deadlock";
    counting_discarded_input_as_a_job_is_caught:
        sabotage("count discarded input as a job"), Standby::ends(1, 1, &[Arrival::Discarded]) => "deadlock";
    handing_out_under_the_poller_lock_is_caught:
        sabotage("hand out under the poller lock"), Standby::ends(2, 1, &[Arrival::Interrupted]) => "deadlock";
    ending_a_standby_without_its_lock_is_caught:
        sabotage("end a standby without its lock"), Standby::ends(1, 1, &[]) => "deadlock";
    losing_the_end_of_a_standby_is_caught:
        lose_notification(0), Standby::ends(1, 1, &[]) => "deadlock";
}

/// A client's socket, as the kernel and an edge-triggered poller see it.
#[derive(Default)]
struct Socket {
    unread: usize,
    is_registered: bool,
    has_event: bool,
}

/// A connection that a worker serves while a client sends and a thread polls. The connection is a
/// count of what was read.
struct Slot {
    table: Mutex<ConnectionTable<usize>>,
    key: usize,
    socket: Mutex<Socket>,
    event: Condvar,
    /// How much the client sends.
    expected: usize,
}

impl Slot {
    fn new(expected: usize) -> Arc<Self> {
        let mut table = ConnectionTable::default();
        let key = table.insert_busy();
        Arc::new(Self {
            table: Mutex::new(table),
            key,
            socket: Mutex::default(),
            event: Condvar::new(),
            expected,
        })
    }

    /// Sends one request. The poller learns of it if the socket is registered.
    fn send(&self) {
        let mut socket = self.socket.lock().unwrap();
        socket.unread += 1;
        socket.has_event |= socket.is_registered;
        self.event.notify_all();
    }

    /// Reads what is there, and registers the socket, for which the poller reports what is there
    /// already.
    fn read_and_register(&self) -> usize {
        let read = std::mem::take(&mut self.socket.lock().unwrap().unread);
        let mut socket = self.socket.lock().unwrap();
        if !std::mem::replace(&mut socket.is_registered, true) {
            socket.has_event = socket.unread > 0;
            self.event.notify_all();
        }
        read
    }

    /// Serves the connection until it is parked. Returns whether everything has been read.
    fn serve(&self, mut connection: usize) -> bool {
        loop {
            connection += self.read_and_register();
            if connection == self.expected {
                return true;
            }
            let parked = self.table.lock().unwrap().park(self.key, connection, true);
            match parked {
                Ok(()) => return false,
                Err(ready) => connection = ready,
            }
        }
    }

    /// Polls until everything has been read: the connection is served on each event that finds it
    /// parked.
    fn poll(&self, is_done: &Mutex<bool>) {
        loop {
            let mut socket = self.socket.lock().unwrap();
            while !socket.has_event {
                if *is_done.lock().unwrap() {
                    return;
                }
                socket = self.event.wait(socket).unwrap();
            }
            socket.has_event = false;
            drop(socket);
            let parked = self.table.lock().unwrap().notify(self.key);
            if parked.is_some_and(|connection| self.serve(connection)) {
                return;
            }
        }
    }

    /// Every request of a client is read, whether it comes before, while or after the connection is
    /// parked.
    fn is_read_to_the_end(expected: usize) {
        let (slot, is_done) = (Self::new(expected), Arc::new(Mutex::new(false)));
        let client = thread::spawn({
            let slot = Arc::clone(&slot);
            move || (0..expected).for_each(|_| slot.send())
        });
        let poller = thread::spawn({
            let (slot, is_done) = (Arc::clone(&slot), Arc::clone(&is_done));
            move || slot.poll(&is_done)
        });
        if slot.serve(0) {
            let _socket = slot.socket.lock().unwrap();
            *is_done.lock().unwrap() = true;
            slot.event.notify_all();
        }
        client.join().unwrap();
        poller.join().unwrap();
    }
}

#[test]
fn event_for_a_connection_is_never_lost() {
    check(|| Slot::is_read_to_the_end(2));
}

caught! {
    losing_an_event_while_busy_is_caught:
        sabotage("forget an event for a busy connection"), Slot::is_read_to_the_end(1) => "deadlock";
    listing_a_taken_connection_is_caught:
        sabotage("leave a taken connection among the idle"), idle_connection_is_found() => "a connection is idle";
    parking_a_connection_with_an_event_is_caught:
        sabotage("park a connection with an event"), Slot::is_read_to_the_end(1) => "deadlock";
}

/// Two connections are idle. An event comes for one of them, while room is made for a new one: the
/// other must be found at least.
fn idle_connection_is_found() {
    let mut table = ConnectionTable::default();
    let keys = [0, 1].map(|_| table.insert_busy());
    for (connection, key) in keys.into_iter().enumerate() {
        table.park(key, connection, true).unwrap();
    }
    let table = Arc::new(Mutex::new(table));
    let worker = thread::spawn({
        let table = Arc::clone(&table);
        move || {
            let ready = table.lock().unwrap().notify(keys[0]);
            ready.is_some_and(|ready| table.lock().unwrap().park(keys[0], ready, true).is_ok())
        }
    });
    let take = || table.lock().unwrap().take_longest_idle();
    let closed = take().expect("a connection is idle");
    let is_parked_again = worker.join().unwrap();
    assert!(is_parked_again || closed == 0);
    assert_eq!(take().expect("a connection is idle"), 1 - closed);
    assert_eq!(take(), None);
}

#[test]
fn idle_connection_is_found_beside_an_event() {
    check(idle_connection_is_found);
}

/// A shutdown waits for two connections, which two threads close.
fn drain(deadline: Option<std::time::Instant>) {
    let open = Arc::new(OpenConnections::default());
    open.opened();
    open.opened();
    let closing: Vec<_> = (0..2)
        .map(|_| {
            let open = Arc::clone(&open);
            thread::spawn(move || open.closed())
        })
        .collect();
    open.start_draining();
    let left = open.wait_until_none(deadline);
    assert!(left == 0 || deadline.is_some());
    for thread in closing {
        thread.join().unwrap();
    }
    assert_eq!(open.wait_until_none(None), 0);
}

#[test]
fn drain_ends_with_the_last_connection() {
    check(|| drain(None));
}

#[test]
fn drain_may_time_out_at_any_moment() {
    check(|| drain(Some(std::time::Instant::now() + ANY_MOMENT)));
}

/// A connection that is closed without a drain must not end a later one.
#[test]
fn drain_waits_for_connections_that_open_late() {
    check(|| {
        let open = Arc::new(OpenConnections::default());
        open.opened();
        open.start_draining();
        let successor = thread::spawn({
            let open = Arc::clone(&open);
            move || {
                // A connection that is dropped opens its successor before it is closed itself.
                open.opened();
                open.closed();
                open.closed();
            }
        });
        assert_eq!(open.wait_until_none(None), 0);
        successor.join().unwrap();
        assert_eq!(open.count(), 0);
    });
}

caught! {
    losing_the_end_of_a_drain_is_caught:
        lose_notification(0), drain(None) => "deadlock";
    ending_a_drain_without_its_lock_is_caught:
        sabotage("end a drain without its lock"), drain(None) => "deadlock";
    drain_check_before_the_count_is_caught:
        sabotage("check for a drain before the count"), drain(None) => "deadlock";
}

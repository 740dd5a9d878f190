//! The metrics of one worker: what it is doing, for which client, since when, and its total busy
//! time.
//!
//! A *seqlock* keeps these fields consistent without making the worker wait. The worker is the only
//! writer. It makes the sequence number odd, stores the fields, and makes the number even again. A
//! reader that finds the number odd, or changed after it has read the fields, reads them again.

use super::Timestamp;
use super::histogram::Histogram;
use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::thread;
use std::time::Duration;

/// What a worker is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::server) enum Activity {
    /// It waits for a job.
    #[default]
    Idle,
    /// It runs a turn of a connection, but serves no request at the moment.
    Turn,
    /// It serves `/`.
    Hello,
    /// It serves `/sleep`.
    Sleep,
    /// It serves any other path.
    Other,
}

impl Activity {
    const ALL: [Self; 5] = [Self::Idle, Self::Turn, Self::Hello, Self::Sleep, Self::Other];

    /// Returns the activity of a worker that serves `path`.
    pub(super) fn of(path: &str) -> Self {
        match path {
            "/" => Self::Hello,
            "/sleep" => Self::Sleep,
            _ => Self::Other,
        }
    }
}

/// The metrics of a worker at one moment.
#[derive(Clone, Copy, Debug)]
pub(in crate::server) struct WorkerSnapshot {
    pub(in crate::server) activity: Activity,
    /// The client that it serves; `None` if it is idle.
    pub(in crate::server) peer: Option<SocketAddr>,
    /// How long the activity has lasted.
    pub(in crate::server) elapsed: Duration,
    /// The total time of its turns, the present one included.
    pub(in crate::server) busy: Duration,
}

/// The metrics that one worker writes.
#[derive(Default)]
pub(super) struct WorkerMetrics {
    /// The sequence number of the seqlock: odd while the worker stores the fields up to `port`.
    sequence: AtomicU32,
    activity: AtomicU32,
    /// When the activity began.
    activity_began: AtomicU64,
    /// When the present turn began, or the last one ended if the worker is idle.
    turn_began: AtomicU64,
    /// The total time of the turns before the present one.
    busy: AtomicU64,
    address: [AtomicU64; 2],
    port: AtomicU32,
    pub(super) wait_times: Histogram,
    pub(super) service_times: Histogram,
}

impl WorkerMetrics {
    /// Records that a turn of the connection with `peer` begins.
    pub(super) fn begin_turn(&self, now: Timestamp, peer: SocketAddr) {
        let bits = match peer.ip() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
            IpAddr::V6(ip) => ip.to_bits(),
        };
        self.write(|| {
            self.store_activity(Activity::Turn, now);
            self.turn_began.store(now, Ordering::Relaxed);
            self.address[0].store((bits >> 64) as u64, Ordering::Relaxed);
            self.address[1].store(bits as u64, Ordering::Relaxed);
            self.port.store(peer.port().into(), Ordering::Relaxed);
        });
    }

    /// Records that another activity begins in the same turn.
    pub(super) fn set_activity(&self, activity: Activity, now: Timestamp) {
        self.write(|| self.store_activity(activity, now));
    }

    /// Records that the turn ends.
    pub(super) fn end_turn(&self, now: Timestamp) {
        self.write(|| {
            self.store_activity(Activity::Idle, now);
            let began = self.turn_began.load(Ordering::Relaxed);
            self.turn_began.store(now, Ordering::Relaxed);
            self.busy.store(self.busy.load(Ordering::Relaxed) + (now - began), Ordering::Relaxed);
        });
    }

    /// Stores an activity and when it began, within a [`write`](Self::write).
    fn store_activity(&self, activity: Activity, now: Timestamp) {
        self.activity.store(activity as u32, Ordering::Relaxed);
        self.activity_began.store(now, Ordering::Relaxed);
    }

    /// Runs `stores` as the writer of the seqlock.
    fn write(&self, stores: impl FnOnce()) {
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence.wrapping_add(1), Ordering::Relaxed);
        // A reader that sees one of the stores also sees that the number was odd.
        fence(Ordering::Release);
        stores();
        self.sequence.store(sequence.wrapping_add(2), Ordering::Release);
    }

    /// Reads the fields until they are consistent.
    pub(super) fn snapshot(&self, now: Timestamp) -> WorkerSnapshot {
        loop {
            let sequence = self.sequence.load(Ordering::Acquire);
            let snapshot = self.read_once(now);
            // Pairs with the fence in `write`.
            fence(Ordering::Acquire);
            if sequence.is_multiple_of(2) && sequence == self.sequence.load(Ordering::Relaxed) {
                return snapshot;
            }
            // The worker may have been preempted between its stores.
            thread::yield_now();
        }
    }

    /// Reads the fields once. They may be inconsistent.
    fn read_once(&self, now: Timestamp) -> WorkerSnapshot {
        let load = |word: &AtomicU64| word.load(Ordering::Relaxed);
        let activity = Activity::ALL[self.activity.load(Ordering::Relaxed) as usize];
        let is_idle = activity == Activity::Idle;
        let since = |timestamp: &AtomicU64| now.saturating_sub(load(timestamp));
        let ip = Ipv6Addr::from_bits(
            u128::from(load(&self.address[0])) << 64 | u128::from(load(&self.address[1])),
        );
        // Only ports are stored here, so the value fits.
        let port = self.port.load(Ordering::Relaxed) as u16;
        WorkerSnapshot {
            activity,
            peer: (!is_idle).then(|| SocketAddr::new(ip.to_canonical(), port)),
            elapsed: Duration::from_nanos(since(&self.activity_began)),
            busy: Duration::from_nanos(
                load(&self.busy) + if is_idle { 0 } else { since(&self.turn_began) },
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::atomic::AtomicBool;

    #[test]
    fn activities_are_listed_by_discriminant() {
        for (place, activity) in Activity::ALL.into_iter().enumerate() {
            assert_eq!(activity as usize, place);
        }
    }

    #[test]
    fn snapshot_has_activity_peer_and_times() {
        let worker = WorkerMetrics::default();
        let peers =
            ["127.0.0.1:1", "[2001:db8::1]:65535"].map(|peer| peer.parse::<SocketAddr>().unwrap());
        worker.begin_turn(100, peers[0]);
        worker.set_activity(Activity::Hello, 120);
        worker.end_turn(150);
        worker.begin_turn(1000, peers[1]);
        worker.set_activity(Activity::Other, 1007);
        let snapshot = worker.snapshot(1010);
        assert_eq!((snapshot.activity, snapshot.peer), (Activity::Other, Some(peers[1])));
        assert_eq!((snapshot.elapsed.as_nanos(), snapshot.busy.as_nanos()), (3, 60));
        worker.end_turn(1020);
        let snapshot = worker.snapshot(2000);
        assert_eq!((snapshot.activity, snapshot.peer), (Activity::Idle, None));
        assert_eq!((snapshot.elapsed.as_nanos(), snapshot.busy.as_nanos()), (980, 70));
    }

    #[test]
    fn snapshot_is_consistent_while_worker_writes() {
        let (worker, done) = (WorkerMetrics::default(), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                for turn in 0..20_000_u16 {
                    let bits = u128::from(turn);
                    worker.begin_turn(
                        turn.into(),
                        SocketAddr::new(Ipv6Addr::from_bits(bits << 64 | bits).into(), turn),
                    );
                }
                done.store(true, Ordering::Relaxed);
            });
            worker.begin_turn(0, "[::]:0".parse().unwrap());
            while !done.load(Ordering::Relaxed) {
                let snapshot = worker.snapshot(20_000);
                let Some(SocketAddr::V6(peer)) = snapshot.peer else { continue };
                let number = u128::from(peer.port());
                assert_eq!(peer.ip().to_bits(), number << 64 | number);
                assert_eq!(snapshot.elapsed.as_nanos(), 20_000 - number);
            }
        });
    }
}

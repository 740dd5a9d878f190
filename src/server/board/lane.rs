//! One worker's lane: what it is doing, for whom, since when, and how long it has been busy in all.
//!
//! These belong together, and a lock around them would cost more than they do. So the lane has a version, which is odd
//! while its worker writes. A reader that finds it odd, or changed when it has read the rest, reads again.

use super::Moment;
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
    /// It has a turn with a connection, but is not at a page.
    Turn,
    /// It answers `/`.
    Hello,
    /// It answers `/sleep`.
    Sleep,
    /// It answers a request for some other page.
    Other,
}

impl Activity {
    const ALL: [Self; 5] = [Self::Idle, Self::Turn, Self::Hello, Self::Sleep, Self::Other];

    pub(super) fn of(path: &str) -> Self {
        match path {
            "/" => Self::Hello,
            "/sleep" => Self::Sleep,
            _ => Self::Other,
        }
    }
}

/// What a lane shows at one moment.
#[derive(Clone, Copy, Debug)]
pub(in crate::server) struct Sight {
    pub(in crate::server) activity: Activity,
    /// For whom; `None` if it is idle.
    pub(in crate::server) peer: Option<SocketAddr>,
    /// How long it has been doing so.
    pub(in crate::server) lasting: Duration,
    /// How long it has had turns in all, the present one included.
    pub(in crate::server) busy: Duration,
}

/// Only its worker writes here. Two cache lines apart from the next, since the processor may fetch them in pairs.
#[derive(Default)]
#[repr(align(128))]
pub(super) struct Lane {
    version: AtomicU32,
    activity: AtomicU32,
    /// When the activity began.
    since: AtomicU64,
    /// When the turn began; the end of the last one if there is none.
    turned: AtomicU64,
    /// How long the turns before this one took.
    busy: AtomicU64,
    address: [AtomicU64; 2],
    port: AtomicU32,
    pub(super) waits: Histogram,
    pub(super) services: Histogram,
}

impl Lane {
    /// A turn with the connection of `peer` begins.
    pub(super) fn begin(&self, now: Moment, peer: SocketAddr) {
        let bits = match peer.ip() {
            IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
            IpAddr::V6(ip) => ip.to_bits(),
        };
        self.write(|| {
            self.set(Activity::Turn, now);
            self.turned.store(now, Ordering::Relaxed);
            self.address[0].store((bits >> 64) as u64, Ordering::Relaxed);
            self.address[1].store(bits as u64, Ordering::Relaxed);
            self.port.store(peer.port().into(), Ordering::Relaxed);
        });
    }

    /// Something else begins in the same turn.
    pub(super) fn show(&self, activity: Activity, now: Moment) {
        self.write(|| self.set(activity, now));
    }

    /// The turn ends.
    pub(super) fn end(&self, now: Moment) {
        self.write(|| {
            self.set(Activity::Idle, now);
            let turned = self.turned.load(Ordering::Relaxed);
            self.turned.store(now, Ordering::Relaxed);
            self.busy.store(self.busy.load(Ordering::Relaxed) + (now - turned), Ordering::Relaxed);
        });
    }

    fn set(&self, activity: Activity, now: Moment) {
        self.activity.store(activity as u32, Ordering::Relaxed);
        self.since.store(now, Ordering::Relaxed);
    }

    fn write(&self, stores: impl FnOnce()) {
        let version = self.version.load(Ordering::Relaxed);
        self.version.store(version.wrapping_add(1), Ordering::Relaxed);
        // Whoever sees one of the stores also sees that the version was odd.
        fence(Ordering::Release);
        stores();
        self.version.store(version.wrapping_add(2), Ordering::Release);
    }

    pub(super) fn read(&self, now: Moment) -> Sight {
        loop {
            let version = self.version.load(Ordering::Acquire);
            let sight = self.glance(now);
            // The counterpart of the fence in `write`.
            fence(Ordering::Acquire);
            if version.is_multiple_of(2) && version == self.version.load(Ordering::Relaxed) {
                return sight;
            }
            // The worker may have lost its processor between its stores.
            thread::yield_now();
        }
    }

    fn glance(&self, now: Moment) -> Sight {
        let load = |word: &AtomicU64| word.load(Ordering::Relaxed);
        let activity = Activity::ALL[self.activity.load(Ordering::Relaxed) as usize];
        let idle = activity == Activity::Idle;
        let since = |moment: &AtomicU64| now.saturating_sub(load(moment));
        let ip = Ipv6Addr::from_bits(u128::from(load(&self.address[0])) << 64 | u128::from(load(&self.address[1])));
        // A port is stored here and nothing else.
        let port = self.port.load(Ordering::Relaxed) as u16;
        Sight {
            activity,
            peer: (!idle).then(|| SocketAddr::new(ip.to_canonical(), port)),
            lasting: Duration::from_nanos(since(&self.since)),
            busy: Duration::from_nanos(load(&self.busy) + if idle { 0 } else { since(&self.turned) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::atomic::AtomicBool;

    #[test]
    fn every_activity_is_read_as_it_was_written() {
        for (place, activity) in Activity::ALL.into_iter().enumerate() {
            assert_eq!(activity as usize, place);
        }
    }

    #[test]
    fn a_lane_tells_who_what_since_when_and_how_much_in_all() {
        let lane = Lane::default();
        let peers = ["127.0.0.1:1", "[2001:db8::1]:65535"].map(|peer| peer.parse::<SocketAddr>().unwrap());
        lane.begin(100, peers[0]);
        lane.show(Activity::Hello, 120);
        lane.end(150);
        lane.begin(1000, peers[1]);
        lane.show(Activity::Other, 1007);
        let sight = lane.read(1010);
        assert_eq!((sight.activity, sight.peer), (Activity::Other, Some(peers[1])));
        assert_eq!((sight.lasting.as_nanos(), sight.busy.as_nanos()), (3, 60));
        lane.end(1020);
        let sight = lane.read(2000);
        assert_eq!((sight.activity, sight.peer), (Activity::Idle, None));
        assert_eq!((sight.lasting.as_nanos(), sight.busy.as_nanos()), (980, 70));
    }

    #[test]
    fn what_is_read_was_written_together() {
        let (lane, done) = (Lane::default(), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                for turn in 0..20_000_u16 {
                    let bits = u128::from(turn);
                    lane.begin(turn.into(), SocketAddr::new(Ipv6Addr::from_bits(bits << 64 | bits).into(), turn));
                }
                done.store(true, Ordering::Relaxed);
            });
            lane.begin(0, "[::]:0".parse().unwrap());
            while !done.load(Ordering::Relaxed) {
                let sight = lane.read(20_000);
                let Some(SocketAddr::V6(peer)) = sight.peer else { continue };
                let number = u128::from(peer.port());
                assert_eq!(peer.ip().to_bits(), number << 64 | number);
                assert_eq!(sight.lasting.as_nanos(), 20_000 - number);
            }
        });
    }
}

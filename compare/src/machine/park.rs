//! What it costs to park a thread and to wake it.

use cpu_time::ThreadTime;
use parking_lot::{Condvar, Mutex};
use std::hint::spin_loop;
use std::thread;
use std::time::{Duration, Instant};

/// How long a thread has been parked before it is woken. In this time the kernel has taken it off
/// its core.
const ASLEEP: Duration = Duration::from_micros(60);

/// The costs of parking and waking, in nanoseconds.
#[derive(Debug)]
pub(super) struct Parked {
    /// From each notification until the thread ran.
    pub(super) delays: Vec<u64>,
    /// What a notification cost its caller, the median.
    pub(super) notify: f64,
    /// CPU time of the parking thread for each time; `None` if its clock is too coarse.
    pub(super) cpu: Option<f64>,
}

/// What both threads share.
#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    is_parked: bool,
    is_ended: bool,
    notified: Option<Instant>,
}

/// Wakes a parked thread again and again for a time, at least once.
pub(super) fn measure(span: Duration) -> Parked {
    let shared = Shared::default();
    thread::scope(|scope| {
        let sleeper = scope.spawn(|| sleep(&shared));
        let (start, mut costs) = (Instant::now(), Vec::new());
        while costs.is_empty() || start.elapsed() < span {
            costs.push(notify(&shared));
        }
        wait_until_parked(&shared);
        shared.state.lock().is_ended = true;
        shared.wake.notify_one();
        let (delays, cpu) = sleeper.join().expect("it does not panic");
        costs.sort_unstable();
        let cpu = cpu.as_nanos() as f64 / costs.len() as f64;
        Parked {
            delays,
            notify: costs[costs.len() / 2] as f64,
            cpu: Some(cpu).filter(|cpu| *cpu > 0.0),
        }
    })
}

/// Parks until the end. Returns the delay of each wake-up, and the CPU time of this thread.
fn sleep(shared: &Shared) -> (Vec<u64>, Duration) {
    let (mut delays, cpu) = (Vec::new(), ThreadTime::now());
    let mut state = shared.state.lock();
    loop {
        state.is_parked = true;
        while state.notified.is_none() && !state.is_ended {
            shared.wake.wait(&mut state);
        }
        if state.is_ended {
            return (delays, cpu.elapsed());
        }
        delays.extend(state.notified.take().map(|when| when.elapsed().as_nanos() as u64));
    }
}

/// Wakes the thread once and returns what that cost, in nanoseconds.
fn notify(shared: &Shared) -> u64 {
    wait_until_parked(shared);
    let mut state = shared.state.lock();
    state.is_parked = false;
    let start = Instant::now();
    state.notified = Some(start);
    // As in the queues, the lock is free when the thread wakes up.
    drop(state);
    shared.wake.notify_one();
    start.elapsed().as_nanos() as u64
}

/// Waits until the thread has been parked for a while. It spins, so that its own core is awake when
/// it sends the wake-up.
fn wait_until_parked(shared: &Shared) {
    while !shared.state.lock().is_parked {
        thread::yield_now();
    }
    let start = Instant::now();
    while start.elapsed() < ASLEEP {
        spin_loop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_notification_wakes_the_thread_once() {
        let parked = measure(Duration::from_millis(5));
        assert!(!parked.delays.is_empty() && parked.notify > 0.0);
        assert!(parked.delays.iter().all(|delay| *delay > 0), "{:?}", parked.delays);
    }
}

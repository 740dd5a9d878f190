//! The kernel's counters of single threads. Only Linux has them all.

use crate::data::Counters;

/// What identifies a thread of this process.
pub(crate) type Id = i32;

#[cfg(target_os = "linux")]
mod system {
    use super::{Counters, Id};
    use cpu_time::ThreadTime;
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::unistd::gettid;
    use std::fs::{self, File};
    use std::os::unix::fs::FileExt;

    thread_local! {
        /// It stays open, as opening it takes longer than many a job.
        static SCHEDSTAT: Option<File> = File::open("/proc/thread-self/schedstat").ok();
    }

    pub(crate) fn id() -> Id {
        gettid().as_raw()
    }

    /// Returns the CPU time of the calling thread in nanoseconds.
    ///
    /// It comes from a clock, since the kernel updates its files only when it switches the thread.
    pub(crate) fn cpu() -> Option<u64> {
        Some(ThreadTime::now().as_duration().as_nanos() as u64)
    }

    /// Returns the counters of the calling thread, with its CPU time at some moment before or after.
    pub(crate) fn counters(cpu: Option<u64>) -> Option<Counters> {
        let mut text = [0; 64];
        let length = SCHEDSTAT.with(|file| file.as_ref()?.read_at(&mut text, 0).ok())?;
        let (_, runnable) = schedstat(std::str::from_utf8(&text[..length]).ok()?)?;
        let usage = getrusage(UsageWho::RUSAGE_THREAD).ok()?;
        let parks = u64::try_from(usage.voluntary_context_switches()).ok()?;
        Some(Counters { cpu: cpu?, runnable, parks })
    }

    /// Returns the counters of another thread, which are exact if it is not running.
    pub(crate) fn counters_of(thread: Id) -> Option<Counters> {
        let read = |name| fs::read_to_string(format!("/proc/self/task/{thread}/{name}")).ok();
        let (cpu, runnable) = schedstat(&read("schedstat")?)?;
        let status = read("status")?;
        let parks =
            status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        Some(Counters { cpu, runnable, parks: parks.trim().parse().ok()? })
    }

    /// Returns whether another thread runs or waits for a core.
    pub(crate) fn is_runnable(thread: Id) -> bool {
        let stat = fs::read_to_string(format!("/proc/self/task/{thread}/stat")).unwrap_or_default();
        // The state comes after the name, which may have any characters.
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('R'))
    }

    /// Returns all threads of this process.
    pub(crate) fn all() -> Vec<Id> {
        let entries = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
    }

    /// Reads the CPU time and the time spent runnable.
    fn schedstat(text: &str) -> Option<(u64, u64)> {
        let mut numbers = text.split_whitespace().map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Counters, Id};
    use std::sync::atomic::{AtomicI32, Ordering};

    static THREADS: AtomicI32 = AtomicI32::new(0);

    thread_local! {
        static ID: Id = THREADS.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn id() -> Id {
        ID.with(|id| *id)
    }

    pub(crate) fn cpu() -> Option<u64> {
        None
    }

    pub(crate) fn counters(_cpu: Option<u64>) -> Option<Counters> {
        None
    }

    pub(crate) fn counters_of(_thread: Id) -> Option<Counters> {
        None
    }

    pub(crate) fn is_runnable(_thread: Id) -> bool {
        false
    }

    pub(crate) fn all() -> Vec<Id> {
        Vec::new()
    }
}

pub(crate) use system::{all, counters, counters_of, cpu, id, is_runnable};

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::hint::spin_loop;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn sleep_is_a_park_without_cpu_time() {
        let before = counters(cpu()).expect("Linux has them");
        thread::sleep(Duration::from_millis(5));
        let after = counters(cpu()).expect("Linux has them");
        assert!(after.parks > before.parks && after.cpu - before.cpu < 5_000_000);
    }

    #[test]
    fn cpu_time_grows_while_a_thread_spins() {
        let before = cpu().expect("Linux has it");
        while cpu().expect("Linux has it") < before + 100_000 {
            spin_loop();
        }
    }

    #[test]
    fn counters_of_a_parked_thread_are_readable() {
        let (say, hear) = mpsc::channel();
        let (release, held) = mpsc::channel::<()>();
        let parked = thread::spawn(move || {
            say.send((id(), counters(cpu()).expect("Linux has them"))).expect("the test listens");
            let _ = held.recv();
        });
        let (thread, itself) = hear.recv().expect("it says so");
        assert!(all().contains(&thread) && all().contains(&id()));
        let other = counters_of(thread).expect("it has not ended");
        while is_runnable(thread) {
            thread::yield_now();
        }
        assert!(other.parks >= itself.parks);
        drop(release);
        parked.join().expect("it ends");
    }
}

//! The core that a thread runs on.

use std::io;

/// Binds the calling thread, and every thread that it starts afterwards, to one of the cores that it
/// may use: to the last if `place` is 0, to the one before if it is 1. The first core often serves
/// interrupts.
///
/// # Errors
///
/// Fails if there is no such core, or if the system refuses.
#[cfg(target_os = "linux")]
pub fn bind_to_core(place: usize) -> io::Result<()> {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    let this_thread = Pid::from_raw(0);
    let allowed = sched_getaffinity(this_thread)?;
    let is_allowed = |core: &usize| allowed.is_set(*core).unwrap_or(false);
    let core = (0..CpuSet::count()).rev().filter(is_allowed).nth(place);
    let mut one = CpuSet::new();
    one.set(core.ok_or_else(|| io::Error::other("there is no core to run on"))?)?;
    Ok(sched_setaffinity(this_thread, &one)?)
}

/// Fails, as only Linux can bind a thread to a core.
///
/// # Errors
///
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn bind_to_core(_place: usize) -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "only Linux can bind a thread to a core"))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn threads_of_a_bound_thread_share_one_core() {
        let cores = thread::spawn(|| {
            bind_to_core(0).expect("a thread may bind itself");
            thread::spawn(thread::available_parallelism).join().expect("it asks")
        });
        assert_eq!(cores.join().expect("it binds").expect("Linux says").get(), 1);
    }

    #[test]
    fn missing_core_is_an_error() {
        assert!(bind_to_core(usize::MAX).is_err());
    }
}

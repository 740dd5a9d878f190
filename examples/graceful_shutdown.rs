//! Ends a program that has work left: refuse what is new, finish what can be finished in time, drop
//! the rest, and say how much that was.
//!
//! `cargo run --example graceful_shutdown`

#![forbid(unsafe_code)]

use hello::{Shutdown, Submission, ThreadPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// How long the jobs that wait may take.
const GRACE: Duration = Duration::from_millis(100);

fn main() -> Result<(), hello::PoolCreationError> {
    // Jobs that take long look at this now and then. A pool cannot interrupt a job, but a job can
    // end early.
    let stopping = Arc::new(AtomicBool::new(false));
    let pool = ThreadPool::builder()
        .workers(2)
        .on_stop(|worker| println!("worker {worker} has stopped"))
        .build()?;
    for _ in 0..100 {
        let stopping = Arc::clone(&stopping);
        pool.execute(move || work(&stopping));
    }

    // In a server a signal handler would lead here: Ctrl-C ends a program without running any
    // `Drop`, so it takes one (the crate `ctrlc`, say) to have a shutdown at all.
    println!("no more jobs");
    pool.close();
    if let Submission::Refused(job) = pool.execute(|| println!("nor is this one lost")) {
        job(); // a job that came too late is still ours
    }
    if pool.join_timeout(GRACE) {
        println!("all done in time");
    } else {
        println!("time is up with {} jobs waiting", pool.stats().queued);
        stopping.store(true, Ordering::Relaxed);
        let dropped = pool.shutdown(Shutdown::Discard); // waits for the jobs that run
        println!("{} jobs ran, {dropped} were dropped", pool.stats().executed);
        assert_eq!(pool.stats().executed + dropped, 100);
    }
    Ok(()) // Dropping the pool here would have run all that waits.
}

/// Stands for 20 milliseconds of work in small steps.
fn work(stopping: &AtomicBool) {
    for _ in 0..20 {
        if stopping.load(Ordering::Relaxed) {
            return;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

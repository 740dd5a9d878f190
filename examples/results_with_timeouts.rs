//! Asks several sources at once and answers with what has come in time: results, panics, timeouts
//! and cancellation.
//!
//! `cargo run --example results_with_timeouts`

#![forbid(unsafe_code)]

use hello::{Discarded, JobHandle, ThreadPool};
use std::thread;
use std::time::{Duration, Instant};

/// Until when there must be an answer, with or without all the sources.
const TIME: Duration = Duration::from_millis(200);

fn main() -> Result<(), hello::PoolCreationError> {
    // Two workers for five sources: the last one waits behind two that take long.
    let pool = ThreadPool::build(2)?;
    let deadline = Instant::now() + TIME;
    let sources: Vec<(&str, JobHandle<u32>)> = vec![
        ("quick", pool.spawn(|| ask(10, 1))),
        ("slow", pool.spawn(|| ask(400, 2))),
        ("broken", pool.spawn(|| panic!("the line is dead"))),
        ("stuck", pool.spawn(|| ask(400, 3))),
        ("last", pool.spawn(|| ask(10, 4))),
    ];
    for (name, handle) in sources {
        println!("{name}: {}", answer(handle, deadline));
    }

    // A job that has begun cannot be stopped from outside: dropping the pool waits for it. Those
    // that were cancelled have not cost a worker anything.
    pool.join();
    let stats = pool.stats();
    println!("{} jobs ran, {} never did", stats.executed, stats.discarded);
    assert_eq!(stats.executed + stats.discarded, 5);
    Ok(())
}

/// Stands for a request that takes so many milliseconds.
fn ask(milliseconds: u64, answer: u32) -> u32 {
    thread::sleep(Duration::from_millis(milliseconds));
    answer
}

/// What a source had to say by the deadline.
fn answer(handle: JobHandle<u32>, deadline: Instant) -> String {
    let left = deadline.saturating_duration_since(Instant::now());
    let result = match handle.join_timeout(left) {
        Ok(result) => result,
        // Time is up, and the handle is back. Has the job begun?
        Err(handle) if handle.cancel() => handle.join(),
        Err(_running) => return "still running, its result will be dropped".to_owned(),
    };
    match result {
        Ok(answer) => format!("answered {answer}"),
        Err(payload) if payload.is::<Discarded>() => "cancelled before it began".to_owned(),
        Err(payload) => {
            let message = payload.downcast_ref::<&str>().copied();
            format!("panicked: {}", message.unwrap_or("no text"))
        }
    }
}

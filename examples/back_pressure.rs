//! A pipeline whose memory stays small: a fast producer, slow workers, and a queue with a bound
//! between each two stages.
//!
//! Without the bounds, what the producer is ahead of the workers would pile up. With them a full
//! queue makes the stage before it wait, and so on back to the producer: back-pressure.
//!
//! `cargo run --example back_pressure`

#![forbid(unsafe_code)]

use hello::{Rejected, ThreadPool};
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::Duration;

const ITEMS: u64 = 200;
const ROOM: usize = 8;

fn main() -> Result<(), hello::PoolCreationError> {
    let pool = ThreadPool::builder().workers(2).capacity(ROOM).build()?;
    // The way to the next stage has a bound, too: a worker that finds it full waits in `send`.
    let (results, received) = mpsc::sync_channel(ROOM);

    let sum: u64 = thread::scope(|scope| {
        let consumer = scope.spawn(move || received.iter().sum::<u64>());
        produce(&pool, results);
        consumer.join().expect("adding up does not panic")
    });
    assert_eq!(sum, (0..ITEMS).map(|n| n * n).sum());
    println!("the sum of {ITEMS} squares is {sum}");
    Ok(())
}

/// Submits all items. The most that ever waits is what the queue has room for.
fn produce(pool: &ThreadPool, results: SyncSender<u64>) {
    let mut waits = 0;
    for item in 0..ITEMS {
        let results = results.clone();
        let job = move || {
            thread::sleep(Duration::from_micros(500)); // stands for the work
            // An error would mean that the consumer is gone, and nothing is left to do for it.
            let _ = results.send(item * item);
        };
        // `execute` alone would do, as it waits for room. `try_execute` never waits: a full queue
        // gives the job back, to be counted, run here, answered "503" or dropped, as you like.
        if let Err(Rejected::Full(job)) = pool.try_execute(job) {
            waits += 1;
            pool.execute(job);
        }
        assert!(pool.queue().len() <= ROOM);
    }
    println!("the queue was full {waits} times of {ITEMS}");
    // The last sender is dropped with the last job, which ends the consumer's loop.
}

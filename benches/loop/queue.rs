//! The developer's loop: the default queue beside the strongest peer and the Book's, judged in a
//! minute.
//!
//! `cargo bench -p compare`. What it shows is the cost of one job; `compare` itself has the whole
//! picture.
#![forbid(unsafe_code)]

use compare::contender::Pool;
use compare::workload::{self, Latch};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use hello::{CondvarQueue, JobQueue, MpscQueue, TextbookQueue, ThreadPool};
use std::time::Duration;

fn main() {
    workload::calibrate();
    divan::main();
}

/// A push and a pop by one thread: what the lock and the counters cost when nobody contends.
#[divan::bench(types = [CondvarQueue, TextbookQueue, MpscQueue])]
fn push_pop<Q: JobQueue + Default>(bencher: Bencher) {
    let queue = Q::default();
    bencher.bench_local(|| {
        let _ = queue.push(Box::new(|| ()));
        black_box(queue.pop())
    });
}

/// A thousand jobs through a pool.
#[divan::bench(
    types = [ThreadPool<CondvarQueue>, ThreadPool<MpscQueue>, rayon::ThreadPool],
    args = [(2, 0), (8, 0), (2, 1), (8, 1)],
    max_time = Duration::from_secs(2),
)]
fn thousand_jobs<P: Pool>(bencher: Bencher, (workers, micros): (usize, u64)) {
    let pool = P::start(workers);
    let steps = workload::steps(Duration::from_micros(micros));
    bencher.counter(ItemsCount::new(1_000_u32)).bench_local(|| {
        let latch = Latch::new(1_000);
        for id in 0..1_000 {
            pool.submit(move || {
                workload::spin(steps);
                latch.ran(id);
            });
        }
        latch.wait();
        latch.verify();
    });
}

/// One job, and waiting until it has run.
#[divan::bench(
    types = [ThreadPool<CondvarQueue>, ThreadPool<MpscQueue>, rayon::ThreadPool],
    args = [2, 8],
    max_time = Duration::from_secs(2),
)]
fn round_trip<P: Pool>(bencher: Bencher, workers: usize) {
    let pool = P::start(workers);
    bencher.bench_local(|| {
        let latch = Latch::new(1);
        pool.submit(move || latch.ran(0));
        while latch.count() == 0 {
            std::hint::spin_loop();
        }
    });
}

//! A benchmark of one minute for changes to the default queue: the cost of a job beside the
//! strongest peer and the Book's queue. `cargo compare` measures everything else.
//!
//! `cargo bench -p compare`
#![forbid(unsafe_code)]

use compare::pool::Pool;
use compare::workloads::{self, Latch};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use hello::{CondvarQueue, JobQueue, MpscQueue, TextbookQueue, ThreadPool};
use std::time::Duration;

fn main() {
    workloads::calibrate();
    divan::main();
}

/// Measures a push and a pop by one thread: the cost of lock and counters without contention.
#[divan::bench(types = [CondvarQueue, TextbookQueue, MpscQueue])]
fn push_pop<Q: JobQueue + Default>(bencher: Bencher<'_, '_>) {
    let queue = Q::default();
    bencher.bench_local(|| {
        let _ = queue.push(Box::new(|| ()));
        black_box(queue.pop())
    });
}

/// Measures a thousand jobs.
#[divan::bench(
    types = [ThreadPool<CondvarQueue>, ThreadPool<MpscQueue>, rayon::ThreadPool],
    args = [(2, 0), (8, 0), (2, 1), (8, 1)],
    max_time = Duration::from_secs(2),
)]
fn thousand_jobs<P: Pool>(bencher: Bencher<'_, '_>, (workers, micros): (usize, u64)) {
    let pool = P::start(workers);
    let steps = workloads::steps(Duration::from_micros(micros));
    bencher.counter(ItemsCount::new(1_000_u32)).bench_local(|| {
        let latch = Latch::new(1_000);
        for id in 0..1_000 {
            pool.submit(move || {
                workloads::spin(steps);
                latch.ran(id);
            });
        }
        latch.wait();
        latch.verify();
    });
}

/// Measures one job, from its submission until it has run.
#[divan::bench(
    types = [ThreadPool<CondvarQueue>, ThreadPool<MpscQueue>, rayon::ThreadPool],
    args = [2, 8],
    max_time = Duration::from_secs(2),
)]
fn round_trip<P: Pool>(bencher: Bencher<'_, '_>, workers: usize) {
    let pool = P::start(workers);
    bencher.bench_local(|| {
        let latch = Latch::new(1);
        pool.submit(move || latch.ran(0));
        while latch.count() == 0 {
            std::hint::spin_loop();
        }
    });
}

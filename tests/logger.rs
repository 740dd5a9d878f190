//! A logger that panics costs the pool neither a job nor a worker (I5).

use hello::ThreadPool;
use log::{LevelFilter, Log, Metadata, Record};

struct Panics;

impl Log for Panics {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        // Only what is logged for a job: the pool says more when it starts and ends.
        if record.args().to_string().contains("job") {
            panic!("the log is full");
        }
    }

    fn flush(&self) {}
}

#[test]
fn a_logger_that_panics_costs_no_job() {
    log::set_logger(&Panics).unwrap();
    log::set_max_level(LevelFilter::Debug);
    let pool = ThreadPool::new(2);
    for number in 0..20 {
        pool.execute(move || {
            assert_ne!(number % 2, 0, "every other job panics, which is logged, too")
        });
    }
    pool.join();
    assert_eq!((pool.stats().executed, pool.stats().panicked), (20, 10));
    assert_eq!(pool.spawn(|| 6 * 7).join().unwrap(), 42);
}

//! A logger that panics costs the pool neither a job nor a worker (I5).

use hello::ThreadPool;
use log::{LevelFilter, Log, Metadata, Record};
use std::thread;

/// The name of the pool in whose workers the logger panics. The logger is that of the whole
/// process, and the other tests in it are left alone.
const POOL: &str = "panicking-logger";

struct PanicsOnJobs;

impl Log for PanicsOnJobs {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        thread::current().name().is_some_and(|name| name.starts_with(POOL))
    }

    fn log(&self, record: &Record<'_>) {
        // Not when a worker starts or ends, where nothing catches the panic.
        if self.enabled(record.metadata()) && record.args().to_string().contains("job") {
            panic!("the log is full");
        }
    }

    fn flush(&self) {}
}

#[test]
fn panicking_logger_costs_no_job() {
    log::set_logger(&PanicsOnJobs).unwrap();
    log::set_max_level(LevelFilter::Debug);
    let pool = ThreadPool::builder().workers(2).name(POOL).build().unwrap();
    for number in 0..20 {
        pool.execute(move || {
            assert_ne!(number % 2, 0, "every other job panics, which is logged, too")
        });
    }
    pool.join();
    assert_eq!((pool.stats().executed, pool.stats().panicked), (20, 10));
    assert_eq!(pool.spawn(|| 6 * 7).join().unwrap(), 42);
}

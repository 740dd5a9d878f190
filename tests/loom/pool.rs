//! The pool on its default queue: counting, waiting, ending.

use super::{Latch, Pool, Runs, check};
use hello::{CondvarQueue, Discarded, Job, JobQueue, Rejected, Shutdown};
use loom::sync::atomic::AtomicUsize;
use loom::sync::{Condvar, Mutex};
use loom::thread;
use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A deadline that may come at any moment; see the facade's `wait_until`.
const ANY_MOMENT: Duration = Duration::from_millis(1);

/// Two workers may finish the last two jobs at once, and each may think that the other has more to
/// do.
#[test]
fn join_returns_when_two_workers_finish_at_once() {
    check(|| {
        let pool = Pool::new(2);
        let runs = Runs::<2>::new();
        for index in 0..2 {
            assert!(pool.execute(runs.job(index)).is_accepted());
        }
        pool.join();
        assert_eq!(runs.counts(), [1; 2]);
        let stats = pool.stats();
        assert_eq!((stats.executed, stats.busy, stats.queued), (2, 0, 0));
    });
}

/// What a finishing worker reads of the queue's length may be old, which the fences of `Progress`
/// must make harmless.
#[test]
fn join_returns_though_the_queue_counts_its_length_without_ordering() {
    check(|| {
        let pool = Pool::over(2, Relaxed::default());
        let runs = Runs::<2>::new();
        for index in 0..2 {
            assert!(pool.execute(runs.job(index)).is_accepted());
        }
        pool.join();
        assert_eq!(runs.counts(), [1; 2]);
    });
}

#[test]
fn two_threads_can_join_the_same_pool() {
    check(|| {
        let pool = Arc::new(Pool::new(1));
        let runs = Arc::new(Runs::<1>::new());
        assert!(pool.execute(runs.job(0)).is_accepted());
        let other = thread::spawn({
            let (pool, runs) = (Arc::clone(&pool), Arc::clone(&runs));
            move || {
                pool.join();
                assert_eq!(runs.counts(), [1]);
            }
        });
        pool.join();
        assert_eq!(runs.counts(), [1]);
        other.join().unwrap();
    });
}

/// Whoever gives up waiting must not switch off the announcement that another waits for.
#[test]
fn a_join_that_times_out_leaves_the_other_waiting_one_alone() {
    check(|| {
        let pool = Arc::new(Pool::new(1));
        let runs = Arc::new(Runs::<1>::new());
        assert!(pool.execute(runs.job(0)).is_accepted());
        let other = thread::spawn({
            let (pool, runs) = (Arc::clone(&pool), Arc::clone(&runs));
            move || {
                if pool.join_timeout(ANY_MOMENT) {
                    assert_eq!(runs.counts(), [1]);
                }
            }
        });
        pool.join();
        assert_eq!(runs.counts(), [1]);
        other.join().unwrap();
    });
}

/// A job is counted before it is pushed, so that a refused one may be what somebody waits for.
#[test]
fn join_returns_when_the_job_it_waits_for_is_refused() {
    check(|| {
        let pool = Arc::new(Pool::new(1));
        pool.shutdown(Shutdown::Drain);
        let joining = thread::spawn({
            let pool = Arc::clone(&pool);
            move || pool.join()
        });
        assert!(!pool.execute(|| ()).is_accepted());
        joining.join().unwrap();
        assert_eq!(pool.stats().executed, 0);
    });
}

/// The same with a worker that still has something to do, and finishes it as the other job is
/// refused.
#[test]
fn join_returns_when_the_last_job_runs_as_another_is_refused() {
    check(|| {
        let pool = Arc::new(Pool::over(1, CondvarQueue::bounded(1)));
        let runs = Runs::<2>::new();
        assert!(pool.execute(runs.job(0)).is_accepted());
        let joining = thread::spawn({
            let pool = Arc::clone(&pool);
            move || pool.join()
        });
        let refused = pool.try_execute(runs.job(1)).is_err();
        joining.join().unwrap();
        pool.join();
        assert_eq!(runs.counts(), [1, usize::from(!refused)]);
    });
}

/// I3 and I7 across the pool: what meets `shutdown` runs or comes back.
#[test]
fn a_job_that_meets_the_shutdown_runs_or_comes_back() {
    check(|| {
        let pool = Arc::new(Pool::new(1));
        let runs = Arc::new(Runs::<1>::new());
        let submitter = thread::spawn({
            let (pool, job) = (Arc::clone(&pool), runs.job(0));
            move || pool.execute(job).into_result()
        });
        pool.shutdown(Shutdown::Drain);
        if let Err(Rejected::ShutDown(job)) = submitter.join().unwrap() {
            assert_eq!(runs.counts(), [0]);
            job();
        }
        assert_eq!(runs.counts(), [1]);
    });
}

#[test]
fn a_discarded_job_is_counted_instead_of_run() {
    check(|| {
        let pool = Pool::new(1);
        let runs = Runs::<2>::new();
        for index in 0..2 {
            assert!(pool.execute(runs.job(index)).is_accepted());
        }
        let dropped = pool.shutdown(Shutdown::Discard);
        assert_eq!(runs.total() as u64 + dropped, 2);
        let stats = pool.stats();
        assert_eq!((stats.executed + stats.discarded, stats.discarded), (2, dropped));
    });
}

#[test]
fn the_handle_of_a_discarded_job_says_so() {
    check(|| {
        let pool = Pool::new(1);
        let handle = pool.spawn(|| 42);
        let waiting = thread::spawn(move || handle.join());
        let dropped = pool.shutdown(Shutdown::Discard);
        match waiting.join().unwrap() {
            Ok(answer) => assert_eq!((answer, dropped), (42, 0)),
            Err(payload) => assert_eq!((payload.downcast_ref(), dropped), (Some(&Discarded), 1)),
        }
    });
}

#[test]
fn a_handle_that_is_not_waited_for_long_enough_comes_back() {
    check(|| {
        let pool = Pool::new(1);
        let result = match pool.spawn(|| 42).join_timeout(ANY_MOMENT) {
            Ok(result) => result,
            Err(handle) => handle.join(),
        };
        assert_eq!(result.unwrap(), 42);
    });
}

/// I5. The panic has no message, so that the hook does not print one for every schedule.
#[test]
fn a_panicking_job_costs_no_worker() {
    check(|| {
        let pool = Pool::new(1);
        pool.execute(|| resume_unwind(Box::new(())));
        assert_eq!(pool.spawn(|| 42).join().unwrap(), 42);
        pool.join();
        let stats = pool.stats();
        assert_eq!((stats.executed, stats.panicked), (2, 1));
    });
}

/// I3 and I6: the pool's end is that of its jobs and workers.
#[test]
fn dropping_the_pool_runs_what_is_queued() {
    check(|| {
        let pool = Pool::new(2);
        let runs = Runs::<2>::new();
        for index in 0..2 {
            assert!(pool.execute(runs.job(index)).is_accepted());
        }
        drop(pool);
        assert_eq!(runs.counts(), [1; 2]);
    });
}

/// I6: the worker on which the pool is dropped waits for the other one and not for itself.
#[test]
fn a_pool_can_be_dropped_by_its_own_job() {
    check(|| {
        let runs = Runs::<1>::new();
        let pool = Pool::new(2);
        let place = Arc::new(Mutex::new(None));
        let dropped = Latch::new(1);
        pool.execute({
            let (place, dropped) = (Arc::clone(&place), Arc::clone(&dropped));
            move || {
                // If there is nothing to drop yet, the model's own thread does it, with this job
                // perhaps still running.
                let pool = place.lock().unwrap().take();
                drop(pool);
                dropped.count_down();
            }
        });
        pool.execute(runs.job(0));
        *place.lock().unwrap() = Some(pool);
        dropped.wait();
        let left: Option<Pool> = place.lock().unwrap().take();
        drop(left);
    });
}

/// Two who shut the pool down, one of them a worker that the other waits for.
#[test]
fn a_worker_and_another_thread_can_shut_down_at_once() {
    check(|| {
        let pool = Arc::new(Pool::new(2));
        let (weak, ran) = (Arc::downgrade(&pool), Latch::new(1));
        pool.execute({
            let ran = Arc::clone(&ran);
            move || {
                // The pool lives as long as somebody waits for this job.
                weak.upgrade().unwrap().shutdown(Shutdown::Drain);
                ran.count_down();
            }
        });
        pool.shutdown(Shutdown::Drain);
        ran.wait();
    });
}

/// Whatever else happens, a job that a job submitted counts before its parent is done.
#[test]
fn join_waits_for_the_jobs_of_jobs() {
    check(|| {
        let pool = Arc::new(Pool::new(2));
        let runs = Arc::new(Runs::<1>::new());
        let weak = Arc::downgrade(&pool);
        pool.execute({
            let runs = Arc::clone(&runs);
            move || {
                weak.upgrade().unwrap().execute(runs.job(0));
            }
        });
        pool.join();
        assert_eq!(runs.counts(), [1]);
    });
}

/// A queue that keeps its length beside the lock, with no more order than the trait asks for.
#[derive(Default)]
struct Relaxed {
    state: Mutex<(VecDeque<Job>, bool)>,
    changed: Condvar,
    len: AtomicUsize,
}

impl JobQueue for Relaxed {
    fn push(&self, job: Job) -> Result<(), Job> {
        let mut state = self.state.lock().unwrap();
        if state.1 {
            return Err(job);
        }
        state.0.push_back(job);
        self.len.fetch_add(1, Ordering::Relaxed);
        self.changed.notify_one();
        Ok(())
    }

    fn pop(&self) -> Option<Job> {
        let mut state = self.state.lock().unwrap();
        loop {
            if let Some(job) = state.0.pop_front() {
                drop(state);
                self.len.fetch_sub(1, Ordering::Relaxed);
                return Some(job);
            }
            if state.1 {
                return None;
            }
            state = self.changed.wait(state).unwrap();
        }
    }

    fn close(&self) {
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }

    fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }
}

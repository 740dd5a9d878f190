//! Records one run of a scene: notes in the jobs, times around the pushes.

use super::{Pace, Scene};
use crate::data::{Counters, JobRun, Note, Push, Trace, Worker, first_seen};
use crate::machine::threads;
use crate::pool::Pool;
use crate::workloads::{Latch, PreciseTimers, spin, started, steps};
use std::collections::HashSet;
use std::sync::{Arc, Barrier, OnceLock};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long the workers have at least to park, before the scene and after it.
const SETTLE: Duration = Duration::from_millis(3);

/// How long they have at most. On a busy machine a worker may wait for a core until it can park.
const LONGEST_SETTLE: Duration = Duration::from_millis(200);

/// What a job noted. Turned into times from the start of the scene later.
#[derive(Clone, Copy)]
struct Noted {
    from: Instant,
    counters: Option<Counters>,
    to: Instant,
}

impl Noted {
    /// Reads the CPU time first, so that the gap before the job does not contain this note. Returns
    /// the thread as well.
    fn before_job() -> (threads::Id, Self) {
        let (from, cpu) = (Instant::now(), threads::cpu());
        let (thread, counters) = (threads::id(), threads::counters(cpu));
        (thread, Self { from, counters, to: Instant::now() })
    }

    /// Reads the CPU time last, so that the gap after the job does not contain this note.
    fn after_job() -> Self {
        let (from, counters) = (Instant::now(), threads::counters(Some(0)));
        let cpu = threads::cpu();
        let counters = counters.zip(cpu).map(|(counters, cpu)| Counters { cpu, ..counters });
        Self { from, counters, to: Instant::now() }
    }

    fn since(&self, start: Instant) -> Note {
        let Self { from, counters, to } = *self;
        Note { from: since(from, start), to: since(to, start), counters }
    }
}

fn since(time: Instant, start: Instant) -> u64 {
    time.saturating_duration_since(start).as_nanos() as u64
}

/// The thread of a job, and what it noted before and after it.
type Ran = (threads::Id, Noted, Noted);

/// Records one run.
pub(super) fn record<P: Pool>(scene: &Scene, workers: usize, start: &dyn Fn(usize) -> P) -> Trace {
    let others: HashSet<_> = threads::all().into_iter().collect();
    let pool = started(start(workers), workers);
    prepare(&pool, P::at_once(workers));
    let mut ids = threads::all();
    ids.retain(|id| !others.contains(id));
    settle(&ids);
    let counters =
        |ids: &[threads::Id]| ids.iter().map(|id| threads::counters_of(*id)).collect::<Vec<_>>();
    let before = counters(&ids);
    let sent = wakes(&pool);

    let (start, pushes, ran) = submit(scene, &pool);
    let sent = wakes(&pool).zip(sent).map(|(after, before)| after - before);
    settle(&ids);
    let (after, end) = (counters(&ids), since(Instant::now(), start));
    pool.finish(|| ());

    let counted = ids.into_iter().zip(before.into_iter().zip(after));
    let (jobs, workers) = in_order(&ran, counted.collect(), start);
    Trace { strategy: String::new(), pushes, jobs, workers, wakes: sent, end }
}

/// Waits until workers have parked.
fn settle(workers: &[threads::Id]) {
    let start = Instant::now();
    thread::sleep(SETTLE);
    while workers.iter().any(|id| threads::is_runnable(*id)) && start.elapsed() < LONGEST_SETTLE {
        thread::sleep(SETTLE / 10);
    }
}

/// Makes each worker read its counters once: the first time takes longer.
fn prepare<P: Pool>(pool: &P, workers: usize) {
    let here = Arc::new(Barrier::new(workers + 1));
    for _ in 0..workers {
        let here = Arc::clone(&here);
        pool.submit(move || {
            Noted::before_job();
            here.wait();
        });
    }
    here.wait();
}

/// Submits the jobs of a scene and waits until all have run. Returns when it started, the pushes
/// and what the jobs noted.
fn submit<P: Pool>(scene: &Scene, pool: &P) -> (Instant, Vec<Push>, Vec<Ran>) {
    let work = steps(scene.work);
    let latch = Latch::new(scene.jobs as u64);
    // As the latch, it is never freed.
    let ran: &'static [OnceLock<Ran>] =
        (0..scene.jobs).map(|_| OnceLock::new()).collect::<Vec<_>>().leak();
    let precise = PreciseTimers::on();
    let (mut pushes, start) = (Vec::with_capacity(scene.jobs), Instant::now());
    for (id, slot) in ran.iter().enumerate() {
        wait(scene.pace, id, latch, start);
        let sleep = scene.sleep.filter(|_| id == 2);
        // A submitter that waits for the last job alone is woken by the latch.
        let waiter = matches!(scene.pace, Pace::WhenRun).then(thread::current);
        let job = move || {
            let (thread, begin) = Noted::before_job();
            sleep.map_or_else(|| spin(work), thread::sleep);
            latch.ran(id as u64);
            waiter.iter().for_each(Thread::unpark);
            let _ = slot.set((thread, begin, Noted::after_job()));
        };
        pushes.push(push(pool, job, start));
    }
    latch.wait();
    drop(precise);
    latch.verify();
    // The last jobs may still be noting their ends.
    let noted = |slot: &OnceLock<Ran>| loop {
        match slot.get() {
            Some(ran) => break *ran,
            None => thread::yield_now(),
        }
    };
    (start, pushes, ran.iter().map(noted).collect())
}

/// Submits a job.
fn push<P: Pool>(pool: &P, job: impl FnOnce() + Send + 'static, start: Instant) -> Push {
    let (wakes_before, cpu_before) = (wakes(pool), threads::cpu());
    let begin = Instant::now();
    pool.submit(job);
    let end = Instant::now();
    let (cpu, wakes) = (threads::cpu(), wakes(pool));
    Push {
        begin: since(begin, start),
        end: since(end, start),
        cpu: cpu.zip(cpu_before).map(|(after, before)| after - before),
        wakes: wakes.zip(wakes_before).map(|(after, before)| after - before),
    }
}

/// Returns the wake-ups that the queue of a pool has sent, if it counts them.
fn wakes<P: Pool>(pool: &P) -> Option<u64> {
    pool.counts().map(|counts| counts.wakes)
}

/// Waits until the next job is to be submitted.
fn wait(pace: Pace, id: usize, latch: &Latch, start: Instant) {
    match pace {
        Pace::AtOnce => {}
        Pace::WhenRun => {
            while latch.count() < id as u64 {
                thread::park();
            }
        }
        Pace::Every(gap) => thread::sleep((gap * id as u32).saturating_sub(start.elapsed())),
    }
}

/// A thread with its counters before and after.
type Counted = (threads::Id, (Option<Counters>, Option<Counters>));

/// Numbers the workers in the order of their first jobs.
fn in_order(ran: &[Ran], counted: Vec<Counted>, start: Instant) -> (Vec<JobRun>, Vec<Worker>) {
    let mut order = first_seen(ran, |(thread, begin, _)| (*thread, begin.from));
    order.extend(
        counted.iter().map(|(id, _)| *id).filter(|id| !order.contains(id)).collect::<Vec<_>>(),
    );
    let place = |thread| order.iter().position(|one| *one == thread).expect("it is in the order");
    let run = |(thread, begin, end): &Ran| JobRun {
        worker: place(*thread),
        begin: begin.since(start),
        end: end.since(start),
    };
    let worker = |id: &threads::Id| {
        let found = counted.iter().find(|(one, _)| one == id);
        found.map_or_else(Worker::default, |(_, (before, after))| Worker {
            before: *before,
            after: *after,
        })
    };
    (ran.iter().map(run).collect(), order.iter().map(worker).collect())
}

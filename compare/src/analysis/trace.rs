//! What a trace says: what each worker did between its jobs, and which jobs ended a park.
//!
//! How much time a worker spent searching and runnable in a gap between two jobs is measured: the
//! kernel counts both. The order inside the gap is inferred.

use crate::data::{Counters, Trace, percentile};

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Runs this job.
    Job(usize),
    /// Notes the start or the end of a job.
    Recording,
    /// Uses CPU time without a job: it spins, locks, parks, or comes back from a park.
    Searching,
    /// Waits for a core: it was woken, or another thread has got its core.
    Runnable,
    /// Does not run and does not want to.
    Parked,
}

/// A stretch of time in which a worker is in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The start, in nanoseconds.
    pub from: u64,
    /// The end, in nanoseconds.
    pub to: u64,
    /// The state.
    pub state: State,
}

/// What the counters say of an interval, in nanoseconds. The three are the whole interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// CPU time.
    pub cpu: u64,
    /// Time in which the worker waited for a core.
    pub runnable: u64,
    /// The rest.
    pub parked: u64,
}

impl Split {
    /// Divides an interval. A worker that did not park in it, and was not parked before, has no
    /// core in the rest of the time, for example as the hypervisor runs another machine.
    fn new(length: u64, used: Counters, was_parked: bool) -> Self {
        let cpu = used.cpu.min(length);
        let parks = was_parked || used.parks > 0;
        let runnable = if parks { used.runnable.min(length - cpu) } else { length - cpu };
        Self { cpu, runnable, parked: length - cpu - runnable }
    }
}

/// Where a gap is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the first job: the worker is parked at its start.
    First,
    /// Between two jobs.
    Between,
    /// After the last job.
    Last,
    /// The whole trace: the worker has no job.
    Whole,
}

/// An interval without a job.
#[derive(Clone, Copy, Debug)]
struct Gap {
    from: u64,
    to: u64,
    place: Place,
    used: Counters,
}

impl Gap {
    fn split(&self) -> Split {
        let was_parked = matches!(self.place, Place::First | Place::Whole);
        Split::new(self.to.saturating_sub(self.from), self.used, was_parked)
    }

    /// Returns how often the worker was woken in it. A park after the last job is not followed by a
    /// wake-up; the first job is preceded by one without a park.
    fn woken(&self) -> u64 {
        match self.place {
            Place::First => self.used.parks + 1,
            Place::Between | Place::Whole => self.used.parks,
            Place::Last => self.used.parks.saturating_sub(1),
        }
    }

    /// Returns the states in the inferred order: a worker searches before it parks, and is runnable
    /// before it runs. When a worker without a job ran is unknown, so it is shown as parked.
    fn stretches(&self) -> Vec<Stretch> {
        use State::{Parked, Runnable, Searching};
        let Split { cpu, runnable, parked } = self.split();
        let states = match self.place {
            Place::First => [(Parked, parked), (Runnable, runnable), (Searching, cpu)],
            Place::Between => [(Searching, cpu), (Parked, parked), (Runnable, runnable)],
            Place::Last => [(Searching, cpu), (Runnable, runnable), (Parked, parked)],
            Place::Whole => [(Parked, self.to - self.from), (Runnable, 0), (Searching, 0)],
        };
        in_turn(self.from, states)
    }
}

/// Puts states one after the other, and leaves out those without a length.
fn in_turn(mut from: u64, states: [(State, u64); 3]) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    for (state, length) in states.into_iter().filter(|(_, length)| *length > 0) {
        stretches.push(Stretch { from, to: from + length, state });
        from += length;
    }
    stretches
}

fn difference(before: Option<Counters>, after: Option<Counters>) -> Option<Counters> {
    let (before, after) = before.zip(after)?;
    Some(Counters {
        cpu: after.cpu.saturating_sub(before.cpu),
        runnable: after.runnable.saturating_sub(before.runnable),
        parks: after.parks.saturating_sub(before.parks),
    })
}

/// Returns the gaps of a worker whose counters are known.
fn gaps(trace: &Trace, worker: usize) -> Vec<Gap> {
    let jobs = trace.jobs_of(worker);
    let ends = trace.workers[worker];
    let starts = std::iter::once((0, ends.before))
        .chain(jobs.iter().map(|(_, job)| (job.end.to, job.end.counters)));
    let stops = jobs.iter().map(|(_, job)| (job.begin.from, job.begin.counters));
    let stops = stops.chain(std::iter::once((trace.end, ends.after)));
    let gap = |(index, ((from, before), (to, after)))| {
        let place = match index {
            0 if jobs.is_empty() => Place::Whole,
            0 => Place::First,
            _ if index == jobs.len() => Place::Last,
            _ => Place::Between,
        };
        Some(Gap { from, to, place, used: difference(before, after)? })
    };
    starts.zip(stops).enumerate().filter_map(gap).collect()
}

/// Returns what a worker did, in order. Only jobs are known without the kernel's counters.
pub fn stretches(trace: &Trace, worker: usize) -> Vec<Stretch> {
    let mut all: Vec<_> = gaps(trace, worker).iter().flat_map(Gap::stretches).collect();
    for (index, job) in trace.jobs_of(worker) {
        let note = |from, to| Stretch { from, to, state: State::Recording };
        all.push(note(job.begin.from, job.begin.to));
        let (from, to) = (job.begin.to, job.end.from);
        let used = difference(job.begin.counters, job.end.counters);
        let Split { cpu, runnable, parked } = used
            .map_or(Split { cpu: to - from, ..Split::default() }, |used| {
                Split::new(to - from, used, false)
            });
        let states =
            [(State::Job(index), cpu), (State::Parked, parked), (State::Runnable, runnable)];
        all.extend(in_turn(from, states));
        all.push(note(job.end.from, job.end.to));
    }
    all.sort_by_key(|stretch| stretch.from);
    all
}

/// Returns how often a worker was woken, if the kernel counts it.
pub fn woken(trace: &Trace, worker: usize) -> Option<u64> {
    let gaps = gaps(trace, worker);
    (!gaps.is_empty()).then(|| gaps.iter().map(Gap::woken).sum())
}

/// Returns what a worker without a job did in the whole trace.
pub fn without_job(trace: &Trace, worker: usize) -> Option<Split> {
    let gap = gaps(trace, worker).into_iter().find(|gap| gap.place == Place::Whole)?;
    Some(gap.split())
}

/// Returns the arrivals: the jobs whose workers were parked before, in the order of their pushes.
pub fn arrivals(trace: &Trace) -> Vec<usize> {
    let ends_park = |gap: &Gap| match gap.place {
        Place::First => true,
        Place::Between => gap.used.parks > 0,
        Place::Last | Place::Whole => false,
    };
    let mut arrivals: Vec<usize> = (0..trace.workers.len())
        .flat_map(|worker| {
            let gaps = gaps(trace, worker);
            let jobs = trace.jobs_of(worker);
            let at = |gap: &Gap| jobs.iter().find(|(_, job)| job.begin.from == gap.to);
            gaps.iter()
                .filter(|gap| ends_park(gap))
                .filter_map(|gap| Some(at(gap)?.0))
                .collect::<Vec<_>>()
        })
        .collect();
    arrivals.sort_unstable();
    arrivals
}

/// The figures of one trace. Times are in nanoseconds, and those of several workers are sums.
#[derive(Clone, Debug)]
pub struct Figures {
    /// From the first push until the last job had run.
    pub total: u64,
    /// Wake-ups that the queue sent, if it counts them.
    pub sent: Option<u64>,
    /// What the kernel's counters say, if it has them.
    pub kernel: Option<Kernel>,
    /// The time that a job spent on its notes, the median.
    pub notes: u64,
}

/// What follows from the kernel's counters.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// How often the workers were woken.
    pub woken: u64,
    /// Jobs whose worker was parked before.
    pub arrivals: usize,
    /// From the push of such a job to its start, the median; `None` if there is none.
    pub delay: Option<u64>,
    /// CPU time between the jobs, until all workers have parked again.
    pub searching: u64,
    /// Time in which workers waited for a core, until the last job had run.
    pub runnable: u64,
    /// Time in which workers were parked, until the last job had run.
    pub parked: u64,
    /// CPU time of all workers, until all have parked again.
    pub cpu: u64,
}

/// Returns the figures of a trace.
pub fn figures(trace: &Trace) -> Figures {
    let notes = trace
        .jobs
        .iter()
        .map(|job| [job.begin, job.end].iter().map(|note| note.to - note.from).sum::<u64>());
    let begin = trace.pushes.first().map_or(0, |push| push.begin);
    let total = trace.total();
    Figures {
        total: total - begin,
        sent: trace.wakes,
        kernel: kernel(trace),
        notes: median(notes).unwrap_or_default(),
    }
}

fn kernel(trace: &Trace) -> Option<Kernel> {
    let workers = 0..trace.workers.len();
    let woken = workers.clone().filter_map(|worker| woken(trace, worker));
    let woken = woken.reduce(|a, b| a + b)?;
    let (arrivals, total) = (arrivals(trace), trace.total());
    let delays = arrivals
        .iter()
        .map(|job| trace.jobs[*job].begin.from.saturating_sub(trace.pushes[*job].begin));
    let all: Vec<_> = workers.clone().flat_map(|worker| stretches(trace, worker)).collect();
    let until_total = |state| {
        let stretches = all.iter().filter(|one| one.state == state);
        stretches.map(|one| one.to.min(total).saturating_sub(one.from)).sum::<u64>()
    };
    let without_job = workers.clone().filter_map(|worker| without_job(trace, worker));
    let runnable: u64 = without_job.map(|split| split.runnable.min(total)).sum();
    let searching = workers.flat_map(|worker| gaps(trace, worker)).map(|gap| gap.split().cpu);
    let cpu = trace.workers.iter().filter_map(|one| difference(one.before, one.after));
    Some(Kernel {
        woken,
        arrivals: arrivals.len(),
        delay: median(delays),
        searching: searching.sum(),
        runnable: until_total(State::Runnable) + runnable,
        parked: until_total(State::Parked) - runnable,
        cpu: cpu.map(|one| one.cpu).sum(),
    })
}

fn median(values: impl Iterator<Item = u64>) -> Option<u64> {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    (!values.is_empty()).then(|| percentile(&values, 0.5) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{JobRun, Note, Push, Worker};

    fn used(cpu: u64, runnable: u64, parks: u64) -> Counters {
        Counters { cpu, runnable, parks }
    }

    fn note(time: u64, counters: Counters) -> Note {
        Note { from: time, to: time + 1, counters: Some(counters) }
    }

    /// One worker with two jobs and one without: the first is woken twice, and once more for
    /// nothing; the second once, for nothing.
    fn trace() -> Trace {
        let run = |begin, end| JobRun { worker: 0, begin, end };
        let push = |begin| Push { begin, end: begin + 5, cpu: Some(5), wakes: None };
        Trace {
            strategy: "one".to_owned(),
            pushes: vec![push(0), push(100)],
            jobs: vec![
                run(note(50, used(10, 2, 0)), note(80, used(39, 2, 0))),
                run(note(150, used(59, 12, 2)), note(180, used(70, 30, 2))),
            ],
            workers: vec![
                Worker { before: Some(used(0, 0, 0)), after: Some(used(75, 30, 3)) },
                Worker { before: Some(used(0, 0, 0)), after: Some(used(3, 9, 1)) },
            ],
            wakes: None,
            end: 300,
        }
    }

    #[test]
    fn gap_is_searching_then_parked_then_runnable() {
        let between: Vec<_> = stretches(&trace(), 0)
            .into_iter()
            .filter(|one| (81..150).contains(&one.from))
            .map(|one| (one.state, one.to - one.from))
            .collect();
        let expected = [(State::Searching, 20), (State::Parked, 39), (State::Runnable, 10)];
        assert_eq!(between, expected);
    }

    #[test]
    fn time_without_a_core_is_runnable_without_parks() {
        let split = Split::new(100, used(60, 10, 0), false);
        assert_eq!(split, Split { cpu: 60, runnable: 40, parked: 0 });
        let split = Split::new(100, used(60, 10, 1), false);
        assert_eq!(split, Split { cpu: 60, runnable: 10, parked: 30 });
    }

    #[test]
    fn wakes_without_a_job_are_counted() {
        assert_eq!((woken(&trace(), 0), woken(&trace(), 1)), (Some(3), Some(1)));
        assert_eq!(without_job(&trace(), 0), None);
        let lost = without_job(&trace(), 1).expect("it has no job");
        assert_eq!((lost.cpu, lost.runnable, lost.parked), (3, 9, 288));
    }

    #[test]
    fn jobs_after_a_park_are_arrivals() {
        assert_eq!(arrivals(&trace()), [0, 1]);
        let kernel = figures(&trace()).kernel.expect("it has counters");
        assert_eq!((kernel.woken, kernel.arrivals, kernel.delay), (4, 2, Some(50)));
        assert_eq!((kernel.cpu, kernel.searching), (78, 10 + 20 + 5 + 3));
    }

    #[test]
    fn only_jobs_are_known_without_counters() {
        let mut trace = trace();
        for job in &mut trace.jobs {
            (job.begin.counters, job.end.counters) = (None, None);
        }
        trace.workers.fill(Worker::default());
        let states: Vec<_> = stretches(&trace, 0).into_iter().map(|one| one.state).collect();
        let job = |index| [State::Recording, State::Job(index), State::Recording];
        assert_eq!(states, [job(0), job(1)].concat());
        assert!(figures(&trace).kernel.is_none() && arrivals(&trace).is_empty());
    }
}

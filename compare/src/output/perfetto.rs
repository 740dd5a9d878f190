//! A recording in the trace event format, which Perfetto and `chrome://tracing` open.

use super::trace::{INFERRED, MEASURED};
use crate::analysis::trace::{State, figures, stretches};
use crate::data::{Counters, Recording, Trace};
use serde_json::{Value, json};

/// The row of the submitter. Workers are numbered from 1.
const SUBMITTER: usize = 0;

/// Writes a recording: a process for each strategy, a row for each thread, and an arrow from each
/// push to its job.
pub fn json(recording: &Recording) -> String {
    let traces = (1..).zip(&recording.traces);
    let mut events: Vec<Value> =
        traces.clone().flat_map(|(pid, trace)| names(pid, trace)).collect();
    let mut timed: Vec<_> = traces.flat_map(|(pid, trace)| timed(pid, trace)).collect();
    timed.sort_by_key(|(time, _)| *time);
    events.extend(timed.into_iter().map(|(_, event)| event));
    let notes: serde_json::Map<_, _> = recording
        .traces
        .iter()
        .map(|trace| (trace.strategy.clone(), micros(figures(trace).notes).into()))
        .collect();
    let whole = json!({
        "displayTimeUnit": "ns",
        "otherData": {
            "scene": recording.scene,
            "description": recording.description,
            "workers": recording.workers,
            "runs": recording.runs,
            "measured": MEASURED,
            "inferred": INFERRED,
            "recorder, µs/job": notes,
            "environment": recording.environment,
        },
        "traceEvents": events,
    });
    format!("{whole}\n")
}

/// Names the processes and threads.
fn names(pid: usize, trace: &Trace) -> Vec<Value> {
    let named = |what: &str, tid: usize, name: &str| json!({ "ph": "M", "name": what, "pid": pid, "tid": tid, "args": { "name": name } });
    let mut names = vec![
        named("process_name", SUBMITTER, &trace.strategy),
        named("thread_name", SUBMITTER, "submitter"),
    ];
    let workers = 1..=trace.workers.len();
    names.extend(workers.map(|tid| named("thread_name", tid, &format!("worker {tid}"))));
    names
}

/// Returns the events of a trace with their times.
fn timed(pid: usize, trace: &Trace) -> Vec<(u64, Value)> {
    let mut events = Vec::new();
    for (id, push) in trace.pushes.iter().enumerate() {
        let args = json!({ "wake-ups sent": push.wakes, "CPU time, µs": push.cpu.map(micros) });
        let name = format!("push {id}");
        events.push(slice((pid, SUBMITTER), &name, (push.begin, push.end), &args));
        events.push(flow((pid, SUBMITTER), "s", id, push.begin));
        let job = &trace.jobs[id];
        events.push(flow((pid, job.worker + 1), "f", id, job.begin.to));
    }
    for (worker, jobs) in (0..trace.workers.len()).map(|worker| (worker, trace.jobs_of(worker))) {
        let thread = (pid, worker + 1);
        for (id, job) in jobs {
            let args = json!({
                "push": id,
                "counters before": counters(job.begin.counters),
                "counters after": counters(job.end.counters),
            });
            let name = format!("job {id}");
            events.push(slice(thread, &name, (job.begin.to, job.end.from), &args));
        }
        for one in stretches(trace, worker) {
            let name = match one.state {
                State::Job(_) => continue,
                State::Recording => "recorder",
                State::Searching => "searching",
                State::Runnable => "runnable",
                State::Parked => "parked",
            };
            events.push(slice(thread, name, (one.from, one.to), &json!({})));
        }
    }
    events
}

fn slice(
    (pid, tid): (usize, usize),
    name: &str,
    (from, to): (u64, u64),
    args: &Value,
) -> (u64, Value) {
    let (start, length) = (micros(from), micros(to - from));
    let event = json!({
        "ph": "X", "name": name, "cat": "thread", "pid": pid, "tid": tid,
        "ts": start, "dur": length, "args": args,
    });
    (from, event)
}

/// Returns one end of the arrow from a push to its job.
fn flow((pid, tid): (usize, usize), end: &str, job: usize, time: u64) -> (u64, Value) {
    let id = format!("{pid}.{job}");
    let event = json!({
        "ph": end, "bp": "e", "id": id, "name": "job", "cat": "push", "pid": pid, "tid": tid,
        "ts": micros(time),
    });
    (time, event)
}

fn counters(counters: Option<Counters>) -> Value {
    counters.map_or(Value::Null, |one| {
        json!({
            "CPU time, µs": micros(one.cpu),
            "runnable, µs": micros(one.runnable),
            "voluntary switches": one.parks,
        })
    })
}

fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1e3
}

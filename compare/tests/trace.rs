//! Recordings of every scene.

use compare::analysis::trace::{State, Stretch, figures, stretches};
use compare::data::{Environment, Group, Recording, Trace};
use compare::output::{perfetto, trace, trace_figure};
use compare::strategies::{STRATEGIES, named};
use compare::trace::{SCENES, Scene};
use serde_json::Value;

fn recorded(scene: &Scene, strategies: &[&str]) -> Recording {
    let trace = |name: &&str| named(name).expect("it exists").trace(scene, 2);
    Recording {
        scene: scene.name.to_owned(),
        description: scene.description.to_owned(),
        workers: 2,
        runs: 1,
        environment: Environment::here(),
        traces: strategies.iter().map(trace).collect(),
    }
}

fn trace_of(scene: &Scene) -> Trace {
    recorded(scene, &["condvar"]).traces.remove(0)
}

fn all(trace: &Trace) -> Vec<Vec<Stretch>> {
    (0..trace.workers.len()).map(|worker| stretches(trace, worker)).collect()
}

#[test]
fn each_job_is_traced_once() {
    for scene in SCENES {
        let trace = trace_of(scene);
        assert_eq!(trace.jobs.len(), trace.pushes.len(), "{}", scene.name);
        let mut jobs: Vec<_> =
            (0..trace.workers.len()).flat_map(|worker| trace.jobs_of(worker)).collect();
        jobs.sort_by_key(|(job, _)| *job);
        assert!(jobs.iter().map(|(job, _)| *job).eq(0..trace.jobs.len()), "{}", scene.name);
        for (job, run) in jobs {
            assert!(trace.pushes[job].begin <= run.begin.from, "{}, job {job}", scene.name);
        }
    }
}

#[test]
fn stretches_of_a_worker_do_not_overlap() {
    for scene in SCENES {
        for stretches in all(&trace_of(scene)) {
            assert!(stretches.iter().all(|one| one.from <= one.to), "{stretches:?}");
            let overlaps = stretches.windows(2).find(|pair| pair[0].to > pair[1].from);
            assert_eq!(overlaps, None, "{}", scene.name);
        }
    }
}

/// With the kernel's counters, the stretches of a worker are its whole time. Other tests of this
/// process run threads as well, which are taken for workers and may have ended.
#[cfg(target_os = "linux")]
#[test]
fn stretches_fill_gaps() {
    for scene in SCENES {
        let trace = trace_of(scene);
        for stretches in all(&trace).iter().filter(|one| !one.is_empty()) {
            let holes = stretches.windows(2).find(|pair| pair[0].to != pair[1].from);
            assert_eq!(holes, None, "{}", scene.name);
            let ends = (stretches[0].from, stretches[stretches.len() - 1].to);
            assert_eq!(ends, (0, trace.end), "{}", scene.name);
        }
        assert!(figures(&trace).kernel.is_some());
    }
}

#[test]
fn straggler_is_parked_during_its_job() {
    let scene = SCENES.iter().find(|one| one.name == "straggler").expect("it exists");
    let trace = trace_of(scene);
    let (from, to) = (trace.jobs[2].begin.to, trace.jobs[2].end.from);
    assert!(to - from >= 300_000, "it sleeps");
    if figures(&trace).kernel.is_some() {
        let of_worker = stretches(&trace, trace.jobs[2].worker);
        let is_parked =
            |one: &Stretch| one.state == State::Parked && one.from >= from && one.to <= to;
        assert!(of_worker.iter().any(is_parked), "{of_worker:?}");
    }
}

#[test]
fn every_pool_can_be_traced() {
    for strategy in STRATEGIES.iter().filter(|one| one.group != Group::Reference) {
        let trace = strategy.trace(&SCENES[0], 2);
        assert_eq!((trace.strategy.as_str(), trace.jobs.len()), (strategy.name, 8));
    }
}

#[test]
fn perfetto_events_are_ordered_and_complete() {
    for scene in SCENES {
        let recording = recorded(scene, &["condvar", "mpsc"]);
        let json: Value = serde_json::from_str(&perfetto::json(&recording)).expect("it is JSON");
        let events = json["traceEvents"].as_array().expect("it has events");
        let times: Vec<_> = events.iter().filter_map(|event| event["ts"].as_f64()).collect();
        assert!(times.is_sorted(), "{}", scene.name);
        let named = |word: &str| {
            let names = events.iter().filter(|event| event["ph"] == "X");
            names
                .filter(|one| one["name"].as_str().is_some_and(|name| name.starts_with(word)))
                .count()
        };
        let jobs = recording.traces.iter().map(|trace| trace.jobs.len()).sum::<usize>();
        // A job is one slice, so that a pause in it has no slice of its own.
        assert_eq!((named("push "), named("job ")), (jobs, jobs), "{}", scene.name);
        let flows = |end| events.iter().filter(|event| event["ph"] == end).count();
        assert_eq!((flows("s"), flows("f")), (jobs, jobs), "{}", scene.name);
    }
}

/// Returns whether each element ends, in the reverse order of the beginnings.
fn is_well_formed(svg: &str) -> bool {
    let mut open = Vec::new();
    for tag in svg.split('<').skip(1) {
        let Some((tag, text)) = tag.split_once('>') else { return false };
        let name = tag.split([' ', '/']).find(|word| !word.is_empty()).unwrap_or_default();
        if tag.starts_with('/') {
            if open.pop() != Some(name) {
                return false;
            }
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        if tag.matches('"').count() % 2 == 1 || text.contains('>') && !text.contains("{") {
            return false;
        }
    }
    open.is_empty()
}

#[test]
fn figure_is_well_formed_and_named() {
    for scene in SCENES {
        let svg = trace_figure::svg(&recorded(scene, &["condvar", "textbook", "rayon"]));
        assert!(is_well_formed(&svg), "{svg}");
        for words in ["<title>", "<desc>", "prefers-color-scheme: dark", "rayon", "submitter"] {
            assert!(svg.contains(words), "{words}: {svg}");
        }
    }
}

#[test]
fn text_fits_eighty_columns() {
    for scene in SCENES {
        let text = trace::text(&recorded(scene, &["condvar", "condvar-spin", "rayon-fifo"]));
        let long = text.lines().find(|line| line.chars().count() > 80);
        assert_eq!(long, None);
    }
}

//! Samples beside busy processes and on one core, and the end of the busy processes.
#![cfg(target_os = "linux")]

use compare::runner::busy::BusyProcesses;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_compare");

/// Time limit for what usually takes a moment.
const DEADLINE: Duration = Duration::from_secs(60);

fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < DEADLINE, "not within {DEADLINE:?}: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Returns what `/proc` has of a process after its name: its state, its parent, and numbers. Returns
/// `None` if it has ended, also if its parent has not waited for it.
fn stat(id: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let fields: Vec<_> = stat.rsplit_once(") ")?.1.split(' ').map(str::to_owned).collect();
    (fields[0] != "Z").then_some(fields)
}

fn is_running(id: u32) -> bool {
    stat(id).is_some()
}

/// Returns the busy processes that a process has started.
fn busy_processes_of(parent: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").expect("Linux has it").flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_busy = |id: &u32| {
        fs::read(format!("/proc/{id}/cmdline")).is_ok_and(|line| line.ends_with(b"\0busy-loop\0"))
    };
    ids.filter(is_busy)
        .filter(|id| stat(*id).is_some_and(|fields| fields[1] == parent.to_string()))
        .collect()
}

/// Starts a comparison under the condition busy that does not end by itself.
fn endless_busy_run() -> Child {
    let words =
        ["--quick", "--rounds", "60000", "--strategies", "mpsc", "--workloads", "round-trip-park"];
    let mut command = Command::new(PROGRAM);
    command.args(words).args(["--conditions", "busy", "--workers", "1"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program runs")
}

#[test]
fn busy_processes_end_when_dropped() {
    let busy = BusyProcesses::start(Path::new(PROGRAM), 2).expect("they start");
    let ids = busy.ids();
    assert!(ids.len() == 2 && ids.iter().all(|id| is_running(*id)), "{ids:?}");
    drop(busy);
    assert!(!ids.iter().any(|id| is_running(*id)), "{ids:?}");
}

#[test]
fn busy_processes_use_processor_time() {
    let busy = BusyProcesses::start(Path::new(PROGRAM), 1).expect("it starts");
    let ticks =
        || stat(busy.ids()[0]).expect("it runs")[11].parse::<u64>().expect("a number of ticks");
    eventually("its user time grows", || ticks() > 2);
}

#[test]
fn busy_processes_end_with_a_killed_parent() {
    let mut run = endless_busy_run();
    let mut ids = Vec::new();
    eventually("as many busy processes as cores run", || {
        ids = busy_processes_of(run.id());
        ids.len() == thread::available_parallelism().map_or(1, Into::into)
    });
    run.kill().expect("it still runs");
    run.wait().expect("it was started here");
    eventually("its busy processes are gone", || !ids.iter().any(|id| is_running(*id)));
}

#[test]
fn busy_processes_end_on_interrupt() {
    let mut run = endless_busy_run();
    let mut ids = Vec::new();
    eventually("busy processes run", || {
        ids = busy_processes_of(run.id());
        !ids.is_empty()
    });
    let interrupted = Command::new("kill").args(["-INT", &run.id().to_string()]).status();
    assert!(interrupted.expect("there is a kill").success());
    run.wait().expect("it was started here");
    assert!(!ids.iter().any(|id| is_running(*id)), "{ids:?}");
}

#[test]
fn each_condition_has_its_tables() {
    let words = [
        "--quick",
        "--rounds",
        "1",
        "--strategies",
        "mpsc",
        "--workers",
        "1",
        "--conditions",
        "quiet,busy,one-core",
    ];
    let output =
        Command::new(PROGRAM).args(words).args(["--workloads", "drop,sparse-20,memory"]).output();
    let output = output.expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let parts: Vec<_> = text.split("Condition ").skip(1).collect();
    let starts: Vec<_> = parts.iter().filter_map(|part| part.split(':').next()).collect();
    assert_eq!(starts, ["quiet", "busy", "one-core"], "{text}");
    assert!(
        parts.iter().all(|part| part.contains("drop, 1 worker") && part.contains("sparse-20 p99, 1 worker")),
        "{text}"
    );
    let with_memory: Vec<_> = parts.iter().map(|part| part.contains("memory bytes/job")).collect();
    assert_eq!(with_memory, [true, false, false], "memory depends on no condition: {text}");
}

#[test]
fn ablation_can_be_shown_again() {
    let file = std::env::temp_dir().join(format!("compare-{}-ablation.json", std::process::id()));
    let words = [
        "ablation",
        "--quick",
        "--rounds",
        "1",
        "--rules",
        "spin",
        "--workloads",
        "tree,sparse-20",
        "--workers",
        "1",
    ];
    let output = |command: &mut Command| {
        let output = command.output().expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let first = output(Command::new(PROGRAM).args(words).arg("--json").arg(&file));
    assert!(
        first.contains("without-spin, relative to whole") && first.contains("sparse-20  p50 "),
        "{first}"
    );
    assert_eq!(output(Command::new(PROGRAM).arg("report").arg(&file)), first);
    fs::remove_file(file).expect("it was written");
}

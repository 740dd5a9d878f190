//! The program as a user runs it.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
#[cfg(unix)]
use std::{process::Stdio, thread, time::Duration};

fn compare(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_compare"))
        .args(words)
        .env("NO_COLOR", "1")
        .output()
        .expect("the program runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A file that is removed when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(env::temp_dir().join(format!("compare-{}-{name}", std::process::id())))
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("the place for temporary files has a plain name")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn run_can_be_shown_again_from_its_file() {
    let (json, html) = (Scratch::new("run.json"), Scratch::new("run.html"));
    let [markdown, csv] = ["run.md", "run.csv"].map(Scratch::new);
    let words = [
        "--",
        "--quick",
        "--rounds",
        "2",
        "--strategies",
        "condvar",
        "--workloads",
        "empty-1,straggler,memory",
    ];
    let output = compare(
        &[
            &words[..],
            &["--json", json.path(), "--html", html.path()],
            &["--export-csv", csv.path()],
        ]
        .concat(),
    );
    assert!(output.status.success(), "{}", err(&output));
    assert!(
        out(&output).contains("cost of a job") && out(&output).contains("mpsc"),
        "{}",
        out(&output)
    );
    assert!(
        !err(&output).contains("warm-up: "),
        "progress is for terminals only: {}",
        err(&output)
    );
    assert_eq!(out(&compare(&["report", json.path()])), out(&output));
    let full = out(&compare(&["report", json.path(), "--full", "--workloads", "memory"]));
    assert!(full.contains("bytes/job") && !full.contains("empty-1"), "{full}");
    let again = compare(&["report", json.path(), "--export-markdown", markdown.path()]);
    assert!(again.status.success() && out(&again).is_empty(), "{}", err(&again));
    let read = |file: &Scratch| fs::read_to_string(&file.0).expect("it was written");
    assert!(read(&markdown).contains("| condvar | "), "{}", read(&markdown));
    assert!(read(&csv).contains("condvar,empty-1,2,quiet,time/job,ns,2,"), "{}", read(&csv));
    assert!(fs::read_to_string(&html.0).expect("it was written").starts_with("<!doctype html>"));
}

#[test]
fn runs_of_the_same_kind_are_merged() {
    let names = ["first.json", "second.json", "other.json", "merged.json"];
    let [first, second, other, merged] = names.map(Scratch::new);
    let words = ["--quick", "--rounds", "2", "--workers", "1", "--strategies", "mpsc,condvar"];
    let run = |workload: &str, baseline: &str, file: &Scratch| {
        let rest = ["--workloads", workload, "--baseline", baseline, "--json", file.path()];
        let output = compare(&[&words[..], &rest].concat());
        assert!(output.status.success(), "{}", err(&output));
    };
    run("drop", "mpsc", &first);
    run("drop", "mpsc", &second);
    run("drop", "condvar", &other);
    let output = compare(&["report", first.path(), second.path(), "--json", merged.path()]);
    assert!(output.status.success() && out(&output).is_empty(), "{}", err(&output));
    let text = out(&compare(&["report", merged.path(), "--full"]));
    assert!(text.contains("drop") && text.contains("4 rounds"), "{text}");
    let output = compare(&["agree", merged.path(), merged.path()]);
    assert_eq!(output.status.code(), Some(0));
    assert!(out(&output).contains("No pair is better in one run"), "{}", out(&output));
    let output = compare(&["report", first.path(), other.path()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("baseline: mpsc and condvar"), "{}", err(&output));
}

#[test]
fn machine_card_has_figures_and_their_meaning() {
    let output = compare(&["machine"]);
    assert!(output.status.success(), "{}", err(&output));
    for words in
        ["notify to run, median", "lock and unlock, uncontended", "A job for a parked worker"]
    {
        assert!(out(&output).contains(words), "{}", out(&output));
    }
}

#[test]
fn run_has_a_card_before_and_after() {
    let json = Scratch::new("cards.json");
    let words = ["--quick", "--rounds", "1", "--workloads", "drop", "--workers", "1"];
    let run = compare(&[&words[..], &["--strategies", "mpsc", "--json", json.path()]].concat());
    assert!(run.status.success(), "{}", err(&run));
    let text = fs::read_to_string(&json.0).expect("it was written");
    assert_eq!(text.matches("\"wake-median\"").count(), 2, "{text}");
    let diff = out(&compare(&["diff", json.path(), json.path()]));
    assert!(diff.contains("The machines, by their cards:") && !diff.contains("differs"), "{diff}");
}

/// Runs an endless comparison and interrupts it after a while, with the signal that a terminal sends
/// on Ctrl-C.
#[cfg(unix)]
fn interrupted_after(seconds: u64) -> Output {
    let words =
        ["--quick", "--rounds", "60000", "--strategies", "condvar", "--workloads", "empty-1"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the program runs");
    thread::sleep(Duration::from_secs(seconds));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("there is a kill").success());
    child.wait_with_output().expect("it ends")
}

/// The first round takes longer on a busy machine, so the time doubles until it is complete.
#[cfg(unix)]
#[test]
fn interrupted_run_reports_complete_rounds() {
    let outputs = (1..7).map(|power| interrupted_after(1 << power));
    let is_complete = |output: &Output| output.status.success();
    let output = outputs.into_iter().find(is_complete).expect("a round takes less than a minute");
    let text = out(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("of 60000 rounds are complete"), "{text}");
    assert!(text.contains("cost of a job"), "{text}");
}

#[test]
fn unknown_name_is_refused_with_the_nearest() {
    let output = compare(&["--strategies", "condvra"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("did you mean `condvar`?") && out(&output).is_empty(),
        "{}",
        err(&output)
    );
}

#[test]
fn unwritable_file_is_refused_before_measuring() {
    for option in ["--json", "--html", "--export-markdown", "--export-csv"] {
        let output = compare(&["--rounds", "60000", option, "no/such/folder/file"]);
        assert_eq!(output.status.code(), Some(2));
        let words = "cannot write no/such/folder/file";
        assert!(err(&output).contains(words) && out(&output).is_empty(), "{}", err(&output));
    }
}

/// `/dev/full` can be opened, but not written to.
#[cfg(target_os = "linux")]
#[test]
fn result_is_printed_though_a_file_fails() {
    let csv = Scratch::new("beside.csv");
    let words = ["--quick", "--rounds", "1", "--workloads", "drop", "--strategies", "condvar"];
    let files = ["--workers", "1", "--json", "/dev/full", "--export-csv", csv.path()];
    let output = compare(&[&words[..], &files].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(out(&output).contains("Verdict"), "{}", out(&output));
    assert!(err(&output).contains("compare: /dev/full: "), "{}", err(&output));
    assert!(csv.0.exists(), "the other file is written");
}

#[test]
fn estimated_time_comes_before_the_samples() {
    let words = ["--quick", "--rounds", "1", "--workloads", "drop", "--strategies", "mpsc"];
    let output = compare(&[&words[..], &["--workers", "1"]].concat());
    assert!(err(&output).starts_with("compare: 4 samples, about "), "{}", err(&output));
}

#[test]
fn missing_file_is_named() {
    let output = compare(&["report", "no/such/file.json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("no/such/file.json"), "{}", err(&output));
}

/// After a new reference result, `cargo compare embed` updates the documents.
#[test]
fn documents_are_not_stale() {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let documents =
        ["README.md", "ARCHITECTURE.md", "compare/README.md"].map(|name| root.join(name));
    let documents: Vec<_> =
        documents.iter().filter(|path| path.exists()).filter_map(|path| path.to_str()).collect();
    let reference = root.join("compare/results/reference.json");
    let words = ["embed", "--check", reference.to_str().expect("a plain name")];
    let output = compare(&[&words[..], &documents].concat());
    assert!(output.status.success(), "{}", err(&output));
}

#[test]
fn trace_writes_a_figure_and_events() {
    let (svg, perfetto) = (Scratch::new("trace.svg"), Scratch::new("trace.json"));
    let words = ["trace", "burst", "--strategies", "condvar,rayon", "--runs", "1"];
    let output =
        compare(&[&words[..], &["--svg", svg.path(), "--perfetto", perfetto.path()]].concat());
    assert!(output.status.success(), "{}", err(&output));
    assert!(out(&output).contains("\ncondvar ") && out(&output).contains("\nrayon "));
    let read = |file: &Scratch| fs::read_to_string(&file.0).expect("it was written");
    assert!(read(&svg).starts_with("<svg ") && read(&perfetto).contains("\"traceEvents\""));
}

#[test]
fn trace_refuses_what_it_cannot_record() {
    for (words, reason) in [
        (&["trace", "brust"][..], "did you mean `burst`?"),
        (&["trace", "burst", "--strategies", "one-thread"], "no workers that could park"),
        (&["trace", "burst", "--svg", "no/such/folder/file"], "cannot write no/such/folder/file"),
    ] {
        let output = compare(words);
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains(reason) && out(&output).is_empty(), "{}", err(&output));
    }
}

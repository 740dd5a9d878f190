//! `cargo compare`: who feeds a pool fastest, and when.
#![forbid(unsafe_code)]

use clap::Parser;
use compare::cli::{Ablation, Arguments, Command, Measure, list};
use compare::condition::Condition;
use compare::progress::Progress;
use compare::record::Record;
use compare::run::Plan;
use compare::{busy, diff, embed, report, subprocess, table};
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::{ExitCode, exit};
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, fs};

/// What `diff` exits with when something became slower.
const SLOWER: u8 = 1;
/// What the program exits with when it cannot do what it was asked.
const FAILED: u8 = 2;
/// What a shell says of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    // The alias ends in `--` already; whoever types another, as after `cargo run`, means the same.
    let mut words: Vec<_> = env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "--") {
        words.remove(1);
    }
    match words.get(1).and_then(|word| word.to_str()) {
        Some(subprocess::COMMAND) => {
            return one_sample(words.get(2).and_then(|order| order.to_str()).unwrap_or_default());
        }
        Some(busy::COMMAND) => busy::run(),
        _ => {}
    }
    let arguments = Arguments::parse_from(words);
    let done = match &arguments.command {
        Some(Command::Report { file, html }) => show(file, html.as_deref()),
        Some(Command::Diff { old, new, fail_over, condition }) => {
            compare_runs(old, new, *fail_over, *condition)
        }
        Some(Command::Embed { file, documents, check }) => Record::read(file)
            .map_err(said)
            .and_then(|record| embed::documents(&record, documents, *check)),
        #[cfg(feature = "http")]
        Some(Command::Http(servers)) => compare::http::run(servers).map(|()| ExitCode::SUCCESS),
        #[cfg(feature = "http")]
        Some(Command::Serve { name, address }) => {
            compare::http::serve::serve(name, *address).map(|()| ExitCode::SUCCESS)
        }
        Some(Command::Ablation(ablation)) => ablate(ablation),
        None if arguments.measure.list => print(&list()),
        None => measure(&arguments.measure),
    };
    done.unwrap_or_else(failed)
}

fn measure(arguments: &Measure) -> Result<ExitCode, String> {
    let Some(record) = run(&arguments.plan()?, arguments.json.as_deref())? else {
        return Ok(ExitCode::from(INTERRUPTED));
    };
    if let Some(path) = &arguments.html {
        write_page(&record, path)?;
    }
    print(&table::text(&record, is_colourful()))
}

fn ablate(arguments: &Ablation) -> Result<ExitCode, String> {
    match run(&arguments.plan()?, arguments.json.as_deref())? {
        Some(record) => print(&table::text(&record, is_colourful())),
        None => Ok(ExitCode::from(INTERRUPTED)),
    }
}

/// Takes all samples and writes them to a file, if there is to be one; `None` if Ctrl-C came before
/// there were any.
fn run(plan: &Plan, json: Option<&Path>) -> Result<Option<Record>, String> {
    static STOP: AtomicBool = AtomicBool::new(false);
    ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            exit(INTERRUPTED.into());
        }
    })
    .map_err(|error| format!("Ctrl-C cannot be handled: {error}"))?;
    let progress = Progress::start();
    let record = plan.run(&STOP, |step| progress.show(step, plan.rounds));
    progress.finish();
    let record = record.map_err(said)?;
    record.warnings.iter().for_each(|warning| eprintln!("compare: warning: {warning}"));
    if record.settings.rounds_done == 0 {
        eprintln!(
            "compare: interrupted before the first round was done: there is nothing to report"
        );
        return Ok(None);
    }
    // First what cannot be had again.
    if let Some(path) = json {
        record.write(path).map_err(said)?;
    }
    Ok(Some(record))
}

fn show(file: &Path, html: Option<&Path>) -> Result<ExitCode, String> {
    let record = Record::read(file).map_err(said)?;
    match html {
        Some(path) => write_page(&record, path),
        None => {
            record.warnings.iter().for_each(|warning| eprintln!("compare: warning: {warning}"));
            print(&table::text(&record, is_colourful()))
        }
    }
}

fn compare_runs(
    old: &Path,
    new: &Path,
    fail_over: Option<f64>,
    condition: Condition,
) -> Result<ExitCode, String> {
    let read = |path| Record::read(path).map(|record| record.under(condition)).map_err(said);
    let (old, new) = (read(old)?, read(new)?);
    let changes = diff::changes(&old, &new)?;
    print(&diff::text(&old, &new, &changes))?;
    let fails = fail_over.is_some_and(|over| diff::fails(&changes, over));
    Ok(if fails { ExitCode::from(SLOWER) } else { ExitCode::SUCCESS })
}

/// Takes one sample for another process of this program, which sees to Ctrl-C.
fn one_sample(order: &str) -> ExitCode {
    let _ = ctrlc::set_handler(|| ());
    subprocess::answer(order).map_err(said).and_then(|sample| print(&sample)).unwrap_or_else(failed)
}

fn failed(message: String) -> ExitCode {
    eprintln!("compare: {message}");
    ExitCode::from(FAILED)
}

fn write_page(record: &Record, path: &Path) -> Result<ExitCode, String> {
    fs::write(path, report::page(record))
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints a result. A reader that has seen enough, as `head` does, is no failure.
fn print(text: &str) -> Result<ExitCode, String> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("stdout: {error}")),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Colours where somebody looks, unless they would rather not (no-color.org).
fn is_colourful() -> bool {
    io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn said(error: io::Error) -> String {
    error.to_string()
}

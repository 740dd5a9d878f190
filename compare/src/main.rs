//! `cargo compare`: measures strategies to feed a thread pool, and compares them.
#![forbid(unsafe_code)]

use clap::Parser;
use compare::analysis::diff;
use compare::analysis::warnings::busy_before;
use compare::cli::{Ablation, Arguments, Command, Measure, list};
use compare::data::{Condition, Record};
use compare::machine;
use compare::output::{self, embed, page, table};
use compare::runner::{Plan, Step, busy, subprocess};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::{ExitCode, exit};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{env, fs};

/// The exit code of `diff` if a strategy became slower.
const SLOWER: u8 = 1;
/// The exit code of a command that failed.
const FAILED: u8 = 2;
/// The exit code of a program that Ctrl-C ended, as in a shell.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    // The alias ends in `--`; a second one, as after `cargo run`, has no effect.
    let mut words: Vec<_> = env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "--") {
        words.remove(1);
    }
    match words.get(1).and_then(|word| word.to_str()) {
        Some(subprocess::COMMAND) => {
            return one_sample(words.get(2).and_then(|word| word.to_str()).unwrap_or_default());
        }
        Some(busy::COMMAND) => busy::run(),
        _ => {}
    }
    let arguments = Arguments::parse_from(words);
    let done = match &arguments.command {
        Some(Command::Report { file, html }) => report(file, html.as_deref()),
        Some(Command::Diff { old, new, fail_over, condition }) => {
            compare_runs(old, new, *fail_over, *condition)
        }
        Some(Command::Embed { file, documents, check }) => Record::read(file)
            .map_err(message)
            .and_then(|record| embed::documents(&record, documents, *check)),
        #[cfg(feature = "http")]
        Some(Command::Http(servers)) => compare::servers::run(servers).map(|()| ExitCode::SUCCESS),
        #[cfg(feature = "http")]
        Some(Command::Serve { name, address }) => {
            compare::servers::peers::serve(name, *address).map(|()| ExitCode::SUCCESS)
        }
        Some(Command::Machine) => machine(),
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
    print(&table::text(&record, is_coloured()))
}

fn machine() -> Result<ExitCode, String> {
    let environment = machine::environment();
    warn(busy_before(&environment).as_slice());
    print(&output::machine::text(&machine::card(), &environment))
}

/// Prints warnings to stderr.
fn warn(warnings: &[String]) {
    warnings.iter().for_each(|warning| eprintln!("compare: warning: {warning}"));
}

fn ablate(arguments: &Ablation) -> Result<ExitCode, String> {
    match run(&arguments.plan()?, arguments.json.as_deref())? {
        Some(record) => print(&table::text(&record, is_coloured())),
        None => Ok(ExitCode::from(INTERRUPTED)),
    }
}

/// Takes all samples and writes them to a file, if one is named. Returns `None` if Ctrl-C came
/// before the first round was complete.
fn run(plan: &Plan, json: Option<&Path>) -> Result<Option<Record>, String> {
    static STOP: AtomicBool = AtomicBool::new(false);
    ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            exit(INTERRUPTED.into());
        }
    })
    .map_err(|error| format!("cannot handle Ctrl-C: {error}"))?;
    let progress = progress_bar();
    let record = plan.run(&STOP, |step| show(&progress, step, plan.rounds));
    progress.finish_and_clear();
    let record = record.map_err(message)?;
    warn(&record.warnings);
    if record.settings.rounds_done == 0 {
        eprintln!(
            "compare: interrupted before the first round was complete, so there is no result"
        );
        return Ok(None);
    }
    // The file comes first, as the samples cannot be taken again.
    if let Some(path) = json {
        record.write(path).map_err(message)?;
    }
    Ok(Some(record))
}

fn report(file: &Path, html: Option<&Path>) -> Result<ExitCode, String> {
    let record = Record::read(file).map_err(message)?;
    match html {
        Some(path) => write_page(&record, path),
        None => {
            warn(&record.warnings);
            print(&table::text(&record, is_coloured()))
        }
    }
}

fn compare_runs(
    old: &Path,
    new: &Path,
    fail_over: Option<f64>,
    condition: Condition,
) -> Result<ExitCode, String> {
    let read = |path| Record::read(path).map(|record| record.under(condition)).map_err(message);
    let (old, new) = (read(old)?, read(new)?);
    let changes = diff::changes(&old, &new)?;
    print(&diff::text(&old, &new, &changes))?;
    print(&output::machine::side_by_side(&old, &new))?;
    let fails = fail_over.is_some_and(|over| diff::fails(&changes, over));
    Ok(if fails { ExitCode::from(SLOWER) } else { ExitCode::SUCCESS })
}

/// Takes one sample for another process of this program, which handles Ctrl-C.
fn one_sample(request: &str) -> ExitCode {
    let _ = ctrlc::set_handler(|| ());
    let sample = subprocess::answer(request).map_err(message);
    sample.and_then(|sample| print(&sample)).unwrap_or_else(failed)
}

/// Creates a progress bar, which draws on stderr, and only if that is a terminal.
fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:24} {msg}").expect("the template is valid");
    ProgressBar::new(1).with_style(style)
}

fn show(progress: &ProgressBar, step: &Step<'_>, rounds: usize) {
    progress.set_length(step.all as u64);
    progress.set_position(step.done as u64);
    let when = match step.left {
        None => "warm-up".to_owned(),
        Some(left) => format!("round {} of {rounds}, {} left", step.round, rough(left)),
    };
    let condition =
        if step.condition.is_quiet() { String::new() } else { format!(", {}", step.condition) };
    progress.set_message(format!("{when}: {}, {}{condition}", step.workload, step.strategy));
}

/// Writes a duration in seconds, or from 90 seconds on in minutes.
fn rough(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds < 90 => format!("{seconds} s"),
        seconds => format!("{} min", (seconds + 30) / 60),
    }
}

fn failed(message: String) -> ExitCode {
    eprintln!("compare: {message}");
    ExitCode::from(FAILED)
}

fn write_page(record: &Record, path: &Path) -> Result<ExitCode, String> {
    fs::write(path, page::page(record)).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints a result. A reader that closes the pipe early, as `head` does, is no failure.
fn print(text: &str) -> Result<ExitCode, String> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("stdout: {error}")),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Returns whether stdout is a terminal and colours are not turned off (no-color.org).
fn is_coloured() -> bool {
    io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn message(error: io::Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rough_durations_have_seconds_or_minutes() {
        assert_eq!(rough(Duration::from_millis(8_900)), "8 s");
        assert_eq!(rough(Duration::from_secs(119)), "2 min");
    }
}

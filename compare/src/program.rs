//! The commands of the program, with strategies of one's own beside those that it has.

use crate::analysis::agreement::agreement;
use crate::analysis::diff;
use crate::analysis::merge::merge;
use crate::analysis::warnings::busy_before;
use crate::analysis::words::counted;
use crate::cli::{Arguments, Command, Measure, Outputs, TraceArgs, list};
use crate::data::{Condition, Record, program_name};
use crate::machine;
use crate::output::terminal::{self, Form};
use crate::output::{self, embed};
use crate::runner::{Plan, Step, busy, subprocess};
use crate::strategies::{Strategy, named};
use clap::{CommandFactory, FromArgMatches};
use indicatif::{ProgressBar, ProgressStyle};
use std::env;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, exit};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The exit code of `diff` if a strategy became slower, and of `agree` if the runs contradict each
/// other.
const DIFFERS: u8 = 1;
/// The exit code of a command that failed.
const FAILED: u8 = 2;
/// The exit code of a program that Ctrl-C ended, as in a shell.
const INTERRUPTED: u8 = 130;

/// Runs the whole program with strategies of one's own: they take part in every run that does not
/// name others, and `--strategies` accepts their names.
pub fn main_with(own: &'static [Strategy]) -> ExitCode {
    // The alias ends in `--`; a second one, as after `cargo run`, has no effect.
    let mut words: Vec<_> = env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "--") {
        words.remove(1);
    }
    match words.get(1).and_then(|word| word.to_str()) {
        Some(subprocess::COMMAND) => {
            let request = words.get(2).and_then(|word| word.to_str()).unwrap_or_default();
            return one_sample(request, own);
        }
        Some(busy::COMMAND) => busy::run(),
        _ => {}
    }
    let matches = Arguments::command().bin_name(program_name()).get_matches_from(words);
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    checked(own).and_then(|()| command(&arguments, own)).unwrap_or_else(failed)
}

/// Checks that the names of one's own strategies are new.
fn checked(own: &[Strategy]) -> Result<(), String> {
    let is_taken = |(index, one): &(usize, &Strategy)| {
        named(one.name).is_some() || own[..*index].iter().any(|other| other.name == one.name)
    };
    match own.iter().enumerate().find(is_taken) {
        Some((_, one)) => Err(format!("two strategies are called `{}`: rename yours", one.name)),
        None => Ok(()),
    }
}

fn command(arguments: &Arguments, own: &'static [Strategy]) -> Result<ExitCode, String> {
    match &arguments.command {
        Some(Command::Report { runs, full, filter, outputs }) => {
            report(&filter.apply(merged(runs)?)?, *full, outputs)
        }
        Some(Command::Diff { old, new, fail_over, condition }) => {
            compare_runs(old, new, *fail_over, *condition)
        }
        Some(Command::Agree { first, second }) => agree(first, second),
        Some(Command::Embed { file, documents, check }) => Record::read(file)
            .map_err(message)
            .and_then(|record| embed::documents(&record, documents, *check)),
        #[cfg(feature = "http")]
        Some(Command::Http(servers)) => crate::servers::run(servers).map(|()| ExitCode::SUCCESS),
        #[cfg(feature = "http")]
        Some(Command::Serve { name, address }) => {
            crate::servers::peers::serve(name, *address).map(|()| ExitCode::SUCCESS)
        }
        Some(Command::Machine) => machine(),
        Some(Command::Trace(arguments)) => trace(arguments, own),
        Some(Command::Ablation(ablation)) => measure(&ablation.plan()?, false, &ablation.outputs),
        None if arguments.measure.list => print(&list(own)),
        None => {
            let Measure { full, outputs, .. } = &arguments.measure;
            measure(&arguments.measure.plan(own)?, *full, outputs)
        }
    }
}

/// Measures, and prints the result even if a file cannot be written.
fn measure(plan: &Plan, full: bool, outputs: &Outputs) -> Result<ExitCode, String> {
    outputs.check()?;
    eprintln!("compare: {}", announcement(plan));
    let Some(record) = run(plan)? else { return Ok(ExitCode::from(INTERRUPTED)) };
    let written = outputs.write(&record);
    print(&terminal::text(&record, Form { full, colour: is_coloured() }))?;
    written.map(|()| ExitCode::SUCCESS)
}

/// Records a scene, and prints the figures even if a file cannot be written.
fn trace(arguments: &TraceArgs, own: &'static [Strategy]) -> Result<ExitCode, String> {
    let plan = arguments.plan(own)?;
    arguments.check()?;
    let recording = plan.record();
    if let Some(warning) = busy_before(&recording.environment) {
        eprintln!("compare: warning: {warning}");
    }
    let written = arguments.write(&recording);
    print(&output::trace::text(&recording))?;
    written.map(|()| ExitCode::SUCCESS)
}

fn machine() -> Result<ExitCode, String> {
    let environment = machine::environment();
    if let Some(warning) = busy_before(&environment) {
        eprintln!("compare: warning: {warning}");
    }
    print(&output::machine::text(&machine::card(), &environment))
}

/// Takes all samples. Returns `None` if Ctrl-C came before the first round was complete.
fn run(plan: &Plan) -> Result<Option<Record>, String> {
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
    if record.settings.rounds_done == 0 {
        eprintln!(
            "compare: interrupted before the first round was complete, so there is no result"
        );
        return Ok(None);
    }
    Ok(Some(record))
}

/// Reads the records of runs, and merges several.
fn merged(runs: &[PathBuf]) -> Result<Record, String> {
    let runs = runs.iter().map(|run| Record::read(run).map_err(message));
    merge(runs.collect::<Result<_, _>>()?)
}

fn report(record: &Record, full: bool, outputs: &Outputs) -> Result<ExitCode, String> {
    if outputs.is_empty() {
        print(&terminal::text(record, Form { full, colour: is_coloured() }))
    } else {
        outputs.write(record).map(|()| ExitCode::SUCCESS)
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
    Ok(if fails { ExitCode::from(DIFFERS) } else { ExitCode::SUCCESS })
}

fn agree(first: &Path, second: &Path) -> Result<ExitCode, String> {
    let read = |path| Record::read(path).map_err(message);
    let (first, second) = (read(first)?, read(second)?);
    let agreement = agreement(&first, &second)?;
    print(&(output::agreement::text(&agreement, &first.settings.baseline) + "\n"))?;
    print(&output::machine::side_by_side(&first, &second))?;
    let agrees = agreement.contradictions.is_empty();
    Ok(if agrees { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) })
}

/// Takes one sample for another process of this program, which handles Ctrl-C.
fn one_sample(request: &str, own: &'static [Strategy]) -> ExitCode {
    let _ = ctrlc::set_handler(|| ());
    let sample = subprocess::answer(request, own).map_err(message);
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

/// Says how many samples a run takes, how long, and what is among them.
fn announcement(plan: &Plan) -> String {
    let (samples, time) = plan.estimate();
    let cards = if plan.cards { ", and two machine cards" } else { "" };
    format!(
        "{} samples, about {}: {} and a warm-up, each with a control{cards}",
        grouped(samples),
        rough(time),
        counted(plan.rounds, "round")
    )
}

/// Writes a number with a comma between thousands.
fn grouped(number: usize) -> String {
    match number {
        small if small < 1_000 => small.to_string(),
        large => format!("{},{:03}", grouped(large / 1_000), large % 1_000),
    }
}

/// Writes a duration in seconds, or from 90 seconds on in minutes.
fn rough(duration: Duration) -> String {
    match duration.as_secs() as usize {
        seconds if seconds < 90 => counted(seconds, "second"),
        seconds => counted((seconds + 30) / 60, "minute"),
    }
}

fn failed(message: String) -> ExitCode {
    eprintln!("compare: {message}");
    ExitCode::from(FAILED)
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
    use crate::data::Group;
    use crate::strategies::strategy;
    use hello::{MpscQueue, ThreadPool};

    #[test]
    fn taken_names_are_refused() {
        const fn called(name: &'static str) -> Strategy {
            strategy::<ThreadPool<MpscQueue>>(name, Group::Study, "")
        }
        assert_eq!(checked(&[called("a"), called("b")]), Ok(()));
        for own in [[called("a"), called("a")], [called("a"), called("rayon")]] {
            let error = checked(&own).unwrap_err();
            assert!(error.contains(&format!("`{}`: rename yours", own[1].name)), "{error}");
        }
    }

    #[test]
    fn rough_durations_have_seconds_or_minutes() {
        assert_eq!(rough(Duration::from_millis(1_900)), "1 second");
        assert_eq!(rough(Duration::from_secs(119)), "2 minutes");
    }

    #[test]
    fn thousands_have_a_comma() {
        let numbers = [0, 999, 1_224, 1_000_007];
        assert_eq!(numbers.map(grouped), ["0", "999", "1,224", "1,000,007"]);
    }
}

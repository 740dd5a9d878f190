//! The command line: each option, its environment variable, and what the server is told of it.

use super::address::{self, StatusAddress};
use super::{fd_limit, generate};
use clap::builder::{PossibleValue, PossibleValuesParser, RangedU64ValueParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, Parser, ValueEnum, ValueHint};
use clap_complete::Shell;
use hello::server::{Pages, Settings};
use hello::{CondvarQueue, JobQueue, MpscQueue, StdCondvarQueue, TextbookQueue, WhileLetQueue};
use log::LevelFilter;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

/// The Rust Book's final server, on a job queue that wakes one worker at a time.
///
/// GET / returns a page, GET /sleep the same page after five seconds, every other path a 404 page.
/// Ctrl-C shuts down gracefully: accepted requests are still answered. A second Ctrl-C exits at
/// once.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where to listen: IP:PORT, NAME:PORT, or PORT for that port of 127.0.0.1; 0 picks a free port
    #[arg(long, env = "HELLO_ADDR", default_value = "127.0.0.1:7878", value_name = "ADDRESS", value_parser = address::parse)]
    pub(crate) addr: SocketAddr,

    /// Where to serve the status page, or `off` [default: 127.0.0.1:7879, unless that is in use]
    #[arg(long, env = "HELLO_STATUS", value_name = "ADDRESS|off", value_parser = StatusAddress::parse)]
    pub(crate) status: Option<StatusAddress>,

    /// How many workers [default: one for each logical processor]
    #[arg(long, env = "HELLO_WORKERS", value_name = "N", value_parser = count(MAX_WORKERS))]
    workers: Option<usize>,

    /// How jobs reach the workers
    #[arg(long, env = "HELLO_QUEUE", default_value = "condvar", value_name = "STRATEGY")]
    queue: Strategy,

    /// How many microseconds an idle worker spins before it parks; 0 turns spinning off [default:
    /// as long as a wake-up costs, while that pays]. Longer spins shorten delays and use more
    /// processor time
    #[arg(long, env = "HELLO_SPIN", value_name = "US", value_parser = RangedU64ValueParser::<u64>::new().range(..=MAX_SPIN))]
    spin: Option<u64>,

    /// How many jobs may wait for a worker; if the queue is full, a new connection is answered 503
    #[arg(long, env = "HELLO_CAPACITY", default_value = "10240", value_name = "N", value_parser = count(MAX_CAPACITY))]
    capacity: usize,

    /// Serve hello.html, 404.html and, if there, error.html from this directory [default: the
    /// built-in pages]
    #[arg(long, env = "HELLO_HTML", value_name = "DIR", value_hint = ValueHint::DirPath)]
    html: Option<PathBuf>,

    /// Serve this many connections, then shut down (the Book's Listing 21-25 serves two)
    #[arg(long, env = "HELLO_TAKE", value_name = "N")]
    pub(crate) take: Option<usize>,

    /// How long /sleep sleeps
    #[arg(long, env = "HELLO_SLEEP_SECONDS", default_value = "5", value_name = "S", value_parser = seconds)]
    sleep_seconds: Duration,

    /// How long a client may take to send the head of a request
    #[arg(long, env = "HELLO_HEAD_SECONDS", default_value = "5", value_name = "S", value_parser = positive_seconds)]
    head_seconds: Duration,

    /// How long a connection may stay open between two requests
    #[arg(long, env = "HELLO_IDLE_SECONDS", default_value = "15", value_name = "S", value_parser = positive_seconds)]
    idle_seconds: Duration,

    /// How long a client may take to make room for the rest of a response
    #[arg(long, env = "HELLO_WRITE_SECONDS", default_value = "5", value_name = "S", value_parser = positive_seconds)]
    write_seconds: Duration,

    /// How long to wait, after the last response, for a client to close its side
    #[arg(long, env = "HELLO_LINGER_SECONDS", default_value = "1", value_name = "S", value_parser = seconds)]
    linger_seconds: Duration,

    /// How many connections may be open at once; for one more, the longest-idle one is closed
    #[arg(long, env = "HELLO_CONNECTIONS", default_value = "10240", value_name = "N")]
    connections: NonZeroUsize,

    /// How many requests a client may send on one connection
    #[arg(long, env = "HELLO_REQUESTS", default_value = "1000", value_name = "N")]
    requests: NonZeroU32,

    /// How long a shutdown may take before unfinished connections are cut
    #[arg(long, env = "HELLO_GRACE", default_value = "30", value_name = "S", value_parser = seconds)]
    pub(crate) grace: Duration,

    /// Which level to log [default: RUST_LOG, or info]
    #[arg(long, env = "HELLO_LOG", value_name = "LEVEL", value_parser = level(), ignore_case = true)]
    pub(crate) log: Option<LevelFilter>,

    /// Print the completions for a shell, and exit
    #[arg(long, value_name = "SHELL")]
    completions: Option<Shell>,

    /// Print the manual page, and exit
    #[arg(long)]
    man: bool,
}

/// The examples that end the help and the manual page.
pub(super) const EXAMPLES: &str = "\
Examples:
  hello                                  serve on http://127.0.0.1:7878
  hello --workers 1                      open /sleep, then /: the second waits for the first
  hello --workers 2 --queue while-let    the Book's pitfall: two workers, one runs at a time
  hello --take 2 --log debug             the Book's graceful shutdown, step by step in the log
  hello --addr 0.0.0.0:8080 --html site  your own pages, on every network interface
  HELLO_WORKERS=8 hello --log warn       every option has a HELLO_ variable";

/// The most workers. If a system is asked for more threads, its refusal may end the program.
const MAX_WORKERS: u64 = 4096;

/// The most jobs in the queue. The Book's channel allocates all its slots at once.
const MAX_CAPACITY: u64 = 1_000_000;

/// The longest spin: a second. A worker that spins for longer would hardly ever park.
const MAX_SPIN: u64 = 1_000_000;

/// The queues of `hello::queue`, under the names of their files.
#[derive(Clone, Copy, Debug)]
enum Strategy {
    Condvar,
    Textbook,
    StdCondvar,
    Mpsc,
    WhileLet,
}

impl ValueEnum for Strategy {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Condvar, Self::Textbook, Self::StdCondvar, Self::Mpsc, Self::WhileLet]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = self.describe();
        Some(PossibleValue::new(name).help(help))
    }
}

impl Strategy {
    /// Returns the name and the help text.
    fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::Condvar => ("condvar", "VecDeque, Mutex and Condvar; wakes one worker at a time"),
            Self::Textbook => ("textbook", "the same, but every push notifies"),
            Self::StdCondvar => ("std-condvar", "the textbook on the standard library's lock"),
            Self::Mpsc => ("mpsc", "the Book's channel, its receiver shared (Listing 21-20)"),
            Self::WhileLet => {
                ("while-let", "the Book's pitfall: locked while a job runs (Listing 21-21)")
            }
        }
    }

    fn name(self) -> &'static str {
        self.describe().0
    }
}

impl Args {
    /// Parses the command line and the variables. If they are wrong, or ask for a text such as the
    /// help, prints it and exits.
    pub(crate) fn from_command_line() -> Self {
        let args = Self::try_parse().unwrap_or_else(|error| with_variable(error).exit());
        match args.completions {
            Some(shell) => generate::print_completions(shell),
            None if args.man => generate::print_manual(),
            None => args,
        }
    }

    /// Returns the settings of the server. They include its pages, which are read from the
    /// directory that the user chose.
    ///
    /// # Errors
    ///
    /// Returns a sentence that names the page which cannot be read.
    pub(crate) fn settings(&self) -> Result<Settings, String> {
        let pages = self.html.as_ref().map_or_else(|| Ok(Pages::default()), Pages::from_directory);
        Ok(Settings {
            pages: pages.map_err(|error| format!("--html or HELLO_HTML: {error}"))?,
            queue: self.queue.name(),
            sleep: self.sleep_seconds,
            head_timeout: self.head_seconds,
            idle_timeout: self.idle_seconds,
            write_timeout: self.write_seconds,
            linger: self.linger_seconds,
            connections: fd_limit::max_connections(self.connections.get()),
            requests: self.requests.get(),
            ..Settings::default()
        })
    }

    /// Returns the number of workers.
    pub(crate) fn workers(&self) -> usize {
        self.workers.unwrap_or_else(num_cpus::get)
    }

    /// Returns the chosen queue.
    ///
    /// # Errors
    ///
    /// Returns a sentence if `--spin` is given for a queue that does not spin.
    pub(crate) fn queue(&self) -> Result<Box<dyn JobQueue>, String> {
        let capacity = self.capacity;
        Ok(match (self.queue, self.spin) {
            (Strategy::Condvar, Some(micros)) => {
                Box::new(CondvarQueue::bounded(capacity).spin(Duration::from_micros(micros)))
            }
            (_, Some(_)) => {
                return Err(
                    "--spin or HELLO_SPIN is for --queue condvar only: no other queue spins"
                        .to_owned(),
                );
            }
            (Strategy::Condvar, None) => Box::new(CondvarQueue::bounded(capacity)),
            (Strategy::Textbook, None) => Box::new(TextbookQueue::bounded(capacity)),
            (Strategy::StdCondvar, None) => Box::new(StdCondvarQueue::bounded(capacity)),
            (Strategy::Mpsc, None) => Box::new(MpscQueue::bounded(capacity)),
            (Strategy::WhileLet, None) => Box::new(WhileLetQueue::bounded(capacity)),
        })
    }
}

/// Adds to an error the variable that has the bad value. Clap names the option alone.
fn with_variable(mut error: clap::Error) -> clap::Error {
    let mut command = Args::command();
    command.build();
    // Variables are read after the command line. So if that is right alone, one of them is wrong.
    let is_of_variable =
        command.clone().mut_args(|arg| arg.env(None::<&str>)).try_get_matches().is_ok();
    if let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg)
        && let Some(arg) = command.get_arguments().find(|arg| arg.to_string() == *option)
        && let Some(variable) = arg.get_env().filter(|_| is_of_variable)
    {
        let name = format!("{} ({option})", variable.display());
        error.insert(ContextKind::InvalidArg, ContextValue::String(name));
    }
    error
}

/// Parses the name of a level.
fn level() -> impl TypedValueParser<Value = LevelFilter> {
    PossibleValuesParser::new(["off", "error", "warn", "info", "debug", "trace"])
        .try_map(|name| name.parse())
}

/// Parses a number from one to `most`.
fn count(most: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=most)
}

/// Parses a number of seconds, which may have a fraction.
fn seconds(text: &str) -> Result<Duration, String> {
    /// Some thirty years. A deadline much further away would overflow the clock.
    const LONGEST: Duration = Duration::from_secs(1_000_000_000);
    let seconds =
        text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds
        .filter(|seconds| *seconds <= LONGEST)
        .ok_or_else(|| "a number of seconds is expected, such as 5 or 0.5".to_owned())
}

/// Parses a number of seconds for a deadline. A deadline of zero could never be met.
fn positive_seconds(text: &str) -> Result<Duration, String> {
    match seconds(text)? {
        Duration::ZERO => Err("more than zero seconds are needed".to_owned()),
        seconds => Ok(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_is_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn seconds_may_have_fractions() {
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        for nonsense in ["", "five", "-1", "NaN", "inf", "1e19", "1e40"] {
            assert!(seconds(nonsense).is_err(), "{nonsense}");
        }
        assert!(positive_seconds("0").is_err());
    }
}

//! The server under each queue strategy, and the servers of others, on the same page and machine, driven by `wrk`.
//!
//! | module | knows |
//! |---|---|
//! | [`contestant`] | who takes part, and how a server is started, checked and stopped |
//! | [`nginx`] | how nginx is told to serve one page |
//! | [`serve`] | the Rust peers, each run in a process of its own so that its processor time and memory are its alone |
//! | [`check`] | whether a server answers with the right page |
//! | [`wrk`] | how load is made, and what `wrk` says of it |
//! | [`process`] | what a process has used up, by `/proc` |
//! | [`measure`] | in which order samples are taken |
//! | [`table`] | what the samples say |

pub mod check;
pub mod contestant;
pub mod measure;
pub mod nginx;
pub mod process;
pub mod serve;
pub mod table;
pub mod wrk;

use clap::ValueEnum;
use contestant::Contestant;
use serde::Serialize;
use std::fmt;
use std::fs;
use std::path::PathBuf;

/// The page that everybody serves.
pub const PAGE: &[u8] = include_bytes!("../../html/hello.html");

/// What `compare http` may be told.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Numbers of connections to measure with
    #[arg(long, value_delimiter = ',', default_value = "2,32,256,1000", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub connections: Vec<u32>,
    /// How many seconds each sample takes
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
    /// How often everybody does everything
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
    /// Who takes part [default: all that are installed; `help` says who there is]
    #[arg(long, value_delimiter = ',')]
    pub servers: Vec<String>,
    /// One more `hello`, of another build; may be given several times
    #[arg(long, value_name = "NAME=PATH", value_parser = contestant::another_hello)]
    pub hello: Vec<Contestant>,
    /// Whether connections stay open
    #[arg(long, value_enum, value_delimiter = ',', default_value = "close,keep-alive")]
    pub modes: Vec<Mode>,
    /// Who the others are compared with
    #[arg(long, default_value = "hello")]
    pub baseline: String,
    /// What the random order starts from
    #[arg(long, default_value_t = 20)]
    pub seed: u64,
    /// Write all samples to this file
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// What becomes of a connection after a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It ends: the client asks for `Connection: close`.
    Close,
    /// It stays open.
    KeepAlive,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Close => "Connection: close",
            Self::KeepAlive => "keep-alive",
        })
    }
}

/// All samples of a run, and what they are samples of. Of the machine it says nothing.
#[derive(Clone, Debug, Serialize)]
pub struct HttpReport {
    /// The name of whom ratios are taken to.
    pub baseline: String,
    /// How many seconds each sample took.
    pub seconds: u64,
    /// How often everybody did everything.
    pub rounds: u32,
    /// What the random order started from.
    pub seed: u64,
    /// Who took part.
    pub servers: Vec<Server>,
    /// What they did, in the order in which it was measured.
    pub samples: Vec<Sample>,
}

/// Who took part.
#[derive(Clone, Debug, Serialize)]
pub struct Server {
    /// By which name.
    pub name: String,
    /// How it works, in a line.
    pub mechanism: String,
}

/// One server under one load, once.
#[derive(Clone, Debug, Serialize)]
pub struct Sample {
    /// The server's name.
    pub server: String,
    /// Whether connections stayed open.
    pub mode: Mode,
    /// How many there were at once.
    pub connections: u32,
    /// In which round, from one.
    pub round: u32,
    /// What the clients saw.
    #[serde(flatten)]
    pub load: wrk::Load,
    /// Processor time of the server, all its threads and processes, for each request.
    pub cpu_us_per_request: f64,
    /// How many of the machine's cores were busy meanwhile with neither the server nor `wrk`.
    pub cores_taken_by_others: f64,
    /// The server's memory at the end of the sample, with the connections still open or just closed.
    pub rss_kib: u64,
    /// The most memory that the server had had by then, from its start.
    pub peak_rss_kib: u64,
}

/// Measures, and writes the table to stdout and the samples to the file that was asked for.
///
/// # Errors
///
/// A message for people: something that is needed is missing, a name is unknown, or a server answers wrongly.
pub fn run(args: &Args) -> Result<HttpReport, String> {
    wrk::find()?;
    let contestants = contestant::chosen(&args.servers, &args.hello, &args.baseline)?;
    let report = measure::measure(args, &contestants)?;
    let mut text = String::new();
    table::write(&mut text, &report).expect("a string takes everything");
    print!("{text}");
    if let Some(path) = &args.json {
        let json = serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?;
        fs::write(path, json).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(report)
}

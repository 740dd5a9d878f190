//! Web servers under load: ours, also under each queue strategy, and its peers.
//!
//! | module | contains |
//! |---|---|
//! | [`process`] | CPU time and memory of processes |
//! | [`client`] | how a program that loads a server is run |
//! | [`wrk`] | the load in closed loop, and its results |
//! | [`oha`] | the load in open loop, and its results |
//! | [`nginx`] | nginx, configured to serve one page |
//! | [`peers`] | the Rust peers, each run in a process of its own |
//! | [`server`] | the registry of servers: how each is started, checked and stopped |
//! | [`measure`] | rounds and order: from arguments to a record |

pub mod client;
pub mod measure;
pub mod nginx;
pub mod oha;
pub mod peers;
pub mod process;
pub mod server;
pub mod wrk;

use crate::data::{Environment, Mode, Record, locked};
use crate::output::{export, server_table};
use server::Server;
use std::path::PathBuf;

/// The page that all servers serve.
const PAGE: &[u8] = include_bytes!("../../html/hello.html");

/// The arguments of `compare http`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Numbers of concurrent connections of the closed loop, by `wrk`
    #[arg(long, value_delimiter = ',', default_value = "32,256", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub connections: Vec<u32>,
    /// Requests per second of the open loop, by `oha`, each on a connection of its own
    #[arg(long, value_delimiter = ',', default_value = "1000,4000,8000", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rates: Vec<u32>,
    /// Seconds for each sample
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub seconds: u64,
    /// The number of rounds; each has every sample once [default: 10, or 3 with --quick]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: Option<u32>,
    /// Takes three rounds, which decide nothing
    #[arg(long)]
    pub quick: bool,
    /// The servers [default: ours with its default queue, and its peers that are installed]
    #[arg(long, value_delimiter = ',')]
    pub servers: Vec<String>,
    /// Adds another build of `hello`; may be given several times
    #[arg(long, value_name = "NAME=PATH", value_parser = server::another_hello)]
    pub hello: Vec<Server>,
    /// Whether connections stay open
    #[arg(long, value_enum, value_delimiter = ',', default_value = "close,keep-alive")]
    pub modes: Vec<Mode>,
    /// The server to which ratios are taken
    #[arg(long, default_value = "hello")]
    pub baseline: String,
    /// The seed of the random order
    #[arg(long, default_value_t = 20)]
    pub seed: u64,
    /// Writes all samples to this file; adds them if it is the record of a comparison
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

impl Args {
    /// Returns the number of rounds.
    fn rounds(&self) -> u32 {
        self.rounds.unwrap_or(if self.quick { 3 } else { 10 })
    }
}

/// The packages of the peers.
const PACKAGES: &[&str] = &["actix-web", "axum", "may_minihttp", "ntex", "rouille", "tiny_http"];

/// Measures, and writes the table to stdout and the samples to a file, if one is named.
///
/// # Errors
///
/// Fails if a program is missing, a name is unknown, a server answers wrongly, or the file exists
/// and is no record.
pub fn run(args: &Args) -> Result<(), String> {
    let message = |error: std::io::Error| error.to_string();
    wrk::find()?;
    let servers = server::chosen(&args.servers, &args.hello, &args.baseline)?;
    // The file is checked and read first, so that an error is found before the measurement.
    args.json.as_deref().map_or(Ok(()), export::check)?;
    let existing = args.json.as_deref().filter(|path| path.exists());
    let existing = existing.map(Record::read).transpose().map_err(message)?;
    let has_open_loop = oha::is_installed()?;
    if !has_open_loop {
        eprintln!(
            "compare: oha is not installed, so there is no open loop. Install it: {}",
            oha::INSTALL
        );
    }
    let run = measure::measure(args, &servers, has_open_loop, environment())?;
    print!("{}", server_table::servers(&run));
    if let Some(path) = &args.json {
        let mut record =
            existing.unwrap_or_else(|| Record::without_strategies(run.environment.clone()));
        record.http = Some(run);
        record.write(path).map_err(message)?;
    }
    Ok(())
}

fn environment() -> Environment {
    let mut environment = Environment::here();
    environment.versions = locked(PACKAGES);
    let programs = [("wrk", wrk::version()), ("oha", oha::version()), ("nginx", nginx::version())];
    let found =
        programs.into_iter().filter_map(|(name, version)| Some((name.to_owned(), version?)));
    environment.versions.extend(found);
    environment
}

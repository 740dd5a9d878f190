//! The server under each queue strategy, and the servers of others, on the same page and machine,
//! driven by `wrk`.
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

pub mod check;
pub mod contestant;
pub mod measure;
pub mod nginx;
pub mod process;
pub mod serve;
pub mod wrk;

use crate::environment::{self, Environment};
use crate::record::Record;
use crate::servers::{Mode, table};
use contestant::Contestant;
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
    /// Writes all samples to this file; if a comparison is there already, into it
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// The packages that the peers come from.
const PACKAGES: &[&str] = &["actix-web", "axum", "rouille", "tiny_http"];

/// Measures, and writes the table to stdout and the samples to the file that was asked for.
///
/// # Errors
///
/// A message for people: something that is needed is missing, a name is unknown, a server answers
/// wrongly, or the file is there and is something else.
pub fn run(args: &Args) -> Result<(), String> {
    let said = |error: std::io::Error| error.to_string();
    wrk::find()?;
    let contestants = contestant::chosen(&args.servers, &args.hello, &args.baseline)?;
    // Read first: what cannot be written to must not be found out when everything is measured.
    let there = args
        .json
        .as_deref()
        .filter(|path| path.exists())
        .map(Record::read)
        .transpose()
        .map_err(said)?;
    let servers = measure::measure(args, &contestants, here())?;
    print!("{}", table::text(&servers));
    if let Some(path) = &args.json {
        let mut record =
            there.unwrap_or_else(|| Record::without_pools(servers.environment.clone()));
        record.http = Some(servers);
        record.write(path).map_err(said)?;
    }
    Ok(())
}

fn here() -> Environment {
    let mut environment = Environment::here();
    environment.versions = environment::locked(PACKAGES);
    let programs = [("wrk", wrk::version()), ("nginx", nginx::version())];
    let found =
        programs.into_iter().filter_map(|(name, version)| Some((name.to_owned(), version?)));
    environment.versions.extend(found);
    environment
}

//! `cargo run --release -p compare`: who feeds a pool fastest, and when.
#![forbid(unsafe_code)]

use clap::Parser;
use compare::contender::CONTENDERS;
use compare::run::Plan;
use compare::table;
use compare::workload::WORKLOADS;
use std::process::ExitCode;

/// Runs every way to feed a thread pool through every workload, side by side
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[cfg(feature = "http")]
    #[command(subcommand)]
    command: Option<Command>,
    /// Numbers of workers to measure with
    #[arg(long, value_delimiter = ',', default_value = "2,8", value_parser = clap::value_parser!(u8).range(1..))]
    workers: Vec<u8>,
    /// How often everybody does everything
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Who takes part [default: all]
    #[arg(long, value_delimiter = ',')]
    contenders: Vec<String>,
    /// What they must do [default: all]
    #[arg(long, value_delimiter = ',')]
    workloads: Vec<String>,
    /// What random choices start from
    #[arg(long, default_value_t = 20)]
    seed: u64,
    /// Says who there is and what there is to do
    #[arg(long)]
    list: bool,
}

#[cfg(feature = "http")]
#[derive(clap::Subcommand)]
enum Command {
    /// Runs the server and those of others on one page, under load by `wrk`
    Http(compare::http::Args),
    /// Is one of the others
    #[command(hide = true)]
    Serve { name: String, address: std::net::SocketAddr },
}

#[cfg(feature = "http")]
impl Command {
    fn run(&self) -> ExitCode {
        let result = match self {
            Self::Http(args) => compare::http::run(args).map(drop),
            Self::Serve { name, address } => compare::http::serve::serve(name, *address),
        };
        result.map_or_else(complain, |()| ExitCode::SUCCESS)
    }
}

fn complain(message: String) -> ExitCode {
    eprintln!("compare: {message}");
    ExitCode::from(2)
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    #[cfg(feature = "http")]
    if let Some(command) = &arguments.command {
        return command.run();
    }
    if arguments.list {
        CONTENDERS.iter().for_each(|contender| println!("{:<17} {}", contender.name, contender.mechanism));
        println!();
        WORKLOADS.iter().for_each(|workload| println!("{:<17} {}", workload.name, workload.question));
        return ExitCode::SUCCESS;
    }
    let plan = match plan(&arguments) {
        Ok(plan) => plan,
        Err(message) => return complain(message),
    };
    let samples = plan.run(|round| eprint!("\rround {round} of {} ", plan.rounds));
    eprintln!();
    let mut text = String::new();
    table::write(&mut text, &plan, &samples).expect("a string takes everything");
    print!("{text}");
    ExitCode::SUCCESS
}

fn plan(arguments: &Arguments) -> Result<Plan, String> {
    Ok(Plan {
        contenders: chosen("contender", CONTENDERS, &arguments.contenders, |contender| contender.name)?,
        workloads: chosen("workload", WORKLOADS, &arguments.workloads, |workload| workload.name)?,
        workers: arguments.workers.iter().map(|workers| usize::from(*workers)).collect(),
        rounds: arguments.rounds.into(),
        seed: arguments.seed,
    })
}

/// Finds what was named, in the order of the names; everything if nothing was.
fn chosen<T>(
    what: &str,
    all: &'static [T],
    names: &[String],
    name_of: fn(&T) -> &'static str,
) -> Result<Vec<&'static T>, String> {
    if names.is_empty() {
        return Ok(all.iter().collect());
    }
    let find = |name: &String| all.iter().find(|one| name_of(one) == name);
    names.iter().map(|name| find(name).ok_or_else(|| format!("no {what} is called `{name}`; see --list"))).collect()
}

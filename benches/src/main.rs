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
struct Arguments {
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

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.list {
        CONTENDERS.iter().for_each(|contender| println!("{:<17} {}", contender.name, contender.mechanism));
        println!();
        WORKLOADS.iter().for_each(|workload| println!("{:<17} {}", workload.name, workload.question));
        return ExitCode::SUCCESS;
    }
    let plan = match plan(&arguments) {
        Ok(plan) => plan,
        Err(message) => {
            eprintln!("compare: {message}");
            return ExitCode::from(2);
        }
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

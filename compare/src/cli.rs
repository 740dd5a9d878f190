//! The arguments of the program, and the plans that they ask for.

mod files;
mod filter;
mod list;
mod trace;

pub use files::Outputs;
pub use filter::Filter;
pub use list::list;
pub use trace::TraceArgs;

use crate::data::{Condition, WHOLE};
use crate::runner::Plan;
use crate::strategies::{OPTIONAL, STRATEGIES, Strategy, ablation};
use crate::workloads::{WORKLOADS, Workload};
use clap::{Args, Parser, Subcommand};
use hello::queue::Rule;
use std::path::PathBuf;

/// Measures strategies to feed a thread pool under the same workloads, and compares them
///
/// The result is printed to stdout; progress and warnings go to stderr. Ctrl-C ends a run early and
/// reports the complete rounds; a second Ctrl-C ends the program.
#[derive(Parser)]
#[command(
    name = "compare",
    bin_name = "cargo compare",
    version,
    args_conflicts_with_subcommands = true
)]
#[derive(Debug)]
pub struct Arguments {
    /// The command; without one, the program measures
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The options of a measurement
    #[command(flatten)]
    pub measure: Measure,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Shows the result of a run again, or that of several runs together
    Report {
        /// The JSON files of the runs; the rounds of several are merged
        #[arg(required = true, value_name = "FILE")]
        runs: Vec<PathBuf>,
        /// Prints all tables as well
        #[arg(long)]
        full: bool,
        /// The part of the record to show
        #[command(flatten)]
        filter: Filter,
        /// The files to write instead of the result to stdout
        #[command(flatten)]
        outputs: Outputs,
    },
    /// Shows what changed from one run to another beyond noise
    Diff {
        /// The JSON file of the older run
        old: PathBuf,
        /// The JSON file of the newer run
        new: PathBuf,
        /// Fails if a strategy other than the baseline became slower, beyond noise, by at least this factor
        #[arg(long, value_name = "FACTOR", value_parser = factor)]
        fail_over: Option<f64>,
        /// The condition to compare
        #[arg(long, default_value = "quiet", value_name = "CONDITION")]
        condition: Condition,
    },
    /// Shows whether two runs agree; fails if a strategy is better in one and worse in the other
    Agree {
        /// The JSON file of a run
        first: PathBuf,
        /// The JSON file of another run, on the same machine or on another
        second: PathBuf,
    },
    /// Measures what decides on this machine: what a wake-up, a lock and a clock read cost
    Machine,
    /// Records a short scene under each strategy: which worker was woken, and when
    Trace(TraceArgs),
    /// Measures the default queue without each of its rules
    Ablation(Ablation),
    /// Measures the server and its peers on the same page, under load by `wrk`
    #[cfg(feature = "http")]
    Http(crate::servers::Args),
    /// Runs a peer
    #[cfg(feature = "http")]
    #[command(hide = true)]
    Serve {
        /// The name of the peer
        name: String,
        /// The address to listen on
        address: std::net::SocketAddr,
    },
    /// Generates the tables and figures in documents, between their markers
    Embed {
        /// The JSON file of the run
        file: PathBuf,
        /// The documents
        #[arg(required = true)]
        documents: Vec<PathBuf>,
        /// Changes nothing, but fails if a document is stale
        #[arg(long)]
        check: bool,
    },
}

/// The options of a measurement.
#[derive(Debug, Args)]
pub struct Measure {
    /// The strategies [default: all but those that `--list` calls optional]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub strategies: Vec<String>,
    /// The workloads; `representative` names one or two of each family [default: all, or
    /// representative with --quick]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub workloads: Vec<String>,
    /// The conditions; each has the workloads that apply to it
    #[arg(long, value_delimiter = ',', default_value = "quiet", value_name = "CONDITIONS")]
    pub conditions: Vec<Condition>,
    /// The extent of the measurement
    #[command(flatten)]
    pub extent: Extent,
    /// The strategy to which ratios are taken; it always takes part
    #[arg(long, default_value = "mpsc", value_name = "NAME")]
    pub baseline: String,
    /// Takes fewer and shorter samples, in under two minutes
    #[arg(long)]
    pub quick: bool,
    /// Prints all tables as well, and not only the verdict, a row a family and the losses
    #[arg(long)]
    pub full: bool,
    /// The files to write, beside the result to stdout
    #[command(flatten)]
    pub outputs: Outputs,
    /// Lists the strategies, workloads, conditions and scenes
    #[arg(long)]
    pub list: bool,
}

/// The extent of a measurement.
#[derive(Debug, Args)]
pub struct Extent {
    /// Numbers of workers; some workloads take the largest of them, or a number of their own
    #[arg(long, value_delimiter = ',', default_value = "2,8", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub workers: Vec<u8>,
    /// The number of rounds; each has every sample once [default: 15, or 6 with --quick]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub rounds: Option<u16>,
    /// The seed of random choices
    #[arg(long, default_value_t = 20)]
    pub seed: u64,
}

/// The factor for the length of samples with `--quick`.
const QUICK: f64 = 0.2;
/// The number of rounds with `--quick`: the least that has an interval of 95 %.
const QUICK_ROUNDS: usize = 6;
/// The name that stands for the workloads that represent their families.
const REPRESENTATIVE: &str = "representative";

impl Extent {
    fn plan(
        &self,
        quick: bool,
        baseline: &'static str,
        strategies: Vec<&'static Strategy>,
        workloads: Vec<&'static Workload>,
        conditions: &[Condition],
    ) -> Plan {
        Plan {
            strategies,
            workloads,
            baseline,
            workers: sorted(self.workers.iter().map(|workers| usize::from(*workers))),
            rounds: self.rounds.map_or(if quick { QUICK_ROUNDS } else { 15 }, usize::from),
            seed: self.seed,
            scale: if quick { QUICK } else { 1.0 },
            conditions: sorted(conditions.iter().copied()),
            subprocesses: true,
            cards: true,
        }
    }
}

impl Measure {
    /// Returns what to measure. Strategies of one's own take part as those of the program do.
    ///
    /// # Errors
    ///
    /// Fails if a name is unknown.
    pub fn plan(&self, own: &'static [Strategy]) -> Result<Plan, String> {
        let known: Vec<_> = STRATEGIES.iter().chain(own).chain(OPTIONAL).collect();
        let find = |names: &[String]| find("strategy", &known, names, |one| one.name);
        let mut strategies = find(&self.strategies)?;
        if strategies.is_empty() {
            strategies.extend(STRATEGIES.iter().chain(own));
        }
        let baseline = find(std::slice::from_ref(&self.baseline))?[0];
        if !strategies.iter().any(|one| one.name == baseline.name) {
            strategies.push(baseline);
        }
        let short = [REPRESENTATIVE.to_owned()];
        let names = if self.quick && self.workloads.is_empty() { &short } else { &*self.workloads };
        let workloads = workloads(names)?;
        Ok(self.extent.plan(self.quick, baseline.name, strategies, workloads, &self.conditions))
    }
}

/// The options of an ablation.
#[derive(Debug, Args)]
pub struct Ablation {
    /// The workloads [default: for each rule some in which it should pay]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub workloads: Vec<String>,
    /// The rules, each removed alone [default: all]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub rules: Vec<String>,
    /// The conditions; each has the workloads that apply to it
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "quiet,busy,one-core",
        value_name = "CONDITIONS"
    )]
    pub conditions: Vec<Condition>,
    /// The extent of the measurement
    #[command(flatten)]
    pub extent: Extent,
    /// Takes fewer and shorter samples
    #[arg(long)]
    pub quick: bool,
    /// The files to write, beside the result to stdout
    #[command(flatten)]
    pub outputs: Outputs,
}

/// The workloads of an ablation that names none: for each rule some in which it should pay.
const ABLATION_WORKLOADS: &[&str] = &[
    // Several submitters at the lock: backoff.
    "empty-1",
    "empty-4",
    "tree",
    // More workers than jobs: wake throttling, and what its timeout costs.
    "bursts",
    "oversubscribed",
    // Single jobs shortly after the queue was empty: spin before waking, spin, cooldown.
    "round-trip-channel",
    "round-trip-park",
    "sparse-20",
    "sparse-60",
    "sparse-1000",
    // Cores that are taken by a submitter or by long jobs, so that a woken worker may wait for one:
    // wake timeout.
    "open-loop",
    "load-80",
    "straggler-computes",
];

impl Ablation {
    /// Returns what to measure: the whole queue, and the queue without each rule.
    ///
    /// # Errors
    ///
    /// Fails if a name is unknown.
    pub fn plan(&self) -> Result<Plan, String> {
        let known: Vec<_> = Rule::REMOVABLE.iter().collect();
        let rules = find("rule", &known, &self.rules, |rule| rule.name())?;
        let is_removed = |name: &str| {
            rules.is_empty() || rules.iter().any(|rule| name == format!("without-{}", rule.name()))
        };
        let strategies =
            ablation().iter().filter(|one| one.name == WHOLE || is_removed(one.name)).collect();
        let by_default = ABLATION_WORKLOADS.iter().map(ToString::to_string).collect();
        let names = if self.workloads.is_empty() { &by_default } else { &self.workloads };
        let workloads = workloads(names)?;
        Ok(self.extent.plan(self.quick, WHOLE, strategies, workloads, &self.conditions))
    }
}

/// Returns the named workloads, or all if none is named.
fn workloads(names: &[String]) -> Result<Vec<&'static Workload>, String> {
    let all: Vec<_> = WORKLOADS.iter().collect();
    let names: Vec<_> = names.iter().flat_map(|name| represented(name)).collect();
    let names = &names[..];
    let found = find("workload", &all, names, |one| one.name)?;
    Ok(if found.is_empty() { all } else { found })
}

/// Returns the names that a name stands for.
fn represented(name: &str) -> Vec<String> {
    if name != REPRESENTATIVE {
        return vec![name.to_owned()];
    }
    let representatives = WORKLOADS.iter().filter(|one| one.representative);
    representatives.map(|one| one.name.to_owned()).collect()
}

/// Sorts values and removes duplicates.
fn sorted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// Finds values of the program by their names, as [`named`] does.
fn find<'a, T>(
    what: &str,
    all: &[&'a T],
    names: &[String],
    name_of: fn(&T) -> &str,
) -> Result<Vec<&'a T>, String> {
    named(what, all, names, name_of).map_err(|error| format!("{error} `--list` names all of them"))
}

/// Finds values by their names, in the order of the names, each once. If a name is unknown, the error
/// names the nearest.
fn named<'a, T>(
    what: &str,
    all: &[&'a T],
    names: &[String],
    name_of: fn(&T) -> &str,
) -> Result<Vec<&'a T>, String> {
    let mut found: Vec<&'a T> = Vec::new();
    for name in names {
        let one = all.iter().find(|one| name_of(one) == name).ok_or_else(|| {
            let nearest = nearest(name, all.iter().map(|one| name_of(one)));
            format!("no {what} is called `{name}`; did you mean `{nearest}`?")
        })?;
        if !found.iter().any(|other| name_of(other) == name) {
            found.push(one);
        }
    }
    Ok(found)
}

fn nearest<'a>(name: &str, all: impl Iterator<Item = &'a str>) -> &'a str {
    all.max_by(|a, b| strsim::jaro_winkler(name, a).total_cmp(&strsim::jaro_winkler(name, b)))
        .unwrap_or_default()
}

fn factor(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|factor| *factor >= 1.0)
        .ok_or_else(|| "a factor is a number of 1 or more".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sections::SECTIONS;
    use clap::CommandFactory;
    use std::time::Duration;

    fn try_plan(words: &[&str]) -> Result<Plan, String> {
        let arguments =
            Arguments::try_parse_from([&["compare"], words].concat()).expect("they are valid");
        match arguments.command {
            Some(Command::Ablation(ablation)) => ablation.plan(),
            _ => arguments.measure.plan(&[]),
        }
    }

    fn plan(words: &[&str]) -> Plan {
        try_plan(words).expect("the names exist")
    }

    fn strategies(words: &[&str]) -> Vec<&'static str> {
        plan(words).strategies.iter().map(|one| one.name).collect()
    }

    #[test]
    fn arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn baseline_always_takes_part() {
        let names = strategies(&["--strategies", "condvar,rayon"]);
        assert_eq!(names, ["condvar", "rayon", "mpsc"]);
    }

    #[test]
    fn optional_strategies_take_part_only_if_named() {
        assert_eq!(strategies(&[]).len(), STRATEGIES.len());
        assert_eq!(strategies(&["--strategies", "condvar-spin"]), ["condvar-spin", "mpsc"]);
    }

    #[test]
    fn names_keep_their_order_without_duplicates() {
        let names = strategies(&["--strategies", "mpsc,condvar,mpsc"]);
        assert_eq!(names, ["mpsc", "condvar"]);
    }

    #[test]
    fn unknown_name_is_refused_with_the_nearest() {
        for (typed, meant) in [
            ("crosbeam", "crossbeam"),
            ("condva", "condvar"),
            ("rayonfifo", "rayon-fifo"),
            ("mspc", "mpsc"),
        ] {
            let message = try_plan(&["--strategies", typed]).expect_err("there is none");
            assert!(message.contains(&format!("`{typed}`; did you mean `{meant}`?")), "{message}");
        }
    }

    #[test]
    fn quick_reduces_rounds_and_scale() {
        let (full, quick) = (plan(&[]), plan(&["--quick"]));
        assert!(quick.rounds < full.rounds && quick.scale < full.scale);
        assert_eq!(plan(&["--quick", "--rounds", "9"]).rounds, 9);
    }

    fn workload_names(words: &[&str]) -> Vec<&'static str> {
        plan(words).workloads.iter().map(|one| one.name).collect()
    }

    #[test]
    fn quick_run_has_representative_workloads() {
        let names = workload_names(&["--quick"]);
        assert_eq!(workload_names(&["--workloads", "representative"]), names);
        let families = SECTIONS.iter().filter(|section| section.has_vote());
        for family in families {
            let number = names.iter().filter(|name| family.workloads.contains(name)).count();
            assert!((1..=2).contains(&number), "{}: {number}", family.title);
        }
        assert_eq!(workload_names(&["--quick", "--workloads", "idle"]), ["idle"]);
        assert_eq!(workload_names(&["--workloads", "tree,representative,tree"])[0], "tree");
    }

    #[test]
    fn quick_run_takes_under_two_minutes() {
        let (_, time) = plan(&["--quick"]).estimate();
        assert!(time < Duration::from_secs(120), "{time:?}");
    }

    #[test]
    fn every_sample_has_a_subprocess() {
        assert!(plan(&[]).subprocesses && plan(&["ablation"]).subprocesses);
    }

    #[test]
    fn workers_are_sorted_without_duplicates() {
        assert_eq!(plan(&["--workers", "8,2,8"]).workers, [2, 8]);
    }

    #[test]
    fn conditions_default_to_quiet() {
        assert_eq!(plan(&[]).conditions, [Condition::Quiet]);
        let all = [Condition::Quiet, Condition::Busy, Condition::OneCore];
        assert_eq!(plan(&["--conditions", "one-core,busy,quiet,busy"]).conditions, all);
    }

    #[test]
    fn unknown_condition_is_refused_with_all_conditions() {
        let error = Arguments::try_parse_from(["compare", "--conditions", "noisy"])
            .expect_err("there is none");
        assert!(error.to_string().contains("possible values: quiet, busy, one-core"), "{error}");
    }

    #[test]
    fn ablation_defaults_to_all_rules_and_conditions() {
        let plan = plan(&["ablation"]);
        assert_eq!(plan.strategies.len(), 1 + Rule::REMOVABLE.len());
        assert_eq!((plan.strategies[0].name, plan.baseline), (WHOLE, WHOLE));
        assert_eq!(plan.conditions.len(), 3);
        let names: Vec<_> = plan.workloads.iter().map(|one| one.name).collect();
        assert_eq!(names, ABLATION_WORKLOADS, "every workload exists");
    }

    #[test]
    fn ablation_may_name_rules() {
        let names = strategies(&["ablation", "--rules", "spin", "--workloads", "tree"]);
        assert_eq!(names, [WHOLE, "without-spin"]);
        let error = try_plan(&["ablation", "--rules", "spni"]).expect_err("there is none");
        assert!(error.contains("did you mean `spin`?"), "{error}");
    }

    #[test]
    fn every_strategy_is_listed_with_a_mechanism() {
        let list = list(&[]);
        for strategy in STRATEGIES.iter().chain(OPTIONAL) {
            assert!(list.contains(strategy.name) && !strategy.mechanism.is_empty());
        }
    }
}

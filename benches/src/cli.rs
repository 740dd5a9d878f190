//! What can be asked of the program.

use crate::ablation::{self, WHOLE};
use crate::condition::Condition;
use crate::contender::CONTENDERS;
use crate::contenders::ablation::strategies;
use crate::names::chosen;
use crate::run::Plan;
use crate::workload::WORKLOADS;
use clap::{Args, Parser, Subcommand, ValueEnum};
use hello::queue::Rule;
use std::path::PathBuf;

/// Runs every way to feed a thread pool through every workload, side by side
///
/// The result is printed to stdout; progress and warnings go to stderr. Ctrl-C ends a run early and
/// reports the rounds that are done; a second one ends the program.
#[derive(Parser)]
#[command(
    name = "compare",
    bin_name = "cargo compare",
    version,
    args_conflicts_with_subcommands = true
)]
pub struct Arguments {
    /// What to do with runs that have been
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to run
    #[command(flatten)]
    pub measure: Measure,
}

/// What to do with runs that have been.
#[derive(Subcommand)]
pub enum Command {
    /// Shows a run again
    Report {
        /// The JSON file of the run
        file: PathBuf,
        /// Writes a page with figures to this file, and no table to stdout
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// Says what has changed from one run to another, beyond noise
    Diff {
        /// The JSON file of the older run
        old: PathBuf,
        /// The JSON file of the newer run
        new: PathBuf,
        /// Fails if anybody but the baseline became slower, beyond noise, by this factor or more
        #[arg(long, value_name = "FACTOR", value_parser = factor)]
        fail_over: Option<f64>,
        /// Under which condition
        #[arg(long, default_value = "quiet", value_name = "CONDITION")]
        condition: Condition,
    },
    /// Says what each rule of the default queue is worth: what everything takes without it
    Ablation(Ablation),
    /// Runs the server and those of others on one page, under load by `wrk`
    #[cfg(feature = "http")]
    Http(crate::http::Args),
    /// Is one of the others
    #[cfg(feature = "http")]
    #[command(hide = true)]
    Serve {
        /// Which one
        name: String,
        /// Where it listens
        address: std::net::SocketAddr,
    },
    /// Makes the tables and figures in documents anew, between their markers
    Embed {
        /// The JSON file of the run
        file: PathBuf,
        /// The documents
        #[arg(required = true)]
        documents: Vec<PathBuf>,
        /// Changes nothing, but fails if a document does not say what the run says
        #[arg(long)]
        check: bool,
    },
}

/// How to run.
#[derive(Args)]
pub struct Measure {
    /// Who takes part [default: all]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub strategies: Vec<String>,
    /// What they must do [default: all]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub workloads: Vec<String>,
    /// Conditions under which they do it, each workload where it says something
    #[arg(long, value_delimiter = ',', default_value = "quiet", value_name = "CONDITIONS")]
    pub conditions: Vec<Condition>,
    /// How much
    #[command(flatten)]
    pub extent: Extent,
    /// The strategy to which ratios are taken; it takes part in any case
    #[arg(long, default_value = "mpsc", value_name = "NAME")]
    pub baseline: String,
    /// Everything once over lightly, in three to four minutes
    #[arg(long)]
    pub quick: bool,
    /// Writes everything that was measured to this file
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Writes a page with figures to this file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Says who there is and what there is to do
    #[arg(long)]
    pub list: bool,
}

/// How much is measured, whatever it is.
#[derive(Args)]
pub struct Extent {
    /// Numbers of workers, where the workload does not say
    #[arg(long, value_delimiter = ',', default_value = "2,8", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub workers: Vec<u8>,
    /// How often everybody does everything [default: 15, or 7 if quick]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub rounds: Option<u16>,
    /// What random choices start from
    #[arg(long, default_value_t = 20)]
    pub seed: u64,
}

impl Extent {
    fn workers(&self) -> Vec<usize> {
        once(self.workers.iter().map(|workers| usize::from(*workers)))
    }

    fn rounds(&self, quick: bool) -> usize {
        self.rounds.map_or(if quick { 7 } else { 15 }, usize::from)
    }
}

/// How to run without one rule after the other.
#[derive(Args)]
pub struct Ablation {
    /// What the queue must do [default: for each rule, what it should gain in]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub workloads: Vec<String>,
    /// Which rules are removed, one at a time [default: all]
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub rules: Vec<String>,
    /// Conditions under which it does it, each workload where it says something
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "quiet,busy,one-core",
        value_name = "CONDITIONS"
    )]
    pub conditions: Vec<Condition>,
    /// How much
    #[command(flatten)]
    pub extent: Extent,
    /// Everything once over lightly
    #[arg(long)]
    pub quick: bool,
    /// Writes everything that was measured to this file
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

impl Ablation {
    /// What to measure: the whole queue, and the queue without each rule, each sample in a process
    /// of its own.
    ///
    /// # Errors
    ///
    /// Says which name nobody has.
    pub fn plan(&self) -> Result<Plan, String> {
        let rules: Vec<_> = chosen("rule", &Rule::REMOVABLE, &self.rules, |rule| rule.name())?;
        let lacking: Vec<_> =
            rules.into_iter().map(|rule| format!("without-{}", rule.name())).collect();
        let names = [&[WHOLE.to_owned()], &lacking[..]].concat();
        let by_default: Vec<_> = ablation::WORKLOADS.iter().map(ToString::to_string).collect();
        let workloads = if self.workloads.is_empty() { &by_default } else { &self.workloads };
        Ok(Plan {
            contenders: chosen("strategy", strategies(), &names, |one| one.name)?,
            workloads: chosen("workload", WORKLOADS, workloads, |one| one.name)?,
            baseline: WHOLE,
            workers: self.extent.workers(),
            rounds: self.extent.rounds(self.quick),
            seed: self.extent.seed,
            effort: effort(self.quick),
            conditions: once(self.conditions.iter().copied()),
            // What differs from process to process, as places in memory do, is then in the
            // interval.
            subprocesses: true,
        })
    }
}

/// How much of its jobs a sample submits if it must be quick.
const QUICK: f64 = 0.15;

impl Measure {
    /// What to measure.
    ///
    /// # Errors
    ///
    /// Says which name nobody has.
    pub fn plan(&self) -> Result<Plan, String> {
        let mut contenders = chosen("strategy", CONTENDERS, &self.strategies, |one| one.name)?;
        let baseline =
            chosen("strategy", CONTENDERS, std::slice::from_ref(&self.baseline), |one| one.name)?
                [0];
        if !contenders.iter().any(|one| one.name == baseline.name) {
            contenders.push(baseline);
        }
        Ok(Plan {
            contenders,
            workloads: chosen("workload", WORKLOADS, &self.workloads, |one| one.name)?,
            baseline: baseline.name,
            workers: self.extent.workers(),
            rounds: self.extent.rounds(self.quick),
            seed: self.extent.seed,
            effort: effort(self.quick),
            conditions: once(self.conditions.iter().copied()),
            subprocesses: false,
        })
    }
}

fn effort(quick: bool) -> f64 {
    if quick { QUICK } else { 1.0 }
}

/// Each once, and in order.
fn once<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// Says who there is and what there is to do.
pub fn list() -> String {
    let contenders = CONTENDERS.iter().map(|one| format!("  {:<18} {}\n", one.name, one.mechanism));
    let workloads = WORKLOADS.iter().map(|one| format!("  {:<18} {}\n", one.name, one.question));
    let conditions =
        Condition::value_variants().iter().map(|one| format!("  {one:<18} {}\n", one.words()));
    let parts = [
        ("Strategies", contenders.collect::<String>()),
        ("Workloads", workloads.collect()),
        ("Conditions", conditions.collect()),
    ];
    parts.map(|(title, lines)| format!("{title}:\n{lines}")).join("\n")
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
    use clap::CommandFactory;

    fn plan(words: &[&str]) -> Plan {
        let arguments =
            Arguments::try_parse_from([&["compare"], words].concat()).expect("they are valid");
        arguments.measure.plan().expect("the names exist")
    }

    #[test]
    fn the_arguments_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_baseline_takes_part_in_any_case() {
        let names: Vec<_> = plan(&["--strategies", "condvar,rayon"])
            .contenders
            .iter()
            .map(|one| one.name)
            .collect();
        assert_eq!(names, ["condvar", "rayon", "mpsc"]);
    }

    #[test]
    fn quick_is_less_of_everything_but_rounds_can_be_said() {
        let (full, quick) = (plan(&[]), plan(&["--quick"]));
        assert!(quick.rounds < full.rounds && quick.effort < full.effort);
        assert_eq!(plan(&["--quick", "--rounds", "9"]).rounds, 9);
    }

    #[test]
    fn numbers_of_workers_are_taken_once_and_in_order() {
        assert_eq!(plan(&["--workers", "8,2,8"]).workers, [2, 8]);
    }

    #[test]
    fn conditions_are_read_and_quiet_is_the_default() {
        assert_eq!(plan(&[]).conditions, [Condition::Quiet]);
        let all = [Condition::Quiet, Condition::Busy, Condition::OneCore];
        assert_eq!(plan(&["--conditions", "one-core,busy,quiet,busy"]).conditions, all);
    }

    #[test]
    fn an_unknown_condition_is_refused_with_all_there_are() {
        let error = Arguments::try_parse_from(["compare", "--conditions", "noisy"])
            .err()
            .expect("there is none");
        assert!(error.to_string().contains("possible values: quiet, busy, one-core"), "{error}");
    }

    fn ablation(words: &[&str]) -> Result<Plan, String> {
        let arguments = Arguments::try_parse_from([&["compare", "ablation"], words].concat())
            .expect("they are valid");
        let Some(Command::Ablation(ablation)) = arguments.command else {
            panic!("it is an ablation")
        };
        ablation.plan()
    }

    #[test]
    fn an_ablation_is_of_all_rules_under_all_conditions() {
        let plan = ablation(&[]).expect("the defaults exist");
        assert_eq!(plan.contenders.len(), 1 + Rule::REMOVABLE.len());
        assert_eq!((plan.contenders[0].name, plan.baseline), (WHOLE, WHOLE));
        assert!(
            plan.conditions.len() == 3
                && plan.workloads.len() == ablation::WORKLOADS.len()
                && plan.subprocesses
        );
    }

    #[test]
    fn an_ablation_may_be_of_some_rules() {
        let plan = ablation(&["--rules", "spin", "--workloads", "tree"]).expect("they exist");
        assert_eq!(
            plan.contenders.iter().map(|one| one.name).collect::<Vec<_>>(),
            [WHOLE, "without-spin"]
        );
        assert!(
            ablation(&["--rules", "spni"])
                .err()
                .expect("there is none")
                .contains("did you mean `spin`?")
        );
    }

    #[test]
    fn everybody_is_listed_with_a_mechanism() {
        let list = list();
        for contender in CONTENDERS {
            assert!(list.contains(contender.name) && !contender.mechanism.is_empty());
        }
    }
}

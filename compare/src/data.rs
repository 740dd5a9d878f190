//! The record of a run as plain data, without any of the crates that are measured.

mod environment;
#[cfg(test)]
pub(crate) mod fixture;
mod machine;
mod metric;
mod part;
mod record;
mod run;
mod servers;
mod trace;

pub use environment::{DIRTY, Environment, load, locked, program_name};
pub use machine::{Card, Disturbance, MachineMetric};
pub use metric::{Condition, Metric, Unit, number, split_metric};
pub use record::{
    Curve, FORMAT, Group, Measurement, Record, Sample, Settings, Span, StrategyInfo, Timeline,
    WHOLE, WorkloadInfo, percentile,
};
pub use run::{Rounds, Run};
pub use servers::{CONTROL, Load, Mode, ServerInfo, ServerRun, ServerSample};
pub(crate) use trace::first_seen;
pub use trace::{Counters, JobRun, Note, Push, Recording, Trace, Worker};

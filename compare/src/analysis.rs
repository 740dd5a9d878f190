//! What the samples of a record say.

pub mod ablation;
pub mod agreement;
pub mod compare;
pub mod diff;
pub mod families;
pub mod machine;
pub mod merge;
pub mod pareto;
pub mod scores;
pub mod sections;
pub mod servers;
pub mod standings;
pub mod stats;
pub mod summary;
pub mod trace;
pub mod verdict;
pub mod warnings;
pub mod words;

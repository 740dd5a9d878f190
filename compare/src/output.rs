//! How a record is shown.

pub mod agreement;
mod brief;
mod dots;
pub mod embed;
pub mod export;
mod families;
mod figure;
pub(crate) mod layout;
mod lanes;
mod line_plots;
mod lines;
pub mod machine;
pub mod page;
pub mod perfetto;
mod pareto;
mod rules;
pub mod server_table;
mod summary;
mod svg;
mod table;
pub mod terminal;
mod timeline;
pub mod trace;
pub mod trace_figure;
mod view;

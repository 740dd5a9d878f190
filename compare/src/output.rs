//! How a record is shown.

pub mod agreement;
mod brief;
mod dots;
pub mod embed;
pub mod export;
mod families;
mod figure;
pub(crate) mod layout;
mod line_plots;
mod lines;
pub mod machine;
pub mod page;
mod pareto;
mod rules;
pub mod server_table;
mod summary;
mod svg;
mod table;
pub mod terminal;
mod timeline;
mod view;

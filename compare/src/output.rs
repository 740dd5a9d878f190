//! How a record is shown.

pub mod agreement;
mod dots;
pub mod embed;
pub mod export;
mod families;
mod figure;
mod line_plots;
mod lines;
pub mod machine;
pub mod page;
mod pareto;
mod summary;
mod svg;
pub mod table;
mod timeline;
mod view;

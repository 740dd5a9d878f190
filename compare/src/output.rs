//! How a record is shown.

mod dots;
pub mod embed;
pub mod export;
mod figure;
mod lanes;
mod line_plots;
mod lines;
pub mod machine;
pub mod page;
pub mod perfetto;
mod summary;
mod svg;
pub mod table;
mod timeline;
pub mod trace;
pub mod trace_figure;

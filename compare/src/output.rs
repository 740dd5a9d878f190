//! How a record is shown.

mod dots;
pub mod embed;
pub mod export;
mod figure;
mod line_plots;
mod lines;
pub mod machine;
pub mod page;
mod server_plots;
pub mod servers;
mod summary;
mod svg;
pub mod table;
mod timeline;

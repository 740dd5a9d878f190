//! The page.

use crate::record::Record;

/// The page.
pub fn page(_record: &Record) -> String {
    String::new()
}

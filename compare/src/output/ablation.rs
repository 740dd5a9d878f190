//! The table of an ablation that documents quote.

use crate::analysis::ablation::{Cell, Effect, cells};
use crate::data::{Condition, Record, WHOLE, split_metric};
use std::fmt::Write;

/// A column: a workload, the metric if it is not the first, and the number of workers.
struct Column<'a> {
    workload: &'a str,
    metric: Option<&'a str>,
    workers: usize,
}

impl<'a> Column<'a> {
    /// Parses `WORKLOAD[:METRIC]/WORKERS`.
    fn parse(text: &'a str) -> Result<Self, String> {
        let (column, workers) =
            text.split_once('/').ok_or_else(|| format!("`{text}` names no number of workers"))?;
        let workers =
            workers.parse().map_err(|_| format!("`{workers}` is no number of workers"))?;
        let (workload, metric) = split_metric(column);
        Ok(Self { workload, metric, workers })
    }

    /// Returns the cell of this column under a condition: the first metric, or the named one.
    fn of<'c, 'r>(&self, cells: &'c [Cell<'r>], condition: Condition) -> Option<&'c Cell<'r>> {
        cells.iter().find(|cell| {
            let one = cell.measurement;
            one.workload == self.workload
                && one.workers == self.workers
                && one.condition == condition
                && self.metric.is_none_or(|metric| one.metric.short() == metric)
        })
    }

    fn heading(&self) -> String {
        let metric = self.metric.map_or_else(String::new, |metric| format!(" {metric}"));
        format!("{}{metric}, {} w", self.workload, self.workers)
    }
}

/// Writes a Markdown table with a row for each rule and a column for each measurement.
///
/// # Errors
///
/// Fails if a column is not of the form `WORKLOAD[:METRIC]/WORKERS`, or was not measured.
pub(super) fn markdown(record: &Record, columns: &str) -> Result<String, String> {
    let columns = columns.split(',').map(Column::parse).collect::<Result<Vec<_>, _>>()?;
    let headings: String = columns.iter().map(|one| format!(" {} |", one.heading())).collect();
    let mut text = format!("| without |{headings}\n|---|{}\n", "---|".repeat(columns.len()));
    for strategy in record.strategies.iter().filter(|one| one.name != WHOLE) {
        let cells = cells(record, &strategy.name);
        let rule = strategy.name.trim_start_matches("without-");
        let _ = write!(text, "| `{rule}` |");
        for column in &columns {
            let under = record.conditions().into_iter().map(|one| column.of(&cells, one));
            let under: Vec<_> = under.collect();
            if under.iter().all(Option::is_none) {
                return Err(format!("the ablation has no `{}`", column.heading()));
            }
            let cell: Vec<String> = under.into_iter().map(shown).collect();
            let _ = write!(text, " {} |", cell.join(" · "));
        }
        text.push('\n');
    }
    let conditions: Vec<String> = record.conditions().iter().map(ToString::to_string).collect();
    let _ = write!(
        text,
        "\nTime per job (or p50, p99, CPU time, where it says so) without the rule relative to the \
         whole queue, {}: the median of {} rounds, paired. **Bold**: the rule pays, beyond noise. \
         *Italic*: it costs. –: does not apply.",
        conditions.join(" · "),
        record.settings.rounds_done
    );
    Ok(text)
}

fn shown(cell: Option<&Cell<'_>>) -> String {
    let Some(cell) = cell else { return "–".into() };
    let ratio = cell.ratio.middle;
    let digits = if ratio < 9.95 { 2 } else { 0 };
    let ratio = format!("{ratio:.digits$}");
    match cell.effect {
        Effect::Pays => format!("**{ratio}**"),
        Effect::Costs => format!("*{ratio}*"),
        Effect::None => ratio,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::ablation;

    #[test]
    fn rows_are_rules_with_effects_marked() {
        let record = ablation();
        let one = &record.measurements[0];
        let text = markdown(&record, &format!("{}/{}", one.workload, one.workers)).unwrap();
        assert!(text.contains("| `spin` | **1.50**"), "{text}");
        assert!(!text.contains("| `whole`"), "{text}");
    }

    #[test]
    fn columns_that_were_not_measured_are_refused() {
        for (column, error) in [
            ("empty-1", "`empty-1` names no number of workers"),
            ("empty-1/two", "`two` is no number of workers"),
            ("nothing/2", "the ablation has no `nothing, 2 w`"),
        ] {
            assert_eq!(markdown(&ablation(), column), Err(error.to_owned()));
        }
    }
}

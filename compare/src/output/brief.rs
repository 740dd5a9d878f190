//! The short form of a result: the verdict, a row for each family, the losses, and the margin.

use super::layout::{Paint, aligned, columns, labelled, plain, wrapped};
use super::summary::losses_heading;
use crate::analysis::compare::Comparison;
use crate::analysis::standings::{Against, FamilyStanding, standings};
use crate::analysis::stats::{CONFIDENCE, coverage};
use crate::analysis::summary::{Loss, Summary, is_ranking};
use crate::analysis::verdict::Verdict;
use crate::data::Record;

/// Says how to read ratios, intervals and signs.
pub(super) fn legend(record: &Record, colour: bool) -> String {
    let (baseline, ours) = (&record.settings.baseline, record.default_strategy());
    let rounds = record.rounds();
    let least = rounds.0.first().copied().unwrap_or_default();
    let interval = if coverage(least, CONFIDENCE) < CONFIDENCE {
        format!("the range of the ratio in {rounds}, too few for an interval")
    } else {
        format!("the 95 % interval of the ratio, the median of {rounds}")
    };
    let entries = [
        ("0.50×", format!("half the time (or CPU time) of {baseline}: lower is better")),
        ("[0.45, 0.56]", interval),
        ("< = ? >", format!("{ours} better, equivalent (within the margin), undecided, worse")),
        ("3/6", "best, or equivalent to the best, in 3 of 6 measurements".to_owned()),
    ];
    let mut text = format!("{}\n", Paint::Bold.on("How to read it", colour));
    for (label, words) in entries {
        text += &labelled(&format!("  {label}"), &words, 16);
    }
    text
}

/// Writes the verdict, the families, the losses and the margin.
pub(super) fn brief(
    record: &Record,
    comparisons: &[Comparison<'_>],
    summary: &Summary,
    colour: bool,
) -> String {
    let bold = |text: &str| Paint::Bold.on(text, colour);
    let mut parts = vec![verdict(summary, colour)];
    if summary.total.as_ref().is_some_and(is_ranking) {
        let ours = record.default_strategy();
        let heading = format!("{ours} relative to the first, or where it is first, to the second");
        let rows = families(ours, &standings(record, comparisons), colour);
        parts.push(format!("{}\n{rows}", bold(&heading)));
    }
    if summary.total.is_some() {
        parts.push(format!("{}\n{}", bold(&losses_heading(record, summary)), losses(summary)));
    }
    parts.push(summary.reading.iter().map(|line| wrapped(line)).collect());
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// Writes the sentences of a summary, the first in bold.
fn verdict(summary: &Summary, colour: bool) -> String {
    let mut text = format!("{}\n", Paint::Bold.on("Verdict", colour));
    for (place, sentence) in summary.sentences.iter().enumerate() {
        for line in wrapped(&format!("  {sentence}")).lines() {
            text += &Paint::Bold.on(line, colour && place == 0);
            text.push('\n');
        }
    }
    text
}

/// Writes a row for each family, with the standing of the default strategy.
fn families(ours: &str, standings: &[FamilyStanding], colour: bool) -> String {
    let heads = ["family", "first", &format!("  time of {ours}"), "  CPU time", "places"];
    let row = |one: &FamilyStanding| {
        let cpu = one.cpu.map_or_else(|| "–".to_owned(), signed);
        let places = format!("{}/{}", one.places, one.measured);
        let family = one.family.unwrap_or("all families").to_owned();
        vec![family, one.first.clone(), signed(one.time), cpu, places]
    };
    let heads = heads.map(str::to_owned).to_vec();
    let rows: Vec<_> = [heads].into_iter().chain(standings.iter().map(row)).collect();
    columns(4, &rows, |row, column, cell| match (row, column) {
        (0, _) => Paint::Dim.on(&cell, colour),
        (_, 2) => painted(&cell, Some(standings[row - 1].time), colour),
        (_, 3) => painted(&cell, standings[row - 1].cpu, colour),
        _ => cell,
    })
}

fn painted(cell: &str, against: Option<Against>, colour: bool) -> String {
    match against.map(|against| against.verdict) {
        Some(Verdict::Better) => Paint::Green.on(cell, colour),
        Some(Verdict::Worse) => Paint::Red.on(cell, colour),
        _ => cell.to_owned(),
    }
}

fn signed(against: Against) -> String {
    let sign = match against.verdict {
        Verdict::Better => '<',
        Verdict::Equivalent => '=',
        Verdict::Undecided => '?',
        Verdict::Worse => '>',
    };
    format!("{sign} {}", aligned(&against.ratio))
}

/// Writes a row for each loss.
fn losses(summary: &Summary) -> String {
    let row = |loss: &Loss| {
        vec![format!("  {}", loss.measurement), aligned(&loss.ratio), format!("of {}", loss.best)]
    };
    columns(3, &summary.losses.iter().map(row).collect::<Vec<_>>(), plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::compare;
    use crate::analysis::summary::summary;
    use crate::data::fixture::record_where;

    fn of(record: &Record) -> String {
        let comparisons = compare(record);
        brief(record, &comparisons, &summary(record, &comparisons), false)
    }

    fn slower() -> Record {
        record_where(1, |name, _| if name == "condvar" { 1.5 } else { 1.0 })
    }

    #[test]
    fn each_family_has_a_row() {
        let text = of(&slower());
        let row = |start: &str| {
            let row = text.lines().find(|line| line.starts_with(start));
            row.unwrap_or_else(|| panic!("{start}: {text}")).split_whitespace().collect::<Vec<_>>()
        };
        assert_eq!(
            row("family"),
            ["family", "first", "time", "of", "condvar", "CPU", "time", "places"]
        );
        let cells = row("cost of a job");
        assert_eq!(cells[4..6], ["crossbeam", ">"]);
        assert!(cells[6].starts_with("1.") && cells[6].ends_with('×'), "{cells:?}");
        assert_eq!((cells[9], cells.last()), (">", Some(&"0/4")));
        assert_eq!(row("straggler")[6..], ["–", "0/2"], "it has no CPU time");
        assert_eq!(row("all families").last(), Some(&"0/12"));
    }

    #[test]
    fn verdict_comes_first_and_margin_last() {
        let text = of(&slower());
        let words = ["Verdict\n", "\nfamily ", "worse than the best in", "margin of equivalence"];
        let places =
            words.map(|words| text.find(words).unwrap_or_else(|| panic!("{words}: {text}")));
        assert!(places.is_sorted(), "{places:?}");
    }

    #[test]
    fn every_loss_has_a_row() {
        let record = slower();
        let text = of(&record);
        let number = summary(&record, &compare(&record)).losses.len();
        let rows =
            text.lines().filter(|line| line.starts_with("  ") && line.ends_with(" of crossbeam"));
        assert!(number > 10 && rows.count() == number, "{text}");
        let faster = record_where(1, |name, _| if name == "condvar" { 0.5 } else { 1.0 });
        assert!(of(&faster).contains("condvar is worse than the best in no measurement."));
    }

    #[test]
    fn legend_says_what_few_rounds_show() {
        let mut record = slower();
        assert!(legend(&record, false).contains("95 % interval of the ratio, the median of 15"));
        let samples = record.measurements.iter_mut().flat_map(|one| one.samples.values_mut());
        samples.for_each(|values| values.truncate(5));
        assert!(legend(&record, false).contains("the range of the ratio in 5 rounds"));
    }
}

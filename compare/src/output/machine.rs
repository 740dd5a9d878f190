//! The machine card, as text and as a part of the page.

use super::figure::on_demand;
use super::layout::labelled;
use super::page::{Part, list};
use crate::analysis::machine::{DIFFERS, card, differing, listed};
use crate::analysis::words::counted;
use crate::data::{Card, Environment, MachineMetric, Record};
use std::fmt::Write;

/// Writes a card, a line for each figure with what it decides.
pub fn text(card: &Card, environment: &Environment) -> String {
    let cpu = environment.cpu.as_deref().unwrap_or("unknown processor");
    let mut text =
        format!("{cpu}, {}, {}\n\n", counted(environment.cores, "core"), environment.system);
    for (metric, value) in &card.0 {
        let label = format!("{:<30} {:>8}", metric.words(), metric.figure(*value));
        text += &labelled(&label, metric.decides(), 41);
    }
    text
}

/// Writes the cards of two runs side by side, and which figures differ. Writes nothing if one of
/// them has no card.
pub fn side_by_side(old: &Record, new: &Record) -> String {
    let Some((old, new)) = card(&old.cards).zip(card(&new.cards)) else { return String::new() };
    let mut text =
        format!("The machines, by their cards:\n\n  {:30} {:>10} {:>10}\n", "", "old", "new");
    let figure = |card: &Card, metric: MachineMetric| {
        card.get(metric).map_or("-".to_owned(), |value| metric.figure(value))
    };
    let differing = differing(&old, &new);
    for metric in old.0.keys() {
        let (was, is) = (figure(&old, *metric), figure(&new, *metric));
        let mark = if differing.iter().any(|(one, _)| one == metric) { "  differs" } else { "" };
        let _ = writeln!(text, "  {:30} {was:>10} {is:>10}{mark}", metric.words());
    }
    if !differing.is_empty() {
        let warning = format!(
            "the machine differs by more than {DIFFERS}: {}. What changed may be the machine.",
            listed(&differing)
        );
        let _ = write!(text, "\n{}", labelled("Warning:", &warning, 9));
    }
    format!("{text}\n")
}

/// Writes the cards of a run.
pub(super) fn part(record: &Record) -> Part {
    let first = record.cards.first();
    let items = first.into_iter().flat_map(|card| card.0.keys()).map(|metric| {
        let figures = record.cards.iter().filter_map(|card| card.get(*metric));
        let figures: Vec<_> = figures.map(|value| metric.figure(value)).collect();
        (metric.words().to_owned(), format!("{}. {}", figures.join(", then "), metric.decides()))
    });
    Part {
        id: "machine",
        title: "The machine",
        intro: "What the machine itself costs, before and after the run. These figures decide how strategies compare: on a \
                machine with other figures, expect another order."
            .to_owned(),
        body: on_demand("The figures", &list(items)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::record;

    fn all(value: f64) -> Card {
        Card(MachineMetric::ALL.map(|metric| (metric, value)).into())
    }

    #[test]
    fn every_figure_says_what_it_decides() {
        let text = text(&all(0.99), &record().environment);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for metric in MachineMetric::ALL {
            let figure = metric.figure(0.99);
            let wanted = format!("{} {figure} {}", metric.words(), metric.decides());
            assert!(text.contains(&wanted), "{wanted}: {text}");
        }
    }

    #[test]
    fn missing_figures_are_left_out() {
        let card = Card([(MachineMetric::Lock, 12.0)].into());
        let text = text(&card, &record().environment);
        assert!(text.contains("lock and unlock, uncontended") && !text.contains("system call"));
    }

    #[test]
    fn different_machines_are_warned_of() {
        let with = |value| Record { cards: vec![all(value)], ..record() };
        assert_eq!(side_by_side(&with(0.5), &record()), "");
        let same = side_by_side(&with(0.5), &with(0.6));
        assert!(same.contains("clock read") && !same.contains("Warning"), "{same}");
        let other = side_by_side(&with(0.5), &with(1.0));
        assert!(other.contains("more than 1.5: ") && other.contains("clock read 2.00×"), "{other}");
    }

    #[test]
    fn page_has_both_cards() {
        let record = Record { cards: vec![all(0.5), all(0.7)], ..record() };
        assert!(part(&record).body.contains("0.50 ns, then 0.70 ns. "));
        assert!(part(&super::tests::record()).body.is_empty());
    }
}

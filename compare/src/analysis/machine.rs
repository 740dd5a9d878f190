//! What machine cards say: of a run, and of two runs beside each other.

use super::words::times;
use crate::data::{Card, MachineMetric};
use std::collections::BTreeMap;

/// The factor from which on a time on two cards differs.
pub const DIFFERS: f64 = 1.5;

/// Returns one card for all of a run: of the figures before and after, the lower, as a disturbance
/// raises most figures.
pub fn card(cards: &[Card]) -> Option<Card> {
    let (first, others) = cards.split_first()?;
    let mut figures: BTreeMap<_, _> = first.0.clone();
    for (metric, value) in others.iter().flat_map(|card| &card.0) {
        figures.entry(*metric).and_modify(|lower| *lower = lower.min(*value)).or_insert(*value);
    }
    Some(Card(figures))
}

/// Returns the times that differ by more than [`DIFFERS`], each with the new one relative to the
/// old one.
pub fn differing(old: &Card, new: &Card) -> Vec<(MachineMetric, f64)> {
    let ratio = |(metric, was): (&MachineMetric, &f64)| {
        let ratio = new.get(*metric).filter(|_| metric.is_time())? / was;
        (ratio.max(ratio.recip()) > DIFFERS).then_some((*metric, ratio))
    };
    old.0.iter().filter_map(ratio).collect()
}

/// Lists times that differ, to follow "the machine".
pub fn listed(differing: &[(MachineMetric, f64)]) -> String {
    let one =
        |(metric, ratio): &(MachineMetric, f64)| format!("{} {}", metric.words(), times(*ratio));
    differing.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::analysis) fn card_with(median: f64, steal: f64) -> Card {
        Card([(MachineMetric::WakeMedian, median), (MachineMetric::Steal, steal)].into())
    }

    #[test]
    fn card_of_a_run_has_the_lower_figures() {
        assert_eq!(card(&[]), None);
        let cards = [card_with(4e3, 0.2), card_with(5e3, 0.0)];
        assert_eq!(card(&cards), Some(card_with(4e3, 0.0)));
    }

    #[test]
    fn only_times_beyond_the_factor_differ() {
        let old = card_with(4e3, 0.01);
        assert_eq!(differing(&old, &card_with(5.9e3, 0.5)), []);
        for (new, words) in
            [(8e3, "notify to run, median 2.00×"), (2e3, "notify to run, median 0.50×")]
        {
            assert_eq!(listed(&differing(&old, &card_with(new, 0.01))), words);
        }
        assert_eq!(differing(&old, &Card::default()), [], "a missing figure does not differ");
    }
}

//! Whether two runs name the same winners: what a reader of either would take away.

use crate::judge::{Estimate, judge};
use crate::record::Record;
use crate::verdict::{name, times};
use std::fmt::Write;

/// On how many questions two runs agree.
#[derive(Debug, Default, PartialEq)]
pub struct Winners {
    /// Questions that both runs asked of the same winners.
    pub asked: usize,
    /// Questions on which they do not agree, in words.
    pub disagreements: Vec<String>,
}

/// Compares the winners of every question that the verdict may count.
///
/// Two runs agree if the best of each is best, or tied for it, in the other.
pub fn winners(old: &Record, new: &Record) -> Winners {
    let (was, is) = (judge(old), judge(new));
    let mut winners = Winners::default();
    for was in was.iter().filter(|one| one.question.metric.is_scored()) {
        let Some(is) = is.iter().find(|one| one.question.is_same_as(was.question)) else {
            continue;
        };
        let (Some(first), Some(second)) = (was.best(), is.best()) else { continue };
        let (Some(first_then), Some(second_before)) =
            (is.of(&first.contender), was.of(&second.contender))
        else {
            continue;
        };
        winners.asked += 1;
        if !first_then.leads() || !second_before.leads() {
            let (before, after) = (behind(second_before, first), behind(first_then, second));
            winners.disagreements.push(format!(
                "{}: {} first ({} {before}), then {} ({} {after})",
                name(was.question),
                first.contender,
                second.contender,
                second.contender,
                first.contender
            ));
        }
    }
    winners
}

/// How far one was behind the other, by their medians.
fn behind(one: &Estimate, best: &Estimate) -> String {
    let ratio = one.ratio.zip(best.ratio).map(|(one, best)| one.middle / best.middle);
    format!("at {}", times(ratio.unwrap_or(one.figure / best.figure)))
}

impl Winners {
    /// A line, and one more for each disagreement.
    pub fn text(&self) -> String {
        let agreed = self.asked - self.disagreements.len();
        let mut text = format!(
            "Winners agree in {agreed} of {} questions: the best of each run is best or tied in the other.\n",
            self.asked
        );
        for disagreement in &self.disagreements {
            let _ = writeln!(text, "  {disagreement}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{record, record_where};

    #[test]
    fn two_runs_of_the_same_name_the_same_winners_also_where_two_are_tied() {
        for seed in 2..8 {
            let winners = winners(&record(), &record_where(seed, |_, _| 1.0));
            assert!(winners.asked > 8 && winners.disagreements.is_empty(), "{winners:?}");
        }
    }

    #[test]
    fn another_winner_is_named_with_the_question() {
        let other = record_where(
            2,
            |name, workload| if (name, workload) == ("flume", "drop") { 0.1 } else { 1.0 },
        );
        let text = winners(&record(), &other).text();
        assert!(text.contains("  drop, 2 workers: ") && text.contains("then flume"), "{text}");
        assert_eq!(text.lines().count(), 3, "{text}");
    }
}

//! What it all comes to, in words.

use crate::contender::Side;
use crate::judge::{Estimate, Judged, Standing};
use crate::record::{Question, Record};
use crate::stats::geometric_mean;

/// How one contender did over all questions.
#[derive(Clone, Debug)]
pub struct Rank {
    /// Who.
    pub contender: String,
    /// Which side it is on.
    pub side: Side,
    /// The geometric mean of its ratios to the baseline.
    pub mean: f64,
    /// Its highest ratio to the best of a question.
    pub worst: f64,
    /// In which question that was.
    pub worst_in: String,
    /// In how many questions it was best or tied for it.
    pub leads: usize,
    /// In how many questions it was asked.
    pub asked: usize,
}

/// The questions that the verdict is about: those to which every pool has an answer.
///
/// So the server's are not among them, unless nobody takes part who cannot feed it: a mean over
/// other questions than everybody else's says nothing.
pub fn scored<'a, 'r>(
    record: &'a Record,
    judged: &'a [Judged<'r>],
) -> impl Iterator<Item = &'a Judged<'r>> {
    let pools = record.contenders.iter().filter(|one| one.side != Side::Model);
    let is_answered =
        move |one: &Judged<'_>| pools.clone().all(|pool| one.of(&pool.name).is_some());
    judged.iter().filter(move |one| one.question.metric.is_scored() && is_answered(one))
}

/// Every pool, the best first.
pub fn ranking(record: &Record, judged: &[Judged<'_>]) -> Vec<Rank> {
    let rank = |contender: &crate::record::Entrant| {
        let answers: Vec<(&Judged<'_>, &Estimate)> = scored(record, judged)
            .filter_map(|one| Some((one, one.of(&contender.name)?)))
            .collect();
        let ratios: Vec<f64> =
            answers.iter().filter_map(|(_, estimate)| Some(estimate.ratio?.middle)).collect();
        let to_best = |(one, estimate): &(&Judged<'_>, &Estimate)| {
            Some((estimate.ratio?.middle / one.best()?.ratio?.middle, name(one.question)))
        };
        let (worst, worst_in) =
            answers.iter().filter_map(to_best).max_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(Rank {
            contender: contender.name.clone(),
            side: contender.side,
            mean: geometric_mean(&ratios),
            worst,
            worst_in,
            leads: answers.iter().filter(|(_, estimate)| estimate.leads()).count(),
            asked: ratios.len(),
        })
    };
    let pools = record.contenders.iter().filter(|one| one.side != Side::Model);
    let mut ranks: Vec<Rank> = pools.filter_map(rank).collect();
    ranks.sort_by(|a, b| a.mean.total_cmp(&b.mean));
    ranks
}

/// What to call a question in a sentence.
pub fn name(question: &Question) -> String {
    let metric = if question.metric == crate::workload::Metric::Time {
        String::new()
    } else {
        format!(" {}", question.metric)
    };
    let condition = if question.condition.is_quiet() {
        String::new()
    } else {
        format!(", {}", question.condition)
    };
    format!(
        "{}{metric}, {} worker{}{condition}",
        question.workload,
        question.workers,
        if question.workers == 1 { "" } else { "s" }
    )
}

/// A few sentences: who wins, how ours does, and where it loses.
pub fn sentences(record: &Record, judged: &[Judged<'_>]) -> Vec<String> {
    let ranks = ranking(record, judged);
    let baseline = &record.settings.baseline;
    let Some(first) = ranks.first() else {
        return vec!["Nobody was asked for a time, so there is nothing to rank.".to_owned()];
    };
    let mut said = vec![format!(
        "{} feeds workers best: on average over {} question{} it takes {} of {baseline}'s time, and it is best or tied for best in {}.",
        first.contender,
        first.asked,
        if first.asked == 1 { "" } else { "s" },
        times(first.mean),
        first.leads,
    )];
    let ours = ranks.iter().find(|rank| rank.side == Side::Ours);
    let peer = ranks.iter().find(|rank| rank.side == Side::Peer);
    if let (Some(ours), Some(peer)) = (ours, peer) {
        if ours.contender != first.contender {
            said.push(format!(
                "{} takes {}, and is best or tied in {}.",
                ours.contender,
                times(ours.mean),
                ours.leads
            ));
        }
        if peer.contender != first.contender {
            said.push(format!(
                "The best of the others is {} with {}.",
                peer.contender,
                times(peer.mean)
            ));
        }
    }
    if let Some(ours) = ours {
        if ours.leads == ours.asked {
            said.push(format!("Nobody beats {} in any of them.", ours.contender));
        } else {
            let best = scored(record, judged)
                .find(|one| name(one.question) == ours.worst_in)
                .and_then(|one| one.best());
            said.push(format!(
                "{} is furthest behind in {}: {:.2} times the time of {}.",
                ours.contender,
                ours.worst_in,
                ours.worst,
                best.map_or("the best", |best| best.contender.as_str()),
            ));
        }
    }
    said
}

/// One line on what a question showed.
pub fn words(record: &Record, one: &Judged<'_>) -> String {
    let Some(best) = one.best() else { return String::new() };
    let metric = one.question.metric;
    let mut line = format!("{} {}", best.contender, metric.figure(best.figure));
    let tied: Vec<_> = (one.estimates.iter())
        .filter(|one| one.standing == Standing::Tied)
        .map(|one| one.contender.as_str())
        .collect();
    match tied.as_slice() {
        [] => {}
        few if few.len() <= 3 => line += &format!(", tied with {}", few.join(", ")),
        many => line += &format!(", tied with {} others", many.len()),
    }
    let pools = one.estimates.iter().filter(|one| record.side(&one.contender) != Side::Model);
    if let Some(worst) = pools.max_by(|a, b| a.figure.total_cmp(&b.figure))
        && worst.contender != best.contender
    {
        line += &format!("; most: {} {}", worst.contender, metric.figure(worst.figure));
    }
    let ours = record
        .contenders
        .iter()
        .find(|one| one.side == Side::Ours)
        .and_then(|ours| one.of(&ours.name));
    if let Some(ours) = ours.filter(|ours| !ours.leads()) {
        line += &format!("; {} {}", ours.contender, metric.figure(ours.figure));
    }
    line
}

/// A ratio as people say it.
pub fn times(ratio: f64) -> String {
    if ratio < 9.995 { format!("{ratio:.2}×") } else { format!("{ratio:.0}×") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{record, record_where};
    use crate::judge::judge;

    #[test]
    fn pools_are_ranked_by_the_mean_of_their_ratios() {
        let record = record();
        let ranks = ranking(&record, &judge(&record));
        let names: Vec<_> = ranks.iter().map(|rank| rank.contender.as_str()).collect();
        let (tied, rest) = names.split_at(2);
        assert!(tied.contains(&"condvar") && tied.contains(&"crossbeam"), "{names:?}");
        assert_eq!(rest, ["mpsc", "flume", "textbook"], "one-thread is no pool");
        assert!((ranks[0].mean - 0.5).abs() < 0.01);
    }

    #[test]
    fn what_one_pool_cannot_be_asked_counts_for_nobody() {
        let mut record = record();
        for question in record.questions.iter_mut().filter(|question| question.workload == "drop") {
            question.samples.remove("flume");
        }
        let judged = judge(&record);
        assert!(scored(&record, &judged).all(|one| one.question.workload != "drop"));
        let ranks = ranking(&record, &judged);
        assert!(
            ranks.len() == 5 && ranks.iter().all(|rank| rank.asked == ranks[0].asked),
            "{ranks:?}"
        );
    }

    #[test]
    fn the_verdict_names_the_first_and_where_ours_loses() {
        let record =
            record_where(
                1,
                |name, workload| if (name, workload) == ("condvar", "drop") { 4.0 } else { 1.0 },
            );
        let said = sentences(&record, &judge(&record)).join(" ");
        assert!(said.contains("crossbeam feeds workers best"), "{said}");
        assert!(said.contains("condvar is furthest behind in drop"), "{said}");
    }
}

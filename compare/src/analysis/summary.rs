//! The result of a run in sentences: section by section, in total, and what it depends on.

use super::compare::{Comparison, Estimate, Standing, confidence};
use super::families::server_sentence;
use super::scores::{Score, Scored, Scores, decisive, scores, sections};
use super::stats::{CONFIDENCE, Interval, coverage};
use super::verdict::{LEAST_MARGIN, Verdict, WIDE_MARGIN};
use super::words::{bracketed, counted, either, name, percent, times};
use crate::data::{Group, Metric, Record, Rounds, StrategyInfo};

/// The result of a run under one condition.
#[derive(Debug)]
pub struct Summary {
    /// The scores in each section.
    pub sections: Vec<Scores>,
    /// The scores over all sections; `None` if no time was measured.
    pub total: Option<Scores>,
    /// The total in sentences, and what it depends on.
    pub sentences: Vec<String>,
    /// Where the default strategy is worse than the best, the worst first.
    pub losses: Vec<Loss>,
    /// How to read the words: the margin and the intervals.
    pub reading: Vec<String>,
}

/// A measurement in which the default strategy is worse than the best.
#[derive(Debug)]
pub struct Loss {
    /// The measurement.
    pub measurement: String,
    /// The best strategy.
    pub best: String,
    /// The default strategy's figure relative to that of the best.
    pub ratio: Interval,
}

/// Summarises the comparisons of a record.
pub fn summary(record: &Record, comparisons: &[Comparison<'_>]) -> Summary {
    let scored = sections(record, comparisons);
    let total = scores(record, "All sections", &scored);
    let mut sentences = lead(record, total.as_ref());
    if let Some(total) = total.as_ref().filter(|total| is_ranking(total)) {
        sentences.extend(dependence(&total.list[0].strategy, &decisive(record, &scored)));
        sentences.extend(server_sentence(record));
    }
    let of_section = |one: &Scored<'_, '_>| scores(record, one.title, std::slice::from_ref(one));
    Summary {
        sections: scored.iter().filter_map(of_section).collect(),
        total,
        sentences,
        losses: losses(record, comparisons),
        reading: reading(record, comparisons),
    }
}

/// Returns whether scores rank strategies. Variants of the default queue alone are no ranking: one of
/// them would always be first.
pub fn is_ranking(scores: &Scores) -> bool {
    scores.list.iter().filter(|score| score.group != Group::Variant).count() > 1
}

/// Returns the total in sentences: the first and the second, the default strategy, the best peer, and
/// CPU time.
fn lead(record: &Record, total: Option<&Scores>) -> Vec<String> {
    let Some(total) = total else {
        return vec![
            "No workload has a time under every strategy, so there is no ranking.".to_owned(),
        ];
    };
    let [first, second, ..] = total.list.as_slice() else {
        return vec!["Only one strategy took part, so there is no ranking.".to_owned()];
    };
    if !is_ranking(total) {
        let only = "Only the default queue and its variants took part, so there is no ranking.";
        return vec![only.to_owned()];
    }
    let (baseline, mean) = (&record.settings.baseline, bracketed(&first.time));
    let rival = format!("{}, the second, with {}", second.strategy, bracketed(&second.time));
    let verdict = first.verdict.unwrap_or(Verdict::Undecided);
    let mut sentences = vec![match verdict {
        Verdict::Better => format!(
            "{} is fastest: its mean time is {mean} that of {baseline}, better than {rival}.",
            first.strategy
        ),
        _ => format!(
            "No strategy is fastest: {} has the lowest mean time, {mean} that of {baseline}, but is {} {rival}.",
            first.strategy,
            verdict.words()
        ),
    }];
    let is_named =
        |score: &&Score| [first, second].iter().any(|one| one.strategy == score.strategy);
    let of_group = |group| total.list.iter().find(|one| one.group == group);
    if let Some(ours) = of_group(Group::Ours).filter(|ours| !is_named(ours)) {
        sentences.push(format!("{} has {}.", ours.strategy, placed(ours, first)));
    }
    if let Some(peer) = of_group(Group::Peer).filter(|peer| !is_named(peer)) {
        sentences.push(format!("The best peer is {} with {}.", peer.strategy, placed(peer, first)));
    }
    sentences.extend(cpu(total));
    sentences
}

/// Writes the mean time of a strategy that is not the first.
fn placed(score: &Score, first: &Score) -> String {
    let verdict = score.verdict.unwrap_or(Verdict::Undecided).words();
    format!("{}, {verdict} {}", bracketed(&score.time), first.strategy)
}

/// Returns a sentence on CPU time: the lowest mean, and that of the default strategy.
fn cpu(scores: &Scores) -> Option<String> {
    let with_cpu = || scores.list.iter().filter_map(|one| Some((one, one.cpu?)));
    let (least, mean) = with_cpu().min_by(|a, b| a.1.middle.total_cmp(&b.1.middle))?;
    let ours = with_cpu().find(|(one, _)| one.group == Group::Ours);
    let ours = ours.filter(|(one, _)| one.strategy != least.strategy);
    let beside = ours.map_or(String::new(), |(one, mean)| {
        format!(", and {} has {}", one.strategy, bracketed(&mean))
    });
    Some(format!(
        "In CPU time, {} has the lowest mean, {}{beside}.",
        least.strategy,
        bracketed(&mean)
    ))
}

/// Returns a sentence on the sections and workloads that decide which strategy is first.
fn dependence(first: &str, decisive: &[(String, String)]) -> Option<String> {
    let mut others: Vec<(&str, Vec<String>)> = Vec::new();
    for (what, other) in decisive {
        match others.iter_mut().find(|(name, _)| name == other) {
            Some((_, all)) => all.push(what.clone()),
            None => others.push((other, vec![what.clone()])),
        }
    }
    let to = |(other, all): &(&str, Vec<String>)| format!("to {other} without {}", either(all));
    let each: Vec<_> = others.iter().map(to).collect();
    let sentence = format!("{first} would lose first place {}.", each.join(", and "));
    (!each.is_empty()).then_some(sentence)
}

/// The result of a section in a few words each.
#[derive(Debug)]
pub struct SectionWords {
    /// The heading, and the number of measurements.
    pub title: String,
    /// The strategy with the lowest mean time, with its means.
    pub first: String,
    /// The second, with its means and the word for it relative to the first.
    pub second: String,
    /// The default strategy's means and word, or its place if that is one of the two.
    pub ours: String,
    /// The first places of each strategy that has any.
    pub places: String,
}

/// Puts the scores of a section into words.
pub fn section_words(record: &Record, scores: &Scores) -> SectionWords {
    let means = |score: &Score| {
        let cpu = score.cpu.map_or(String::new(), |cpu| format!(" (CPU {})", bracketed(&cpu)));
        format!("{}{cpu}", bracketed(&score.time))
    };
    let named = |score: &Score| format!("{} {}", score.strategy, means(score));
    let word = |score: &Score| score.verdict.unwrap_or(Verdict::Undecided).word();
    let default = record.default_strategy();
    let ours = match scores.list.iter().position(|score| score.strategy == default) {
        None => "–".to_owned(),
        Some(0) => "first".to_owned(),
        Some(1) => "second".to_owned(),
        Some(place) => format!("{}, {}", means(&scores.list[place]), word(&scores.list[place])),
    };
    let mut places: Vec<&Score> = scores.list.iter().filter(|score| score.first > 0).collect();
    places.sort_by_key(|score| std::cmp::Reverse(score.first));
    let place = |score: &&Score| format!("{} {}", score.strategy, score.first);
    let second = scores.list.get(1).map(|score| format!("{}, {}", named(score), word(score)));
    SectionWords {
        title: format!("{}, {}", scores.title, counted(scores.measured, "measurement")),
        first: named(&scores.list[0]),
        second: second.unwrap_or_else(|| "–".to_owned()),
        ours,
        places: places.iter().map(place).collect::<Vec<_>>().join(", "),
    }
}

/// Returns the measurements of time and CPU time in which the default strategy is worse than the
/// best.
fn losses(record: &Record, comparisons: &[Comparison<'_>]) -> Vec<Loss> {
    let Some(ours) = record.strategies.iter().find(|one| one.group == Group::Ours) else {
        return Vec::new();
    };
    let counts = |metric: Metric| metric.is_scored() || metric == Metric::Cpu;
    let loss = |one: &Comparison<'_>| {
        let estimate = one.of(&ours.name).filter(|it| it.standing == Standing::Worse)?;
        Some(Loss {
            measurement: name(one.measurement),
            best: one.lowest()?.strategy.clone(),
            ratio: estimate.to_best?,
        })
    };
    let counted = comparisons.iter().filter(|one| counts(one.measurement.metric));
    let mut losses: Vec<_> = counted.filter_map(loss).collect();
    losses.sort_by(|a, b| b.ratio.middle.total_cmp(&a.ratio.middle));
    losses
}

impl Loss {
    /// Writes the loss without the name of the default strategy.
    pub fn text(&self) -> String {
        format!("{}: {} that of {}", self.measurement, bracketed(&self.ratio), self.best)
    }
}

/// Returns what the words of a run depend on.
pub fn reading(record: &Record, comparisons: &[Comparison<'_>]) -> Vec<String> {
    if !comparisons.iter().any(|one| one.measurement.metric.has_ratio()) {
        return Vec::new();
    }
    let is_pool = |one: &&StrategyInfo| one.group != Group::Reference;
    let pools = record.strategies.iter().filter(is_pool).count();
    vec![margins(comparisons), intervals(&record.rounds(), pools)]
}

fn margins(comparisons: &[Comparison<'_>]) -> String {
    let least = percent(LEAST_MARGIN);
    let is_controlled =
        |one: &&Comparison<'_>| one.measurement.margin.is_some() && !one.estimates.is_empty();
    let controlled: Vec<_> = comparisons.iter().filter(is_controlled).collect();
    if controlled.is_empty() {
        return format!("The margin of equivalence is {least}, without a control.");
    }
    let (wide, narrow): (Vec<&Comparison<'_>>, Vec<&Comparison<'_>>) =
        controlled.iter().partition(|one| one.is_too_wide());
    let wider = narrow.iter().filter(|one| one.margin > LEAST_MARGIN);
    let widest = wider.clone().max_by(|a, b| a.margin.total_cmp(&b.margin));
    let mut text = format!("The margin of equivalence is {least}");
    text += &match widest {
        None if wide.is_empty() => ", inside which the control lies".to_owned(),
        None => String::new(),
        Some(widest) => format!(
            ", and wider by the control in {} of {}: at most {}, in {}",
            wider.count(),
            counted(controlled.len(), "measurement"),
            percent(widest.margin),
            name(widest.measurement)
        ),
    };
    if !wide.is_empty() {
        text += &format!(
            ". In {} of {}, the control is too wide: it differs from itself by more than {}, so nothing is equivalent there, and \
             a strategy is first only if all others are worse",
            wide.len(),
            counted(controlled.len(), "measurement"),
            percent(WIDE_MARGIN)
        );
    }
    text + "."
}

fn intervals(rounds: &Rounds, pools: usize) -> String {
    let lowest = |confidence| {
        let each = rounds.0.iter().map(|rounds| 100.0 * coverage(*rounds, confidence));
        each.min_by(f64::total_cmp).unwrap_or_default()
    };
    let (one, of_many) = (lowest(CONFIDENCE), lowest(confidence(pools)));
    if one < 100.0 * CONFIDENCE {
        return format!(
            "In {rounds} no 95 % interval of a median exists: an interval is the range, which covers {one:.1} %, and everything \
             is undecided."
        );
    }
    let exactly = if rounds.0.len() == 1 { "exactly" } else { "at least" };
    format!(
        "In {rounds}, a 95 % interval covers {exactly} {one:.1} %, and one of the ratio to the best of {pools} strategies \
         {of_many:.1} %."
    )
}

/// Returns one line about a comparison: the best, or only the lowest if the control is too wide, what
/// is equivalent to it or undecided, the highest figure, and ours if it is worse.
pub fn line(record: &Record, one: &Comparison<'_>) -> String {
    let metric = one.measurement.metric;
    let Some(lowest) = one.lowest() else { return too_few_jobs(one) };
    let with_figure = |one: &Estimate| format!("{} {}", one.strategy, metric.figure(one.figure));
    let lead = if one.is_first(lowest) { "best" } else { "lowest" };
    let mut line = format!("{lead} {}", with_figure(lowest));
    let others = || one.estimates.iter().filter(|other| other.strategy != lowest.strategy);
    for (standing, word) in
        [(Standing::Equivalent, "equivalent"), (Standing::Undecided, "undecided")]
    {
        let with_standing = others().filter(|other| other.standing == standing);
        let names: Vec<_> = with_standing.map(|other| other.strategy.as_str()).collect();
        match names.as_slice() {
            [] => {}
            few if few.len() <= 3 => line += &format!("; {word} {}", few.join(", ")),
            many => line += &format!("; {word} {} others", many.len()),
        }
    }
    let highest = others()
        .filter(|one| record.group(&one.strategy) != Group::Reference)
        .max_by(|a, b| a.figure.total_cmp(&b.figure));
    if let Some(highest) = highest.filter(|highest| highest.figure >= lowest.figure) {
        line += &format!("; highest {}", with_figure(highest));
    }
    let ours = record.strategies.iter().find(|one| one.group == Group::Ours);
    let ours = ours.and_then(|ours| one.of(&ours.name));
    if let Some(ours) = ours.filter(|ours| ours.standing == Standing::Worse) {
        let by = ours.to_best.map_or(String::new(), |ratio| format!(", {}", times(ratio.middle)));
        line += &format!("; {}{by}", with_figure(ours));
    }
    if one.is_too_wide() {
        line += &format!("; control too wide: {}", times(1.0 + one.margin));
    } else if one.margin > LEAST_MARGIN {
        line += &format!("; margin {}", percent(one.margin));
    }
    line
}

/// Says why a measurement has no figures.
fn too_few_jobs(one: &Comparison<'_>) -> String {
    let metric = one.measurement.metric;
    let most = one.too_few_jobs.iter().map(|(_, jobs)| *jobs).max().unwrap_or_default();
    format!("empty, as a sample has {most} jobs and {metric} needs {}", metric.least_jobs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::compare;
    use crate::data::fixture::{record, record_where};

    fn of(record: &Record) -> Summary {
        summary(record, &compare(record))
    }

    /// Keeps the strategies with these names.
    fn only(mut record: Record, names: &[&str]) -> Record {
        record.strategies.retain(|one| names.contains(&one.name.as_str()));
        for one in &mut record.measurements {
            one.samples.retain(|name, _| names.contains(&name.as_str()));
        }
        record
    }

    #[test]
    fn first_that_is_not_better_is_not_fastest() {
        let sentences = of(&record()).sentences.join(" ");
        assert!(sentences.starts_with("No strategy is fastest: "), "{sentences}");
        assert!(sentences.contains("but is equivalent to "), "{sentences}");
    }

    #[test]
    fn first_that_is_better_is_fastest() {
        let slower = |name: &str, _: &str| if name == "condvar" { 4.0 } else { 1.0 };
        let sentences = of(&record_where(1, slower)).sentences.join(" ");
        assert!(
            sentences.starts_with("crossbeam is fastest: its mean time is 0.50×"),
            "{sentences}"
        );
        assert!(sentences.contains(", better than mpsc, the second, with 1.00×"), "{sentences}");
        assert!(
            sentences.contains("condvar has 2.0") && sentences.contains(", worse than crossbeam."),
            "{sentences}"
        );
        assert!(
            sentences.contains("In CPU time, crossbeam has the lowest mean, 0.50×"),
            "{sentences}"
        );
    }

    #[test]
    fn variants_of_the_default_queue_claim_nothing() {
        let mut record = only(record(), &["condvar", "crossbeam"]);
        record.settings.baseline = "condvar".to_owned();
        assert!(of(&record).sentences.len() > 1);
        record.strategies[1].group = Group::Variant;
        let only = "Only the default queue and its variants took part, so there is no ranking.";
        assert_eq!(of(&record).sentences, [only]);
        record.strategies.truncate(1);
        assert_eq!(of(&record).sentences, ["Only one strategy took part, so there is no ranking."]);
    }

    #[test]
    fn summary_names_what_the_first_place_depends_on() {
        let factor = |name: &str, workload: &str| match (name, workload) {
            ("condvar", "drop") => 0.05,
            ("condvar", _) => 1.2,
            _ => 1.0,
        };
        let sentences = of(&record_where(1, factor)).sentences.join(" ");
        let words = "condvar would lose first place to crossbeam without “Lifecycle”.";
        assert!(sentences.contains(words), "{sentences}");
        let sentences =
            of(&record_where(1, |name, _| if name == "condvar" { 0.5 } else { 1.0 })).sentences;
        assert!(!sentences.join(" ").contains("would lose"), "{sentences:?}");
    }

    #[test]
    fn losses_are_listed_with_the_worst_first() {
        let factor = |name: &str, workload: &str| match (name, workload) {
            ("condvar", "drop") => 4.0,
            ("condvar", "empty-1") => 2.0,
            _ => 1.0,
        };
        let losses: Vec<_> = of(&record_where(1, factor)).losses.iter().map(Loss::text).collect();
        assert_eq!(
            losses.len(),
            8,
            "time and CPU time, with two and with eight workers: {losses:?}"
        );
        assert!(losses[0].starts_with("drop") && losses[7].starts_with("empty-1"), "{losses:?}");
        assert!(losses[7].ends_with("] that of crossbeam"), "{losses:?}");
    }

    #[test]
    fn section_has_first_places_of_every_strategy() {
        let record = record();
        let words = section_words(&record, &of(&record).sections[0]);
        assert_eq!(words.title, "Cost of a job, 4 measurements");
        assert!(words.first.contains(" 0.50× [") && words.first.contains(" (CPU 0."));
        assert!(words.second.ends_with(", equivalent"), "{}", words.second);
        assert!(["first", "second"].contains(&words.ours.as_str()), "{}", words.ours);
        let mut places: Vec<_> = words.places.split(", ").collect();
        places.sort_unstable();
        assert_eq!(places, ["condvar 4", "crossbeam 4"]);
    }

    #[test]
    fn section_has_the_default_strategy_wherever_it_is() {
        let record = record_where(1, |name, _| if name == "condvar" { 8.0 } else { 1.0 });
        let words = section_words(&record, &of(&record).sections[0]);
        assert!(words.ours.starts_with("4.0") && words.ours.ends_with(", worse"), "{}", words.ours);
    }

    #[test]
    fn margin_and_coverage_are_stated() {
        let mut record = record();
        assert_eq!(
            of(&record).reading,
            [
                "The margin of equivalence is 5 %, inside which the control lies.",
                "In 15 rounds, a 95 % interval covers exactly 96.5 %, and one of the ratio to the best of 5 \
                 strategies 99.3 %."
            ]
        );
        record.measurements[3].margin = Some(0.07);
        assert!(of(&record).reading[0].contains("in 1 of "), "{:?}", of(&record).reading);
        record.measurements[0].margin = Some(56.28);
        let margins = &of(&record).reading[0];
        assert!(margins.contains(": at most 7 %, in "), "{margins}");
        let words =
            "differs from itself by more than 25 %, so nothing is equivalent there, and a strategy";
        assert!(margins.contains(words), "{margins}");
        for values in record.measurements.iter_mut().flat_map(|one| one.samples.values_mut()) {
            values.truncate(5);
        }
        assert!(of(&record).reading[1].starts_with("In 5 rounds no 95 % interval of a median"));
    }

    #[test]
    fn record_without_a_control_says_so() {
        let mut record = record();
        for one in &mut record.measurements {
            (one.margin, one.control) = (None, Vec::new());
        }
        assert_eq!(of(&record).reading[0], "The margin of equivalence is 5 %, without a control.");
        assert_eq!(of(&record).total.map(|total| total.margin), Some(LEAST_MARGIN));
    }

    #[test]
    fn too_wide_control_is_named_as_the_reason() {
        let mut record = record();
        record.measurements[0].margin = Some(56.28);
        let line = line(&record, &compare(&record)[0]);
        assert!(line.starts_with("lowest c") && line.contains("; undecided 4 others"), "{line}");
        assert!(line.ends_with("; control too wide: 57×"), "{line}");
    }

    #[test]
    fn measurement_without_figures_says_why() {
        let mut record = record();
        record.curves.iter_mut().for_each(|curve| curve.jobs = 200 * 15);
        let comparisons = compare(&record);
        let one = comparisons.iter().find(|one| one.measurement.metric == Metric::P99);
        let line = line(&record, one.expect("it was measured"));
        assert_eq!(line, "empty, as a sample has 200 jobs and p99 needs 1000");
    }
}

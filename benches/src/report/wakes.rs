//! Wakes, and wakes for nothing, in one picture.

use super::data;
use super::dots::{Dot, Dots};
use super::figure::{Figure, pools, workers};
use crate::judge::Judged;
use crate::record::Record;
use crate::table::row_order;
use crate::workload::Metric;

/// Wakes and false wakes under a workload; `None` if nobody counted any.
pub(super) fn wakes(
    record: &Record,
    judged: &[Judged<'_>],
    workload: &str,
    number: usize,
) -> Option<Figure> {
    let is_asked = |one: &&Judged<'_>| {
        (one.question.workload.as_str(), one.question.workers) == (workload, number)
    };
    let of =
        |metric: Metric| judged.iter().filter(is_asked).find(|one| one.question.metric == metric);
    let questions = [of(Metric::Wakes)?, of(Metric::FalseWakes)?];
    // Who does not count is left out: there is nothing to draw.
    let counts = |name: &String| questions.iter().any(|one| one.of(name).is_some());
    let names: Vec<String> = pools(record, judged).into_iter().filter(counts).collect();
    let dot = |(series, row): (usize, usize)| {
        let answer = questions[series].of(&names[row])?;
        Some(Dot { row, series, values: (answer.quartiles.0, answer.figure, answer.quartiles.1) })
    };
    let places = (0..names.len()).flat_map(|row| [(0, row), (1, row)]);
    let title = format!("Wakes per job: {workload}, {}.", workers(number));
    let drawing = Dots {
        title: title.clone(),
        rows: names.iter().map(|name| (name.as_str(), record.side(name))).collect(),
        dots: places.filter_map(dot).collect(),
        baseline: None,
    };
    let text = "Filled: how often the queue woke a worker; hollow: how often that one found nothing. Who does not count its \
                wakes is not shown.";
    let data = data::of_questions(&questions, &row_order(record, judged));
    Some(Figure { svg: drawing.svg(), title, text: text.to_owned(), data })
}

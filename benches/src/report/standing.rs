//! Everything at once: the ranking as a drawing.

use super::data;
use super::dots::{Dot, Dots};
use super::figure::Figure;
use crate::judge::Judged;
use crate::record::Record;
use crate::verdict::{ranking, scored, times};

/// For each pool its mean, and all that the mean is of. `None` if there is nobody to rank.
pub(crate) fn standing(record: &Record, judged: &[Judged<'_>]) -> Option<Figure> {
    let ranks = ranking(record, judged);
    if ranks.is_empty() {
        return None;
    }
    let baseline = &record.settings.baseline;
    let mut dots = Vec::new();
    for (row, rank) in ranks.iter().enumerate() {
        let ratios =
            scored(record, judged).filter_map(|one| Some(one.of(&rank.contender)?.ratio?.middle));
        dots.extend(ratios.map(|ratio| Dot { row, series: 2, values: (ratio, ratio, ratio) }));
        dots.push(Dot { row, series: 0, values: (rank.mean, rank.mean, rank.mean) });
    }
    let rows = ranks.iter().map(|rank| (rank.contender.as_str(), rank.side)).collect();
    let title = format!("Time of each strategy through that of {baseline}, all questions.");
    let svg = Dots { title, rows, dots, baseline: Some(baseline) }.svg();
    let head =
        ["strategy", "mean ratio", "best or tied", "furthest behind the best"].map(str::to_owned);
    let rows: Vec<_> = ranks
        .iter()
        .map(|rank| {
            let behind = format!("{} in {}", times(rank.worst), rank.worst_in);
            vec![
                rank.contender.clone(),
                times(rank.mean),
                format!("{} of {}", rank.leads, rank.asked),
                behind,
            ]
        })
        .collect();
    let text = format!(
        "A small dot is one question, the large one their geometric mean. Further left is faster; the line is {baseline}."
    );
    Some(Figure {
        svg,
        title: "Everything at once.".to_owned(),
        text,
        data: data::table(&head, &rows),
    })
}

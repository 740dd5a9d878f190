//! Line figures: one line for each contender, named where it ends.

use super::svg::{Scale, at, escape, label, line};
use crate::contender::Side;
use std::fmt::Write;

/// One line.
pub(crate) struct Series<'a> {
    /// Whose.
    pub(crate) name: &'a str,
    /// Which side that is on.
    pub(crate) side: Side,
    /// Its points, from left to right: a share of the width, and a value.
    pub(crate) points: Vec<(f64, f64)>,
}

/// A figure of lines.
pub(crate) struct Lines<'a> {
    /// What it says to whoever does not see it.
    pub(crate) title: String,
    /// The lines.
    pub(crate) series: Vec<Series<'a>>,
    /// Shares of the width, and what is written below.
    pub(crate) across: Vec<(f64, String)>,
    /// How a value is written beside the axis.
    pub(crate) figure: fn(f64) -> String,
    /// The contender to which the others are compared.
    pub(crate) baseline: &'a str,
}

const WIDTH: f64 = 470.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 50.0;
const RIGHT: f64 = WIDTH - 96.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = HEIGHT - 26.0;
/// How far apart names must stand.
const APART: f64 = 12.5;

impl Lines<'_> {
    /// The figure.
    pub(crate) fn svg(&self) -> String {
        let values =
            self.series.iter().flat_map(|series| series.points.iter().map(|(_, value)| *value));
        let scale = Scale::log(values, (BOTTOM, TOP));
        let x = |share: f64| LEFT + share * (RIGHT - LEFT);
        let mut svg = format!(
            r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{}">"#,
            escape(&self.title)
        );
        for tick in scale.ticks(7) {
            let y = scale.place(tick);
            line(&mut svg, "grid", (LEFT, y), (RIGHT, y));
            label(&mut svg, "tick end", (LEFT - 6.0, y + 4.0), &(self.figure)(tick));
        }
        for (share, text) in &self.across {
            line(&mut svg, "grid", (x(*share), BOTTOM), (x(*share), BOTTOM + 4.0));
            label(&mut svg, "tick mid", (x(*share), BOTTOM + 18.0), text);
        }
        let mut ends: Vec<(f64, &Series<'_>)> = Vec::new();
        // Ours last, so that it lies above the others.
        let ordered = self.series.iter().filter(|one| one.side != Side::Ours);
        for series in ordered.chain(self.series.iter().filter(|one| one.side == Side::Ours)) {
            let Some((last, value)) = series.points.last() else { continue };
            let path = series.points.iter().enumerate().map(|(index, (share, value))| {
                format!(
                    "{}{} {}",
                    if index == 0 { "M" } else { "L" },
                    at(x(*share)),
                    at(scale.place(*value))
                )
            });
            let class = self.class(series);
            let _ = write!(
                svg,
                r#"<g class="line{class}"><title>{}</title><path d="{}"/>"#,
                escape(series.name),
                path.collect::<String>()
            );
            if series.points.len() < 6 {
                for (share, value) in &series.points {
                    let _ = write!(
                        svg,
                        r#"<circle cx="{}" cy="{}" r="2"/>"#,
                        at(x(*share)),
                        at(scale.place(*value))
                    );
                }
            }
            svg.push_str("</g>");
            if (*last - 1.0).abs() < 1e-9 {
                ends.push((scale.place(*value), series));
            }
        }
        for (wanted, given, series) in spread(ends) {
            line(&mut svg, "lead", (RIGHT + 2.0, wanted), (RIGHT + 12.0, given));
            label(
                &mut svg,
                &format!("name{}", self.class(series)),
                (RIGHT + 15.0, given + 4.0),
                series.name,
            );
        }
        svg.push_str("</svg>");
        svg
    }

    fn class(&self, series: &Series<'_>) -> &'static str {
        match series.side {
            Side::Ours => " ours",
            _ if series.name == self.baseline => " base",
            _ => "",
        }
    }
}

/// Moves names apart, to both sides alike, within the figure.
fn spread<'a, 'b>(mut ends: Vec<(f64, &'a Series<'b>)>) -> Vec<(f64, f64, &'a Series<'b>)> {
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Names that would touch form a group, which is centred on where they should be; groups that
    // then touch are one.
    let mut groups: Vec<Vec<f64>> = Vec::new();
    let top_of = |group: &Vec<f64>| {
        let height = APART * (group.len() - 1) as f64;
        let centre = group.iter().sum::<f64>() / group.len() as f64;
        (centre - height / 2.0).min(BOTTOM - height).max(TOP)
    };
    for (wanted, _) in &ends {
        let mut group = vec![*wanted];
        while let Some(above) =
            groups.pop_if(|above| top_of(above) + APART * above.len() as f64 > top_of(&group))
        {
            group = [above, group].concat();
        }
        groups.push(group);
    }
    let given: Vec<f64> = groups
        .iter()
        .flat_map(|group| (0..group.len()).map(|place| top_of(group) + APART * place as f64))
        .collect();
    ends.into_iter().zip(given).map(|((wanted, series), given)| (wanted, given, series)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_touch_each_other() {
        let series = Series { name: "", side: Side::Peer, points: Vec::new() };
        let ends = [200.0, 201.0, 202.0, 299.0, 300.0].map(|y| (y, &series)).into();
        let given: Vec<f64> = spread(ends).into_iter().map(|(_, given, _)| given).collect();
        assert!(given.windows(2).all(|pair| pair[1] - pair[0] >= APART - 1e-9), "{given:?}");
        assert!(given[4] <= HEIGHT);
    }
}

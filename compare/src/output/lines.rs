//! Line plots: a line for each strategy, with its name at its end.

use super::svg::{Scale, at, escape, label, line};
use super::view::Palette;
use std::fmt::Write;

/// A line.
pub(super) struct Series<'a> {
    /// The name.
    pub(super) name: &'a str,
    /// The points from left to right: a share of the width, and a value.
    pub(super) points: Vec<(f64, f64)>,
}

/// A line plot.
pub(super) struct Lines<'a> {
    /// The text alternative.
    pub(super) title: String,
    /// The lines.
    pub(super) series: Vec<Series<'a>>,
    /// The labels below, each with its share of the width.
    pub(super) across: Vec<(f64, String)>,
    /// Writes a value beside the axis.
    pub(super) figure: fn(f64) -> String,
    /// The looks of the lines.
    pub(super) palette: &'a Palette,
}

const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 310.0;
const LEFT: f64 = 54.0;
const RIGHT: f64 = WIDTH - 112.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = HEIGHT - 26.0;
/// The least distance between two names.
const APART: f64 = 13.5;

impl Lines<'_> {
    /// Draws the plot.
    pub(super) fn svg(&self) -> String {
        let values =
            self.series.iter().flat_map(|series| series.points.iter().map(|(_, value)| *value));
        let scale = Scale::log(values, (BOTTOM, TOP));
        let mut svg = format!(
            r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{}">"#,
            escape(&self.title)
        );
        self.axes(&mut svg, &scale);
        let mut ends: Vec<(f64, &Series<'_>)> = Vec::new();
        // What has a look of its own is drawn above the others.
        let mut ordered: Vec<_> = self.series.iter().collect();
        ordered.sort_by_key(|one| std::cmp::Reverse(self.palette.class(one.name)));
        ordered.sort_by_key(|one| self.palette.class(one.name) != "rest");
        for series in ordered {
            let Some((last, value)) = series.points.last() else { continue };
            self.series(&mut svg, &scale, series);
            if (*last - 1.0).abs() < 1e-9 {
                ends.push((scale.place(*value), series));
            }
        }
        for (wanted, given, series) in spread(ends) {
            let name = escape(series.name);
            let class = self.palette.class(series.name);
            let _ = write!(svg, r#"<g class="{class}" data-s="{name}">"#);
            line(&mut svg, "lead", (RIGHT + 5.0, wanted), (RIGHT + 13.0, given));
            label(&mut svg, "name", (RIGHT + 16.0, given + 4.0), series.name);
            svg.push_str("</g>");
        }
        svg.push_str("</svg>");
        svg
    }

    fn axes(&self, svg: &mut String, scale: &Scale) {
        for tick in scale.ticks(7) {
            let y = scale.place(tick);
            line(svg, "grid", (LEFT, y), (RIGHT, y));
            label(svg, "tick end", (LEFT - 6.0, y + 4.0), &(self.figure)(tick));
        }
        for (share, text) in &self.across {
            line(svg, "grid", (x(*share), BOTTOM), (x(*share), BOTTOM + 4.0));
            label(svg, "tick mid", (x(*share), BOTTOM + 18.0), text);
        }
    }

    fn series(&self, svg: &mut String, scale: &Scale, series: &Series<'_>) {
        let place = |(share, value): &(f64, f64)| (x(*share), scale.place(*value));
        let points: Vec<_> = series.points.iter().map(place).collect();
        let path: Vec<_> = points.iter().map(|(x, y)| format!("{} {}", at(*x), at(*y))).collect();
        let (class, name) = (self.palette.class(series.name), escape(series.name));
        let _ = write!(
            svg,
            r#"<g class="line {class}" data-s="{name}"><title>{name}</title><path d="M{}"/>"#,
            path.join("L")
        );
        // A curve has a mark at its end only, and a line without a look has none.
        let marked = if points.len() < 8 { 0 } else { points.len() - 1 };
        for point in points[marked..].iter().filter(|_| class != "rest") {
            svg.push_str(&self.palette.mark(series.name, *point));
        }
        svg.push_str("</g>");
    }
}

/// Returns the place of a share of the width.
fn x(share: f64) -> f64 {
    LEFT + share * (RIGHT - LEFT)
}

/// Moves names apart, to both sides alike, within the plot.
fn spread<'a, 'b>(mut ends: Vec<(f64, &'a Series<'b>)>) -> Vec<(f64, f64, &'a Series<'b>)> {
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Names that would touch form a group, which is centred on the mean of their places. Groups that
    // touch are merged.
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
    fn names_do_not_touch() {
        let series = Series { name: "", points: Vec::new() };
        let ends = [200.0, 201.0, 202.0, 299.0, 300.0].map(|y| (y, &series)).into();
        let given: Vec<f64> = spread(ends).into_iter().map(|(_, given, _)| given).collect();
        assert!(given.windows(2).all(|pair| pair[1] - pair[0] >= APART - 1e-9), "{given:?}");
        assert!(given[4] <= HEIGHT);
    }
}

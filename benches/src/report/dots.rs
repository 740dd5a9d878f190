//! Dot plots: a row for each contender, a dot for what it took, a line for how sure that is.

use super::svg::{Scale, at, escape, label, line, plain};
use crate::contender::Side;
use std::fmt::Write;

/// One dot.
pub(crate) struct Dot {
    /// In which of the rows.
    pub(crate) row: usize,
    /// Which of the series: the first is filled, the second hollow, the third small.
    pub(crate) series: usize,
    /// From where the line reaches, where the dot is, and up to where the line reaches.
    pub(crate) values: (f64, f64, f64),
}

/// A dot plot.
pub(crate) struct Dots<'a> {
    /// What it says to whoever does not see it.
    pub(crate) title: String,
    /// The rows from top to bottom.
    pub(crate) rows: Vec<(&'a str, Side)>,
    /// The dots.
    pub(crate) dots: Vec<Dot>,
    /// The name of the line at 1, if these are ratios; figures from zero if not.
    pub(crate) baseline: Option<&'a str>,
}

const WIDTH: f64 = 360.0;
const NAMES: f64 = 92.0;
const ROW: f64 = 17.0;
const TOP: f64 = 20.0;

impl Dots<'_> {
    /// The figure.
    pub(crate) fn svg(&self) -> String {
        let bottom = TOP + ROW * self.rows.len() as f64;
        let values = self.dots.iter().flat_map(|dot| [dot.values.0, dot.values.1, dot.values.2]);
        let places = (NAMES + 8.0, WIDTH - 12.0);
        let scale = match self.baseline {
            Some(_) => Scale::log(values.chain([1.0]), places),
            None => Scale::linear(values, places),
        };
        let mut svg = format!(
            r#"<svg viewBox="0 0 {WIDTH} {}" role="img" aria-label="{}">"#,
            at(bottom + 22.0),
            escape(&self.title)
        );
        for tick in scale.ticks(6) {
            let x = scale.place(tick);
            line(&mut svg, "grid", (x, TOP), (x, bottom));
            label(&mut svg, "tick mid", (x, bottom + 14.0), &plain(tick));
        }
        if let Some(baseline) = self.baseline {
            let x = scale.place(1.0);
            line(&mut svg, "base", (x, TOP - 4.0), (x, bottom));
            label(&mut svg, "tick mid", (x, TOP - 8.0), baseline);
        }
        for (index, (name, side)) in self.rows.iter().enumerate() {
            let y = TOP + ROW * (index as f64 + 0.5);
            let ours = if *side == Side::Ours { " ours" } else { "" };
            label(&mut svg, &format!("name end{ours}"), (NAMES, y + 4.0), name);
            let _ = write!(svg, r#"<g class="row{ours}">"#);
            let mine: Vec<_> = self.dots.iter().filter(|dot| dot.row == index).collect();
            let is_pair = mine.iter().any(|dot| dot.series == 1);
            for dot in &mine {
                // Two series stand one above the other.
                let y = y + if is_pair { 3.5 * (dot.series as f64 * 2.0 - 1.0) } else { 0.0 };
                let (low, middle, high) = dot.values;
                line(&mut svg, "span", (scale.place(low), y), (scale.place(high), y));
                let (class, r) =
                    [("dot", 3.2), ("dot hollow", 2.8), ("dot faint", 2.0)][dot.series.min(2)];
                let _ = write!(
                    svg,
                    r#"<circle class="{class}" cx="{}" cy="{}" r="{r}"/>"#,
                    at(scale.place(middle)),
                    at(y)
                );
            }
            svg.push_str("</g>");
        }
        svg.push_str("</svg>");
        svg
    }
}

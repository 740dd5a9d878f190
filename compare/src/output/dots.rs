//! Dot plots: a row for each strategy.

use super::svg::{Scale, at, escape, label, line, plain};
use super::view::Palette;
use std::fmt::Write;

/// The low end of a line, the dot on it, and its high end.
pub(super) type Values = (f64, f64, f64);

/// A row of a dot plot.
pub(super) struct Row<'a> {
    /// The strategy.
    pub(super) name: &'a str,
    /// Small dots.
    pub(super) faint: Vec<f64>,
    /// A filled and a hollow dot.
    pub(super) dots: [Option<Values>; 2],
}

impl Row<'_> {
    /// Returns whether the row shows nothing.
    fn is_empty(&self) -> bool {
        self.faint.is_empty() && self.dots.iter().all(Option::is_none)
    }
}

/// A dot plot.
pub(super) struct Dots<'a> {
    /// The text alternative.
    pub(super) title: String,
    /// The rows from top to bottom; empty rows are not drawn.
    pub(super) rows: Vec<Row<'a>>,
    /// The label of the line at 1, if the values are ratios; other values start at 0.
    pub(super) baseline: Option<&'a str>,
    /// The looks of the strategies.
    pub(super) palette: &'a Palette,
}

const WIDTH: f64 = 360.0;
const NAMES: f64 = 96.0;
const ROW: f64 = 17.0;
const TOP: f64 = 20.0;

impl Dots<'_> {
    /// Draws the plot.
    pub(super) fn svg(mut self) -> String {
        self.rows.retain(|row| !row.is_empty());
        let bottom = TOP + ROW * self.rows.len() as f64;
        let scale = self.scale();
        let mut svg = format!(
            r#"<svg viewBox="0 0 {WIDTH} {}" role="img" aria-label="{}">"#,
            at(bottom + 22.0),
            escape(&self.title)
        );
        for tick in scale.ticks(6) {
            let x = scale.place(tick);
            line(&mut svg, "grid", (x, TOP), (x, bottom));
            label(&mut svg, "tick mid", (x, bottom + 15.0), &plain(tick));
        }
        if let Some(baseline) = self.baseline {
            let x = scale.place(1.0);
            line(&mut svg, "base", (x, TOP - 4.0), (x, bottom));
            label(&mut svg, "tick mid", (x, TOP - 8.0), baseline);
        }
        (0..self.rows.len()).for_each(|index| self.row(&mut svg, &scale, index));
        svg.push_str("</svg>");
        svg
    }

    /// Returns the scale across all rows.
    fn scale(&self) -> Scale {
        let ends = |values: &Values| [values.0, values.1, values.2];
        let of_row = |row: &Row<'_>| {
            let dots = row.dots.iter().flatten().flat_map(ends);
            row.faint.iter().copied().chain(dots).collect::<Vec<_>>()
        };
        let values = self.rows.iter().flat_map(of_row);
        let places = (NAMES + 10.0, WIDTH - 14.0);
        match self.baseline {
            Some(_) => Scale::log(values.chain([1.0]), places),
            None => Scale::linear(values, places),
        }
    }

    fn row(&self, svg: &mut String, scale: &Scale, index: usize) {
        let row = &self.rows[index];
        let y = TOP + ROW * (index as f64 + 0.5);
        let (class, name) = (self.palette.class(row.name), escape(row.name));
        let _ = write!(svg, r#"<g class="{class}" data-s="{name}">"#);
        label(svg, "name end", (NAMES, y + 4.0), row.name);
        if !row.faint.is_empty() {
            let dot = |value: &f64| format!("M{} {}h0", at(scale.place(*value)), at(y));
            let path: String = row.faint.iter().map(dot).collect();
            let _ = write!(svg, r#"<path class="faint" d="{path}"/>"#);
        }
        let is_pair = row.dots[1].is_some();
        for (series, values) in row.dots.iter().enumerate() {
            let Some((low, middle, high)) = *values else { continue };
            // Of two dots, one is drawn above the other.
            let y = y + if is_pair { 3.5 * (series as f64 * 2.0 - 1.0) } else { 0.0 };
            line(svg, "span", (scale.place(low), y), (scale.place(high), y));
            let (class, r) = [("dot", 3.2), ("dot hollow", 2.8)][series];
            let (x, y) = (at(scale.place(middle)), at(y));
            let _ = write!(svg, r#"<circle class="{class}" cx="{x}" cy="{y}" r="{r}"/>"#);
        }
        svg.push_str("</g>");
    }
}

//! Scales, lines and labels of a drawing.

use std::fmt::Write;

/// Escapes text for HTML and SVG.
pub(super) fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
        escaped
    })
}

/// Maps values to places in a drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    values: (f64, f64),
    places: (f64, f64),
    is_log: bool,
}

impl Scale {
    /// Creates a logarithmic scale with some room around the values.
    pub(super) fn log(values: impl Iterator<Item = f64>, places: (f64, f64)) -> Self {
        let (low, high) = range(values.filter(|value| *value > 0.0)).unwrap_or((1.0, 1.0));
        let room = ((high / low).ln() * 0.06).max(0.1).exp();
        Self { values: (low / room, high * room), places, is_log: true }
    }

    /// Creates a linear scale from zero.
    pub(super) fn linear(values: impl Iterator<Item = f64>, places: (f64, f64)) -> Self {
        let high = range(values).map_or(0.0, |(_, high)| high);
        Self { values: (0.0, if high > 0.0 { high * 1.05 } else { 1.0 }), places, is_log: false }
    }

    /// Returns the place of a value.
    pub(super) fn place(&self, value: f64) -> f64 {
        let (low, high) = self.values;
        let of = |value: f64| if self.is_log { value.max(low / 2.0).ln() } else { value };
        let share = (of(value) - of(low)) / (of(high) - of(low));
        self.places.0 + share * (self.places.1 - self.places.0)
    }

    /// Returns round values to write beside the axis, at most so many.
    pub(super) fn ticks(&self, most: usize) -> Vec<f64> {
        let (low, high) = self.values;
        let within = |ticks: Vec<f64>| {
            ticks.into_iter().filter(|tick| (low..=high).contains(tick)).collect::<Vec<_>>()
        };
        if self.is_log {
            let decades = || (low.log10().floor() as i32 - 1)..=(high.log10().ceil() as i32);
            let of = |steps: &[f64]| {
                within(
                    decades().flat_map(|e| steps.iter().map(move |s| s * 10_f64.powi(e))).collect(),
                )
            };
            let choices: [&[f64]; 4] =
                [&[1.0, 1.5, 2.0, 3.0, 5.0, 7.0], &[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];
            let fitting = choices.iter().map(|steps| of(steps)).find(|ticks| ticks.len() <= most);
            return fitting.unwrap_or_else(|| {
                let ticks = of(&[1.0]);
                let every = ticks.len().div_ceil(most);
                ticks.into_iter().step_by(every).collect()
            });
        }
        let step = 10_f64.powf((high / most as f64).log10().ceil());
        let step = [0.2, 0.5, 1.0]
            .map(|share| share * step)
            .into_iter()
            .find(|step| high / step <= most as f64);
        let step = step.unwrap_or(high);
        within((0..=most).map(|tick| tick as f64 * step).collect())
    }
}

fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|value| value.is_finite()).fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((low.min(value), high.max(value))),
    })
}

/// Writes a place, to a tenth of a pixel.
pub(super) fn at(place: f64) -> String {
    let text = format!("{place:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Draws text at a place. `class` has the style and the alignment.
pub(super) fn label(svg: &mut String, class: &str, (x, y): (f64, f64), text: &str) {
    let _ =
        write!(svg, r#"<text class="{class}" x="{}" y="{}">{}</text>"#, at(x), at(y), escape(text));
}

/// Draws a straight line.
pub(super) fn line(svg: &mut String, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
    let _ =
        write!(svg, r#"<path class="{class}" d="M{} {}L{} {}"/>"#, at(x1), at(y1), at(x2), at(y2));
}

/// Writes a number with at most three digits behind the point.
pub(super) fn plain(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_scale_maps_equal_ratios_to_equal_lengths() {
        let scale = Scale::log([0.1, 10.0].into_iter(), (0.0, 100.0));
        let (a, b, c) = (scale.place(0.5), scale.place(1.0), scale.place(2.0));
        assert!((b - 50.0).abs() < 1e-9 && ((b - a) - (c - b)).abs() < 1e-9);
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(Scale::log([0.4, 3.0].into_iter(), (0.0, 1.0)).ticks(5), [0.5, 1.0, 2.0]);
        assert!(Scale::log([1.0, 1e6].into_iter(), (0.0, 1.0)).ticks(5).len() <= 5);
        assert_eq!(
            Scale::linear([3.9].into_iter(), (0.0, 1.0)).ticks(5),
            [0.0, 1.0, 2.0, 3.0, 4.0]
        );
    }

    #[test]
    fn escape_replaces_markup() {
        assert_eq!(escape(r#"a<b & "c""#), "a&lt;b &amp; &quot;c&quot;");
    }
}

//! Lanes of workers along a time axis.

use super::svg::at;
use std::fmt::Write;

/// Where times and workers are in a drawing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lanes {
    /// The places of time zero and of the end.
    pub(super) sides: (f64, f64),
    /// The upper edge of the first lane.
    pub(super) top: f64,
    /// The height of a lane.
    pub(super) height: f64,
    /// The time at the right side; later ones are drawn there.
    pub(super) end: u64,
}

impl Lanes {
    pub(super) fn x(&self, time: u64) -> f64 {
        let (left, right) = self.sides;
        left + (right - left) * time.min(self.end) as f64 / self.end.max(1) as f64
    }

    /// Returns the middle of a lane.
    pub(super) fn y(&self, lane: usize) -> f64 {
        self.top + self.height * (lane as f64 + 0.5)
    }

    /// Adds a bar to a path. It has a width, however short the time is, and none after the end.
    pub(super) fn bar(&self, path: &mut String, (from, to): (u64, u64), lane: usize) {
        if from <= self.end {
            let (x, y) = (self.x(from), self.y(lane));
            let _ = write!(path, "M{} {}h{}", at(x), at(y), at((self.x(to) - x).max(0.8)));
        }
    }
}

/// Paths of CSS classes, drawn in the order of their classes.
pub(super) struct Paths(Vec<(&'static str, String)>);

impl Paths {
    pub(super) fn new(classes: &[&'static str]) -> Self {
        Self(classes.iter().map(|class| (*class, String::new())).collect())
    }

    /// Returns the path of a class.
    pub(super) fn of(&mut self, class: &str) -> &mut String {
        let found = self.0.iter_mut().find(|(one, _)| *one == class);
        &mut found.expect("the class is in the list").1
    }

    /// Draws the paths.
    pub(super) fn draw(&self, svg: &mut String) {
        for (class, path) in &self.0 {
            let _ = write!(svg, r#"<path class="{class}" d="{path}"/>"#);
        }
    }
}

/// Returns a common end for several timelines. One that is much longer than the median is cut off,
/// as it would compress the others.
pub(super) fn common_end(ends: impl Iterator<Item = u64>) -> u64 {
    let mut ends: Vec<_> = ends.collect();
    ends.sort_unstable();
    ends.get(ends.len() / 2).map_or(1, |end| end * 5 / 4).min(ends.last().copied().unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn end_cuts_off_what_is_much_longer() {
        assert_eq!(common_end([80, 100, 120].into_iter()), 120);
        assert_eq!(common_end([80, 100, 900].into_iter()), 125);
        assert_eq!(common_end(std::iter::empty()), 1);
    }

    #[test]
    fn bars_after_the_end_are_left_out() {
        let lanes = Lanes { sides: (0.0, 100.0), top: 0.0, height: 10.0, end: 50 };
        let mut path = String::new();
        lanes.bar(&mut path, (40, 60), 1);
        lanes.bar(&mut path, (51, 60), 1);
        assert_eq!(path, "M80 15h20");
    }
}

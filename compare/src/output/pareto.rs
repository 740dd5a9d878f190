//! The Pareto plot: the mean time of each strategy against its mean CPU time.

use super::figure::Figure;
use super::summary::scores_html;
use super::svg::{Scale, at, escape, label, line, plain};
use super::view::View;
use crate::analysis::pareto::{dominates, front};
use crate::analysis::scores::{Score, Scores, scores, sections};
use crate::analysis::stats::Interval;
use crate::analysis::words::{both, times};
use std::fmt::Write;

const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 44.0;
const RIGHT: f64 = WIDTH - 10.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = HEIGHT - 44.0;
/// The height of a name, and the width of one of its letters.
const NAME: (f64, f64) = (13.0, 7.2);

/// A strategy in the plot.
struct Point<'a> {
    name: &'a str,
    cpu: Interval,
    time: Interval,
}

/// A rectangle: left, top, right and bottom.
type Area = (f64, f64, f64, f64);

/// Draws the plot; `None` unless time and CPU time of two strategies were measured.
pub(super) fn figure(view: &View<'_>) -> Option<Figure> {
    let record = view.record;
    let total = scores(record, "", &sections(record, &view.comparisons))?;
    let points = points(&total);
    if points.len() < 2 {
        return None;
    }
    let title = "Time against CPU time: nearer to the lower left corner is better in both.";
    let baseline = &record.settings.baseline;
    let text = format!(
        "Geometric means of the ratios to {baseline}, in which each family has one vote; the arms of a cross are the 95 % intervals. \
         {}",
        reading(&points, record.default_strategy())
    );
    let svg = drawing(view, &points, title);
    Some(Figure { svg, title: title.to_owned(), text, data: scores_html(&total) })
}

fn points(scores: &Scores) -> Vec<Point<'_>> {
    let point = |score: &'_ Score| Some((score.cpu?, score.time));
    let of = |score| point(score).map(|(cpu, time)| (score, cpu, time));
    let all = scores.list.iter().filter_map(of);
    all.map(|(score, cpu, time)| Point { name: &score.strategy, cpu, time }).collect()
}

fn middles(points: &[Point<'_>]) -> Vec<(f64, f64)> {
    points.iter().map(|one| (one.cpu.middle, one.time.middle)).collect()
}

/// Returns which strategies are on the front, and how far the default strategy is from it.
fn reading(points: &[Point<'_>], default: &str) -> String {
    let middles = middles(points);
    let front = front(&middles);
    let names: Vec<_> = front.iter().map(|index| points[*index].name.to_owned()).collect();
    let mut text = match names.as_slice() {
        [one] => format!("By these means, {one} is the Pareto front: it is lowest in both."),
        _ => format!(
            "By these means, the Pareto front (dotted) is {}: no other strategy is lower in both.",
            both(&names)
        ),
    };
    let ours = points.iter().position(|one| one.name == default);
    if let Some(ours) = ours.filter(|ours| !front.contains(ours)) {
        let lower = front.iter().filter(|index| dominates(middles[**index], middles[ours]));
        let lower: Vec<_> = lower
            .map(|index| {
                let time = times(middles[*index].1 / middles[ours].1);
                let cpu = times(middles[*index].0 / middles[ours].0);
                format!("{} ({time} its time, {cpu} its CPU time)", points[*index].name)
            })
            .collect();
        let _ = write!(text, " {default} is not on it: lower in both is {}.", both(&lower));
    }
    text
}

fn drawing(view: &View<'_>, points: &[Point<'_>], title: &str) -> String {
    let ends = |one: Interval| [one.low, one.middle, one.high];
    let across = Scale::log(points.iter().flat_map(|one| ends(one.cpu)), (LEFT, RIGHT));
    let up = Scale::log(points.iter().flat_map(|one| ends(one.time)), (BOTTOM, TOP));
    let mut svg = format!(
        r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{}">"#,
        escape(title)
    );
    axes(&mut svg, (&across, &up), &view.record.settings.baseline);
    let places: Vec<_> = middles(points)
        .into_iter()
        .map(|(cpu, time)| (across.place(cpu), up.place(time)))
        .collect();
    steps(
        &mut svg,
        &front(&middles(points)).into_iter().map(|one| places[one]).collect::<Vec<_>>(),
    );
    let names: Vec<_> = points.iter().map(|one| one.name).collect();
    let labels = labels(&places, &names);
    for ((point, (x, y)), area) in points.iter().zip(&places).zip(labels).rev() {
        let (class, name) = (view.palette.class(point.name), escape(point.name));
        let _ = write!(svg, r#"<g class="{class}" data-s="{name}">"#);
        let (low, high) = (across.place(point.cpu.low), across.place(point.cpu.high));
        line(&mut svg, "cross", (low, *y), (high, *y));
        let (low, high) = (up.place(point.time.low), up.place(point.time.high));
        line(&mut svg, "cross", (*x, low), (*x, high));
        svg.push_str(&view.palette.mark(point.name, (*x, *y)));
        lead(&mut svg, (*x, *y), area);
        label(&mut svg, "name halo", (area.0, area.3 - 3.0), point.name);
        svg.push_str("</g>");
    }
    svg.push_str("</svg>");
    svg
}

fn axes(svg: &mut String, (across, up): (&Scale, &Scale), baseline: &str) {
    for tick in across.ticks(7) {
        let x = across.place(tick);
        line(svg, "grid", (x, TOP), (x, BOTTOM));
        label(svg, "tick mid", (x, BOTTOM + 17.0), &plain(tick));
    }
    for tick in up.ticks(7) {
        let y = up.place(tick);
        line(svg, "grid", (LEFT, y), (RIGHT, y));
        label(svg, "tick end", (LEFT - 6.0, y + 4.0), &plain(tick));
    }
    label(svg, "tick", (4.0, 12.0), &format!("time or delay, relative to {baseline}"));
    let place = (RIGHT, HEIGHT - 6.0);
    label(svg, "tick end", place, &format!("CPU time per job, relative to {baseline}"));
}

/// Draws the border of what the front dominates.
fn steps(svg: &mut String, front: &[(f64, f64)]) {
    let Some((x, _)) = front.first() else { return };
    let mut path = format!("M{} {}", at(*x), at(TOP));
    for (x, y) in front {
        let _ = write!(path, "H{}V{}", at(*x), at(*y));
    }
    let _ = write!(svg, r#"<path class="front" d="{path}H{}"/>"#, at(RIGHT));
}

/// Draws a line from a point to its name, if they are not side by side.
fn lead(svg: &mut String, (x, y): (f64, f64), (left, top, right, bottom): Area) {
    let near = (x.clamp(left, right), y.clamp(top, bottom));
    if gap((left, top, right, bottom), (x, y)) > 9.0 {
        line(svg, "lead", (x, y), near);
    }
}

/// Returns the distance of a point from an area.
fn gap((left, top, right, bottom): Area, (x, y): (f64, f64)) -> f64 {
    (x.clamp(left, right) - x).hypot(y.clamp(top, bottom) - y)
}

/// Finds a place for each name: the nearest to its point at which it covers no other name and no
/// point.
fn labels(places: &[(f64, f64)], names: &[&str]) -> Vec<Area> {
    let marks = places.iter().map(|(x, y)| (x - 5.0, y - 5.0, x + 5.0, y + 5.0));
    let mut taken: Vec<Area> = marks.collect();
    let mut labels = Vec::new();
    for (place, name) in places.iter().zip(names) {
        let width = name.chars().count() as f64 * NAME.1;
        let is_free = |area: &Area| !taken.iter().any(|other| overlap(*area, *other));
        let free: Vec<_> =
            candidates(*place, width).filter(|area| is_inside(*area)).filter(is_free).collect();
        // A name that is as near to another point would be read as that point's.
        let is_clear = |area: &&Area| {
            let own = gap(**area, *place);
            let mut others = places.iter().filter(|other| *other != place);
            others.all(|other| gap(**area, *other) > own + 4.0)
        };
        let area = free.iter().find(is_clear).or(free.first()).copied();
        let area = area.unwrap_or((place.0, place.1, place.0 + width, place.1 + NAME.0));
        taken.push(area);
        labels.push(area);
    }
    labels
}

/// Returns places for a name, those beside the point first, then ever farther away.
fn candidates((x, y): (f64, f64), width: f64) -> impl Iterator<Item = Area> + Clone {
    let around = (0..16).map(|step| f64::from(step) * std::f64::consts::TAU / 16.0);
    let area = move |distance: f64, angle: f64| {
        // The name's nearest edge is at the distance, so its centre is farther away sideways.
        let centre_x = x + angle.cos() * (distance + width / 2.0);
        let centre_y = y + angle.sin() * (distance + NAME.0 / 2.0);
        let half = (width / 2.0, NAME.0 / 2.0);
        (centre_x - half.0, centre_y - half.1, centre_x + half.0, centre_y + half.1)
    };
    (0..14).flat_map(move |ring| {
        let distance = 7.0 + 5.0 * f64::from(ring);
        around.clone().map(move |angle| area(distance, angle))
    })
}

fn is_inside((left, top, right, bottom): Area) -> bool {
    left >= LEFT && right <= WIDTH && top >= TOP - 6.0 && bottom <= BOTTOM
}

fn overlap(a: Area, b: Area) -> bool {
    a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::{record, record_where};

    #[test]
    fn names_cover_neither_names_nor_points() {
        let places: Vec<_> = (0..15)
            .map(|step| (200.0 + f64::from(step % 4) * 6.0, 200.0 + f64::from(step)))
            .collect();
        let names = ["thread-per-job"; 15];
        let labels = labels(&places, &names);
        for (index, label) in labels.iter().enumerate() {
            assert!(is_inside(*label), "{label:?}");
            assert!(!labels[..index].iter().any(|other| overlap(*label, *other)), "{label:?}");
            let covers = |(x, y): &(f64, f64)| overlap(*label, (*x, *y, *x, *y));
            assert!(!places.iter().any(covers), "{label:?}");
        }
    }

    #[test]
    fn front_is_named_and_drawn() {
        let record = record();
        let figure = figure(&View::new(&record)).expect("CPU time was measured");
        assert!(figure.svg.contains("class=\"front\""), "{}", figure.svg);
        assert!(figure.text.contains("Pareto front"), "{}", figure.text);
        assert!(!figure.text.contains("flume"), "{}", figure.text);
    }

    #[test]
    fn default_off_the_front_is_said() {
        let record = record_where(1, |name, _| if name == "condvar" { 1.5 } else { 1.0 });
        let figure = figure(&View::new(&record)).expect("CPU time was measured");
        let words = "condvar is not on it: lower in both is crossbeam (0.67× its time";
        assert!(figure.text.contains(words), "{}", figure.text);
    }
}

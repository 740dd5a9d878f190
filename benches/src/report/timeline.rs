//! Timelines: which worker ran what, and when.

use super::svg::{at, escape, label};
use crate::record::Timeline;
use crate::workload::Span;
use std::fmt::Write;

const WIDTH: f64 = 360.0;
const LANE: f64 = 15.0;
const TOP: f64 = 26.0;
/// From how long a wait on a job is drawn as one that waited.
const WAITED: u64 = 100_000;

/// The slow job: the longest.
pub(crate) fn slow(timeline: &Timeline) -> Option<&Span> {
    timeline.spans.iter().max_by_key(|span| span.end - span.start)
}

/// How many of the fast jobs had to wait, and for how long at most.
pub(crate) fn waits(timeline: &Timeline) -> (usize, u64) {
    let slow = slow(timeline);
    let fast = timeline.spans.iter().filter(|span| Some(*span) != slow);
    let delays: Vec<u64> = fast.map(|span| span.start.saturating_sub(span.meant)).collect();
    (delays.iter().filter(|delay| **delay > WAITED).count(), delays.into_iter().max().unwrap_or_default())
}

/// The figure. `end` is the same for all that are to be compared; what comes after it is not shown.
pub(crate) fn svg(timeline: &Timeline, end: u64, title: &str) -> String {
    let lanes =
        timeline.spans.iter().map(|span| span.worker + 1).max().unwrap_or_default().max(timeline.workers.min(8));
    // A thread for each job would be a lane for each job.
    let shown = lanes.min(8);
    let height = TOP + LANE * shown as f64 + 20.0;
    let x = |time: u64| 4.0 + (WIDTH - 8.0) * time.min(end) as f64 / end.max(1) as f64;
    let y = |worker: usize| TOP + LANE * ((worker % shown) as f64 + 0.5);
    let mut svg = format!(r#"<svg viewBox="0 0 {WIDTH} {}" role="img" aria-label="{}">"#, at(height), escape(title));
    let lane = |worker| format!("M4 {}H{}", at(y(worker)), WIDTH - 4.0);
    let _ = write!(svg, r#"<path class="idle" d="{}"/>"#, (0..shown).map(lane).collect::<String>());
    let slow = slow(timeline);
    let mut paths = [String::new(), String::new(), String::new(), String::new()];
    let [served, waited, busy, asleep] = &mut paths;
    for span in timeline.spans.iter().filter(|span| span.meant <= end) {
        let arrival = if span.start.saturating_sub(span.meant) > WAITED { &mut *waited } else { &mut *served };
        let _ = write!(arrival, "M{} 4v12", at(x(span.meant)));
        if span.start > end {
            continue;
        }
        let bar = if Some(span) == slow { &mut *asleep } else { &mut *busy };
        let length = (x(span.end) - x(span.start)).max(0.8);
        let _ = write!(bar, "M{} {}h{}", at(x(span.start)), at(y(span.worker)), at(length));
    }
    for (class, path) in ["served", "waited", "busy", "asleep"].into_iter().zip(&paths) {
        let _ = write!(svg, r#"<path class="{class}" d="{path}"/>"#);
    }
    for (time, side) in [(0, "tick"), (end, "tick end")] {
        label(&mut svg, side, (x(time), height - 4.0), &format!("{:.0} ms", time as f64 / 1e6));
    }
    svg.push_str("</svg>");
    svg
}

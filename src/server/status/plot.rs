//! The plots of the last minute, as SVG: when a worker was busy, how many jobs waited, for how
//! long.

use super::history::{Sample, WorkerSample};
use std::fmt::Write;
use std::time::Duration;

/// The width of a plot: a minute, in half seconds.
const WIDTH: f64 = 120.0;

/// The height of a worker's plot.
const LANE: f64 = 14.0;

/// The height of a plot of the queue.
const PLOT: f64 = 96.0;

/// A job of this length is told apart from the one before it. Shorter ones would leave no bar
/// between their gaps.
const LONG: Duration = Duration::from_millis(250);

/// How much longer a worker may have been busy than its last activity lasted, if that was all it
/// did: a turn begins with reading a request.
const TOLERANCE: Duration = Duration::from_millis(5);

/// The labels below a plot.
pub(super) const AXIS: &str = "<div class=\"axis\" aria-hidden=\"true\">\
    <span>60 s ago</span><span>30 s</span><span>now</span></div>";

/// Returns a plot of when a worker was busy. A bar is as high as the share of the time for which it
/// was. There is a gap where a long job begins.
pub(super) fn lane(samples: &[&Sample], number: usize) -> String {
    let mut bars = Bars::new(samples, LANE);
    let mut gaps = String::new();
    let mut last_gap = Duration::ZERO;
    for pair in samples.windows(2) {
        let (from, to, share) = busy_part(pair[0], pair[1], number);
        bars.add(from, to, share);
        let WorkerSample { is_busy, since, .. } = pair[1].workers[number];
        if is_busy && since > last_gap && pair[1].time - since >= LONG {
            let _ = write!(gaps, "M{:.2} 0v{LANE}", bars.x(since));
            last_gap = since;
        }
    }
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {LANE}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <path class=\"line\" d=\"M0 7H{WIDTH}M30 4v6M60 4v6M90 4v6\"></path>\
         <path class=\"busy\" d=\"{}\"></path><path class=\"gap\" d=\"{gaps}\"></path></svg>",
        bars.path(0.5)
    )
}

/// Returns the part of the time between two samples in which a worker was busy, and for which share
/// of that part it was.
fn busy_part(before: &Sample, after: &Sample, number: usize) -> (Duration, Duration, f64) {
    let (was, is) = (&before.workers[number], &after.workers[number]);
    let busy = is.busy.saturating_sub(was.busy);
    let all = (before.time, after.time);
    let since = is.since.max(before.time).min(after.time);
    // If only one job began or ended, it is known when.
    let (from, to) = match (was.is_busy, is.is_busy) {
        (false, true) => (since, after.time),
        (true, false) => (before.time, since),
        _ => all,
    };
    let (from, to) = if busy > to.saturating_sub(from) + TOLERANCE { all } else { (from, to) };
    (from, to, busy.as_secs_f64() / to.saturating_sub(from).as_secs_f64())
}

/// Returns a plot of a value, with its caption. `show` formats a value with its unit.
pub(super) fn figure(
    samples: &[&Sample],
    name: &str,
    value: fn(&Sample) -> f64,
    show: fn(f64) -> String,
) -> String {
    let now = samples.last().map_or(0.0, |sample| value(sample));
    let most = samples.iter().map(|sample| value(sample)).fold(0.0, f64::max);
    let top = round_up(most);
    let mut bars = Bars::new(samples, PLOT);
    for pair in samples.windows(2) {
        bars.add(pair[0].time, pair[1].time, value(pair[1]) / top);
    }
    let (top, now, most) = (show(top), show(now), show(most));
    format!(
        "<div class=\"scale\" aria-hidden=\"true\"><span>{top}</span><span>0</span></div>\
         <svg viewBox=\"0 0 {WIDTH} {PLOT}\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <path class=\"wait\" d=\"{}\"></path>\
         <path class=\"line\" d=\"M0 0H{WIDTH}M0 {PLOT}H{WIDTH}M30 92v4M60 92v4M90 92v4\"></path></svg>\
         {AXIS}<figcaption>{name}: {now} now, {most} at most</figcaption>",
        bars.path(1.0)
    )
}

/// Rounds up to 1, 2 or 5 times a power of ten, and to one at least.
fn round_up(value: f64) -> f64 {
    let mut steps = (0..).flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powi(power)));
    steps.find(|step| *step >= value).unwrap_or(value)
}

/// Bars beside each other, which end now at the right edge of the plot.
struct Bars {
    now: Duration,
    height: f64,
    /// The left and the right edge of each bar and its height.
    bars: Vec<(f64, f64, f64)>,
}

impl Bars {
    fn new(samples: &[&Sample], height: f64) -> Self {
        let now = samples.last().map_or(Duration::ZERO, |sample| sample.time);
        Self { now, height, bars: Vec::new() }
    }

    /// Returns the place of a time.
    fn x(&self, time: Duration) -> f64 {
        WIDTH - 2.0 * self.now.saturating_sub(time).as_secs_f64()
    }

    /// Adds a bar to the right of the others. A bar of the same height is continued.
    fn add(&mut self, from: Duration, to: Duration, share: f64) {
        // The share of no time is not a number, and has no bar.
        let height = (self.height * share.min(1.0) * 10.0).round() / 10.0;
        let (left, right) = (self.x(from), self.x(to));
        match self.bars.last_mut() {
            _ if !(height > 0.0 && left < right) => {}
            Some(last) if last.1 == left && last.2 == height => last.1 = right,
            _ => self.bars.push((left, right, height)),
        }
    }

    /// Returns the bars as the data of a path. `align` is the part of the free height above a bar.
    fn path(&self, align: f64) -> String {
        let mut path = String::new();
        for (left, right, height) in &self.bars {
            let (top, width) = ((self.height - height) * align, right - left);
            let _ = write!(path, "M{left:.2} {top:.2}h{width:.2}v{height}h-{width:.2}z");
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a sample with a worker that is busy or idle `since`. All times are in seconds.
    fn sample(time: f64, busy: f64, is_busy: bool, since: f64) -> Sample {
        let [time, busy, since] = [time, busy, since].map(Duration::from_secs_f64);
        let workers = vec![WorkerSample { busy, is_busy, since }];
        Sample { time, queued: 0, queue_age: Duration::ZERO, workers }
    }

    #[track_caller]
    fn check(samples: &[Sample], bars: &str, gaps: &str) {
        let svg = lane(&samples.iter().collect::<Vec<_>>(), 0);
        let expected =
            format!("class=\"busy\" d=\"{bars}\"></path><path class=\"gap\" d=\"{gaps}\"");
        assert!(svg.contains(&expected), "{svg}");
    }

    #[test]
    fn idle_worker_has_no_bar() {
        check(&[sample(0.0, 0.0, false, 0.0), sample(1.0, 0.0, false, 0.0)], "", "");
    }

    #[test]
    fn long_job_has_its_exact_bar() {
        let samples = [
            sample(0.0, 0.0, false, 0.0),
            sample(1.0, 0.25, true, 0.75),
            sample(2.0, 1.25, true, 0.75),
            sample(3.0, 1.5, false, 2.25),
        ];
        check(&samples, "M115.50 0.00h3.00v14h-3.00z", "M115.50 0v14");
    }

    #[test]
    fn consecutive_jobs_have_a_gap_between() {
        let samples = [
            sample(0.0, 1.0, true, 0.0),
            sample(1.0, 2.0, true, 0.25),
            sample(2.0, 3.0, true, 1.5),
        ];
        check(&samples, "M116.00 0.00h4.00v14h-4.00z", "M116.50 0v14M119.00 0v14");
    }

    #[test]
    fn short_jobs_share_a_bar_without_gaps() {
        let samples = [
            sample(0.0, 0.0, false, 0.0),
            sample(1.0, 0.5, true, 0.9),
            sample(2.0, 1.0, true, 1.9),
            sample(3.0, 1.0, false, 2.0),
        ];
        check(&samples, "M114.00 3.50h4.00v7h-4.00z", "");
    }

    #[test]
    fn scale_ends_at_a_round_number() {
        for (value, top) in [(0.0, 1.0), (1.0, 1.0), (1.1, 2.0), (3.0, 5.0), (501.0, 1000.0)] {
            assert_eq!(round_up(value), top);
        }
    }

    #[test]
    fn figure_has_scale_and_caption() {
        let mut samples = [sample(0.0, 0.0, false, 0.0), sample(1.0, 0.0, false, 0.0)];
        samples[0].queued = 4;
        let jobs = |sample: &Sample| sample.queued as f64;
        let figure =
            figure(&samples.iter().collect::<Vec<_>>(), "Jobs", jobs, |n| format!("{n} j"));
        assert!(figure.contains("<span>5 j</span><span>0</span>"), "{figure}");
        assert!(
            figure.ends_with("<figcaption>Jobs: 0 j now, 4 j at most</figcaption>"),
            "{figure}"
        );
    }
}

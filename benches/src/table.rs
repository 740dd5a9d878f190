//! What the samples say, as text.

use crate::contender::Side;
use crate::run::{Plan, Question, Samples};
use crate::stats::{geometric_mean, median};
use crate::workload::Metric;
use std::fmt::{self, Write};

/// Ours against the best of the peers, in one row.
///
/// Ratios are taken within a round and then the median of them, so that what slows down a whole round falls out. The
/// best peer is the one against which that median is highest: picking the best anew in each round would pick luck.
pub struct Verdict {
    /// The row.
    pub question: Question,
    /// Ours through theirs: below 1 we are faster.
    pub ratio: f64,
    /// The best peer's name.
    pub peer: &'static str,
}

/// Compares, in each row that has a ratio, ours with the best of the peers.
pub fn verdicts(plan: &Plan, samples: &Samples) -> Vec<Verdict> {
    let on = |side| (0..plan.contenders.len()).filter(move |contender| plan.contenders[*contender].side == side);
    let Some(ours) = on(Side::Ours).next() else { return Vec::new() };
    // Idle pools differ by a few thread switches a second, whose ratio says nothing.
    let rows = samples.iter().filter(|(question, _)| question.metric != Metric::IdleCpu);
    rows.filter_map(|(question, row)| {
        let ratio_to = |peer: usize| median(row[ours].iter().zip(&row[peer]).map(|(ours, theirs)| ours / theirs));
        let (ratio, peer) = on(Side::Peer).map(|peer| (ratio_to(peer), peer)).max_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(Verdict { question: *question, ratio, peer: plan.contenders[peer].name })
    })
    .collect()
}

/// Writes a row for each question and a column for each contender, then the verdicts in short.
///
/// # Errors
///
/// Those of the writer.
pub fn write(out: &mut impl Write, plan: &Plan, samples: &Samples) -> fmt::Result {
    let verdicts = verdicts(plan, samples);
    write!(out, "{:<17} {:>2} {:<10}", "workload", "w", "metric")?;
    for contender in &plan.contenders {
        write!(out, " {:>11}", contender.name)?;
    }
    writeln!(out, "  ours/best peer")?;
    for (question, row) in samples {
        let name = plan.workloads[question.workload].name;
        write!(out, "{name:<17} {:>2} {:<10}", question.workers, question.metric)?;
        for values in row {
            write!(out, " {:>11}", Time(median(values.iter().copied())).to_string())?;
        }
        match verdicts.iter().find(|verdict| verdict.question == *question) {
            Some(Verdict { ratio, peer, .. }) => writeln!(out, "  {ratio:>5.2} {peer}")?,
            None => writeln!(out)?,
        }
    }
    for (what, is_cpu) in [("time and latency", false), ("processor time", true)] {
        let rows = verdicts.iter().filter(|verdict| (verdict.question.metric == Metric::Cpu) == is_cpu);
        let ratios: Vec<_> = rows.map(|verdict| verdict.ratio).collect();
        if let Some(worst) = ratios.iter().copied().max_by(f64::total_cmp) {
            writeln!(out, "ours/best peer, {what}: geometric mean {:.2}, worst {worst:.2}", geometric_mean(&ratios))?;
        }
    }
    Ok(())
}

/// Nanoseconds, written with three digits.
struct Time(f64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = match self.0 {
            ns if ns < 1e3 => (ns, "ns"),
            ns if ns < 1e6 => (ns / 1e3, "us"),
            ns if ns < 1e9 => (ns / 1e6, "ms"),
            ns => (ns / 1e9, "s"),
        };
        let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
        write!(f, "{value:.digits$} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        assert_eq!(Time(4.0).to_string(), "4.00 ns");
        assert_eq!(Time(12_340.0).to_string(), "12.3 us");
        assert_eq!(Time(999_960.0).to_string(), "1000 us");
        assert_eq!(Time(2.5e9).to_string(), "2.50 s");
    }
}

//! What the samples of servers say: figures, ratios, and who is best.

use super::{Mode, Sample, Server, Servers};
use crate::judge::{SMALLEST, Standing, confidence};
use crate::stats::{Interval, interval, median, median_interval};
use std::collections::BTreeSet;

/// One load with everybody's answer, the most requests per second first.
#[derive(Debug)]
pub struct Judged<'a> {
    /// Whether connections stayed open.
    pub mode: Mode,
    /// How many there were at once.
    pub connections: u32,
    /// The answers; who could not take part is not here.
    pub answers: Vec<Answer<'a>>,
}

/// One server under one load: medians over the rounds.
#[derive(Debug)]
pub struct Answer<'a> {
    /// Who.
    pub server: &'a Server,
    /// Requests per second.
    pub rate: f64,
    /// Its requests per second through the baseline's, round by round: more is better.
    pub ratio: Option<Interval>,
    /// How it stands. Who made errors is never best.
    pub standing: Standing,
    /// Microseconds within which half, nine in ten, and all but one in a hundred requests were
    /// answered.
    pub percentiles: [f64; 3],
    /// Microseconds of processor time for a request.
    pub cpu: f64,
    /// The most memory, in MiB.
    pub memory: f64,
    /// Errors of all rounds, since even one is too many.
    pub errors: u64,
}

impl<'a> Judged<'a> {
    /// One server's answer.
    pub fn of(&self, name: &str) -> Option<&Answer<'a>> {
        self.answers.iter().find(|answer| answer.server.name == name)
    }
}

impl Answer<'_> {
    /// Whether the rounds do not tell it from the baseline.
    pub fn is_tied_with_baseline(&self) -> bool {
        self.ratio.is_some_and(|ratio| ratio.spans(1.0))
    }
}

/// Judges every load.
pub fn judge(servers: &Servers) -> Vec<Judged<'_>> {
    let loads: BTreeSet<_> =
        servers.samples.iter().map(|sample| (sample.mode, sample.connections)).collect();
    loads.into_iter().map(|(mode, connections)| judge_one(servers, mode, connections)).collect()
}

fn judge_one(servers: &Servers, mode: Mode, connections: u32) -> Judged<'_> {
    let of = |name: &str| -> Vec<&Sample> {
        let is_its = |one: &&Sample| {
            (one.server.as_str(), one.mode, one.connections) == (name, mode, connections)
        };
        servers.samples.iter().filter(is_its).collect()
    };
    let took_part = servers.servers.iter().filter(|server| !of(&server.name).is_empty());
    let mut answers: Vec<_> = took_part
        .map(|server| {
            let ratios = rates(&of(&server.name), &of(&servers.baseline));
            answer(
                server,
                &of(&server.name),
                ratios.map(|ratios| median_interval(&ratios, servers.seed)),
            )
        })
        .collect();
    answers.sort_by(|a, b| b.rate.total_cmp(&a.rate));
    let key = |answer: &Answer<'_>| answer.ratio.map_or(answer.rate, |ratio| ratio.middle);
    let sound = answers.iter().enumerate().filter(|(_, answer)| answer.errors == 0);
    let best = sound.max_by(|a, b| key(a.1).total_cmp(&key(b.1))).map(|(index, _)| index);
    if let Some(best) = best {
        let sure = confidence(answers.len());
        let of_best = of(&answers[best].server.name);
        for answer in answers.iter_mut().filter(|answer| answer.errors == 0) {
            let to_best = rates(&of(&answer.server.name), &of_best)
                .map(|ratios| interval(&ratios, servers.seed, sure));
            if to_best.is_some_and(|ratio| ratio.high >= 1.0 || ratio.middle > SMALLEST.recip()) {
                answer.standing = Standing::Tied;
            }
        }
        answers[best].standing = Standing::Best;
    }
    Judged { mode, connections, answers }
}

/// Requests per second of one through those of another, within each round in which both took part.
fn rates(of: &[&Sample], to: &[&Sample]) -> Option<Vec<f64>> {
    let ratio = |sample: &&Sample| {
        let other = to.iter().find(|other| other.round == sample.round)?;
        Some(sample.load.requests_per_second / other.load.requests_per_second)
    };
    let ratios: Vec<f64> = of.iter().filter_map(ratio).collect();
    (!ratios.is_empty()).then_some(ratios)
}

fn answer<'a>(server: &'a Server, samples: &[&Sample], ratio: Option<Interval>) -> Answer<'a> {
    let of = |value: fn(&Sample) -> f64| median(samples.iter().map(|sample| value(sample)));
    Answer {
        server,
        rate: of(|sample| sample.load.requests_per_second),
        ratio,
        standing: Standing::Behind,
        percentiles: [
            of(|one| one.load.p50_us),
            of(|one| one.load.p90_us),
            of(|one| one.load.p99_us),
        ],
        cpu: of(|sample| sample.cpu_us_per_request),
        memory: of(|sample| sample.peak_rss_kib as f64 / 1024.0),
        errors: samples.iter().map(|sample| sample.load.errors()).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::servers;

    #[test]
    fn ratios_are_taken_within_a_round_and_errors_are_added_up() {
        // The machine slows down by the round; that nginx does half as much stays true in each.
        let servers = servers();
        let judged = judge(&servers);
        let of = |name| judged[0].of(name).expect("it took part");
        assert_eq!(of("hello").ratio.map(|ratio| ratio.middle), Some(1.0));
        assert_eq!(of("nginx").ratio, Some(Interval { low: 0.5, middle: 0.5, high: 0.5 }));
        assert_eq!((of("hello").errors, of("chapter").errors), (0, 6));
    }

    #[test]
    fn the_fastest_is_not_best_if_it_makes_errors_and_who_is_as_fast_as_the_best_is_tied() {
        let servers = servers();
        let judged = judge(&servers);
        let standing = |name| judged[0].of(name).expect("it took part").standing;
        let fastest = &judged[0].answers[0];
        assert_eq!((fastest.server.name.as_str(), fastest.standing), ("chapter", Standing::Behind));
        let mut leaders = [standing("hello"), standing("hello-textbook")];
        leaders.sort_by_key(|one| *one == Standing::Tied);
        assert_eq!(leaders, [Standing::Best, Standing::Tied]);
        assert_eq!(standing("nginx"), Standing::Behind);
    }

    #[test]
    fn who_cannot_keep_connections_open_is_not_judged_by_it() {
        let servers = servers();
        let judged = judge(&servers);
        let keep_alive =
            judged.iter().find(|one| one.mode == Mode::KeepAlive).expect("it was measured");
        assert!(keep_alive.of("chapter").is_none() && keep_alive.of("nginx").is_some());
    }
}

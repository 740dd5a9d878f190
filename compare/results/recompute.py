#!/usr/bin/env python3
"""Computes the summary of a record once more, by other code than that which made the tables.

    python3 recompute.py RECORD.json [WORKLOAD [CONDITION]]

Writes for each strategy its mean time relative to the baseline, in which each family has one vote, the
ends of the 95 % interval, and its first places. Then writes for each strategy and number of workers the
median time under the workload, and the median of the ratios to the baseline within rounds.
"""
import json
import sys
from math import ceil, comb, exp, log
from statistics import median

FAMILIES = """
empty-1 empty-2 empty-4 one-worker oversubscribed spin-300ns spin-1us spin-10us spin-100us mixed touch blocking
round-trip-spin round-trip-channel round-trip-park
sparse-1 sparse-5 sparse-20 sparse-60 sparse-250 sparse-1000 sparse-10000
open-loop
load-10 load-50 load-80 load-95
bursts after-idle
tree
straggler straggler-computes
start drop idle
serve-closed serve-open
"""
path, workload, condition = (sys.argv[1:] + ["empty-1", "quiet"][len(sys.argv) - 2 :])[:3]
record = json.load(open(path, encoding="utf-8"))
baseline = record["settings"]["baseline"]
pools = [one["name"] for one in record["strategies"] if one["group"] != "reference"]
default = next((one["name"] for one in record["strategies"] if one["group"] == "ours"), baseline)
jobs = {(one["workload"], one["workers"], one.get("condition"), one["strategy"]): one["jobs"] for one in record["curves"]}


def interval(values, confidence=0.95):
    """Returns the median, the two ends of its interval, and the exact coverage."""
    values, n, tail, outside = sorted(values), len(values), 0, (0, 0)
    for below in range(max(1, n // 2)):
        tail += comb(n, below) / 2**n
        if below == 0 or 1 - 2 * tail >= confidence:
            outside = (below, 1 - 2 * tail)
    return median(values), values[outside[0]], values[-1 - outside[0]], outside[1]


def mean(values):
    return exp(sum(map(log, values)) / len(values))


def ratios(one, name, to):
    return [a / b for a, b in zip(one["samples"][name], one["samples"][to])]


def counts(one):
    """Returns whether a measurement is scored: every pool has samples, with enough jobs for a percentile."""
    least = {"time": 0, "median": 0, "p99": 1000}.get(one["metric"])
    if least is None or any(name not in one["samples"] for name in pools):
        return False
    all_jobs = (jobs.get((one["workload"], one["workers"], one.get("condition"), name)) for name in pools)
    rounds = len(one["samples"][baseline])
    return all(number is None or number // rounds >= least for number in all_jobs)


def first_places(one):
    margin = 0.05
    if one.get("control"):
        _, low, high, _ = interval([a / b for a, b in zip(one["control"], one["samples"][default])])
        margin = ceil(max(margin, high - 1, 1 / low - 1) * 1e4) / 1e4
    best = min(pools, key=lambda name: median(ratios(one, name, baseline)))
    first, not_worse = [best], 0
    for name in (name for name in pools if name != best):
        _, low, high, coverage = interval(ratios(one, name, best), 1 - 0.05 / max(1, len(pools) - 1))
        is_inside = low >= 1 / (1 + margin) and high <= 1 + margin and margin <= 0.25
        if coverage >= 0.95 and (is_inside or high < 1 / (1 + margin)):
            first.append(name)
        not_worse += coverage < 0.95 or low <= 1 + margin
    return first if margin <= 0.25 or not_worse == 0 else first[1:]


here = [one for one in record["measurements"] if one.get("condition", "quiet") == condition]
families = [[one for one in here if one["workload"] in line.split() and counts(one)] for line in FAMILIES.splitlines()]
families = [family for family in families if family]
first = [name for family in families for one in family for name in first_places(one)]
rounds = min(len(one["samples"][baseline]) for family in families for one in family)
for name in pools:
    by_family = [[ratios(one, name, baseline) for one in family] for family in families]
    means = [mean([mean([one[turn] for one in family]) for family in by_family]) for turn in range(rounds)]
    middle, low, high, _ = interval(means)
    print(f"mean {name} {middle:.5f} {low:.5f} {high:.5f} {first.count(name)}")
for one in here:
    for name in one["samples"] if (one["workload"], one["metric"]) == (workload, "time") else []:
        figure, ratio = median(one["samples"][name]), median(ratios(one, name, baseline))
        print(f"time {name} {one['workers']} {figure:.6g} {ratio:.5f}")

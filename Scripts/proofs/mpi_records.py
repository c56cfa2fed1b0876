#!/usr/bin/env python3
"""Records of several load hosts, for Scripts/proofs/mpi.

  mpi_records.py counts RECORD RANKS REQUESTS COUNTED   sums, buckets and clocks of a whole run
  mpi_records.py partial RECORD HOST                    a run from which that host was lost
  mpi_records.py same LOCAL FLEET                       a server beside itself, from one host and four
"""

import glob
import json
import random
import sys

import records
from hdr import add, decoded

AHEAD = 10_000_000_000  # the clock of the fourth host, in ns


def check(holds, words):
    print(("   " if holds else "NOT ") + words)
    return holds


def counts(record, ranks, requests, counted):
    hosts = record.load_hosts
    sums = sum(host["ops"] for host in hosts)
    good = check(not record.partial, "the record is whole")
    good &= check([host["rank"] for host in hosts] == [0, 1, 2, 3], "four hosts have a row")
    good &= check(
        sums == requests == counted,
        f"{sums} requests in the rows, {requests} asked for, {counted} counted by the server")
    merged = next(result["histogram"] for result in record.results
                  if result["metric"].startswith("latency_ns/get/") and "histogram" in result)
    total, rows = {}, {}
    for path in glob.glob(f"{ranks}/rank-*.ndjson"):
        with open(path) as file:
            for line in file:
                for command in json.loads(line)["sample"]["commands"]:
                    add(total, decoded(command["latency"]["hdr"]))
    for host in hosts:
        add(rows, decoded(host["histogram"]))
    merged = decoded(merged)
    good &= check(merged == total, f"{len(merged)} buckets: the sum of the ranks' files")
    good &= check(merged == rows, "and of the rows")
    for host in hosts:
        true = AHEAD if host["rank"] == 3 else 0
        error, bound = abs(host["clock_offset_ns"] - true), host["clock_bound_ns"]
        good &= check(
            error <= bound,
            f"{host['host']}: its clock is ahead by {host['clock_offset_ns']} ns ± {bound}, which "
            f"is off by {error}; it began {host['late_ns']} ns late")
    return good


def partial(record, host):
    hosts = {row["host"] for row in record.load_hosts}
    good = check(record.partial, "the record is partial")
    good &= check(host not in hosts and len(hosts) == 3, f"it has {', '.join(sorted(hosts))}")
    values = [result["value"] for result in record.results if result["value"]]
    return good & check(bool(values), f"and {len(values)} readings of them")


def covering(path, comparisons=40, rounds=12):
    """How many comparisons of so many rounds, drawn from those of a record, cover zero."""
    ratios = records.Record(path).log_ratios(records.THROUGHPUT, "a", "b")
    draw = random.Random(1)
    covered = 0
    for _ in range(comparisons):
        _, low, high = records.interval(draw.sample(ratios, rounds))
        covered += low <= 0 <= high
    return covered


def same(local, fleet):
    record = records.Record(fleet)
    good = True
    for target in "ab":
        rows = [row for row in record.load_hosts if row["target"] == target]
        slices = [slice for round in record.rounds if round["target"] == target
                  for slice in round["slices"]]
        sums = [sum(part["ops"] for part in parts) for parts in (rows, slices)]
        good &= check(
            {row["rank"] for row in rows} == {0, 1, 2, 3} and sums[0] == sums[1],
            f"{target}: {sums[0]} requests in the rows of four hosts, {sums[1]} in the slices")
    for words, path in (("one host", local), ("four hosts", fleet)):
        covered = covering(path)
        good &= check(covered >= 35, f"the load of {words}: {covered} of 40 comparisons cover zero")
    return good


if len(sys.argv) == 6 and sys.argv[1] == "counts":
    holds = counts(records.Record(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
elif len(sys.argv) == 4 and sys.argv[1] == "partial":
    holds = partial(records.Record(sys.argv[2]), sys.argv[3])
elif len(sys.argv) == 4 and sys.argv[1] == "same":
    holds = same(sys.argv[2], sys.argv[3])
else:
    sys.exit(__doc__)
sys.exit(0 if holds else 1)

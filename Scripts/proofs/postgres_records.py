#!/usr/bin/env python3
"""Run records for Scripts/proofs/postgres, and what a database has to say of them.

  postgres_records.py make N          N records, a line each
  postgres_records.py check RECORDS   percentiles on standard input against those of the records
"""

import json
import random
import sys

from hdr import add, encoded, highest, index_of

WORKLOADS = ("GET", "SET")
PERCENTS = (50, 90, 99, 99.9)


def counts_of(number, workload):
    """The latencies of one made run, the same at every call."""
    draw = random.Random(f"{number} {workload}")
    counts = {}
    for _ in range(draw.randrange(20, 60)):
        index = index_of(int(draw.lognormvariate(11, 1)))
        counts[index] = counts.get(index, 0) + draw.randrange(1, 1000)
    return counts


def record(number):
    results = []
    for workload in WORKLOADS:
        common = {"target": "server", "workload": workload, "conditions": {"connections": 50}}
        results.append(
            {"metric": "throughput_ops_per_s", "unit": "ops/s", "better": "higher", "kind": "wall",
             "value": 100_000 + number, **common})
        results.append(
            {"metric": f"latency_ns/{workload.lower()}/actual/p50", "unit": "ns",
             "better": "lower", "kind": "wall", "value": 1000 + number,
             "histogram": encoded(counts_of(number, workload)), **common})
    day, second = divmod(number, 86_400)
    clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    return {
        "schema": "hashmark.run/1", "hashmark_version": "made", "arguments": ["made"],
        "seed": number, "label": f"r{number % 7}", "partial": False,
        "started_at": f"2026-01-{1 + day:02}T{clock}Z", "results": results}


def percentile(counts, percent):
    """The upper end of the bucket with the sample of that rank."""
    total = sum(counts.values())
    # In thousandths: 99.9 is no binary number.
    rank, reached = max(1, -(-round(percent * 10) * total // 1000)), 0
    for index in sorted(counts):
        reached += counts[index]
        if reached >= rank:
            return highest(index)
    raise ValueError("no samples")


def check(path):
    sums = {workload: {} for workload in WORKLOADS}
    with open(path) as file:
        for line in file:
            number = json.loads(line)["seed"]
            for workload in WORKLOADS:
                add(sums[workload], counts_of(number, workload))
    wrong, seen = 0, 0
    for line in sys.stdin:
        fields = line.rstrip("\n").split("\t")
        workload, found = fields[1], [int(field) for field in fields[2:]]
        counts = sums[workload]
        wanted = [sum(counts.values())] + [percentile(counts, percent) for percent in PERCENTS]
        wanted.append(highest(max(counts)))
        seen += 1
        wrong += found != wanted
        print(f"{workload}: {found[0]} samples, p50 … max {found[1:]} in SQL, "
              f"{wanted[1:]} of the sum" + ("" if found == wanted else ": WRONG"))
    if seen != len(WORKLOADS):
        print(f"{seen} distributions, and there are {len(WORKLOADS)}")
    sys.exit(1 if wrong or seen != len(WORKLOADS) else 0)


if len(sys.argv) == 3 and sys.argv[1] == "make":
    for number in range(int(sys.argv[2])):
        print(json.dumps(record(number)))
elif len(sys.argv) == 3 and sys.argv[1] == "check":
    check(sys.argv[2])
else:
    sys.exit(__doc__)

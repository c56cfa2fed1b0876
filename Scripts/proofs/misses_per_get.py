"""Simulated misses per GET, each table beside the real release: within 15 %, in the same order."""

import sys

import records

LIMIT = 15  # per cent

record = records.Record(sys.argv[1])
misses = {
    target: result["value"]
    for target, result in record.by_target("sim_ll_read_misses_per_op").items()
}
releases = [target.removeprefix("real-") for target in misses if target.startswith("real-")]
wrong = False
for release in releases:
    real, ours = misses[f"real-{release}"], misses[f"ref-{release}"]
    change = 100 * (ours / real - 1)
    wrong |= abs(change) > LIMIT
    print(f"{release}  real {real:6.3f}  ref {ours:6.3f}  {change:+6.1f} %")


def order(side):
    return sorted(releases, key=lambda release: misses[f"{side}-{release}"])


if order("real") != order("ref"):
    wrong = True
    print(f"order: real {order('real')}, ref {order('ref')}")
sys.exit(wrong)

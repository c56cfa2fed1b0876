"""What the interface costs beside the table that is compiled in: interface_cost.py FOLDER, which holds
the records `small`, `large` and `simulated`, or some of them. Exit 1 beyond a claim."""

import math
import os
import sys

import records

BASE = "compiled"
# Nanoseconds per look-up at 1,000 entries.
CLAIMED = {"index": 5, "store": 3}
# Per cent to either side at 10 million.
WIDEST = 2


def by_batch(path, metric):
    """Results by target, for each batch depth."""
    found = {}
    for result in records.Record(path).of(metric):
        found.setdefault(result["conditions"]["batch"], {})[result["target"]] = result
    return sorted(found.items())


def pairs(result, base):
    return [(a, b) for a, b in zip(result["samples"], base["samples"]) if a and b]


def small(path):
    """Differences in ns, round by round; only look-ups one by one have a claim."""
    holds = True
    for batch, targets in by_batch(path, "table_cpu_ns_per_op/find"):
        base = targets[BASE]
        print(f"1,000 entries, {batch} at a time: compiled in {base['value']:.2f} ns")
        for name, limit in CLAIMED.items():
            differences = [a - b for a, b in pairs(targets[name], base)]
            centre, low, high = records.interval(differences)
            line = f"  {name}  {centre:+6.2f} ns"
            line += f"  [{low:+.2f} … {high:+.2f}]" if low is not None else "  (too few rounds)"
            if batch == 1:
                is_kept = centre <= limit
                holds &= is_kept
                line += f"  claimed at most {limit}: {'holds' if is_kept else 'DOES NOT HOLD'}"
            print(line)
    return holds


def large(path):
    """Changes in per cent."""
    holds = True
    for batch, targets in by_batch(path, "table_cpu_ns_per_op/find"):
        base = targets[BASE]
        entries = base["conditions"]["entries"]
        print(f"{entries:,} entries, {batch} at a time: compiled in {base['value']:.1f} ns")
        for name in CLAIMED:
            ratios = [math.log(a / b) for a, b in pairs(targets[name], base)]
            centre, low, high = records.interval(ratios)
            if low is None:
                print(f"  {name}  {100 * math.expm1(centre):+6.2f} %  (too few rounds)")
                holds = holds and batch != 1
                continue
            low, high = 100 * math.expm1(low), 100 * math.expm1(high)
            line = f"  {name}  {100 * math.expm1(centre):+6.2f} %  [{low:+.2f} … {high:+.2f}]"
            if batch == 1:
                is_kept = low <= 0 <= high and (high - low) / 2 <= WIDEST
                holds &= is_kept
                line += f"  claimed 0 ± {WIDEST}: {'holds' if is_kept else 'DOES NOT HOLD'}"
            print(line)
    return holds


def simulated(path):
    """Instructions per look-up, exact."""
    for batch, targets in by_batch(path, "table_sim_instructions_per_op/find"):
        base = targets[BASE]["value"]
        print(f"1,000 entries, {batch} at a time: compiled in {base:.2f} instructions")
        for name in CLAIMED:
            print(f"  {name}  {targets[name]['value'] - base:+7.2f}")
    return True


def main(folder):
    holds = True
    for part in (small, large, simulated):
        path = os.path.join(folder, part.__name__)
        if os.path.exists(path):
            holds = part(path) and holds
    sys.exit(not holds)


main(sys.argv[1])

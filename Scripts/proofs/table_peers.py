"""Nanoseconds per look-up of each table, and over boost's by the rounds: table_peers.py RECORD"""

import sys

import records

BOOST = "boost_unordered_flat_map"


def main(path):
    found = {}
    for result in records.Record(path).of("table_cpu_ns_per_op/find"):
        conditions = result["conditions"]
        cell = (conditions["entries"], conditions["batch"])
        found.setdefault(cell, {})[result["target"]] = result
    for (entries, batch), tables in sorted(found.items()):
        print(f"{entries:,} entries, {batch} at a time")
        base = tables.get(BOOST)
        for table, result in sorted(tables.items(), key=lambda item: item[1]["value"] or 0):
            line = f"  {table:28} {result['value']:8.1f} ns"
            if base and result is not base:
                pairs = zip(result["samples"], base["samples"])
                ratios = sorted(mine / other for mine, other in pairs)
                middle = ratios[len(ratios) // 2]
                line += f"  {middle:5.2f} of boost's ({ratios[0]:.2f} to {ratios[-1]:.2f})"
            print(line)


main(sys.argv[1])

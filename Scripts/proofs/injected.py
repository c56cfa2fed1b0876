"""Slow-downs made to order: how many nanoseconds are 3 % and 5 %, and what a comparison made of them.

    injected.py sizes RECORD                    nanoseconds of 3 % and 5 % of the base's CPU time
    injected.py estimate RECORD THREE FIVE      estimates beside the truth
"""

import math
import sys

import records


def sizes(record):
    base = record.by_target(records.SERVER_CPU)["base"]["value"]
    print(round(0.03 * base), round(0.05 * base))


def estimate(record, three, five):
    base = record.by_target(records.SERVER_CPU)["base"]["value"]
    for name, nanoseconds in (("three", int(three)), ("five", int(five))):
        ratios = record.log_ratios(records.SERVER_CPU, "base", name)
        found = 100 * math.expm1(records.hodges_lehmann(ratios))
        truth = 100 * nanoseconds / base
        print(
            f"{name}: {nanoseconds} ns on {base:.0f} ns are {truth:.2f} %; estimated "
            f"{found:+.2f} %, off by {found - truth:+.2f} points, {len(ratios)} rounds"
        )


command, path, *rest = sys.argv[1:]
{"sizes": sizes, "estimate": estimate}[command](records.Record(path), *rest)

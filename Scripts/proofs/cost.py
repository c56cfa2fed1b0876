"""What targets of a comparison cost in server CPU time per request, beside the first of them.

    cost.py RECORD WORDS BASELINE TARGET…
"""

import math
import sys

import records


def main(path, words, baseline, *targets):
    record = records.Record(path)
    base = record.by_target(records.SERVER_CPU)[baseline]["value"]
    print(f"{words}: {baseline} {base:.0f} ns of server CPU per request")
    for target in targets:
        ratios = record.log_ratios(records.SERVER_CPU, baseline, target)
        times = math.exp(records.hodges_lehmann(ratios))
        print(
            f"{words}: {target} {base * times:.0f} ns, {100 * (times - 1):+.0f} %: "
            f"{100 * (1 - 1 / times):.0f} % of its CPU time; {len(ratios)} rounds"
        )


main(*sys.argv[1:])

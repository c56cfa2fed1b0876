"""Scatter of the rounds of an A/A comparison, and how many intervals of 12 rounds hold 0."""

import statistics
import sys

import records

ROUNDS = 12
# The critical value of the signed-rank test for 12 pairs at 5 %: 13 Walsh averages from either end.
CRITICAL = 13

record = records.Record(sys.argv[1])
for metric in (records.THROUGHPUT, records.SERVER_CPU):
    ratios = record.log_ratios(metric, "a", "b")
    groups = [ratios[at : at + ROUNDS] for at in range(0, len(ratios) - ROUNDS + 1, ROUNDS)]
    covered = 0
    for group in groups:
        averages = records.walsh_averages(group)
        covered += averages[CRITICAL] <= 0 <= averages[-1 - CRITICAL]
    print(
        f"{metric}: SD of the rounds' log-ratio {100 * statistics.stdev(ratios):.2f} %, "
        f"mean {100 * statistics.mean(ratios):+.2f} %, "
        f"intervals that hold 0: {covered} of {len(groups)}"
    )

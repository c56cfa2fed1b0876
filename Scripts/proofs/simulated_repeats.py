"""How far the simulated counts of launches of one server lie apart."""

import statistics
import sys

import records

METRICS = ("sim_instructions_per_op", "sim_d1_read_misses_per_op", "sim_ll_read_misses_per_op")

for result in records.Record(sys.argv[1]).of(*METRICS):
    values = result["samples"]
    spread = 100 * statistics.stdev(values) / statistics.mean(values)
    print(
        f"{result['target']:14} {result['metric']:27} {statistics.median(values):10.3f}  "
        f"RSD {spread:.3f} %"
    )

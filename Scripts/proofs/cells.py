"""What Scripts/proofs/cells asks of records:

    cells.py same FLEET LOCAL    whether two histories of a sweep tell the same of every release
    cells.py slow FOLDER         makes the last node's reference half as fast
"""

import glob
import json
import sys

import records

CELLS = 12


def runs(path):
    return {run.label: run for run in records.history(path)}


def numbers(run):
    """What is counted by its value, what is timed by whether it is there."""
    found = {}
    for result in run.results:
        key = (result["metric"], result["target"], result["workload"])
        counted = result["metric"] == "memory_bytes_per_entry/reported"
        found[key] = result["value"] if counted else result["value"] is not None
    return found


def same(fleet, local):
    fleet, local = runs(fleet), runs(local)
    wrong = [label for label in sorted(fleet.keys() | local.keys())
             if label not in fleet or label not in local
             or numbers(fleet[label]) != numbers(local[label])]
    print(f"{len(fleet)} cells, {len(local)} releases of the local sweep, {len(wrong)} differ")
    return not wrong and len(fleet) == CELLS


def slow(folder):
    path = sorted(glob.glob(folder + "/node-*.json"))[-1]
    record = records.Record(path)
    for result in record.of(records.SERVER_CPU):
        result["value"] *= 2
        result["samples"] = [sample and 2 * sample for sample in result["samples"]]
    with open(path, "w") as file:
        json.dump(record.content, file)
    return True


if len(sys.argv) == 4 and sys.argv[1] == "same":
    holds = same(sys.argv[2], sys.argv[3])
elif len(sys.argv) == 3 and sys.argv[1] == "slow":
    holds = slow(sys.argv[2])
else:
    sys.exit(__doc__)
sys.exit(0 if holds else 1)

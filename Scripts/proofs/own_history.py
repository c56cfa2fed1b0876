"""A line of a history, of the records that Scripts/proofs/own-history measured:
own_history.py FOLDER LABEL HISTORY"""

import json
import sys

import records

CLIENT_CPU = "client_cpu_ns_per_op"
# What `history` tells apart are metrics and workloads; conditions it sums up.
TARGET = "hashmark"


def row(record, metric, workload, **wanted):
    """The one result of a metric under those conditions, as a history keeps it."""
    found = [
        result
        for result in record.of(metric)
        if all(result["conditions"].get(name) == value for name, value in wanted.items())
    ]
    if len(found) != 1:
        sys.exit(f"own-history: {len(found)} results of {metric} for {workload} and not one")
    kept = ("metric", "unit", "better", "kind", "conditions", "value", "reason")
    result = {key: found[0][key] for key in kept if key in found[0]}
    result.update(target=TARGET, workload=workload)
    return result


def main(folder, label, history):
    def load(name):
        record = records.Record(f"{folder}/{name}.json")
        if record.partial:
            sys.exit(f"own-history: {name} was not measured to the end")
        return record

    clients = {pipeline: load(f"client-{pipeline}") for pipeline in (1, 16, 64)}
    ladder, tables = load("ladder"), load("tables")
    results = []
    for pipeline, record in clients.items():
        result = row(record, CLIENT_CPU, f"GET, pipeline {pipeline}")
        result["conditions"]["server"] = record.content["targets"][0].get("version", "redis")
        results.append(result)
    with open(f"{folder}/draw") as file:
        nanoseconds = float(file.read().split()[0])  # `12.3 ns a request`
    draw = {key: results[0][key] for key in ("metric", "unit", "better", "kind", "target")}
    draw.update(
        workload="a draw of valkey-fleet-median",
        conditions={"estimator": "least"},
        value=nanoseconds,
    )
    results.append(draw)
    results.append(
        row(ladder, "rung_adds_ns_per_op", "protocol and dispatch", rung="engine", over="table")
    )
    find = "table_cpu_ns_per_op/find"
    results.append(row(tables, find, "a look-up, one by one", batch=1))
    results.append(row(tables, find, "a look-up, 16 at a time", batch=16))

    measured = [*clients.values(), ladder, tables]
    warnings = []
    for warning in (warning for record in measured for warning in record.warnings):
        if warning not in warnings:
            warnings.append(warning)
    version = ladder.content["hashmark_version"]
    line = {
        "schema": ladder.content["schema"],
        "hashmark_version": version,
        "arguments": ["own-history", label],
        "seed": 1,
        "label": label,
        "started_at": clients[1].content["started_at"],
        "environment": ladder.environment,
        "targets": [{"label": TARGET, "spelling": TARGET, "version": version}],
        "workloads": [{"name": result["workload"]} for result in results],
        "warnings": warnings,
        "partial": False,
        "results": results,
    }
    text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    with open(history, "a") as file:
        file.write(text + "\n")
    for result in results:
        value = result["value"]
        print(f"{result['workload']:32} {'n/a' if value is None else f'{value:10.1f} ns'}")
    print(f"{label}: a line of {history}")


main(*sys.argv[1:])

"""Traces of two lengths, and the rate at which a replay went through one.

    trace_memory.py write FOLDER RECORDS    RECORDS/100.oracleGeneral and RECORDS.oracleGeneral
    trace_memory.py rate RECORD
"""

import struct
import sys

import records

KEYS = 100_003
SPREAD = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio: neighbours lie far apart


def write(folder, count):
    for length in (int(count) // 100, int(count)):
        with open(f"{folder}/{length}.oracleGeneral", "wb") as file:
            for start in range(0, length, 100_000):
                file.write(b"".join(map(entry, range(start, min(start + 100_000, length)))))


def entry(number):
    """A thousand a second: time, key, size, next access (not known)."""
    key = number * SPREAD % 2**64 % KEYS
    return struct.pack("<IQIq", number // 1000, key, 100 + number % 400, -1)


def rate(path):
    print(round(next(r["value"] for r in records.Record(path).of(records.THROUGHPUT))))


command, *rest = sys.argv[1:]
{"write": write, "rate": rate}[command](*rest)

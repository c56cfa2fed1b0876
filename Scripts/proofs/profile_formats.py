"""Whether files of call stacks are what their readers take, read anew from the readers' own documents.

    profile_formats.py FORMAT FILE RECORD

    folded       flamegraph.pl: a line is frames, a blank and a number
    speedscope   speedscope, src/lib/file-format-spec.ts
    pprof        google/pprof, proto/profile.proto
    firefox      firefox-devtools/profiler, src/types/profile.js as of processed version 48
    perf-script  FlameGraph, stackcollapse-perf.pl: its patterns of an event's line and a frame's

Prints what is in the file; ends with 1 and the fault where a reader would stumble. The sum of all
weights must be the record's.
"""

import gzip
import json
import re
import sys

import profiles
import records


def need(condition, fault):
    if not condition:
        sys.exit(f"DOES NOT HOLD: {fault}")


def has(tree, fields, what):
    """Every field is there and of that type; a type in brackets is a list of it."""
    for name, kind in fields.items():
        need(name in tree, f"{what} has no {name}")
        value = tree[name]
        if isinstance(kind, list):
            need(isinstance(value, list), f"{what}.{name} is no list")
            need(all(isinstance(one, kind[0]) for one in value), f"{what}.{name}: a wrong type")
        else:
            need(isinstance(value, kind), f"{what}.{name} is of a wrong type")


NUMBER = (int, float)
MAYBE = (int, type(None))


def folded(path):
    total, lines = 0, 0
    with open(path) as file:
        for line in file:
            match = re.fullmatch(r"(.+) (\d+)\n", line)
            need(match, f"line {lines + 1} is no stack with a number")
            need(all(match[1].split(";")), f"line {lines + 1} has an empty frame")
            total += int(match[2])
            lines += 1
    return f"{lines} stacks", total


def speedscope(path):
    tree = json.load(open(path))
    has(tree, {"$schema": str, "shared": dict, "profiles": [dict]}, "the file")
    need(
        tree["$schema"] == "https://www.speedscope.app/file-format-schema.json",
        "$schema is another's",
    )
    has(tree["shared"], {"frames": [dict]}, "shared")
    frames = tree["shared"]["frames"]
    for frame in frames:
        has(frame, {"name": str}, "a frame")
        need(isinstance(frame.get("line", 1), int), "a frame's line is no number")
        need(isinstance(frame.get("file", ""), str), "a frame's file is no text")
    total = 0
    for one in tree["profiles"]:
        fields = {"name": str, "startValue": NUMBER, "endValue": NUMBER, "samples": [list]}
        has(one, {"type": str, "unit": str, **fields, "weights": [NUMBER]}, "a profile")
        need(one["type"] == "sampled", "a profile is of another type")
        units = ("none", "nanoseconds", "microseconds", "milliseconds", "seconds", "bytes")
        need(one["unit"] in units, "a unit that is not known")
        need(len(one["samples"]) == len(one["weights"]), "samples and weights differ in number")
        for sample in one["samples"]:
            need(all(0 <= frame < len(frames) for frame in sample), "a frame that is not there")
        need(one["endValue"] - one["startValue"] == sum(one["weights"]), "weights are not all")
        total += sum(one["weights"])
    return f"{len(frames)} frames, {len(tree['profiles'])} profiles", total


def fields(message):
    """Number and value of each field of a Protocol Buffers message."""
    place = 0

    def varint():
        nonlocal place
        value = shift = 0
        while True:
            need(place < len(message), "the message ends in a number")
            byte = message[place]
            place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while place < len(message):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            need(key & 7 == 2, f"a field of wire type {key & 7}")
            size = varint()
            need(place + size <= len(message), "a field goes on beyond the message")
            yield key >> 3, message[place : place + size]
            place += size


def packed(value):
    """The numbers of a repeated field, packed or alone."""
    if isinstance(value, int):
        return [value]
    numbers, number, shift = [], 0, 0
    for byte in value:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
    return numbers


def pprof(path):
    parts = {}
    for number, value in fields(gzip.open(path).read()):
        parts.setdefault(number, []).append(value)
    strings = [value.decode() for value in parts.get(6, [])]
    need(strings and strings[0] == "", "the first string is not empty")
    types = [dict(fields(value)) for value in parts.get(1, [])]
    functions, mappings, locations = {}, set(), {}
    for value in parts.get(5, []):
        function = dict(fields(value))
        need(function.get(2, 0) < len(strings), "a function's name is not there")
        functions[function[1]] = strings[function.get(2, 0)]
    for value in parts.get(3, []):
        mappings.add(dict(fields(value))[1])
    for value in parts.get(4, []):
        location, lines = {}, []
        for number, one in fields(value):
            if number == 4:
                lines.append(dict(fields(one)))
            else:
                location[number] = one
        need(lines and all(line[1] in functions for line in lines), "a function is not there")
        need(location.get(2, 0) == 0 or location[2] in mappings, "a mapping is not there")
        locations[location[1]] = lines
    need(0 not in functions and 0 not in locations, "a number is 0, which is none")
    units = [strings[one[1]] for one in types]
    need("cpu" in units, "no sample type is cpu")
    total = 0
    for value in parts.get(2, []):
        sample, values = [], []
        for number, one in fields(value):
            if number == 1:
                sample += packed(one)
            elif number == 2:
                values += packed(one)
        need(all(one in locations for one in sample), "a location is not there")
        need(len(values) == len(types), "values are not as many as sample types")
        total += values[units.index("cpu")]
    return f"{len(parts.get(2, []))} samples, {len(functions)} functions", total


def columns(table, names, what):
    """A table whose columns are as long as it says."""
    has(table, {"length": int}, what)
    for name in names:
        need(name in table, f"{what} has no {name}")
        need(len(table[name]) == table["length"], f"{what}.{name} is not as long as it says")


def below(values, count, what):
    for value in values:
        need(value is None or -1 <= value < count, f"{what} leads nowhere")


def firefox(path):
    tree = json.load(open(path))
    has(tree, {"meta": dict, "libs": [dict], "threads": [dict]}, "the file")
    meta = {"interval": NUMBER, "startTime": NUMBER, "processType": int, "product": str}
    meta |= {"stackwalk": int, "version": int, "preprocessedProfileVersion": int}
    has(tree["meta"], {**meta, "markerSchema": list, "categories": [dict]}, "meta")
    need(tree["meta"]["preprocessedProfileVersion"] == 48, "it is of another version")
    for lib in tree["libs"]:
        names = ("name", "path", "debugName", "debugPath", "breakpadId", "arch")
        has(lib, {name: str for name in names} | {"codeId": (str, type(None))}, "a library")
    total = 0.0
    for thread in tree["threads"]:
        simple = {"name": str, "pid": (str, int), "tid": (str, int), "processType": str}
        simple |= {"processStartupTime": NUMBER, "registerTime": NUMBER, "pausedRanges": list}
        tables = ("samples", "markers", "stackTable", "frameTable", "funcTable", "resourceTable")
        has(
            thread,
            {**simple, "isMainThread": bool, "stringArray": [str], "nativeSymbols": dict}
            | {name: dict for name in tables},
            "a thread",
        )
        samples, stacks, frames = (thread[name] for name in ("samples", "stackTable", "frameTable"))
        functions, resources = thread["funcTable"], thread["resourceTable"]
        columns(samples, ("stack", "time", "weight"), "samples")
        columns(stacks, ("frame", "prefix", "category", "subcategory"), "stackTable")
        of_frames = ("address", "inlineDepth", "category", "subcategory", "func", "nativeSymbol")
        of_frames += ("innerWindowID", "implementation", "line", "column")
        columns(frames, of_frames, "frameTable")
        of_functions = ("name", "isJS", "relevantForJS", "resource", "fileName", "lineNumber")
        columns(functions, of_functions + ("columnNumber",), "funcTable")
        columns(resources, ("name", "lib", "host", "type"), "resourceTable")
        columns(thread["markers"], ("data", "name", "startTime", "endTime", "phase"), "markers")
        columns(thread["nativeSymbols"], ("libIndex", "address", "name"), "nativeSymbols")
        strings = len(thread["stringArray"])
        below(samples["stack"], stacks["length"], "a sample")
        below(stacks["frame"], frames["length"], "a stack's frame")
        below(stacks["category"], len(tree["meta"]["categories"]), "a stack's category")
        below(frames["func"], functions["length"], "a frame's function")
        below(functions["name"], strings, "a function's name")
        below(functions["fileName"], strings, "a function's file")
        below(functions["resource"], resources["length"], "a function's resource")
        below(resources["name"], strings, "a resource's name")
        below(resources["lib"], len(tree["libs"]), "a resource's library")
        for number, prefix in enumerate(stacks["prefix"]):
            need(prefix is None or 0 <= prefix < number, "a stack comes before its caller's")
        need(samples["weightType"] in ("samples", "tracing-ms", "bytes"), "an unknown weight")
        need(samples["time"] == sorted(samples["time"]), "times go back")
        total += sum(samples["weight"]) * 1e6
    return f"{len(tree['threads'])} threads", round(total)


def perf_script(path):
    # stackcollapse-perf.pl, in its words: "default `perf script` output", and "stack line".
    event = re.compile(r"^(\S.+?)\s+(\d+)/*(\d+)*\s+")
    period = re.compile(r":\s*(\d+)*\s+(\S+):\s*$")
    frame = re.compile(r"^\s*(\w+)\s*(.+) \((.*)\)")
    total, events, depth = 0, 0, None
    with open(path) as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if not line:
                depth = None
            elif depth is None:
                need(event.match(line) and period.search(line), f"line {number} is no event")
                total += int(period.search(line)[1])
                events, depth = events + 1, 0
            else:
                need(frame.match(line), f"line {number} is no frame")
                depth += 1
    return f"{events} events", total


READERS = {
    "folded": folded,
    "speedscope": speedscope,
    "pprof": pprof,
    "firefox": firefox,
    "perf-script": perf_script,
}


def main(name, path, record):
    found, total = READERS[name](path)
    known = [profiles.Profile(one) for one in records.Record(record).profiles]
    # A round without a sample says nothing of where its time went.
    sampled = [one["total"] for profile in known for one in profile.rounds if any(one["weights"])]
    # Each weight is rounded to a whole number of ns.
    off = abs(total - sum(sampled))
    need(off <= max(len(one.stacks) for one in known) * len(known) + 1, f"{off:.0f} ns are missing")
    print(f"holds: {name}: {found}, {total / 1e6:.1f} ms of CPU time, as in the record")


main(*sys.argv[1:])

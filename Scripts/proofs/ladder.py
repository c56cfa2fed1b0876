"""The ladder's instructions per operation beside callgrind's by layer of the server:
ladder.py RECORD PROFILE REQUESTS. Exit 1 where table or protocol are more than 10 % apart."""

import collections
import re
import subprocess
import sys

import records

LIMIT = 10  # per cent
TABLE, PROTOCOL, SOCKETS, OTHER = "table", "protocol and dispatch", "sockets", "other"

# Where functions belong by the module that declares them; of ReferenceServer by the type, too.
MODULES = {"Keyspaces": TABLE, "RESP": PROTOCOL, "ReferenceServer": PROTOCOL}
MODULES |= {"Transport": SOCKETS, "LinuxSystem": SOCKETS, "hashmark": OTHER}
SERVING = {"BufferPool", "Connection", "ConnectionInput", "ConnectionState", "EventServer"}
SERVING |= {"IOThreads", "JobRing", "PreparedRequests", "ServerLog"}

# `ReferenceServer.Engine.execute(…)`, `(extension in ReferenceServer):Keyspaces.Keyspace.prefetch`.
DECLARED = re.compile(r"(?:\(extension in \w+\):)?(\w+)\.\(?(\w+)")


def layer(name):
    """The layer of a demangled function; None for a library's, which is its caller's."""
    # What a specialisation is for, and a closure's own types, stand before the function.
    # (A private type is `(Name in _…)`.)
    for mark in ("> of ", " in (?!_)"):
        if name.startswith(("generic ", "function ", "closure #", "implicit closure #")):
            name = re.split(mark, name)[-1]
    found = DECLARED.search(name)
    if not found or found[1] not in MODULES:
        return None
    if found[1] == "ReferenceServer" and found[2] in SERVING:
        return SOCKETS
    # Batches are asked for ahead by an extension of the keyspace, which is counted as its own.
    return MODULES[found[1]]


class Profile:
    """Instructions by function, and of each call with what is called in it."""

    def __init__(self, path):
        self.own = collections.Counter()
        self.calls = collections.Counter()
        self.names = {}
        caller = callee = None
        positions, column, is_call = 1, 0, False
        with open(path, errors="replace") as file:
            for line in file:
                line = line.rstrip("\n")
                if line.startswith("positions:"):
                    positions = len(line.split()) - 1
                elif line.startswith("events:"):
                    column = line.split()[1:].index("Ir")
                elif line.startswith("fn="):
                    caller = self.name(line[3:])
                elif line.startswith("cfn="):
                    callee = self.name(line[4:])
                elif line.startswith("calls="):
                    is_call = True
                elif line[:1].isdigit() or line[:1] in ("+", "-", "*"):
                    words = line.split()[positions:]
                    count = int(words[column]) if len(words) > column else 0
                    if is_call:
                        self.calls[caller, callee] += count
                    else:
                        self.own[caller] += count
                    is_call = False

    def name(self, text):
        """`(12) name` defines 12, `(12)` stands for it."""
        number, _, name = text.partition(" ")
        if name:
            self.names[number] = name
        # The Nth level of a recursion is the same function.
        return re.sub(r"'\d+$", "", self.names.get(number, text))


def demangled(names):
    """By name; one process for all of them."""
    ordered = sorted(names)
    output = subprocess.run(
        ["swift", "demangle", "--compact"],
        input="\n".join(ordered) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(ordered, output.stdout.split("\n")))


def layers(profile):
    """Instructions by layer: own ones, and those of libraries that are called from there."""
    readable = demangled(set(profile.own) | {name for call in profile.calls for name in call})
    of = {name: layer(text) for name, text in readable.items()}
    sums = collections.Counter()
    for name, count in profile.own.items():
        if of[name]:
            sums[of[name]] += count
    for (caller, callee), count in profile.calls.items():
        if of[caller] and not of[callee]:
            sums[of[caller]] += count
    return sums, sum(profile.own.values())


def main(record, profile, requests):
    rungs = {
        result["conditions"]["rung"]: result["value"]
        for result in records.Record(record).of("sim_instructions_per_op")
    }
    if None in (rungs.get("table"), rungs.get("engine"), rungs.get("loopback")):
        print("a rung was not counted; install valgrind", file=sys.stderr)
        return 1
    ladder = {
        TABLE: rungs["table"],
        PROTOCOL: rungs["engine"] - rungs["table"],
        SOCKETS: rungs["loopback"] - rungs["engine"],
    }
    sums, total = layers(Profile(profile))
    is_apart = False
    print(f"{'instructions per operation':28} {'ladder':>9} {'callgrind':>9} {'ratio':>6}")
    for name, mine in ladder.items():
        theirs = sums[name] / requests
        ratio = mine / theirs if theirs else float("inf")
        note = ""
        if name == SOCKETS:
            note = "  (without the kernel, and not judged)"
        elif abs(ratio - 1) > LIMIT / 100:
            is_apart = True
            note = f"  more than {LIMIT} % apart"
        print(f"{name:28} {mine:9.1f} {theirs:9.1f} {ratio:6.2f}{note}")
    placed = sums[TABLE] + sums[PROTOCOL] + sums[SOCKETS]
    print(f"{'in none of these layers':28} {'':9} {(total - placed) / requests:9.1f}")
    return int(is_apart)


sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))

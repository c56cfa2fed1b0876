# The checks of Scripts/test-numa: what is run on a machine of two nodes and on one of four, and what
# must come of it. `steps NODES` prints the commands as shell for the machine's init; `judge NODES`
# reads what the machine wrote, prints a line per check and exits with 1 where one differs.
#
# Hashmark says itself where a server's memory is. So that it is not asked alone, the server is
# started by a script (`spy`) that keeps looking at the kernel's own account of it.
import os
import re
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.realpath(__file__)), "proofs"))
import records

SPY = "exec:/bin/spy {port}"
MEMORY = f"memory --target s='{SPY}' --key-size 16 --value-size 1000 --entries 8000"
# Pages that tell a share from another. The spy's last look may be from the middle of the fill.
LEAST = 400


class Outcome:
    """What one command came to."""

    def __init__(self, lines):
        self.exit = int(lines[0].split()[-1])
        parts = {"out": []}
        part = "out"
        for line in lines[1:]:
            if line.startswith("--- "):
                part = line[4:]
                parts[part] = []
            else:
                parts[part].append(line)
        self.output = "\n".join(parts["out"])
        text = "\n".join(parts.get("record", []))
        self.record = records.Record(text=text if text.strip() else "{}")
        self.maps = parts.get("maps", [])
        self.status = "\n".join(parts.get("status", []))

    def placement(self, target="s"):
        for placement in self.record.placements:
            if placement.get("target") == target:
                return placement
        return {}

    def value(self, metric, target="s"):
        return self.record.value(metric, target)

    def seen(self):
        """Own pages by node, and policies, as the kernel shows them."""
        pages, policies = {}, set()
        for line in self.maps:
            words = line.split()
            if len(words) < 2:
                continue
            policies.add(words[1])
            if " anon=" in line and " file=" not in line:
                for node, count in re.findall(r" N(\d+)=(\d+)", line):
                    pages[int(node)] = pages.get(int(node), 0) + int(count)
        return pages, policies


# --- what must hold: each returns what differs, or None


def all_of(*checks):
    def check(outcome):
        for part in checks:
            fault = part(outcome)
            if fault:
                return fault
        return None

    return check


def ends(code, *words):
    def check(outcome):
        if outcome.exit != code:
            return f"exit {outcome.exit}, not {code}: {outcome.output[-400:]}"
        for word in words:
            if word not in outcome.output:
                return f"no '{word}' in: {outcome.output[-600:]}"
        return None

    return check


def told(outcome_name, target="s", **fields):
    """What the record says of a side."""

    def check(outcome):
        placement = outcome.placement(target)
        wanted = dict(fields, outcome=outcome_name)
        found = {name: placement.get(name) for name in wanted}
        return None if found == wanted else f"the record says {placement}, not {wanted}"

    return check


def spread(shares, tolerance=0.03):
    """Both accounts of the server's own pages: shares by node."""

    def check(outcome):
        counts = outcome.placement().get("pages", {})
        told = {int(node): count for node, count in counts.items()}
        for name, pages in (("the record", told), ("the kernel", outcome.seen()[0])):
            total = sum(pages.values())
            if total < LEAST:
                return f"{name} has {total} pages, too few to tell"
            for node in set(pages) | set(shares):
                share = pages.get(node, 0) / total
                if abs(share - shares.get(node, 0)) > tolerance:
                    return f"{name} has {pages}, which is not {shares}"
        return None

    return check


def policy(name):
    """The policy of every mapping of the server."""

    def check(outcome):
        policies = outcome.seen()[1]
        return None if policies == {name} else f"the kernel shows {sorted(policies)}, not {name}"

    return check


def cpus(text):
    def check(outcome):
        found = re.search(r"Cpus_allowed_list:\s*(\S+)", outcome.status)
        got = found.group(1) if found else "nothing"
        return None if got == text else f"the server may use CPUs {got}, not {text}"

    return check


def far(low, high):
    def check(outcome):
        share = outcome.value("numa_far_share")
        fits = share is not None and low <= share <= high
        return None if fits else f"numa_far_share is {share}, not {low} to {high}"

    return check


def migrated(outcome):
    pages = outcome.value("numa_pages_migrated")
    return None if pages is not None and pages >= 0 else f"numa_pages_migrated is {pages}"


def conditions(**wanted):
    def check(outcome):
        for result in outcome.record.results:
            found = {name: result["conditions"].get(name) for name in wanted}
            if found != wanted:
                return f"conditions of {result['metric']} are {found}, not {wanted}"
        return None if outcome.record.results else "the record has no results"

    return check


def warns(word, remains=True):
    def check(outcome):
        causes = [warning["cause"] for warning in outcome.record.warnings]
        if any(word in cause for cause in causes) == remains:
            return None
        return f"{'no' if remains else 'a'} warning '{word}' among {causes}"

    return check


def topology(nodes):
    def check(outcome):
        found = outcome.record.environment.get("nodes", [])
        got = [(node["cpus"], node["distances"]) for node in found]
        return None if got == nodes else f"the record has the nodes {got}, not {nodes}"

    return check


quiet = all_of(warns("is not where", False), warns("could not be", False))

# --- name, command, what must come of it

TWO = [
    ("the record has the machine's nodes, CPUs and distances", f"{MEMORY} --server-node 0",
     all_of(ends(0), topology([("0,1", [10, 20]), ("2,3", [20, 10])]), told("applied"))),
    ("bind: server and load generator on one node",
     f"{MEMORY} --server-node 1",
     all_of(ends(0), told("applied", policy="bind", nodes=[1]), told("applied", None, nodes=[1]),
            policy("bind:1"), spread({1: 1}, 0), cpus("2"), far(0, 0), migrated, quiet,
            conditions(numa="bind 1", server_node="1", client_node="1"))),
    ("server and load generator on different nodes, and that is told",
     f"{MEMORY} --server-node 1 --client-node 0",
     all_of(ends(0), told("applied", nodes=[1]), told("applied", None, nodes=[0]), cpus("2-3"),
            spread({1: 1}, 0), far(0, 0),
            warns("runs on node 0, at distance 20 from the servers on node 1"),
            conditions(numa="bind 1", server_node="1", client_node="0"))),
    ("interleave: half of the pages on each of two nodes",
     f"{MEMORY} --server-node 0-1 --numa-policy interleave",
     all_of(ends(0), told("applied", policy="interleave", nodes=[0, 1]), policy("interleave:0-1"),
            spread({0: 0.5, 1: 0.5}), far(0.4, 0.6), quiet)),
    ("preferred, with room on the node", f"{MEMORY} --server-node 1 --numa-policy preferred",
     all_of(ends(0), told("applied", policy="preferred", nodes=[1]), policy("prefer:1"),
            spread({1: 1}, 0), far(0, 0), quiet)),
    ("local: memory of the node that the server runs on",
     f"{MEMORY} --server-node 1 --numa-policy local",
     all_of(ends(0), told("applied", policy="local", nodes=[]), policy("local"),
            spread({1: 1}, 0.01), cpus("2"))),
    ("CPUs of one node with memory of the other: all of it is far, and that is told",
     f"compare --baseline s='{SPY}' --candidate t=ref:valkey-9.1 --workload get-16x64 "
     "--entries 20000 --rounds 1 --blocks 1 --warm-up 1 --cpus 0/1 --server-node 1",
     all_of(ends(0), told("applied", nodes=[1]), spread({1: 1}, 0), cpus("0"), far(1, 1),
            warns("the server's CPUs 0 are on node 0, at distance 20 from its memory on node 1"))),
    ("bench places the server that it starts",
     f"bench --target s='{SPY}' -t get -n 2000 -q --server-node 1 --client-node 0",
     all_of(ends(0), told("applied", nodes=[1]), policy("bind:1"), cpus("2-3"), far(0, 0))),
    ("a node that is not there is refused, with those that are",
     f"{MEMORY} --server-node 2",
     ends(64, "--server-node 2: there is no such node here", "0 (CPUs 0,1, ", " or 1 (CPUs 2,3, ")),
]

# The last node is small: see Scripts/test-numa.
LARGE = f"memory --target s='{SPY}' --key-size 16 --value-size 64k --entries 2000"

FOUR = [
    ("interleave: a quarter of the pages on each of four nodes",
     f"{MEMORY} --numa-policy interleave",
     all_of(ends(0), told("applied", policy="interleave", nodes=[0, 1, 2, 3]),
            topology([(str(node), [10 if node == other else 20 + 10 * ((node ^ other) > 1)
                                   for other in range(4)]) for node in range(4)]),
            policy("interleave:0-3"), spread({node: 0.25 for node in range(4)}),
            far(0.65, 0.85), quiet)),
    ("interleave over two of four nodes", f"{MEMORY} --server-node 1,3 --numa-policy interleave",
     all_of(ends(0), told("applied", nodes=[1, 3]), policy("interleave:1,3"),
            spread({1: 0.5, 3: 0.5}), quiet)),
    ("bind to a node that is too small is refused before the launch",
     f"{LARGE} --server-node 3 --client-node 0",
     ends(1, "a server with 2000 entries would take", "node 3 has", "give other nodes")),
    ("preferred spills to other nodes, which is found and told",
     f"{LARGE} --server-node 3 --client-node 0 --numa-policy preferred",
     all_of(ends(0, "of its memory is not where --numa-policy preferred was to put it"),
            told("spilled", policy="preferred", nodes=[3]), policy("prefer:3"),
            lambda outcome: None if 0.1 < outcome.placement()["spilled_share"] < 0.9
            else f"spilled {outcome.placement()}",
            far(0.1, 0.9))),
]

MACHINES = {"2": TWO, "4": FOUR}


def steps(checks):
    for number, (_, command, _) in enumerate(checks):
        print(f"step {number} {command} --json /tmp/record")


def judge(checks, path):
    text = open(path, errors="replace").read().replace("\r", "")
    outcomes = {}
    for part in re.split(r"^=== ", text, flags=re.M)[1:]:
        lines = part.split("\n")
        outcomes[int(lines[0].split()[0])] = lines
    failures = 0
    for number, (name, _, check) in enumerate(checks):
        if number in outcomes:
            try:
                fault = check(Outcome(outcomes[number]))
            except (ValueError, KeyError, IndexError) as error:
                fault = f"cannot be read: {error!r}: {outcomes[number][:9]}"
        else:
            fault = "the machine did not come to it"
        failures += fault is not None
        print(f"{'ok     ' if fault is None else 'FAILED '} {len(NODES)} nodes: {name}"
              + (f": {fault}" if fault else ""), flush=True)
    return failures


if __name__ == "__main__":
    verb, NODES = sys.argv[1], range(int(sys.argv[2]))
    if verb == "steps":
        steps(MACHINES[sys.argv[2]])
    else:
        sys.exit(1 if judge(MACHINES[sys.argv[2]], sys.argv[3]) else 0)

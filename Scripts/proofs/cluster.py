"""A cluster from the side of its servers: slots that move, what was executed, what a run records.

    cluster.py nodes HOLDER                 addresses that hashmark bench has printed, one a line
    cluster.py move DELAY SECONDS ADDRESS…  moves slots to and fro between the first two, key by key
    cluster.py empty ADDRESS…               moves all slots of the first node to the others
    cluster.py reset ADDRESS…               empties commandstats and errorstats
    cluster.py calls COMMANDS ADDRESS…      calls of these commands (a,b,c) on all nodes together
    cluster.py errors ADDRESS…              error replies other than redirections, and those
    cluster.py id ADDRESS                   what a node calls itself
    cluster.py follow REPLICA PRIMARY       makes one of them the other's replica, and waits for it
    cluster.py sum PREFIX RANGE ADDRESS…    sum of the counters PREFIX000000000000 …
    cluster.py told RECORD                  lost writes, stalls and nodes of a run record
    cluster.py gaps RECORD                  points of its series below a tenth of the usual

Written against the protocol alone: a client of somebody else's would follow redirections by itself.
"""

import socket
import sys
import time

import records

REDIRECTIONS = {"MOVED", "ASK", "TRYAGAIN", "CLUSTERDOWN"}
SLOTS = 16384


class Refused(Exception):
    """An error reply."""


class Node:
    """A connection to one node."""

    def __init__(self, address):
        self.address = address
        host, port = address.rsplit(":", 1)
        self.host, self.port = host, port
        self.file = socket.create_connection((host, int(port)), timeout=30).makefile("rwb")

    def __call__(self, *words):
        request = [b"*%d\r\n" % len(words)]
        for word in words:
            data = word if isinstance(word, bytes) else str(word).encode()
            request.append(b"$%d\r\n%s\r\n" % (len(data), data))
        self.file.write(b"".join(request))
        self.file.flush()
        return self.reply()

    def reply(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError(f"{self.address} closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise Refused(rest.decode())
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if rest == b"-1":
            return None
        if kind == b"$":
            return self.file.read(int(rest) + 2)[:-2]
        return [self.reply() for _ in range(int(rest))]

    def info(self, section):
        lines = self("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def id(self):
        return self("CLUSTER", "MYID").decode()

    def slots(self):
        """The slots that it serves itself."""
        port = int(self.port)
        served = []
        for first, last, primary, *_ in self("CLUSTER", "SLOTS"):
            if primary[1] == port:
                served += range(first, last + 1)
        return served


def move_slot(slot, source, target, others):
    """As redis-cli --cluster reshard does it: importing, migrating, the keys, then the owner."""
    name = target.id()
    target("CLUSTER", "SETSLOT", slot, "IMPORTING", source.id())
    source("CLUSTER", "SETSLOT", slot, "MIGRATING", name)
    while keys := source("CLUSTER", "GETKEYSINSLOT", slot, 100):
        source("MIGRATE", target.host, target.port, "", 0, 5000, "KEYS", *keys)
    for node in (target, source, *others):
        node("CLUSTER", "SETSLOT", slot, "NODE", name)


def move(delay, seconds, *addresses):
    time.sleep(float(delay))
    nodes = [Node(address) for address in addresses]
    end = time.monotonic() + float(seconds)
    moved = 0
    while time.monotonic() < end:
        source, target = nodes[0], nodes[1]
        for slot in source.slots()[:100]:
            move_slot(slot, source, target, nodes[2:])
            moved += 1
            if time.monotonic() >= end:
                break
        nodes[0], nodes[1] = target, source
    print(f"{moved} slots moved")


def empty(*addresses):
    source, *others = [Node(address) for address in addresses]
    slots = source.slots()
    for index, slot in enumerate(slots):
        target = others[index % len(others)]
        move_slot(slot, source, target, [node for node in others if node is not target])
    print(f"{len(slots)} slots moved away from {source.address}, which has {len(source.slots())}")


def reset(*addresses):
    for address in addresses:
        Node(address)("CONFIG", "RESETSTAT")


def calls(commands, *addresses):
    total = 0
    for address in addresses:
        fields = Node(address).info("commandstats")
        for command in commands.split(","):
            text = fields.get(f"cmdstat_{command}", "calls=0")
            total += int(dict(item.split("=") for item in text.split(","))["calls"])
    print(total)


def errors(*addresses):
    """Nothing but redirections may have been answered."""
    found = {}
    for address in addresses:
        for name, text in Node(address).info("errorstats").items():
            kind = name.removeprefix("errorstat_")
            found[kind] = found.get(kind, 0) + int(text.split("=")[1])
    others = {kind: count for kind, count in found.items() if kind not in REDIRECTIONS}
    print(sum(others.values()), *(f"{kind}={found[kind]}" for kind in sorted(found)))


def follow(replica, primary):
    follower, leader = Node(replica), Node(primary)
    name = leader.id()
    follower("CLUSTER", "MEET", leader.host, leader.port)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            follower("CLUSTER", "REPLICATE", name)
            break
        except Refused:  # it does not know the other yet
            time.sleep(0.1)
    while time.monotonic() < deadline:
        if follower.info("replication").get("master_link_status") == "up":
            print(f"{replica} follows {primary}")
            return
        time.sleep(0.1)
    sys.exit(f"{replica} does not follow {primary}")


def counters(prefix, count, *addresses):
    """The sum of all counters, each read where its slot is."""
    nodes = {address: Node(address) for address in addresses}
    first = addresses[0]
    total = 0
    for number in range(int(count)):
        key = f"{prefix}{number:012d}"
        try:
            value = nodes[first]("GET", key)
        except Refused as refusal:
            address = str(refusal).split()[-1]
            if address not in nodes:
                nodes[address] = Node(address)
            value = nodes[address]("GET", key)
        total += int(value or 0)
    print(total)


def told(path):
    record = records.Record(path)
    values = {result["metric"]: result.get("value") for result in record.results}
    for metric in (records.THROUGHPUT, "redirects_per_op", "lost_writes", "stall_ns_max"):
        print(f"{metric}: {values.get(metric)}")
    for node in record.nodes:
        print(
            f"{node['workload']}: {node['address']}: {node['slots']} slots, {node['ops']} requests, "
            f"{node['redirected']} redirected, {node['lost_connections']} connections lost"
        )


def gaps(path):
    found = 0
    for series in records.Record(path).series:
        points = [value or 0 for value in series["values"]]
        usual = sorted(points)[len(points) // 2]
        found += sum(1 for point in points if point < usual / 10)
    print(found)


def nodes(path):
    with open(path) as file:
        for line in file:
            if line.startswith("Node ") and "): " in line:
                print(line.split()[-1])


def identity(address):
    print(Node(address).id())


COMMANDS = {
    "nodes": nodes, "move": move, "empty": empty, "reset": reset, "calls": calls, "errors": errors,
    "id": identity, "follow": follow, "sum": counters, "told": told,
    "gaps": gaps,
}  # fmt: skip
COMMANDS[sys.argv[1]](*sys.argv[2:])

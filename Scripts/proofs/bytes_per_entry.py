"""Bytes per entry of the reference server's tables and of real servers, filled alike.

    bytes_per_entry.py HASHMARK RELEASE=VALKEY-SERVER… [--only WORD]
"""

import concurrent.futures
import itertools
import os
import socket
import subprocess
import sys
import tempfile
import time

# key size, value size, counts; options: ttl (share of entries, as 1 of N), integers, cluster
POINTS = [
    (8, 8, [700_000, 900_000, 1_100_000, 3_000_000], {}),
    (11, 9, [100_000, 458_000, 459_500, 1_000_000], {}),
    (27, 20, [524_000, 525_000, 1_000_000], {}),
    (40, 1, [1_000_000], {}),
    (40, 45, [1_000_000], {}),
    (100, 64, [300_000], {}),
    (100, 0, [300_000], {}),
    (110, 1, [300_000], {"ttl": 1}),
    (32, 9, [1_000_000], {"ttl": 2}),
    (16, 65, [1_000_000], {}),
    (16, 96, [1_000_000], {"ttl": 1}),
    (16, 88, [600_000], {"ttl": 2}),
    (27, 200, [500_000], {}),
    (200, 200, [200_000], {"ttl": 1}),
    (20, 1000, [200_000], {"ttl": 2}),
    (11, 300, [300_000], {}),
    (8, 20, [700_000, 1_100_000], {"ttl": 1}),
    (8, 8, [700_000, 2_000_000], {"ttl": 1, "cluster": True}),
    (16, 64, [1_000_000, 1_300_000], {"cluster": True}),
    (27, 45, [300_000], {"cluster": True, "ttl": 2}),
    (100, 1000, [100_000], {"cluster": True}),
    (8, 4, [1_000_000], {"integers": True}),
    (27, 8, [1_100_000], {"integers": True, "ttl": 2}),
    (11, 19, [700_000], {"integers": True}),
    (11, 20, [700_000], {"integers": True, "cluster": True}),
]


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb", 1 << 20)

    def close(self):
        self.file.close()
        self.socket.close()

    def reply(self):
        line = self.file.readline()[:-2]
        if line[:1] == b"$":
            return self.file.read(int(line[1:]) + 2)[:-2]
        if line[:1] == b"-":
            raise RuntimeError(line.decode())
        return line[1:]

    def call(self, *words):
        words = [w.encode() if isinstance(w, str) else w for w in words]
        self.socket.sendall(request(words))
        return self.reply()


def request(words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def used(port):
    connection = Connection(port)
    info = connection.call("INFO", "memory").decode()
    connection.close()
    return int(next(l for l in info.split("\r\n") if l.startswith("used_memory:")).split(":")[1])


def fill(port, numbers, key_size, value, options):
    """Plain SETs, every ttl-th with a time to live, 1,000 a batch."""
    head = b"$3\r\nSET\r\n$%d\r\n" % key_size
    tail = b"\r\n$%d\r\n%s\r\n" % (len(value), value)
    plain = b"*3\r\n" + head, tail
    expiring = b"*5\r\n" + head, tail + b"$2\r\nEX\r\n$6\r\n864000\r\n"
    every = options.get("ttl", 0)
    connection = Connection(port)
    for first in range(numbers.start, numbers.stop, 1000):
        batch = range(first, min(first + 1000, numbers.stop))
        parts = []
        for i in batch:
            before, after = expiring if every and i % every == 0 else plain
            parts.append(before + b"%0*d" % (key_size, i) + after)
        connection.socket.sendall(b"".join(parts))
        if connection.file.read(5 * len(batch)) != b"+OK\r\n" * len(batch):
            raise RuntimeError("a SET was not answered with OK")
    connection.close()


def settle(port, is_reference):
    connection = Connection(port)
    if is_reference:
        connection.call("HASHMARK", "SETTLE")
        return connection.close()
    start, level, since = time.time(), 0, time.time()
    while True:
        now = used(port)
        if abs(now - level) > 32 << 10:
            level, since = now, time.time()
        if time.time() - since >= 8 and time.time() - start >= 15:
            return connection.close()
        time.sleep(0.5)


PORTS = itertools.count(21_000)  # a cluster's bus takes the port + 10,000


def free_port():
    while True:
        port = next(PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def launch(side, release, options, folder):
    port = free_port()
    cluster = options.get("cluster")
    if side == "ref":
        words = [HASHMARK, "serve", "--table", f"valkey-{release}", "--port", str(port)]
        words += ["--cluster", "1"] if cluster else []
    else:
        words = [SERVERS[release], "--port", str(port), "--save", "", "--dir", folder]
        words += ["--hz", "500", "--cluster-enabled", "yes"] if cluster else ["--hz", "500"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        try:
            connection = Connection(port)
            break
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    else:
        process.kill()
    if process.poll() is not None:
        raise RuntimeError(f"'{' '.join(words)}' does not start")
    if side != "ref" and cluster:
        connection.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
        while b"cluster_state:ok" not in connection.call("CLUSTER", "INFO"):
            time.sleep(0.1)
    # What a server keeps from the first use of a command on is none of the entries' bytes.
    for words in (["SET", "0", "x", "EX", "9"], ["GET", "0"], ["DEL", "0"], ["DBSIZE"]):
        connection.call(*words)
    connection.close()
    time.sleep(0.5)
    return process, port


def measure(side, release, key_size, value_size, counts, options):
    folder = tempfile.TemporaryDirectory()
    process, port = launch(side, release, options, folder.name)
    try:
        value = (b"7" if options.get("integers") else b"x") * value_size
        empty, done, figures = used(port), 0, []
        for count in counts:
            fill(port, range(done, count), key_size, value, options)
            settle(port, side == "ref")
            connection = Connection(port)
            if int(connection.call("DBSIZE")) != count:
                raise RuntimeError(f"{release}: not {count} entries")
            connection.close()
            figures.append((used(port) - empty) / count)
            done = count
        return figures
    finally:
        process.kill()
        process.wait()
        folder.cleanup()


HASHMARK = sys.argv[1]
arguments = sys.argv[2:]
only = ""
if "--only" in arguments:
    at = arguments.index("--only")
    only = arguments[at + 1]
    del arguments[at:at + 2]
SERVERS = dict(a.split("=", 1) for a in arguments if "=" in a)
if not SERVERS or not set(SERVERS) <= {"7.2", "8.0", "8.1", "9.1"}:
    sys.exit("bytes-per-entry: give servers as RELEASE=PATH, releases 7.2, 8.0, 8.1 or 9.1")
for path in SERVERS.values():
    if not os.access(path, os.X_OK):
        sys.exit(f"bytes-per-entry: '{path}' is no program; give the path of a valkey-server")

print(f"{'point':42} " + " ".join(f"{r + ' real':>9} {'ref':>8} {'%':>6}" for r in SERVERS))
worst, beyond = 0.0, 0
points, pool = [], concurrent.futures.ThreadPoolExecutor(12)
for key_size, value_size, counts, options in POINTS:
    name = f"({key_size}, {value_size})"
    name += " integers" if options.get("integers") else ""
    name += " cluster" if options.get("cluster") else ""
    if options.get("ttl"):
        name += " TTL" if options["ttl"] == 1 else f" TTL on 1 of {options['ttl']}"
    if only in name:
        # A dozen servers at a time: most of their time they are waited for.
        tasks = {(release, side): pool.submit(measure, side, release, key_size, value_size, counts,
                                              options)
                 for release in SERVERS for side in ("real", "ref")}
        points.append((name, counts, tasks))
for name, counts, tasks in points:
    for i, count in enumerate(counts):
        cells = []
        for release in SERVERS:
            real, ours = (tasks[release, side].result()[i] for side in ("real", "ref"))
            change = 100 * (ours / real - 1)
            worst = max(worst, abs(change))
            beyond += abs(change) > 1
            cells.append(f"{real:9.2f} {ours:8.2f} {change:+6.2f}")
        print(f"{name + f' {count:,}':42} " + " ".join(cells), flush=True)
print(f"furthest off: {worst:.2f} %; {beyond} beyond 1 %")
sys.exit(1 if beyond else 0)

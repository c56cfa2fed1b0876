"""Which files of a folder `hashmark` reads, and whether snapshots hold what redis-server says.

    sample_files.py HASHMARK FOLDER
"""

import collections
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

# What a capture says of a file that it read, and of which it can make no workload.
READ = (
    " holds no strings", " holds no keys", "is a request on strings", "the trace has no record",
)
SIZES = {"string": "STRLEN", "list": "LLEN", "set": "SCARD", "zset": "ZCARD", "hash": "HLEN"}
DATABASES = 16
SECOND = 1000  # of PEXPIRETIME
MINUTE = 60  # that a file may take


class Refused(Exception):
    """An error reply."""


class Server:
    """A redis-server of its own, with a snapshot to begin with or none."""

    def __init__(self, folder, snapshot=None):
        os.makedirs(folder)
        if snapshot:
            shutil.copy(snapshot, f"{folder}/dump.rdb")
        self.path = f"{folder}/socket"
        self.log = f"{folder}/log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                ["redis-server", "--port", "0", "--unixsocket", self.path, "--dir", folder,
                 "--save", "", "--enable-debug-command", "yes"],
                stdout=log, stderr=log)
        self.file = None

    def connect(self):
        """Whether it has loaded what it was given."""
        end = time.monotonic() + MINUTE
        while time.monotonic() < end and self.process.poll() is None:
            try:
                connection = socket.socket(socket.AF_UNIX)
                connection.settimeout(MINUTE)
                connection.connect(self.path)
                self.file = connection.makefile("rwb")
                if self("PING") == b"PONG":
                    return True
            except (OSError, Refused):
                pass
            time.sleep(0.05)
        return False

    def __call__(self, *words):
        parts = [b"*%d\r\n" % len(words)]
        for word in words:
            data = word if isinstance(word, bytes) else str(word).encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
        self.file.write(b"".join(parts))
        self.file.flush()
        return self.reply()

    def reply(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("the server is gone")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise Refused(rest.decode(errors="replace"))
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        if rest == b"-1":
            return None
        if kind == b"$":
            return self.file.read(int(rest) + 2)[:-2]
        return [self.reply() for _ in range(int(rest))]

    def keys(self):
        """(database, key): type, size, expiry in ms and digest, of what commands can write."""
        found = {}
        for database in range(DATABASES):
            self("SELECT", database)
            for key in self("KEYS", "*"):
                kind = self("TYPE", key).decode()
                size = self(SIZES[kind], key) if kind in SIZES else None
                found[database, key] = (
                    kind, size, self("PEXPIRETIME", key), self("DEBUG", "DIGEST-VALUE", key)[0])
        return found

    def stop(self):
        self.process.kill()
        self.process.wait()


def last_line(text):
    lines = [line for line in text.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def why_not(hashmark, path):
    """Why a file cannot be read; None where it can."""
    try:
        result = subprocess.run(
            [hashmark, "capture", "--from", path, "--name", "sample", "--quiet"],
            capture_output=True, timeout=MINUTE, check=False)
    except subprocess.TimeoutExpired:
        return "it takes more than a minute"
    if result.returncode == 0:
        return None
    line = last_line(result.stderr)
    if any(words in line for words in READ):
        return None
    return line if result.returncode in (1, 64) else f"ended with {result.returncode}: {line}"


def is_snapshot(path):
    with open(path, "rb") as file:
        start = file.read(9)
    return len(start) == 9 and (start.startswith(b"REDIS0") or start.startswith(b"VALKEY"))


def differences(hashmark, path, folder):
    """What a snapshot, written by its own commands, has otherwise than redis-server has it; None
    where that does not load it."""
    servers = [Server(f"{folder}/origin", path)]
    try:
        if not servers[0].connect():
            return None
        servers += [Server(f"{folder}/one"), Server(f"{folder}/other")]
        for server in servers[1:]:
            if not server.connect():
                sys.exit(f"redis-server did not start: see {server.log}")
        result = subprocess.run(
            [hashmark, "replay", path, "--format", "rdb", "--quiet", "--target",
             f"one=unix://{servers[1].path}", "--check-against",
             f"other=unix://{servers[2].path}"],
            capture_output=True, timeout=10 * MINUTE, check=False)
        expected = {
            name: value for name, value in servers[0].keys().items() if value[0] in SIZES}
        if result.returncode != 0 and expected:
            return [f"replay: {last_line(result.stderr)}"]
        found = servers[1].keys()
        lines = []
        for name in sorted(expected.keys() | found.keys(), key=str):
            own, other = found.get(name), expected.get(name)
            # What is about to expire may be gone on one of them.
            moment = (own or other)[2]
            if None in (own, other) and 0 < moment < (time.time() + 1) * SECOND:
                continue
            if own != other:
                lines.append(f"database {name[0]}, key {name[1]!r}: {own}, redis-server: {other}")
        counts = collections.Counter(value[0] for value in expected.values())
        print(f"  as redis-server has it: {dict(counts)}" if not lines else "  differs")
        return lines
    finally:
        for server in servers:
            server.stop()


def main(hashmark, folder):
    paths = sorted(
        os.path.join(place, name) for place, _, names in os.walk(folder) for name in names
        if ".git" not in place.split(os.sep))
    has_redis = shutil.which("redis-server") is not None
    read, compared, wrong, unread = 0, 0, 0, []
    for path in paths:
        name = os.path.relpath(path, folder)
        reason = why_not(hashmark, path)
        if reason:
            unread.append((name, reason))
            continue
        read += 1
        print(f"read: {name}")
        if not (has_redis and is_snapshot(path)):
            continue
        with tempfile.TemporaryDirectory() as work:
            lines = differences(hashmark, path, work)
        if lines is None:
            print("  redis-server here does not load it")
            continue
        compared += 1
        wrong += bool(lines)
        for line in lines[:5]:
            print(f"  DOES NOT HOLD: {line}")
    print(f"{read} of {len(paths)} files are read; {compared} snapshots were compared with "
          f"redis-server's, {wrong} of them differ")
    for name, reason in unread:
        print(f"not read: {name}: {reason}")
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))

"""Files of Scripts/proofs/parse-rates, and how fast `hashmark capture` reads them.

    parse_rates.py HASHMARK aof|rdb|redis FOLDER

`redis` reads FOLDER/redis.rdb, which is there already.
"""

import os
import struct
import sys

# More keys than a capture keeps, in both files: what it holds is as much in either.
BLOCK = 2_000_000
BLOCKS = 10
VALUE = b"v" * 64

LEAST_COMMANDS = 2e6  # per second of user CPU time
LEAST_BYTES = 300e6
MOST_GROWTH = 32 << 20  # bytes of resident set: nothing that is kept, only the allocator's ways


def command(number):
    key = b"key:%012d" % (number * 0x9E3779B97F4A7C15 % 2**40)
    return b"*3\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$64\r\n%s\r\n" % (len(key), key, VALUE)


def entry(number):
    """A string of 64 bytes, every fourth with an expiry."""
    key = b"key:%012d" % (number * 0x9E3779B97F4A7C15 % 2**40)
    life = b"\xfc" + struct.pack("<q", 4_102_444_800_000 + number) if number % 4 == 0 else b""
    return life + b"\x00" + bytes([len(key)]) + key + b"\x40\x40" + VALUE


PARTS = {
    "aof": (b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n", command, b""),
    "rdb": (
        b"REDIS0011\xfa\x05ctime\xc2" + struct.pack("<i", 1_700_000_000) + b"\xfe\x00",
        entry,
        b"\xff" + bytes(8),  # a checksum of 0 is not compared; it is computed all the same
    ),
}


def write(path, part, blocks):
    """The same records in each block. In small pieces: a child's peak of memory begins with ours."""
    head, record, tail = PARTS[part]
    with open(path, "wb+") as file:
        file.write(head)
        for start in range(0, BLOCK, 10_000):
            file.write(b"".join(map(record, range(start, start + 10_000))))
        end = file.tell()
        for _ in range(blocks - 1):
            place = len(head)
            while place < end:
                file.seek(place)
                piece = file.read(min(1 << 20, end - place))
                place += len(piece)
                file.seek(0, os.SEEK_END)
                file.write(piece)
        file.write(tail)


def read(hashmark, path):
    """User CPU time in s, and the peak of the resident set in bytes."""
    null = os.open(os.devnull, os.O_WRONLY)
    words = [hashmark, "capture", "--from", path, "--name", "rates", "--quiet"]
    pid = os.posix_spawn(hashmark, words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
    os.close(null)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"{path}: capture ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime, usage.ru_maxrss * 1024


def main(hashmark, part, folder):
    if part == "redis":
        path = f"{folder}/redis.rdb"
        seconds, peak = read(hashmark, path)
        size = os.path.getsize(path)
        print(f"redis-server's own RDB of {size / 1e6:.0f} MB: {size / seconds / 1e6:.0f} MB/s, "
              f"the fit included; peak resident set {peak / 2**20:.0f} MiB")
        return True
    found = []
    for blocks in (1, BLOCKS):
        path = f"{folder}/{blocks}.{part}"
        write(path, part, blocks)
        found.append((os.path.getsize(path), *read(hashmark, path)))
        os.remove(path)
    (size, seconds, peak), (all_size, all_seconds, all_peak) = found
    spent = max(all_seconds - seconds, 1e-9)
    commands = BLOCK * (BLOCKS - 1) / spent
    rate = (all_size - size) / spent
    growth = all_peak - peak
    print(f"{part}: {commands / 1e6:.2f} million records/s, {rate / 1e6:.0f} MB/s of user CPU time; "
          f"peak resident set {peak / 2**20:.0f} MiB of {size / 1e6:.0f} MB, "
          f"{all_peak / 2**20:.0f} MiB of {all_size / 1e6:.0f} MB")
    is_fast = commands >= LEAST_COMMANDS if part == "aof" else rate >= LEAST_BYTES
    if not is_fast:
        print(f"DOES NOT HOLD: {part} is read more slowly than claimed")
    if growth > MOST_GROWTH:
        print(f"DOES NOT HOLD: memory grew by {growth / 2**20:.0f} MiB with the file")
    return is_fast and growth <= MOST_GROWTH


sys.exit(0 if main(*sys.argv[1:]) else 1)

"""Inputs of Scripts/fuzz-readers: a sound file of each format, ones with hostile lengths, and
mutations of configurations for `hashmark capture`.

    fuzz_readers.py seeds FOLDER                          FOLDER/READER/NAME
    fuzz_readers.py import HASHMARK READER SECONDS FOLDER

All are made here from the documented layouts.
"""

import gzip
import os
import random
import struct
import subprocess
import sys
import time


def resp(*words):
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(parts)


AOF = b"#TS:1628217470\r\n" + b"".join(
    resp(*line.split())
    for line in (
        b"SELECT 0", b"SET k v", b"SET k v PXAT 1628217480000", b"MSET a 1 b 2", b"MULTI",
        b"APPEND k w", b"EXEC", b"SETEX k 60 v", b"PEXPIRE k 2000", b"RPUSH l x y", b"DEL k a",
    )
)


def text(data):
    assert len(data) < 64
    return bytes([len(data)]) + data


def listpack(*entries):
    body = b"".join(entry + bytes([len(entry)]) for entry in entries)
    return struct.pack("<IH", 6 + len(body) + 1, len(entries)) + body + b"\xff"


def word(data):
    return bytes([0x80 | len(data)]) + data


def ziplist(*entries):
    body, before = b"", 0
    for entry in entries:
        body += bytes([before, len(entry)]) + entry
        before = len(entry) + 2
    head = struct.pack("<IIH", 10 + len(body) + 1, 10 + len(body) - before, len(entries))
    return head + body + b"\xff"


def rdb(magic=b"REDIS0011"):
    pack = listpack(word(b"field"), word(b"value"))
    entries = [
        b"\x00" + text(b"key") + text(b"value"),
        b"\xfc" + struct.pack("<q", 1700000000000) + b"\x00" + text(b"lives") + b"\xc0\x07",
        b"\xfd" + struct.pack("<i", 1700000000) + b"\x00" + text(b"old") + b"\xc1\x07\x00",
        # "abc" a hundred times: a run, and a copy of what came before
        b"\x00" + text(b"packed") + b"\xc3\x07" + b"\x41\x2c" + b"\x02abc" + b"\xe0\xff\x02",
        b"\x02" + text(b"set") + b"\x02" + text(b"a") + text(b"b"),
        b"\x05" + text(b"zset") + b"\x01" + text(b"m") + struct.pack("<d", 1.5),
        b"\x03" + text(b"oldzset") + b"\x01" + text(b"m") + b"\x031.5",
        b"\x04" + text(b"hash") + b"\x01" + text(b"f") + text(b"v"),
        b"\x0a" + text(b"list") + text(ziplist(b"one", b"two")),
        b"\x0b" + text(b"ints") + text(struct.pack("<IIhh", 2, 2, -5, 7)),
        b"\x09" + text(b"zipmap") + text(b"\x01\x01f\x01\x00v\xff"),
        b"\x10" + text(b"hashpack") + text(pack),
        b"\x11" + text(b"zsetpack") + text(listpack(word(b"m"), b"\x03")),
        b"\x14" + text(b"setpack") + text(pack),
        b"\x12" + text(b"quick") + b"\x02\x01" + text(b"plain") + b"\x02" + text(pack),
    ]
    head = magic + b"\xfa" + text(b"redis-ver") + text(b"7.0.15")
    head += b"\xfa" + text(b"ctime") + b"\xc2" + struct.pack("<i", 1700000000)
    return head + b"\xfe\x00\xfb\x0f\x02" + b"".join(entries) + b"\xff" + bytes(8)


MONITOR = b"".join(
    (
        b"OK\n", b'1339518083.107412 [0 127.0.0.1:60866] "set" "x" "\\x00\\n\\""\n',
        b'1339518083.107413 [0 lua] "get" "x"\n',
        b'[ proxy49 ] 1339518083.107414 [2 127.0.0.1:1] "MSET" "a" "1" "b" "2"\n',
    )
)


def lcs(version):
    extra = {1: 0, 2: 0}.get(version, 0)
    head = struct.pack("<QQ", 0x123456789ABCDEF0, version) + bytes(8192 - 24)
    head += struct.pack("<Q", 0x123456789ABCDEF0)
    if version == 1:
        record = struct.pack("<IQIq", 1, 2, 3, -1)
    elif version == 2:
        record = struct.pack("<IQIIq", 1, 2, 3, 1, -1)
    else:
        extra = 0 if version == 3 else 4 << (version - 4)
        record = struct.pack("<IQqIIq", 1, 2, 3, 1, 60, -1) + bytes(extra)
    return head + record * 3


def dragonfly(version):
    head = b"\x03\x00" if version == 3 else b"\x02"
    data = [b"SET", b"k", b"value"]
    record = struct.pack("<IQIII", 1, 1700000000000000000, 0, 0, len(data))
    record += b"".join(struct.pack("<I", len(part)) for part in data) + b"".join(data)
    return head + record * 2


def zstd(data):
    """A frame of one raw block, its size in the header."""
    block = struct.pack("<I", len(data) << 3 | 1)[:3] + data
    return b"\x28\xb5\x2f\xfd" + b"\x60" + struct.pack("<H", len(data) - 256) + block


HUGE = [b"\x81" + b"\xff" * 8, b"\x81" + struct.pack(">Q", 1 << 31), b"\x80\xff\xff\xff\xff"]

MEMTIER = (
    b"dumpflags, time, exptime, nbytes, nsuffix, it_flags, clsid, nkey, key, data\n"
    b"1, 1284394150, 1284994150, 7, 0, 0, 1, 3, abc, hello\r\n\n"
)
TWITTER = b"0,key,3,5,1,get,0\n1,other,5,100,2,set,60\n"

SEEDS = {
    "aof": [
        AOF, AOF[:-5], rdb() + AOF, b"*999999999999\r\n$3\r\nSET\r\n",
        b"*2\r\n$3\r\nSET\r\n$99999999999999999999\r\nx\r\n", b"*2\r\n$-1\r\n$536870912\r\nx",
    ],
    "manifest": [
        b"file a.base.rdb seq 1 type b\nfile a.incr.aof seq 1 type i\n",
        b'file "a b.aof" seq 18446744073709551615 type i\nfile x seq 99999999999999999999 type h\n',
    ],
    "rdb": [rdb(), rdb(b"VALKEY080"), rdb()[:-20]]
    + [b"REDIS0011\xfe\x00" + kind + text(b"k") + size
       for kind in (b"\x00", b"\x01", b"\x02", b"\x04", b"\x0a", b"\x0e", b"\x0f", b"\x12")
       for size in HUGE]
    + [b"REDIS0011\x00" + text(b"k") + b"\xc3" + size + size for size in HUGE],
    "monitor": [MONITOR, MONITOR.replace(b"1339518083", b"99999999999999999999")],
    "lcs": [lcs(version) for version in (1, 2, 3, 4, 8)] + [lcs(3)[:8200]],
    "meta": [
        b"key,op,size,op_count,key_size\nabc,GET,10,2,40\n12,SET,100,18446744073709551615,300\n",
        b"op_time,key,key_size,op,op_count,size,cache_hits,ttl,usecase,sub_usecase\n"
        b"1,7,40,GET_LEASE,99999999,0,1,60,a,b\n",
        b"key,op,size,op_count,key_size,usecase,ttl\nabc,DELETE,10,2,40,u,0\n",
    ],
    "memtier": [MEMTIER, MEMTIER.replace(b" 7,", b" 18446744073709551615,")],
    "dragonfly": [
        dragonfly(2), dragonfly(3),
        b"\x03\x00" + struct.pack("<IQIII", 1, 2, 3, 4, 0xFFFFFFFF) + b"\xff" * 64,
        b"\x02" + struct.pack("<IQIIIII", 1, 2, 0, 0, 2, 3, 0xFFFFFFFF) + b"SETx",
    ],
    "csv": [b"1,2,3\n2,abc,99999999999999999999\n-1,,x\n", b"1.5,2,3\r\n"],
    "twitter": [TWITTER, TWITTER.replace(b"60", b"99999999999999999999")],
    "oracleGeneral": [struct.pack("<IQIq", 1, 2, 3, -1) * 3],
    "twr": [struct.pack("<IQII", 1, 2, 40 << 22 | 100, 3 << 24 | 60) * 3],
    "twrNS": [struct.pack("<IQIIH", 1, 2, 40 << 22 | 100, 3 << 24 | 60, 1) * 3],
    "contents": [AOF, rdb(), MONITOR, TWITTER, lcs(3), dragonfly(3), MEMTIER],
    "gzip": [gzip.compress(AOF, mtime=0), gzip.compress(AOF * 200, mtime=0)],
    "zstd": [zstd(AOF * 2), zstd(rdb())],
}


def seeds(folder):
    for reader, files in SEEDS.items():
        os.makedirs(f"{folder}/{reader}", exist_ok=True)
        for number, data in enumerate(files):
            with open(f"{folder}/{reader}/seed-{number}", "wb") as file:
                file.write(data)


CACHEBENCH = b"""// a comment
{"cache_config": {"cacheSizeMB": 100}, "test_config": {"numOps": 1000, "numKeys": 1000,
 "poolDistributions": [{"keySizeRange": [20, 40], "keySizeRangeProbability": [0.5, 0.5],
  "valSizeRange": [1, 100, 1000], "valSizeRangeProbability": [0.25, 0.75],
  "popularityBuckets": [900, 100], "popularityWeights": [1, 3], "getRatio": 0.7,
  "setRatio": 0.2, "delRatio": 0.05, "loneGetRatio": 0.05, "ttlSecsRange": [60, 3600]}]}}
"""
SPECIFICATION = b"""version: 0.4
name: memtier_benchmark-1Mkeys-string
dbconfig:
  preload_tool:
    tool: memtier_benchmark
    arguments: '"--data-size" "100" --ratio 1:0 --key-pattern P:P -n allkeys'
clientconfig:
  tool: memtier_benchmark
  arguments: --data-size-range 1-100 --ratio 1:4 -c 25 -t 4 --key-pattern R:Z --key-maximum 1000
"""
CONFIGURATIONS = {"cachebench": ("json", CACHEBENCH), "specification": ("yml", SPECIFICATION)}
HOSTILE = [
    b"1e308", b"-1e308", b"1e999", b"-1", b"0", b"NaN", b"18446744073709551616", b"1e19", b"0x7f",
    b"9223372036854775808", b"[]", b"{}", b'""', b"null", b"~", b"[" * 2000, b"*a", b"&a", b"!!set",
]


def mutated(data, draw):
    """Cut off, changed by bits, with a number or a piece replaced, or a piece twice."""
    data = bytearray(data)
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(data)) if data else 0
        kind = draw.randrange(5)
        if kind == 0:
            del data[place:]
        elif kind == 1 and data:
            data[place] ^= 1 << draw.randrange(8)
        elif kind == 2:
            digits = [i for i, byte in enumerate(data) if 0x30 <= byte <= 0x39]
            if digits:
                start = end = draw.choice(digits)
                while end < len(data) and data[end] in b"0123456789.":
                    end += 1
                data[start:end] = draw.choice(HOSTILE)
        elif kind == 3:
            data[place:place] = data[place : place + draw.randint(1, 200)] * draw.randint(1, 9)
        else:
            data[place : place + draw.randint(0, 9)] = draw.choice(HOSTILE)
    return bytes(data)


def fault(result):
    """What is wrong with how a run ended; None where nothing is."""
    if result.returncode not in (0, 1, 64):
        return f"it ended with {result.returncode}"
    if b"Sanitizer" in result.stderr or b"Fatal error" in result.stderr:
        return "a trap"
    if result.returncode != 0 and not result.stderr.strip():
        return "no word of an error"
    return None


def run_importer(hashmark, reader, seconds, folder):
    ending, sound = CONFIGURATIONS[reader]
    seed = int(os.environ.get("HASHMARK_FUZZ_SEED") or time.time_ns())
    draw = random.Random(seed)
    path = f"{folder}/input.{ending}"
    end = time.monotonic() + float(seconds)
    runs = read = 0
    while time.monotonic() < end:
        data = mutated(sound, draw) if runs else sound
        with open(path, "wb") as file:
            file.write(data)
        command = [hashmark, "capture", "--from", path, "--quiet"]
        try:
            result = subprocess.run(command, capture_output=True, timeout=60, check=False)
            problem = fault(result)
        except subprocess.TimeoutExpired:
            problem = "it did not end within a minute"
        runs += 1
        if problem:
            kept = f"{folder}/{reader}-{runs}.{ending}"
            os.replace(path, kept)
            sys.exit(f"{reader}: {problem}: {kept} (seed {seed})")
        read += result.returncode == 0
    print(f"{runs} runs, {read} of them with a workload (seed {seed})")


command, *rest = sys.argv[1:]
{"seeds": seeds, "import": run_importer}[command](*rest)
